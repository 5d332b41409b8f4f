//! What can go wrong in the store.

use std::path::PathBuf;

use chairside_schedule::id::AppointmentId;

/// Why the store didn't do what it was asked. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has it open.
    #[error("the store in {0} is in use")]
    InUse(PathBuf),
    /// There is none in this folder.
    #[error("no store in {0}")]
    Missing(PathBuf),
    /// There is one already where a new one should begin.
    #[error("a store is already in {0}")]
    Exists(PathBuf),
    /// Not the key it was made with, or not a store at all.
    #[error("the key doesn't open {0}, or it is no store")]
    WrongKey(PathBuf),
    /// A file that is certainly no store of ours.
    #[error("{0} is no store")]
    NotAStore(PathBuf),
    /// The key isn't 64 hex digits.
    #[error("a key is 64 hex digits")]
    BadKey,
    /// Written by a newer version than this.
    #[error("the store was written by a newer version")]
    Newer,
    /// The disk is full.
    #[error("the disk is full")]
    DiskFull,
    /// The disk, folder or file can't be written to.
    #[error("the store can't be written to")]
    ReadOnly,
    /// Something in it isn't as it was written.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// Somebody else changed the visit since it was read.
    #[error("changed meanwhile")]
    ChangedMeanwhile(AppointmentId),
    /// The same id with other content.
    #[error("the id is taken by another wish")]
    IdTaken(AppointmentId),
    /// The patient with this personnummer is there already.
    #[error("this personnummer is known")]
    PersonnummerTaken,
    /// A use case panicked in the middle of a write. A defect; the store goes on.
    #[error("a write ended in a panic")]
    Panicked,
    /// The process that writes has ended.
    #[error("the store is closed")]
    Closed,
    /// A file operation failed.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Anything else SQLite said.
    #[error(transparent)]
    Sqlite(sqlx::Error),
}

impl StoreError {
    /// A failed file operation, full and read-only disks told apart.
    pub fn file(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        use std::io::ErrorKind;
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull,
            ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => Self::ReadOnly,
            _ => Self::File { path: path.into(), source },
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match primary_code(&error) {
            Some(SQLITE_FULL) => Self::DiskFull,
            Some(SQLITE_READONLY | SQLITE_CANTOPEN | SQLITE_PERM) => Self::ReadOnly,
            Some(SQLITE_CORRUPT) => Self::Damaged(error.to_string()),
            _ if matches!(error, sqlx::Error::PoolClosed) => Self::Closed,
            _ => Self::Sqlite(error),
        }
    }
}

// https://sqlite.org/rescode.html
const SQLITE_PERM: i64 = 3;
const SQLITE_READONLY: i64 = 8;
const SQLITE_CORRUPT: i64 = 11;
const SQLITE_FULL: i64 = 13;
const SQLITE_CANTOPEN: i64 = 14;
/// The key is wrong, or the file was never a database.
pub(crate) const SQLITE_NOTADB: i64 = 26;

/// SQLite's primary result code; extended codes carry it in their low byte.
pub(crate) fn primary_code(error: &sqlx::Error) -> Option<i64> {
    let code: i64 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}
