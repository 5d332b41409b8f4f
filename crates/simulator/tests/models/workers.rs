//! Two workers, and one pause longer than the lease.
//!
//! Two processes of the central service share a database. One of them holds
//! the lease for the clinic and a token that rises with every holder. Once,
//! between any two of its steps, it stands still for longer than the lease,
//! or dies; the other takes over, and the first may go on as if nothing had
//! happened. The patient may withdraw at any time.
//!
//! Real: [`booking::next`], [`receipt`](chairside_sync::hub::receipt),
//! [`Gate::lets_through`].
//!
//! Left out: how the lease is renewed, messages that get lost (each may come
//! late, though, and be said again at any moment), and what is compared: a
//! session begins, with the day verified, in one step. The hub says yes or no
//! as it likes.

use std::collections::BTreeSet;

use chairside_sync::booking::{self, Event, State as Request};
use chairside_sync::days::DaySet;
use chairside_sync::hub::Gate;
use chairside_sync::mutant::{self, Mutant};
use stateright::{Model, Property};

use crate::clinic::{self, DAY};
use crate::explore::{check, check_breaks, check_strands};

const WORKERS: usize = 2;

#[derive(Clone, Debug)]
struct Workers {
    /// A request is marked as sent, and that committed, before it is proposed.
    sent_first: bool,
    mutant: Option<Mutant>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct State {
    database: Database,
    workers: [Worker; WORKERS],
    hub: Hub,
    /// Proposals on their way, by the token of who sent them.
    line: BTreeSet<u8>,
    may_fail: bool,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Database {
    /// The highest token given out.
    token: u8,
    /// Nobody holds the lease, or it has run out.
    free: bool,
    request: Request,
    /// Entries of the hub's log that were applied.
    seq: usize,
    /// Rows of the mail outbox.
    mails: Vec<Request>,
}

/// What a process has in memory.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Worker {
    /// 0 when it doesn't believe it holds the lease.
    token: u8,
    /// The gate is open in its session with the hub.
    open: bool,
    /// What was sent before has been proposed again.
    ready: bool,
    /// It proposed the request itself, and would say so again.
    proposed: bool,
    hand: Hand,
}

/// What it is in the middle of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
enum Hand {
    #[default]
    Nothing,
    /// Has asked the database to mark the next held request as sent.
    Releasing,
    /// That is committed; the proposal is about to leave.
    Proposing,
    /// Has asked the database to apply this entry.
    Applying(usize),
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Hub {
    /// The highest token it has heard; the session is with its owner.
    token: u8,
    inbox: Option<Option<bool>>,
    /// Its verdicts.
    log: Vec<bool>,
    /// Tokens under which it was proposed.
    heard: BTreeSet<u8>,
}

#[derive(Clone, PartialEq, Debug)]
enum Action {
    /// A process takes the free lease.
    Acquire(usize),
    /// It begins a session, and finds the day equal.
    Open(usize),
    /// It proposes again what was sent before.
    ProposeOutstanding(usize),
    /// It is about to let the request out.
    Release(usize),
    /// The database does what the process asked for.
    Commit(usize),
    /// The proposal leaves.
    Propose(usize),
    /// It leaves once more.
    Again(usize),
    /// The hub hears a proposal sent under this token.
    Hear(u8),
    /// The hub decides.
    Decide(bool),
    /// A process hears the next entry of the log.
    Read(usize),
    /// The patient takes the request back.
    Withdraw,
    /// The lease runs out while its holder stands still.
    Pause(usize),
    /// Its holder dies.
    Die(usize),
}

impl State {
    /// Moves the request and writes the mail that tells of it, in one transaction.
    fn step(&mut self, event: Event) {
        if let Ok(next) = booking::next(self.database.request, event) {
            self.database.request = next;
            if next.is_end() {
                self.database.mails.push(next);
            }
        }
    }

    /// Whether the database does what this process asks; one whose time is
    /// over is told so, and forgets everything.
    fn owns(&mut self, worker: usize) -> bool {
        let owns = self.workers[worker].token == self.database.token || mutant::on(Mutant::IgnoreToken);
        if !owns {
            self.workers[worker] = Worker::default();
        }
        owns
    }

    fn commit(&mut self, worker: usize) {
        if !self.owns(worker) {
            return;
        }
        match std::mem::take(&mut self.workers[worker].hand) {
            Hand::Releasing if self.database.request == Request::Held => {
                self.step(Event::Released);
                if !self.workers[worker].proposed {
                    self.workers[worker].hand = Hand::Proposing;
                }
            }
            Hand::Applying(seq) if seq == self.database.seq + 1 => {
                self.database.seq = seq;
                let event = if self.hub.log[seq - 1] { Event::Accepted } else { Event::Rejected };
                self.step(event);
            }
            _ => {}
        }
    }

    fn hear(&mut self, token: u8) {
        // Somebody whose time is over.
        if token < self.hub.token {
            return;
        }
        self.hub.heard.insert(token);
        let (_, kept) = clinic::taken_in(&clinic::booking(0), self.hub.inbox);
        if kept {
            self.hub.inbox = Some(None);
        }
    }

    fn propose(&mut self, worker: usize) {
        self.workers[worker].proposed = true;
        self.line.insert(self.workers[worker].token);
    }

    fn ended(&self) -> bool {
        self.database.request.is_end()
    }
}

impl Model for Workers {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            database: Database { token: 0, free: true, request: Request::Held, seq: 0, mails: Vec::new() },
            workers: Default::default(),
            hub: Hub { token: 0, inbox: None, log: Vec::new(), heard: BTreeSet::new() },
            line: BTreeSet::new(),
            may_fail: true,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        mutant::set(self.mutant);
        let State { database, hub, .. } = state;
        for (number, worker) in state.workers.iter().enumerate() {
            if database.free {
                actions.push(Action::Acquire(number));
            }
            if worker.token == 0 {
                continue;
            }
            if state.may_fail && worker.token == database.token {
                actions.extend([Action::Pause(number), Action::Die(number)]);
            }
            match worker.hand {
                Hand::Nothing => {
                    let caught_up = database.seq == hub.log.len();
                    if !worker.open && worker.token >= hub.token && caught_up {
                        actions.push(Action::Open(number));
                    }
                    if worker.open && !worker.ready {
                        actions.push(Action::ProposeOutstanding(number));
                    }
                    if worker.ready && database.request == Request::Held {
                        actions.push(Action::Release(number));
                    }
                    if worker.token >= hub.token && !caught_up {
                        actions.push(Action::Read(number));
                    }
                }
                Hand::Proposing => actions.push(Action::Propose(number)),
                Hand::Releasing | Hand::Applying(_) => actions.push(Action::Commit(number)),
            }
            if worker.proposed {
                actions.push(Action::Again(number));
            }
            if worker.hand == Hand::Releasing && !self.sent_first {
                actions.push(Action::Propose(number));
            }
        }
        actions.extend(state.line.iter().copied().map(Action::Hear));
        let open = state.workers.iter().any(|worker| worker.token == hub.token && worker.open);
        let open = if open { DaySet::from([DAY]) } else { DaySet::new() };
        let gate = Gate { open, from: DAY, ..Gate::default() };
        if hub.inbox == Some(None) && gate.lets_through(&[DAY], false) {
            actions.extend([Action::Decide(true), Action::Decide(false)]);
        }
        if booking::next(database.request, Event::Withdrawn).is_ok() {
            actions.push(Action::Withdraw);
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        mutant::set(self.mutant);
        let mut next = state.clone();
        match action {
            Action::Acquire(worker) => {
                next.database.token += 1;
                next.database.free = false;
                next.workers[worker] = Worker { token: next.database.token, ..Worker::default() };
            }
            Action::Open(worker) => {
                if next.owns(worker) {
                    next.hub.token = state.workers[worker].token;
                    next.workers[worker].open = true;
                }
            }
            Action::ProposeOutstanding(worker) => {
                if next.owns(worker) {
                    next.workers[worker].ready = true;
                    if state.database.request == Request::Sent {
                        next.workers[worker].hand = Hand::Proposing;
                    }
                }
            }
            Action::Release(worker) => next.workers[worker].hand = Hand::Releasing,
            Action::Commit(worker) => next.commit(worker),
            Action::Propose(worker) => {
                next.propose(worker);
                if state.workers[worker].hand == Hand::Proposing {
                    next.workers[worker].hand = Hand::Nothing;
                }
            }
            Action::Again(worker) => next.propose(worker),
            Action::Hear(token) => {
                next.line.remove(&token);
                next.hear(token);
            }
            Action::Decide(accepted) => {
                next.hub.inbox = Some(Some(accepted));
                next.hub.log.push(accepted);
            }
            Action::Read(worker) => next.workers[worker].hand = Hand::Applying(state.database.seq + 1),
            Action::Withdraw => next.step(Event::Withdrawn),
            Action::Pause(_) => {
                next.may_fail = false;
                next.database.free = true;
            }
            Action::Die(worker) => {
                next.may_fail = false;
                next.database.free = true;
                next.workers[worker] = Worker::default();
            }
        }
        (next != *state).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(ONE_VERDICT, |_, state: &State| state.hub.log.len() <= 1),
            Property::always(ONE_MAIL, |_, state: &State| state.database.mails.len() <= 1),
            Property::always(OVER_IS_OVER, |_, state: &State| {
                state.database.request != Request::Withdrawn || state.hub.inbox.is_none()
            }),
            Property::always(TOLD_WHAT_STANDS, |_, state: &State| match state.database.request {
                Request::Confirmed => state.hub.log == [true],
                Request::Rejected => state.hub.log == [false],
                _ => state.database.seq == 0,
            }),
            Property::sometimes("the hub hears it from both", |_, state: &State| state.hub.heard.len() == WORKERS),
            Property::sometimes("both apply the same entry", |_, state: &State| {
                state.workers.iter().all(|worker| worker.hand == Hand::Applying(1))
            }),
            Property::sometimes("one goes on after the other has begun", |_, state: &State| {
                state.hub.token == 2
                    && state.workers.iter().any(|worker| worker.hand == Hand::Releasing && worker.token == 1)
            }),
        ]
    }
}

const ONE_VERDICT: &str = "one verdict";
const ONE_MAIL: &str = "one outcome, told once";
const OVER_IS_OVER: &str = "the hub never has what was withdrawn";
const TOLD_WHAT_STANDS: &str = "the patient is told what stands in the log";

#[test]
fn what_two_workers_send_has_one_effect_and_an_end() {
    check(&Workers { sent_first: true, mutant: None }, 864, State::ended);
}

#[test]
fn every_rule_about_two_workers_is_needed() {
    check_breaks(Workers { sent_first: true, mutant: Some(Mutant::ForgetDedupe) }, ONE_VERDICT);
    check_breaks(Workers { sent_first: false, mutant: None }, OVER_IS_OVER);
    // Marked as sent by one whose session is over, and never looked for by the other.
    check_strands(&Workers { sent_first: true, mutant: Some(Mutant::IgnoreToken) }, State::ended);
}
