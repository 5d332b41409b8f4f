//! The breaker's row, swapped by its version.

use chairside_schedule::ClinicId;
use chairside_sync::Now;
use chairside_sync::breaker::{Breaker, Outcome, Permit, Phase, Recent};
use sqlx::sqlite::SqliteConnection;

use super::SqliteStorage;
use super::cells::Cells;
use crate::store::StorageError;
use crate::store::breaker::{BreakerStorage, Turned};

async fn load(conn: &mut SqliteConnection, clinic: ClinicId) -> Result<Breaker, StorageError> {
    let row = sqlx::query("SELECT version, era, phase, since_ms, calls, failed FROM breaker WHERE clinic = ?")
        .bind(clinic.bytes().as_slice())
        .fetch_optional(conn)
        .await?;
    let Some(row) = row else { return Ok(Breaker::default()) };
    let mut cells = Cells::new("breaker", &row);
    let (version, era, phase) = (cells.number()?, cells.number()?, cells.text()?);
    let since_ms = cells.number()?;
    let phase = match phase.as_str() {
        "open" => Phase::Open { since_ms },
        "half_open" => Phase::HalfOpen { since_ms },
        _ => Phase::Closed,
    };
    Ok(Breaker { version, era, phase, recent: Recent { calls: cells.number()?, failed: cells.number()? } })
}

async fn store(conn: &mut SqliteConnection, clinic: ClinicId, breaker: &Breaker) -> Result<(), StorageError> {
    let (phase, since_ms) = match breaker.phase {
        Phase::Closed => ("closed", 0),
        Phase::Open { since_ms } => ("open", since_ms),
        Phase::HalfOpen { since_ms } => ("half_open", since_ms),
    };
    sqlx::query(
        "INSERT OR REPLACE INTO breaker (clinic, version, era, phase, since_ms, calls, failed) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(clinic.bytes().as_slice())
    .bind(breaker.version.cast_signed())
    .bind(breaker.era.cast_signed())
    .bind(phase)
    .bind(since_ms)
    .bind(breaker.recent.calls)
    .bind(breaker.recent.failed)
    .execute(conn)
    .await?;
    Ok(())
}

fn turn(breaker: &mut Breaker, called: Option<&(Permit, Vec<Outcome>)>, now: Now) -> Turned {
    let mut changes = Vec::new();
    if let Some((permit, outcomes)) = called {
        changes.extend(outcomes.iter().filter_map(|outcome| breaker.record(now, *permit, *outcome)));
    }
    let (permit, change) = breaker.may_call(now);
    changes.extend(change);
    Turned { permit, changes }
}

impl BreakerStorage for SqliteStorage {
    async fn breaker(&self, clinic: ClinicId) -> Result<Breaker, StorageError> {
        load(&mut *self.readers.acquire().await?, clinic).await
    }

    async fn turn_breaker(
        &self,
        clinic: ClinicId,
        called: Option<(Permit, Vec<Outcome>)>,
        now: Now,
    ) -> Result<Turned, StorageError> {
        if called.is_none() {
            let before = load(&mut *self.readers.acquire().await?, clinic).await?;
            let mut after = before;
            let turned = turn(&mut after, None, now);
            // A permit that changes nothing needs no write.
            if after.version == before.version {
                return Ok(turned);
            }
        }
        // The one connection that writes reads and writes: nobody swaps in between.
        let work = async move |conn: &mut SqliteConnection| {
            let before = load(conn, clinic).await?;
            let mut after = before;
            let turned = turn(&mut after, called.as_ref(), now);
            if after.version != before.version {
                store(conn, clinic, &after).await?;
            }
            Ok(turned)
        };
        self.queue.write(work).await
    }
}
