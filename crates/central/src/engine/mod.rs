//! An actor per clinic, which drives the protocol over the store.
//!
//! **Promise.** The store is asked through [`crate::store::Storage`] alone and
//! everything an actor needs stands there: one that ends between any two steps
//! is replaced by another, in this process or elsewhere, and nothing is lost or
//! done twice. What the hub isn't told in time it is told again. Of two actors
//! for one clinic only the one that claimed it last has any effect.
//!
//! **Reading order.** [`Engine`] (all clinics), `actor` (one: whose it is),
//! `reign` (one: the mirror, driven), [`answer`] (from asks to the store),
//! `pace` (the circuit breaker's part), [`mod@line`] (how bytes come and go),
//! [`watch`] (what others are told).
//!
//! **To add an event:** 1. a variant in [`watch::Event`]; 2. where it arises, in
//! `reign`.

mod actor;
pub mod answer;
pub mod line;
mod pace;
mod reign;
mod sweep;
pub mod watch;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use chairside_schedule::ClinicId;
use chairside_sync::takeover::Grant;
use tokio::sync::{Notify, broadcast, mpsc, watch as latest};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::store::Storage;

pub use answer::Verifying;
pub use line::{Carrier, FromHub, Line};
pub use watch::{Event, Status};

/// Orders that may wait for an actor.
const ORDERS: usize = 16;

/// What an actor is told from inside the process.
#[derive(Debug)]
pub(crate) enum Order {
    CompareAgain,
    Granted(Grant),
    Stop,
}

/// A running clinic. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Handle {
    nudge: Arc<Notify>,
    orders: mpsc::Sender<Order>,
    events: broadcast::Sender<Event>,
    status: latest::Receiver<Status>,
}

impl Handle {
    /// Requests may be waiting for release, or somebody began to fill in a form.
    pub fn nudge(&self) {
        self.nudge.notify_one();
    }

    /// A person wants everything compared again.
    pub async fn compare_again(&self) {
        self.order(Order::CompareAgain).await;
    }

    /// The registry has granted the clinic to another desktop.
    pub async fn granted(&self, grant: Grant) {
        self.order(Order::Granted(grant)).await;
    }

    /// Hears of everything from now on.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Tells watchers of what was done past the actor: a hold, a withdrawal.
    pub fn tell(&self, event: Event) {
        // Nobody listening is fine.
        drop(self.events.send(event));
    }

    /// How the clinic stands, now and whenever that changes.
    pub fn status(&self) -> latest::Receiver<Status> {
        self.status.clone()
    }

    async fn order(&self, order: Order) {
        // An actor that has ended has nothing to do any more.
        drop(self.orders.send(order).await);
    }
}

/// All clinics this process speaks for.
#[derive(Debug)]
pub struct Engine<S> {
    pub(crate) storage: S,
    pub(crate) clock: Clock,
    /// Tells this process from others: drawn at every start.
    process: Uuid,
    /// Woken when mails were written.
    mails: Arc<Notify>,
    metrics: Metrics,
    running: RwLock<HashMap<ClinicId, (Handle, JoinHandle<()>)>>,
}

impl<S: Storage> Engine<S> {
    /// An engine without clinics. `process` is drawn anew at every start.
    pub fn new(storage: S, clock: Clock, process: Uuid) -> Self {
        Self { storage, clock, process, mails: Arc::default(), metrics: Metrics::default(), running: RwLock::default() }
    }

    /// The store.
    pub fn storage(&self) -> &S {
        &self.storage
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Notified whenever a transaction wrote mails: whoever sends them waits for it.
    pub fn mails(&self) -> Arc<Notify> {
        Arc::clone(&self.mails)
    }

    /// What is counted.
    pub const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Starts an actor for a clinic, which claims it and speaks for it over
    /// `line` until told to stop. One that ran before is ended at once.
    pub fn start(&self, clinic: ClinicId, line: Line, verifying: Verifying) -> Handle {
        let (orders, ordered) = mpsc::channel(ORDERS);
        let (events, _) = broadcast::channel(watch::EVENTS_KEPT);
        let (told, status) = latest::channel(Status::unknown(self.clock.now().wall_ms));
        let handle = Handle { nudge: Arc::default(), orders, events, status };
        let actor = actor::Actor::new(actor::Start {
            storage: self.storage.clone(),
            clock: self.clock.clone(),
            clinic,
            process: self.process,
            line,
            verifying,
            mails: Arc::clone(&self.mails),
            metrics: self.metrics.clone(),
            nudge: Arc::clone(&handle.nudge),
            orders: ordered,
            events: handle.events.clone(),
            status: told,
        });
        let task = tokio::spawn(actor.run());
        let before =
            self.running.write().unwrap_or_else(PoisonError::into_inner).insert(clinic, (handle.clone(), task));
        if let Some((_, task)) = before {
            task.abort();
        }
        handle
    }

    /// A running clinic.
    pub fn clinic(&self, clinic: ClinicId) -> Option<Handle> {
        let running = self.running.read().unwrap_or_else(PoisonError::into_inner);
        running.get(&clinic).map(|(handle, _)| handle.clone())
    }

    /// Ends a clinic's actor at once, as a crash would: nothing is let go.
    pub fn kill(&self, clinic: ClinicId) {
        let gone = self.running.write().unwrap_or_else(PoisonError::into_inner).remove(&clinic);
        if let Some((_, task)) = gone {
            task.abort();
        }
    }

    /// Ends every actor once it has let its clinic go.
    pub async fn stop(&self) {
        let all: Vec<_> = {
            let mut running = self.running.write().unwrap_or_else(PoisonError::into_inner);
            running.drain().map(|(_, running)| running).collect()
        };
        for (handle, _) in &all {
            handle.order(Order::Stop).await;
        }
        for (_, task) in all {
            if let Err(error) = task.await {
                tracing::error!(%error, "a clinic's actor ended in a panic");
            }
        }
    }
}
