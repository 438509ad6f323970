#![doc = include_str!("../README.md")]

mod body;
mod error;
mod extract;
mod middleware;
mod render;
mod request;

pub use body::ScopedBody;
pub use error::{ProblemResponse, Rejection, RejectionKind};
pub use extract::{Context, CurrentPrincipal, CurrentTenant, OptionalTenant};
pub use middleware::{TenancyMiddleware, TenancyService};
