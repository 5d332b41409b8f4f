//! Contacts that have to be verified before their request goes on.

use chairside_schedule::id::PractitionerId;
use chairside_schedule::time::{Instant, Interval};
use chairside_sync::booking::{Event, State};
use chairside_sync::holds::{Place, VisitorId};
use chairside_sync::mails::BookingId;
use chairside_sync::proposal::day_of;
use chairside_sync::{Now, Proposal, Wish};
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

use super::read;
use crate::keys::Salt;
use crate::store::requests::{Claiming, Request, Verified, Verifying};
use crate::store::sqlite::cells::{Cells, damaged};
use crate::store::sqlite::holds;
use crate::store::{Effects, StorageError};

/// How often a code may be wrong: of a million codes, so few tries find none.
pub const TRIES: u32 = 5;

/// A booking's contact is to be verified.
pub async fn insert(
    conn: &mut SqliteConnection,
    booking: BookingId,
    salt: &Salt,
    visitor: VisitorId,
) -> Result<(), StorageError> {
    sqlx::query("INSERT INTO verification (booking, salt, visitor) VALUES (?, ?, ?)")
        .bind(booking.0.as_bytes().as_slice())
        .bind(salt.as_slice())
        .bind(visitor.0.as_bytes().as_slice())
        .execute(conn)
        .await?;
    Ok(())
}

/// How far it is.
pub async fn read(conn: &mut SqliteConnection, booking: BookingId) -> Result<Option<Verifying>, StorageError> {
    let row = sqlx::query("SELECT salt, visitor, tries, verified_ms IS NOT NULL FROM verification WHERE booking = ?")
        .bind(booking.0.as_bytes().as_slice())
        .fetch_optional(conn)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut cells = Cells::new("verification", &row);
    Ok(Some(Verifying {
        salt: *cells.id()?,
        visitor: VisitorId(cells.uuid()?),
        tries: cells.number()?,
        done: cells.flag()?,
    }))
}

/// A code was entered.
pub async fn verify(
    conn: &mut SqliteConnection,
    booking: BookingId,
    right: bool,
    now: Now,
) -> Result<Verified, StorageError> {
    let Some(verifying) = read(conn, booking).await?.filter(|verifying| !verifying.done) else {
        return Ok(Verified::Already);
    };
    if verifying.tries >= TRIES {
        return Ok(Verified::Spent);
    }
    if !right {
        sqlx::query("UPDATE verification SET tries = tries + 1 WHERE booking = ?")
            .bind(booking.0.as_bytes().as_slice())
            .execute(conn)
            .await?;
        return Ok(Verified::Wrong);
    }
    let first = read::booking(conn, booking).await?.and_then(|booking| booking.requests.into_iter().next());
    let Some(first) = first.filter(|first| first.state == State::Requested) else { return Ok(Verified::Already) };
    let claim = claim_of(&first, verifying.visitor)?;
    let mut effects = Effects::default();
    if holds::submit(conn, first.clinic, &claim, first.proposal, now, &mut effects).await?.is_err() {
        return Ok(Verified::NoPlace);
    }
    holds::claim(conn, first.clinic, &claim, first.proposal).await?;
    sqlx::query("UPDATE verification SET verified_ms = ? WHERE booking = ?")
        .bind(now.wall_ms)
        .bind(booking.0.as_bytes().as_slice())
        .execute(&mut *conn)
        .await?;
    super::step(conn, first.proposal, Event::Screened, None, now, &mut effects).await?;
    Ok(Verified::Now(effects))
}

/// The place a wish for a new visit takes.
fn claim_of(request: &Request, visitor: VisitorId) -> Result<Claiming, StorageError> {
    let damage = || damaged("request", "content");
    let proposal = Proposal::from_bytes(&request.content).map_err(|_| damage())?;
    let Wish::Book(wished) = proposal.wish else { return Err(damage()) };
    let start = Instant(request.start_s);
    let interval = Interval::new(start, Instant(start.0 + i64::from(wished.minutes) * 60)).ok_or_else(damage)?;
    let practitioner = PractitionerId(Uuid::from_bytes(*wished.practitioner));
    Ok(Claiming { visitor, place: Place { practitioner, chair: None, interval }, day: day_of(wished.local_s) })
}
