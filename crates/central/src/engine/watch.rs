//! What watchers of a clinic are told, and what they can ask at any time.

use std::collections::BTreeSet;

use chairside_sync::body::{Day, Id};
use chairside_sync::breaker;
use chairside_sync::days::DaySet;
use chairside_sync::hub::State;
use chairside_sync::wire::At;

use crate::store::Moved;

/// Events a slow watcher may fall behind before it has to look at everything again.
pub const EVENTS_KEPT: usize = 256;

/// What happened at a clinic.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// It is reached otherwise.
    State(State),
    /// These days' requests may go out.
    Opened(Vec<Day>),
    /// No day's may.
    Shut,
    /// A person has to decide about these days.
    Disputed(Vec<Day>),
    /// Something else may be free on these days.
    Availability(BTreeSet<Day>),
    /// Hours, people or kinds changed.
    Settings,
    /// A request moved on.
    Request(Moved),
    /// Whether requests are passed on at all.
    Breaker(breaker::Change),
    /// Another installation spoke while one's session lives.
    AnotherHub(Id),
}

/// How a clinic stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Status {
    /// This process speaks for it.
    pub ours: bool,
    /// How it is reached. Checking from the start until something is known.
    pub state: State,
    /// Since when, milliseconds since 1970 in UTC.
    pub since_ms: i64,
    /// Days whose gates are open.
    pub open: DaySet,
    /// Days that only a person decides about.
    pub disputed: DaySet,
    /// The last entry of its log here.
    pub at: Option<At>,
    /// The hub's wall clock is too far from this one: nothing is passed on.
    pub clocks_apart: bool,
    /// Requests are passed on; false while the circuit breaker is open.
    pub passing_on: bool,
}

impl Status {
    /// Before anything is known.
    pub const fn unknown(now_ms: i64) -> Self {
        Self {
            ours: false,
            state: State::Checking,
            since_ms: now_ms,
            open: DaySet::new(),
            disputed: DaySet::new(),
            at: None,
            clocks_apart: false,
            passing_on: true,
        }
    }
}
