//! Bodies that keep the tenant of their request while they are streamed.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tenancy_core::{TenantContext, adapter::Scoped};

pin_project! {
    /// A body that is polled, and dropped, inside the scope of a tenant context.
    ///
    /// The server polls the body of a response after the handler has returned, so a task-local of
    /// the handler is gone by then. Inside this wrapper [`TenantContext::current`] gives the same
    /// tenant as in the handler. Data, trailers, size hint and end of the stream are the inner
    /// body's.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use bytes::Bytes;
    /// use http_body_util::{BodyExt, Full};
    /// use tenancy_axum::ScopedBody;
    /// # use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let acme = Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
    /// let context = TenantContext::assume(acme, "nightly report")?;
    /// let lazy = Full::<Bytes>::from("a line").map_frame(|frame| {
    ///     assert!(TenantContext::current().is_ok());
    ///     frame
    /// });
    /// let body = ScopedBody::new(lazy, Some(context));
    /// assert_eq!(body.collect().await?.to_bytes(), "a line");
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

impl<B: Body> Body for ScopedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let polled = self.project().inner.poll(|body| body.poll_frame(task));
        polled.unwrap_or(Poll::Ready(None))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.get_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner
            .get_ref()
            .map(Body::size_hint)
            .unwrap_or_default()
    }
}

impl<B> fmt::Debug for ScopedBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedBody")
            .field("context", &self.context())
            .finish_non_exhaustive()
    }
}
