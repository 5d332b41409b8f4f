//! Days and their places as they are told: put together from what was written
//! when a day was last reckoned. Whoever has the same already is only told so.

use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chairside_schedule::Clinic as Plan;
use chairside_schedule::id::PractitionerId;
use chairside_sync::hub::State;
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::view::SlotView;
use crate::availability::{Reckoned, Slot};
use crate::store::clinics::state_word;

/// The places of some days.
#[derive(Debug, Serialize, ToSchema)]
pub struct AvailabilityView {
    /// How the clinic is reached: what is wished while it isn't `live` is held until it is.
    state: &'static str,
    /// The zone its clocks show.
    zone: &'static str,
    /// How long each place is, in minutes.
    minutes: u32,
    /// Day by day.
    days: Vec<DayView>,
}

/// The places of a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct DayView {
    /// Which day.
    day: String,
    /// Wishes for it are passed on at once.
    open: bool,
    /// In order.
    slots: Vec<SlotView>,
}

/// Days that will be told.
pub struct Telling {
    reached: State,
    zone: &'static str,
    minutes: u32,
    days: Vec<Told>,
}

/// A day that will be told.
pub struct Told {
    /// Which day.
    pub date: NaiveDate,
    /// Wishes for it are passed on at once.
    pub open: bool,
    /// Everything on it.
    pub reckoned: Arc<Reckoned>,
    /// So many places, the first ones, are over.
    pub over: usize,
    /// Only this one's places are asked for.
    pub with: Option<PractitionerId>,
}

impl Telling {
    /// Of a clinic that is reached like this; places of so many minutes.
    pub fn new(reached: State, plan: &Plan, minutes: u32) -> Self {
        Self { reached, zone: plan.zone.name(), minutes, days: Vec::new() }
    }

    /// One day more.
    pub fn day(&mut self, told: Told) {
        self.days.push(told);
    }

    /// All of it, or that the asker has it.
    pub fn answer(&self, asked: &HeaderMap) -> Response {
        let tag = self.tag();
        let known = asked.get_all(header::IF_NONE_MATCH).iter();
        let known = known.filter_map(|value| value.to_str().ok()).flat_map(|tags| tags.split(','));
        let mut known = known.map(|tag| tag.trim().trim_start_matches("W/"));
        // It may be kept, and has to be asked for again each time.
        let how = [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, "no-cache".to_owned())];
        if known.any(|known| known == tag) {
            return (StatusCode::NOT_MODIFIED, how).into_response();
        }
        (how, [(header::CONTENT_TYPE, "application/json")], self.text()).into_response()
    }

    /// Tells this answer from any other.
    fn tag(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for part in [state_word(self.reached), self.zone, env!("CARGO_PKG_VERSION")] {
            hasher.update(part.as_bytes()).update(&[0]);
        }
        hasher.update(&self.minutes.to_le_bytes());
        for told in &self.days {
            hasher.update(self.written(told).print().as_bytes());
            hasher.update(told.date.to_string().as_bytes()).update(&[told.open.into()]);
            hasher.update(&(told.over as u64).to_le_bytes());
            hasher.update(told.with.map(|with| with.0).unwrap_or_default().as_bytes());
        }
        format!("\"{}\"", &hasher.finalize().to_hex()[..32])
    }

    /// An [`AvailabilityView`]. What stands around the places are words of ours
    /// and numbers, in which nothing has to be escaped.
    fn text(&self) -> Vec<u8> {
        let places: usize = self.days.iter().map(|told| self.written(told).bytes() + 64).sum();
        let mut text = Vec::with_capacity(places + 128);
        let (state, zone, minutes) = (state_word(self.reached), self.zone, self.minutes);
        text.extend_from_slice(
            format!(r#"{{"state":"{state}","zone":"{zone}","minutes":{minutes},"days":["#).as_bytes(),
        );
        for (number, told) in self.days.iter().enumerate() {
            let (between, date, open) = (if number == 0 { "" } else { "," }, told.date, told.open);
            text.extend_from_slice(format!(r#"{between}{{"day":"{date}","open":{open},"slots":["#).as_bytes());
            let written = self.written(told);
            match told.with {
                None => written.all_from(told.over, &mut text),
                Some(with) => {
                    let ahead = told.reckoned.slots().iter().enumerate().skip(told.over);
                    let own = ahead.filter(|(_, slot)| slot.practitioner == with);
                    written.some(own.map(|(place, _)| place), &mut text);
                }
            }
            text.extend_from_slice(b"]}");
        }
        text.extend_from_slice(b"]}");
        text
    }

    fn written<'a>(&self, told: &'a Told) -> &'a crate::availability::Written {
        let reached = self.reached;
        told.reckoned.written(reached == State::Offline, |slot, into| write(slot, reached, into))
    }
}

fn write(slot: &Slot, reached: State, into: &mut Vec<u8>) {
    let written = serde_json::to_writer(into, &SlotView::of(slot, reached));
    debug_assert!(written.is_ok(), "writing to memory failed");
}

#[cfg(test)]
mod tests {
    use chairside_schedule::time::Instant;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;
    use crate::availability::Standing;

    fn slot(number: u128, hour: u32) -> Slot {
        Slot {
            practitioner: PractitionerId(Uuid::from_u128(number)),
            local: day().and_hms_opt(hour, 0, 0).expect("a time"),
            start: Instant(i64::from(hour) * 3_600),
            minutes: 30,
            standing: if hour == 9 { Standing::Taken } else { Standing::Free },
        }
    }

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2027, 3, 1).expect("a day")
    }

    fn telling(reached: State, over: usize, with: Option<u128>, reckoned: &Arc<Reckoned>) -> Telling {
        let with = with.map(|number| PractitionerId(Uuid::from_u128(number)));
        let told = Told { date: day(), open: true, reckoned: Arc::clone(reckoned), over, with };
        let empty = Arc::new(Reckoned::new(Vec::new()));
        let other = Told { date: day(), open: false, reckoned: empty, over: 0, with };
        Telling { reached, zone: "Europe/Stockholm", minutes: 30, days: vec![told, other] }
    }

    #[test]
    fn what_is_put_together_reads_as_the_document_says() {
        let slots = vec![slot(1, 8), slot(2, 8), slot(1, 9), slot(2, 9), slot(1, 10)];
        let reckoned = Arc::new(Reckoned::new(slots.clone()));
        for (reached, over, with) in [
            (State::Live, 0, None),
            (State::Offline, 0, None),
            (State::Live, 2, None),
            (State::Checking, 2, Some(1)),
            (State::Live, 0, Some(2)),
            (State::Offline, 5, None),
            (State::Live, 5, Some(1)),
        ] {
            let own = |slot: &&Slot| with.is_none_or(|with| slot.practitioner.0 == Uuid::from_u128(with));
            let told = slots.iter().skip(over).filter(own);
            let view = AvailabilityView {
                state: state_word(reached),
                zone: "Europe/Stockholm",
                minutes: 30,
                days: vec![
                    DayView {
                        day: "2027-03-01".to_owned(),
                        open: true,
                        slots: told.map(|slot| SlotView::of(slot, reached)).collect(),
                    },
                    DayView { day: "2027-03-01".to_owned(), open: false, slots: Vec::new() },
                ],
            };
            let text = telling(reached, over, with, &reckoned).text();
            let read: Value = serde_json::from_slice(&text).expect("JSON");
            assert_eq!(read, json!(view), "{reached:?} {over} {with:?}");
        }
    }

    #[test]
    fn whoever_has_it_already_is_told_so_until_something_changes() {
        let reckoned = Arc::new(Reckoned::new(vec![slot(1, 8), slot(1, 9)]));
        let one = telling(State::Live, 0, None, &reckoned);
        let tag = one.answer(&HeaderMap::new()).headers()[header::ETAG].clone();
        let has = |value: &str| {
            let value = value.parse().expect("a value");
            one.answer(&HeaderMap::from_iter([(header::IF_NONE_MATCH, value)])).status()
        };
        let tag = tag.to_str().expect("text");
        assert_eq!(has(tag), StatusCode::NOT_MODIFIED);
        assert_eq!(has(&format!("\"another\", W/{tag}")), StatusCode::NOT_MODIFIED);
        assert_eq!(has("\"another\""), StatusCode::OK);
        for other in [
            telling(State::Offline, 0, None, &reckoned),
            telling(State::Checking, 0, None, &reckoned),
            telling(State::Live, 1, None, &reckoned),
            telling(State::Live, 0, Some(1), &reckoned),
            telling(State::Live, 0, None, &Arc::new(Reckoned::new(vec![slot(1, 8)]))),
        ] {
            assert_ne!(other.tag(), tag);
        }
    }
}
