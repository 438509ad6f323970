use std::sync::Arc;

use http::{HeaderName, header};

use super::subdomain::labels_before;
use crate::{
    answer::Answer,
    error::{BuildError, Reason, ResolveError, StoreError},
    host::{Authority, Host},
    id::{Domain, to_ascii},
    request::RequestView,
    resolve::TenantResolver,
    source::Source,
    store::TenantStore,
    tenant::{Tenant, TenantKey},
};

/// Takes the host for a domain of the tenant's own, unless it is the service's.
///
/// | host, beside `example.com` | says |
/// |---|---|
/// | `shop.example.org`, `SHOP.example.org.:8443` | `shop.example.org` |
/// | `example.com` and everything below it | nothing |
/// | `192.0.2.1`, `[2001:db8::1]`, `localhost` | nothing |
/// | `my_shop.example.org`, `xn--a.example.org` | malformed |
/// | no host, two hosts, a target that differs from `Host` | malformed |
///
/// The tenant that the store finds is entered only when the domain is among its
/// [verified ones](crate::Tenant::domains), exactly as it stands there. Names under which only
/// machines call the service, such as `api.internal`, are to be listed with
/// [`beside`](Self::beside) too.
///
/// # Examples
///
/// ```
/// use tenancy_core::{
///     resolve::{CustomDomainResolver, TenantResolver},
///     tenant::{Domain, TenantKey},
/// };
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let resolver = CustomDomainResolver::beside("example.com");
/// let (request, ()) = http::Request::get("/").header("host", "shop.example.org").body(())?.into_parts();
/// let domain = Domain::parse("shop.example.org")?;
/// assert_eq!(resolver.resolve(&request).await?, Some(TenantKey::Domain(domain)));
/// let (request, ()) = http::Request::get("/").header("host", "acme.example.com").body(())?.into_parts();
/// assert_eq!(resolver.resolve(&request).await?, None);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct CustomDomainResolver {
    own: Result<Vec<String>, BuildError>,
}

impl CustomDomainResolver {
    /// Leaves out the service's own domain, and all that are below it.
    ///
    /// A name that is no domain makes [`TenancyBuilder::build`](crate::TenancyBuilder::build) fail.
    #[must_use]
    pub fn beside(own: &str) -> Self {
        Self {
            own: Ok(Vec::new()),
        }
        .and_beside(own)
    }

    /// Leaves out one more of the service's own domains.
    #[must_use]
    pub fn and_beside(mut self, own: &str) -> Self {
        let name = to_ascii(own).and_then(|ascii| match Authority::parse(ascii.as_bytes()) {
            Ok(Authority {
                host: Host::Domain(name),
                port: None,
            }) => Some(name.to_ascii_lowercase()),
            Ok(_) | Err(_) => None,
        });
        match (&mut self.own, name) {
            (Ok(names), Some(name)) => names.push(name),
            (Ok(_), None) => {
                let own = own.escape_debug();
                self.own = Err(BuildError::new(format!("`{own}` is not a domain name")));
            }
            (Err(_), _) => {}
        }
        self
    }

    fn read(&self, request: &dyn RequestView) -> Result<Option<TenantKey>, ResolveError> {
        let own = self.own.as_ref().map_err(|_| Reason::InvalidSettings)?;
        domain(Authority::of(request)?.host, own)
            .map(|domain| domain.map(TenantKey::Domain))
            .map_err(ResolveError::malformed)
    }
}

/// The domain that a host is, unless it is one of the service's own.
fn domain(host: Host<'_>, own: &[String]) -> Result<Option<Domain>, &'static str> {
    let Host::Domain(name) = host else {
        return Ok(None);
    };
    let is_own = |base: &String| labels_before(name, base).is_some();
    if !name.contains('.') || own.iter().any(is_own) {
        return Ok(None);
    }
    match Domain::from_host(name) {
        Ok(domain) => Ok(Some(domain)),
        Err(_) => Err("the host is no domain that a tenant can have"),
    }
}

/// A store that answers to a domain only with a tenant that lists it as verified. So it does not
/// depend on each store's care that a domain is compared exactly and was verified.
pub(crate) struct VerifiedDomains<S>(pub(crate) S);

impl<S: TenantStore> TenantStore for VerifiedDomains<S> {
    fn find<'a>(
        &'a self,
        key: &'a TenantKey,
    ) -> Answer<'a, Result<Option<Arc<Tenant>>, StoreError>> {
        let TenantKey::Domain(_) = key else {
            return self.0.find(key);
        };
        let verified = |found: Result<Option<Arc<Tenant>>, StoreError>| {
            found.map(|tenant| tenant.filter(|tenant| tenant.is_named_by(key)))
        };
        match self.0.find(key) {
            Answer::Now(found) => Answer::Now(verified(found)),
            Answer::Later(found) => Answer::later(async move { verified(found.await) }),
        }
    }
}

impl TenantResolver for CustomDomainResolver {
    fn source(&self) -> Source {
        Source::CustomDomain
    }

    fn resolve<'a>(
        &'a self,
        request: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<TenantKey>, ResolveError>> {
        Answer::Now(self.read(request))
    }

    fn vary(&self) -> Option<HeaderName> {
        Some(header::HOST)
    }

    fn check(&self) -> Result<(), BuildError> {
        self.own.as_ref().map(drop).map_err(BuildError::clone)
    }
}
