//! An online request's life at central, one proposal at a time.
//!
//! [`next`] is the only way from one state to another; whoever keeps requests
//! applies it inside the transaction that writes the new state and its mail.

use minicbor::{Decode, Encode};

use crate::body::VerdictRow;
use crate::mutant::{self, Mutant};

/// Where a request stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum State {
    /// Taken down; its contact or its checks are still open.
    #[n(0)]
    Requested,
    /// Checked, and waiting for its day's gate or its turn.
    #[n(1)]
    Held,
    /// On its way to the clinic, for good: only a verdict ends it.
    #[n(2)]
    Sent,
    /// The clinic said yes.
    #[n(3)]
    Confirmed,
    /// The clinic said no.
    #[n(4)]
    Rejected,
    /// Taken back by the patient before it was sent.
    #[n(5)]
    Withdrawn,
    /// Its time came before it could be sent.
    #[n(6)]
    Expired,
    /// Something was wrong with it, told at once.
    #[n(7)]
    Refused,
}

/// What happens to a request.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Event {
    /// All checks passed.
    Screened,
    /// A check failed.
    Failed,
    /// Its gate is open and it is its turn.
    Released,
    /// The hub's log says yes.
    Accepted,
    /// The hub's log says no.
    Rejected,
    /// The hub's log says yes, and that this is the answer that stands.
    AcceptedFirst,
    /// The hub's log says no, and that this is the answer that stands.
    RejectedFirst,
    /// The patient takes it back.
    Withdrawn,
    /// Its time has come.
    TimeCame,
    /// The clinic has left for good.
    ClinicClosed,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Requested,
        Self::Held,
        Self::Sent,
        Self::Confirmed,
        Self::Rejected,
        Self::Withdrawn,
        Self::Expired,
        Self::Refused,
    ];

    /// Whether nothing more is owed to the patient.
    pub const fn is_end(self) -> bool {
        !matches!(self, Self::Requested | Self::Held | Self::Sent)
    }
}

/// What a verdict of the hub's log is to its request.
pub fn event_of(verdict: &VerdictRow) -> Event {
    match (verdict.accepted, verdict.again) {
        (true, false) => Event::Accepted,
        (false, false) => Event::Rejected,
        (true, true) => Event::AcceptedFirst,
        (false, true) => Event::RejectedFirst,
    }
}

/// The state after an event.
///
/// # Errors
/// The event can't happen there, or changes nothing: the state stays.
pub fn next(state: State, event: Event) -> Result<State, Stays> {
    use State as S;
    Ok(match (state, event) {
        (S::Requested, Event::Screened) => S::Held,
        (S::Requested, Event::Failed) => S::Refused,
        (S::Held, Event::Released) => S::Sent,
        // Once sent, nothing but the hub's log ends it: it may have been accepted there already.
        (S::Sent, Event::Withdrawn) if mutant::on(Mutant::WithdrawSent) => S::Withdrawn,
        (S::Sent, Event::TimeCame) if mutant::on(Mutant::ExpireSent) => S::Expired,
        (S::Requested | S::Held, Event::Withdrawn) => S::Withdrawn,
        (S::Requested | S::Held, Event::TimeCame) => S::Expired,
        (S::Requested | S::Held | S::Sent, Event::ClinicClosed) => S::Rejected,
        // A verdict counts wherever it finds the request: central itself may
        // have been restored from before the sending.
        (S::Requested | S::Held | S::Sent | S::Withdrawn | S::Expired | S::Refused, Event::Accepted) => S::Confirmed,
        (S::Requested | S::Held | S::Sent, Event::Rejected) => S::Rejected,
        // Whoever hears the log from further back meets what a restored desk
        // said before its first answer came back; that one is what was told.
        (state, Event::AcceptedFirst) if state != S::Confirmed => S::Confirmed,
        (S::Requested | S::Held | S::Sent | S::Confirmed, Event::RejectedFirst) => S::Rejected,
        _ => return Err(Stays),
    })
}

/// Nothing changes by that.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the request stays as it is")]
pub struct Stays;

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: [Event; 10] = [
        Event::Screened,
        Event::Failed,
        Event::Released,
        Event::Accepted,
        Event::Rejected,
        Event::AcceptedFirst,
        Event::RejectedFirst,
        Event::Withdrawn,
        Event::TimeCame,
        Event::ClinicClosed,
    ];

    /// What ends a request whatever else is known of it.
    const VERDICTS: [Event; 4] = [Event::Accepted, Event::Rejected, Event::AcceptedFirst, Event::RejectedFirst];

    #[test]
    fn only_a_verdict_or_the_clinics_end_ends_what_was_sent() {
        for event in EVENTS {
            let ends = next(State::Sent, event).is_ok();
            assert_eq!(ends, VERDICTS.contains(&event) || event == Event::ClinicClosed, "{event:?}");
        }
    }

    #[test]
    fn only_the_first_answer_changes_a_yes_or_a_no() {
        for event in EVENTS.into_iter().filter(|event| *event != Event::RejectedFirst) {
            assert_eq!(next(State::Confirmed, event), Err(Stays), "{event:?}");
        }
        for event in EVENTS.into_iter().filter(|event| *event != Event::AcceptedFirst) {
            assert_eq!(next(State::Rejected, event), Err(Stays), "{event:?}");
        }
        assert_eq!(next(State::Confirmed, Event::RejectedFirst), Ok(State::Rejected));
        assert_eq!(next(State::Rejected, Event::AcceptedFirst), Ok(State::Confirmed));
    }

    #[test]
    fn every_open_request_can_end() {
        for state in State::ALL.into_iter().filter(|state| !state.is_end()) {
            assert_eq!(next(state, Event::Accepted), Ok(State::Confirmed));
            assert_eq!(next(state, Event::ClinicClosed), Ok(State::Rejected));
        }
    }
}
