//! Statements of every kind, on every engine: each reads and writes the tenant's rows alone, with a
//! positive control on the same rows.
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

mod bulk;
mod entry_points;
mod enumerations;
mod findings;
mod forms;
mod injection;
mod junctions;
mod mysql;
mod reads;
mod shapes;
mod surroundings;
mod upsert_among_triggers;
mod writes;
