//! Ids as the simulator draws them.

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
