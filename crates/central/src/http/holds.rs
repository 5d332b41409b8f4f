//! Places kept while somebody fills in the form.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use chairside_schedule::ClinicId;
use chairside_sync::holds::{By, FORM_MS, Step, VisitorId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Api;
use super::checks::{Asking, check};
use super::input::{Fields, Wanted, header};
use super::problem::Problem;
use crate::engine::Event;
use crate::store::Storage;

/// The header in which a visitor's page says who it is: a UUID it drew itself
/// and tells nobody else.
pub const VISITOR: &str = "visitor";

/// What is to be held.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read field by field, so that each has its code; this is what the document shows")]
pub struct HoldBody {
    clinic: Uuid,
    /// With whom and when.
    #[schema(
        pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}@[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$",
        example = "6f1c5a52-9d5e-4c0b-8a53-0c1f6a4f7b10@2027-03-01T09:30"
    )]
    slot: String,
    kind: Uuid,
}

/// A place that is kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoldView {
    /// Its name, to book with or to let it go.
    id: String,
    /// The place.
    slot: String,
    /// How long a hold lasts from when it was first taken, in milliseconds.
    lasts_ms: u64,
}

/// The name of a visitor's hold. Says nothing of who that is.
pub fn name(clinic: ClinicId, visitor: VisitorId) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("chairside hold name v1");
    hasher.update(clinic.bytes()).update(visitor.0.as_bytes());
    let hash: [u8; 32] = *hasher.finalize().as_bytes();
    let own = hash.iter().take(16).fold(0, |number: u128, byte| (number << 8) | u128::from(*byte));
    format!("{}{}", clinic.0.simple(), Uuid::from_u128(own).simple())
}

/// Which clinic's hold it is, if it is this visitor's.
///
/// # Errors
/// `malformed`, `not_your_hold`.
pub fn owned(name_said: &str, visitor: VisitorId, field: &'static str) -> Result<ClinicId, Problem> {
    let malformed = || Problem::bad("malformed", field);
    if name_said.len() != 64 || !name_said.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(malformed());
    }
    let (clinic, _) = name_said.split_at_checked(32).ok_or_else(malformed)?;
    let clinic = ClinicId(Uuid::parse_str(clinic).map_err(|_| malformed())?);
    if name(clinic, visitor) == name_said {
        Ok(clinic)
    } else {
        Err(Problem { field: Some(field), ..Problem::new(StatusCode::FORBIDDEN, "not_your_hold") })
    }
}

/// Who asks.
///
/// # Errors
/// `missing`, `malformed`.
pub fn visitor(headers: &HeaderMap) -> Result<VisitorId, Problem> {
    let text = header(headers, VISITOR, 64)?.ok_or(Problem::bad("missing", VISITOR))?;
    Ok(VisitorId(Uuid::parse_str(text).map_err(|_| Problem::bad("malformed", VISITOR))?))
}

/// Keeps a place for five minutes; the one the visitor had at this clinic is let go.
#[utoipa::path(post, path = "/api/v1/holds", request_body = HoldBody, params(("Visitor" = Uuid, Header)),
    responses((status = 201, body = HoldView), (status = "4XX", body = Problem)))]
pub async fn hold<S: Storage>(
    State(api): State<Api<S>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, Json<HoldView>), Problem> {
    let visitor = visitor(&headers)?;
    let mut fields = Fields::read(&body)?;
    let clinic = fields.parsed("clinic")?;
    let wanted = Wanted { slot: fields.parsed("slot")?, kind: fields.parsed("kind")? };
    fields.end()?;
    let (clinic, plan) = api.planned(clinic).await?;
    let now = api.engine.clock().now();
    let own = [By::Visitor(visitor)];
    let asking = Asking { clinic: &clinic, plan: &plan, wanted, visit: None, own: &own, hold: None };
    let offered = check(&api, &asking, now).await?;
    let kept = api.engine.storage().hold(clinic.id, visitor, offered.place, offered.day, Step::Form, now).await?;
    if kept.is_err() {
        // Somebody was quicker since it was looked at: told with what is free now.
        return Err(check(&api, &asking, now).await.err().unwrap_or(Problem::conflict("being_booked")));
    }
    changed(&api, clinic.id, offered.day);
    let view = HoldView { id: name(clinic.id, visitor), slot: wanted.slot.to_string(), lasts_ms: FORM_MS };
    Ok((StatusCode::CREATED, Json(view)))
}

/// Lets a place go.
#[utoipa::path(delete, path = "/api/v1/holds/{id}", params(("id" = String, Path), ("Visitor" = Uuid, Header)),
    responses((status = 204), (status = "4XX", body = Problem)))]
pub async fn leave<S: Storage>(
    State(api): State<Api<S>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let visitor = visitor(&headers)?;
    let clinic = owned(&id, visitor, "id")?;
    let (clinic, plan) = api.planned(clinic).await?;
    let left = api.engine.storage().leave(clinic.id, visitor).await?.ok_or(Problem::unknown("hold_unknown"))?;
    if let chairside_sync::holds::Change::Released { place, .. } = left {
        let day = place.interval.start.local(&plan.zone).date();
        changed(&api, clinic.id, chairside_schedule::time::day_number(day));
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Everybody who looks on is told, and nobody is shown the day as it was.
pub fn changed<S: Storage>(api: &Api<S>, clinic: ClinicId, day: i32) {
    api.kept.changed(clinic, &[day].into());
    if let Some(handle) = api.engine.clinic(clinic) {
        handle.tell(Event::Availability([day].into()));
        handle.nudge();
    }
}
