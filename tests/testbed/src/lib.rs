//! A database of several tenants, on SQLite, PostgreSQL and MySQL or MariaDB, for the tests to
//! reach into, and what else several of them share.
//!
//! On a server every testbed is a database of its own, and scoped connections log in as a role that
//! owns nothing. Unit tests of `tenancy-seaorm` cannot use it: they would meet each type of the
//! crate twice.
//!
//! | module | what it holds |
//! |---|---|
//! | [`entity`] | the tables of a testbed |
//! | [`cut`] | futures that are dropped before they are ready |
//! | [`borrowed`] | what the next borrower of a pool's connection finds |
//! | [`work`] | what services do with their connections |
//! | [`wire`] | networks between a service and its database |
//! | [`log`] | what is logged on a thread |
//! | [`lexical`] | errors made in statements |
//! | [`plan_check`] | what holds of any text that the planner is given |
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    missing_docs
)]

pub mod borrowed;
pub mod cut;
pub mod entity;
mod fill;
pub mod lexical;
pub mod log;
mod look;
pub mod plan_check;
mod servers;
mod testbed;
pub mod wire;
pub mod work;

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;
use sea_orm::DbBackend;
use tenancy_core::{Slug, Tenant, TenantContext, TenantId, tenant::TenantKind};
use tenancy_seaorm::Catalog;
use uuid::Uuid;

pub use entity::{author, country, ledger, note};
pub use fill::{insert, new_note};
pub use look::{execute_beside_globex, query, titles, values};
pub use testbed::{Testbed, acme_under};

/// The tenants of a testbed. Ids are such that sorting and arithmetic on them mean nothing.
pub const ACME: Uuid = Uuid::from_u128(0xac3e_0000_0000_4000_8000_0000_0000_0001);
pub const GLOBEX: Uuid = Uuid::from_u128(0x610b_0000_0000_4000_8000_0000_0000_0002);
pub const PLATFORM: Uuid = Uuid::from_u128(0x9147_0000_0000_4000_8000_0000_0000_0003);

/// All engines, or the one that `TENANCY_TEST_ONLY` names: for a quick look while working.
pub fn backends() -> Vec<DbBackend> {
    let all = [DbBackend::Sqlite, DbBackend::Postgres, DbBackend::MySql];
    match std::env::var("TENANCY_TEST_ONLY") {
        Ok(only) => all
            .into_iter()
            .filter(|one| format!("{one:?}").eq_ignore_ascii_case(&only))
            .collect(),
        Err(_) => all.into(),
    }
}

/// Runs `test` on a fresh bed of every backend, PostgreSQL with row-level security among them, and
/// cleans up whatever comes of it.
pub async fn on_every_backend(test: impl AsyncFn(&Testbed)) {
    on_every_engine(&test).await;
    if backends().contains(&DbBackend::Postgres) {
        let mut bed = Testbed::new(DbBackend::Postgres).await;
        bed.fill().await;
        bed.lock_twice().await;
        run(bed, "on PostgreSQL with row-level security", &test).await;
    }
}

/// The same without PostgreSQL's policies, where they change what the server says.
pub async fn on_every_engine(test: impl AsyncFn(&Testbed)) {
    for backend in backends() {
        on(backend, &test).await;
    }
}

/// The same on one backend.
pub async fn on(backend: DbBackend, test: impl AsyncFn(&Testbed)) {
    let bed = Testbed::new(backend).await;
    bed.fill().await;
    run(bed, &format!("on {backend:?}"), test).await;
}

async fn run(bed: Testbed, place: &str, test: impl AsyncFn(&Testbed)) {
    let outcome = AssertUnwindSafe(test(&bed)).catch_unwind().await;
    bed.close().await;
    if let Err(panic) = outcome {
        eprintln!("{place}");
        std::panic::resume_unwind(panic);
    }
}

pub fn catalog() -> Catalog {
    Catalog::builder()
        .tenant_owned::<author::Entity>()
        .tenant_owned::<note::Entity>()
        .reference::<country::Entity>()
        .build()
        .unwrap()
}

pub fn context(tenant: Uuid) -> TenantContext {
    let (slug, kind) = match tenant {
        ACME => ("acme", TenantKind::Client),
        GLOBEX => ("globex", TenantKind::Client),
        PLATFORM => ("platform", TenantKind::Platform),
        _ => ("other", TenantKind::Client),
    };
    let tenant =
        Tenant::new(TenantId::uuid(tenant).unwrap(), Slug::parse(slug).unwrap()).with_kind(kind);
    TenantContext::assume(Arc::new(tenant), "a test").unwrap()
}
