//! What a desk is told of requests that ended here without it.

use chairside_schedule::ClinicId;
use chairside_sync::ProposalId;
use chairside_sync::wire::{EndedRequest, HowEnded};
use sqlx::sqlite::SqliteConnection;

use crate::store::StorageError;
use crate::store::sqlite::cells::Cells;

/// Those of a clinic since then, the latest first. One whose contact was never
/// verified was never held for the clinic, and what was purged can't be told.
pub async fn ended(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    since_ms: i64,
    limit: u32,
) -> Result<Vec<EndedRequest>, StorageError> {
    let rows = sqlx::query(
        "SELECT r.proposal, r.content, r.ended_ms, r.state FROM request r \
         WHERE r.clinic = ? AND r.state IN ('withdrawn', 'expired') AND r.ended_ms >= ? AND r.content <> x'' \
         AND NOT EXISTS (SELECT 1 FROM verification v WHERE v.booking = r.booking AND v.verified_ms IS NULL) \
         ORDER BY r.ended_ms DESC LIMIT ?",
    )
    .bind(clinic.bytes().as_slice())
    .bind(since_ms)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let mut cells = Cells::new("request", row);
            let (id, content, at_ms) = (ProposalId(cells.id()?), cells.bytes()?.into(), cells.number()?);
            Ok(EndedRequest { id, content, at_ms, how: cells.word(parse)? })
        })
        .collect()
}

fn parse(state: &str) -> Option<HowEnded> {
    match state {
        "withdrawn" => Some(HowEnded::Withdrawn),
        "expired" => Some(HowEnded::Expired),
        _ => None,
    }
}
