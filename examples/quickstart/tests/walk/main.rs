//! Walks the quickstart as several tenants at once, on SQLite and on PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod binary;
mod database;
mod input;
mod isolation;
mod naming;
mod production;
mod refusals;
mod reply;
mod service;
mod tokens;

/// What `cargo run` starts.
const PROGRAM: &str = env!("CARGO_BIN_EXE_quickstart");
