//! The end of the queue into which requests put events.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use sea_orm::DatabaseConnection;
use tenancy_core::{
    answer::Answer,
    audit::{AuditError, AuditEvent, AuditSink, DurableAuditSink},
};
use tokio::{
    sync::{Notify, mpsc, oneshot, watch},
    time::timeout,
};

use super::{AuditEntry, task};

/// How long [`append`](DurableAuditSink::append) waits for the database.
const COMMIT: Duration = Duration::from_secs(10);
/// How long [`close`](AuditWriter::close) does.
const CLOSE: Duration = Duration::from_secs(30);

/// Puts events into the trail, by a task of its own. Cheap to clone; clones share the task and its
/// queue.
///
/// There are three ways in, for three kinds of caller:
///
/// - [`record`](AuditSink::record), for the tenancy's own events, never waits;
/// - [`send`](Self::send) waits for room in the queue, for no longer than the
///   [patience](AuditWriterBuilder::patience);
/// - [`append`](DurableAuditSink::append) waits until the events are committed, and so proves that
///   they are kept.
///
/// The task writes what waits in one transaction, and tries again until the database takes it.
/// Meanwhile the queue fills. What finds no room is counted in [`dropped`](Self::dropped) and
/// logged whole, as an error at the `tracing` target `tenancy::audit`; it is an error for those who
/// wait, and never silent.
///
/// Events are in the trail once, even when the answer to a commit was lost. [`close`](Self::close)
/// writes what waits: call it before the process ends.
#[derive(Clone)]
pub struct AuditWriter {
    sender: mpsc::Sender<Job>,
    /// Closed when the task has ended.
    running: watch::Receiver<()>,
    state: Arc<State>,
    patience: Duration,
}

/// Events that go into the trail together.
pub(super) struct Job {
    pub(super) entries: Vec<AuditEntry>,
    /// Who waits for them to be committed.
    pub(super) done: Option<oneshot::Sender<()>>,
    /// Whether it is the last one.
    pub(super) closes: bool,
}

/// What the handles and the task share.
#[derive(Default)]
pub(super) struct State {
    pub(super) written: AtomicU64,
    pub(super) dropped: AtomicU64,
    pub(super) is_closing: AtomicBool,
    /// Wakes the task from its wait between two attempts.
    pub(super) hurry: Notify,
}

impl State {
    /// Counts what will not be in the trail, and leaves it in the log.
    pub(super) fn lose(&self, entries: &[AuditEntry], cause: &str) {
        for entry in entries {
            let dropped = self.dropped.fetch_add(1, Ordering::Relaxed) + 1;
            tracing::error!(target: "tenancy::audit", cause, dropped, ?entry, "audit event dropped");
        }
    }
}

impl AuditWriter {
    /// A writer to the trail of this database, whose connection may be the one that the service
    /// uses.
    pub fn builder(connection: DatabaseConnection) -> AuditWriterBuilder {
        AuditWriterBuilder {
            connection,
            capacity: 1024,
            patience: Duration::from_millis(250),
        }
    }

    /// Puts an event into the queue, and waits for room if there is none.
    ///
    /// # Errors
    ///
    /// [`AuditError`] when there is still no room after the
    /// [patience](AuditWriterBuilder::patience), or the writer is closed.
    pub async fn send(&self, event: &AuditEvent) -> Result<(), AuditError> {
        self.put(Job {
            entries: vec![AuditEntry::new(event)],
            done: None,
            closes: false,
        })
        .await
    }

    async fn put(&self, job: Job) -> Result<(), AuditError> {
        if self.is_closing() {
            return Err(self.refuse(&job, "the writer is closed"));
        }
        match timeout(self.patience, self.sender.reserve()).await {
            Ok(Ok(place)) => {
                place.send(job);
                Ok(())
            }
            Ok(Err(_)) => Err(self.refuse(&job, "the writer is closed")),
            Err(_) => Err(self.refuse(&job, "the queue is full")),
        }
    }

    fn refuse(&self, job: &Job, cause: &'static str) -> AuditError {
        self.state.lose(&job.entries, cause);
        AuditError::new(cause)
    }

    fn is_closing(&self) -> bool {
        self.state.is_closing.load(Ordering::Acquire)
    }

    /// How many events were not put into the trail.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.state.dropped.load(Ordering::Relaxed)
    }

    /// How many events this writer has put into the trail.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.state.written.load(Ordering::Relaxed)
    }

    /// How many places of the queue are taken.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.sender.max_capacity() - self.sender.capacity()
    }

    /// Takes no more events, writes those that wait, and ends the task. Every clone is closed with
    /// it.
    ///
    /// While the database does not take them, it is tried a few times more; then they are dropped,
    /// counted and logged.
    ///
    /// # Errors
    ///
    /// [`AuditError`] when events were dropped on the way out, or the database does not answer for
    /// 30 seconds.
    pub async fn close(&self) -> Result<(), AuditError> {
        let before = self.dropped();
        self.state.is_closing.store(true, Ordering::Release);
        self.state.hurry.notify_one();
        let last = Job {
            entries: Vec::new(),
            done: None,
            closes: true,
        };
        let mut running = self.running.clone();
        let ended = timeout(CLOSE, async {
            // Whoever finds the queue closed already waits for its end as well.
            let _ = self.sender.send(last).await;
            // Nothing is ever sent: this is the end.
            let _ = running.changed().await;
        });
        if ended.await.is_err() {
            let waiting = self.waiting();
            tracing::error!(target: "tenancy::audit", waiting, "the audit writer does not end");
            return Err(AuditError::new("the database does not answer"));
        }
        match self.dropped() - before {
            0 => Ok(()),
            dropped => Err(AuditError::new(format!(
                "{dropped} audit events were dropped"
            ))),
        }
    }
}

impl AuditSink for AuditWriter {
    fn record(&self, event: &AuditEvent) {
        // Counted and logged: no caller is left to tell.
        let _ = self.try_record(event);
    }

    fn try_record(&self, event: &AuditEvent) -> Result<(), AuditError> {
        let job = Job {
            entries: vec![AuditEntry::new(event)],
            done: None,
            closes: false,
        };
        if self.is_closing() {
            return Err(self.refuse(&job, "the writer is closed"));
        }
        match self.sender.try_send(job) {
            Ok(()) => Ok(()),
            Err(mpsc::error::TrySendError::Full(job)) => {
                Err(self.refuse(&job, "the queue is full"))
            }
            Err(mpsc::error::TrySendError::Closed(job)) => {
                Err(self.refuse(&job, "the writer is closed"))
            }
        }
    }
}

impl DurableAuditSink for AuditWriter {
    /// Waits for room no longer than the [patience](AuditWriterBuilder::patience), and for the
    /// commit no longer than 10 seconds. After that the events may still come into the trail.
    fn append<'a>(&'a self, events: &'a [AuditEvent]) -> Answer<'a, Result<(), AuditError>> {
        Answer::later(async move {
            let (done, committed) = oneshot::channel();
            self.put(Job {
                entries: events.iter().map(AuditEntry::new).collect(),
                done: Some(done),
                closes: false,
            })
            .await?;
            match timeout(COMMIT, committed).await {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) => Err(AuditError::new("the writer gave up")),
                Err(_) => Err(AuditError::new("the database does not answer")),
            }
        })
    }
}

impl fmt::Debug for AuditWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditWriter")
            .field("waiting", &self.waiting())
            .field("written", &self.written())
            .field("dropped", &self.dropped())
            .finish_non_exhaustive()
    }
}

/// Settings of an [`AuditWriter`].
#[derive(Debug)]
#[must_use = "nothing is written until the writer is started"]
pub struct AuditWriterBuilder {
    connection: DatabaseConnection,
    capacity: usize,
    patience: Duration,
}

impl AuditWriterBuilder {
    /// Sets how many events can wait, or lists of events that are appended together: 1024 unless
    /// set, and at least one.
    pub fn capacity(mut self, capacity: usize) -> Self {
        self.capacity = capacity.clamp(1, tokio::sync::Semaphore::MAX_PERMITS);
        self
    }

    /// Sets how long a caller waits for room in the queue: 250 milliseconds unless set.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Starts the task.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, as [`tokio::spawn`].
    #[must_use = "a writer that is dropped ends"]
    pub fn start(self) -> AuditWriter {
        let (sender, receiver) = mpsc::channel(self.capacity);
        let state = Arc::<State>::default();
        let (is_running, running) = watch::channel(());
        let shared = Arc::clone(&state);
        tokio::spawn(task::run(self.connection, receiver, shared, is_running));
        AuditWriter {
            sender,
            running,
            state,
            patience: self.patience,
        }
    }
}
