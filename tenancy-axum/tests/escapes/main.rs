//! Known ways out of a tenant, tried on a running axum service.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod body;
#[path = "../conformance/mod.rs"]
mod conformance;
mod connect;
mod handlers;
mod missing;
mod readiness;
mod server;
