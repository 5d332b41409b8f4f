//! Taking a change back.

use serde_json::{Value, json};

use crate::fixture::{Front, named, practitioner, visit_id, with};

/// Makes a visit, changes it, takes the change back, and demands what stood before.
async fn check(name: &str, request: impl FnOnce(&Front) -> Value) {
    let front = Front::new().await;
    let before = front.done("book_visit", with(front.wish(0, "2026-11-24T11:00"), "/note", json!("careful"))).await;
    let changed = front.done(name, request(&front)).await;
    assert_ne!(changed["visit"], before["visit"]);
    let undone = front.done("undo", json!({ "seq": changed["seq"] })).await;
    let as_before = |card: &Value| with(card.clone(), "/version", json!(0));
    assert_eq!(as_before(&undone["visit"]), as_before(&before["visit"]), "{name}");
    assert_eq!(undone["visit"]["version"], 3);
    assert_eq!(front.board("2026-11-24").await["visits"][0], undone["visit"]);
    let problem = front.refused("undo", json!({ "seq": changed["seq"] })).await;
    assert_eq!(problem.code, "undo-too-late", "once only");
    // Taking back the taking back brings the change again.
    let again = front.done("undo", json!({ "seq": undone["seq"] })).await;
    assert_eq!(as_before(&again["visit"]), as_before(&changed["visit"]), "{name}, undone twice");
    front.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_can_be_taken_back() {
    let to = |start: &str, minutes: u32, with: u128| {
        json!({ "id": visit_id(0), "version": 1, "practitioner": practitioner(with), "start": format!("{start}:00"),
            "minutes": minutes, "accept": { "warnings": [], "overbook_reason": null } })
    };
    let status = |status: &str| json!({ "id": visit_id(0), "version": 1, "status": status });
    check("move_visit", |_| to("2026-11-24T13:00", 30, 0)).await;
    check("move_visit", |_| to("2026-11-26T11:00", 30, 1)).await;
    check("move_visit", |_| to("2026-11-24T11:00", 60, 0)).await;
    for to in ["arrived", "checked-in", "fulfilled", "noshow"] {
        check("set_status", |_| status(to)).await;
    }
    check("cancel_visit", |_| json!({ "id": visit_id(0), "version": 1, "by": "patient", "reason": "ill" })).await;
    check(
        "describe_visit",
        |front| json!({ "id": visit_id(0), "version": 1, "note": "other", "kind": front.kind(3), "confirmed": true }),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_taken_back_is_struck_out_and_comes_back() {
    let front = Front::new().await;
    let booked = front.done("book_visit", front.wish(0, "2026-11-24T11:00")).await;
    let undone = front.done("undo", json!({ "seq": booked["seq"] })).await;
    assert_eq!(undone["visit"]["status"], "entered-in-error");
    assert_eq!(front.board("2026-11-24").await["visits"], json!([]), "it never was");
    let other = front.done("book_visit", front.wish(1, "2026-11-24T11:00")).await;
    assert_eq!(front.refused("undo", json!({ "seq": undone["seq"] })).await.code, "clash", "the place was taken since");
    front.done("undo", json!({ "seq": other["seq"] })).await;
    let again = front.done("undo", json!({ "seq": undone["seq"] })).await;
    assert_eq!((&again["visit"]["status"], &again["visit"]["version"]), (&json!("booked"), &json!(3)));
    front.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_since_is_not_taken_back() {
    let front = Front::new().await;
    let booked = front.done("book_visit", front.wish(0, "2026-11-24T11:00")).await;
    let arrived = front.done("set_status", json!({ "id": visit_id(0), "version": 1, "status": "arrived" })).await;
    assert_eq!(front.refused("undo", json!({ "seq": booked["seq"] })).await.code, "undo-too-late");
    front.book(1, "2026-11-24T13:00").await;
    front.done("undo", json!({ "seq": arrived["seq"] })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_taken_since_is_a_clash() {
    let front = Front::new().await;
    let card = front.book(0, "2026-11-24T11:00").await;
    let moved = front
        .done(
            "move_visit",
            json!({ "id": card["id"], "version": 1, "practitioner": practitioner(0),
            "start": "2026-11-24T13:00:00", "minutes": 30, "accept": { "warnings": [], "overbook_reason": null } }),
        )
        .await;
    front.book(1, "2026-11-24T11:00").await;
    let problem = front.refused("undo", json!({ "seq": moved["seq"] })).await;
    assert_eq!((problem.code.as_str(), problem.args["start"].as_str()), ("clash", "11:00"));
    let cancelled =
        front.done("cancel_visit", json!({ "id": card["id"], "version": 2, "by": "clinic", "reason": "" })).await;
    front.book(2, "2026-11-24T13:00").await;
    assert_eq!(front.refused("undo", json!({ "seq": cancelled["seq"] })).await.code, "clash");
    front.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overbooking_goes_back_over_what_it_lay_over_and_over_nothing_else() {
    let front = Front::new().await;
    front.book(0, "2026-11-24T11:00").await;
    let mut over = with(front.wish(1, "2026-11-24T11:00"), "/accept/overbook_reason", json!("toothache"));
    over["wish"]["patient"] = json!(named(1, "", "").id);
    front.done("book_visit", over).await;
    let cancelled =
        front.done("cancel_visit", json!({ "id": visit_id(1), "version": 1, "by": "patient", "reason": "" })).await;
    let undone = front.done("undo", json!({ "seq": cancelled["seq"] })).await;
    assert_eq!((&undone["visit"]["status"], &undone["visit"]["overbooked"]), (&json!("booked"), &json!("toothache")));
    // And visit 0, marked missed and taken back, returns under it.
    let missed = front.done("set_status", json!({ "id": visit_id(0), "version": 1, "status": "noshow" })).await;
    front.done("undo", json!({ "seq": missed["seq"] })).await;
    // Moved away; somebody else takes the place; there is no way back over them.
    let moved = front
        .done(
            "move_visit",
            json!({ "id": visit_id(1), "version": 3, "practitioner": practitioner(1),
            "start": "2026-11-24T11:00:00", "minutes": 30, "accept": { "warnings": [], "overbook_reason": null } }),
        )
        .await;
    front.done("cancel_visit", json!({ "id": visit_id(0), "version": 3, "by": "patient", "reason": "" })).await;
    front.book(2, "2026-11-24T11:00").await;
    assert_eq!(front.refused("undo", json!({ "seq": moved["seq"] })).await.code, "clash");
    front.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_change_of_a_visit_cannot_be_taken_back() {
    let front = Front::new().await;
    front.block(None, "2026-11-24", "16:00-17:00", false).await;
    for seq in 0..=front.seq() + 1 {
        assert_eq!(front.refused("undo", json!({ "seq": seq })).await.code, "nothing-to-undo", "entry {seq}");
    }
}
