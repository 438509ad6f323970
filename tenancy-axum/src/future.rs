//! The future that [`TenancyService`](crate::TenancyService) returns.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::Response;
use http_body_util::{Either, Full};

use crate::body::ScopedBody;

/// The body of a response that passed the layer: the inner service's own, which keeps the tenant's
/// context while it is streamed, or a problem document.
pub type ResponseBody<B> = Either<ScopedBody<B>, Full<Bytes>>;

type Answer<B, E> = Result<Response<ResponseBody<B>>, E>;

/// Resolves the tenant, then runs the inner service in the scope of its context.
#[must_use = "futures do nothing unless polled"]
pub struct ResponseFuture<B, E> {
    inner: Pin<Box<dyn Future<Output = Answer<B, E>> + Send>>,
}

impl<B, E> ResponseFuture<B, E> {
    pub(crate) fn new(inner: impl Future<Output = Answer<B, E>> + Send + 'static) -> Self {
        Self {
            inner: Box::pin(inner),
        }
    }
}

impl<B, E> Future for ResponseFuture<B, E> {
    type Output = Answer<B, E>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        self.inner.as_mut().poll(task)
    }
}

impl<B, E> fmt::Debug for ResponseFuture<B, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
