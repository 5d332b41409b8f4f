//! Hold, withdrawal and verdict racing for one place.
//!
//! Two visitors fill in the form for the same half hour, each may leave it,
//! take long over it, submit it, take back what was submitted, and cancel what
//! was sent already. Staff may give the place away at the
//! desk, of which central hears late, as of every verdict.
//!
//! Real: [`Holds`], [`booking::next`], and
//! [`decide`](chairside_sync::decide::decide) on a real clinic, for bookings
//! and the cancel.
//!
//! Left out: the line itself. What was sent reaches the hub at some time, in
//! any order, and its log reaches central entry by entry; losing and doubling
//! is the first model's matter. Time passes in three steps: at once, when a
//! hold for the form is over, and when one for verifying a contact is over
//! and the visit's own time has come.

use chairside_schedule::id::PractitionerId;
use chairside_schedule::time::{Instant, Interval};
use chairside_sync::body::AppointmentRow;
use chairside_sync::booking::{self, Event, State as Request};
use chairside_sync::decide::{Decision, First};
use chairside_sync::holds::{By, FORM_MS, Hold, Holds, Place, Refused, Step, VERIFY_MS, VisitorId, Way};
use chairside_sync::mutant::{self, Mutant};
use chairside_sync::{Now, ProposalId};
use stateright::{Model, Property};

use crate::clinic::{self, MINUTES, PRACTITIONER, START_S, uuid};
use crate::explore::{check, check_breaks};

const VISITORS: usize = 2;

/// What a clock shows at each step of time.
const WALL_MS: [i64; 3] = [0, FORM_MS as i64, (FORM_MS + VERIFY_MS) as i64];

#[derive(Clone, Debug)]
struct Promises {
    broken: Option<Rule>,
    mutant: Option<Mutant>,
}

/// Rules of the store round [`Holds`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Rule {
    /// A claim ends with the verdict, not when the request is sent.
    ClaimUntilVerdict,
    /// Whoever submits has to have the place, or find it free.
    SubmitThroughHolds,
    /// A hold is given only on a place that is free on the schedule.
    OfferedOnly,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct State {
    /// An index of [`WALL_MS`].
    time: usize,
    central: Central,
    hub: Hub,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Central {
    /// Who has a form open, whether their hold still lasts or not.
    forms: [bool; VISITORS],
    /// What a visitor does, and since which step of time.
    holds: [Option<(Step, usize)>; VISITORS],
    claims: [bool; VISITORS],
    requests: [Option<Request>; VISITORS],
    /// Whose request has left for the hub, where it may still arrive.
    sent: [bool; VISITORS],
    /// Cancels of what was sent.
    cancels: [Option<Request>; VISITORS],
    /// Entries of the hub's log that were applied.
    seq: usize,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Hub {
    /// Bookings that are here, and their verdicts.
    inbox: [Option<Option<bool>>; VISITORS],
    cancels: [Option<Option<bool>>; VISITORS],
    log: Vec<Entry>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Entry {
    /// Staff gave the place to a patient at the desk.
    Staff,
    Booking(usize, bool),
    /// Accepted, and whether that took a visit off the schedule; or rejected.
    Cancel {
        number: usize,
        accepted: bool,
        frees: bool,
    },
}

#[derive(Clone, PartialEq, Debug)]
enum Action {
    TimePasses,
    /// A visitor opens the form.
    Take(usize),
    /// They are sent a mail, to verify their contact.
    Verify(usize),
    Leave(usize),
    Submit(usize),
    /// The checks are done.
    Screen(usize),
    Withdraw(usize),
    /// The patient cancels what was sent.
    Cancel(usize),
    /// The visit's time has come.
    TimeCame(usize),
    /// The request goes out.
    Release(usize),
    /// It reaches the hub.
    Hear(usize),
    HearCancel(usize),
    Decide(usize),
    DecideCancel(usize),
    /// Staff give the place to somebody.
    StaffBook,
    /// Central applies the next entry.
    Apply,
}

fn visitor(number: usize) -> VisitorId {
    VisitorId(uuid(0x50 + number as u8))
}

fn proposal(number: usize) -> ProposalId {
    clinic::booking(number as u8).id
}

/// The one there is.
fn the_place() -> Place {
    let end = START_S + i64::from(MINUTES) * 60;
    Place {
        practitioner: PractitionerId(uuid(PRACTITIONER)),
        chair: None,
        interval: Interval::new(Instant(START_S), Instant(end)).expect("half an hour"),
    }
}

impl State {
    fn now(&self) -> Now {
        let wall_ms = WALL_MS[self.time];
        Now { steady_ms: wall_ms.unsigned_abs(), wall_ms }
    }

    fn holds(&self) -> Holds {
        let held = self.central.holds.iter().enumerate().filter_map(|(number, hold)| {
            let (step, since) = (*hold)?;
            Some((visitor(number), Hold { place: the_place(), step, since_ms: WALL_MS[since] }))
        });
        let claimed = (0..VISITORS).filter(|number| self.central.claims[*number]);
        Holds::rebuilt(held, claimed.map(|number| (proposal(number), the_place())))
    }

    fn keep(&mut self, holds: &Holds) {
        let step_of = |since_ms| WALL_MS.iter().position(|wall_ms| *wall_ms == since_ms).expect("a step of time");
        for number in 0..VISITORS {
            let hold = holds.holds().find(|(id, _)| *id == visitor(number));
            self.central.holds[number] = hold.map(|(_, hold)| (hold.step, step_of(hold.since_ms)));
            self.central.claims[number] = holds.claims().any(|(id, _)| id == proposal(number));
        }
    }

    /// Changes holds, if that is allowed.
    fn with_holds<T>(&mut self, change: impl FnOnce(&mut Holds, Now) -> Result<T, Refused>) -> Option<T> {
        let mut holds = self.holds();
        let changed = change(&mut holds, self.now()).ok()?;
        self.keep(&holds);
        Some(changed)
    }

    /// Moves a request, and lets its place go where that ends it: one transaction.
    fn step(&mut self, number: usize, event: Event) {
        let Some(Ok(next)) = self.central.requests[number].map(|request| booking::next(request, event)) else { return };
        self.central.requests[number] = Some(next);
        let way = match next {
            Request::Withdrawn => Way::Withdrawn,
            Request::Expired => Way::Expired,
            _ => Way::Decided,
        };
        if next.is_end() {
            self.end_claim(number, way);
        }
    }

    fn end_claim(&mut self, number: usize, way: Way) {
        let mut holds = self.holds();
        holds.end(proposal(number), way);
        self.keep(&holds);
    }

    /// Whom the place belongs to after these entries: patients that booked online, or at the desk.
    fn visits(log: &[Entry]) -> Vec<AppointmentRow> {
        let mut visits = Vec::new();
        for entry in log {
            match *entry {
                Entry::Staff => visits.push(clinic::visit(VISITORS as u8)),
                Entry::Booking(number, true) => visits.push(clinic::visit(number as u8)),
                Entry::Cancel { number, frees: true, .. } => {
                    visits.retain(|row| row.id != clinic::visit(number as u8).id);
                }
                Entry::Booking(_, false) | Entry::Cancel { .. } => {}
            }
        }
        visits
    }

    /// Whether a booking is on the hub's schedule.
    fn stands(&self, number: usize) -> bool {
        Self::visits(&self.hub.log).iter().any(|row| row.id == clinic::visit(number as u8).id)
    }

    fn apply(&mut self) {
        let entry = self.hub.log[self.central.seq];
        self.central.seq += 1;
        let event = |accepted| if accepted { Event::Accepted } else { Event::Rejected };
        match entry {
            Entry::Staff => {}
            Entry::Booking(number, accepted) => self.step(number, event(accepted)),
            Entry::Cancel { number, accepted, .. } => {
                let cancel = &mut self.central.cancels[number];
                let next = cancel.map(|cancel| booking::next(cancel, event(accepted)));
                *cancel = next.and_then(Result::ok).or(*cancel);
            }
        }
    }

    fn decide(&mut self, number: usize) {
        let visits = Self::visits(&self.hub.log);
        let accepted = match clinic::decision(&clinic::booking(number as u8), &visits, First::None, true) {
            Decision::Accept(_) => true,
            Decision::Reject(..) => false,
            other => panic!("{other:?} of a plain booking"),
        };
        self.hub.inbox[number] = Some(Some(accepted));
        self.hub.log.push(Entry::Booking(number, accepted));
    }

    fn decide_cancel(&mut self, number: usize) {
        let first = match self.hub.inbox[number] {
            None => First::Unknown,
            Some(None) => First::Open,
            Some(Some(true)) => First::Accepted,
            Some(Some(false)) => First::Rejected,
        };
        // The booking was sent; until it is here not everything sent has been heard again.
        let all_resent = self.hub.inbox[number].is_some();
        let visits = Self::visits(&self.hub.log);
        let (accepted, frees) = match clinic::decision(&clinic::cancel(number as u8), &visits, first, all_resent) {
            Decision::Wait => return,
            Decision::Accept(row) => (true, row.is_some()),
            Decision::Reject(..) => (false, false),
            other => panic!("{other:?} of a cancel"),
        };
        self.hub.cancels[number] = Some(Some(accepted));
        self.hub.log.push(Entry::Cancel { number, accepted, frees });
    }

    /// Whether a visitor may believe that the place is kept for them, or theirs.
    fn is_promised(&self, number: usize) -> bool {
        let keeps = self.holds().being_booked(self.now()).any(|(by, _)| by == By::Visitor(visitor(number)));
        let cancelled = self.central.cancels[number] == Some(Request::Confirmed);
        keeps
            || match self.central.requests[number] {
                Some(Request::Held | Request::Sent) => true,
                Some(Request::Confirmed) => !cancelled,
                _ => false,
            }
    }

    fn ended(&self) -> bool {
        let requests = self.central.requests.iter().chain(&self.central.cancels);
        requests.flatten().all(|request| request.is_end()) && self.holds().being_booked(self.now()).count() == 0
    }
}

impl Model for Promises {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            time: 0,
            central: Central {
                forms: [false; VISITORS],
                holds: [None; VISITORS],
                claims: [false; VISITORS],
                requests: [None; VISITORS],
                sent: [false; VISITORS],
                cancels: [None; VISITORS],
                seq: 0,
            },
            hub: Hub { inbox: [None; VISITORS], cancels: [None; VISITORS], log: Vec::new() },
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        mutant::set(self.mutant);
        let State { time, central, hub } = state;
        let late = *time + 1 == WALL_MS.len();
        if !late {
            actions.push(Action::TimePasses);
        }
        for number in 0..VISITORS {
            match central.requests[number] {
                None if central.forms[number] => {
                    actions.extend([Action::Verify(number), Action::Leave(number), Action::Submit(number)]);
                }
                None => actions.push(Action::Take(number)),
                Some(_) => {
                    actions.extend([Action::Screen(number), Action::Withdraw(number), Action::Release(number)]);
                    if late {
                        actions.push(Action::TimeCame(number));
                    }
                }
            }
            if central.sent[number] && hub.inbox[number].is_none() {
                actions.push(Action::Hear(number));
            }
            if hub.inbox[number] == Some(None) {
                actions.push(Action::Decide(number));
            }
            if central.requests[number] == Some(Request::Sent) && central.cancels[number].is_none() {
                actions.push(Action::Cancel(number));
            }
            if central.cancels[number].is_some() && hub.cancels[number].is_none() {
                actions.push(Action::HearCancel(number));
            }
            if hub.cancels[number] == Some(None) {
                actions.push(Action::DecideCancel(number));
            }
        }
        if State::visits(&hub.log).is_empty() && !hub.log.contains(&Entry::Staff) {
            actions.push(Action::StaffBook);
        }
        if central.seq < hub.log.len() {
            actions.push(Action::Apply);
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        mutant::set(self.mutant);
        let mut next = state.clone();
        let free_on_schedule = State::visits(&state.hub.log[..state.central.seq]).is_empty();
        match action {
            Action::TimePasses => {
                next.time += 1;
                if mutant::on(Mutant::LimitOnClaim) {
                    next.central.claims = [false; VISITORS];
                }
            }
            Action::Take(_) | Action::Verify(_) if !free_on_schedule && self.broken != Some(Rule::OfferedOnly) => {
                return None;
            }
            Action::Take(number) => {
                next.with_holds(|holds, now| holds.take(now, visitor(number), the_place()))?;
                next.central.forms[number] = true;
            }
            Action::Verify(number) => {
                next.with_holds(|holds, now| holds.await_verification(now, visitor(number), the_place()))?;
            }
            Action::Leave(number) => {
                next.with_holds(|holds, _| Ok(holds.leave(visitor(number))))?;
                next.central.forms[number] = false;
            }
            Action::Submit(number) => {
                let submitted =
                    next.with_holds(|holds, now| holds.submit(now, visitor(number), the_place(), proposal(number)));
                if submitted.is_none() {
                    if self.broken != Some(Rule::SubmitThroughHolds) {
                        return None;
                    }
                    next.central.claims[number] = true;
                }
                next.central.requests[number] = Some(Request::Requested);
            }
            Action::Screen(number) => {
                next.step(number, if free_on_schedule { Event::Screened } else { Event::Failed });
            }
            Action::Withdraw(number) => next.step(number, Event::Withdrawn),
            Action::Cancel(number) => next.central.cancels[number] = Some(Request::Sent),
            Action::TimeCame(number) => next.step(number, Event::TimeCame),
            Action::Release(number) => {
                next.step(number, Event::Released);
                next.central.sent[number] |= next.central.requests[number] == Some(Request::Sent);
                if self.broken == Some(Rule::ClaimUntilVerdict) {
                    next.end_claim(number, Way::Decided);
                }
            }
            Action::Hear(number) => next.hub.inbox[number] = Some(None),
            Action::HearCancel(number) => next.hub.cancels[number] = Some(None),
            Action::Decide(number) => next.decide(number),
            Action::DecideCancel(number) => next.decide_cancel(number),
            Action::StaffBook => next.hub.log.push(Entry::Staff),
            Action::Apply => next.apply(),
        }
        (next != *state).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(ONE_PROMISE, |_, state: &State| {
                let promised = (0..VISITORS).filter(|number| state.is_promised(*number)).count();
                promised.max(state.holds().being_booked(state.now()).count()) <= 1
            }),
            Property::always(ONE_VISIT, |_, state: &State| State::visits(&state.hub.log).len() <= 1),
            Property::always(OVER_IS_OVER, |_, state: &State| {
                let over = [Request::Withdrawn, Request::Expired, Request::Rejected, Request::Refused].map(Some);
                (0..VISITORS).all(|number| !over.contains(&state.central.requests[number]) || !state.stands(number))
            }),
            Property::always(CONFIRMED_STANDS, |_, state: &State| {
                (0..VISITORS).all(|number| {
                    state.central.requests[number] != Some(Request::Confirmed)
                        || state.stands(number)
                        || state.hub.cancels[number] == Some(Some(true))
                })
            }),
            Property::always(CANCEL_WINS, |_, state: &State| {
                (0..VISITORS).all(|number| match state.hub.cancels[number] {
                    Some(Some(accepted)) => accepted && !state.stands(number),
                    _ => true,
                })
            }),
            Property::sometimes("a form is submitted after its hold is over", |_, state: &State| {
                state.central.holds[0].is_some_and(|(step, since)| step == Step::Form && since < state.time)
                    && state.central.requests[1].is_none()
            }),
            Property::sometimes("a place withdrawn is the other's in the end", |_, state: &State| {
                state.central.requests == [Some(Request::Withdrawn), Some(Request::Confirmed)]
            }),
            Property::sometimes("the desk is quicker than what was sent", |_, state: &State| {
                state.central.requests[0] == Some(Request::Rejected)
            }),
            Property::sometimes("what was cancelled is the other's in the end", |_, state: &State| {
                state.central.requests == [Some(Request::Confirmed), Some(Request::Confirmed)]
            }),
        ]
    }
}

const ONE_PROMISE: &str = "a place is promised to one";
const ONE_VISIT: &str = "no two visits in one place";
const OVER_IS_OVER: &str = "what was told to be over is on no schedule";
const CONFIRMED_STANDS: &str = "what was confirmed stands until its patient cancels it";
const CANCEL_WINS: &str = "a patient's cancel has its effect";

#[test]
fn a_place_is_promised_to_one_and_kept() {
    check(&Promises { broken: None, mutant: None }, 1_663, State::ended);
}

#[test]
fn every_rule_about_promises_is_needed() {
    for rule in [Rule::ClaimUntilVerdict, Rule::SubmitThroughHolds, Rule::OfferedOnly] {
        check_breaks(Promises { broken: Some(rule), mutant: None }, ONE_PROMISE);
    }
    let mutants = [
        (Mutant::LimitOnClaim, ONE_PROMISE),
        (Mutant::SkipClash, ONE_VISIT),
        (Mutant::WithdrawSent, OVER_IS_OVER),
        (Mutant::ExpireSent, OVER_IS_OVER),
        (Mutant::CancelBeforeFirst, CANCEL_WINS),
    ];
    for (mutant, property) in mutants {
        check_breaks(Promises { broken: None, mutant: Some(mutant) }, property);
    }
}
