//! A clinic's own programs: a key that opens its bookings and no other's, to be
//! read.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use chairside_schedule::ClinicId;
use chairside_schedule::time::day_number;
use chairside_sync::body::{Day, Window};
use chairside_sync::mails::BookingId;
use chairside_sync::{Hash, Now};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::Api;
use super::bookings::{shown, unhex};
use super::input::{header, only, parameter, segment};
use super::problem::Problem;
use super::slots::Asked;
use super::view::BookingView;
use crate::availability::today;
use crate::clock::random;
use crate::settings::Secret;
use crate::store::requests::Booking;
use crate::store::{ClinicStorage, Storage, StorageError};

/// The header of a clinic's partner key: 64 hexadecimal digits.
pub const KEY: &str = "partner-key";

/// The most days that are listed at once, and where nobody says how many.
const DAYS_MOST: Day = 31;
const DAYS_USUAL: Day = 7;

/// Draws a clinic a new partner key; the one it had opens nothing any more. Only
/// its hash is kept, so it is shown this once. None where there is no such clinic.
///
/// # Errors
/// The store's.
pub async fn issue<S: ClinicStorage>(storage: &S, clinic: ClinicId, now: Now) -> Result<Option<Secret>, StorageError> {
    let key = random();
    let kept = storage.set_partner_key(clinic, Some(hash(&key)), now).await?;
    Ok(kept.then(|| Secret::new(blake3::Hash::from(key).to_hex().to_string())))
}

fn hash(key: &[u8]) -> Hash {
    Hash(*blake3::hash(key).as_bytes())
}

/// The clinic whose partner key a caller shows; none where they show none.
///
/// # Errors
/// `partner_key_malformed`, `partner_key_wrong` (403).
pub async fn asks<S: Storage>(api: &Api<S>, headers: &HeaderMap) -> Result<Option<ClinicId>, Problem> {
    let malformed = || Problem::bad("partner_key_malformed", KEY);
    let Some(text) = header(headers, KEY, 64).map_err(|_| malformed())? else { return Ok(None) };
    let key = unhex(text).filter(|key| key.len() == 32).ok_or_else(malformed)?;
    // Found by its hash: how long that takes tells nothing of the key.
    Ok(Some(api.engine.storage().partner(hash(&key)).await?.ok_or_else(wrong)?))
}

fn wrong() -> Problem {
    Problem { field: Some(KEY), ..Problem::new(StatusCode::FORBIDDEN, "partner_key_wrong") }
}

/// A booking of that clinic.
///
/// # Errors
/// `booking_unknown`, `partner_key_wrong` (403) for another clinic's.
pub async fn opened<S: Storage>(api: &Api<S>, id: &str, clinic: ClinicId) -> Result<Booking, Problem> {
    let id = BookingId(segment(id, "id")?);
    let booking = api.engine.storage().booking(id).await?.ok_or(Problem::unknown("booking_unknown"))?;
    if booking.clinic == clinic { Ok(booking) } else { Err(wrong()) }
}

/// Bookings of some days.
#[derive(Debug, Serialize, ToSchema)]
pub struct BookingsView {
    /// In the order of their places.
    bookings: Vec<BookingView>,
}

/// A clinic's bookings whose place is on these days, for its own programs.
#[utoipa::path(get, path = "/api/v1/clinics/{id}/bookings",
    params(("id" = uuid::Uuid, Path), ("Partner-Key" = String, Header),
        ("from" = Option<NaiveDate>, Query, description = "the first day; today"),
        ("to" = Option<NaiveDate>, Query, description = "the last day; six after the first, at most thirty")),
    responses((status = 200, body = BookingsView), (status = "4XX", body = Problem)))]
pub async fn list<S: Storage>(
    State(api): State<Api<S>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    asked: Asked,
) -> Result<Json<BookingsView>, Problem> {
    let id: ClinicId = segment(&id, "id")?;
    let missing = Problem { field: Some(KEY), ..Problem::new(StatusCode::UNAUTHORIZED, "partner_key_missing") };
    let clinic = asks(&api, &headers).await?.ok_or(missing)?;
    let Query(query): Query<HashMap<String, String>> = asked.map_err(|_| Problem::bad("malformed", "query"))?;
    only(&query, &["from", "to"])?;
    let (from, to): (Option<NaiveDate>, Option<NaiveDate>) = (parameter(&query, "from")?, parameter(&query, "to")?);
    if clinic != id {
        return Err(wrong());
    }
    let (_, plan) = api.planned(id).await?;
    let from = from.map_or_else(|| today(&plan, api.engine.clock().now()), day_number);
    let to = to.map_or(from.saturating_add(DAYS_USUAL - 1), day_number);
    if to < from {
        return Err(Problem::bad("days_reversed", "to"));
    }
    if to.saturating_sub(from) >= DAYS_MOST {
        return Err(Problem::bad("too_many_days", "to"));
    }
    let found = api.engine.storage().bookings(id, Window { from, to: to.saturating_add(1) }).await?;
    let mut bookings = Vec::with_capacity(found.len());
    for booking in &found {
        bookings.push(shown(&api, booking).await?);
    }
    Ok(Json(BookingsView { bookings }))
}
