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

/// The same as a UUID.
pub fn uuid(id: Id) -> Uuid {
    Uuid::from_bytes(*id)
}
