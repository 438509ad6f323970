//! The tenant of the work at hand.
//!
//! A [`TenantContext`] comes out of
//! [`Tenancy::resolve`](crate::Tenancy::resolve). An adapter leaves it in the request as a
//! [`Resolved`]; the task that is running [has it](crate::TenantContext::current) inside its
//! [scope](crate::TenantContext::scope), and is told [`NoContext`] elsewhere. A [`ScopedStream`]
//! keeps it while items are made.
//!
//! Begin with [`TenantContext`].
//!
//! # Examples
//!
//! ```
//! use std::sync::Arc;
//!
//! use tenancy_core::{Slug, Tenant, TenantContext, TenantId, context::NoContext};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let acme = Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
//! let context = TenantContext::assume(acme, "nightly report")?;
//! let inside = context.scope(async { TenantContext::current().map(drop) }).await;
//! assert_eq!(inside, Ok(()));
//! assert_eq!(TenantContext::current().map(drop), Err(NoContext));
//! # Ok(()) }
//! ```

mod access;
mod acting;
mod audit;
mod authorize;
mod require;
mod resolved;
mod spawn;
mod stream;
pub(crate) mod tenant_context;
#[cfg(test)]
pub(crate) mod tests;
mod trace;

pub(crate) use self::{
    acting::Acting,
    tenant_context::{Admission, TenantContext},
};
pub use self::{resolved::Resolved, stream::ScopedStream};
pub use crate::error::NoContext;
