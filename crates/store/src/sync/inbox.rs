//! Proposals until they are decided, and the answers they got.

use std::collections::BTreeSet;

use chairside_schedule::time::{Instant, day_number};
use chairside_sync::body::{Day, Id, VerdictRow};
use chairside_sync::decide::First;
use chairside_sync::hub::{Receipt, Seen, receipt};
use chairside_sync::proposal::content_hash;
use chairside_sync::wire::Propose;
use chairside_sync::{Hash, Proposal, ProposalId, Wish};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use crate::error::StoreError;
use crate::rows::cells::damaged;
use crate::tx::Tx;

/// A proposal that waits.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) proposal: Proposal,
    /// The bytes it came as, and their hash.
    pub(super) bytes: Vec<u8>,
    pub(super) content: Hash,
    /// Its days can't be verified: only a person decides. As its mirror said, and
    /// from when it was looked at, as the gate did.
    pub(super) disputed: bool,
    /// Put before staff, until then at the latest.
    pub(super) pending_until_ms: Option<i64>,
}

macro_rules! columns {
    () => {
        "SELECT content, bytes, disputed, pending_until_ms, place, by_staff FROM inbox "
    };
}

fn waiting(row: &SqliteRow) -> Result<Waiting, StoreError> {
    let bytes: Vec<u8> = row.get(1);
    Ok(Waiting {
        proposal: Proposal::from_bytes(&bytes).map_err(|_| damaged("inbox", "bytes"))?,
        content: Hash::from_slice(row.get(0)).ok_or_else(|| damaged("inbox", "content"))?,
        bytes,
        disputed: row.get(2),
        pending_until_ms: row.get(3),
    })
}

/// Where a reading of the inbox stands: staff's first, then as they came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor {
    by_staff: bool,
    place: i64,
}

impl Cursor {
    pub(super) const START: Self = Self { by_staff: true, place: 0 };
}

/// Proposals read at a time.
const PAGE: u32 = 64;

/// The next proposals behind a cursor, which moves on; none at the end. One
/// that can't be read is said aloud and passed over: those behind it go on.
pub(super) async fn next_waiting(
    conn: &mut SqliteConnection,
    cursor: &mut Cursor,
) -> Result<Option<Vec<Waiting>>, StoreError> {
    let rows = sqlx::query(concat!(
        columns!(),
        "WHERE by_staff < ?1 OR (by_staff = ?1 AND place > ?2) ORDER BY by_staff DESC, place LIMIT ?3"
    ))
    .bind(cursor.by_staff)
    .bind(cursor.place)
    .bind(PAGE)
    .fetch_all(conn)
    .await?;
    let Some(last) = rows.last() else { return Ok(None) };
    *cursor = Cursor { place: last.get(4), by_staff: last.get(5) };
    Ok(Some(readable(&rows)))
}

fn readable(rows: &[SqliteRow]) -> Vec<Waiting> {
    let mut read = Vec::with_capacity(rows.len());
    for row in rows {
        match waiting(row) {
            Ok(waiting) => read.push(waiting),
            Err(error) => tracing::error!(place = row.get::<i64, _>(4), %error, "a proposal can't be read any more"),
        }
    }
    read
}

/// One that waits, by id.
pub(super) async fn by_id(conn: &mut SqliteConnection, id: ProposalId) -> Result<Option<Waiting>, StoreError> {
    let row = sqlx::query(concat!(columns!(), "WHERE proposal = ?")).bind(id.0.as_slice()).fetch_optional(conn).await?;
    row.as_ref().map(waiting).transpose()
}

/// Those put before staff, as they came. One that can't be read keeps no other one waiting.
pub(super) async fn pending(conn: &mut SqliteConnection) -> Result<Vec<Waiting>, StoreError> {
    let rows =
        sqlx::query(concat!(columns!(), "WHERE pending_until_ms IS NOT NULL ORDER BY place")).fetch_all(conn).await?;
    Ok(readable(&rows))
}

/// The answer a proposal got.
pub(super) async fn verdict(conn: &mut SqliteConnection, id: Id) -> Result<Option<VerdictRow>, StoreError> {
    let row =
        sqlx::query("SELECT answer FROM verdict WHERE proposal = ?").bind(id.as_slice()).fetch_optional(conn).await?;
    row.map(|row| answer(row.get(0))).transpose()
}

fn answer(bytes: &[u8]) -> Result<VerdictRow, StoreError> {
    minicbor::decode(bytes).map_err(|_| damaged("verdict", "answer"))
}

/// Answers kept from the entry `from` on, at most `limit`, and where the rest begins.
pub(super) async fn verdicts_from(
    conn: &mut SqliteConnection,
    from: u64,
    limit: u32,
) -> Result<(Vec<VerdictRow>, Option<u64>), StoreError> {
    let rows = sqlx::query("SELECT seq, answer FROM verdict WHERE seq >= ? ORDER BY seq LIMIT ?")
        .bind(from.cast_signed())
        .bind(limit)
        .fetch_all(conn)
        .await?;
    let last = rows.last().map(|row| row.get::<i64, _>(0).cast_unsigned());
    let full = rows.len() == usize::try_from(limit).unwrap_or(usize::MAX);
    let verdicts = rows.iter().map(|row| answer(row.get(1))).collect::<Result<_, _>>()?;
    Ok((verdicts, last.filter(|_| full).map(|last| last + 1)))
}

/// What a proposal that another one depends on has come to.
pub(super) async fn first(conn: &mut SqliteConnection, after: Option<ProposalId>) -> Result<First, StoreError> {
    let Some(first) = after else { return Ok(First::None) };
    if let Some(verdict) = verdict(conn, first.0).await? {
        return Ok(if verdict.accepted { First::Accepted } else { First::Rejected });
    }
    let waits: Option<i64> = sqlx::query_scalar("SELECT place FROM inbox WHERE proposal = ?")
        .bind(first.0.as_slice())
        .fetch_optional(conn)
        .await?;
    Ok(if waits.is_some() { First::Open } else { First::Unknown })
}

impl Tx {
    /// Keeps a proposal, unless its id is known.
    pub(super) async fn receive(&mut self, propose: &Propose) -> Result<Receipt, StoreError> {
        let seen = self.seen(propose.id).await?;
        let (receipt, fresh) = receipt(propose, seen.as_ref());
        if let Some(proposal) = fresh {
            sqlx::query("INSERT INTO inbox (proposal, content, bytes, by_staff, disputed) VALUES (?, ?, ?, ?, ?)")
                .bind(propose.id.0.as_slice())
                .bind(content_hash(&propose.content).0.to_vec())
                .bind(propose.content.as_slice())
                .bind(matches!(proposal.wish, Wish::Edit(_)))
                .bind(propose.disputed)
                .execute(&mut self.conn)
                .await?;
            self.beside_the_log = true;
        }
        Ok(receipt)
    }

    async fn seen(&mut self, id: ProposalId) -> Result<Option<Seen>, StoreError> {
        if let Some(verdict) = verdict(&mut self.conn, id.0).await? {
            return Ok(Some(Seen { content: Hash(*verdict.content), verdict: Some(verdict) }));
        }
        let content = sqlx::query("SELECT content FROM inbox WHERE proposal = ?")
            .bind(id.0.as_slice())
            .fetch_optional(&mut self.conn)
            .await?;
        let Some(row) = content else { return Ok(None) };
        let content = Hash::from_slice(row.get(0)).ok_or_else(|| damaged("inbox", "content"))?;
        Ok(Some(Seen { content, verdict: None }))
    }

    /// A proposal was put before staff: the entry says so. No limit decides it
    /// where that was for a dispute.
    pub(super) async fn now_pending(&mut self, waiting: &Waiting, until_ms: i64) -> Result<(), StoreError> {
        sqlx::query("UPDATE inbox SET pending_until_ms = ?, disputed = ? WHERE proposal = ?")
            .bind(until_ms)
            .bind(waiting.disputed)
            .bind(waiting.proposal.id.0.as_slice())
            .execute(&mut self.conn)
            .await?;
        Ok(())
    }

    /// A proposal was answered by the entry `seq`; it waits no longer.
    pub(super) async fn answered(
        &mut self,
        verdict: &VerdictRow,
        seq: u64,
        about: About,
        by: AnsweredBy,
    ) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM inbox WHERE proposal = ?")
            .bind(verdict.proposal.as_slice())
            .execute(&mut self.conn)
            .await?;
        sqlx::query(
            "INSERT INTO verdict (proposal, seq, appointment, day, answer, heard_out) VALUES (?, ?, ?, ?, ?, ?) \
             ON CONFLICT (proposal) DO UPDATE \
             SET seq = excluded.seq, answer = excluded.answer, heard_out = excluded.heard_out",
        )
        .bind(verdict.proposal.as_slice())
        .bind(seq.cast_signed())
        .bind(about.appointment.as_slice())
        .bind(about.day)
        .bind(bytes_of(verdict))
        .bind(by == AnsweredBy::Rule)
        .execute(&mut self.conn)
        .await?;
        Ok(())
    }

    /// Which of these proposals this life of the store answered by rule.
    pub(super) async fn heard_out(&mut self, proposals: &[Id]) -> Result<BTreeSet<Id>, StoreError> {
        let mut heard_out = BTreeSet::new();
        for proposal in proposals {
            let by_rule: Option<bool> = sqlx::query_scalar("SELECT heard_out FROM verdict WHERE proposal = ?")
                .bind(proposal.as_slice())
                .fetch_optional(&mut self.conn)
                .await?;
            heard_out.extend(by_rule.filter(|by_rule| *by_rule).map(|_| *proposal));
        }
        Ok(heard_out)
    }

    /// Another life of the store begins: central has to be heard out anew.
    pub(crate) async fn hear_out_anew(&mut self) -> Result<(), StoreError> {
        sqlx::query("UPDATE verdict SET heard_out = 0 WHERE heard_out = 1").execute(&mut self.conn).await?;
        Ok(())
    }

    /// Forgets answers nobody can ask for any more: the day they were about is
    /// past, wherever the visit is by now, and every mirror has the entry.
    pub(super) async fn forget_old_verdicts(&mut self) -> Result<(), StoreError> {
        let today = self.today();
        let done = sqlx::query(
            "DELETE FROM verdict WHERE day < ?1 AND seq <= (SELECT min(acknowledged) FROM mirror) \
             AND NOT EXISTS (SELECT 1 FROM appointment a WHERE a.id = verdict.appointment AND a.day >= ?1)",
        )
        .bind(today)
        .execute(&mut self.conn)
        .await?;
        self.beside_the_log |= done.rows_affected() > 0;
        Ok(())
    }

    /// The clinic's local day just now.
    pub(super) fn today(&self) -> Day {
        day_number(Instant(self.moment.at_ms.div_euclid(1_000)).local(&self.clinic.zone).date())
    }
}

/// How an answer came about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum AnsweredBy {
    /// By rule, behind an open gate: central had been heard out.
    Rule,
    /// By a person, who may not have heard of an earlier answer.
    Person,
    /// It was given before, and came back.
    Before,
}

/// What an answer was about: how long it has to be kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct About {
    pub(super) appointment: Id,
    /// The last day it touched.
    pub(super) day: Day,
}

/// How far ahead, in days, a wish is taken to reach whose day nobody here
/// knows: no clinic offers more than a year.
const DAYS_AHEAD: Day = 366;

impl About {
    /// What a proposal and its answer say.
    pub(super) fn proposal(proposal: &Proposal, verdict: &VerdictRow, today: Day) -> Self {
        let days = proposal.days().into_iter().chain(verdict.appointment.as_ref().map(|row| row.day));
        Self { appointment: proposal.appointment, day: days.max().unwrap_or(today) }
    }

    /// What an answer alone says, whose proposal was lost.
    pub(super) fn lost(verdict: &VerdictRow, today: Day) -> Self {
        match &verdict.appointment {
            Some(row) => Self { appointment: row.id, day: row.day },
            None => Self { appointment: verdict.proposal, day: today + DAYS_AHEAD },
        }
    }
}

/// An answer was written once more, as the entry `seq`.
pub(super) async fn answered_again(
    conn: &mut SqliteConnection,
    verdict: &VerdictRow,
    seq: u64,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE verdict SET seq = ?, answer = ? WHERE proposal = ?")
        .bind(seq.cast_signed())
        .bind(bytes_of(verdict))
        .bind(verdict.proposal.as_slice())
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) fn bytes_of(verdict: &VerdictRow) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(160);
    let written = minicbor::encode(verdict, &mut bytes);
    debug_assert!(written.is_ok(), "writing to memory failed");
    bytes
}
