//! What staff and patients do.

use std::rc::Rc;

use chairside_schedule::id::PractitionerId;
use chairside_schedule::time::{Instant, Interval};
use chairside_sync::body::{AppointmentRow, Day};
use chairside_sync::booking::{Event, State};
use chairside_sync::breaker::{Change, Outcome, Permit};
use chairside_sync::holds::{self, VisitorId};
use chairside_sync::hub::Input;
use chairside_sync::mirror;
use chairside_sync::mutant::{self, Mutant};
use chairside_sync::proposal::{Move, Place, Proposal};
use chairside_sync::{ProposalId, Wish};

use crate::centre::Effects;
use crate::clinic::{PRACTITIONERS, SLOTS, is_workday, slot_s, today, utc_s, visit as new_visit};
use crate::id::{Of, id, uuid};
use crate::process::{key, visit};
use crate::world::{Happening, World};

/// Staff do something every few minutes while the clinic is open.
const STAFF_MS: u64 = 540_000;

/// A patient asks for something about this often, at any hour.
const PATIENT_MS: u64 = 1_240_000;

impl World {
    pub fn is_open_now(&self) -> bool {
        let hour = (self.wall_ms() / 3_600_000 + 1) % 24;
        (7..18).contains(&hour)
    }

    /// Somebody at the desk does something.
    pub fn staff(&mut self) {
        let pace = if self.is_open_now() { STAFF_MS } else { STAFF_MS * 12 };
        let pace = pace * 100 / self.faults.staff_percent;
        let later = self.rng.u64(pace / 4..pace * 2);
        if !self.settled {
            self.after(later, Happening::Staff);
        }
        self.staff_works();
    }

    /// Somebody at the desk does one thing.
    pub fn staff_works(&mut self) {
        // The desk books into the same store that its application keeps open.
        if self.desk.hub.is_none() {
            return;
        }
        let from = self.desk.disk.log.len();
        let urgent = self.healing && !self.desk.disk.pending().is_empty() && self.rng.bool();
        match self.rng.u8(0..10) {
            _ if urgent => self.staff_decides(),
            0..=4 => self.staff_books(),
            5 => self.staff_changes(|row, world| {
                let slot = world.rng.i64(0..SLOTS);
                let local_s = slot_s(row.day, slot);
                AppointmentRow { local_s, start_s: utc_s(local_s), end_s: utc_s(local_s) + 1_800, ..row }
            }),
            6 => self.staff_changes(|row, _| AppointmentRow { status: "cancelled".to_owned(), ..row }),
            7 => self.staff_changes(|row, _| AppointmentRow { status: "arrived".to_owned(), ..row }),
            _ => self.staff_decides(),
        }
        self.committed_at_hub(from, None);
        self.tell_hub_committed(from, None);
    }

    /// Tells the application what the desk committed.
    pub fn tell_hub_committed(&mut self, from: usize, bulk: Option<chairside_sync::body::Window>) {
        if self.desk.disk.log.len() == from {
            return;
        }
        let (now, tip) = (self.desk_now(), self.desk.disk.tip);
        if let Some(hub) = &mut self.desk.hub {
            hub.handle(now, Input::Committed { tip, bulk });
        }
        self.pump_hub();
    }

    fn staff_books(&mut self) {
        let day = self.some_day();
        let number = self.number();
        let practitioner = self.rng.u64(0..PRACTITIONERS);
        let slot = self.rng.i64(0..SLOTS);
        let row = new_visit(number, practitioner, slot_s(day, slot), number);
        let knowingly = self.rng.u8(0..40) == 0;
        self.staff_writes(&row, knowingly);
    }

    fn staff_writes(&mut self, row: &AppointmentRow, knowingly: bool) {
        let wall_ms = self.desk_now().wall_ms;
        if knowingly {
            self.judge.excuse(key(row.id));
        }
        let written = self.desk.disk.staff_write(wall_ms, row.clone(), knowingly);
        self.trace.note(self.now_ms, "staff", [crate::id::number(row.id), row.version.into()], || {
            format!("{written:?} {:x} v{} {} day {}", crate::id::number(row.id), row.version, row.status, row.day)
        });
        if written.is_ok() {
            self.judge.staff_told(&visit(row));
        }
    }

    fn staff_changes(&mut self, change: impl FnOnce(AppointmentRow, &mut Self) -> AppointmentRow) {
        let days: Vec<Day> = self.desk.disk.days.keys().copied().collect();
        if days.is_empty() {
            return;
        }
        let day = days[self.rng.usize(0..days.len())];
        let Some(rows) = self.desk.disk.days.get(&day).map(Rc::clone) else { return };
        let open: Vec<_> = rows.values().filter(|row| row.status == "booked").collect();
        if open.is_empty() {
            return;
        }
        let row = AppointmentRow::clone(open[self.rng.usize(0..open.len())]);
        let version = row.version + 1;
        let changed = AppointmentRow { version, ..change(row, self) };
        self.staff_writes(&changed, false);
    }

    fn staff_decides(&mut self) {
        let pending = self.desk.disk.pending();
        if pending.is_empty() {
            return self.staff_books();
        }
        // Once things have calmed down somebody goes through all of them.
        let at = self.rng.usize(0..pending.len());
        let some = if self.healing { &pending[..] } else { &pending[at..=at] };
        for id in some {
            let accept = self.rng.u8(0..4) > 0;
            let wall_ms = self.desk_now().wall_ms;
            let decided = self.desk.disk.staff_decide(wall_ms, *id, accept);
            if decided.is_none() && self.healing {
                // The place has gone to another meanwhile, and somebody says so.
                self.desk.disk.staff_decide(wall_ms, *id, false);
            }
        }
        let (now, tip) = (self.desk_now(), self.desk.disk.tip);
        if let Some(hub) = &mut self.desk.hub {
            hub.handle(now, Input::Settled(tip));
        }
    }

    pub fn some_day(&mut self) -> Day {
        let today = today(self.wall_ms());
        loop {
            let day = today + self.rng.i32(0..9);
            if is_workday(day) {
                return day;
            }
        }
    }

    /// A patient asks for a visit.
    pub fn patient(&mut self) {
        let pace = PATIENT_MS * 100 / self.faults.patients_percent;
        let later = self.rng.u64(pace / 4..pace * 2);
        if !self.healing {
            self.after(later, Happening::Patient);
        }
        let day = self.some_day();
        let number = self.number();
        let place = Place {
            practitioner: id(Of::Practitioner, self.rng.u64(0..PRACTITIONERS)),
            kind: id(Of::Kind, 1),
            patient: id(Of::Patient, number),
            local_s: slot_s(day, self.rng.i64(0..SLOTS)),
            minutes: 30,
        };
        if utc_s(place.local_s) * 1_000 <= self.centre_now().wall_ms {
            return;
        }
        let proposal = Proposal {
            id: ProposalId(id(Of::Proposal, number)),
            appointment: id(Of::Visit, number),
            after: None,
            wish: Wish::Book(place),
            urgent: self.rng.u8(0..20) == 0,
            sealed: None,
            asked_ms: None,
        };
        // The form is open, and the place kept meanwhile.
        let now = self.centre_now();
        if self.centre.holds.take(now, visitor(number), place_of(&place)).is_ok() {
            let later = self.rng.u64(5_000..6 * 60_000);
            let start_s = utc_s(place.local_s);
            self.after(later, Happening::Submit { proposal: Box::new(proposal), start_s });
        }
    }

    /// A form is sent in: the place that was held is claimed.
    pub fn submit_form(&mut self, proposal: &Proposal, start_s: i64) {
        let Wish::Book(place) = &proposal.wish else { return };
        let number = crate::id::number(proposal.id.0);
        let now = self.centre_now();
        if start_s * 1_000 <= now.wall_ms {
            return;
        }
        if self.centre.holds.submit(now, visitor(number), place_of(place), proposal.id).is_err() {
            return;
        }
        self.judge.claimed(key(proposal.id.0), key(place.practitioner), start_s, start_s + 1_800);
        self.proposals += 1;
        self.submit(proposal, start_s);
        if self.faults.mischief && self.rng.u8(0..30) == 0 {
            // Something between central and the clinic makes nonsense of it.
            self.centre.poison(proposal.id.0);
        }
        if self.faults.mischief {
            match self.rng.u8(0..10) {
                // Twice, and once more with something else in it.
                0 => self.submit(proposal, start_s),
                1 => {
                    let other = Proposal { urgent: !proposal.urgent, ..proposal.clone() };
                    self.submit(&other, start_s);
                }
                2..=5 => {
                    let later = self.rng.u64(1_000..6 * 3_600_000);
                    self.after(later, Happening::FollowUp(number));
                }
                _ => {}
            }
        }
    }

    pub fn submit(&mut self, proposal: &Proposal, start_s: i64) {
        let taken = self.centre.take_down(proposal.clone(), start_s);
        let number = crate::id::number(proposal.id.0);
        self.trace.note(self.now_ms, "patient", [number, u64::from(taken)], || {
            format!("{number:x} asks for {:?}", proposal.wish)
        });
        if taken {
            self.judge.patient_told_received(key(proposal.id.0), content_sum(&proposal.to_bytes()));
            let later = self.rng.u64(1..500);
            self.after(later, Happening::Screen(number));
        }
    }

    /// Staff are busy just when the line comes back.
    pub fn burst(&mut self, left: u8) {
        if left > 0 {
            let later = self.rng.u64(20..300);
            self.after(later, Happening::Burst(left - 1));
        }
        if self.desk.hub.is_some() {
            let from = self.desk.disk.log.len();
            if self.rng.bool() {
                self.staff_books();
            } else {
                self.staff_changes(|row, _| AppointmentRow { status: "arrived".to_owned(), ..row });
            }
            self.committed_at_hub(from, None);
            self.tell_hub_committed(from, None);
        }
    }

    /// Withdraws, cancels or moves what was asked for.
    pub fn follow_up(&mut self, number: u64) {
        let first = id(Of::Proposal, number);
        let Some(request) = self.centre.requests.get(&first).cloned() else { return };
        let mut effects = Effects::default();
        match request.state {
            State::Requested | State::Held => {
                self.judge.taken_back(key(first));
                self.centre.step(first, Event::Withdrawn, &mut effects);
                self.effects(None, &effects);
            }
            State::Sent | State::Confirmed => {
                if chairside_sync::mutant::on(chairside_sync::mutant::Mutant::WithdrawSent) {
                    self.centre.step(first, Event::Withdrawn, &mut effects);
                    return self.effects(None, &effects);
                }
                self.goals.cancelled_after_sending = true;
                let second = self.number();
                let wish = match (&request.proposal.wish, self.rng.bool()) {
                    (Wish::Book(place), true) => Wish::Move(Move {
                        practitioner: place.practitioner,
                        local_s: slot_s(self.some_day(), self.rng.i64(0..SLOTS)),
                        from_local_s: place.local_s,
                    }),
                    _ => Wish::Cancel,
                };
                let proposal = Proposal {
                    id: ProposalId(id(Of::Proposal, second)),
                    appointment: request.proposal.appointment,
                    after: Some(request.proposal.id),
                    wish,
                    urgent: false,
                    sealed: None,
                    asked_ms: None,
                };
                self.proposals += 1;
                // Once the time it should be moved to has come, moving is no longer possible.
                let start_s = match &proposal.wish {
                    Wish::Move(to) => request.start_s.min(utc_s(to.local_s)),
                    _ => request.start_s,
                };
                self.submit(&proposal, start_s);
            }
            State::Rejected | State::Withdrawn | State::Expired | State::Refused => {}
        }
    }

    /// Central's checks of a request are done.
    pub fn screen(&mut self, number: u64) {
        let mut effects = Effects::default();
        self.centre.step(id(Of::Proposal, number), Event::Screened, &mut effects);
        self.effects(None, &effects);
        self.nudge();
    }

    /// Something may be ready to go out.
    pub fn nudge(&mut self) {
        let now = self.centre_now();
        for at in 0..self.workers.len() {
            let worker = &mut self.workers[at];
            if worker.paused_until_ms > now.steady_ms {
                continue;
            }
            if let Some(mirror) = &mut worker.mirror {
                mirror.handle(now, mirror::Input::Nudge);
                self.pump_mirror(at);
            }
        }
    }

    /// What a call told the circuit breaker.
    pub fn tell_breaker(&mut self, outcome: Outcome) {
        let now = self.centre_now();
        self.judge.call(outcome == Outcome::Failed);
        let change = self.breaker.record(now, self.permit, outcome);
        self.breaker_changed(change);
        self.ask_breaker();
    }

    /// Broken on purpose: a no of the clinic counts as a failure of the line.
    pub fn count_rejection(&mut self) {
        if mutant::on(Mutant::CountRejections) {
            let now = self.centre_now();
            let change = self.breaker.record(now, self.permit, Outcome::Failed);
            self.breaker_changed(change);
        }
    }

    fn breaker_changed(&mut self, change: Option<Change>) {
        if change == Some(Change::Opened) {
            self.goals.breaker_opened = true;
            // A probe that nobody had anything to send with ends like one that failed.
            if !matches!(self.permit, Permit::Probe { .. }) {
                self.judge.breaker_opened();
            }
        }
    }

    /// Whether requests may go out just now.
    pub fn ask_breaker(&mut self) {
        let now = self.centre_now();
        let (permit, _) = self.breaker.may_call(now);
        let may = !matches!(permit, Permit::Wait { .. });
        if let Permit::Wait { until_steady_ms } = permit {
            let later = until_steady_ms.saturating_sub(now.steady_ms).max(1);
            self.after(later, Happening::Breaker);
        } else {
            self.permit = permit;
        }
        for at in 0..self.workers.len() {
            if let Some(mirror) = &mut self.workers[at].mirror {
                mirror.handle(now, mirror::Input::MayRelease(may));
                self.pump_mirror(at);
            }
        }
    }

    /// What has waited past its time.
    pub fn sweep(&mut self) {
        let mut effects = Effects::default();
        let now = self.centre_now();
        self.centre.holds.expire(now);
        self.centre.limit_claims(now);
        self.centre.expire(now.wall_ms / 1_000, &mut effects);
        self.effects(None, &effects);
        // A limit at the desk is a matter of its own clock.
        let now = self.desk_now();
        if let Some(hub) = &mut self.desk.hub
            && hub.next_limit_ms().is_some_and(|limit| limit <= now.wall_ms)
        {
            hub.handle(now, Input::Tick);
            self.pump_hub();
        }
        self.after(600_000, Happening::Sweep);
    }
}

fn visitor(number: u64) -> VisitorId {
    VisitorId(uuid(id(Of::Patient, number)))
}

fn place_of(place: &Place) -> holds::Place {
    let start = Instant(utc_s(place.local_s));
    holds::Place {
        practitioner: PractitionerId(uuid(place.practitioner)),
        chair: None,
        interval: Interval::lasting(start, place.minutes),
    }
}

fn content_sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(7, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)))
}
