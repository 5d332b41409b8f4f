//! The rows of a clinic's days, and its settings.

use std::collections::BTreeMap;

use chairside_schedule::{ClinicId, Status};
use chairside_sync::body::{AppointmentRow, BlockoutRow, Day, Id, SettingsRow, Window};
use chairside_sync::digest::{DayDigest, DayRows, Digests, of_settings};
use chairside_sync::holds::Place;
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

use super::cells::Cells;
use super::gathered::{blockouts, each_day};
use crate::store::StorageError;

/// A visit, wherever it is kept.
pub async fn visit(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    id: Id,
) -> Result<Option<AppointmentRow>, StorageError> {
    let row = sqlx::query(
        "SELECT version, practitioner, chair, kind, status, day, local_s, zone, start_s, end_s, patient \
         FROM appointment WHERE clinic = ? AND id = ?",
    )
    .bind(clinic.bytes().as_slice())
    .bind(id.as_slice())
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let mut cells = Cells::new("appointment", &row);
    Ok(Some(AppointmentRow {
        id,
        version: cells.number()?,
        practitioner: cells.id()?,
        chair: cells.optional_id()?,
        kind: cells.id()?,
        status: cells.text()?,
        day: cells.number()?,
        local_s: cells.number()?,
        zone: cells.text()?,
        start_s: cells.number()?,
        end_s: cells.number()?,
        patient: cells.id()?,
    }))
}

/// Whether a visit other than `but` stands at a place.
pub async fn is_taken(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    place: &Place,
    but: Id,
) -> Result<bool, StorageError> {
    // A clinic-local day is at most a day off the one in UTC.
    let day = Day::try_from(place.interval.start.0.div_euclid(86_400)).unwrap_or(Day::MAX);
    let statuses: Vec<String> = sqlx::query_scalar(
        "SELECT status FROM appointment WHERE clinic = ? AND day BETWEEN ? AND ? AND practitioner = ? \
         AND start_s < ? AND end_s > ? AND id != ?",
    )
    .bind(clinic.bytes().as_slice())
    .bind(day.saturating_sub(1))
    .bind(day.saturating_add(1))
    .bind(place.practitioner.bytes().as_slice())
    .bind(place.interval.end.0)
    .bind(place.interval.start.0)
    .bind(but.as_slice())
    .fetch_all(conn)
    .await?;
    // A status of a later version is somebody's, too.
    Ok(statuses.iter().any(|status| Status::parse(status).is_none_or(Status::occupies)))
}

/// Every day that has rows.
pub async fn days(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    window: Window,
) -> Result<BTreeMap<Day, DayRows>, StorageError> {
    let mut days: BTreeMap<Day, DayRows> = BTreeMap::new();
    each_day(&mut *conn, clinic, window, |day, visits| {
        days.entry(day).or_default().appointments = visits;
    })
    .await?;
    for row in blockouts(conn, clinic, window).await? {
        days.entry(row.day).or_default().blockouts.push(row);
    }
    Ok(days)
}

/// The digests of a window's rows and of the settings, a day's rows in memory at a time.
pub async fn digests(conn: &mut SqliteConnection, clinic: ClinicId, window: Window) -> Result<Digests, StorageError> {
    let mut days: BTreeMap<Day, DayDigest> = BTreeMap::new();
    each_day(&mut *conn, clinic, window, |day, visits| {
        let digest = days.entry(day).or_default();
        visits.iter().for_each(|row| digest.appointment(row));
    })
    .await?;
    for row in blockouts(&mut *conn, clinic, window).await? {
        days.entry(row.day).or_default().blockout(&row);
    }
    let days = days.into_iter().map(|(day, digest)| (day, digest.finish())).collect();
    Ok(Digests { settings: of_settings(settings(conn, clinic).await?.as_ref()), days })
}

/// Puts many visits where they are now; tells the days they were on before.
pub async fn put_all(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    window: Window,
    rows: &[AppointmentRow],
) -> Result<Vec<Day>, StorageError> {
    let hex = |id: &Id| Uuid::from_bytes(**id).simple().to_string();
    let lines: Vec<serde_json::Value> = rows
        .iter()
        .filter(|row| window.contains(row.day))
        .map(|row| {
            serde_json::json!([
                row.day,
                hex(&row.id),
                row.version,
                hex(&row.practitioner),
                row.chair.as_ref().map(hex),
                hex(&row.kind),
                row.status,
                row.local_s,
                row.zone,
                row.start_s,
                row.end_s,
                hex(&row.patient),
            ])
        })
        .collect();
    let ids = serde_json::Value::from(rows.iter().map(|row| hex(&row.id)).collect::<Vec<_>>());
    // Left to itself SQLite would look through all of the clinic's visits.
    let before: Vec<Day> = sqlx::query_scalar(
        "DELETE FROM appointment INDEXED BY appointment_by_id WHERE clinic = ? AND id IN (SELECT unhex(value) FROM json_each(?)) RETURNING day",
    )
    .bind(clinic.bytes().as_slice())
    .bind(ids.to_string())
    .fetch_all(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO appointment (clinic, day, id, version, practitioner, chair, kind, status, local_s, zone, \
         start_s, end_s, patient) SELECT ?, value->>0, unhex(value->>1), value->>2, unhex(value->>3), \
         unhex(value->>4), unhex(value->>5), value->>6, value->>7, value->>8, value->>9, value->>10, \
         unhex(value->>11) FROM json_each(?)",
    )
    .bind(clinic.bytes().as_slice())
    .bind(serde_json::Value::from(lines).to_string())
    .execute(conn)
    .await?;
    Ok(before)
}

/// Puts a visit where it is now; tells the day it was on before.
pub async fn put(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    window: Window,
    row: &AppointmentRow,
) -> Result<Option<Day>, StorageError> {
    let before = take_away(conn, clinic, row.id).await?;
    if window.contains(row.day) {
        sqlx::query(
            "INSERT INTO appointment (clinic, day, id, version, practitioner, chair, kind, status, local_s, zone, \
             start_s, end_s, patient) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(clinic.bytes().as_slice())
        .bind(row.day)
        .bind(row.id.as_slice())
        .bind(row.version)
        .bind(row.practitioner.as_slice())
        .bind(row.chair.as_ref().map(|id| id.as_slice()))
        .bind(row.kind.as_slice())
        .bind(&row.status)
        .bind(row.local_s)
        .bind(&row.zone)
        .bind(row.start_s)
        .bind(row.end_s)
        .bind(row.patient.as_slice())
        .execute(conn)
        .await?;
    }
    Ok(before)
}

/// Takes a visit away; tells the day it was on.
pub async fn take_away(conn: &mut SqliteConnection, clinic: ClinicId, id: Id) -> Result<Option<Day>, StorageError> {
    let day = sqlx::query_scalar("DELETE FROM appointment WHERE clinic = ? AND id = ? RETURNING day")
        .bind(clinic.bytes().as_slice())
        .bind(id.as_slice())
        .fetch_optional(conn)
        .await?;
    Ok(day)
}

/// Puts a blockout where it is now, or takes one that was lifted away.
pub async fn put_blockout(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    window: Window,
    row: &BlockoutRow,
) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM blockout WHERE clinic = ? AND id = ?")
        .bind(clinic.bytes().as_slice())
        .bind(row.id.as_slice())
        .execute(&mut *conn)
        .await?;
    if row.lifted || !window.contains(row.day) {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO blockout (clinic, day, id, practitioner, chair, start_s, end_s, for_emergencies) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(clinic.bytes().as_slice())
    .bind(row.day)
    .bind(row.id.as_slice())
    .bind(row.practitioner.as_ref().map(|id| id.as_slice()))
    .bind(row.chair.as_ref().map(|id| id.as_slice()))
    .bind(row.start_s)
    .bind(row.end_s)
    .bind(row.for_emergencies)
    .execute(conn)
    .await?;
    Ok(())
}

/// Empties a day.
pub async fn clear(conn: &mut SqliteConnection, clinic: ClinicId, day: Day) -> Result<(), StorageError> {
    for statement in
        ["DELETE FROM appointment WHERE clinic = ? AND day = ?", "DELETE FROM blockout WHERE clinic = ? AND day = ?"]
    {
        sqlx::query(statement).bind(clinic.bytes().as_slice()).bind(day).execute(&mut *conn).await?;
    }
    Ok(())
}

/// No rows are kept outside the window.
pub async fn keep_within(conn: &mut SqliteConnection, clinic: ClinicId, window: Window) -> Result<(), StorageError> {
    for statement in [
        "DELETE FROM appointment WHERE clinic = ?1 AND day < ?2",
        "DELETE FROM appointment WHERE clinic = ?1 AND day >= ?3",
        "DELETE FROM blockout WHERE clinic = ?1 AND day < ?2",
        "DELETE FROM blockout WHERE clinic = ?1 AND day >= ?3",
    ] {
        sqlx::query(statement)
            .bind(clinic.bytes().as_slice())
            .bind(window.from)
            .bind(window.to)
            .execute(&mut *conn)
            .await?;
    }
    sqlx::query("UPDATE mirror SET window_from = ?, window_to = ? WHERE clinic = ?")
        .bind(window.from)
        .bind(window.to)
        .bind(clinic.bytes().as_slice())
        .execute(conn)
        .await?;
    Ok(())
}

/// The settings as last heard of.
pub async fn settings(conn: &mut SqliteConnection, clinic: ClinicId) -> Result<Option<SettingsRow>, StorageError> {
    let row = sqlx::query("SELECT version, content FROM settings WHERE clinic = ?")
        .bind(clinic.bytes().as_slice())
        .fetch_optional(conn)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut cells = Cells::new("settings", &row);
    Ok(Some(SettingsRow { version: cells.number()?, content: cells.text()? }))
}

/// Keeps settings, or forgets them.
pub async fn put_settings(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    settings: Option<&SettingsRow>,
) -> Result<(), StorageError> {
    let Some(settings) = settings else {
        sqlx::query("DELETE FROM settings WHERE clinic = ?").bind(clinic.bytes().as_slice()).execute(conn).await?;
        return Ok(());
    };
    sqlx::query(
        "INSERT INTO settings (clinic, version, content) VALUES (?, ?, ?) \
         ON CONFLICT (clinic) DO UPDATE SET version = excluded.version, content = excluded.content",
    )
    .bind(clinic.bytes().as_slice())
    .bind(settings.version)
    .bind(&settings.content)
    .execute(conn)
    .await?;
    Ok(())
}
