//! How much memory the process has, from time to time.

use std::{fmt, sync::Mutex, time::Duration};

/// Resident memory in KiB, one sample a second.
static SAMPLES: Mutex<Vec<u64>> = Mutex::new(Vec::new());

/// What growing less than counts as not growing: allocators keep some for themselves.
const SLACK: u64 = 2_048;

/// The most there was in the second quarter of the time, when everything is warm, and in the last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory {
    warm: u64,
    end: u64,
}

impl Memory {
    /// Takes samples until it is aborted.
    pub(super) async fn watch(every: Duration) {
        let mut ticks = tokio::time::interval(every);
        loop {
            ticks.tick().await;
            if let (Some(sample), Ok(mut samples)) = (resident(), SAMPLES.lock()) {
                samples.push(sample);
            }
        }
    }

    pub(super) fn has_grown(&self) -> bool {
        self.end > self.warm + self.warm / 50 + SLACK
    }
}

/// What has been seen; nothing when there are fewer than eight samples.
pub(super) fn seen() -> Option<Memory> {
    let samples = SAMPLES.lock().ok()?;
    let quarter = samples.len() / 4;
    if quarter < 2 {
        return None;
    }
    let warm = samples[quarter..2 * quarter].iter().max();
    let end = samples[3 * quarter..].iter().max();
    Some(Memory {
        warm: *warm?,
        end: *end?,
    })
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { warm, end } = self;
        write!(f, "{warm} KiB when warm, {end} KiB at the end")
    }
}

/// The resident memory of this process, where the system tells.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
