//! Whether a batch of entries follows what a mirror has.

use crate::Public;
use crate::body::{Hash32, Window};
use crate::chain::{self, Hash};
use crate::entry::Entry;
use crate::mutant::{self, Mutant};
use crate::takeover::Grant;
use crate::wire::{At, Entries};

/// What a batch adds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Followed {
    /// What has to be rolled back first: everything after this place. A birth
    /// says so, and only a birth.
    pub back_to: Option<At>,
    /// The entries that are new, in order, with their hashes.
    pub entries: Vec<Next>,
    /// The position after them.
    pub at: At,
    /// The last one is a mark, for these days.
    pub mark: Option<Window>,
}

/// An entry and what a mirror makes of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Next {
    /// The entry.
    pub entry: Entry,
    /// The hash before it, as the hub has it.
    pub prev: Hash,
    /// Its hash.
    pub hash: Hash,
    /// Its public part; `None` where this version can't read it: kept, and passed over.
    pub public: Option<Public>,
}

/// Why a batch can't be applied.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Misfit {
    /// Something is missing in between.
    #[error("entries are missing before {0}")]
    Gap(u64),
    /// The same place holds another hash.
    #[error("another history at {0}")]
    Hash(u64),
    /// Written under an epoch that has ended, or was never granted.
    #[error("epoch {0}")]
    Epoch(u64),
    /// Another life of the store, without the birth that begins it.
    #[error("another life at {0}")]
    Incarnation(u64),
    /// An entry's header can't be read.
    #[error("unreadable entry {0}")]
    Unreadable(u64),
}

/// What a batch adds to a mirror at `at`; nothing when it has all of it.
///
/// `granted` is who decides for the clinic by now.
///
/// # Errors
/// It doesn't follow.
pub fn follow(at: Option<At>, batch: &Entries, granted: &Grant) -> Result<Option<Followed>, Misfit> {
    let mut hash = Hash(*batch.prev_hash);
    let mut here = at;
    let mut back_to = None;
    let mut entries = Vec::with_capacity(batch.entries.len());
    let mut mark = None;
    for (bare, ahead) in batch.entries.iter().zip(0..) {
        let seq = batch.first_seq.checked_add(ahead).ok_or(Misfit::Unreadable(u64::MAX))?;
        let entry = bare.at(seq).map_err(|_| Misfit::Unreadable(seq))?;
        let own = chain::hash(hash, &entry);
        let known = here.is_some_and(|here| seq <= here.seq);
        let same_life = here.is_none_or(|here| here.incarnation == bare.incarnation);
        let ended = here.is_some_and(|here| entry.header.epoch < here.epoch) && !mutant::on(Mutant::DropEpochCheck);
        let covered = granted.covers(entry.header.epoch, seq) || mutant::on(Mutant::DropEpochCheck);
        if !covered || ended {
            return Err(Misfit::Epoch(entry.header.epoch));
        }
        if known && same_life {
            // Had already; at our own place it has to be the same.
            if here.is_some_and(|here| here.seq == seq && *here.hash != own.0) && !tolerates_other_hash() {
                return Err(Misfit::Hash(seq));
            }
            hash = own;
            continue;
        }
        let public = Public::from_bytes(&entry.public).ok();
        let birth = match &public {
            Some(Public::Birth(birth)) => Some(birth),
            _ => None,
        };
        if let Some(parent) = birth.and_then(|birth| birth.parent.as_ref()).filter(|_| !same_life) {
            let place = At {
                epoch: here.map_or(0, |here| here.epoch),
                incarnation: parent.incarnation,
                seq: parent.seq,
                hash: parent.hash,
            };
            // Whoever stands right before it has everything of the hub's own
            // log, wherever that life says it grew from.
            let next = here.is_some_and(|here| here.seq.checked_add(1) == Some(seq) && *here.hash == hash.0);
            if !next && here.is_some_and(|here| here.hash != parent.hash) {
                back_to = Some(place);
            }
        } else if !same_life {
            return Err(Misfit::Incarnation(seq));
        } else if here.map_or(0, |here| here.seq).checked_add(1) != Some(seq) && !mutant::on(Mutant::ApplyAcrossGap) {
            return Err(Misfit::Gap(seq));
        } else if here.is_some_and(|here| *here.hash != hash.0) && !tolerates_other_hash() {
            return Err(Misfit::Hash(seq));
        }
        mark = match &public {
            Some(Public::Mark(window)) => Some(*window),
            _ => None,
        };
        let hash32 = Hash32::from(own.0);
        here = Some(At { epoch: bare.epoch, incarnation: bare.incarnation, seq, hash: hash32 });
        entries.push(Next { entry, prev: hash, hash: own, public });
        hash = own;
    }
    let Some(at) = here.filter(|_| !entries.is_empty()) else { return Ok(None) };
    Ok(Some(Followed { back_to, entries, at, mark }))
}

/// Only when broken on purpose: across a gap the hashes can't fit either.
fn tolerates_other_hash() -> bool {
    mutant::on(Mutant::IgnoreOtherHash) || mutant::on(Mutant::ApplyAcrossGap)
}
