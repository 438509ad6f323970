//! What only PostgreSQL has: row-level security, the transactions around it, the doctor and the
//! migration of a database to many tenants.
//!
//! | file | what it holds |
//! |---|---|
//! | `doctor/` | databases that are unsafe in one way each, and the fixes |
//! | `explain.rs` | scoped statements have the plans of hand-written ones |
//! | `migrate/` | a database of one customer becomes many tenants' |
//! | `pooler/` | pgbouncer in transaction mode |
//! | `pools.rs` | pools that the library builds |
//! | `row_security/` | the policies with nothing else before the rows |
//! | `secured/` | statements in transactions of the library's own, under the policies |
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    missing_docs,
    unreachable_pub
)]

mod doctor;
mod explain;
mod migrate;
#[cfg(unix)]
mod pooler;
mod pools;
mod row_security;
mod secured;
