//! From a request to the tenant that it names: sources, agreement, and the decision.
//!
//! A source is a [`TenantResolver`]: it looks at one place of the request. There are
//! [`HeaderResolver`], [`SubdomainResolver`], [`CustomDomainResolver`], [`PathResolver`],
//! [`QueryResolver`], [`CookieResolver`], `SignedCookieResolver`, [`StaticResolver`], and
//! [`resolver_fn`] for a closure. [`TrustedProxies`] says whom to believe about the host, and
//! [`Platform`] is the fallback. [`Tenancy::resolve`](crate::Tenancy::resolve) asks all of them,
//! and [`Reason`] says why a request got no further.
//!
//! Begin with [choosing sources](crate::manual::choosing_sources).
//!
//! # Examples
//!
//! ```
//! use tenancy_core::{
//!     Mode, Slug, Tenancy, Tenant, TenantId,
//!     resolve::{HeaderResolver, Reason, Source, SubdomainResolver},
//!     store::InMemoryTenantStore,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let tenants = InMemoryTenantStore::new();
//! tenants.insert(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?))?;
//! tenants.insert(Tenant::new(TenantId::integer(2)?, Slug::parse("globex")?))?;
//! let tenancy = Tenancy::builder()
//!     .resolver(HeaderResolver::new("x-tenant-id"))
//!     .resolver(SubdomainResolver::of("example.com"))
//!     .mode(Mode::Public)
//!     .store(tenants)
//!     .build()?;
//!
//! let at_acme = || http::Request::get("/").header("host", "acme.example.com");
//! let (request, ()) = at_acme().body(())?.into_parts();
//! let context = tenancy.resolve(&request, tenancy.mode()).await?;
//! assert_eq!(context.map(|context| *context.source()), Some(Source::Subdomain));
//!
//! // Two sources that name different tenants are refused.
//! let (request, ()) = at_acme().header("x-tenant-id", "globex").body(())?.into_parts();
//! let refused = tenancy.resolve(&request, tenancy.mode()).await.map_err(|error| error.reason());
//! assert_eq!(refused.err(), Some(Reason::Disagreement));
//! # Ok(()) }
//! ```

mod authority;
mod chain;
mod claims;
mod decide;
pub(crate) mod mode;
mod origin;
mod proxy;
mod source;
#[cfg(test)]
mod tests;

use http::HeaderName;

#[cfg(feature = "signed-cookie")]
pub use self::source::signed_cookie::SignedCookieResolver;
pub(crate) use self::{
    chain::Chain, mode::Mode, origin::Origins, source::custom_domain::VerifiedDomains,
};
pub use self::{
    proxy::TrustedProxies,
    source::{
        cookie::CookieResolver,
        custom_domain::CustomDomainResolver,
        fallback::Platform,
        fixed::StaticResolver,
        function::{ResolverFn, resolver_fn},
        header::HeaderResolver,
        path::PathResolver,
        query::QueryResolver,
        subdomain::SubdomainResolver,
    },
};
use crate::{
    answer::Answer,
    error::{BuildError, ResolveError},
    request::RequestView,
    tenant::TenantKey,
};
pub use crate::{
    error::{Reason, ResolveErrorKind},
    request::RepeatedHeader,
    source::Source,
};

/// A place in the request that may name a tenant.
///
/// It looks at one place and says nothing (`Ok(None)`), names a tenant, or fails. What is present
/// and cannot be read is an error, never nothing: an error ends the request, while nothing lets the
/// next source speak.
///
/// What a resolver says is *asserted*: it selects among the tenants that the principal may enter,
/// and opens none.
///
/// # Examples
///
/// ```
/// use http::HeaderName;
/// use tenancy_core::{
///     RequestView, ResolveError,
///     answer::Answer,
///     resolve::{Source, TenantResolver},
///     tenant::TenantKey,
/// };
///
/// /// The first part of the header `x-session: <tenant>/<session>`.
/// struct SessionResolver;
///
/// impl TenantResolver for SessionResolver {
///     fn source(&self) -> Source {
///         Source::Custom("session")
///     }
///
///     fn resolve<'a>(
///         &'a self,
///         request: &'a dyn RequestView,
///     ) -> Answer<'a, Result<Option<TenantKey>, ResolveError>> {
///         let key = match request.single_header(&HeaderName::from_static("x-session")) {
///             Ok(None) => return Answer::Now(Ok(None)),
///             Ok(Some(value)) => str::from_utf8(value)
///                 .ok()
///                 .and_then(|text| text.split_once('/'))
///                 .and_then(|(tenant, _)| TenantKey::parse_name(tenant).ok()),
///             Err(_) => None,
///         };
///         Answer::Now(match key {
///             Some(key) => Ok(Some(key)),
///             None => Err(ResolveError::malformed("the `x-session` header names no tenant")),
///         })
///     }
///
///     fn vary(&self) -> Option<http::HeaderName> {
///         Some(http::HeaderName::from_static("x-session"))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tenant resolver",
    note = "use `HeaderResolver`, `SubdomainResolver` or another source of this crate, or implement `tenancy_core::resolve::TenantResolver`"
)]
pub trait TenantResolver: Send + Sync + 'static {
    /// What this place is called in contexts and audit events.
    fn source(&self) -> Source;

    /// Reads the place.
    ///
    /// # Errors
    ///
    /// [`ResolveError`] when something is there that cannot be read.
    fn resolve<'a>(
        &'a self,
        request: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<TenantKey>, ResolveError>>;

    /// The request header that the answer depends on, for `Vary`.
    fn vary(&self) -> Option<HeaderName> {
        None
    }

    /// Looks for settings that cannot work, once, when the [`Tenancy`](crate::Tenancy) is built.
    ///
    /// # Errors
    ///
    /// [`BuildError`] that names what to change.
    fn check(&self) -> Result<(), BuildError> {
        Ok(())
    }
}
