//! This desk's own line to the central service, as people at it meet it:
//! opened when the desk is paired, shown in words, closed with the desk.
//!
//! **Promise.** A desk that isn't paired, or whose line can't be opened, works
//! as any other: whatever is wrong with the line is said in the connection's
//! view and stops nothing else. One line at a time; closing says goodbye.
//!
//! **Reading order.** [`Desk::go_online`], [`Desk::connection`]; `Connection`
//! holds the line and tells whoever listens, [`Spells`] is what support reads.
//!
//! **To show something more of the line:** 1. a field of
//! [`link::Status`](crate::link::Status); 2. one of [`ConnectionView`], filled in
//! in `view`; 3. the screens' panel and its words.

mod spells;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chairside_schedule::time::Instant;
use chrono::{Days, NaiveDate, NaiveDateTime};
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

use crate::api::{ConnectionDay, ConnectionView, PairWith};
use crate::desk::Desk;
use crate::link::{self, Link, LinkSettings, Secrets, Status};
use crate::pairing::Renewing;
use crate::problem::Problem;
use spells::Spells;

/// Listeners further behind than this are told that something changed, once.
const TOLD_AHEAD: usize = 16;

/// The line of one desk, shared by its clones.
#[derive(Clone, Debug)]
pub(crate) struct Connection(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Held while the line is opened or closed, so that there is never a second one.
    changing: tokio::sync::Mutex<()>,
    now: Mutex<Now>,
    told: broadcast::Sender<()>,
}

#[derive(Debug, Default)]
struct Now {
    line: Option<Line>,
    /// Why there is none although the desk is paired.
    problem: Option<Problem>,
    spells: Spells,
}

#[derive(Debug)]
struct Line {
    link: Arc<Link>,
    status: watch::Receiver<Status>,
    central: String,
    days_ahead: u16,
    watching: JoinHandle<()>,
    _renewing: Option<Renewing>,
}

impl Default for Connection {
    fn default() -> Self {
        let (told, _) = broadcast::channel(TOLD_AHEAD);
        Self(Arc::new(Shared { changing: tokio::sync::Mutex::default(), now: Mutex::default(), told }))
    }
}

impl Connection {
    /// Hears whenever something of the connection's view changed.
    pub(crate) fn changes(&self) -> broadcast::Receiver<()> {
        self.0.told.subscribe()
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        // Each change is one assignment; nothing is half-done by a panic.
        self.0.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self) {
        // Nobody may be listening.
        self.0.told.send(()).ok();
    }

    /// Takes leave of central, if there is a line.
    pub(crate) async fn close(&self) {
        let _changing = self.0.changing.lock().await;
        self.end().await;
    }

    async fn end(&self) {
        let line = self.now().line.take();
        let Some(line) = line else { return };
        line.watching.abort();
        match Arc::try_unwrap(line.link) {
            Ok(link) => link.close().await,
            // Somebody is just asking something of it; it ends with them.
            Err(_) => tracing::debug!("the line is still in use while it is closed"),
        }
    }

    /// Notes every change of state, and tells of every change.
    async fn watch(self, desk: Desk, mut status: watch::Receiver<Status>) {
        loop {
            let state = status.borrow_and_update().state;
            let at = desk.local_now();
            self.now().spells.note(at, state);
            self.tell();
            if status.changed().await.is_err() {
                return;
            }
        }
    }
}

impl Desk {
    /// Opens the line that an earlier pairing left behind, if there was one.
    /// Where it can't be opened the desk works on, and its connection says why.
    pub async fn go_online_if_paired(&self) {
        let file = self.store().folder().join(Secrets::FILE);
        if !file.exists() {
            return;
        }
        let opened = async {
            let secrets = Secrets::read(&file)?;
            self.fits(&secrets)?;
            let address = secrets.address(None)?;
            let settings = LinkSettings { address, secrets, ask_staff: false, days_ahead: link::DAYS_AHEAD };
            self.go_online(settings, file.clone()).await
        };
        if let Err(problem) = opened.await {
            tracing::error!(%problem, "the line to the central service can't be opened");
            self.stay_offline(problem);
        }
    }

    /// Whether what pairing left is this computer's.
    ///
    /// # Errors
    /// `paired-elsewhere`: the store was brought here from another one.
    pub(crate) fn fits(&self, secrets: &Secrets) -> Result<(), Problem> {
        let ours = secrets.device.is_none_or(|device| device == self.store().node().0);
        if ours { Ok(()) } else { Err(Problem::new("paired-elsewhere")) }
    }

    /// There is no line, for this reason; staff work on.
    pub(crate) fn stay_offline(&self, problem: Problem) {
        self.line.now().problem = Some(problem);
        self.line.tell();
    }

    /// Opens a line, in place of one that is open. What pairing left stands in
    /// `file`, where renewed certificates are kept too.
    ///
    /// # Errors
    /// `bad-central-settings`, and the store's. There is no line then.
    pub async fn go_online(&self, settings: LinkSettings, file: PathBuf) -> Result<(), Problem> {
        let connection = &self.line;
        let _changing = connection.0.changing.lock().await;
        connection.end().await;
        let (secrets, days_ahead) = (settings.secrets.clone(), settings.days_ahead);
        let central = secrets.central.clone().or(secrets.address.clone()).unwrap_or_default();
        let link = link::open(self, settings).await?;
        let renewing = Renewing::start(self, &link, &secrets, file);
        let status = link.status();
        let watching = tokio::spawn(connection.clone().watch(self.clone(), status.clone()));
        let link = Arc::new(link);
        let mut now = connection.now();
        now.problem = None;
        now.line = Some(Line { link, status, central, days_ahead, watching, _renewing: renewing });
        drop(now);
        connection.tell();
        Ok(())
    }

    /// How this desk is connected.
    ///
    /// # Errors
    /// None; the table's commands all may.
    pub async fn connection(&self, (): ()) -> Result<ConnectionView, Problem> {
        let now = self.line.now();
        let spells = now.spells.latest();
        let Some(line) = &now.line else {
            let problem = now.problem.clone();
            return Ok(ConnectionView { paired: problem.is_some(), problem, spells, ..ConnectionView::default() });
        };
        let status = line.status.borrow().clone();
        let first = self.local_now().date();
        Ok(ConnectionView { central: Some(line.central.clone()), spells, ..self.view(&status, first, line.days_ahead) })
    }

    fn view(&self, status: &Status, first: NaiveDate, days_ahead: u16) -> ConnectionView {
        let day = |ahead: u16| {
            let date = first + Days::new(ahead.into());
            let number = chairside_schedule::time::day_number(date);
            ConnectionDay { date, equal: status.open.contains(&number), disputed: status.disputed.contains(&number) }
        };
        ConnectionView {
            paired: true,
            central: None,
            state: Some(status.state),
            since: Some(self.local(status.since_ms)),
            heard: status.heard_ms.map(|at_ms| self.local(at_ms)),
            unsent: status.unsent,
            acknowledged: status.acknowledged,
            days: (0..days_ahead).map(day).collect(),
            held: status.held,
            being_booked: status.being_booked,
            clocks_apart_minutes: status.clocks_apart_ms.map(|apart_ms| apart_ms / 60_000),
            another_hub: status.another_hub,
            superseded: status.superseded,
            problem: None,
            spells: Vec::new(),
        }
    }

    fn local(&self, at_ms: i64) -> NaiveDateTime {
        Instant(at_ms.div_euclid(1_000)).local(&self.store().clinic().zone)
    }

    /// Pairs this desk with a central service by a code, and opens the line.
    ///
    /// # Errors
    /// Those of [`Desk::pair`] and [`Desk::go_online`].
    pub async fn pair_with(&self, with: PairWith) -> Result<ConnectionView, Problem> {
        let secrets = self.pair(with.address.trim(), with.code.trim()).await?;
        let file = self.store().folder().join(Secrets::FILE);
        let address = secrets.address(None)?;
        let settings = LinkSettings { address, secrets, ask_staff: false, days_ahead: link::DAYS_AHEAD };
        self.go_online(settings, file).await?;
        self.connection(()).await
    }

    /// Has every day compared with central once more.
    ///
    /// # Errors
    /// `not-connected` where there is no line.
    pub async fn compare_again(&self, (): ()) -> Result<(), Problem> {
        let link = self.line.now().line.as_ref().map(|line| Arc::clone(&line.link));
        let link = link.ok_or_else(|| Problem::new("not-connected"))?;
        link.compare_again().await;
        Ok(())
    }
}
