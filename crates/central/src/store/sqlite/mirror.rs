//! Who speaks for a clinic, and the asks that are a line or two of SQL.

use std::collections::BTreeSet;

use chairside_schedule::ClinicId;
use chairside_sync::body::{AppointmentRow, Day, Hash32, Id, SettingsRow, VerdictRow, Window};
use chairside_sync::digest::{DayRows, Digests};
use chairside_sync::hub::State;
use chairside_sync::mirror::{Applied, Followed, Sent};
use chairside_sync::restore::Lost;
use chairside_sync::takeover::{Grant, Speaker, Taken};
use chairside_sync::wire::{At, Begin};
use chairside_sync::{Now, ProposalId};
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

use super::SqliteStorage;
use super::cells::{Cells, damaged};
use super::{apply, chain, requests, rows, snapshot};
use crate::store::mirror::{Effects, LEASE_MS, Loaded, MirrorStorage, Owner};
use crate::store::{StorageError, clinics};

/// Refuses whoever isn't the latest to have claimed the clinic.
pub async fn fence(conn: &mut SqliteConnection, owner: Owner) -> Result<(), StorageError> {
    let token: Option<i64> = sqlx::query_scalar("SELECT token FROM mirror WHERE clinic = ?")
        .bind(owner.clinic.bytes().as_slice())
        .fetch_optional(conn)
        .await?;
    match token {
        None => Err(StorageError::NoClinic(owner.clinic)),
        Some(token) if token.cast_unsigned() == owner.token => Ok(()),
        Some(_) => Err(StorageError::NotOwner),
    }
}

/// How far a mirror is.
pub struct Standing {
    pub at: Option<At>,
    pub granted: Grant,
    pub node: Option<Id>,
    pub window: Window,
    pub surplus: u64,
    pub surplus_kept: u64,
}

pub async fn standing(conn: &mut SqliteConnection, clinic: ClinicId) -> Result<Standing, StorageError> {
    let row = sqlx::query(
        "SELECT epoch, taken_node, taken_at, node, window_from, window_to, surplus, surplus_kept, \
         at_seq, at_epoch, at_incarnation, at_hash FROM mirror WHERE clinic = ?",
    )
    .bind(clinic.bytes().as_slice())
    .fetch_optional(conn)
    .await?;
    let row = row.ok_or(StorageError::NoClinic(clinic))?;
    let mut cells = Cells::new("mirror", &row);
    Ok(Standing {
        granted: granted(&mut cells)?,
        node: cells.optional_id()?,
        window: Window { from: cells.number()?, to: cells.number()? },
        surplus: cells.number()?,
        surplus_kept: cells.number()?,
        at: place(&mut cells)?,
    })
}

/// Reads `epoch, taken_node, taken_at`.
pub fn granted(cells: &mut Cells<'_>) -> Result<Grant, StorageError> {
    let (epoch, node, at) = (cells.number()?, cells.optional_id()?, cells.optional_bytes()?);
    let taken = match (node, at) {
        (Some(node), Some(at)) => {
            Some(Taken { node, at: minicbor::decode(&at).map_err(|_| damaged("mirror", "taken_at"))? })
        }
        _ => None,
    };
    Ok(Grant { epoch, taken })
}

/// Reads `at_seq, at_epoch, at_incarnation, at_hash`.
pub fn place(cells: &mut Cells<'_>) -> Result<Option<At>, StorageError> {
    match cells.optional_number()? {
        None => Ok(None),
        Some(seq) => Ok(Some(At { seq, epoch: cells.number()?, incarnation: cells.id()?, hash: cells.hash32()? })),
    }
}

impl MirrorStorage for SqliteStorage {
    async fn claim(&self, clinic: ClinicId, process: Uuid, now: Now) -> Result<Option<Owner>, StorageError> {
        let claim = async move |conn: &mut SqliteConnection| {
            let row = sqlx::query("SELECT token, owner, renewed_ms FROM mirror WHERE clinic = ?")
                .bind(clinic.bytes().as_slice())
                .fetch_optional(&mut *conn)
                .await?;
            let row = row.ok_or(StorageError::NoClinic(clinic))?;
            let mut cells = Cells::new("mirror", &row);
            let token: u64 = cells.number()?;
            let owner: Option<Uuid> = cells.optional_uuid()?;
            let renewed_ms = cells.number()?;
            if owner.is_some_and(|owner| owner != process) && !now.is_over(renewed_ms, LEASE_MS) {
                return Ok(None);
            }
            sqlx::query("UPDATE mirror SET token = ?, owner = ?, renewed_ms = ? WHERE clinic = ?")
                .bind((token + 1).cast_signed())
                .bind(process.as_bytes().as_slice())
                .bind(now.wall_ms)
                .bind(clinic.bytes().as_slice())
                .execute(conn)
                .await?;
            Ok(Some(Owner { clinic, token: token + 1 }))
        };
        self.queue.write(claim).await
    }

    async fn renew(&self, owner: Owner, now: Now) -> Result<(), StorageError> {
        let renew = async move |conn: &mut SqliteConnection| {
            fence(conn, owner).await?;
            sqlx::query("UPDATE mirror SET renewed_ms = ? WHERE clinic = ?")
                .bind(now.wall_ms)
                .bind(owner.clinic.bytes().as_slice())
                .execute(conn)
                .await?;
            Ok(())
        };
        self.queue.write(renew).await
    }

    async fn let_go(&self, owner: Owner) -> Result<(), StorageError> {
        let let_go = async move |conn: &mut SqliteConnection| {
            sqlx::query("UPDATE mirror SET owner = NULL WHERE clinic = ? AND token = ?")
                .bind(owner.clinic.bytes().as_slice())
                .bind(owner.token.cast_signed())
                .execute(conn)
                .await?;
            Ok(())
        };
        self.queue.write(let_go).await
    }

    async fn incarnation(&self) -> Result<Id, StorageError> {
        let row = sqlx::query("SELECT incarnation FROM central").fetch_one(&mut *self.readers.acquire().await?).await?;
        Cells::new("central", &row).id()
    }

    async fn load(&self, owner: Owner) -> Result<Loaded, StorageError> {
        let mut read = self.readers.begin().await?;
        fence(&mut read, owner).await?;
        let standing = standing(&mut read, owner.clinic).await?;
        let left: Vec<Vec<u8>> = sqlx::query_scalar("SELECT incarnation FROM left_life WHERE clinic = ?")
            .bind(owner.clinic.bytes().as_slice())
            .fetch_all(&mut *read)
            .await?;
        let left = left.into_iter().filter_map(|life| life.try_into().ok()).collect();
        Ok(Loaded {
            at: standing.at,
            granted: standing.granted,
            left,
            node: standing.node,
            surplus: standing.surplus,
            surplus_kept: standing.surplus_kept,
        })
    }

    async fn apply(
        &self,
        owner: Owner,
        after: Option<At>,
        followed: Followed,
        speaker: Speaker,
        now: Now,
    ) -> Result<(Applied, Effects), StorageError> {
        let marks = followed.mark.is_some();
        let work = async move |conn: &mut SqliteConnection| {
            fence(conn, owner).await?;
            apply::apply(conn, owner.clinic, after, &followed, speaker, now).await
        };
        self.write_with_snapshot(owner.clinic, marks, work).await
    }

    async fn begin(
        &self,
        owner: Owner,
        begin: Begin,
        speaker: Speaker,
        _now: Now,
    ) -> Result<(Applied, Effects), StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            fence(conn, owner).await?;
            apply::begin(conn, owner.clinic, &begin, speaker).await
        };
        self.write_with_snapshot(owner.clinic, true, work).await
    }

    async fn digest(&self, owner: Owner, mark: u64, window: Window) -> Result<Option<Digests>, StorageError> {
        if let Some(mut snapshot) = self.snapshots.take(owner.clinic, mark) {
            let digests = rows::digests(&mut snapshot, owner.clinic, window).await;
            snapshot::end(snapshot).await;
            return digests.map(Some);
        }
        // Behind the last entry, the rows themselves are the snapshot.
        let mut read = self.readers.begin().await?;
        let at = standing(&mut read, owner.clinic).await?.at;
        if at.is_none_or(|at| at.seq != mark) {
            return Ok(None);
        }
        rows::digests(&mut read, owner.clinic, window).await.map(Some)
    }

    async fn replace_day(
        &self,
        owner: Owner,
        mark: u64,
        day: Day,
        rows: DayRows,
        now: Now,
    ) -> Result<(Hash32, Effects), StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            fence(conn, owner).await?;
            super::replace::day(conn, owner.clinic, mark, day, &rows, now).await
        };
        self.queue.write(work).await
    }

    async fn replace_settings(
        &self,
        owner: Owner,
        mark: u64,
        settings: Option<SettingsRow>,
    ) -> Result<(Hash32, Effects), StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            fence(conn, owner).await?;
            super::replace::settings(conn, owner.clinic, mark, settings).await
        };
        self.queue.write(work).await
    }

    async fn outstanding(&self, owner: Owner, days: Vec<Day>, from: Day) -> Result<Vec<Sent>, StorageError> {
        let mut read = self.readers.begin().await?;
        fence(&mut read, owner).await?;
        requests::outstanding(&mut read, owner.clinic, &days, from).await
    }

    async fn release(
        &self,
        owner: Owner,
        days: BTreeSet<Day>,
        disputed: BTreeSet<Day>,
        limit: usize,
        now: Now,
    ) -> Result<(Vec<Sent>, Effects), StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            fence(conn, owner).await?;
            requests::release(conn, owner.clinic, &days, &disputed, limit, now).await
        };
        self.queue.write(work).await
    }

    async fn verdict(&self, owner: Owner, epoch: u64, verdict: VerdictRow, now: Now) -> Result<Effects, StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            fence(conn, owner).await?;
            let mut effects = Effects::default();
            if epoch < standing(conn, owner.clinic).await?.granted.epoch {
                return Ok(effects);
            }
            requests::verdict(conn, owner.clinic, &verdict, now, &mut effects).await?;
            // An answer given long ago: the visit may stand otherwise by now.
            if let Some(said) = &verdict.appointment
                && let Some(row) = super::rows::visit(conn, owner.clinic, said.id).await?
            {
                requests::visit_changed(conn, owner.clinic, &row, now, &mut effects).await?;
            }
            Ok(effects)
        };
        self.queue.write(work).await
    }

    async fn quarantine(&self, owner: Owner, proposal: ProposalId, code: String, now: Now) -> Result<(), StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            fence(conn, owner).await?;
            requests::quarantine(conn, proposal, &code, now).await
        };
        self.queue.write(work).await
    }

    async fn surplus(&self, owner: Owner, from: u64) -> Result<Vec<Lost>, StorageError> {
        let mut read = self.readers.begin().await?;
        fence(&mut read, owner).await?;
        super::surplus::read(&mut read, owner.clinic, from).await
    }

    async fn surplus_kept(&self, owner: Owner, upto: u64) -> Result<(), StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            fence(conn, owner).await?;
            sqlx::query("UPDATE mirror SET surplus_kept = min(max(surplus_kept, ?), surplus) WHERE clinic = ?")
                .bind(i64::try_from(upto).unwrap_or(i64::MAX))
                .bind(owner.clinic.bytes().as_slice())
                .execute(conn)
                .await?;
            Ok(())
        };
        self.queue.write(work).await
    }

    async fn orphans(&self, owner: Owner) -> Result<Vec<AppointmentRow>, StorageError> {
        let mut read = self.readers.begin().await?;
        fence(&mut read, owner).await?;
        super::replace::orphans(&mut read, owner.clinic).await
    }

    async fn trail(&self, owner: Owner) -> Result<Vec<At>, StorageError> {
        let mut read = self.readers.begin().await?;
        fence(&mut read, owner).await?;
        chain::trail(&mut read, owner.clinic).await
    }

    async fn reached(&self, owner: Owner, state: State, now: Now) -> Result<Effects, StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            fence(conn, owner).await?;
            let mut effects = Effects::default();
            sqlx::query(
                "UPDATE mirror SET state_since_ms = iif(state = ?1, state_since_ms, ?2), state = ?1, \
                 replaying = iif(?3, 0, replaying), brought_back = iif(?3, 0, brought_back) WHERE clinic = ?4",
            )
            .bind(clinics::state_word(state))
            .bind(now.wall_ms)
            .bind(state == State::Live)
            .bind(owner.clinic.bytes().as_slice())
            .execute(&mut *conn)
            .await?;
            if state == State::Live {
                sqlx::query("UPDATE request SET untold = 0 WHERE clinic = ? AND untold = 1")
                    .bind(owner.clinic.bytes().as_slice())
                    .execute(&mut *conn)
                    .await?;
            }
            if state == State::Offline {
                requests::hold_received(conn, owner.clinic, now, &mut effects).await?;
            }
            Ok(effects)
        };
        self.queue.write(work).await
    }
}

impl SqliteStorage {
    /// Writes, and keeps the rows as they are right behind the commit, where they were marked.
    async fn write_with_snapshot<F>(
        &self,
        clinic: ClinicId,
        marks: bool,
        work: F,
    ) -> Result<(Applied, Effects), StorageError>
    where
        F: AsyncFnOnce(&mut SqliteConnection) -> Result<(Applied, Effects), StorageError> + Send + 'static,
    {
        // Opening a connection takes milliseconds; the writer waits for one read only.
        let prepared = if marks { self.snapshots.prepare(clinic).await } else { None };
        let snapshots = self.snapshots.clone();
        let keep = async move |done: (Applied, Effects)| {
            if let (Some(rows), Applied::At { at, .. }) = (prepared, &done.0) {
                snapshots.keep(clinic, at.seq, rows).await;
            }
            done
        };
        self.queue.write_then(work, keep).await
    }
}
