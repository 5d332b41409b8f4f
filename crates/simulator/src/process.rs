//! The processes of a run: what they ask is done, what they send is carried,
//! and between any two effects they may die.

use std::collections::BTreeMap;

use chairside_sync::body::{AppointmentRow, Id};
use chairside_sync::breaker::Outcome;
use chairside_sync::hub::{self, Hub, Input, Output, Told};
use chairside_sync::mirror::{self, Mirror};
use chairside_sync::mutant::{self, Mutant};
use chairside_sync::wire::{self, Envelope};
use chairside_sync::{Incarnation, Public};

use crate::centre::Effects;
use crate::check::{Key, Mailed, Slot, Visit};
use crate::clinic::clinic_id;
use crate::desk::{DayMap, day_rows};
use crate::id::{Of, id, uuid};
use crate::world::{CENTRAL, Happening, World};

/// No beat of this version is longer, in bytes.
const BEAT_BYTES: usize = 80;

/// A mark's snapshot is kept this long, in milliseconds.
const SNAPSHOT_MS: u64 = 60_000;

impl World {
    /// Starts the desk's application, if it isn't running.
    pub fn start_desk(&mut self) {
        if self.desk.hub.is_some() {
            return;
        }
        let disk = &self.desk.disk;
        let start = hub::Start {
            clinic: clinic_id(),
            node: Id::from(*disk.node.0.as_bytes()),
            tip: disk.tip,
            born: disk.born,
            window: self.window,
            sessions_from: self.rng.u64(..),
            ask_staff: self.faults.ask_staff,
        };
        self.desk.life += 1;
        self.desk.hub = Some(Hub::new(start));
        self.trace.note(self.now_ms, "desk", [self.desk.life, 0], || "starts".to_owned());
        self.after(5, Happening::Connect);
    }

    /// The desk's application ends at once: its disk stays, nothing else.
    pub fn kill_desk(&mut self) {
        if self.desk.hub.take().is_some() {
            self.desk.life += 1;
            self.desk.snapshots.clear();
            self.desk.disk.second.clear();
            if let Some(committed) = self.desk.unsynced.take() {
                self.desk.disk = *committed;
            }
            self.desk.connected = false;
            self.trace.note(self.now_ms, "desk", [self.desk.life, 1], || "dies".to_owned());
            let later = self.rng.u64(2_000..120_000);
            self.after(later, Happening::StartDesk);
            if self.is_old {
                return;
            }
            self.lan(false);
            if self.rng.bool() {
                self.last_will();
            }
        }
    }

    /// What the broker says for a desk that is gone.
    pub fn last_will(&mut self) {
        let now = self.centre_now();
        for at in 0..self.workers.len() {
            if let Some(mirror) = &mut self.workers[at].mirror {
                mirror.handle(now, mirror::Input::Disconnected);
                self.pump_mirror(at);
            }
        }
    }

    /// Starts a worker; it takes the clinic over.
    pub fn start_worker(&mut self, at: usize) {
        if self.workers[at].mirror.is_some() {
            return;
        }
        self.centre.token += 1;
        let worker = &mut self.workers[at];
        worker.life += 1;
        worker.token = self.centre.token;
        let start = mirror::Start {
            clinic: clinic_id(),
            incarnation: id(Of::Life, self.centre.incarnation),
            token: worker.token,
            nonces_from: self.rng.u64(..),
        };
        let mut mirror = Mirror::new(start);
        mirror.handle(self.centre_now(), mirror::Input::Started);
        self.workers[at].mirror = Some(mirror);
        self.trace.note(self.now_ms, "worker", [at as u64, self.centre.token], || format!("{at} takes over"));
        self.pump_mirror(at);
    }

    pub fn kill_worker(&mut self, at: usize) {
        let worker = &mut self.workers[at];
        if worker.mirror.take().is_some() {
            worker.life += 1;
            worker.snapshots.clear();
            self.trace.note(self.now_ms, "worker", [at as u64, 0], || format!("{at} dies"));
            let later = self.rng.u64(2_000..60_000);
            self.after(later, Happening::StartWorker(at));
            self.watch_lease();
        }
    }

    pub fn dies(&mut self) -> bool {
        self.faults.crash > 0.0 && !self.healing && self.rng.f64() < self.faults.crash
    }

    /// Does what the hub wants done.
    pub fn pump_hub(&mut self) {
        while let Some(output) = self.desk.hub.as_mut().and_then(Hub::poll) {
            let beat = matches!(&output, Output::Send(_, bytes) if is_beat(bytes));
            if !beat && self.dies() {
                self.goals.crash_in_apply = true;
                return self.kill_desk();
            }
            match output {
                Output::Send(link, bytes) => {
                    if !beat {
                        self.trace.note(self.now_ms, "hub says", [sum(&bytes), 0], || said(&bytes));
                    }
                    let bytes = if self.faults.newer && !beat { crate::newer::said(bytes) } else { bytes };
                    if link == CENTRAL {
                        self.carry(Happening::ToMirrors(bytes), beat);
                    } else {
                        self.carry_lan(Happening::ToCompanion(bytes), beat);
                    }
                }
                // For whoever keeps a log within bounds; this disk keeps all of it.
                Output::Ask(_, hub::Ask::Acknowledged(..)) => {}
                Output::Ask(id, ask) => {
                    let later = match &ask {
                        hub::Ask::Digest(..) => self.rng.u64(5..200),
                        _ => self.rng.u64(1..6),
                    };
                    let life = self.desk.life;
                    self.after(later, Happening::HubAsk { life, id, ask: Box::new(ask) });
                }
                Output::Event(link, event) => self.note_hub_event(link, &event),
            }
        }
    }

    fn note_hub_event(&mut self, link: hub::LinkId, event: &hub::Event) {
        self.trace.note(self.now_ms, "hub", [link.0.into(), 0], || format!("{event:?}"));
        if link != CENTRAL {
            return;
        }
        match event {
            // Whoever sits there sees that the other one is used, and says so.
            hub::Event::AnotherHub(_) if self.is_old && self.healing => self.after(1_000, Happening::OldFollows),
            hub::Event::Superseded(_) if self.is_old => self.after(1_000, Happening::OldFollows),
            hub::Event::ClocksApart(_) => self.goals.clocks_apart = true,
            hub::Event::Disputed(_) => self.goals.disputed = true,
            hub::Event::TookBack(_) => self.goals.tail_taken_back = true,
            hub::Event::Opened(days) => {
                let session = self.desk.hub.as_ref().and_then(|hub| hub.session_number(CENTRAL));
                self.judge.days_verified(session.unwrap_or(0), days.iter().copied());
            }
            _ => {}
        }
    }

    /// Does what a worker wants done.
    pub fn pump_mirror(&mut self, at: usize) {
        while let Some(output) = self.workers[at].mirror.as_mut().and_then(Mirror::poll) {
            let beat = matches!(&output, mirror::Output::Send(bytes) if is_beat(bytes));
            if !beat && self.dies() {
                self.goals.crash_in_apply = true;
                return self.kill_worker(at);
            }
            match output {
                mirror::Output::Send(bytes) => {
                    if !beat {
                        let told = || format!("{at}: {}", said(&bytes));
                        self.trace.note(self.now_ms, "mirror says", [sum(&bytes), 0], told);
                    }
                    self.carry(Happening::ToHub(bytes), beat);
                }
                mirror::Output::Ask(id, ask) => {
                    if self.hears_foreign && writes(&ask) {
                        self.judge.broken("only_this_session", || format!("{ask:?}"));
                    }
                    let later = match &ask {
                        mirror::Ask::Digest(..) => self.rng.u64(5..200),
                        _ => self.rng.u64(1..6),
                    };
                    let life = self.workers[at].life;
                    let session = self.workers[at].mirror.as_ref().and_then(Mirror::session_number);
                    self.after(later, Happening::MirrorAsk { worker: at, life, session, id, ask: Box::new(ask) });
                }
                mirror::Output::Event(event) => {
                    match &event {
                        mirror::Event::Answered(_) => self.tell_breaker_later(Outcome::Answered),
                        mirror::Event::Unanswered(_) => self.tell_breaker_later(Outcome::Failed),
                        _ => {}
                    }
                    if event == mirror::Event::NotOwner {
                        self.goals.fenced = true;
                        self.kill_worker(at);
                    }
                    self.trace.note(self.now_ms, "central", [at as u64, 0], || format!("{event:?}"));
                }
            }
        }
    }

    /// The breaker is told once the machine is done talking.
    fn tell_breaker_later(&mut self, outcome: Outcome) {
        self.after(0, Happening::Called(outcome));
    }

    /// The desk's store does what was asked, and tells.
    pub fn hub_ask(&mut self, life: u64, id: hub::AskId, ask: &hub::Ask) {
        if life != self.desk.life || self.desk.hub.is_none() {
            return;
        }
        let told = self.hub_store(ask);
        if let (hub::Ask::Receive(propose), Told::Received(hub::Receipt::Noted)) = (ask, &told)
            && self.is_official()
        {
            self.judge.at_hub(key(propose.id.0));
        }
        if self.dies() {
            self.goals.crash_in_apply = true;
            return self.kill_desk();
        }
        let now = self.desk_now();
        if let Some(hub) = &mut self.desk.hub {
            hub.handle(now, Input::Told(id, Box::new(told)));
        }
        self.pump_hub();
    }

    fn hub_store(&mut self, ask: &hub::Ask) -> Told {
        let wall_ms = self.desk_now().wall_ms;
        self.desk.snapshots.retain(|_, snapshot| self.now_ms < snapshot.taken_ms + SNAPSHOT_MS);
        match ask {
            hub::Ask::Digest(mark, window) => {
                let Some(snapshot) = self.desk.snapshots.get(mark) else { return Told::Digested(None) };
                let snapshot = snapshot.clone();
                return Told::Digested(Some(self.desk.disk.digests(&snapshot, *window)));
            }
            hub::Ask::Day(mark, day) => {
                let Some(snapshot) = self.desk.snapshots.get(mark) else { return Told::Day(None) };
                if let Some(day) = day {
                    let of = |days| slots_of(days, *day).collect::<Vec<_>>();
                    let companion = self.companion.iter().map(|companion| &companion.at_mark);
                    let mirrors = self.workers.iter().map(|worker| &worker.at_mark).chain(companion);
                    let mirrors = mirrors.flatten().filter(|(at_mark, _)| at_mark == mark);
                    let mirrors: Vec<_> = mirrors.map(|(_, days)| of(days)).collect();
                    // Which of the two mirrors it is for nobody says; both have to be known.
                    if mirrors.len() > usize::from(self.companion.is_some()) {
                        self.judge.day_resent(*day, &of(&snapshot.days), &mirrors);
                    }
                }
                let settings =
                    snapshot.settings.as_ref().filter(|_| day.is_none()).map(|settings| settings.row().clone());
                let rows = day.map(|day| day_rows(snapshot, day)).unwrap_or_default();
                return Told::Day(Some(Box::new((rows, settings))));
            }
            _ => {}
        }
        let from = self.desk.disk.log.len();
        let gate = match ask {
            hub::Ask::Decide { gate, .. } => Some(gate.clone()),
            _ => None,
        };
        let fresh = if matches!(ask, hub::Ask::Birth(_)) {
            self.goals.birth_by_proof = true;
            self.number()
        } else {
            0
        };
        let publishes_early = mutant::on(Mutant::PublishBeforeCommit) && matches!(ask, hub::Ask::Decide { .. });
        if publishes_early && self.desk.unsynced.is_none() {
            self.desk.unsynced = Some(Box::new(self.desk.disk.clone()));
            self.after(40, Happening::Synced);
        }
        let told = self.desk.disk.answer(ask, wall_ms, Incarnation(uuid(id(Of::Life, 1_000_000 + fresh))));
        if let Told::Marked { mark, .. } = &told {
            let snapshot = self.desk.disk.open_snapshot(self.now_ms);
            self.desk.snapshots.insert(*mark, snapshot);
        }
        self.committed_at_hub(from, gate.as_ref());
        told
    }

    /// Central's store does what a worker asked, and tells.
    pub fn mirror_ask(&mut self, at: usize, life: u64, session: Option<u64>, id: mirror::AskId, ask: Box<mirror::Ask>) {
        if life != self.workers[at].life || self.workers[at].mirror.is_none() {
            return;
        }
        if self.workers[at].paused_until_ms > self.now_ms {
            let later = self.workers[at].paused_until_ms - self.now_ms;
            return self.after(later, Happening::MirrorAsk { worker: at, life, session, id, ask });
        }
        let told = self.mirror_store(at, session, *ask);
        if self.dies() {
            self.goals.crash_in_apply = true;
            return self.kill_worker(at);
        }
        let now = self.centre_now();
        if let Some(mirror) = &mut self.workers[at].mirror {
            mirror.handle(now, mirror::Input::Told(id, Box::new(told)));
        }
        self.pump_mirror(at);
        self.compare_days();
    }

    fn mirror_store(&mut self, at: usize, session: Option<u64>, ask: mirror::Ask) -> mirror::Told {
        if let mirror::Ask::Digest(mark, window) = &ask {
            let snapshot = self.workers[at].snapshots.remove(mark);
            // Behind the last entry, the rows themselves are the snapshot.
            let last = self.centre.at.is_some_and(|at| at.seq == *mark).then(|| self.centre.snapshot());
            if let (None, Some(last)) = (&snapshot, &last) {
                self.workers[at].at_mark = Some((*mark, last.days.clone()));
            }
            let digests = snapshot
                .or(last)
                .map(|snapshot| crate::desk::digests(&snapshot.days, snapshot.settings.as_ref(), *window));
            return mirror::Told::Digested(digests);
        }
        if mutant::on(Mutant::MailBeforeCommit) {
            self.mail_early(&ask);
        }
        let replaces = match &ask {
            mirror::Ask::Replace { mark, day: Some(day), .. } => Some((*mark, *day)),
            _ => None,
        };
        let marks = makes_mark(&ask);
        let mut effects = Effects::default();
        let told = self.centre.answer(self.workers[at].token, ask, &mut effects);
        if self.workers[at].token != self.centre.token && !matches!(told, mirror::Told::NotOwner) {
            self.judge.fenced_owner_served();
        }
        if let Some((mark, day)) = replaces
            && let Some((at_mark, rows)) = &mut self.workers[at].at_mark
            && *at_mark == mark
        {
            // Put in place: what it was at the mark no longer counts.
            rows.remove(&day);
        }
        if let (true, Some(place)) = (marks, self.centre.at) {
            let snapshot = self.centre.snapshot();
            self.workers[at].at_mark = Some((place.seq, snapshot.days.clone()));
            self.workers[at].snapshots = [(place.seq, snapshot)].into();
        }
        self.effects(session, &effects);
        told
    }

    /// Broken on purpose: the mail leaves before what it speaks of is kept.
    fn mail_early(&mut self, ask: &mirror::Ask) {
        let mirror::Ask::Apply { followed, .. } = ask else { return };
        for next in &followed.entries {
            let Some(Public::Verdict(verdict)) = &next.public else { continue };
            let waits = self.centre.requests.get(&verdict.proposal).is_some_and(|request| !request.state.is_end());
            if verdict.accepted && waits {
                self.mailed(&verdict.proposal, chairside_sync::booking::State::Confirmed);
            }
        }
    }
}

/// Whether a message leads to this by itself, and it changes what central keeps.
fn writes(ask: &mirror::Ask) -> bool {
    use mirror::Ask;
    matches!(
        ask,
        Ask::Apply { .. }
            | Ask::Begin(..)
            | Ask::Replace { .. }
            | Ask::Verdict { .. }
            | Ask::OlderVerdicts { .. }
            | Ask::Quarantine(..)
            | Ask::SurplusKept(_)
    )
}

/// Whether a mirror stands at a mark once this is done.
pub fn makes_mark(ask: &mirror::Ask) -> bool {
    match ask {
        mirror::Ask::Apply { followed, .. } => followed.mark.is_some(),
        mirror::Ask::Begin(..) => true,
        _ => false,
    }
}

/// What a patient is mailed of a state.
pub fn mail_of(state: chairside_sync::booking::State) -> Option<Mailed> {
    use chairside_sync::booking::State;
    match state {
        State::Confirmed => Some(Mailed::Confirmed),
        State::Rejected => Some(Mailed::Rejected),
        State::Withdrawn => Some(Mailed::Withdrawn),
        State::Expired => Some(Mailed::Expired),
        State::Refused => Some(Mailed::Refused),
        State::Requested | State::Held | State::Sent => None,
    }
}

/// Whether a machine here says a beat; most messages are too long for one.
pub fn is_beat(bytes: &[u8]) -> bool {
    bytes.len() <= BEAT_BYTES && wire::is_beat(bytes)
}

/// A message for people who read a trace.
pub fn said(bytes: &[u8]) -> String {
    match Envelope::from_bytes(bytes, clinic_id()) {
        Ok(envelope) => format!("{:?}", envelope.message),
        Err(unreadable) => format!("{unreadable}"),
    }
}

/// Tells messages apart in a trace. Sessions are left out: they are as random as they look.
pub fn sum(bytes: &[u8]) -> u64 {
    let content = bytes.get(40..).unwrap_or_default();
    let mix = |sum: u64, word: u64| (sum ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    let (words, rest) = content.as_chunks::<8>();
    let sum = words.iter().fold(bytes.len() as u64, |sum, word| mix(sum, u64::from_le_bytes(*word)));
    rest.iter().fold(sum, |sum, byte| mix(sum, u64::from(*byte)))
}

/// An id as the checkers know it.
pub fn key(id: Id) -> Key {
    u128::from_be_bytes(*id)
}

pub fn short_key(id: Id) -> u64 {
    crate::id::number(id)
}

/// A visit as the checkers see it.
pub fn visit(row: &AppointmentRow) -> Visit {
    Visit {
        id: key(row.id),
        version: row.version,
        practitioner: key(row.practitioner),
        from_s: row.start_s,
        to_s: row.end_s,
        occupies: !matches!(row.status.as_str(), "cancelled" | "noshow" | "entered-in-error" | "proposed" | "waitlist"),
    }
}

pub fn slot(row: &AppointmentRow) -> Slot<'_> {
    Slot {
        id: key(row.id),
        version: row.version,
        practitioner: key(row.practitioner),
        kind: key(row.kind),
        patient: key(row.patient),
        status: &row.status,
        from_s: row.start_s,
        to_s: row.end_s,
    }
}

/// The visits of a day as the checkers see them.
pub fn slots_of(days: &BTreeMap<i32, DayMap>, day: i32) -> impl Iterator<Item = Slot<'_>> + Clone {
    days.get(&day).into_iter().flat_map(|rows| rows.values().map(|row| slot(row)))
}

/// The link everything goes over so far.
pub const LINK: hub::LinkId = CENTRAL;
