//! The rows of a clinic's days, and its settings.

use std::collections::BTreeMap;

use chairside_schedule::ClinicId;
use chairside_sync::body::{AppointmentRow, BlockoutRow, Day, Id, SettingsRow, Window};
use chairside_sync::digest::{DayDigest, DayRows, Digests, of_settings};
use futures_util::TryStreamExt;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::cells::Cells;
use crate::store::StorageError;

fn appointment(row: &SqliteRow) -> Result<AppointmentRow, StorageError> {
    let mut cells = Cells::new("appointment", row);
    Ok(AppointmentRow {
        day: cells.number()?,
        id: cells.id()?,
        version: cells.number()?,
        practitioner: cells.id()?,
        chair: cells.optional_id()?,
        kind: cells.id()?,
        status: cells.text()?,
        local_s: cells.number()?,
        zone: cells.text()?,
        start_s: cells.number()?,
        end_s: cells.number()?,
        patient: cells.id()?,
    })
}

fn blockout(row: &SqliteRow) -> Result<BlockoutRow, StorageError> {
    let mut cells = Cells::new("blockout", row);
    Ok(BlockoutRow {
        day: cells.number()?,
        id: cells.id()?,
        practitioner: cells.optional_id()?,
        chair: cells.optional_id()?,
        start_s: cells.number()?,
        end_s: cells.number()?,
        for_emergencies: cells.flag()?,
        lifted: false,
    })
}

/// Hands every row of these days to `visit` and `block`, each kind in the order
/// of days and ids. A row that can't be read is passed over: whoever compares
/// finds that it is missing, and it is sent again.
async fn each(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    days: Window,
    mut visit: impl FnMut(AppointmentRow),
    mut block: impl FnMut(BlockoutRow),
) -> Result<(), StorageError> {
    let mut rows = sqlx::query(
        "SELECT day, id, version, practitioner, chair, kind, status, local_s, zone, start_s, end_s, patient \
         FROM appointment WHERE clinic = ? AND day >= ? AND day < ? ORDER BY day, id",
    )
    .bind(clinic.bytes().as_slice())
    .bind(days.from)
    .bind(days.to)
    .fetch(&mut *conn);
    while let Some(row) = rows.try_next().await? {
        match appointment(&row) {
            Ok(row) => visit(row),
            Err(error) => tracing::warn!(%clinic, %error, "a visit's row can't be read"),
        }
    }
    drop(rows);
    let mut rows = sqlx::query(
        "SELECT day, id, practitioner, chair, start_s, end_s, for_emergencies FROM blockout \
         WHERE clinic = ? AND day >= ? AND day < ? ORDER BY day, id",
    )
    .bind(clinic.bytes().as_slice())
    .bind(days.from)
    .bind(days.to)
    .fetch(conn);
    while let Some(row) = rows.try_next().await? {
        match blockout(&row) {
            Ok(row) => block(row),
            Err(error) => tracing::warn!(%clinic, %error, "a blockout's row can't be read"),
        }
    }
    Ok(())
}

/// Every day that has rows.
pub async fn days(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    window: Window,
) -> Result<BTreeMap<Day, DayRows>, StorageError> {
    let mut visits: Vec<AppointmentRow> = Vec::new();
    let mut blocks: Vec<BlockoutRow> = Vec::new();
    each(conn, clinic, window, |row| visits.push(row), |row| blocks.push(row)).await?;
    let mut days: BTreeMap<Day, DayRows> = BTreeMap::new();
    for row in visits {
        days.entry(row.day).or_default().appointments.push(row);
    }
    for row in blocks {
        days.entry(row.day).or_default().blockouts.push(row);
    }
    Ok(days)
}

/// The digests of a window's rows and of the settings, without holding the rows.
pub async fn digests(conn: &mut SqliteConnection, clinic: ClinicId, window: Window) -> Result<Digests, StorageError> {
    let mut days: BTreeMap<Day, DayDigest> = BTreeMap::new();
    let mut blocks: Vec<BlockoutRow> = Vec::new();
    let visit = |row: AppointmentRow| days.entry(row.day).or_default().appointment(&row);
    each(conn, clinic, window, visit, |row| blocks.push(row)).await?;
    for row in blocks {
        days.entry(row.day).or_default().blockout(&row);
    }
    let days = days.into_iter().map(|(day, digest)| (day, digest.finish())).collect();
    Ok(Digests { settings: of_settings(settings(conn, clinic).await?.as_ref()), days })
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
