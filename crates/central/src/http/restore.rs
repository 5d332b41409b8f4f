//! A request that comes back from its patient's mail, after central was brought
//! back from a backup that is older than it.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use chairside_schedule::id::PractitionerId;
use chairside_schedule::time::{Instant, Interval};
use chairside_sync::holds::{self, VisitorId};
use chairside_sync::mails::BookingId;
use chairside_sync::proposal::day_of;
use chairside_sync::{Hash, Now, Proposal, Wish};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Api;
use super::bookings::{Taken, opens_with, secret, take_down, view};
use super::input::Fields;
use super::problem::Problem;
use super::view::BookingView;
use crate::mails::link::{Carried, from_text};
use crate::store::Storage;
use crate::store::requests::{Claiming, Counted, NewBooking, NewRequest, Restored, Terms};

/// The longest request, as a link has it: the longest sealed words, and all else beside them.
const REQUEST_MOST: usize = 16 * 1024;
/// 32 bytes, as a link has them.
const SIGNATURE_MOST: usize = 43;

/// What a mail's link carries in its fragment.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read field by field, so that each has its code; this is what the document shows")]
pub struct RestoreBody {
    /// The booking's.
    id: Uuid,
    /// The request, as the link has it.
    #[schema(min_length = 1, max_length = 16384, pattern = "^[A-Za-z0-9_-]+$", example = "qQAB")]
    request: String,
    /// Central's signature under it, as the link has it.
    #[schema(pattern = "^[A-Za-z0-9_-]{43}$", example = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    signature: String,
}

/// Brings a request back under the same id. A booking that is still known is
/// answered as it stands; one that isn't goes the way of a new one, and a clinic
/// that decided it long ago answers what it answered then.
#[utoipa::path(post, path = "/api/v1/bookings/restore", request_body = RestoreBody,
    params(("Booking-Secret" = String, Header)),
    responses((status = 201, body = BookingView), (status = 200, body = BookingView), (status = "4XX", body = Problem)))]
pub async fn restore<S: Storage>(
    State(api): State<Api<S>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, Json<BookingView>), Problem> {
    let secret = secret(&headers)?;
    let mut fields = Fields::read(&body)?;
    let id = BookingId(fields.parsed("id")?);
    let request = fields.text("request", REQUEST_MOST)?;
    let signature = fields.text("signature", SIGNATURE_MOST)?;
    fields.end()?;
    let request = from_text(&request).ok_or(Problem::bad("malformed", "request"))?;
    let signature = from_text(&signature).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let signature = signature.ok_or(Problem::bad("malformed", "signature"))?;
    if !api.keys.is_signed(id, &request, &signature) {
        return Err(Problem { field: Some("signature"), ..Problem::new(StatusCode::FORBIDDEN, "signature_wrong") });
    }
    // Central signed it, so it was one once; perhaps in a form this version doesn't know.
    let carried = Carried::from_bytes(&request).ok_or(Problem::bad("malformed", "request"))?;
    if !opens_with(&api, id, Hash(*carried.secret_hash), secret) {
        return Err(Problem::new(StatusCode::FORBIDDEN, "secret_wrong"));
    }
    if api.engine.storage().booking(id).await?.is_some() {
        return Ok((StatusCode::OK, Json(view(&api, id).await?)));
    }
    let now = api.engine.clock().now();
    if carried.start_s <= now.wall_ms.div_euclid(1_000) {
        return Err(Problem::conflict("past"));
    }
    let clinic = api.clinic(carried.clinic()).await?;
    let again = again(&api, id, &carried, now)?;
    let claimed = take_down(&api, again.clone()).await?;
    let taken = match claimed {
        // It was acknowledged first; who has it is the clinic's to say.
        Taken::NoPlace => take_down(&api, NewRequest { claim: None, ..again }).await?,
        taken => taken,
    };
    tracing::info!(booking = %id.0, clinic = %clinic.id, "a request came back from its patient's mail");
    let status = if matches!(taken, Taken::Fresh) { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(view(&api, id).await?)))
}

/// The request as it was taken down once.
fn again<S>(api: &Api<S>, id: BookingId, carried: &Carried, now: Now) -> Result<NewRequest, Problem> {
    let malformed = || Problem::bad("malformed", "request");
    let proposal = Proposal::from_bytes(&carried.content).map_err(|_| malformed())?;
    let Wish::Book(wished) = &proposal.wish else { return Err(malformed()) };
    let start = Instant(carried.start_s);
    let interval = Interval::new(start, Instant(start.0 + i64::from(wished.minutes) * 60)).ok_or_else(malformed)?;
    let place =
        holds::Place { practitioner: PractitionerId(Uuid::from_bytes(*wished.practitioner)), chair: None, interval };
    let claim = Claiming { visitor: VisitorId(id.0), place, day: day_of(wished.local_s) };
    let counted = carried.contact.as_deref().map(|contact| Counted {
        key: api.keys.contact(contact),
        // Counted, and not refused for it: it was taken once.
        most: u32::MAX,
        since_ms: now.wall_ms,
    });
    let restored = Some(Restored { made_ms: carried.made_ms, sequence: carried.sequence });
    Ok(NewRequest {
        clinic: carried.clinic(),
        booking: id,
        fresh: Some(NewBooking {
            secret_hash: Hash(*carried.secret_hash),
            contact: carried.contact.clone(),
            language: carried.language.clone(),
            terms: Terms { counted, verify: None, restored },
        }),
        proposal,
        start_s: carried.start_s,
        claim: Some(claim),
        idempotency: None,
        screened: true,
    })
}
