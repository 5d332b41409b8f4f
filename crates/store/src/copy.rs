//! Backups: an encrypted copy made while the desk works, and the way back.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use chairside_sync::Tip;
use sqlx::{AssertSqlSafe, Connection};

use crate::error::StoreError;
use crate::files::{Key, Lock, StoreFiles};
use crate::log;
use crate::open::{connect_to, migrate};
use crate::store::Store;
use crate::verify::{self, Verified};

impl Store {
    /// Writes a copy of the store as it is now to `path`, encrypted with the
    /// same key, checks it, and only then gives it its name. Writes go on meanwhile.
    ///
    /// # Errors
    /// A file is there already; the disk is full; the copy isn't whole.
    pub async fn backup(&self, path: &Path) -> Result<Verified, StoreError> {
        if path.exists() {
            return Err(StoreError::Exists(path.to_owned()));
        }
        let half = half_made(path);
        let result = self.copy_to(&half).await;
        match result {
            Ok(verified) => {
                let synced = File::open(&half).and_then(|file| file.sync_all()).and_then(|()| fs::rename(&half, path));
                synced.map_err(|source| StoreError::file(path, source))?;
                Ok(verified)
            }
            Err(error) => {
                remove_if_there(&half)?;
                Err(error)
            }
        }
    }

    async fn copy_to(&self, half: &Path) -> Result<Verified, StoreError> {
        remove_if_there(half)?;
        let quoted = half.display().to_string().replace('\'', "''");
        let mut reader = self.readers.acquire().await?;
        // VACUUM takes no bound values for its file; the quotes above are all that could leave the text.
        sqlx::query(AssertSqlSafe(format!("VACUUM INTO '{quoted}'"))).execute(&mut *reader).await?;
        check(half, &self.key).await
    }
}

/// What a restore would do, or did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Restored {
    /// Where the backup's log ends.
    pub backup: Tip,
    /// Where the log of the store it replaces ended; `None` where there was none, or none that could be read.
    pub replaced: Option<Tip>,
    /// Where the replaced files lie now.
    pub kept_in: Option<PathBuf>,
}

/// Why a restore wasn't made.
#[derive(Debug, thiserror::Error)]
pub enum RestoreRefused {
    /// The store has entries that the backup lacks, and nobody said to go on all the same.
    #[error("the store has {newer} entries that the backup lacks")]
    Newer {
        /// How many.
        newer: u64,
    },
    /// The backup isn't whole.
    #[error("the backup is not whole: {0}")]
    NotWhole(String),
    /// The store's own reasons.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Puts a backup in the place of the store in `folder`. The backup is checked
/// whole first; the files it replaces are kept beside it. The high-water mark
/// stays, so the store knows at its next opening that it was restored, and
/// begins a new incarnation.
///
/// # Errors
/// [`RestoreRefused`]; the store in `folder` then stands as it was.
pub async fn restore(
    folder: &Path,
    key: &Key,
    backup: &Path,
    overwrite_newer: bool,
) -> Result<Restored, RestoreRefused> {
    fs::create_dir_all(folder).map_err(|source| StoreError::file(folder, source))?;
    let files = StoreFiles::new(folder);
    let _lock = Lock::take(&files)?;
    let half = half_made(&files.database());
    remove_if_there(&half)?;
    fs::copy(backup, &half).map_err(|source| StoreError::file(backup, source))?;
    let result = restore_checked(&files, key, &half, overwrite_newer).await;
    if result.is_err() {
        remove_if_there(&half)?;
    }
    result
}

async fn restore_checked(
    files: &StoreFiles,
    key: &Key,
    half: &Path,
    overwrite_newer: bool,
) -> Result<Restored, RestoreRefused> {
    let verified = check(half, key).await?;
    if let Some(fault) = verified.fault {
        return Err(RestoreRefused::NotWhole(fault.to_string()));
    }
    let backup = tip_of(half, key).await?;
    let database = files.database();
    let replaced = if database.exists() { tip_of(&database, key).await.ok() } else { None };
    if let Some(current) = replaced
        && current.seq > backup.seq
        && !overwrite_newer
    {
        return Err(RestoreRefused::Newer { newer: current.seq - backup.seq });
    }
    let kept_in = if database.exists() { Some(set_aside(files, replaced)?) } else { None };
    File::open(half)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(half, &database))
        .and_then(|()| File::open(files.folder())?.sync_all())
        .map_err(|source| StoreError::file(&database, source))?;
    Ok(Restored { backup, replaced, kept_in })
}

/// Moves the store's files into a folder of their own, journals first: a
/// database without its journal could be opened and would lack its last commits.
fn set_aside(files: &StoreFiles, tip: Option<Tip>) -> Result<PathBuf, StoreError> {
    let name = tip.map_or_else(|| "unreadable".to_owned(), |tip| format!("{}-{}", tip.incarnation, tip.seq));
    let mut aside = files.folder().join(format!("replaced-{name}"));
    let mut again = 1;
    while aside.exists() {
        again += 1;
        aside = files.folder().join(format!("replaced-{name}-{again}"));
    }
    fs::create_dir(&aside).map_err(|source| StoreError::file(&aside, source))?;
    for path in files.journals().into_iter().chain([files.database()]) {
        let Some(name) = path.file_name() else { continue };
        if path.exists() {
            fs::rename(&path, aside.join(name)).map_err(|source| StoreError::file(&path, source))?;
        }
    }
    Ok(aside)
}

async fn tip_of(database: &Path, key: &Key) -> Result<Tip, StoreError> {
    let mut conn = connect_to(database, key, false).await?;
    let tip = log::tip(&mut conn).await?.map(|(tip, _)| tip);
    conn.close().await?;
    tip.ok_or_else(|| StoreError::Damaged("its log is empty".to_owned()))
}

/// Opens a copy, brings its schema up to date and verifies it.
async fn check(database: &Path, key: &Key) -> Result<Verified, StoreError> {
    let mut conn = connect_to(database, key, false).await?;
    migrate(&mut conn).await?;
    let verified = verify::verify(&mut conn).await?;
    conn.close().await?;
    Ok(verified)
}

fn half_made(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".half-made");
    path.with_file_name(name)
}

fn remove_if_there(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(StoreError::file(path, error)),
        _ => Ok(()),
    }
}
