//! Known ways out of a tenant, tried on a running axum service.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod body;
mod connect;
mod handlers;
mod missing;
mod readiness;
mod server;

mod conformance {
    conformance::suite!(crate::server::SERVER);
}
