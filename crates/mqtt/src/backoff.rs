//! How long to wait before trying again.

use std::time::Duration;

/// The widest first wait: a broker that was restarted has all of its clients
/// back within this, and not all at once.
const FIRST: Duration = Duration::from_millis(500);
/// The widest wait of all: how late a line may notice that a broker is back.
const LAST: Duration = Duration::from_secs(15);
/// A wait is at least this part of its widest, so that nobody hammers.
const LEAST_PART: u32 = 4;

/// A connection that stood this long was a good one; the next failure begins anew.
pub(crate) const STABLE: Duration = Duration::from_secs(20);

/// Waits that double up to a limit, each drawn between a quarter and all of
/// its widest.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The next wait, `random` drawn evenly from all `u64`.
    pub(crate) fn next_wait(&mut self, random: u64) -> Duration {
        let widest = FIRST.saturating_mul(1 << self.failures.min(10)).min(LAST);
        self.failures = self.failures.saturating_add(1);
        let least = widest / LEAST_PART;
        let span_us = (widest - least).as_micros() as u64;
        least + Duration::from_micros(random % (span_us + 1))
    }

    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit_and_are_spread() {
        for (failures, widest_ms) in [500, 1000, 2000, 4000, 8000, 15_000, 15_000].into_iter().enumerate() {
            let widest = Duration::from_millis(widest_ms);
            let mut drawn = [0, 1, u64::MAX / 2, u64::MAX].map(|random| {
                let mut backoff = Backoff { failures: failures as u32 };
                backoff.next_wait(random)
            });
            assert_eq!(drawn[0], widest / LEAST_PART);
            drawn.sort();
            assert!(drawn[0] >= widest / LEAST_PART && drawn[3] <= widest && drawn[0] < drawn[3], "{drawn:?}");
        }
        let mut backoff = Backoff { failures: u32::MAX };
        assert_eq!(backoff.next_wait(0), LAST / LEAST_PART);
        backoff.reset();
        assert!(backoff.next_wait(u64::MAX) <= FIRST);
    }

    #[test]
    fn the_same_draws_give_the_same_waits() {
        let draws = [7, u64::MAX, 12_345_678_901, 0, 3];
        let waits = || {
            let mut backoff = Backoff::default();
            draws.map(|random| backoff.next_wait(random))
        };
        assert_eq!(waits(), waits());
    }
}
