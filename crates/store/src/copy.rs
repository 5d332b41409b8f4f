//! Backups: an encrypted copy made while the desk works, and the way back.

use std::fs;
use std::path::{Path, PathBuf};

use chairside_sync::Tip;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection};

use crate::error::StoreError;
use crate::files::{Key, Lock, StoreFiles, half_made, put_in_place, remove_database, remove_if_there};
use crate::log;
use crate::open::{connect_to, migrate, or_close, refuse_foreign_file};
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
        remove_database(&half)?;
        let done = match self.copy_to(&half).await {
            Ok(verified) => put_in_place(&half, path).map(|()| verified),
            Err(error) => Err(error),
        };
        if done.is_err() {
            remove_database(&half)?;
        }
        done
    }

    async fn copy_to(&self, half: &Path) -> Result<Verified, StoreError> {
        let quoted = half.display().to_string().replace('\'', "''");
        let mut reader = self.readers.acquire().await?;
        // VACUUM takes no bound values for its file; the quotes above are all that could leave the text.
        sqlx::query(AssertSqlSafe(format!("VACUUM INTO '{quoted}'"))).execute(&mut *reader).await?;
        drop(reader);
        let verified = check(half, &self.key).await?;
        match verified.fault {
            // What is wrong in the copy is wrong in the store: a backup that can't be restored is none.
            Some(fault) => Err(StoreError::Damaged(format!("{}: {fault}", fault.code()))),
            None => Ok(verified),
        }
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
/// goes with them, so the store knows at its next opening that it was
/// restored, and begins a new incarnation.
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
    refuse_foreign_file(backup)?;
    let half = half_made(&files.database());
    remove_database(&half)?;
    let result = match fs::copy(backup, &half) {
        Ok(_) => restore_checked(&files, key, &half, overwrite_newer).await,
        Err(source) => Err(StoreError::file(backup, source).into()),
    };
    if result.is_err() {
        remove_database(&half)?;
    }
    // The copy has a name of our own; people know the backup's.
    result.map_err(|refused| match refused {
        RestoreRefused::Store(StoreError::WrongKey(path)) if path == half => {
            StoreError::WrongKey(backup.to_owned()).into()
        }
        RestoreRefused::Store(StoreError::NotAStore(path)) if path == half => {
            StoreError::NotAStore(backup.to_owned()).into()
        }
        other => other,
    })
}

async fn restore_checked(
    files: &StoreFiles,
    key: &Key,
    half: &Path,
    overwrite_newer: bool,
) -> Result<Restored, RestoreRefused> {
    let verified = match check(half, key).await {
        Err(StoreError::Damaged(what)) => return Err(RestoreRefused::NotWhole(what)),
        checked => checked?,
    };
    if let Some(fault) = verified.fault {
        return Err(RestoreRefused::NotWhole(fault.to_string()));
    }
    let database = files.database();
    let (backup, replaced, lacking) = compare(half, &database, key).await?;
    if lacking > 0 && !overwrite_newer {
        return Err(RestoreRefused::Newer { newer: lacking });
    }
    let moved = set_aside(files, replaced)?;
    if let Err(error) = put_in_place(half, &database) {
        moved.put_back()?;
        return Err(error.into());
    }
    Ok(Restored { backup, replaced, kept_in: moved.kept_in })
}

/// Where the backup's log and the store's end, and how many of the store's
/// entries the backup lacks. A store that can't be read has none to tell of.
async fn compare(backup: &Path, store: &Path, key: &Key) -> Result<(Tip, Option<Tip>, u64), StoreError> {
    let mut backup = connect_to(backup, key, false).await?;
    let backup_tip = tip_of(&mut backup).await?;
    let compared = match store.exists() {
        false => None,
        true => match connect_to(store, key, false).await {
            Ok(mut store) => {
                let compared = match tip_of(&mut store).await {
                    Ok(tip) => Some((tip, tip.seq - last_shared(&mut store, &mut backup).await?)),
                    Err(_) => None,
                };
                store.close().await?;
                compared
            }
            Err(StoreError::ReadOnly) => return Err(StoreError::ReadOnly),
            Err(_) => None,
        },
    };
    backup.close().await?;
    Ok((backup_tip, compared.map(|(tip, _)| tip), compared.map_or(0, |(_, lacking)| lacking)))
}

/// The last entry two logs share. Each hash fixes all before it, so the shared
/// ones are a beginning of both, and halving finds its end.
async fn last_shared(one: &mut SqliteConnection, other: &mut SqliteConnection) -> Result<u64, StoreError> {
    let mut shared = 0;
    let mut apart = tip_of(one).await?.seq.min(tip_of(other).await?.seq) + 1;
    while apart - shared > 1 {
        let middle = shared + (apart - shared) / 2;
        let (left, right) = (log::at(one, middle).await?, log::at(other, middle).await?);
        if left.map(|record| record.hash) == right.map(|record| record.hash) {
            shared = middle;
        } else {
            apart = middle;
        }
    }
    Ok(shared)
}

/// Files that were moved out of the way.
struct SetAside {
    /// `None` where nothing was there.
    kept_in: Option<PathBuf>,
    /// From where to where.
    moves: Vec<(PathBuf, PathBuf)>,
}

impl SetAside {
    /// Everything where it was.
    fn put_back(self) -> Result<(), StoreError> {
        for (from, to) in self.moves.into_iter().rev() {
            fs::rename(&to, &from).map_err(|source| StoreError::file(&from, source))?;
        }
        match self.kept_in {
            Some(folder) => fs::remove_dir(&folder).map_err(|source| StoreError::file(&folder, source)),
            None => Ok(()),
        }
    }
}

/// Moves the store's files into a folder of their own, the database first:
/// one left without its journal could be opened and would lack its last commits.
fn set_aside(files: &StoreFiles, tip: Option<Tip>) -> Result<SetAside, StoreError> {
    let paths: Vec<PathBuf> =
        [files.database()].into_iter().chain(files.journals()).filter(|path| path.exists()).collect();
    let mut moved = SetAside { kept_in: None, moves: Vec::new() };
    if paths.is_empty() {
        remove_if_there(&files.mark())?;
        return Ok(moved);
    }
    let name = tip.map_or_else(|| "unreadable".to_owned(), |tip| format!("{}-{}", tip.incarnation, tip.seq));
    let mut aside = files.folder().join(format!("replaced-{name}"));
    let mut again = 1;
    while aside.exists() {
        again += 1;
        aside = files.folder().join(format!("replaced-{name}-{again}"));
    }
    fs::create_dir(&aside).map_err(|source| StoreError::file(&aside, source))?;
    moved.kept_in = Some(aside.clone());
    // Under another name: whoever opens what lies there opens a copy, and a mark would say otherwise.
    let mark = (files.mark(), aside.join("high-water-before"));
    let targets = paths.into_iter().filter_map(|path| {
        let to = aside.join(path.file_name()?);
        Some((path, to))
    });
    for (path, to) in targets.chain([mark].into_iter().filter(|(mark, _)| mark.exists())) {
        if let Err(source) = fs::rename(&path, &to) {
            moved.put_back()?;
            return Err(StoreError::file(&path, source));
        }
        moved.moves.push((path, to));
    }
    Ok(moved)
}

async fn tip_of(conn: &mut SqliteConnection) -> Result<Tip, StoreError> {
    let tip = log::tip(conn).await?.map(|(tip, _)| tip);
    tip.ok_or_else(|| StoreError::Damaged("its log is empty".to_owned()))
}

/// Opens a copy, brings its schema up to date and verifies it.
async fn check(database: &Path, key: &Key) -> Result<Verified, StoreError> {
    let conn = connect_to(database, key, false).await?;
    let (conn, verified) = or_close(conn, async |conn| {
        migrate(conn).await?;
        verify::verify(conn).await
    })
    .await?;
    conn.close().await?;
    Ok(verified)
}
