//! Events that an operator wants to find again: all at one `tracing` target, and in a sink of the
//! application's own.
//!
//! Every [`AuditEvent`] goes to the target `tenancy::audit`. With
//! [`TenancyBuilder::audit`](crate::TenancyBuilder::audit) it goes to an [`AuditSink`], too: an
//! [`AuditChannel`], or one of your own. A [`DurableAuditSink`] answers when events are safe.
//!
//! Begin with [`AuditChannel`]; [`TenantContext::audit`](crate::TenantContext::audit) records what
//! the application does.
//!
//! # Examples
//!
//! ```
//! use std::sync::Arc;
//!
//! use tenancy_core::{
//!     Slug, Tenant, TenantContext, TenantId,
//!     audit::{AuditChannel, AuditKind},
//! };
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let acme = Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
//! let (sink, mut events) = AuditChannel::new(1024);
//! let context = TenantContext::assume(acme, "nightly report")?;
//! context.audit("report.write").resource("report", "2026-11").record_to(&sink)?;
//! let event = events.recv().await;
//! assert_eq!(event.map(|event| event.kind()), Some(AuditKind::Action));
//! # Ok(()) }
//! ```

mod channel;
mod draft;
mod event;
mod kind;
mod outcome;
mod request_id;
mod sink;
#[cfg(test)]
pub(crate) mod tests;
mod trace;
mod trail;

use std::{fmt, sync::Arc};

pub(crate) use self::trail::Trail;
pub use crate::error::AuditError;
use crate::{
    error::Reason, principal::Principal, request::RequestView, source::Source, tenant::Tenant,
};
pub use channel::{AuditChannel, AuditEvents};
pub use draft::AuditDraft;
pub use event::AuditEvent;
pub use kind::AuditKind;
pub use outcome::AuditOutcome;
pub use request_id::RequestId;
pub use sink::{AuditSink, DurableAuditSink};

/// Where audit events go: to `tracing` always, and to a sink where there is one.
#[derive(Clone, Default)]
pub(crate) struct Audit(Option<Arc<dyn AuditSink>>);

/// A request that enters a tenant, or is refused.
#[derive(Clone, Copy)]
pub(crate) struct AuditedRequest<'a> {
    pub(crate) request: &'a dyn RequestView,
    pub(crate) tenant: &'a Tenant,
    pub(crate) source: Source,
    pub(crate) principal: Option<&'a Principal>,
}

impl Audit {
    pub(crate) fn to(sink: impl AuditSink) -> Self {
        Self(Some(Arc::new(sink)))
    }

    pub(crate) fn sink(&self) -> Option<&dyn AuditSink> {
        self.0.as_deref()
    }

    /// A request, with a principal or without one, was turned away from a tenant that exists.
    pub(crate) fn refused(&self, request: AuditedRequest<'_>, reason: Reason) {
        let event = AuditEvent::of_request(AuditKind::Refused, request).because(reason.as_str());
        self.record(&event);
    }

    /// A platform administrator entered a tenant that is not their own.
    pub(crate) fn elevated(&self, request: AuditedRequest<'_>) {
        self.record(&AuditEvent::of_request(AuditKind::Elevated, request));
    }

    /// A request was let in without a token, by the development mode.
    #[cfg(feature = "development")]
    pub(crate) fn development(&self, request: AuditedRequest<'_>) {
        self.record(&AuditEvent::of_request(AuditKind::Development, request));
    }

    fn record(&self, event: &AuditEvent) {
        event.trace();
        if let Some(sink) = self.sink() {
            sink.record(event);
        }
    }
}

/// Code entered a tenant without a request.
pub(crate) fn assumed(tenant: &Tenant, reason: &str, sink: Option<&dyn AuditSink>) {
    let event = AuditEvent::assumed(tenant, reason);
    event.trace();
    if let Some(sink) = sink {
        sink.record(&event);
    }
}

impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Audit").field(&self.0.is_some()).finish()
    }
}
