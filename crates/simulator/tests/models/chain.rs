//! Logs short enough to be part of a state, and the real chain made of them.

use std::cell::RefCell;
use std::collections::HashMap;

use chairside_sync::body::{BirthRow, Hash32, Id, Parent, VerdictRow};
use chairside_sync::chain::{self, Hash};
use chairside_sync::mirror::{Misfit, follow};
use chairside_sync::mutant::{self, Mutant};
use chairside_sync::takeover::Grant;
use chairside_sync::wire::{At, Bare, Entries};
use chairside_sync::{Author, Causes, Entry, Header, Incarnation, NodeId, Public};

use crate::clinic::{booking, id, uuid};

/// An entry of a log; its seq is its place in it, from 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Line {
    /// Under which epoch it was written.
    pub epoch: u8,
    /// By which life of which store.
    pub life: u8,
    /// What it says.
    pub says: Says,
}

/// What an entry says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Says {
    /// A new life begins after the entry before this one, which another life wrote.
    Birth,
    /// The desk changed something.
    Edit,
    /// The booking of this number is accepted, or rejected.
    Verdict(u8, bool),
}

thread_local! {
    /// Every model asks for the hashes of the same few logs again and again.
    static HASHES: RefCell<HashMap<Vec<Line>, Hash>> = RefCell::default();
}

/// The hash of a log's last entry.
pub fn tip(log: &[Line]) -> Hash {
    let Some((last, before)) = log.split_last() else { return Hash::GENESIS };
    if let Some(known) = HASHES.with_borrow(|hashes| hashes.get(log).copied()) {
        return known;
    }
    let hash = chain::hash(tip(before), &entry(last, before));
    HASHES.with_borrow_mut(|hashes| hashes.insert(log.to_vec(), hash));
    hash
}

/// Where a log ends, as it is said on the wire.
pub fn at(log: &[Line]) -> Option<At> {
    let last = log.last()?;
    Some(At {
        epoch: last.epoch.into(),
        incarnation: id(last.life),
        seq: log.len() as u64,
        hash: Hash32::from(tip(log).0),
    })
}

fn entry(line: &Line, before: &[Line]) -> Entry {
    let public = match line.says {
        Says::Birth => {
            let parent = before.last().map(|last| Parent {
                incarnation: id(last.life),
                seq: before.len() as u64,
                hash: Hash32::from(tip(before).0),
            });
            Public::Birth(BirthRow { parent, left: Vec::new() })
        }
        Says::Edit => Public::Patient(Id::from([0; 16])),
        Says::Verdict(number, accepted) => {
            let proposal = booking(number);
            Public::Verdict(Box::new(VerdictRow {
                proposal: proposal.id.0,
                content: Hash32::from([0; 32]),
                accepted,
                appointment: None,
                reason: None,
                alternatives: Vec::new(),
                again: false,
            }))
        }
    };
    Entry {
        header: Header {
            epoch: line.epoch.into(),
            incarnation: Incarnation(uuid(line.life)),
            seq: before.len() as u64 + 1,
            at_ms: 0,
            by: Author::Node(NodeId(uuid(line.life))),
            causes: Causes::default(),
        },
        public: public.to_bytes(),
        commitment: Hash([0; 32]),
    }
}

/// What a batch made of a mirror's chain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Applied {
    /// The chain as it is now.
    pub chain: Vec<Line>,
    /// Entries it had before and has no longer.
    pub undone: usize,
}

/// Why it made nothing of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    /// It doesn't follow.
    Misfit(Misfit),
    /// A birth's parent isn't in the chain.
    NoParent,
}

/// Applies the entries from `first` to `last` (seqs) of `log` to a mirror's
/// chain, as a mirror's store does. `None` where it has them all.
pub fn apply(
    mirror: &[Line],
    log: &[Line],
    first: usize,
    last: usize,
    granted: u8,
) -> Result<Option<Applied>, Refused> {
    let entries = (first..=last).map(|seq| Bare::from(&entry(&log[seq - 1], &log[..seq - 1]))).collect();
    let batch = Entries {
        first_seq: first as u64,
        prev_hash: Hash32::from(tip(&log[..first - 1]).0),
        entries,
        signature: Vec::new().into(),
    };
    let Some(followed) =
        follow(at(mirror), &batch, &Grant { epoch: granted.into(), taken: None }).map_err(Refused::Misfit)?
    else {
        return Ok(None);
    };
    let mut kept = mirror.len();
    if let Some(place) = followed.back_to {
        let seq = usize::try_from(place.seq).expect("a short log");
        let has = mirror.get(..seq).and_then(at).is_some_and(|here| here.hash == place.hash);
        if !has && !mutant::on(Mutant::AnyBirth) {
            return Err(Refused::NoParent);
        }
        kept = kept.min(seq);
    }
    let mut chain = mirror[..kept].to_vec();
    chain.extend(followed.entries.iter().map(|next| log[usize::try_from(next.entry.header.seq).expect("short") - 1]));
    Ok(Some(Applied { chain, undone: mirror.len() - kept }))
}
