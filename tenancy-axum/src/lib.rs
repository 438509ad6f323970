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
#[cfg(feature = "axum")]
mod rejection;
mod render;
mod service;

pub use body::ScopedBody;
#[cfg(feature = "axum")]
pub use extract::{Context, CurrentPrincipal, CurrentTenant, OptionalTenant};
pub use future::{ResponseBody, ResponseFuture};
pub use layer::TenancyLayer;
pub use problem::ProblemResponse;
#[cfg(feature = "axum")]
pub use rejection::{Rejection, RejectionKind};
pub use service::TenancyService;
