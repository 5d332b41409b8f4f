//! The line and its two ends: where messages go in, and where events come out.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_rustls::rustls::ClientConfig;

use crate::client::Receipt;
use crate::drive::Driver;
use crate::event::{Event, NotSent, Reason};
use crate::outbox::{Bounds, Outbox};
use crate::settings::{Random, Settings, SettingsError, Tls};
use crate::tls;

/// Refusals that nobody took yet; beyond these they are only logged.
const MOST_REFUSALS: usize = 1_000;

/// One peer's line to a broker: what is sent goes in here, from any number of
/// tasks, and leaves in the order in which it went in.
#[derive(Clone)]
pub struct Line {
    outbox: Arc<Outbox>,
    tls: Shown,
}

/// Whom the next connection trusts and who it says it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown(Arc<RwLock<Option<Arc<ClientConfig>>>>);

impl Shown {
    /// For a connection that begins now.
    pub fn now(&self) -> Option<Arc<ClientConfig>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, config: Arc<ClientConfig>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(config);
    }
}

/// What a line tells. Dropping it breaks the line off, as a crash would: the
/// broker says the will. [`close`](Self::close) takes leave.
#[derive(Debug)]
pub struct Events {
    told: mpsc::UnboundedReceiver<Told>,
    refusals: Arc<AtomicUsize>,
    outbox: Arc<Outbox>,
    driver: JoinHandle<()>,
}

/// Opens a line: it connects by itself, now and whenever it lost its broker,
/// from a task of its own on the runtime this is called on.
///
/// # Errors
/// [`SettingsError`] where the settings could never work. A broker that is
/// not there is no error, but [`Event::Down`].
pub fn open(settings: Settings, random: Random) -> Result<(Line, Events), SettingsError> {
    settings.check()?;
    let tls = Shown::default();
    if let Some(shown) = &settings.tls {
        tls.set(tls::client_config(shown)?);
    }
    let bounds = Bounds { messages: settings.queue_messages, bytes: settings.queue_bytes };
    let outbox = Arc::new(Outbox::new(bounds));
    let refusals = Arc::new(AtomicUsize::new(0));
    let (sender, told) = mpsc::unbounded_channel();
    let tell = Teller { sender, refusals: Arc::clone(&refusals) };
    let driver = Driver { settings, tls: tls.clone(), random, outbox: Arc::clone(&outbox), tell };
    let driver = tokio::spawn(driver.run());
    Ok((Line { outbox: Arc::clone(&outbox), tls }, Events { told, refusals, outbox, driver }))
}

impl Line {
    /// Gives a message to be sent, and waits for room in the queue while the
    /// line is up. Accepted is not arrived: that is for the peer to say.
    ///
    /// # Errors
    /// [`NotSent`] says why it was not accepted, never [`NotSent::Full`].
    pub async fn send(&self, topic: &str, payload: impl Into<Bytes>) -> Result<(), NotSent> {
        self.outbox.put(topic, &payload.into()).await
    }

    /// Gives a message to be sent if there is room now.
    ///
    /// # Errors
    /// [`NotSent`] says why it was not accepted.
    pub fn try_send(&self, topic: &str, payload: impl Into<Bytes>) -> Result<(), NotSent> {
        self.outbox.try_put(topic, &payload.into())
    }

    /// Shows this from the next connection on, as after a certificate was
    /// renewed. The one there is now goes on.
    ///
    /// # Errors
    /// [`SettingsError::Pem`]; what was shown before is shown on.
    pub fn show(&self, tls: &Tls) -> Result<(), SettingsError> {
        self.tls.set(tls::client_config(tls)?);
        Ok(())
    }

    /// Whether messages are accepted now.
    pub fn is_up(&self) -> bool {
        self.outbox.is_up()
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("is_up", &self.is_up()).finish_non_exhaustive()
    }
}

impl Events {
    /// What happened next; `None` once the line was closed. A message counts
    /// as taken when it is returned here; while nobody takes any, the broker
    /// holds back the rest. Cancelling it loses nothing.
    pub async fn next(&mut self) -> Option<Event> {
        let told = self.told.recv().await?;
        if let Some(receipt) = told.receipt {
            receipt.say();
        }
        if matches!(told.event, Event::Refused { .. }) {
            self.refusals.fetch_sub(1, Ordering::Relaxed);
        }
        Some(told.event)
    }

    /// Takes leave: what was accepted may still leave for two seconds, then
    /// the broker is told that this is no accident, and says no will.
    pub async fn close(self) {
        self.outbox.begin_closing();
        if let Err(error) = self.driver.await {
            tracing::error!(%error, "a line's task failed");
        }
    }
}

#[derive(Debug)]
struct Told {
    event: Event,
    receipt: Option<Receipt>,
}

/// The driver's side of [`Events`]. Unbounded in form; messages are bounded by
/// what the broker may be ahead, refusals by [`MOST_REFUSALS`], and the rest
/// comes once a connection.
#[derive(Debug)]
pub(crate) struct Teller {
    sender: mpsc::UnboundedSender<Told>,
    refusals: Arc<AtomicUsize>,
}

impl Teller {
    pub fn event(&self, event: Event) {
        self.say(Told { event, receipt: None });
    }

    pub fn message(&self, event: Event, receipt: Receipt) {
        self.say(Told { event, receipt: Some(receipt) });
    }

    pub fn refusal(&self, topic: String, reason: Reason) {
        if self.refusals.load(Ordering::Relaxed) < MOST_REFUSALS {
            self.refusals.fetch_add(1, Ordering::Relaxed);
            self.event(Event::Refused { topic, reason });
        }
    }

    /// Waits until nobody can hear any more.
    pub async fn unheard(&self) {
        self.sender.closed().await;
    }

    fn say(&self, told: Told) {
        if self.sender.send(told).is_err() {
            // The driver looks for this itself, and ends.
            tracing::trace!("nobody hears this line any more");
        }
    }
}
