//! What is done by the hour while central serves: backups, and forgetting.
//!
//! **Promise.** A backup that has its name is whole: it was written beside,
//! read from end to end, and is on the disk. None is removed but by the rule of
//! [`backups::surplus`], and none but those made here. Contact and request of a
//! visit are forgotten [`FORGET_AFTER`] after it. What fails is tried again,
//! and said on the operator's page.

pub mod backups;
mod every;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

pub use backups::{Backups, Told};
pub use every::Every;

use crate::clock::Clock;
use crate::store::{Storage, StorageError};

/// How long after its visit a booking's contact and sealed request are kept.
pub const FORGET_AFTER: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How often it is looked whether there is something to forget.
const FORGET_EVERY_MS: u64 = 60 * 60 * 1_000;

/// Bookings forgotten in one transaction: others wait for the writer meanwhile.
const AT_ONCE: u32 = 200;

/// Forgets what is to be forgotten, again and again; goes on until it is dropped.
pub async fn keep_forgetting<S: Storage>(storage: S, clock: Clock) {
    loop {
        match forget(&storage, &clock).await {
            Ok(0) => {}
            Ok(bookings) => tracing::info!(bookings, "contacts and requests of past visits were forgotten"),
            Err(error) => {
                tracing::warn!(%error, error.code = error.code(), "past visits could not be forgotten; it is tried again");
            }
        }
        clock.sleep_until(clock.now().steady_after(FORGET_EVERY_MS)).await;
    }
}

/// Forgets contact and request of visits long past, and the mails about them.
/// Told of how many bookings.
///
/// # Errors
/// The store's.
pub async fn forget<S: Storage>(storage: &S, clock: &Clock) -> Result<u64, StorageError> {
    let before_s = clock.now().wall_ms.div_euclid(1_000) - FORGET_AFTER.as_secs().cast_signed();
    let mut forgotten = 0;
    loop {
        let bookings = storage.purge(before_s, AT_ONCE).await?;
        forgotten += bookings;
        if bookings < u64::from(AT_ONCE) {
            break;
        }
    }
    while storage.drop_old_mails(AT_ONCE).await? == u64::from(AT_ONCE) {}
    Ok(forgotten)
}

/// Backs up whenever it is time, and removes what is surplus; goes on until it
/// is dropped. How that went is told.
pub async fn keep_backing_up<S: Storage>(storage: S, clock: Clock, backups: Backups, told: Arc<watch::Sender<Told>>) {
    loop {
        let wait_ms = match backups.keep(&storage, clock.now()).await {
            Ok(last) => {
                told.send_replace(Told { last: Some(last), failed: None });
                backups.wait_ms(last.made_ms, clock.now())
            }
            Err(failed) => {
                tracing::error!(error = %failed, error.code = failed.code(), "no backup could be made; it is tried again");
                let now_ms = clock.now().wall_ms;
                told.send_modify(|told| told.failed = Some((now_ms, failed.code().to_owned())));
                backups::FAILED_MS
            }
        };
        clock.sleep_until(clock.now().steady_after(wait_ms)).await;
    }
}
