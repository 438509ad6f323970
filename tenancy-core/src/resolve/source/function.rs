use std::fmt;

use http::HeaderName;

use crate::{
    answer::Answer, error::ResolveError, request::RequestView, resolve::TenantResolver,
    source::Source, tenant::TenantKey,
};

/// Makes a source out of a closure; `name` is what contexts and audit events call it.
///
/// A source that has to wait for something implements [`TenantResolver`] instead.
///
/// # Examples
///
/// ```
/// use tenancy_core::{
///     ResolveError,
///     resolve::{Source, TenantResolver, resolver_fn},
///     tenant::TenantKey,
/// };
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let resolver = resolver_fn("user-agent", |request| {
///     let agent = request
///         .single_header(&http::header::USER_AGENT)
///         .map_err(|_| ResolveError::malformed("the `user-agent` header is repeated"))?;
///     let acme = TenantKey::parse_name("acme").ok();
///     Ok(acme.filter(|_| agent.is_some_and(|agent| agent.starts_with(b"acme-kiosk/"))))
/// })
/// .reading(http::header::USER_AGENT);
///
/// let (request, ()) = http::Request::get("/").header("user-agent", "acme-kiosk/1").body(())?.into_parts();
/// assert_eq!(resolver.resolve(&request).await?, Some(TenantKey::parse_name("acme")?));
/// assert_eq!(resolver.source(), Source::Custom("user-agent"));
/// # Ok(()) }
/// ```
pub fn resolver_fn<F>(name: &'static str, read: F) -> ResolverFn<F>
where
    F: Fn(&dyn RequestView) -> Result<Option<TenantKey>, ResolveError> + Send + Sync + 'static,
{
    ResolverFn {
        name,
        read,
        header: None,
    }
}

/// A source that is a closure; made by [`resolver_fn`].
#[derive(Clone)]
pub struct ResolverFn<F> {
    name: &'static str,
    read: F,
    header: Option<HeaderName>,
}

impl<F> ResolverFn<F> {
    /// Names the request header that the closure reads, for `Vary`.
    #[must_use]
    pub fn reading(mut self, header: HeaderName) -> Self {
        self.header = Some(header);
        self
    }
}

impl<F> TenantResolver for ResolverFn<F>
where
    F: Fn(&dyn RequestView) -> Result<Option<TenantKey>, ResolveError> + Send + Sync + 'static,
{
    fn source(&self) -> Source {
        Source::Custom(self.name)
    }

    fn resolve<'a>(
        &'a self,
        request: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<TenantKey>, ResolveError>> {
        Answer::Now((self.read)(request))
    }

    fn vary(&self) -> Option<HeaderName> {
        self.header.clone()
    }
}

impl<F> fmt::Debug for ResolverFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResolverFn")
            .field("name", &self.name)
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}
