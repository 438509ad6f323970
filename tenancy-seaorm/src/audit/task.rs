//! The other end of the queue.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use sea_orm::DatabaseConnection;
use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};

use super::{
    AuditEntry, chain,
    writer::{Job, State},
};

/// Jobs of one transaction.
const BATCH: usize = 128;
/// The waits between two attempts: they double from the first to the last.
const SHORTEST: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_secs(5);
/// Attempts that are left when the writer is closed.
const LAST_ATTEMPTS: u32 = 5;

pub(super) async fn run(
    connection: DatabaseConnection,
    mut receiver: mpsc::Receiver<Job>,
    state: Arc<State>,
    // Dropped when this ends, in whichever way.
    _running: watch::Sender<()>,
) {
    let mut jobs = Vec::new();
    let mut has_given_up = false;
    while receiver.recv_many(&mut jobs, BATCH).await > 0 {
        if jobs.iter().any(|job| job.closes) {
            // What is in the queue still comes out.
            receiver.close();
        }
        let entries: Vec<AuditEntry> = jobs
            .iter_mut()
            .flat_map(|job| std::mem::take(&mut job.entries))
            .collect();
        if entries.is_empty() {
            jobs.clear();
            continue;
        }
        if write(&connection, &entries, &state, &mut has_given_up).await {
            let count = entries.len() as u64;
            state.written.fetch_add(count, Ordering::Relaxed);
            for done in jobs.drain(..).filter_map(|job| job.done) {
                // Who has stopped waiting does not want to know.
                let _ = done.send(());
            }
        } else {
            state.lose(
                &entries,
                "the writer is closed and the database does not take it",
            );
            // Those who wait see that no answer comes.
            jobs.clear();
        }
    }
}

/// Tries until it works, or until the writer is closed and a few attempts more have failed.
async fn write(
    connection: &DatabaseConnection,
    entries: &[AuditEntry],
    state: &State,
    has_given_up: &mut bool,
) -> bool {
    let (mut last, mut pause, mut attempts_left) = (None, SHORTEST, LAST_ATTEMPTS);
    loop {
        let error = match chain::append(connection, entries, &mut last).await {
            Ok(()) => return true,
            Err(error) => error,
        };
        let waiting = entries.len();
        tracing::error!(target: "tenancy::audit", %error, waiting, "audit events not written yet");
        let is_closing = state.is_closing.load(Ordering::Acquire);
        if is_closing {
            attempts_left = attempts_left.saturating_sub(1);
            pause = SHORTEST;
            if attempts_left == 0 || *has_given_up {
                *has_given_up = true;
                return false;
            }
        }
        let _ = timeout(pause, state.hurry.notified()).await;
        pause = LONGEST.min(pause * 2);
    }
}
