//! Rows gathered inside SQLite into one text: they cross over several times
//! faster than one by one, cell by cell, and a board is read anew after every
//! change.

use chairside_schedule::Appointment;
use chairside_schedule::appointment::{Cancellation, CancelledBy, Flags, Source, Status, VisitTime};
use chairside_schedule::id::{AppointmentId, ChairId, KindId, PatientId, PractitionerId};
use chairside_schedule::time::{Instant, Interval};
use chrono::{DateTime, NaiveDate};
use serde::Deserialize;
use sqlx::sqlite::SqliteConnection;

use super::cells::damaged;
use crate::error::StoreError;
use crate::names::Named;
use crate::tx::day;

/// Every visit of a day, in the order of their practitioners and starts.
pub async fn visits_of_day(conn: &mut SqliteConnection, date: NaiveDate) -> Result<Vec<Appointment>, StoreError> {
    let gathered: String = sqlx::query_scalar(
        "SELECT json_group_array(json_array(hex(id), version, hex(patient), hex(practitioner), \
             iif(chair IS NULL, NULL, hex(chair)), hex(kind), local_s, zone, minutes, start_s, end_s, status, \
             confirmed, note, source, overbooked, cancelled_by, cancelled_reason, arrived_s, seated_s, done_s, \
             left_s, iif(follows IS NULL, NULL, hex(follows)), created_s, external_id, flags)) \
         FROM appointment WHERE day = ?",
    )
    .bind(day(date))
    .fetch_one(conn)
    .await?;
    let lines: Vec<Visit<'_>> = read("appointment", &gathered)?;
    let mut visits: Vec<Appointment> = lines.into_iter().map(Visit::read).collect::<Result<_, _>>()?;
    visits.sort_by_key(|visit| (visit.practitioner, visit.time.interval.start, visit.id));
    Ok(visits)
}

/// What boards say of these patients.
pub async fn names(
    conn: &mut SqliteConnection,
    patients: &[PatientId],
) -> Result<impl Iterator<Item = (PatientId, Named)>, StoreError> {
    let wanted: Vec<String> = patients.iter().map(|id| id.0.simple().to_string()).collect();
    let gathered: String = sqlx::query_scalar(
        "SELECT json_group_array(json_array(hex(p.id), p.given, p.family, p.external_id, p.protected, p.alert)) \
         FROM json_each(?) AS wanted CROSS JOIN patient p ON p.id = unhex(wanted.value)",
    )
    .bind(serde_json::json!(wanted).to_string())
    .fetch_one(conn)
    .await?;
    let lines: Vec<Name> = read("patient", &gathered)?;
    Ok(lines.into_iter().map(|line| {
        let Name(id, given, family, external_id, protected, alert) = line;
        (id, Named { given, family, external_id, protected: protected != 0, alert })
    }))
}

fn read<'a, T: Deserialize<'a>>(table: &'static str, gathered: &'a str) -> Result<T, StoreError> {
    serde_json::from_str(gathered).map_err(|_| damaged(table, "one of a day"))
}

/// One patient of [`names`].
#[derive(Deserialize)]
struct Name(PatientId, String, String, Option<String>, u8, String);

/// One visit of [`visits_of_day`], cell by cell in the order of its statement.
#[derive(Deserialize)]
struct Visit<'a> {
    id: AppointmentId,
    version: u32,
    patient: PatientId,
    practitioner: PractitionerId,
    chair: Option<ChairId>,
    kind: KindId,
    local_s: i64,
    zone: &'a str,
    minutes: u32,
    start_s: i64,
    end_s: i64,
    status: &'a str,
    confirmed: u8,
    note: String,
    source: &'a str,
    overbooked: Option<String>,
    cancelled_by: Option<&'a str>,
    cancelled_reason: Option<String>,
    arrived_s: Option<i64>,
    seated_s: Option<i64>,
    done_s: Option<i64>,
    left_s: Option<i64>,
    follows: Option<AppointmentId>,
    created_s: i64,
    external_id: Option<String>,
    flags: u32,
}

impl Visit<'_> {
    fn read(self) -> Result<Appointment, StoreError> {
        let bad = |column: &'static str| move || damaged("appointment", column);
        let local = DateTime::from_timestamp(self.local_s, 0).ok_or_else(bad("local_s"))?.naive_utc();
        Ok(Appointment {
            id: self.id,
            version: self.version,
            patient: self.patient,
            practitioner: self.practitioner,
            chair: self.chair,
            kind: self.kind,
            time: VisitTime {
                local,
                zone: self.zone.parse().map_err(|_| damaged("appointment", "zone"))?,
                minutes: self.minutes,
                interval: Interval::new(Instant(self.start_s), Instant(self.end_s)).ok_or_else(bad("end_s"))?,
            },
            status: Status::parse(self.status).ok_or_else(bad("status"))?,
            confirmed: self.confirmed != 0,
            note: self.note,
            source: Source::parse(self.source).ok_or_else(bad("source"))?,
            overbooked: self.overbooked,
            cancellation: match (self.cancelled_by, self.cancelled_reason) {
                (Some(by), Some(reason)) => {
                    Some(Cancellation { by: CancelledBy::parse(by).ok_or_else(bad("cancelled_by"))?, reason })
                }
                _ => None,
            },
            arrived_at: self.arrived_s.map(Instant),
            seated_at: self.seated_s.map(Instant),
            done_at: self.done_s.map(Instant),
            left_at: self.left_s.map(Instant),
            follows: self.follows,
            created_at: Instant(self.created_s),
            external_id: self.external_id,
            flags: Flags(self.flags),
        })
    }
}
