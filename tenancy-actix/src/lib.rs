#![doc = include_str!("../README.md")]

mod body;
mod error;
mod extract;
mod middleware;
mod render;
mod request;
mod require;
mod resolved;

pub use body::ScopedBody;
pub use error::{ProblemResponse, Rejection, RejectionKind};
pub use extract::{Context, CurrentPrincipal, CurrentTenant, OptionalTenant};
pub use middleware::{TenancyMiddleware, TenancyService};
pub use require::{Require, RequireFuture, RequireMiddleware, RequireService, require};
