//! What every store of central has to do, method by method: each test looks at
//! the state afterwards. A factory for each implementation; every test runs on
//! every one.

use std::future::Future;

use chairside_central::store::{SqliteStorage, Storage, StorageError};
use tempfile::TempDir;
use uuid::Uuid;

mod breaker;
mod care;
mod chain;
mod contacts;
mod days;
mod devices;
mod fixture;
mod mails;
mod opening;
mod owners;
mod requests;
mod restoring;

/// Makes stores of one implementation.
pub trait Factory {
    /// The implementation.
    type Store: Storage;

    /// A place for a new store.
    fn new() -> Self;

    /// Opens the store there, as a process that has just started does.
    fn open(&self) -> impl Future<Output = Result<Self::Store, StorageError>>;

    /// The process ends in good order.
    fn close(&self, store: Self::Store) -> impl Future<Output = ()>;
}

/// SQLite in a temporary folder.
pub struct Sqlite(TempDir);

impl Factory for Sqlite {
    type Store = SqliteStorage;

    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    async fn open(&self) -> Result<SqliteStorage, StorageError> {
        SqliteStorage::open(self.0.path(), Uuid::from_u128(0x3133)).await
    }

    async fn close(&self, store: SqliteStorage) {
        store.close().await;
    }
}

/// Runs tests that are generic over a [`Factory`] on every implementation.
macro_rules! on_every_store {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    super::$name::<crate::Sqlite>().await;
                }
            )+
        }
    };
}
pub(crate) use on_every_store;
