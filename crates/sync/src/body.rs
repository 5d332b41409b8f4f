//! The projection: what of a change may be seen outside the clinic.
//!
//! A body always holds the whole projected row after the change, never a
//! difference. No name, number or note of a patient has a field here, and
//! none may get one.

use minicbor::{Decode, Encode, decode};

/// Sixteen bytes of an id.
pub type Id = minicbor::bytes::ByteArray<16>;

/// 32 bytes of a hash.
pub type Hash32 = minicbor::bytes::ByteArray<32>;

/// A clinic-local day, days since 1970-01-01. Whoever writes a row says which
/// day it is on, so that no reader needs a calendar.
pub type Day = i32;

/// The public part of an entry, by the kind of row it is about.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(flat)]
pub enum Public {
    /// A visit was booked, moved, changed in status or described.
    #[n(1)]
    Appointment(#[n(0)] AppointmentRow),
    /// A patient was registered or changed: that, and nothing more.
    #[n(2)]
    Patient(#[n(0)] Id),
    /// The clinic's own settings changed: all of them as they now are.
    #[n(3)]
    Settings(#[n(0)] SettingsRow),
    /// A stretch was closed to visits, or opened again.
    #[n(4)]
    Blockout(#[n(0)] BlockoutRow),
    /// Many rows at once: an import.
    #[n(5)]
    Bulk(#[n(0)] BulkRow),
    /// The first entry of a new life of the store.
    #[n(6)]
    Birth(#[n(0)] BirthRow),
    /// Nothing changed: a place at which hub and mirrors compare.
    #[n(7)]
    Mark(#[n(0)] Window),
    /// A proposal's one answer.
    #[n(8)]
    Verdict(#[n(0)] Box<VerdictRow>),
    /// A proposal put before staff: it takes its place until somebody decides.
    #[n(9)]
    Pending(#[n(0)] Box<PendingRow>),
    /// Two things that can't both be, or one that nobody here knew of; kept for a person.
    #[n(10)]
    Conflict(#[n(0)] Box<ConflictRow>),
}

/// Clinic-local days, from the first up to, not including, the last.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode)]
pub struct Window {
    /// The first day.
    #[n(0)]
    pub from: Day,
    /// The day after the last.
    #[n(1)]
    pub to: Day,
}

/// The most days that are compared at once: three years. Digests of more
/// wouldn't fit a message, and whoever reads a window goes through its days.
pub const MOST_DAYS: Day = 1_100;

impl<'b, C> Decode<'b, C> for Window {
    fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        #[derive(Decode)]
        struct Days {
            #[n(0)]
            from: Day,
            #[n(1)]
            to: Day,
        }
        let Days { from, to } = d.decode_with(ctx)?;
        if to.saturating_sub(from) > MOST_DAYS {
            return Err(decode::Error::message("more days than are compared"));
        }
        Ok(Self { from, to })
    }
}

impl Window {
    /// Whether a day lies in it.
    pub const fn contains(&self, day: Day) -> bool {
        self.from <= day && day < self.to
    }

    /// Every day of it.
    pub fn days(&self) -> impl Iterator<Item = Day> + use<> {
        self.from..self.to
    }
}

/// The one answer to a proposal.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct VerdictRow {
    /// Which proposal.
    #[n(0)]
    pub proposal: Id,
    /// `blake3` of its content: the answer is to this wish and no other.
    #[n(1)]
    pub content: Hash32,
    /// Accepted; otherwise rejected.
    #[n(2)]
    pub accepted: bool,
    /// The visit as it is now, where the wish changed one.
    #[n(3)]
    pub appointment: Option<AppointmentRow>,
    /// Why not: a stable word of [`crate::decide::Reason`].
    #[n(4)]
    pub reason: Option<String>,
    /// What would suit instead.
    #[n(5)]
    pub alternatives: Vec<Alternative>,
    /// Given before and said once more, for it is the one that stands: it was
    /// taken back as a lost life of the store gave it, or central, put back to an
    /// older copy, spoke of another.
    #[n(6)]
    pub again: bool,
}

/// Another place that was free when a wish was rejected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Alternative {
    /// With whom.
    #[n(0)]
    pub practitioner: Id,
    /// By the clock on the wall, seconds since 1970-01-01T00:00 on that wall.
    #[n(1)]
    pub local_s: i64,
    /// How long.
    #[n(2)]
    pub minutes: u32,
}

/// A proposal that waits for a person.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct PendingRow {
    /// Which proposal.
    #[n(0)]
    pub proposal: Id,
    /// `blake3` of its content.
    #[n(1)]
    pub content: Hash32,
    /// The visit with its status `pending`, where the wish makes one.
    #[n(2)]
    pub appointment: Option<AppointmentRow>,
}

/// Something only a person can settle.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct ConflictRow {
    /// Its id.
    #[n(0)]
    pub id: Id,
    /// Which visit it is about.
    #[n(1)]
    pub appointment: Id,
    /// Why it stands here: a stable word of [`crate::restore::ConflictKind`].
    #[n(2)]
    pub kind: String,
    /// The version that isn't the clinic's, if there is one.
    #[n(3)]
    pub theirs: Option<AppointmentRow>,
    /// A person has settled it.
    #[n(4)]
    pub settled: bool,
}

/// A visit as others may see it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct AppointmentRow {
    /// Its id.
    #[n(0)]
    pub id: Id,
    /// Rises with every change.
    #[n(1)]
    pub version: u32,
    /// Who treats.
    #[n(2)]
    pub practitioner: Id,
    /// Which chair, in clinics that plan them.
    #[n(3)]
    pub chair: Option<Id>,
    /// What for.
    #[n(4)]
    pub kind: Id,
    /// FHIR's word.
    #[n(5)]
    pub status: String,
    /// The clinic's local day, days since 1970-01-01.
    #[n(6)]
    pub day: i32,
    /// By the clock on the wall, seconds since 1970-01-01T00:00 on that wall.
    #[n(7)]
    pub local_s: i64,
    /// IANA name of that wall's zone.
    #[n(8)]
    pub zone: String,
    /// UTC, seconds since 1970.
    #[n(9)]
    pub start_s: i64,
    /// UTC, seconds since 1970, not included.
    #[n(10)]
    pub end_s: i64,
    /// Who comes: opaque, and the same for the same patient.
    #[n(11)]
    pub patient: Id,
}

/// The clinic's settings: what patients may know anyway.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct SettingsRow {
    /// Which form `content` has; its writer's number.
    #[n(0)]
    pub version: u16,
    /// Name, zone, hours, breaks, closures, practitioners and kinds, as JSON
    /// with members in a fixed order, integers and [`normalised`] text only.
    #[n(1)]
    pub content: String,
}

/// A blockout as others may see it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct BlockoutRow {
    /// Its id.
    #[n(0)]
    pub id: Id,
    /// Whose column; everybody's where there is none.
    #[n(1)]
    pub practitioner: Option<Id>,
    /// Which chair, if it is about one.
    #[n(2)]
    pub chair: Option<Id>,
    /// The clinic's local day, days since 1970-01-01.
    #[n(3)]
    pub day: i32,
    /// UTC, seconds since 1970.
    #[n(4)]
    pub start_s: i64,
    /// UTC, seconds since 1970, not included.
    #[n(5)]
    pub end_s: i64,
    /// Kept free for emergencies.
    #[n(6)]
    pub for_emergencies: bool,
    /// Taken away again.
    #[n(7)]
    pub lifted: bool,
}

/// Many rows at once.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct BulkRow {
    /// How many appointments it brought.
    #[n(0)]
    pub appointments: u64,
    /// How many patients.
    #[n(1)]
    pub patients: u64,
    /// First local day it touches, days since 1970-01-01.
    #[n(2)]
    pub first_day: Option<i32>,
    /// Last local day it touches.
    #[n(3)]
    pub last_day: Option<i32>,
    /// Over the projected rows it brought: patients, visits, blockouts, each by id.
    #[n(4)]
    pub digest: minicbor::bytes::ByteArray<32>,
}

/// Where a new life of the store grew from.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct BirthRow {
    /// The life before; none for a clinic's very first.
    #[n(0)]
    pub parent: Option<Parent>,
    /// The lives this store has left, the latest [`LIVES_NAMED`] of them: who
    /// still speaks in one of those, on another machine, decides no more. A
    /// mirror that is an older copy of itself learns them from here.
    #[n(1)]
    #[cbor(skip_if = "Vec::is_empty", decode_with = "some_or_none")]
    pub left: Vec<Id>,
}

/// As many lives a birth names at most: each is an older copy put back, or a
/// move to another machine.
pub const LIVES_NAMED: usize = 32;

/// Where there are none, nothing is written, or null before what a later version adds.
pub(crate) fn some_or_none<'b, C, T: Decode<'b, C>>(
    d: &mut minicbor::Decoder<'b>,
    ctx: &mut C,
) -> Result<Vec<T>, decode::Error> {
    Ok(d.decode_with::<C, Option<Vec<T>>>(ctx)?.unwrap_or_default())
}

/// The last entry two lives of a store share.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Parent {
    /// The life before.
    #[n(0)]
    pub incarnation: Id,
    /// Its last entry that is shared.
    #[n(1)]
    pub seq: u64,
    /// That entry's hash.
    #[n(2)]
    pub hash: minicbor::bytes::ByteArray<32>,
}

impl AppointmentRow {
    /// The canonical bytes of the row alone.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(192);
        let written = minicbor::encode(self, &mut bytes);
        debug_assert!(written.is_ok(), "writing to memory failed");
        bytes
    }
}

impl Public {
    /// The canonical bytes: CBOR as RFC 8949 §4.2 wants it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(256);
        let written = minicbor::encode(self, &mut bytes);
        debug_assert!(written.is_ok(), "writing to memory failed");
        bytes
    }

    /// Reads bytes back, passing over fields that a later version added.
    ///
    /// # Errors
    /// Not CBOR, another shape, a kind of body this version doesn't know, or
    /// bytes behind the end.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, decode::Error> {
        whole(bytes)
    }

    /// The number of the kind of body that bytes say they hold, without reading
    /// the rest of them; `None` where they hold none.
    pub(crate) fn kind_of(bytes: &[u8]) -> Option<u32> {
        let mut d = minicbor::Decoder::new(bytes);
        d.array().ok()?;
        d.u32().ok()
    }
}

/// The number of [`Public::Birth`].
pub(crate) const BIRTH: u32 = 6;

/// The number of [`Public::Mark`].
pub(crate) const MARK: u32 = 7;

/// Reads bytes that hold one value and nothing behind it.
pub(crate) fn whole<'a, T: Decode<'a, ()>>(bytes: &'a [u8]) -> Result<T, decode::Error> {
    let mut d = minicbor::Decoder::new(bytes);
    let value = d.decode()?;
    if d.position() == bytes.len() { Ok(value) } else { Err(decode::Error::message("bytes behind the end")) }
}

/// The longest that an array's length and a number behind it are, in bytes.
const HEAD_BYTES: usize = 2 * 9;

/// Reads a flat enum as far as it goes. What is derived for one stops behind
/// the number of a variant without fields, where a later version may have added some.
pub(crate) fn variant<'b, C, T: Decode<'b, C>>(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<T, decode::Error> {
    let mut head = d.clone();
    let value = d.decode_with(ctx)?;
    if d.position() - head.position() <= HEAD_BYTES {
        let items = head.array()?.unwrap_or(0);
        head.skip()?;
        if d.position() == head.position() {
            for _ in 1..items {
                d.skip()?;
            }
        }
    }
    Ok(value)
}

/// Text as canonical bytes hold it: Unicode's composed form (NFC), so that two
/// ways of typing å give one hash.
pub fn normalised(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    text.nfc().collect()
}

/// A running digest over rows, each framed by its length.
#[derive(Debug, Default)]
pub struct RowDigest(blake3::Hasher);

impl RowDigest {
    /// Takes one more row's canonical bytes.
    pub fn row(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    /// The digest of all rows taken.
    pub fn finish(&self) -> [u8; 32] {
        *self.0.finalize().as_bytes()
    }
}
