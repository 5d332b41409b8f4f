//! What a patient wishes of a booking that stands: elsewhere, or no longer.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use chairside_schedule::id::{AppointmentId, KindId};
use chairside_sync::booking::{Event, State as Standing};
use chairside_sync::holds::{By, VisitorId};
use chairside_sync::mails::Outcome;
use chairside_sync::proposal::Move;
use chairside_sync::{Proposal, ProposalId, Wish};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Api;
use super::bookings::{Taken, derived, opened, row_id, take_down, view};
use super::checks::{Asking, check};
use super::holds;
use super::input::{Fields, SlotId, Wanted};
use super::problem::Problem;
use super::view::BookingView;
use crate::store::Storage;
use crate::store::requests::{Booking, Claiming, NewRequest};

/// Where to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read field by field, so that each has its code; this is what the document shows")]
pub struct MoveBody {
    #[schema(
        pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}@[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$",
        example = "6f1c5a52-9d5e-4c0b-8a53-0c1f6a4f7b10@2027-03-01T09:30"
    )]
    slot: String,
}

/// A wish about a booking. The same one again has the same id until something else came of the booking.
fn about(
    booking: &Booking,
    wish: Wish,
    name: &str,
    start_s: i64,
    claim: Option<Claiming>,
    asked_ms: i64,
) -> Result<NewRequest, Problem> {
    let first = booking.requests.first().ok_or(Problem::unknown("booking_unknown"))?;
    let id = derived("change", &[booking.id.0.as_bytes(), &booking.sequence.to_le_bytes(), name.as_bytes()]);
    let proposal = Proposal {
        id: ProposalId(row_id(id)),
        appointment: booking.appointment,
        after: Some(first.proposal),
        wish,
        urgent: false,
        sealed: None,
        asked_ms: Some(asked_ms),
    };
    Ok(NewRequest {
        clinic: booking.clinic,
        booking: booking.id,
        fresh: None,
        proposal,
        start_s,
        claim,
        idempotency: None,
        screened: true,
    })
}

const fn is_over(outcome: Outcome) -> bool {
    !outcome.is_on() && !matches!(outcome, Outcome::Received | Outcome::Held | Outcome::CancellationSent)
}

/// Wishes a booking elsewhere; it stays where it is until the clinic says yes.
#[utoipa::path(patch, path = "/api/v1/bookings/{id}", request_body = MoveBody,
    params(("id" = String, Path), ("Booking-Secret" = String, Header)),
    responses((status = 200, body = BookingView), (status = "4XX", body = Problem)))]
pub async fn shift<S: Storage>(
    State(api): State<Api<S>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<BookingView>, Problem> {
    let booking = opened(&api, &id, &headers).await?;
    let mut fields = Fields::read(&body)?;
    let slot: SlotId = fields.parsed("slot")?;
    fields.end()?;
    let (practitioner, local_s) = (row_id(slot.practitioner.0), slot.start.and_utc().timestamp());
    if is_over(booking.outcome) {
        return Err(Problem::conflict("booking_over"));
    }
    if booking.outcome == Outcome::CancellationSent {
        return Err(Problem::conflict("change_pending"));
    }
    if (booking.spot.practitioner, booking.spot.local_s) == (practitioner, local_s) {
        return Ok(Json(view(&api, booking.id).await?));
    }
    let wish = Wish::Move(Move { practitioner, local_s, from_local_s: booking.spot.local_s });
    // Of what waits already, the same is answered again; something else has to wait for it.
    if let Some(open) = booking.requests.iter().skip(1).find(|request| !request.state.is_end()) {
        let same = Proposal::from_bytes(&open.content).is_ok_and(|proposal| proposal.wish == wish);
        return if same { Ok(Json(view(&api, booking.id).await?)) } else { Err(Problem::conflict("change_pending")) };
    }
    let (clinic, plan) = api.planned(booking.clinic).await?;
    let now = api.engine.clock().now();
    let wanted = Wanted { slot, kind: KindId(Uuid::from_bytes(*booking.spot.kind)) };
    let mut own: Vec<By> = booking.requests.iter().map(|request| By::Proposal(request.proposal)).collect();
    own.push(By::Visitor(VisitorId(booking.id.0)));
    let visit = Some(AppointmentId(Uuid::from_bytes(*booking.appointment)));
    let asking = Asking { clinic: &clinic, plan: &plan, wanted, visit, own: &own, hold: None };
    let offered = check(&api, &asking, now).await?;
    let claim = Claiming { visitor: VisitorId(booking.id.0), place: offered.place, day: offered.day };
    // How many there are makes a wish for a place that was refused once another wish.
    let name = format!("{} {slot}", booking.requests.len());
    let request = about(&booking, wish, &name, offered.place.interval.start.0, Some(claim), now.wall_ms)?;
    match take_down(&api, request).await? {
        Taken::Fresh | Taken::Known => Ok(Json(view(&api, booking.id).await?)),
        Taken::NoPlace => Err(check(&api, &asking, now).await.err().unwrap_or(Problem::conflict("being_booked"))),
    }
}

/// Wishes a booking no longer: taken back at once if it never left, otherwise
/// cancelled as soon as the clinic hears of it.
#[utoipa::path(delete, path = "/api/v1/bookings/{id}",
    params(("id" = String, Path), ("Booking-Secret" = String, Header)),
    responses((status = 200, body = BookingView), (status = "4XX", body = Problem)))]
pub async fn cancel<S: Storage>(
    State(api): State<Api<S>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<BookingView>, Problem> {
    let booking = opened(&api, &id, &headers).await?;
    match booking.outcome {
        // Whoever cancels what is cancelled, or about to be, has what they want.
        Outcome::Withdrawn | Outcome::CancellationSent | Outcome::CancelledByYou | Outcome::CancelledByClinic => {
            return Ok(Json(view(&api, booking.id).await?));
        }
        outcome if is_over(outcome) => return Err(Problem::conflict("booking_over")),
        _ => {}
    }
    let now = api.engine.clock().now();
    // The latest first: a change that never left needs its booking no longer than that.
    for request in booking.requests.iter().rev() {
        if !matches!(request.state, Standing::Requested | Standing::Held) {
            continue;
        }
        if Proposal::from_bytes(&request.content).is_ok_and(|proposal| proposal.wish == Wish::Cancel) {
            return Ok(Json(view(&api, booking.id).await?));
        }
        let effects = api.engine.storage().step(request.proposal, Event::Withdrawn, now).await?;
        api.kept.changed(booking.clinic, &effects.days);
        api.engine.tell(booking.clinic, &effects);
    }
    // The hold that kept the place while a code was waited for.
    if let Some(verifying) = booking.verifying.filter(|verifying| !verifying.done) {
        let left = api.engine.storage().leave(booking.clinic, verifying.visitor).await?;
        if left.is_some() {
            holds::changed(&api, booking.clinic, booking.spot.day());
        }
    }
    let left = api.engine.storage().booking(booking.id).await?.ok_or(Problem::unknown("booking_unknown"))?;
    if !is_over(left.outcome) {
        let request = about(&left, Wish::Cancel, "cancel", left.spot.start.0, None, now.wall_ms)?;
        take_down(&api, request).await?;
    }
    Ok(Json(view(&api, booking.id).await?))
}
