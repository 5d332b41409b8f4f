//! Whether a contact is the patient's own: a code that was mailed to it comes back.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use chairside_schedule::id::{KindId, PractitionerId};
use chairside_sync::holds::By;
use chrono::DateTime;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Api;
use super::bookings::{opened, view};
use super::checks::{Asking, check};
use super::input::{Fields, SlotId, Wanted};
use super::problem::Problem;
use super::view::BookingView;
use crate::store::Storage;
use crate::store::requests::{Booking, Verified};

/// The longest code, with the spaces people put into it.
const CODE_MOST: usize = 16;
const DIGITS: usize = 6;

/// What was mailed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read field by field, so that each has its code; this is what the document shows")]
pub struct CodeBody {
    /// Six digits.
    #[schema(pattern = "^[0-9]{6}$", example = "123456")]
    code: String,
}

/// Takes the code that was mailed: the request goes on after that. Said again,
/// it is answered as the booking stands.
#[utoipa::path(post, path = "/api/v1/bookings/{id}/contact", request_body = CodeBody,
    params(("id" = Uuid, Path), ("Booking-Secret" = String, Header)),
    responses((status = 200, body = BookingView), (status = "4XX", body = Problem)))]
pub async fn verify<S: Storage>(
    State(api): State<Api<S>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<BookingView>, Problem> {
    let booking = opened(&api, &id, &headers).await?;
    let mut fields = Fields::read(&body)?;
    let code = fields.text("code", CODE_MOST)?;
    fields.end()?;
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if code.len() != DIGITS || !code.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(Problem::bad("malformed", "code"));
    }
    let Some(verifying) = booking.verifying else { return Ok(Json(view(&api, booking.id).await?)) };
    // Compared in constant time, whatever was said.
    let right = blake3::hash(api.keys.code(booking.id, &verifying.salt).as_bytes()) == blake3::hash(code.as_bytes());
    match api.engine.storage().verify(booking.id, right, api.engine.clock().now()).await? {
        Verified::Now(effects) => {
            api.kept.changed(booking.clinic, &effects.days);
            api.engine.tell(booking.clinic, &effects);
        }
        Verified::Already => {}
        Verified::Wrong => {
            return Err(Problem { field: Some("code"), ..Problem::new(StatusCode::FORBIDDEN, "code_wrong") });
        }
        Verified::Spent => return Err(Problem::new(StatusCode::FORBIDDEN, "code_spent")),
        Verified::NoPlace => return Err(too_late(&api, &booking).await?),
    }
    Ok(Json(view(&api, booking.id).await?))
}

/// Somebody else has the place by now: told with what is free.
async fn too_late<S: Storage>(api: &Api<S>, booking: &Booking) -> Result<Problem, Problem> {
    let (clinic, plan) = api.planned(booking.clinic).await?;
    let spot = &booking.spot;
    let start = DateTime::from_timestamp(spot.local_s, 0).unwrap_or_default().naive_utc();
    let slot = SlotId { practitioner: PractitionerId(Uuid::from_bytes(*spot.practitioner)), start };
    let wanted = Wanted { slot, kind: KindId(Uuid::from_bytes(*spot.kind)) };
    let own: Vec<By> = booking.verifying.map(|verifying| By::Visitor(verifying.visitor)).into_iter().collect();
    let asking = Asking { clinic: &clinic, plan: &plan, wanted, visit: None, own: &own, hold: None };
    let found = check(api, &asking, api.engine.clock().now()).await;
    Ok(found.err().unwrap_or(Problem::conflict("being_booked")))
}
