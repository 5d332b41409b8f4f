//! What goes wrong in one run.

use fastrand::Rng;

/// The faults of a run; each run is spared some of them altogether.
#[derive(Clone, Debug)]
pub struct Faults {
    /// Probability that a message is lost.
    pub drop: f64,
    /// Probability that it comes twice.
    pub double: f64,
    /// The longest delay of a message, in milliseconds; more than a little reorders them.
    pub delay_ms: u64,
    /// Probability that a process dies before one of its effects.
    pub crash: f64,
    /// Mean time between the events below, in milliseconds; `None` spares the run.
    pub cut_ms: Option<u64>,
    /// Cuts may be one-way.
    pub one_way: bool,
    /// Messages are held back and let go together.
    pub clog: bool,
    /// The broker loses what is on its way, or says old things again.
    pub broker_ms: Option<u64>,
    /// Messages of earlier sessions are said again.
    pub stale: bool,
    /// The desk is switched off.
    pub desk_ms: Option<u64>,
    /// A worker is killed, or pauses for longer than its lease.
    pub worker_ms: Option<u64>,
    /// The desk's store is replaced with an older copy.
    pub restore_ms: Option<u64>,
    /// A restored store doesn't know that it is one.
    pub unnoticed: bool,
    /// Central's rows are damaged.
    pub rot_ms: Option<u64>,
    /// A wall clock jumps.
    pub clock_ms: Option<u64>,
    /// Hours and people change.
    pub settings_ms: Option<u64>,
    /// Many rows at once.
    pub bulk_ms: Option<u64>,
    /// The clinic puts bookings before staff.
    pub ask_staff: bool,
    /// Patients click twice, reload, withdraw and send nonsense.
    pub mischief: bool,
}

impl Faults {
    /// Draws a run's faults.
    pub fn draw(rng: &mut Rng) -> Self {
        let hour = 3_600_000;
        let mut some = |mean: u64| rng.bool().then_some(mean);
        let (cut_ms, broker_ms, desk_ms, worker_ms) =
            (some(5 * hour), some(9 * hour), some(10 * hour), some(10 * hour));
        let (restore_ms, rot_ms, clock_ms) = (some(30 * hour), some(20 * hour), some(25 * hour));
        let (settings_ms, bulk_ms) = (some(20 * hour), some(30 * hour));
        Self {
            drop: if rng.bool() { rng.f64() * 0.1 } else { 0.0 },
            double: if rng.bool() { rng.f64() * 0.1 } else { 0.0 },
            delay_ms: if rng.bool() { 20 } else { rng.u64(20..3_000) },
            crash: if rng.bool() { 0.000_5 } else { 0.0 },
            cut_ms,
            one_way: rng.bool(),
            clog: rng.bool(),
            broker_ms,
            stale: rng.bool(),
            desk_ms,
            worker_ms,
            restore_ms,
            unnoticed: rng.bool(),
            rot_ms,
            clock_ms,
            settings_ms,
            bulk_ms,
            ask_staff: rng.u8(0..4) == 0,
            mischief: rng.bool(),
        }
    }
}
