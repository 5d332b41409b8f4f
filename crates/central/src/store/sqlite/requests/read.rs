//! Reading requests and bookings.

use chairside_schedule::ClinicId;
use chairside_schedule::time::Instant;
use chairside_sync::ProposalId;
use chairside_sync::body::{Day, VerdictRow, Window};
use chairside_sync::mails::{BookingId, Outcome};
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::Standing;
use crate::store::StorageError;
use crate::store::requests::{Booking, Request};
use crate::store::sqlite::cells::{Cells, damaged};
use crate::store::told::{Spot, parse_state};

/// The columns of a request, in the order [`one`] reads them.
macro_rules! columns {
    ($rest:literal) => {
        concat!(
            "SELECT proposal, booking, clinic, content, state, number, urgent, arrived_ms, day, other_day, start_s, \
             sent_ms, quarantined, verdict, ended_ms FROM request ",
            $rest
        )
    };
}

/// Those set aside, of all clinics.
pub const ASIDE: &str = columns!(
    "WHERE quarantined IS NOT NULL AND state IN ('requested', 'held', 'sent') ORDER BY quarantined_ms LIMIT ?"
);

fn one(row: &SqliteRow) -> Result<Request, StorageError> {
    let mut cells = Cells::new("request", row);
    Ok(Request {
        proposal: ProposalId(cells.id()?),
        booking: BookingId(cells.uuid()?),
        clinic: cells.uuid()?,
        content: cells.bytes()?,
        state: cells.word(parse_state)?,
        number: cells.number()?,
        urgent: cells.flag()?,
        arrived_ms: cells.number()?,
        days: [Some(cells.number()?), cells.optional_number()?].into_iter().flatten().collect(),
        start_s: cells.number()?,
        sent_ms: cells.optional_number()?,
        quarantined: cells.optional_text()?,
        verdict: cells.optional_bytes()?.map(|bytes| verdict(&bytes)).transpose()?,
        ended_ms: cells.optional_number()?,
    })
}

fn verdict(bytes: &[u8]) -> Result<VerdictRow, StorageError> {
    minicbor::decode(bytes).map_err(|_| damaged("request", "verdict"))
}

/// Reads rows of [`columns`].
pub fn all(rows: &[SqliteRow]) -> Result<Vec<Request>, StorageError> {
    rows.iter().map(one).collect()
}

pub async fn request(conn: &mut SqliteConnection, id: ProposalId) -> Result<Option<Request>, StorageError> {
    let row = sqlx::query(columns!("WHERE proposal = ?")).bind(id.0.as_slice()).fetch_optional(conn).await?;
    row.as_ref().map(one).transpose()
}

pub async fn queue(conn: &mut SqliteConnection, clinic: ClinicId, limit: u32) -> Result<Vec<Request>, StorageError> {
    let rows = sqlx::query(columns!("WHERE clinic = ? AND state = 'held' ORDER BY rank, number LIMIT ?"))
        .bind(clinic.bytes().as_slice())
        .bind(limit)
        .fetch_all(conn)
        .await?;
    all(&rows)
}

/// Reads `practitioner, kind, local_s, minutes, start_s`.
fn spot(cells: &mut Cells<'_>) -> Result<Spot, StorageError> {
    Ok(Spot {
        practitioner: cells.id()?,
        kind: cells.id()?,
        local_s: cells.number()?,
        minutes: cells.number()?,
        start: Instant(cells.number()?),
    })
}

/// What a patient would be told of a booking.
pub async fn standing(conn: &mut SqliteConnection, id: BookingId) -> Result<Option<Standing>, StorageError> {
    let row = sqlx::query(
        "SELECT clinic, sequence, outcome, contact IS NOT NULL, practitioner, kind, local_s, minutes, start_s \
         FROM booking WHERE id = ?",
    )
    .bind(id.0.as_bytes().as_slice())
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let mut cells = Cells::new("booking", &row);
    Ok(Some(Standing {
        clinic: cells.uuid()?,
        sequence: cells.number()?,
        outcome: cells.word(Outcome::parse)?,
        has_contact: cells.flag()?,
        spot: spot(&mut cells)?,
    }))
}

pub async fn booking(conn: &mut SqliteConnection, id: BookingId) -> Result<Option<Booking>, StorageError> {
    let row = sqlx::query(
        "SELECT clinic, appointment, secret_hash, contact, language, made_ms, outcome, sequence, \
         practitioner, kind, local_s, minutes, start_s FROM booking WHERE id = ?",
    )
    .bind(id.0.as_bytes().as_slice())
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let mut cells = Cells::new("booking", &row);
    let mut booking = Booking {
        id,
        clinic: cells.uuid()?,
        appointment: cells.id()?,
        secret_hash: cells.hash()?,
        contact: cells.optional_text()?,
        language: cells.text()?,
        made_ms: cells.number()?,
        outcome: cells.word(Outcome::parse)?,
        sequence: cells.number()?,
        spot: spot(&mut cells)?,
        requests: Vec::new(),
        verifying: super::verify::read(conn, id).await?,
    };
    let rows = sqlx::query(columns!("WHERE booking = ? ORDER BY number"))
        .bind(id.0.as_bytes().as_slice())
        .fetch_all(conn)
        .await?;
    booking.requests = all(&rows)?;
    Ok(Some(booking))
}

/// Bookings whose place is on these days.
pub async fn bookings(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    days: Window,
) -> Result<Vec<Booking>, StorageError> {
    let seconds = |day: Day| i64::from(day) * 86_400;
    let rows =
        sqlx::query("SELECT id FROM booking WHERE clinic = ? AND local_s >= ? AND local_s < ? ORDER BY local_s, id")
            .bind(clinic.bytes().as_slice())
            .bind(seconds(days.from))
            .bind(seconds(days.to))
            .fetch_all(&mut *conn)
            .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        found.extend(booking(conn, BookingId(Cells::new("booking", row).uuid()?)).await?);
    }
    Ok(found)
}

/// What was never sent and whose time has come.
pub async fn due(
    conn: &mut SqliteConnection,
    now_s: i64,
    limit: u32,
) -> Result<Vec<(ClinicId, ProposalId)>, StorageError> {
    let rows = sqlx::query(
        "SELECT clinic, proposal FROM request WHERE state IN ('requested', 'held') AND start_s <= ? \
         ORDER BY start_s LIMIT ?",
    )
    .bind(now_s)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let mut cells = Cells::new("request", row);
            Ok((cells.uuid()?, ProposalId(cells.id()?)))
        })
        .collect()
}
