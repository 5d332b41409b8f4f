//! The real window, on a display in memory, driven by WebDriver.

mod asleep;
mod board;
mod central;
mod centre;
mod display;
mod driver;
mod frame;
mod home;
mod judge;
mod mishaps;
mod outage;
mod patients;
mod presence;
mod reception;
mod scene;
mod session;
mod towns;
mod wall_clock;

use std::collections::BTreeSet;
use std::process::Child;
use std::time::{Duration, Instant};

use board::{Board, Place, book, card, drag, minute_of, press};
use driver::Window;
use home::Home;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

/// Tuesday 24 November 2026, 10:22 in Stockholm: when every test begins.
const NOW_S: i64 = 1_795_512_120;
const TODAY: &str = "2026-11-24";
const NOW_MINUTE: i64 = 10 * 60 + 22;

/// How long anything may take before it counts as never happening. Generous:
/// a build server is slow, and waiting ends as soon as the condition holds.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_visit_is_booked_dragged_checked_in_and_taken_back() {
    let home = Home::with_demo().await;
    let window = Window::open(&home).await;
    let board = Board::read(&window, TODAY).await;
    let [there, elsewhere] = &board.free(NOW_MINUTE + 30, 30)[..2] else { panic!("two columns have room") };

    let id = book(&window, &board, there, "be").await;
    let booked = Board::read(&window, TODAY).await;
    assert_eq!(stands_at(booked.visit(&id)), *there);

    drag(&window, &booked, &id, elsewhere).await;
    stands(&window, &id, "at the other practitioner's", |visit| stands_at(visit) == *elsewhere).await;

    // The card keeps the focus, so the keys of the board act on it.
    eventually("the card has the focus", async || {
        let focused = window.run("return document.activeElement?.dataset?.visit ?? null;", vec![]).await;
        (focused == json!(id)).then_some(())
    })
    .await;
    window.act(press(&[' '])).await;
    window.find(&format!("{}[data-status=arrived]", card(&id))).await;
    stands(&window, &id, "arrived", |visit| visit["status"] == "arrived").await;

    window.act(press(&['\u{E009}', 'z'])).await;
    window.find(&format!("{}[data-status=booked]", card(&id))).await;
    stands(&window, &id, "booked again", |visit| visit["status"] == "booked").await;
    window.picture("a-day");
}

#[tokio::test]
async fn everything_acknowledged_is_there_after_a_kill_in_a_burst_of_bookings() {
    const BURST: usize = 1_000;
    const ENOUGH: usize = 40;

    let home = Home::with_demo().await;
    let window = Window::open(&home).await;
    window.find("[data-visit]").await;
    let clinic = window.invoke("clinic", Value::Null).await.expect("the clinic");
    let wishes: Vec<Value> = (0..BURST).map(|number| wish(&clinic, number)).collect();

    // All at once, and nobody waits; what is acknowledged is written down in the page.
    window
        .run(
            "window.acknowledged = []; window.refused = [];
             for (const args of arguments[0])
               window.__TAURI_INTERNALS__.invoke('book_visit', { args })
                 .then(() => window.acknowledged.push(args.id), (problem) => window.refused.push(problem.code));",
            vec![json!(wishes)],
        )
        .await;
    let acknowledged = eventually("some bookings are acknowledged", async || {
        let ids = window.run("return window.acknowledged;", vec![]).await;
        let ids: BTreeSet<String> = serde_json::from_value(ids).expect("ids");
        (ids.len() >= ENOUGH).then_some(ids)
    })
    .await;
    window.kill();
    assert!(acknowledged.len() < BURST, "the burst was over before the kill; let it be longer");
    drop(window);

    let window = Window::open(&home).await;
    window.find("[data-visit]").await;
    let days: BTreeSet<String> =
        wishes.iter().map(|wish| wish["wish"]["start"].as_str().expect("a start")[..10].to_owned()).collect();
    let mut there = BTreeSet::new();
    for day in days {
        let board = window.invoke("day_board", json!({ "date": day })).await.expect("the day");
        let visits = board["visits"].as_array().expect("visits").iter();
        there.extend(visits.map(|visit| visit["id"].as_str().expect("an id").to_owned()));
    }
    let lost: Vec<_> = acknowledged.difference(&there).collect();
    assert_eq!(lost, Vec::<&String>::new(), "of {} acknowledged", acknowledged.len());
}

#[tokio::test]
async fn a_clinic_without_its_key_says_so_in_the_window_and_opens_once_it_is_there() {
    let home = Home::with_demo().await;
    let away = home.folder().join("away.key");
    std::fs::rename(home.key_file(), &away).expect("the key is taken away");

    let window = Window::open(&home).await;
    let told = window.find(".notice").await.text().await.expect("it says something");
    assert!(told.contains(home.key_file().to_str().expect("a path")), "it names the file: {told}");

    std::fs::rename(&away, home.key_file()).expect("the key is brought back");
    window.find(".notice button").await.click().await.expect("it can be tried again");
    window.find("[data-visit]").await;
}

/// A wish that nothing but a warning stands against, each at a place of its own.
fn wish(clinic: &Value, number: usize) -> Value {
    let practitioners = clinic["practitioners"].as_array().expect("practitioners");
    let (number, practitioner) = (number / practitioners.len(), &practitioners[number % practitioners.len()]);
    // Sixteen half hours a day, on days nothing was planned for yet.
    let (day, half_hour) = (number / 16, number % 16);
    let start =
        format!("2028-{:02}-{:02}T{:02}:{:02}:00", 3 + day / 28, 1 + day % 28, 8 + half_hour / 2, half_hour % 2 * 30);
    json!({
        "id": uuid::Uuid::now_v7(),
        "wish": {
            "patient": null,
            "practitioner": practitioner["id"],
            "chair": null,
            "kind": clinic["kinds"][0]["id"],
            "start": start,
            "minutes": 30,
        },
        "new_patient": {
            "given": format!("Burst {number}"), "family": "Test", "birth": "", "personnummer": "", "phone": "", "email": "",
        },
        "note": "",
        "source": "phone",
        "accept": { "warnings": ["closed", "away", "outside-hours", "in-break", "off-grid"], "overbook_reason": null },
    })
}

/// Waits until the clinic has a visit as `fits` wants it.
async fn stands(window: &Window, id: &str, what: &str, fits: impl Fn(&Value) -> bool) {
    eventually(what, async || {
        let day = window.invoke("day_board", json!({ "date": TODAY })).await.expect("the day");
        day["visits"].as_array()?.iter().find(|visit| visit["id"] == id).filter(|visit| fits(visit)).map(|_| ())
    })
    .await;
}

fn stands_at(visit: &Value) -> Place {
    Place { practitioner: visit["practitioner"].as_str().expect("a practitioner").to_owned(), minute: minute_of(visit) }
}

/// Looks until there is something to see.
async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    let mut looks = tokio::time::interval(Duration::from_millis(20));
    loop {
        looks.tick().await;
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
    }
}

/// Ends a process that a test started.
fn end(child: &mut Child) {
    for signal in [Signal::TERM, Signal::KILL] {
        if kill_process(Pid::from_child(child), signal).is_err() {
            return;
        }
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(5) {
            if child.try_wait().is_ok_and(|status| status.is_some()) {
                return;
            }
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }
}
