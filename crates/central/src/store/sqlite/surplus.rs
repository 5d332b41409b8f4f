//! What lost lives of the hub said, numbered from 0, for the hub to have back.

use std::collections::{HashMap, HashSet};

use chairside_schedule::ClinicId;
use chairside_sync::Public;
use chairside_sync::body::{Id, VerdictRow};
use chairside_sync::restore::{Lost, is_given_back};
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::cells::{Cells, damaged};
use super::chain::{forget_behind, said_after};
use super::requests::is_brought_back;
use crate::store::StorageError;
use crate::store::mirror::SURPLUS_AT_ONCE;

/// Takes everything behind `seq` out of the chain, for the hub to have back:
/// first the verdicts that came otherwise than by this chain, or before it began
/// here, then what it said itself. Of several verdicts on one wish only the last
/// is given back; the places of the others stay, for the hub counts them.
pub async fn leave_behind(conn: &mut SqliteConnection, clinic: ClinicId, seq: i64) -> Result<(), StorageError> {
    let told = verdicts(conn, clinic).await?;
    let mut back = Vec::new();
    if !told.is_empty() {
        let said = said_after(conn, clinic, 0).await?.into_iter().filter_map(|body| match body {
            Public::Verdict(verdict) => Some(verdict.proposal),
            _ => None,
        });
        let said: HashSet<Id> = said.collect();
        let older = told.iter().filter(|verdict| !said.contains(&verdict.proposal));
        back.extend(older.map(|verdict| Public::Verdict(Box::new(verdict.clone())).to_bytes()));
    }
    let lost: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT public FROM entry WHERE clinic = ? AND seq > ? AND public IS NOT NULL ORDER BY seq")
            .bind(clinic.bytes().as_slice())
            .bind(seq)
            .fetch_all(&mut *conn)
            .await?;
    let accepted: HashMap<Id, bool> = told.iter().map(|verdict| (verdict.proposal, verdict.accepted)).collect();
    let accepted = |id| accepted.get(&id).copied();
    back.extend(lost.into_iter().filter(|public| is_given_back(public, accepted)));
    keep(conn, clinic, back).await?;
    forget_behind(conn, clinic, seq).await
}

/// Entries of lost lives from this number on; empty where a later one says it
/// better, or where patients were told otherwise since.
pub async fn read(conn: &mut SqliteConnection, clinic: ClinicId, from: u64) -> Result<Vec<Lost>, StorageError> {
    let entries: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT public FROM surplus WHERE clinic = ? AND number >= ? ORDER BY number LIMIT ?")
            .bind(clinic.bytes().as_slice())
            .bind(i64::try_from(from).unwrap_or(i64::MAX))
            .bind(SURPLUS_AT_ONCE)
            .fetch_all(&mut *conn)
            .await?;
    let brought_back = is_brought_back(conn, clinic).await?;
    let mut lost = Vec::with_capacity(entries.len());
    for public in entries {
        let Some(proposal) = verdict_on(&public) else {
            lost.push(Lost { public, ..Lost::default() });
            continue;
        };
        let told = verdict_told(conn, proposal).await?;
        if !is_given_back(&public, |_| told.as_ref().map(|told| told.verdict.accepted)) {
            lost.push(Lost::default());
            continue;
        }
        let untold = brought_back && told.is_none_or(|told| told.untold);
        let wish = wished(conn, clinic, proposal).await?;
        lost.push(Lost { public, wish, untold: untold.then_some(proposal) });
    }
    Ok(lost)
}

/// A request as it was proposed; none once it was purged.
async fn wished(conn: &mut SqliteConnection, clinic: ClinicId, proposal: Id) -> Result<Option<Vec<u8>>, StorageError> {
    let content: Option<Vec<u8>> = sqlx::query_scalar("SELECT content FROM request WHERE proposal = ? AND clinic = ?")
        .bind(proposal.as_slice())
        .bind(clinic.bytes().as_slice())
        .fetch_optional(conn)
        .await?;
    Ok(content.filter(|content| !content.is_empty()))
}

/// The verdict on a request.
pub struct Told {
    pub verdict: VerdictRow,
    /// Its patient is told once the desk was heard out.
    pub untold: bool,
}

/// The verdict on a wish that its patient was told, or is about to be.
pub async fn verdict_told(conn: &mut SqliteConnection, proposal: Id) -> Result<Option<Told>, StorageError> {
    let row = sqlx::query("SELECT verdict, untold FROM request WHERE proposal = ? AND verdict IS NOT NULL")
        .bind(proposal.as_slice())
        .fetch_optional(conn)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut cells = Cells::new("request", &row);
    Ok(Some(Told { verdict: read_verdict(&cells.bytes()?)?, untold: cells.flag()? }))
}

/// The verdicts that patients were told.
async fn verdicts(conn: &mut SqliteConnection, clinic: ClinicId) -> Result<Vec<VerdictRow>, StorageError> {
    let rows = sqlx::query("SELECT verdict FROM request WHERE clinic = ? AND verdict IS NOT NULL ORDER BY number")
        .bind(clinic.bytes().as_slice())
        .fetch_all(conn)
        .await?;
    rows.iter().map(verdict_of).collect()
}

fn verdict_of(row: &SqliteRow) -> Result<VerdictRow, StorageError> {
    read_verdict(&Cells::new("request", row).bytes()?)
}

fn read_verdict(bytes: &[u8]) -> Result<VerdictRow, StorageError> {
    minicbor::decode(bytes).map_err(|_| damaged("request", "verdict"))
}

/// Adds entries behind those that are there.
async fn keep(conn: &mut SqliteConnection, clinic: ClinicId, back: Vec<Vec<u8>>) -> Result<(), StorageError> {
    if back.is_empty() {
        return Ok(());
    }
    let rows = sqlx::query("SELECT number, public FROM surplus WHERE clinic = ? AND public != x'' ORDER BY number")
        .bind(clinic.bytes().as_slice())
        .fetch_all(&mut *conn)
        .await?;
    let mut last = HashMap::new();
    for row in &rows {
        let mut cells = Cells::new("surplus", row);
        let number: i64 = cells.number()?;
        last.extend(verdict_on(&cells.bytes()?).map(|proposal| (proposal, number)));
    }
    let first: i64 = sqlx::query_scalar("SELECT surplus FROM mirror WHERE clinic = ?")
        .bind(clinic.bytes().as_slice())
        .fetch_one(&mut *conn)
        .await?;
    let count = i64::try_from(back.len()).unwrap_or(i64::MAX);
    for (number, public) in (first..).zip(back) {
        if let Some(proposal) = verdict_on(&public)
            && let Some(before) = last.insert(proposal, number)
        {
            sqlx::query("UPDATE surplus SET public = x'' WHERE clinic = ? AND number = ?")
                .bind(clinic.bytes().as_slice())
                .bind(before)
                .execute(&mut *conn)
                .await?;
        }
        sqlx::query("INSERT INTO surplus (clinic, number, public) VALUES (?, ?, ?)")
            .bind(clinic.bytes().as_slice())
            .bind(number)
            .bind(public)
            .execute(&mut *conn)
            .await?;
    }
    sqlx::query("UPDATE mirror SET surplus = surplus + ? WHERE clinic = ?")
        .bind(count)
        .bind(clinic.bytes().as_slice())
        .execute(conn)
        .await?;
    Ok(())
}

/// The wish an entry is a verdict on.
fn verdict_on(public: &[u8]) -> Option<Id> {
    match Public::from_bytes(public) {
        Ok(Public::Verdict(verdict)) => Some(verdict.proposal),
        _ => None,
    }
}
