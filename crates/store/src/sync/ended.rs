//! Requests that ended at central and were never sent here, for people to read.

use chairside_sync::Proposal;
use chairside_sync::wire::{EndedRequest, HowEnded};

use crate::error::StoreError;
use crate::rows::cells::{Cells, damaged};
use crate::store::Store;
use crate::tx::Tx;

/// A request that the clinic never decided, and how it ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ended {
    /// The request.
    pub wish: Proposal,
    /// When it ended, by central's clock, milliseconds since 1970 in UTC.
    pub at_ms: i64,
    /// How.
    pub how: HowEnded,
}

const fn word(how: HowEnded) -> &'static str {
    match how {
        HowEnded::Withdrawn => "withdrawn",
        HowEnded::Expired => "expired",
    }
}

fn parse(word: &str) -> Option<HowEnded> {
    [HowEnded::Withdrawn, HowEnded::Expired].into_iter().find(|how| self::word(*how) == word)
}

impl Tx {
    /// Keeps what became of requests; one that is known stays as it is. What
    /// can't be read is said aloud and passed over.
    pub(super) async fn take_ended(&mut self, ended: &[EndedRequest]) -> Result<(), StoreError> {
        for request in ended {
            if !Proposal::from_bytes(&request.content).is_ok_and(|proposal| proposal.id == request.id) {
                tracing::warn!(request = ?request.id, "a request that ended at central can't be read");
                continue;
            }
            let done = sqlx::query(
                "INSERT INTO ended (proposal, at_ms, how, bytes) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            )
            .bind(request.id.0.as_slice())
            .bind(request.at_ms)
            .bind(word(request.how))
            .bind(request.content.as_slice())
            .execute(&mut self.conn)
            .await?;
            self.beside_the_log |= done.rows_affected() > 0;
        }
        Ok(())
    }
}

impl Store {
    /// Requests that ended at central from `from_ms` on and before `before_ms`
    /// (milliseconds since 1970 in UTC), the latest first, at most `limit`.
    /// One that came here all the same, and has an answer or waits for one, is
    /// not among them.
    ///
    /// # Errors
    /// The database's.
    pub async fn ended(&self, from_ms: i64, before_ms: i64, limit: u32) -> Result<Vec<Ended>, StoreError> {
        let rows = sqlx::query(
            "SELECT bytes, at_ms, how FROM ended e WHERE at_ms >= ? AND at_ms < ? \
             AND NOT EXISTS (SELECT 1 FROM verdict v WHERE v.proposal = e.proposal) \
             AND NOT EXISTS (SELECT 1 FROM inbox i WHERE i.proposal = e.proposal) \
             ORDER BY at_ms DESC, proposal LIMIT ?",
        )
        .bind(from_ms)
        .bind(before_ms)
        .bind(limit)
        .fetch_all(&mut *self.readers.acquire().await?)
        .await?;
        rows.iter()
            .map(|row| {
                let mut cells = Cells::new("ended", row, 1);
                let bytes: Vec<u8> = sqlx::Row::get(row, 0);
                Ok(Ended {
                    wish: Proposal::from_bytes(&bytes).map_err(|_| damaged("ended", "bytes"))?,
                    at_ms: cells.number()?,
                    how: cells.word(parse)?,
                })
            })
            .collect()
    }
}
