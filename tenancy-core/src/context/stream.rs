use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

use super::TenantContext;

pin_project! {
    /// A stream that is polled, and dropped, inside the scope of a tenant context;
    /// [`TenantContext::scope_stream`] makes one.
    #[must_use = "streams do nothing unless polled"]
    pub struct ScopedStream<S> {
        // Empty only while being dropped.
        #[pin]
        inner: Option<S>,
        context: TenantContext,
    }

    impl<S> PinnedDrop for ScopedStream<S> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // What the stream holds, such as a transaction, ends in the scope in which it was used.
            this.context.scope_sync(|| this.inner.set(None));
        }
    }
}

impl TenantContext {
    /// Wraps a stream so that every item is made with this context as the
    /// [`current`](Self::current) one, whoever polls the stream and whenever.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
    /// use futures_util::{StreamExt, stream};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let acme = Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
    /// let context = TenantContext::assume(acme, "nightly report")?;
    /// let lines = stream::iter(["a", "b"]).map(|_| TenantContext::current().is_ok());
    /// assert_eq!(context.scope_stream(lines).collect::<Vec<_>>().await, [true, true]);
    /// # Ok(()) }
    /// ```
    pub fn scope_stream<S: Stream>(&self, stream: S) -> ScopedStream<S> {
        ScopedStream {
            inner: Some(stream),
            context: self.clone(),
        }
    }
}

impl<S> ScopedStream<S> {
    /// The context that the stream is polled in.
    #[must_use]
    pub fn context(&self) -> &TenantContext {
        &self.context
    }
}

impl<S: Stream> Stream for ScopedStream<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        match this.inner.as_pin_mut() {
            Some(inner) => this.context.scope_sync(|| inner.poll_next(task)),
            None => Poll::Ready(None),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.as_ref().map_or((0, Some(0)), Stream::size_hint)
    }
}

impl<S: FusedStream> FusedStream for ScopedStream<S> {
    fn is_terminated(&self) -> bool {
        self.inner.as_ref().is_none_or(FusedStream::is_terminated)
    }
}

impl<S> fmt::Debug for ScopedStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedStream")
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}
