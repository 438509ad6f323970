//! The reference oracle of the isolation contract: a scoped statement on the shared database
//! behaves as the same statement on a database that holds only the tenant's rows, and leaves every
//! other row as it was. On PostgreSQL the same holds of statements that row-level security alone
//! keeps to the tenant, and of scoped ones under row-level security.
//!
//! Where tenants read rows that others share or provide, the tenant's own database holds these as
//! well, and triggers keep them.
//!
//! Schemas, rows and statements are random. `TENANCY_ORACLE_STATEMENTS` sets how many statements
//! each test runs, `TENANCY_ORACLE_SEED` where they start, and `TENANCY_ORACLE_LONG=1` runs a
//! million, `TENANCY_ORACLE_SHOW=1` prints each before it is sent. A case that differs is made as
//! small as it can be and printed with both outcomes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::explicit_auto_deref, // its advice does not compile for a generic function
    clippy::large_enum_variant,
    clippy::needless_range_loop,
    clippy::while_let_loop,
    missing_docs,
    unreachable_pub
)]

mod bed;
#[path = "oracle/mod.rs"]
mod parts;

use parts::Locks;
use sea_orm::DbBackend;

#[tokio::test]
async fn scoped_statements_agree_with_a_database_of_one_tenant_on_sqlite() {
    parts::run(DbBackend::Sqlite, Locks::Planner, 20_000).await;
}

#[tokio::test]
async fn scoped_statements_agree_with_a_database_of_one_tenant_on_postgres() {
    parts::run(DbBackend::Postgres, Locks::Planner, 20_000).await;
}

#[tokio::test]
async fn d09_statements_under_row_security_alone_agree_with_a_database_of_one_tenant_on_postgres() {
    parts::run(DbBackend::Postgres, Locks::RowSecurity, 20_000).await;
}

#[tokio::test]
async fn d09_scoped_statements_under_row_security_agree_with_a_database_of_one_tenant_on_postgres()
{
    parts::run(DbBackend::Postgres, Locks::Both, 20_000).await;
}

#[tokio::test]
async fn scoped_statements_agree_with_a_database_of_one_tenant_on_mysql() {
    parts::run(DbBackend::MySql, Locks::Planner, 20_000).await;
}
