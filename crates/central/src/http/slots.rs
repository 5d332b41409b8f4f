//! What is free at a clinic.

use std::collections::HashMap;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use chairside_schedule::Clinic as Plan;
use chairside_schedule::id::{KindId, PractitionerId};
use chairside_schedule::time::{Instant, day_from_number, day_number};
use chairside_sync::body::{Day, Window};
use chrono::NaiveDate;

use super::Api;
use super::days::{AvailabilityView, Telling, Told};
use super::input::{SlotId, only, parameter, segment};
use super::problem::Problem;
use super::view::SlotView;
use crate::availability::today;
use crate::store::Storage;

/// The most days that are told at once.
const DAYS_MOST: Day = 62;

/// Days that are told where nobody says how many.
const DAYS_USUAL: Day = 7;

/// A query, read or refused with a code.
pub type Asked = Result<Query<HashMap<String, String>>, QueryRejection>;

fn query(asked: Asked, names: &[&str]) -> Result<HashMap<String, String>, Problem> {
    let Query(query) = asked.map_err(|_| Problem::bad("malformed", "query"))?;
    only(&query, names)?;
    Ok(query)
}

/// How long a visit of that kind is; as long as the grid where no kind is named.
pub fn minutes_of(plan: &Plan, kind: Option<KindId>) -> Result<u32, Problem> {
    let Some(kind) = kind else { return Ok(plan.grid.minutes().into()) };
    let kind = plan.kind(kind).filter(|kind| kind.active && kind.bookable_online);
    kind.map(|kind| kind.minutes).ok_or(Problem::bad("kind_unknown", "kind"))
}

/// The places of some days, free and taken.
#[utoipa::path(get, path = "/api/v1/clinics/{id}/availability",
    params(("id" = String, Path), ("from" = Option<NaiveDate>, Query, description = "the first day; today"),
        ("to" = Option<NaiveDate>, Query, description = "the last day; six after the first"),
        ("practitioner" = Option<String>, Query), ("kind" = Option<String>, Query),
        ("If-None-Match" = Option<String>, Header, description = "the ETag of the answer one has")),
    responses((status = 200, body = AvailabilityView), (status = 304), (status = "4XX", body = Problem)))]
pub async fn availability<S: Storage>(
    State(api): State<Api<S>>,
    Path(id): Path<String>,
    asked: Asked,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = segment(&id, "id")?;
    let query = query(asked, &["from", "to", "practitioner", "kind"])?;
    let (from, to): (Option<NaiveDate>, Option<NaiveDate>) = (parameter(&query, "from")?, parameter(&query, "to")?);
    let (with, kind): (Option<PractitionerId>, _) = (parameter(&query, "practitioner")?, parameter(&query, "kind")?);
    let (clinic, plan) = api.looked_at(id).await?;
    let now = api.engine.clock().now();
    let from = from.map_or_else(|| today(&plan, now), day_number);
    let to = to.map_or(from.saturating_add(DAYS_USUAL - 1), day_number);
    if to < from {
        return Err(Problem::bad("days_reversed", "to"));
    }
    if to.saturating_sub(from) >= DAYS_MOST {
        return Err(Problem::bad("too_many_days", "to"));
    }
    if with.is_some_and(|with| plan.practitioner(with).is_none_or(|one| !one.bookable_online)) {
        return Err(Problem::bad("practitioner_unknown", "practitioner"));
    }
    let minutes = minutes_of(&plan, kind)?;
    // Nobody follows that clinic: none of its days is verified.
    let open: Vec<Day> = api.engine.clinic(id).map_or_else(Vec::new, |handle| {
        let status = handle.status();
        let open = &status.borrow().open;
        (from..=to).filter(|day| open.contains(day)).collect()
    });
    let (reached, _) = api.reached(&clinic);
    let mut telling = Telling::new(reached, &plan, minutes);
    let days = Window { from: from.max(clinic.window.from), to: to.saturating_add(1).min(clinic.window.to) };
    for (day, reckoned) in api.kept.days(&api.engine, &plan, id, days, minutes, now).await? {
        let Some(date) = day_from_number(day) else { continue };
        // In order: those that are over come first.
        let over = reckoned.slots().partition_point(|slot| slot.start < Instant(now.wall_ms.div_euclid(1_000)));
        telling.day(Told { date, open: open.contains(&day), reckoned, over, with });
    }
    Ok(telling.answer(&headers))
}

/// One place.
#[utoipa::path(get, path = "/api/v1/clinics/{id}/slots/{slot}",
    params(("id" = String, Path), ("slot" = String, Path), ("kind" = Option<String>, Query)),
    responses((status = 200, body = SlotView), (status = "4XX", body = Problem)))]
pub async fn slot<S: Storage>(
    State(api): State<Api<S>>,
    Path((id, slot)): Path<(String, String)>,
    asked: Asked,
) -> Result<Json<SlotView>, Problem> {
    let (id, slot): (_, SlotId) = (segment(&id, "id")?, segment(&slot, "slot")?);
    let query = query(asked, &["kind"])?;
    let kind = parameter(&query, "kind")?;
    let (clinic, plan) = api.looked_at(id).await?;
    let minutes = minutes_of(&plan, kind)?;
    let (day, now) = (day_number(slot.day()), api.engine.clock().now());
    if !clinic.window.contains(day) {
        return Err(Problem::unknown("slot_unknown"));
    }
    let reckoned = api.kept.day(&api.engine, &plan, id, day, minutes, now).await?;
    let found = reckoned.slots().iter().find(|one| one.practitioner == slot.practitioner && one.local == slot.start);
    let (state, _) = api.reached(&clinic);
    found.map(|found| Json(SlotView::of(found, state))).ok_or(Problem::unknown("slot_unknown"))
}
