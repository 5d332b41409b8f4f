//! The hub's side of the protocol over the real store.
//!
//! **Promise.** Each [`Ask`] is one transaction or one read. What a
//! [`chairside_sync::hub::Hub`] is told was committed is on the disk. A
//! proposal is decided inside the transaction that writes its verdict, on the
//! rows as they are there, so it gets one verdict and no place goes to two.
//! What is computed for a comparison is read from rows of a snapshot, beside
//! the desk's own work and not before it.
//!
//! **Reading order.** [`HubSide::answer`]; [`inbox`] and [`decide`] (a
//! proposal's way to its verdict), [`facts`] and [`put`] (what a decision
//! reads and writes), [`snapshot`] (marks), [`lives`] and [`conflicts`] (what
//! a restored store makes of what it lost), [`settle`] (how a person ends
//! that), [`ledger`] and [`ended`] (what people read of it all), [`mirrors`].
//!
//! **To add an ask:** 1. its variant in `chairside_sync::hub::Ask`; 2. a line
//! in [`HubSide::answer`]; 3. its transaction in the module whose rows it
//! writes; 4. those rows in [`crate::verify`].

pub(crate) mod conflicts;
mod decide;
mod ended;
mod facts;
mod inbox;
pub(crate) mod ledger;
pub(crate) mod lives;
mod mirrors;
pub(crate) mod put;
pub(crate) mod settle;
mod snapshot;
pub(crate) mod whole;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chairside_sync::hub::{Ask, Born, Told, batch};
use chairside_sync::{Hash, Tip};

use crate::error::StoreError;
use crate::log;
use crate::store::Store;
use crate::tx::Moment;

pub use ended::Ended;
pub use ledger::{Answered, Asked, Conflict, inside};
pub use put::who_of;
pub use settle::{Reopened, Settlement, Settling};
pub use snapshot::SNAPSHOT_LIFE;

/// Signs the last hash of a batch with the clinic's key.
pub type Signing = Arc<dyn Fn(Hash) -> Vec<u8> + Send + Sync>;

/// Connections snapshots are read from: those that are open, one that is about
/// to replace another, one more.
pub(crate) const SNAPSHOT_CONNECTIONS: u32 = 5;

/// Entries read for a batch: the smallest ones there are fill a message before that.
const BATCH_ENTRIES: u32 = 320;

/// Verdicts told at a time: the longest ones there are still fit a message.
const VERDICTS: u32 = 64;

/// A store that answers a hub. Cheap to clone.
#[derive(Clone)]
pub struct HubSide {
    store: Store,
    signing: Signing,
    snapshots: snapshot::Snapshots,
    heard: mirrors::Heard,
}

impl fmt::Debug for HubSide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubSide").field("store", &self.store).finish_non_exhaustive()
    }
}

/// What became of a person's decision.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Settled {
    /// The verdict is in the log, which ends here since.
    Done {
        /// What the hub is to be told.
        tip: Tip,
    },
    /// Nothing was pending under that id.
    NotPending,
    /// It can't be accepted any more: somebody else has the place. Nothing was written.
    Taken,
}

impl HubSide {
    /// The hub's side of a store.
    pub fn new(store: Store, signing: Signing) -> Self {
        Self { store, signing, snapshots: snapshot::Snapshots::new(), heard: mirrors::Heard::default() }
    }

    /// Lets snapshots live for another time than [`SNAPSHOT_LIFE`].
    #[must_use]
    pub fn with_snapshot_life(mut self, life: Duration) -> Self {
        self.snapshots.life = life;
        self
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// How the present life of the store began, for [`chairside_sync::hub::Start`].
    ///
    /// # Errors
    /// The database's.
    pub async fn born(&self) -> Result<Option<Born>, StoreError> {
        lives::born(&mut *self.store.readers.acquire().await?).await
    }

    /// Does what a hub asks. Asks that read may run beside all others.
    ///
    /// # Errors
    /// The database's; the hub is then told [`Told::Failed`].
    pub async fn answer(&self, ask: Ask, moment: Moment) -> Result<Told, StoreError> {
        let store = &self.store;
        match ask {
            Ask::Find(places) => Ok(Told::Found(lives::find(&mut *store.readers.acquire().await?, &places).await?)),
            Ask::Batch { after, upto } => self.batch(after, upto).await,
            Ask::Mark(window) => self.mark(window, moment).await,
            Ask::Digest(mark, window) => Ok(Told::Digested(self.digests(mark, window).await?)),
            Ask::Day(mark, day) => Ok(Told::Day(self.day(mark, day).await?.map(Box::new))),
            Ask::Receive(propose) => {
                store.write(moment, async move |tx| Ok(Told::Received(tx.receive(&propose).await?))).await
            }
            Ask::Decide { gate, ask_staff, now_ms } => self.decide(gate, ask_staff, now_ms, moment).await,
            Ask::TakeBack { entries, wishes, untold } => {
                let work = async move |tx: &mut crate::Tx| {
                    tx.take_back(&entries, &wishes, untold).await?;
                    Ok(Told::TookBack { tip: tx.tip })
                };
                store.write(moment, work).await
            }
            Ask::TakeAside(tail) => {
                let work = async move |tx: &mut crate::Tx| {
                    tx.take_aside(&tail).await?;
                    Ok(Told::TookBack { tip: tx.tip })
                };
                store.write(moment, work).await
            }
            Ask::TakeOrphans(rows) => {
                let work = async move |tx: &mut crate::Tx| {
                    tx.take_orphans(&rows).await?;
                    Ok(Told::TookBack { tip: tx.tip })
                };
                store.write(moment, work).await
            }
            Ask::TakeEnded(ended) => {
                store.write(moment, async move |tx| tx.take_ended(&ended).await).await?;
                Ok(Told::Done)
            }
            Ask::Birth(parent) => {
                let work = async move |tx: &mut crate::Tx| {
                    let born = tx.be_born(parent).await?;
                    Ok(Told::Born { tip: tx.tip, born })
                };
                let told = store.write(moment, work).await;
                self.heard.forget();
                told
            }
            Ask::Verdicts(from) => {
                let (verdicts, rest) =
                    inbox::verdicts_from(&mut *store.readers.acquire().await?, from, VERDICTS).await?;
                Ok(Told::Verdicts(verdicts, rest))
            }
            Ask::Acknowledged(link, seq) => {
                self.hear(link, seq, moment).await?;
                Ok(Told::Done)
            }
        }
    }

    /// The entries after `after`, as many as a message holds, signed.
    async fn batch(&self, after: u64, upto: u64) -> Result<Told, StoreError> {
        let mut reader = self.store.readers.acquire().await?;
        let before = match after {
            0 => Some(Hash::GENESIS),
            seq => log::at(&mut reader, seq).await?.map(|record| record.hash),
        };
        let Some(before) = before else { return Ok(Told::Batch(None)) };
        let records = log::public_after(&mut reader, after, upto, BATCH_ENTRIES).await?;
        drop(reader);
        let Some(mut entries) = batch(before, records.iter().map(|record| &record.entry)) else {
            return Ok(Told::Batch(None));
        };
        if let Some(last) = entries.entries.len().checked_sub(1).and_then(|last| records.get(last)) {
            entries.signature = (self.signing)(last.hash).into();
        }
        Ok(Told::Batch(Some(Box::new(entries))))
    }
}
