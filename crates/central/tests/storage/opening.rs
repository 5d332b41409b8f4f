//! One process, one version: what only a store in a file has to answer.

use chairside_central::store::StorageError;
use chairside_central::store::sqlite::{DATABASE, MIGRATIONS, SqliteStorage};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use uuid::Uuid;

async fn open(folder: &std::path::Path) -> Result<SqliteStorage, StorageError> {
    SqliteStorage::open(folder, Uuid::from_u128(1)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_is_told_that_it_is_in_use_until_the_first_has_closed_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = open(folder.path()).await.expect("opens");
    assert_eq!(open(folder.path()).await.expect_err("refused").code(), "store_in_use");
    first.close().await;
    open(folder.path()).await.expect("opens").close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_a_newer_version_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    open(folder.path()).await.expect("opens").close().await;
    let database = folder.path().join(DATABASE);
    let mut conn = SqliteConnectOptions::new().filename(&database).connect().await.expect("a connection");
    let newer = format!(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES ({}, 'later', 1, x'00', 0)",
        MIGRATIONS.iter().last().expect("one").version + 1
    );
    sqlx::raw_sql(AssertSqlSafe(newer)).execute(&mut conn).await.expect("written");
    conn.close().await.expect("closed");
    let before = std::fs::read(&database).expect("read");
    assert_eq!(open(folder.path()).await.expect_err("refused").code(), "store_newer");
    assert_eq!(std::fs::read(&database).expect("read"), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_file_under_its_name_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join(DATABASE), "a letter to my mother").expect("written");
    assert_eq!(open(folder.path()).await.expect_err("refused").code(), "not_a_store");
    assert_eq!(std::fs::read(folder.path().join(DATABASE)).expect("read"), b"a letter to my mother");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_closed_store_is_asked_is_answered_so() {
    use chairside_central::store::ClinicStorage;
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path()).await.expect("opens");
    store.close().await;
    assert_eq!(store.clinics().await.expect_err("closed").code(), "store_closed");
    let clinic = chairside_schedule::ClinicId(Uuid::from_u128(1));
    let again = store.try_again(chairside_sync::ProposalId(chairside_sync::body::Id::from([0; 16]))).await;
    assert_eq!(again.expect_err("closed").code(), "store_closed", "{clinic}");
}
