//! Escapes S02, S03, A04 and A06 in the audit trail: who reads it, who writes it, and what shows
//! when somebody was at it.

mod rights;
mod tampering;
mod told;
mod writer;

use sea_orm::{ConnectionTrait, DbBackend};
use tenancy_core::{
    TenantContext,
    audit::{AuditEvent, DurableAuditSink},
};
use tenancy_seaorm::{
    AuditEntry, AuditTrail, AuditWriter, Catalog, RowSecurity, ScopedConnection, TenantDatabase,
    Verification,
};
use testbed::{Testbed, author, country, note, on_every_engine};
use uuid::Uuid;

/// Runs a test on every engine, with an audit trail that only the application's rights reach.
async fn with_a_trail(test: impl AsyncFn(&Testbed)) {
    on_every_engine(async |bed| {
        lay(bed).await;
        test(bed).await;
    })
    .await;
}

fn catalog() -> Catalog {
    Catalog::builder()
        .tenant_owned::<author::Entity>()
        .tenant_owned::<note::Entity>()
        .reference::<country::Entity>()
        .audit_trail()
        .build()
        .unwrap()
}

/// Makes the tables, twice: as a migration that runs again.
async fn lay(bed: &Testbed) {
    for _ in 0..2 {
        for statement in AuditTrail::statements(bed.backend).unwrap() {
            own(bed, &statement).await;
        }
        if bed.backend == DbBackend::Postgres {
            let security = RowSecurity::of(&catalog());
            let security = security.application_role(&bed.role).unwrap();
            security.apply(&bed.owner).await.unwrap();
        }
    }
}

/// Runs a statement as the owner, whom nothing confines.
async fn own(bed: &Testbed, sql: &str) {
    let done = bed.owner.execute_unprepared(sql).await;
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn writer(bed: &Testbed) -> AuditWriter {
    AuditWriter::builder(bed.application.clone()).start()
}

fn scoped(bed: &Testbed, tenant: Uuid) -> ScopedConnection {
    let database = TenantDatabase::new(bed.application.clone(), &catalog()).unwrap();
    let database = match bed.backend {
        DbBackend::Postgres => database.with_row_security().unwrap(),
        _ => database,
    };
    database.scoped(&testbed::context(tenant)).unwrap()
}

/// An event of a tenant.
fn event(context: &TenantContext, number: usize) -> AuditEvent {
    context
        .audit("note.share")
        .resource("note", number)
        .reason("über, \"quoted\" and 'so'")
        .into_event()
}

async fn append(writer: &AuditWriter, events: &[AuditEvent]) {
    writer.append(events).await.unwrap();
}

async fn verify(bed: &Testbed) -> Verification {
    AuditTrail::verify(&bed.owner).await.unwrap()
}

async fn everything(bed: &Testbed) -> Vec<AuditEntry> {
    AuditTrail::page(&bed.owner, 0, 100_000).await.unwrap()
}
