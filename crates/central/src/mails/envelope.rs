//! A rendered letter as a whole mail.

use std::time::{Duration, SystemTime};

use chairside_sync::mails::{Key, Row};
use lettre::Message;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};

use super::invite::{Method, invite};
use super::letter::Letter;
use super::post::Sender;
use super::render::render;
use super::words::Words;

/// Why a mail couldn't be made. No address stands in it.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// What is kept as an address is none.
    #[error("the address can't be written to")]
    Address,
    /// The mail's parts don't fit together.
    #[error("the mail can't be put together")]
    Parts,
}

/// The name of a mail: the same at every try, so that a mail which came twice can be told.
pub fn name(key: Key) -> String {
    format!("{}.{}.{}", key.booking.0, key.sequence, key.outcome.as_str())
}

/// Puts a mail together.
///
/// # Errors
/// [`EnvelopeError::Address`], [`EnvelopeError::Parts`].
pub fn seal(letter: &Letter, row: &Row, to: &str, sender: &Sender, words: &Words) -> Result<Message, EnvelopeError> {
    let to = Mailbox::new(None, to.parse().map_err(|_| EnvelopeError::Address)?);
    let rendered = render(letter, words);
    let from = sender.from.email.to_string();
    let entry = invite(letter, row.key, row.written_ms, &from, sender.domain(), words);
    let method = Method::of(letter.outcome).as_str();
    let calendar = ContentType::parse(&format!("text/calendar; charset=utf-8; method={method}"))
        .map_err(|_| EnvelopeError::Parts)?;
    let body = MultiPart::mixed()
        .multipart(
            MultiPart::alternative()
                .singlepart(SinglePart::plain(rendered.text))
                .singlepart(SinglePart::html(rendered.html)),
        )
        .singlepart(Attachment::new("visit.ics".to_owned()).body(entry, calendar));
    let written = SystemTime::UNIX_EPOCH + Duration::from_millis(row.written_ms.max(0).unsigned_abs());
    Message::builder()
        .from(sender.from.clone())
        .to(to)
        .date(written)
        .message_id(Some(format!("<{}@{}>", name(row.key), sender.domain())))
        .subject(rendered.subject)
        .multipart(body)
        .map_err(|_| EnvelopeError::Parts)
}
