//! Entries of a clinic's log, and what they do to its rows.

use chairside_schedule::ClinicId;
use chairside_sync::body::{AppointmentRow, ConflictRow, Hash32, Id, Window};
use chairside_sync::mirror::{Applied, Followed};
use chairside_sync::takeover::Speaker;
use chairside_sync::wire::{At, Begin};
use chairside_sync::{Now, Public};
use sqlx::sqlite::SqliteConnection;

use super::mirror::standing;
use super::{chain, requests, rows, surplus};
use crate::store::{Effects, StorageError};

/// Adds entries behind `after`.
pub async fn apply(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    after: Option<At>,
    followed: &Followed,
    speaker: Speaker,
    now: Now,
) -> Result<(Applied, Effects), StorageError> {
    let before = standing(conn, clinic).await?;
    let mut writing = Writing { conn, clinic, window: before.window, now, effects: Effects::default() };
    let lets = before.granted.lets_speak(&speaker) && before.granted.covers(followed.at.epoch, followed.at.seq);
    if before.at != after || !lets {
        return Ok((Applied::Elsewhere, writing.effects));
    }
    if let Some(place) = &followed.back_to {
        if !chain::has(writing.conn, clinic, place).await? {
            return Ok((Applied::NoParent, writing.effects));
        }
        surplus::leave_behind(writing.conn, clinic, place.seq.cast_signed()).await?;
    }
    let mut shut = Vec::new();
    let mut left = Vec::new();
    let mut life = before.at.map(|at| at.incarnation);
    for next in &followed.entries {
        let header = &next.entry.header;
        let at = At {
            epoch: header.epoch,
            incarnation: Id::from(*header.incarnation.0.as_bytes()),
            seq: header.seq,
            hash: Hash32::from(next.hash.0),
        };
        left.extend(life.replace(at.incarnation).filter(|life| *life != at.incarnation));
        chain::append(writing.conn, clinic, &at, &next.entry.public).await?;
        match &next.public {
            Some(Public::Bulk(bulk)) => {
                shut.extend(bulk.first_day.zip(bulk.last_day).map(|(from, last)| Window { from, to: last + 1 }));
            }
            Some(body) => {
                if let Public::Birth(birth) = body {
                    left.extend(&birth.left);
                }
                writing.take(body).await?;
            }
            // A kind of a later version: kept, and passed over.
            None => {}
        }
    }
    let Writing { conn, mut effects, .. } = writing;
    for days in &shut {
        effects.days.extend(days.days().filter(|day| before.window.contains(*day)));
    }
    for life in &left {
        leave_life(conn, clinic, *life).await?;
    }
    stand_at(conn, clinic, &followed.at, speaker.node).await?;
    chain::prune(conn, clinic, before.at.map_or(0, |at| at.seq), followed.at.seq).await?;
    let surplus = standing(conn, clinic).await?.surplus;
    let left = left.iter().map(|life| **life).collect();
    Ok((Applied::At { at: followed.at, shut, surplus, left }, effects))
}

/// Begins at a mark: whatever lies between is never heard of.
pub async fn begin(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    Begin { at, window, left }: &Begin,
    speaker: Speaker,
) -> Result<(Applied, Effects), StorageError> {
    let (at, window) = (*at, *window);
    let mut left = left.clone();
    let before = standing(conn, clinic).await?;
    if !before.granted.lets_speak(&speaker) {
        return Ok((Applied::Elsewhere, Effects::default()));
    }
    if let Some(before) = before.at.filter(|before| before.incarnation != at.incarnation) {
        // What that life said and this one doesn't know.
        surplus::leave_behind(conn, clinic, -1).await?;
        left.push(before.incarnation);
    } else {
        chain::forget_behind(conn, clinic, -1).await?;
    }
    for life in &left {
        leave_life(conn, clinic, *life).await?;
    }
    chain::append(conn, clinic, &at, &Public::Mark(window).to_bytes()).await?;
    rows::keep_within(conn, clinic, window).await?;
    stand_at(conn, clinic, &at, speaker.node).await?;
    let surplus = standing(conn, clinic).await?.surplus;
    let effects = Effects { days: window.days().collect(), ..Effects::default() };
    Ok((Applied::At { at, shut: Vec::new(), surplus, left: left.iter().map(|life| **life).collect() }, effects))
}

async fn stand_at(conn: &mut SqliteConnection, clinic: ClinicId, at: &At, node: Id) -> Result<(), StorageError> {
    sqlx::query(
        "UPDATE mirror SET at_epoch = ?, at_incarnation = ?, at_seq = ?, at_hash = ?, node = ? \
         WHERE clinic = ?",
    )
    .bind(at.epoch.cast_signed())
    .bind(at.incarnation.as_slice())
    .bind(at.seq.cast_signed())
    .bind(at.hash.as_slice())
    .bind(node.as_slice())
    .bind(clinic.bytes().as_slice())
    .execute(conn)
    .await?;
    Ok(())
}

/// The hub's store began another life: all of the surplus is given back anew,
/// and no mail leaves before it was heard out.
async fn leave_life(conn: &mut SqliteConnection, clinic: ClinicId, life: Id) -> Result<(), StorageError> {
    sqlx::query("INSERT OR IGNORE INTO left_life (clinic, incarnation) VALUES (?, ?)")
        .bind(clinic.bytes().as_slice())
        .bind(life.as_slice())
        .execute(&mut *conn)
        .await?;
    sqlx::query("UPDATE mirror SET surplus_kept = 0, replaying = 1 WHERE clinic = ?")
        .bind(clinic.bytes().as_slice())
        .execute(conn)
        .await?;
    Ok(())
}

/// A transaction that takes entries in.
struct Writing<'a> {
    conn: &'a mut SqliteConnection,
    clinic: ClinicId,
    window: Window,
    now: Now,
    effects: Effects,
}

impl Writing<'_> {
    async fn take(&mut self, body: &Public) -> Result<(), StorageError> {
        match body {
            Public::Appointment(row) => self.put(row).await,
            Public::Verdict(verdict) => {
                // First what the patient asked for: the row then says nothing new.
                requests::verdict(self.conn, self.clinic, verdict, self.now, &mut self.effects).await?;
                self.put_if(verdict.appointment.as_ref()).await
            }
            Public::Pending(pending) => self.put_if(pending.appointment.as_ref()).await,
            Public::Settings(settings) => {
                self.effects.settings = true;
                rows::put_settings(self.conn, self.clinic, Some(settings)).await
            }
            Public::Blockout(row) => {
                self.effects.days.extend(Some(row.day).filter(|day| self.window.contains(*day)));
                rows::put_blockout(self.conn, self.clinic, self.window, row).await
            }
            Public::Mark(window) if *window == self.window => Ok(()),
            Public::Mark(window) => {
                self.effects.days.extend(self.window.days().chain(window.days()));
                self.window = *window;
                rows::keep_within(self.conn, self.clinic, *window).await
            }
            Public::Conflict(conflict) => self.heard_of(conflict).await,
            Public::Patient(_) | Public::Bulk(_) | Public::Birth(_) => Ok(()),
        }
    }

    async fn put_if(&mut self, row: Option<&AppointmentRow>) -> Result<(), StorageError> {
        match row {
            Some(row) => self.put(row).await,
            None => Ok(()),
        }
    }

    async fn put(&mut self, row: &AppointmentRow) -> Result<(), StorageError> {
        let before = rows::put(self.conn, self.clinic, self.window, row).await?;
        self.effects.days.extend(before);
        self.effects.days.extend(Some(row.day).filter(|day| self.window.contains(*day)));
        super::replace::heard(self.conn, self.clinic, row.id).await?;
        requests::visit_changed(self.conn, self.clinic, row, self.now, &mut self.effects).await
    }

    /// An orphan that stands among the hub's conflicts needs no more telling.
    async fn heard_of(&mut self, conflict: &ConflictRow) -> Result<(), StorageError> {
        super::replace::heard(self.conn, self.clinic, conflict.appointment).await
    }
}
