//! Work that leaves the task of its request, and takes the tenant along.

use std::future::Future;

use tokio::task::JoinHandle;
use tracing::{Instrument, Span};

use super::TenantContext;

impl TenantContext {
    /// Spawns a future as a task of its own, with this context as the
    /// [`current`](Self::current) one and inside the caller's tracing span.
    ///
    /// For a [`JoinSet`](tokio::task::JoinSet), spawn `context.scope(future)`.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, as [`tokio::spawn`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let acme = Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
    /// let context = TenantContext::assume(acme, "nightly report")?;
    /// let inside = context.spawn(async { TenantContext::current().is_ok() });
    /// let outside = context.scope(async { tokio::spawn(async { TenantContext::current().is_ok() }) });
    /// assert!(inside.await?);
    /// assert!(!outside.await.await?);
    /// # Ok(()) }
    /// ```
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        tokio::spawn(self.scope(future).in_current_span())
    }

    /// Spawns a future that stays on this thread, as [`spawn`](Self::spawn) does otherwise: for the
    /// handlers of actix-web, which are not `Send`.
    ///
    /// # Panics
    ///
    /// Outside of a [`LocalSet`](tokio::task::LocalSet), as [`tokio::task::spawn_local`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::{rc::Rc, sync::Arc};
    /// # use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let acme = Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
    /// let context = TenantContext::assume(acme, "nightly report")?;
    /// let local = tokio::task::LocalSet::new();
    /// let inside = local.run_until(async {
    ///     let not_send = Rc::new(());
    ///     context.spawn_local(async move { (not_send, TenantContext::current().is_ok()) }).await
    /// });
    /// assert!(inside.await?.1);
    /// # Ok(()) }
    /// ```
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        tokio::task::spawn_local(self.scope(future).in_current_span())
    }

    /// Runs a closure on a thread where blocking is allowed, with this context as the
    /// [`current`](Self::current) one and inside the caller's tracing span.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, as [`tokio::task::spawn_blocking`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let acme = Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
    /// let context = TenantContext::assume(acme, "nightly report")?;
    /// assert!(context.spawn_blocking(|| TenantContext::current().is_ok()).await?);
    /// # Ok(()) }
    /// ```
    pub fn spawn_blocking<R: Send + 'static>(
        &self,
        work: impl FnOnce() -> R + Send + 'static,
    ) -> JoinHandle<R> {
        let context = self.clone();
        let span = Span::current();
        tokio::task::spawn_blocking(move || span.in_scope(|| context.scope_sync(work)))
    }
}
