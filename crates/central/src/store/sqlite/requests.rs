//! A request's way, and what is told of its booking.

mod ended;
mod read;
mod take_down;
mod verify;
mod waiting;

use std::collections::BTreeSet;

use chairside_schedule::ClinicId;
use chairside_sync::body::{AppointmentRow, Day, Id, VerdictRow, Window};
use chairside_sync::booking::{self, Event, State};
use chairside_sync::mails::{BookingId, Outcome, Row, State as Told, UNDO_MS};
use chairside_sync::mirror::Sent;
use chairside_sync::proposal::content_hash;
use chairside_sync::queue::Fault;
use chairside_sync::wire::{EndedRequest, Waiting};
use chairside_sync::{Now, Proposal, ProposalId};
use sqlx::sqlite::SqliteConnection;

use super::SqliteStorage;
use super::cells::{Cells, damaged, list};
use super::{mails, surplus};
use crate::store::mirror::Moved;
use crate::store::requests::{Booking, NewRequest, Request, RequestStorage, TakenDown, Verified};
use crate::store::told::{Kind, Spot, changed, parse_state, stands_again, state_word, told, wished};
use crate::store::{Effects, StorageError};

pub(super) use read::{ASIDE, all as read_requests};

/// What a patient would be told of a booking, as its row says.
pub(super) struct Standing {
    pub clinic: ClinicId,
    pub sequence: u64,
    pub outcome: Outcome,
    pub spot: Spot,
    pub has_contact: bool,
}

/// Moves a request on, with what is told of it; `row` is the visit as the
/// clinic's answer has it. Told where it stands now, if it moved.
async fn step(
    conn: &mut SqliteConnection,
    proposal: ProposalId,
    event: Event,
    row: Option<&AppointmentRow>,
    now: Now,
    effects: &mut Effects,
) -> Result<Option<State>, StorageError> {
    let found = sqlx::query("SELECT booking, wish, state, content FROM request WHERE proposal = ?")
        .bind(proposal.0.as_slice())
        .fetch_optional(&mut *conn)
        .await?;
    let Some(found) = found else { return Ok(None) };
    let mut cells = Cells::new("request", &found);
    let booking = BookingId(cells.uuid()?);
    let (kind, from) = (cells.word(Kind::parse)?, cells.word(parse_state)?);
    let content = cells.bytes()?;
    let Ok(to) = booking::next(from, event) else { return Ok(None) };
    sqlx::query(
        "UPDATE request SET state = ?1, sent_ms = iif(?2, coalesce(sent_ms, ?4), sent_ms), \
         ended_ms = iif(?3, ?4, NULL), quarantined = iif(?3, NULL, quarantined) WHERE proposal = ?5",
    )
    .bind(state_word(to))
    .bind(to == State::Sent)
    .bind(to.is_end())
    .bind(now.wall_ms)
    .bind(proposal.0.as_slice())
    .execute(&mut *conn)
    .await?;
    effects.moved.push(Moved { booking, proposal, from, to });
    if to.is_end() {
        let day: Option<Day> = sqlx::query_scalar("DELETE FROM claim WHERE proposal = ? RETURNING day")
            .bind(proposal.0.as_slice())
            .fetch_optional(&mut *conn)
            .await?;
        effects.days.extend(day);
    }
    let Some(standing) = read::standing(conn, booking).await? else { return Ok(Some(to)) };
    let outcome = match to {
        State::Held if kind == Kind::Book => is_away(conn, standing.clinic).await?.then_some(Outcome::Held),
        _ => told(kind, to, standing.outcome),
    };
    let outcome = match outcome {
        Some(_) if kind == Kind::Cancel && standing.outcome == Outcome::CancellationSent && to != State::Confirmed => {
            Some(stands_again(first_state(conn, booking).await?))
        }
        outcome => outcome,
    };
    if let Some(outcome) = outcome {
        let spot = match row.filter(|_| to == State::Confirmed) {
            Some(row) => Spot::of(row),
            None if kind == Kind::Move && to == State::Confirmed => {
                let wish = Proposal::from_bytes(&content).map_err(|_| damaged("request", "content"))?;
                wished(&wish, Some(&standing.spot), standing.spot.start).unwrap_or(standing.spot)
            }
            None => standing.spot,
        };
        // What a cancel leaves is spoken of as it was.
        let spot = if outcome.is_on() { spot } else { standing.spot };
        tell(conn, booking, &standing, outcome, spot, false, now, effects).await?;
    }
    Ok(Some(to))
}

/// Where a booking's first request stands.
async fn first_state(conn: &mut SqliteConnection, booking: BookingId) -> Result<State, StorageError> {
    let row = sqlx::query("SELECT state FROM request WHERE booking = ? AND wish = 'book'")
        .bind(booking.0.as_bytes().as_slice())
        .fetch_one(conn)
        .await?;
    Cells::new("request", &row).word(parse_state)
}

/// The clinic can't be reached any more: whoever was told that their wish was
/// received is told that it is held.
pub(super) async fn hold_received(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    now: Now,
    effects: &mut Effects,
) -> Result<(), StorageError> {
    let rows = sqlx::query(
        "SELECT b.id FROM request r JOIN booking b ON b.id = r.booking \
         WHERE r.clinic = ? AND r.state = 'held' AND r.wish = 'book' AND b.outcome = ?",
    )
    .bind(clinic.bytes().as_slice())
    .bind(Outcome::Received.as_str())
    .fetch_all(&mut *conn)
    .await?;
    for row in &rows {
        let booking = BookingId(Cells::new("booking", row).uuid()?);
        let Some(standing) = read::standing(conn, booking).await? else { continue };
        tell(conn, booking, &standing, Outcome::Held, standing.spot, false, now, effects).await?;
    }
    Ok(())
}

/// Whether the clinic can't be asked just now.
async fn is_away(conn: &mut SqliteConnection, clinic: ClinicId) -> Result<bool, StorageError> {
    let away = sqlx::query_scalar("SELECT state != 'live' FROM mirror WHERE clinic = ?")
        .bind(clinic.bytes().as_slice())
        .fetch_one(conn)
        .await?;
    Ok(away)
}

/// A booking comes to another state that is worth a mail.
#[expect(clippy::too_many_arguments, reason = "one row of one table, column by column")]
async fn tell(
    conn: &mut SqliteConnection,
    booking: BookingId,
    before: &Standing,
    outcome: Outcome,
    spot: Spot,
    by_clinic: bool,
    now: Now,
    effects: &mut Effects,
) -> Result<(), StorageError> {
    let state = Told { sequence: before.sequence + 1, outcome, gist: spot.gist(), replaying: false };
    sqlx::query(
        "UPDATE booking SET sequence = ?, outcome = ?, gist = ?, practitioner = ?, kind = ?, local_s = ?, \
         minutes = ?, start_s = ? WHERE id = ?",
    )
    .bind(state.sequence.cast_signed())
    .bind(outcome.as_str())
    .bind(state.gist.0.as_slice())
    .bind(spot.practitioner.as_slice())
    .bind(spot.kind.as_slice())
    .bind(spot.local_s)
    .bind(spot.minutes)
    .bind(spot.start.0)
    .bind(booking.0.as_bytes().as_slice())
    .execute(&mut *conn)
    .await?;
    if before.has_contact {
        let wait_ms = if by_clinic { UNDO_MS } else { 0 };
        let due_ms = now.wall_ms.saturating_add_unsigned(wait_ms);
        mails::insert(conn, before.clinic, &Row::new(booking, &state, by_clinic, now), due_ms).await?;
        effects.mails = true;
    }
    Ok(())
}

/// Takes the clinic's answer to a request, if it is to this wish and no other.
/// What was told stands, but in a store that was brought back and may have heard
/// half of it: a desk that was itself may say what it once answered, or a person at
/// it, until it hears what was told.
pub(super) async fn verdict(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    verdict: &VerdictRow,
    now: Now,
    effects: &mut Effects,
) -> Result<(), StorageError> {
    let told = surplus::verdict_told(conn, verdict.proposal).await?;
    let otherwise = told.is_some_and(|told| told.verdict.accepted != verdict.accepted);
    let brought_back = is_brought_back(conn, clinic).await?;
    if otherwise && !brought_back {
        return Ok(());
    }
    let said = minicbor::to_vec(verdict).map_err(|_| damaged("request", "verdict"))?;
    let taken = sqlx::query(
        "UPDATE request SET verdict = iif(verdict IS NULL OR ?1, ?2, verdict), \
         untold = iif(verdict IS NULL OR (?1 AND ?3), ?4, untold) \
         WHERE proposal = ?5 AND clinic = ?6 AND content_hash = ?7",
    )
    .bind(verdict.again)
    .bind(said)
    .bind(otherwise)
    .bind(brought_back)
    .bind(verdict.proposal.as_slice())
    .bind(clinic.bytes().as_slice())
    .bind(verdict.content.as_slice())
    .execute(&mut *conn)
    .await?;
    if taken.rows_affected() == 0 {
        return Ok(());
    }
    step(conn, ProposalId(verdict.proposal), booking::event_of(verdict), verdict.appointment.as_ref(), now, effects)
        .await?;
    Ok(())
}

/// Whether this store was brought back, and hasn't heard this clinic's desk out since.
pub(super) async fn is_brought_back(conn: &mut SqliteConnection, clinic: ClinicId) -> Result<bool, StorageError> {
    Ok(sqlx::query_scalar("SELECT brought_back FROM mirror WHERE clinic = ?")
        .bind(clinic.bytes().as_slice())
        .fetch_one(conn)
        .await?)
}

/// A visit stands otherwise at the clinic: its booking may have to be told.
pub(super) async fn visit_changed(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    row: &AppointmentRow,
    now: Now,
    effects: &mut Effects,
) -> Result<(), StorageError> {
    let booking = sqlx::query("SELECT id FROM booking WHERE clinic = ? AND appointment = ?")
        .bind(clinic.bytes().as_slice())
        .bind(row.id.as_slice())
        .fetch_optional(&mut *conn)
        .await?;
    let Some(booking) = booking else { return Ok(()) };
    let booking = BookingId(Cells::new("booking", &booking).uuid()?);
    let Some(standing) = read::standing(conn, booking).await? else { return Ok(()) };
    let Some(outcome) = changed(standing.outcome, &standing.spot, row) else { return Ok(()) };
    tell(conn, booking, &standing, outcome, Spot::of(row), true, now, effects).await
}

/// Visits of a day that were booked through central.
pub(super) async fn visits_booked_on(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    day: Day,
) -> Result<Vec<Id>, StorageError> {
    let rows = sqlx::query(
        "SELECT a.id FROM appointment a JOIN booking b ON b.clinic = a.clinic AND b.appointment = a.id \
         WHERE a.clinic = ? AND a.day = ?",
    )
    .bind(clinic.bytes().as_slice())
    .bind(day)
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Cells::new("appointment", row).id()).collect()
}

/// What was sent and has no verdict, for these days and all before `from`.
pub(super) async fn outstanding(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    days: &[Day],
    from: Day,
) -> Result<Vec<Sent>, StorageError> {
    let rows = sqlx::query(
        "SELECT proposal, content FROM request WHERE clinic = ?1 AND state = 'sent' AND quarantined IS NULL \
         AND (day < ?3 OR other_day < ?3 OR day IN (SELECT value FROM json_each(?2)) \
             OR other_day IN (SELECT value FROM json_each(?2))) ORDER BY number",
    )
    .bind(clinic.bytes().as_slice())
    .bind(list(days))
    .bind(from)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let mut cells = Cells::new("request", row);
            Ok(Sent { id: ProposalId(cells.id()?), content: cells.bytes()?, disputed: false })
        })
        .collect()
}

/// Marks the next held requests as sent.
pub(super) async fn release(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    days: &BTreeSet<Day>,
    disputed: &BTreeSet<Day>,
    limit: usize,
    now: Now,
) -> Result<(Vec<Sent>, Effects), StorageError> {
    let rows = sqlx::query(
        "SELECT r.proposal, r.content, r.content_hash, NOT (r.day IN (SELECT value FROM json_each(?2)) \
             AND (r.other_day IS NULL OR r.other_day IN (SELECT value FROM json_each(?2)))) \
         FROM request r WHERE r.clinic = ?1 AND r.state = 'held' AND r.quarantined IS NULL \
         AND r.day IN (SELECT value FROM json_each(?3)) \
         AND (r.other_day IS NULL OR r.other_day IN (SELECT value FROM json_each(?3))) \
         AND NOT EXISTS (SELECT 1 FROM request f WHERE f.proposal = r.after AND f.state IN ('requested', 'held')) \
         ORDER BY r.rank, r.number LIMIT ?4",
    )
    .bind(clinic.bytes().as_slice())
    .bind(list(days))
    .bind(list(days.union(disputed)))
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(&mut *conn)
    .await?;
    let (mut sent, mut effects) = (Vec::new(), Effects::default());
    for row in &rows {
        let mut cells = Cells::new("request", row);
        let (id, content) = (ProposalId(cells.id()?), cells.bytes()?);
        if content_hash(&content) != cells.hash()? {
            tracing::warn!(%clinic, "a request's bytes aren't what they were: it is set aside");
            quarantine(conn, id, Fault::Unreadable.as_str(), now).await?;
            continue;
        }
        if step(conn, id, Event::Released, None, now, &mut effects).await?.is_some() {
            sent.push(Sent { id, content, disputed: cells.flag()? });
        }
    }
    Ok((sent, effects))
}

/// Sets a request aside; the first reason stays.
pub(super) async fn quarantine(
    conn: &mut SqliteConnection,
    proposal: ProposalId,
    code: &str,
    now: Now,
) -> Result<(), StorageError> {
    sqlx::query(
        "UPDATE request SET quarantined = ?, quarantined_ms = ? WHERE proposal = ? AND quarantined IS NULL \
         AND state IN ('requested', 'held', 'sent')",
    )
    .bind(code)
    .bind(now.wall_ms)
    .bind(proposal.0.as_slice())
    .execute(conn)
    .await?;
    Ok(())
}

impl RequestStorage for SqliteStorage {
    async fn take_down(&self, request: NewRequest, now: Now) -> Result<TakenDown, StorageError> {
        self.queue.write(async move |conn| take_down::take_down(conn, request, now).await).await
    }

    async fn step(&self, proposal: ProposalId, event: Event, now: Now) -> Result<Effects, StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            let mut effects = Effects::default();
            step(conn, proposal, event, None, now, &mut effects).await?;
            Ok(effects)
        };
        self.queue.write(work).await
    }

    async fn expire(&self, now: Now, limit: u32) -> Result<Vec<(ClinicId, Effects)>, StorageError> {
        let now_s = now.wall_ms.div_euclid(1_000);
        if read::due(&mut *self.readers.acquire().await?, now_s, 1).await?.is_empty() {
            return Ok(Vec::new());
        }
        let work = async move |conn: &mut SqliteConnection| {
            let mut expired = Vec::new();
            for (clinic, proposal) in read::due(conn, now_s, limit).await? {
                let mut effects = Effects::default();
                step(conn, proposal, Event::TimeCame, None, now, &mut effects).await?;
                expired.push((clinic, effects));
            }
            Ok(expired)
        };
        self.queue.write(work).await
    }

    async fn booking(&self, id: BookingId) -> Result<Option<Booking>, StorageError> {
        read::booking(&mut *self.readers.begin().await?, id).await
    }

    async fn bookings(&self, clinic: ClinicId, days: Window) -> Result<Vec<Booking>, StorageError> {
        read::bookings(&mut *self.readers.begin().await?, clinic, days).await
    }

    async fn verify(&self, booking: BookingId, right: bool, now: Now) -> Result<Verified, StorageError> {
        self.queue.write(async move |conn| verify::verify(conn, booking, right, now).await).await
    }

    async fn request(&self, id: ProposalId) -> Result<Option<Request>, StorageError> {
        read::request(&mut *self.readers.acquire().await?, id).await
    }

    async fn queue(&self, clinic: ClinicId, limit: u32) -> Result<Vec<Request>, StorageError> {
        read::queue(&mut *self.readers.acquire().await?, clinic, limit).await
    }

    async fn waiting(&self, clinic: ClinicId, now: Now) -> Result<Waiting, StorageError> {
        waiting::waiting(&mut *self.readers.begin().await?, clinic, now).await
    }

    async fn ended(&self, clinic: ClinicId, since_ms: i64, limit: u32) -> Result<Vec<EndedRequest>, StorageError> {
        ended::ended(&mut *self.readers.acquire().await?, clinic, since_ms, limit).await
    }

    async fn purge(&self, before_s: i64, limit: u32) -> Result<u64, StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            let purged: Vec<Vec<u8>> = sqlx::query_scalar(
                "UPDATE booking SET contact = NULL, contact_key = NULL, purged = 1 WHERE id IN (SELECT b.id FROM booking b \
                 WHERE b.purged = 0 AND b.start_s < ? AND NOT EXISTS (SELECT 1 FROM request r \
                     WHERE r.booking = b.id AND r.state IN ('requested', 'held', 'sent')) LIMIT ?) RETURNING id",
            )
            .bind(before_s)
            .bind(limit)
            .fetch_all(&mut *conn)
            .await?;
            for id in &purged {
                sqlx::query("UPDATE request SET content = x'' WHERE booking = ?").bind(id).execute(&mut *conn).await?;
                sqlx::query("DELETE FROM verification WHERE booking = ?").bind(id).execute(&mut *conn).await?;
            }
            Ok(purged.len() as u64)
        };
        self.queue.write(work).await
    }
}
