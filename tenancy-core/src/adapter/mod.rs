//! For crates that connect a web framework: every decision about a request and its response that
//! does not depend on the framework.
//!
//! An adapter translates. It implements [`RequestView`](crate::RequestView) for the framework's
//! request and then, in this order:
//!
//! 1. calls [`resolve`] and stores the [`Resolved`](crate::context::Resolved) that comes out in the
//!    request's extensions, or answers with the [`Problem`](crate::Problem);
//! 2. runs the service inside in [`TenantContext::scope`](crate::TenantContext::scope), and its
//!    body in [`Scoped`];
//! 3. gives handlers what [`context`], [`optional_context`], [`principal`] and [`require`] find, or
//!    a [`Rejection`];
//!    Guards answer with [`Guarded`];
//! 4. sets the headers that [`headers`] names.
//!
//! `tenancy-axum` and `tenancy-actix` are written on it; begin with [`resolve`].
//!
//! # Examples
//!
//! ```
//! use tenancy_core::{
//!     Mode, Tenancy,
//!     adapter::{self, LayerTerms, Rejection, RejectionKind},
//!     resolve::HeaderResolver,
//!     store::InMemoryTenantStore,
//! };
//!
//! const TERMS: &LayerTerms = &LayerTerms::new("filter", "no tenancy filter runs; add `tenancy()`");
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let tenancy = Tenancy::builder()
//!     .resolver(HeaderResolver::new("x-tenant-id"))
//!     .mode(Mode::Public)
//!     .store(InMemoryTenantStore::new())
//!     .build()?;
//!
//! // A request that names no tenant gets no further.
//! let (request, ()) = http::Request::get("/notes").body(())?.into_parts();
//! let refused = adapter::resolve(&tenancy, &request, tenancy.mode(), None).await;
//! assert_eq!(refused.map(drop).map_err(|problem| problem.status()), Err(400));
//!
//! // A handler without the filter around it is a mistake of the service.
//! let missing = adapter::context(None).map_err(|kind| Rejection::new(kind, TERMS)).err();
//! assert_eq!(missing.map(|rejection| rejection.kind()), Some(RejectionKind::MissingLayer));
//! # Ok(()) }
//! ```

mod admit;
mod extract;
mod guarded;
pub mod headers;
mod rejection;
mod scoped;

pub use self::{
    admit::resolve,
    extract::{context, optional_context, principal, require},
    guarded::Guarded,
    rejection::{LayerTerms, Rejection, RejectionKind, misconfigured},
    scoped::Scoped,
};
pub use crate::request::PeerAddr;
