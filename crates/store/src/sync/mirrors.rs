//! Who follows this hub, and how far each is known to be.

use sqlx::sqlite::SqliteConnection;

use super::HubSide;
use crate::error::StoreError;
use crate::tx::{Moment, Tx};
use chairside_sync::hub::LinkId;

impl Tx {
    /// A mirror has everything up to `seq`. One that is new is known from now on.
    pub(super) async fn acknowledged(&mut self, link: LinkId, seq: u64) -> Result<(), StoreError> {
        let done = sqlx::query(
            "INSERT INTO mirror (link, acknowledged) VALUES (?, ?) ON CONFLICT (link) DO UPDATE \
             SET acknowledged = excluded.acknowledged WHERE excluded.acknowledged > acknowledged",
        )
        .bind(link.0)
        .bind(seq.min(self.tip.seq).cast_signed())
        .execute(&mut self.conn)
        .await?;
        if done.rows_affected() > 0 {
            self.beside_the_log = true;
            self.forget_old_verdicts().await?;
        }
        Ok(())
    }
}

/// What was acknowledged behind an entry was of another life.
pub(super) async fn roll_back(conn: &mut SqliteConnection, seq: u64) -> Result<(), StoreError> {
    sqlx::query("UPDATE mirror SET acknowledged = ?1 WHERE acknowledged > ?1")
        .bind(seq.cast_signed())
        .execute(conn)
        .await?;
    Ok(())
}

impl HubSide {
    /// Somebody follows from now on: answers are kept until they have them,
    /// however long that takes. Nothing changes for one that is known.
    ///
    /// # Errors
    /// The database's.
    pub async fn pair(&self, link: LinkId, moment: Moment) -> Result<(), StoreError> {
        self.store.write(moment, async move |tx| tx.acknowledged(link, 0).await).await
    }

    /// Somebody follows no longer: nothing is kept for them.
    ///
    /// # Errors
    /// The database's.
    pub async fn unpair(&self, link: LinkId, moment: Moment) -> Result<(), StoreError> {
        self.store
            .write(moment, async move |tx| {
                sqlx::query("DELETE FROM mirror WHERE link = ?").bind(link.0).execute(&mut tx.conn).await?;
                tx.beside_the_log = true;
                Ok(())
            })
            .await
    }
}
