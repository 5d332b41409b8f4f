//! Whether a batch of entries follows what a mirror has.

use crate::Public;
use crate::body::{Hash32, Id, Window};
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
    follow_in(None, at, batch, granted)
}

/// The same in a session whose hub lives `life`: once a mirror has come into that
/// life, entries of those that led there are late, and a birth among them takes
/// it back nowhere.
pub(super) fn follow_in(
    life: Option<Id>,
    at: Option<At>,
    batch: &Entries,
    granted: &Grant,
) -> Result<Option<Followed>, Misfit> {
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
        let led_there = known
            && life.is_some_and(|life| bare.incarnation != life && here.is_some_and(|here| here.incarnation == life));
        if led_there {
            hash = own;
            continue;
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::body::{BirthRow, Parent};
    use crate::hub::batch;
    use crate::{Author, Causes, Header, Incarnation, NodeId, Private};

    fn entry(life: u128, seq: u64, body: &Public) -> Entry {
        let header = Header {
            epoch: 1,
            incarnation: Incarnation(Uuid::from_u128(life)),
            seq,
            at_ms: 0,
            by: Author::Node(NodeId(Uuid::from_u128(1))),
            causes: Causes::default(),
        };
        let commitment = Private { salt: [1; 32], bytes: Vec::new() }.commitment();
        Entry { header, public: body.to_bytes(), commitment }
    }

    fn id(life: u128) -> Id {
        Id::from(*Uuid::from_u128(life).as_bytes())
    }

    #[test]
    fn a_birth_on_the_way_to_this_life_takes_a_mirror_back_nowhere_once_it_is_in_it() {
        let first = entry(1, 1, &Public::Patient(id(7)));
        let root = chain::hash(Hash::GENESIS, &first);
        let parent = Some(Parent { incarnation: id(1), seq: 1, hash: Hash32::from(root.0) });
        let birth = Public::Birth(BirthRow { parent, left: Vec::new() });
        // Two lives grew from the first entry, one after the other in one log.
        let log = [first, entry(2, 2, &birth), entry(3, 3, &birth), entry(3, 4, &Public::Patient(id(8)))];
        let grant = Grant::FIRST;
        let mut hashes = vec![Hash::GENESIS];
        for entry in &log {
            hashes.push(chain::hash(hashes[hashes.len() - 1], entry));
        }
        // A birth begins a batch.
        let here = [(0, 1), (1, 2), (2, 4)].into_iter().fold(None, |at, (from, to)| {
            let next = batch(hashes[from], &log[from..to]).expect("entries");
            Some(follow(at, &next, &grant).expect("it follows").expect("something new").at)
        });
        let here = here.expect("all of it");
        assert_eq!((here.incarnation, here.seq), (id(3), 4));
        let late = batch(hashes[1], &log[1..2]).expect("entries");
        assert_eq!(follow_in(Some(id(3)), Some(here), &late, &grant), Ok(None));
        // A hub that lives another life, put back to where it left this one.
        let back = follow_in(Some(id(2)), Some(here), &late, &grant).expect("it follows").expect("something new");
        assert_eq!((back.at.incarnation, back.back_to.map(|place| place.seq)), (id(2), Some(1)));
        // What lies ahead is no late word of a life that led here.
        let ahead = batch(hashes[4], [&entry(2, 5, &Public::Patient(id(9)))]).expect("entries");
        assert_eq!(follow_in(Some(id(3)), Some(here), &ahead, &grant), Err(Misfit::Incarnation(5)));
    }
}
