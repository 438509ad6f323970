//! The quickstart as a library, so that its tests can start it too. The commands to try are at the
//! top of `main.rs`.
//!
//! What knows actix-web is here; what knows no web framework is shared with `examples/quickstart`,
//! which does the same with axum. To start a service of your own, copy this crate, copy those files
//! into it, and delete the `#[path]` lines.

mod app;
#[path = "../../quickstart/src/auth.rs"]
mod auth;
mod authors;
#[path = "../../quickstart/src/banner.rs"]
mod banner;
#[path = "../../quickstart/src/config.rs"]
mod config;
#[path = "../../quickstart/src/database.rs"]
mod database;
#[allow(missing_docs)] // what the macro generates has none
#[path = "../../quickstart/src/entity/mod.rs"]
pub mod entity;
#[path = "../../quickstart/src/error.rs"]
mod error;
mod input;
mod notes;
#[path = "../../quickstart/src/seed.rs"]
mod seed;
#[path = "../../quickstart/src/whoami.rs"]
mod whoami;

pub use app::{Service, app, serve};
pub use auth::SigningKey;
pub use banner::banner;
pub use config::{Config, ConfigError, Environment};
pub use database::connect;
pub use error::StartError;
