//! Cutting the log into batches.

use crate::Public;
use crate::body::{BIRTH, Hash32, MARK};
use crate::chain::Hash;
use crate::entry::Entry;
use crate::wire::{BATCH_BYTES, Bare, Entries};

/// The first entries of `log` as one batch, unsigned; `None` for no entries.
///
/// A batch holds what fits a message. It ends at a mark, so that the mirror
/// can look at its rows as they are there, and a birth begins one, so that
/// there is one place to roll back to.
pub fn batch<'a>(prev_hash: Hash, log: impl IntoIterator<Item = &'a Entry>) -> Option<Entries> {
    let mut entries = Vec::new();
    let mut bytes = 0;
    let mut first_seq = None;
    for entry in log {
        let kind = Public::kind_of(&entry.public);
        // Ids, numbers and causes beside the public part.
        bytes += entry.public.len() + 160;
        if first_seq.is_some() && (bytes > BATCH_BYTES || kind == Some(BIRTH)) {
            break;
        }
        first_seq.get_or_insert(entry.header.seq);
        entries.push(Bare::from(entry));
        if kind == Some(MARK) {
            break;
        }
    }
    Some(Entries { first_seq: first_seq?, prev_hash: Hash32::from(prev_hash.0), entries, signature: Vec::new().into() })
}
