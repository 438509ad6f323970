use std::{fmt, pin::Pin};

use pin_project_lite::pin_project;

use crate::context::TenantContext;

pin_project! {
    /// Something that is polled, and dropped, inside the scope of a tenant context: the body of a
    /// response, which the server polls after the handler has returned.
    ///
    /// Without a context, for a request without a tenant, it is polled as it is.
    pub struct Scoped<T> {
        // Empty only while being dropped, and after it was given away.
        #[pin]
        inner: Option<T>,
        context: Option<TenantContext>,
    }

    impl<T> PinnedDrop for Scoped<T> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // What it holds, such as a transaction, ends in the scope in which it was used.
            in_scope(this.context.as_ref(), || this.inner.set(None));
        }
    }
}

impl<T> Scoped<T> {
    /// Wraps a value.
    pub fn new(inner: T, context: Option<TenantContext>) -> Self {
        Self {
            inner: Some(inner),
            context,
        }
    }

    /// The context of the scope.
    #[must_use]
    pub fn context(&self) -> Option<&TenantContext> {
        self.context.as_ref()
    }

    /// The value, to look at; `None` once it is gone.
    #[must_use]
    pub fn get_ref(&self) -> Option<&T> {
        self.inner.as_ref()
    }

    /// Does something with the value in the scope; `None` once it is gone.
    pub fn poll<R>(self: Pin<&mut Self>, work: impl FnOnce(Pin<&mut T>) -> R) -> Option<R> {
        let this = self.project();
        let inner = this.inner.as_pin_mut()?;
        Some(in_scope(this.context.as_ref(), || work(inner)))
    }

    /// Gives the value away in the scope, unless it is given back.
    ///
    /// # Errors
    ///
    /// All of it, when `work` gave the value back or it was gone already.
    pub fn try_take<R>(mut self, work: impl FnOnce(T) -> Result<R, T>) -> Result<R, Self> {
        let Some(inner) = self.inner.take() else {
            return Err(self);
        };
        in_scope(self.context.clone().as_ref(), || work(inner)).map_err(|inner| {
            self.inner = Some(inner);
            self
        })
    }
}

impl<T> fmt::Debug for Scoped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scoped")
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}

fn in_scope<R>(context: Option<&TenantContext>, work: impl FnOnce() -> R) -> R {
    match context {
        Some(context) => context.scope_sync(work),
        None => work(),
    }
}
