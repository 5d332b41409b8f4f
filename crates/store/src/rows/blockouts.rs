//! Stretches that are not for visits.

use chairside_schedule::hours::Blockout;
use chairside_schedule::id::BlockoutId;
use chairside_schedule::time::{DaySpan, Interval};
use chairside_sync::body::Day;
use chrono::NaiveDate;
use sqlx::sqlite::SqliteConnection;

use super::cells::{Cells, damaged};
use crate::error::StoreError;
use crate::tx::day;

pub async fn between(
    conn: &mut SqliteConnection,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<Vec<Blockout>, StoreError> {
    of_days(conn, day(from), day(until)).await
}

/// Those of a day and of all after it.
pub async fn from(conn: &mut SqliteConnection, first: Day) -> Result<Vec<Blockout>, StoreError> {
    of_days(conn, first, Day::MAX).await
}

async fn of_days(conn: &mut SqliteConnection, from: Day, until: Day) -> Result<Vec<Blockout>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, practitioner, chair, day, start_min, end_min, start_s, end_s, reason, for_emergencies \
         FROM blockout WHERE lifted = 0 AND day BETWEEN ? AND ? ORDER BY day, start_min, id",
    )
    .bind(from)
    .bind(until)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let mut cells = Cells::new("blockout", row, 0);
            Ok(Blockout {
                id: cells.id()?,
                practitioner: cells.optional_id()?,
                chair: cells.optional_id()?,
                day: cells.day()?,
                span: DaySpan::new(cells.minute()?, cells.minute()?).ok_or_else(|| damaged("blockout", "end_min"))?,
                interval: Interval::new(cells.instant()?, cells.instant()?)
                    .ok_or_else(|| damaged("blockout", "end_s"))?,
                reason: cells.text()?,
                for_emergencies: cells.flag()?,
            })
        })
        .collect()
}

pub async fn insert(conn: &mut SqliteConnection, blockout: &Blockout) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO blockout (id, practitioner, chair, day, start_min, end_min, start_s, end_s, reason, \
         for_emergencies) VALUES (?,?,?,?,?,?,?,?,?,?)",
    )
    .bind(blockout.id.bytes().as_slice())
    .bind(blockout.practitioner.map(|id| id.bytes().to_vec()))
    .bind(blockout.chair.map(|id| id.bytes().to_vec()))
    .bind(day(blockout.day))
    .bind(blockout.span.start.minutes())
    .bind(blockout.span.end.minutes())
    .bind(blockout.interval.start.0)
    .bind(blockout.interval.end.0)
    .bind(&blockout.reason)
    .bind(blockout.for_emergencies)
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts the UTC of one right.
pub async fn set_interval(conn: &mut SqliteConnection, id: BlockoutId, interval: Interval) -> Result<(), StoreError> {
    sqlx::query("UPDATE blockout SET start_s = ?, end_s = ? WHERE id = ?")
        .bind(interval.start.0)
        .bind(interval.end.0)
        .bind(id.bytes().as_slice())
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether there is such a blockout, lifted or not.
pub async fn is_known(conn: &mut SqliteConnection, id: BlockoutId) -> Result<bool, StoreError> {
    let there: Option<i64> = sqlx::query_scalar("SELECT 1 FROM blockout WHERE id = ?")
        .bind(id.bytes().as_slice())
        .fetch_optional(conn)
        .await?;
    Ok(there.is_some())
}
