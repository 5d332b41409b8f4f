//! A person settles a conflict: the visit and the conflict's end are entries of
//! one transaction, and both versions stay in the log.

use chairside_schedule::appointment::{CancelledBy, Source};
use chairside_schedule::id::ConflictId;
use chairside_schedule::{Appointment, Status};
use chairside_sync::Public;
use chairside_sync::body::{AppointmentRow, ConflictRow, Id};
use serde::{Deserialize, Serialize};

use super::conflicts;
use super::put::{Doing, by_rules_of_here, is_sound};
use crate::error::StoreError;
use crate::project::{self, BeforeAfter, PRIVATE_VERSION};
use crate::tx::Tx;

/// What a person does about a conflict.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Settling {
    /// The visit stays as it stands here.
    KeepHere,
    /// The other version takes its place; over what stands there, if `over`.
    TakeTheirs {
        /// Over what stands there.
        over: bool,
    },
    /// The visit that stands here is called off by the clinic.
    CancelHere,
}

/// What became of a person's choice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Settlement {
    /// Done, by this entry.
    Done(u64),
    /// None of that id is open.
    NotOpen,
    /// It can't be done: there is no such version, or it names what isn't here any more.
    NotPossible,
    /// Others stand where it would go. Nothing was written.
    InTheWay(Vec<Appointment>),
}

/// What of a conflict's end stays in the clinic: the entry that changed the visit.
#[derive(Serialize, Deserialize)]
struct Ending {
    v: u16,
    visit_seq: Option<u64>,
}

/// A conflict that was opened again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reopened {
    /// It is open; the entry that has to be taken back to undo what settling did to the visit.
    Open(Option<u64>),
    /// That entry settled none, or something has happened to it since.
    TooLate,
}

impl Tx {
    /// Settles a conflict as a person chose.
    ///
    /// # Errors
    /// The database's.
    pub async fn settle_conflict(&mut self, id: ConflictId, how: Settling) -> Result<Settlement, StoreError> {
        let conflict = conflicts::by_id(&mut self.conn, Id::from(*id.bytes())).await?;
        let Some(conflict) = conflict.filter(|conflict| !conflict.settled) else { return Ok(Settlement::NotOpen) };
        let visit_seq = match how {
            Settling::KeepHere => None,
            Settling::TakeTheirs { over } => match self.take_theirs(&conflict, over).await? {
                Ok(seq) => Some(seq),
                Err(settlement) => return Ok(settlement),
            },
            Settling::CancelHere => match self.cancel_here(&conflict).await? {
                Some(seq) => Some(seq),
                None => return Ok(Settlement::NotPossible),
            },
        };
        let private = project::json(&Ending { v: PRIVATE_VERSION, visit_seq }).into_bytes();
        let seq = self.write_conflict_with(&ConflictRow { settled: true, ..conflict }, private).await?;
        Ok(Settlement::Done(seq))
    }

    async fn take_theirs(&mut self, conflict: &ConflictRow, over: bool) -> Result<Result<u64, Settlement>, StoreError> {
        let clinic = self.clinic();
        let theirs = conflict.theirs.clone().map(by_rules_of_here);
        let Some(theirs) = theirs.filter(|theirs| is_sound(theirs, &clinic)) else {
            return Ok(Err(Settlement::NotPossible));
        };
        let here = self.projected(theirs.id).await?;
        // A visit never changes its patient.
        if here.as_ref().is_some_and(|here| here.patient != theirs.patient) {
            return Ok(Err(Settlement::NotPossible));
        }
        let version = here.as_ref().map_or(0, |here| here.version).max(theirs.version) + 1;
        let row = AppointmentRow { version, ..theirs };
        let mut others = self.in_the_way(&row).await?;
        others.retain(|other| other.id.bytes() != &*row.id);
        if !over && !others.is_empty() {
            return Ok(Err(Settlement::InTheWay(others)));
        }
        Ok(Ok(self.put_by_a_person(&row, CancelledBy::Unknown).await?))
    }

    async fn cancel_here(&mut self, conflict: &ConflictRow) -> Result<Option<u64>, StoreError> {
        let here = self.projected(conflict.appointment).await?;
        let open =
            |here: &AppointmentRow| Status::parse(&here.status).is_some_and(|is| is.may_become(Status::Cancelled));
        let Some(here) = here.filter(open) else { return Ok(None) };
        let row = AppointmentRow { version: here.version + 1, status: Status::Cancelled.as_str().to_owned(), ..here };
        Ok(Some(self.put_by_a_person(&row, CancelledBy::Clinic).await?))
    }

    async fn put_by_a_person(&mut self, row: &AppointmentRow, cancelled_by: CancelledBy) -> Result<u64, StoreError> {
        let put = self.put(row, Doing { source: Source::Other, cancelled_by, wish: None, who: None }).await?;
        let (before, after) = (put.before.as_ref(), &put.after);
        let private = BeforeAfter { v: PRIVATE_VERSION, before, after }.to_bytes();
        self.append_bytes(&Public::Appointment(project::appointment(after)), private, Some(after.id.0)).await
    }

    /// Opens the conflict again that the entry `seq` settled. What settling did
    /// to the visit is the caller's to take back, in this transaction.
    ///
    /// # Errors
    /// The database's.
    pub async fn reopen_conflict(&mut self, seq: u64) -> Result<Reopened, StoreError> {
        let Some(record) = self.entry(seq).await? else { return Ok(Reopened::TooLate) };
        let Ok(Public::Conflict(conflict)) = Public::from_bytes(&record.entry.public) else {
            return Ok(Reopened::TooLate);
        };
        let still = conflicts::said_last(&mut self.conn, conflict.id).await? == Some(seq);
        if !conflict.settled || !still {
            return Ok(Reopened::TooLate);
        }
        let ending = record.private.and_then(|private| serde_json::from_slice::<Ending>(&private.bytes).ok());
        self.write_conflict(&ConflictRow { settled: false, ..*conflict }).await?;
        Ok(Reopened::Open(ending.and_then(|ending| ending.visit_seq)))
    }
}
