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
mod resolved;
mod service;

pub use body::ScopedBody;
#[cfg(feature = "axum")]
pub use extract::{Context, CurrentPrincipal, CurrentTenant, OptionalTenant};
pub use future::{ResponseBody, ResponseFuture};
pub use layer::TenancyLayer;
pub use problem::ProblemResponse;
pub use rejection::{Rejection, RejectionKind};
#[cfg(feature = "axum")]
pub use require::Require;
pub use require::{RequireBody, RequireFuture, RequireLayer, RequireService, require};
pub use service::TenancyService;
