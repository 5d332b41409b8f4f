//! Holds and claims: read, decided by the pure rules, written, in one transaction.

use chairside_schedule::ClinicId;
use chairside_schedule::time::{Instant, Interval};
use chairside_sync::body::{Day, Window};
use chairside_sync::holds::{By, Change, Hold, Holds, Place, Refused, Step, VisitorId};
use chairside_sync::{Now, ProposalId};
use sqlx::sqlite::SqliteConnection;

use super::SqliteStorage;
use super::cells::{Cells, damaged};
use crate::store::holds::HoldStorage;
use crate::store::requests::Claiming;
use crate::store::{Effects, StorageError};

/// No visit lasts longer than a day, so no claim does.
const LONGEST_S: i64 = 86_400;

const fn step_word(step: Step) -> &'static str {
    match step {
        Step::Form => "form",
        Step::Verify => "verify",
    }
}

fn parse_step(word: &str) -> Option<Step> {
    [Step::Form, Step::Verify].into_iter().find(|step| step_word(*step) == word)
}

/// Reads `practitioner, chair, start_s, end_s`.
fn place(cells: &mut Cells<'_>) -> Result<Place, StorageError> {
    Ok(Place {
        practitioner: cells.uuid()?,
        chair: cells.optional_uuid()?,
        interval: Interval::new(Instant(cells.number()?), Instant(cells.number()?))
            .ok_or_else(|| damaged("hold", "end_s"))?,
    })
}

/// Every hold of a clinic, and the claims that may meet `place`.
async fn near(conn: &mut SqliteConnection, clinic: ClinicId, near: &Place) -> Result<Holds, StorageError> {
    let rows =
        sqlx::query("SELECT visitor, step, since_ms, practitioner, chair, start_s, end_s FROM hold WHERE clinic = ?")
            .bind(clinic.bytes().as_slice())
            .fetch_all(&mut *conn)
            .await?;
    let mut holds = Vec::new();
    for row in &rows {
        let mut cells = Cells::new("hold", row);
        let (visitor, step, since_ms) = (VisitorId(cells.uuid()?), cells.word(parse_step)?, cells.number()?);
        holds.push((visitor, Hold { place: place(&mut cells)?, step, since_ms }));
    }
    let rows = sqlx::query(
        "SELECT proposal, practitioner, chair, start_s, end_s FROM claim \
         WHERE clinic = ? AND start_s > ? AND start_s < ? AND end_s > ?",
    )
    .bind(clinic.bytes().as_slice())
    .bind(near.interval.start.0 - LONGEST_S)
    .bind(near.interval.end.0)
    .bind(near.interval.start.0)
    .fetch_all(conn)
    .await?;
    let mut claims = Vec::new();
    for row in &rows {
        let mut cells = Cells::new("claim", row);
        claims.push((ProposalId(cells.id()?), place(&mut cells)?));
    }
    Ok(Holds::rebuilt(holds, claims))
}

/// Writes what changed of the holds.
async fn keep(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    before: &Holds,
    after: &Holds,
    day: Day,
) -> Result<(), StorageError> {
    for (visitor, _) in before.holds().filter(|(visitor, _)| after.holds().all(|(other, _)| other != *visitor)) {
        forget(conn, clinic, visitor).await?;
    }
    for (visitor, hold) in after.holds().filter(|kept| before.holds().all(|had| had != *kept)) {
        sqlx::query(
            "INSERT OR REPLACE INTO hold (clinic, visitor, practitioner, chair, start_s, end_s, day, step, since_ms) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(clinic.bytes().as_slice())
        .bind(visitor.0.as_bytes().as_slice())
        .bind(hold.place.practitioner.bytes().as_slice())
        .bind(hold.place.chair.as_ref().map(|chair| chair.bytes().as_slice()))
        .bind(hold.place.interval.start.0)
        .bind(hold.place.interval.end.0)
        .bind(day)
        .bind(step_word(hold.step))
        .bind(hold.since_ms)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

async fn forget(conn: &mut SqliteConnection, clinic: ClinicId, visitor: VisitorId) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM hold WHERE clinic = ? AND visitor = ?")
        .bind(clinic.bytes().as_slice())
        .bind(visitor.0.as_bytes().as_slice())
        .execute(conn)
        .await?;
    Ok(())
}

/// Gives a visitor's hold up for a claim, which [`claim`] then writes.
pub async fn submit(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    claim: &Claiming,
    proposal: ProposalId,
    now: Now,
    effects: &mut Effects,
) -> Result<Result<(), Refused>, StorageError> {
    let before = near(conn, clinic, &claim.place).await?;
    let mut after = before.clone();
    if let Err(refused) = after.submit(now, claim.visitor, claim.place, proposal) {
        return Ok(Err(refused));
    }
    keep(conn, clinic, &before, &after, claim.day).await?;
    effects.days.insert(claim.day);
    Ok(Ok(()))
}

/// Keeps a visitor's place while they verify their contact.
pub async fn await_verification(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    claim: &Claiming,
    now: Now,
    effects: &mut Effects,
) -> Result<Result<(), Refused>, StorageError> {
    let before = near(conn, clinic, &claim.place).await?;
    let mut after = before.clone();
    if let Err(refused) = after.await_verification(now, claim.visitor, claim.place) {
        return Ok(Err(refused));
    }
    keep(conn, clinic, &before, &after, claim.day).await?;
    effects.days.insert(claim.day);
    Ok(Ok(()))
}

/// Writes a claim, once its request is there.
pub async fn claim(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    claim: &Claiming,
    proposal: ProposalId,
) -> Result<(), StorageError> {
    let place = &claim.place;
    sqlx::query(
        "INSERT INTO claim (proposal, clinic, practitioner, chair, start_s, end_s, day) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(proposal.0.as_slice())
    .bind(clinic.bytes().as_slice())
    .bind(place.practitioner.bytes().as_slice())
    .bind(place.chair.as_ref().map(|chair| chair.bytes().as_slice()))
    .bind(place.interval.start.0)
    .bind(place.interval.end.0)
    .bind(claim.day)
    .execute(conn)
    .await?;
    Ok(())
}

/// The places of visitors who have a form open.
pub async fn alive(conn: &mut SqliteConnection, clinic: ClinicId, now: Now) -> Result<Vec<Place>, StorageError> {
    let rows = sqlx::query("SELECT step, since_ms, practitioner, chair, start_s, end_s FROM hold WHERE clinic = ?")
        .bind(clinic.bytes().as_slice())
        .fetch_all(conn)
        .await?;
    let mut alive = Vec::new();
    for row in &rows {
        let mut cells = Cells::new("hold", row);
        let (step, since_ms) = (cells.word(parse_step)?, cells.number()?);
        if is_alive(step, since_ms, now) {
            alive.push(place(&mut cells)?);
        }
    }
    Ok(alive)
}

const fn is_alive(step: Step, since_ms: i64, now: Now) -> bool {
    let limit_ms = match step {
        Step::Form => chairside_sync::holds::FORM_MS,
        Step::Verify => chairside_sync::holds::VERIFY_MS,
    };
    !now.is_over(since_ms, limit_ms)
}

impl HoldStorage for SqliteStorage {
    async fn hold(
        &self,
        clinic: ClinicId,
        visitor: VisitorId,
        place: Place,
        day: Day,
        step: Step,
        now: Now,
    ) -> Result<Result<Vec<Change>, Refused>, StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            let before = near(conn, clinic, &place).await?;
            let mut after = before.clone();
            let changes = match step {
                Step::Form => after.take(now, visitor, place),
                Step::Verify => after.await_verification(now, visitor, place),
            };
            if changes.is_ok() {
                keep(conn, clinic, &before, &after, day).await?;
            }
            Ok(changes)
        };
        self.queue.write(work).await
    }

    async fn leave(&self, clinic: ClinicId, visitor: VisitorId) -> Result<Option<Change>, StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            let row = sqlx::query(
                "SELECT practitioner, chair, start_s, end_s, step, since_ms FROM hold WHERE clinic = ? AND visitor = ?",
            )
            .bind(clinic.bytes().as_slice())
            .bind(visitor.0.as_bytes().as_slice())
            .fetch_optional(&mut *conn)
            .await?;
            let Some(row) = row else { return Ok(None) };
            let mut cells = Cells::new("hold", &row);
            let hold = Hold { place: place(&mut cells)?, step: cells.word(parse_step)?, since_ms: cells.number()? };
            let mut holds = Holds::rebuilt([(visitor, hold)], []);
            let change = holds.leave(visitor);
            forget(conn, clinic, visitor).await?;
            Ok(change)
        };
        self.queue.write(work).await
    }

    async fn expire_holds(&self, now: Now) -> Result<Vec<(ClinicId, Day)>, StorageError> {
        let over = async move |conn: &mut SqliteConnection| -> Result<Vec<(ClinicId, VisitorId, Day)>, StorageError> {
            let rows = sqlx::query("SELECT clinic, visitor, day, step, since_ms FROM hold").fetch_all(conn).await?;
            let mut over = Vec::new();
            for row in &rows {
                let mut cells = Cells::new("hold", row);
                let (clinic, visitor, day) = (cells.uuid()?, VisitorId(cells.uuid()?), cells.number()?);
                if !is_alive(cells.word(parse_step)?, cells.number()?, now) {
                    over.push((clinic, visitor, day));
                }
            }
            Ok(over)
        };
        if over(&mut *self.readers.acquire().await?).await?.is_empty() {
            return Ok(Vec::new());
        }
        let work = async move |conn: &mut SqliteConnection| {
            let mut days = Vec::new();
            for (clinic, visitor, day) in over(conn).await? {
                forget(conn, clinic, visitor).await?;
                days.push((clinic, day));
            }
            Ok(days)
        };
        self.queue.write(work).await
    }

    async fn being_booked(&self, clinic: ClinicId, days: Window, now: Now) -> Result<Vec<(By, Place)>, StorageError> {
        let mut read = self.readers.begin().await?;
        let rows = sqlx::query(
            "SELECT visitor, step, since_ms, practitioner, chair, start_s, end_s FROM hold \
             WHERE clinic = ? AND day >= ? AND day < ?",
        )
        .bind(clinic.bytes().as_slice())
        .bind(days.from)
        .bind(days.to)
        .fetch_all(&mut *read)
        .await?;
        let mut booked = Vec::new();
        for row in &rows {
            let mut cells = Cells::new("hold", row);
            let by = By::Visitor(VisitorId(cells.uuid()?));
            if is_alive(cells.word(parse_step)?, cells.number()?, now) {
                booked.push((by, place(&mut cells)?));
            }
        }
        let rows = sqlx::query(
            "SELECT proposal, practitioner, chair, start_s, end_s FROM claim WHERE clinic = ? AND day >= ? AND day < ?",
        )
        .bind(clinic.bytes().as_slice())
        .bind(days.from)
        .bind(days.to)
        .fetch_all(&mut *read)
        .await?;
        for row in &rows {
            let mut cells = Cells::new("claim", row);
            booked.push((By::Proposal(ProposalId(cells.id()?)), place(&mut cells)?));
        }
        Ok(booked)
    }
}
