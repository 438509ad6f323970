use http::{HeaderName, header};

use crate::{
    answer::Answer,
    error::{BuildError, Reason, ResolveError},
    request::RequestView,
    request::cookie::{cookie_name, single_cookie},
    resolve::TenantResolver,
    source::Source,
    tenant::TenantKey,
};

/// Reads the tenant's id or slug from a cookie.
///
/// A cookie can be planted by a sibling subdomain, so two cookies of the name are malformed, also
/// when they come in separate `Cookie` headers. Name it `__Host-tenant_id` to keep siblings from
/// setting it at all.
///
/// # Examples
///
/// ```
/// use tenancy_core::{
///     resolve::{CookieResolver, TenantResolver},
///     tenant::TenantKey,
/// };
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let resolver = CookieResolver::new("tenant_id");
/// let (request, ()) = http::Request::get("/").header("cookie", "a=b; tenant_id=acme").body(())?.into_parts();
/// assert_eq!(resolver.resolve(&request).await?, Some(TenantKey::parse_name("acme")?));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct CookieResolver {
    name: Result<String, BuildError>,
}

impl CookieResolver {
    /// Reads the cookie of that name, which is case-sensitive.
    ///
    /// A name that no cookie can have makes
    /// [`TenancyBuilder::build`](crate::TenancyBuilder::build) fail.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: cookie_name(name),
        }
    }

    fn read(&self, request: &dyn RequestView) -> Result<Option<TenantKey>, ResolveError> {
        let name = self.name.as_ref().map_err(|_| Reason::InvalidSettings)?;
        single_cookie(request, name)?
            .map(TenantKey::from_bytes)
            .transpose()
            .map_err(|rule| {
                ResolveError::malformed(format!("the `{name}` cookie names no tenant: {rule}"))
            })
    }
}

impl TenantResolver for CookieResolver {
    fn source(&self) -> Source {
        Source::Cookie
    }

    fn resolve<'a>(
        &'a self,
        request: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<TenantKey>, ResolveError>> {
        Answer::Now(self.read(request))
    }

    fn vary(&self) -> Option<HeaderName> {
        Some(header::COOKIE)
    }

    fn check(&self) -> Result<(), BuildError> {
        self.name.as_ref().map(drop).map_err(BuildError::clone)
    }
}
