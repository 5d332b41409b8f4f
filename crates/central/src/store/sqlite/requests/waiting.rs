//! What a desk is shown of what waits here: where, what for, since when, and
//! the sealed words that only it can read.

use chairside_schedule::ClinicId;
use chairside_sync::body::Id;
use chairside_sync::wire::{WAITING_PLACES, Waiting, WaitingPlace, WaitingRequest};
use chairside_sync::{Now, Proposal, ProposalId, Wish};
use sqlx::sqlite::SqliteConnection;

use crate::store::StorageError;
use crate::store::sqlite::cells::{Cells, damaged};
use crate::store::sqlite::holds;

/// Everything of a clinic that waits, the soonest places first.
pub async fn waiting(conn: &mut SqliteConnection, clinic: ClinicId, now: Now) -> Result<Waiting, StorageError> {
    let held: u32 = sqlx::query_scalar("SELECT count(*) FROM request WHERE clinic = ? AND state = 'held'")
        .bind(clinic.bytes().as_slice())
        .fetch_one(&mut *conn)
        .await?;
    let filling_in = holds::alive(conn, clinic, now).await?;
    let mut places = held_places(conn, clinic).await?;
    places.extend(filling_in.iter().map(|place| WaitingPlace {
        practitioner: Id::from(*place.practitioner.bytes()),
        start_s: place.interval.start.0,
        end_s: place.interval.end.0,
        request: None,
    }));
    places.sort_by_key(|place| (place.start_s, place.practitioner));
    let being_booked = u32::try_from(filling_in.len()).unwrap_or(u32::MAX);
    Ok(Waiting { held, being_booked, places }.fitted())
}

/// The places that held requests have claimed. A cancel claims none.
async fn held_places(conn: &mut SqliteConnection, clinic: ClinicId) -> Result<Vec<WaitingPlace>, StorageError> {
    let rows = sqlx::query(
        "SELECT r.proposal, r.arrived_ms, r.urgent, r.content, b.kind, c.practitioner, c.start_s, c.end_s \
         FROM request r JOIN claim c ON c.proposal = r.proposal JOIN booking b ON b.id = r.booking \
         WHERE r.clinic = ? AND r.state = 'held' ORDER BY c.start_s LIMIT ?",
    )
    .bind(clinic.bytes().as_slice())
    .bind(i64::try_from(WAITING_PLACES).unwrap_or(i64::MAX))
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let mut cells = Cells::new("request", row);
            let (id, asked_ms, urgent) = (ProposalId(cells.id()?), cells.number()?, cells.flag()?);
            let proposal = Proposal::from_bytes(&cells.bytes()?).map_err(|_| damaged("request", "content"))?;
            let kind = cells.id()?;
            let kind = if let Wish::Book(place) = &proposal.wish { place.kind } else { kind };
            let request = WaitingRequest { id, kind, asked_ms, urgent, sealed: proposal.sealed };
            let (practitioner, start_s, end_s) = (cells.id()?, cells.number()?, cells.number()?);
            Ok(WaitingPlace { practitioner, start_s, end_s, request: Some(request) })
        })
        .collect()
}
