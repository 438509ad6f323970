//! Walks the actix quickstart as several tenants at once, on SQLite and on PostgreSQL: the walk of
//! the axum one.
#![allow(clippy::unwrap_used, clippy::expect_used)]

extern crate actix_quickstart as quickstart;

#[path = "../../../quickstart/tests/walk/binary.rs"]
mod binary;
#[path = "../../../quickstart/tests/walk/database.rs"]
mod database;
#[path = "../../../quickstart/tests/walk/input.rs"]
mod input;
#[path = "../../../quickstart/tests/walk/isolation.rs"]
mod isolation;
#[path = "../../../quickstart/tests/walk/naming.rs"]
mod naming;
#[path = "../../../quickstart/tests/walk/production.rs"]
mod production;
#[path = "../../../quickstart/tests/walk/refusals.rs"]
mod refusals;
#[path = "../../../quickstart/tests/walk/reply.rs"]
mod reply;
#[path = "../../../quickstart/tests/walk/service.rs"]
mod service;
#[path = "../../../quickstart/tests/walk/tokens.rs"]
mod tokens;

/// What `cargo run` starts.
const PROGRAM: &str = env!("CARGO_BIN_EXE_actix-quickstart");
