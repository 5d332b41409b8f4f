//! Many at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use chairside_schedule::Status;
use chairside_store::StoreError;
use chairside_store::tx::{Overlap, Refusal};

use crate::fixture::{Place, book, chair, day, moment, patient, register, visit, wish_of};

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_racing_for_one_place_leave_one_winner() {
    let (_place, store) = Place::with_store().await;
    register(&store, patient(0)).await;
    let before = store.tip().seq;
    let racers: Vec<_> = (0..1_000)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move { (number, book(&store, visit(number, 0, "2026-11-24T09:00")).await) })
        })
        .collect();
    let mut winners = Vec::new();
    let mut told = Vec::new();
    for racer in racers {
        match racer.await.expect("the racer ends") {
            (number, Ok(seq)) => winners.push((visit(number, 0, "2026-11-24T09:00").id, seq)),
            (_, Err(Refusal::Clash(with))) => told.push(with),
            (_, Err(other)) => panic!("{other}"),
        }
    }
    let [(winner, seq)] = winners.as_slice() else { panic!("{} winners", winners.len()) };
    assert_eq!(told.len(), 999);
    assert!(told.iter().all(|with| with.iter().map(|visit| visit.id).eq([*winner])), "every loser is told by whom");
    assert_eq!((*seq, store.tip().seq), (before + 1, before + 1), "the log has one entry more");
    assert_eq!(store.day(day()).await.expect("a day").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chair_has_one_winner_too() {
    let (_place, store) = Place::with_store().await;
    register(&store, patient(0)).await;
    let won = AtomicUsize::new(0);
    let racers = (0..30_u128).map(|number| {
        let mut wish = visit(number, number % 3, "2026-11-24T09:00");
        wish.chair = Some(chair(1));
        let (store, won) = (&store, &won);
        async move {
            if book(store, wish).await.is_ok() {
                won.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    futures_util::future::join_all(racers).await;
    assert_eq!(won.into_inner(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_decides_is_the_time_not_the_place_on_the_grid() {
    // (start, minutes, whether it fits beside 09:00–09:45)
    let cases = [
        ("2026-11-24T09:45", 30, true),
        ("2026-11-24T08:30", 30, true),
        ("2026-11-24T09:30", 30, false),
        ("2026-11-24T08:30", 35, false),
        ("2026-11-24T08:00", 240, false),
        ("2026-11-24T09:10", 5, false),
    ];
    let (_place, store) = Place::with_store().await;
    register(&store, patient(0)).await;
    let long = |number, start: &str, minutes| {
        let mut wish = visit(number, 0, start);
        wish.time = chairside_schedule::appointment::VisitTime::new(wish.time.local, wish.time.zone, minutes);
        wish
    };
    book(&store, long(0, "2026-11-24T09:00", 45)).await.expect("the first");
    for (number, (start, minutes, fits)) in (1..).zip(cases) {
        let wish = long(number, start, minutes);
        let booked = book(&store, wish.clone()).await;
        assert_eq!(booked.is_ok(), fits, "{start} for {minutes} minutes");
        if fits {
            let mut gone = wish.clone();
            gone.version += 1;
            gone.status = Status::Cancelled;
            store
                .write(moment(), async move |tx| tx.update_appointment(&wish, &gone, Overlap::Refuse).await)
                .await
                .expect("cancelled");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_editors_of_one_version_the_second_is_told() {
    let (_place, store) = Place::with_store().await;
    register(&store, patient(0)).await;
    let before = visit(0, 0, "2026-11-24T09:00");
    book(&store, before.clone()).await.expect("booked");
    let edit = async |note: &str| {
        let (before, mut after) = (before.clone(), before.clone());
        after.version += 1;
        after.note = note.to_owned();
        store.write(moment(), async move |tx| tx.update_appointment(&before, &after, Overlap::Refuse).await).await
    };
    edit("first").await.expect("the first edit");
    let seq = store.tip().seq;
    let second = edit("second").await;
    assert!(matches!(second, Err(Refusal::Store(StoreError::ChangedMeanwhile(id))) if id == before.id), "{second:?}");
    assert_eq!(store.tip().seq, seq);
    let stands = store.appointment(before.id).await.expect("read").expect("it stands");
    assert_eq!((stands.note.as_str(), stands.version), ("first", 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_fails_half_way_leaves_nothing() {
    let (place, store) = Place::with_store().await;
    register(&store, patient(0)).await;
    let tip = store.tip();
    let failed: Result<(), Refusal> = store
        .write(moment(), async move |tx| {
            tx.insert_patient(&patient(1)).await?;
            let visit = visit(1, 0, "2026-11-24T09:00");
            tx.insert_appointment(&visit, wish_of(&visit), Overlap::Refuse).await?;
            Err(StoreError::BadKey.into())
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(store.tip(), tip);
    assert!(store.patient(patient(1).id).await.expect("read").is_none());
    assert!(store.find_patients("Given1", 5).await.expect("found").is_empty());
    store.close().await;
    let store = place.open().await;
    assert_eq!(store.tip(), tip);
    assert_eq!(store.verify().await.expect("verified").fault, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_panics_leaves_nothing_and_the_store_goes_on() {
    let (_place, store) = Place::with_store().await;
    register(&store, patient(0)).await;
    let tip = store.tip();
    let panicked: Result<u64, Refusal> = store
        .write(moment(), async move |tx| {
            tx.insert_patient(&patient(1)).await?;
            assert_eq!(tx.seq(), 0, "a defect in a use case");
            Ok(0)
        })
        .await;
    assert!(panicked.is_err());
    assert_eq!(store.tip(), tip);
    assert!(store.patient(patient(1).id).await.expect("read").is_none());
    book(&store, visit(0, 0, "2026-11-24T09:00")).await.expect("the next one is booked");
    assert_eq!(store.verify().await.expect("verified").fault, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_is_not_taken_away_while_its_clash_stands() {
    let (_place, store) = Place::with_store().await;
    register(&store, patient(0)).await;
    book(&store, visit(0, 0, "2026-11-24T09:00")).await.expect("booked");
    let mut over = visit(1, 0, "2026-11-24T09:00");
    over.overbooked = Some("toothache".to_owned());
    let booked = over.clone();
    store
        .write(moment(), async move |tx| tx.insert_appointment(&booked, wish_of(&booked), Overlap::Knowingly).await)
        .await
        .expect("overbooked");
    let mut without = over.clone();
    without.version += 1;
    without.overbooked = None;
    let changed =
        store.write(moment(), async move |tx| tx.update_appointment(&over, &without, Overlap::Refuse).await).await;
    assert!(matches!(changed, Err(Refusal::Clash(_))), "{changed:?}");
}
