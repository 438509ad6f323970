use crate::{
    answer::Answer, error::ResolveError, request::RequestView, resolve::TenantResolver,
    source::Source, tenant::TenantKey,
};

/// Names the same tenant in every request: for an installation that serves one.
///
/// It speaks always, so a source beside it can only agree, and a fallback is never taken. Who may
/// enter the tenant is decided as ever.
///
/// # Examples
///
/// ```
/// use tenancy_core::{
///     resolve::{StaticResolver, TenantResolver},
///     tenant::TenantKey,
/// };
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let acme = TenantKey::parse_name("acme")?;
/// let (request, ()) = http::Request::get("/").body(())?.into_parts();
/// assert_eq!(StaticResolver::new(acme.clone()).resolve(&request).await?, Some(acme));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaticResolver {
    key: TenantKey,
}

impl StaticResolver {
    /// Always names this tenant.
    #[must_use]
    pub fn new(key: TenantKey) -> Self {
        Self { key }
    }
}

impl TenantResolver for StaticResolver {
    fn source(&self) -> Source {
        Source::Static
    }

    fn resolve<'a>(
        &'a self,
        _: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<TenantKey>, ResolveError>> {
        Answer::Now(Ok(Some(self.key.clone())))
    }
}
