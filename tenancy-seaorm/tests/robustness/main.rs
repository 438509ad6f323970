//! What happens when something goes wrong around a statement: futures that are dropped, sessions
//! and networks that end, panics, audit events that are not taken, handlers without a layer.
//!
//! | file | what it holds |
//! |---|---|
//! | `audit/` | the audit trail: who reads it, who writes it, and what shows when it was tampered with |
//! | `chaos/` | a thousand tenants at work while connections are cut and lost |
//! | `connections/` | what a connection may carry to the next borrower of a pool |
//! | `extract/` | `ScopedConnection` as an argument of axum's and actix-web's handlers |
//! | `log.rs` | the log has shapes and reasons and no values |
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

mod audit;
mod chaos;
mod connections;
mod extract;
mod log;

use std::sync::{LazyLock, Mutex};

use tenancy_core::{
    audit::{AuditChannel, AuditEvents},
    elevation::PlatformCapability,
};

/// The service's own capability, of which a process has one.
fn service() -> &'static PlatformCapability {
    static SERVICE: LazyLock<(PlatformCapability, Mutex<AuditEvents>)> = LazyLock::new(|| {
        let (sink, events) = AuditChannel::new(1000);
        let service = PlatformCapability::take(sink).unwrap();
        (service, Mutex::new(events))
    });
    &SERVICE.0
}
