//! Who reads and writes which rows: owners, sharing, deletion, authority and elevation, enforced by
//! the planner, by PostgreSQL's policies and in memory.
//!
//! | file | what it holds |
//! |---|---|
//! | `agreement/` | for random policies, all three enforcements agree with the policy in words |
//! | `attack.rs` | attacks on rows that other tenants share |
//! | `authority.rs` | what a connection may do depends on who the principal is |
//! | `elevation/` | work across tenants: reads, writes, audit, expiry, the platform's pool |
//! | `guard.rs` | rows that a guard refuses are recorded |
//! | `ownership.rs` | rows that belong to a user inside their tenant |
//! | `sharing.rs` | rows that their tenant shares |
//! | `soft_delete.rs` | rows that are deleted by a mark |
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

mod agreement;
mod attack;
mod authority;
mod elevation;
mod guard;
mod ownership;
mod sharing;
mod soft_delete;
