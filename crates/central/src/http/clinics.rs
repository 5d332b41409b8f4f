//! Clinics and how they are reached.

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use super::Api;
use super::input::segment;
use super::problem::Problem;
use super::view::ClinicView;
use crate::store::Storage;
use crate::store::clinics::state_word;

/// Every clinic.
#[utoipa::path(get, path = "/api/v1/clinics", responses((status = 200, body = Vec<ClinicView>)))]
pub async fn list<S: Storage>(State(api): State<Api<S>>) -> Result<Json<Vec<ClinicView>>, Problem> {
    let mut views = Vec::new();
    // One that waits for its desk can't be asked for anything, and will have another id.
    for clinic in api.engine.storage().clinics().await?.into_iter().filter(|clinic| !clinic.awaits_desk) {
        let plan = api.kept.plan(&api.engine, clinic.id).await?;
        let reached = api.reached(&clinic);
        match ClinicView::of(clinic, plan.as_deref(), reached) {
            Ok(view) => views.push(view),
            // Asked for by its id it is an error; the others aren't kept back for it.
            Err(error) => tracing::error!(%error, "a clinic is left out of the list"),
        }
    }
    Ok(Json(views))
}

/// A clinic.
#[utoipa::path(get, path = "/api/v1/clinics/{id}", params(("id" = String, Path)),
    responses((status = 200, body = ClinicView), (status = "4XX", body = Problem)))]
pub async fn one<S: Storage>(State(api): State<Api<S>>, Path(id): Path<String>) -> Result<Json<ClinicView>, Problem> {
    let id = segment(&id, "id")?;
    let clinic = api.clinic(id).await?;
    let plan = api.kept.plan(&api.engine, id).await?;
    let reached = api.reached(&clinic);
    Ok(Json(ClinicView::of(clinic, plan.as_deref(), reached)?))
}

/// How a clinic is reached.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatusView {
    /// `live`, `checking`, `catching_up`, `reconnecting` or `offline`.
    state: &'static str,
    /// Since when, milliseconds since 1970 in UTC.
    since_ms: i64,
    /// Requests are passed on; while they are not, they are held.
    passing_on: bool,
    /// Requests that wait for the clinic.
    held: u32,
    /// Places that are being booked.
    being_booked: u32,
}

/// How a clinic is reached, and what waits for it.
#[utoipa::path(get, path = "/api/v1/clinics/{id}/status", params(("id" = String, Path)),
    responses((status = 200, body = StatusView), (status = "4XX", body = Problem)))]
pub async fn status<S: Storage>(
    State(api): State<Api<S>>,
    Path(id): Path<String>,
) -> Result<Json<StatusView>, Problem> {
    let clinic = api.clinic(segment(&id, "id")?).await?;
    let waiting = api.engine.storage().waiting(clinic.id, api.engine.clock().now()).await?;
    let running = api.engine.clinic(clinic.id).map(|handle| handle.status().borrow().clone());
    let ours = running.filter(|status| status.ours);
    let (state, since_ms) = api.reached(&clinic);
    Ok(Json(StatusView {
        state: state_word(state),
        since_ms,
        passing_on: ours.is_none_or(|ours| ours.passing_on),
        held: waiting.held,
        being_booked: waiting.being_booked,
    }))
}
