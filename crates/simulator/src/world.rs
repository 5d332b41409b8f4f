//! A clinic, central and their patients in virtual time.

use std::collections::BTreeMap;

use chairside_sync::body::Window;
use chairside_sync::breaker::{Breaker, Outcome, Permit};
use chairside_sync::hub::{self, Hub, LinkId};
use chairside_sync::mirror::{self, Mirror};
use chairside_sync::takeover::Grant;
use chairside_sync::{Now, Proposal};
use fastrand::Rng;

use crate::agenda::Agenda;
use crate::centre;
use crate::check::Judge;
use crate::companion::Companion;
use crate::desk;
use crate::faults::{Faults, Smaller};
use crate::goals::Goals;
use crate::trace::Trace;

/// The link to central.
pub const CENTRAL: LinkId = LinkId::CENTRAL;

/// Monday, 23 November 2026, 05:00 in UTC: six o'clock in the clinic.
pub const BEGIN_MS: i64 = 1_795_410_000_000;

/// How long everything has to heal.
pub const HEAL_MS: u64 = 12 * 3_600_000;

/// What can happen.
#[derive(Clone, Debug)]
pub enum Happening {
    ToHub(Vec<u8>),
    ToMirrors(Vec<u8>),
    /// For the desk from which another took over.
    Old(Box<Happening>),
    ToHubLan(Vec<u8>),
    ToCompanion(Vec<u8>),
    CompanionAsk {
        life: u64,
        id: mirror::AskId,
        ask: Box<mirror::Ask>,
    },
    CompanionStaff,
    CompanionDown,
    StartCompanion,
    Lan(bool),
    TakeOver,
    TellGranted,
    TookOver,
    OldStaff,
    OldFollows,
    OldReturns,
    ComesBack {
        proposal: Box<Proposal>,
        start_s: i64,
    },
    RestoreCentre,
    Copied,
    HubAsk {
        life: u64,
        id: hub::AskId,
        ask: Box<hub::Ask>,
    },
    MirrorAsk {
        worker: usize,
        life: u64,
        session: Option<u64>,
        id: mirror::AskId,
        ask: Box<mirror::Ask>,
    },
    Staff,
    Burst(u8),
    Synced,
    Patient,
    Submit {
        proposal: Box<Proposal>,
        start_s: i64,
    },
    Breaker,
    Called(Outcome),
    FollowUp(u64),
    Screen(u64),
    Mailer,
    Sweep,
    Midnight,
    Backup,
    StartDesk,
    StartWorker(usize),
    Lease,
    Connect,
    Heal {
        to_hub: bool,
        to_mirror: bool,
    },
    Unclog,
    Cut,
    Broker,
    DeskDown,
    WorkerDown,
    Restore,
    Rot,
    Clock,
    Settings,
    Bulk,
    PhaseTwo,
    Look,
}

/// The line between the clinic and central.
#[derive(Clone, Debug, Default)]
pub struct Line {
    pub to_hub_cut: bool,
    pub to_mirror_cut: bool,
    pub clogged: bool,
    pub held: Vec<Happening>,
    /// Some of what was said, to be said again by a broker that came back stale.
    pub said: Vec<Happening>,
}

/// The desk's machine.
#[derive(Debug)]
pub struct Desk {
    pub disk: desk::Disk,
    pub hub: Option<Hub>,
    /// Counts starts, so that what was meant for a dead process is dropped.
    pub life: u64,
    pub snapshots: BTreeMap<u64, desk::Snapshot>,
    /// Copies of the disk, the oldest first.
    pub backups: Vec<desk::Disk>,
    pub connected: bool,
    /// The disk as it was before what isn't on it yet; only where broken on purpose.
    pub unsynced: Option<Box<desk::Disk>>,
    /// How wrong its wall clock is.
    pub clock_off_ms: i64,
}

impl Desk {
    /// A desk whose application isn't running.
    pub fn new(disk: desk::Disk, life: u64) -> Self {
        Self {
            disk,
            hub: None,
            life,
            snapshots: BTreeMap::new(),
            backups: Vec::new(),
            connected: false,
            unsynced: None,
            clock_off_ms: 0,
        }
    }
}

/// One of central's processes.
#[derive(Debug, Default)]
pub struct Worker {
    pub mirror: Option<Mirror>,
    pub token: u64,
    pub life: u64,
    pub snapshots: BTreeMap<u64, centre::Snapshot>,
    /// Rows as they were at the last mark, for the judge.
    pub at_mark: Option<(u64, BTreeMap<i32, desk::DayMap>)>,
    /// Sleeps until then, and finds its lease gone.
    pub paused_until_ms: u64,
}

/// Events after which the sides count as flooding each other; a run of three
/// days has a few thousand.
const FLOOD: u64 = 100_000;

/// Wakes at one moment after which a machine counts as spinning.
const SPINS: u32 = 10_000;

/// How long a beat is on its way.
pub const BEAT_TAKES_MS: u64 = 2;

/// Everything.
#[derive(Debug)]
pub struct World {
    pub now_ms: u64,
    pub rng: Rng,
    /// Delays and losses of beats, so that skipping them changes nothing else.
    pub faults: Faults,
    pub line: Line,
    pub desk: Desk,
    /// The clinic's other desktop, in runs that have one.
    pub companion: Option<Companion>,
    /// A desk from which another took over, and which hasn't heard of it.
    pub old: Option<Desk>,
    /// `desk` is that one, just now.
    pub is_old: bool,
    pub centre: centre::Disk,
    pub centre_clock_off_ms: i64,
    /// Copies of central's disk, the oldest first.
    pub centre_backups: Vec<centre::Disk>,
    /// What central does just now it does on words of another session.
    pub hears_foreign: bool,
    /// Patients who are about to send in again what central lost.
    pub coming_back: u32,
    pub workers: Vec<Worker>,
    pub judge: Judge,
    pub goals: Goals,
    pub trace: Trace,
    pub healing: bool,
    pub window: Window,
    pub next_number: u64,
    pub skips_beats: bool,
    agenda: Agenda,
    /// The limit that the desk was last woken for.
    limit_seen: Option<i64>,
    spins: u32,
    /// When the machines want to be woken.
    pub proposals: u64,
    /// Staff have stopped: both sides are held against each other.
    pub settled: bool,
    /// Days whose rows changed since they were last compared.
    pub touched: std::collections::BTreeSet<i32>,
    /// A mail is about to be sent.
    pub mailer_due: bool,
    /// It is looked whether somebody speaks for the clinic, soon.
    pub lease_watched: bool,
    /// Round what central asks of the clinic.
    pub breaker: Breaker,
    pub permit: Permit,
    /// Days that rotted and weren't put in place since.
    pub rotten: std::collections::BTreeSet<i32>,
}

impl World {
    pub fn new(seed: u64, smaller: &Smaller, skips_beats: bool, trace: Trace) -> Self {
        let mut rng = Rng::with_seed(seed);
        let faults = smaller.of(Faults::draw(&mut rng));
        let mut disk = crate::clinic::found(&mut rng);
        disk.newer = faults.newer;
        let mut world = Self {
            now_ms: 0,
            rng,
            faults,
            line: Line::default(),
            desk: Desk::new(disk, 0),
            companion: None,
            old: None,
            is_old: false,
            centre: centre::Disk { granted: Grant::FIRST, ..centre::Disk::default() },
            centre_clock_off_ms: 0,
            centre_backups: Vec::new(),
            hears_foreign: false,
            coming_back: 0,
            workers: vec![Worker::default(), Worker::default()],
            judge: Judge::default(),
            goals: Goals::default(),
            trace,
            healing: false,
            window: crate::clinic::window(BEGIN_MS),
            next_number: 0,
            skips_beats,
            agenda: Agenda::default(),
            limit_seen: None,
            spins: 0,
            proposals: 0,
            settled: false,
            touched: std::collections::BTreeSet::new(),
            mailer_due: false,
            lease_watched: false,
            breaker: Breaker::default(),
            permit: Permit::Go { era: 0 },
            rotten: std::collections::BTreeSet::new(),
        };
        world.begin();
        world
    }

    fn begin(&mut self) {
        self.after(1, Happening::StartDesk);
        self.after(2, Happening::StartWorker(0));
        self.after(1_000, Happening::Staff);
        self.after(30_000, Happening::Patient);
        self.after(60_000, Happening::Sweep);
        self.after(6 * 3_600_000, Happening::Backup);
        self.after(crate::clinic::to_midnight_ms(BEGIN_MS), Happening::Midnight);
        self.after(self.faulty_ms(), Happening::PhaseTwo);
        if self.faults.companion {
            self.companion = Some(Companion::fresh());
            // It joins a clinic at work: much was answered by then.
            self.some_time(4 * 3_600_000, Happening::StartCompanion);
            self.after(600_000, Happening::CompanionStaff);
            self.some_time(8 * 3_600_000, Happening::CompanionDown);
        }
        for (mean, what) in [
            (self.faults.cut_ms, Happening::Cut),
            (self.faults.broker_ms, Happening::Broker),
            (self.faults.desk_ms, Happening::DeskDown),
            (self.faults.worker_ms, Happening::WorkerDown),
            (self.faults.restore_ms, Happening::Restore),
            (self.faults.rot_ms, Happening::Rot),
            (self.faults.clock_ms, Happening::Clock),
            (self.faults.settings_ms, Happening::Settings),
            (self.faults.bulk_ms, Happening::Bulk),
            (self.faults.centre_ms, Happening::RestoreCentre),
            (self.faults.copy_ms, Happening::Copied),
            (self.faults.takeover_ms.filter(|_| self.faults.companion), Happening::TakeOver),
        ] {
            if let Some(mean) = mean {
                self.some_time(mean, what);
            }
        }
    }

    /// How long faults go on.
    pub fn faulty_ms(&self) -> u64 {
        self.faults.hours * 3_600_000
    }

    /// Something happens around `mean_ms` from now.
    pub fn some_time(&mut self, mean_ms: u64, what: Happening) {
        let later = self.rng.u64(mean_ms / 10..mean_ms * 2);
        self.after(later, what);
    }

    pub fn after(&mut self, later_ms: u64, what: Happening) {
        let own = matches!(what, Happening::StartDesk | Happening::Connect | Happening::Burst(_) | Happening::Synced);
        let what = if self.is_old && own { Happening::Old(Box::new(what)) } else { what };
        self.agenda.add(self.now_ms + later_ms, what);
    }

    /// A fresh number.
    pub fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }

    /// The desk's clocks.
    pub fn desk_now(&self) -> Now {
        Now { steady_ms: self.now_ms, wall_ms: self.wall_ms() + self.desk.clock_off_ms }
    }

    /// Central's clocks.
    pub fn centre_now(&self) -> Now {
        Now { steady_ms: self.now_ms, wall_ms: self.wall_ms() + self.centre_clock_off_ms }
    }

    pub fn wall_ms(&self) -> i64 {
        BEGIN_MS + i64::try_from(self.now_ms).unwrap_or(i64::MAX)
    }

    /// Runs until the end, or until something is wrong.
    pub fn run(&mut self) {
        while !self.trace.is_over() && self.judge.violation().is_none() {
            if self.trace.events() > FLOOD {
                let state = format!("{:?} {:?}", self.desk.hub, self.workers);
                self.judge.broken("floods", || state);
            }
            let next = self.agenda.next_at();
            let wake = self.wake_at();
            match (next, wake) {
                (Some(next), Some(wake)) if wake < next => {
                    if self.skips_beats && self.pass_beats(next) {
                        continue;
                    }
                    if wake > self.now_ms {
                        self.spins = 0;
                    }
                    self.spins += 1;
                    if self.spins > SPINS {
                        let state = format!("{:?} {:?}", self.desk.hub, self.workers);
                        self.judge.broken("spins", || state);
                    }
                    self.now_ms = wake.max(self.now_ms);
                    self.tick();
                }
                (Some(_), _) => {
                    let Some((at_ms, what)) = self.agenda.take() else { break };
                    self.now_ms = at_ms.max(self.now_ms);
                    self.happen(what);
                }
                (None, _) => break,
            }
        }
    }

    /// When the first of the machines wants to be woken. Asked for before everything that happens.
    fn wake_at(&self) -> Option<u64> {
        let hub = self.desk.hub.as_ref().and_then(Hub::wake_at);
        let old = || self.old.as_ref().and_then(|old| old.hub.as_ref()?.wake_at());
        let companion = || self.companion.as_ref().and_then(|companion| companion.mirror.as_ref()?.wake_at());
        let first = sooner(hub, sooner(self.mirrors_wake_at(), self.limit_at()));
        sooner(first, sooner(old(), companion()))
    }

    /// When the first of central's processes wants to be woken; one that sleeps, not before it wakes.
    pub fn mirrors_wake_at(&self) -> Option<u64> {
        let wakes = |worker: &Worker| Some(worker.mirror.as_ref()?.wake_at()?.max(worker.paused_until_ms));
        self.workers.iter().fold(None, |first, worker| sooner(first, wakes(worker)))
    }

    /// When the next limit of a pending proposal is reached, unless the desk was
    /// woken for it; once more where its clock was set back since.
    pub fn limit_at(&self) -> Option<u64> {
        let limit_ms = self.desk.hub.as_ref()?.next_limit_ms()?;
        let ahead_ms = limit_ms - self.desk_now().wall_ms;
        let is_news = ahead_ms > 0 || self.limit_seen != Some(limit_ms);
        is_news.then_some(self.now_ms + u64::try_from(ahead_ms).unwrap_or(0))
    }

    fn tick_desk(&mut self) {
        let desk_now = self.desk_now();
        let due = |hub: &&mut Hub| {
            let limit = hub.next_limit_ms().is_some_and(|limit| limit <= desk_now.wall_ms);
            limit || hub.wake_at().is_some_and(|at| at <= desk_now.steady_ms)
        };
        let limit = self.desk.hub.as_ref().and_then(Hub::next_limit_ms).filter(|limit| *limit <= desk_now.wall_ms);
        if !self.is_old && limit.is_some() {
            self.limit_seen = limit;
        }
        if let Some(hub) = self.desk.hub.as_mut().filter(due) {
            hub.handle(desk_now, hub::Input::Tick);
            self.pump_hub();
        }
    }

    fn tick(&mut self) {
        let centre_now = self.centre_now();
        self.tick_desk();
        self.as_old(Self::tick_desk);
        self.tick_companion();
        for at in 0..self.workers.len() {
            let worker = &mut self.workers[at];
            if worker.paused_until_ms > centre_now.steady_ms {
                continue;
            }
            let due = |mirror: &&mut Mirror| mirror.wake_at().is_some_and(|at| at <= centre_now.steady_ms);
            if let Some(mirror) = worker.mirror.as_mut().filter(due) {
                mirror.handle(centre_now, mirror::Input::Tick);
                self.pump_mirror(at);
            }
        }
    }
}

/// The first of two moments, where there are any.
fn sooner(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
