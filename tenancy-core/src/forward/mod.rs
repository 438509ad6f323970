//! The tenant context of a request, carried to another service.
//!
//! A [`ContextSigner`] writes the context into a header, and the other service verifies it with a
//! [`ForwardedContext`], which is an [`Authenticator`](crate::authenticate::Authenticator) there.
//!
//! Begin with [`ContextSigner`].
//!
//! # Examples
//!
//! ```
//! use tenancy_core::forward::{ContextSigner, ForwardError};
//! # use std::sync::Arc;
//! # use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let acme = Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
//! let signer = ContextSigner::hs256([7; 32], "notes", "reports")?;
//!
//! // A job has no principal, so it calls the other service as a client of its own.
//! let job = TenantContext::assume(acme, "nightly report")?;
//! assert!(matches!(signer.headers(&job), Err(ForwardError::NoPrincipal)));
//! # Ok(()) }
//! ```

mod claims;
mod error;
mod key;
mod signer;
#[cfg(test)]
mod tests;
mod verifier;

use std::time::Duration;

use http::HeaderName;

pub use self::{
    error::ForwardError,
    signer::ContextSigner,
    verifier::{Forwarded, ForwardedContext},
};

/// The header that carries a context.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-tenancy-context");

/// What kind of token it is, so that no other one passes for it and it passes for no other
/// ([RFC 8725 section 3.11](https://www.rfc-editor.org/rfc/rfc8725#section-3.11)).
const TYPE: &str = "tenancy-context+jwt";

/// Longest time that a forwarded context may live.
const MAX_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// Longest token that is made or looked at, in bytes.
const MAX_TOKEN: usize = 8 * 1024;
