#![doc = include_str!("../README.md")]

mod body;
mod extract;
mod middleware;
mod problem;
mod rejection;
mod render;
mod request;
mod require;
mod service;

pub use body::ScopedBody;
pub use extract::{Context, CurrentPrincipal, CurrentTenant, OptionalTenant};
pub use middleware::TenancyMiddleware;
pub use problem::ProblemResponse;
pub use rejection::Rejection;
pub use require::{Require, RequireFuture, RequireMiddleware, RequireService, require};
pub use service::TenancyService;
pub use tenancy_core::adapter::RejectionKind;

// The crates that signatures here name.
pub use {actix_web, tenancy_core};
