//! The chain of hashes.

use std::fmt;

use crate::entry::{Entry, Incarnation};

/// A BLAKE3 hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// What the first entry of a clinic's log follows.
    pub const GENESIS: Self = Self([0; 32]);

    /// Reads 32 bytes; `None` for any other number.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `blake3(prev ‖ canonical)`: an entry's hash, given the one before it.
pub fn hash(prev: Hash, entry: &Entry) -> Hash {
    let mut bytes = Vec::with_capacity(prev.0.len() + entry.most_bytes());
    bytes.extend(prev.0);
    entry.canonical_into(&mut bytes);
    Hash(*blake3::hash(&bytes).as_bytes())
}

/// Where a log ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tip {
    /// The epoch of its last entry.
    pub epoch: u64,
    /// Which life of the store wrote it.
    pub incarnation: Incarnation,
    /// Its last entry; 0 for an empty log.
    pub seq: u64,
    /// That entry's hash, or [`Hash::GENESIS`].
    pub hash: Hash,
}

/// Why an entry doesn't follow a tip.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Misfit {
    /// It isn't the next one.
    #[error("entry {found} where {expected} comes next")]
    Seq {
        /// What comes next.
        expected: u64,
        /// What came.
        found: u64,
    },
    /// It was written under an epoch that has ended.
    #[error("epoch {found} after epoch {highest}")]
    Epoch {
        /// The highest seen.
        highest: u64,
        /// The entry's.
        found: u64,
    },
}

impl Tip {
    /// The tip after `entry`.
    ///
    /// # Errors
    /// The entry isn't the next one, or is of an older epoch.
    pub fn after(self, entry: &Entry) -> Result<Self, Misfit> {
        let header = &entry.header;
        let expected = self.seq + 1;
        if header.seq != expected {
            return Err(Misfit::Seq { expected, found: header.seq });
        }
        if header.epoch < self.epoch {
            return Err(Misfit::Epoch { highest: self.epoch, found: header.epoch });
        }
        Ok(Self { epoch: header.epoch, incarnation: header.incarnation, seq: header.seq, hash: hash(self.hash, entry) })
    }
}
