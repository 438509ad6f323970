use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{
    Error,
    body::{EitherBody, MessageBody},
    dev::ServiceResponse,
};
use pin_project_lite::pin_project;
use tenancy_core::adapter::Guarded;

pin_project! {
    /// The future that [`RequireService`](super::RequireService) returns.
    #[must_use = "futures do nothing unless polled"]
    pub struct RequireFuture<F> {
        #[pin]
        pub(super) inner: Guarded<F, ServiceResponse>,
    }
}

impl<F, B> Future for RequireFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody,
{
    type Output = Result<ServiceResponse<EitherBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().inner.poll(task).map(|answer| match answer {
            Ok(response) => response.map(ServiceResponse::map_into_left_body),
            Err(refusal) => Ok(refusal.map_into_right_body()),
        })
    }
}

impl<F> fmt::Debug for RequireFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireFuture").finish_non_exhaustive()
    }
}
