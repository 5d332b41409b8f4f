//! Whether what is kept for mirrors is as the log says: a part of [`crate::verify`].

use std::collections::{HashMap, HashSet};

use chairside_sync::body::{ConflictRow, VerdictRow};
use chairside_sync::proposal::content_hash;
use chairside_sync::{Proposal, Public};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

use super::conflicts::conflict;
use super::put::uuid;
use crate::error::StoreError;
use crate::rows::cells::Cells;

/// What the log says of what is kept for mirrors.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// By proposal, the last verdict and its entry.
    verdicts: HashMap<Uuid, (u64, VerdictRow)>,
    /// By id, the last word on a conflict and its entry.
    conflicts: HashMap<Uuid, (u64, ConflictRow)>,
    /// Proposals that were put before staff.
    pending: HashSet<Uuid>,
    /// Where lives began.
    births: HashMap<u64, Uuid>,
}

impl Said {
    /// Takes the next entry.
    pub(crate) fn take(&mut self, seq: u64, life: Uuid, public: &Public) {
        match public {
            Public::Verdict(verdict) => {
                self.verdicts.insert(uuid(verdict.proposal), (seq, (**verdict).clone()));
            }
            Public::Conflict(conflict) => {
                self.conflicts.insert(uuid(conflict.id), (seq, (**conflict).clone()));
            }
            Public::Pending(pending) => {
                self.pending.insert(uuid(pending.proposal));
            }
            Public::Birth(_) => {
                self.births.insert(seq, life);
            }
            _ => {}
        }
    }

    /// The first row that isn't as the log says.
    pub(crate) async fn otherwise(&self, conn: &mut SqliteConnection) -> Result<Option<Uuid>, StoreError> {
        if let Some(id) = self.other_verdict(conn).await? {
            return Ok(Some(id));
        }
        if let Some(id) = self.other_wish(conn).await? {
            return Ok(Some(id));
        }
        if let Some(id) = other_ended(conn).await? {
            return Ok(Some(id));
        }
        if let Some(id) = self.other_conflict(conn).await? {
            return Ok(Some(id));
        }
        self.other_life(conn).await
    }

    /// An answer that is kept and was given otherwise. One that was forgotten is none.
    async fn other_verdict(&self, conn: &mut SqliteConnection) -> Result<Option<Uuid>, StoreError> {
        for row in sqlx::query("SELECT proposal, seq, answer FROM verdict").fetch_all(conn).await? {
            let id: Uuid = Cells::new("verdict", &row, 0).id()?;
            let kept = minicbor::decode::<VerdictRow>(row.get(2)).ok();
            let said = self.verdicts.get(&id);
            if said.is_none_or(|(seq, verdict)| {
                *seq != row.get::<i64, _>(1).cast_unsigned() || Some(verdict) != kept.as_ref()
            }) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// A wish that isn't what came in, that was answered and waits all the
    /// same, or that is before staff without an entry.
    async fn other_wish(&self, conn: &mut SqliteConnection) -> Result<Option<Uuid>, StoreError> {
        let rows = sqlx::query(
            "SELECT proposal, content, bytes, pending_until_ms IS NOT NULL, \
             EXISTS (SELECT 1 FROM verdict v WHERE v.proposal = inbox.proposal) FROM inbox",
        );
        for row in rows.fetch_all(conn).await? {
            let id: Uuid = Cells::new("inbox", &row, 0).id()?;
            let bytes: &[u8] = row.get(2);
            let proposal = Proposal::from_bytes(bytes).ok();
            let as_it_came = content_hash(bytes).0 == *row.get::<&[u8], _>(1)
                && proposal.is_some_and(|proposal| uuid(proposal.id.0) == id);
            let pending_as_said = !row.get::<bool, _>(3) || self.pending.contains(&id);
            if !as_it_came || !pending_as_said || row.get::<bool, _>(4) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    async fn other_conflict(&self, conn: &mut SqliteConnection) -> Result<Option<Uuid>, StoreError> {
        let mut kept = HashSet::new();
        for row in sqlx::query("SELECT id, seq, settled, said FROM conflict").fetch_all(conn).await? {
            let id: Uuid = Cells::new("conflict", &row, 0).id()?;
            let read = conflict(row.get(3)).ok();
            let as_said = self.conflicts.get(&id).is_some_and(|(seq, said)| {
                *seq == row.get::<i64, _>(1).cast_unsigned()
                    && said.settled == row.get::<bool, _>(2)
                    && read.as_ref() == Some(said)
            });
            if !as_said {
                return Ok(Some(id));
            }
            kept.insert(id);
        }
        Ok(self.conflicts.keys().find(|id| !kept.contains(*id)).copied())
    }

    async fn other_life(&self, conn: &mut SqliteConnection) -> Result<Option<Uuid>, StoreError> {
        let mut kept = HashSet::new();
        for row in sqlx::query("SELECT seq, incarnation FROM life").fetch_all(conn).await? {
            let seq = row.get::<i64, _>(0).cast_unsigned();
            let life: Uuid = Cells::new("life", &row, 1).id()?;
            if self.births.get(&seq) != Some(&life) {
                return Ok(Some(life));
            }
            kept.insert(seq);
        }
        Ok(self.births.iter().find(|(seq, _)| !kept.contains(*seq)).map(|(_, life)| *life))
    }
}

/// A request that ended elsewhere and can't be read any more.
async fn other_ended(conn: &mut SqliteConnection) -> Result<Option<Uuid>, StoreError> {
    for row in sqlx::query("SELECT proposal, bytes FROM ended").fetch_all(conn).await? {
        let id: Uuid = Cells::new("ended", &row, 0).id()?;
        if !Proposal::from_bytes(row.get(1)).is_ok_and(|proposal| uuid(proposal.id.0) == id) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}
