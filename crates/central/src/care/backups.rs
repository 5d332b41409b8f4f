//! A folder of backups: made by the clock, fewer the older they are.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use chairside_sync::Now;
use chrono::{DateTime, NaiveDateTime};

use super::Every;
use crate::store::{Storage, StorageError};

/// How long a backup that failed is left alone.
pub const FAILED_MS: u64 = 5 * 60 * 1_000;

/// What is kept: the latest of each of so many hours, days and weeks that have any.
const KEPT: [(i64, usize); 3] = [(60 * 60, 24), (24 * 60 * 60, 14), (7 * 24 * 60 * 60, 8)];

/// A backup's name: the moment it was made, by the clock in Greenwich.
const NAME: &str = "central-%Y%m%dT%H%M%SZ.backup";

/// Where backups go, and how often.
#[derive(Clone, Debug)]
pub struct Backups {
    folder: PathBuf,
    every: Every,
}

/// A backup that is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Made {
    /// When it was made, milliseconds since 1970 in UTC.
    pub made_ms: i64,
    /// How long it is.
    pub bytes: u64,
}

/// How backups went.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Told {
    /// The latest that is there.
    pub last: Option<Made>,
    /// The latest try, where it failed: when, and the code of why.
    pub failed: Option<(i64, String)>,
}

impl Backups {
    /// Backups in a folder; it is made with the first.
    pub const fn new(folder: PathBuf, every: Every) -> Self {
        Self { folder, every }
    }

    /// The latest that is there; none where there is none, or no folder.
    ///
    /// # Errors
    /// A folder that can't be read.
    pub fn last(&self) -> Result<Option<Made>, StorageError> {
        let Some(made_s) = self.made()?.pop_last() else { return Ok(None) };
        let file = self.file(made_s);
        let bytes = std::fs::metadata(&file).map_err(|source| StorageError::file(&file, source))?.len();
        Ok(Some(Made { made_ms: made_s * 1_000, bytes }))
    }

    /// How long to wait after a backup, in milliseconds.
    pub fn wait_ms(&self, made_ms: i64, now: Now) -> u64 {
        let every_ms = i64::try_from(self.every.duration().as_millis()).unwrap_or(i64::MAX);
        // A clock that was put back makes it early rather than never.
        made_ms.saturating_add(every_ms).saturating_sub(now.wall_ms).clamp(0, every_ms).unsigned_abs()
    }

    /// Makes one where it is time, and removes what is surplus; told of the latest.
    ///
    /// # Errors
    /// The store's, and the folder's.
    pub async fn keep<S: Storage>(&self, storage: &S, now: Now) -> Result<Made, StorageError> {
        if let Some(last) = self.last()?
            && self.wait_ms(last.made_ms, now) > 0
        {
            return Ok(last);
        }
        crate::store::sqlite::make_folder(&self.folder)?;
        self.remove_half_made()?;
        let made_s = now.wall_ms.div_euclid(1_000);
        let copied = storage.copy_to(&self.file(made_s), now).await?;
        tracing::info!(bytes = copied.bytes, bookings = copied.bookings, "a backup was made and checked");
        for made_s in surplus(&self.made()?) {
            let file = self.file(made_s);
            std::fs::remove_file(&file).map_err(|source| StorageError::file(&file, source))?;
        }
        Ok(Made { made_ms: made_s * 1_000, bytes: copied.bytes })
    }

    /// What a process that was ended in the middle left.
    fn remove_half_made(&self) -> Result<(), StorageError> {
        for entry in std::fs::read_dir(&self.folder).map_err(|source| StorageError::file(&self.folder, source))? {
            let path = entry.map_err(|source| StorageError::file(&self.folder, source))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let half = name.strip_prefix('.').and_then(|name| name.strip_suffix(".part"));
            if half.is_some_and(|name| made_s(Path::new(name)).is_some()) {
                std::fs::remove_file(&path).map_err(|source| StorageError::file(&path, source))?;
            }
        }
        Ok(())
    }

    fn file(&self, made_s: i64) -> PathBuf {
        let made = DateTime::from_timestamp(made_s, 0).unwrap_or_default();
        self.folder.join(made.format(NAME).to_string())
    }

    /// When those that are there were made, seconds since 1970 in UTC.
    fn made(&self) -> Result<BTreeSet<i64>, StorageError> {
        let failed = |source| StorageError::file(&self.folder, source);
        let entries = match std::fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
            entries => entries.map_err(failed)?,
        };
        let mut made = BTreeSet::new();
        for entry in entries {
            made.extend(made_s(&entry.map_err(failed)?.path()));
        }
        Ok(made)
    }
}

/// When a file was made, if it is a backup by its name.
fn made_s(file: &Path) -> Option<i64> {
    let name = file.file_name()?.to_str()?;
    Some(NaiveDateTime::parse_from_str(name, NAME).ok()?.and_utc().timestamp())
}

/// Which of these backups (seconds since 1970 in UTC) nobody needs any more:
/// all but the latest of each of the last 24 hours, 14 days and 8 weeks that
/// have any. The latest of all always stays.
pub fn surplus(made_s: &BTreeSet<i64>) -> BTreeSet<i64> {
    let mut kept = BTreeSet::new();
    for (length_s, count) in KEPT {
        let mut stretch = None;
        let latest = made_s.iter().rev().filter(|made_s| {
            let of = Some(made_s.div_euclid(length_s));
            let is_latest = of != stretch;
            stretch = of;
            is_latest
        });
        kept.extend(latest.take(count).copied());
    }
    made_s.difference(&kept).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600;

    /// A year of hourly backups, each followed by the removal of what is surplus.
    #[test]
    fn a_year_of_hours_leaves_hours_days_and_weeks() {
        let mut kept = BTreeSet::new();
        for hour in 0..365 * 24 {
            kept.insert(1_795_500_000 + hour * HOUR);
            for made_s in surplus(&kept) {
                kept.remove(&made_s);
            }
        }
        let last = *kept.last().expect("one");
        let ages: Vec<i64> = kept.iter().rev().map(|made_s| (last - made_s) / HOUR).collect();
        assert_eq!(ages[..24], (0..24).collect::<Vec<_>>(), "each hour of the last day");
        assert!((34..=24 + 14 + 8).contains(&ages.len()), "{ages:?}");
        let days = ages.iter().filter(|age| (24..14 * 24).contains(*age)).count();
        assert!((12..=14).contains(&days), "{ages:?}");
        let oldest = ages.last().expect("one");
        assert!((7 * 7 * 24 - 24..=8 * 7 * 24).contains(oldest), "{ages:?}");
    }

    #[test]
    fn the_latest_stays_and_rare_ones_are_all_kept() {
        assert_eq!(surplus(&BTreeSet::new()), BTreeSet::new());
        assert_eq!(surplus(&[7].into()), BTreeSet::new());
        assert_eq!(surplus(&[HOUR, HOUR + 60, HOUR + 120].into()), [HOUR, HOUR + 60].into());
        let monthly: BTreeSet<i64> = (0..8).map(|month| month * 30 * 24 * HOUR).collect();
        assert_eq!(surplus(&monthly), BTreeSet::new());
    }

    #[test]
    fn a_backup_is_told_by_its_name_alone() {
        let backups = Backups::new("folder".into(), Every::HOUR);
        let file = backups.file(1_795_512_120);
        assert_eq!(file, Path::new("folder/central-20261124T092200Z.backup"));
        assert_eq!(made_s(&file), Some(1_795_512_120));
        for name in [
            "central.db",
            "central-.backup",
            "central-20261124T092200Z.backup.old",
            ".central-20261124T092200Z.backup.part",
        ] {
            assert_eq!(made_s(Path::new(name)), None, "{name}");
        }
    }

    #[test]
    fn the_next_is_due_by_the_clock_and_at_once_where_the_clock_was_put_back_or_long_gone() {
        let backups = Backups::new("folder".into(), Every::HOUR);
        let at = |wall_ms| Now { steady_ms: 0, wall_ms };
        assert_eq!(backups.wait_ms(1_000, at(1_000)), 3_600_000);
        assert_eq!(backups.wait_ms(1_000, at(3_600_999)), 1);
        assert_eq!(backups.wait_ms(1_000, at(99_000_000)), 0);
        assert_eq!(backups.wait_ms(99_000_000, at(0)), 3_600_000, "never longer than the time between two");
    }
}
