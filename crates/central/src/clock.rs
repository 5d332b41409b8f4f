//! The one pair of clocks and the one source of randomness. Everything else is
//! told the time.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chairside_sync::Now;
use uuid::{Timestamp, Uuid};

/// Tells the time and waits for it; tests bring their own.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> Now + Send + Sync>,
    /// How many times faster than the machine's it runs.
    pace: u32,
}

impl Clock {
    /// The machine's clocks.
    pub fn system() -> Self {
        Self { now: Arc::new(system_now), pace: 1 }
    }

    /// Clocks that begin at `from` and run `pace` times as fast as the
    /// machine's, so that minutes of waiting can be lived through in seconds.
    pub fn hurried(from: Now, pace: u32) -> Self {
        let began = system_now().steady_ms;
        let now = move || {
            let gone_ms = (system_now().steady_ms - began) * u64::from(pace);
            Now { steady_ms: from.steady_ms + gone_ms, wall_ms: from.wall_ms.saturating_add_unsigned(gone_ms) }
        };
        Self { now: Arc::new(now), pace: pace.max(1) }
    }

    /// Both clocks, read together.
    pub fn now(&self) -> Now {
        (self.now)()
    }

    /// Waits until the steady clock shows at least this.
    pub async fn sleep_until(&self, steady_ms: u64) {
        let left_ms = steady_ms.saturating_sub(self.now().steady_ms);
        // Rounded up: woken too early, the caller would find nothing due.
        tokio::time::sleep(Duration::from_millis(left_ms.div_ceil(u64::from(self.pace)))).await;
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({} ms)", self.now().wall_ms)
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one wall clock")]
fn system_now() -> Now {
    let wall = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Now { steady_ms: steady_ms(), wall_ms: i64::try_from(wall.as_millis()).unwrap_or(i64::MAX) }
}

/// A clock that runs on through sleep: a lease that ran out while the machine slept has run out.
fn steady_ms() -> u64 {
    #[cfg(target_os = "linux")]
    const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Boottime;
    // Elsewhere this one counts sleep already.
    #[cfg(not(target_os = "linux"))]
    const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Monotonic;
    let time = rustix::time::clock_gettime(CLOCK);
    time.tv_sec.unsigned_abs() * 1_000 + time.tv_nsec.unsigned_abs() / 1_000_000
}

/// 32 bytes from the operating system.
///
/// # Panics
/// Where the operating system has no randomness to give: nothing that needs a
/// secret may go on then.
pub fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

/// A number at random.
pub fn random_number() -> u64 {
    let random = random();
    random.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// A fresh id, version 7: later ones sort later.
pub fn fresh_id(wall_ms: i64) -> Uuid {
    let random = random();
    let counter = random.iter().take(16).fold(0, |number: u128, byte| (number << 8) | u128::from(*byte));
    let (seconds, nanos) = (wall_ms.div_euclid(1000), wall_ms.rem_euclid(1000) * 1_000_000);
    Uuid::new_v7(Timestamp::from_unix_time(seconds.unsigned_abs(), nanos as u32, counter, 74))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hurried_clock_is_ahead_and_never_goes_back() {
        let from = Now { steady_ms: 5, wall_ms: 1_000 };
        let clock = Clock::hurried(from, 1_000);
        let (first, second) = (clock.now(), clock.now());
        assert!(from <= first && first <= second);
        assert_eq!(second.steady_ms - from.steady_ms, second.wall_ms.abs_diff(from.wall_ms));
    }

    #[test]
    fn ids_made_later_sort_later() {
        assert!(fresh_id(1_795_500_000_000) < fresh_id(1_795_500_000_001));
    }
}
