//! What others did while somebody was away, and what central doesn't have yet:
//! the log, told as a list that is read in seconds.

use std::collections::VecDeque;

use chairside_schedule::Appointment;
use chairside_schedule::id::{AppointmentId, PatientId};
use chairside_store::Record;
use chairside_store::sync::{inside, who_of};
use chairside_sync::body::ConflictRow;
use chairside_sync::{Author, Proposal, Public, Wish};

use crate::api::{SinceItem, SinceRequest, SinceView, SinceWhat, UnsentRequest};
use crate::desk::Desk;
use crate::problem::Problem;
use crate::requests::read::{Reader, uuid};

/// What is told at most: more isn't read in twenty seconds.
const TOLD: usize = 200;

/// Entries looked through at most, the latest ones: a busy week.
const LOOKED_THROUGH: u64 = 5_000;

/// Entries read at once.
const PAGE: u32 = 500;

/// What an entry did.
struct Happened {
    what: SinceWhat,
    visit: (Option<Appointment>, Option<Appointment>),
    wish: Option<Proposal>,
    reason: Option<String>,
    conflict: Option<Box<ConflictRow>>,
}

impl Desk {
    /// What others did after an entry, the latest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn since(&self, request: SinceRequest) -> Result<SinceView, Problem> {
        let tip = self.store.tip().seq;
        let mut reader = Reader::new(self).await?;
        let own = Author::Staff(self.acting.id);
        let (items, more) =
            self.happened(&mut reader, request.seq, TOLD, |record| record.entry.header.by != own).await?;
        let seen = self.store.log_at(request.seq.min(tip)).await?;
        Ok(SinceView { seq: tip, since: seen.map(|record| reader.local(record.entry.header.at_ms)), items, more })
    }

    /// Changes of visits that central isn't known to have, the latest first;
    /// none while both sides are in step, or the desk isn't paired.
    ///
    /// # Errors
    /// The store's.
    pub async fn unsent(&self, request: UnsentRequest) -> Result<Vec<SinceItem>, Problem> {
        let Some(after) = self.line.unsent_after() else { return Ok(Vec::new()) };
        let mut reader = Reader::new(self).await?;
        let limit = usize::try_from(request.limit).unwrap_or(TOLD).clamp(1, TOLD);
        Ok(self.happened(&mut reader, after, limit, |_| true).await?.0)
    }

    async fn happened(
        &self,
        reader: &mut Reader<'_>,
        after: u64,
        limit: usize,
        counts: impl Fn(&Record) -> bool,
    ) -> Result<(Vec<SinceItem>, bool), Problem> {
        let tip = self.store.tip().seq;
        let mut from = after.max(tip.saturating_sub(LOOKED_THROUGH));
        let mut found: VecDeque<(Record, Happened)> = VecDeque::new();
        let mut more = from > after;
        loop {
            let records = self.store.log_after(from, PAGE).await?;
            let Some(last) = records.last() else { break };
            from = last.entry.header.seq;
            for record in records.into_iter().filter(&counts) {
                let Some(happened) = happened(&record) else { continue };
                if found.len() == limit {
                    // What asks nothing of anybody makes room first.
                    let least = found.iter().position(|(_, happened)| happened.what == SinceWhat::Rezoned);
                    found.remove(least.unwrap_or(0));
                    more = true;
                }
                found.push_back((record, happened));
            }
        }
        let mut items = Vec::with_capacity(found.len());
        for (record, happened) in found.into_iter().rev() {
            items.push(self.item(reader, &record, happened).await?);
        }
        Ok((items, more))
    }

    async fn item(&self, reader: &mut Reader<'_>, record: &Record, happened: Happened) -> Result<SinceItem, Problem> {
        let Happened { what, visit: (before, mut after), wish, reason, conflict } = happened;
        if let Some(conflict) = &conflict {
            after = self.store.appointment(AppointmentId(uuid(conflict.appointment))).await?;
        }
        let visit = after.as_ref().or(before.as_ref());
        let theirs = conflict.as_ref().and_then(|conflict| conflict.theirs.as_ref());
        let booked = wish.as_ref().and_then(|wish| match &wish.wish {
            Wish::Book(place) => Some(place),
            _ => None,
        });
        let patient = visit.map(|visit| visit.patient);
        let patient = patient.or(booked.map(|place| PatientId(uuid(place.patient))));
        let patient = patient.or(theirs.map(|theirs| PatientId(uuid(theirs.patient))));
        let who = wish.as_ref().and_then(|wish| who_of(wish, &self.store.clinic()));
        let about = reader.about(patient, who.as_ref()).await?;
        let header = &record.entry.header;
        let local = |local_s: i64| chrono::DateTime::from_timestamp(local_s, 0).map(|at| at.naive_utc());
        let wished = booked.and_then(|place| local(place.local_s)).or(theirs.and_then(|theirs| local(theirs.local_s)));
        Ok(SinceItem {
            seq: header.seq,
            at: reader.local(header.at_ms),
            what,
            by: reader.name_of(header.by),
            patient: about.card,
            appointment: after.as_ref().map(|visit| visit.id),
            status: visit.map(|visit| visit.status),
            start: visit.map(|visit| visit.time.local).or(wished),
            from: before.as_ref().map(|before| before.time.local).filter(|_| what == SinceWhat::Moved),
            practitioner: visit.map(|visit| visit.practitioner).or(booked.map(|place| uuid(place.practitioner).into())),
            reason: reason.map(|reason| reason.replace('_', "-")),
        })
    }
}

/// What an entry did to a visit; `None` for all else.
fn happened(record: &Record) -> Option<Happened> {
    let public = Public::from_bytes(&record.entry.public).ok()?;
    let (before, after, wish) = inside(record);
    let change = |before: Option<&Appointment>, after: Option<&Appointment>| Some(what_of(before, after?));
    let (what, reason, conflict) = match public {
        Public::Appointment(_) => (change(before.as_ref(), after.as_ref())?, None, None),
        // Told when it was said first.
        Public::Verdict(verdict) if verdict.again => return None,
        Public::Verdict(verdict) if !verdict.accepted => (SinceWhat::Rejected, verdict.reason, None),
        Public::Verdict(_) => match wish.as_ref().map(|wish| &wish.wish) {
            Some(Wish::Book(_)) => (SinceWhat::Booked, None, None),
            Some(Wish::Move(_)) => (SinceWhat::Moved, None, None),
            Some(Wish::Cancel) => (SinceWhat::Cancelled, None, None),
            Some(Wish::Edit(_)) | None => (change(before.as_ref(), after.as_ref())?, None, None),
        },
        Public::Pending(_) => (SinceWhat::Asked, None, None),
        Public::Conflict(conflict) if !conflict.settled => (SinceWhat::Conflict, None, Some(conflict)),
        _ => return None,
    };
    Some(Happened { what, visit: (before, after), wish, reason, conflict })
}

fn what_of(before: Option<&Appointment>, after: &Appointment) -> SinceWhat {
    let Some(before) = before else { return SinceWhat::Booked };
    let place = |visit: &Appointment| (visit.time.local, visit.time.minutes, visit.practitioner, visit.chair);
    if before.status != after.status {
        if after.status == chairside_schedule::Status::Cancelled { SinceWhat::Cancelled } else { SinceWhat::Status }
    } else if place(before) != place(after) {
        SinceWhat::Moved
    } else if before.time.interval != after.time.interval {
        SinceWhat::Rezoned
    } else {
        SinceWhat::Described
    }
}
