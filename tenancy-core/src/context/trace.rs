//! The tenant in `tracing` spans: who and where, and never any data.

use tracing::{Span, field};

use super::TenantContext;
use crate::principal::Principal;

impl TenantContext {
    /// A tracing span, at level `INFO` and target `tenancy`, with the fields `tenant` (the id),
    /// `source` and, where there is a principal, `subject`; where an administrator acts as that
    /// principal, `impersonator`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
    /// use tracing::Instrument;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let acme = Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
    /// let context = TenantContext::assume(acme, "nightly report")?;
    /// let report = async { tracing::info!("all rows written") };
    /// context.scope(report).instrument(context.span()).await;
    /// # Ok(()) }
    /// ```
    #[must_use = "a span does nothing until it is entered"]
    pub fn span(&self) -> Span {
        tracing::info_span!(
            target: "tenancy",
            "tenant",
            tenant = %self.tenant_id(),
            source = self.source().as_str(),
            subject = self.principal().map(Principal::subject),
            impersonator = self.impersonator().map(Principal::subject),
        )
    }

    /// Writes `tenant`, `source`, `subject` and `impersonator`, as far as there are, into a span
    /// that other code made, such as the one that a server opens for each request.
    ///
    /// `tracing` keeps only the fields that the span was declared with, so declare them empty; the
    /// others are ignored.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
    /// use tracing::field::Empty;
    ///
    /// # let acme = Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
    /// # let context = TenantContext::assume(acme, "nightly report")?;
    /// let request = tracing::info_span!("request", tenant = Empty, source = Empty, subject = Empty, impersonator = Empty);
    /// let _entered = request.enter();
    /// // In a handler:
    /// context.record(&tracing::Span::current());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn record(&self, span: &Span) {
        span.record("tenant", field::display(self.tenant_id()));
        span.record("source", self.source().as_str());
        if let Some(principal) = self.principal() {
            span.record("subject", principal.subject());
        }
        if let Some(administrator) = self.impersonator() {
            span.record("impersonator", administrator.subject());
        }
    }
}
