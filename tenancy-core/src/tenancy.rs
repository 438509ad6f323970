use std::{fmt, future::Future, sync::Arc};

use http::{HeaderName, HeaderValue};

use crate::{
    access::{AccessError, PermissionStore},
    audit::{Audit, AuditSink, Trail},
    context::TenantContext,
    error::{BuildError, ResolveError},
    membership::MembershipStore,
    request::RequestView,
    resolve::{
        Authenticator, Chain, Origins, Platform, TenantResolver, TrustedProxies, VerifiedDomains,
        check_prefixes,
    },
    store::TenantStore,
    tenant::Tenant,
};

/// What a route asks of its requests.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// A verified principal in a tenant.
    #[default]
    Required,
    /// The same, or neither: a request without a token must not name a tenant either.
    Optional,
    /// A tenant; the principal may be missing.
    Public,
}

/// How requests of a service find their tenant.
///
/// It is made once, and cheap to clone. An adapter calls [`resolve`](Self::resolve) for every
/// request.
///
/// # Examples
///
/// ```
/// use tenancy_core::{
///     CookieResolver, HeaderResolver, InMemoryTenantStore, Jwt, Platform, SubdomainResolver,
///     Tenancy,
/// };
///
/// # let secret = [7; 32];
/// let tenancy = Tenancy::builder()
///     .resolver(HeaderResolver::new("x-tenant-id"))
///     .resolver(SubdomainResolver::of("example.com"))
///     .resolver(CookieResolver::new("tenant_id"))
///     .fallback(Platform)
///     .authenticate(Jwt::hs256(secret).audience("api").issuer("https://id.example.com"))
///     .store(InMemoryTenantStore::new())
///     .build()?;
/// assert_eq!(tenancy.vary(), "x-tenant-id, host, cookie, authorization");
/// # Ok::<(), tenancy_core::BuildError>(())
/// ```
#[derive(Clone)]
pub struct Tenancy(Arc<Inner>);

struct Inner {
    chain: Chain,
    mode: Mode,
    vary: HeaderValue,
}

impl Tenancy {
    /// Starts with nothing configured.
    pub fn builder() -> TenancyBuilder {
        TenancyBuilder::default()
    }

    /// The mode of routes that do not set their own.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.0.mode
    }

    /// The value of the `Vary` header of every response that depends on the tenant: the request
    /// headers that the resolvers and the authenticators read, or `*` when none of them names one.
    #[must_use]
    pub fn vary(&self) -> &HeaderValue {
        &self.0.vary
    }

    /// Finds the tenant that a request may enter.
    ///
    /// `Ok(None)` comes only in [`Mode::Optional`]. The order is: authenticate; let every resolver
    /// speak; look up what they named; require that they and the token mean one active tenant, to
    /// which the principal belongs.
    ///
    /// # Errors
    ///
    /// [`ResolveError`], after which the request must not be handled;
    /// [`problem`](ResolveError::problem) is the answer to the client.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{HeaderResolver, InMemoryTenantStore, Mode, Slug, Tenancy, Tenant, TenantId};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = InMemoryTenantStore::new();
    /// store.insert(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?))?;
    /// let tenancy = Tenancy::builder()
    ///     .resolver(HeaderResolver::new("x-tenant-id"))
    ///     .store(store)
    ///     .mode(Mode::Public)
    ///     .build()?;
    ///
    /// let (request, ()) = http::Request::get("/").header("x-tenant-id", "acme").body(())?.into_parts();
    /// let context = tenancy.resolve(&request, tenancy.mode()).await?;
    /// assert_eq!(context.map(|context| context.tenant_id().clone()), Some(TenantId::integer(1)?));
    /// # Ok(()) }
    /// ```
    pub fn resolve<'a>(
        &'a self,
        request: &'a dyn RequestView,
        mode: Mode,
    ) -> impl Future<Output = Result<Option<TenantContext>, ResolveError>> + Send + 'a {
        self.0.chain.resolve(request, mode)
    }

    /// Asks anew what the roles of a context permit: for one that lives on after its request, as
    /// that of a WebSocket does, and for one that was made from another. Whether the tenant is
    /// still active and the principal still a member is not asked; that takes a request.
    ///
    /// # Errors
    ///
    /// [`ResolveError`] when the permission store could not be asked.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{Permission, ResolveError, Tenancy, TenantContext};
    ///
    /// const READ: Permission = Permission::from_static("notes.read");
    ///
    /// /// Before each message that is sent.
    /// async fn may_still_read(tenancy: &Tenancy, context: &TenantContext) -> Result<bool, ResolveError> {
    ///     let context = tenancy.permit(context.clone()).await?;
    ///     Ok(context.permits(&READ))
    /// }
    /// ```
    pub async fn permit(&self, mut context: TenantContext) -> Result<TenantContext, ResolveError> {
        self.0.chain.permit(&mut context).await?;
        Ok(context)
    }

    /// Enters a tenant without a request, as [`TenantContext::assume`] does, and sends the audit
    /// event to the [sink](TenancyBuilder::audit), too, with all that the context records later.
    ///
    /// # Errors
    ///
    /// [`AccessError`] when the tenant is not active or the reason is blank.
    pub fn assume(&self, tenant: Arc<Tenant>, reason: &str) -> Result<TenantContext, AccessError> {
        let audit = &self.0.chain.audit;
        TenantContext::enter(tenant, reason, audit.sink(), Trail::of(audit, None))
    }

    /// The active tenant that a host belongs to, in the words of the resolvers that read hosts.
    ///
    /// `host` is what a `Host` header says. A host that cannot be read, that names no tenant, or
    /// one that may not be entered, is nobody's.
    ///
    /// # Errors
    ///
    /// [`ResolveError`] when the store could not be asked.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{InMemoryTenantStore, Mode, Slug, SubdomainResolver, Tenancy, Tenant, TenantId};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = InMemoryTenantStore::new();
    /// store.insert(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?))?;
    /// let tenancy = Tenancy::builder()
    ///     .resolver(SubdomainResolver::of("example.com"))
    ///     .store(store)
    ///     .mode(Mode::Public)
    ///     .build()?;
    ///
    /// assert!(tenancy.tenant_at("acme.example.com").await?.is_some());
    /// assert!(tenancy.tenant_at("globex.example.com").await?.is_none());
    /// # Ok(()) }
    /// ```
    pub fn tenant_at<'a>(
        &'a self,
        host: &'a str,
    ) -> impl Future<Output = Result<Option<Arc<Tenant>>, ResolveError>> + Send + 'a {
        self.0.chain.tenant_at(host)
    }

    /// The active tenant to which a URL leads, for redirects: only one that leads to some tenant,
    /// or to the right one, is safe to send a browser to.
    ///
    /// The URL must be absolute and over `https`, or over `http` to the machine itself, and its
    /// host [a tenant's](Self::tenant_at). User names, odd bytes and everything that browsers read
    /// differently make it nobody's.
    ///
    /// # Errors
    ///
    /// [`ResolveError`] when the store could not be asked.
    ///
    /// # Examples
    ///
    /// ```
    /// # use tenancy_core::{InMemoryTenantStore, Mode, Slug, SubdomainResolver, Tenancy, Tenant, TenantId};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let store = InMemoryTenantStore::new();
    /// # store.insert(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?))?;
    /// # let tenancy = Tenancy::builder()
    /// #     .resolver(SubdomainResolver::of("example.com"))
    /// #     .store(store)
    /// #     .mode(Mode::Public)
    /// #     .build()?;
    /// assert!(tenancy.tenant_of_url("https://acme.example.com/notes").await?.is_some());
    /// assert!(tenancy.tenant_of_url("https://acme.example.com@evil.example/").await?.is_none());
    /// # Ok(()) }
    /// ```
    pub fn tenant_of_url<'a>(
        &'a self,
        url: &'a str,
    ) -> impl Future<Output = Result<Option<Arc<Tenant>>, ResolveError>> + Send + 'a {
        self.0.chain.tenant_of_url(url)
    }

    /// Whether pages of an origin may send requests to this one's host: for the predicate of a CORS
    /// layer, which has to answer before there is a token.
    ///
    /// A host that names a tenant admits that tenant's own origins; any other host admits itself
    /// and the origins of every active tenant. [Allowed origins](TenancyBuilder::allow_origin) are
    /// admitted everywhere. Where one host serves many tenants, add
    /// [`check_every_origin`](TenancyBuilder::check_every_origin): the predicate cannot know yet
    /// whose data the request is after.
    ///
    /// # Errors
    ///
    /// [`ResolveError`] when the request's host cannot be read or the store could not be asked.
    pub fn allows_origin<'a>(
        &'a self,
        request: &'a dyn RequestView,
        origin: &'a str,
    ) -> impl Future<Output = Result<bool, ResolveError>> + Send + 'a {
        self.0.chain.allows_origin(request, origin)
    }
}

impl fmt::Debug for Tenancy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenancy")
            .field("mode", &self.0.mode)
            .field("vary", &self.0.vary)
            .finish_non_exhaustive()
    }
}

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
    ///     HeaderResolver, InMemoryMembershipStore, InMemoryTenantStore, Jwt, Principal, Role, Tenancy,
    ///     TenantId,
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

    /// Says which permissions a role gives, for [`Requirement`](crate::Requirement)s and for
    /// [`TenantContext::permits`]. Without it, a route that requires a permission answers 500.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{Permission, Role, RolePermissions, Tenancy};
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
    /// The tenant's own origins always may: those over `https`, or from the machine itself, whose
    /// host leads the chain's host resolvers to the same tenant; where no resolver reads hosts, the
    /// origin of the request's own host. All others are refused. Requests without an `Origin` come
    /// from programs that are no browsers, and need a token like any other.
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
    /// use tenancy_core::{AuditChannel, Tenancy};
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
    /// use tenancy_core::{HeaderResolver, InMemoryTenantStore, Tenancy};
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
