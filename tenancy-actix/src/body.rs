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
use tenancy_core::TenantContext;

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
        // Empty only while being dropped, and after it was given away as bytes.
        #[pin]
        inner: Option<B>,
        context: Option<TenantContext>,
    }

    impl<B> PinnedDrop for ScopedBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // What the body holds, such as a transaction, ends in the scope in which it was used.
            scoped(this.context.as_ref(), || this.inner.set(None));
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

impl<B: MessageBody> MessageBody for ScopedBody<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.inner
            .as_ref()
            .map_or(BodySize::None, MessageBody::size)
    }

    fn poll_next(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, B::Error>>> {
        let this = self.project();
        match this.inner.as_pin_mut() {
            Some(inner) => scoped(this.context.as_ref(), || inner.poll_next(task)),
            None => Poll::Ready(None),
        }
    }

    fn try_into_bytes(mut self) -> Result<Bytes, Self> {
        let Some(inner) = self.inner.take() else {
            return Err(self);
        };
        scoped(self.context.clone().as_ref(), || inner.try_into_bytes()).map_err(|inner| {
            self.inner = Some(inner);
            self
        })
    }
}

impl<B> fmt::Debug for ScopedBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedBody")
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}

fn scoped<R>(context: Option<&TenantContext>, work: impl FnOnce() -> R) -> R {
    match context {
        Some(context) => context.scope_sync(work),
        None => work(),
    }
}
