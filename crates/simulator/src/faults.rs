//! What goes wrong in one run, and how a run is made smaller.

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
    /// How long a thousand bytes are on their way besides, in milliseconds: on a
    /// thin line short messages overtake long ones.
    pub thin_ms: u64,
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
    /// Central's database is replaced with an older copy.
    pub centre_ms: Option<u64>,
    /// The desk's store is carried to another machine, and the old one lives on.
    pub copy_ms: Option<u64>,
    /// The desk speaks and writes as a later version does.
    pub newer: bool,
    /// The clinic has a second desktop.
    pub companion: bool,
    /// It takes over.
    pub takeover_ms: Option<u64>,
    /// The clinic puts bookings before staff.
    pub ask_staff: bool,
    /// Patients click twice, reload, withdraw and send nonsense.
    pub mischief: bool,
    /// How long all this goes on, in hours.
    pub hours: u64,
    /// How often patients ask for something, in percent of the usual.
    pub patients_percent: u64,
    /// How busy staff are, in percent of the usual.
    pub staff_percent: u64,
}

/// How long faults go on, in hours, unless a run is made shorter.
pub const HOURS: u64 = 3 * 24;

impl Faults {
    /// Draws a run's faults.
    pub fn draw(rng: &mut Rng) -> Self {
        let hour = 3_600_000;
        let mut some = |mean: u64| rng.bool().then_some(mean);
        let (cut_ms, broker_ms, desk_ms, worker_ms) =
            (some(8 * hour), some(12 * hour), some(13 * hour), some(13 * hour));
        let (restore_ms, rot_ms, clock_ms) = (some(18 * hour), some(20 * hour), some(25 * hour));
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
            centre_ms: (rng.u8(0..4) == 0).then_some(30 * hour),
            copy_ms: (rng.u8(0..6) == 0).then_some(crate::copies::COPY_MS),
            newer: rng.u8(0..4) == 0,
            companion: rng.u8(0..4) == 0,
            takeover_ms: rng.bool().then_some(crate::takeover::TAKEOVER_MS),
            thin_ms: if rng.u8(0..3) == 0 { rng.u64(50..1_000) } else { 0 },
            hours: HOURS,
            patients_percent: 100,
            staff_percent: 100,
        }
    }
}

macro_rules! switches {
    ($($name:ident = $word:literal: $field:ident, $off:expr;)+) => {
        /// A fault that can be turned off.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum Fault {
            $($name),+
        }

        impl Fault {
            /// Every fault.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The word it is called by.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word),+
                }
            }

            /// Turns it off.
            fn spare(self, faults: &mut Faults) {
                match self {
                    $(Self::$name => faults.$field = $off),+
                }
            }

            /// Whether a run has it.
            pub fn is_in(self, faults: &Faults) -> bool {
                match self {
                    $(Self::$name => faults.$field != $off),+
                }
            }
        }
    };
}

switches! {
    Drop = "drop": drop, 0.0;
    Double = "double": double, 0.0;
    Delay = "delay": delay_ms, 20;
    Crash = "crash": crash, 0.0;
    Cut = "cut": cut_ms, None;
    OneWay = "one-way": one_way, false;
    Clog = "clog": clog, false;
    Broker = "broker": broker_ms, None;
    Stale = "stale": stale, false;
    Thin = "thin": thin_ms, 0;
    Desk = "desk": desk_ms, None;
    Worker = "worker": worker_ms, None;
    Restore = "restore": restore_ms, None;
    Unnoticed = "unnoticed": unnoticed, false;
    Rot = "rot": rot_ms, None;
    Clock = "clock": clock_ms, None;
    Settings = "settings": settings_ms, None;
    Bulk = "bulk": bulk_ms, None;
    Centre = "centre": centre_ms, None;
    Copy = "copy": copy_ms, None;
    Newer = "newer": newer, false;
    Companion = "companion": companion, false;
    Takeover = "takeover": takeover_ms, None;
    AskStaff = "ask-staff": ask_staff, false;
    Mischief = "mischief": mischief, false;
}

/// How a run is made smaller than its seed would have it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Smaller {
    /// Faults that are turned off.
    pub without: Vec<Fault>,
    /// How long faults go on, in hours.
    pub hours: Option<u64>,
    /// How often patients ask for something, in percent of the usual.
    pub patients_percent: Option<u64>,
    /// How busy staff are, in percent of the usual.
    pub staff_percent: Option<u64>,
}

impl Smaller {
    /// What is left of a run's faults.
    pub fn of(&self, mut faults: Faults) -> Faults {
        self.without.iter().for_each(|fault| fault.spare(&mut faults));
        faults.hours = self.hours.unwrap_or(faults.hours);
        faults.patients_percent = self.patients_percent.unwrap_or(faults.patients_percent);
        faults.staff_percent = self.staff_percent.unwrap_or(faults.staff_percent);
        faults
    }
}
