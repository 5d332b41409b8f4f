//! The way back from a backup, and everything it refuses.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chairside_central::store::sqlite::{DATABASE, MIGRATIONS, SqliteStorage};
use chairside_central::store::{CareStorage, MirrorStorage, StorageError};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tempfile::TempDir;
use uuid::Uuid;

use crate::fixture::{EARLY, FIRST, booking, claim, id, kept, now, take_down, with_clinic};

const ANEW: Uuid = Uuid::from_u128(0x77);

/// A backup of a store with one clinic, three requests and a key.
async fn backed_up() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let store = SqliteStorage::open(&data, Uuid::from_u128(1)).await.expect("opens");
    with_clinic(&store).await;
    for number in 1..=3 {
        take_down(&store, &booking(number, FIRST, i64::try_from(number).expect("small"))).await;
    }
    std::fs::write(data.join("authority.pem"), b"a key").expect("written");
    store.copy_to(&folder.path().join("backup"), now(EARLY)).await.expect("copied");
    store.close().await;
    folder
}

async fn restore(folder: &TempDir, to: &str) -> Result<i64, StorageError> {
    let (backup, to) = (folder.path().join("backup"), folder.path().join(to));
    SqliteStorage::restore(&backup, &to, ANEW).await.map(|(made_ms, _)| made_ms)
}

async fn change(file: &Path, statement: String) {
    let mut conn = SqliteConnectOptions::new().filename(file).connect().await.expect("a connection");
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut conn).await.expect("written");
    conn.close().await.expect("closed");
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_brought_back_with_its_keys_and_begins_a_life_of_its_own() {
    let folder = backed_up().await;
    assert_eq!(mode(&folder.path().join("backup")), 0o600);
    assert_eq!(restore(&folder, "anew").await.expect("restored"), EARLY * 1_000);
    let data = folder.path().join("anew");
    assert_eq!(std::fs::read(data.join("authority.pem")).expect("it is there"), b"a key");
    assert_eq!((mode(&data), mode(&data.join("authority.pem"))), (0o700, 0o600));
    let store = SqliteStorage::open(&data, Uuid::from_u128(2)).await.expect("opens");
    assert_eq!(store.incarnation().await.expect("read"), id(0x77));
    let owner = claim(&store, 1).await;
    assert!(owner.token > 1 << 32, "hubs heard of claims this store knows nothing of");
    assert!(store.tallies().await.expect("read")[0].replaying, "no mail before hubs were heard out");
    assert_eq!(kept(&store, &booking(3, FIRST, 3)).await.number, 3);
    store.close().await;
    let left = std::fs::read_dir(&data).expect("read").map(|entry| entry.expect("read").file_name());
    let mut left: Vec<_> = left.map(|name| name.to_string_lossy().into_owned()).collect();
    left.sort();
    assert_eq!(left, ["authority.pem", DATABASE, "lock"], "nothing rough is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_with_a_store_is_left_as_it_is() {
    let folder = backed_up().await;
    assert_eq!(restore(&folder, "data").await.expect_err("refused").code(), "file_exists");
    let store = SqliteStorage::open(&folder.path().join("data"), Uuid::from_u128(2)).await.expect("opens");
    assert_eq!(restore(&folder, "data").await.expect_err("refused").code(), "store_in_use");
    assert_eq!(store.incarnation().await.expect("read"), id(1));
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_there_are_not_written_over() {
    let folder = backed_up().await;
    let data = folder.path().join("anew");
    std::fs::create_dir_all(&data).expect("made");
    std::fs::write(data.join("authority.pem"), b"another key").expect("written");
    assert_eq!(restore(&folder, "anew").await.expect_err("refused").code(), "file_exists");
    assert_eq!(std::fs::read(data.join("authority.pem")).expect("it is there"), b"another key");
    assert!(!data.join(DATABASE).exists(), "and there is no store");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_backup_of_ours_is_refused_and_nothing_begins() {
    let folder = backed_up().await;
    let backup = folder.path().join("backup");
    let whole = std::fs::read(&backup).expect("read");
    std::fs::write(&backup, "a letter to my mother, which is longer than a database's head").expect("written");
    assert_eq!(restore(&folder, "anew").await.expect_err("refused").code(), "not_a_store");
    std::fs::remove_file(&backup).expect("removed");
    assert_eq!(restore(&folder, "anew").await.expect_err("refused").code(), "no_such_file");
    std::fs::write(&backup, &whole).expect("written");
    let newer = MIGRATIONS.iter().last().expect("one").version + 1;
    let later = format!(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES ({newer}, 'later', 1, x'00', 0)"
    );
    change(&backup, later).await;
    assert_eq!(restore(&folder, "anew").await.expect_err("refused").code(), "store_newer");
    // Bytes in the middle that aren't what was written.
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 4_096].fill(0xa5);
    std::fs::write(&backup, damaged).expect("written");
    assert_eq!(restore(&folder, "anew").await.expect_err("refused").code(), "store_damaged");
    std::fs::write(&backup, &whole).expect("written");
    change(&backup, "INSERT INTO backup_file VALUES ('../central.key', x'00')".to_owned()).await;
    assert_eq!(restore(&folder, "anew").await.expect_err("refused").code(), "store_damaged");
    assert!(!folder.path().join("central.key").exists());
    assert!(!folder.path().join("anew").join(DATABASE).exists());
}
