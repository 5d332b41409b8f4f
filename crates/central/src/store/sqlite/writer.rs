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

/// A write that was run, and whether the transaction it is part of still stands.
struct Ran {
    ending: Ending,
    intact: bool,
}

/// Runs in the transaction, or is told why there is none.
type Job = Box<
    dyn for<'a> FnOnce(Result<&'a mut SqliteConnection, StorageError>) -> Pin<Box<dyn Future<Output = Ran> + 'a>>
        + Send,
>;

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
                let (result, intact) = match conn {
                    Ok(conn) => in_savepoint(conn, work).await,
                    Err(error) => (Err(error), false),
                };
                let ending: Ending = Box::new(move |committed| {
                    Box::pin(async move {
                        let result = match (result, committed) {
                            (Ok(value), Ok(())) => Ok(then(value).await),
                            (Err(error), _) | (_, Err(error)) => Err(error),
                        };
                        if answer.send(result).is_err() {
                            tracing::debug!("a write was finished that nobody waited for any more");
                        }
                    })
                });
                Ran { ending, intact }
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

/// What came of the work, and whether the transaction around it still stands:
/// after some errors (a full disk) SQLite has rolled back all of it by itself.
async fn in_savepoint<T, F>(conn: &mut SqliteConnection, work: F) -> (Result<T, StorageError>, bool)
where
    F: AsyncFnOnce(&mut SqliteConnection) -> Result<T, StorageError>,
{
    if let Err(error) = sql(conn, "SAVEPOINT one").await {
        return (Err(error), false);
    }
    // A panic in one use case must not take the others' commit with it.
    let result = match AssertUnwindSafe(work(conn)).catch_unwind().await {
        Ok(result) => result,
        Err(_) => Err(StorageError::Panicked),
    };
    let ended = match &result {
        Ok(_) => sql(conn, "RELEASE one").await,
        Err(_) => sql(conn, "ROLLBACK TO one; RELEASE one").await,
    };
    match (result, ended) {
        (result, Ok(())) => (result, true),
        (Ok(_), Err(error)) => (Err(error), false),
        (Err(error), Err(_)) => (Err(error), false),
    }
}

async fn sql(conn: &mut SqliteConnection, statement: &'static str) -> Result<(), StorageError> {
    sqlx::raw_sql(statement).execute(conn).await?;
    Ok(())
}

impl Writer {
    async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut open = true;
        while open && let Some(Order::Write(first)) = orders.recv().await {
            let mut endings = Vec::new();
            let begun = sql(&mut self.conn, "BEGIN IMMEDIATE").await;
            let mut next = Some(first);
            let mut intact = begun.is_ok();
            while let Some(job) = next.take() {
                let ran = job(begun.clone().map(|()| &mut self.conn)).await;
                intact &= ran.intact;
                endings.push(ran.ending);
                if endings.len() < TOGETHER && intact {
                    match orders.try_recv() {
                        Ok(Order::Write(job)) => next = Some(job),
                        Ok(Order::Close) => open = false,
                        Err(_) => {}
                    }
                }
            }
            // Where the transaction is gone, so is what others wrote in it: this fails.
            let committed = match begun {
                Ok(()) => sql(&mut self.conn, "COMMIT").await,
                Err(error) => Err(error),
            };
            if committed.is_err()
                && let Err(error) = sql(&mut self.conn, "ROLLBACK").await
            {
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

#[cfg(test)]
mod tests {
    use sqlx::sqlite::SqliteConnection;
    use uuid::Uuid;

    use crate::store::sqlite::SqliteStorage;
    use crate::store::{StorageError, StorageError as E};

    async fn add(conn: &mut SqliteConnection, number: u8) -> Result<(), StorageError> {
        sqlx::query("INSERT INTO clinic (clinic, name, facts, added_ms) VALUES (?, '', '{}', 0)")
            .bind([number; 16].as_slice())
            .execute(conn)
            .await?;
        Ok(())
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn writes_that_are_committed_together_fail_apart() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStorage::open(folder.path(), Uuid::from_u128(1)).await.expect("opens");
        let mut all = tokio::task::JoinSet::new();
        for number in 0..200 {
            let queue = store.queue.clone();
            all.spawn(async move {
                let work = async move |conn: &mut SqliteConnection| {
                    add(conn, number).await?;
                    match number % 4 {
                        1 => Err(E::NotOwner),
                        2 => panic!("on purpose"),
                        // Its own row is there already.
                        3 => add(conn, number).await,
                        _ => Ok(()),
                    }
                };
                (number, queue.write(work).await)
            });
        }
        for (number, result) in all.join_all().await {
            let code = result.err().map(|error| error.code());
            let expected = [None, Some("not_owner"), Some("internal"), Some("store_failed")];
            assert_eq!(code, expected[usize::from(number % 4)], "{number}");
        }
        let kept: Vec<Vec<u8>> = sqlx::query_scalar("SELECT clinic FROM clinic ORDER BY clinic")
            .fetch_all(&store.readers)
            .await
            .expect("read");
        assert_eq!(kept.iter().map(|id| id[0]).collect::<Vec<_>>(), (0..200).step_by(4).collect::<Vec<u8>>());
        store.close().await;
    }
}
