//! Who follows this hub, and how far each is known to be.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chairside_sync::hub::LinkId;
use sqlx::sqlite::SqliteConnection;

use super::HubSide;
use crate::error::StoreError;
use crate::tx::{Moment, Tx};

/// Entries a mirror may have more than the store says of it: every edit at the
/// desk is acknowledged at once, and a write for each would double them.
const UNWRITTEN: u64 = 500;

/// How far mirrors are, as far as that was heard of in this process.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard(Arc<Mutex<BTreeMap<LinkId, Acknowledged>>>);

#[derive(Clone, Copy, Debug, Default)]
struct Acknowledged {
    heard: u64,
    written: Option<u64>,
}

impl Heard {
    fn all(&self) -> MutexGuard<'_, BTreeMap<LinkId, Acknowledged>> {
        // Numbers that only lag behind; a panic elsewhere can't leave them torn.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A mirror has everything up to `seq`; true where that has to be written now.
    fn hear(&self, link: LinkId, seq: u64) -> bool {
        let mut all = self.all();
        let kept = all.entry(link).or_default();
        kept.heard = kept.heard.max(seq);
        kept.written.is_none_or(|written| kept.heard >= written + UNWRITTEN)
    }

    /// What was heard and isn't written yet.
    pub(super) fn unwritten(&self) -> Vec<(LinkId, u64)> {
        let all = self.all();
        let more = all.iter().filter(|(_, kept)| kept.written.is_none_or(|written| written < kept.heard));
        more.map(|(link, kept)| (*link, kept.heard)).collect()
    }

    pub(super) fn written(&self, links: &[(LinkId, u64)]) {
        let mut all = self.all();
        for (link, seq) in links {
            all.entry(*link).or_default().written = Some(*seq);
        }
    }

    /// Another life began: what was heard was of the one before.
    pub(super) fn forget(&self) {
        self.all().clear();
    }
}

impl Tx {
    /// Mirrors have everything up to these entries. One that is new is known from now on.
    pub(super) async fn acknowledged(&mut self, links: &[(LinkId, u64)]) -> Result<(), StoreError> {
        for (link, seq) in links {
            let done = sqlx::query(
                "INSERT INTO mirror (link, acknowledged) VALUES (?, ?) ON CONFLICT (link) DO UPDATE \
                 SET acknowledged = excluded.acknowledged WHERE excluded.acknowledged > acknowledged",
            )
            .bind(link.0)
            .bind((*seq).min(self.tip.seq).cast_signed())
            .execute(&mut self.conn)
            .await?;
            self.beside_the_log |= done.rows_affected() > 0;
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
    pub(super) async fn hear(&self, link: LinkId, seq: u64, moment: Moment) -> Result<(), StoreError> {
        if !self.heard.hear(link, seq) {
            return Ok(());
        }
        self.write_heard(vec![(link, seq)], moment).await
    }

    async fn write_heard(&self, links: Vec<(LinkId, u64)>, moment: Moment) -> Result<(), StoreError> {
        let written = links.clone();
        self.store.write(moment, async move |tx| tx.acknowledged(&links).await).await?;
        self.heard.written(&written);
        Ok(())
    }

    /// Somebody follows from now on: answers are kept until they have them,
    /// however long that takes. Nothing changes for one that is known.
    ///
    /// # Errors
    /// The database's.
    pub async fn pair(&self, link: LinkId, moment: Moment) -> Result<(), StoreError> {
        self.store.write(moment, async move |tx| tx.acknowledged(&[(link, 0)]).await).await
    }

    /// How far somebody who follows is known to be; `None` for who doesn't.
    ///
    /// # Errors
    /// The database's.
    pub async fn acknowledged(&self, link: LinkId) -> Result<Option<u64>, StoreError> {
        let heard = self.heard.all().get(&link).map(|kept| kept.heard);
        let written: Option<i64> = sqlx::query_scalar("SELECT acknowledged FROM mirror WHERE link = ?")
            .bind(link.0)
            .fetch_optional(&mut *self.store.readers.acquire().await?)
            .await?;
        Ok(heard.max(written.map(i64::cast_unsigned)))
    }

    /// Somebody follows no longer: nothing is kept for them.
    ///
    /// # Errors
    /// The database's.
    pub async fn unpair(&self, link: LinkId, moment: Moment) -> Result<(), StoreError> {
        self.heard.all().remove(&link);
        self.store
            .write(moment, async move |tx| {
                sqlx::query("DELETE FROM mirror WHERE link = ?").bind(link.0).execute(&mut tx.conn).await?;
                tx.beside_the_log = true;
                Ok(())
            })
            .await
    }
}
