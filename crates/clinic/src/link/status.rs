//! How the link stands, in the words people are told.

use std::collections::BTreeSet;

use chairside_sync::body::Day;
use chairside_sync::hub::{self, Hub, LinkId};
use chairside_sync::wire::{Waiting, WaitingPlace};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How the link stands: the plan's five words.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "ConnectionState")]
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

/// What people are told of the link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Status {
    /// How it stands.
    pub state: State,
    /// Since when, milliseconds since 1970 in UTC.
    pub since_ms: i64,
    /// When central was last heard in this process, to the second, milliseconds since 1970 in UTC.
    pub heard_ms: Option<i64>,
    /// Entries of the log that central isn't known to have.
    pub unsent: u64,
    /// The last entry that central is known to have.
    pub acknowledged: Option<u64>,
    /// Days, counted from 1970, verified in this session: online bookings for them are decided.
    pub open: BTreeSet<Day>,
    /// Days on which the two differ for good: a person decides each booking.
    pub disputed: BTreeSet<Day>,
    /// Requests that wait at central.
    pub held: u32,
    /// Patients who are filling in the form.
    pub being_booked: u32,
    /// Where, as central last said in this run of the application.
    pub places: Vec<WaitingPlace>,
    /// The two wall clocks are this far apart, in milliseconds; nothing is decided while they are.
    pub clocks_apart_ms: Option<u64>,
    /// Another installation speaks for the clinic.
    pub another_hub: bool,
    /// Another desktop decides for the clinic from now on.
    pub superseded: bool,
}

impl From<hub::State> for State {
    fn from(state: hub::State) -> Self {
        match state {
            hub::State::Offline => Self::Offline,
            hub::State::Reconnecting => Self::Reconnecting,
            hub::State::CatchingUp => Self::CatchingUp,
            hub::State::Checking => Self::Checking,
            hub::State::Live => Self::Live,
        }
    }
}

impl Status {
    /// Before anything is known.
    pub(super) fn offline(now_ms: i64, hub: &Hub, acknowledged: Option<u64>) -> Self {
        let mut status = Self {
            state: State::Offline,
            since_ms: now_ms,
            heard_ms: None,
            unsent: 0,
            acknowledged: None,
            open: BTreeSet::new(),
            disputed: BTreeSet::new(),
            held: 0,
            being_booked: 0,
            places: Vec::new(),
            clocks_apart_ms: None,
            another_hub: false,
            superseded: false,
        };
        status.read(hub, acknowledged, now_ms);
        status
    }

    /// Takes over what the machine says of itself.
    pub(super) fn read(&mut self, hub: &Hub, acknowledged: Option<u64>, now_ms: i64) {
        let state = State::from(hub.state(LinkId::CENTRAL));
        if self.state != state {
            (self.state, self.since_ms) = (state, now_ms);
        }
        self.acknowledged = acknowledged;
        self.unsent = hub.tip().seq.saturating_sub(acknowledged.unwrap_or_default());
        self.open = hub.open_days().into_iter().collect();
        self.disputed = hub.disputed_days().into_iter().collect();
        // What was last heard stands until more is heard.
        if let Some(Waiting { held, being_booked, places }) = hub.waiting() {
            (self.held, self.being_booked, self.places) = (held, being_booked, places);
        }
        if !hub.clocks_apart(LinkId::CENTRAL) {
            self.clocks_apart_ms = None;
        }
        self.superseded = hub.superseded().is_some();
        if state == State::Live {
            self.another_hub = false;
        }
    }
}
