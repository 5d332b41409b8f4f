//! One clinic: claims it, has somebody speak for it, and hands it on.

use std::sync::Arc;

use chairside_schedule::ClinicId;
use chairside_sync::body::Id;
use tokio::sync::{Notify, broadcast, mpsc, watch as latest};
use uuid::Uuid;

use super::answer::Verifying;
use super::reign::Reign;
use super::watch::{Event, Status};
use super::{Line, Order};
use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::store::mirror::LEASE_MS;
use crate::store::{Effects, Owner, Storage, StorageError};

/// How often a claim is renewed: two may fail before it is over.
pub const RENEW_MS: u64 = LEASE_MS / 3;

/// How long a store that failed is left alone.
pub const FAILED_MS: u64 = 1_000;

/// What an actor begins with.
pub struct Start<S> {
    pub storage: S,
    pub clock: Clock,
    pub clinic: ClinicId,
    pub process: Uuid,
    pub line: Line,
    pub verifying: Verifying,
    pub mails: Arc<Notify>,
    pub metrics: Metrics,
    pub nudge: Arc<Notify>,
    pub orders: mpsc::Receiver<Order>,
    pub events: broadcast::Sender<Event>,
    pub status: latest::Sender<Status>,
}

/// A clinic's actor.
pub struct Actor<S> {
    pub(super) with: Start<S>,
    /// The line can still be listened to.
    pub(super) line_open: bool,
}

/// Why an actor no longer speaks for its clinic.
#[derive(PartialEq, Eq)]
pub enum End {
    /// It was told to.
    Stopped,
    /// Another process does.
    NotOwner,
}

/// Tells watchers what a transaction did.
pub fn tell(events: &broadcast::Sender<Event>, effects: &Effects) {
    let say = |event| drop(events.send(event));
    if !effects.days.is_empty() {
        say(Event::Availability(effects.days.clone()));
    }
    if effects.settings {
        say(Event::Settings);
    }
    effects.moved.iter().for_each(|moved| say(Event::Request(*moved)));
}

impl<S: Storage> Actor<S> {
    pub const fn new(with: Start<S>) -> Self {
        Self { with, line_open: true }
    }

    /// Claims the clinic and speaks for it, again and again, until it is told to stop.
    pub async fn run(mut self) {
        let clinic = self.with.clinic;
        loop {
            let Some((owner, incarnation)) = self.claim().await else { return };
            tracing::info!(%clinic, owner.token, "this process speaks for the clinic");
            let end = Reign::new(&mut self, owner, incarnation).run().await;
            self.with.status.send_modify(|status| {
                *status = Status::unknown(self.with.clock.now().wall_ms);
            });
            if end == End::Stopped {
                if let Err(error) = self.with.storage.let_go(owner).await {
                    tracing::warn!(%clinic, %error, "the clinic could not be let go; its claim runs out");
                }
                return;
            }
            tracing::info!(%clinic, owner.token, "another process speaks for the clinic");
            if !self.rest(RENEW_MS).await {
                return;
            }
        }
    }

    /// Claims the clinic, as soon as it can be had. None once told to stop.
    async fn claim(&mut self) -> Option<(Owner, Id)> {
        loop {
            let (storage, now) = (&self.with.storage, self.with.clock.now());
            let claimed = async {
                let owner = storage.claim(self.with.clinic, self.with.process, now).await?;
                Ok::<_, StorageError>((owner, storage.incarnation().await?))
            };
            let pause_ms = match claimed.await {
                Ok((Some(owner), incarnation)) => return Some((owner, incarnation)),
                Ok((None, _)) => RENEW_MS,
                Err(StorageError::Closed) => return None,
                Err(error) => {
                    let clinic = self.with.clinic;
                    tracing::warn!(%clinic, %error, error.code = error.code(), "the clinic could not be claimed");
                    FAILED_MS
                }
            };
            if !self.rest(pause_ms).await {
                return None;
            }
        }
    }

    /// Waits; what the hub says meanwhile is somebody else's to answer. False once told to stop.
    async fn rest(&mut self, pause_ms: u64) -> bool {
        let until_ms = self.with.clock.now().steady_after(pause_ms);
        loop {
            tokio::select! {
                () = self.with.clock.sleep_until(until_ms) => return true,
                order = self.with.orders.recv() => match order {
                    Some(Order::Stop) | None => return false,
                    Some(_) => {}
                },
                said = self.with.line.incoming.recv(), if self.line_open => self.line_open = said.is_some(),
            }
        }
    }
}
