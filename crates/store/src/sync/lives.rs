//! The lives of a store, and where in them a mirror stands.

use std::collections::{BTreeMap, BTreeSet};

use chairside_schedule::id::AppointmentId;
use chairside_sync::body::{BirthRow, Id, LIVES_NAMED, Parent, VerdictRow};
use chairside_sync::hub::{Born, Found};
use chairside_sync::wire::At;
use chairside_sync::{Incarnation, Public};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use super::put::{private_part, uuid};
use super::{inbox, mirrors};
use crate::error::StoreError;
use crate::tx::Tx;
use crate::{log, project};

/// Notes that a life begins with the entry `seq`.
pub(crate) async fn begin(conn: &mut SqliteConnection, seq: u64, life: Incarnation) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO life (seq, incarnation) VALUES (?, ?)")
        .bind(seq.cast_signed())
        .bind(life.0.as_bytes().as_slice())
        .execute(conn)
        .await?;
    Ok(())
}

/// The lives this store has left for `present`, the latest first, as a birth names them.
pub(crate) async fn left(conn: &mut SqliteConnection, present: Incarnation) -> Result<Vec<Id>, StoreError> {
    let lives: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT incarnation FROM life WHERE incarnation != ? ORDER BY seq DESC LIMIT ?")
            .bind(present.0.as_bytes().as_slice())
            .bind(i64::try_from(LIVES_NAMED).unwrap_or(i64::MAX))
            .fetch_all(conn)
            .await?;
    let lives = lives.iter().map(|life| <[u8; 16]>::try_from(life.as_slice()).map(Id::from));
    lives.collect::<Result<_, _>>().map_err(|_| StoreError::Damaged("a life's id isn't one".to_owned()))
}

/// Every birth that names a parent, oldest first.
async fn births(conn: &mut SqliteConnection) -> Result<Vec<(u64, Parent)>, StoreError> {
    let rows = sqlx::query("SELECT log.seq, log.public FROM life JOIN log ON log.seq = life.seq ORDER BY life.seq")
        .fetch_all(conn)
        .await?;
    let mut births = Vec::new();
    for row in &rows {
        let seq = row.get::<i64, _>(0).cast_unsigned();
        match Public::from_bytes(row.get(1)) {
            Ok(Public::Birth(BirthRow { parent: Some(parent), .. })) => births.push((seq, parent)),
            Ok(Public::Birth(BirthRow { parent: None, .. })) => {}
            _ => return Err(StoreError::Damaged(format!("log entry {seq} begins a life and is no birth"))),
        }
    }
    Ok(births)
}

/// How the present life began; `None` for a clinic's first.
pub(super) async fn born(conn: &mut SqliteConnection) -> Result<Option<Born>, StoreError> {
    let Some((seq, parent)) = births(conn).await?.pop() else { return Ok(None) };
    let epoch = log::at(conn, parent.seq).await?.map_or(0, |record| record.entry.header.epoch);
    let parent = At { epoch, incarnation: parent.incarnation, seq: parent.seq, hash: parent.hash };
    Ok(Some(Born { seq, parent }))
}

/// The first of these places that lies in the log. If none does, what follows
/// for a mirror at the first of them: the latest birth that grew from its life,
/// not behind it; each birth says again what was written before it.
pub(super) async fn find(conn: &mut SqliteConnection, places: &[At]) -> Result<Found, StoreError> {
    for place in places {
        if is_here(conn, place).await? {
            return Ok(Found::At { place: *place, resume_after: place.seq });
        }
    }
    let Some(place) = places.first() else { return Ok(Found::Diverged) };
    let grew = |parent: &Parent| parent.incarnation == place.incarnation && parent.seq <= place.seq;
    let births = births(conn).await?;
    let birth = births.iter().rev().find(|(_, parent)| grew(parent));
    // Nothing of the log is ever dropped, so no place is too old.
    Ok(birth.map_or(Found::Diverged, |(seq, _)| Found::At { place: *place, resume_after: seq - 1 }))
}

async fn is_here(conn: &mut SqliteConnection, place: &At) -> Result<bool, StoreError> {
    if place.seq == 0 {
        return Ok(false);
    }
    let record = log::at(conn, place.seq).await?;
    Ok(record.is_some_and(|record| {
        record.hash.0 == *place.hash && *record.entry.header.incarnation.0.as_bytes() == *place.incarnation
    }))
}

/// Entries read at a time.
const PAGE: u32 = 500;

/// What was written behind the place where two lives part.
#[derive(Debug, Default)]
struct Since {
    /// The last verdict on each wish.
    verdicts: BTreeMap<Id, VerdictRow>,
    /// Visits that were changed otherwise.
    visits: BTreeSet<Id>,
}

impl Tx {
    /// Begins a new life that grew from `parent`: a birth, and behind it once
    /// more the last verdict on every wish answered since, then every visit
    /// changed since, as they are now. A mirror that leaves the life before would know of them from
    /// rows alone.
    pub(super) async fn be_born(&mut self, parent: At) -> Result<Born, StoreError> {
        let since = self.written_since(parent.seq).await?;
        let mut random = [0; 16];
        random.copy_from_slice(&(self.salts)()[..16]);
        let life = Incarnation(uuid::Builder::from_random_bytes(random).into_uuid());
        tracing::info!(%life, parent.seq, "a mirror has what this store lacks: it begins a new incarnation");
        sqlx::query("UPDATE store SET incarnation = ?")
            .bind(life.0.as_bytes().as_slice())
            .execute(&mut self.conn)
            .await?;
        let body = Parent { incarnation: parent.incarnation, seq: parent.seq, hash: parent.hash };
        let birth = Public::Birth(BirthRow { parent: Some(body), left: left(&mut self.conn, life).await? });
        let seq = self.append_as(life, &birth, Vec::new(), None).await?;
        self.hear_out_anew().await?;
        // What they had of the life before says nothing of this one.
        mirrors::roll_back(&mut self.conn, parent.seq).await?;
        for verdict in since.verdicts.into_values() {
            self.answer_again(verdict).await?;
        }
        for visit in since.visits {
            if let Some(visit) = self.appointment(AppointmentId(uuid(visit))).await? {
                let body = Public::Appointment(project::appointment(&visit));
                self.append(&body, Some(&visit), &visit, Some(visit.id.0)).await?;
            }
        }
        Ok(Born { seq, parent })
    }

    async fn written_since(&mut self, seq: u64) -> Result<Since, StoreError> {
        self.write_log().await?;
        let mut since = Since::default();
        let mut after = seq;
        loop {
            let records = log::public_after(&mut self.conn, after, self.tip.seq, PAGE).await?;
            let Some(end) = records.last().map(|record| record.entry.header.seq) else { return Ok(since) };
            after = end;
            for record in records {
                match Public::from_bytes(&record.entry.public) {
                    Ok(Public::Verdict(verdict)) => {
                        since.verdicts.insert(verdict.proposal, *verdict);
                    }
                    Ok(Public::Appointment(row)) => {
                        since.visits.insert(row.id);
                    }
                    // The place it keeps until somebody decides.
                    Ok(Public::Pending(pending)) => since.visits.extend(pending.appointment.map(|row| row.id)),
                    _ => {}
                }
            }
        }
    }

    /// Writes a verdict once more, with its visit as that is now.
    async fn answer_again(&mut self, verdict: VerdictRow) -> Result<(), StoreError> {
        let visit = match &verdict.appointment {
            Some(row) => self.appointment(AppointmentId(uuid(row.id))).await?,
            None => None,
        };
        let verdict = VerdictRow { appointment: visit.as_ref().map(project::appointment), ..verdict };
        let private = private_part(visit.as_ref(), visit.as_ref(), None);
        let subject = visit.as_ref().map(|visit| visit.id.0);
        let seq = self.append_bytes(&Public::Verdict(Box::new(verdict.clone())), private, subject).await?;
        inbox::answered_again(&mut self.conn, &verdict, seq).await
    }
}
