//! The task that sends what the outbox holds.

use std::collections::HashMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use chairside_sync::mails::{Key, Row};
use tokio::sync::Notify;
use tokio::task::{Id, JoinSet};

use super::envelope::{EnvelopeError, name, seal};
use super::letter::{Letter, Links};
use super::post::{Post, PostError, Sender};
use super::words::{Language, Words};
use crate::clock::Clock;
use crate::keys::Keys;
use crate::metrics::Metrics;
use crate::store::mails::Ended;
use crate::store::{Storage, StorageError};

/// The longest time between two looks: another process may have written a mail.
const LOOK_MS: u64 = 60_000;
/// The shortest, where a row is due that can't be begun just now.
const BREATH_MS: u64 = 1_000;
/// Mails on their way at once: a server that thinks long about one doesn't keep
/// the others waiting, and few servers let one sender in more often.
const AT_ONCE: usize = 8;
/// How long what is on its way may take once told to end; what takes longer is
/// sent again after the next start.
const FAREWELL: Duration = Duration::from_secs(5);
/// The word for a try that ended in a panic of ours.
const PANICKED: &str = "mail_panicked";

/// Sends mails, a few at a time and of one booking only one.
pub struct Sending<S> {
    with: Arc<With<S>>,
    /// What is on its way, by the task that sends it.
    leaving: HashMap<Id, Key>,
    tasks: JoinSet<Ended>,
    /// How tries went, as far as the store doesn't know yet.
    ended: Vec<(Key, Ended)>,
    metrics: Metrics,
}

/// What every try works with.
struct With<S> {
    storage: S,
    clock: Clock,
    post: Post,
    sender: Sender,
    links: Arc<dyn Links>,
    keys: Keys,
    words: [Words; 2],
}

/// Why a mail wasn't sent this time.
#[derive(Debug, thiserror::Error)]
enum Unsent {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    #[error(transparent)]
    Post(#[from] PostError),
    #[error("there is nobody to write to")]
    NoContact,
}

impl Unsent {
    const fn code(&self) -> &'static str {
        match self {
            Self::Storage(error) => error.code(),
            Self::Post(error) => error.code(),
            Self::Envelope(EnvelopeError::Address) => "mail_address",
            Self::Envelope(EnvelopeError::Parts) => "mail_parts",
            Self::NoContact => "mail_no_contact",
        }
    }

    /// Whether another try could go otherwise.
    const fn ends(&self) -> Ended {
        match self {
            Self::Post(PostError::Refused) | Self::Envelope(_) | Self::NoContact => Ended::Refused(self.code()),
            Self::Storage(_) | Self::Post(_) => Ended::Later(self.code()),
        }
    }
}

impl<S: Storage> Sending<S> {
    /// A sender over a store.
    pub fn new(storage: S, clock: Clock, post: Post, sender: Sender, links: Arc<dyn Links>, keys: Keys) -> Self {
        let words = Language::ALL.map(Words::new);
        let with = Arc::new(With { storage, clock, post, sender, links, keys, words });
        Self { with, leaving: HashMap::new(), tasks: JoinSet::new(), ended: Vec::new(), metrics: Metrics::default() }
    }

    /// Counts with these.
    #[must_use]
    pub fn counted(self, metrics: Metrics) -> Self {
        Self { metrics, ..self }
    }

    /// Sends until `ends`: whenever `mails` is told of one, and when the next
    /// is due. Then what is on its way is given a little time to arrive. A mail
    /// that was begun as this is dropped is sent again after the next start.
    pub async fn run(mut self, mails: Arc<Notify>, ends: impl Future<Output = ()>) {
        let mut ends = pin!(ends);
        loop {
            let wait_ms = match self.send_due().await {
                Ok(wait_ms) => wait_ms,
                Err(error) => {
                    tracing::error!(error.code = error.code(), %error, "the outbox can't be read or written");
                    LOOK_MS
                }
            };
            let clock = self.with.clock.clone();
            let until_ms = clock.now().steady_ms.saturating_add(wait_ms);
            tokio::select! {
                () = &mut ends => break,
                () = mails.notified() => {}
                Some(ended) = self.tasks.join_next_with_id() => self.note(ended),
                () = clock.sleep_until(until_ms) => {}
            }
        }
        let arrive = async {
            while let Some(ended) = self.tasks.join_next_with_id().await {
                self.note(ended);
            }
        };
        if tokio::time::timeout(FAREWELL, arrive).await.is_err() {
            tracing::warn!("some mails were still on their way; they are sent again");
        }
        if let Err(error) = self.record().await {
            tracing::warn!(error.code = error.code(), %error, "mails that were sent are sent again");
        }
    }

    fn note(&mut self, ended: Result<(Id, Ended), tokio::task::JoinError>) {
        let (id, ended) = match ended {
            Ok(ended) => ended,
            Err(error) => {
                tracing::error!(%error, "sending a mail ended in a panic");
                (error.id(), Ended::Later(PANICKED))
            }
        };
        self.metrics.mailed(ended);
        self.ended.extend(self.leaving.remove(&id).map(|key| (key, ended)));
    }

    /// Writes down how tries went; what can't be written is kept for the next time.
    async fn record(&mut self) -> Result<(), StorageError> {
        while let Some((key, ended)) = self.ended.last().copied() {
            self.with.storage.end_mail(key, ended).await?;
            self.ended.pop();
        }
        Ok(())
    }

    /// Begins all that is due; told how long nothing will be.
    async fn send_due(&mut self) -> Result<u64, StorageError> {
        self.record().await?;
        while self.tasks.len() < AT_ONCE {
            let Some(row) = self.with.storage.begin_mail(self.with.clock.now()).await? else { break };
            let with = Arc::clone(&self.with);
            let task = self.tasks.spawn(async move { with.try_one(&row).await });
            self.leaving.insert(task.id(), row.key);
        }
        let now_ms = self.with.clock.now().wall_ms;
        let due_ms = self.with.storage.next_mail_ms().await?;
        let wait_ms = due_ms.map_or(LOOK_MS, |due_ms| due_ms.saturating_sub(now_ms).max(0).unsigned_abs());
        Ok(wait_ms.clamp(BREATH_MS, LOOK_MS))
    }
}

impl<S: Storage> With<S> {
    async fn try_one(&self, row: &Row) -> Ended {
        let (booking, outcome) = (row.key.booking.0, row.key.outcome.as_str());
        match self.send(row).await {
            Ok(Ended::Sent) => {
                tracing::info!(%booking, outcome, mail.tries = row.tries, "a mail was sent");
                Ended::Sent
            }
            Ok(ended) => {
                tracing::info!(%booking, outcome, "a mail is no longer true and stays");
                ended
            }
            Err(error) => {
                let ended = error.ends();
                let (tries, code) = (row.tries, error.code());
                tracing::warn!(
                    %booking, outcome, mail.tries = tries, mail.given_up = matches!(ended, Ended::Refused(_)),
                    error.code = code, %error, "a mail wasn't sent"
                );
                ended
            }
        }
    }

    async fn send(&self, row: &Row) -> Result<Ended, Unsent> {
        let Some(booking) = self.storage.booking(row.key.booking).await? else { return Ok(Ended::Stayed) };
        if (booking.sequence, booking.outcome) != (row.key.sequence, row.key.outcome) {
            return Ok(Ended::Stayed);
        }
        let Some(clinic) = self.storage.clinic(booking.clinic).await? else { return Ok(Ended::Stayed) };
        let settings = self.storage.settings(booking.clinic).await?;
        let to = booking.contact.as_deref().ok_or(Unsent::NoContact)?;
        let now = self.clock.now();
        let mut letter = Letter::of(&booking, &clinic, settings.as_ref(), &*self.links, now);
        if booking.waits_for_code() {
            letter.code = booking.verifying.map(|verifying| self.keys.code(booking.id, &verifying.salt));
        }
        let message = seal(&letter, row, to, &self.sender, self.words_in(&booking.language))?;
        // Read again right before it leaves; nothing else about this booking leaves until it has ended.
        if !self.storage.may_leave(row.key).await? {
            return Ok(Ended::Stayed);
        }
        self.post.take(message, &name(row.key)).await?;
        Ok(Ended::Sent)
    }

    fn words_in(&self, tag: &str) -> &Words {
        let [english, swedish] = &self.words;
        match Language::of_tag(tag) {
            Language::En => english,
            Language::Sv => swedish,
        }
    }
}
