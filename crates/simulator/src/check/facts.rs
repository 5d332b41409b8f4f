//! What the checkers see.

/// An id.
pub type Key = u128;

/// A visit at the hub.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Visit {
    pub id: Key,
    pub version: u32,
    pub practitioner: Key,
    pub from_s: i64,
    pub to_s: i64,
    pub occupies: bool,
}

/// A verdict.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    pub request: Key,
    pub accepted: bool,
    /// The request it depends on.
    pub after: Option<Key>,
    /// A person decided.
    pub by_person: bool,
    /// Said to be given before.
    pub again: bool,
    /// The store that gave it lost it.
    pub lost: bool,
}

impl Answer {
    /// An answer that a copy of the hub's store has.
    pub fn left(request: Key, accepted: bool) -> Self {
        Self { request, accepted, after: None, by_person: false, again: true, lost: false }
    }
}

/// What a mail said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mailed {
    Confirmed,
    Rejected,
    Withdrawn,
    Expired,
    Refused,
}

/// A visit as both sides hold it, field by field.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Slot<'a> {
    pub id: Key,
    pub version: u32,
    pub practitioner: Key,
    pub kind: Key,
    pub patient: Key,
    pub status: &'a str,
    pub from_s: i64,
    pub to_s: i64,
}
