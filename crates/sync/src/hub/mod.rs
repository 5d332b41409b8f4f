//! The desktop that decides, as a state machine.
//!
//! [`Hub::handle`] takes what happened; [`Hub::poll`] gives what is to be
//! done, until it gives nothing; [`Hub::wake_at`] says when to come back. The
//! store is asked through [`Ask`] and answers with [`Told`], each ask one
//! transaction or one read. A mirror is reached over a *link*, whatever
//! carries it; every link is caught up, compared and opened by itself.

mod ask;
mod batch;
mod compare;
mod hear;
mod link;
mod locate;
mod receipt;
mod watch;

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;

use crate::body::{Id, Window};
use crate::chain::Tip;
use crate::now::Now;
use crate::wire::{At, Envelope, Message};

use ask::Purpose;
pub use ask::{Ask, AskId, Found, Gate, Receipt, Told};
pub use batch::batch;
use link::Link;
pub use receipt::{Seen, receipt};
pub use watch::{Event, State};

/// A way to one mirror.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LinkId(pub u32);

impl LinkId {
    /// The way to central. Patients' wishes come over it, so the days verified
    /// on it are the ones that may be decided. All others lead to companions.
    pub const CENTRAL: Self = Self(0);
}

/// Both sides say something at least this often, in milliseconds.
pub const BEAT_MS: u64 = 5_000;

/// Silence after which the other side counts as gone: three beats.
pub const SILENCE_MS: u64 = 3 * BEAT_MS;

/// How long an answer is waited for before it is asked again, in milliseconds.
pub const AGAIN_MS: u64 = 5_000;

/// Wall clocks further apart than this, in milliseconds, keep the gates shut.
pub const CLOCKS_APART_MS: u64 = 5 * 60 * 1_000;

/// A hub as it starts: what its store says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// Which clinic.
    pub clinic: Id,
    /// Which installation.
    pub node: Id,
    /// Where its log ends.
    pub tip: Tip,
    /// The entry that began this life of the store; none for the first.
    pub born: Option<Born>,
    /// The days offered online, as of now.
    pub window: Window,
    /// Drawn at random at every start; sessions count on from it.
    pub sessions_from: u64,
    /// The clinic puts online bookings before staff.
    pub ask_staff: bool,
}

/// How a life of the store began.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Born {
    /// The seq of the birth.
    pub seq: u64,
    /// The last entry it shares with the life before.
    pub parent: At,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// A way to a mirror is there.
    Connected(LinkId),
    /// It is gone.
    Disconnected(LinkId),
    /// Bytes came over it.
    Received(LinkId, Vec<u8>),
    /// The store's answer to an [`Ask`].
    Told(AskId, Box<Told>),
    /// The desk committed something by itself.
    Committed {
        /// Where the log ends now.
        tip: Tip,
        /// Days that many rows at once were written to.
        bulk: Option<Window>,
    },
    /// A person decided a pending proposal; others may have waited for that.
    Settled(Tip),
    /// Other days are offered online now: midnight, or another setting.
    Window(Window),
    /// The clinic decides in another way now.
    AskStaff(bool),
    /// A person wants everything compared again.
    CompareAgain,
    /// The application is about to end.
    Goodbye,
    /// Nothing; time has passed.
    Tick,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send bytes over a link.
    Send(LinkId, Vec<u8>),
    /// Ask the store.
    Ask(AskId, Ask),
    /// Tell whoever watches.
    Event(LinkId, Event),
}

/// The machine.
#[derive(Debug)]
pub struct Hub {
    start: Start,
    tip: Tip,
    born: Option<Born>,
    window: Window,
    ask_staff: bool,
    sessions: u64,
    links: BTreeMap<LinkId, Link>,
    asks: BTreeMap<AskId, Purpose>,
    next_ask: u64,
    /// The link a mark is being made for: one at a time.
    marking: Option<LinkId>,
    deciding: bool,
    /// Something may be waiting for a decision.
    undecided: bool,
    /// When a pending proposal's limit is reached, by the wall clock.
    next_limit_ms: Option<i64>,
    /// Another desktop decides: nothing is decided here any more.
    superseded: Option<At>,
    /// [`Self::wake_at`], which is asked for far more often than it changes.
    wake_ms: Option<u64>,
    out: VecDeque<Output>,
}

impl Hub {
    /// A hub that has just started; what was noted before it ended is decided
    /// as soon as gates open.
    pub fn new(start: Start) -> Self {
        Self {
            start,
            tip: start.tip,
            born: start.born,
            window: start.window,
            ask_staff: start.ask_staff,
            sessions: start.sessions_from,
            links: BTreeMap::new(),
            asks: BTreeMap::new(),
            next_ask: 0,
            marking: None,
            deciding: false,
            undecided: true,
            next_limit_ms: None,
            superseded: None,
            wake_ms: None,
            out: VecDeque::new(),
        }
    }

    /// Takes what happened.
    pub fn handle(&mut self, now: Now, input: Input) {
        match input {
            Input::Connected(id) => self.connected(now, id),
            Input::Disconnected(id) => self.disconnected(id),
            Input::Received(id, bytes) => self.received(now, id, &bytes),
            Input::Told(id, told) => self.told(now, id, *told),
            Input::Committed { tip, bulk } => {
                self.stands_at(tip);
                if let Some(bulk) = bulk {
                    self.links.values_mut().for_each(|link| link.shut(bulk));
                    self.want_compare();
                }
            }
            Input::Settled(tip) => {
                self.stands_at(tip);
                self.undecided = true;
            }
            Input::Window(window) => {
                self.window = window;
                self.want_compare();
            }
            Input::AskStaff(ask_staff) => self.ask_staff = ask_staff,
            Input::CompareAgain => self.want_compare(),
            Input::Goodbye => self.goodbye(),
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

    /// When a link is what [`Self::wake_at`] says it for.
    pub fn wake_at_of(&self, id: LinkId) -> Option<u64> {
        self.links.get(&id).filter(|_| self.superseded.is_none()).and_then(Link::wake_at)
    }

    /// Says beats as if all along until then, without sending them; when the
    /// last one over a link was said.
    pub fn pass_beats(&mut self, id: LinkId, until_ms: u64) -> Option<u64> {
        let said_ms = self.links.get_mut(&id).and_then(|link| link.pass_beats(until_ms));
        self.wake_ms = self.wakes_at();
        said_ms
    }

    /// The other side's last beat came then.
    pub fn heard_beat(&mut self, id: LinkId, at_ms: u64) {
        if let Some(link) = self.links.get_mut(&id) {
            link.heard_beat(at_ms);
        }
        self.wake_ms = self.wakes_at();
    }

    fn wakes_at(&self) -> Option<u64> {
        // Who no longer decides has nothing to say.
        let speaks = self.superseded.is_none();
        self.links.values().filter(|_| speaks).filter_map(Link::wake_at).min()
    }

    /// Where the log ends now. A log only grows, and what is told of it may
    /// come out of turn.
    fn stands_at(&mut self, tip: Tip) {
        if tip.seq > self.tip.seq {
            self.tip = tip;
        }
    }

    fn want_compare(&mut self) {
        self.links.values_mut().for_each(Link::want_compare);
    }

    fn connected(&mut self, now: Now, id: LinkId) {
        self.sessions = self.sessions.wrapping_add(1);
        self.links.insert(id, Link::new(now, self.sessions));
        self.say_hello(now, id);
    }

    fn disconnected(&mut self, id: LinkId) {
        self.links.remove(&id);
        self.drop_asks(id);
        self.event(id, Event::State(State::Offline));
    }

    /// What the store answers for a link that is gone or has begun anew is of no use.
    fn drop_asks(&mut self, id: LinkId) {
        if self.marking == Some(id) {
            self.marking = None;
        }
        self.asks.retain(|_, purpose| purpose.link() != Some(id));
    }

    fn goodbye(&mut self) {
        let ids: Vec<LinkId> = self.links.keys().copied().collect();
        for id in ids {
            self.send(id, Message::Goodbye);
        }
    }

    /// Begins a session: everything of the one before is void.
    fn say_hello(&mut self, now: Now, id: LinkId) {
        let hello = crate::wire::Hello {
            node: self.start.node,
            tip: At::from(self.tip),
            wall_ms: now.wall_ms,
            oldest: crate::wire::OLDEST_VERSION,
            newest: crate::wire::VERSION,
            born: self.born.map(|born| born.parent),
        };
        self.send(id, Message::Hello(hello));
        self.event(id, Event::State(State::Reconnecting));
        if let Some(link) = self.links.get_mut(&id) {
            link.said_hello(now);
        }
    }

    fn begin_anew(&mut self, now: Now, id: LinkId) {
        self.drop_asks(id);
        if self.links.contains_key(&id) {
            self.connected(now, id);
        }
    }

    fn send(&mut self, id: LinkId, message: Message) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let envelope = Envelope {
            version: link.version,
            clinic: self.start.clinic,
            session: link.session,
            nonce: link.nonce,
            message,
        };
        self.out.push_back(Output::Send(id, envelope.to_bytes()));
    }

    fn event(&mut self, id: LinkId, event: Event) {
        self.out.push_back(Output::Event(id, event));
    }

    fn ask(&mut self, purpose: Purpose, ask: Ask) {
        self.next_ask += 1;
        let id = AskId(self.next_ask);
        self.asks.insert(id, purpose);
        self.out.push_back(Output::Ask(id, ask));
    }

    /// Asks for what nobody waits for.
    fn tell(&mut self, ask: Ask) {
        self.next_ask += 1;
        self.out.push_back(Output::Ask(AskId(self.next_ask), ask));
    }

    /// Everything that may follow from what just happened.
    fn go_on(&mut self, now: Now) {
        let mut next = self.links.keys().next().copied();
        while let Some(id) = next {
            self.go_on_with(now, id);
            next = self.links.range((Bound::Excluded(id), Bound::Unbounded)).next().map(|(id, _)| *id);
        }
        if self.superseded.is_none() {
            self.decide_next(now);
        }
    }

    /// Decides what waits, once its day is open.
    fn decide_next(&mut self, now: Now) {
        let limit_reached = self.next_limit_ms.is_some_and(|limit| limit <= now.wall_ms);
        if self.deciding || !(self.undecided || limit_reached) {
            return;
        }
        let gate = self.gate();
        self.deciding = true;
        self.undecided = false;
        let ask = Ask::Decide { gate, ask_staff: self.ask_staff, now_ms: now.wall_ms };
        self.ask(Purpose::Decide, ask);
    }

    /// What may be decided.
    fn gate(&self) -> Gate {
        let gate = Gate { from: self.window.from, ..Gate::default() };
        let Some(link) = self.links.get(&LinkId::CENTRAL) else { return gate };
        Gate {
            open: link.open.clone(),
            disputed: link.disputed.clone(),
            resent: link.resent.clone(),
            clocks_apart: link.apart,
            ..gate
        }
    }
}
