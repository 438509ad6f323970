//! Requests made of any bytes, and sources asked about them through the public interface only.

use std::{
    future::Future,
    net::SocketAddr,
    pin::pin,
    task::{Context, Poll, Waker},
};

use tenancy_core::RequestView;

/// A request of bytes that no server would let through.
#[derive(Clone, Copy)]
pub(crate) struct Request<'r> {
    pub(crate) target: Option<&'r str>,
    pub(crate) path: &'r str,
    pub(crate) headers: &'r [(&'r str, &'r [u8])],
    pub(crate) peer: Option<SocketAddr>,
}

impl<'r> Request<'r> {
    pub(crate) fn with(headers: &'r [(&'r str, &'r [u8])]) -> Self {
        Self {
            target: None,
            path: "/",
            headers,
            peer: None,
        }
    }
}

impl RequestView for Request<'_> {
    fn method(&self) -> &str {
        "GET"
    }

    fn authority(&self) -> Option<&str> {
        self.target
    }

    fn path(&self) -> &str {
        self.path
    }

    fn query(&self) -> Option<&str> {
        None
    }

    fn for_each_header<'a>(&'a self, name: &http::HeaderName, visit: &mut dyn FnMut(&'a [u8])) {
        for (_, value) in self.headers.iter().filter(|(found, _)| name == found) {
            visit(value);
        }
    }

    fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }
}

/// Polls a future that never waits.
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("nothing here waits"),
    }
}
