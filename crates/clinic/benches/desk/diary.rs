//! The large clinic's diary: which days there are and how they are filled.
//!
//! Days are of two kinds. On an ordinary one each of the forty practitioners
//! has sixteen visits that fill all eight hours; on a dense one eighty visits
//! of five minutes, ten an hour. For six weeks from today the places a dense
//! day leaves are scattered, so that nothing longer than five minutes fits
//! anywhere; after that its last hour and more is free.

use chairside_schedule::appointment::{Appointment, Cancellation, CancelledBy, Flags, Source, Status, VisitTime};
use chairside_schedule::id::{AppointmentId, PatientId};
use chairside_schedule::time::{Instant, MinuteOfDay, at};
use chairside_schedule::{Clinic, Practitioner};
use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, Weekday};
use rand::RngExt;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use uuid::Builder;

/// The Monday on which all is measured, whenever it is measured.
pub const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 11, 23).expect("a date");

/// Practitioners.
pub const PRACTITIONERS: usize = 40;

/// Visits of all practitioners together on the two kinds of day.
pub const ORDINARY_VISITS: u64 = 640;
pub const DENSE_VISITS: u64 = 3_200;

/// For how long nothing is free.
pub const FULL_DAYS: u64 = 42;

/// The length of a dense day's visits, which is the grid.
pub const SHORT_MINUTES: u32 = 5;

/// The eight hours, lunch taken out.
const HOURS: [u16; 8] = [8, 9, 10, 11, 13, 14, 15, 16];

/// Places of five minutes in an hour, and how many of them a dense hour fills.
const PLACES_AN_HOUR: usize = 12;
const TAKEN_AN_HOUR: usize = 10;

/// How a day is filled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Filled {
    /// Sixteen visits a practitioner, one after the other.
    Ordinary,
    /// Eighty, with single free places between them.
    DenseScattered,
    /// Eighty, and the rest of the day free.
    DensePacked,
}

/// The workdays ahead that hold `visits` visits, nearest first: every sixth is
/// an ordinary one.
pub fn ahead(visits: u64) -> Vec<(NaiveDate, Filled)> {
    let mut left = visits;
    let mut days = Vec::new();
    for day in workdays(TODAY.iter_days()) {
        let dense = if day < TODAY + Days::new(FULL_DAYS) { Filled::DenseScattered } else { Filled::DensePacked };
        let filled = if days.len() % 6 == 2 || left < DENSE_VISITS { Filled::Ordinary } else { dense };
        let takes = if filled == Filled::Ordinary { ORDINARY_VISITS } else { DENSE_VISITS };
        if left < takes {
            break;
        }
        left -= takes;
        days.push((day, filled));
    }
    days
}

/// The workdays behind that hold `visits` visits, oldest first. A history so
/// long that ordinary days would take it back beyond twenty years is of dense ones.
pub fn behind(visits: u64) -> Vec<(NaiveDate, Filled)> {
    const WORKDAYS_OF_TWENTY_YEARS: u64 = 5_218;
    let (filled, each) = if visits.div_ceil(ORDINARY_VISITS) > WORKDAYS_OF_TWENTY_YEARS {
        (Filled::DenseScattered, DENSE_VISITS)
    } else {
        (Filled::Ordinary, ORDINARY_VISITS)
    };
    let before = TODAY - Days::new(1);
    let mut days: Vec<_> =
        workdays(before.iter_days().rev()).take((visits / each) as usize).map(|day| (day, filled)).collect();
    days.reverse();
    days
}

fn workdays(days: impl Iterator<Item = NaiveDate>) -> impl Iterator<Item = NaiveDate> {
    days.filter(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun))
}

/// The free places of five minutes of one practitioner's day.
pub fn free_places(day: NaiveDate, practitioner: usize) -> impl Iterator<Item = NaiveDateTime> {
    HOURS.into_iter().flat_map(move |hour| {
        let free = free_in(day, practitioner, hour);
        (0..PLACES_AN_HOUR)
            .filter(move |place| free.contains(place))
            .filter_map(move |place| start(day, hour, place * 5))
    })
}

/// Two places of an hour, half an hour apart, another two in every column.
fn free_in(day: NaiveDate, practitioner: usize, hour: u16) -> [usize; 2] {
    let first = (day.ordinal() as usize + practitioner + usize::from(hour)) % (PLACES_AN_HOUR / 2);
    [first, first + PLACES_AN_HOUR / 2]
}

fn start(day: NaiveDate, hour: u16, minute: usize) -> Option<NaiveDateTime> {
    MinuteOfDay::hm(hour, u16::try_from(minute).ok()?).map(|time| at(day, time))
}

/// Fills one practitioner's day with visits.
pub fn column(
    rng: &mut SmallRng,
    clinic: &Clinic,
    patients: &[PatientId],
    (day, filled): (NaiveDate, Filled),
    practitioner: (usize, &Practitioner),
    out: &mut Vec<Appointment>,
) {
    for (start, minutes) in places(rng, day, filled, practitioner.0) {
        let (Some(&patient), Some(kind)) = (patients.choose(rng), clinic.kinds.choose(rng)) else { return };
        let time = VisitTime::new(start, clinic.zone, minutes);
        let created_at = Instant(time.interval.start.0 - i64::from(rng.random_range(3_600..5_000_000_u32)));
        let mut visit = Appointment {
            id: AppointmentId(
                Builder::from_unix_timestamp_millis(created_at.0.unsigned_abs() * 1_000, &rng.random()).into_uuid(),
            ),
            version: 1,
            patient,
            practitioner: practitioner.1.id,
            chair: None,
            kind: kind.id,
            time,
            status: Status::Booked,
            confirmed: rng.random_bool(0.4),
            note: if rng.random_bool(0.2) { "Brings X-rays from another clinic".to_owned() } else { String::new() },
            source: if rng.random_bool(0.3) { Source::Online } else { Source::Phone },
            overbooked: None,
            cancellation: None,
            arrived_at: None,
            seated_at: None,
            done_at: None,
            left_at: None,
            follows: None,
            created_at,
            external_id: None,
            flags: Flags::default(),
        };
        if day < TODAY {
            be_over(rng, &mut visit);
        }
        out.push(visit);
    }
}

fn places(rng: &mut SmallRng, day: NaiveDate, filled: Filled, practitioner: usize) -> Vec<(NaiveDateTime, u32)> {
    let mut places = Vec::with_capacity(HOURS.len() * TAKEN_AN_HOUR);
    let all = HOURS.into_iter().flat_map(|hour| (0..PLACES_AN_HOUR).map(move |place| (hour, place)));
    match filled {
        Filled::Ordinary => {
            for hour in HOURS {
                let first = *[15, 20, 25, 30, 30, 35, 40, 45].choose(rng).unwrap_or(&30);
                places.extend(start(day, hour, 0).map(|start| (start, first as u32)));
                places.extend(start(day, hour, first).map(|start| (start, 60 - first as u32)));
            }
        }
        Filled::DenseScattered => {
            let taken = all.filter(|(hour, place)| !free_in(day, practitioner, *hour).contains(place));
            places.extend(taken.filter_map(|(hour, place)| Some((start(day, hour, place * 5)?, SHORT_MINUTES))));
        }
        Filled::DensePacked => {
            let taken = all.take(HOURS.len() * TAKEN_AN_HOUR);
            places.extend(taken.filter_map(|(hour, place)| Some((start(day, hour, place * 5)?, SHORT_MINUTES))));
        }
    }
    places
}

/// What became of a visit of the past.
fn be_over(rng: &mut SmallRng, visit: &mut Appointment) {
    let (start, end) = (visit.time.interval.start, visit.time.interval.end);
    match rng.random_range(0..100) {
        0..5 => visit.status = Status::Noshow,
        5..10 => {
            visit.status = Status::Cancelled;
            visit.cancellation = Some(Cancellation { by: CancelledBy::Patient, reason: "Ill".to_owned() });
        }
        _ => {
            visit.status = Status::Fulfilled;
            visit.arrived_at = Some(start.plus_minutes(-i64::from(rng.random_range(1..12_u32))));
            visit.seated_at = Some(start.plus_minutes(i64::from(rng.random_range(0..6_u32))));
            visit.done_at = Some(end);
        }
    }
}
