//! Hosts that a proxy reports.

mod forwarded;

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::{HeaderName, header};
use ipnet::IpNet;

use crate::{
    error::{BuildError, ResolveError},
    host::Authority,
    request::RequestView,
};

/// The header of proxies that predate RFC 7239.
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// The proxies that may say which host a client asked for, and the one header in which they do.
///
/// Anybody can send `Forwarded` and `X-Forwarded-Host`. They are read only when the connection's
/// other end ([`RequestView::peer`]) is in one of these networks, and then take the place of the
/// request's own host for every resolver. From all other peers, and where the adapter does not know
/// the other end, they are ignored; and so is always the one that is not configured.
///
/// The proxy has to *set* the header, in place of what the client sent: with more than one value,
/// element or host in it the request is malformed. Without a host in it, the request's own counts,
/// as in a check of health that the proxy makes itself.
///
/// # Examples
///
/// ```
/// use tenancy_core::{
///     Mode, Tenancy,
///     resolve::{SubdomainResolver, TrustedProxies},
///     store::InMemoryTenantStore,
/// };
///
/// let tenancy = Tenancy::builder()
///     .resolver(SubdomainResolver::of("example.com"))
///     .trusted_proxies(TrustedProxies::x_forwarded_host(["10.0.0.0/8", "fd00::/8", "192.0.2.7"]))
///     .mode(Mode::Public)
///     .store(InMemoryTenantStore::new())
///     .build()?;
/// assert_eq!(tenancy.vary(), "host, x-forwarded-host");
/// # Ok::<(), tenancy_core::BuildError>(())
/// ```
#[derive(Clone, Debug)]
pub struct TrustedProxies {
    networks: Result<Vec<IpNet>, BuildError>,
    header: HeaderName,
}

impl TrustedProxies {
    /// Reads the `host` parameter of `Forwarded`
    /// ([RFC 7239 section 5.3](https://www.rfc-editor.org/rfc/rfc7239#section-5.3)) from these
    /// networks.
    ///
    /// A text that is neither a network nor an address, a network with host bits, one that holds
    /// every address, an IPv4 network written in IPv6, and no network at all make
    /// [`TenancyBuilder::build`](crate::TenancyBuilder::build) fail.
    #[must_use]
    pub fn forwarded<N: AsRef<str>>(networks: impl IntoIterator<Item = N>) -> Self {
        Self::reading(header::FORWARDED, networks)
    }

    /// Reads `X-Forwarded-Host` from these networks.
    ///
    /// Fails in the same cases as [`forwarded`](Self::forwarded).
    #[must_use]
    pub fn x_forwarded_host<N: AsRef<str>>(networks: impl IntoIterator<Item = N>) -> Self {
        Self::reading(X_FORWARDED_HOST, networks)
    }

    fn reading<N: AsRef<str>>(header: HeaderName, networks: impl IntoIterator<Item = N>) -> Self {
        let networks: Result<Vec<_>, _> = networks
            .into_iter()
            .map(|text| {
                let text = text.as_ref();
                network(text).map_err(|flaw| {
                    let text = text.escape_debug();
                    BuildError::new(format!("the trusted network `{text}` {flaw}"))
                })
            })
            .collect();
        Self { networks, header }
    }

    pub(crate) fn check(&self) -> Result<(), BuildError> {
        match &self.networks {
            Ok(networks) if networks.is_empty() => Err(BuildError::new(
                "name the networks of the trusted proxies, such as `10.0.0.0/8`",
            )),
            Ok(_) => Ok(()),
            Err(error) => Err(error.clone()),
        }
    }

    /// The header that is read, for `Vary`.
    pub(crate) fn header(&self) -> &HeaderName {
        &self.header
    }

    /// The request as the client made it to the proxy, if that is another one.
    pub(crate) fn see<'a>(
        &self,
        request: &'a (dyn RequestView + 'a),
    ) -> Result<Option<Proxied<'a>>, ResolveError> {
        if !self.trusts(request.peer()) {
            return Ok(None);
        }
        let name = &self.header;
        let value = request
            .single_header(name)
            .map_err(|_| ResolveError::malformed(format!("the `{name}` header is repeated")))?;
        let host = match value {
            None => None,
            Some(value) if *name == header::FORWARDED => forwarded::host(value),
            Some(value) => x_forwarded_host(value),
        };
        host.transpose()
            .and_then(|host| match host {
                Some(host) => {
                    Authority::parse(host.as_bytes()).map(|_| Some(Proxied { request, host }))
                }
                None => Ok(None),
            })
            .map_err(|flaw| ResolveError::malformed(format!("the `{name}` header {flaw}")))
    }

    fn trusts(&self, peer: Option<SocketAddr>) -> bool {
        let (Some(peer), Ok(networks)) = (peer, &self.networks) else {
            return false;
        };
        // A socket for both families shows IPv4 peers as `::ffff:192.0.2.1`.
        let address = peer.ip().to_canonical();
        networks.iter().any(|network| network.contains(&address))
    }
}

/// Reads `192.0.2.0/24` or `192.0.2.1`.
fn network(text: &str) -> Result<IpNet, &'static str> {
    let network = match text.parse::<IpNet>() {
        Ok(network) => network,
        Err(_) => text
            .parse::<IpAddr>()
            .map(IpNet::from)
            .map_err(|_| "is not an IP network")?,
    };
    let is_mapped = |address: Ipv6Addr| address.to_ipv4_mapped().is_some();
    if network.prefix_len() == 0 {
        Err("trusts everybody")
    } else if matches!(network, IpNet::V6(network) if is_mapped(network.addr())) {
        Err("is IPv4 inside of IPv6; write it as IPv4")
    } else if network != network.trunc() {
        Err("has host bits")
    } else {
        Ok(network)
    }
}

/// Reads a header with nothing but a host in it.
fn x_forwarded_host(value: &[u8]) -> Option<Result<&str, &'static str>> {
    Some(match str::from_utf8(value) {
        Ok(text) if text.contains(',') => Err("has more than one value"),
        Ok(text) => Ok(text.trim_matches([' ', '\t'])),
        Err(_) => Err("is not ASCII"),
    })
}

/// A request with the host that a trusted proxy reported in the place of its own.
pub(crate) struct Proxied<'a> {
    request: &'a (dyn RequestView + 'a),
    host: &'a str,
}

impl RequestView for Proxied<'_> {
    fn method(&self) -> &str {
        self.request.method()
    }

    fn authority(&self) -> Option<&str> {
        Some(self.host)
    }

    fn path(&self) -> &str {
        self.request.path()
    }

    fn query(&self) -> Option<&str> {
        self.request.query()
    }

    fn for_each_header<'a>(&'a self, name: &HeaderName, visit: &mut dyn FnMut(&'a [u8])) {
        if name != header::HOST {
            self.request.for_each_header(name, visit);
        }
    }

    fn peer(&self) -> Option<SocketAddr> {
        self.request.peer()
    }
}
