//! Opening a store: one file, one process, one version.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::Read;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};
use uuid::Uuid;

use super::SqliteStorage;
use super::snapshot::{SNAPSHOTS, Snapshots};
use super::writer::{WriteQueue, Writer};
use crate::store::StorageError;

/// Every version of the schema there ever was, oldest first.
pub static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// The database's name in its folder.
pub const DATABASE: &str = "central.db";

/// SQLite's result code for a file whose pages contradict each other.
pub const CORRUPT: i64 = 11;

/// Files that lie beside it and go into a backup with it: the authority's and
/// central's own keys, without which nobody it let in could be told again.
pub const BESIDE: [&str; 2] = ["authority.pem", "central.key"];

/// Readers beside the writer.
const READERS: u32 = 4;

/// Pages the journal holds before a commit moves them into the database.
const WAL_PAGES: u32 = 4_000;

/// Statements each connection keeps prepared: more than there are.
const STATEMENTS: usize = 256;

/// Keeps a store to one process, for as long as it lives.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    pub(super) fn take(folder: &Path) -> Result<Self, StorageError> {
        let path = folder.join("lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|source| StorageError::file(&path, source))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StorageError::InUse(folder.to_owned())),
            Err(TryLockError::Error(source)) => Err(StorageError::file(&path, source)),
        }
    }
}

impl SqliteStorage {
    /// Opens the store in `folder`, and makes both where they are missing.
    /// `incarnation` is a fresh id, used where the store is new. Every claim of
    /// a clinic is let go: whoever made it has ended, or this file would be in use.
    ///
    /// # Errors
    /// [`StorageError::InUse`], [`StorageError::Newer`], [`StorageError::NotAStore`],
    /// a folder that can't be written to.
    pub async fn open(folder: &Path, incarnation: Uuid) -> Result<Self, StorageError> {
        make_folder(folder)?;
        let lock = Lock::take(folder)?;
        let database = folder.join(DATABASE);
        refuse_foreign_file(&database)?;
        let mut conn = options(&database).create_if_missing(true).connect().await?;
        if let Err(error) = prepare(&mut conn, incarnation).await {
            if let Err(error) = conn.close().await {
                tracing::debug!(%error, "a connection that failed did not close cleanly");
            }
            return Err(error);
        }
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .min_connections(0)
                .idle_timeout(None)
                .max_lifetime(None)
                .test_before_acquire(false)
                .connect_lazy_with(options(&database).read_only(true))
        };
        let (readers, snapshots) = (pool(READERS), pool(SNAPSHOTS));
        let writer = Writer { conn, others: [readers.clone(), snapshots.clone()], lock };
        let started = WriteQueue::start(writer);
        let (queue, closed) = started.map_err(|source| StorageError::file(folder, source))?;
        let snapshots = Snapshots::new(snapshots);
        Ok(Self { queue, readers, snapshots, closed, folder: Arc::from(folder) })
    }

    /// The folder it lies in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Lets every waiting write finish, closes the files and gives up the lock,
    /// for all clones: what they ask afterwards is answered `Closed`.
    pub async fn close(&self) {
        self.snapshots.end_all().await;
        self.readers.close().await;
        self.queue.close().await;
        // An error means that the writer is gone, which is what is waited for.
        drop(self.closed.clone().wait_for(|closed| *closed).await);
    }
}

/// A folder for its owner alone: it holds addresses and keys, nobody else's
/// business on a shared machine.
pub(crate) fn make_folder(folder: &Path) -> Result<(), StorageError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|source| StorageError::file(folder, source))
}

async fn prepare(conn: &mut SqliteConnection, incarnation: Uuid) -> Result<(), StorageError> {
    MIGRATIONS.run(&mut *conn).await.map_err(|error| match error {
        MigrateError::VersionMissing(_) => StorageError::Newer,
        MigrateError::VersionMismatch(version) => {
            StorageError::Damaged(format!("migration {version} isn't the one this version knows"))
        }
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
        other => StorageError::Damaged(other.to_string()),
    })?;
    sqlx::query("INSERT OR IGNORE INTO central (one, incarnation) VALUES (1, ?)")
        .bind(incarnation.as_bytes().as_slice())
        .execute(&mut *conn)
        .await?;
    sqlx::query("UPDATE mirror SET owner = NULL WHERE owner IS NOT NULL").execute(&mut *conn).await?;
    // Whoever was sending a mail is gone too.
    sqlx::query("UPDATE mail SET leaving = 0 WHERE leaving = 1").execute(conn).await?;
    Ok(())
}

fn options(database: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(database)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .statement_cache_capacity(STATEMENTS)
        .pragma("temp_store", "MEMORY")
        .pragma("wal_autocheckpoint", WAL_PAGES.to_string())
        // Statements carry contacts; none of them belongs in a log.
        .disable_statement_logging()
}

/// Tells a file that was certainly never ours, before SQLite writes into it.
fn refuse_foreign_file(database: &PathBuf) -> Result<(), StorageError> {
    let file = match File::open(database) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(|source| StorageError::file(database, source))?,
    };
    let mut head = Vec::with_capacity(16);
    file.take(16).read_to_end(&mut head).map_err(|source| StorageError::file(database, source))?;
    // An empty one is what a crash right at the first start leaves.
    if head.is_empty() || head == b"SQLite format 3\0" {
        Ok(())
    } else {
        Err(StorageError::NotAStore(database.clone()))
    }
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        // https://sqlite.org/rescode.html
        match primary_code(&error) {
            Some(13) => Self::DiskFull,
            Some(3 | 8 | 14) => Self::ReadOnly,
            Some(CORRUPT | 26) => Self::Damaged(error.to_string()),
            _ if matches!(error, sqlx::Error::PoolClosed) => Self::Closed,
            _ => Self::Database(Arc::new(error)),
        }
    }
}

/// SQLite's primary result code; extended codes carry it in their low byte.
pub fn primary_code(error: &sqlx::Error) -> Option<i64> {
    let code: i64 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}
