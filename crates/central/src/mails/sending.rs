//! The task that sends what the outbox holds.

use std::sync::Arc;

use chairside_sync::mails::Row;
use tokio::sync::Notify;

use super::envelope::{EnvelopeError, name, seal};
use super::letter::{Letter, Links};
use super::post::{Post, PostError, Sender};
use super::words::{Language, Words};
use crate::clock::Clock;
use crate::store::{Storage, StorageError};

/// The longest time between two looks: another process may have written a mail.
const LOOK_MS: u64 = 60_000;
/// The shortest, where a row is due that can't be begun just now.
const BREATH_MS: u64 = 1_000;

/// Sends mails, one at a time.
pub struct Sending<S> {
    storage: S,
    clock: Clock,
    post: Post,
    sender: Sender,
    links: Arc<dyn Links>,
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
}

impl<S: Storage> Sending<S> {
    /// A sender over a store.
    pub fn new(storage: S, clock: Clock, post: Post, sender: Sender, links: Arc<dyn Links>) -> Self {
        Self { storage, clock, post, sender, links, words: Language::ALL.map(Words::new) }
    }

    /// Sends until it is dropped: whenever `mails` is told of one, and when the
    /// next is due. A mail that was begun as it is dropped is tried again later.
    pub async fn run(self, mails: Arc<Notify>) {
        loop {
            let wait_ms = match self.send_due().await {
                Ok(wait_ms) => wait_ms,
                Err(error) => {
                    tracing::error!(error.code = error.code(), %error, "the outbox can't be read");
                    LOOK_MS
                }
            };
            let until_ms = self.clock.now().steady_ms.saturating_add(wait_ms);
            tokio::select! {
                () = mails.notified() => {}
                () = self.clock.sleep_until(until_ms) => {}
            }
        }
    }

    /// Sends all that is due; told how long nothing will be.
    async fn send_due(&self) -> Result<u64, StorageError> {
        while let Some(row) = self.storage.begin_mail(self.clock.now()).await? {
            // One that can't be sent has its next try later: those behind it go on.
            self.try_one(&row).await;
        }
        let now_ms = self.clock.now().wall_ms;
        let due_ms = self.storage.next_mail_ms().await?;
        let wait_ms = due_ms.map_or(LOOK_MS, |due_ms| due_ms.saturating_sub(now_ms).max(0).unsigned_abs());
        Ok(wait_ms.clamp(BREATH_MS, LOOK_MS))
    }

    async fn try_one(&self, row: &Row) {
        let (booking, outcome) = (row.key.booking.0, row.key.outcome.as_str());
        match self.send(row).await {
            Ok(true) => tracing::info!(%booking, outcome, mail.tries = row.tries, "a mail was sent"),
            Ok(false) => tracing::info!(%booking, outcome, "a mail is no longer true and stays"),
            Err(error) => tracing::warn!(
                %booking, outcome, mail.tries = row.tries, error.code = error.code(), %error, "a mail wasn't sent"
            ),
        }
    }

    /// Whether it left.
    async fn send(&self, row: &Row) -> Result<bool, Unsent> {
        let Some(booking) = self.storage.booking(row.key.booking).await? else { return Ok(false) };
        if (booking.sequence, booking.outcome) != (row.key.sequence, row.key.outcome) {
            return Ok(false);
        }
        let Some(clinic) = self.storage.clinic(booking.clinic).await? else { return Ok(false) };
        let settings = self.storage.settings(booking.clinic).await?;
        let to = booking.contact.as_deref().ok_or(Unsent::NoContact)?;
        let letter = Letter::of(&booking, &clinic, settings.as_ref(), &*self.links);
        let message = seal(&letter, row, to, &self.sender, self.words_in(&booking.language))?;
        if !self.storage.may_leave(row.key).await? {
            return Ok(false);
        }
        self.post.take(message, &name(row.key)).await?;
        self.storage.mail_sent(row.key).await?;
        Ok(true)
    }

    fn words_in(&self, tag: &str) -> &Words {
        let [english, swedish] = &self.words;
        match Language::of_tag(tag) {
            Language::En => english,
            Language::Sv => swedish,
        }
    }
}
