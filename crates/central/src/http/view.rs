//! What is shown: no name, no address, no secret.

use chairside_schedule::Clinic as Plan;
use chairside_sync::decide::Reason;
use chairside_sync::hub::State;
use chrono::{DateTime, NaiveDateTime};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::input::SlotId;
use crate::availability::{Slot, Standing};
use crate::store::StorageError;
use crate::store::clinics::{Clinic, state_word};
use crate::store::requests::Booking;
use crate::store::told::state_word as request_word;

/// A place and how it stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub struct SlotView {
    /// Its name.
    pub slot: String,
    /// With whom.
    pub practitioner: Uuid,
    /// By the clock on the clinic's wall.
    pub start: String,
    /// How long, in minutes.
    pub minutes: u32,
    /// `free`, `being_booked`, `taken`, or `offline`: free as far as is known, at a clinic that
    /// can't be reached; a request is held until it can.
    pub state: &'static str,
}

impl SlotView {
    /// Of a place at a clinic that is reached like this.
    pub fn of(slot: &Slot, reached: State) -> Self {
        let id = SlotId { practitioner: slot.practitioner, start: slot.local };
        Self {
            slot: id.to_string(),
            practitioner: slot.practitioner.0,
            start: time(slot.local),
            minutes: slot.minutes,
            state: match slot.standing {
                Standing::Free if reached == State::Offline => "offline",
                Standing::Free => "free",
                Standing::BeingBooked => "being_booked",
                Standing::Taken => "taken",
            },
        }
    }
}

/// A local time as it is written.
pub fn time(local: NaiveDateTime) -> String {
    // ISO 8601 is what chrono writes by itself, several times faster than from a pattern.
    format!("{local:?}")
}

/// A clinic for visitors.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ClinicView {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// Address, place on the map and so on.
    #[schema(value_type = Object)]
    pub facts: Value,
    /// How it is reached: `live`, `checking`, `catching_up`, `reconnecting` or `offline`.
    pub state: &'static str,
    /// Since when, milliseconds since 1970 in UTC.
    pub state_since_ms: i64,
    /// Who may be chosen; none as long as the clinic was never heard of.
    pub practitioners: Vec<PractitionerView>,
    /// What may be booked.
    pub kinds: Vec<KindView>,
    /// The zone its clocks show.
    pub zone: Option<&'static str>,
}

/// Somebody who treats.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PractitionerView {
    /// Their id.
    pub id: Uuid,
    /// As patients know them.
    pub name: String,
    /// What they are.
    pub role: String,
}

/// A kind of visit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct KindView {
    /// Its id.
    pub id: Uuid,
    /// As the clinic calls it.
    pub name: String,
    /// How long it takes.
    pub minutes: u32,
}

impl ClinicView {
    /// Of a clinic that is reached like this, with what is offered there.
    ///
    /// # Errors
    /// [`StorageError::Damaged`] where what is kept of it isn't what was written.
    pub fn of(clinic: Clinic, plan: Option<&Plan>, reached: (State, i64)) -> Result<Self, StorageError> {
        let facts = serde_json::from_str(&clinic.facts).ok().filter(Value::is_object);
        let facts = facts.ok_or_else(|| StorageError::Damaged(format!("the facts of clinic {}", clinic.id)))?;
        let practitioners = plan.iter().flat_map(|plan| &plan.practitioners).filter(|one| one.bookable_online);
        let kinds = plan.iter().flat_map(|plan| &plan.kinds).filter(|kind| kind.bookable_online && kind.active);
        Ok(Self {
            id: clinic.id.0,
            name: clinic.name,
            facts,
            state: state_word(reached.0),
            state_since_ms: reached.1,
            practitioners: practitioners
                .map(|one| PractitionerView { id: one.id.0, name: one.name.clone(), role: one.role.clone() })
                .collect(),
            kinds: kinds
                .map(|kind| KindView { id: kind.id.0, name: kind.name.clone(), minutes: kind.minutes })
                .collect(),
            zone: plan.map(|plan| plan.zone.name()),
        })
    }
}

/// A booking for whoever has its secret.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BookingView {
    /// Its id.
    pub id: Uuid,
    /// The clinic.
    pub clinic: Uuid,
    /// What stands: `received`, `held`, `confirmed`, `not_possible`, `expired`, `withdrawn`,
    /// `cancellation_sent`, `cancelled_by_you`, `not_moved` (it stays as it was), `moved_by_clinic`
    /// or `cancelled_by_clinic`.
    pub outcome: &'static str,
    /// The how-manieth outcome it is.
    pub sequence: u64,
    /// Where it is, or is wished.
    pub slot: SlotOfBooking,
    /// The language mails are written in.
    pub language: String,
    /// When it came in, milliseconds since 1970 in UTC.
    pub made_ms: i64,
    /// Its wishes, in the order they came.
    pub requests: Vec<RequestView>,
    /// How the clinic is reached.
    pub clinic_state: &'static str,
    /// Since when, milliseconds since 1970 in UTC.
    pub clinic_state_since_ms: i64,
    /// When the clinic opens next, by the clock on its wall; none while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clinic_opens: Option<String>,
    /// The code that was mailed is waited for: the request goes on after that.
    pub waits_for_code: bool,
}

/// The place a booking speaks of.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SlotOfBooking {
    /// With whom.
    pub practitioner: Uuid,
    /// What for.
    pub kind: Uuid,
    /// By the clock on the clinic's wall.
    pub start: String,
    /// How long, in minutes.
    pub minutes: u32,
}

/// A wish of a booking.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RequestView {
    /// `requested`, `held`, `sent`, `confirmed`, `rejected`, `withdrawn`, `expired` or `refused`.
    pub state: &'static str,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// What the clinic offers instead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<SlotOfBooking>,
    /// When it came in, milliseconds since 1970 in UTC.
    pub arrived_ms: i64,
}

impl BookingView {
    /// Of a booking, at a clinic that is reached like this.
    pub fn of(booking: &Booking, reached: (State, i64), opens: Option<NaiveDateTime>) -> Self {
        let spot = &booking.spot;
        let place = |practitioner: chairside_sync::body::Id, local_s: i64, minutes: u32| SlotOfBooking {
            practitioner: Uuid::from_bytes(*practitioner),
            kind: Uuid::from_bytes(*spot.kind),
            start: DateTime::from_timestamp(local_s, 0).map(|at| time(at.naive_utc())).unwrap_or_default(),
            minutes,
        };
        let requests = booking.requests.iter().map(|request| {
            let no = request.verdict.as_ref().filter(|verdict| !verdict.accepted);
            let reason = no.and_then(|verdict| verdict.reason.as_deref()).and_then(Reason::parse);
            let others = no.map(|verdict| verdict.alternatives.as_slice()).unwrap_or_default();
            RequestView {
                state: request_word(request.state),
                reason: reason.map(Reason::as_str),
                alternatives: others.iter().map(|one| place(one.practitioner, one.local_s, one.minutes)).collect(),
                arrived_ms: request.arrived_ms,
            }
        });
        Self {
            id: booking.id.0,
            clinic: booking.clinic.0,
            outcome: booking.outcome.as_str(),
            sequence: booking.sequence,
            slot: place(spot.practitioner, spot.local_s, spot.minutes),
            language: booking.language.clone(),
            made_ms: booking.made_ms,
            requests: requests.collect(),
            clinic_state: state_word(reached.0),
            clinic_state_since_ms: reached.1,
            clinic_opens: opens.map(time),
            waits_for_code: booking.waits_for_code(),
        }
    }
}

#[cfg(test)]
mod tests {
    use chairside_schedule::id::PractitionerId;
    use chairside_schedule::time::Instant;

    use super::*;

    #[test]
    fn what_is_free_at_a_clinic_that_is_away_is_shown_as_such() {
        let slot = |standing| Slot {
            practitioner: PractitionerId(Uuid::from_u128(1)),
            local: NaiveDateTime::default(),
            start: Instant(0),
            minutes: 30,
            standing,
        };
        let shown = |standing, reached| SlotView::of(&slot(standing), reached).state;
        assert_eq!(shown(Standing::Free, State::Live), "free");
        assert_eq!(shown(Standing::Free, State::Offline), "offline");
        assert_eq!(shown(Standing::BeingBooked, State::Offline), "being_booked");
        assert_eq!(shown(Standing::Taken, State::Offline), "taken");
    }
}
