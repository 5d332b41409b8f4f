//! Two hubs and one takeover.
//!
//! A hub and its companion, both with a line to central, which keeps the
//! registry of epochs and follows whoever holds the highest one. Any stretch
//! of a log may reach central at any time, once, often or never, long after
//! it was sent; so may a request for the next epoch, the answer to it, and
//! the word to the old hub that it is superseded. The old hub goes on working
//! until it hears that word, and nothing makes it; once taken over from, it
//! may even be restored from an older copy and begin a life of its own.
//!
//! Real: [`follow`](chairside_sync::mirror::follow), which decides what
//! central and the companion take, on real entries and hashes.
//!
//! Left out: sessions and what is compared in them, signatures, the rows
//! behind the entries, and what becomes of the old hub's later entries (they
//! become proposals to the new one). A hub decides one proposal, the first
//! one with yes, any other with no, and changes one thing of its own.

use std::collections::BTreeSet;

use chairside_sync::mutant::{self, Mutant};
use stateright::{Model, Property};

use crate::chain::{Applied, Line, Says, apply, tip};
use crate::explore::{check, check_breaks, check_keeps};

/// The number of the hub there is at first; companions are the others.
const FIRST: usize = 0;

#[derive(Clone, Debug)]
struct Takeover {
    /// Desktops that may ask to take over.
    companions: usize,
    /// The old hub may be restored from a copy after a takeover.
    restored: bool,
    broken: Vec<Rule>,
    mutant: Option<Mutant>,
}

/// Rules of the registry, and of central towards hubs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Rule {
    /// An epoch is granted only on top of the one the request names.
    Compare,
    /// And only to who stands at least where central does.
    Standing,
    /// Once an epoch is granted, nothing is taken from hubs that don't hold it.
    HolderOnly,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct State {
    desks: Vec<Desk>,
    /// Central's copy of the log.
    chain: Vec<Line>,
    /// The registry: every epoch granted, the first one too.
    grants: Vec<Grant>,
    /// Requests that were made, and may still arrive.
    requests: BTreeSet<Request>,
    /// The highest epoch central has had an entry of.
    seen: u8,
    /// Central has dropped an entry it had once.
    undone: bool,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Desk {
    log: Vec<Line>,
    life: u8,
    /// Under which epoch it decides; 0 for a companion.
    epoch: u8,
    /// It has heard that it no longer does.
    superseded: bool,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Grant {
    epoch: u8,
    desk: usize,
    /// Where the epoch begins: after so many entries.
    after: usize,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
struct Request {
    desk: usize,
    /// The epoch it believes is the highest.
    over: u8,
    /// Where it stands; of this only seq, life and hash are said.
    log: Vec<Line>,
}

#[derive(Clone, PartialEq, Debug)]
enum Action {
    /// Somebody works at a desk that decides.
    Edit(usize),
    /// A hub decides the proposal.
    Decide(usize),
    /// The entries from seq to seq of a desk's log reach central.
    Hear(usize, usize, usize),
    /// A companion gets its next entry, from the hub or from central.
    Copy(usize),
    /// A companion asks for the next epoch; a person says that the old hub is off.
    Ask(usize),
    /// The registry hears that.
    Answer(Request),
    /// A companion hears that it was granted an epoch, and begins it.
    Begin(usize),
    /// A hub hears that it is superseded.
    Supersede(usize),
    /// The first hub's store is replaced by a copy with so many entries, and
    /// begins a new life behind them.
    Restore(usize),
}

impl State {
    fn granted(&self) -> u8 {
        self.grants.iter().map(|grant| grant.epoch).max().unwrap_or(0)
    }

    fn holds_highest(&self, desk: usize) -> bool {
        self.grants.iter().any(|grant| grant.desk == desk && grant.epoch == self.granted())
    }

    fn decides(&self, desk: usize) -> bool {
        self.desks[desk].epoch > 0 && !self.desks[desk].superseded
    }

    fn write(&mut self, desk: usize, says: Says) {
        let desk = &mut self.desks[desk];
        desk.log.push(desk.line(says));
    }

    /// A grant that a companion hasn't acted on.
    fn new_grant(&self, desk: usize) -> Option<&Grant> {
        self.grants.iter().find(|grant| grant.desk == desk && grant.epoch > self.desks[desk].epoch)
    }

    fn ended(&self) -> bool {
        self.chain.iter().any(|line| matches!(line.says, Says::Verdict(..)))
    }
}

impl Desk {
    fn line(&self, says: Says) -> Line {
        Line { epoch: self.epoch, life: self.life, says }
    }
}

/// The first life of a desk's store; the one that follows a restore is [`LIVES`] further.
fn life(desk: usize) -> u8 {
    desk as u8 + 1
}

/// More than there are desks.
const LIVES: u8 = 10;

impl Takeover {
    fn keeps(&self, rule: Rule) -> bool {
        !self.broken.contains(&rule)
    }

    /// What central makes of a stretch of a desk's log.
    fn take(&self, state: &State, desk: usize, log: &[Line], first: usize, last: usize) -> Option<Applied> {
        if self.keeps(Rule::HolderOnly) && !state.holds_highest(desk) {
            return None;
        }
        apply(&state.chain, log, first, last, state.granted()).ok()?
    }

    /// Whether central would take what this desk writes next.
    fn is_believed(&self, state: &State, desk: usize) -> bool {
        let mut log = state.desks[desk].log.clone();
        log.push(state.desks[desk].line(Says::Edit));
        let last = log.len();
        let taken = self.take(state, desk, &log, 1, last);
        taken.is_some_and(|applied| applied.chain == log)
    }

    fn grant(&self, state: &mut State, request: &Request) {
        let again = state.grants.iter().any(|grant| grant.desk == request.desk && grant.epoch > request.over);
        if again || (request.over != state.granted() && self.keeps(Rule::Compare)) {
            return;
        }
        let central = state.chain.len();
        let stands = request.log.get(..central).is_some_and(|log| tip(log) == tip(&state.chain));
        if stands || !self.keeps(Rule::Standing) {
            let grant = Grant { epoch: request.over + 1, desk: request.desk, after: request.log.len() };
            state.grants.push(grant);
        }
    }
}

impl Model for Takeover {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let desk =
            |number| Desk { log: Vec::new(), life: life(number), epoch: u8::from(number == FIRST), superseded: false };
        vec![State {
            desks: (0..=self.companions).map(desk).collect(),
            chain: Vec::new(),
            grants: vec![Grant { epoch: 1, desk: FIRST, after: 0 }],
            requests: BTreeSet::new(),
            seen: 0,
            undone: false,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        mutant::set(self.mutant);
        for (number, desk) in state.desks.iter().enumerate() {
            if state.decides(number) {
                if !desk.log.iter().any(|line| line.life == desk.life && line.says == Says::Edit) {
                    actions.push(Action::Edit(number));
                }
                if !desk.log.iter().any(|line| matches!(line.says, Says::Verdict(..))) {
                    actions.push(Action::Decide(number));
                }
                if state.granted() > desk.epoch {
                    actions.push(Action::Supersede(number));
                }
            }
            if desk.epoch > 0 {
                let seqs = 1..=desk.log.len();
                let stretches = seqs.clone().flat_map(|first| (first..=desk.log.len()).map(move |last| (first, last)));
                actions.extend(stretches.map(|(first, last)| Action::Hear(number, first, last)));
            } else {
                actions.extend([Action::Copy(number), Action::Ask(number)]);
            }
            if state.new_grant(number).is_some() {
                actions.push(Action::Begin(number));
            }
        }
        actions.extend(state.requests.iter().cloned().map(Action::Answer));
        let first = &state.desks[FIRST];
        if self.restored && state.granted() > first.epoch && first.life == life(FIRST) {
            actions.extend((1..=first.log.len()).map(Action::Restore));
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        mutant::set(self.mutant);
        let mut next = state.clone();
        match action {
            Action::Edit(desk) => next.write(desk, Says::Edit),
            Action::Decide(desk) => next.write(desk, Says::Verdict(0, desk == FIRST)),
            Action::Hear(desk, first, last) => {
                let applied = self.take(state, desk, &state.desks[desk].log, first, last)?;
                next.chain = applied.chain;
                next.undone |= applied.undone > 0;
                next.seen = next.chain.iter().map(|line| line.epoch).fold(state.seen, u8::max);
            }
            Action::Copy(desk) => {
                let (log, seq) = (&state.desks[FIRST].log, state.desks[desk].log.len() + 1);
                if seq > log.len() {
                    return None;
                }
                next.desks[desk].log = apply(&state.desks[desk].log, log, seq, seq, 1).ok()??.chain;
            }
            Action::Ask(desk) => {
                next.requests.insert(Request { desk, over: 1, log: state.desks[desk].log.clone() });
            }
            Action::Answer(request) => self.grant(&mut next, &request),
            Action::Begin(desk) => {
                let grant = state.new_grant(desk)?;
                next.desks[desk].epoch = grant.epoch;
                // What it copied since is the old hub's, and comes as proposals.
                next.desks[desk].log.truncate(grant.after);
                next.write(desk, Says::Birth);
            }
            Action::Supersede(desk) => next.desks[desk].superseded = true,
            Action::Restore(entries) => {
                // What it was told since it no longer knows.
                let desk = &mut next.desks[FIRST];
                desk.log.truncate(entries);
                desk.life += LIVES;
                desk.superseded = false;
                next.write(FIRST, Says::Birth);
            }
        }
        (next != *state).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(ONE_HOLDER, |_, state: &State| {
                let epochs: BTreeSet<u8> = state.grants.iter().map(|grant| grant.epoch).collect();
                epochs.len() == state.grants.len()
            }),
            Property::always(ONE_DECIDES, |model: &Self, state: &State| {
                let deciding: Vec<usize> = (0..state.desks.len()).filter(|desk| state.decides(*desk)).collect();
                deciding.len() <= 1 || deciding.into_iter().filter(|desk| model.is_believed(state, *desk)).count() <= 1
            }),
            Property::always(NOTHING_UNDONE, |_, state: &State| !state.undone),
            Property::always(EPOCHS_RISE, |_, state: &State| {
                state.chain.is_sorted_by_key(|line| line.epoch)
                    && state.chain.last().is_none_or(|last| last.epoch == state.seen)
            }),
            Property::always(BY_ITS_HOLDER, |_, state: &State| {
                let holds = |line: &Line| {
                    state.grants.iter().any(|grant| grant.epoch == line.epoch && life(grant.desk) == line.life % LIVES)
                };
                state.chain.iter().all(holds)
            }),
            Property::always(ONE_HISTORY, |_, state: &State| {
                state.desks.iter().any(|desk| desk.log.starts_with(&state.chain))
            }),
            Property::always(ONE_VERDICT, |_, state: &State| {
                state.chain.iter().filter(|line| matches!(line.says, Says::Verdict(..))).count() <= 1
            }),
            Property::sometimes("a companion that is behind central is refused", |_, state: &State| {
                state.requests.iter().any(|request| request.log.len() < state.chain.len()) && state.granted() == 1
            }),
            Property::sometimes("the new hub begins ahead of central", |_, state: &State| {
                state.grants.len() > 1 && state.desks[1].epoch > 1 && state.grants[1].after > state.chain.len()
            }),
            Property::sometimes("central hears another verdict than the old hub's", |_, state: &State| {
                let verdict = |log: &[Line]| {
                    log.iter().find_map(|line| match line.says {
                        Says::Verdict(_, accepted) => Some(accepted),
                        _ => None,
                    })
                };
                let (old, told) = (verdict(&state.desks[FIRST].log), verdict(&state.chain));
                old.is_some() && told.is_some() && old != told
            }),
        ]
    }
}

const ONE_HOLDER: &str = "an epoch is granted once";
const ONE_DECIDES: &str = "no two hubs decide for what central believes";
const NOTHING_UNDONE: &str = "what central has heard stands";
const EPOCHS_RISE: &str = "nothing of an older epoch is applied once a newer one was seen";
const BY_ITS_HOLDER: &str = "every entry is by who was granted its epoch";
const ONE_HISTORY: &str = "central has the beginning of one hub's log";
const ONE_VERDICT: &str = "one verdict";

fn model(companions: usize, restored: bool) -> Takeover {
    Takeover { companions, restored, broken: Vec::new(), mutant: None }
}

#[test]
fn whoever_takes_over_is_alone_and_undoes_nothing() {
    check(&model(1, true), 12_782, State::ended);
}

#[test]
fn of_two_companions_that_ask_at_once_one_takes_over() {
    check(&model(2, false), 25_620, State::ended);
}

#[test]
fn every_rule_about_a_takeover_is_needed() {
    let without = |companions, rule| Takeover { broken: vec![rule], ..model(companions, false) };
    check_breaks(without(2, Rule::Compare), ONE_HOLDER);
    check_breaks(without(1, Rule::Standing), NOTHING_UNDONE);
    check_breaks(without(1, Rule::HolderOnly), NOTHING_UNDONE);
    check_breaks(without(1, Rule::HolderOnly), ONE_DECIDES);
    check_breaks(Takeover { mutant: Some(Mutant::AnyBirth), ..model(1, false) }, ONE_HISTORY);
    // What `follow` refuses once central has heard of the new epoch is a
    // second line behind the one above, and holds by itself.
    let heard_all = Takeover { restored: true, ..without(1, Rule::HolderOnly) };
    check_keeps(heard_all.clone(), EPOCHS_RISE);
    check_breaks(Takeover { mutant: Some(Mutant::DropEpochCheck), ..heard_all }, EPOCHS_RISE);
}
