//! An operator's reads.

use std::collections::HashMap;
use std::path::Path;

use chairside_schedule::ClinicId;
use chairside_sync::breaker::Phase;
use chairside_sync::mails::BookingId;
use chairside_sync::{Now, ProposalId};
use sqlx::AssertSqlSafe;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::cells::Cells;
use super::{SqliteStorage, copy, replace};
use crate::store::StorageError;
use crate::store::care::{CareStorage, Copied, Lined, Tally, mask};
use crate::store::clinics::Orphan;
use crate::store::told::{Kind, parse_state};

/// Each counts what its partial index holds, once, whatever the number of clinics.
const HELD: &str = "SELECT clinic, count(*), min(arrived_ms) FROM request WHERE state = 'held' \
     AND quarantined IS NULL GROUP BY clinic";
const SENT: &str = "SELECT clinic, count(*) FROM request WHERE state = 'sent' AND quarantined IS NULL GROUP BY clinic";
const ASIDE: &str = "SELECT clinic, count(*) FROM request WHERE quarantined IS NOT NULL \
     AND state IN ('requested', 'held', 'sent') GROUP BY clinic";
const ORPHANS: &str = "SELECT clinic, count(*) FROM orphan WHERE heard = 0 GROUP BY clinic";
const WAITING: &str = "SELECT clinic, count(*) FROM mail WHERE standing = 'waiting' GROUP BY clinic";
const DEAD: &str = "SELECT clinic, count(*) FROM mail WHERE standing = 'dead' GROUP BY clinic";

/// The columns of a request in line, in the order [`lined`] reads them.
macro_rules! lined {
    ($rest:literal) => {
        concat!(
            "SELECT r.clinic, r.proposal, r.booking, r.wish, r.state, r.urgent, r.arrived_ms, r.sent_ms, r.day, \
             r.other_day, r.quarantined, r.quarantined_ms, b.contact \
             FROM request r JOIN booking b ON b.id = r.booking ",
            $rest
        )
    };
}

fn lined(row: &SqliteRow) -> Result<Lined, StorageError> {
    let mut cells = Cells::new("request", row);
    Ok(Lined {
        clinic: cells.uuid()?,
        proposal: ProposalId(cells.id()?),
        booking: BookingId(cells.uuid()?),
        kind: cells.word(Kind::parse)?,
        state: cells.word(parse_state)?,
        urgent: cells.flag()?,
        arrived_ms: cells.number()?,
        sent_ms: cells.optional_number()?,
        days: [Some(cells.number()?), cells.optional_number()?].into_iter().flatten().collect(),
        aside: cells.optional_text()?.zip(cells.optional_number()?),
        contact: cells.optional_text()?.as_deref().map(mask),
    })
}

/// Numbers by clinic: a count, and a moment where there is a third column.
async fn counted(
    conn: &mut SqliteConnection,
    statement: &'static str,
) -> Result<HashMap<ClinicId, (u64, Option<i64>)>, StorageError> {
    let rows = sqlx::query(AssertSqlSafe(statement)).fetch_all(conn).await?;
    rows.iter()
        .map(|row| {
            let mut cells = Cells::new("request", row);
            let (clinic, count) = (cells.uuid()?, cells.number()?);
            let moment = if sqlx::Row::len(row) > 2 { cells.optional_number()? } else { None };
            Ok((clinic, (count, moment)))
        })
        .collect()
}

impl CareStorage for SqliteStorage {
    async fn tallies(&self) -> Result<Vec<Tally>, StorageError> {
        let mut read = self.readers.begin().await?;
        let held = counted(&mut read, HELD).await?;
        let sent = counted(&mut read, SENT).await?;
        let aside = counted(&mut read, ASIDE).await?;
        let orphans = counted(&mut read, ORPHANS).await?;
        let waiting = counted(&mut read, WAITING).await?;
        let dead = counted(&mut read, DEAD).await?;
        let rows = sqlx::query(
            "SELECT c.clinic, m.replaying, b.phase, b.since_ms FROM clinic c JOIN mirror m ON m.clinic = c.clinic \
             LEFT JOIN breaker b ON b.clinic = c.clinic ORDER BY c.name, c.clinic",
        )
        .fetch_all(&mut *read)
        .await?;
        rows.iter()
            .map(|row| {
                let mut cells = Cells::new("clinic", row);
                let clinic = cells.uuid()?;
                let of =
                    |counts: &HashMap<ClinicId, (u64, Option<i64>)>| counts.get(&clinic).copied().unwrap_or_default();
                let (held, oldest_ms) = of(&held);
                Ok(Tally {
                    clinic,
                    held,
                    oldest_ms,
                    sent: of(&sent).0,
                    aside: of(&aside).0,
                    orphans: of(&orphans).0,
                    mails_waiting: of(&waiting).0,
                    mails_dead: of(&dead).0,
                    replaying: cells.flag()?,
                    breaker: phase(&mut cells)?,
                })
            })
            .collect()
    }

    async fn lined_up(&self, clinic: Option<ClinicId>, limit: u32) -> Result<Vec<Lined>, StorageError> {
        let rows = sqlx::query(lined!(
            "JOIN clinic c ON c.clinic = r.clinic WHERE r.state IN ('held', 'sent') AND r.quarantined IS NULL \
             AND (?1 IS NULL OR r.clinic = ?1) \
             ORDER BY c.name, r.clinic, r.state DESC, r.rank, r.number LIMIT ?2"
        ))
        .bind(clinic.map(|clinic| clinic.bytes().to_vec()))
        .bind(limit)
        .fetch_all(&mut *self.readers.acquire().await?)
        .await?;
        rows.iter().map(lined).collect()
    }

    async fn set_aside(&self, limit: u32) -> Result<Vec<Lined>, StorageError> {
        let rows = sqlx::query(lined!(
            "WHERE r.quarantined IS NOT NULL AND r.state IN ('requested', 'held', 'sent') \
             ORDER BY r.quarantined_ms, r.proposal LIMIT ?"
        ))
        .bind(limit)
        .fetch_all(&mut *self.readers.acquire().await?)
        .await?;
        rows.iter().map(lined).collect()
    }

    async fn every_orphan(&self, limit: u32) -> Result<Vec<(ClinicId, Orphan)>, StorageError> {
        let rows =
            sqlx::query("SELECT clinic, said, found_ms, heard FROM orphan ORDER BY found_ms DESC, clinic, id LIMIT ?")
                .bind(limit)
                .fetch_all(&mut *self.readers.acquire().await?)
                .await?;
        rows.iter()
            .map(|row| {
                let mut cells = Cells::new("orphan", row);
                let clinic = cells.uuid()?;
                let row = replace::orphan(&mut cells)?;
                Ok((clinic, Orphan { row, found_ms: cells.number()?, heard: cells.flag()? }))
            })
            .collect()
    }

    async fn drop_old_mails(&self, limit: u32) -> Result<u64, StorageError> {
        // Nothing is to be dropped most of the time, and then nothing needs the writer.
        let any = sqlx::query("SELECT 1 FROM mail m JOIN booking b ON b.id = m.booking WHERE b.purged = 1 LIMIT 1")
            .fetch_optional(&mut *self.readers.acquire().await?)
            .await?;
        if any.is_none() {
            return Ok(0);
        }
        let work = async move |conn: &mut SqliteConnection| {
            let dropped = sqlx::query(
                "DELETE FROM mail WHERE (booking, sequence, outcome) IN (SELECT m.booking, m.sequence, m.outcome \
                 FROM mail m JOIN booking b ON b.id = m.booking WHERE b.purged = 1 LIMIT ?)",
            )
            .bind(limit)
            .execute(conn)
            .await?;
            Ok(dropped.rows_affected())
        };
        self.queue.write(work).await
    }

    async fn may_write(&self) -> Result<(), StorageError> {
        let work = async |conn: &mut SqliteConnection| {
            sqlx::query("UPDATE central SET pulse = pulse + 1").execute(conn).await?;
            Ok(())
        };
        self.queue.write(work).await
    }

    async fn copy_to(&self, file: &Path, now: Now) -> Result<Copied, StorageError> {
        copy::copy(self.folder(), file, now.wall_ms).await
    }
}

fn phase(cells: &mut Cells<'_>) -> Result<Phase, StorageError> {
    let (phase, since_ms) = (cells.optional_text()?, cells.optional_number()?.unwrap_or_default());
    Ok(match phase.as_deref() {
        Some("open") => Phase::Open { since_ms },
        Some("half_open") => Phase::HalfOpen { since_ms },
        _ => Phase::Closed,
    })
}
