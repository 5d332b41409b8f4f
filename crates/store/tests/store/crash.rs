//! A process killed in the middle of a burst loses nothing it acknowledged.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use chairside_store::StoreError;

use crate::fixture::{Place, book, day_after, nth, patient, register};

/// Names the folder to the child that books there.
pub const FOLDER: &str = "CHAIRSIDE_TEST_BURST_IN";

/// Acknowledged visits after which the child is killed.
const ACKNOWLEDGED: usize = 60;

/// Runs this test again as a child of its own, on which `kill` is really -9.
pub fn child(test: &str, folder: &std::path::Path) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a child")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_bookings_survives_a_kill() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return book_for_ever(Place::at(PathBuf::from(folder))).await;
    }
    let (place, store) = Place::with_store().await;
    register(&store, patient(0)).await;
    let life = store.tip().incarnation;
    store.close().await;
    for round in 0..3 {
        let mut child = child("crash::a_burst_of_bookings_survives_a_kill", &place.folder);
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let mut acknowledged: Vec<u128> = Vec::new();
        for line in output.lines() {
            let line = line.expect("a line");
            acknowledged.extend(line.rsplit_once("booked ").and_then(|(_, number)| number.parse::<u128>().ok()));
            if acknowledged.len() == ACKNOWLEDGED {
                child.kill().expect("killed with signal 9");
            }
        }
        child.wait().expect("it ended");
        assert!(acknowledged.len() >= ACKNOWLEDGED, "round {round}: only {} were acknowledged", acknowledged.len());
        let store = place.open().await;
        for number in acknowledged {
            let stands = store.appointment(nth(number).id).await.expect("read");
            assert_eq!(stands, Some(nth(number)), "round {round}, visit {number}");
        }
        assert_eq!(store.verify().await.expect("verified").fault, None);
        assert_eq!(store.tip().incarnation, life, "a crash is no copy");
        store.close().await;
    }
}

async fn book_for_ever(place: Place) {
    let store = place.open().await;
    let mut number = 0;
    while !store.day(day_after(number / 16)).await.expect("a day").is_empty() {
        number += 16;
    }
    for number in u128::from(number)..100_000 {
        book(&store, nth(number)).await.expect("booked");
        let mut out = std::io::stdout().lock();
        writeln!(out, "booked {number}").and_then(|()| out.flush()).expect("somebody listens");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_while_a_store_is_founded_is_in_nobodys_way() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        println!("begins");
        let store = Place::at(PathBuf::from(folder)).try_found().await.expect("founded");
        println!("founded {}", store.tip().seq);
        return;
    }
    for wait_us in [0, 500, 2_000, 5_000, 10_000, 20_000, 40_000] {
        let place = Place::new();
        let mut child = child("crash::a_kill_while_a_store_is_founded_is_in_nobodys_way", &place.folder);
        let mut output = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        while !line.contains("begins") && output.read_line(&mut line).expect("a line") > 0 {}
        // Not waiting for anything: the kill shall fall anywhere in what the child does.
        let until = std::time::Instant::now() + std::time::Duration::from_micros(wait_us);
        while std::time::Instant::now() < until {
            std::hint::spin_loop();
        }
        child.kill().expect("killed");
        child.wait().expect("it ended");
        let store = match place.try_found().await {
            Ok(store) => store,
            Err(StoreError::Exists(_)) => place.open().await,
            Err(other) => panic!("after {wait_us} µs: {other:?}"),
        };
        assert_eq!(store.verify().await.expect("verified").fault, None);
        assert_eq!(*store.clinic(), crate::fixture::clinic());
    }
}
