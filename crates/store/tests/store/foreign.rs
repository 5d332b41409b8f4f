//! What isn't a store of ours, or isn't ours now.

use std::fs;
use std::path::Path;

use chairside_store::{Key, Store, StoreError};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use crate::fixture::{Place, book_many, founding, key, opening, patient, register, tamper};

const OTHER_KEY: &str = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";

#[tokio::test(flavor = "multi_thread")]
async fn a_second_opening_is_told_that_the_store_is_in_use() {
    let (place, store) = Place::with_store().await;
    assert!(matches!(place.open_as(2).await, Err(StoreError::InUse(folder)) if folder == place.folder));
    assert!(matches!(place.try_found().await, Err(StoreError::InUse(_))));
    store.close().await;
    place.open_as(2).await.expect("free again");
}

#[tokio::test(flavor = "multi_thread")]
async fn founding_where_a_store_is_leaves_it_alone() {
    let (place, store) = Place::with_store().await;
    register(&store, patient(0)).await;
    let tip = store.tip();
    store.close().await;
    assert!(matches!(place.try_found().await, Err(StoreError::Exists(_))));
    assert_eq!(place.open().await.tip(), tip);
}

/// Makes the database something else, tries to open it, and demands that it
/// stays what it was made.
async fn check(what: &str, make: impl AsyncFnOnce(&Path), wanted: impl FnOnce(&StoreError) -> bool) {
    let (place, store) = Place::with_store().await;
    register(&store, patient(0)).await;
    book_many(&store, 0, 40).await;
    store.close().await;
    let database = place.files().database();
    make(&database).await;
    let before = fs::read(&database).expect("the file");
    let refused = place.open_as(2).await.expect_err(what);
    assert!(wanted(&refused), "{what}: {refused:?}");
    assert_eq!(fs::read(&database).expect("the file"), before, "{what}: untouched");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_store_is_told_apart() {
    let is_no_store = |error: &StoreError| matches!(error, StoreError::NotAStore(_));
    check("empty", async |file| fs::write(file, b"").expect("written"), is_no_store).await;
    check("a letter", async |file| fs::write(file, "Dear clinic,").expect("written"), is_no_store).await;
    check(
        "pages of text",
        async |file| fs::write(file, "Dear clinic,\n\n\n\n".repeat(1024)).expect("written"),
        is_no_store,
    )
    .await;
    check("plain SQLite", plain_sqlite, is_no_store).await;
}

async fn plain_sqlite(file: &Path) {
    fs::remove_file(file).expect("removed");
    let mut plain =
        SqliteConnectOptions::new().filename(file).create_if_missing(true).connect().await.expect("plain SQLite");
    sqlx::query("CREATE TABLE other (one INTEGER)").execute(&mut plain).await.expect("a table");
    plain.close().await.expect("closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_cut_short_is_damaged() {
    let is_damaged = |error: &StoreError| matches!(error, StoreError::Damaged(_));
    check("whole pages left", async |file| cut(file, 20 * 4096), is_damaged).await;
    check("a torn page left", async |file| cut(file, 20 * 4096 + 77), is_damaged).await;
}

fn cut(file: &Path, bytes: u64) {
    let file = fs::OpenOptions::new().write(true).open(file).expect("the file");
    assert!(file.metadata().expect("its length").len() > bytes);
    file.set_len(bytes).expect("cut");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_opens_nothing_and_changes_nothing() {
    let (place, store) = Place::with_store().await;
    store.close().await;
    let before = fs::read(place.files().database()).expect("the file");
    let other = Key::parse(OTHER_KEY).expect("a key");
    let refused = Store::open(&place.folder, &other, opening(2)).await;
    assert!(matches!(refused, Err(StoreError::WrongKey(_))), "{refused:?}");
    assert_eq!(fs::read(place.files().database()).expect("the file"), before);
    place.open().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_a_newer_version_is_left_alone() {
    let (place, store) = Place::with_store().await;
    let tip = store.tip();
    store.close().await;
    tamper(
        &place,
        "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time) \
         VALUES (9999, 'of tomorrow', '2030-01-01', 1, x'00', 1)",
    )
    .await;
    let before = fs::read(place.files().database()).expect("the file");
    assert!(matches!(place.open_as(2).await, Err(StoreError::Newer)));
    assert_eq!(fs::read(place.files().database()).expect("the file"), before);
    tamper(&place, "DELETE FROM _sqlx_migrations WHERE version = 9999").await;
    assert_eq!(place.open().await.tip(), tip);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_store_is_said_to_be_missing() {
    let place = Place::new();
    assert!(matches!(place.open_as(2).await, Err(StoreError::Missing(folder)) if folder == place.folder));
    assert!(!place.folder.exists(), "asking makes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_broken_founding_left_is_in_nobodys_way() {
    // What a power cut may leave at each step: files half-made, none of them a store.
    let leftovers: [&[(&str, &[u8])]; 4] = [
        &[("lock", b"")],
        &[("lock", b""), ("node", b"")],
        &[("lock", b""), ("clinic.db.half-made", b""), ("clinic.db.half-made-wal", b"torn")],
        &[("lock", b""), ("clinic.db.half-made", &[9; 4096]), ("high-water", b"torn"), ("node", b"")],
    ];
    for files in leftovers {
        let place = Place::new();
        fs::create_dir_all(&place.folder).expect("a folder");
        for (name, bytes) in files {
            fs::write(place.folder.join(name), bytes).expect("left behind");
        }
        assert!(matches!(place.open_as(2).await, Err(StoreError::Missing(_))), "there is no store yet");
        let store = Store::found(&place.folder, &key(), founding(), opening(1)).await.expect("a new start");
        let tip = store.tip();
        store.close().await;
        let store = place.open().await;
        assert_eq!(store.tip(), tip);
        assert_eq!(store.verify().await.expect("verified").fault, None);
    }
}

#[test]
fn a_key_is_64_hex_digits() {
    for (text, fits) in [
        (OTHER_KEY, true),
        (" 00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff\n", true),
        ("", false),
        ("ff", false),
        (&"g".repeat(64), false),
        (&"f".repeat(65), false),
        (&"é".repeat(32), false),
    ] {
        assert_eq!(Key::parse(text).is_ok(), fits, "{text}");
    }
    assert!(!format!("{:?}", key()).contains("0011"), "never in a log");
}
