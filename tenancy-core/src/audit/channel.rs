use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::mpsc::{self, error::TrySendError};

use super::{AuditEvent, AuditSink};
use crate::error::AuditError;

/// An [`AuditSink`] that hands events to a task of the application.
///
/// At most as many events wait as the channel was made for. When it is full, or when its receiver
/// is gone, the event is not in the channel: it is counted, an error is logged at the target
/// `tenancy::audit`, and it still went to `tracing`. A request never waits for the receiver.
///
/// # Examples
///
/// ```
/// use tenancy_core::{
///     Slug, Tenant, TenantContext, TenantId,
///     audit::{AuditChannel, AuditKind},
/// };
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let acme = std::sync::Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
/// let (sink, mut events) = AuditChannel::new(1024);
/// TenantContext::assume_with(acme, "nightly report", &sink)?;
/// if let Some(event) = events.recv().await {
///     assert_eq!(event.kind(), AuditKind::Assumed);
/// }
/// assert_eq!(sink.dropped(), 0);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct AuditChannel {
    sender: mpsc::Sender<AuditEvent>,
    dropped: Arc<AtomicU64>,
}

impl AuditChannel {
    /// A channel in which this many events can wait, and at least one; and the end where they come
    /// out. Clones send into the same channel.
    #[must_use = "events that nobody receives are dropped"]
    pub fn new(capacity: usize) -> (Self, AuditEvents) {
        // More than a channel of tokio can count.
        let capacity = capacity.clamp(1, tokio::sync::Semaphore::MAX_PERMITS);
        let (sender, receiver) = mpsc::channel(capacity);
        let dropped = Arc::default();
        (Self { sender, dropped }, AuditEvents(receiver))
    }

    /// How many events could not be handed over since the channel was made.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl AuditSink for AuditChannel {
    fn record(&self, event: &AuditEvent) {
        // Counted and logged; there is no caller here to tell.
        let _ = self.try_record(event);
    }

    fn try_record(&self, event: &AuditEvent) -> Result<(), AuditError> {
        let cause = match self.sender.try_send(event.clone()) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Full(_)) => "the channel is full",
            Err(TrySendError::Closed(_)) => "nobody receives",
        };
        let dropped = self.dropped.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::error!(target: "tenancy::audit", cause, dropped, "audit event dropped");
        Err(AuditError::new(cause))
    }
}

impl fmt::Debug for AuditChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditChannel")
            .field("capacity", &self.sender.max_capacity())
            .field("dropped", &self.dropped())
            .finish()
    }
}

/// Where the events of an [`AuditChannel`] come out, in the order in which they were recorded.
pub struct AuditEvents(mpsc::Receiver<AuditEvent>);

impl AuditEvents {
    /// Waits for the next event; `None` when every sink of the channel is gone and all events were
    /// received. Cancelling loses nothing.
    pub async fn recv(&mut self) -> Option<AuditEvent> {
        self.0.recv().await
    }
}

impl fmt::Debug for AuditEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditEvents")
            .field("waiting", &self.0.len())
            .finish()
    }
}
