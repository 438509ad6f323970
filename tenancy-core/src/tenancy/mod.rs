//! How requests of a service find their tenant: the parts, put together once.

mod builder;
mod presets;

use std::{fmt, future::Future, sync::Arc};

use http::HeaderValue;

pub use self::builder::TenancyBuilder;
use crate::{
    access::AccessError,
    audit::Trail,
    context::TenantContext,
    error::ResolveError,
    request::RequestView,
    resolve::{Chain, Mode},
    tenant::Tenant,
};

/// How requests of a service find their tenant.
///
/// It is made once, and cheap to clone. An adapter calls [`resolve`](Self::resolve) for every
/// request.
///
/// # Examples
///
/// ```
/// use tenancy_core::{
///     Tenancy,
///     authenticate::jwt::Jwt,
///     resolve::{CookieResolver, HeaderResolver, Platform, SubdomainResolver},
///     store::InMemoryTenantStore,
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
    /// use tenancy_core::{
    ///     Mode, Slug, Tenancy, Tenant, TenantId, resolve::HeaderResolver,
    ///     store::InMemoryTenantStore,
    /// };
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
    /// use tenancy_core::{ResolveError, Tenancy, TenantContext, access::Permission};
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
    /// `host` is what a `Host` header says. The answer is `None` for a host that cannot be read,
    /// that names no tenant, or that names one that may not be entered.
    ///
    /// # Errors
    ///
    /// [`ResolveError`] when the store could not be asked.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{
    ///     Mode, Slug, Tenancy, Tenant, TenantId, resolve::SubdomainResolver,
    ///     store::InMemoryTenantStore,
    /// };
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
    /// host [a tenant's](Self::tenant_at). The answer is `None` for a URL with a user name, with
    /// odd bytes, or with anything that browsers read differently.
    ///
    /// # Errors
    ///
    /// [`ResolveError`] when the store could not be asked.
    ///
    /// # Examples
    ///
    /// ```
    /// # use tenancy_core::{
    /// #     Mode, Slug, Tenancy, Tenant, TenantId, resolve::SubdomainResolver,
    /// #     store::InMemoryTenantStore,
    /// # };
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
    /// which tenant the request is after.
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
