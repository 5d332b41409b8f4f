//! Everything in one file, while it serves, and the way back.

use std::sync::Arc;

use chairside_central::Clock;
use chairside_central::care::{Backups, Every, FORGET_AFTER, Told, forget, keep_backing_up};
use chairside_central::store::{MailStorage, RequestStorage, SqliteStorage};
use chairside_sync::Now;
use chairside_sync::booking::Event;
use serde_json::json;
use tokio::sync::watch;
use uuid::Uuid;

use crate::fixture::{EARLY, FIRST, booking, booking_id, now};
use crate::program::{PATIENCE, Place};
use crate::store::full;

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_while_it_serves_is_brought_back_elsewhere() {
    let place = Place::new();
    full(&place.data()).await;
    let served = place.serve(&[]);
    let file = place.path("backup");
    let to = ["backup", "--json", "--to", file.to_str().expect("a path")];
    let done = place.run(&to).json();
    assert_eq!((&done["clinics"], &done["bookings"], &done["requests"]), (&json!(1), &json!(3), &json!(3)));
    assert_eq!(place.run(&to).refused(), "file_exists");
    let later = place.add("Provhuset");

    let from = ["restore", "--json", "--from", file.to_str().expect("a path")];
    assert_eq!(place.run(&from).refused(), "store_in_use");
    let anew = place.path("anew");
    let restored = place.run_on(&anew, &from).json();
    assert_eq!((&restored["clinics"], &restored["requests"]), (&json!(1), &json!(3)));
    assert_eq!(place.run_on(&anew, &from).refused(), "file_exists");

    let second = place.serve_on(&anew, &[]);
    let (_, listed) = second.get("/api/v1/clinics");
    assert!(listed.contains("Testhuset") && !listed.contains(&later), "as it was then: {listed}");
    let clinics = place.run_on(&anew, &["clinics", "--json"]).json();
    assert_eq!(clinics["clinics"][0]["replaying"], json!(true), "no mail before the clinic was heard out");
    second.stop();
    served.stop();
    assert_eq!(place.run(&from).refused(), "file_exists", "at rest too there is a store");
}

#[test]
fn what_is_refused_is_said_in_words() {
    let place = Place::new();
    let letter = place.path("letter");
    std::fs::write(&letter, "a letter to my mother, and nothing that could be brought back").expect("written");
    let done = place.run(&["restore", "--from", letter.to_str().expect("a path"), "--language", "sv"]);
    assert!(done.err.contains("är ingen databas från chairside-central"), "{}", done.err);
    let done = place.run(&["restore", "--from", "/nowhere/backup"]);
    assert!(done.err.contains("There is no /nowhere/backup."), "{}", done.err);
}

#[test]
fn a_store_of_a_newer_version_is_refused_in_words_before_anything_is_served() {
    let place = Place::new();
    place.add("Testhuset");
    place.serve(&[]).stop();
    crate::store::written_by_a_newer_version(&place.data());
    for args in [&["serve", "--listen", "127.0.0.1:0"][..], &["clinics"]] {
        let done = place.run(args);
        assert!(!done.status.success());
        assert!(done.err.contains("written by a newer version of chairside-central"), "{args:?}: {}", done.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_are_made_by_the_clock_and_none_that_isnt_one_is_touched() {
    let place = Place::new();
    full(&place.data()).await;
    let store = SqliteStorage::open(&place.data(), Uuid::from_u128(1)).await.expect("opens");
    let folder = place.path("backups");
    let backups = Backups::new(folder.clone(), Every::HOUR);
    assert_eq!(backups.last().expect("read"), None);
    let at = |minute: i64| Now { steady_ms: 0, wall_ms: 1_795_500_000_000 + minute * 60_000 };
    let first = backups.keep(&store, at(0)).await.expect("made");
    assert_eq!(backups.keep(&store, at(59)).await.expect("not yet"), first);
    std::fs::write(folder.join("a letter"), "to my mother").expect("written");
    // Left by a process that was ended in the middle.
    std::fs::write(folder.join(".central-20261124T092200Z.backup.part"), "half").expect("written");
    for minute in [60, 120, 180] {
        let made = backups.keep(&store, at(minute)).await.expect("made");
        assert_eq!(made.made_ms, at(minute).wall_ms);
        assert_eq!(backups.last().expect("read"), Some(made));
    }
    let often = Backups::new(folder.clone(), "1m".parse().expect("a time"));
    for minute in [181, 182] {
        often.keep(&store, at(minute)).await.expect("made");
    }
    let names = std::fs::read_dir(&folder).expect("read").map(|entry| entry.expect("read").file_name());
    let mut names: Vec<_> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    assert_eq!(names.len(), 5, "of one hour the latest stays: {names:?}");
    assert_eq!(names[0], "a letter");
    let latest = folder.join(names.last().expect("one"));
    let (made_ms, copied) =
        SqliteStorage::restore(&latest, &place.path("anew"), Uuid::from_u128(2)).await.expect("restored");
    assert_eq!((made_ms, copied.requests), (at(182).wall_ms, 3));
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_fails_is_said_and_made_once_it_can_be() {
    let place = Place::new();
    full(&place.data()).await;
    let store = SqliteStorage::open(&place.data(), Uuid::from_u128(1)).await.expect("opens");
    // Where the folder is to be lies a file.
    let folder = place.path("backups");
    std::fs::write(&folder, "").expect("written");
    // So fast that minutes of waiting take no time.
    let clock = Clock::hurried(Now { steady_ms: 0, wall_ms: 1_795_500_000_000 }, 100_000);
    let (told, hears) = watch::channel(Told::default());
    let backups = Backups::new(folder.clone(), Every::HOUR);
    let task = tokio::spawn(keep_backing_up(store.clone(), clock, backups, Arc::new(told)));
    let heard = |wanted: fn(&Told) -> bool| {
        let mut hears = hears.clone();
        async move { tokio::time::timeout(PATIENCE, hears.wait_for(wanted)).await.expect("in time").expect("told").clone() }
    };
    let failed = heard(|told| told.failed.is_some()).await;
    assert_eq!((failed.last, failed.failed.expect("it failed").1.as_str()), (None, "store_file"));
    std::fs::remove_file(&folder).expect("removed");
    let made = heard(|told| told.last.is_some()).await;
    assert_eq!(made.failed, None);
    task.abort();
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_of_past_visits_are_forgotten_by_the_hour() {
    let place = Place::new();
    full(&place.data()).await;
    let store = SqliteStorage::open(&place.data(), Uuid::from_u128(1)).await.expect("opens");
    let wish = booking(1, FIRST, 1);
    store.step(wish.proposal.id, Event::Withdrawn, now(EARLY)).await.expect("written");
    let start_s = store.booking(booking_id(1)).await.expect("read").expect("it is there").spot.start.0;
    let thirty_days_s = FORGET_AFTER.as_secs().cast_signed();
    let clock = |wall_s: i64| Clock::hurried(Now { steady_ms: 0, wall_ms: wall_s * 1_000 }, 1);
    assert_eq!(forget(&store, &clock(start_s + thirty_days_s - 60)).await.expect("read"), 0);
    assert_eq!(forget(&store, &clock(start_s + thirty_days_s + 1)).await.expect("written"), 1);
    let kept = store.booking(booking_id(1)).await.expect("read").expect("it is there");
    assert_eq!((kept.contact, store.mails_of(booking_id(1)).await.expect("read")), (None, vec![]));
    store.close().await;
}
