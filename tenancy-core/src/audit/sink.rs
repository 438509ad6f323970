use std::sync::Arc;

use super::AuditEvent;

/// A place of the application's own for audit events, beside the `tracing` target `tenancy::audit`.
///
/// [`record`](Self::record) is called in the middle of a request: it must not block, and has to be
/// quick. To write into a file or a database, use an [`AuditChannel`](super::AuditChannel) and write
/// where its events come out.
///
/// # Examples
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use tenancy_core::{AuditEvent, AuditKind, AuditSink};
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
    note = "use an `AuditChannel`, or implement `tenancy_core::AuditSink`"
)]
pub trait AuditSink: Send + Sync + 'static {
    /// Takes note of an event, at once and without blocking.
    fn record(&self, event: &AuditEvent);
}

impl<S: AuditSink + ?Sized> AuditSink for Arc<S> {
    fn record(&self, event: &AuditEvent) {
        S::record(self, event);
    }
}
