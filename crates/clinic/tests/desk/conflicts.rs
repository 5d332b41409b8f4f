//! What only a person can settle: both versions in words, one choice, and the way back.

use std::sync::Arc;

use chairside_schedule::Status;
use chairside_schedule::id::AppointmentId;
use chairside_store::project;
use chairside_store::{HubSide, Moment};
use chairside_sync::Author;
use chairside_sync::body::AppointmentRow;
use chairside_sync::digest::DayRows;
use chairside_sync::hub::Ask;
use serde_json::{Value, json};

use crate::fixture::{Front, visit_id};

/// Central offers back what it has of a visit.
async fn offered(front: &Front, row: AppointmentRow) {
    let store = front.desk.store();
    let hub = HubSide::new(store.clone(), Arc::new(|_| Vec::new()));
    let moment = Moment { by: Author::Node(store.node()), at_ms: front.desk.clock().now_ms() };
    let rows = DayRows { appointments: vec![row], blockouts: Vec::new() };
    hub.answer(Ask::TakeOrphans(rows), moment).await.expect("taken");
}

/// A visit as central would have it.
async fn row_of(front: &Front, number: u128) -> AppointmentRow {
    let visit = front.desk.store().appointment(visit_id(number)).await.expect("read").expect("it is there");
    project::appointment(&visit)
}

async fn open(front: &Front) -> Vec<Value> {
    let all = front.done("conflicts", Value::Null).await;
    all.as_array().expect("a list").iter().filter(|one| one["settled"].is_null()).cloned().collect()
}

fn settling(conflict: &Value, choice: &str) -> Value {
    json!({ "id": conflict["id"], "choice": choice })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_only_central_knew_is_taken_in_and_that_is_taken_back() {
    let front = Front::new().await;
    front.done("book_visit", front.wish(0, "2026-11-24T11:00")).await;
    let known = row_of(&front, 0).await;
    let orphan = AppointmentRow {
        id: [7; 16].into(),
        local_s: known.local_s + 3_600,
        start_s: known.start_s + 3_600,
        end_s: known.end_s + 3_600,
        ..known
    };
    offered(&front, orphan.clone()).await;
    assert_eq!(front.done("requests", Value::Null).await["conflicts"], 1);
    let conflicts = open(&front).await;
    let [conflict] = &*conflicts else { panic!("one: {conflicts:?}") };
    assert_eq!((&conflict["kind"], &conflict["here"]), (&json!("orphan"), &Value::Null));
    assert_eq!(conflict["theirs"]["start"], "2026-11-24T12:00:00");
    assert_eq!(conflict["choices"], json!(["take-theirs", "keep-here"]));
    assert_ne!(conflict["patient"]["name"], "", "somebody the clinic knows");

    let settled = front.done("settle_conflict", settling(conflict, "take-theirs")).await;
    let id = json!(AppointmentId(uuid::Uuid::from_bytes(*orphan.id)));
    let has = |board: &Value| board["visits"].as_array().expect("a list").iter().any(|card| card["id"] == id);
    assert!(has(&front.board("2026-11-24").await));
    assert_eq!(open(&front).await, Vec::<Value>::new());
    assert_eq!(front.done("conflicts", Value::Null).await[0]["settled"], settled, "it is still told for a day");
    let again = front.refused("settle_conflict", settling(conflict, "keep-here")).await;
    assert_eq!(again.code, "conflict-settled");

    front.done("reopen_conflict", json!({ "seq": settled["seq"] })).await;
    assert!(!has(&front.board("2026-11-24").await));
    assert_eq!(open(&front).await.len(), 1);
    let late = front.refused("reopen_conflict", json!({ "seq": settled["seq"] })).await;
    assert_eq!(late.code, "undo-too-late", "once");
    front.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_versions_are_told_side_by_side_and_one_is_chosen() {
    let front = Front::new().await;
    front.done("book_visit", front.wish(0, "2026-11-24T11:00")).await;
    front.done("book_visit", front.wish(1, "2026-11-24T14:00")).await;
    let (lost, other) = (row_of(&front, 0).await, row_of(&front, 1).await);
    // The desk's lost life had moved the visit to where another stands by now.
    let moved = AppointmentRow {
        version: lost.version + 1,
        local_s: other.local_s,
        start_s: other.start_s,
        end_s: other.end_s,
        ..lost
    };
    offered(&front, moved).await;
    let conflict = open(&front).await.pop().expect("one");
    assert_eq!(conflict["kind"], "lost-edit");
    assert_eq!(conflict["here"]["start"], "2026-11-24T11:00:00");
    assert_eq!(conflict["theirs"]["start"], "2026-11-24T14:00:00");
    assert_eq!(conflict["with"][0]["id"], json!(visit_id(1)));
    assert_eq!(conflict["choices"], json!(["keep-here", "take-theirs-over"]));
    let clash = front.refused("settle_conflict", settling(&conflict, "take-theirs")).await;
    assert_eq!(clash.code, "clash", "not without having seen it");

    let kept = front.done("settle_conflict", settling(&conflict, "keep-here")).await;
    assert_eq!(row_of(&front, 0).await.version, 1, "nothing of the visit changed");
    front.done("reopen_conflict", json!({ "seq": kept["seq"] })).await;
    let over = front.done("settle_conflict", settling(&conflict, "take-theirs-over")).await;
    let visit = row_of(&front, 0).await;
    assert_eq!((visit.start_s, visit.version), (other.start_s, 3));
    front.done("reopen_conflict", json!({ "seq": over["seq"] })).await;
    let cancelled = front.done("settle_conflict", settling(&conflict, "cancel-here")).await;
    assert_eq!(row_of(&front, 0).await.status, Status::Cancelled.as_str());
    front.done("reopen_conflict", json!({ "seq": cancelled["seq"] })).await;
    assert_eq!(row_of(&front, 0).await.status, Status::Booked.as_str());
    front.verify().await;
}
