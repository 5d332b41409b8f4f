//! A hub as others see it: what it tells whoever watches, and what it can be asked.

use super::{Hub, LinkId};
use crate::body::{Day, Id};
use crate::chain::Tip;
use crate::days::DaySet;
use crate::wire::{self, At, Unreadable};

/// What a person may want to know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// The state of a link, in the plan's words.
    State(State),
    /// Bytes were refused.
    Refused(Unreadable),
    /// These days are equal by now.
    Opened(Vec<Day>),
    /// Still unequal after [`RESENDS`](super::compare::RESENDS) tries: a person decides about it.
    Disputed(Day),
    /// The wall clocks are this far apart, in milliseconds.
    ClocksApart(u64),
    /// Another installation speaks for the clinic.
    AnotherHub(Id),
    /// Another desktop decides from now on.
    Superseded(At),
    /// A mirror gave entries back that this store had lost.
    TookBack(u64),
}

/// How a link stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// No line.
    Offline,
    /// A line, and no answer yet.
    Reconnecting,
    /// Entries are on their way.
    CatchingUp,
    /// Both sides compare.
    Checking,
    /// Everything is equal, or a person has been told what isn't.
    Live,
}

impl Hub {
    /// Which installation this is.
    pub fn node(&self) -> Id {
        self.start.node
    }

    /// The wall time at which a pending proposal's limit is reached.
    pub fn next_limit_ms(&self) -> Option<i64> {
        self.next_limit_ms
    }

    /// How a link stands.
    pub fn state(&self, id: LinkId) -> State {
        self.links.get(&id).map_or(State::Offline, |link| link.state(self.tip.seq))
    }

    /// The running session of a link.
    pub fn session_number(&self, id: LinkId) -> Option<u64> {
        self.links.get(&id).map(|link| link.session)
    }

    /// The same with the mirror's half: what is said in it carries both.
    pub fn session(&self, id: LinkId) -> Option<(u64, u64)> {
        self.links.get(&id).map(|link| (link.session, link.nonce))
    }

    /// Days whose proposals may be decided: verified with central in this session.
    pub fn open_days(&self) -> DaySet {
        self.links.get(&LinkId::CENTRAL).map(|link| link.open.clone()).unwrap_or_default()
    }

    /// Days only a person decides about, in this session with central.
    pub fn disputed_days(&self) -> DaySet {
        self.links.get(&LinkId::CENTRAL).map(|link| link.disputed.clone()).unwrap_or_default()
    }

    /// The last entry that a mirror stands at or beyond. One that begins at a
    /// mark stands there once the link is compared.
    pub fn acknowledged(&self, id: LinkId) -> Option<u64> {
        self.links.get(&id).map(|link| link.acked)
    }

    /// Where the log ends, as far as the machine has been told.
    pub fn tip(&self) -> Tip {
        self.tip
    }

    /// Who decides instead, if somebody does.
    pub fn superseded(&self) -> Option<At> {
        self.superseded
    }

    /// Whether a mirror's wall clock is too far from this one's.
    pub fn clocks_apart(&self, id: LinkId) -> bool {
        self.links.get(&id).is_some_and(|link| link.apart)
    }

    /// Whether nothing but beats is due over a link: nothing asked, sent or being compared.
    pub fn is_quiet(&self, id: LinkId) -> bool {
        let link = self.links.get(&id);
        self.asks.is_empty() && self.out.is_empty() && link.is_some_and(|link| link.is_quiet(self.tip.seq))
    }

    /// What the mirrors say is held and being filled in; `None` while no
    /// session has said anything of it.
    pub fn waiting(&self) -> Option<wire::Waiting> {
        self.links.values().filter_map(|link| link.waiting.clone()).reduce(|mut sum, link| {
            sum.held = sum.held.saturating_add(link.held);
            sum.being_booked = sum.being_booked.saturating_add(link.being_booked);
            sum.places.extend(link.places);
            sum
        })
    }
}
