//! Entries of the log as they travel, and places in it.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use super::Unreadable;
use crate::body::{Hash32, Id};
use crate::chain::{Hash, Tip};
use crate::entry::{Author, Entry, Header, Incarnation};

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
