//! A thousand patients want one place, and the clinic is there to answer.

use std::sync::Arc;
use std::time::Instant;

use chairside_clinic::link;
use chairside_sync::hub::State;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::broker::{ABroker, Kind};
use crate::central::Central;
use crate::clinic::{Site, practitioner, rows};
use crate::desk::STAFF_WITH;
use crate::oracle::{assert_nobody_twice, verdicts};
use crate::patients::{Patients, Told};
use crate::staff::open;

const RACERS: u64 = 1_000;

/// How many ask at once: as many as wait to be accepted on any machine.
const AT_ONCE: usize = 100;

/// Which place all of them want.
const PLACE: u64 = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_race_for_one_place_and_the_clinic_confirms_one_embedded() {
    a_thousand_race_for_one_place_and_the_clinic_confirms_one(Kind::Embedded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_race_for_one_place_and_the_clinic_confirms_one_mosquitto() {
    a_thousand_race_for_one_place_and_the_clinic_confirms_one(Kind::Mosquitto).await;
}

async fn a_thousand_race_for_one_place_and_the_clinic_confirms_one(kind: Kind) {
    let temp = tempfile::tempdir().expect("a folder");
    let site = Site::new(temp.path(), 0);
    let desk = site.found().await;
    let (peer, node) = (link::peer(&desk).expect("plain ids"), desk.store().node().0);
    let broker = ABroker::start(kind, &[peer]).await;
    let central = Central::start(temp.path(), broker.address(), node).await;
    let link = open(&desk, &broker.address()).await;
    central.until("live", async |central| central.state() == State::Live).await;

    let patients = Patients::new(central.http, site.id(), [STAFF_WITH]);
    let (mut racing, doors, began) = (JoinSet::new(), Arc::new(Semaphore::new(AT_ONCE)), Instant::now());
    for number in 0..RACERS {
        let (patients, doors) = (Arc::clone(&patients), Arc::clone(&doors));
        racing.spawn(async move {
            let _door = doors.acquire().await.expect("never closed");
            (number, patients.wish_for(number, STAFF_WITH, PLACE).await)
        });
    }
    let answers = racing.join_all().await;
    println!("{kind:?}: {RACERS} answers in {:?}", began.elapsed());
    let mut told = Told::default();
    for (number, answer) in &answers {
        told.hear(*number, answer);
        if answer.status == 409 {
            assert!(answer.head.contains("application/problem+json"), "{answer:?}");
            let alternatives = answer.body["alternatives"].as_array().expect("alternatives");
            assert!(alternatives.len() == 3 && alternatives.iter().all(|slot| slot["state"] == "free"), "{answer:?}");
        }
    }
    // Until the clinic has said yes others see it being booked, then taken.
    assert!(told.refused.iter().all(|code| code == "being_booked" || code == "taken"), "{:?}", told.refused);
    assert_eq!((told.acknowledged.len(), told.refused.len()), (1, RACERS as usize - 1));

    let winner = &told.acknowledged[0];
    central
        .until("confirmed", async |_| patients.look(winner.number, winner.booking).await.body["outcome"] == "confirmed")
        .await;
    let given = verdicts(&desk).await;
    assert!(given.len() == 1 && given.values().all(|(_, verdict)| verdict.accepted), "{given:?}");
    let visits = rows(&desk).await;
    let with = visits.iter().filter(|row| *row.practitioner == *practitioner(STAFF_WITH).0.as_bytes());
    assert_eq!(with.count(), 1);
    assert_nobody_twice(&visits);
    link.close().await;
    desk.close().await;
    central.stop().await;
}
