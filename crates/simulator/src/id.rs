//! Ids as the simulator draws them.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use chairside_sync::body::Id;
use uuid::Uuid;

/// What an id names, so that two kinds never meet.
#[derive(Clone, Copy, Debug)]
pub enum Of {
    Node = 1,
    Life,
    Practitioner,
    Kind,
    Patient,
    Visit,
    Proposal,
    Clinic,
}

/// The `number`th id of a kind.
pub fn id(of: Of, number: u64) -> Id {
    let mut bytes = [0; 16];
    bytes[0] = of as u8;
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    Id::from(bytes)
}

/// The number [`id`] was given.
pub fn number(id: Id) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&id[8..]);
    u64::from_be_bytes(bytes)
}

/// What is found by id. It stands in no order: whoever goes through it sorts what
/// anything follows from.
pub type IdMap<T> = HashMap<Id, T, BuildHasherDefault<IdHasher>>;

/// Nobody chooses these ids to make them meet.
#[derive(Clone, Copy, Debug, Default)]
pub struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.write_u64(u64::from_be_bytes(*word)));
        rest.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(29) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_usize(&mut self, _: usize) {
        // How long an id is says nothing.
    }

    fn finish(&self) -> u64 {
        self.0.rotate_left(26)
    }
}

/// What an id is called in a trace.
pub fn name(bytes: &[u8]) -> Option<String> {
    let (of, number) = bytes.split_first_chunk::<8>()?;
    let kinds = ["node", "life", "practitioner", "kind", "patient", "visit", "proposal", "clinic"];
    let kind = kinds.get(usize::from(of[0]).checked_sub(1)?)?;
    let is_one = of[1..].iter().all(|byte| *byte == 0);
    let number = u64::from_be_bytes(number.try_into().ok()?);
    is_one.then(|| format!("{kind}-{number:x}"))
}

/// The same as a UUID.
pub fn uuid(id: Id) -> Uuid {
    Uuid::from_bytes(*id)
}
