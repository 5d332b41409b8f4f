//! Whoever follows a hub, as a state machine: central, or another desktop.
//!
//! It never decides. It applies what fits its chain, compares when told to,
//! opens its gates on the hub's word alone and passes wishes on.

mod ask;
mod compare;
mod follow;
mod older;
mod release;
mod replace;
mod session;
mod watch;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::body::Id;
use crate::days::DaySet;
use crate::hub::{AGAIN_MS, BEAT_MS, SILENCE_MS, State};
use crate::mutant::{self, Mutant};
use crate::now::Now;
use crate::proposal::ProposalId;
use crate::takeover::Grant;
use crate::wire::{At, EndedRequest, Envelope, Message, OLDEST_VERSION, VERSION, ended_in_parts};

use ask::Purpose;
pub use ask::{Applied, Ask, AskId, Sent, Told};
use compare::Compare;
pub use follow::{Followed, Misfit, Next, follow};
use older::Older;
use release::Unnoted;
pub use replace::{Replaced, replace};
use session::Session;
pub use watch::Event;

/// A mirror as its process starts.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// Which clinic it follows.
    pub clinic: Id,
    /// Its own life: drawn anew when its store was restored.
    pub incarnation: Id,
    /// This process's fencing token.
    pub token: u64,
    /// Drawn at random at every start; its halves of sessions count on from it.
    pub nonces_from: u64,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// The process has taken over the clinic.
    Started,
    /// Bytes came from the hub, or from somebody who says so.
    Received(Vec<u8>),
    /// The line is gone, or the last will says so.
    Disconnected,
    /// The store's answer to an [`Ask`].
    Told(AskId, Box<Told>),
    /// Requests may be waiting for release.
    Nudge,
    /// Requests came back that may have been sent before this store was
    /// restored: everything that was sent is proposed again.
    CameBack,
    /// What waits, to be shown at the desk.
    Waiting(crate::wire::Waiting),
    /// Requests that ended here and were never sent, to be shown at the desk.
    Ended(Vec<EndedRequest>),
    /// Whether requests may go out: the circuit breaker's word.
    MayRelease(bool),
    /// A person wants everything compared again.
    CompareAgain,
    /// The registry has granted the clinic to another desktop.
    Granted(Grant),
    /// Nothing; time has passed.
    Tick,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send bytes to the hub.
    Send(Vec<u8>),
    /// Ask the store.
    Ask(AskId, Ask),
    /// Tell whoever watches.
    Event(Event),
}

/// The machine.
#[derive(Debug)]
pub struct Mirror {
    start: Start,
    loaded: bool,
    at: Option<At>,
    granted: Grant,
    left: BTreeSet<[u8; 16]>,
    /// The installation that wrote the last entries.
    node: Option<Id>,
    surplus: u64,
    surplus_kept: u64,
    /// Verdicts from before the mark it began at.
    older: Option<Older>,
    /// Up to where the surplus was sent in this session.
    tail_sent: u64,
    nonces: u64,
    session: Option<Session>,
    compare: Compare,
    open: DaySet,
    disputed: DaySet,
    /// Open and disputed days whose sent proposals were proposed again.
    resent: DaySet,
    inbox: VecDeque<Message>,
    /// What the store is busy with, one thing at a time but for digests.
    busy: Option<(AskId, Purpose)>,
    digesting: Option<(AskId, u64)>,
    next_ask: u64,
    /// When the hub was last asked who it is, by the steady clock.
    who_ms: u64,
    wants_who: bool,
    nudged: bool,
    may_release: bool,
    /// Proposals that were sent and not noted yet.
    unnoted: BTreeMap<ProposalId, Unnoted>,
    orphans_offered: bool,
    waiting: Option<crate::wire::Waiting>,
    /// Ended requests that this session was told of.
    ended_said: BTreeSet<ProposalId>,
    told_state: Option<State>,
    /// [`Self::wake_at`], which is asked for far more often than it changes.
    wake_ms: Option<u64>,
    out: VecDeque<Output>,
}

impl Mirror {
    /// A mirror whose process has just started.
    pub fn new(start: Start) -> Self {
        Self {
            start,
            loaded: false,
            at: None,
            granted: Grant::default(),
            left: BTreeSet::new(),
            node: None,
            surplus: 0,
            surplus_kept: 0,
            older: None,
            tail_sent: 0,
            nonces: start.nonces_from,
            session: None,
            compare: Compare::default(),
            open: DaySet::new(),
            disputed: DaySet::new(),
            resent: DaySet::new(),
            inbox: VecDeque::new(),
            busy: None,
            digesting: None,
            next_ask: 0,
            who_ms: 0,
            wants_who: false,
            nudged: false,
            may_release: true,
            unnoted: BTreeMap::new(),
            orphans_offered: false,
            waiting: None,
            ended_said: BTreeSet::new(),
            told_state: None,
            wake_ms: None,
            out: VecDeque::new(),
        }
    }

    /// Takes what happened.
    pub fn handle(&mut self, now: Now, input: Input) {
        match input {
            Input::Started => self.load(),
            Input::Received(bytes) => self.received(now, &bytes),
            Input::Disconnected => self.end_session(),
            Input::Told(id, told) => self.told(now, id, *told),
            Input::Nudge => self.nudged = true,
            Input::CameBack => self.resent.clear(),
            Input::Waiting(waiting) => {
                if self.session.is_some() && self.waiting.as_ref() != Some(&waiting) {
                    self.waiting = Some(waiting.clone());
                    self.send(Message::Waiting(waiting));
                }
            }
            Input::Ended(ended) => self.say_ended(ended),
            Input::MayRelease(may) => self.may_release = may,
            Input::CompareAgain => self.send(Message::CompareAgain),
            Input::Granted(grant) => self.granted_to(grant),
            Input::Tick => {}
        }
        self.go_on(now);
        self.wake_ms = self.wakes_at();
    }

    /// The next thing to be done.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// When to call [`Self::handle`] with [`Input::Tick`] at the latest, by the steady clock.
    pub fn wake_at(&self) -> Option<u64> {
        self.wake_ms
    }

    /// Says beats as if all along until then, without sending them; when the
    /// last one was said.
    pub fn pass_beats(&mut self, until_ms: u64) -> Option<u64> {
        let session = self.session.as_mut()?;
        session.said_ms += until_ms.saturating_sub(session.said_ms) / BEAT_MS * BEAT_MS;
        let said_ms = session.said_ms;
        self.wake_ms = self.wakes_at();
        Some(said_ms)
    }

    /// The other side's last beat came then.
    pub fn heard_beat(&mut self, at_ms: u64) {
        if let Some(session) = &mut self.session {
            session.heard_ms = session.heard_ms.max(at_ms);
        }
        self.wake_ms = self.wakes_at();
    }

    fn wakes_at(&self) -> Option<u64> {
        let session = self.session.as_ref()?;
        let mut at = (session.said_ms + BEAT_MS).min(session.heard_ms + SILENCE_MS);
        if self.compare.said.is_some() {
            at = at.min(self.compare.said_ms + AGAIN_MS);
        }
        if let Some(since) = self.compare.idle_since_ms {
            at = at.min(since + AGAIN_MS);
        }
        if let Some(older_ms) = self.older_wakes_at() {
            at = at.min(older_ms);
        }
        if self.is_behind() {
            at = at.min(session.position_ms + AGAIN_MS);
        }
        let unnoted = self.unnoted.values().map(|unnoted| unnoted.since_ms + release::NOTED_WITHIN_MS).min();
        Some(at.min(unnoted.unwrap_or(u64::MAX)))
    }

    fn is_behind(&self) -> bool {
        let here = self.at.map_or(0, |at| at.seq);
        self.session.as_ref().is_some_and(|session| session.hub_seq > here) || self.surplus > self.surplus_kept
    }

    /// Each session is told once of each.
    fn say_ended(&mut self, mut ended: Vec<EndedRequest>) {
        if self.session.is_none() {
            return;
        }
        ended.retain(|request| self.ended_said.insert(request.id));
        for part in ended_in_parts(ended) {
            self.send(Message::Ended(part));
        }
    }

    fn send(&mut self, message: Message) {
        let Some(session) = &self.session else { return };
        let envelope = Envelope {
            version: session.version,
            clinic: self.start.clinic,
            session: session.number,
            nonce: session.nonce,
            message,
        };
        self.out.push_back(Output::Send(envelope.to_bytes()));
    }

    /// Says something outside a session, to whoever said hello with this number.
    fn answer(&mut self, number: u64, message: Message) {
        let envelope = Envelope {
            version: OLDEST_VERSION.max(VERSION),
            clinic: self.start.clinic,
            session: number,
            nonce: 0,
            message,
        };
        self.out.push_back(Output::Send(envelope.to_bytes()));
    }

    fn event(&mut self, event: Event) {
        self.out.push_back(Output::Event(event));
    }

    fn ask(&mut self, ask: Ask) -> AskId {
        self.next_ask += 1;
        let id = AskId(self.next_ask);
        self.out.push_back(Output::Ask(id, ask));
        id
    }

    fn ask_for(&mut self, purpose: Purpose, ask: Ask) {
        let id = self.ask(ask);
        self.busy = Some((id, purpose));
    }

    fn load(&mut self) {
        self.ask_for(Purpose::Load, Ask::Load);
    }

    /// Shuts every gate: what was verified, was verified in a session that is over.
    fn shut_all(&mut self) {
        if !self.open.is_empty() || !self.disputed.is_empty() {
            self.event(Event::Shut);
        }
        self.open.clear();
        self.disputed.clear();
        self.resent.clear();
        self.compare = Compare::default();
        self.unnoted.clear();
        self.orphans_offered = false;
        self.tail_sent = 0;
    }

    fn end_session(&mut self) {
        self.session = None;
        // Each session is told anew: a hub knows of its own session alone.
        self.waiting = None;
        self.ended_said.clear();
        self.inbox.clear();
        if mutant::on(Mutant::KeepGatesOpen) {
            return;
        }
        self.shut_all();
    }

    fn tell_state(&mut self) {
        let state = self.state();
        if self.told_state.replace(state) != Some(state) {
            self.event(Event::State(state));
        }
    }

    /// Everything that may follow from what just happened.
    fn go_on(&mut self, now: Now) {
        self.keep_session(now);
        while self.busy.is_none() {
            let Some(message) = self.inbox.pop_front() else { break };
            self.take(now, message);
        }
        self.ask_again(now);
        if self.busy.is_none() && self.wants_who {
            self.load();
        }
        if self.busy.is_none() {
            self.give_back();
        }
        if self.busy.is_none() {
            self.release();
        }
        self.tell_state();
        self.beat(now);
    }
}
