//! What is answered is on the disk, once, and by whom it says.

use std::collections::BTreeMap;

use chairside_clinic::desk::{Desk, DeskOptions};
use chairside_schedule::Appointment;
use chairside_store::project::BeforeAfter;
use serde_json::{Value, json};

use crate::fixture::{Front, named, visit_id, with};

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_at_one_place_leave_one_winner_and_999_who_know_why() {
    let front = Front::new().await;
    let before = front.seq();
    let racers: Vec<_> = (0..1_000)
        .map(|number| {
            let (desk, request) = (front.desk.clone(), front.wish(number, "2026-11-24T11:00"));
            tokio::spawn(async move { chairside_clinic::commands::dispatch(&desk, "book_visit", request).await })
        })
        .collect();
    let mut winners: Vec<Value> = Vec::new();
    let mut told = BTreeMap::<String, usize>::new();
    let mut named_visits = Vec::new();
    for racer in racers {
        match racer.await.expect("the racer ends") {
            Ok(saved) => winners.push(saved),
            Err(problem) => {
                named_visits
                    .extend(problem.findings.iter().flat_map(|finding| &finding.with).map(|with| json!(with.id)));
                *told.entry(problem.code).or_default() += 1;
            }
        }
    }
    assert_eq!((winners.len(), told), (1, BTreeMap::from([("clash".to_owned(), 999)])));
    assert_eq!((named_visits.len(), front.seq()), (999, before + 1));
    assert!(named_visits.iter().all(|id| *id == winners[0]["visit"]["id"]), "each is told of the visit that won");
    assert_eq!(winners[0]["seq"], front.seq());
    front.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_again_books_once() {
    let front = Front::new().await;
    let mut new = with(front.wish(0, "2026-11-24T11:00"), "/wish/patient", json!(null));
    new["new_patient"] =
        json!({ "given": "Nils", "family": "", "birth": "", "personnummer": "811218-9876", "phone": "", "email": "" });
    let known = front.wish(1, "2026-11-24T13:00");
    for request in [new, known] {
        let senders: Vec<_> = (0..20)
            .map(|_| {
                let (desk, request) = (front.desk.clone(), request.clone());
                tokio::spawn(async move { chairside_clinic::commands::dispatch(&desk, "book_visit", request).await })
            })
            .collect();
        let mut answers = Vec::new();
        for sender in senders {
            answers.push(sender.await.expect("it ends").expect("booked, or booked already"));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "all are answered alike");
        let id = request["id"].clone();
        front.done("set_status", json!({ "id": id, "version": 1, "status": "arrived" })).await;
        // Late, and changed since: still not booked again, still the same entry.
        let late = front.done("book_visit", request.clone()).await;
        assert_eq!((&late["seq"], &late["visit"]["version"]), (&answers[0]["seq"], &json!(2)));
        let accepting = with(request.clone(), "/accept/warnings", json!(["off-grid"]));
        assert_eq!(
            front.done("book_visit", accepting).await["seq"],
            answers[0]["seq"],
            "what was accepted is no content"
        );
        let other = with(request, "/note", json!("another"));
        assert_eq!(front.refused("book_visit", other).await.code, "id-taken");
    }
    let nils = front.done("find_patients", json!({ "text": "nils", "limit": 5 })).await;
    assert_eq!(nils.as_array().map(Vec::len), Some(1), "registered once");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overbooking_needs_a_reason_which_is_kept_and_audited() {
    let front = Front::new().await;
    front.book(0, "2026-11-24T11:00").await;
    let mut over = front.wish(1, "2026-11-24T11:00");
    over["wish"]["patient"] = json!(named(1, "", "").id);
    for reason in [json!(null), json!(""), json!("   ")] {
        let problem = front.refused("book_visit", with(over.clone(), "/accept/overbook_reason", reason)).await;
        assert_eq!(problem.code, "clash");
    }
    let accepted = with(over, "/accept/warnings", json!(["clash"]));
    assert_eq!(front.refused("book_visit", accepted.clone()).await.code, "clash", "a reason, not a tick");
    let told = with(accepted, "/accept/overbook_reason", json!(" toothache "));
    let saved = front.done("book_visit", told).await;
    assert_eq!((&saved["visit"]["overbooked"], &saved["visit"]["clashes"]), (&json!("toothache"), &json!(true)));
    let log = front.desk.store().log_about(visit_id(1).0).await.expect("its entries");
    let private = log[0].private.as_ref().expect("what stays in the clinic");
    let change: BeforeAfter<Appointment> = serde_json::from_slice(&private.bytes).expect("a visit");
    assert_eq!(change.after.overbooked.as_deref(), Some("toothache"));
    assert!(!String::from_utf8_lossy(&log[0].entry.public).contains("toothache"));
    // A reason given where nothing needs one isn't kept.
    let free = with(front.wish(2, "2026-11-24T13:00"), "/accept/overbook_reason", json!("just in case"));
    assert_eq!(front.done("book_visit", free).await["visit"]["overbooked"], json!(null));
    front.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_it_stands_in_the_log() {
    let front = Front::new().await;
    front.book(0, "2026-11-24T11:00").await;
    let staff = front.desk.store().staff().await.expect("staff");
    let log = front.desk.store().log_about(visit_id(0).0).await.expect("its entries");
    assert_eq!(log[0].entry.header.by, chairside_sync::Author::Staff(staff[0].id));
    assert_eq!(log[0].entry.header.at_ms, front.now() * 1000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_opens_once_and_for_those_who_work_there() {
    let front = Front::new().await;
    front.book(0, "2026-11-24T11:00").await;
    let code = async |options: DeskOptions| {
        let problem = Desk::open(options).await.expect_err("refused");
        crate::sentences::check(&problem);
        problem.code
    };
    assert_eq!(code(front.options(None)).await, "store-in-use");
    let front = front.close().await;
    assert_eq!(code(front.options(Some("Nobody"))).await, "unknown-staff");
    let mut missing = front.options(None);
    missing.key_file = front.folder.join("no-key");
    assert_eq!(code(missing).await, "key-missing");
    let mut bad = front.options(None);
    bad.key_file = front.folder.join("clinic.db");
    assert!(["bad-key", "key-missing"].contains(&code(bad).await.as_str()));
    let mut nowhere = front.options(None);
    nowhere.folder = front.folder.join("nowhere");
    assert_eq!(code(nowhere).await, "store-missing");
    let desk = Desk::open(front.options(Some("owner"))).await.expect("the owner, however written");
    assert!(desk.store().appointment(visit_id(0)).await.expect("read").is_some());
}
