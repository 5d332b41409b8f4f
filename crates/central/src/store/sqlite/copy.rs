//! Backups: one file with everything, made while the store is used, and the
//! way back.
//!
//! The file is a database like the store's own, with two tables more: what it
//! is a copy of, and the files beside the store (keys) with their content.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use uuid::Uuid;

use super::SqliteStorage;
use super::cells::Cells;
use super::open::{BESIDE, CORRUPT, DATABASE, Lock, MIGRATIONS, make_folder, primary_code};
use crate::store::care::Copied;
use crate::store::{ClinicStorage, StorageError};

/// Where a store is brought back before anything of it is in place.
const RESTORING: &str = ".restoring";

const ABOUT: &str = "CREATE TABLE backup (made_ms INTEGER NOT NULL) STRICT; \
     CREATE TABLE backup_file (path TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT;";

/// Rows that are never deleted: what was there before a copy is in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Counts {
    clinics: u64,
    bookings: u64,
    requests: u64,
}

impl Counts {
    async fn of(conn: &mut SqliteConnection) -> Result<Self, StorageError> {
        let row = sqlx::query(
            "SELECT (SELECT count(*) FROM clinic), (SELECT count(*) FROM booking), (SELECT count(*) FROM request)",
        )
        .fetch_one(conn)
        .await?;
        let mut cells = Cells::new("backup", &row);
        Ok(Self { clinics: cells.number()?, bookings: cells.number()?, requests: cells.number()? })
    }

    fn lies_between(self, before: Self, after: Self) -> bool {
        let between = |of: fn(&Self) -> u64| of(&before) <= of(&self) && of(&self) <= of(&after);
        between(|counts| counts.clinics) && between(|counts| counts.bookings) && between(|counts| counts.requests)
    }

    const fn copied(self, bytes: u64) -> Copied {
        Copied { bytes, clinics: self.clinics, bookings: self.bookings, requests: self.requests }
    }
}

fn reading(database: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(database).read_only(true).disable_statement_logging()
}

/// Copies the store in `folder`, and the files beside it, into `file`.
pub async fn copy(folder: &Path, file: &Path, now_ms: i64) -> Result<Copied, StorageError> {
    if file.exists() {
        return Err(StorageError::Exists(file.to_owned()));
    }
    let half = half_made(file)?;
    let copied = copy_to(folder, &half, now_ms).await;
    let done = copied.and_then(|copied| {
        std::fs::rename(&half, file).map_err(|source| StorageError::file(file, source))?;
        sync_folder_of(file)?;
        Ok(copied)
    });
    if done.is_err() {
        remove(&half)?;
    }
    done
}

async fn copy_to(folder: &Path, half: &Path, now_ms: i64) -> Result<Copied, StorageError> {
    remove(half)?;
    // SQLite would make it for everybody to read.
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(half);
    drop(made.map_err(|source| StorageError::file(half, source))?);
    let mut store = reading(&folder.join(DATABASE)).connect().await?;
    let before = Counts::of(&mut store).await?;
    // VACUUM takes no bound value for its file; the quotes are all that could leave the text.
    let quoted = half.display().to_string().replace('\'', "''");
    sqlx::query(AssertSqlSafe(format!("VACUUM INTO '{quoted}'"))).execute(&mut store).await?;
    let after = Counts::of(&mut store).await?;
    store.close().await?;
    let files = files_beside(folder)?;

    let mut conn = SqliteConnectOptions::new().filename(half).disable_statement_logging().connect().await?;
    sqlx::raw_sql(ABOUT).execute(&mut conn).await?;
    sqlx::query("INSERT INTO backup (made_ms) VALUES (?)").bind(now_ms).execute(&mut conn).await?;
    for (path, content) in files {
        sqlx::query("INSERT INTO backup_file (path, content) VALUES (?, ?)")
            .bind(path)
            .bind(content)
            .execute(&mut conn)
            .await?;
    }
    conn.close().await?;
    sync(half)?;
    let (_, counts) = check(half).await?;
    if !counts.lies_between(before, after) {
        return Err(StorageError::Damaged(format!("{counts:?} lie not between {before:?} and {after:?}")));
    }
    let bytes = std::fs::metadata(half).map_err(|source| StorageError::file(half, source))?.len();
    Ok(counts.copied(bytes))
}

/// Reads a backup from end to end; told when it was made and what it holds.
async fn check(file: &Path) -> Result<(i64, Counts), StorageError> {
    if !file.is_file() {
        return Err(StorageError::NoFile(file.to_owned()));
    }
    let mut conn = reading(file).connect().await?;
    let checked = check_open(&mut conn, file).await;
    conn.close().await?;
    checked
}

async fn check_open(conn: &mut SqliteConnection, file: &Path) -> Result<(i64, Counts), StorageError> {
    // A page that can't be read may be the schema's own: that was a store once.
    let not_ours = |error: sqlx::Error| match primary_code(&error) {
        Some(CORRUPT) => error.into(),
        _ => StorageError::NotAStore(file.to_owned()),
    };
    let version: i64 = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
        .fetch_one(&mut *conn)
        .await
        .map_err(not_ours)?;
    if MIGRATIONS.iter().all(|known| known.version < version) {
        return Err(StorageError::Newer);
    }
    let made_ms = sqlx::query_scalar("SELECT made_ms FROM backup").fetch_one(&mut *conn).await.map_err(not_ours)?;
    let fault: String = sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_one(&mut *conn).await?;
    if fault != "ok" {
        return Err(StorageError::Damaged(fault));
    }
    if sqlx::query("PRAGMA foreign_key_check").fetch_optional(&mut *conn).await?.is_some() {
        return Err(StorageError::Damaged("rows name others that aren't there".to_owned()));
    }
    Ok((made_ms, Counts::of(conn).await?))
}

impl SqliteStorage {
    /// Brings a backup back into a folder without a store, as a store that
    /// begins a life of its own ([`ClinicStorage::begin_new_life`]). Told when
    /// the backup was made, milliseconds since 1970 in UTC, and what it holds.
    /// Until all of it is on the disk there is no store.
    ///
    /// # Errors
    /// [`StorageError::InUse`] and [`StorageError::Exists`] where there is a
    /// store; [`StorageError::Newer`], [`StorageError::NotAStore`] and
    /// [`StorageError::Damaged`] of the backup. Nothing was changed then.
    pub async fn restore(from: &Path, folder: &Path, incarnation: Uuid) -> Result<(i64, Copied), StorageError> {
        let (made_ms, counts) = check(from).await?;
        make_folder(folder)?;
        let _lock = Lock::take(folder)?;
        let database = folder.join(DATABASE);
        if database.exists() {
            return Err(StorageError::Exists(database));
        }
        let rough = folder.join(RESTORING);
        remove_folder(&rough)?;
        make_folder(&rough)?;
        let bytes = restore_in(from, folder, &rough, incarnation).await;
        let removed = remove_folder(&rough);
        let bytes = bytes?;
        removed?;
        Ok((made_ms, counts.copied(bytes)))
    }
}

async fn restore_in(from: &Path, folder: &Path, rough: &Path, incarnation: Uuid) -> Result<u64, StorageError> {
    let database = rough.join(DATABASE);
    let bytes = std::fs::copy(from, &database).map_err(|source| StorageError::file(&database, source))?;
    let mut conn = SqliteConnectOptions::new().filename(&database).disable_statement_logging().connect().await?;
    let rows = sqlx::query("SELECT path, content FROM backup_file").fetch_all(&mut conn).await?;
    let mut files = Vec::new();
    for row in &rows {
        let mut cells = Cells::new("backup_file", row);
        let name = cells.word(|name| BESIDE.into_iter().find(|known| *known == name))?;
        files.push((folder.join(name), cells.bytes()?));
    }
    sqlx::raw_sql("DROP TABLE backup; DROP TABLE backup_file").execute(&mut conn).await?;
    conn.close().await?;

    let store = SqliteStorage::open(rough, incarnation).await?;
    let begun = store.begin_new_life(incarnation.into_bytes().into()).await;
    store.close().await;
    begun?;
    sync(&database)?;

    for (path, content) in files {
        let failed = |source| StorageError::file(&path, source);
        let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(StorageError::Exists(path)),
            opened => opened.map_err(failed)?,
        };
        io::Write::write_all(&mut file, &content).and_then(|()| file.sync_all()).map_err(failed)?;
        sync_folder_of(&path)?;
    }
    // The store is there from here on, whole.
    let place = folder.join(DATABASE);
    std::fs::rename(&database, &place).map_err(|source| StorageError::file(&place, source))?;
    sync_folder_of(&place)?;
    Ok(bytes)
}

/// The files beside a store that are there, with what they hold.
fn files_beside(folder: &Path) -> Result<Vec<(&'static str, Vec<u8>)>, StorageError> {
    let mut files = Vec::new();
    for name in BESIDE {
        let path = folder.join(name);
        match std::fs::read(&path) {
            Ok(content) => files.push((name, content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(StorageError::file(path, error)),
        }
    }
    Ok(files)
}

fn half_made(file: &Path) -> Result<PathBuf, StorageError> {
    let name = file.file_name().ok_or_else(|| StorageError::file(file, io::ErrorKind::InvalidFilename.into()))?;
    let mut half = std::ffi::OsString::from(".");
    half.push(name);
    half.push(".part");
    Ok(file.with_file_name(half))
}

fn remove(file: &Path) -> Result<(), StorageError> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StorageError::file(file, error)),
        _ => Ok(()),
    }
}

fn remove_folder(folder: &Path) -> Result<(), StorageError> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StorageError::file(folder, error)),
        _ => Ok(()),
    }
}

fn sync(file: &Path) -> Result<(), StorageError> {
    let synced = File::open(file).and_then(|opened| opened.sync_all());
    synced.map_err(|source| StorageError::file(file, source))
}

/// A new name is on the disk once its folder is.
fn sync_folder_of(file: &Path) -> Result<(), StorageError> {
    let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    sync(folder)
}
