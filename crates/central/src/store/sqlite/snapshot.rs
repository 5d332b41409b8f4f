//! Rows as they were behind a mark.
//!
//! A snapshot is a read transaction on a connection of its own, begun right
//! behind the mark's commit and before any other write. Most digests are done
//! before anything else is written, and then the rows themselves are as good:
//! so where every snapshot is taken, none is opened, and nobody waits for one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chairside_schedule::ClinicId;
use sqlx::Sqlite;
use sqlx::sqlite::SqlitePool;
use tokio::time::Instant;

/// How long a snapshot lives at most. Until it ends SQLite can't move the
/// journal's newer pages into the database.
pub const SNAPSHOT_LIFE: Duration = Duration::from_secs(60);

/// Snapshots open at a time.
pub const SNAPSHOTS: u32 = 8;

/// A read transaction that shows rows as they were.
pub type Reading = sqlx::Transaction<'static, Sqlite>;

/// The open snapshots: one for each clinic, behind its last mark.
#[derive(Clone, Debug)]
pub struct Snapshots {
    pool: SqlitePool,
    open: Arc<Mutex<HashMap<ClinicId, Snapshot>>>,
}

#[derive(Debug)]
struct Snapshot {
    mark: u64,
    rows: Reading,
    until: Instant,
}

impl Snapshots {
    pub fn new(pool: SqlitePool) -> Self {
        Self { pool, open: Arc::default() }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<ClinicId, Snapshot>> {
        // Put in and taken out whole; a panic elsewhere can't leave it torn.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection for a snapshot to come, with its transaction not yet
    /// begun; none where all are taken. What is over gives way.
    pub async fn prepare(&self, clinic: ClinicId) -> Option<Reading> {
        let over: Vec<Snapshot> = {
            let mut open = self.open();
            let now = Instant::now();
            open.extract_if(|other, snapshot| *other == clinic || snapshot.until <= now)
                .map(|(_, snapshot)| snapshot)
                .collect()
        };
        for snapshot in over {
            end(snapshot.rows).await;
        }
        let taken = self.open().len();
        if taken >= SNAPSHOTS as usize {
            return None;
        }
        match self.pool.try_begin().await {
            Ok(Some(rows)) => Some(rows),
            // One that isn't open yet: opening takes milliseconds.
            Ok(None) if self.pool.size() < SNAPSHOTS => self.pool.begin().await.ok(),
            Ok(None) => None,
            Err(error) => {
                tracing::debug!(%error, "no snapshot could be opened");
                None
            }
        }
    }

    /// Keeps the rows as they are now; to be called right behind the commit.
    pub async fn keep(&self, clinic: ClinicId, mark: u64, mut rows: Reading) {
        // The first read is what fixes what is seen.
        if let Err(error) = sqlx::query("SELECT one FROM central").fetch_one(&mut *rows).await {
            tracing::debug!(%error, "a snapshot could not be opened");
            return;
        }
        let until = Instant::now() + SNAPSHOT_LIFE;
        self.open().insert(clinic, Snapshot { mark, rows, until });
        let (snapshots, pool) = (self.clone(), self.pool.clone());
        // Ends by itself, or with the store.
        tokio::spawn(async move {
            tokio::select! {
                () = tokio::time::sleep_until(until) => {}
                () = pool.close_event() => {}
            }
            snapshots.end_behind(clinic, mark).await;
        });
    }

    /// The rows behind a mark, for whoever reads them to the end.
    pub fn take(&self, clinic: ClinicId, mark: u64) -> Option<Reading> {
        let mut open = self.open();
        let fits = open.get(&clinic).is_some_and(|kept| kept.mark == mark && kept.until > Instant::now());
        if fits { open.remove(&clinic).map(|snapshot| snapshot.rows) } else { None }
    }

    async fn end_behind(&self, clinic: ClinicId, mark: u64) {
        let snapshot = {
            let mut open = self.open();
            let is_it = open.get(&clinic).is_some_and(|kept| kept.mark == mark);
            if is_it { open.remove(&clinic) } else { None }
        };
        if let Some(snapshot) = snapshot {
            end(snapshot.rows).await;
        }
    }

    /// Ends all of them.
    pub async fn end_all(&self) {
        let all: Vec<Snapshot> = self.open().drain().map(|(_, snapshot)| snapshot).collect();
        for snapshot in all {
            end(snapshot.rows).await;
        }
        self.pool.close().await;
    }
}

/// Gives a snapshot's connection back.
pub async fn end(rows: Reading) {
    if let Err(error) = rows.rollback().await {
        tracing::debug!(%error, "a snapshot did not end cleanly");
    }
}
