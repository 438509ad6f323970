//! Actix's request, seen through core's [`RequestView`].

use std::net::SocketAddr;

use actix_web::dev::RequestHead;
use http::HeaderName;
use tenancy_core::RequestView;

/// What the client sent, and nothing else.
///
/// Actix's `ConnectionInfo` is not consulted: it takes the host from `Forwarded` and
/// `X-Forwarded-Host`, which any client can send.
pub(crate) struct HeadView<'a>(pub(crate) &'a RequestHead);

impl RequestView for HeadView<'_> {
    fn method(&self) -> &str {
        self.0.method.as_str()
    }

    fn authority(&self) -> Option<&str> {
        self.0.uri.authority().map(|authority| authority.as_str())
    }

    fn path(&self) -> &str {
        self.0.uri.path()
    }

    fn query(&self) -> Option<&str> {
        self.0.uri.query()
    }

    fn for_each_header<'a>(&'a self, name: &HeaderName, visit: &mut dyn FnMut(&'a [u8])) {
        for value in self.0.headers.get_all(name.as_str()) {
            visit(value.as_bytes());
        }
    }

    fn peer(&self) -> Option<SocketAddr> {
        self.0.peer_addr
    }
}
