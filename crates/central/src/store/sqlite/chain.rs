//! The chain: which entries there are, and what is dropped.

use chairside_schedule::ClinicId;
use chairside_sync::Public;
use chairside_sync::body::{Id, VerdictRow};
use chairside_sync::wire::At;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::cells::Cells;
use crate::store::StorageError;
use crate::store::mirror::{ENTRIES_KEPT, PLACES_APART};

/// Adds an entry at its place.
pub async fn append(conn: &mut SqliteConnection, clinic: ClinicId, at: &At, public: &[u8]) -> Result<(), StorageError> {
    sqlx::query("INSERT INTO entry (clinic, seq, epoch, incarnation, hash, public) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(clinic.bytes().as_slice())
        .bind(at.seq.cast_signed())
        .bind(at.epoch.cast_signed())
        .bind(at.incarnation.as_slice())
        .bind(at.hash.as_slice())
        .bind(public)
        .execute(conn)
        .await?;
    Ok(())
}

fn place(row: &SqliteRow) -> Result<At, StorageError> {
    let mut cells = Cells::new("entry", row);
    Ok(At { seq: cells.number()?, epoch: cells.number()?, incarnation: cells.id()?, hash: cells.hash32()? })
}

/// The last place at or before `seq`.
async fn place_before(conn: &mut SqliteConnection, clinic: ClinicId, seq: u64) -> Result<Option<At>, StorageError> {
    let row = sqlx::query(
        "SELECT seq, epoch, incarnation, hash FROM entry WHERE clinic = ? AND seq <= ? ORDER BY seq DESC LIMIT 1",
    )
    .bind(clinic.bytes().as_slice())
    .bind(seq.cast_signed())
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(place).transpose()
}

/// Whether the chain holds this place.
pub async fn has(conn: &mut SqliteConnection, clinic: ClinicId, at: &At) -> Result<bool, StorageError> {
    let found = place_before(conn, clinic, at.seq).await?;
    Ok(found.is_some_and(|found| found.seq == at.seq && found.hash == at.hash && found.incarnation == at.incarnation))
}

/// Drops everything behind `seq`.
pub async fn forget_behind(conn: &mut SqliteConnection, clinic: ClinicId, seq: i64) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM entry WHERE clinic = ? AND seq > ?")
        .bind(clinic.bytes().as_slice())
        .bind(seq)
        .execute(conn)
        .await?;
    Ok(())
}

/// What the entries behind `seq` say, in order; what can't be read here is passed over.
pub async fn said_after(conn: &mut SqliteConnection, clinic: ClinicId, seq: u64) -> Result<Vec<Public>, StorageError> {
    let said: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT public FROM entry WHERE clinic = ? AND seq > ? AND public IS NOT NULL ORDER BY seq")
            .bind(clinic.bytes().as_slice())
            .bind(seq.cast_signed())
            .fetch_all(conn)
            .await?;
    Ok(said.iter().filter_map(|bytes| Public::from_bytes(bytes).ok()).collect())
}

/// The latest verdict on a wish that the clinic's log says, or said in a life that was lost.
pub async fn verdict_on(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    proposal: Id,
) -> Result<Option<VerdictRow>, StorageError> {
    for said in [
        "SELECT public FROM entry WHERE clinic = ? AND public IS NOT NULL ORDER BY seq DESC",
        "SELECT public FROM surplus WHERE clinic = ? AND public != x'' ORDER BY number DESC",
    ] {
        let said: Vec<Vec<u8>> = sqlx::query_scalar(said).bind(clinic.bytes().as_slice()).fetch_all(&mut *conn).await?;
        let verdict = said.iter().find_map(|bytes| match Public::from_bytes(bytes) {
            Ok(Public::Verdict(verdict)) if verdict.proposal == proposal => Some(*verdict),
            _ => None,
        });
        if verdict.is_some() {
            return Ok(verdict);
        }
    }
    Ok(None)
}

/// Places of the chain, the latest first, sparser the older, and where it begins.
pub async fn trail(conn: &mut SqliteConnection, clinic: ClinicId) -> Result<Vec<At>, StorageError> {
    let mut places: Vec<At> = Vec::new();
    let (mut seq, mut step) = (u64::MAX >> 1, 1);
    while let Some(at) = place_before(conn, clinic, seq).await? {
        places.push(at);
        if places.len() > 4 {
            step *= 2;
        }
        let Some(next) = at.seq.checked_sub(step) else { break };
        seq = next;
    }
    // A hub that has this one needs no mark.
    let first = sqlx::query("SELECT seq, epoch, incarnation, hash FROM entry WHERE clinic = ? ORDER BY seq LIMIT 1")
        .bind(clinic.bytes().as_slice())
        .fetch_optional(conn)
        .await?;
    let first = first.as_ref().map(place).transpose()?;
    places.extend(first.filter(|first| places.last() != Some(first)));
    Ok(places)
}

/// Drops what is too old, now and then: when the chain has passed another [`PLACES_APART`].
pub async fn prune(conn: &mut SqliteConnection, clinic: ClinicId, before: u64, after: u64) -> Result<(), StorageError> {
    if before / PLACES_APART == after / PLACES_APART || after <= ENTRIES_KEPT {
        return Ok(());
    }
    for statement in [
        "DELETE FROM entry WHERE clinic = ?1 AND seq < ?2 AND seq % ?3 != 0",
        "UPDATE entry SET public = NULL WHERE clinic = ?1 AND seq < ?2 AND seq % ?3 = 0 AND public IS NOT NULL",
    ] {
        sqlx::query(statement)
            .bind(clinic.bytes().as_slice())
            .bind((after - ENTRIES_KEPT).cast_signed())
            .bind(PLACES_APART.cast_signed())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}
