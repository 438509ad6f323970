//! What is logged on a thread, for tests that read it.
//!
//! One subscriber serves the whole process and writes to the log that the thread keeps, if any.
//! A subscriber for each test would not do: `tracing` remembers of a callsite that nothing listens,
//! and another test's thread may be the first to pass there.

use std::{
    cell::RefCell,
    io,
    sync::{Arc, Mutex, Once},
};

use tracing::Level;
use tracing_subscriber::{
    Layer,
    filter::dynamic_filter_fn,
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
};

thread_local! {
    static KEPT: RefCell<Option<(Level, Log)>> = const { RefCell::new(None) };
}

/// What is logged on this thread.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

/// Ends the log of its thread when it is dropped.
#[must_use]
pub struct Guard(Option<(Level, Log)>);

impl Log {
    /// Keeps what is logged, down to a level, until the guard is dropped.
    pub fn keep(level: Level) -> (Self, Guard) {
        static LISTENING: Once = Once::new();
        LISTENING.call_once(|| {
            let is_kept = dynamic_filter_fn(|event, _| {
                KEPT.with_borrow(|kept| kept.as_ref().is_some_and(|(to, _)| event.level() <= to))
            });
            let layer = fmt::layer().with_ansi(false).with_writer(ToThread);
            let subscriber = tracing_subscriber::registry().with(layer.with_filter(is_kept));
            tracing::subscriber::set_global_default(subscriber).expect("the first subscriber");
        });
        let log = Self::default();
        let before = KEPT.replace(Some((level, log.clone())));
        (log, Guard(before))
    }

    /// The lines since the last call.
    pub fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        KEPT.set(self.0.take());
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Leads to the log of the thread.
struct ToThread;

impl MakeWriter<'_> for ToThread {
    type Writer = Log;

    fn make_writer(&self) -> Log {
        KEPT.with_borrow(|kept| kept.as_ref().map(|(_, log)| log.clone()))
            .unwrap_or_default()
    }
}
