//! Known ways out of a tenant, tried on a running actix service.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod body;
mod handlers;
mod messages;
mod readiness;
mod server;
mod workers;

mod conformance {
    conformance::suite!(crate::server::SERVER);
}
