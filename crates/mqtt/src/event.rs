//! What a line tells.

use bytes::Bytes;

/// What a line tells, in the order in which it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Connected, and every subscription granted: from here on messages come.
    /// What was published before is not among them, whatever the broker kept:
    /// ask for it again.
    Up,
    /// Not connected, told once until the reason changes or the line was up
    /// again; it goes on trying by itself.
    Down {
        /// The reason.
        why: Why,
        /// How many messages that were accepted for sending nobody has
        /// acknowledged. They may have arrived or not; none is sent again.
        unsent: usize,
    },
    /// A message on one of the topics subscribed.
    Message {
        /// Where it was published.
        topic: String,
        /// What it says, at most [`MAX_MESSAGE`](crate::MAX_MESSAGE).
        payload: Bytes,
    },
    /// The broker did not take a message of ours.
    Refused {
        /// Where it was to be published.
        topic: String,
        /// The broker's reason.
        reason: Reason,
    },
    /// The broker did not grant a subscription. [`Event::Down`] follows.
    Denied {
        /// The topics that were to be heard.
        filter: String,
        /// The broker's reason.
        reason: Reason,
    },
    /// A message longer than [`MAX_MESSAGE`](crate::MAX_MESSAGE) came, and was dropped.
    TooLong {
        /// Where it was published.
        topic: String,
        /// How long it was.
        bytes: usize,
    },
}

/// Why a line is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// Nobody answers there, or not in time.
    Unreachable,
    /// One of the two does not trust the other's certificate, or speaks no TLS.
    Untrusted,
    /// The broker answered and would not have us.
    Refused(Reason),
    /// A subscription was not granted.
    Denied,
    /// The connection was ended from the other side, or broke.
    Closed,
    /// Nothing moved for twice the keep-alive.
    Silent,
    /// The broker said something it must not say.
    Nonsense,
}

impl Why {
    /// One word, for logs and for whoever has a sentence for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Untrusted => "untrusted",
            Self::Refused(_) => "refused",
            Self::Denied => "denied",
            Self::Closed => "closed",
            Self::Silent => "silent",
            Self::Nonsense => "nonsense",
        }
    }
}

/// A broker's reason for saying no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// We may not.
    NotAuthorized,
    /// The name and the password, or the certificate, are not known.
    BadLogin,
    /// A limit of the broker's is reached.
    Quota,
    /// It is longer than the broker takes.
    TooLarge,
    /// The broker is busy, or shutting down.
    Busy,
    /// The topic or the filter is none for this broker.
    BadTopic,
    /// The client id is taken, or none for this broker.
    BadClientId,
    /// Another, or none was given.
    Other,
}

impl Reason {
    /// One word, or two joined, for logs and for whoever has a sentence for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotAuthorized => "not-authorized",
            Self::BadLogin => "bad-login",
            Self::Quota => "quota",
            Self::TooLarge => "too-large",
            Self::Busy => "busy",
            Self::BadTopic => "bad-topic",
            Self::BadClientId => "bad-client-id",
            Self::Other => "other",
        }
    }
}

/// Why a message was not accepted for sending. Nothing of it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// The line is down, or went down while this waited for room.
    #[error("the line is down")]
    Down,
    /// The queue is full.
    #[error("too much waits to be sent")]
    Full,
    /// Longer than [`MAX_MESSAGE`](crate::MAX_MESSAGE), or than this broker takes.
    #[error("the message is longer than {most} bytes")]
    TooLong {
        /// The longest payload that would be accepted now on this topic.
        most: usize,
    },
    /// Not a topic to publish on.
    #[error("not a topic to publish on")]
    BadTopic,
    /// The line was closed.
    #[error("the line was closed")]
    Closed,
}
