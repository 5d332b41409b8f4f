//! The one connection that writes, on a thread of its own, fed by a queue.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use sqlx::sqlite::SqlitePool;
use tokio::sync::{mpsc, oneshot, watch};

use crate::error::StoreError;
use crate::files::{HighWater, Lock};
use crate::store::{Changed, Shared};
use crate::tx::{Moment, Tx};

/// Writes that may wait in line. A desk has a handful; more than this means a
/// loop somewhere, which is then slowed down to the disk's pace.
const QUEUE: usize = 1_024;

type Job = Box<dyn for<'a> FnOnce(&'a mut Writer) -> Pin<Box<dyn Future<Output = ()> + 'a>> + Send>;

/// What stands in line.
enum Order {
    Write(Job),
    /// Everything before it is done, nothing after it.
    Close,
}

/// Where writes are handed in.
#[derive(Clone)]
pub(crate) struct WriteQueue(mpsc::Sender<Order>);

impl std::fmt::Debug for WriteQueue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WriteQueue")
    }
}

/// Stores of this process whose files are still open.
static OPEN: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

/// Counts a store from its opening until its last file is closed.
struct Counted;

impl Counted {
    fn new() -> Self {
        *open_stores() += 1;
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        *open_stores() -= 1;
        OPEN.1.notify_all();
    }
}

fn open_stores() -> MutexGuard<'static, usize> {
    // A number is never torn.
    OPEN.0.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until every store that was let go in this process has closed its
/// files; `false` if one is still open after `at_most`. The last thing a process
/// does: the cipher's library cleans up when it ends, and a connection that is
/// closing just then would use what is gone.
pub fn wait_until_closed(at_most: Duration) -> bool {
    let waited = OPEN.1.wait_timeout_while(open_stores(), at_most, |open| *open > 0);
    waited.is_ok_and(|(open, _)| *open == 0)
}

/// The connection and all that belongs to a commit.
pub(crate) struct Writer {
    pub(crate) tx: Tx,
    pub(crate) shared: Arc<Shared>,
    pub(crate) high_water: HighWater,
    /// Those that read; closed with the writer.
    pub(crate) others: [SqlitePool; 2],
    /// Held for as long as this process may write.
    pub(crate) lock: Lock,
}

impl WriteQueue {
    /// Starts the writing thread. The second answer turns true once the writer has ended.
    pub(crate) fn start(writer: Writer) -> std::io::Result<(Self, watch::Receiver<bool>)> {
        let (queue, mut orders) = mpsc::channel(QUEUE);
        let (ended, closed) = watch::channel(false);
        let counted = Counted::new();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("store-writer".to_owned()).spawn(move || {
            runtime.block_on(async move {
                let mut writer = writer;
                while let Some(Order::Write(job)) = orders.recv().await {
                    job(&mut writer).await;
                }
                writer.close().await;
            });
            drop(counted);
            ended.send_replace(true);
        })?;
        Ok((Self(queue), closed))
    }

    /// Runs `work` in a transaction of its own. Once handed in it is finished
    /// even if nobody waits for the answer any more.
    pub(crate) async fn write<T, E, F>(&self, moment: Moment, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: AsyncFnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |writer| {
            Box::pin(async move {
                let result = writer.run(moment, work).await;
                if answer.send(result).is_err() {
                    tracing::debug!("a write was finished that nobody waited for any more");
                }
            })
        });
        self.0.send(Order::Write(job)).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    /// Whether somebody stands in line behind the write that runs just now.
    pub(crate) fn someone_waits(&self) -> bool {
        self.0.capacity() < self.0.max_capacity()
    }

    /// Ends the writer once everything handed in so far is done.
    pub(crate) async fn close(&self) {
        // An error means that it has ended already.
        drop(self.0.send(Order::Close).await);
    }
}

impl Writer {
    async fn run<T, E, F>(&mut self, moment: Moment, work: F) -> Result<T, E>
    where
        E: From<StoreError>,
        F: AsyncFnOnce(&mut Tx) -> Result<T, E>,
    {
        let before = (self.tx.tip, self.tx.causes.clone(), Arc::clone(&self.tx.clinic));
        self.tx.moment = moment;
        self.tx.changed = Changed::default();
        self.tx.unwritten = None;
        self.tx.beside_the_log = false;
        let result = match self.sql("BEGIN IMMEDIATE").await {
            // A panic in one use case must not take the desk's store with it. What it
            // left is rolled back, and what it counted is put back below.
            Ok(()) => match AssertUnwindSafe(work(&mut self.tx)).catch_unwind().await {
                Ok(result) => result,
                Err(_) => Err(StoreError::Panicked.into()),
            },
            Err(error) => Err(error.into()),
        };
        let result = match result {
            Ok(value) if self.tx.tip == before.0 && !self.tx.beside_the_log => {
                // Nothing was changed, so nothing needs the disk.
                self.roll_back().await;
                return Ok(value);
            }
            Ok(value) => match self.tx.commit().await {
                Ok(()) => Ok(value),
                Err(error) => Err(error.into()),
            },
            Err(error) => Err(error),
        };
        match result {
            Ok(value) => {
                if self.tx.tip != before.0 {
                    self.after_commit();
                }
                Ok(value)
            }
            Err(error) => {
                self.roll_back().await;
                (self.tx.tip, self.tx.causes, self.tx.clinic) = before;
                Err(error)
            }
        }
    }

    async fn sql(&mut self, statement: &'static str) -> Result<(), StoreError> {
        sqlx::query(statement).execute(&mut self.tx.conn).await?;
        Ok(())
    }

    async fn roll_back(&mut self) {
        // After some errors (a full disk) SQLite has rolled back by itself and
        // says that no transaction is active: that is what we want.
        if let Err(error) = self.sql("ROLLBACK").await {
            tracing::debug!(%error, "nothing was left to roll back");
        }
    }

    /// The one place that events leave from.
    fn after_commit(&mut self) {
        if let Err(error) = self.high_water.set(&self.tx.tip) {
            // The mark may lag; a restored store is then recognised by its peers only.
            tracing::warn!(%error, "the high-water mark could not be written");
        }
        let mut changed = std::mem::take(&mut self.tx.changed);
        changed.seq = self.tx.tip.seq;
        self.shared.committed(self.tx.tip, &self.tx.clinic, changed);
    }

    async fn close(self) {
        use sqlx::Connection;
        for readers in &self.others {
            readers.close().await;
        }
        if let Err(error) = self.tx.conn.close().await {
            tracing::warn!(%error, "the store's connection did not close cleanly");
        }
        drop(self.lock);
    }
}
