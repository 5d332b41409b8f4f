//! Finding patients, and what is shown of whom.

use chairside_schedule::Patient;
use chairside_schedule::patient::{Birth, Personnummer, PhoneNumber};
use serde_json::{Value, json};

use crate::fixture::{Front, named, with};

fn secret() -> Patient {
    Patient {
        personnummer: Personnummer::try_from("198112189876".to_owned()).ok(),
        birth: "1981-12-18".parse().ok().map(Birth::Date),
        phone: PhoneNumber::parse("070-741 22 33").ok(),
        email: "hemlig@example.com".to_owned(),
        protected: true,
        ..named(7, "Hemlig", "Person")
    }
}

const SECRETS: [&str; 6] = ["Hemlig", "hemlig", "Person\"", "1981", "9876", "741"];

fn masks(answer: &Value) {
    let text = answer.to_string();
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_identity_is_masked_in_every_answer() {
    let front = Front::new().await;
    front.register(secret()).await;
    let child = Patient { guardian: Some(secret().id), ..named(8, "Lilla", "Vännen") };
    front.register(child).await;
    for text in ["", "hemlig", "811218", "070741", "hemlig@example.com", "lilla"] {
        let hits = front.done("find_patients", json!({ "text": text, "limit": 20 })).await;
        assert!(!hits.as_array().expect("a list").is_empty(), "{text} finds them all the same");
        masks(&hits);
    }
    let request = with(front.wish(0, "2026-11-24T11:00"), "/wish/patient", json!(secret().id));
    let saved = front.done("book_visit", request).await;
    assert_eq!(
        (&saved["visit"]["patient"]["name"], &saved["visit"]["patient"]["protected"]),
        (&json!(""), &json!(true))
    );
    masks(&saved);
    masks(&front.board("2026-11-24").await);
    masks(&front.done("patient", json!({ "id": secret().id })).await);
    let clash = front.refused("book_visit", front.wish(1, "2026-11-24T11:00")).await;
    assert_eq!(clash.code, "clash");
    masks(&serde_json::to_value(&clash).expect("a problem"));
    let checked = front.wish(2, "2026-11-24T11:00");
    masks(&front.done("check_visit", json!({ "wish": checked["wish"], "moving": null })).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_says_when_somebody_was_last_seen_and_what_they_missed() {
    let front = Front::new().await;
    for (number, start, status) in
        [(0, "2026-11-26T09:00", "noshow"), (1, "2026-11-27T09:00", "fulfilled"), (2, "2026-11-30T09:00", "noshow")]
    {
        front.book(number, start).await;
        let id = crate::fixture::visit_id(number);
        front.done("set_status", json!({ "id": id, "version": 1, "status": status })).await;
    }
    let hits = front.done("find_patients", json!({ "text": "elsa", "limit": 5 })).await;
    assert_eq!((&hits[0]["last_seen"], &hits[0]["missed"]), (&json!("2026-11-27"), &json!(2)));
    let view = front.done("patient", json!({ "id": named(0, "", "").id })).await;
    let starts = |list: &str| -> Vec<Value> {
        view[list].as_array().expect("a list").iter().map(|card| card["start"].clone()).collect()
    };
    assert_eq!(starts("coming"), ["2026-11-26T09:00:00", "2026-11-27T09:00:00", "2026-11-30T09:00:00"]);
    assert!(starts("past").is_empty());
    front.set_now("2026-11-28T09:00");
    let view = front.done("patient", json!({ "id": named(0, "", "").id })).await;
    let past: Vec<_> = view["past"].as_array().expect("a list").iter().map(|card| card["start"].clone()).collect();
    assert_eq!(past, ["2026-11-27T09:00:00", "2026-11-26T09:00:00"], "latest first");
}

#[tokio::test(flavor = "multi_thread")]
async fn however_many_are_wished_for_a_list_is_short() {
    let front = Front::new().await;
    for number in 100..160 {
        front.register(named(number, "Nils", "Berg")).await;
    }
    for (limit, wanted) in [(0, 1), (1, 1), (20, 20), (50, 50), (u32::MAX, 50)] {
        let hits = front.done("find_patients", json!({ "text": "nils", "limit": limit })).await;
        assert_eq!(hits.as_array().map(Vec::len), Some(wanted), "{limit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_new_is_taken_down_as_typed_and_found_at_once() {
    let front = Front::new().await;
    let mut request = with(front.wish(0, "2026-11-24T11:00"), "/wish/patient", json!(null));
    request["new_patient"] = json!({ "given": "  Åsa ", "family": "Wikström", "birth": "", "personnummer": "811218-9876",
        "phone": " 070-741 22 33 ", "email": "asa@example.com" });
    let saved = front.done("book_visit", request).await;
    assert_eq!(saved["visit"]["patient"]["name"], "Åsa Wikström");
    let hits = front.done("find_patients", json!({ "text": "asa wik", "limit": 5 })).await;
    assert_eq!((&hits[0]["phone"], &hits[0]["birth"]), (&json!("070-741 22 33"), &json!({ "date": "1981-12-18" })));
    let view = front.done("patient", json!({ "id": hits[0]["id"] })).await;
    assert_eq!((&view["personnummer"], &view["email"]), (&json!("19811218-9876"), &json!("asa@example.com")));
}
