//! What a mirror tells for people at the desk to see, and nothing else: what
//! waits there, and what ended there. Nothing is decided by it.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use super::BATCH_BYTES;
use crate::body::{Id, some_or_none};
use crate::proposal::ProposalId;

/// The most places a [`Waiting`] names: they fit a message, and a screen.
pub const WAITING_PLACES: usize = 400;

/// What waits at a mirror, for display only.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
pub struct Waiting {
    /// Behind a shut gate.
    #[n(0)]
    pub held: u32,
    /// Being filled in just now.
    #[n(1)]
    pub being_booked: u32,
    /// Where, the soonest visits first; at most [`WAITING_PLACES`].
    #[n(2)]
    #[cbor(skip_if = "Vec::is_empty", decode_with = "some_or_none")]
    pub places: Vec<WaitingPlace>,
}

impl Waiting {
    /// As many of its places as a message holds.
    #[must_use]
    pub fn fitted(mut self) -> Self {
        let mut bytes = 0;
        let fits = |place: &&WaitingPlace| {
            bytes += minicbor::len(place);
            bytes <= BATCH_BYTES
        };
        let fitting = self.places.iter().take(WAITING_PLACES).take_while(fits).count();
        self.places.truncate(fitting);
        self
    }
}

/// A place that somebody online wishes for, and has no answer about.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, minicbor::CborLen)]
pub struct WaitingPlace {
    /// Whose column.
    #[n(0)]
    pub practitioner: Id,
    /// UTC, seconds since 1970.
    #[n(1)]
    pub start_s: i64,
    /// UTC, seconds since 1970, not included.
    #[n(2)]
    pub end_s: i64,
    /// The request that is held; none while the form is being filled in.
    #[n(3)]
    pub request: Option<WaitingRequest>,
}

/// A request behind a shut gate.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, minicbor::CborLen)]
pub struct WaitingRequest {
    /// Its id: the proposal's, once it comes.
    #[n(0)]
    pub id: ProposalId,
    /// What for.
    #[n(1)]
    pub kind: Id,
    /// When it was asked, by the mirror's clock, milliseconds since 1970 in UTC.
    #[n(2)]
    pub asked_ms: i64,
    /// An emergency.
    #[n(3)]
    pub urgent: bool,
    /// What was sealed for the clinic, where it is short enough to be shown early.
    #[n(4)]
    pub sealed: Option<ByteVec>,
}

/// A request that ended at the mirror before it was ever sent.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, minicbor::CborLen)]
pub struct EndedRequest {
    /// Its id, as in the content.
    #[n(0)]
    pub id: ProposalId,
    /// The bytes of a [`crate::Proposal`].
    #[n(1)]
    pub content: ByteVec,
    /// When it ended, by the mirror's clock, milliseconds since 1970 in UTC.
    #[n(2)]
    pub at_ms: i64,
    /// How.
    #[n(3)]
    pub how: HowEnded,
}

/// How a request ended that the clinic never decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, minicbor::CborLen)]
#[cbor(index_only)]
pub enum HowEnded {
    /// The patient took it back.
    #[n(0)]
    Withdrawn,
    /// Its time came.
    #[n(1)]
    Expired,
}

/// Parts ended requests so that each part fits a message.
pub fn ended_in_parts(ended: Vec<EndedRequest>) -> Vec<Vec<EndedRequest>> {
    let mut parts: Vec<Vec<EndedRequest>> = Vec::new();
    let mut room = 0;
    for request in ended {
        let bytes = minicbor::len(&request);
        match parts.last_mut() {
            Some(part) if bytes <= room => part.push(request),
            _ => {
                room = BATCH_BYTES;
                parts.push(vec![request]);
            }
        }
        room = room.saturating_sub(bytes);
    }
    parts
}
