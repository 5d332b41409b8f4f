//! The task of a line: connects, subscribes, publishes within the window,
//! watches, and connects again.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use crate::backoff::{Backoff, STABLE};
use crate::client::{Connection, Happened, Receipt, Stuck, Terms};
use crate::event::{Event, Reason, Why};
use crate::line::{Shown, Teller};
use crate::outbox::Outbox;
use crate::settings::{MAX_MESSAGE, Random, Settings};

/// How long what waits may still leave when a line is closed, and how long
/// the broker then has to hang up.
const FAREWELL: Duration = Duration::from_secs(2);

pub(crate) struct Driver {
    pub settings: Settings,
    pub tls: Shown,
    pub random: Random,
    pub outbox: Arc<Outbox>,
    pub tell: Teller,
}

/// How a connection came to its end.
struct End {
    /// `None`: we were told to close, or nobody listens any more.
    why: Option<Why>,
    /// How long it was up.
    up_for: Option<Duration>,
    unsent: usize,
}

impl Driver {
    pub async fn run(self) {
        let mut backoff = Backoff::default();
        let mut client_id = self.fresh_client_id();
        let mut told = None;
        loop {
            let end = self.connect(&client_id).await;
            let Some(why) = end.why else { break };
            if end.up_for.is_some() || told != Some(why) {
                tracing::info!(broker = %self.settings.address, why = why.word(), unsent = end.unsent, "the line is down");
                self.tell.event(Event::Down { why, unsent: end.unsent });
                told = Some(why);
            }
            if end.up_for.is_some_and(|up_for| up_for >= STABLE) {
                backoff.reset();
            }
            if matches!(why, Why::Refused(_)) {
                // A cluster may hold on to an id whose node has died.
                client_id = self.fresh_client_id();
            }
            tokio::select! {
                () = sleep(backoff.next_wait((self.random)())) => {}
                () = self.given_up() => break,
            }
        }
        self.outbox.close();
    }

    fn fresh_client_id(&self) -> String {
        format!("{}-{:016x}", self.settings.client_id_prefix, (self.random)())
    }

    /// Waits until the line is to be closed, or nobody listens.
    async fn given_up(&self) {
        let closing = async {
            while !self.outbox.is_closing() {
                self.outbox.filled().await;
            }
        };
        tokio::select! {
            () = closing => {}
            () = self.tell.unheard() => {}
        }
    }

    async fn connect(&self, client_id: &str) -> End {
        let connection = Connection::open(&self.settings, self.tls.now().as_ref(), client_id);
        let mut contact = Contact {
            driver: self,
            connection,
            terms: None,
            up_since: None,
            owed_since: Some(Instant::now()),
            early: Vec::new(),
            handed: VecDeque::new(),
            unanswered: HashMap::new(),
        };
        let why = contact.last().await;
        // First nothing more is accepted, then it is told.
        let unsent = self.outbox.down() + contact.in_flight();
        let up_for = contact.up_since.map(|since| since.elapsed());
        // Whom nobody hears any more vanishes, and the broker says the will.
        if why.is_none() && self.outbox.is_closing() {
            contact.connection.leave(FAREWELL).await;
        }
        End { why, up_for, unsent }
    }
}

/// One connection while it lasts.
struct Contact<'a> {
    driver: &'a Driver,
    connection: Connection,
    terms: Option<Terms>,
    up_since: Option<Instant>,
    /// Since when the broker owes us the next answer: to connecting and
    /// subscribing, then to what left. It may well go on answering pings.
    owed_since: Option<Instant>,
    /// Messages that came before the last subscription was granted.
    early: Vec<(Event, Receipt)>,
    /// Topics of what was given to the client and has no id yet, in order.
    handed: VecDeque<String>,
    /// Topics of what left and has no answer yet, by id.
    unanswered: HashMap<u16, String>,
}

impl Contact<'_> {
    /// Lasts until the connection is over, and says why it is; `None` if that
    /// was our wish.
    async fn last(&mut self) -> Option<Why> {
        let mut moved = Instant::now();
        let watch = sleep_until(moved + self.patience());
        tokio::pin!(watch);
        let mut leave_by = None;
        loop {
            if self.publish().is_err() {
                return Some(Why::Silent);
            }
            if self.driver.outbox.is_closing() {
                let by = *leave_by.get_or_insert_with(|| Instant::now() + FAREWELL);
                let done = self.in_flight() == 0 && self.driver.outbox.is_empty();
                if self.up_since.is_none() || done || Instant::now() >= by {
                    return None;
                }
            }
            tokio::select! {
                happened = self.connection.next() => {
                    if !matches!(happened, Happened::Left(_)) {
                        moved = Instant::now();
                    }
                    if let Err(why) = self.took_place(happened) {
                        return Some(why);
                    }
                }
                () = self.driver.outbox.filled() => {}
                () = self.driver.tell.unheard() => return None,
                () = sleep_until(leave_by.unwrap_or(moved)), if leave_by.is_some() => {}
                () = &mut watch => {
                    let silent_from = self.owed_since.map_or(moved, |owed| owed.min(moved)) + self.patience();
                    if Instant::now() >= silent_from {
                        return Some(Why::Silent);
                    }
                    watch.as_mut().reset(silent_from);
                }
            }
        }
    }

    /// How long nothing may move, and what is owed may be waited for.
    fn patience(&self) -> Duration {
        2 * self.terms.map_or(self.driver.settings.keep_alive, |terms| terms.keep_alive)
    }

    fn in_flight(&self) -> usize {
        self.handed.len() + self.unanswered.len()
    }

    /// Publishes what waits, as far as the window goes.
    fn publish(&mut self) -> Result<(), Stuck> {
        let (Some(terms), Some(_)) = (self.terms, self.up_since) else { return Ok(()) };
        while self.in_flight() < terms.window {
            let Some(next) = self.driver.outbox.take() else { break };
            self.owed_since.get_or_insert_with(Instant::now);
            self.handed.push_back(next.topic.clone());
            self.connection.publish(next.topic, next.payload)?;
        }
        Ok(())
    }

    fn took_place(&mut self, happened: Happened) -> Result<(), Why> {
        match happened {
            Happened::Connected(terms) => {
                self.terms = Some(terms);
                let subscriptions = &self.driver.settings.subscriptions;
                if subscriptions.is_empty() {
                    self.is_up(terms);
                } else {
                    self.connection.subscribe(subscriptions).map_err(|Stuck| Why::Silent)?;
                }
            }
            Happened::Answered(answers) => self.answered(&answers)?,
            Happened::Left(id) => {
                let topic = self.handed.pop_front().ok_or(Why::Nonsense)?;
                self.unanswered.insert(id, topic);
            }
            Happened::Acknowledged(id, refused) => {
                let topic = self.unanswered.remove(&id).ok_or(Why::Nonsense)?;
                self.owed_since = (self.in_flight() > 0).then(Instant::now);
                if let Some(reason) = refused {
                    tracing::warn!(%topic, reason = reason.word(), "the broker refused a message");
                    self.driver.tell.refusal(topic, reason);
                }
            }
            Happened::Message { topic, payload, receipt } => {
                let event = if payload.len() > MAX_MESSAGE {
                    tracing::warn!(%topic, bytes = payload.len(), "a message is too long, and dropped");
                    Event::TooLong { topic, bytes: payload.len() }
                } else {
                    Event::Message { topic, payload }
                };
                if self.up_since.is_some() {
                    self.driver.tell.message(event, receipt);
                } else {
                    self.early.push((event, receipt));
                }
            }
            Happened::Moved => {}
            Happened::Ended(why) => return Err(why),
        }
        Ok(())
    }

    fn answered(&mut self, answers: &[Option<Reason>]) -> Result<(), Why> {
        let terms = self.terms.ok_or(Why::Nonsense)?;
        let subscriptions = &self.driver.settings.subscriptions;
        if answers.len() != subscriptions.len() || self.up_since.is_some() {
            return Err(Why::Nonsense);
        }
        let mut denied = false;
        for (filter, answer) in subscriptions.iter().zip(answers) {
            let Some(reason) = *answer else { continue };
            denied = true;
            tracing::warn!(%filter, reason = reason.word(), "the broker denied a subscription");
            self.driver.tell.event(Event::Denied { filter: filter.clone(), reason });
        }
        if denied {
            return Err(Why::Denied);
        }
        self.is_up(terms);
        Ok(())
    }

    fn is_up(&mut self, terms: Terms) {
        self.up_since = Some(Instant::now());
        self.owed_since = None;
        self.driver.outbox.up(terms.longest_packet);
        tracing::info!(broker = %self.driver.settings.address, "the line is up");
        self.driver.tell.event(Event::Up);
        for (event, receipt) in self.early.drain(..) {
            self.driver.tell.message(event, receipt);
        }
    }
}
