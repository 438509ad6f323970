use std::sync::Arc;

use super::AuditEvent;
use crate::{answer::Answer, error::AuditError};

/// A place of the application's own for audit events, beside the `tracing` target `tenancy::audit`.
///
/// [`record`](Self::record) is called in the middle of a request: it must not block, and has to be
/// quick. To write into a file or a database, use an [`AuditChannel`](super::AuditChannel) and
/// write where its events come out.
///
/// # Examples
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use tenancy_core::audit::{AuditEvent, AuditKind, AuditSink};
///
/// #[derive(Default)]
/// struct Refusals(AtomicU64);
///
/// impl AuditSink for Refusals {
///     fn record(&self, event: &AuditEvent) {
///         if event.kind() == AuditKind::Refused {
///             self.0.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an audit sink",
    note = "use an `AuditChannel`, or implement `tenancy_core::audit::AuditSink`"
)]
pub trait AuditSink: Send + Sync + 'static {
    /// Takes note of an event, at once and without blocking.
    fn record(&self, event: &AuditEvent);

    /// Takes note of an event that something depends on: an
    /// [`Elevation`](crate::elevation::Elevation) or an impersonation is not given unless this
    /// succeeds. Implement it where recording can fail; otherwise it is [`record`](Self::record).
    ///
    /// # Errors
    ///
    /// [`AuditError`] when the event is not in the sink.
    fn try_record(&self, event: &AuditEvent) -> Result<(), AuditError> {
        self.record(event);
        Ok(())
    }
}

impl<S: AuditSink + ?Sized> AuditSink for Arc<S> {
    fn record(&self, event: &AuditEvent) {
        S::record(self, event);
    }

    fn try_record(&self, event: &AuditEvent) -> Result<(), AuditError> {
        S::try_record(self, event)
    }
}

/// A place for audit events that answers when they are safe, such as a table of a database.
///
/// # Examples
///
/// ```
/// use tenancy_core::{
///     answer::Answer,
///     audit::{AuditError, AuditEvent, DurableAuditSink},
/// };
///
/// /// Keeps no events, and says so.
/// struct ReadOnly;
///
/// impl DurableAuditSink for ReadOnly {
///     fn append<'a>(&'a self, _: &'a [AuditEvent]) -> Answer<'a, Result<(), AuditError>> {
///         Answer::Now(Err(AuditError::new("the disk is read-only")))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a durable audit sink",
    note = "implement `tenancy_core::audit::DurableAuditSink`"
)]
pub trait DurableAuditSink: Send + Sync {
    /// Keeps all of these events, or none, and answers when they are kept.
    fn append<'a>(&'a self, events: &'a [AuditEvent]) -> Answer<'a, Result<(), AuditError>>;
}

impl<S: DurableAuditSink + ?Sized> DurableAuditSink for Arc<S> {
    fn append<'a>(&'a self, events: &'a [AuditEvent]) -> Answer<'a, Result<(), AuditError>> {
        S::append(self, events)
    }
}
