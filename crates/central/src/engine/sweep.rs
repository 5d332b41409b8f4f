//! What ends by itself: requests whose time has come, holds past their limit.

use chairside_schedule::ClinicId;

use super::{Engine, Event};
use crate::store::{Effects, Storage, StorageError};

/// How often it is looked, in milliseconds.
pub const SWEEP_MS: u64 = 5_000;

/// Requests ended in one transaction.
const AT_ONCE: u32 = 200;

impl<S: Storage> Engine<S> {
    /// Ends what is over, again and again; goes on until it is dropped.
    pub async fn keep_sweeping(&self) {
        loop {
            if let Err(error) = self.sweep().await {
                tracing::warn!(%error, error.code = error.code(), "what is over could not be ended; it is tried again");
            }
            self.clock.sleep_until(self.clock.now().steady_after(SWEEP_MS)).await;
        }
    }

    /// Ends what is over.
    ///
    /// # Errors
    /// The store's.
    pub async fn sweep(&self) -> Result<(), StorageError> {
        loop {
            let expired = self.storage.expire(self.clock.now(), AT_ONCE).await?;
            for (clinic, effects) in &expired {
                self.tell(*clinic, effects);
            }
            if expired.is_empty() {
                break;
            }
        }
        for (clinic, day) in self.storage.expire_holds(self.clock.now()).await? {
            if let Some(handle) = self.clinic(clinic) {
                handle.tell(Event::Availability([day].into()));
            }
        }
        Ok(())
    }

    /// Tells watchers and the mails' sender what a transaction past the actor
    /// did, and lets the actor look whether anything is to be sent.
    pub fn tell(&self, clinic: ClinicId, effects: &Effects) {
        if effects.mails {
            self.mails.notify_one();
        }
        self.metrics.moved(effects);
        let Some(handle) = self.clinic(clinic) else { return };
        super::actor::tell(&handle.events, effects);
        if !effects.moved.is_empty() {
            handle.nudge();
        }
    }
}
