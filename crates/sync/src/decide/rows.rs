//! Rows and wishes as the schedule's rules look at them.

use chairside_schedule::appointment::VisitTime;
use chairside_schedule::hours::Blockout;
use chairside_schedule::id::{AppointmentId, ChairId, KindId, PatientId, PractitionerId};
use chairside_schedule::rules::{Busy, Wish as Checked};
use chairside_schedule::time::{DaySpan, Instant, Interval, day_from_number, day_number};
use chairside_schedule::{Clinic, Status};
use chrono::{DateTime, NaiveDateTime};
use uuid::Uuid;

use crate::body::{AppointmentRow, BlockoutRow, Id};
use crate::proposal::{Move, Place};

/// A visit as what stands in others' way; `None` where it takes no time.
pub fn busy_of(row: &AppointmentRow) -> Option<Busy> {
    if !Status::parse(&row.status)?.occupies() {
        return None;
    }
    Some(Busy {
        id: AppointmentId(uuid(row.id)),
        patient: PatientId(uuid(row.patient)),
        practitioner: PractitionerId(uuid(row.practitioner)),
        chair: row.chair.map(|chair| ChairId(uuid(chair))),
        interval: interval_of(row)?,
    })
}

/// A blockout as the rules see it; its reason is the clinic's own.
pub fn blockout_of(row: &BlockoutRow) -> Option<Blockout> {
    Some(Blockout {
        id: uuid(row.id).into(),
        practitioner: row.practitioner.map(|id| PractitionerId(uuid(id))),
        chair: row.chair.map(|id| ChairId(uuid(id))),
        day: day_from_number(row.day)?,
        // For people to read; what decides is the interval.
        span: DaySpan::WHOLE,
        interval: Interval::new(Instant(row.start_s), Instant(row.end_s))?,
        reason: String::new(),
        for_emergencies: row.for_emergencies,
    })
}

/// A booking as the rules look at it; `None` for a time that isn't one.
pub(super) fn to_book(place: &Place) -> Option<Checked> {
    Some(Checked {
        appointment: None,
        patient: Some(PatientId(uuid(place.patient))),
        practitioner: PractitionerId(uuid(place.practitioner)),
        chair: None,
        kind: KindId(uuid(place.kind)),
        start: local(place.local_s)?,
        minutes: place.minutes,
    })
}

/// A move as the rules look at it; `None` for a time that isn't one.
pub(super) fn to_move(to: &Move, visit: &AppointmentRow) -> Option<Checked> {
    Some(Checked {
        appointment: Some(AppointmentId(uuid(visit.id))),
        patient: Some(PatientId(uuid(visit.patient))),
        practitioner: PractitionerId(uuid(to.practitioner)),
        chair: visit.chair.map(|chair| ChairId(uuid(chair))),
        kind: KindId(uuid(visit.kind)),
        start: local(to.local_s)?,
        minutes: u32::try_from(visit.end_s.saturating_sub(visit.start_s) / 60).unwrap_or(0),
    })
}

/// The time of a row, with nothing else filled in.
pub(super) fn at(clinic: &Clinic, start: NaiveDateTime, minutes: u32) -> AppointmentRow {
    let time = VisitTime::new(start, clinic.zone, minutes);
    let nobody = Id::from([0; 16]);
    AppointmentRow {
        id: nobody,
        version: 0,
        practitioner: nobody,
        chair: None,
        kind: nobody,
        status: String::new(),
        day: day_number(time.day()),
        local_s: time.local.and_utc().timestamp(),
        zone: clinic.zone.name().to_owned(),
        start_s: time.interval.start.0,
        end_s: time.interval.end.0,
        patient: nobody,
    }
}

pub(super) fn interval_of(row: &AppointmentRow) -> Option<Interval> {
    Interval::new(Instant(row.start_s), Instant(row.end_s))
}

/// The year 3000. At the ends of the calendar itself no zone can be reckoned
/// with, and a wish for there would end the hub each time it is decided.
const LATEST_S: i64 = 32_503_680_000;

fn local(local_s: i64) -> Option<NaiveDateTime> {
    if !(0..LATEST_S).contains(&local_s) {
        return None;
    }
    DateTime::from_timestamp(local_s, 0).map(|at| at.naive_utc())
}

fn uuid(id: Id) -> Uuid {
    Uuid::from_bytes(*id)
}
