//! What somebody wishes of a clinic's schedule.

use std::fmt;

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode, decode};

use crate::body::{AppointmentRow, Day, Hash32, Id, variant, whole};
use crate::chain::Hash;

/// A proposal's id, made by whoever first wished it; also its idempotency key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, minicbor::CborLen)]
#[cbor(transparent)]
pub struct ProposalId(#[n(0)] pub Id);

impl fmt::Debug for ProposalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("proposal ")?;
        self.0.iter().skip(12).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A wish and everything that decides about it: what the hub answers, byte for byte.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Proposal {
    /// Its id.
    #[n(0)]
    pub id: ProposalId,
    /// The visit it is about; a booking brings the id of the visit to be.
    #[n(1)]
    pub appointment: Id,
    /// The proposal that has to be decided first, if this one changes what that one asked for.
    #[n(2)]
    pub after: Option<ProposalId>,
    /// What is wished.
    #[n(3)]
    #[cbor(decode_with = "variant")]
    pub wish: Wish,
    /// An emergency: it waits before others, nothing else.
    #[n(4)]
    pub urgent: bool,
    /// Name, birth date, phone and note, readable by the clinic alone.
    #[n(5)]
    pub sealed: Option<ByteVec>,
    /// When whoever wishes it asked, by their mirror's clock, milliseconds since
    /// 1970 in UTC: shown to people; nothing is decided by it.
    #[n(6)]
    pub asked_ms: Option<i64>,
}

/// What is wished.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(flat)]
pub enum Wish {
    /// A new visit.
    #[n(1)]
    Book(#[n(0)] Place),
    /// The visit at another time, or with somebody else.
    #[n(2)]
    Move(#[n(0)] Move),
    /// The visit no longer. Patients may always.
    #[n(3)]
    Cancel,
    /// What somebody at another desktop of the clinic did with a visit.
    #[n(4)]
    Edit(#[n(0)] Box<Edit>),
}

/// Where and what for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Place {
    /// With whom.
    #[n(0)]
    pub practitioner: Id,
    /// What for.
    #[n(1)]
    pub kind: Id,
    /// Who comes: opaque.
    #[n(2)]
    pub patient: Id,
    /// By the clock on the clinic's wall, seconds since 1970-01-01T00:00 on that wall.
    #[n(3)]
    pub local_s: i64,
    /// How long.
    #[n(4)]
    pub minutes: u32,
}

/// Where to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Move {
    /// With whom.
    #[n(0)]
    pub practitioner: Id,
    /// By the clock on the clinic's wall, seconds since 1970-01-01T00:00 on that wall.
    #[n(1)]
    pub local_s: i64,
    /// The local time the patient believed the visit to be at.
    #[n(2)]
    pub from_local_s: i64,
}

/// A change made at another desktop, on the visit as it stood there.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Edit {
    /// The visit as it was before; none for a new one.
    #[n(0)]
    pub before: Option<AppointmentRow>,
    /// The visit as it should be.
    #[n(1)]
    pub after: AppointmentRow,
}

/// Seconds of a day.
const DAY_S: i64 = 86_400;

/// The day of a local time.
pub fn day_of(local_s: i64) -> Day {
    // Any i64 of seconds is at most 2^63 / 86,400 days, past what a day holds only for nonsense.
    Day::try_from(local_s.div_euclid(DAY_S)).unwrap_or(Day::MAX)
}

impl Proposal {
    /// The fixed bytes: what is hashed, sent and kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(160);
        let written = minicbor::encode(self, &mut bytes);
        debug_assert!(written.is_ok(), "writing to memory failed");
        bytes
    }

    /// Reads the fixed bytes.
    ///
    /// # Errors
    /// Not CBOR, another shape, a wish this version doesn't know, or bytes
    /// behind the end.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, decode::Error> {
        whole(bytes)
    }

    /// The days whose gates have to be open before it may be decided, as far
    /// as the proposal itself says; a move's first day too.
    pub fn days(&self) -> Vec<Day> {
        match &self.wish {
            Wish::Book(place) => vec![day_of(place.local_s)],
            Wish::Move(to) => vec![day_of(to.from_local_s), day_of(to.local_s)],
            Wish::Cancel | Wish::Edit(_) => Vec::new(),
        }
    }
}

/// `blake3` of a proposal's fixed bytes.
pub fn content_hash(bytes: &[u8]) -> Hash {
    Hash(*blake3::hash(bytes).as_bytes())
}

/// The same for a row of the log.
pub fn content_hash32(bytes: &[u8]) -> Hash32 {
    Hash32::from(content_hash(bytes).0)
}
