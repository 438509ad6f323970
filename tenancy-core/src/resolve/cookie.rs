use http::{HeaderName, header};

use super::TenantResolver;
use crate::{
    answer::Answer,
    error::{BuildError, Reason, ResolveError},
    key::TenantKey,
    request::RequestView,
    source::Source,
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
/// use tenancy_core::{CookieResolver, TenantKey, TenantResolver};
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

/// Takes a cookie's name, which is a token ([RFC 6265 section
/// 4.1.1](https://www.rfc-editor.org/rfc/rfc6265#section-4.1.1)), as a header's is.
pub(super) fn cookie_name(name: &str) -> Result<String, BuildError> {
    match HeaderName::from_bytes(name.as_bytes()) {
        Ok(_) => Ok(name.to_owned()),
        Err(_) => Err(BuildError::new(format!(
            "`{}` is not a cookie name",
            name.escape_debug()
        ))),
    }
}

/// The value of a cookie that may be there once.
pub(super) fn single_cookie<'a>(
    request: &'a (dyn RequestView + 'a),
    name: &str,
) -> Result<Option<&'a [u8]>, ResolveError> {
    let mut found = None;
    let mut repeated = false;
    request.for_each_header(&header::COOKIE, &mut |header| {
        for value in values(header, name.as_bytes()) {
            repeated |= found.replace(value).is_some();
        }
    });
    if repeated {
        Err(ResolveError::malformed(format!(
            "the `{name}` cookie is repeated"
        )))
    } else {
        Ok(found)
    }
}

/// The values of all cookies of a name, as user agents write them
/// ([RFC 6265 section 5.4](https://www.rfc-editor.org/rfc/rfc6265#section-5.4)): quotes and percent
/// signs mean themselves. What other cookies look like does not matter.
fn values<'a>(header: &'a [u8], name: &[u8]) -> impl Iterator<Item = &'a [u8]> {
    header.split(|byte| *byte == b';').filter_map(move |pair| {
        let equals = pair.iter().position(|byte| *byte == b'=')?;
        let (found, value) = pair.split_at(equals);
        (found.trim_ascii() == name).then(|| value.strip_prefix(b"=").unwrap_or(value).trim_ascii())
    })
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
