//! Where a store lies, whose key opens it, and who works there.

use std::path::{Path, PathBuf};

use chairside_schedule::time::resolve;
use chairside_store::Key;
use chrono::NaiveDateTime;
use uuid::Uuid;

use crate::clock::{self, Clock};
use crate::desk::{Desk, DeskOptions};
use crate::problem::Problem;

/// Where the key lies and who works.
pub struct Place {
    /// The key's file, where one was named.
    pub key_file: Option<PathBuf>,
    /// Who works, by name; the owner otherwise.
    pub acting: Option<String>,
}

impl Place {
    /// How the store in `data` is opened.
    ///
    /// # Errors
    /// `key-not-given`.
    pub fn options(&self, data: &Path, clock: Clock) -> Result<DeskOptions, Problem> {
        Ok(DeskOptions {
            folder: data.to_owned(),
            key_file: self.key_file.clone().ok_or_else(|| Problem::new("key-not-given"))?,
            acting: self.acting.clone(),
            clock,
        })
    }

    /// Opens the store in `data`.
    ///
    /// # Errors
    /// As [`Desk::open`].
    pub async fn open(&self, data: &Path) -> Result<Desk, Problem> {
        Desk::open(self.options(data, Clock::system())?).await
    }
}

/// Draws ids, one after the other.
pub fn fresh_ids() -> impl FnMut() -> Uuid {
    let clock = Clock::system();
    move || clock::fresh_id(clock.now_ms())
}

/// A key of its own for the demo; a clinic's comes from whoever sets it up.
pub fn make_key(path: &Path) -> Result<(), Problem> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| chairside_store::StoreError::file(folder, error))?;
    }
    Key::write_new(path, clock::random())?;
    Ok(())
}

/// A clock that shows `now` on the clinic's wall when it starts.
pub async fn clock_at(place: &Place, data: &Path, now: NaiveDateTime) -> Result<Clock, Problem> {
    let desk = place.open(data).await?;
    let zone = desk.store().clinic().zone;
    desk.close().await;
    Ok(Clock::starting_at(resolve(&zone, now).earliest()))
}
