//! Restarts, backups, restores and copies: a store knows which life it lives.

use std::fs;
use std::path::{Path, PathBuf};

use chairside_store::copy::{RestoreRefused, restore};
use chairside_store::{Store, StoreError};
use chairside_sync::{Incarnation, Public, Tip};
use uuid::Uuid;

use crate::fixture::{FIRST_LIFE, Place, book_many, clinic, day, key, patient, raw, register};

fn life(number: u128) -> Incarnation {
    Incarnation(Uuid::from_u128(number))
}

/// The parent that the store's last entry names, if that is a birth.
async fn born_of(store: &Store) -> Option<(Incarnation, u64, [u8; 32])> {
    let last = store.log_after(store.tip().seq - 1, 1).await.expect("the last entry").remove(0);
    let Ok(Public::Birth(birth)) = Public::from_bytes(&last.entry.public) else { return None };
    let parent = birth.parent?;
    Some((Incarnation(Uuid::from_bytes(*parent.incarnation)), parent.seq, *parent.hash))
}

fn as_parent(tip: Tip) -> (Incarnation, u64, [u8; 32]) {
    (tip.incarnation, tip.seq, tip.hash.0)
}

async fn with_visits(count: u128) -> (Place, Store) {
    let (place, store) = Place::with_store().await;
    register(&store, patient(0)).await;
    book_many(&store, 0, count).await;
    (place, store)
}

fn copy_files(from: &Path, to: &Path, names: &[&str]) {
    fs::create_dir_all(to).expect("a folder");
    for name in names {
        if from.join(name).exists() {
            fs::copy(from.join(name), to.join(name)).expect("copied");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_everything_and_begins_nothing_new() {
    let (place, store) = with_visits(20).await;
    let (tip, settings, visits) = (store.tip(), store.clinic(), store.day(day()).await.expect("a day"));
    store.close().await;
    for _ in 0..3 {
        let store = place.open().await;
        assert_eq!((store.tip(), store.clinic()), (tip, settings.clone()));
        assert_eq!(store.day(day()).await.expect("a day"), visits);
        assert_eq!(store.find_patients("given0", 5).await.expect("found").len(), 1);
        store.close().await;
    }
    assert_eq!(tip.incarnation, life(FIRST_LIFE));
    assert_eq!(*settings, clinic());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_restored_behind_its_back_begins_a_new_life() {
    let (place, store) = with_visits(3).await;
    let older = store.tip();
    store.close().await;
    let kept = place.folder.with_file_name("kept");
    copy_files(&place.folder, &kept, &["clinic.db"]);
    let store = place.open().await;
    book_many(&store, 3, 3).await;
    store.close().await;
    copy_files(&kept, &place.folder, &["clinic.db"]);
    let store = place.open_as(0xd4).await.expect("the older copy opens");
    assert_eq!((store.tip().seq, store.tip().incarnation), (older.seq + 1, life(0xd4)));
    assert_eq!(born_of(&store).await, Some(as_parent(older)), "grown from where the copy ended");
    book_many(&store, 3, 1).await;
    assert_eq!(store.verify().await.expect("verified").fault, None);
    let tip = store.tip();
    store.close().await;
    assert_eq!(place.open_as(0xd5).await.expect("opens").tip(), tip, "once only");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_folder_without_its_mark_begins_a_new_life() {
    let (place, store) = with_visits(3).await;
    let tip = store.tip();
    store.close().await;
    let copy = Place::at(place.folder.with_file_name("copy"));
    copy_files(&place.folder, &copy.folder, &["clinic.db"]);
    let store = copy.open_as(0xd4).await.expect("the copy opens");
    assert_eq!(store.tip().incarnation, life(0xd4));
    assert_eq!(born_of(&store).await, Some(as_parent(tip)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_mark_is_no_mark() {
    let (place, store) = with_visits(1).await;
    let tip = store.tip();
    store.close().await;
    let mark = place.folder.join("high-water");
    let mut bytes = fs::read(&mark).expect("the mark");
    bytes[30] ^= 1;
    fs::write(&mark, bytes).expect("torn");
    let store = place.open_as(0xd4).await.expect("opens");
    assert_eq!(born_of(&store).await, Some(as_parent(tip)), "better one life too many than one lived twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_that_lags_behind_is_no_copy() {
    let (place, store) = with_visits(1).await;
    let mark = place.folder.join("high-water");
    let lagging = fs::read(&mark).expect("the mark");
    book_many(&store, 1, 3).await;
    let tip = store.tip();
    store.close().await;
    fs::write(&mark, lagging).expect("as a crash may leave it");
    assert_eq!(place.open().await.tip(), tip);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_while_bookings_go_on_is_whole() {
    let (place, store) = with_visits(5).await;
    let file = place.folder.with_file_name("backup.db");
    let before = store.tip();
    let burst = tokio::spawn({
        let store = store.clone();
        async move { book_many(&store, 5, 60).await }
    });
    let verified = store.backup(&file).await.expect("a backup");
    let after = store.tip();
    burst.await.expect("booked");
    assert_eq!(verified.fault, None);
    assert!((before.seq..=after.seq).contains(&verified.entries), "{before:?} {verified:?} {after:?}");
    assert_eq!(store.verify().await.expect("verified").fault, None);
    assert!(matches!(store.backup(&file).await, Err(StoreError::Exists(path)) if path == file), "never over a file");
    let plain = fs::read(&file).expect("the backup");
    assert!(!plain.starts_with(b"SQLite format 3"), "a backup is encrypted as well");
    let elsewhere = place.folder.with_file_name("elsewhere");
    let restored = restore(&elsewhere, &key(), &file, false).await.expect("restored into an empty folder");
    assert_eq!((restored.backup.seq, restored.replaced, restored.kept_in), (verified.entries, None, None));
    let copy = Place::at(elsewhere).open_as(0xd4).await.expect("opens");
    assert_eq!(born_of(&copy).await, Some(as_parent(restored.backup)));
    assert_eq!(only_names(&place.folder.with_file_name("")), ["backup.db", "clinic", "elsewhere"], "nothing half-made");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_damaged_store_is_none() {
    let (place, store) = with_visits(2).await;
    crate::fixture::tamper(&place, "UPDATE appointment SET status = 'noshow'").await;
    let file = place.folder.with_file_name("backup.db");
    assert!(matches!(store.backup(&file).await, Err(StoreError::Damaged(_))));
    assert_eq!(only_names(&place.folder.with_file_name("")), ["clinic"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_over_newer_entries_wants_to_be_told() {
    let (place, store) = with_visits(3).await;
    let file = place.folder.with_file_name("backup.db");
    store.backup(&file).await.expect("a backup");
    let backup = store.tip();
    book_many(&store, 3, 4).await;
    let newest = store.tip();
    store.close().await;
    let before = database(&place);
    let refused = restore(&place.folder, &key(), &file, false).await;
    assert!(matches!(refused, Err(RestoreRefused::Newer { newer: 4 })), "{refused:?}");
    assert_eq!(database(&place), before, "refused: as it was");

    let restored = restore(&place.folder, &key(), &file, true).await.expect("told");
    assert_eq!((restored.backup, restored.replaced), (backup, Some(newest)));
    let kept = restored.kept_in.expect("the replaced files are kept");
    let store = place.open_as(0xd4).await.expect("opens");
    assert_eq!(born_of(&store).await, Some(as_parent(backup)));
    assert_eq!(store.tip().seq, backup.seq + 1);
    let replaced = Place::at(kept).open_as(0xd5).await.expect("what was replaced opens too");
    assert_eq!(born_of(&replaced).await, Some(as_parent(newest)));
}

#[tokio::test(flavor = "multi_thread")]
async fn newer_means_entries_the_backup_lacks_not_a_greater_number() {
    // A store that was restored and worked on is shorter than the backup, and
    // still holds visits that the backup doesn't know.
    let (place, store) = with_visits(2).await;
    let (small, large) = (place.folder.with_file_name("small.db"), place.folder.with_file_name("large.db"));
    store.backup(&small).await.expect("a backup");
    book_many(&store, 2, 10).await;
    store.backup(&large).await.expect("a backup");
    store.close().await;
    restore(&place.folder, &key(), &small, true).await.expect("restored");
    let store = place.open_as(0xd4).await.expect("opens");
    book_many(&store, 20, 1).await;
    store.close().await;
    let refused = restore(&place.folder, &key(), &large, false).await;
    assert!(matches!(refused, Err(RestoreRefused::Newer { newer: 2 })), "a birth and a visit: {refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_begins_a_new_life_even_when_the_mark_lags() {
    let (place, store) = with_visits(1).await;
    let mark = place.folder.join("high-water");
    let lagging = fs::read(&mark).expect("the mark");
    book_many(&store, 1, 2).await;
    let file = place.folder.with_file_name("backup.db");
    store.backup(&file).await.expect("a backup");
    let backup = store.tip();
    book_many(&store, 3, 2).await;
    store.close().await;
    fs::write(&mark, lagging).expect("as a crash may leave it");
    restore(&place.folder, &key(), &file, true).await.expect("restored");
    assert_eq!(born_of(&place.open_as(0xd4).await.expect("opens")).await, Some(as_parent(backup)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_backup_is_refused_and_nothing_changes() {
    type Break = fn(&Path);
    let breaks: [(&str, Break); 6] = [
        ("empty", |file| fs::write(file, b"").expect("emptied")),
        ("text", |file| fs::write(file, "not a backup\n".repeat(1_000)).expect("written")),
        ("cut short", |file| cut(file, 3)),
        ("a page overwritten", |file| {
            let mut bytes = fs::read(file).expect("read");
            let at = bytes.len() - 4096;
            bytes[at..at + 64].fill(0xff);
            fs::write(file, bytes).expect("written");
        }),
        ("missing", |file| fs::remove_file(file).expect("removed")),
        ("plain SQLite", |file| {
            let mut bytes = fs::read(file).expect("read");
            bytes[..16].copy_from_slice(b"SQLite format 3\0");
            fs::write(file, bytes).expect("written");
        }),
    ];
    let (place, store) = with_visits(30).await;
    let good = place.folder.with_file_name("backup.db");
    store.backup(&good).await.expect("a backup");
    let tip = store.tip();
    store.close().await;
    let before = database(&place);
    let names = only_names(&place.folder);
    for (what, break_it) in breaks {
        let file = place.folder.with_file_name("broken.db");
        fs::copy(&good, &file).expect("copied");
        break_it(&file);
        let refused = restore(&place.folder, &key(), &file, true).await;
        assert!(refused.is_err(), "{what}");
        assert_eq!(database(&place), before, "{what}: the store stands as it was");
        assert_eq!(only_names(&place.folder), names, "{what}: nothing half-made");
    }
    let damaged = place.folder.with_file_name("damaged.db");
    fs::copy(&good, &damaged).expect("copied");
    let mut conn = raw(&damaged).await;
    sqlx::query("UPDATE appointment SET status = 'noshow'").execute(&mut conn).await.expect("tampered");
    sqlx::Connection::close(conn).await.expect("closed");
    let refused = restore(&place.folder, &key(), &damaged, true).await;
    assert!(matches!(refused, Err(RestoreRefused::NotWhole(_))), "{refused:?}");
    assert_eq!(place.open().await.tip(), tip);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_into_a_store_at_work_is_refused() {
    let (place, store) = with_visits(1).await;
    let file = place.folder.with_file_name("backup.db");
    store.backup(&file).await.expect("a backup");
    let refused = restore(&place.folder, &key(), &file, true).await;
    assert!(matches!(refused, Err(RestoreRefused::Store(StoreError::InUse(_)))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_can_replace_what_can_no_longer_be_read() {
    let (place, store) = with_visits(3).await;
    let file = place.folder.with_file_name("backup.db");
    store.backup(&file).await.expect("a backup");
    let backup = store.tip();
    store.close().await;
    fs::write(place.files().database(), vec![0x5a; 8192]).expect("overwritten");
    let restored = restore(&place.folder, &key(), &file, false).await.expect("restored");
    assert_eq!((restored.backup, restored.replaced), (backup, None));
    let kept = restored.kept_in.expect("kept all the same");
    assert_eq!(fs::read(kept.join("clinic.db")).expect("the replaced file"), vec![0x5a; 8192]);
    let store = place.open_as(0xd4).await.expect("opens");
    assert_eq!(born_of(&store).await, Some(as_parent(backup)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_left_by_another_store_does_no_harm() {
    // A restore cut short between its moves leaves a journal without its database.
    let (place, store) = with_visits(3).await;
    let file = place.folder.with_file_name("backup.db");
    store.backup(&file).await.expect("a backup");
    store.close().await;
    let stale = vec![0x37; 32 + 24 + 4096];
    fs::remove_file(place.files().database()).expect("removed");
    fs::write(place.files().journals()[0].clone(), &stale).expect("a stale journal");
    restore(&place.folder, &key(), &file, false).await.expect("restored");
    assert_eq!(place.open_as(0xd4).await.expect("opens").verify().await.expect("verified").fault, None);

    let empty = Place::new();
    fs::create_dir_all(&empty.folder).expect("a folder");
    fs::write(empty.files().journals()[0].clone(), &stale).expect("a stale journal");
    assert_eq!(empty.found().await.verify().await.expect("verified").fault, None);
}

fn database(place: &Place) -> Vec<u8> {
    fs::read(place.files().database()).expect("the database")
}

fn cut(file: &Path, pages: u64) {
    let file = fs::OpenOptions::new().write(true).open(file).expect("the file");
    file.set_len(pages * 4096).expect("cut");
}

fn only_names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path());
    let name = |path: PathBuf| Some(path.file_name()?.to_str()?.to_owned());
    let mut names: Vec<String> = entries.filter_map(name).collect();
    names.sort();
    names
}
