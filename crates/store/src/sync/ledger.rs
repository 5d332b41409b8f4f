//! What was asked from outside and what became of it, as people read it: from
//! the log, which keeps it for as long as there is one.

use std::collections::HashSet;

use chairside_schedule::Appointment;
use chairside_sync::body::{ConflictRow, Id, VerdictRow};
use chairside_sync::{Author, Proposal, ProposalId, Public};
use serde::Deserialize;
use sqlx::Row;
use uuid::Uuid;

use super::conflicts;
use super::inbox;
use crate::error::StoreError;
use crate::log::{self, Record};
use crate::rows::cells::Cells;
use crate::store::Store;

/// A request and the answer it got.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The entry that says so.
    pub seq: u64,
    /// When, milliseconds since 1970 in UTC.
    pub at_ms: i64,
    /// Who: a person, or this installation by rule.
    pub by: Author,
    /// The answer.
    pub verdict: VerdictRow,
    /// The request; none where it was erased, or its answer came back
    /// from a mirror that no longer had it.
    pub wish: Option<Proposal>,
    /// The visit before and after it, where it changed one.
    pub visit: (Option<Appointment>, Option<Appointment>),
}

/// A request that was put before staff.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The request.
    pub wish: Proposal,
    /// When the rule decides, milliseconds since 1970 in UTC; never, where only a person does.
    pub until_ms: Option<i64>,
    /// Its day is disputed.
    pub disputed: bool,
}

/// A conflict and where the log speaks of it last.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// The conflict.
    pub row: ConflictRow,
    /// The last entry that speaks of it.
    pub seq: u64,
    /// When that was written, milliseconds since 1970 in UTC.
    pub at_ms: i64,
}

/// What a verdict's or a pending's private part holds.
#[derive(Deserialize)]
struct Inside {
    before: Option<Appointment>,
    after: Option<Appointment>,
    wish: Option<String>,
}

/// The visit before and after an entry about a request, and the request.
pub fn inside(record: &Record) -> (Option<Appointment>, Option<Appointment>, Option<Proposal>) {
    let inside = record.private.as_ref().and_then(|private| serde_json::from_slice::<Inside>(&private.bytes).ok());
    let Some(Inside { before, after, wish }) = inside else { return (None, None, None) };
    let wish = wish.as_deref().and_then(unhex).and_then(|bytes| Proposal::from_bytes(&bytes).ok());
    (before, after, wish)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    if rest.is_empty() { bytes.collect() } else { None }
}

impl Store {
    /// Requests that were answered, the latest first: before the entry
    /// `before`, at most `limit`. What can't be read any more is passed over.
    ///
    /// # Errors
    /// The database's.
    pub async fn answered(&self, before: Option<u64>, limit: u32) -> Result<Vec<Answered>, StoreError> {
        let mut reader = self.readers.acquire().await?;
        let records = log::verdicts_before(&mut reader, before.unwrap_or(u64::MAX), limit).await?;
        let answered = records.into_iter().filter_map(|record| {
            let Ok(Public::Verdict(verdict)) = Public::from_bytes(&record.entry.public) else { return None };
            let (before, after, wish) = inside(&record);
            let header = record.entry.header;
            let (seq, at_ms, by) = (header.seq, header.at_ms, header.by);
            Some(Answered { seq, at_ms, by, verdict: *verdict, wish, visit: (before, after) })
        });
        Ok(answered.collect())
    }

    /// What waits for a person, as it came in.
    ///
    /// # Errors
    /// The database's.
    pub async fn asked(&self) -> Result<Vec<Asked>, StoreError> {
        let waiting = inbox::pending(&mut *self.readers.acquire().await?).await?;
        let asked = waiting.into_iter().map(|waiting| Asked {
            wish: waiting.proposal,
            until_ms: waiting.pending_until_ms.filter(|_| !waiting.disputed),
            disputed: waiting.disputed,
        });
        Ok(asked.collect())
    }

    /// Which of these requests have come here: they wait, or have an answer.
    ///
    /// # Errors
    /// The database's.
    pub async fn reached(&self, ids: &[ProposalId]) -> Result<HashSet<ProposalId>, StoreError> {
        if ids.is_empty() {
            return Ok(HashSet::new());
        }
        let mut query = sqlx::QueryBuilder::new(
            "SELECT proposal FROM (SELECT proposal FROM inbox UNION ALL SELECT proposal FROM verdict) \
             WHERE proposal IN (",
        );
        let mut listed = query.separated(", ");
        for id in ids {
            listed.push_bind(id.0.to_vec());
        }
        query.push(")");
        let rows = query.build().fetch_all(&mut *self.readers.acquire().await?).await?;
        rows.iter().map(|row| Ok(ProposalId(Id::from(*Cells::new("inbox", row, 0).id::<Uuid>()?.as_bytes())))).collect()
    }

    /// Conflicts that nobody has settled, the earliest said first, then those
    /// settled since `settled_ms` (milliseconds since 1970 in UTC).
    ///
    /// # Errors
    /// The database's.
    pub async fn conflicts(&self, settled_ms: i64) -> Result<Vec<Conflict>, StoreError> {
        let mut reader = self.readers.acquire().await?;
        let rows = sqlx::query(
            "SELECT c.said, c.seq, l.at_ms FROM conflict c JOIN log l ON l.seq = c.seq \
             WHERE c.settled = 0 OR l.at_ms >= ? ORDER BY c.settled, c.seq",
        )
        .bind(settled_ms)
        .fetch_all(&mut *reader)
        .await?;
        rows.iter()
            .map(|row| {
                let seq = row.get::<i64, _>(1).cast_unsigned();
                Ok(Conflict { row: conflicts::conflict(row.get(0))?, seq, at_ms: row.get(2) })
            })
            .collect()
    }

    /// How many conflicts nobody has settled.
    ///
    /// # Errors
    /// The database's.
    pub async fn open_conflicts(&self) -> Result<u32, StoreError> {
        let mut reader = self.readers.acquire().await?;
        Ok(sqlx::query_scalar("SELECT count(*) FROM conflict WHERE settled = 0").fetch_one(&mut *reader).await?)
    }

    /// The entry at `seq`, if there is one.
    ///
    /// # Errors
    /// The database's, [`StoreError::Damaged`].
    pub async fn log_at(&self, seq: u64) -> Result<Option<Record>, StoreError> {
        log::at(&mut *self.readers.acquire().await?, seq).await
    }
}
