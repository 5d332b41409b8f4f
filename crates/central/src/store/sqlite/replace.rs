//! Days put in place, and what only this mirror had there.

use std::collections::BTreeMap;

use chairside_schedule::ClinicId;
use chairside_sync::body::{AppointmentRow, BlockoutRow, Day, Hash32, Id, SettingsRow, Window};
use chairside_sync::digest::{self, DayRows};
use chairside_sync::mirror::replace;
use chairside_sync::{Now, Public};
use sqlx::sqlite::SqliteConnection;

use super::cells::{Cells, damaged};
use super::mirror::standing;
use super::{chain, requests, rows};
use crate::store::{Effects, StorageError};

/// Rows offered to the hub at a time.
const OFFERED: u32 = 500;

/// Puts a day in place. The digest is of what the database holds once the day
/// is as it was at the mark, and before the entries after it are put on top.
pub async fn day(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    mark: u64,
    day: Day,
    sent: &DayRows,
    now: Now,
) -> Result<(Hash32, Effects), StorageError> {
    let window = standing(conn, clinic).await?.window;
    let only = Window { from: day, to: day + 1 };
    let said = chain::said_after(conn, clinic, mark).await?;
    let later: Vec<AppointmentRow> = said.iter().filter_map(visit_in).cloned().collect();
    let mine = rows::days(conn, clinic, only).await?.remove(&day).unwrap_or_default();
    let mine: BTreeMap<Id, AppointmentRow> = mine.appointments.into_iter().map(|row| (row.id, row)).collect();
    let replaced = replace(day, &mine, &sent.appointments, &later);

    let mut effects = Effects { days: [day].into(), ..Effects::default() };
    rows::clear(conn, clinic, day).await?;
    effects.days.extend(rows::put_all(conn, clinic, window, &sent.appointments).await?);
    heard_on(conn, clinic, day).await?;
    for row in &sent.blockouts {
        rows::put_blockout(conn, clinic, window, row).await?;
    }
    let held = rows::days(conn, clinic, only).await?.remove(&day).unwrap_or_default();
    let digest = digest::of_day(&held);

    for row in sent.appointments.iter().filter(|row| !replaced.rows.contains_key(&row.id)) {
        rows::take_away(conn, clinic, row.id).await?;
    }
    let as_sent: BTreeMap<Id, &AppointmentRow> = sent.appointments.iter().map(|row| (row.id, row)).collect();
    let later = replaced.rows.values().chain(&replaced.elsewhere);
    for row in later.filter(|row| as_sent.get(&row.id).is_none_or(|sent| sent != row)) {
        effects.days.extend(rows::put(conn, clinic, window, row).await?);
        effects.days.insert(row.day);
    }
    for id in requests::visits_booked_on(conn, clinic, day).await? {
        if let Some(row) = replaced.rows.get(&id) {
            requests::visit_changed(conn, clinic, row, now, &mut effects).await?;
        }
    }
    for row in said.iter().filter_map(blockout_in).filter(|row| row.day == day) {
        rows::put_blockout(conn, clinic, window, row).await?;
    }
    for orphan in &replaced.orphans {
        keep_orphan(conn, clinic, orphan, now).await?;
    }
    Ok((digest, effects))
}

/// Puts the settings in place, unless an entry after the mark changed them again.
pub async fn settings(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    mark: u64,
    settings: Option<SettingsRow>,
) -> Result<(Hash32, Effects), StorageError> {
    let digest = digest::of_settings(settings.as_ref());
    let later = chain::said_after(conn, clinic, mark).await?.into_iter().rev().find_map(|said| match said {
        Public::Settings(settings) => Some(settings),
        _ => None,
    });
    rows::put_settings(conn, clinic, later.or(settings).as_ref()).await?;
    Ok((digest, Effects { settings: true, ..Effects::default() }))
}

const fn visit_in(said: &Public) -> Option<&AppointmentRow> {
    match said {
        Public::Appointment(row) => Some(row),
        Public::Verdict(verdict) => verdict.appointment.as_ref(),
        Public::Pending(pending) => pending.appointment.as_ref(),
        _ => None,
    }
}

const fn blockout_in(said: &Public) -> Option<&BlockoutRow> {
    match said {
        Public::Blockout(row) => Some(row),
        _ => None,
    }
}

async fn keep_orphan(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    row: &AppointmentRow,
    now: Now,
) -> Result<(), StorageError> {
    let said = minicbor::to_vec(row).map_err(|_| damaged("orphan", "said"))?;
    // Found once more after it was heard of: it has gone missing again.
    sqlx::query(
        "INSERT INTO orphan (clinic, id, day, found_ms, said) VALUES (?, ?, ?, ?, ?) ON CONFLICT (clinic, id) \
         DO UPDATE SET day = excluded.day, said = excluded.said, heard = 0",
    )
    .bind(clinic.bytes().as_slice())
    .bind(row.id.as_slice())
    .bind(row.day)
    .bind(now.wall_ms)
    .bind(said)
    .execute(conn)
    .await?;
    Ok(())
}

/// The hub's log speaks of this visit.
pub async fn heard(conn: &mut SqliteConnection, clinic: ClinicId, id: Id) -> Result<(), StorageError> {
    sqlx::query("UPDATE orphan SET heard = 1 WHERE clinic = ? AND id = ? AND heard = 0")
        .bind(clinic.bytes().as_slice())
        .bind(id.as_slice())
        .execute(conn)
        .await?;
    Ok(())
}

/// The same, of every visit of a day that was put in place.
async fn heard_on(conn: &mut SqliteConnection, clinic: ClinicId, day: Day) -> Result<(), StorageError> {
    sqlx::query(
        "UPDATE orphan SET heard = 1 WHERE clinic = ?1 AND heard = 0 \
         AND id IN (SELECT id FROM appointment WHERE clinic = ?1 AND day = ?2)",
    )
    .bind(clinic.bytes().as_slice())
    .bind(day)
    .execute(conn)
    .await?;
    Ok(())
}

/// Reads an orphan's bytes.
pub fn orphan(cells: &mut Cells<'_>) -> Result<AppointmentRow, StorageError> {
    minicbor::decode(&cells.bytes()?).map_err(|_| damaged("orphan", "said"))
}

/// What the hub's log doesn't speak of.
pub async fn orphans(conn: &mut SqliteConnection, clinic: ClinicId) -> Result<Vec<AppointmentRow>, StorageError> {
    let rows = sqlx::query("SELECT said FROM orphan WHERE clinic = ? AND heard = 0 ORDER BY day, id LIMIT ?")
        .bind(clinic.bytes().as_slice())
        .bind(OFFERED)
        .fetch_all(conn)
        .await?;
    rows.iter().map(|row| orphan(&mut Cells::new("orphan", row))).collect()
}
