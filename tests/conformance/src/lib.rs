//! One behaviour suite for every adapter, over real sockets, and what the adapters are measured
//! with.
//!
//! An adapter's tests serve the routes that [`world::World`] describes, and run the suite on them:
//!
//! ```ignore
//! mod conformance {
//!     conformance::suite!(crate::server::SERVER);
//! }
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | `cases` | the tests, by what they are about |
//! | [`world`] | the tenants, users and routes that every adapter is tested with |
//! | [`client`] | clients that send exactly the bytes they are told to |
//! | [`by_hand`] | tenants, requests, and the layer's work done by hand |
//! | [`load`] | load that an adapter is put under |
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::print_stdout,
    missing_docs
)]

pub mod by_hand;
mod cases;
pub mod client;
pub mod load;
mod site;
pub mod world;

use std::net::SocketAddr;

use self::{site::Site, world::World};

pub use self::cases::run;

/// An adapter's server, as the suite needs to know it.
#[derive(Clone, Copy)]
pub struct Server {
    /// Serves the routes of the world on a free port of the loopback interface.
    pub start: fn(World) -> SocketAddr,
    /// Whether the server refuses a request that tells its length in both ways.
    pub refuses_both_framings: bool,
    /// What is answered to `HEAD` where there is a `GET`.
    pub head_status: u16,
    /// What is answered to a method for which there is nothing.
    pub method_status: u16,
}
