//! One place, two bookings, one crash, one message twice.
//!
//! Central holds two requests for the same half hour, which go out in the
//! order of its queue, the second without waiting for an answer to the first.
//! Everything said may come late, in any order or never, one message comes
//! twice, and once the hub or central dies between any two of its transactions.
//!
//! Real: [`booking::next`], [`receipt`](chairside_sync::hub::receipt),
//! [`Gate::lets_through`], [`decide`](chairside_sync::decide::decide) on a
//! real clinic, and [`follow`](chairside_sync::mirror::follow) on a real
//! chain.
//!
//! Left out: greeting, marks and digests. A session begins in one step, and
//! the hub says that the day is equal when central has all of its log. Time:
//! what would be said again after a while may be said again at any moment.
//! No more than [`UNDER_WAY`] messages are under way; what is said beyond
//! that is lost.

use std::collections::BTreeSet;

use chairside_sync::booking::{self, Event, State as Request};
use chairside_sync::days::DaySet;
use chairside_sync::decide::{Decision, First};
use chairside_sync::hub::{Gate, Receipt};
use chairside_sync::mutant::{self, Mutant};
use stateright::{Model, Property};

use crate::chain::{Applied, Line, Says, apply};
use crate::clinic::{self, DAY};
use crate::explore::{check, check_breaks, check_strands};

const BOOKINGS: usize = 2;

/// Messages that can be under way at once.
const UNDER_WAY: usize = 3;

#[derive(Clone, Debug)]
struct OneSlot {
    broken: Option<Mutant>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct State {
    hub: Hub,
    central: Central,
    /// What is said and not yet heard, each thing once.
    line: BTreeSet<Message>,
    may_crash: bool,
    may_double: bool,
}

/// The desktop.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Hub {
    /// Committed: whether each proposal is here, and its verdict.
    inbox: [Option<Option<bool>>; BOOKINGS],
    /// Committed: the visits on the schedule.
    visits: [bool; BOOKINGS],
    /// Committed.
    log: Vec<Line>,
    /// In memory: the session, counted from 1; 0 for none.
    session: u8,
    /// In memory: the day is verified in this session.
    open: bool,
    /// In memory, and only where broken: what is decided and not committed.
    uncommitted: Option<(usize, bool)>,
}

/// The central service.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Central {
    /// Committed.
    requests: [Request; BOOKINGS],
    /// Committed: what it has of the hub's log.
    chain: Vec<Line>,
    /// In memory: the session; 0 for none.
    session: u8,
    /// In memory: the day's gate is open.
    open: bool,
    /// In memory: what was sent before has been proposed again.
    ready: bool,
    /// In memory: proposed in this session, and not noted.
    unnoted: [bool; BOOKINGS],
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
struct Message {
    session: u8,
    says: Said,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Said {
    /// Hub: the day is equal.
    Verified,
    /// Central.
    Propose(usize),
    /// Hub: it is kept, with its verdict if it has one.
    Noted(usize, Option<bool>),
    /// Hub: the last of these entries; the others are what it follows.
    Entry(Vec<Line>),
}

#[derive(Clone, PartialEq, Debug)]
enum Action {
    /// A new session, after a crash or to begin with.
    Meet,
    /// The hub finds the day equal and says so.
    Verify,
    /// Central proposes again what was sent before this session.
    ProposeOutstanding,
    /// Central lets one out.
    Release(usize),
    /// Central says one again.
    Again(usize),
    /// The hub decides one.
    Decide(usize),
    /// The hub commits what it already said; only where broken.
    Commit,
    /// The hub sends this entry.
    Publish(usize),
    /// A message arrives; `true` if it will come once more.
    Hear(Message, bool),
    HubDies,
    CentralDies,
}

impl State {
    fn say(&mut self, session: u8, says: Said) {
        if session != 0 && self.line.len() < UNDER_WAY {
            self.line.insert(Message { session, says });
        }
    }

    /// Central hears of a verdict, from the log or by asking again.
    fn verdict(&mut self, number: usize, accepted: bool) {
        let event = if accepted { Event::Accepted } else { Event::Rejected };
        if let Ok(next) = booking::next(self.central.requests[number], event) {
            self.central.requests[number] = next;
        }
    }

    fn hub_hears(&mut self, says: &Said) {
        let Said::Propose(number) = *says else { return };
        let (answer, kept) = clinic::taken_in(&clinic::booking(number as u8), self.hub.inbox[number]);
        if kept {
            self.hub.inbox[number] = Some(None);
        }
        let verdict = match answer {
            Receipt::Noted => None,
            Receipt::Decided(verdict) => Some(verdict.accepted),
            Receipt::Refused(code) => panic!("{code}: the content is always the same"),
        };
        self.say(self.hub.session, Said::Noted(number, verdict));
    }

    fn central_hears(&mut self, says: &Said) {
        match says {
            Said::Verified => self.central.open = true,
            Said::Noted(number, verdict) => {
                self.central.unnoted[*number] = false;
                if let Some(accepted) = verdict {
                    self.verdict(*number, *accepted);
                }
            }
            Said::Entry(log) => {
                let Ok(Some(Applied { chain, .. })) = apply(&self.central.chain, log, log.len(), log.len(), 1) else {
                    return;
                };
                let fresh = chain[self.central.chain.len()..].to_vec();
                self.central.chain = chain;
                for line in fresh {
                    if let Says::Verdict(number, accepted) = line.says {
                        self.verdict(number.into(), accepted);
                    }
                }
            }
            Said::Propose(_) => {}
        }
    }

    fn decide(&mut self, number: usize) {
        let visits: Vec<_> =
            (0..BOOKINGS).filter(|at| self.hub.visits[*at]).map(|at| clinic::visit(at as u8)).collect();
        let accepted = match clinic::decision(&clinic::booking(number as u8), &visits, First::None, true) {
            Decision::Accept(_) => true,
            Decision::Reject(..) => false,
            other => panic!("{other:?} of a plain booking"),
        };
        if mutant::on(Mutant::PublishBeforeCommit) {
            let mut log = self.hub.log.clone();
            log.push(verdict(number, accepted));
            self.say(self.hub.session, Said::Entry(log));
            self.hub.uncommitted = Some((number, accepted));
        } else if mutant::on(Mutant::VerdictInSecondTransaction) {
            self.hub.visits[number] |= accepted;
            self.hub.uncommitted = Some((number, accepted));
        } else {
            self.commit(number, accepted);
        }
    }

    fn commit(&mut self, number: usize, accepted: bool) {
        self.hub.visits[number] |= accepted;
        self.hub.inbox[number] = Some(Some(accepted));
        self.hub.log.push(verdict(number, accepted));
    }

    fn propose(&mut self, number: usize) {
        self.central.unnoted[number] = true;
        self.say(self.central.session, Said::Propose(number));
    }

    fn verdicts(&self, number: usize) -> impl Iterator<Item = bool> {
        self.hub.log.iter().filter_map(move |line| match line.says {
            Says::Verdict(at, accepted) if usize::from(at) == number => Some(accepted),
            _ => None,
        })
    }

    fn ended(&self) -> bool {
        self.central.requests.iter().all(|request| request.is_end())
    }
}

fn verdict(number: usize, accepted: bool) -> Line {
    Line { epoch: 1, life: 1, says: Says::Verdict(number as u8, accepted) }
}

impl Hub {
    fn gate(&self) -> Gate {
        let open = if self.open { DaySet::from([DAY]) } else { DaySet::new() };
        Gate { open, from: DAY, ..Gate::default() }
    }
}

impl Model for OneSlot {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            hub: Hub {
                inbox: [None; BOOKINGS],
                visits: [false; BOOKINGS],
                log: Vec::new(),
                session: 0,
                open: false,
                uncommitted: None,
            },
            central: Central {
                requests: [Request::Held; BOOKINGS],
                chain: Vec::new(),
                session: 0,
                open: false,
                ready: false,
                unnoted: [false; BOOKINGS],
            },
            line: BTreeSet::new(),
            may_crash: true,
            may_double: true,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        mutant::set(self.broken);
        let State { hub, central, line, may_crash, may_double } = state;
        if hub.session == 0 || central.session == 0 {
            actions.push(Action::Meet);
        }
        if hub.session != 0 && hub.session == central.session && central.chain == hub.log {
            actions.push(Action::Verify);
        }
        if central.open && !central.ready {
            actions.push(Action::ProposeOutstanding);
        }
        for number in 0..BOOKINGS {
            let is_next = !central.requests[..number].contains(&Request::Held);
            if central.ready && is_next && booking::next(central.requests[number], Event::Released).is_ok() {
                actions.push(Action::Release(number));
            }
            if central.session != 0 && central.unnoted[number] {
                actions.push(Action::Again(number));
            }
            let waits = hub.inbox[number] == Some(None) && hub.uncommitted.is_none();
            if waits && hub.gate().lets_through(&[DAY], false) {
                actions.push(Action::Decide(number));
            }
        }
        if hub.uncommitted.is_some() {
            actions.push(Action::Commit);
        }
        if hub.session != 0 {
            actions.extend((1..=hub.log.len()).map(Action::Publish));
        }
        actions.extend(line.iter().cloned().map(|message| Action::Hear(message, false)));
        if *may_double {
            actions.extend(line.iter().cloned().map(|message| Action::Hear(message, true)));
        }
        if *may_crash {
            actions.extend([Action::HubDies, Action::CentralDies]);
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        mutant::set(self.broken);
        let mut next = state.clone();
        match action {
            Action::Meet => {
                let session = if state.may_crash { 1 } else { 2 };
                next.hub.session = session;
                next.hub.open = false;
                next.central =
                    Central { session, open: false, ready: false, unnoted: [false; BOOKINGS], ..state.central.clone() };
            }
            Action::Verify => {
                next.hub.open = true;
                next.say(state.hub.session, Said::Verified);
            }
            Action::ProposeOutstanding => {
                next.central.ready = true;
                let sent = (0..BOOKINGS).filter(|at| state.central.requests[*at] == Request::Sent);
                let forgets = mutant::on(Mutant::ForgetOutstanding);
                sent.filter(|_| !forgets).for_each(|number| next.propose(number));
            }
            Action::Release(number) => {
                next.central.requests[number] = booking::next(state.central.requests[number], Event::Released).ok()?;
                next.propose(number);
            }
            Action::Again(number) => next.propose(number),
            Action::Decide(number) => next.decide(number),
            Action::Commit => {
                let (number, accepted) = next.hub.uncommitted.take()?;
                next.commit(number, accepted);
            }
            Action::Publish(seq) => next.say(state.hub.session, Said::Entry(state.hub.log[..seq].to_vec())),
            Action::Hear(message, again) => {
                if again {
                    next.may_double = false;
                } else {
                    next.line.remove(&message);
                }
                let to_hub = matches!(message.says, Said::Propose(_));
                let session = if to_hub { state.hub.session } else { state.central.session };
                let believes = session != 0 && mutant::on(Mutant::BelieveRetained);
                if message.session == session || believes {
                    if to_hub { next.hub_hears(&message.says) } else { next.central_hears(&message.says) }
                }
            }
            Action::HubDies => {
                next.may_crash = false;
                next.hub = Hub { session: 0, open: false, uncommitted: None, ..state.hub.clone() };
            }
            Action::CentralDies => {
                next.may_crash = false;
                next.central = Central {
                    session: 0,
                    open: false,
                    ready: false,
                    unnoted: [false; BOOKINGS],
                    ..state.central.clone()
                };
            }
        }
        (next != *state).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(ONE_VISIT, |_, state: &State| {
                state.hub.visits.iter().filter(|visit| **visit).count() <= 1
            }),
            Property::always(ONE_VERDICT, |_, state: &State| (0..BOOKINGS).all(|at| state.verdicts(at).count() <= 1)),
            Property::always(VISIT_IF_ACCEPTED, |_, state: &State| {
                (0..BOOKINGS).all(|at| state.verdicts(at).all(|accepted| accepted == state.hub.visits[at]))
            }),
            Property::always(TOLD_WHAT_STANDS, |_, state: &State| {
                (0..BOOKINGS).all(|at| match state.central.requests[at] {
                    Request::Confirmed => state.verdicts(at).any(|accepted| accepted),
                    Request::Rejected => state.verdicts(at).any(|accepted| !accepted),
                    _ => true,
                })
            }),
            Property::always(ONE_HISTORY, |_, state: &State| {
                state.hub.uncommitted.is_some() || state.hub.log.starts_with(&state.central.chain)
            }),
            Property::always(SENT_FIRST, |_, state: &State| {
                (0..BOOKINGS).all(|at| state.hub.inbox[at].is_none() || state.central.requests[at] != Request::Held)
            }),
            Property::always(VERIFIED_NOW, |_, state: &State| {
                let one_session = state.central.session == state.hub.session;
                !(one_session && state.central.open) || state.hub.open
            }),
            Property::sometimes("one is confirmed and the other rejected", |_, state: &State| {
                state.central.requests == [Request::Confirmed, Request::Rejected]
            }),
            Property::sometimes("a proposal comes again when it is decided", |_, state: &State| {
                state.line.iter().any(|message| matches!(message.says, Said::Noted(_, Some(true))))
            }),
            Property::sometimes("the hub dies with a proposal that nobody knows is noted", |_, state: &State| {
                state.hub.session == 0 && state.hub.inbox[0] == Some(None) && state.central.unnoted[0]
            }),
        ]
    }
}

const ONE_VISIT: &str = "no two visits in one place";
const ONE_VERDICT: &str = "one verdict for each proposal";
const VISIT_IF_ACCEPTED: &str = "a visit stands if it was accepted, and only then";
const TOLD_WHAT_STANDS: &str = "patients are told what stands in the log";
const ONE_HISTORY: &str = "central has the beginning of the hub's log";
const SENT_FIRST: &str = "what the hub has, central knows it sent";
const VERIFIED_NOW: &str = "central's gate is open only for a day verified in this session";

#[test]
fn one_place_is_given_once_and_everybody_gets_an_answer() {
    check(&OneSlot { broken: None }, 81_568, State::ended);
}

#[test]
fn every_rule_about_one_place_is_needed() {
    let cases = [
        (Mutant::SkipClash, ONE_VISIT),
        (Mutant::ForgetDedupe, ONE_VERDICT),
        (Mutant::VerdictInSecondTransaction, VISIT_IF_ACCEPTED),
        (Mutant::PublishBeforeCommit, TOLD_WHAT_STANDS),
        (Mutant::ApplyAcrossGap, ONE_HISTORY),
        (Mutant::BelieveRetained, VERIFIED_NOW),
    ];
    for (mutant, property) in cases {
        check_breaks(OneSlot { broken: Some(mutant) }, property);
    }
    check_strands(&OneSlot { broken: Some(Mutant::ForgetOutstanding) }, State::ended);
}
