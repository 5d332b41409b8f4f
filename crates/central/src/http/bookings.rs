//! Wishes for a visit: taken down, and shown to whoever has the secret.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use chairside_sync::body::{Id, normalised};
use chairside_sync::holds::{By, VisitorId};
use chairside_sync::hub::State as Reached;
use chairside_sync::mails::BookingId;
use chairside_sync::proposal::Place;
use chairside_sync::{Hash, Now, Proposal, ProposalId, Wish};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Api;
use super::checks::{Asking, check};
use super::input::{Fields, Wanted, header, is_address, segment};
use super::problem::Problem;
use super::view::BookingView;
use super::{holds, partner};
use crate::availability::opens;
use crate::clock::random;
use crate::keys::Salt;
use crate::store::Storage;
use crate::store::requests::{Booking, Claiming, Counted, Idempotency, NewBooking, NewRequest, TakenDown, Terms};

/// The header of a booking's secret: 32 bytes the booking's maker drew, as 64 hexadecimal digits.
pub const SECRET: &str = "booking-secret";
/// The header that names an attempt.
const ATTEMPT: &str = "idempotency-key";
/// The longest name of an attempt.
const ATTEMPT_MOST: usize = 255;
/// The longest sealed words, as hexadecimal digits.
const SEALED_MOST: usize = 16 * 1024;

/// What is wished.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read field by field, so that each has its code; this is what the document shows")]
pub struct BookingBody {
    clinic: Uuid,
    /// With whom and when.
    #[schema(
        pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}@[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$",
        example = "6f1c5a52-9d5e-4c0b-8a53-0c1f6a4f7b10@2027-03-01T09:30"
    )]
    slot: String,
    kind: Uuid,
    /// The hold that is given up for it.
    #[schema(pattern = "^[0-9a-fA-F]{64}$")]
    hold: Option<String>,
    /// `sv` or `en`.
    #[schema(pattern = "^(sv|en)$", example = "sv")]
    language: String,
    /// It goes before others.
    urgent: Option<bool>,
    /// An e-mail address.
    #[schema(
        max_length = 254,
        pattern = "^[A-Za-z0-9_+-]{1,64}@[a-z0-9]{1,30}([.][a-z0-9]{1,30}){1,3}$",
        example = "somebody@example.org"
    )]
    contact: String,
    /// What only the clinic can read, as hexadecimal digits.
    #[schema(max_length = 16384, pattern = "^([0-9a-fA-F]{2})*$", example = "00ff")]
    sealed: Option<String>,
}

/// The hash of the secret a caller has.
///
/// # Errors
/// `secret_missing` (401), `secret_malformed`.
pub fn secret(headers: &HeaderMap) -> Result<Hash, Problem> {
    let malformed = || Problem::bad("secret_malformed", SECRET);
    let text = header(headers, SECRET, 64).map_err(|_| malformed())?;
    let missing = Problem { field: Some(SECRET), ..Problem::new(StatusCode::UNAUTHORIZED, "secret_missing") };
    let bytes = unhex(text.ok_or(missing)?).filter(|bytes| bytes.len() == 32).ok_or_else(malformed)?;
    Ok(Hash(*blake3::hash(&bytes).as_bytes()))
}

pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    if rest.is_empty() { bytes.collect() } else { None }
}

/// An id that follows from what it is for: the same attempt has the same ones.
pub fn derived(what: &str, parts: &[&[u8]]) -> Uuid {
    let mut hasher = blake3::Hasher::new_derive_key("chairside central ids v1");
    for part in [what.as_bytes()].iter().chain(parts) {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
    }
    let hash = hasher.finalize();
    let bytes = hash.as_bytes().iter().take(16).fold(0, |number: u128, byte| (number << 8) | u128::from(*byte));
    uuid::Builder::from_u128(bytes).with_version(uuid::Version::Custom).into_uuid()
}

/// An id as rows have it.
pub fn row_id(id: Uuid) -> Id {
    Id::from(id.into_bytes())
}

/// Takes a wish down.
#[utoipa::path(post, path = "/api/v1/bookings", request_body = BookingBody,
    params(("Idempotency-Key" = String, Header), ("Booking-Secret" = String, Header), ("Visitor" = Option<Uuid>, Header)),
    responses((status = 201, body = BookingView), (status = 200, body = BookingView), (status = "4XX", body = Problem)))]
pub async fn book<S: Storage>(
    State(api): State<Api<S>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, Json<BookingView>), Problem> {
    let secret_hash = secret(&headers)?;
    let attempt = header(&headers, ATTEMPT, ATTEMPT_MOST)?.ok_or(Problem::bad("missing", ATTEMPT))?;
    let mut fields = Fields::read(&body)?;
    let clinic = fields.parsed("clinic")?;
    let wanted = Wanted { slot: fields.parsed("slot")?, kind: fields.parsed("kind")? };
    let hold = fields.optional_text("hold", 64)?;
    let language = fields.text("language", 8)?;
    if !["sv", "en"].contains(&language.as_str()) {
        return Err(Problem::bad("language_unknown", "language"));
    }
    let contact = normalised(&fields.text("contact", 254)?);
    if !is_address(&contact) {
        return Err(Problem::bad("malformed", "contact"));
    }
    let urgent = fields.flag("urgent")?;
    let sealed = fields.optional_text("sealed", SEALED_MOST)?;
    let sealed = sealed.map(|text| unhex(&text).ok_or(Problem::bad("malformed", "sealed"))).transpose()?;
    fields.end()?;

    let ids: [&[u8]; 2] = [&secret_hash.0, attempt.as_bytes()];
    let id = BookingId(derived("booking", &ids));
    let content = Hash(*blake3::hash(&body).as_bytes());
    if let Some(known) = api.engine.storage().booking(id).await? {
        // The same attempt: the store compares what was said with it.
        return again(&api, known, &ids, content).await;
    }
    let visitor = match &hold {
        None => VisitorId(id.0),
        Some(hold) => {
            let visitor = holds::visitor(&headers)?;
            if holds::owned(hold, visitor, "hold")? != clinic {
                return Err(Problem::bad("other_clinic", "hold"));
            }
            visitor
        }
    };
    let (clinic, plan) = api.planned(clinic).await?;
    let now = api.engine.clock().now();
    let own = [By::Visitor(visitor)];
    let held = hold.is_some().then_some(visitor);
    let asking = Asking { clinic: &clinic, plan: &plan, wanted, visit: None, own: &own, hold: held };
    let offered = check(&api, &asking, now).await?;
    let place = Place {
        practitioner: row_id(wanted.slot.practitioner.0),
        kind: row_id(wanted.kind.0),
        patient: row_id(derived("patient", &ids)),
        local_s: offered.local_s,
        minutes: offered.minutes,
    };
    let proposal = Proposal {
        id: ProposalId(row_id(derived("proposal", &ids))),
        appointment: row_id(derived("appointment", &ids)),
        after: None,
        wish: Wish::Book(place),
        urgent,
        sealed: sealed.map(Into::into),
        asked_ms: Some(now.wall_ms),
    };
    let request = NewRequest {
        clinic: clinic.id,
        booking: id,
        fresh: Some(NewBooking {
            secret_hash,
            terms: terms(&api, &contact, api.reached(&clinic).0, now),
            contact: Some(contact),
            language,
        }),
        proposal,
        start_s: offered.place.interval.start.0,
        claim: Some(Claiming { visitor, place: offered.place, day: offered.day }),
        idempotency: Some(named(&ids, content)),
        screened: true,
    };
    let status = match take_down(&api, request).await? {
        Taken::Fresh => StatusCode::CREATED,
        Taken::Known => StatusCode::OK,
        Taken::NoPlace => {
            // Somebody was quicker since it was looked at: told with what is free now.
            return Err(check(&api, &asking, now).await.err().unwrap_or(Problem::conflict("being_booked")));
        }
    };
    Ok((status, Json(view(&api, id).await?)))
}

/// Over which time a contact's bookings are counted.
const COUNTED_MS: i64 = 24 * 60 * 60_000;

/// What is asked of a contact at a clinic that is reached like this.
fn terms<S: Storage>(api: &Api<S>, contact: &str, reached: Reached, now: Now) -> Terms {
    let most = api.limits.bookings_per_contact;
    let since_ms = now.wall_ms.saturating_sub(COUNTED_MS);
    let mut terms =
        Terms { counted: Some(Counted { key: api.keys.contact(contact), most, since_ms }), ..Terms::default() };
    if api.verify_contact && reached != Reached::Live {
        let mut salt = Salt::default();
        salt.iter_mut().zip(random()).for_each(|(to, from)| *to = from);
        terms.verify = Some(salt);
    }
    terms
}

fn named(ids: &[&[u8]; 2], body: Hash) -> Idempotency {
    Idempotency { key: Hash(*blake3::hash(derived("attempt", ids).as_bytes()).as_bytes()), body }
}

/// An attempt that came before: answered as it stands, if it says the same.
async fn again<S: Storage>(
    api: &Api<S>,
    known: Booking,
    ids: &[&[u8]; 2],
    body: Hash,
) -> Result<(StatusCode, Json<BookingView>), Problem> {
    let proposal = Proposal {
        id: ProposalId(row_id(derived("proposal", ids))),
        appointment: known.appointment,
        after: None,
        wish: Wish::Cancel,
        urgent: false,
        sealed: None,
        asked_ms: None,
    };
    let request = NewRequest {
        clinic: known.clinic,
        booking: known.id,
        fresh: None,
        proposal,
        start_s: known.spot.start.0,
        claim: None,
        idempotency: Some(named(ids, body)),
        screened: true,
    };
    take_down(api, request).await?;
    Ok((StatusCode::OK, Json(view(api, known.id).await?)))
}

/// What became of a wish, as far as callers are told apart by it.
pub enum Taken {
    /// It is kept.
    Fresh,
    /// It was already.
    Known,
    /// Somebody else has its place.
    NoPlace,
}

/// Hands a wish to the store and tells whoever looks on.
///
/// # Errors
/// `idempotency_key_reused` (422), `too_many_bookings` (429), `booking_unknown`.
pub async fn take_down<S: Storage>(api: &Api<S>, request: NewRequest) -> Result<Taken, Problem> {
    let clinic = request.clinic;
    match api.engine.storage().take_down(request, api.engine.clock().now()).await? {
        TakenDown::Fresh(effects) => {
            api.kept.changed(clinic, &effects.days);
            api.engine.tell(clinic, &effects);
            Ok(Taken::Fresh)
        }
        TakenDown::Known(..) => Ok(Taken::Known),
        TakenDown::OtherContent => Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused")),
        TakenDown::NoPlace(_) => Ok(Taken::NoPlace),
        TakenDown::TooMany => {
            Err(Problem { field: Some("contact"), ..Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_bookings") })
        }
        TakenDown::NoBooking => Err(Problem::unknown("booking_unknown")),
    }
}

/// A booking as its owner is shown it.
pub async fn view<S: Storage>(api: &Api<S>, id: BookingId) -> Result<BookingView, Problem> {
    let booking = api.engine.storage().booking(id).await?.ok_or(Problem::unknown("booking_unknown"))?;
    shown(api, &booking).await
}

/// A booking with how its clinic is reached.
pub async fn shown<S: Storage>(api: &Api<S>, booking: &Booking) -> Result<BookingView, Problem> {
    let clinic = api.clinic(booking.clinic).await?;
    let plan = api.kept.plan(&api.engine, booking.clinic).await?;
    let opens = plan.and_then(|plan| opens(&plan, api.engine.clock().now()));
    Ok(BookingView::of(booking, api.reached(&clinic), opens))
}

/// Whether a secret opens a booking: its maker's, or the one in its mails.
pub fn opens_with<S>(api: &Api<S>, id: BookingId, made_with: Hash, secret: Hash) -> bool {
    let mailed = blake3::hash(&api.keys.link_secret(id));
    let secret = blake3::Hash::from(secret.0);
    // Compared in constant time.
    blake3::Hash::from(made_with.0) == secret || mailed == secret
}

/// The booking a caller has the secret of.
///
/// # Errors
/// `secret_missing`, `secret_malformed`, `booking_unknown`, `secret_wrong` (403).
pub async fn opened<S: Storage>(api: &Api<S>, id: &str, headers: &HeaderMap) -> Result<Booking, Problem> {
    let id = BookingId(segment(id, "id")?);
    let secret = secret(headers)?;
    let booking = api.engine.storage().booking(id).await?.ok_or(Problem::unknown("booking_unknown"))?;
    if opens_with(api, id, booking.secret_hash, secret) {
        Ok(booking)
    } else {
        Err(Problem::new(StatusCode::FORBIDDEN, "secret_wrong"))
    }
}

/// A booking, for whoever has its secret or its clinic's partner key.
#[utoipa::path(get, path = "/api/v1/bookings/{id}",
    params(("id" = String, Path), ("Booking-Secret" = Option<String>, Header), ("Partner-Key" = Option<String>, Header)),
    responses((status = 200, body = BookingView), (status = "4XX", body = Problem)))]
pub async fn show<S: Storage>(
    State(api): State<Api<S>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<BookingView>, Problem> {
    let booking = match partner::asks(&api, &headers).await? {
        Some(clinic) => partner::opened(&api, &id, clinic).await?,
        None => opened(&api, &id, &headers).await?,
    };
    Ok(Json(shown(&api, &booking).await?))
}
