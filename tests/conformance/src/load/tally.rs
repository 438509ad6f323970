//! Counts that take no memory as they grow.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// How long answers took, counted by powers of two of microseconds.
#[derive(Default)]
pub(super) struct Tally([AtomicU64; 32]);

impl Tally {
    pub(super) fn add(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1);
        let place = (micros.ilog2() as usize + 1).min(self.0.len() - 1);
        self.0[place].fetch_add(1, Relaxed);
    }

    pub(super) fn answers(&self) -> u64 {
        self.0.iter().map(|count| count.load(Relaxed)).sum()
    }

    /// The time within which so many thousandths of the answers came.
    fn within(&self, thousandths: u64) -> Duration {
        let wanted = self.answers() * thousandths / 1_000;
        let mut seen = 0;
        let place = self.0.iter().position(|count| {
            seen += count.load(Relaxed);
            seen >= wanted
        });
        Duration::from_micros(1 << place.unwrap_or(self.0.len() - 1))
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [half, most, nearly_all] = [500, 990, 999].map(|share| self.within(share));
        write!(
            f,
            "half within {half:?}, 99 % within {most:?}, 99.9 % within {nearly_all:?}"
        )
    }
}
