//! The lives of a store, and where in them a mirror stands.

use std::collections::BTreeMap;

use chairside_sync::body::{BirthRow, Id, Parent, VerdictRow};
use chairside_sync::hub::{Born, Found};
use chairside_sync::wire::At;
use chairside_sync::{Incarnation, Public};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

use super::put::private_part;
use super::{inbox, mirrors};
use crate::error::StoreError;
use crate::log;
use crate::tx::Tx;

/// Notes that a life begins with the entry `seq`.
pub(crate) async fn begin(conn: &mut SqliteConnection, seq: u64, life: Incarnation) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO life (seq, incarnation) VALUES (?, ?)")
        .bind(seq.cast_signed())
        .bind(life.0.as_bytes().as_slice())
        .execute(conn)
        .await?;
    Ok(())
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
            Ok(Public::Birth(BirthRow { parent: Some(parent) })) => births.push((seq, parent)),
            Ok(Public::Birth(BirthRow { parent: None })) => {}
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

/// The first of these places that lies in the log, or behind where one of its
/// lives was left.
pub(super) async fn find(conn: &mut SqliteConnection, places: &[At]) -> Result<Found, StoreError> {
    let births = births(conn).await?;
    for place in places {
        let here = match place.seq {
            0 => None,
            seq => log::at(conn, seq).await?,
        };
        let is_ours = here.is_some_and(|record| {
            record.hash.0 == *place.hash && *record.entry.header.incarnation.0.as_bytes() == *place.incarnation
        });
        if is_ours {
            return Ok(Found::At { place: *place, resume_after: place.seq });
        }
        // Beyond where that life was left: what follows is the birth.
        let left = births.iter().find(|(_, parent)| parent.incarnation == place.incarnation && parent.seq <= place.seq);
        if let Some((seq, _)) = left {
            return Ok(Found::At { place: *place, resume_after: seq - 1 });
        }
    }
    // Nothing of the log is ever dropped, so no place is too old.
    Ok(Found::Diverged)
}

/// Entries read at a time.
const PAGE: u32 = 500;

impl Tx {
    /// Begins a new life that grew from `parent`: a birth, and behind it once
    /// more the last word on every proposal that was answered since.
    pub(super) async fn be_born(&mut self, parent: At) -> Result<Born, StoreError> {
        let since = self.answered_since(parent.seq).await?;
        let mut random = [0; 16];
        random.copy_from_slice(&(self.salts)()[..16]);
        let life = Incarnation(uuid::Builder::from_random_bytes(random).into_uuid());
        tracing::info!(%life, parent.seq, "a mirror has what this store lacks: it begins a new incarnation");
        sqlx::query("UPDATE store SET incarnation = ?")
            .bind(life.0.as_bytes().as_slice())
            .execute(&mut self.conn)
            .await?;
        let body = Parent { incarnation: parent.incarnation, seq: parent.seq, hash: parent.hash };
        let birth = Public::Birth(BirthRow { parent: Some(body) });
        let seq = self.append_as(life, &birth, Vec::new(), None).await?;
        // What they had of the life before says nothing of this one.
        mirrors::roll_back(&mut self.conn, parent.seq).await?;
        for verdict in since {
            self.answer_again(verdict).await?;
        }
        Ok(Born { seq, parent })
    }

    /// The last verdict on each proposal that was answered after the entry `seq`, in their order.
    async fn answered_since(&mut self, seq: u64) -> Result<Vec<VerdictRow>, StoreError> {
        self.write_log().await?;
        let mut last: BTreeMap<Id, (u64, VerdictRow)> = BTreeMap::new();
        let mut after = seq;
        loop {
            let records = log::public_after(&mut self.conn, after, self.tip.seq, PAGE).await?;
            let Some(end) = records.last().map(|record| record.entry.header.seq) else { break };
            after = end;
            for record in records {
                if let Ok(Public::Verdict(verdict)) = Public::from_bytes(&record.entry.public) {
                    last.insert(verdict.proposal, (record.entry.header.seq, *verdict));
                }
            }
        }
        let mut answered: Vec<(u64, VerdictRow)> = last.into_values().collect();
        answered.sort_by_key(|(seq, _)| *seq);
        Ok(answered.into_iter().map(|(_, verdict)| verdict).collect())
    }

    /// Writes a verdict once more. The visit may have changed since: it is told as it is now.
    async fn answer_again(&mut self, verdict: VerdictRow) -> Result<(), StoreError> {
        let visit = match &verdict.appointment {
            Some(row) => self.appointment(Uuid::from_bytes(*row.id).into()).await?,
            None => None,
        };
        let verdict =
            VerdictRow { appointment: visit.as_ref().map(crate::project::appointment), again: true, ..verdict };
        let private = private_part(visit.as_ref(), visit.as_ref(), None);
        let subject = visit.as_ref().map(|visit| visit.id.0);
        let seq = self.append_bytes(&Public::Verdict(Box::new(verdict.clone())), private, subject).await?;
        inbox::answered_again(&mut self.conn, &verdict, seq).await
    }
}
