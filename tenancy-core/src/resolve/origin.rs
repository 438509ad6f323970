//! Which pages may act in a tenant: `Origin` headers, and addresses to send a browser to.
//!
//! A browser attaches its cookies to a WebSocket handshake that any page makes, and no CORS check
//! stands in between ([RFC 6455 section
//! 10.2](https://www.rfc-editor.org/rfc/rfc6455#section-10.2)). So the page's origin has to be one
//! of the tenant's own.

use std::sync::Arc;

use http::{HeaderName, header};

use super::{Chain, TenantResolver};
use crate::{
    answer::Answer,
    error::{BuildError, Reason, ResolveError},
    host::{Authority, Host},
    request::RequestView,
    source::Source,
    tenant::{Tenant, TenantKey},
};

/// What is configured about origins.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    allowed: Vec<String>,
    checks_every_request: bool,
}

impl Origins {
    pub(crate) fn allow(&mut self, origin: &str) {
        self.allowed.push(origin.to_ascii_lowercase());
    }

    pub(crate) fn check_every_request(&mut self) {
        self.checks_every_request = true;
    }

    pub(crate) fn check(&self) -> Result<(), BuildError> {
        let mut allowed = self.allowed.iter();
        match allowed.find(|origin| !WebAddress::is_origin(origin)) {
            None => Ok(()),
            Some(origin) => Err(BuildError::new(format!(
                "`{}` is not an origin; write it as browsers do, with scheme and host, and with the port if it is not the scheme's own: `https://app.example.com`",
                origin.escape_debug()
            ))),
        }
    }

    /// The header that every answer depends on, for `Vary`.
    pub(crate) fn vary(&self) -> Option<HeaderName> {
        self.checks_every_request.then_some(header::ORIGIN)
    }

    fn allows(&self, origin: &str) -> bool {
        let mut allowed = self.allowed.iter();
        allowed.any(|allowed| allowed.eq_ignore_ascii_case(origin))
    }
}

/// `http` or `https`, and the authority of a URL.
#[derive(Clone, Copy, Debug)]
struct WebAddress<'a> {
    authority: Authority<'a>,
    /// As it stands in the URL.
    text: &'a str,
}

impl<'a> WebAddress<'a> {
    /// Reads a URL that a browser on a safe way would be at: over `https`, or on its own machine
    /// ([Secure Contexts](https://www.w3.org/TR/secure-contexts/#is-origin-trustworthy)). Returns
    /// what follows the authority, too.
    fn trustworthy(url: &'a str) -> Option<(Self, &'a str)> {
        let (address, rest, is_secure) = Self::split(url)?;
        (is_secure || address.authority.host.is_local()).then_some((address, rest))
    }

    /// Whether a text is an origin as browsers write it, of either scheme: with nothing behind it,
    /// and without a port that the scheme implies ([RFC 6454 section
    /// 6.2](https://www.rfc-editor.org/rfc/rfc6454#section-6.2)).
    fn is_origin(text: &'a str) -> bool {
        let Some((address, "", is_secure)) = Self::split(text) else {
            return false;
        };
        let implied = if is_secure { 443 } else { 80 };
        address.authority.port != Some(implied)
    }

    fn split(url: &'a str) -> Option<(Self, &'a str, bool)> {
        let (scheme, rest) = url.split_once("://")?;
        let is_secure = scheme.eq_ignore_ascii_case("https");
        if !is_secure && !scheme.eq_ignore_ascii_case("http") {
            return None;
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (text, rest) = rest.split_at(end);
        let authority = Authority::parse(text.as_bytes()).ok()?;
        Some((Self { authority, text }, rest, is_secure))
    }

    fn is_same(&self, other: &Authority<'_>) -> bool {
        self.authority.host == other.host && self.has_port_of(Some(other))
    }

    /// Whether the port is the default one, or that of the other authority.
    fn has_port_of(&self, other: Option<&Authority<'_>>) -> bool {
        let default = |port: Option<u16>| matches!(port, None | Some(80 | 443));
        let port = self.authority.port;
        default(port) || other.is_some_and(|other| other.port == port)
    }
}

/// Whether a request opens a WebSocket, over HTTP/1.1 (RFC 6455) or as an extended `CONNECT`
/// (RFC 8441). Any sign of it counts.
fn is_handshake(request: &dyn RequestView) -> bool {
    let mut is_handshake = request.method() == "CONNECT";
    request.for_each_header(&header::SEC_WEBSOCKET_VERSION, &mut |_| is_handshake = true);
    request.for_each_header(&header::UPGRADE, &mut |value| {
        let mut protocols = value.split(|byte| *byte == b',');
        is_handshake |=
            protocols.any(|protocol| protocol.trim_ascii().eq_ignore_ascii_case(b"websocket"));
    });
    is_handshake
}

/// A request of which only the host is known.
struct HostOnly<'a>(&'a str);

impl RequestView for HostOnly<'_> {
    fn method(&self) -> &str {
        "GET"
    }

    fn authority(&self) -> Option<&str> {
        None
    }

    fn path(&self) -> &str {
        "/"
    }

    fn query(&self) -> Option<&str> {
        None
    }

    fn for_each_header<'a>(&'a self, name: &HeaderName, visit: &mut dyn FnMut(&'a [u8])) {
        if name == header::HOST {
            visit(self.0.as_bytes());
        }
    }
}

impl Chain {
    /// The `Origin` of a request for which it counts. Programs that are no browsers send none, and
    /// browsers always do.
    pub(super) fn origin_to_check<'a>(
        &self,
        request: &'a dyn RequestView,
        by_cookie: bool,
    ) -> Result<Option<&'a [u8]>, ResolveError> {
        let origin = request
            .single_header(&header::ORIGIN)
            .map_err(|_| ResolveError::malformed("the `origin` header is repeated"))?;
        let counts =
            |_: &&[u8]| self.origins.checks_every_request || by_cookie || is_handshake(request);
        Ok(origin.filter(counts))
    }

    /// Refuses a WebSocket handshake, or a request with its credentials in a cookie, that a page of
    /// another site makes.
    pub(super) async fn check_origin(
        &self,
        request: &dyn RequestView,
        origin: &[u8],
        tenant: &Tenant,
    ) -> Result<(), ResolveError> {
        let owns = match str::from_utf8(origin) {
            Ok(origin) => self.owns_origin(request, origin, tenant).await?,
            Err(_) => false,
        };
        if owns {
            Ok(())
        } else {
            Err(Reason::ForeignOrigin.into())
        }
    }

    async fn owns_origin(
        &self,
        request: &dyn RequestView,
        origin: &str,
        tenant: &Tenant,
    ) -> Result<bool, ResolveError> {
        if self.origins.allows(origin) {
            return Ok(true);
        }
        let own = Authority::of(request).ok();
        let Some((address, "")) = WebAddress::trustworthy(origin) else {
            return Ok(false);
        };
        if !self
            .resolvers
            .iter()
            .any(|resolver| reads_host(&**resolver))
        {
            return Ok(own.is_some_and(|own| address.is_same(&own)));
        }
        if !address.has_port_of(own.as_ref()) {
            return Ok(false);
        }
        let home = self.tenant_at(address.text).await?;
        Ok(home.is_some_and(|home| home.id() == tenant.id()))
    }

    /// Whether a page of this origin may send requests for this one's host.
    pub(crate) async fn allows_origin(
        &self,
        request: &dyn RequestView,
        origin: &str,
    ) -> Result<bool, ResolveError> {
        let proxied = self.through_proxy(request)?;
        let request = proxied.as_ref().map_or(request, |proxied| proxied);
        let host = Authority::of(request)?;
        let named = match host.host {
            Host::Domain(name) => self.tenant_at(name).await?,
            Host::Address(_) => None,
        };
        if let Some(tenant) = named {
            return self.owns_origin(request, origin, &tenant).await;
        }
        if self.origins.allows(origin) {
            return Ok(true);
        }
        match WebAddress::trustworthy(origin) {
            Some((address, "")) => {
                let is_tenant = address.has_port_of(Some(&host))
                    && self.tenant_at(address.text).await?.is_some();
                Ok(is_tenant || address.is_same(&host))
            }
            Some(_) | None => Ok(false),
        }
    }

    /// The active tenant that a host belongs to, in the words of the resolvers that read hosts.
    pub(crate) async fn tenant_at(&self, host: &str) -> Result<Option<Arc<Tenant>>, ResolveError> {
        let request = HostOnly(host);
        let mut home: Option<Arc<Tenant>> = None;
        for resolver in self.resolvers.iter().filter(|one| reads_host(&***one)) {
            let key: TenantKey = match resolver.resolve(&request).await {
                Ok(Some(key)) => key,
                Ok(None) => continue,
                Err(error) if error.reason() == Reason::StoreUnavailable => return Err(error),
                Err(_) => return Ok(None),
            };
            let found = match self.store.find(&key) {
                Answer::Now(found) => found,
                Answer::Later(found) => found.await,
            }?;
            match (found.filter(|tenant| tenant.is_active()), &home) {
                (Some(found), None) => home = Some(found),
                (Some(found), Some(home)) if found.id() == home.id() => {}
                _ => return Ok(None),
            }
        }
        Ok(home)
    }

    /// The active tenant to which a URL leads, if it is one that a browser may be sent to.
    pub(crate) async fn tenant_of_url(
        &self,
        url: &str,
    ) -> Result<Option<Arc<Tenant>>, ResolveError> {
        // What a browser drops or reads as a slash, so that it would see another host.
        if url
            .bytes()
            .any(|byte| byte <= b' ' || byte == b'\\' || byte >= 0x7f)
        {
            return Ok(None);
        }
        match WebAddress::trustworthy(url) {
            Some((address, _)) => self.tenant_at(address.text).await,
            None => Ok(None),
        }
    }
}

fn reads_host(resolver: &dyn TenantResolver) -> bool {
    matches!(resolver.source(), Source::Subdomain | Source::CustomDomain)
        || resolver.vary() == Some(header::HOST)
}
