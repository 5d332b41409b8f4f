//! The one wall clock and the one source of randomness. Everything else is
//! told the time.

use std::fmt;
use std::sync::Arc;

use chairside_schedule::time::Instant;
use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use uuid::{Timestamp, Uuid};

/// Tells the time; tests and demonstrations bring their own.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> i64 + Send + Sync>);

impl Clock {
    /// The machine's wall clock.
    pub fn system() -> Self {
        Self(Arc::new(system_now_ms))
    }

    /// A clock that shows what `now_ms` says, milliseconds since 1970 in UTC.
    pub fn showing(now_ms: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now_ms))
    }

    /// The machine's wall clock, set to `at` now and running on from there.
    pub fn starting_at(at: Instant) -> Self {
        let offset_ms = at.0 * 1000 - system_now_ms();
        Self(Arc::new(move || system_now_ms() + offset_ms))
    }

    /// Milliseconds since 1970 in UTC.
    pub fn now_ms(&self) -> i64 {
        (self.0)()
    }

    /// Both clocks, read together: this one, and the machine's steady one,
    /// which nobody sets.
    pub fn pair(&self) -> chairside_sync::Now {
        chairside_sync::Now { steady_ms: steady_ms(), wall_ms: self.now_ms() }
    }

    /// Now, to the second.
    pub fn now(&self) -> Instant {
        Instant(self.now_ms().div_euclid(1000))
    }

    /// What a clock on a wall in `zone` shows.
    pub fn local(&self, zone: Tz) -> NaiveDateTime {
        self.now().local(&zone)
    }

    /// The local day in `zone`.
    pub fn today(&self, zone: Tz) -> NaiveDate {
        self.local(zone).date()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({} ms)", self.now_ms())
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one wall clock")]
fn system_now_ms() -> i64 {
    chrono::Utc::now().timestamp_millis()
}

/// A clock that runs on through sleep: what was silent while the machine slept was silent.
#[cfg(unix)]
fn steady_ms() -> u64 {
    #[cfg(target_os = "linux")]
    const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Boottime;
    // Elsewhere this one counts sleep already.
    #[cfg(not(target_os = "linux"))]
    const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Monotonic;
    let time = rustix::time::clock_gettime(CLOCK);
    time.tv_sec.unsigned_abs() * 1_000 + time.tv_nsec.unsigned_abs() / 1_000_000
}

/// Counts sleep here.
#[cfg(not(unix))]
fn steady_ms() -> u64 {
    static BEGAN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    let gone = BEGAN.get_or_init(std::time::Instant::now).elapsed();
    u64::try_from(gone.as_millis()).unwrap_or(u64::MAX)
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

/// A fresh id, version 7: later ones sort later.
pub fn fresh_id(now_ms: i64) -> Uuid {
    let random = random();
    let counter = u128::from_le_bytes(random[..16].try_into().expect("sixteen of 32 bytes"));
    let (seconds, nanos) = (now_ms.div_euclid(1000), now_ms.rem_euclid(1000) * 1_000_000);
    Uuid::new_v7(Timestamp::from_unix_time(seconds.unsigned_abs(), nanos as u32, counter, 74))
}
