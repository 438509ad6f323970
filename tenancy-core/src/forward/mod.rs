//! The tenant context of a request, carried to another service.

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
