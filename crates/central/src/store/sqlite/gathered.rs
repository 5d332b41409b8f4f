//! Rows of many days at once, each day's gathered by SQLite into a few values.
//! What can't be read is passed over: whoever compares finds that it is missing,
//! and it is sent again.

use chairside_schedule::ClinicId;
use chairside_sync::body::{AppointmentRow, BlockoutRow, Day, Window};
use chairside_sync::gathered::{self, Gathered};
use futures_util::TryStreamExt;
use sqlx::sqlite::SqliteConnection;

use super::cells::Cells;
use crate::store::StorageError;

/// Hands every day's visits, in the order of their ids, to `each`.
pub async fn each_day(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    days: Window,
    mut each: impl FnMut(Day, Vec<AppointmentRow>),
) -> Result<(), StorageError> {
    let mut rows = sqlx::query(
        "SELECT day, group_concat(id, ''), group_concat(practitioner, ''), group_concat(kind, ''), \
             group_concat(patient, ''), json_group_array(json_array(version, iif(chair IS NULL, NULL, hex(chair)), \
             status, local_s, zone, start_s, end_s)) \
         FROM appointment WHERE clinic = ? AND day >= ? AND day < ? GROUP BY day ORDER BY day",
    )
    .bind(clinic.bytes().as_slice())
    .bind(days.from)
    .bind(days.to)
    .fetch(conn);
    while let Some(row) = rows.try_next().await? {
        let mut cells = Cells::new("appointment", &row);
        let day = cells.number()?;
        let mut values = || {
            let ids = [cells.bytes()?, cells.bytes()?, cells.bytes()?, cells.bytes()?];
            Ok::<_, StorageError>((ids, cells.text()?))
        };
        let read = values().map(|(ids, rest)| gathered::visits(day, &ids, &rest));
        if let Some(visits) = readable(clinic, day, read) {
            each(day, visits);
        }
    }
    Ok(())
}

/// The blockouts of these days, in the order of days and ids.
pub async fn blockouts(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    days: Window,
) -> Result<Vec<BlockoutRow>, StorageError> {
    let mut rows = sqlx::query(
        "SELECT day, json_group_array(json_array(hex(id), iif(practitioner IS NULL, NULL, hex(practitioner)), \
             iif(chair IS NULL, NULL, hex(chair)), start_s, end_s, for_emergencies)) \
         FROM blockout WHERE clinic = ? AND day >= ? AND day < ? GROUP BY day ORDER BY day",
    )
    .bind(clinic.bytes().as_slice())
    .bind(days.from)
    .bind(days.to)
    .fetch(conn);
    let mut all = Vec::new();
    while let Some(row) = rows.try_next().await? {
        let mut cells = Cells::new("blockout", &row);
        let day = cells.number()?;
        let read = cells.text().map(|lines| gathered::blockouts(day, &lines));
        all.extend(readable(clinic, day, read).into_iter().flatten());
    }
    Ok(all)
}

/// The rows of a day that can be read, and a word about all else; `None` where
/// that is everything.
fn readable<T>(
    clinic: ClinicId,
    day: Day,
    read: Result<Result<Gathered<T>, gathered::Unreadable>, StorageError>,
) -> Option<Vec<T>> {
    let unreadable = |error: &dyn std::error::Error| tracing::warn!(%clinic, day, %error, "a day can't be read");
    let gathered = match read {
        Ok(Ok(gathered)) => gathered,
        Ok(Err(error)) => {
            unreadable(&error);
            return None;
        }
        Err(error) => {
            unreadable(&error);
            return None;
        }
    };
    for error in &gathered.unreadable {
        tracing::warn!(%clinic, day, %error, "a row can't be read");
    }
    Some(gathered.rows)
}
