//! The outbox.

use chairside_schedule::ClinicId;
use chairside_sync::Now;
use chairside_sync::mails::{
    BookingId, Key, Outcome, Plan, Row, Standing, State, Why, may_leave, plan, retry_pause_ms,
};
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::SqliteStorage;
use super::cells::Cells;
use crate::store::StorageError;
use crate::store::care::mask;
use crate::store::mails::{DeadMail, Ended, MailStorage};

/// Bookings looked at in one transaction.
const AT_ONCE: u32 = 32;

const fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Waiting => "waiting",
        Standing::Sent => "sent",
        Standing::Dropped(Why::Overtaken) => "overtaken",
        Standing::Dropped(Why::Known) => "known",
        Standing::Dead => "dead",
    }
}

fn parse(text: &str) -> Option<Standing> {
    let all = [
        Standing::Waiting,
        Standing::Sent,
        Standing::Dropped(Why::Overtaken),
        Standing::Dropped(Why::Known),
        Standing::Dead,
    ];
    all.into_iter().find(|standing| word(*standing) == text)
}

/// Writes a mail that waits.
pub async fn insert(conn: &mut SqliteConnection, clinic: ClinicId, row: &Row, due_ms: i64) -> Result<(), StorageError> {
    sqlx::query(
        "INSERT INTO mail (booking, sequence, outcome, clinic, gist, by_clinic, written_ms, due_ms) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(row.key.booking.0.as_bytes().as_slice())
    .bind(row.key.sequence.cast_signed())
    .bind(row.key.outcome.as_str())
    .bind(clinic.bytes().as_slice())
    .bind(row.gist.0.as_slice())
    .bind(row.by_clinic)
    .bind(row.written_ms)
    .bind(due_ms)
    .execute(conn)
    .await?;
    Ok(())
}

/// Reads `booking, sequence, outcome, gist, by_clinic, written_ms, tries, tried_ms, standing`.
fn one(cells: &mut Cells<'_>) -> Result<Row, StorageError> {
    Ok(Row {
        key: Key { booking: BookingId(cells.uuid()?), sequence: cells.number()?, outcome: cells.word(Outcome::parse)? },
        gist: cells.hash()?,
        by_clinic: cells.flag()?,
        written_ms: cells.number()?,
        tries: cells.number()?,
        tried_ms: cells.number()?,
        standing: cells.word(parse)?,
    })
}

fn from_row(row: &SqliteRow) -> Result<Row, StorageError> {
    one(&mut Cells::new("mail", row))
}

async fn of(conn: &mut SqliteConnection, booking: BookingId) -> Result<Vec<Row>, StorageError> {
    let rows = sqlx::query(
        "SELECT booking, sequence, outcome, gist, by_clinic, written_ms, tries, tried_ms, standing FROM mail \
         WHERE booking = ? ORDER BY sequence",
    )
    .bind(booking.0.as_bytes().as_slice())
    .fetch_all(conn)
    .await?;
    rows.iter().map(from_row).collect()
}

/// A booking as it is.
async fn state(conn: &mut SqliteConnection, booking: BookingId) -> Result<Option<State>, StorageError> {
    let row = sqlx::query(
        "SELECT b.sequence, b.outcome, b.gist, m.replaying FROM booking b JOIN mirror m ON m.clinic = b.clinic \
         WHERE b.id = ?",
    )
    .bind(booking.0.as_bytes().as_slice())
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let mut cells = Cells::new("booking", &row);
    Ok(Some(State {
        sequence: cells.number()?,
        outcome: cells.word(Outcome::parse)?,
        gist: cells.hash()?,
        replaying: cells.flag()?,
    }))
}

async fn due(conn: &mut SqliteConnection, now: Now, limit: u32) -> Result<Vec<BookingId>, StorageError> {
    let rows = sqlx::query(
        "SELECT mail.booking FROM mail JOIN mirror ON mirror.clinic = mail.clinic \
         WHERE standing = 'waiting' AND due_ms <= ? AND replaying = 0 \
         AND NOT EXISTS (SELECT 1 FROM mail other WHERE other.booking = mail.booking AND other.leaving = 1) \
         GROUP BY mail.booking ORDER BY min(due_ms) LIMIT ?",
    )
    .bind(now.wall_ms)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok(BookingId(Cells::new("mail", row).uuid()?))).collect()
}

async fn set(
    conn: &mut SqliteConnection,
    key: Key,
    standing: Standing,
    due_ms: Option<i64>,
) -> Result<(), StorageError> {
    sqlx::query(
        "UPDATE mail SET standing = ?, due_ms = coalesce(?, due_ms) WHERE booking = ? AND sequence = ? AND outcome = ?",
    )
    .bind(word(standing))
    .bind(due_ms)
    .bind(key.booking.0.as_bytes().as_slice())
    .bind(key.sequence.cast_signed())
    .bind(key.outcome.as_str())
    .execute(conn)
    .await?;
    Ok(())
}

/// Does what is planned for the mails of a booking; tells the one to send.
async fn carry_out(conn: &mut SqliteConnection, booking: BookingId, now: Now) -> Result<Option<Row>, StorageError> {
    let Some(state) = state(conn, booking).await? else { return Ok(None) };
    let rows = of(conn, booking).await?;
    let mut begun = None;
    for (key, plan) in plan(&rows, &state, now) {
        match plan {
            Plan::Send => {
                let Some(mut row) = rows.iter().find(|row| row.key == key).copied() else { continue };
                row.begin(now);
                let due_ms = now.wall_ms.saturating_add_unsigned(retry_pause_ms(row.tries));
                sqlx::query(
                    "UPDATE mail SET tries = ?, tried_ms = ?, leaving = 1 WHERE booking = ? AND sequence = ? AND outcome = ?",
                )
                .bind(row.tries)
                .bind(row.tried_ms)
                .bind(key.booking.0.as_bytes().as_slice())
                .bind(key.sequence.cast_signed())
                .bind(key.outcome.as_str())
                .execute(&mut *conn)
                .await?;
                set(conn, key, Standing::Waiting, Some(due_ms)).await?;
                // Of one booking only one mail speaks of what is.
                begun = Some(row);
            }
            Plan::Wait { until_steady_ms } => {
                let wait_ms = until_steady_ms.saturating_sub(now.steady_ms).max(1);
                let due_ms = now.wall_ms.saturating_add_unsigned(wait_ms);
                set(conn, key, Standing::Waiting, Some(due_ms)).await?;
            }
            // Asked again once the clinic is live: its mails aren't looked at until then.
            Plan::AwaitReplay => {}
            Plan::Drop(why) => set(conn, key, Standing::Dropped(why), None).await?,
            Plan::Dead => set(conn, key, Standing::Dead, None).await?,
        }
    }
    Ok(begun)
}

impl MailStorage for SqliteStorage {
    async fn begin_mail(&self, now: Now) -> Result<Option<Row>, StorageError> {
        // Nothing is due most of the time, and then nothing needs the writer.
        if due(&mut *self.readers.acquire().await?, now, 1).await?.is_empty() {
            return Ok(None);
        }
        let work = async move |conn: &mut SqliteConnection| {
            for booking in due(conn, now, AT_ONCE).await? {
                if let Some(row) = carry_out(conn, booking, now).await? {
                    return Ok(Some(row));
                }
            }
            Ok(None)
        };
        self.queue.write(work).await
    }

    async fn may_leave(&self, key: Key) -> Result<bool, StorageError> {
        let mut read = self.readers.begin().await?;
        let Some(state) = state(&mut read, key.booking).await? else { return Ok(false) };
        let rows = of(&mut read, key.booking).await?;
        Ok(rows.iter().any(|row| row.key == key && may_leave(row, &state)))
    }

    async fn end_mail(&self, key: Key, ended: Ended) -> Result<(), StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            // What was overtaken on its way and arrived all the same was told.
            sqlx::query(
                "UPDATE mail SET leaving = 0, standing = CASE WHEN ?1 = 'sent' THEN ?1 \
                 WHEN ?1 = 'dead' AND standing = 'waiting' THEN ?1 ELSE standing END, why = ?5 \
                 WHERE booking = ?2 AND sequence = ?3 AND outcome = ?4",
            )
            .bind(match ended {
                Ended::Sent => word(Standing::Sent),
                Ended::Refused(_) => word(Standing::Dead),
                Ended::Later(_) | Ended::Stayed => word(Standing::Waiting),
            })
            .bind(key.booking.0.as_bytes().as_slice())
            .bind(key.sequence.cast_signed())
            .bind(key.outcome.as_str())
            .bind(match ended {
                Ended::Refused(why) | Ended::Later(why) => Some(why),
                Ended::Sent | Ended::Stayed => None,
            })
            .execute(conn)
            .await?;
            Ok(())
        };
        self.queue.write(work).await
    }

    async fn next_mail_ms(&self) -> Result<Option<i64>, StorageError> {
        let due = sqlx::query_scalar(
            "SELECT due_ms FROM mail JOIN mirror ON mirror.clinic = mail.clinic \
             WHERE standing = 'waiting' AND replaying = 0 \
             AND NOT EXISTS (SELECT 1 FROM mail other WHERE other.booking = mail.booking AND other.leaving = 1) \
             ORDER BY due_ms LIMIT 1",
        );
        Ok(due.fetch_optional(&mut *self.readers.acquire().await?).await?)
    }

    async fn mails_of(&self, booking: BookingId) -> Result<Vec<Row>, StorageError> {
        of(&mut *self.readers.acquire().await?, booking).await
    }

    async fn dead_mails(&self, limit: u32) -> Result<Vec<DeadMail>, StorageError> {
        let rows = sqlx::query(
            "SELECT m.clinic, m.why, b.contact, m.booking, m.sequence, m.outcome, m.gist, m.by_clinic, m.written_ms, \
             m.tries, m.tried_ms, m.standing FROM mail m JOIN booking b ON b.id = m.booking \
             WHERE m.standing = 'dead' ORDER BY m.tried_ms LIMIT ?",
        )
        .bind(limit)
        .fetch_all(&mut *self.readers.acquire().await?)
        .await?;
        rows.iter()
            .map(|row| {
                let mut cells = Cells::new("mail", row);
                Ok(DeadMail {
                    clinic: cells.uuid()?,
                    why: cells.optional_text()?,
                    contact: cells.optional_text()?.as_deref().map(mask),
                    row: one(&mut cells)?,
                })
            })
            .collect()
    }

    async fn try_mails_again(&self, booking: BookingId, now: Now) -> Result<u64, StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            let again = sqlx::query(
                "UPDATE mail SET standing = 'waiting', tries = 0, due_ms = ? WHERE booking = ? AND standing = 'dead'",
            )
            .bind(now.wall_ms)
            .bind(booking.0.as_bytes().as_slice())
            .execute(conn)
            .await?;
            Ok(again.rows_affected())
        };
        self.queue.write(work).await
    }
}
