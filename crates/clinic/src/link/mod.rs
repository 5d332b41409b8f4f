//! The line to central: the hub of `chairside-sync`, driven over the real
//! store and a real line.
//!
//! **Promise.** The desk never waits for it. What is told to central was
//! committed before; what central wishes is decided inside the store's own
//! transactions, behind staff who want to write. Whatever happens to the line,
//! it is opened again, and the two agree again, without anybody's help.
//!
//! **Reading order.** [`open`] and [`Link`] (what the application holds),
//! [`Status`] (what people are told of it), `run` (the task that drives the
//! hub), `lanes` (what the store does for it, and in which order), `courtesy` (when
//! that rests),
//! [`Secrets`] (who this desk is to central).
//!
//! **To tell people something more:** 1. a field of [`Status`]; 2. where it is
//! known, in `run`; 3. its words, in the message catalogue.

mod courtesy;
mod lanes;
mod run;
mod secrets;
mod status;

use chairside_mqtt::topics::{BadId, Peer, Way};
use chairside_mqtt::{Address, Settings, SettingsError, Will};
use chairside_schedule::time::day_number;
use chairside_store::{HubSide, Moment, StoreError};
use chairside_sync::body::{Id, Window};
use chairside_sync::hub::{self, Hub, LinkId};
use chairside_sync::{Author, Tip};
use chrono::NaiveDate;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::clock;
use crate::desk::Desk;
use crate::problem::Problem;

pub use secrets::{Secrets, SigningKey, public_key};
pub use status::{State, Status};

/// The days offered online, today among them, where nothing else is said.
pub const DAYS_AHEAD: u16 = 90;

/// Orders that may wait for the task.
const ORDERS: usize = 16;

/// What a link is opened with.
#[derive(Clone, Debug)]
pub struct LinkSettings {
    /// Where central's broker listens.
    pub address: Address,
    /// Who this desk is to it.
    pub secrets: Secrets,
    /// Online bookings go before staff.
    pub ask_staff: bool,
    /// How many days are offered online, today among them; at least 1.
    pub days_ahead: u16,
}

/// Why a link was not opened.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The clinic or this installation has an id that no topic may hold.
    #[error(transparent)]
    Id(#[from] BadId),
    /// The line's settings could never work.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<LinkError> for Problem {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::Store(error) => error.into(),
            LinkError::Id(_) | LinkError::Settings(_) => {
                tracing::error!(%error, "the link to central can't be opened");
                Self::new("bad-central-settings").with("said", error)
            }
        }
    }
}

/// What the task is told from inside the application.
#[derive(Debug)]
enum Order {
    AskStaff(bool),
    CompareAgain,
    Settled(Tip),
    Goodbye,
}

/// Shows a renewed certificate on an open link.
#[derive(Clone, Debug)]
pub struct Shower(chairside_mqtt::Line);

impl Shower {
    /// From the link's next connection on this is who it says it is.
    ///
    /// # Errors
    /// `bad-central-settings`.
    pub fn show(&self, secrets: &Secrets) -> Result<(), Problem> {
        match secrets.tls() {
            Some(tls) => self.0.show(&tls).map_err(|error| LinkError::from(error).into()),
            None => Ok(()),
        }
    }
}

/// An open link. Dropping it breaks it off, as a crash would;
/// [`close`](Self::close) takes leave.
#[derive(Debug)]
pub struct Link {
    side: HubSide,
    shower: Shower,
    orders: mpsc::Sender<Order>,
    status: watch::Receiver<Status>,
    task: JoinHandle<()>,
}

/// Opens the link of a desk to its central: it connects by itself, now and
/// whenever it was cut, from a task on the runtime this is called on.
///
/// # Errors
/// [`LinkError`]. A central that isn't there is no error, but
/// [`State::Offline`].
pub async fn open(desk: &Desk, settings: LinkSettings) -> Result<Link, LinkError> {
    let (store, clock) = (desk.store(), desk.clock());
    let clinic = store.clinic();
    let peer = peer(desk)?;
    let side = HubSide::new(store.clone(), settings.secrets.signing());
    // Heard of from the first commit on: what comes between reading the tip and
    // the first look at the changes is told twice rather than not at all.
    let changes = store.changes();
    side.pair(LinkId::CENTRAL, Moment { by: Author::Node(store.node()), at_ms: clock.now_ms() }).await?;
    let acknowledged = side.acknowledged(LinkId::CENTRAL).await?;
    let sessions_from = first_session();
    let today = clock.today(clinic.zone);
    let hub = Hub::new(hub::Start {
        clinic: Id::from(*clinic.id.bytes()),
        node: Id::from(store.node().0.into_bytes()),
        tip: store.tip(),
        born: side.born().await?,
        window: window(today, settings.days_ahead),
        sessions_from,
        ask_staff: settings.ask_staff,
    });
    let mut mqtt = Settings::new(settings.address, "desk");
    mqtt.login = settings.secrets.login(&peer);
    mqtt.tls = settings.secrets.tls();
    mqtt.subscriptions = vec![peer.topic(Way::Down)];
    mqtt.will = Some(Will { topic: peer.topic(Way::State), payload: sessions_from.to_be_bytes().to_vec().into() });
    let (line, events) = chairside_mqtt::open(mqtt, std::sync::Arc::new(random_number))?;
    let (orders, ordered) = mpsc::channel(ORDERS);
    let (told, status) = watch::channel(Status::offline(clock.now_ms(), &hub, acknowledged));
    let shower = Shower(line.clone());
    let running = run::Running::new(run::Start {
        hub,
        lanes: lanes::Lanes::new(side.clone(), clock.clone()),
        line,
        up: peer.topic(Way::Up),
        clock: clock.clone(),
        changes,
        status: told,
        acknowledged,
        today,
        days_ahead: settings.days_ahead,
    });
    let task = tokio::spawn(running.run(events, ordered));
    Ok(Link { side, shower, orders, status, task })
}

/// How this desk is called in topics and at the broker.
///
/// # Errors
/// [`BadId`], never for ids drawn here.
pub fn peer(desk: &Desk) -> Result<Peer, BadId> {
    let (clinic, node) = (desk.store().clinic().id, desk.store().node());
    Peer::new(&clinic.0.to_string(), &node.0.to_string())
}

/// The days offered online, of which `today` is the first.
fn window(today: NaiveDate, days_ahead: u16) -> Window {
    let from = day_number(today);
    Window { from, to: from + i32::from(days_ahead.max(1)) }
}

/// Sessions of one process count on from a number at random whose lower half
/// is zero: the upper half tells its late will from another process's.
fn first_session() -> u64 {
    random_number() & !u64::from(u32::MAX)
}

fn random_number() -> u64 {
    clock::random().iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

impl Link {
    /// How the link stands, now and whenever that changes.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// Whether online bookings go before staff from now on.
    pub async fn ask_staff(&self, ask_staff: bool) {
        self.order(Order::AskStaff(ask_staff)).await;
    }

    /// A person wants everything compared again.
    pub async fn compare_again(&self) {
        self.order(Order::CompareAgain).await;
    }

    /// A person settled what was put before staff, and the log ends here since:
    /// those that waited for it go on.
    pub async fn settled(&self, tip: Tip) {
        self.order(Order::Settled(tip)).await;
    }

    /// What shows a renewed certificate on it.
    pub fn shower(&self) -> Shower {
        self.shower.clone()
    }

    /// The hub's side of the store, for what waits for a person.
    pub fn side(&self) -> &HubSide {
        &self.side
    }

    /// Says goodbye and closes the line.
    pub async fn close(mut self) {
        self.order(Order::Goodbye).await;
        if let Err(error) = (&mut self.task).await {
            tracing::error!(%error, "the link's task failed");
        }
    }

    async fn order(&self, order: Order) {
        // A link that has ended has nothing to do any more.
        drop(self.orders.send(order).await);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}
