use std::borrow::Cow;

use crate::{
    answer::Answer,
    error::{BuildError, Reason, ResolveError},
    request::RequestView,
    resolve::TenantResolver,
    source::Source,
    tenant::TenantKey,
};

/// Reads the tenant's id or slug from a parameter of the query, such as `?tenant=acme`.
///
/// The query is decoded like a form ([URL
/// standard](https://url.spec.whatwg.org/#urlencoded-parsing)), so `%74enant=acme` is the same
/// parameter. Given more than once, even with equal values, it is malformed, and so is everything
/// that is not one id or slug. The name is case-sensitive.
///
/// Links with a tenant in them are shared and logged, so use it where a header cannot be set:
/// downloads, WebSockets of browsers.
///
/// # Examples
///
/// ```
/// use tenancy_core::{
///     resolve::{QueryResolver, TenantResolver},
///     tenant::TenantKey,
/// };
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let resolver = QueryResolver::new("tenant");
/// let (request, ()) = http::Request::get("/notes?page=2&tenant=acme").body(())?.into_parts();
/// assert_eq!(resolver.resolve(&request).await?, Some(TenantKey::parse_name("acme")?));
/// let (request, ()) = http::Request::get("/notes?tenant=acme&tenant=acme").body(())?.into_parts();
/// assert!(resolver.resolve(&request).await.is_err());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct QueryResolver {
    name: Result<String, BuildError>,
}

impl QueryResolver {
    /// Reads the parameter of that name.
    ///
    /// An empty name makes [`TenancyBuilder::build`](crate::TenancyBuilder::build) fail.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: if name.is_empty() {
                Err(BuildError::new("a query parameter has a name"))
            } else {
                Ok(name.to_owned())
            },
        }
    }

    fn read(&self, request: &dyn RequestView) -> Result<Option<TenantKey>, ResolveError> {
        let name = self.name.as_ref().map_err(|_| Reason::InvalidSettings)?;
        let Some(query) = request.query() else {
            return Ok(None);
        };
        let flaw = match single(query, name) {
            Err(flaw) => flaw.to_owned(),
            Ok(None) => return Ok(None),
            Ok(Some(value)) => match TenantKey::parse_name(&value) {
                Ok(key) => return Ok(Some(key)),
                Err(rule) => format!("names no tenant: {rule}"),
            },
        };
        let name = name.escape_debug();
        Err(ResolveError::malformed(format!(
            "the query parameter `{name}` {flaw}"
        )))
    }
}

/// The one value of a parameter.
fn single<'a>(query: &'a str, name: &str) -> Result<Option<Cow<'a, str>>, &'static str> {
    let mut values = form_urlencoded::parse(query.as_bytes())
        .filter(|(found, _)| found == name)
        .map(|(_, value)| value);
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        (_, Some(_)) => Err("is repeated"),
    }
}

impl TenantResolver for QueryResolver {
    fn source(&self) -> Source {
        Source::Query
    }

    fn resolve<'a>(
        &'a self,
        request: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<TenantKey>, ResolveError>> {
        Answer::Now(self.read(request))
    }

    fn check(&self) -> Result<(), BuildError> {
        self.name.as_ref().map(drop).map_err(BuildError::clone)
    }
}
