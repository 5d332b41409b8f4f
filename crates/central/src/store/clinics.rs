//! Which clinics there are, what is offered of them, and what an operator looks at.

use std::future::Future;

use chairside_schedule::ClinicId;
use chairside_sync::body::{AppointmentRow, Day, Id, SettingsRow, Window};
use chairside_sync::digest::DayRows;
use chairside_sync::hub::State;
use chairside_sync::takeover::{self, Grant, Refusal};
use chairside_sync::wire::At;
use chairside_sync::{Hash, Now, ProposalId};

use super::StorageError;
use super::requests::Request;

/// A clinic as it is added.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewClinic {
    /// Its id, which its desk's store has too.
    pub id: ClinicId,
    /// What it is called.
    pub name: String,
    /// What a visitor is told of it: a JSON object.
    pub facts: String,
}

/// A clinic as it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Clinic {
    /// Its id.
    pub id: ClinicId,
    /// What it is called.
    pub name: String,
    /// What a visitor is told of it: a JSON object.
    pub facts: String,
    /// When it was added, milliseconds since 1970 in UTC.
    pub added_ms: i64,
    /// No desk was paired with it yet, and its id is that desk's to be.
    pub awaits_desk: bool,
    /// Who decides for it.
    pub granted: Grant,
    /// The last entry of its log here.
    pub at: Option<At>,
    /// The days that are kept.
    pub window: Window,
    /// How it was last reached.
    pub state: State,
    /// Since when, milliseconds since 1970 in UTC.
    pub state_since_ms: i64,
}

/// The word of a state in tables; it doesn't change.
pub const fn state_word(state: State) -> &'static str {
    match state {
        State::Offline => "offline",
        State::Reconnecting => "reconnecting",
        State::CatchingUp => "catching_up",
        State::Checking => "checking",
        State::Live => "live",
    }
}

/// Reads [`state_word`] back.
pub fn parse_state(word: &str) -> Option<State> {
    let all = [State::Offline, State::Reconnecting, State::CatchingUp, State::Checking, State::Live];
    all.into_iter().find(|state| state_word(*state) == word)
}

/// A visit that only this mirror had.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Orphan {
    /// The row as it was here.
    pub row: AppointmentRow,
    /// When it was found, milliseconds since 1970 in UTC.
    pub found_ms: i64,
    /// The hub's log speaks of it by now.
    pub heard: bool,
}

/// Reads for everybody, and what an operator may do.
pub trait ClinicStorage {
    /// Adds a clinic; `false` where it is there already, which changes nothing.
    fn add_clinic(&self, clinic: NewClinic, now: Now) -> impl Future<Output = Result<bool, StorageError>> + Send;

    /// Every clinic, by name.
    fn clinics(&self) -> impl Future<Output = Result<Vec<Clinic>, StorageError>> + Send;

    /// A clinic.
    fn clinic(&self, id: ClinicId) -> impl Future<Output = Result<Option<Clinic>, StorageError>> + Send;

    /// A clinic's rows of these days (the last not included), of every day that has any.
    fn rows(
        &self,
        clinic: ClinicId,
        days: Window,
    ) -> impl Future<Output = Result<Vec<(Day, DayRows)>, StorageError>> + Send;

    /// A clinic's settings as last heard of.
    fn settings(&self, clinic: ClinicId) -> impl Future<Output = Result<Option<SettingsRow>, StorageError>> + Send;

    /// Another desktop asks to decide for the clinic: [`takeover::grant`], read
    /// and written in one transaction.
    fn grant(
        &self,
        clinic: ClinicId,
        request: takeover::Request,
    ) -> impl Future<Output = Result<Result<Grant, Refusal>, StorageError>> + Send;

    /// Visits that only this mirror had, the latest found first.
    fn orphans_of(&self, clinic: ClinicId) -> impl Future<Output = Result<Vec<Orphan>, StorageError>> + Send;

    /// Requests that were set aside, of all clinics, at most so many.
    fn quarantined(&self, limit: u32) -> impl Future<Output = Result<Vec<Request>, StorageError>> + Send;

    /// Puts a request that was set aside back in its place; `false` where it wasn't.
    fn try_again(&self, proposal: ProposalId) -> impl Future<Output = Result<bool, StorageError>> + Send;

    /// The hash of the key that opens a clinic's bookings to a program of its
    /// own; none takes it away. `false` where there is no such clinic.
    fn set_partner_key(
        &self,
        clinic: ClinicId,
        key: Option<Hash>,
        now: Now,
    ) -> impl Future<Output = Result<bool, StorageError>> + Send;

    /// Whose bookings a key opens.
    fn partner(&self, key: Hash) -> impl Future<Output = Result<Option<ClinicId>, StorageError>> + Send;

    /// This store was brought back from a backup: it begins a life of its own,
    /// and no mail leaves for a clinic before its hub was heard out. What was
    /// open may have been sent since, so it counts as sent: it is proposed again,
    /// and only the hub's answer ends it.
    fn begin_new_life(&self, incarnation: Id) -> impl Future<Output = Result<(), StorageError>> + Send;
}
