//! What the planner accepts and what it makes of it, whatever is in the tables.
//!
//! | file | what it holds |
//! |---|---|
//! | `catalog.rs` | catalogs that contradict themselves, and tenants that they cannot hold |
//! | `functions/` | which functions are accepted, held to what the servers say of theirs |
//! | `properties/` | texts of any kind are scoped or refused, and what is printed has no unusual tokens |
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

mod catalog;
mod functions;
mod properties;
