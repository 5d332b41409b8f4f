//! Marks, and the rows as they were there.
//!
//! A snapshot is a read transaction on a connection of its own. It is opened
//! while the writer holds the write lock for the mark's own entry, which
//! changes no row: so it shows exactly what the mark stands behind, however
//! many writes are waiting. Whatever is computed from it is out of the
//! writer's way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chairside_sync::body::{Day, Id, SettingsRow, Window};
use chairside_sync::digest::{self, DayRows, Digests};
use chairside_sync::hub::Told;
use chairside_sync::{Public, Tip};
use sqlx::Sqlite;
use sqlx::sqlite::SqlitePool;
use tokio::sync::watch;
use tokio::time::Instant;

use super::{HubSide, lives};
use crate::error::StoreError;
use crate::log;
use crate::project;
use crate::rows::{projected, settings};
use crate::tx::{Moment, Tx};

/// How long a snapshot lives at most. Until it ends SQLite can't move the
/// journal's newer pages into the database.
pub const SNAPSHOT_LIFE: Duration = Duration::from_secs(60);

/// Snapshots open at a time; the oldest gives way. Marks are made one at a
/// time, and read to their end within seconds.
pub(crate) const SNAPSHOTS: usize = 3;

/// Digests are computed for so long at a time, and rest for [`PAUSE`] times as
/// long while somebody works at the desk: 200,000 rows still take seconds then,
/// of the minute there is. Otherwise they go on, for patients wait for the gate.
const STINT: Duration = Duration::from_millis(2);
const PAUSE: u32 = 4;

/// Somebody works at the desk for so long after every commit.
const AT_WORK: Duration = Duration::from_secs(2);

/// The open snapshots, by their mark. They end with the last one who could ask
/// for them: the next link to the same store needs their connections.
#[derive(Clone, Debug)]
pub(super) struct Snapshots {
    open: Arc<Mutex<BTreeMap<u64, Arc<Snapshot>>>>,
    /// Dropped with the last clone; nothing is ever sent.
    alive: Arc<watch::Sender<()>>,
    pub(super) life: Duration,
}

#[derive(Debug)]
struct Snapshot {
    rows: tokio::sync::Mutex<Option<sqlx::Transaction<'static, Sqlite>>>,
    until: Instant,
    pool: SqlitePool,
}

impl Snapshots {
    pub(super) fn new() -> Self {
        Self { open: Arc::default(), alive: Arc::default(), life: SNAPSHOT_LIFE }
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Snapshot>>> {
        // Put in and taken out whole; a panic elsewhere can't leave it torn.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn at(&self, mark: u64) -> Option<Arc<Snapshot>> {
        self.open().get(&mark).filter(|snapshot| !snapshot.is_over()).cloned()
    }

    /// Makes room for one more.
    async fn make_room(&self) {
        loop {
            let oldest = {
                let mut open = self.open();
                if open.len() < SNAPSHOTS {
                    return;
                }
                open.pop_first()
            };
            if let Some((_, snapshot)) = oldest {
                snapshot.end().await;
            }
        }
    }

    fn keep(&self, mark: u64, pool: SqlitePool, rows: sqlx::Transaction<'static, Sqlite>) {
        let until = Instant::now() + self.life;
        let snapshot = Arc::new(Snapshot { rows: tokio::sync::Mutex::new(Some(rows)), until, pool: pool.clone() });
        let replaced = self.open().insert(mark, Arc::clone(&snapshot));
        let (open, mut alive) = (Arc::downgrade(&self.open), self.alive.subscribe());
        // Ends by itself, or with the store, which waits for it when it closes, or
        // once nobody can ask for it any more.
        tokio::spawn(async move {
            if let Some(replaced) = replaced {
                replaced.end().await;
            }
            tokio::select! {
                () = tokio::time::sleep_until(until) => {}
                () = pool.close_event() => {}
                _ = alive.changed() => {}
            }
            if let Some(open) = open.upgrade() {
                let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
                if open.get(&mark).is_some_and(|kept| Arc::ptr_eq(kept, &snapshot)) {
                    open.remove(&mark);
                }
            }
            snapshot.end().await;
        });
    }
}

impl Snapshot {
    fn is_over(&self) -> bool {
        Instant::now() >= self.until || self.pool.is_closed()
    }

    /// Gives the connection back. Waits for whoever reads just now, who looks
    /// after every day whether it is time.
    async fn end(&self) {
        if let Some(rows) = self.rows.lock().await.take()
            && let Err(error) = rows.rollback().await
        {
            tracing::debug!(%error, "a snapshot did not end cleanly");
        }
    }
}

impl HubSide {
    /// Commits a mark, unless the last entry is one for the same window, and
    /// opens a snapshot of the rows it stands behind.
    pub(super) async fn mark(&self, window: Window, moment: Moment) -> Result<Told, StoreError> {
        self.snapshots.make_room().await;
        let pool = self.store.snapshots.clone();
        // Opening a connection takes milliseconds; the writer waits for one read only.
        let mut rows = pool.begin().await?;
        let heard = self.heard.unwritten();
        let written = heard.clone();
        let (tip, left, rows) = self
            .store
            .write(moment, async move |tx| -> Result<(Tip, Vec<Id>, sqlx::Transaction<'static, Sqlite>), StoreError> {
                if !tx.ends_at_mark(window).await? {
                    tx.append_bytes(&Public::Mark(window), Vec::new(), None).await?;
                }
                tx.acknowledged(&heard).await?;
                tx.forget_old_verdicts().await?;
                sqlx::query("SELECT one FROM store").fetch_one(&mut *rows).await?;
                let left = lives::left(&mut tx.conn, tx.tip.incarnation).await?;
                Ok((tx.tip, left, rows))
            })
            .await?;
        self.heard.written(&written);
        self.snapshots.keep(tip.seq, pool, rows);
        Ok(Told::Marked { mark: tip.seq, tip, left })
    }

    /// The digests of a mark's rows; `None` once its snapshot is gone.
    pub(super) async fn digests(&self, mark: u64, window: Window) -> Result<Option<Digests>, StoreError> {
        let Some(snapshot) = self.snapshots.at(mark) else { return Ok(None) };
        let mut rows = snapshot.rows.lock().await;
        let Some(conn) = rows.as_deref_mut() else { return Ok(None) };
        let settings = project::settings_row(&settings::load(conn).await?);
        let mut digests = Digests { settings: digest::of_settings(Some(&settings)), days: BTreeMap::new() };
        let mut worked = Duration::ZERO;
        let (mut tip, mut committed) = (self.store.tip().seq, None);
        for day in window.days() {
            if snapshot.is_over() {
                return Ok(None);
            }
            let began = Instant::now();
            let rows = projected::day(conn, day).await?;
            if !rows.is_empty() {
                digests.days.insert(day, digest::of_day(&rows));
            }
            worked += began.elapsed();
            if worked >= STINT {
                let last = self.store.tip().seq;
                if std::mem::replace(&mut tip, last) != last {
                    committed = Some(Instant::now());
                }
                if committed.is_some_and(|at| at.elapsed() < AT_WORK) {
                    tokio::time::sleep(worked * PAUSE).await;
                } else {
                    tokio::task::yield_now().await;
                }
                worked = Duration::ZERO;
            }
        }
        Ok(Some(digests))
    }

    /// A day of a mark's rows, or the settings there; `None` once its snapshot is gone.
    pub(super) async fn day(
        &self,
        mark: u64,
        day: Option<Day>,
    ) -> Result<Option<(DayRows, Option<SettingsRow>)>, StoreError> {
        let Some(snapshot) = self.snapshots.at(mark) else { return Ok(None) };
        let mut rows = snapshot.rows.lock().await;
        let Some(conn) = rows.as_deref_mut() else { return Ok(None) };
        Ok(Some(match day {
            Some(day) => (projected::day(conn, day).await?, None),
            None => (DayRows::default(), Some(project::settings_row(&settings::load(conn).await?))),
        }))
    }
}

impl Tx {
    /// Whether the last entry is a mark for this window.
    async fn ends_at_mark(&mut self, window: Window) -> Result<bool, StoreError> {
        let last = log::at(&mut self.conn, self.tip.seq).await?;
        let body = last.map(|record| Public::from_bytes(&record.entry.public));
        Ok(matches!(body, Some(Ok(Public::Mark(marked))) if marked == window))
    }
}
