//! Ready-made chains.

use super::TenancyBuilder;
use crate::resolve::{
    CookieResolver, CustomDomainResolver, HeaderResolver, Platform, SubdomainResolver,
};

impl TenancyBuilder {
    /// Adds the sources of a service with an API and pages below one domain: the header
    /// `x-tenant-id`, the subdomain, the cookie `tenant_id`, and the platform tenant when none of
    /// them speaks.
    ///
    /// All of these only assert. Under the default [`Mode::Required`](crate::Mode::Required) a
    /// verified token opens the tenant that they name; in [`Mode::Public`](crate::Mode::Public)
    /// any client can name any tenant, and [`by_host`](Self::by_host) is the better chain.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{Tenancy, authenticate::jwt::Jwt, store::InMemoryTenantStore};
    ///
    /// # let secret = [7; 32];
    /// let tenancy = Tenancy::builder()
    ///     .standard("example.com")
    ///     .authenticate(Jwt::hs256(secret).audience("api").issuer("https://id.example.com"))
    ///     .store(InMemoryTenantStore::new())
    ///     .build()?;
    /// assert_eq!(tenancy.vary(), "x-tenant-id, host, cookie, authorization");
    /// # Ok::<(), tenancy_core::BuildError>(())
    /// ```
    pub fn standard(self, base: &str) -> Self {
        self.resolver(HeaderResolver::new("x-tenant-id"))
            .resolver(SubdomainResolver::of(base))
            .resolver(CookieResolver::new("tenant_id"))
            .fallback(Platform)
    }

    /// Adds the sources of a service where each tenant has hosts of its own, which browsers keep
    /// apart: the subdomain and the verified custom domain. The base domain itself, `www` and
    /// addresses name no tenant; add a [`fallback`](Self::fallback) for the platform's own pages.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{Mode, Tenancy, resolve::Platform, store::InMemoryTenantStore};
    ///
    /// let tenancy = Tenancy::builder()
    ///     .by_host("example.com")
    ///     .fallback(Platform)
    ///     .mode(Mode::Public)
    ///     .store(InMemoryTenantStore::new())
    ///     .build()?;
    /// assert_eq!(tenancy.vary(), "host");
    /// # Ok::<(), tenancy_core::BuildError>(())
    /// ```
    pub fn by_host(self, base: &str) -> Self {
        self.resolver(SubdomainResolver::of(base))
            .resolver(CustomDomainResolver::beside(base))
    }
}
