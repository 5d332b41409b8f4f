//! The store that comes with central: one SQLite file, one process.
//!
//! **Promise.** One connection writes, on a thread of its own; a commit is on
//! the disk (`synchronous=FULL`) before anything it did is answered. Readers
//! stand beside it and never wait for it.

mod apply;
mod breaker;
mod care;
mod cells;
mod chain;
mod clinics;
mod copy;
mod devices;
mod gathered;
mod holds;
mod mails;
mod mirror;
mod open;
mod replace;
mod requests;
mod rows;
mod snapshot;
mod surplus;
mod writer;

use std::path::Path;
use std::sync::Arc;

use sqlx::sqlite::SqlitePool;
use tokio::sync::watch;

pub(crate) use open::make_folder;
pub use open::{DATABASE, MIGRATIONS};
pub use snapshot::{SNAPSHOT_LIFE, SNAPSHOTS};

/// An open store. Cheap to clone; it closes when told to, or when the last clone is gone.
#[derive(Clone, Debug)]
pub struct SqliteStorage {
    queue: writer::WriteQueue,
    readers: SqlitePool,
    snapshots: snapshot::Snapshots,
    closed: watch::Receiver<bool>,
    folder: Arc<Path>,
}
