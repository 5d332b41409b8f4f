//! What is free, from what is mirrored: read, reckoned by the schedule's own
//! rules, and kept until something of it changes.
//!
//! **Promise.** What is kept is dropped before the next look once this process
//! heard of a change, and a reckoning that began before it is never kept. With
//! nobody to hear changes from, nothing is kept.

mod kept;
mod reckoned;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chairside_schedule::hours::Blockout;
use chairside_schedule::id::{KindId, PractitionerId};
use chairside_schedule::openings::{Search, next_openings};
use chairside_schedule::rules::{Asker, Busy, Finding, Wish, check};
use chairside_schedule::time::{Instant, Interval, at, day_from_number, day_number};
use chairside_schedule::{Clinic, ClinicId, Practitioner};
use chairside_sync::Now;
use chairside_sync::body::{Day, SettingsRow, Window};
use chairside_sync::decide::{blockout_of, busy_of};
use chairside_sync::digest::DayRows;
use chairside_sync::holds::{By, Place};
use chairside_sync::wire::ALTERNATIVES;
use chrono::{Datelike, NaiveDateTime};
use serde_json::{Value, json};

use crate::store::{Storage, StorageError};

pub use kept::{Heard, Kept};
pub use reckoned::{Reckoned, Written};

/// How a place stands for whoever looks on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// To be had.
    Free,
    /// Somebody else is booking it, or waits for the clinic's answer.
    BeingBooked,
    /// A visit stands there.
    Taken,
}

/// A place on the grid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slot {
    /// With whom.
    pub practitioner: PractitionerId,
    /// By the clock on the clinic's wall.
    pub local: NaiveDateTime,
    /// When it begins, in UTC.
    pub start: Instant,
    /// How long, in minutes.
    pub minutes: u32,
    /// How it stands.
    pub standing: Standing,
}

/// Everything known of a stretch of days that decides what is free.
#[derive(Clone, Debug)]
pub struct Known {
    days: Window,
    busy: Vec<Busy>,
    blockouts: Vec<Blockout>,
    being_booked: Vec<(By, Place)>,
}

/// Reads a clinic's settings as the schedule's rules want them; none where they
/// were never heard, or in a form that this version doesn't know.
pub fn plan_of(settings: &SettingsRow) -> Option<Clinic> {
    let mut content: Value = serde_json::from_str(&settings.content).ok()?;
    let members = content.as_object_mut()?;
    // The clinic's own business, which it doesn't tell, and nothing that is free depends on.
    members.entry("hours_derived").or_insert(json!(false));
    members.entry("waiting_limit_minutes").or_insert(json!(0));
    serde_json::from_value(content).ok()
}

/// Who is booking, and what stands there, in this order: a claim becomes a visit
/// in one moment, and read the other way round both could be missed.
async fn both<S: Storage>(
    storage: &S,
    clinic: ClinicId,
    days: Window,
    now: Now,
) -> Result<(Vec<(By, Place)>, Vec<(Day, DayRows)>), StorageError> {
    let being_booked = storage.being_booked(clinic, days, now).await?;
    Ok((being_booked, storage.rows(clinic, days).await?))
}

impl Known {
    /// Reads what is known of these days and what reaches into them.
    ///
    /// # Errors
    /// The store's.
    pub async fn read<S: Storage>(storage: &S, clinic: ClinicId, days: Window, now: Now) -> Result<Self, StorageError> {
        let around = Window { from: days.from.saturating_sub(1), to: days.to.saturating_add(1) };
        let (being_booked, rows) = both(storage, clinic, around, now).await?;
        let mut known = Self { days, busy: Vec::new(), blockouts: Vec::new(), being_booked };
        for (_, rows) in rows {
            known.busy.extend(rows.appointments.iter().filter_map(busy_of));
            known.blockouts.extend(rows.blockouts.iter().filter(|row| !row.lifted).filter_map(blockout_of));
        }
        Ok(known)
    }

    /// The same of each of these days by itself, read at once.
    ///
    /// # Errors
    /// The store's.
    pub async fn read_each<S: Storage>(
        storage: &S,
        clinic: ClinicId,
        days: Window,
        now: Now,
    ) -> Result<Vec<(Day, Self)>, StorageError> {
        let around = Window { from: days.from.saturating_sub(1), to: days.to.saturating_add(1) };
        let (being_booked, rows) = both(storage, clinic, around, now).await?;
        let read: BTreeMap<Day, (Vec<Busy>, Vec<Blockout>)> = rows
            .into_iter()
            .map(|(day, rows)| {
                let standing = rows.blockouts.iter().filter(|row| !row.lifted);
                let blockouts = standing.filter_map(blockout_of).collect();
                (day, (rows.appointments.iter().filter_map(busy_of).collect(), blockouts))
            })
            .collect();
        let of_day = |day: Day| {
            let near = || read.range(day.saturating_sub(1)..=day.saturating_add(1)).map(|(_, read)| read);
            Self {
                days: Window { from: day, to: day.saturating_add(1) },
                busy: near().flat_map(|(busy, _)| busy).copied().collect(),
                blockouts: near().flat_map(|(_, blockouts)| blockouts).cloned().collect(),
                being_booked: being_booked.clone(),
            }
        };
        Ok(days.days().map(|day| (day, of_day(day))).collect())
    }

    /// Who else than these is booking a place that meets this one.
    pub fn is_being_booked(&self, place: &Place, own: &[By]) -> bool {
        self.being_booked.iter().any(|(by, other)| !own.contains(by) && other.overlaps(place))
    }

    /// The place this one is booking.
    pub fn kept_by(&self, by: By) -> Option<&Place> {
        self.being_booked.iter().find(|(other, _)| *other == by).map(|(_, place)| place)
    }

    /// What stands against a wish, gravest first.
    pub fn against(&self, plan: &Clinic, wish: &Wish, now: Instant) -> Vec<Finding> {
        check(plan, wish, &self.busy, &self.blockouts, Asker::Patient, now)
    }

    /// Every place on a day for visits of so many minutes, in order.
    pub fn slots(&self, plan: &Clinic, day: Day, minutes: u32) -> Vec<Slot> {
        let Some(date) = day_from_number(day) else { return Vec::new() };
        let begin = Instant(i64::MIN / 4);
        let mut slots = Vec::new();
        for practitioner in plan.practitioners.iter().filter(|one| one.bookable_online) {
            let visits = self.visits_of(practitioner.id);
            let with_bookings = self.taken_of(practitioner.id, &visits);
            let starts = |busy: &[Interval]| -> Vec<(NaiveDateTime, Instant)> {
                let search = Search {
                    clinic: plan,
                    practitioners: vec![practitioner],
                    minutes,
                    emergency: false,
                    from: begin,
                    limit: usize::MAX,
                };
                let found = next_openings(&search, [date], &self.blockouts, |_, _| Some(busy));
                found.into_iter().map(|found| (found.opening.local, found.opening.interval.start)).collect()
            };
            let untaken: HashSet<_> = starts(&visits).into_iter().collect();
            // Mostly nobody else is booking, and then it is the same.
            let booking = with_bookings.len() > visits.len();
            let free = if booking { starts(&with_bookings).into_iter().collect() } else { untaken.clone() };
            slots.extend(starts(&[]).into_iter().map(|start| {
                let standing = match (free.contains(&start), untaken.contains(&start)) {
                    (true, _) => Standing::Free,
                    (false, true) => Standing::BeingBooked,
                    (false, false) => Standing::Taken,
                };
                let (local, start) = start;
                Slot { practitioner: practitioner.id, local, start, minutes, standing }
            }));
        }
        slots.sort_by_key(|slot| slot.start);
        slots
    }

    /// The next places that are free, the wished person's first.
    pub fn alternatives(&self, plan: &Clinic, with: PractitionerId, kind: KindId, from: Instant) -> Vec<Slot> {
        let Some(kind) = plan.kind(kind).filter(|kind| kind.active && kind.bookable_online) else { return Vec::new() };
        let taken: BTreeMap<PractitionerId, Vec<Interval>> =
            plan.practitioners.iter().map(|one| (one.id, self.taken_of(one.id, &self.visits_of(one.id)))).collect();
        let online = plan.practitioners.iter().filter(|one| one.bookable_online);
        let (own, others): (Vec<&Practitioner>, Vec<&Practitioner>) = online.partition(|one| one.id == with);
        let mut slots = Vec::new();
        for practitioners in [own, others] {
            let search = Search {
                clinic: plan,
                practitioners,
                minutes: kind.minutes,
                emergency: false,
                from,
                limit: ALTERNATIVES.saturating_sub(slots.len()),
            };
            let days = self.days.days().filter_map(day_from_number);
            let found = next_openings(&search, days, &self.blockouts, |_, id| taken.get(&id).map(Vec::as_slice));
            slots.extend(found.into_iter().map(|found| Slot {
                practitioner: found.practitioner,
                local: found.opening.local,
                start: found.opening.interval.start,
                minutes: kind.minutes,
                standing: Standing::Free,
            }));
        }
        slots
    }

    fn visits_of(&self, practitioner: PractitionerId) -> Vec<Interval> {
        self.busy.iter().filter(|busy| busy.practitioner == practitioner).map(|busy| busy.interval).collect()
    }

    fn taken_of(&self, practitioner: PractitionerId, visits: &[Interval]) -> Vec<Interval> {
        let bookings = self.being_booked.iter().filter(|(_, place)| place.practitioner == practitioner);
        visits.iter().copied().chain(bookings.map(|(_, place)| place.interval)).collect()
    }
}

/// Days on which something else may be free when these change: a visit may
/// reach over midnight, and an opening into the next day.
fn touched(days: &BTreeSet<Day>) -> impl Iterator<Item = Day> {
    days.iter().flat_map(|day| [day.saturating_sub(1), *day, day.saturating_add(1)])
}

/// How far ahead a clinic is looked at for when it opens: past any holiday.
const OPENS_WITHIN: usize = 35;

/// When the clinic opens next, by the clock on its wall; none while it is open,
/// or where that is too far ahead to promise.
pub fn opens(plan: &Clinic, now: Now) -> Option<NaiveDateTime> {
    let local = Instant(now.wall_ms.div_euclid(1_000)).local(&plan.zone);
    // Who opened yesterday may be open through midnight.
    let first = local.date().pred_opt()?;
    let days = first.iter_days().take(OPENS_WITHIN);
    let spans = days.flat_map(|day| {
        let exception = plan.exception_on(day).map(|exception| exception.spans.as_slice());
        let spans = exception.unwrap_or_else(|| plan.hours.on(day.weekday()));
        spans.iter().map(move |span| (at(day, span.start), at(day, span.end)))
    });
    let next = spans.filter(|(_, end)| *end > local).min()?;
    Some(next.0).filter(|start| *start > local)
}

/// Today at the clinic.
pub fn today(plan: &Clinic, now: Now) -> Day {
    day_number(Instant(now.wall_ms.div_euclid(1_000)).local(&plan.zone).date())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Open 08:00 to 17:00, but for the weekend and the day after new year.
    fn plan() -> Clinic {
        let open = json!([{ "start": 480, "end": 1020 }]);
        let settings = json!({
            "id": uuid::Uuid::from_u128(1), "name": "", "address": "", "city": "", "zone": "Europe/Stockholm",
            "grid": 30, "hours": [open, open, open, open, open, [], []], "hours_derived": false,
            "exceptions": [{ "date": "2027-01-01", "name": "", "spans": [] }], "breaks": [],
            "waiting_limit_minutes": 15, "uses_chairs": false, "chairs": [], "practitioners": [], "kinds": [],
        });
        let row = SettingsRow { version: 1, content: settings.to_string() };
        plan_of(&row).expect("settings")
    }

    #[test]
    fn when_a_clinic_opens_is_told_while_it_is_closed() {
        let plan = plan();
        let opens_at = |local: &str| {
            let local = NaiveDateTime::parse_from_str(local, "%Y-%m-%d %H:%M").expect("a time");
            let wall_ms = (local.and_utc().timestamp() - 3_600) * 1_000;
            opens(&plan, Now { steady_ms: 0, wall_ms }).map(|at| at.format("%Y-%m-%d %H:%M").to_string())
        };
        let next = |day: &str| Some(format!("{day} 08:00"));
        assert_eq!(opens_at("2026-12-28 07:59"), next("2026-12-28"));
        assert_eq!(opens_at("2026-12-28 08:00"), None, "it is open");
        assert_eq!(opens_at("2026-12-28 17:00"), next("2026-12-29"));
        assert_eq!(opens_at("2026-12-31 18:00"), next("2027-01-04"), "past the holiday and the weekend");
    }
}
