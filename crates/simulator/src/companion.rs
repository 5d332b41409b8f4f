//! The clinic's other desktop: it follows the hub over the clinic's own
//! network, and what is done at it is proposed to the hub as edits.

use std::collections::BTreeMap;

use chairside_sync::body::{AppointmentRow, Id};
use chairside_sync::booking::Event;
use chairside_sync::hub::{Input, LinkId};
use chairside_sync::mirror::{self, Mirror};
use chairside_sync::proposal::{Edit, Proposal};
use chairside_sync::{NodeId, ProposalId, Wish};

use crate::centre::{self, Effects};
use crate::clinic::{PRACTITIONERS, SLOTS, clinic_id, slot_s, utc_s, visit as new_visit};
use crate::desk::{DayMap, Row};
use crate::id::{Of, id, uuid};
use crate::process::{is_beat, makes_mark};
use crate::world::{BEAT_TAKES_MS, Happening, World};

/// The link inside the clinic.
pub const COMPANION: LinkId = LinkId(1);

/// Somebody does something at it about this often.
const STAFF_MS: u64 = 1_800_000;

/// Another desktop and its disk.
#[derive(Debug)]
pub struct Companion {
    pub node: NodeId,
    pub disk: centre::Disk,
    pub mirror: Option<Mirror>,
    /// Counts starts, so that what was meant for a dead process is dropped.
    pub life: u64,
    /// The clinic's network reaches it.
    pub connected: bool,
    snapshots: BTreeMap<u64, centre::Snapshot>,
    /// It was granted the clinic, and is about to hear of it.
    pub takes_over: bool,
    /// Rows as they were at the last mark, for the judge.
    pub at_mark: Option<(u64, BTreeMap<i32, DayMap>)>,
}

impl Companion {
    /// A desktop with this disk, not running yet.
    pub fn new(node: NodeId, disk: centre::Disk) -> Self {
        Self {
            node,
            disk,
            mirror: None,
            life: 0,
            connected: true,
            snapshots: BTreeMap::new(),
            takes_over: false,
            at_mark: None,
        }
    }

    /// A new one with nothing on its disk.
    pub fn fresh() -> Self {
        let disk = centre::Disk { token: 1, inside: Some(centre::Inside::default()), ..centre::Disk::default() };
        Self::new(NodeId(uuid(id(Of::Node, 2))), disk)
    }
}

impl World {
    pub fn start_companion(&mut self) {
        let nonces_from = self.rng.u64(..);
        // Who decides it asks the registry when it can.
        let granted = self.centre.granted;
        let now = self.desk_now();
        let stands_by = |companion: &&mut Companion| companion.mirror.is_none() && !companion.takes_over;
        let Some(companion) = self.companion.as_mut().filter(stands_by) else { return };
        companion.life += 1;
        companion.disk.granted = granted;
        let incarnation = id(Of::Life, 3_000_000 + companion.life);
        let mut mirror = Mirror::new(mirror::Start { clinic: clinic_id(), incarnation, token: 1, nonces_from });
        mirror.handle(now, mirror::Input::Started);
        companion.mirror = Some(mirror);
        self.trace.note(self.now_ms, "companion", [1, 0], || "starts".to_owned());
        self.pump_companion();
        self.after(20, Happening::Lan(true));
    }

    fn kill_companion(&mut self) {
        self.lan(false);
        let Some(companion) = &mut self.companion else { return };
        if companion.mirror.take().is_some() {
            companion.life += 1;
            companion.snapshots.clear();
            self.trace.note(self.now_ms, "companion", [0, 0], || "dies".to_owned());
            let later = self.rng.u64(2_000..3_600_000);
            self.after(later, Happening::StartCompanion);
        }
    }

    /// The clinic's network goes down now and then, or the companion does.
    pub fn companion_down(&mut self) {
        self.some_time(8 * 3_600_000, Happening::CompanionDown);
        if self.rng.bool() {
            return self.kill_companion();
        }
        self.lan(false);
        let later = self.rng.u64(1_000..2 * 3_600_000);
        self.after(later, Happening::Lan(true));
    }

    /// The clinic's network comes or goes; both desktops notice at once.
    pub fn lan(&mut self, up: bool) {
        let now = self.desk_now();
        let Some(companion) = &mut self.companion else { return };
        let up = up && companion.mirror.is_some() && self.desk.hub.is_some();
        companion.connected = up;
        if !up && let Some(mirror) = &mut companion.mirror {
            mirror.handle(now, mirror::Input::Disconnected);
        }
        if let Some(hub) = &mut self.desk.hub {
            hub.handle(now, if up { Input::Connected(COMPANION) } else { Input::Disconnected(COMPANION) });
        }
        self.trace.note(self.now_ms, "lan", [u64::from(up), 0], || format!("up: {up}"));
        self.pump_companion();
        self.pump_hub();
    }

    /// Puts a message on the clinic's network.
    pub fn carry_lan(&mut self, what: Happening, beat: bool) {
        if beat {
            return self.after(BEAT_TAKES_MS, what);
        }
        if !self.healing && self.rng.f64() < self.faults.drop {
            return;
        }
        if !self.healing && self.rng.f64() < self.faults.double {
            let later = self.rng.u64(1..20);
            self.after(later, what.clone());
        }
        let later = self.rng.u64(1..5);
        self.after(later, what);
    }

    pub fn hub_hears_companion(&mut self, bytes: Vec<u8>) {
        let now = self.desk_now();
        let reached = self.companion.as_ref().is_some_and(|companion| companion.connected);
        if let Some(hub) = self.desk.hub.as_mut().filter(|_| reached) {
            hub.handle(now, Input::Received(COMPANION, bytes));
            self.pump_hub();
        }
    }

    pub fn companion_hears(&mut self, bytes: Vec<u8>) {
        let now = self.desk_now();
        let Some(companion) = self.companion.as_mut().filter(|companion| companion.connected) else { return };
        if let Some(mirror) = &mut companion.mirror {
            mirror.handle(now, mirror::Input::Received(bytes));
            self.pump_companion();
        }
    }

    /// Does what the companion wants done.
    pub fn pump_companion(&mut self) {
        while let Some(output) =
            self.companion.as_mut().and_then(|companion| companion.mirror.as_mut()).and_then(Mirror::poll)
        {
            match output {
                mirror::Output::Send(bytes) => {
                    let beat = is_beat(&bytes);
                    if !beat {
                        self.trace.note(self.now_ms, "comp. says", [crate::process::sum(&bytes), 0], || {
                            crate::process::said(&bytes)
                        });
                    }
                    self.carry_lan(Happening::ToHubLan(bytes), beat);
                }
                mirror::Output::Ask(id, ask) => {
                    let later = self.rng.u64(1..6);
                    let life = self.companion.as_ref().map_or(0, |companion| companion.life);
                    self.after(later, Happening::CompanionAsk { life, id, ask: Box::new(ask) });
                }
                mirror::Output::Event(event) => {
                    self.trace.note(self.now_ms, "companion", [2, 0], || format!("{event:?}"));
                }
            }
        }
    }

    /// The companion's store does what was asked, and tells.
    pub fn companion_ask(&mut self, life: u64, id: mirror::AskId, ask: mirror::Ask) {
        let now = self.desk_now();
        let Some(companion) = self.companion.as_mut().filter(|companion| companion.life == life) else { return };
        let replaces = match &ask {
            mirror::Ask::Replace { mark, day: Some(day), .. } => Some((*mark, *day)),
            _ => None,
        };
        let marks = makes_mark(&ask);
        let mut effects = Effects::default();
        let told = match ask {
            mirror::Ask::Digest(mark, window) => {
                let snapshot = companion.snapshots.remove(&mark);
                let last = companion.disk.at.is_some_and(|at| at.seq == mark).then(|| companion.disk.snapshot());
                if let (None, Some(last)) = (&snapshot, &last) {
                    companion.at_mark = Some((mark, last.days.clone()));
                }
                let digests = snapshot
                    .or(last)
                    .map(|snapshot| crate::desk::digests(&snapshot.days, snapshot.settings.as_ref(), window));
                mirror::Told::Digested(digests)
            }
            _ => companion.disk.answer(1, ask, &mut effects),
        };
        if let Some((mark, day)) = replaces
            && let Some((_, rows)) = companion.at_mark.as_mut().filter(|(at_mark, _)| *at_mark == mark)
        {
            rows.remove(&day);
        }
        if let (true, Some(place)) = (marks, companion.disk.at) {
            let snapshot = companion.disk.snapshot();
            companion.at_mark = Some((place.seq, snapshot.days.clone()));
            companion.snapshots = [(place.seq, snapshot)].into();
        }
        if let Some(mirror) = &mut companion.mirror {
            mirror.handle(now, mirror::Input::Told(id, Box::new(told)));
        }
        self.pump_companion();
    }

    /// Somebody does something at the companion.
    pub fn companion_staff(&mut self) {
        let pace = if self.is_open_now() { STAFF_MS } else { STAFF_MS * 8 };
        let later = self.rng.u64(pace / 4..pace * 2);
        if !self.healing {
            self.after(later, Happening::CompanionStaff);
        }
        let Some(companion) = self.companion.as_ref().filter(|companion| companion.mirror.is_some()) else { return };
        let known: Vec<Row> = companion
            .disk
            .days
            .values()
            .flat_map(|rows| rows.values())
            .filter(|row| row.status == "booked" && !waits(&companion.disk, row.id))
            .cloned()
            .collect();
        let what = self.rng.u8(0..4);
        let edit = if what == 0 || known.is_empty() {
            let (day, number) = (self.some_day(), self.number());
            let slot = self.rng.i64(0..SLOTS);
            let row = new_visit(number, self.rng.u64(0..PRACTITIONERS), slot_s(day, slot), number);
            Edit { before: None, after: row }
        } else {
            let row = AppointmentRow::clone(&known[self.rng.usize(0..known.len())]);
            let after = AppointmentRow { version: row.version + 1, ..row.clone() };
            let after = match what {
                1 => {
                    let local_s = slot_s(row.day, self.rng.i64(0..SLOTS));
                    AppointmentRow { local_s, start_s: utc_s(local_s), end_s: utc_s(local_s) + 1_800, ..after }
                }
                2 => AppointmentRow { practitioner: id(Of::Practitioner, self.rng.u64(0..PRACTITIONERS)), ..after },
                _ => AppointmentRow { status: "arrived".to_owned(), ..after },
            };
            Edit { before: Some(row), after }
        };
        let number = self.number();
        self.proposals += 1;
        let proposal = Proposal {
            id: ProposalId(id(Of::Proposal, number)),
            appointment: edit.after.id,
            after: None,
            wish: Wish::Edit(Box::new(edit)),
            urgent: false,
            sealed: None,
            asked_ms: None,
        };
        self.trace.note(self.now_ms, "companion", [3, number], || format!("{number:x} {:?}", proposal.wish));
        let now = self.desk_now();
        let Some(companion) = &mut self.companion else { return };
        let edited = proposal.id.0;
        companion.disk.take_down(proposal, i64::MAX);
        companion.disk.step(edited, Event::Screened, &mut Effects::default());
        if let Some(mirror) = &mut companion.mirror {
            mirror.handle(now, mirror::Input::Nudge);
        }
        self.pump_companion();
    }

    /// Wakes the companion, if it is time.
    pub fn tick_companion(&mut self) {
        let now = self.desk_now();
        let mirror = self.companion.as_mut().and_then(|companion| companion.mirror.as_mut());
        if let Some(mirror) = mirror.filter(|mirror| mirror.wake_at().is_some_and(|at| at <= now.steady_ms)) {
            mirror.handle(now, mirror::Input::Tick);
            self.pump_companion();
        }
    }
}

/// An edit of this visit hasn't been decided yet.
fn waits(disk: &centre::Disk, visit: Id) -> bool {
    disk.open_requests().any(|request| request.proposal.appointment == visit)
}
