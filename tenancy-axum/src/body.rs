//! Bodies that keep the tenant of their request while they are streamed.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tenancy_core::TenantContext;

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
        // Empty only while being dropped.
        #[pin]
        inner: Option<B>,
        context: Option<TenantContext>,
    }

    impl<B> PinnedDrop for ScopedBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // What the body holds, such as a transaction, ends in the scope in which it was used.
            scoped(this.context, || this.inner.set(None));
        }
    }
}

impl<B> ScopedBody<B> {
    /// Wraps a body. Without a context, for a request without a tenant, it is polled as it is.
    pub fn new(body: B, context: Option<TenantContext>) -> Self {
        Self {
            inner: Some(body),
            context,
        }
    }

    /// The context that the body is polled in.
    #[must_use]
    pub fn context(&self) -> Option<&TenantContext> {
        self.context.as_ref()
    }
}

impl<B: Body> Body for ScopedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        match this.inner.as_pin_mut() {
            Some(inner) => scoped(this.context, || inner.poll_frame(task)),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl<B> fmt::Debug for ScopedBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedBody")
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}

fn scoped<R>(context: &Option<TenantContext>, work: impl FnOnce() -> R) -> R {
    match context {
        Some(context) => context.scope_sync(work),
        None => work(),
    }
}
