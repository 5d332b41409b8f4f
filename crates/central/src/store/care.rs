//! What an operator looks at, and what is done by the hour so that a store
//! stays small, whole and discreet.

use std::future::Future;
use std::path::Path;

use chairside_schedule::ClinicId;
use chairside_sync::body::Day;
use chairside_sync::booking::State;
use chairside_sync::breaker::Phase;
use chairside_sync::mails::BookingId;
use chairside_sync::{Now, ProposalId};

use super::StorageError;
use super::clinics::Orphan;
use super::told::Kind;

/// What stands open at a clinic.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tally {
    /// Which clinic.
    pub clinic: ClinicId,
    /// Requests that wait to be sent to it, those set aside not among them.
    pub held: u64,
    /// When the oldest of these came in, milliseconds since 1970 in UTC.
    pub oldest_ms: Option<i64>,
    /// Requests that were sent and have no answer, those set aside not among them.
    pub sent: u64,
    /// Requests set aside for a person.
    pub aside: u64,
    /// Visits that only this mirror had and its hub hasn't heard of.
    pub orphans: u64,
    /// Mails that wait.
    pub mails_waiting: u64,
    /// Mails that were tried in vain.
    pub mails_dead: u64,
    /// Mails wait until the hub was heard out: this store was brought back.
    pub replaying: bool,
    /// Whether it is called.
    pub breaker: Phase,
}

/// A request in line, without anything that says whose it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lined {
    /// The clinic's.
    pub clinic: ClinicId,
    /// Its id.
    pub proposal: ProposalId,
    /// The booking it is part of.
    pub booking: BookingId,
    /// What is wished.
    pub kind: Kind,
    /// Where it stands.
    pub state: State,
    /// It goes before others.
    pub urgent: bool,
    /// When it came in, milliseconds since 1970 in UTC.
    pub arrived_ms: i64,
    /// When it first left for the clinic.
    pub sent_ms: Option<i64>,
    /// The days whose gates it needs.
    pub days: Vec<Day>,
    /// Why it was set aside, a stable word, and when.
    pub aside: Option<(String, i64)>,
    /// Where answers go, [masked](mask); none where there is nobody to write to.
    pub contact: Option<String>,
}

/// A contact as an operator sees it: enough to tell two apart over the
/// telephone, too little to write to.
pub fn mask(contact: &str) -> String {
    let (name, domain) = contact.split_once('@').unwrap_or((contact, ""));
    let first: String = name.chars().take(1).collect();
    if domain.is_empty() { format!("{first}…") } else { format!("{first}…@{domain}") }
}

/// What a copy of the store holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Copied {
    /// Bytes of the file.
    pub bytes: u64,
    /// Clinics in it.
    pub clinics: u64,
    /// Bookings in it.
    pub bookings: u64,
    /// Requests in it.
    pub requests: u64,
}

/// Looked at by people, and by the hour.
pub trait CareStorage {
    /// What stands open, a line for each clinic, in the order of their names.
    fn tallies(&self) -> impl Future<Output = Result<Vec<Tally>, StorageError>> + Send;

    /// Requests that wait or are on their way, of a clinic or of all: by
    /// clinic, what was sent first, then in the queue's order; at most so many.
    fn lined_up(
        &self,
        clinic: Option<ClinicId>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Lined>, StorageError>> + Send;

    /// Requests set aside, of all clinics, the longest aside first; at most so many.
    fn set_aside(&self, limit: u32) -> impl Future<Output = Result<Vec<Lined>, StorageError>> + Send;

    /// Visits that only this mirror had, of all clinics, the latest found
    /// first; at most so many.
    fn every_orphan(&self, limit: u32) -> impl Future<Output = Result<Vec<(ClinicId, Orphan)>, StorageError>> + Send;

    /// Drops mails about bookings that were purged, at most so many; told how many.
    fn drop_old_mails(&self, limit: u32) -> impl Future<Output = Result<u64, StorageError>> + Send;

    /// Whether a write reaches the disk just now: one is made, of nothing.
    fn may_write(&self) -> impl Future<Output = Result<(), StorageError>> + Send;

    /// Copies the store, with the keys beside it, into a new file, while it is
    /// used: as it is at one moment, on the disk, checked. The file is nobody
    /// else's to read.
    fn copy_to(&self, file: &Path, now: Now) -> impl Future<Output = Result<Copied, StorageError>> + Send;
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn a_masked_contact_can_not_be_written_to() {
        for (contact, masked) in
            [("somebody@example.org", "s…@example.org"), ("ö@example.org", "ö…@example.org"), ("0700", "0…"), ("", "…")]
        {
            assert_eq!(mask(contact), masked);
        }
    }
}
