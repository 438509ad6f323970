use std::{fmt, sync::Arc};

use http::{HeaderName, HeaderValue};

use super::{Inner, Tenancy};
use crate::{
    access::PermissionStore,
    audit::{Audit, AuditSink},
    authenticate::{Authenticator, bearer::check_prefixes},
    error::BuildError,
    membership::MembershipStore,
    resolve::{Chain, Mode, Origins, Platform, TenantResolver, TrustedProxies, VerifiedDomains},
    store::TenantStore,
};

/// Collects the parts of a [`Tenancy`].
#[derive(Default)]
#[must_use = "nothing is protected until the tenancy is built and used"]
pub struct TenancyBuilder {
    resolvers: Vec<Box<dyn TenantResolver>>,
    authenticators: Vec<Box<dyn Authenticator>>,
    memberships: Option<Box<dyn MembershipStore>>,
    permissions: Option<Box<dyn PermissionStore>>,
    store: Option<Box<dyn TenantStore>>,
    falls_back: bool,
    proxies: Option<TrustedProxies>,
    mode: Mode,
    origins: Origins,
    audit: Audit,
}

impl TenancyBuilder {
    /// Adds a source. All sources are asked, in the order in which they were added; the first that
    /// speaks is the one that the context names, and the others must agree with it.
    pub fn resolver(mut self, resolver: impl TenantResolver) -> Self {
        self.resolvers.push(Box::new(resolver));
        self
    }

    /// Takes the platform tenant when no source and no token names a tenant.
    pub fn fallback(mut self, _platform: Platform) -> Self {
        self.falls_back = true;
        self
    }

    /// Adds a way in which principals are verified. A request with credentials for more than one is
    /// refused.
    pub fn authenticate(mut self, authenticator: impl Authenticator) -> Self {
        self.authenticators.push(Box::new(authenticator));
        self
    }

    /// Lets a store decide who belongs to a tenant, and with which roles, whatever tokens say about
    /// memberships. A token that names a tenant still opens no other, and a platform administrator
    /// is one by the token, as ever.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{
    ///     Principal, Role, Tenancy, TenantId, authenticate::jwt::Jwt,
    ///     membership::InMemoryMembershipStore, resolve::HeaderResolver,
    ///     store::InMemoryTenantStore,
    /// };
    ///
    /// # let secret = [7; 32];
    /// let memberships = InMemoryMembershipStore::new();
    /// let ann = Principal::new("ann").issued_by("https://id.example.com");
    /// memberships.grant(&ann, &TenantId::integer(1)?, [Role::Member]);
    ///
    /// let tenancy = Tenancy::builder()
    ///     .resolver(HeaderResolver::new("x-tenant-id"))
    ///     .authenticate(Jwt::hs256(secret).audience("api").issuer("https://id.example.com"))
    ///     .memberships(memberships)
    ///     .store(InMemoryTenantStore::new())
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn memberships(mut self, store: impl MembershipStore) -> Self {
        self.memberships = Some(Box::new(store));
        self
    }

    /// Says which permissions a role gives, for [`Requirement`](crate::access::Requirement)s and
    /// for [`TenantContext::permits`](crate::TenantContext::permits). Without it, a route that
    /// requires a permission answers 500.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{
    ///     Role, Tenancy,
    ///     access::{Permission, RolePermissions},
    /// };
    ///
    /// const READ: Permission = Permission::from_static("notes.read");
    /// const EDIT: Permission = Permission::from_static("notes.edit");
    ///
    /// let permissions = RolePermissions::builder()
    ///     .permissions([READ, EDIT])
    ///     .grant(Role::Member, [READ])
    ///     .build()?;
    /// let builder = Tenancy::builder().permissions(permissions);
    /// # drop(builder);
    /// # Ok::<(), tenancy_core::BuildError>(())
    /// ```
    pub fn permissions(mut self, store: impl PermissionStore) -> Self {
        self.permissions = Some(Box::new(store));
        self
    }

    /// Sets where tenants are looked up.
    pub fn store(mut self, store: impl TenantStore) -> Self {
        self.store = Some(Box::new(store));
        self
    }

    /// Believes these proxies about the host that a client asked for.
    pub fn trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = Some(proxies);
        self
    }

    /// Sets the mode of routes that do not set their own. It is [`Mode::Required`] otherwise.
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// Lets pages of this origin, such as `https://app.example.com`, open WebSockets to every
    /// tenant.
    ///
    /// The tenant's own origins always may: those over `https`, or from the machine itself, with a
    /// host that leads the chain's host resolvers to the same tenant; where no resolver reads
    /// hosts, the origin of the request's own host. All others are refused. Requests without an
    /// `Origin` come from programs that are no browsers, and need a token like any other.
    pub fn allow_origin(mut self, origin: &str) -> Self {
        self.origins.allow(origin);
        self
    }

    /// Checks the `Origin` of every request that has one, and not of WebSocket handshakes alone.
    pub fn check_every_origin(mut self) -> Self {
        self.origins.check_every_request();
        self
    }

    /// Sends audit events to this sink, too. They are always written at the `tracing` target
    /// `tenancy::audit`.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{Tenancy, audit::AuditChannel};
    ///
    /// let (sink, events) = AuditChannel::new(1024);
    /// let builder = Tenancy::builder().audit(sink);
    /// # drop((builder, events));
    /// ```
    pub fn audit(mut self, sink: impl AuditSink) -> Self {
        self.audit = Audit::to(sink);
        self
    }

    /// Checks everything and puts it together.
    ///
    /// # Errors
    ///
    /// [`BuildError`] when there is no store, nothing that could name a tenant, no authenticator in
    /// a mode that needs one, or a part with settings that cannot work or are not safe.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{Tenancy, resolve::HeaderResolver, store::InMemoryTenantStore};
    ///
    /// let unauthenticated = Tenancy::builder()
    ///     .resolver(HeaderResolver::new("x-tenant-id"))
    ///     .store(InMemoryTenantStore::new())
    ///     .build();
    /// assert!(unauthenticated.is_err());
    /// ```
    pub fn build(self) -> Result<Tenancy, BuildError> {
        let store = self
            .store
            .ok_or(BuildError::new("add a tenant store: `.store(…)`"))?;
        if self.authenticators.is_empty() && self.mode != Mode::Public {
            return Err(BuildError::new(
                "add an authenticator: `.authenticate(…)`; or, if every route is open to everybody, `.mode(Mode::Public)`",
            ));
        }
        if self.resolvers.is_empty() && self.authenticators.is_empty() && !self.falls_back {
            return Err(BuildError::new(
                "add something that names the tenant: `.resolver(…)`",
            ));
        }
        for resolver in &self.resolvers {
            resolver.check()?;
        }
        for authenticator in &self.authenticators {
            authenticator.check()?;
        }
        check_prefixes(&self.authenticators)?;
        self.origins.check()?;
        if let Some(proxies) = &self.proxies {
            proxies.check()?;
        }
        let read = self
            .resolvers
            .iter()
            .filter_map(|resolver| resolver.vary())
            .chain(
                self.authenticators
                    .iter()
                    .flat_map(|authenticator| authenticator.vary()),
            )
            .chain(self.proxies.iter().map(|proxies| proxies.header().clone()))
            .chain(self.origins.vary());
        Ok(Tenancy(Arc::new(Inner {
            vary: vary(read)?,
            chain: Chain {
                resolvers: self.resolvers,
                authenticators: self.authenticators,
                memberships: self.memberships,
                permissions: self.permissions,
                store: Box::new(VerifiedDomains(store)),
                falls_back: self.falls_back,
                proxies: self.proxies,
                origins: self.origins,
                audit: self.audit,
            },
            mode: self.mode,
        })))
    }
}

impl fmt::Debug for TenancyBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenancyBuilder")
            .field("resolvers", &self.resolvers.len())
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}

fn vary(read: impl Iterator<Item = HeaderName>) -> Result<HeaderValue, BuildError> {
    let mut names: Vec<HeaderName> = Vec::new();
    for name in read {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        return Ok(HeaderValue::from_static("*"));
    }
    let names: Vec<&str> = names.iter().map(HeaderName::as_str).collect();
    HeaderValue::try_from(names.join(", "))
        .map_err(|_| BuildError::new("the `Vary` header cannot be written"))
}
