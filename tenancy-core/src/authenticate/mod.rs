//! Who makes a request: credentials become a verified [`Principal`].
//!
//! An [`Authenticator`] looks for one kind of credentials and gives an [`Authenticated`]. Signed
//! tokens are in [`jwt`], keys of programs in [`api_key`], the local development mode in
//! `development`, and contexts of other services in `forward`.
//!
//! Begin with [`jwt::Jwt`], or implement [`Authenticator`] for sessions of your own.
//!
//! # Examples
//!
//! ```
//! # #[cfg(feature = "jwt")] {
//! use tenancy_core::{
//!     Mode, Tenancy, authenticate::jwt::Jwt, resolve::HeaderResolver, store::InMemoryTenantStore,
//! };
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let tenancy = Tenancy::builder()
//!     .resolver(HeaderResolver::new("x-tenant-id"))
//!     .authenticate(Jwt::hs256([7; 32]).audience("api").issuer("https://id.example.com"))
//!     .store(InMemoryTenantStore::new())
//!     .build()?;
//!
//! let (request, ()) = http::Request::get("/").header("x-tenant-id", "acme").body(())?.into_parts();
//! let refused = tenancy.resolve(&request, Mode::Required).await;
//! assert_eq!(refused.map(drop).map_err(|error| error.problem().status()), Err(401));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "api-key")]
pub mod api_key;
pub(crate) mod bearer;
#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
pub mod jwt;

use std::sync::Arc;

use http::HeaderName;

use crate::{
    answer::Answer,
    error::{BuildError, ResolveError},
    principal::Principal,
    request::RequestView,
    source::Source,
    tenant::TenantKey,
};

/// The verification of who makes a request.
///
/// There may be several, for different credentials. All of them are asked, and a request with
/// credentials for more than one is refused.
///
/// # Examples
///
/// ```
/// use http::HeaderName;
/// use tenancy_core::{
///     Principal, RequestView, ResolveError,
///     answer::Answer,
///     authenticate::{Authenticated, Authenticator},
/// };
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
    note = "use `Jwt`, or implement `tenancy_core::authenticate::Authenticator`"
)]
pub trait Authenticator: Send + Sync + 'static {
    /// Verifies the request's token, session or certificate; `Ok(None)` when it carries none.
    ///
    /// # Errors
    ///
    /// [`ResolveError::unauthenticated`] when it carries one that is not valid, in whatever way,
    /// and an error made from [`StoreError`](crate::store::StoreError) when this could not be found
    /// out.
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
/// use tenancy_core::{
///     Membership, Principal, Role, authenticate::Authenticated, tenant::TenantKey,
/// };
///
/// let acme = TenantKey::parse_name("acme")?;
/// let ann = Principal::new("ann").with_membership(Membership::new(acme.clone(), [Role::Member]));
/// let authenticated = Authenticated::new(ann).naming(acme);
/// assert_eq!(authenticated.principal().subject(), "ann");
/// # Ok::<(), tenancy_core::tenant::InvalidId>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticated {
    pub(crate) principal: Arc<Principal>,
    pub(crate) tenant: Option<TenantKey>,
    /// A second way in which the token names its tenant.
    pub(crate) claimed: Option<TenantKey>,
    pub(crate) source: Source,
    pub(crate) is_cookie: bool,
    pub(crate) are_roles_a_limit: bool,
}

impl Authenticated {
    /// A principal with a token that names no tenant. One that is kept between requests, as with
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
    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    pub(crate) fn also_naming(mut self, claimed: TenantKey) -> Self {
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
