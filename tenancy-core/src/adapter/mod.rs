//! For crates that connect a web framework.

pub use crate::request::PeerAddr;
