//! Every step between statuses, and the times it sets and clears.

use chairside_schedule::Status;
use serde_json::{Value, json};

use crate::fixture::{Front, named, practitioner, visit_id, with};

async fn set(front: &Front, card: &Value, status: &str) -> Value {
    let request = json!({ "id": card["id"], "version": card["version"], "status": status });
    front.done("set_status", request).await["visit"].clone()
}

/// Which times are set: arrived, in the chair, done.
fn times(card: &Value) -> [bool; 3] {
    ["arrived_at", "seated_at", "done_at"].map(|time| !card[time].is_null())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_sets_its_time_and_a_step_back_clears_it() {
    // (the statuses one after the other, which times stand at the end)
    let cases: &[(&[&str], [bool; 3])] = &[
        (&["arrived"], [true, false, false]),
        (&["arrived", "checked-in"], [true, true, false]),
        (&["arrived", "checked-in", "fulfilled"], [true, true, true]),
        (&["checked-in"], [false, true, false]),
        (&["fulfilled"], [false, false, true]),
        (&["noshow"], [false, false, false]),
        (&["arrived", "booked"], [false, false, false]),
        (&["arrived", "checked-in", "arrived"], [true, false, false]),
        (&["arrived", "checked-in", "fulfilled", "checked-in"], [true, true, false]),
        (&["arrived", "noshow"], [false, false, false]),
        (&["noshow", "arrived"], [true, false, false]),
        (&["noshow", "booked"], [false, false, false]),
        (&["arrived", "entered-in-error"], [false, false, false]),
    ];
    let front = Front::new().await;
    for (number, (steps, wanted)) in (0..).zip(cases) {
        let day = 1 + number / 4;
        let start = format!("2026-12-{:02}T{:02}:00", day, 8 + number % 4);
        let mut card = front.book(number, &start).await;
        for step in *steps {
            card = set(&front, &card, step).await;
            assert_eq!(card["status"], *step);
        }
        assert_eq!(times(&card), *wanted, "{steps:?}");
    }
    front.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_is_when_it_happened_and_stays_when_the_next_comes() {
    let front = Front::new().await;
    let card = front.book(0, "2026-11-24T10:30").await;
    let card = set(&front, &card, "arrived").await;
    let arrived = front.now();
    front.set_now("2026-11-24T10:35");
    let card = set(&front, &card, "checked-in").await;
    assert_eq!((&card["arrived_at"], &card["seated_at"]), (&json!(arrived), &json!(arrived + 25 * 60)));
    front.set_now("2026-11-24T10:50");
    let card = set(&front, &card, "fulfilled").await;
    assert_eq!((&card["arrived_at"], &card["done_at"]), (&json!(arrived), &json!(arrived + 40 * 60)));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_allowed_steps_are_taken() {
    let front = Front::new().await;
    // Each status is reached from booked; then every other is tried from it.
    let ways: [(&[&str], Status); 6] = [
        (&[], Status::Booked),
        (&["arrived"], Status::Arrived),
        (&["checked-in"], Status::CheckedIn),
        (&["fulfilled"], Status::Fulfilled),
        (&["noshow"], Status::Noshow),
        (&["entered-in-error"], Status::EnteredInError),
    ];
    for (number, (way, from)) in (0..).zip(ways) {
        let mut card = front.book(number, &format!("2026-12-{:02}T09:00", 7 + number % 5 + number / 5 * 7)).await;
        for step in way {
            card = set(&front, &card, step).await;
        }
        for to in Status::ALL {
            if from.may_become(to) && to != Status::Cancelled {
                continue;
            }
            let request = json!({ "id": card["id"], "version": card["version"], "status": to });
            let problem = front.refused("set_status", request).await;
            assert_eq!(problem.code, "status-not-allowed", "{from:?} to {to:?}");
        }
        let next: Vec<Status> = serde_json::from_value(card["next"].clone()).expect("statuses");
        assert!(next.iter().all(|&to| from.may_become(to)), "{from:?} offers {next:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_visit_says_by_whom_and_why_until_it_comes_back() {
    let front = Front::new().await;
    let card = front.book(0, "2026-11-24T11:00").await;
    let request = json!({ "id": card["id"], "version": 1, "by": "patient", "reason": "ill" });
    let card = front.done("cancel_visit", request.clone()).await["visit"].clone();
    assert_eq!(
        (&card["status"], &card["cancellation"]),
        (&json!("cancelled"), &json!({ "by": "patient", "reason": "ill" }))
    );
    front.book(1, "2026-11-24T11:00").await;
    let again = with(request, "/version", json!(2));
    assert_eq!(front.refused("cancel_visit", again).await.code, "visit-over");
    let back = json!({ "id": card["id"], "version": 2, "status": "booked" });
    assert_eq!(front.refused("set_status", back.clone()).await.code, "clash", "its place was taken");
    front.done("cancel_visit", json!({ "id": visit_id(1), "version": 1, "by": "clinic", "reason": "" })).await;
    let card = front.done("set_status", back).await["visit"].clone();
    assert_eq!((&card["status"], &card["cancellation"]), (&json!("booked"), &json!(null)));
    front.verify().await;
}

fn overbook(front: &Front, number: u128, start: &str) -> Value {
    let mut over = with(front.wish(number, start), "/accept/overbook_reason", json!("toothache"));
    over["wish"]["patient"] = json!(named(1, "", "").id);
    over
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_for_one_clash_is_none_for_another() {
    // Overbooked over visit 0, cancelled; visit 0 goes, visit 2 comes. Coming back would clash with visit 2.
    let front = Front::new().await;
    front.book(0, "2026-11-24T11:00").await;
    front.done("book_visit", overbook(&front, 1, "2026-11-24T11:00")).await;
    for number in [1, 0] {
        front
            .done("cancel_visit", json!({ "id": visit_id(number), "version": 1, "by": "patient", "reason": "" }))
            .await;
    }
    front.book(2, "2026-11-24T11:00").await;
    let back = json!({ "id": visit_id(1), "version": 2, "status": "booked" });
    assert_eq!(front.refused("set_status", back).await.code, "clash");
    front.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_can_be_taken_back_under_an_overbooking() {
    // Visit 0 with visit 1 knowingly over it; marked missed by mistake, it comes
    // back to where it stood: nobody has taken its place since.
    let front = Front::new().await;
    let card = front.book(0, "2026-11-24T11:00").await;
    front.done("book_visit", overbook(&front, 1, "2026-11-24T11:00")).await;
    let card = set(&front, &card, "noshow").await;
    front.done("set_status", json!({ "id": visit_id(1), "version": 1, "status": "arrived" })).await;
    set(&front, &card, "booked").await;
    front.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_is_held_against_the_rules_and_keeps_the_rest() {
    let front = Front::new().await;
    let card =
        front.done("book_visit", with(front.wish(0, "2026-11-24T11:00"), "/note", json!("careful"))).await["visit"]
            .clone();
    front.book(1, "2026-11-24T13:00").await;
    let to = |start: &str, minutes: u32| {
        json!({ "id": card["id"], "version": 1, "practitioner": practitioner(0), "start": format!("{start}:00"),
            "minutes": minutes, "accept": { "warnings": [], "overbook_reason": null } })
    };
    let cases = [
        (to("2026-11-24T12:00", 30), "in-break"),
        (to("2026-11-24T18:00", 30), "outside-hours"),
        (to("2026-11-24T11:05", 30), "off-grid"),
        (to("2026-11-29T11:00", 30), "closed"),
        (to("2026-11-24T09:00", 30), "past"),
        (to("2026-11-24T13:00", 30), "clash"),
        (to("2026-11-24T11:00", 150), "clash"),
    ];
    for (request, code) in cases {
        assert_eq!(front.refused("move_visit", request.clone()).await.code, code, "{request}");
    }
    let seq = front.seq();
    let same = front.done("move_visit", to("2026-11-24T11:00", 30)).await;
    assert_eq!((front.seq(), &same["visit"]["version"]), (seq, &json!(1)), "nowhere: nothing is written");
    let warned = with(to("2026-11-24T12:00", 30), "/accept/warnings", json!(["in-break"]));
    let moved = front.done("move_visit", warned).await["visit"].clone();
    assert_eq!(
        (&moved["start"], &moved["note"], &moved["version"]),
        (&json!("2026-11-24T12:00:00"), &json!("careful"), &json!(2))
    );
    let over =
        with(with(to("2026-11-24T13:00", 30), "/version", json!(2)), "/accept/overbook_reason", json!("toothache"));
    assert_eq!(front.done("move_visit", over).await["visit"]["overbooked"], "toothache");
    let away = with(to("2026-11-24T15:00", 30), "/version", json!(3));
    assert_eq!(
        front.done("move_visit", away).await["visit"]["overbooked"],
        json!(null),
        "nothing is overbooked any more"
    );
    front.done("set_status", json!({ "id": card["id"], "version": 4, "status": "fulfilled" })).await;
    let over = with(to("2026-11-24T15:30", 30), "/version", json!(5));
    assert_eq!(front.refused("move_visit", over).await.code, "visit-over");
    front.verify().await;
}
