//! The simulated clinic.

use std::sync::LazyLock;

use chairside_schedule::Clinic;
use chairside_schedule::clinic::Grid;
use chairside_schedule::hours::WeeklyHours;
use chairside_schedule::kind::{KindColour, VisitKind};
use chairside_schedule::practitioner::Practitioner;
use chairside_schedule::time::{DaySpan, day_number};
use chairside_sync::body::{AppointmentRow, Day, Id, Window};
use chairside_sync::{Incarnation, NodeId};
use chrono::{DateTime, Datelike, NaiveDateTime, TimeZone, Weekday};
use chrono_tz::Tz;
use fastrand::Rng;

use crate::desk::Disk;
use crate::id::{Of, id, uuid};
use crate::world::BEGIN_MS;

/// The clinic's zone.
pub const ZONE: Tz = chrono_tz::Europe::Stockholm;

/// People who treat at the beginning.
pub const PRACTITIONERS: u64 = 3;

/// Days offered online.
const OFFERED_DAYS: Day = 12;

/// A day has sixteen half hours.
pub const SLOTS: i64 = 16;

/// A new clinic's disk.
pub fn found(rng: &mut Rng) -> Disk {
    let life = Incarnation(uuid(id(Of::Life, rng.u64(1..1_000_000))));
    Disk::found(NodeId(uuid(id(Of::Node, 1))), life, clinic())
}

/// The clinic's id.
pub fn clinic_id() -> Id {
    id(Of::Clinic, 1)
}

fn clinic() -> Clinic {
    let mut hours = WeeklyHours::default();
    let open = DaySpan::parse("08:00-16:00");
    let mut weekday = Weekday::Mon;
    while weekday != Weekday::Sun {
        if let Some(open) = open {
            hours.add(weekday, open);
        }
        weekday = weekday.succ();
    }
    Clinic {
        id: uuid(clinic_id()).into(),
        name: "Clinic".to_owned(),
        address: String::new(),
        city: String::new(),
        zone: ZONE,
        grid: Grid::DEFAULT,
        hours,
        hours_derived: false,
        exceptions: Vec::new(),
        breaks: Vec::new(),
        waiting_limit_minutes: 15,
        online: chairside_schedule::clinic::OnlineRule::default(),
        uses_chairs: false,
        chairs: Vec::new(),
        practitioners: (0..PRACTITIONERS).map(practitioner).collect(),
        kinds: vec![VisitKind {
            id: uuid(id(Of::Kind, 1)).into(),
            name: "Examination".to_owned(),
            minutes: 30,
            colour: KindColour::Examination,
            bookable_online: true,
            emergency: false,
            active: true,
        }],
    }
}

fn practitioner(number: u64) -> Practitioner {
    Practitioner {
        id: uuid(id(Of::Practitioner, number)).into(),
        name: format!("Practitioner {number}"),
        role: "Dentist".to_owned(),
        room: String::new(),
        active_from: None,
        active_until: None,
        hours: None,
        breaks: None,
        absences: Vec::new(),
        bookable_online: true,
        position: i32::try_from(number).unwrap_or(0),
    }
}

/// The clinic's local day at a moment.
pub fn today(wall_ms: i64) -> Day {
    day_number(local(wall_ms).date())
}

fn local(wall_ms: i64) -> NaiveDateTime {
    let at = DateTime::from_timestamp_millis(wall_ms).unwrap_or_default();
    ZONE.from_utc_datetime(&at.naive_utc()).naive_local()
}

/// The days offered online at a moment.
pub fn window(wall_ms: i64) -> Window {
    let today = today(wall_ms);
    Window { from: today, to: today + OFFERED_DAYS }
}

/// How long it is until the clinic's next midnight.
pub fn to_midnight_ms(wall_ms: i64) -> u64 {
    let now = local(wall_ms);
    let midnight = (now.date() + chrono::TimeDelta::days(1)).and_time(chrono::NaiveTime::MIN);
    u64::try_from((midnight - now).num_milliseconds()).unwrap_or(0).max(1)
}

/// The local second at which a half hour of a day begins.
pub fn slot_s(day: Day, slot: i64) -> i64 {
    i64::from(day) * 86_400 + 8 * 3_600 + slot * 1_800
}

/// Whether the clinic is open that day, hours aside.
pub fn is_workday(day: Day) -> bool {
    chairside_schedule::time::day_from_number(day).is_some_and(|day| day.weekday() != Weekday::Sun)
}

/// The UTC second of a local one. No clock changes while the simulation runs.
pub fn utc_s(local_s: i64) -> i64 {
    static AHEAD_S: LazyLock<i64> = LazyLock::new(|| local(BEGIN_MS).and_utc().timestamp() - BEGIN_MS / 1_000);
    local_s - *AHEAD_S
}

/// A visit as staff write it.
pub fn visit(number: u64, practitioner: u64, local_s: i64, patient: u64) -> AppointmentRow {
    let start_s = utc_s(local_s);
    AppointmentRow {
        id: id(Of::Visit, number),
        version: 1,
        practitioner: id(Of::Practitioner, practitioner),
        chair: None,
        kind: id(Of::Kind, 1),
        status: "booked".to_owned(),
        day: Day::try_from(local_s.div_euclid(86_400)).unwrap_or(0),
        local_s,
        zone: ZONE.name().to_owned(),
        start_s,
        end_s: start_s + 1_800,
        patient: id(Of::Patient, patient),
    }
}
