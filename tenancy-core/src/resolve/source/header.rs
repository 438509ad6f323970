use http::HeaderName;

use crate::{
    answer::Answer,
    error::{BuildError, Reason, ResolveError},
    request::RequestView,
    request::reserved::RESERVED,
    resolve::TenantResolver,
    source::Source,
    tenant::TenantKey,
};

/// Reads the tenant's id or slug from a request header of its own, such as `x-tenant-id`.
///
/// Sent more than once, even with equal values, it is malformed, and so is everything that is not
/// one id or slug: an empty value, a list, more than 64 bytes.
///
/// # Examples
///
/// ```
/// use tenancy_core::{
///     resolve::{HeaderResolver, TenantResolver},
///     tenant::TenantKey,
/// };
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let resolver = HeaderResolver::new("x-tenant-id");
/// let (request, ()) = http::Request::get("/").header("x-tenant-id", "acme").body(())?.into_parts();
/// assert_eq!(resolver.resolve(&request).await?, Some(TenantKey::parse_name("acme")?));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct HeaderResolver {
    name: Result<HeaderName, BuildError>,
}

impl HeaderResolver {
    /// Reads the header of that name, in any case.
    ///
    /// A name that is no header name, or that has another meaning (`host`, `origin`,
    /// `x-forwarded-host` and the like), makes [`TenancyBuilder::build`] fail.
    ///
    /// [`TenancyBuilder::build`]: crate::TenancyBuilder::build
    #[must_use]
    pub fn new(name: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| BuildError::new(format!("`{}` is not a header name", name.escape_debug())))
            .and_then(|name| {
                if RESERVED.contains(&name.as_str()) {
                    Err(BuildError::new(format!(
                        "the `{name}` header does not name a tenant; use one of your own, such as `x-tenant-id`"
                    )))
                } else {
                    Ok(name)
                }
            });
        Self { name }
    }

    fn read(&self, request: &dyn RequestView) -> Result<Option<TenantKey>, ResolveError> {
        let name = self.name.as_ref().map_err(|_| Reason::InvalidSettings)?;
        let value = request
            .single_header(name)
            .map_err(|_| ResolveError::malformed(format!("the `{name}` header is repeated")))?;
        value
            .map(TenantKey::from_bytes)
            .transpose()
            .map_err(|rule| {
                ResolveError::malformed(format!("the `{name}` header names no tenant: {rule}"))
            })
    }
}

impl TenantResolver for HeaderResolver {
    fn source(&self) -> Source {
        Source::Header
    }

    fn resolve<'a>(
        &'a self,
        request: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<TenantKey>, ResolveError>> {
        Answer::Now(self.read(request))
    }

    fn vary(&self) -> Option<HeaderName> {
        self.name.clone().ok()
    }

    fn check(&self) -> Result<(), BuildError> {
        self.name.as_ref().map(drop).map_err(BuildError::clone)
    }
}
