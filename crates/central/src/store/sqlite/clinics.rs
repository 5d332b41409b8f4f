//! Clinics, their rows for everybody, and an operator's reads.

use chairside_schedule::ClinicId;
use chairside_sync::body::{Day, Id, SettingsRow, Window};
use chairside_sync::digest::DayRows;
use chairside_sync::takeover::{self, Grant, Refusal};
use chairside_sync::{Hash, Now, ProposalId};
use sqlx::AssertSqlSafe;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::cells::{Cells, damaged};
use super::mirror::{granted, place, standing};
use super::{SqliteStorage, replace, requests, rows};
use crate::store::StorageError;
use crate::store::clinics::{Clinic, ClinicStorage, NewClinic, Orphan, parse_state};
use crate::store::requests::Request;

/// More claims than there can be between a backup and the moment it is needed.
const CLAIMS_LOST: i64 = 1 << 32;

const CLINICS: &str = "SELECT c.clinic, c.name, c.facts, c.added_ms, c.awaits_desk, m.epoch, m.taken_node, m.taken_at, \
     m.window_from, m.window_to, m.state, m.state_since_ms, m.at_seq, m.at_epoch, m.at_incarnation, m.at_hash \
     FROM clinic c JOIN mirror m ON m.clinic = c.clinic WHERE ?1 IS NULL OR c.clinic = ?1 ORDER BY c.name, c.clinic";

fn clinic(row: &SqliteRow) -> Result<Clinic, StorageError> {
    let mut cells = Cells::new("clinic", row);
    Ok(Clinic {
        id: cells.uuid()?,
        name: cells.text()?,
        facts: cells.text()?,
        added_ms: cells.number()?,
        awaits_desk: cells.flag()?,
        granted: granted(&mut cells)?,
        window: Window { from: cells.number()?, to: cells.number()? },
        state: cells.word(parse_state)?,
        state_since_ms: cells.number()?,
        at: place(&mut cells)?,
    })
}

impl ClinicStorage for SqliteStorage {
    async fn add_clinic(&self, new: NewClinic, now: Now) -> Result<bool, StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            let added = sqlx::query("INSERT OR IGNORE INTO clinic (clinic, name, facts, added_ms) VALUES (?, ?, ?, ?)")
                .bind(new.id.bytes().as_slice())
                .bind(&new.name)
                .bind(&new.facts)
                .bind(now.wall_ms)
                .execute(&mut *conn)
                .await?;
            if added.rows_affected() == 0 {
                return Ok(false);
            }
            sqlx::query("INSERT INTO mirror (clinic, epoch, state_since_ms) VALUES (?, ?, ?)")
                .bind(new.id.bytes().as_slice())
                .bind(Grant::FIRST.epoch.cast_signed())
                .bind(now.wall_ms)
                .execute(conn)
                .await?;
            Ok(true)
        };
        self.queue.write(work).await
    }

    async fn clinics(&self) -> Result<Vec<Clinic>, StorageError> {
        let rows = sqlx::query(CLINICS).bind(None::<&[u8]>).fetch_all(&mut *self.readers.acquire().await?).await?;
        rows.iter().map(clinic).collect()
    }

    async fn clinic(&self, id: ClinicId) -> Result<Option<Clinic>, StorageError> {
        let row = sqlx::query(CLINICS)
            .bind(id.bytes().as_slice())
            .fetch_optional(&mut *self.readers.acquire().await?)
            .await?;
        row.as_ref().map(clinic).transpose()
    }

    async fn rows(&self, clinic: ClinicId, days: Window) -> Result<Vec<(Day, DayRows)>, StorageError> {
        let mut read = self.readers.begin().await?;
        Ok(rows::days(&mut read, clinic, days).await?.into_iter().collect())
    }

    async fn settings(&self, clinic: ClinicId) -> Result<Option<SettingsRow>, StorageError> {
        rows::settings(&mut *self.readers.acquire().await?, clinic).await
    }

    async fn grant(
        &self,
        clinic: ClinicId,
        request: takeover::Request,
    ) -> Result<Result<Grant, Refusal>, StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            let before = standing(conn, clinic).await?;
            let grant = match takeover::grant(before.granted, before.at, &request) {
                Ok(grant) => grant,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let at = grant.taken.map(|taken| minicbor::to_vec(taken.at)).transpose();
            let at = at.map_err(|_| damaged("mirror", "taken_at"))?;
            sqlx::query("UPDATE mirror SET epoch = ?, taken_node = ?, taken_at = ? WHERE clinic = ?")
                .bind(grant.epoch.cast_signed())
                .bind(grant.taken.as_ref().map(|taken| taken.node.as_slice()))
                .bind(at)
                .bind(clinic.bytes().as_slice())
                .execute(conn)
                .await?;
            Ok(Ok(grant))
        };
        self.queue.write(work).await
    }

    async fn orphans_of(&self, clinic: ClinicId) -> Result<Vec<Orphan>, StorageError> {
        let rows = sqlx::query("SELECT said, found_ms, heard FROM orphan WHERE clinic = ? ORDER BY found_ms DESC, id")
            .bind(clinic.bytes().as_slice())
            .fetch_all(&mut *self.readers.acquire().await?)
            .await?;
        rows.iter()
            .map(|row| {
                let mut cells = Cells::new("orphan", row);
                Ok(Orphan { row: replace::orphan(&mut cells)?, found_ms: cells.number()?, heard: cells.flag()? })
            })
            .collect()
    }

    async fn quarantined(&self, limit: u32) -> Result<Vec<Request>, StorageError> {
        let rows = sqlx::query(AssertSqlSafe(requests::ASIDE))
            .bind(limit)
            .fetch_all(&mut *self.readers.acquire().await?)
            .await?;
        requests::read_requests(&rows)
    }

    async fn try_again(&self, proposal: ProposalId) -> Result<bool, StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            let done = sqlx::query(
                "UPDATE request SET quarantined = NULL, quarantined_ms = NULL \
                 WHERE proposal = ? AND quarantined IS NOT NULL",
            )
            .bind(proposal.0.as_slice())
            .execute(conn)
            .await?;
            Ok(done.rows_affected() > 0)
        };
        self.queue.write(work).await
    }

    async fn set_partner_key(&self, clinic: ClinicId, key: Option<Hash>, now: Now) -> Result<bool, StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            let known = sqlx::query("SELECT 1 FROM clinic WHERE clinic = ?").bind(clinic.bytes().as_slice());
            if known.fetch_optional(&mut *conn).await?.is_none() {
                return Ok(false);
            }
            sqlx::query("DELETE FROM partner WHERE clinic = ?")
                .bind(clinic.bytes().as_slice())
                .execute(&mut *conn)
                .await?;
            if let Some(key) = key {
                sqlx::query("INSERT INTO partner (clinic, key_hash, made_ms) VALUES (?, ?, ?)")
                    .bind(clinic.bytes().as_slice())
                    .bind(key.0.as_slice())
                    .bind(now.wall_ms)
                    .execute(conn)
                    .await?;
            }
            Ok(true)
        };
        self.queue.write(work).await
    }

    async fn partner(&self, key: Hash) -> Result<Option<ClinicId>, StorageError> {
        let row = sqlx::query("SELECT clinic FROM partner WHERE key_hash = ?")
            .bind(key.0.as_slice())
            .fetch_optional(&mut *self.readers.acquire().await?)
            .await?;
        row.as_ref().map(|row| Cells::new("partner", row).uuid()).transpose()
    }

    async fn begin_new_life(&self, incarnation: Id) -> Result<(), StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            sqlx::query("UPDATE central SET incarnation = ?").bind(incarnation.as_slice()).execute(&mut *conn).await?;
            // Hubs answer only the highest token they have heard, and since the
            // backup there were claims this store knows nothing of.
            sqlx::query("UPDATE mirror SET replaying = 1, brought_back = 1, token = token + ?, owner = NULL")
                .bind(CLAIMS_LOST)
                .execute(&mut *conn)
                .await?;
            // Nobody here knows how far what is open had come: only a hub's log ends it.
            sqlx::query(
                "UPDATE request SET state = 'sent', sent_ms = coalesce(sent_ms, arrived_ms) \
                 WHERE state IN ('requested', 'held')",
            )
            .execute(conn)
            .await?;
            Ok(())
        };
        self.queue.write(work).await
    }
}
