//! What changes at a clinic, as it changes.

use std::collections::HashMap;
use std::convert::Infallible;

use axum::extract::{Path, Query, State};
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use chairside_schedule::time::day_number;
use chairside_sync::body::Day;
use chrono::NaiveDate;
use futures_util::Stream;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use super::Api;
use super::input::{only, parameter, segment};
use super::problem::Problem;
use super::slots::Asked;
use crate::engine::Event;
use crate::store::Storage;
use crate::store::clinics::state_word;

/// What a watcher is told of an event; nothing of what isn't theirs.
fn told(event: &Event, day: Option<Day>) -> Option<(&'static str, Value)> {
    let date = |day: &Day| chairside_schedule::time::day_from_number(*day).map(|date| date.to_string());
    match event {
        Event::State(state) => Some(("state", json!({ "state": state_word(*state) }))),
        Event::Availability(days) => {
            let days: Vec<_> = days.iter().filter(|one| day.is_none_or(|day| day == **one)).filter_map(date).collect();
            (!days.is_empty()).then(|| ("availability", json!({ "days": days })))
        }
        Event::Opened(days) => {
            let days: Vec<_> = days.iter().filter(|one| day.is_none_or(|day| day == **one)).filter_map(date).collect();
            (!days.is_empty()).then(|| ("opened", json!({ "days": days })))
        }
        Event::Settings => Some(("settings", json!({}))),
        Event::Breaker(_) => Some(("breaker", json!({}))),
        Event::Shut => Some(("shut", json!({}))),
        // A booking's own business, and the clinic's.
        Event::Request(_) | Event::Disputed(_) | Event::AnotherHub(_) => None,
    }
}

/// What changes at a clinic, as server-sent events: `state`, `availability`,
/// `opened`, `shut`, `settings`, `breaker`, and `missed` where everything has
/// to be looked at again.
#[utoipa::path(get, path = "/api/v1/clinics/{id}/events",
    params(("id" = String, Path), ("day" = Option<NaiveDate>, Query)),
    responses((status = 200, content_type = "text/event-stream"), (status = "4XX", body = Problem)))]
pub async fn events<S: Storage>(
    State(api): State<Api<S>>,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Sse<impl Stream<Item = Result<Sent, Infallible>>>, Problem> {
    let id = segment(&id, "id")?;
    let Query(query): Query<HashMap<String, String>> = asked.map_err(|_| Problem::bad("malformed", "query"))?;
    only(&query, &["day"])?;
    let day = parameter::<NaiveDate>(&query, "day")?.map(day_number);
    let clinic = api.clinic(id).await?;
    let handle = api.engine.clinic(id).ok_or(Problem::conflict("clinic_not_ready"))?;
    let first = Some(("state", json!({ "state": state_word(clinic.state) })));
    let start = (handle.events(), api.ending.clone(), first);
    let stream = futures_util::stream::unfold(start, move |(mut events, mut ending, first)| async move {
        let (name, data) = match first {
            Some(first) => first,
            None => loop {
                let event = tokio::select! {
                    event = events.recv() => event,
                    _ = ending.wait_for(|ending| *ending) => return None,
                };
                match event {
                    Ok(event) => {
                        if let Some(told) = told(&event, day) {
                            break told;
                        }
                    }
                    Err(RecvError::Lagged(_)) => break ("missed", json!({})),
                    Err(RecvError::Closed) => return None,
                }
            },
        };
        Some((Ok(Sent::default().event(name).data(data.to_string())), (events, ending, None)))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}
