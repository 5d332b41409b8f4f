//! What changes at a clinic, as it changes.

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;

use axum::extract::{Path, Query, State};
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use chairside_schedule::ClinicId;
use chairside_schedule::id::{KindId, PractitionerId};
use chairside_schedule::time::{day_from_number, day_number};
use chairside_sync::body::Day;
use chairside_sync::breaker::Change;
use chrono::NaiveDate;
use futures_util::Stream;
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use super::Api;
use super::input::{only, parameter, segment};
use super::problem::Problem;
use super::slots::{Asked, minutes_of};
use crate::availability::{Heard, Standing};
use crate::engine::Event;
use crate::store::Storage;
use crate::store::clinics::state_word;

/// What a watcher wants to hear of.
struct Wanted {
    clinic: ClinicId,
    day: Option<Day>,
    with: Option<PractitionerId>,
    kind: Option<KindId>,
}

/// One who watches.
struct Watcher<S> {
    api: Api<S>,
    wanted: Wanted,
    events: Receiver<Heard>,
    ending: watch::Receiver<bool>,
    /// Said first, before anything happens.
    first: Option<(&'static str, Value)>,
    /// How the days looked that this one was told of, where only a part of a day is watched.
    seen: HashMap<Day, Vec<(PractitionerId, i64, Standing)>>,
}

impl<S: Storage> Watcher<S> {
    /// What is said next; none once there is nothing to say any more.
    async fn next(&mut self) -> Option<(&'static str, Value)> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        loop {
            let heard = tokio::select! {
                heard = self.events.recv() => heard,
                _ = self.ending.wait_for(|ending| *ending) => return None,
            };
            let told = match heard {
                Ok(Heard::Event(event)) => self.told(event).await,
                Ok(Heard::Missed) | Err(RecvError::Lagged(_)) => {
                    self.seen.clear();
                    Some(("missed", json!({})))
                }
                Err(RecvError::Closed) => return None,
            };
            if told.is_some() {
                return told;
            }
        }
    }

    /// What this one is told of an event; nothing of what isn't theirs.
    async fn told(&mut self, event: Event) -> Option<(&'static str, Value)> {
        match event {
            Event::State(state) => Some(("state", json!({ "state": state_word(state) }))),
            Event::Availability(days) => {
                let mut changed = Vec::new();
                for day in self.watched(&days) {
                    if self.looks_otherwise(day).await {
                        changed.push(day);
                    }
                }
                named("availability", &changed)
            }
            Event::Opened(days) => named("opened", &self.watched(&days)),
            Event::Settings => {
                self.seen.clear();
                Some(("settings", json!({})))
            }
            Event::Breaker(change) => {
                let state = match change {
                    Change::Opened => "open",
                    Change::HalfOpen => "half_open",
                    Change::Closed => "closed",
                };
                Some(("breaker", json!({ "state": state })))
            }
            Event::Shut => Some(("shut", json!({}))),
            // A booking's own business, and the clinic's.
            Event::Request(_) | Event::Disputed(_) | Event::AnotherHub(_) => None,
        }
    }

    fn watched<'a>(&self, days: impl IntoIterator<Item = &'a Day>) -> Vec<Day> {
        days.into_iter().copied().filter(|day| self.wanted.day.is_none_or(|one| one == *day)).collect()
    }

    /// Whether the part of a day that is watched looks otherwise than when this
    /// one was last told of it. Where that can't be said, it may.
    async fn looks_otherwise(&mut self, day: Day) -> bool {
        if self.wanted.with.is_none() && self.wanted.kind.is_none() {
            return true;
        }
        let Ok(looks) = self.looks(day).await else { return true };
        self.seen.insert(day, looks.clone()).is_none_or(|before| before != looks)
    }

    async fn looks(&self, day: Day) -> Result<Vec<(PractitionerId, i64, Standing)>, Problem> {
        let (api, clinic) = (&self.api, self.wanted.clinic);
        let (_, plan) = api.planned(clinic).await?;
        let minutes = minutes_of(&plan, self.wanted.kind)?;
        let reckoned = api.kept.day(&api.engine, &plan, clinic, day, minutes, api.engine.clock().now()).await?;
        let own = reckoned.slots().iter().filter(|slot| self.wanted.with.is_none_or(|with| with == slot.practitioner));
        Ok(own.map(|slot| (slot.practitioner, slot.start.0, slot.standing)).collect())
    }
}

/// An event that names days, where there are any.
fn named(name: &'static str, days: &[Day]) -> Option<(&'static str, Value)> {
    let days: BTreeSet<String> = days.iter().filter_map(|day| Some(day_from_number(*day)?.to_string())).collect();
    (!days.is_empty()).then(|| (name, json!({ "days": days })))
}

/// What changes at a clinic, as server-sent events: `state`, `availability`,
/// `opened`, `shut`, `settings`, `breaker`, and `missed` where everything has
/// to be looked at again. Where a practitioner or a kind is named,
/// `availability` is said only of days on which something of theirs changed.
#[utoipa::path(get, path = "/api/v1/clinics/{id}/events",
    params(("id" = uuid::Uuid, Path), ("day" = Option<NaiveDate>, Query),
        ("practitioner" = Option<uuid::Uuid>, Query), ("kind" = Option<uuid::Uuid>, Query)),
    responses((status = 200, content_type = "text/event-stream", body = String),
        (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn events<S: Storage>(
    State(api): State<Api<S>>,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Sse<impl Stream<Item = Result<Sent, Infallible>>>, Problem> {
    let id = segment(&id, "id")?;
    let Query(query): Query<HashMap<String, String>> = asked.map_err(|_| Problem::bad("malformed", "query"))?;
    only(&query, &["day", "practitioner", "kind"])?;
    let day = parameter::<NaiveDate>(&query, "day")?.map(day_number);
    let (with, kind) = (parameter(&query, "practitioner")?, parameter(&query, "kind")?);
    let clinic = api.clinic(id).await?;
    if with.is_some() || kind.is_some() {
        let (_, plan) = api.planned(id).await?;
        minutes_of(&plan, kind)?;
        if with.is_some_and(|with| plan.practitioner(with).is_none_or(|one| !one.bookable_online)) {
            return Err(Problem::bad("practitioner_unknown", "practitioner"));
        }
    }
    let events = api.kept.watch(&api.engine, id).ok_or(Problem::conflict("clinic_not_ready"))?;
    let (state, _) = api.reached(&clinic);
    let mut watcher = Watcher {
        ending: api.ending.clone(),
        api,
        wanted: Wanted { clinic: id, day, with, kind },
        events,
        first: Some(("state", json!({ "state": state_word(state) }))),
        seen: HashMap::new(),
    };
    if let Some(day) = day {
        // What changes after this is told, and only that.
        watcher.looks_otherwise(day).await;
    }
    let stream = futures_util::stream::unfold(watcher, async |mut watcher| {
        let (name, data) = watcher.next().await?;
        Some((Ok(Sent::default().event(name).data(data.to_string())), watcher))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}
