//! One entry of the log.

use std::fmt;

use chairside_schedule::id::StaffId;
use minicbor::encode::{self, Encoder, Write};
use uuid::Uuid;

use crate::causes::Causes;
use crate::chain::Hash;

/// Something that makes entries or proposals: a desk, a companion, central.
/// Bound to the installation, not to the store, so that a copied store is told from the first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(pub Uuid);

/// One unbroken life of a store. Drawn anew when a store was restored or copied.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Incarnation(pub Uuid);

impl fmt::Display for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who made a change. Never free text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Author {
    /// A person at the desk.
    Staff(StaffId),
    /// A machine, by itself.
    Node(NodeId),
}

/// What every entry says about itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Header {
    /// Which desktop decides; rises when another takes over.
    pub epoch: u64,
    /// Which life of the store.
    pub incarnation: Incarnation,
    /// Place in the log, from 1, without gaps.
    pub seq: u64,
    /// Wall clock, milliseconds since 1970 in UTC. For people; nothing is decided by it.
    pub at_ms: i64,
    /// Who.
    pub by: Author,
    /// What was known when it was made.
    pub causes: Causes,
}

/// The part of an entry that stays in the clinic: who the patient is, what
/// stood there before and after. Erasing it leaves the chain whole.
#[derive(Clone, PartialEq, Eq)]
pub struct Private {
    /// Random, fresh for every entry, so that nobody can guess the content from its commitment.
    pub salt: [u8; 32],
    /// Versioned by its writer.
    pub bytes: Vec<u8>,
}

impl Private {
    /// `blake3(salt ‖ bytes)`: fixes the private part in the chain without showing it.
    pub fn commitment(&self) -> Hash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.salt);
        hasher.update(&self.bytes);
        Hash(*hasher.finalize().as_bytes())
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Private").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

/// An entry as the log keeps it. `public` is kept as the bytes it came in, so
/// that a reader keeps (and hashes) fields it doesn't know yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// What it says about itself.
    pub header: Header,
    /// The canonical bytes of a [`crate::Public`].
    pub public: Vec<u8>,
    /// Fixes the private part.
    pub commitment: Hash,
}

/// The version of the canonical form that this crate writes.
pub const CANONICAL_VERSION: u8 = 1;

impl Entry {
    /// The bytes that are hashed: one CBOR array of integers, byte strings and
    /// text, shortest forms, no floats, no indefinite lengths (RFC 8949 §4.2).
    pub fn canonical(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.most_bytes());
        self.canonical_into(&mut bytes);
        bytes
    }

    /// Writes the same behind what is there.
    pub(crate) fn canonical_into(&self, bytes: &mut Vec<u8>) {
        // A Vec takes every byte.
        let written = self.write(&mut Encoder::new(bytes));
        debug_assert!(written.is_ok(), "writing to memory failed");
    }

    /// About as many bytes as the canonical ones are, rather more.
    pub(crate) fn most_bytes(&self) -> usize {
        192 + self.public.len()
    }

    fn write<W: Write>(&self, e: &mut Encoder<W>) -> Result<(), encode::Error<W::Error>> {
        let header = &self.header;
        e.array(9)?.u8(CANONICAL_VERSION)?.u64(header.epoch)?.bytes(header.incarnation.0.as_bytes())?;
        e.u64(header.seq)?.i64(header.at_ms)?;
        match header.by {
            Author::Staff(staff) => e.array(2)?.u8(0)?.bytes(staff.bytes())?,
            Author::Node(node) => e.array(2)?.u8(1)?.bytes(node.0.as_bytes())?,
        };
        header.causes.write(e)?;
        e.bytes(&self.public)?.bytes(&self.commitment.0)?;
        Ok(())
    }
}
