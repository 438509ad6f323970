//! The quickstart as a library, so that its tests can start it too. The commands to try are at the
//! top of `main.rs`.
//!
//! `app.rs`, `authors.rs`, `input.rs` and `notes.rs` know actix-web. The other files know no web
//! framework, and are those of `examples/quickstart`, which does the same with axum.

mod app;
mod auth;
mod authors;
mod banner;
mod config;
mod database;
#[allow(missing_docs)] // what the macro generates has none
pub mod entity;
mod error;
mod input;
mod notes;
mod seed;
mod whoami;

pub use app::{Service, app, serve};
pub use auth::SigningKey;
pub use banner::banner;
pub use config::{Config, ConfigError, Environment};
pub use database::connect;
pub use error::StartError;
