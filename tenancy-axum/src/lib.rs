#![cfg_attr(feature = "axum", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "axum"),
    doc = "A tower layer that establishes the tenant of every HTTP request before the service inside runs."
)]

mod body;
#[cfg(feature = "axum")]
mod extract;
mod future;
mod layer;
mod peer;
mod problem;
mod rejection;
mod render;
mod require;
mod service;

pub use body::ScopedBody;
#[cfg(feature = "axum")]
pub use extract::{Context, CurrentPrincipal, CurrentTenant, OptionalTenant};
pub use future::{ResponseBody, ResponseFuture};
pub use layer::TenancyLayer;
pub use problem::ProblemResponse;
pub use rejection::Rejection;
#[cfg(feature = "axum")]
pub use require::Require;
pub use require::{RequireBody, RequireFuture, RequireLayer, RequireService, require};
pub use service::TenancyService;
pub use tenancy_core::adapter::RejectionKind;

// The crates that signatures here name.
#[cfg(feature = "axum")]
pub use axum_core;
pub use {bytes, http, http_body, http_body_util, tenancy_core, tower_layer, tower_service};
