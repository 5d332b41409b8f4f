//! The one connection that writes, on a thread of its own, fed by a queue.
//!
//! Writes that stand in line together are committed together: each runs in a
//! savepoint of its own, so one that fails takes nothing of the others with
//! it, and one sync of the disk answers them all.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use futures_util::FutureExt;
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use tokio::sync::{mpsc, oneshot, watch};

use super::open::Lock;
use crate::store::StorageError;

/// Writes that may wait in line; whoever brings one more waits for the disk.
const QUEUE: usize = 1_024;

/// Writes that share a commit: enough to make the sync cheap, few enough that
/// nobody waits long for the others.
const TOGETHER: usize = 64;

/// What is done once it is known whether the commit reached the disk.
type Ending = Box<dyn FnOnce(Result<(), StorageError>) -> Pin<Box<dyn Future<Output = ()>>>>;
type Job = Box<dyn for<'a> FnOnce(&'a mut SqliteConnection) -> Pin<Box<dyn Future<Output = Ending> + 'a>> + Send>;

/// What stands in line.
enum Order {
    Write(Job),
    /// Everything before it is done, nothing after it.
    Close,
}

/// Where writes are handed in.
#[derive(Clone)]
pub struct WriteQueue(mpsc::Sender<Order>);

impl std::fmt::Debug for WriteQueue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WriteQueue")
    }
}

/// The connection, and what is let go with it.
pub struct Writer {
    pub conn: SqliteConnection,
    pub others: [SqlitePool; 2],
    /// Held for as long as this process may write.
    pub lock: Lock,
}

impl WriteQueue {
    /// Starts the writing thread. The second answer turns true once the writer has ended.
    pub fn start(writer: Writer) -> std::io::Result<(Self, watch::Receiver<bool>)> {
        let (queue, orders) = mpsc::channel(QUEUE);
        let (ended, closed) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("central-writer".to_owned()).spawn(move || {
            runtime.block_on(writer.run(orders));
            ended.send_replace(true);
        })?;
        Ok((Self(queue), closed))
    }

    /// Runs `work` in a savepoint of its own. Once handed in it is finished
    /// even if nobody waits for the answer any more.
    pub async fn write<T, F>(&self, work: F) -> Result<T, StorageError>
    where
        T: Send + 'static,
        F: AsyncFnOnce(&mut SqliteConnection) -> Result<T, StorageError> + Send + 'static,
    {
        self.write_then(work, async |value| value).await
    }

    /// The same, with `then` run right behind the commit, before any other write.
    pub async fn write_then<T, U, F, G>(&self, work: F, then: G) -> Result<U, StorageError>
    where
        T: Send + 'static,
        U: Send + 'static,
        F: AsyncFnOnce(&mut SqliteConnection) -> Result<T, StorageError> + Send + 'static,
        G: AsyncFnOnce(T) -> U + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |conn| {
            Box::pin(async move {
                let result = in_savepoint(conn, work).await;
                let ending: Ending = Box::new(move |committed| {
                    Box::pin(async move {
                        let result = match committed.and(result) {
                            Ok(value) => Ok(then(value).await),
                            Err(error) => Err(error),
                        };
                        if answer.send(result).is_err() {
                            tracing::debug!("a write was finished that nobody waited for any more");
                        }
                    })
                });
                ending
            })
        });
        self.0.send(Order::Write(job)).await.map_err(|_| StorageError::Closed)?;
        answered.await.map_err(|_| StorageError::Closed)?
    }

    /// Ends the writer once everything handed in so far is done.
    pub async fn close(&self) {
        // An error means that it has ended already.
        drop(self.0.send(Order::Close).await);
    }
}

async fn in_savepoint<T, F>(conn: &mut SqliteConnection, work: F) -> Result<T, StorageError>
where
    F: AsyncFnOnce(&mut SqliteConnection) -> Result<T, StorageError>,
{
    sql(conn, "SAVEPOINT one").await?;
    // A panic in one use case must not take the others' commit with it.
    let result = match AssertUnwindSafe(work(conn)).catch_unwind().await {
        Ok(result) => result,
        Err(_) => Err(StorageError::Panicked),
    };
    if result.is_err() {
        sql(conn, "ROLLBACK TO one").await?;
    }
    sql(conn, "RELEASE one").await?;
    result
}

async fn sql(conn: &mut SqliteConnection, statement: &'static str) -> Result<(), StorageError> {
    sqlx::query(statement).execute(conn).await?;
    Ok(())
}

impl Writer {
    async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut open = true;
        while open && let Some(Order::Write(first)) = orders.recv().await {
            let mut endings = Vec::new();
            let mut next = Some(first);
            let begun = sql(&mut self.conn, "BEGIN IMMEDIATE").await;
            while let Some(job) = next.take() {
                endings.push(job(&mut self.conn).await);
                if endings.len() < TOGETHER && begun.is_ok() {
                    match orders.try_recv() {
                        Ok(Order::Write(job)) => next = Some(job),
                        Ok(Order::Close) => open = false,
                        Err(_) => {}
                    }
                }
            }
            let committed = match begun {
                Ok(()) => sql(&mut self.conn, "COMMIT").await,
                Err(error) => Err(error),
            };
            if committed.is_err()
                && let Err(error) = sql(&mut self.conn, "ROLLBACK").await
            {
                // After a full disk SQLite has rolled back by itself, which is what we want.
                tracing::debug!(%error, "nothing was left to roll back");
            }
            for ending in endings {
                ending(committed.clone()).await;
            }
        }
        self.close().await;
    }

    async fn close(self) {
        for readers in &self.others {
            readers.close().await;
        }
        if let Err(error) = self.conn.close().await {
            tracing::warn!(%error, "the store's connection did not close cleanly");
        }
        drop(self.lock);
    }
}
