//! A04: elevations reach the tenants that they name, for as long as they last, and no other, on
//! every engine and behind PostgreSQL's policies.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    missing_docs,
    unreachable_pub
)]

#[path = "../bed/mod.rs"]
mod bed;

mod alone;
mod audited;
mod expiry;
mod inserts;
mod many;
#[cfg(feature = "row-security")]
mod platform;
mod reads;
mod texts;
mod world;
mod writes;
