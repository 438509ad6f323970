use std::time::{Duration, Instant, SystemTime};

/// Longest time for which rights are given that a principal does not have by itself.
const LONGEST: Duration = Duration::from_secs(8 * 60 * 60);

/// How long a right is good for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Validity {
    begun: Instant,
    length: Duration,
    until: SystemTime,
}

impl Validity {
    /// From now on; `None` when that is no time at all, or more than 8 hours.
    pub(crate) fn of(length: Duration) -> Option<Self> {
        if length.is_zero() || length > LONGEST {
            return None;
        }
        Some(Self {
            begun: Instant::now(),
            length,
            until: SystemTime::now().checked_add(length)?,
        })
    }

    pub(crate) fn until(&self) -> SystemTime {
        self.until
    }

    pub(crate) fn is_over(&self) -> bool {
        self.is_over_at(Instant::now(), SystemTime::now())
    }

    /// By either clock. Whoever sets the wall clock back gains nothing, and the monotonic one may
    /// stand still while the machine sleeps.
    fn is_over_at(&self, now: Instant, wall: SystemTime) -> bool {
        now.saturating_duration_since(self.begun) >= self.length || wall >= self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a04_a_term_is_more_than_nothing_and_at_most_eight_hours() {
        assert!(Validity::of(Duration::ZERO).is_none());
        assert!(Validity::of(Duration::from_nanos(1)).is_some());
        assert!(Validity::of(LONGEST).is_some());
        assert!(Validity::of(LONGEST + Duration::from_nanos(1)).is_none());
        assert!(Validity::of(Duration::MAX).is_none());
    }

    #[test]
    fn a04_a_term_ends_by_the_first_clock_that_says_so() {
        let validity = Validity::of(MINUTE).unwrap();
        let begun = validity.begun;
        let wall = validity.until - MINUTE;
        let almost = MINUTE - Duration::from_nanos(1);
        assert!(!validity.is_over_at(begun, wall));
        assert!(!validity.is_over_at(begun + almost, wall + almost));
        assert!(validity.is_over_at(begun + MINUTE, wall));
        assert!(validity.is_over_at(begun, wall + MINUTE));
        // The wall clock was set back by a year.
        assert!(validity.is_over_at(begun + MINUTE, wall - 525_600 * MINUTE));
    }
}
