//! Taking a wish down.

use chairside_schedule::time::Instant;
use chairside_sync::body::Day;
use chairside_sync::booking::{Event, State, next};
use chairside_sync::holds::Refused;
use chairside_sync::mails::{BookingId, Outcome, Row, State as Told};
use chairside_sync::proposal::content_hash;
use chairside_sync::queue::{Place, Urgency};
use chairside_sync::{Hash, Now, Proposal, ProposalId};
use sqlx::sqlite::SqliteConnection;

use super::read;
use crate::store::requests::{Counted, NewBooking, NewRequest, TakenDown};
use crate::store::sqlite::cells::Cells;
use crate::store::sqlite::{chain, holds, mails, rows};
use crate::store::told::{Kind, Spot, parse_state, state_word, told, wished};
use crate::store::{Effects, Moved, StorageError};

/// Keeps a wish, claims its place, and writes what the patient is told.
pub async fn take_down(conn: &mut SqliteConnection, request: NewRequest, now: Now) -> Result<TakenDown, StorageError> {
    let content = request.proposal.to_bytes();
    let hash = content_hash(&content);
    if let Some(known) = known(conn, &request, hash).await? {
        return Ok(known);
    }
    let Some(kind) = Kind::of(&request.proposal.wish) else { return Ok(TakenDown::NoBooking) };
    let standing = read::standing(conn, request.booking).await?;
    let spot = match (&request.fresh, &standing, kind) {
        (Some(_), Some(_), _) => return Ok(TakenDown::OtherContent),
        (Some(_), None, Kind::Book) => wished(&request.proposal, None, Instant(request.start_s)),
        (None, Some(standing), Kind::Move | Kind::Cancel) if standing.clinic == request.clinic => Some(standing.spot),
        _ => None,
    };
    let Some(spot) = spot else { return Ok(TakenDown::NoBooking) };
    if standing.is_some() && !is_about(conn, &request).await? {
        return Ok(TakenDown::NoBooking);
    }
    if let Some(counted) = request.fresh.as_ref().and_then(|fresh| fresh.terms.counted)
        && is_too_many(conn, &counted).await?
    {
        return Ok(TakenDown::TooMany);
    }
    let mut effects = Effects::default();
    let verify = request.fresh.as_ref().and_then(|fresh| fresh.terms.verify);
    // Looked at here too: between the caller's look and now the clinic may have
    // said yes to somebody, whose claim is a visit since.
    if let Some(claim) = &request.claim
        && rows::is_taken(conn, request.clinic, &claim.place, request.proposal.appointment).await?
    {
        return Ok(TakenDown::NoPlace(Refused::Taken));
    }
    if let (Some(claim), Some(_)) = (&request.claim, &verify)
        && let Err(refused) = holds::await_verification(conn, request.clinic, claim, now, &mut effects).await?
    {
        return Ok(TakenDown::NoPlace(refused));
    }
    if let (Some(claim), None) = (&request.claim, &verify)
        && let Err(refused) = holds::submit(conn, request.clinic, claim, request.proposal.id, now, &mut effects).await?
    {
        return Ok(TakenDown::NoPlace(refused));
    }
    let from = State::Requested;
    let screened = request.screened && verify.is_none();
    let to = if screened { next(from, Event::Screened).unwrap_or(from) } else { from };
    if let Some(fresh) = &request.fresh {
        let waits = to == State::Held && super::is_away(conn, request.clinic).await?;
        let outcome = if waits { Outcome::Held } else { Outcome::Received };
        insert_booking(conn, &request, fresh, outcome, &spot, now, &mut effects).await?;
    }
    insert(conn, &request, (kind, to), &spot, (&content, hash), now).await?;
    match (&request.claim, &verify) {
        (Some(claim), None) => holds::claim(conn, request.clinic, claim, request.proposal.id).await?,
        (Some(claim), Some(salt)) => super::verify::insert(conn, request.booking, salt, claim.visitor).await?,
        (None, _) => {}
    }
    if let (Some(standing), Kind::Cancel) = (&standing, kind)
        && let Some(outcome) = told(kind, to, standing.outcome)
    {
        super::tell(conn, request.booking, standing, outcome, standing.spot, false, now, &mut effects).await?;
    }
    if to != from {
        effects.moved.push(Moved { booking: request.booking, proposal: request.proposal.id, from, to });
    }
    if request.fresh.as_ref().is_some_and(|fresh| fresh.terms.restored.is_some()) {
        // The clinic may have answered while this store knew of no such request.
        let said = chain::verdict_on(conn, request.clinic, request.proposal.id.0).await?;
        if let Some(verdict) = said {
            super::verdict(conn, request.clinic, &verdict, now, &mut effects).await?;
        }
    }
    Ok(TakenDown::Fresh(effects))
}

/// What is there already under the attempt's name, or the wish's id.
async fn known(
    conn: &mut SqliteConnection,
    request: &NewRequest,
    hash: Hash,
) -> Result<Option<TakenDown>, StorageError> {
    if let Some(attempt) = &request.idempotency {
        let row = sqlx::query("SELECT idempotency_body, proposal, state FROM request WHERE idempotency_key = ?")
            .bind(attempt.key.0.as_slice())
            .fetch_optional(&mut *conn)
            .await?;
        if let Some(row) = row {
            let mut cells = Cells::new("request", &row);
            if cells.hash()? != attempt.body {
                return Ok(Some(TakenDown::OtherContent));
            }
            return Ok(Some(TakenDown::Known(ProposalId(cells.id()?), cells.word(parse_state)?)));
        }
    }
    let row = sqlx::query("SELECT content_hash, booking, state, content FROM request WHERE proposal = ?")
        .bind(request.proposal.id.0.as_slice())
        .fetch_optional(conn)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut cells = Cells::new("request", &row);
    let (content, booking) = (cells.hash()?, BookingId(cells.uuid()?));
    let state: State = cells.word(parse_state)?;
    let is_same = content == hash || is_said_again(&request.proposal, &cells.bytes()?);
    let same = is_same && booking == request.booking;
    Ok(Some(if same { TakenDown::Known(request.proposal.id, state) } else { TakenDown::OtherContent }))
}

/// Whether a change that is kept is this wish, said at another moment: twice at
/// once it is one wish. An attempt that has a name was compared by what was said.
fn is_said_again(wish: &Proposal, kept: &[u8]) -> bool {
    let kept = Proposal::from_bytes(kept).ok();
    kept.is_some_and(|kept| Proposal { asked_ms: wish.asked_ms, ..kept } == *wish)
}

/// Whether the wish is about the booking's own visit.
async fn is_about(conn: &mut SqliteConnection, request: &NewRequest) -> Result<bool, StorageError> {
    let is = sqlx::query_scalar("SELECT appointment = ? FROM booking WHERE id = ?")
        .bind(request.proposal.appointment.as_slice())
        .bind(request.booking.0.as_bytes().as_slice())
        .fetch_one(conn)
        .await?;
    Ok(is)
}

/// Whether a contact has asked for as much as one may.
async fn is_too_many(conn: &mut SqliteConnection, counted: &Counted) -> Result<bool, StorageError> {
    let made: i64 = sqlx::query_scalar("SELECT count(*) FROM booking WHERE contact_key = ? AND made_ms > ?")
        .bind(counted.key.0.as_slice())
        .bind(counted.since_ms)
        .fetch_one(conn)
        .await?;
    Ok(made >= i64::from(counted.most))
}

async fn insert_booking(
    conn: &mut SqliteConnection,
    request: &NewRequest,
    fresh: &NewBooking,
    outcome: Outcome,
    spot: &Spot,
    now: Now,
    effects: &mut Effects,
) -> Result<(), StorageError> {
    let (made_ms, sequence) = match fresh.terms.restored {
        Some(before) => (before.made_ms, before.sequence),
        None => (now.wall_ms, 1),
    };
    let state = Told { sequence, outcome, gist: spot.gist(), replaying: false };
    sqlx::query(
        "INSERT INTO booking (id, clinic, appointment, secret_hash, contact, language, made_ms, sequence, outcome, \
         gist, practitioner, kind, local_s, minutes, start_s, contact_key) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(request.booking.0.as_bytes().as_slice())
    .bind(request.clinic.bytes().as_slice())
    .bind(request.proposal.appointment.as_slice())
    .bind(fresh.secret_hash.0.as_slice())
    .bind(&fresh.contact)
    .bind(&fresh.language)
    .bind(made_ms)
    .bind(state.sequence.cast_signed())
    .bind(state.outcome.as_str())
    .bind(state.gist.0.as_slice())
    .bind(spot.practitioner.as_slice())
    .bind(spot.kind.as_slice())
    .bind(spot.local_s)
    .bind(spot.minutes)
    .bind(spot.start.0)
    .bind(fresh.terms.counted.as_ref().map(|counted| counted.key.0.as_slice()))
    .execute(&mut *conn)
    .await?;
    if fresh.contact.is_some() && fresh.terms.restored.is_none() {
        mails::insert(conn, request.clinic, &Row::new(request.booking, &state, false, now), now.wall_ms).await?;
        effects.mails = true;
    }
    Ok(())
}

async fn insert(
    conn: &mut SqliteConnection,
    request: &NewRequest,
    (kind, state): (Kind, State),
    spot: &Spot,
    (content, hash): (&[u8], Hash),
    now: Now,
) -> Result<(), StorageError> {
    let proposal = &request.proposal;
    let (day, other_day) = days(conn, request, spot).await?;
    let number: Option<i64> =
        sqlx::query_scalar("UPDATE mirror SET requests = requests + 1 WHERE clinic = ? RETURNING requests")
            .bind(request.clinic.bytes().as_slice())
            .fetch_optional(&mut *conn)
            .await?;
    let number = number.ok_or(StorageError::NoClinic(request.clinic))?;
    let urgency = if proposal.urgent { Urgency::Emergency } else { Urgency::Ordinary };
    let place = Place::of(urgency, number);
    sqlx::query(
        "INSERT INTO request (proposal, clinic, booking, wish, after, content, content_hash, state, rank, number, \
         urgent, arrived_ms, day, other_day, start_s, idempotency_key, idempotency_body) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(proposal.id.0.as_slice())
    .bind(request.clinic.bytes().as_slice())
    .bind(request.booking.0.as_bytes().as_slice())
    .bind(kind.as_str())
    .bind(proposal.after.as_ref().map(|first| first.0.as_slice()))
    .bind(content)
    .bind(hash.0.as_slice())
    .bind(state_word(state))
    .bind(place.rank)
    .bind(place.number)
    .bind(proposal.urgent)
    .bind(now.wall_ms)
    .bind(day)
    .bind(other_day)
    .bind(request.start_s)
    .bind(request.idempotency.as_ref().map(|attempt| attempt.key.0.as_slice()))
    .bind(request.idempotency.as_ref().map(|attempt| attempt.body.0.as_slice()))
    .execute(conn)
    .await?;
    Ok(())
}

/// The days whose gates a wish needs. A cancel says none itself: those of what
/// it cancels, and the one the visit is on by now.
async fn days(
    conn: &mut SqliteConnection,
    request: &NewRequest,
    spot: &Spot,
) -> Result<(Day, Option<Day>), StorageError> {
    let mut days = request.proposal.days();
    if days.is_empty()
        && let Some(first) = &request.proposal.after
    {
        let row = sqlx::query("SELECT day, other_day FROM request WHERE proposal = ?")
            .bind(first.0.as_slice())
            .fetch_optional(conn)
            .await?;
        if let Some(row) = row {
            let mut cells = Cells::new("request", &row);
            days.push(cells.number()?);
            days.extend(cells.optional_number::<Day>()?);
        }
    }
    if days.len() < 2 {
        days.push(spot.day());
    }
    days.dedup();
    let day = days.first().copied().unwrap_or_else(|| spot.day());
    Ok((day, days.get(1).copied()))
}
