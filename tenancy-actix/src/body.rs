//! Bodies that keep the tenant of their request while they are streamed.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{
    body::{BodySize, MessageBody},
    web::Bytes,
};
use pin_project_lite::pin_project;
use tenancy_core::{TenantContext, adapter::Scoped};

pin_project! {
    /// A body that is polled, and dropped, inside the scope of a tenant context.
    ///
    /// The server polls the body of a response after the handler has returned, so a task-local of
    /// the handler is gone by then. Inside this wrapper [`TenantContext::current`] gives the same
    /// tenant as in the handler. [`TenancyMiddleware`](crate::TenancyMiddleware) wraps every body
    /// that passes it.
    ///
    /// # Examples
    ///
    /// ```
    /// use actix_web::body::{MessageBody, to_bytes};
    /// use tenancy_actix::ScopedBody;
    ///
    /// # #[actix_web::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let body = ScopedBody::new("a line", None);
    /// assert_eq!(to_bytes(body).await?, "a line");
    /// # Ok(()) }
    /// ```
    #[must_use = "a body does nothing until it is sent"]
    pub struct ScopedBody<B> {
        #[pin]
        inner: Scoped<B>,
    }
}

impl<B> ScopedBody<B> {
    /// Wraps a body. Without a context, for a request without a tenant, it is polled as it is.
    pub fn new(body: B, context: Option<TenantContext>) -> Self {
        Self {
            inner: Scoped::new(body, context),
        }
    }

    /// The context that the body is polled in.
    #[must_use]
    pub fn context(&self) -> Option<&TenantContext> {
        self.inner.context()
    }
}

impl<B: MessageBody> MessageBody for ScopedBody<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        let body = self.inner.get_ref();
        body.map_or(BodySize::None, MessageBody::size)
    }

    fn poll_next(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, B::Error>>> {
        let polled = self.project().inner.poll(|body| body.poll_next(task));
        polled.unwrap_or(Poll::Ready(None))
    }

    fn try_into_bytes(self) -> Result<Bytes, Self> {
        let taken = self.inner.try_take(B::try_into_bytes);
        taken.map_err(|inner| Self { inner })
    }
}

impl<B> fmt::Debug for ScopedBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedBody")
            .field("context", &self.context())
            .finish_non_exhaustive()
    }
}
