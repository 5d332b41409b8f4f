//! What can go wrong in a store.

use std::path::PathBuf;
use std::sync::Arc;

use chairside_schedule::ClinicId;

/// Why the store didn't do what it was asked. Nothing was written. Can be
/// told to several who waited for one commit.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StorageError {
    /// Another process has it open.
    #[error("the store in {0} is in use")]
    InUse(PathBuf),
    /// Written by a newer version than this.
    #[error("the store was written by a newer version")]
    Newer,
    /// A file that is no store of ours.
    #[error("{0} is no store")]
    NotAStore(PathBuf),
    /// There is no such file.
    #[error("there is no {0}")]
    NoFile(PathBuf),
    /// There is a file already where one was to be written.
    #[error("{0} is there already")]
    Exists(PathBuf),
    /// The disk is full.
    #[error("the disk is full")]
    DiskFull,
    /// The disk, folder or file can't be written to.
    #[error("the store can't be written to")]
    ReadOnly,
    /// Something in it isn't as it was written.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// Another process speaks for the clinic by now.
    #[error("another process speaks for the clinic")]
    NotOwner,
    /// There is no such clinic.
    #[error("no clinic {0}")]
    NoClinic(ClinicId),
    /// A use case panicked in the middle of a write. A defect; the store goes on.
    #[error("a write ended in a panic")]
    Panicked,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// A file operation failed.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: Arc<std::io::Error>,
    },
    /// Anything else the database said.
    #[error(transparent)]
    Database(Arc<sqlx::Error>),
}

impl StorageError {
    /// A stable word for programs and for the catalogue of sentences.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InUse(_) => "store_in_use",
            Self::Newer => "store_newer",
            Self::NotAStore(_) => "not_a_store",
            Self::NoFile(_) => "no_such_file",
            Self::Exists(_) => "file_exists",
            Self::DiskFull => "disk_full",
            Self::ReadOnly => "store_read_only",
            Self::Damaged(_) => "store_damaged",
            Self::NotOwner => "not_owner",
            Self::NoClinic(_) => "clinic_unknown",
            Self::Panicked => "internal",
            Self::Closed => "store_closed",
            Self::File { .. } => "store_file",
            Self::Database(_) => "store_failed",
        }
    }

    /// A failed file operation, full and read-only disks told apart.
    pub fn file(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        use std::io::ErrorKind;
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull,
            ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => Self::ReadOnly,
            _ => Self::File { path: path.into(), source: Arc::new(source) },
        }
    }
}
