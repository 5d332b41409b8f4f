//! One link of a hub: how far the mirror on it is, its timers, and the entries it is sent.

use std::collections::VecDeque;

use super::ask::Purpose;
use super::compare::Compare;
use super::{AGAIN_MS, Ask, BEAT_MS, Event, Hub, LinkId, SILENCE_MS, State};
use crate::body::{Id, Window};
use crate::days::DaySet;
use crate::mutant::{self, Mutant};
use crate::now::Now;
use crate::wire::{self, Beat, Entries, Message, Propose, VERSION};

/// Batches on their way that the mirror hasn't confirmed.
const ENTRIES_AHEAD: u64 = 2_000;

/// A hello that nobody answers is said again at least this often at first, in milliseconds.
const MOST_PATIENT_MS: u64 = 2 * SILENCE_MS;

/// Once nothing has been heard for long, it is said again after a tenth of that
/// time, and at least this often, in milliseconds.
const MOST_PATIENT_LATER_MS: u64 = 120_000;

/// Where a link stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    /// Hello was said.
    Greeting,
    /// The mirror's place is looked for.
    Locating,
    /// Entries flow.
    Streaming,
}

/// A way to one mirror and the session on it.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) session: u64,
    pub(super) nonce: u64,
    pub(super) version: u8,
    pub(super) token: u64,
    pub(super) phase: Phase,
    /// The mirror has everything up to here.
    pub(super) acked: u64,
    /// Everything up to here was sent.
    pub(super) sent: u64,
    /// The batch behind this seq is being read.
    pub(super) reading: Option<u64>,
    /// It begins at the next mark, without what was before.
    pub(super) from_mark: bool,
    /// It began at a mark, and hasn't heard of the verdicts before it.
    pub(super) wants_verdicts: bool,
    /// Entries that the mirror has to give back first.
    pub(super) surplus: u64,
    /// The life of this store that the mirror follows.
    pub(super) their_life: Option<Id>,
    /// When something was last confirmed or sent anew, by the steady clock.
    pub(super) progress_ms: u64,
    /// How long a hello waits for an answer; longer each time.
    patience_ms: u64,
    pub(super) heard_ms: u64,
    said_ms: u64,
    pub(super) compare: Compare,
    /// What was last agreed on, to be said again.
    pub(super) verified: Option<wire::Verified>,
    /// Days verified in this session.
    pub(super) open: DaySet,
    /// Days only a person decides about.
    pub(super) disputed: DaySet,
    /// Days whose once sent proposals have been proposed again.
    pub(super) resent: DaySet,
    /// The wall clocks are too far apart.
    pub(super) apart: bool,
    /// What the mirror said in this session of others who wait, for display.
    pub(super) waiting: Option<wire::Waiting>,
    told_state: Option<State>,
    /// Proposals that wait to be kept, so that a flood of them is taken one by one.
    pub(super) proposals: VecDeque<Propose>,
}

impl Link {
    pub(super) fn new(now: Now, session: u64) -> Self {
        Self {
            session,
            nonce: 0,
            version: VERSION,
            token: 0,
            phase: Phase::Greeting,
            acked: 0,
            sent: 0,
            reading: None,
            from_mark: false,
            wants_verdicts: false,
            surplus: 0,
            their_life: None,
            progress_ms: now.steady_ms,
            patience_ms: AGAIN_MS / 2,
            heard_ms: now.steady_ms,
            said_ms: now.steady_ms,
            compare: Compare::Wanted,
            verified: None,
            open: DaySet::new(),
            disputed: DaySet::new(),
            resent: DaySet::new(),
            apart: false,
            waiting: None,
            told_state: None,
            proposals: VecDeque::new(),
        }
    }

    pub(super) fn said_hello(&mut self, now: Now) {
        self.progress_ms = now.steady_ms;
        let silent_ms = now.steady_ms.saturating_sub(self.heard_ms);
        let later_ms = (silent_ms / 10).min(MOST_PATIENT_LATER_MS);
        self.patience_ms = (self.patience_ms * 2).min(MOST_PATIENT_MS).max(later_ms);
    }

    /// A lost life's entries come back first, or their verdicts would be missing.
    pub(super) fn may_compare(&self, born_at: u64) -> bool {
        let there = self.from_mark || self.acked >= born_at;
        let back = self.surplus == 0 || mutant::on(Mutant::MarkBeforeTail);
        // A chain may begin while the clocks are apart; nothing is compared then.
        self.phase == Phase::Streaming && back && there && (!self.apart || self.from_mark)
    }

    pub(super) fn want_compare(&mut self) {
        self.compare = Compare::Wanted;
    }

    /// Nothing is decided about these days until they are compared again.
    pub(super) fn shut(&mut self, days: Window) {
        self.open.retain(|day| !days.contains(*day));
    }

    pub(super) fn resume(&mut self, after: u64) {
        self.phase = Phase::Streaming;
        self.from_mark = false;
        self.acked = after;
        self.sent = after;
    }

    pub(super) fn begin_at_a_mark(&mut self) {
        self.phase = Phase::Streaming;
        self.from_mark = true;
        self.compare = Compare::Wanted;
    }

    pub(super) fn shut_all(&mut self) {
        self.open.clear();
        self.disputed.clear();
        self.resent.clear();
    }

    pub(super) fn wake_at(&self) -> Option<u64> {
        if self.phase == Phase::Greeting {
            return Some(self.progress_ms + self.patience_ms);
        }
        let beat = self.said_ms + BEAT_MS;
        let silence = self.heard_ms + SILENCE_MS;
        let waits = self.phase == Phase::Locating || (self.acked < self.sent && self.reading.is_none());
        let again = if waits { self.progress_ms + AGAIN_MS } else { u64::MAX };
        let compare = self.compare.wake_at().filter(|_| self.phase == Phase::Streaming);
        Some(beat.min(silence).min(again).min(compare.unwrap_or(u64::MAX)))
    }

    pub(super) fn is_quiet(&self, tip: u64) -> bool {
        // With clocks apart there is nothing to be done but wait for somebody to set them.
        let compared = self.compare == Compare::Done || (self.apart && self.compare == Compare::Wanted);
        let streams = self.phase == Phase::Streaming && self.acked == tip && self.proposals.is_empty();
        streams && compared && self.all_resent()
    }

    /// Everything once sent for the days that may be decided has come again.
    pub(super) fn all_resent(&self) -> bool {
        self.open.is_subset(&self.resent) && self.disputed.is_subset(&self.resent)
    }

    pub(super) fn pass_beats(&mut self, until_ms: u64) -> Option<u64> {
        self.said_ms += until_ms.saturating_sub(self.said_ms) / BEAT_MS * BEAT_MS;
        (self.phase == Phase::Streaming).then_some(self.said_ms)
    }

    pub(super) fn heard_beat(&mut self, at_ms: u64) {
        self.heard_ms = self.heard_ms.max(at_ms);
    }

    pub(super) fn state(&self, tip: u64) -> State {
        match (self.phase, &self.compare) {
            (Phase::Greeting | Phase::Locating, _) => State::Reconnecting,
            (Phase::Streaming, Compare::Done) => State::Live,
            (Phase::Streaming, Compare::Wanted) => State::CatchingUp,
            (Phase::Streaming, _) if self.acked < tip && self.open.is_empty() => State::CatchingUp,
            (Phase::Streaming, _) => State::Checking,
        }
    }
}

impl Hub {
    /// What a link needs next.
    pub(super) fn go_on_with(&mut self, now: Now, id: LinkId) {
        self.take_proposal(id);
        let tip = self.tip.seq;
        let Some(link) = self.links.get_mut(&id) else { return };
        if self.superseded.is_some() {
            return;
        }
        if link.phase != Phase::Greeting && now.steady_ms >= link.heard_ms + SILENCE_MS {
            return self.begin_anew(now, id);
        }
        let waited = now.steady_ms >= link.progress_ms + AGAIN_MS;
        match link.phase {
            Phase::Greeting if now.steady_ms >= link.progress_ms + link.patience_ms => self.say_hello(now, id),
            // The store or the mirror owes an answer; the mirror says its position again.
            Phase::Locating if waited => self.begin_anew(now, id),
            Phase::Streaming => {
                if waited && link.acked < link.sent && link.reading.is_none() {
                    link.sent = link.acked;
                    link.progress_ms = now.steady_ms;
                }
                if !link.from_mark
                    && link.reading.is_none()
                    && link.sent < tip
                    && link.sent < link.acked.saturating_add(ENTRIES_AHEAD)
                {
                    link.reading = Some(link.sent);
                    let ask = Ask::Batch { after: link.sent, upto: tip };
                    self.ask(Purpose::Stream(id), ask);
                }
                self.go_on_comparing(now, id);
            }
            Phase::Greeting | Phase::Locating => {}
        }
        self.tell_state(id);
        self.beat(now, id);
    }

    pub(super) fn stream(&mut self, now: Now, id: LinkId, batch: Option<Box<Entries>>) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let asked_for = link.reading.take();
        // Asked for before the mirror wanted another place.
        if link.phase != Phase::Streaming || asked_for != Some(link.sent) {
            return;
        }
        // The log no longer holds what comes next.
        let Some(batch) = batch else { return link.begin_at_a_mark() };
        // Behind a place where another life began there may be numbers nobody has.
        link.sent = batch.first_seq.saturating_sub(1) + batch.entries.len() as u64;
        link.progress_ms = now.steady_ms;
        self.send(id, Message::Entries(*batch));
    }

    fn take_proposal(&mut self, id: LinkId) {
        let receiving = |purpose: &Purpose| matches!(purpose, Purpose::Receive(link, _) if *link == id);
        if self.asks.values().any(receiving) {
            return;
        }
        let Some(propose) = self.links.get_mut(&id).and_then(|link| link.proposals.pop_front()) else { return };
        self.ask(Purpose::Receive(id, propose.id), Ask::Receive(propose));
    }

    fn tell_state(&mut self, id: LinkId) {
        let tip = self.tip.seq;
        let Some(link) = self.links.get_mut(&id) else { return };
        let state = link.state(tip);
        if link.told_state.replace(state) != Some(state) {
            self.event(id, Event::State(state));
        }
    }

    /// Said every five seconds whatever else is: it carries the clock.
    fn beat(&mut self, now: Now, id: LinkId) {
        let beat = Beat { seq: self.tip.seq, wall_ms: now.wall_ms, resent: None };
        let Some(link) = self.links.get_mut(&id) else { return };
        if link.phase != Phase::Greeting && now.steady_ms >= link.said_ms + BEAT_MS {
            link.said_ms = now.steady_ms;
            self.send(id, Message::Beat(beat));
        }
    }
}
