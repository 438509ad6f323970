//! A local tenant and user without tokens.
//!
//! Begin with [`Development`]: it takes the place of an authenticator on a developer's own machine.
//!
//! # Examples
//!
//! ```
//! use tenancy_core::{authenticate::Authenticator, development::Development};
//!
//! // Without an address and an environment it is refused.
//! assert!(Development::new("acme", "alice").check().is_err());
//! ```

#[cfg(test)]
mod tests;

use std::{
    fmt,
    net::SocketAddr,
    sync::atomic::{AtomicBool, Ordering},
};

use http::{HeaderName, header};

use crate::{
    answer::Answer,
    authenticate::{Authenticated, Authenticator},
    error::{BuildError, ResolveError},
    host::{Authority, Host},
    principal::{Membership, Principal, Role},
    request::RequestView,
    tenant::TenantKey,
};

/// What an application's configuration may call an environment in which developers work.
const ENVIRONMENTS: [&str; 3] = ["development", "dev", "local"];

/// Headers that a proxy between the client and the service leaves.
static FORWARDING: [HeaderName; 11] = [
    HeaderName::from_static("cf-connecting-ip"),
    header::FORWARDED,
    HeaderName::from_static("true-client-ip"),
    header::VIA,
    HeaderName::from_static("x-client-ip"),
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-port"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-forwarded-server"),
    HeaderName::from_static("x-real-ip"),
];

/// Lets a developer in without a token, on their own machine: always the same user, in one tenant.
///
/// It takes the place of the [`Authenticator`] only. The tenant is looked up, has to be active, and
/// sources that name another one are refused as ever. The user is never a platform administrator.
///
/// The [`Tenancy`](crate::Tenancy) is not built unless *both* hold:
///
/// - the service listens on the loopback interface alone, and says so:
///   [`bound_to`](Self::bound_to);
/// - the application's configuration names the environment `development`, `dev` or `local`, and
///   nothing else: [`environment`](Self::environment). Read the name from where the rest of the
///   configuration comes from, and let it have no default.
///
/// A request is let in when it comes from the machine itself and nothing hints at the opposite. It
/// is refused when its peer is another machine, when a proxy left a header, when its host is
/// neither `localhost`, below `localhost`, nor a loopback address (a page elsewhere may have had
/// its own name lead here), and when a page of another site made it. A request with an
/// `Authorization` header is not its business, and has no principal here.
///
/// It is loud: a warning when the tenancy is built, another one at the first request, and an audit
/// event for every request that it lets in. It is behind a feature of its own, `development`, so
/// that what is deployed need not have it at all.
///
/// # Examples
///
/// ```
/// use tenancy_core::{Role, Tenancy, development::Development, store::InMemoryTenantStore};
///
/// # let environment = "development"; // from the application's configuration
/// # let address = std::net::SocketAddr::from(([127, 0, 0, 1], 3000));
/// let builder = |development: Development| {
///     Tenancy::builder().authenticate(development).store(InMemoryTenantStore::new())
/// };
/// let alice = || Development::new("acme", "alice").role(Role::Member);
///
/// assert!(builder(alice().bound_to(address).environment(environment)).build().is_ok());
/// assert!(builder(alice().bound_to(address)).build().is_err());
/// assert!(builder(alice().environment(environment)).build().is_err());
/// assert!(builder(alice().bound_to(address).environment("production")).build().is_err());
/// let everywhere = std::net::SocketAddr::from(([0, 0, 0, 0], 3000));
/// assert!(builder(alice().bound_to(everywhere).environment(environment)).build().is_err());
/// ```
#[must_use = "it does nothing until a tenancy authenticates with it"]
pub struct Development {
    tenant: Option<TenantKey>,
    subject: String,
    roles: Vec<Role>,
    addresses: Vec<SocketAddr>,
    environment: Option<String>,
    has_warned: AtomicBool,
}

impl Development {
    /// This user, in the tenant with this id or slug, without any role yet.
    pub fn new(tenant: &str, subject: impl Into<String>) -> Self {
        Self {
            tenant: TenantKey::parse_name(tenant).ok(),
            subject: subject.into(),
            roles: Vec::new(),
            addresses: Vec::new(),
            environment: None,
            has_warned: AtomicBool::new(false),
        }
    }

    /// Adds a role in that tenant. [`Role::PlatformAdmin`] makes
    /// [`TenancyBuilder::build`](crate::TenancyBuilder::build) fail.
    pub fn role(mut self, role: Role) -> Self {
        self.roles.push(role);
        self
    }

    /// Says where the service listens: the address that the listener reports, and not the one that
    /// was asked for. Called again, there too; all of them have to be loopback addresses.
    pub fn bound_to(mut self, address: SocketAddr) -> Self {
        self.addresses.push(address);
        self
    }

    /// Says what the application's configuration calls its environment. The name is compared
    /// exactly.
    pub fn environment(mut self, name: impl Into<String>) -> Self {
        self.environment = Some(name.into());
        self
    }

    fn admit(&self, request: &dyn RequestView) -> Result<Option<Authenticated>, ResolveError> {
        if request.has_header(&header::AUTHORIZATION) {
            return Ok(None);
        }
        let Some(tenant) = self.tenant.as_ref().filter(|_| self.flaw().is_none()) else {
            return Err(refuse("its settings are not safe"));
        };
        if let Some(cause) = remote(request)? {
            return Err(refuse(cause));
        }
        if !self.has_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                target: "tenancy",
                tenant = ?tenant,
                subject = %self.subject,
                "development mode let in a request without a token; it will not say so again"
            );
        }
        let membership = Membership::new(tenant.clone(), self.roles.iter().cloned());
        let principal = Principal::new(&self.subject)
            .with_membership(membership)
            .in_development();
        Ok(Some(Authenticated::new(principal).naming(tenant.clone())))
    }

    fn flaw(&self) -> Option<&'static str> {
        let is_loopback = |address: &SocketAddr| address.ip().to_canonical().is_loopback();
        let is_named = |name: &str| ENVIRONMENTS.contains(&name);
        if self.tenant.is_none() {
            Some("development mode needs the id or slug of a tenant")
        } else if self.subject.is_empty() {
            Some("development mode needs the name of a user")
        } else if self.roles.contains(&Role::PlatformAdmin) {
            Some("development mode makes no platform administrators: use a token")
        } else if self.addresses.is_empty() {
            Some("development mode needs the address that the service listens on: `.bound_to(…)`")
        } else if !self.addresses.iter().all(is_loopback) {
            Some(
                "development mode is refused: the service listens on more than the loopback interface",
            )
        } else if !self.environment.as_deref().is_some_and(is_named) {
            Some(
                "development mode is refused: the configuration has to name the environment `development`, `dev` or `local`, by `.environment(…)`",
            )
        } else {
            None
        }
    }
}

/// What hints at a client that is not on this machine, or at a page that is not.
fn remote(request: &dyn RequestView) -> Result<Option<&'static str>, ResolveError> {
    let is_elsewhere = |peer: SocketAddr| !peer.ip().to_canonical().is_loopback();
    if request.peer().is_some_and(is_elsewhere) {
        return Ok(Some("the request comes from another machine"));
    }
    if FORWARDING.iter().any(|name| request.has_header(name)) {
        return Ok(Some("the request came through a proxy"));
    }
    if !Authority::of(request)?.host.is_local() {
        return Ok(Some(
            "the host is neither `localhost` nor a loopback address",
        ));
    }
    let is_foreign = |name: &HeaderName, is_own: fn(&[u8]) -> bool| {
        let mut is_foreign = false;
        request.for_each_header(name, &mut |value| is_foreign |= !is_own(value));
        is_foreign
    };
    let of_another_site = is_foreign(&header::ORIGIN, is_local_origin)
        || is_foreign(&HeaderName::from_static("sec-fetch-site"), |value| {
            value != b"cross-site"
        });
    Ok(of_another_site.then_some("a page of another site made the request"))
}

fn is_local_origin(origin: &[u8]) -> bool {
    let authority = origin
        .strip_prefix(b"http://")
        .or_else(|| origin.strip_prefix(b"https://"));
    let host: Option<Host<'_>> = authority
        .and_then(|authority| Authority::parse(authority).ok())
        .map(|authority| authority.host);
    host.is_some_and(|host| host.is_local())
}

/// The client learns nothing; the developer reads the log.
fn refuse(cause: &'static str) -> ResolveError {
    tracing::warn!(target: "tenancy", cause, "development mode refused a request");
    ResolveError::unauthenticated()
}

impl Authenticator for Development {
    fn authenticate<'a>(
        &'a self,
        request: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<Authenticated>, ResolveError>> {
        Answer::Now(self.admit(request))
    }

    fn check(&self) -> Result<(), BuildError> {
        if let Some(flaw) = self.flaw() {
            return Err(BuildError::new(flaw));
        }
        tracing::warn!(
            target: "tenancy",
            tenant = ?self.tenant,
            subject = %self.subject,
            addresses = ?self.addresses,
            "DEVELOPMENT MODE: requests from this machine need no token"
        );
        Ok(())
    }
}

impl fmt::Debug for Development {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Development")
            .field("tenant", &self.tenant)
            .field("subject", &self.subject)
            .field("roles", &self.roles)
            .field("addresses", &self.addresses)
            .field("environment", &self.environment)
            .finish_non_exhaustive()
    }
}
