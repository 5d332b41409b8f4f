//! This desk's own line to the central service, as people at it meet it:
//! opened when the desk is paired, shown in words, closed with the desk.
//!
//! **Promise.** A desk that isn't paired, or whose line can't be opened, works
//! as any other: whatever is wrong with the line is said in the connection's
//! view and stops nothing else. One line at a time; closing says goodbye.
//!
//! **Reading order.** [`Desk::go_online`], [`Desk::connection`]; `Connection`
//! holds the line and tells whoever listens, [`Spells`] is what support reads,
//! with `failures` in between, `outages` what people remember of it.
//!
//! **To show something more of the line:** 1. a field of
//! [`link::Status`](crate::link::Status); 2. one of [`ConnectionView`], filled in
//! in `view`; 3. the screens' panel and its words.

mod failures;
mod outages;
mod spells;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chairside_schedule::time::Instant;
use chairside_sync::Tip;
use chairside_sync::wire::WaitingPlace;
use chrono::{Days, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

use crate::api::{ConnectionAsked, ConnectionDay, ConnectionView, OutageView, PairWith};
use crate::clock::Clock;
use crate::desk::Desk;
use crate::link::{self, Link, LinkSettings, Secrets, State, Status};
use crate::pairing::Renewing;
use crate::problem::Problem;
use failures::Failure;
use spells::{Spell, Spells};

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
    /// The days of the board that it makes stale.
    told: broadcast::Sender<Told>,
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
    clock: Clock,
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
    pub(crate) fn changes(&self) -> broadcast::Receiver<Told> {
        self.0.told.subscribe()
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        // Each change is one assignment; nothing is half-done by a panic.
        self.0.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, told: Told) {
        // Nobody may be listening.
        self.0.told.send(told).ok();
    }

    fn link(&self) -> Option<Arc<Link>> {
        self.now().line.as_ref().map(|line| Arc::clone(&line.link))
    }

    /// Where somebody online wishes for a place, as central last said, and how
    /// many requests it holds.
    pub(crate) fn waiting(&self) -> (Vec<WaitingPlace>, u32) {
        let now = self.now();
        let Some(line) = &now.line else { return (Vec::new(), 0) };
        let status = line.status.borrow();
        (status.places.clone(), status.held)
    }

    /// When the line was down, the latest first.
    pub(crate) fn outages(&self, zone: &Tz) -> Vec<OutageView> {
        outages::outages(&self.now().spells.all(), zone)
    }

    /// The last entry that central is known to have, where changes can be
    /// waiting to be sent: the desk is paired, and the two aren't in step.
    pub(crate) fn unsent_after(&self) -> Option<u64> {
        let now = self.now();
        let status = now.line.as_ref()?.status.borrow();
        (status.state != State::Live).then(|| status.acknowledged.unwrap_or_default())
    }

    /// A person answered a request: those that waited for it go on.
    pub(crate) async fn settled(&self, tip: Tip) {
        if let Some(link) = self.link() {
            link.settled(tip).await;
        }
    }

    /// Whether online bookings go before staff from now on.
    pub(crate) async fn ask_staff(&self, ask_staff: bool) {
        if let Some(link) = self.link() {
            link.ask_staff(ask_staff).await;
        }
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
        let unsent = line.status.borrow().unsent;
        self.now().spells.note(Spell { at_ms: line.clock.now_ms(), state: State::Offline, unsent, days: 0 });
        match Arc::try_unwrap(line.link) {
            Ok(link) => link.close().await,
            // Somebody is just asking something of it; it ends with them.
            Err(_) => tracing::debug!("the line is still in use while it is closed"),
        }
    }

    /// Notes every change of state, and tells of every change.
    async fn watch(self, desk: Desk, mut status: watch::Receiver<Status>) {
        let (mut was_live, mut places) = (None, Vec::new());
        loop {
            let now = status.borrow_and_update().clone();
            let days = u32::try_from(now.open.len()).unwrap_or(u32::MAX);
            let spell = Spell { at_ms: desk.clock().now_ms(), state: now.state, unsent: now.unsent, days };
            self.now().spells.note(spell);
            let is_live = now.state == State::Live;
            let days = changed_days(&places, &now.places, &desk.store().clinic().zone);
            // What says "not sent" on a card is another matter once both are in step, or no longer.
            self.tell(Told { days, every_day: was_live.replace(is_live).is_some_and(|was| was != is_live) });
            places = now.places;
            if status.changed().await.is_err() {
                return;
            }
        }
    }
}

/// What a change of the connection makes stale, beside its own view.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    /// Days of the board.
    pub(crate) days: Vec<NaiveDate>,
    /// All of them.
    pub(crate) every_day: bool,
}

/// The days on which places came or went.
fn changed_days(before: &[WaitingPlace], now: &[WaitingPlace], zone: &Tz) -> Vec<NaiveDate> {
    let gone = before.iter().filter(|place| !now.contains(place));
    let came = now.iter().filter(|place| !before.contains(place));
    let mut days: Vec<_> = gone.chain(came).map(|place| Instant(place.start_s).local(zone).date()).collect();
    days.sort_unstable();
    days.dedup();
    days
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
            let settings = LinkSettings {
                address,
                secrets,
                ask_staff: self.store().clinic().online.ask_staff,
                days_ahead: link::DAYS_AHEAD,
            };
            self.go_online(settings, file.clone()).await
        };
        if let Err(problem) = opened.await {
            tracing::error!(%problem, "the line to the central service can't be opened");
            self.note_failure(ConnectionAsked::Opening, &problem);
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

    /// Keeps what failed for whoever helps; in words it was said already.
    pub(crate) fn note_failure(&self, what: ConnectionAsked, problem: &Problem) {
        let mut now = self.line.now();
        // A desk that isn't paired has read no log yet.
        now.spells.go_on(self.store().folder());
        now.spells.note_failure(Failure::new(self.clock().now_ms(), what, problem));
        drop(now);
        self.line.tell(Told::default());
    }

    /// There is no line, for this reason; staff work on.
    pub(crate) fn stay_offline(&self, problem: Problem) {
        self.line.now().problem = Some(problem);
        self.line.tell(Told::default());
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
        connection.now().spells.go_on(self.store().folder());
        let (secrets, days_ahead) = (settings.secrets.clone(), settings.days_ahead);
        let central = secrets.central.clone().or(secrets.address.clone()).unwrap_or_default();
        let link = link::open(self, settings).await?;
        let renewing = Renewing::start(self, &link, &secrets, file);
        let status = link.status();
        let watching = tokio::spawn(connection.clone().watch(self.clone(), status.clone()));
        let link = Arc::new(link);
        let mut now = connection.now();
        now.problem = None;
        let clock = self.clock().clone();
        now.line = Some(Line { link, status, central, days_ahead, clock, watching, _renewing: renewing });
        drop(now);
        connection.tell(Told::default());
        Ok(())
    }

    /// How this desk is connected.
    ///
    /// # Errors
    /// None; the table's commands all may.
    pub async fn connection(&self, (): ()) -> Result<ConnectionView, Problem> {
        let now = self.line.now();
        let zone = self.store().clinic().zone;
        let (spells, failures) = (now.spells.latest(&zone), now.spells.failures(&zone));
        let Some(line) = &now.line else {
            let problem = now.problem.clone();
            let paired = problem.is_some();
            return Ok(ConnectionView { paired, problem, spells, failures, ..ConnectionView::default() });
        };
        let status = line.status.borrow().clone();
        let first = self.local_now().date();
        let central = Some(line.central.clone());
        Ok(ConnectionView { central, spells, failures, ..self.view(&status, first, line.days_ahead) })
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
            failures: Vec::new(),
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
        let settings = LinkSettings {
            address,
            secrets,
            ask_staff: self.store().clinic().online.ask_staff,
            days_ahead: link::DAYS_AHEAD,
        };
        self.go_online(settings, file).await?;
        self.connection(()).await
    }

    /// Has every day compared with central once more.
    ///
    /// # Errors
    /// `not-connected` where there is no line.
    pub async fn compare_again(&self, (): ()) -> Result<(), Problem> {
        let link = self.line.link().ok_or_else(|| Problem::new("not-connected"))?;
        link.compare_again().await;
        Ok(())
    }
}
