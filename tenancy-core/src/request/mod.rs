//! The look at a request that all decisions need, whatever the web framework.

pub(crate) mod cookie;
pub(crate) mod reserved;

use std::net::SocketAddr;

use http::{HeaderName, request::Parts};

/// A request, as resolvers and authenticators see it.
///
/// An adapter implements it for its framework's request; `tenancy-core` does for
/// [`http::request::Parts`]. It gives what the client sent, unparsed, and nothing that a proxy may
/// have added on the client's behalf.
///
/// # Examples
///
/// ```
/// use http::header::HOST;
/// use tenancy_core::RequestView;
///
/// let (parts, ()) = http::Request::get("/notes").header(HOST, "acme.example.com").body(())?.into_parts();
/// let request: &dyn RequestView = &parts;
/// assert_eq!(request.path(), "/notes");
/// assert_eq!(request.single_header(&HOST), Ok(Some(&b"acme.example.com"[..])));
/// # Ok::<(), http::Error>(())
/// ```
pub trait RequestView: Send + Sync {
    /// The method, such as `GET`.
    fn method(&self) -> &str;

    /// The authority of the request target: `:authority` in HTTP/2 and later, the host and port of
    /// an absolute-form target in HTTP/1.1. Never the `Host` header.
    fn authority(&self) -> Option<&str>;

    /// The path of the request target, still percent-encoded.
    fn path(&self) -> &str;

    /// The query of the request target, still percent-encoded, without the question mark.
    fn query(&self) -> Option<&str>;

    /// Calls `visit` with the value of every field of that name, in order.
    fn for_each_header<'a>(&'a self, name: &HeaderName, visit: &mut dyn FnMut(&'a [u8]));

    /// The address of the connection's other end, where the adapter knows it.
    fn peer(&self) -> Option<SocketAddr> {
        None
    }
}

impl<'v> dyn RequestView + 'v {
    /// The value of a header that may be sent at most once.
    ///
    /// # Errors
    ///
    /// [`RepeatedHeader`] when it was sent more than once, even with equal values.
    ///
    /// # Examples
    ///
    /// ```
    /// use http::header::{HOST, ORIGIN};
    /// use tenancy_core::RequestView;
    ///
    /// let request = http::Request::get("/").header(HOST, "acme.example.com").header(HOST, "acme.example.com");
    /// let (parts, ()) = request.body(())?.into_parts();
    /// let request: &dyn RequestView = &parts;
    /// assert!(request.single_header(&HOST).is_err());
    /// assert_eq!(request.single_header(&ORIGIN), Ok(None));
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn single_header<'a>(
        &'a self,
        name: &HeaderName,
    ) -> Result<Option<&'a [u8]>, RepeatedHeader>
    where
        'v: 'a,
    {
        let mut found = None;
        let mut repeated = false;
        self.for_each_header(name, &mut |value| {
            repeated |= found.replace(value).is_some();
        });
        if repeated {
            Err(RepeatedHeader)
        } else {
            Ok(found)
        }
    }

    /// Whether a header is there, with whatever value.
    #[must_use]
    pub fn has_header(&self, name: &HeaderName) -> bool {
        let mut is_there = false;
        self.for_each_header(name, &mut |_| is_there = true);
        is_there
    }
}

/// A header that may be sent once was sent more often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the header is repeated")]
pub struct RepeatedHeader;

/// The address of the connection's other end, put into the request's extensions by the server or
/// an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddr(
    /// The address and port.
    pub SocketAddr,
);

impl RequestView for Parts {
    fn method(&self) -> &str {
        self.method.as_str()
    }

    fn authority(&self) -> Option<&str> {
        self.uri.authority().map(http::uri::Authority::as_str)
    }

    fn path(&self) -> &str {
        self.uri.path()
    }

    fn query(&self) -> Option<&str> {
        self.uri.query()
    }

    fn for_each_header<'a>(&'a self, name: &HeaderName, visit: &mut dyn FnMut(&'a [u8])) {
        for value in self.headers.get_all(name) {
            visit(value.as_bytes());
        }
    }

    fn peer(&self) -> Option<SocketAddr> {
        self.extensions.get::<PeerAddr>().map(|peer| peer.0)
    }
}
