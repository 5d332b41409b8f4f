//! Codes and devices. A code's whole life is decided in the writer's
//! transactions, so of two desks with the same code one is let in.

use chairside_schedule::ClinicId;
use chairside_sync::Now;
use chairside_sync::pairing::{Bytes, CODE_TRIES, Key};
use chairside_sync::takeover::Grant;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use uuid::Uuid;

use super::SqliteStorage;
use super::cells::Cells;
use crate::store::StorageError;
use crate::store::clinics::NewClinic;
use crate::store::devices::{Code, CodeRefusal, Device, DeviceStorage, NewCode, NewDevice};

const DEVICES: &str = "SELECT clinic, device, key_hash, log_key, paired_ms, until_ms, revoked_ms, refused, refused_ms FROM device \
     WHERE (?1 IS NULL OR clinic = ?1) AND (?2 IS NULL OR device = ?2) ORDER BY paired_ms, clinic, device";

fn read_device(row: &SqliteRow) -> Result<Device, StorageError> {
    let mut cells = Cells::new("device", row);
    Ok(Device {
        clinic: cells.uuid()?,
        device: cells.uuid()?,
        key_hash: cells.hash()?,
        log_key: Bytes(cells.hash()?.0),
        paired_ms: cells.number()?,
        until_ms: cells.number()?,
        revoked_ms: cells.optional_number()?,
        refused: cells.optional_text()?.zip(cells.optional_number()?),
    })
}

/// How a code is looked for.
enum By<'a> {
    Name(&'a str),
    Clinic(ClinicId),
    /// However its clinic is called by now.
    Key(&'a Key),
}

/// A code that is still good, and the tries it has had.
async fn living(
    conn: &mut SqliteConnection,
    by: By<'_>,
    now: Now,
) -> Result<Result<(Code, u32), CodeRefusal>, StorageError> {
    let (name, clinic, key) = match &by {
        By::Name(name) => (Some(*name), None, None),
        By::Clinic(clinic) => (None, Some(clinic.bytes().as_slice()), None),
        By::Key(key) => (None, None, Some(key.bytes().as_slice())),
    };
    let row = sqlx::query(
        "SELECT clinic, salt, key, ends_ms, tries, used_ms FROM code WHERE name = ?1 OR clinic = ?2 OR key = ?3",
    )
    .bind(name)
    .bind(clinic)
    .bind(key)
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(Err(CodeRefusal::Unknown)) };
    let mut cells = Cells::new("code", &row);
    let clinic = cells.uuid()?;
    let salt = Bytes(*cells.id()?);
    let code = Code { clinic, salt, key: Key::from_bytes(cells.hash()?.0) };
    let (ends_ms, tries): (i64, u32) = (cells.number()?, cells.number()?);
    let used: Option<i64> = cells.optional_number()?;
    Ok(if used.is_some() {
        Err(CodeRefusal::Used)
    } else if now.wall_ms >= ends_ms {
        Err(CodeRefusal::Expired)
    } else {
        Ok((code, tries))
    })
}

/// A clinic that waits becomes the one its desk speaks for. Its row and its
/// mirror's are new, so that anything that already hangs on the old ones stops this.
async fn take_over_id(conn: &mut SqliteConnection, from: ClinicId, to: ClinicId) -> Result<(), StorageError> {
    let statements = [
        "INSERT INTO clinic (clinic, name, facts, added_ms) SELECT ?2, name, facts, added_ms FROM clinic WHERE clinic = ?1",
        "INSERT INTO mirror (clinic, epoch, state_since_ms) SELECT ?2, epoch, state_since_ms FROM mirror WHERE clinic = ?1",
        "UPDATE code SET clinic = ?2 WHERE clinic = ?1",
        "DELETE FROM mirror WHERE clinic = ?1",
        "DELETE FROM clinic WHERE clinic = ?1",
    ];
    for statement in statements {
        sqlx::query(statement).bind(from.bytes().as_slice()).bind(to.bytes().as_slice()).execute(&mut *conn).await?;
    }
    Ok(())
}

async fn awaits(conn: &mut SqliteConnection, clinic: ClinicId) -> Result<Option<bool>, StorageError> {
    let awaits: Option<bool> = sqlx::query_scalar("SELECT awaits_desk FROM clinic WHERE clinic = ?")
        .bind(clinic.bytes().as_slice())
        .fetch_optional(conn)
        .await?;
    Ok(awaits)
}

impl DeviceStorage for SqliteStorage {
    async fn add_awaiting(&self, new: NewClinic, now: Now) -> Result<bool, StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            let added = sqlx::query(
                "INSERT OR IGNORE INTO clinic (clinic, name, facts, added_ms, awaits_desk) VALUES (?, ?, ?, ?, 1)",
            )
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

    async fn awaits_desk(&self, clinic: ClinicId) -> Result<Option<bool>, StorageError> {
        awaits(&mut *self.readers.acquire().await?, clinic).await
    }

    async fn draw_code(&self, clinic: ClinicId, code: NewCode, now: Now) -> Result<bool, StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            if awaits(conn, clinic).await?.is_none() {
                return Err(StorageError::NoClinic(clinic));
            }
            // Names of codes that are over are free again.
            sqlx::query("DELETE FROM code WHERE clinic = ?1 OR ends_ms <= ?2 OR used_ms IS NOT NULL")
                .bind(clinic.bytes().as_slice())
                .bind(now.wall_ms)
                .execute(&mut *conn)
                .await?;
            let drawn =
                sqlx::query("INSERT OR IGNORE INTO code (clinic, name, salt, key, ends_ms) VALUES (?, ?, ?, ?, ?)")
                    .bind(clinic.bytes().as_slice())
                    .bind(&code.name)
                    .bind(code.salt.0.as_slice())
                    .bind(code.key.bytes().as_slice())
                    .bind(code.ends_ms)
                    .execute(conn)
                    .await?;
            Ok(drawn.rows_affected() > 0)
        };
        self.queue.write(work).await
    }

    async fn try_code(&self, name: &str, now: Now) -> Result<Result<Code, CodeRefusal>, StorageError> {
        let name = name.to_owned();
        let work = async move |conn: &mut SqliteConnection| {
            let (code, tries) = match living(conn, By::Name(&name), now).await? {
                Ok(living) => living,
                Err(refusal) => return Ok(Err(refusal)),
            };
            if tries >= CODE_TRIES {
                return Ok(Err(CodeRefusal::UsedUp));
            }
            sqlx::query("UPDATE code SET tries = tries + 1 WHERE clinic = ?")
                .bind(code.clinic.bytes().as_slice())
                .execute(conn)
                .await?;
            Ok(Ok(code))
        };
        self.queue.write(work).await
    }

    async fn keep_challenge(&self, clinic: ClinicId, challenge: Uuid, proof: Bytes<32>) -> Result<(), StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            // Without a code, which another drawn just now has ended, there is nothing to keep.
            sqlx::query("INSERT INTO challenge (id, clinic, proof) SELECT ?1, clinic, ?3 FROM code WHERE clinic = ?2")
                .bind(challenge.as_bytes().as_slice())
                .bind(clinic.bytes().as_slice())
                .bind(proof.0.as_slice())
                .execute(conn)
                .await?;
            Ok(())
        };
        self.queue.write(work).await
    }

    async fn answer_challenge(
        &self,
        challenge: Uuid,
        now: Now,
    ) -> Result<Result<(Code, Bytes<32>), CodeRefusal>, StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            let row =
                sqlx::query("UPDATE challenge SET answered = 1 WHERE id = ? AND answered = 0 RETURNING clinic, proof")
                    .bind(challenge.as_bytes().as_slice())
                    .fetch_optional(&mut *conn)
                    .await?;
            let Some(row) = row else { return Ok(Err(CodeRefusal::Unknown)) };
            let mut cells = Cells::new("challenge", &row);
            let (clinic, proof) = (cells.uuid()?, Bytes(cells.hash()?.0));
            Ok(living(conn, By::Clinic(clinic), now).await?.map(|(code, _)| (code, proof)))
        };
        self.queue.write(work).await
    }

    async fn pair(&self, code: Code, new: NewDevice, now: Now) -> Result<Result<(), CodeRefusal>, StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            // Looked for by its key: another may have been drawn, or another desk let in, in the meantime.
            let code = match living(conn, By::Key(&code.key), now).await? {
                Ok((code, _)) => code,
                Err(refusal) => return Ok(Err(refusal)),
            };
            if code.clinic != new.clinic {
                let (waits, taken) = (awaits(conn, code.clinic).await?, awaits(conn, new.clinic).await?);
                if waits != Some(true) || taken.is_some() {
                    return Ok(Err(CodeRefusal::ClinicMismatch));
                }
                take_over_id(conn, code.clinic, new.clinic).await?;
            }
            let clinic = new.clinic;
            sqlx::query("UPDATE code SET used_ms = ? WHERE clinic = ?")
                .bind(now.wall_ms)
                .bind(clinic.bytes().as_slice())
                .execute(&mut *conn)
                .await?;
            sqlx::query("UPDATE clinic SET awaits_desk = 0 WHERE clinic = ?")
                .bind(clinic.bytes().as_slice())
                .execute(&mut *conn)
                .await?;
            sqlx::query(
                "INSERT OR REPLACE INTO device (clinic, device, key_hash, log_key, paired_ms, until_ms) \
                 VALUES (?, ?, ?, ?, ?, ?)",
            )
            .bind(clinic.bytes().as_slice())
            .bind(new.device.as_bytes().as_slice())
            .bind(new.key_hash.0.as_slice())
            .bind(new.log_key.0.as_slice())
            .bind(now.wall_ms)
            .bind(new.until_ms)
            .execute(conn)
            .await?;
            Ok(Ok(()))
        };
        self.queue.write(work).await
    }

    async fn devices(&self, clinic: Option<ClinicId>) -> Result<Vec<Device>, StorageError> {
        let rows = sqlx::query(DEVICES)
            .bind(clinic.as_ref().map(|clinic| clinic.bytes().as_slice()))
            .bind(None::<&[u8]>)
            .fetch_all(&mut *self.readers.acquire().await?)
            .await?;
        rows.iter().map(read_device).collect()
    }

    async fn device(&self, clinic: ClinicId, device: Uuid) -> Result<Option<Device>, StorageError> {
        let row = sqlx::query(DEVICES)
            .bind(clinic.bytes().as_slice())
            .bind(device.as_bytes().as_slice())
            .fetch_optional(&mut *self.readers.acquire().await?)
            .await?;
        row.as_ref().map(read_device).transpose()
    }

    async fn renew_device(&self, clinic: ClinicId, device: Uuid, until_ms: i64) -> Result<bool, StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            let renewed = sqlx::query(
                "UPDATE device SET until_ms = max(until_ms, ?), refused = NULL, refused_ms = NULL \
                 WHERE clinic = ? AND device = ? AND revoked_ms IS NULL",
            )
            .bind(until_ms)
            .bind(clinic.bytes().as_slice())
            .bind(device.as_bytes().as_slice())
            .execute(conn)
            .await?;
            Ok(renewed.rows_affected() > 0)
        };
        self.queue.write(work).await
    }

    async fn renewal_refused(
        &self,
        clinic: ClinicId,
        device: Uuid,
        why: &'static str,
        now: Now,
    ) -> Result<(), StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            sqlx::query("UPDATE device SET refused = ?, refused_ms = ? WHERE clinic = ? AND device = ?")
                .bind(why)
                .bind(now.wall_ms)
                .bind(clinic.bytes().as_slice())
                .bind(device.as_bytes().as_slice())
                .execute(conn)
                .await?;
            Ok(())
        };
        self.queue.write(work).await
    }

    async fn revoke_device(&self, clinic: ClinicId, device: Uuid, now: Now) -> Result<bool, StorageError> {
        let work = async move |conn: &mut SqliteConnection| {
            let revoked =
                sqlx::query("UPDATE device SET revoked_ms = ? WHERE clinic = ? AND device = ? AND revoked_ms IS NULL")
                    .bind(now.wall_ms)
                    .bind(clinic.bytes().as_slice())
                    .bind(device.as_bytes().as_slice())
                    .execute(conn)
                    .await?;
            Ok(revoked.rows_affected() > 0)
        };
        self.queue.write(work).await
    }
}
