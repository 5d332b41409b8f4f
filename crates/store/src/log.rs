//! The log: reading it, and adding to it inside a transaction.

use std::collections::HashSet;

use chairside_schedule::StaffId;
use chairside_sync::{Author, Causes, Entry, Hash, Header, Incarnation, NodeId, Private, Tip};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use uuid::Uuid;

use crate::error::StoreError;
use crate::rows::cells::damaged;

/// An entry as the store keeps it, with the part that stays in the clinic.
#[derive(Clone, Debug)]
pub struct Record {
    /// The entry.
    pub entry: Entry,
    /// Its private part; `None` once erased.
    pub private: Option<Private>,
    /// Its hash, as it was when written.
    pub hash: Hash,
    /// The row it is about.
    pub subject: Option<Uuid>,
}

macro_rules! columns {
    () => {
        "seq, epoch, incarnation, at_ms, by_kind, by_id, causes, public, commitment, salt, private, hash, subject"
    };
}

macro_rules! insert {
    () => {
        concat!("INSERT INTO log (", columns!(), ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)")
    };
}

/// Writes a record that follows the tip.
pub(crate) async fn append(conn: &mut SqliteConnection, record: &Record) -> Result<(), StoreError> {
    run_insert(conn, insert!(), record).await
}

/// Writes a record that follows the tip and commits the open transaction, in
/// one message to the connection's thread.
pub(crate) async fn append_and_commit(conn: &mut SqliteConnection, record: &Record) -> Result<(), StoreError> {
    run_insert(conn, concat!(insert!(), "; COMMIT"), record).await
}

async fn run_insert(conn: &mut SqliteConnection, statement: &'static str, record: &Record) -> Result<(), StoreError> {
    let header = &record.entry.header;
    let (by_kind, by_id) = match header.by {
        Author::Staff(staff) => (0, staff.0),
        Author::Node(node) => (1, node.0),
    };
    sqlx::query(statement)
        .bind(header.seq.cast_signed())
        .bind(header.epoch.cast_signed())
        .bind(header.incarnation.0.as_bytes().as_slice())
        .bind(header.at_ms)
        .bind(by_kind)
        .bind(by_id.as_bytes().to_vec())
        .bind(header.causes.to_bytes())
        .bind(record.entry.public.as_slice())
        .bind(record.entry.commitment.0.as_slice())
        .bind(record.private.as_ref().map(|private| private.salt.to_vec()))
        .bind(record.private.as_ref().map(|private| private.bytes.as_slice()))
        .bind(record.hash.0.as_slice())
        .bind(record.subject.map(|subject| subject.as_bytes().to_vec()))
        .execute(conn)
        .await?;
    Ok(())
}

/// Where the log ends and what was known there; `None` while it is empty.
pub(crate) async fn tip(conn: &mut SqliteConnection) -> Result<Option<(Tip, Causes)>, StoreError> {
    let row =
        sqlx::query(concat!("SELECT ", columns!(), " FROM log ORDER BY seq DESC LIMIT 1")).fetch_optional(conn).await?;
    let Some(row) = row else { return Ok(None) };
    let record = record(&row)?;
    let header = record.entry.header;
    let tip = Tip { epoch: header.epoch, incarnation: header.incarnation, seq: header.seq, hash: record.hash };
    Ok(Some((tip, header.causes)))
}

/// The entry at `seq`, if there is one.
pub(crate) async fn at(conn: &mut SqliteConnection, seq: u64) -> Result<Option<Record>, StoreError> {
    let row = sqlx::query(concat!("SELECT ", columns!(), " FROM log WHERE seq = ?"))
        .bind(seq.cast_signed())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(record).transpose()
}

/// The entries after `after`, in order, at most `limit`.
pub(crate) async fn after(conn: &mut SqliteConnection, after: u64, limit: u32) -> Result<Vec<Record>, StoreError> {
    each_after(conn, after, limit).await?.into_iter().collect()
}

/// As [`after`], each entry by itself: one that can't be read is an answer too.
pub(crate) async fn each_after(
    conn: &mut SqliteConnection,
    after: u64,
    limit: u32,
) -> Result<Vec<Result<Record, StoreError>>, StoreError> {
    let rows = sqlx::query(concat!("SELECT ", columns!(), " FROM log WHERE seq > ? ORDER BY seq LIMIT ?"))
        .bind(after.cast_signed())
        .bind(limit)
        .fetch_all(conn)
        .await?;
    Ok(rows.iter().map(record).collect())
}

/// The entries after `after` up to and including `upto`, in order, at most
/// `limit`, without what stays in the clinic.
pub(crate) async fn public_after(
    conn: &mut SqliteConnection,
    after: u64,
    upto: u64,
    limit: u32,
) -> Result<Vec<Record>, StoreError> {
    let rows = sqlx::query(
        "SELECT seq, epoch, incarnation, at_ms, by_kind, by_id, causes, public, commitment, NULL, NULL, hash, subject \
         FROM log WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
    )
    .bind(after.cast_signed())
    .bind(upto.cast_signed())
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.iter().map(record).collect()
}

/// The entries about one row, in order.
pub(crate) async fn about(conn: &mut SqliteConnection, subject: Uuid) -> Result<Vec<Record>, StoreError> {
    let rows = sqlx::query(concat!("SELECT ", columns!(), " FROM log WHERE subject = ? ORDER BY seq"))
        .bind(subject.as_bytes().to_vec())
        .fetch_all(conn)
        .await?;
    rows.iter().map(record).collect()
}

/// The verdicts before the entry `before`, the latest first, at most `limit`.
pub(crate) async fn verdicts_before(
    conn: &mut SqliteConnection,
    before: u64,
    limit: u32,
) -> Result<Vec<Record>, StoreError> {
    // The condition is the index's own, word for word.
    let rows = sqlx::query(concat!(
        "SELECT ",
        columns!(),
        " FROM log WHERE substr(public, 2, 1) = x'08' AND seq < ? ORDER BY seq DESC LIMIT ?"
    ))
    .bind(i64::try_from(before).unwrap_or(i64::MAX))
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.iter().map(record).collect()
}

/// Every row that entries after `after` are about.
pub(crate) async fn subjects_after(conn: &mut SqliteConnection, after: u64) -> Result<HashSet<Uuid>, StoreError> {
    let rows: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT DISTINCT subject FROM log WHERE seq > ? AND subject IS NOT NULL")
            .bind(after.cast_signed())
            .fetch_all(conn)
            .await?;
    let subject = |bytes: &Vec<u8>| Uuid::from_slice(bytes).map_err(|_| damaged("log", "subject"));
    rows.iter().map(subject).collect()
}

/// The last entry about one row.
pub(crate) async fn last_about(conn: &mut SqliteConnection, subject: Uuid) -> Result<Option<u64>, StoreError> {
    let seq: Option<i64> = sqlx::query_scalar("SELECT max(seq) FROM log WHERE subject = ?")
        .bind(subject.as_bytes().to_vec())
        .fetch_one(conn)
        .await?;
    Ok(seq.map(i64::cast_unsigned))
}

fn record(row: &SqliteRow) -> Result<Record, StoreError> {
    let seq = row.get::<i64, _>(0).cast_unsigned();
    let damaged = |what: &str| StoreError::Damaged(format!("log entry {seq}: {what}"));
    let uuid = |at: usize| Uuid::from_slice(row.get::<&[u8], _>(at)).map_err(|_| damaged("an id isn't sixteen bytes"));
    let hash = |at: usize| Hash::from_slice(row.get::<&[u8], _>(at)).ok_or_else(|| damaged("a hash isn't 32 bytes"));
    let by = match row.get::<i64, _>(4) {
        0 => Author::Staff(StaffId(uuid(5)?)),
        _ => Author::Node(NodeId(uuid(5)?)),
    };
    let header = Header {
        epoch: row.get::<i64, _>(1).cast_unsigned(),
        incarnation: Incarnation(uuid(2)?),
        seq,
        at_ms: row.get(3),
        by,
        causes: Causes::from_bytes(row.get::<&[u8], _>(6)).map_err(|_| damaged("its causes can't be read"))?,
    };
    let private = match (row.get::<Option<&[u8]>, _>(9), row.get::<Option<&[u8]>, _>(10)) {
        (Some(salt), Some(bytes)) => Some(Private {
            salt: salt.try_into().map_err(|_| damaged("its salt isn't 32 bytes"))?,
            bytes: bytes.to_vec(),
        }),
        (None, None) => None,
        _ => return Err(damaged("its private part is half erased")),
    };
    Ok(Record {
        entry: Entry { header, public: row.get(7), commitment: hash(8)? },
        private,
        hash: hash(11)?,
        subject: row
            .get::<Option<&[u8]>, _>(12)
            .map(Uuid::from_slice)
            .transpose()
            .map_err(|_| damaged("its subject isn't sixteen bytes"))?,
    })
}
