//! What each source says to which request. Every refusal has its positive control on the same
//! request.

mod authority;
mod cookie;
mod custom_domain;
mod header;
mod origin;
mod path;
mod proxy;
mod query;
#[cfg(feature = "signed-cookie")]
mod signed_cookie;
mod sources;
mod subdomain;

use std::{future::Future, net::SocketAddr, pin::pin, task};

use http::HeaderName;

use super::TenantResolver;
use crate::{
    error::{ResolveError, ResolveErrorKind},
    id::{Domain, Slug, TenantId},
    request::RequestView,
    store::InMemoryTenantStore,
    tenant::{Tenant, TenantKey, TenantKind, TenantStatus},
};

/// A request of bytes that no server would let through.
#[derive(Clone)]
struct Ask {
    method: &'static str,
    authority: Option<String>,
    path: String,
    query: Option<String>,
    headers: Vec<(String, Vec<u8>)>,
    peer: Option<SocketAddr>,
}

impl Ask {
    fn path(path: &str) -> Self {
        Self {
            method: "GET",
            authority: None,
            path: path.to_owned(),
            query: None,
            headers: Vec::new(),
            peer: None,
        }
    }

    fn host(host: impl AsRef<[u8]>) -> Self {
        Self::path("/").header("host", host)
    }

    fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers
            .push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    fn target(mut self, authority: &str) -> Self {
        self.authority = Some(authority.to_owned());
        self
    }

    fn query(mut self, query: &str) -> Self {
        self.query = Some(query.to_owned());
        self
    }

    fn method(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    /// Comes from this address.
    fn from(mut self, peer: &str) -> Self {
        self.peer = Some(SocketAddr::new(peer.parse().expect("an address"), 4711));
        self
    }
}

impl RequestView for Ask {
    fn method(&self) -> &str {
        self.method
    }

    fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    fn for_each_header<'a>(&'a self, name: &HeaderName, visit: &mut dyn FnMut(&'a [u8])) {
        for (_, value) in self
            .headers
            .iter()
            .filter(|(found, _)| name == found.as_str())
        {
            visit(value);
        }
    }

    fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }
}

/// Polls a future that never waits.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut task::Context::from_waker(task::Waker::noop())) {
        task::Poll::Ready(output) => output,
        task::Poll::Pending => panic!("nothing here waits"),
    }
}

/// What a source says: a tenant, `-` for nothing, or `malformed`.
fn said(resolver: &dyn TenantResolver, request: &Ask) -> String {
    match now(async { resolver.resolve(request).await }) {
        Ok(None) => "-".to_owned(),
        Ok(Some(key)) => spelled(&key),
        Err(error) => refusal(&error),
    }
}

fn spelled(key: &TenantKey) -> String {
    match key {
        TenantKey::Name(name) => name.to_string(),
        TenantKey::Slug(slug) => slug.to_string(),
        TenantKey::Domain(domain) => domain.to_string(),
        TenantKey::Platform => "platform".to_owned(),
    }
}

fn refusal(error: &ResolveError) -> String {
    assert_eq!(error.kind(), ResolveErrorKind::Malformed, "{error:?}");
    "malformed".to_owned()
}

/// Compares what a source says to each request with what it should say.
#[track_caller]
fn table<'t>(resolver: &dyn TenantResolver, cases: impl IntoIterator<Item = (Ask, &'t str)>) {
    assert_eq!(resolver.check(), Ok(()));
    for (request, expected) in cases {
        let shown = format!(
            "{:?} {:?} {:?} {:?}",
            request.authority,
            request.path,
            request.query,
            request
                .headers
                .iter()
                .map(|(name, value)| format!("{name}: {}", value.escape_ascii()))
                .collect::<Vec<_>>()
        );
        assert_eq!(said(resolver, &request), expected, "{shown}");
    }
}

/// Requires that settings are refused when a tenancy is built, for a reason in which this stands.
#[track_caller]
fn refused_settings(resolver: &dyn TenantResolver, reason: &str) {
    let error = resolver.check().expect_err(reason).to_string();
    assert!(error.contains(reason), "{error}");
    assert!(!error.contains('\n'), "{error}");
}

/// acme (1), globex (2), frozen (3, suspended) and the platform (9). acme has the verified domain
/// `shop.example.org` and says that `mine.example.net` is its own, too.
fn tenants() -> InMemoryTenantStore {
    let store = InMemoryTenantStore::new();
    let domain = |text| Domain::parse(text).expect("a domain");
    let tenant = |id, slug| {
        Tenant::new(
            TenantId::integer(id).expect("an id"),
            Slug::parse(slug).expect("a slug"),
        )
    };
    for tenant in [
        tenant(1, "acme")
            .with_domain(domain("shop.example.org"))
            .with_unverified_domain(domain("mine.example.net")),
        tenant(2, "globex").with_domain(domain("xn--bcher-kva.example")),
        tenant(3, "frozen")
            .with_status(TenantStatus::Suspended)
            .with_domain(domain("frozen.example.org")),
        tenant(9, "hq").with_kind(TenantKind::Platform),
    ] {
        store.insert(tenant).expect("a new tenant");
    }
    store
}
