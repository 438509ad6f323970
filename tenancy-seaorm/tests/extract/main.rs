//! `ScopedConnection` as an argument of handlers: whose rows it reads, and what is said when
//! something around the handler is missing.
#![cfg(any(feature = "actix", feature = "axum"))]
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[cfg(feature = "actix")]
mod actix;
#[cfg(feature = "axum")]
mod axum;
#[path = "../bed/log.rs"]
mod log;
mod world;
