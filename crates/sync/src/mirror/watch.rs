//! A mirror as others see it: what it tells whoever watches, and what it can be asked.

use super::{Mirror, Misfit};
use crate::body::{Day, Id};
use crate::days::DaySet;
use crate::hub::State;
use crate::proposal::ProposalId;
use crate::wire::{At, Unreadable};

/// What others may want to know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// How the clinic is reached, in the plan's words.
    State(State),
    /// Bytes were refused.
    Refused(Unreadable),
    /// Entries were refused.
    Misfit(Misfit),
    /// These days' gates are open.
    Opened(Vec<Day>),
    /// These days' gates are shut.
    Shut,
    /// The hub took a proposal: for the circuit breaker.
    Answered(ProposalId),
    /// The hub hasn't taken a proposal in time: for the circuit breaker.
    Unanswered(ProposalId),
    /// A day is for a person to decide about.
    Disputed(Vec<Day>),
    /// Another installation spoke while this one's session lives.
    AnotherHub(Id),
    /// The hub took leave.
    Left,
    /// This process no longer speaks for the clinic.
    NotOwner,
}

impl Mirror {
    /// Days whose gates are open: their requests may go out.
    pub fn open_days(&self) -> &DaySet {
        &self.open
    }

    /// Days that only a person decides about.
    pub fn disputed_days(&self) -> &DaySet {
        &self.disputed
    }

    /// The running session, as the hub drew it.
    pub fn session_number(&self) -> Option<u64> {
        self.session.as_ref().map(|session| session.number)
    }

    /// The same with this side's half: what is said in it carries both.
    pub fn session(&self) -> Option<(u64, u64)> {
        self.session.as_ref().map(|session| (session.number, session.nonce))
    }

    /// How far it is.
    pub fn at(&self) -> Option<At> {
        self.at
    }

    /// How the clinic is reached.
    pub fn state(&self) -> State {
        match &self.session {
            None => State::Offline,
            Some(_) if self.compare.verified => State::Live,
            Some(_) if self.is_behind() => State::CatchingUp,
            Some(_) => State::Checking,
        }
    }

    /// Whether the hub's wall clock is too far from this one's.
    pub fn clocks_apart(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.apart)
    }

    /// Whether nothing but beats is due.
    pub fn is_quiet(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.apart || self.compare.verified)
            && !self.is_behind()
            && self.busy.is_none()
            && self.digesting.is_none()
            && self.inbox.is_empty()
            && self.unnoted.is_empty()
            && self.older.is_none()
            && self.out.is_empty()
            && self.compare.said.is_none()
    }
}
