//! What only a person can settle, and what leads there: entries of a lost life
//! that come back, rows that only a mirror had.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chairside_schedule::Status;
use chairside_schedule::appointment::{CancelledBy, Source};
use chairside_sync::body::{AppointmentRow, ConflictRow, Hash32, Id, VerdictRow};
use chairside_sync::digest::DayRows;
use chairside_sync::restore::{self, ConflictKind, Known, orphan, subjects, take_aside, take_back};
use chairside_sync::{Proposal, ProposalId, Public, Wish};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

use super::inbox::{self, About, AnsweredBy};
use super::put::{Doing, by_rules_of_here, is_sound, private_part, uuid, who_of};
use crate::error::StoreError;
use crate::rows::cells::damaged;
use crate::tx::Tx;

/// Reads a conflict's bytes.
pub(crate) fn conflict(bytes: &[u8]) -> Result<ConflictRow, StoreError> {
    minicbor::decode(bytes).map_err(|_| damaged("conflict", "said"))
}

/// Every visit that stands in a conflict, settled or not: it may lie over
/// another one, and a person was told so.
pub(crate) async fn visits(conn: &mut SqliteConnection) -> Result<HashSet<Uuid>, StoreError> {
    let rows = sqlx::query("SELECT said FROM conflict").fetch_all(conn).await?;
    // What can't be read is found by whoever compares it with the log.
    let conflicts = rows.iter().filter_map(|row| conflict(row.get(0)).ok());
    Ok(conflicts
        .flat_map(|conflict| [Some(conflict.appointment), conflict.theirs.map(|theirs| theirs.id)])
        .flatten()
        .map(uuid)
        .collect())
}

pub(super) async fn by_id(conn: &mut SqliteConnection, id: Id) -> Result<Option<ConflictRow>, StoreError> {
    let row = sqlx::query("SELECT said FROM conflict WHERE id = ?").bind(id.as_slice()).fetch_optional(conn).await?;
    row.map(|row| conflict(row.get(0))).transpose()
}

/// The last entry that speaks of one.
pub(super) async fn said_last(conn: &mut SqliteConnection, id: Id) -> Result<Option<u64>, StoreError> {
    let seq: Option<i64> =
        sqlx::query_scalar("SELECT seq FROM conflict WHERE id = ?").bind(id.as_slice()).fetch_optional(conn).await?;
    Ok(seq.map(i64::cast_unsigned))
}

async fn about(conn: &mut SqliteConnection, visit: Id) -> Result<Vec<ConflictRow>, StoreError> {
    let rows =
        sqlx::query("SELECT said FROM conflict WHERE appointment = ?").bind(visit.as_slice()).fetch_all(conn).await?;
    rows.iter().map(|row| conflict(row.get(0))).collect()
}

impl Tx {
    /// Writes a conflict, or what has become of one, with its entry.
    pub(crate) async fn write_conflict(&mut self, conflict: &ConflictRow) -> Result<(), StoreError> {
        self.write_conflict_with(conflict, Vec::new()).await.map(|_| ())
    }

    /// The same, with what of it stays in the clinic; its entry.
    pub(super) async fn write_conflict_with(
        &mut self,
        conflict: &ConflictRow,
        private: Vec<u8>,
    ) -> Result<u64, StoreError> {
        let said = minicbor::to_vec(conflict).map_err(|_| damaged("conflict", "said"))?;
        let seq = self.append_bytes(&Public::Conflict(Box::new(conflict.clone())), private, None).await?;
        sqlx::query(
            "INSERT INTO conflict (id, appointment, seq, settled, said) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) \
             DO UPDATE SET seq = excluded.seq, settled = excluded.settled, said = excluded.said",
        )
        .bind(conflict.id.as_slice())
        .bind(conflict.appointment.as_slice())
        .bind(seq.cast_signed())
        .bind(conflict.settled)
        .bind(said)
        .execute(&mut self.conn)
        .await?;
        Ok(seq)
    }

    /// Keeps the rows that nobody here knows as conflicts.
    pub(super) async fn take_orphans(&mut self, rows: &DayRows) -> Result<(), StoreError> {
        for row in &rows.appointments {
            let here = self.projected(row.id).await?;
            let Some(conflict) = orphan(row, here.as_ref()) else { continue };
            // What came back with a lost life's tail is put before people once.
            let told = about(&mut self.conn, row.id).await?;
            if !told.iter().any(|told| told.id == conflict.id || told.theirs == conflict.theirs) {
                self.write_conflict(&conflict).await?;
            }
        }
        Ok(())
    }

    /// Writes what a mirror gives back of a lost life, as entries of this one;
    /// of the wishes it gives with it, who asked. What is `untold` a mirror has only
    /// heard since it was put back itself.
    pub(super) async fn take_back(
        &mut self,
        tail: &[Vec<u8>],
        wishes: &[Vec<u8>],
        untold: Vec<Id>,
    ) -> Result<(), StoreError> {
        self.take(tail, wishes, Some(untold)).await
    }

    /// Writes what a companion gives back: patients were told nothing of it.
    pub(super) async fn take_aside(&mut self, tail: &[Vec<u8>]) -> Result<(), StoreError> {
        self.take(tail, &[], None).await
    }

    async fn take(
        &mut self,
        tail: &[Vec<u8>],
        wishes: &[Vec<u8>],
        by_central: Option<Vec<Id>>,
    ) -> Result<(), StoreError> {
        let bodies = tail.iter().filter_map(|bytes| Public::from_bytes(bytes).ok());
        let bodies: Vec<Public> = bodies.map(read_here).collect();
        if bodies.len() < tail.len() {
            // Kinds of a later version, which this one wrote nothing of.
            tracing::warn!(entries = tail.len() - bodies.len(), "entries of a lost life can't be read here");
        }
        let is_central = by_central.is_some();
        let untold = by_central.into_iter().flatten().collect();
        let known = Known { untold, ..self.known(&bodies).await? };
        let (here, heard_out) = (known.visits.clone(), known.heard_out.clone());
        let in_the_way = self.all_in_the_way(&bodies).await?;
        let others = |row: &_| in_the_way.get(&key(row)).cloned().unwrap_or_default();
        let taken = if is_central { take_back(&bodies, known, others) } else { take_aside(&bodies, known, others) };
        let wishes = restore::wishes(wishes);
        for body in taken {
            match body {
                Public::Verdict(verdict) => {
                    let by = if heard_out.contains(&verdict.proposal) { AnsweredBy::Rule } else { AnsweredBy::Before };
                    self.take_verdict_back(*verdict, &wishes, &here, by).await?;
                }
                Public::Conflict(conflict) => self.write_conflict(&conflict).await?,
                other => return Err(StoreError::Damaged(format!("a lost life gave back {other:?}"))),
            }
        }
        Ok(())
    }

    async fn take_verdict_back(
        &mut self,
        mut verdict: VerdictRow,
        wishes: &BTreeMap<Hash32, (Proposal, &[u8])>,
        here: &BTreeMap<Id, AppointmentRow>,
        by: AnsweredBy,
    ) -> Result<(), StoreError> {
        let clinic = self.clinic();
        let fits = |row: &AppointmentRow| {
            is_sound(row, &clinic) && here.get(&row.id).is_none_or(|here| here.patient == row.patient)
        };
        // Promised all the same: a person sees what couldn't be put in place.
        let misfit = verdict.appointment.take_if(|row| !fits(row));
        let waits = inbox::by_id(&mut self.conn, ProposalId(verdict.proposal)).await?;
        let waits = waits.as_ref().map(|waiting| (&waiting.proposal, waiting.bytes.as_slice()));
        let wish = wishes.get(&verdict.content).map(|(proposal, bytes)| (proposal, *bytes)).or(waits);
        let doing = Doing {
            source: Source::Online,
            cancelled_by: CancelledBy::Unknown,
            wish: Some(chairside_sync::Hash(*verdict.content)),
            who: wish.and_then(|(proposal, _)| who_of(proposal, &clinic)),
        };
        let put = match &verdict.appointment {
            Some(row) => Some(self.put(row, doing).await?),
            None => None,
        };
        let about = match &wish {
            Some((proposal, _)) => About::proposal(proposal, &verdict, self.today()),
            None => About::lost(&verdict, self.today()),
        };
        let private = private_part(
            put.as_ref().and_then(|put| put.before.as_ref()),
            put.as_ref().map(|put| &put.after),
            wish.map(|(_, bytes)| bytes),
        );
        let subject = put.map(|put| put.after.id.0);
        let seq = self.append_bytes(&Public::Verdict(Box::new(verdict.clone())), private, subject).await?;
        self.answered(&verdict, seq, about, by).await?;
        if let Some(row) = misfit {
            self.write_conflict(&ConflictKind::LostEdit.row(row.id, row)).await?;
        }
        Ok(())
    }

    /// What is known here of what a tail speaks of.
    async fn known(&mut self, tail: &[Public]) -> Result<Known, StoreError> {
        let (mut visits, proposals) = subjects(tail);
        let mut known = Known { heard_out: self.heard_out(&proposals).await?, ..Known::default() };
        for id in proposals {
            if let Some(verdict) = inbox::verdict(&mut self.conn, id).await? {
                visits.extend(verdict.appointment.as_ref().map(|row| row.id));
                known.verdicts.insert(id, verdict);
            } else if let Some(visit) = self.kept_for(id).await? {
                known.pending.insert(id, visit);
            }
        }
        for id in visits.into_iter().collect::<BTreeSet<_>>() {
            if let Some(row) = self.projected(id).await? {
                known.visits.insert(id, row);
            }
            let conflicts = about(&mut self.conn, id).await?;
            known.conflicts.extend(conflicts.into_iter().map(|conflict| (conflict.id, conflict)));
        }
        Ok(known)
    }

    /// The visit that keeps a place for a proposal before staff.
    async fn kept_for(&mut self, proposal: Id) -> Result<Option<AppointmentRow>, StoreError> {
        let waiting = inbox::by_id(&mut self.conn, ProposalId(proposal)).await?;
        let books = waiting.filter(|waiting| matches!(waiting.proposal.wish, Wish::Book(_)));
        let Some(waiting) = books else { return Ok(None) };
        let visit = self.projected(waiting.proposal.appointment).await?;
        Ok(visit.filter(|visit| visit.status == Status::Pending.as_str()))
    }

    /// By row of a tail's verdicts, the visits here that it would overlap.
    async fn all_in_the_way(&mut self, tail: &[Public]) -> Result<BTreeMap<Place, Vec<Id>>, StoreError> {
        let mut all = BTreeMap::new();
        for body in tail {
            if let Public::Verdict(verdict) = body
                && let Some(row) = &verdict.appointment
            {
                let others = self.in_the_way(row).await?;
                all.insert(key(row), others.iter().map(|other| Id::from(*other.id.bytes())).collect());
            }
        }
        Ok(all)
    }
}

/// What a tail says of visits, by the zone rules of here.
fn read_here(body: Public) -> Public {
    match body {
        Public::Appointment(row) => Public::Appointment(by_rules_of_here(row)),
        Public::Verdict(mut verdict) => {
            verdict.appointment = verdict.appointment.map(by_rules_of_here);
            Public::Verdict(verdict)
        }
        other => other,
    }
}

/// A visit and the place it wants.
type Place = (Id, u32, Id, i64, i64);

fn key(row: &AppointmentRow) -> Place {
    (row.id, row.version, row.practitioner, row.start_s, row.end_s)
}
