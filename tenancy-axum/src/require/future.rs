use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::Response;
use http_body_util::{Either, Full};
use pin_project_lite::pin_project;
use tenancy_core::adapter::Guarded;

/// The body of a response that passed a guard: the inner service's own, or a problem document.
pub type RequireBody<B> = Either<B, Full<Bytes>>;

pin_project! {
    /// The future that [`RequireService`](super::RequireService) returns.
    #[must_use = "futures do nothing unless polled"]
    pub struct RequireFuture<F> {
        #[pin]
        pub(super) inner: Guarded<F, Response<Full<Bytes>>>,
    }
}

impl<F, B, E> Future for RequireFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<RequireBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().inner.poll(task).map(|answer| match answer {
            Ok(response) => response.map(|response| response.map(Either::Left)),
            Err(refusal) => Ok(refusal.map(Either::Right)),
        })
    }
}

impl<F> fmt::Debug for RequireFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireFuture").finish_non_exhaustive()
    }
}
