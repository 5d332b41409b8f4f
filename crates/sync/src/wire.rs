//! What hub and mirror say to each other, as bytes.
//!
//! Strict in what it takes (one message, nothing behind it, no more than
//! [`MESSAGE_BYTES`], for this clinic, of a version that is spoken), tolerant
//! of one thing: fields that a later version added are passed over.

use minicbor::bytes::ByteVec;
use minicbor::data::Type;
use minicbor::{Decode, Encode, Encoder};

use crate::body::{Alternative, BlockoutRow, Day, Hash32, Id, SettingsRow, Window, variant};
use crate::chain::{Hash, Tip};
use crate::digest::{DayRows, Digests};
use crate::entry::{Author, Entry, Header, Incarnation};
use crate::packed;
use crate::proposal::ProposalId;

/// The longest message, in bytes; brokers are set up for it.
pub const MESSAGE_BYTES: usize = 64 * 1024;

/// What a batch may hold, in bytes, so that its message stays below [`MESSAGE_BYTES`].
pub const BATCH_BYTES: usize = 48 * 1024;

/// The newest version of this protocol that is spoken here.
pub const VERSION: u8 = 1;

/// The oldest version that is understood.
pub const OLDEST_VERSION: u8 = 1;

/// A message and whom it is from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Envelope {
    /// Which version's form `message` has.
    pub version: u8,
    /// Which clinic it is about.
    pub clinic: Id,
    /// The session, as the hub drew it.
    pub session: u64,
    /// The session, as the mirror drew it; 0 until the hub has heard it. A
    /// hub's words of an earlier session carry an earlier one.
    pub nonce: u64,
    /// What is said.
    pub message: Message,
}

/// Everything that can be said.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(flat)]
pub enum Message {
    /// Hub: I am here, and this far.
    #[n(1)]
    Hello(#[n(0)] Hello),
    /// Mirror: I am this far.
    #[n(2)]
    Position(#[n(0)] Position),
    /// Hub: what follows.
    #[n(3)]
    Entries(#[n(0)] Entries),
    /// Hub: what I hold at the mark, in one number.
    #[n(4)]
    Root(#[n(0)] Root),
    /// Mirror: I hold something else; this, day by day.
    #[n(5)]
    Differs(#[n(0)] Differs),
    /// Hub: what a day holds, or the settings.
    #[n(6)]
    Rows(#[n(0)] Box<Rows>),
    /// Mirror: of these days I hold the same.
    #[n(7)]
    Equal(#[n(0)] Equal),
    /// Hub: so they are. Gates may open.
    #[n(8)]
    Verified(#[n(0)] Verified),
    /// Mirror: somebody wishes this.
    #[n(9)]
    Propose(#[n(0)] Propose),
    /// Hub: it won't be lost here.
    #[n(10)]
    Noted(#[n(0)] Noted),
    /// Hub: it can't be taken, and this is why. No verdict.
    #[n(11)]
    Refused(#[n(0)] Refused),
    /// Mirror: everything once sent for these days has been proposed again.
    #[n(12)]
    Resent(#[n(0)] Days),
    /// Mirror: entries of yours that you lost.
    #[n(13)]
    Tail(#[n(0)] Tail),
    /// Hub: kept.
    #[n(14)]
    Kept(#[n(0)] Kept),
    /// Mirror: rows that only I have.
    #[n(15)]
    Orphans(#[n(0)] DayRows),
    /// Mirror: what waits, for display only.
    #[n(16)]
    Waiting(#[n(0)] Waiting),
    /// Both: still here.
    #[n(17)]
    Beat(#[n(0)] Beat),
    /// Hub: until later. Its last will says the same.
    #[n(18)]
    Goodbye,
    /// Mirror: say hello again.
    #[n(19)]
    Who,
    /// Mirror: another installation speaks for this clinic just now.
    #[n(20)]
    AnotherHub(#[n(0)] AnotherHub),
    /// Mirror: you no longer decide; somebody else does, from here on.
    #[n(21)]
    Superseded(#[n(0)] Superseded),
    /// Hub: your position isn't in my log; which of your earlier ones is?
    #[n(22)]
    WhereFrom,
    /// Mirror: these are mine.
    #[n(23)]
    Trail(#[n(0)] Trail),
    /// Hub: verdicts given before the mark a mirror started from.
    #[n(24)]
    Verdicts(#[n(0)] Verdicts),
    /// Mirror: compare again.
    #[n(25)]
    CompareAgain,
    /// Hub: your chain begins here; days and verdicts follow.
    #[n(26)]
    Begin(#[n(0)] Begin),
}

/// A hub's first words.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Hello {
    /// Which installation speaks.
    #[n(0)]
    pub node: Id,
    /// Where its log ends.
    #[n(1)]
    pub tip: At,
    /// Its wall clock, milliseconds since 1970 in UTC.
    #[n(2)]
    pub wall_ms: i64,
    /// The oldest version it understands.
    #[n(3)]
    pub oldest: u8,
    /// The newest.
    #[n(4)]
    pub newest: u8,
    /// Where this life of the store grew from, if it isn't the first.
    #[n(5)]
    pub born: Option<At>,
}

/// A place in a log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct At {
    /// Which epoch.
    #[n(0)]
    pub epoch: u64,
    /// Which life of the store.
    #[n(1)]
    pub incarnation: Id,
    /// Which entry; 0 for none.
    #[n(2)]
    pub seq: u64,
    /// Its hash.
    #[n(3)]
    pub hash: Hash32,
}

/// How far a mirror is.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Position {
    /// Its last entry; none when it has nothing yet.
    #[n(0)]
    pub at: Option<At>,
    /// Its own life, so that a hub sees that a mirror was restored.
    #[n(1)]
    pub incarnation: Id,
    /// Which process speaks for the mirror: the highest counts.
    #[n(2)]
    pub token: u64,
    /// It asks to be sent everything from there again.
    #[n(3)]
    pub again: bool,
    /// Entries of a lost life that it has to give back first.
    #[n(4)]
    pub surplus: u64,
    /// The version it speaks from now on.
    #[n(5)]
    pub version: u8,
    /// Its wall clock, milliseconds since 1970 in UTC.
    #[n(6)]
    pub wall_ms: i64,
}

/// A batch of entries that follow each other.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Entries {
    /// The seq of the first; the others count on.
    #[n(0)]
    pub first_seq: u64,
    /// The hash before the first.
    #[n(1)]
    pub prev_hash: Hash32,
    /// The entries, without what the reader computes itself.
    #[n(2)]
    pub entries: Vec<Bare>,
    /// Over the hash of the last one.
    #[n(3)]
    pub signature: ByteVec,
}

/// An entry as it travels: `seq`, `prev_hash` and `hash` are computed by the reader.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Bare {
    /// Its epoch.
    #[n(0)]
    pub epoch: u64,
    /// Its life of the store.
    #[n(1)]
    pub incarnation: Id,
    /// Wall clock, milliseconds since 1970 in UTC.
    #[n(2)]
    pub at_ms: i64,
    /// Who: 0 a person, 1 a machine.
    #[n(3)]
    pub by_kind: u8,
    /// Their id.
    #[n(4)]
    pub by: Id,
    /// What was known: the bytes of a [`crate::Causes`].
    #[n(5)]
    pub causes: ByteVec,
    /// The canonical bytes of a [`crate::Public`].
    #[n(6)]
    pub public: ByteVec,
    /// Fixes the private part.
    #[n(7)]
    pub commitment: Hash32,
}

/// What a hub holds at a mark.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Root {
    /// The mark's place in the log.
    #[n(0)]
    pub mark: u64,
    /// Which days.
    #[n(1)]
    pub window: Window,
    /// [`Digests::root`].
    #[n(2)]
    pub root: Hash32,
}

/// What a mirror holds at a mark.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Differs {
    /// The mark.
    #[n(0)]
    pub mark: u64,
    /// Its digests.
    #[n(1)]
    pub digests: Digests,
}

/// A day as of a mark, or a part of it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Rows {
    /// The mark.
    #[n(0)]
    pub mark: u64,
    /// Which day; none for the settings.
    #[n(1)]
    pub day: Option<Day>,
    /// This part, from 0.
    #[n(2)]
    pub part: u32,
    /// How many there are.
    #[n(3)]
    pub parts: u32,
    /// The rows of this part.
    #[n(4)]
    pub rows: DayRows,
    /// The settings, when it is about them.
    #[n(5)]
    pub settings: Option<SettingsRow>,
    /// The digest of the whole day at the mark.
    #[n(6)]
    pub digest: Hash32,
    /// No more of what differs follows this one.
    #[n(7)]
    pub last: bool,
    /// With the first one: every day that differs.
    #[n(8)]
    pub differing: Option<Vec<Day>>,
    /// The settings differ too, and follow.
    #[n(9)]
    pub settings_differ: bool,
}

/// What a mirror found equal.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Equal {
    /// The mark.
    #[n(0)]
    pub mark: u64,
    /// Its digests' root after what was sent; equal to the hub's if all days are.
    #[n(1)]
    pub root: Hash32,
    /// The days that still differ; all others of the window are equal. All of
    /// them while the settings do.
    #[n(2)]
    pub unequal: Vec<Day>,
    /// The day that was put in place just now.
    #[n(3)]
    pub replaced: Option<Day>,
}

/// What a hub agrees is equal.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Verified {
    /// The mark.
    #[n(0)]
    pub mark: u64,
    /// Which days.
    #[n(1)]
    pub window: Window,
    /// All of them but these.
    #[n(2)]
    pub except: Vec<Day>,
    /// Of those, the ones that only a person decides about.
    #[n(3)]
    pub disputed: Vec<Day>,
}

/// A wish.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Propose {
    /// Its id, as in the content.
    #[n(0)]
    pub id: ProposalId,
    /// The bytes of a [`crate::Proposal`].
    #[n(1)]
    pub content: ByteVec,
    /// How far the mirror was when it was made.
    #[n(2)]
    pub seen: u64,
    /// It is for a disputed day: a person decides.
    #[n(3)]
    pub disputed: bool,
}

/// A wish is kept.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Noted {
    /// Which.
    #[n(0)]
    pub id: ProposalId,
    /// Its verdict, if it was decided before: the bytes of a
    /// [`crate::body::VerdictRow`] as it stands in the log.
    #[n(1)]
    pub verdict: Option<Box<crate::body::VerdictRow>>,
}

/// A wish that can't be taken.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Refused {
    /// Which.
    #[n(0)]
    pub id: ProposalId,
    /// A stable word.
    #[n(1)]
    pub code: String,
}

/// Some days.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Days {
    /// Which.
    #[n(0)]
    pub days: Vec<Day>,
}

/// Entries that a restored hub lost.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Tail {
    /// The first one's number in the mirror's list, from 0.
    #[n(0)]
    pub first: u64,
    /// The entries' public parts, oldest first.
    #[n(1)]
    pub entries: Vec<ByteVec>,
}

/// A tail arrived.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Kept {
    /// Up to, not including, this number.
    #[n(0)]
    pub upto: u64,
}

/// What waits at a mirror, for display only.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode)]
pub struct Waiting {
    /// Behind a shut gate.
    #[n(0)]
    pub held: u32,
    /// Being filled in just now.
    #[n(1)]
    pub being_booked: u32,
}

/// Still here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Beat {
    /// The speaker's last entry.
    #[n(0)]
    pub seq: u64,
    /// The speaker's wall clock, milliseconds since 1970 in UTC.
    #[n(1)]
    pub wall_ms: i64,
    /// Mirror: of the days agreed on at this mark, everything once sent has
    /// been proposed again.
    #[n(2)]
    pub resent: Option<u64>,
}

/// Somebody else speaks for the clinic.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct AnotherHub {
    /// The installation whose session lives.
    #[n(0)]
    pub node: Id,
}

/// Somebody else decides from here on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Superseded {
    /// The last entry that still counts of what the hub wrote.
    #[n(0)]
    pub at: At,
}

/// Earlier places of a mirror's log, latest first.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Trail {
    /// The places.
    #[n(0)]
    pub places: Vec<At>,
}

/// Where a mirror begins that has nothing, or nothing that is still of use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Begin {
    /// A mark.
    #[n(0)]
    pub at: At,
    /// Its days.
    #[n(1)]
    pub window: Window,
}

/// Verdicts from before a mirror's first entry.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Verdicts {
    /// The mark they stood at.
    #[n(0)]
    pub mark: u64,
    /// The verdicts.
    #[n(1)]
    pub verdicts: Vec<crate::body::VerdictRow>,
    /// No more follow.
    #[n(2)]
    pub last: bool,
}

/// Why bytes aren't taken. Nothing was changed by them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
pub enum Unreadable {
    /// More than [`MESSAGE_BYTES`].
    #[error("longer than 64 KiB")]
    Oversized,
    /// Not the shape of any message.
    #[error("no message of this protocol")]
    Malformed,
    /// A version that isn't spoken here.
    #[error("version {0}")]
    Version(u8),
    /// For another clinic.
    #[error("for another clinic")]
    Clinic,
    /// Said in another session than the running one: late, or said again.
    #[error("said in another session")]
    Session,
    /// Words that only the other side has.
    #[error("not for this side to say")]
    Role,
    /// Of a process whose time is over.
    #[error("of an owner whose time is over")]
    Token,
    /// Entries the hub hasn't signed.
    #[error("not signed by the hub")]
    Forged,
}

impl Unreadable {
    /// The stable word for logs and counters.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Oversized => "oversized",
            Self::Malformed => "malformed",
            Self::Version(_) => "version",
            Self::Clinic => "wrong_clinic",
            Self::Session => "other_session",
            Self::Role => "other_role",
            Self::Token => "old_token",
            Self::Forged => "forged",
        }
    }
}

impl Envelope {
    /// The bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(128);
        let written = (|| {
            let mut e = Encoder::new(&mut bytes);
            e.array(FIELDS)?.u8(self.version)?.bytes(&*self.clinic)?.u64(self.session)?.u64(self.nonce)?;
            let head = e.writer().len();
            e.encode(&self.message)?;
            Ok::<_, minicbor::encode::Error<std::convert::Infallible>>(head)
        })();
        debug_assert!(written.is_ok(), "writing to memory failed");
        debug_assert!(bytes.len() <= MESSAGE_BYTES, "{} bytes of {:?}", bytes.len(), self.message);
        let Ok(head) = written else { return bytes };
        if let Some(packed) = packed::pack(&bytes[head..]) {
            // A long message is a byte string instead of an array.
            bytes.truncate(head);
            let written = Encoder::new(&mut bytes).bytes(&packed).is_ok();
            debug_assert!(written, "writing to memory failed");
        }
        bytes
    }

    /// Reads bytes that should be a message about `clinic`.
    ///
    /// # Errors
    /// They aren't.
    pub fn from_bytes(bytes: &[u8], clinic: Id) -> Result<Self, Unreadable> {
        if bytes.len() > MESSAGE_BYTES {
            return Err(Unreadable::Oversized);
        }
        let mut d = minicbor::Decoder::new(bytes);
        let malformed = |_| Unreadable::Malformed;
        let fields = d.array().map_err(malformed)?.filter(|fields| *fields >= FIELDS).ok_or(Unreadable::Malformed)?;
        let version = d.u8().map_err(malformed)?;
        if !(OLDEST_VERSION..=VERSION).contains(&version) {
            return Err(Unreadable::Version(version));
        }
        let found: Id = d.decode().map_err(malformed)?;
        if found != clinic {
            return Err(Unreadable::Clinic);
        }
        let session = d.u64().map_err(malformed)?;
        let nonce = d.u64().map_err(malformed)?;
        let message = if d.datatype().map_err(malformed)? == Type::Bytes {
            let packed = d.bytes().map_err(malformed)?;
            let bytes = packed::unpack(packed, MESSAGE_BYTES).ok_or(Unreadable::Malformed)?;
            let mut d = minicbor::Decoder::new(&bytes);
            let message = variant(&mut d, &mut ()).map_err(malformed)?;
            if d.position() != bytes.len() {
                return Err(Unreadable::Malformed);
            }
            message
        } else {
            variant(&mut d, &mut ()).map_err(malformed)?
        };
        for _ in FIELDS..fields {
            d.skip().map_err(malformed)?;
        }
        if d.position() != bytes.len() {
            return Err(Unreadable::Malformed);
        }
        Ok(Self { version, clinic, session, nonce, message })
    }
}

impl From<Tip> for At {
    fn from(tip: Tip) -> Self {
        Self {
            epoch: tip.epoch,
            incarnation: Id::from(*tip.incarnation.0.as_bytes()),
            seq: tip.seq,
            hash: Hash32::from(tip.hash.0),
        }
    }
}

impl From<At> for Tip {
    fn from(at: At) -> Self {
        Self {
            epoch: at.epoch,
            incarnation: Incarnation(uuid::Uuid::from_bytes(*at.incarnation)),
            seq: at.seq,
            hash: Hash(*at.hash),
        }
    }
}

impl From<&Entry> for Bare {
    fn from(entry: &Entry) -> Self {
        let header = &entry.header;
        let (by_kind, by) = match header.by {
            Author::Staff(staff) => (0, *staff.bytes()),
            Author::Node(node) => (1, *node.0.as_bytes()),
        };
        Self {
            epoch: header.epoch,
            incarnation: Id::from(*header.incarnation.0.as_bytes()),
            at_ms: header.at_ms,
            by_kind,
            by: Id::from(by),
            causes: header.causes.to_bytes().into(),
            public: entry.public.clone().into(),
            commitment: Hash32::from(entry.commitment.0),
        }
    }
}

impl Bare {
    /// The entry, standing at `seq`.
    ///
    /// # Errors
    /// Its author or causes can't be read.
    pub fn at(&self, seq: u64) -> Result<Entry, Unreadable> {
        let by = uuid::Uuid::from_bytes(*self.by);
        let by = match self.by_kind {
            0 => Author::Staff(by.into()),
            1 => Author::Node(crate::NodeId(by)),
            _ => return Err(Unreadable::Malformed),
        };
        Ok(Entry {
            header: Header {
                epoch: self.epoch,
                incarnation: Incarnation(uuid::Uuid::from_bytes(*self.incarnation)),
                seq,
                at_ms: self.at_ms,
                by,
                causes: crate::Causes::from_bytes(&self.causes).map_err(|_| Unreadable::Malformed)?,
            },
            public: self.public.to_vec(),
            commitment: Hash(*self.commitment),
        })
    }
}

/// The fields of an [`Envelope`] that every version has.
const FIELDS: u64 = 5;

/// The session a message says it is of, both halves, without reading all of it.
pub fn session_of(bytes: &[u8]) -> Option<(u64, u64)> {
    head(&mut minicbor::Decoder::new(bytes)).ok()
}

/// Whether bytes are a beat, without reading all of them.
pub fn is_beat(bytes: &[u8]) -> bool {
    let mut d = minicbor::Decoder::new(bytes);
    let kind = head(&mut d).and_then(|_| d.array()).and_then(|_| d.u8());
    kind.is_ok_and(|kind| kind == BEAT)
}

/// What stands before a message, down to its session.
fn head(d: &mut minicbor::Decoder<'_>) -> Result<(u64, u64), minicbor::decode::Error> {
    d.array()?;
    d.u8()?;
    d.bytes()?;
    Ok((d.u64()?, d.u64()?))
}

/// The number of [`Message::Beat`].
const BEAT: u8 = 17;

/// Parts a day's rows so that each fits a message.
pub fn in_parts(rows: DayRows) -> Vec<DayRows> {
    /// A row's longest encoding: ids, numbers, a status and a zone of some 40 letters.
    const ROW_BYTES: usize = 320;
    const PER_PART: usize = BATCH_BYTES / ROW_BYTES;
    let mut parts = Vec::new();
    let (mut appointments, mut blockouts) = (rows.appointments.into_iter(), rows.blockouts.into_iter());
    loop {
        let appointments: Vec<_> = appointments.by_ref().take(PER_PART).collect();
        let room = PER_PART - appointments.len();
        let blockouts: Vec<BlockoutRow> = blockouts.by_ref().take(room).collect();
        let part = DayRows { appointments, blockouts };
        if part.is_empty() && !parts.is_empty() {
            return parts;
        }
        let full = part.appointments.len() + part.blockouts.len() == PER_PART;
        parts.push(part);
        if !full {
            return parts;
        }
    }
}

/// At most three other places are offered; more would only delay a choice.
pub const ALTERNATIVES: usize = 3;

/// What a rejected patient is offered.
pub type Alternatives = Vec<Alternative>;
