use std::fmt;

use super::{AuditEvent, AuditOutcome, AuditSink, DurableAuditSink, RequestId, Trail};
use crate::{error::AuditError, id::TenantId};

/// An audit event of the application that is being put together.
///
/// [`TenantContext::audit`](crate::TenantContext::audit) and
/// [`Elevation::audit`](crate::elevation::Elevation::audit) begin one; who, as whom and where are
/// in it already. Text that is longer than 1024 bytes in a reason, 256 in the id of a resource or
/// 128 elsewhere is cut.
#[derive(Clone, Debug)]
#[must_use = "nothing is recorded until `record` is called"]
pub struct AuditDraft<'a> {
    event: AuditEvent,
    trail: &'a Trail,
}

impl<'a> AuditDraft<'a> {
    pub(crate) fn new(event: AuditEvent, trail: &'a Trail) -> Self {
        let event = event.in_request(trail.request_id());
        Self { event, trail }
    }

    pub(crate) fn in_tenant(mut self, tenant: &TenantId) -> Self {
        self.event = self.event.in_tenant(tenant);
        self
    }

    /// Says what it is done to: a kind, such as `note`, and which one.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "ids are small, and most are given as they stand"
    )]
    pub fn resource(mut self, kind: &str, id: impl fmt::Display) -> Self {
        self.event = self.event.on(kind, Some(&id));
        self
    }

    /// Says how it ended. It is [`AuditOutcome::Success`] unless set.
    pub fn outcome(mut self, outcome: AuditOutcome) -> Self {
        self.event = self.event.ending(outcome);
        self
    }

    /// Says why.
    pub fn reason(mut self, reason: &str) -> Self {
        self.event = self.event.because(reason);
        self
    }

    /// Sets the id of the request. Where a [sink](crate::TenancyBuilder::audit) is configured, the
    /// context knows it.
    pub fn request_id(mut self, id: &RequestId) -> Self {
        self.event = self.event.in_request(Some(id));
        self
    }

    /// The event itself, recorded nowhere.
    #[must_use]
    pub fn into_event(self) -> AuditEvent {
        self.event
    }

    /// Records the event at the `tracing` target `tenancy::audit`, and in the
    /// [sink](crate::TenancyBuilder::audit) of the tenancy, where there is one.
    ///
    /// # Errors
    ///
    /// [`AuditError`] when the sink did not take it.
    pub fn record(self) -> Result<(), AuditError> {
        self.trail.record(&self.event)
    }

    /// Records the event at the same target, and in this sink.
    ///
    /// # Errors
    ///
    /// As [`record`](Self::record).
    pub fn record_to(self, sink: &dyn AuditSink) -> Result<(), AuditError> {
        self.event.trace();
        sink.try_record(&self.event)
    }

    /// Records the event at the same target, and in this sink, and waits until it is kept.
    ///
    /// # Errors
    ///
    /// As [`record`](Self::record).
    pub async fn append_to(self, sink: &dyn DurableAuditSink) -> Result<(), AuditError> {
        self.event.trace();
        sink.append(std::slice::from_ref(&self.event)).await
    }
}
