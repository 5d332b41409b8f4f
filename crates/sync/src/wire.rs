//! What hub and mirror say to each other, as bytes.
//!
//! Strict in what it takes (one message, nothing behind it, no more than
//! [`MESSAGE_BYTES`], for this clinic, of a version that is spoken), tolerant
//! of one thing: fields that a later version added are passed over.

mod entries;
mod envelope;
mod shown;

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use crate::body::{Alternative, BlockoutRow, Day, Hash32, Id, SettingsRow, Window, some_or_none};
use crate::digest::{DayRows, Digests};
use crate::proposal::ProposalId;

pub use entries::{At, Bare, Entries};
pub use envelope::{Envelope, MESSAGE_BYTES, OLDEST_VERSION, Unreadable, VERSION, is_beat, is_hello, session_of};
pub use shown::{EndedRequest, HowEnded, WAITING_PLACES, Waiting, WaitingPlace, WaitingRequest, ended_in_parts};

/// What a batch may hold, in bytes, so that its message stays below [`MESSAGE_BYTES`].
pub const BATCH_BYTES: usize = 48 * 1024;

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
    /// Mirror: these ended here without your answer, for display only. A hub
    /// of before this word refuses it by name, and nothing follows from that.
    #[n(27)]
    Ended(#[n(0)] Vec<EndedRequest>),
    /// Mirror: I began at a mark, and lack the verdicts from before it, from this
    /// one on. A hub of before this word refuses it by name.
    #[n(28)]
    VerdictsFrom(#[n(0)] u64),
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
    /// Of those that are verdicts, the wishes they answer, as far as the mirror
    /// has them: the bytes of [`crate::Proposal`]s, sealed words and all. A hub
    /// of before this field takes the verdicts alone.
    #[n(2)]
    #[cbor(skip_if = "Vec::is_empty", decode_with = "some_or_none")]
    pub wishes: Vec<ByteVec>,
    /// The wishes whose verdicts among them nobody was told of: the mirror was put
    /// back to an older copy of itself, and has only heard them since. A hub of
    /// before this field takes them for told.
    #[n(3)]
    #[cbor(skip_if = "Vec::is_empty", decode_with = "some_or_none")]
    pub untold: Vec<Id>,
}

/// A tail arrived.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Kept {
    /// Up to, not including, this number.
    #[n(0)]
    pub upto: u64,
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
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Begin {
    /// A mark.
    #[n(0)]
    pub at: At,
    /// Its days.
    #[n(1)]
    pub window: Window,
    /// The lives the hub's store has left, as a birth names them.
    #[n(2)]
    #[cbor(skip_if = "Vec::is_empty", decode_with = "some_or_none")]
    pub left: Vec<Id>,
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
    /// Where these begin, as the hub counts. A hub of before this field says neither
    /// this nor the next one.
    #[n(3)]
    pub from: Option<u64>,
    /// Where those begin that follow.
    #[n(4)]
    pub next: Option<u64>,
}

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
