//! Batches of the log, marks, and the rows as they were there.

use std::time::Duration;

use chairside_schedule::hours::Blockout;
use chairside_schedule::time::{DaySpan, day_from_number};
use chairside_schedule::{BlockoutId, Status};
use chairside_store::project;
use chairside_store::tx::Overlap;
use chairside_store::{HubSide, Store};
use chairside_sync::Public;
use chairside_sync::body::{Day, Hash32, Window};
use chairside_sync::digest::{self, DayRows, Digests};
use chairside_sync::hub::{Ask, Told};
use chairside_sync::mirror::follow;
use chairside_sync::takeover::Grant;
use chairside_sync::wire::{At, Entries};
use uuid::Uuid;

use crate::fixture::{Place, book, book_many, day, moment, nth, patient, practitioner, register, visit};
use crate::sync_fixture::{ask, booking, hub_side, machine, said_after, settle, sign, window};

async fn mark(hub: &HubSide, window: Window) -> u64 {
    match ask(hub, Ask::Mark(window)).await {
        Told::Marked { mark, tip, .. } => {
            assert_eq!(mark, tip.seq);
            assert!(tip.seq <= hub.store().tip().seq, "told once it is committed");
            mark
        }
        other => panic!("{other:?}"),
    }
}

async fn digests(hub: &HubSide, mark: u64) -> Option<Digests> {
    match ask(hub, Ask::Digest(mark, window())).await {
        Told::Digested(digests) => digests,
        other => panic!("{other:?}"),
    }
}

async fn rows_at(hub: &HubSide, mark: u64, day: Option<Day>) -> Option<DayRows> {
    match ask(hub, Ask::Day(mark, day)).await {
        Told::Day(rows) => rows.map(|rows| rows.0),
        other => panic!("{other:?}"),
    }
}

/// The rows of a day as they are now, read and projected one by one.
async fn rows_now(store: &Store, day: Day) -> DayRows {
    let date = day_from_number(day).expect("a day");
    let mut rows = DayRows {
        appointments: store.day(date).await.expect("a day").iter().map(project::appointment).collect(),
        blockouts: Vec::new(),
    };
    for blockout in store.blockouts(date, date).await.expect("blockouts") {
        if let Public::Blockout(row) = project::blockout(&blockout, false) {
            rows.blockouts.push(row);
        }
    }
    rows.appointments.sort_by_key(|row| row.id);
    rows.blockouts.sort_by_key(|row| row.id);
    rows
}

async fn digests_now(store: &Store) -> Digests {
    let settings = project::settings_row(&store.clinic());
    let mut digests = Digests { settings: digest::of_settings(Some(&settings)), days: Default::default() };
    for day in window().days() {
        let rows = rows_now(store, day).await;
        if !rows.is_empty() {
            digests.days.insert(day, digest::of_day(&rows));
        }
    }
    digests
}

pub fn blockout(number: u128, day_offset: u64) -> Blockout {
    let day = day() + chrono::Days::new(day_offset);
    let span = DaySpan::parse("13:00-15:00").expect("a span");
    Blockout {
        id: BlockoutId(Uuid::from_u128(0xb10c + number)),
        practitioner: Some(practitioner(1)),
        chair: None,
        day,
        span,
        interval: span.on(day, &chrono_tz::Europe::Stockholm).expect("a stretch"),
        reason: "secret reason".to_owned(),
        for_emergencies: number.is_multiple_of(2),
    }
}

async fn some_days() -> (Place, HubSide) {
    let (place, store) = Place::with_store().await;
    register(&store, patient(0)).await;
    book_many(&store, 0, 70).await;
    let before = nth(3);
    let mut after = before.clone();
    (after.version, after.status, after.chair) = (2, Status::Noshow, Some(crate::fixture::chair(1)));
    store
        .write(moment(), async move |tx| tx.update_appointment(&before, &after, Overlap::Refuse).await)
        .await
        .expect("missed");
    for (number, offset) in [(0, 0), (1, 0), (2, 7)] {
        let blockout = blockout(number, offset);
        store.write(moment(), async move |tx| tx.insert_blockout(&blockout).await).await.expect("blocked");
    }
    let hub = hub_side(&store);
    settle(&hub, &[booking(1, 1, "2026-11-25T09:00")]).await;
    (place, hub)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_marks_digests_are_those_of_its_rows() {
    let (_place, hub) = some_days().await;
    let (store, at) = (hub.store(), mark(&hub, window()).await);
    let now = digests_now(store).await;
    assert_eq!(digests(&hub, at).await, Some(now.clone()));
    assert_eq!(now.days.len(), 6, "five days of visits, one of nothing but a blockout, none that is empty");
    for day in window().days() {
        assert_eq!(rows_at(&hub, at, Some(day)).await, Some(rows_now(store, day).await), "{day}");
    }
    let Told::Day(Some(settings)) = ask(&hub, Ask::Day(at, None)).await else { panic!("no settings") };
    assert_eq!(digest::of_settings(settings.1.as_ref()), now.settings);
    assert!(settings.0.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_stands_still_while_the_desk_goes_on() {
    let (_place, hub) = some_days().await;
    let store = hub.store().clone();
    let burst = tokio::spawn({
        let store = store.clone();
        async move { book_many(&store, 70, 60).await }
    });
    let mut marks = Vec::new();
    while !burst.is_finished() {
        let at = mark(&hub, window()).await;
        marks.push((at, digests(&hub, at).await.expect("at once")));
    }
    burst.await.expect("booked");
    assert!(marks.len() > 1);
    // What stood at each mark follows from the log: the visits booked before it.
    for (at, digests) in marks {
        let booked = said_after(&store, 0).await.into_iter().take(usize::try_from(at).expect("small"));
        let booked = booked.filter(|body| matches!(body, Public::Appointment(row) if row.version == 1)).count();
        let days: Vec<Hash32> = digests.days.into_values().collect();
        assert_eq!(days, days_of(u128::try_from(booked).expect("small"), &store).await, "mark {at}");
    }
}

/// The days' digests with the first `booked` visits of the burst, and all else as it is now.
async fn days_of(booked: u128, store: &Store) -> Vec<Hash32> {
    let mut digests = Vec::new();
    for day in window().days() {
        let mut rows = rows_now(store, day).await;
        let later: Vec<_> = (booked..200).map(|number| crate::sync_fixture::id_of(nth(number).id.0)).collect();
        rows.appointments.retain(|row| !later.contains(&row.id));
        if !rows.is_empty() {
            digests.push(digest::of_day(&rows));
        }
    }
    digests
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_is_made_once_for_the_same_window() {
    let (_place, hub) = some_days().await;
    let first = mark(&hub, window()).await;
    assert_eq!(mark(&hub, window()).await, first);
    assert!(digests(&hub, first).await.is_some(), "with a snapshot all the same");
    let shorter = Window { to: window().to - 1, ..window() };
    assert_eq!(mark(&hub, shorter).await, first + 1);
    assert_eq!(said_after(hub.store(), first).await, [Public::Mark(shorter)]);
    book(hub.store(), visit(900, 2, "2026-11-24T09:00")).await.expect("booked");
    assert_eq!(mark(&hub, shorter).await, first + 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_ends_and_says_so() {
    let (_place, hub) = some_days().await;
    let hub = hub.with_snapshot_life(Duration::from_millis(50));
    let at = mark(&hub, window()).await;
    assert_eq!(digests(&hub, at + 1).await, None, "no such mark");
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while rows_at(&hub, at, Some(window().from)).await.is_some() {
        assert!(tokio::time::Instant::now() < deadline, "the snapshot lives on");
        tokio::task::yield_now().await;
    }
    assert_eq!(digests(&hub, at).await, None);
    let again = mark(&hub, window()).await;
    assert_eq!(again, at);
    assert!(rows_at(&hub, again, None).await.is_some(), "and comes back with the next mark");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_marks_than_snapshots_let_the_oldest_go() {
    let (_place, hub) = some_days().await;
    let mut marks = Vec::new();
    for shorter in 0..8 {
        marks.push(mark(&hub, Window { to: window().to - shorter, ..window() }).await);
    }
    assert_eq!(digests(&hub, marks[0]).await, None);
    assert!(digests(&hub, marks[7]).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_snapshots_of_a_link_that_is_gone_hold_nobody_up() {
    let (_place, first) = some_days().await;
    let store = first.store().clone();
    drop(first);
    for shorter in 0..8 {
        let hub = hub_side(&store);
        let window = Window { to: window().to - shorter, ..window() };
        let at = tokio::time::timeout(Duration::from_secs(60), mark(&hub, window)).await.expect("it comes");
        assert!(rows_at(&hub, at, Some(window.from)).await.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_closes_although_snapshots_are_open() {
    let (place, hub) = some_days().await;
    mark(&hub, window()).await;
    mark(&hub, Window { to: window().to - 1, ..window() }).await;
    tokio::time::timeout(Duration::from_secs(10), hub.store().close()).await.expect("soon");
    let names: Vec<_> = std::fs::read_dir(&place.folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    assert!(!names.iter().any(|name| name.ends_with("-wal")), "and leaves the file whole by itself: {names:?}");
    assert!(hub.answer(Ask::Mark(window()), machine()).await.is_err());
}

async fn batch(hub: &HubSide, after: u64, upto: u64) -> Option<Entries> {
    match ask(hub, Ask::Batch { after, upto }).await {
        Told::Batch(batch) => batch.map(|batch| *batch),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_lead_from_any_place_to_the_tip() {
    let (_place, hub) = some_days().await;
    book_many(hub.store(), 70, 400).await;
    let first_mark = mark(&hub, window()).await;
    book(hub.store(), visit(900, 2, "2026-11-24T09:00")).await.expect("booked");
    let tip = hub.store().tip();
    let (mut at, mut batches): (Option<At>, u32) = (None, 0);
    while at.is_none_or(|at| at.seq < tip.seq) {
        let batch = batch(&hub, at.map_or(0, |at| at.seq), tip.seq).await.expect("more");
        let followed = follow(at, &batch, &Grant::FIRST).expect("it follows").expect("something new");
        let last = followed.entries.last().expect("entries");
        assert_eq!(*batch.signature, sign(last.hash), "signed over its last hash");
        if (batch.first_seq..=followed.at.seq).contains(&first_mark) {
            assert_eq!((followed.at.seq, followed.mark), (first_mark, Some(window())), "a batch ends at a mark");
        }
        at = Some(followed.at);
        batches += 1;
    }
    assert_eq!(at.map(|at| *at.hash), Some(tip.hash.0), "one chain");
    assert!(batches > 2);
    let some = batch(&hub, 3, 5).await.expect("two entries");
    assert_eq!((some.first_seq, some.entries.len()), (4, 2), "up to where it was asked");
    assert_eq!(batch(&hub, tip.seq, tip.seq).await, None);
    assert_eq!(batch(&hub, tip.seq + 7, tip.seq + 9).await, None, "a place that isn't there");
}
