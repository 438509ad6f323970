//! From a request to the tenant it names: sources, authentication, and the decision.

#[cfg(feature = "api-key")]
mod api_key;
mod authority;
mod bearer;
mod chain;
mod cookie;
mod custom_domain;
mod decide;
mod fallback;
mod fixed;
mod function;
mod header;
#[cfg(any(feature = "aws_lc_rs", feature = "rust_crypto"))]
mod jwt;
mod origin;
mod path;
mod proxy;
mod query;
#[cfg(feature = "signed-cookie")]
mod signed_cookie;
mod standard;
mod subdomain;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use http::HeaderName;

use crate::{
    answer::Answer,
    error::{BuildError, ResolveError},
    key::TenantKey,
    principal::Principal,
    request::RequestView,
    source::Source,
};

#[cfg(feature = "api-key")]
pub use self::api_key::{
    ApiKey, ApiKeyDigest, ApiKeyError, ApiKeyGrant, ApiKeyStore, ApiKeys, InMemoryApiKeyStore,
};
#[cfg(any(feature = "aws_lc_rs", feature = "rust_crypto"))]
pub use self::jwt::{
    ClaimPath, InvalidKeySet, Jwt, JwtAlgorithm, JwtIssuers, KeySet, KeySetBuilder, KeySetSource,
    VerifyingKey,
};
#[cfg(feature = "development")]
pub(crate) use self::origin::is_local;
#[cfg(feature = "signed-cookie")]
pub use self::signed_cookie::SignedCookieResolver;
pub(crate) use self::{
    authority::{Authority, Host},
    bearer::check_prefixes,
    chain::Chain,
    custom_domain::VerifiedDomains,
    origin::Origins,
};
pub use self::{
    cookie::CookieResolver,
    custom_domain::CustomDomainResolver,
    fallback::Platform,
    fixed::StaticResolver,
    function::{ResolverFn, resolver_fn},
    header::HeaderResolver,
    path::PathResolver,
    proxy::TrustedProxies,
    query::QueryResolver,
    subdomain::SubdomainResolver,
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
///     Answer, RequestView, ResolveError, Source, TenantKey, TenantResolver,
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
    note = "use `HeaderResolver`, `SubdomainResolver` or another source of this crate, or implement `tenancy_core::TenantResolver`"
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

/// The verification of who makes a request.
///
/// There may be several, for different credentials. All of them are asked, and a request with
/// credentials for more than one is refused.
///
/// # Examples
///
/// ```
/// use http::HeaderName;
/// use tenancy_core::{Answer, Authenticated, Authenticator, Principal, RequestView, ResolveError};
///
/// /// For a demonstration behind a closed door.
/// struct SharedSecret(String);
///
/// impl Authenticator for SharedSecret {
///     fn authenticate<'a>(
///         &'a self,
///         request: &'a dyn RequestView,
///     ) -> Answer<'a, Result<Option<Authenticated>, ResolveError>> {
///         Answer::Now(match request.single_header(&HeaderName::from_static("x-secret")) {
///             Ok(None) => Ok(None),
///             Ok(Some(secret)) if secret == self.0.as_bytes() => {
///                 Ok(Some(Authenticated::new(Principal::new("operator").platform_admin())))
///             }
///             Ok(Some(_)) | Err(_) => Err(ResolveError::unauthenticated()),
///         })
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not authenticate requests",
    note = "use `Jwt`, or implement `tenancy_core::Authenticator`"
)]
pub trait Authenticator: Send + Sync + 'static {
    /// Verifies the request's token, session or certificate; `Ok(None)` when it carries none.
    ///
    /// # Errors
    ///
    /// [`ResolveError::unauthenticated`] when it carries one that is not valid, in whatever way,
    /// and an error made from [`StoreError`](crate::StoreError) when this could not be found out.
    fn authenticate<'a>(
        &'a self,
        request: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<Authenticated>, ResolveError>>;

    /// The request headers that the answer depends on, for `Vary`.
    fn vary(&self) -> Vec<HeaderName> {
        Vec::new()
    }

    /// How bearer tokens begin that are this authenticator's alone. Where there are several
    /// authenticators, the others do not see the `Authorization` header of such a request.
    fn bearer_prefix(&self) -> Option<&str> {
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

/// A verified principal, and the tenant that the verified token names.
///
/// # Examples
///
/// ```
/// use tenancy_core::{Authenticated, Membership, Principal, Role, TenantKey};
///
/// let acme = TenantKey::parse_name("acme")?;
/// let ann = Principal::new("ann").with_membership(Membership::new(acme.clone(), [Role::Member]));
/// let authenticated = Authenticated::new(ann).naming(acme);
/// assert_eq!(authenticated.principal().subject(), "ann");
/// # Ok::<(), tenancy_core::InvalidId>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticated {
    principal: Arc<Principal>,
    tenant: Option<TenantKey>,
    /// A second way in which the token names its tenant.
    claimed: Option<TenantKey>,
    source: Source,
    is_cookie: bool,
    are_roles_a_limit: bool,
}

impl Authenticated {
    /// A principal whose token names no tenant. One that is kept between requests, as with
    /// sessions, is shared by giving an [`Arc`] of it.
    #[must_use]
    pub fn new(principal: impl Into<Arc<Principal>>) -> Self {
        Self {
            principal: principal.into(),
            tenant: None,
            claimed: None,
            source: Source::Token,
            is_cookie: false,
            are_roles_a_limit: false,
        }
    }

    /// Adds the tenant that the token names. It is checked against what the other sources say, and
    /// counts as the request's tenant when they say nothing. It is no membership.
    #[must_use]
    pub fn naming(mut self, tenant: TenantKey) -> Self {
        self.tenant = Some(tenant);
        self
    }

    /// Says that the credentials came in a cookie. Browsers attach those to requests that pages of
    /// others make, so the request's `Origin` is checked as
    /// [`TenancyBuilder::allow_origin`](crate::TenancyBuilder::allow_origin) describes.
    #[must_use]
    pub fn by_cookie(mut self) -> Self {
        self.is_cookie = true;
        self
    }

    /// Says that the credentials are worth no more than the memberships that were added: where a
    /// [membership store](crate::TenancyBuilder::memberships) decides, only roles that both give
    /// count.
    #[must_use]
    pub fn with_at_most_these_roles(mut self) -> Self {
        self.are_roles_a_limit = true;
        self
    }

    /// Sets what contexts call these credentials, when they name the tenant. It is
    /// [`Source::Token`] otherwise.
    #[must_use]
    pub fn through(mut self, source: Source) -> Self {
        self.source = source;
        self
    }

    /// Adds what the token says about its tenant where another word counts. They have to agree.
    #[cfg(any(feature = "aws_lc_rs", feature = "rust_crypto"))]
    fn also_naming(mut self, claimed: TenantKey) -> Self {
        self.claimed = Some(claimed);
        self
    }

    /// Who makes the request.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The tenant that the token names.
    #[must_use]
    pub fn tenant(&self) -> Option<&TenantKey> {
        self.tenant.as_ref()
    }
}
