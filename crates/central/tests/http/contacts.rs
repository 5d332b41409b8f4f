//! Contacts: verified where an operator wants it, and counted.

use chairside_central::settings::Limits;
use chairside_central::store::HoldStorage;
use chairside_sync::booking::State;
use serde_json::{Value, json};

use crate::client::{Answer, ask};
use crate::scene::{Scene, keys, secret};

async fn enter(scene: &Scene, number: u128, path: &str, code: &Value) -> Answer {
    let secret = secret(number);
    let headers = [("Booking-Secret", secret.as_str())];
    scene.send("POST", &format!("{path}/contact"), &headers, &json!({ "code": code })).await
}

async fn code(scene: &Scene, path: &str) -> String {
    let booking = scene.kept(path).await;
    keys().code(booking.id, &booking.verifying.expect("it waits for its code").salt)
}

/// Some other code.
fn wrong(code: &str) -> Value {
    json!(if code == "000000" { "000001" } else { "000000" })
}

#[tokio::test]
async fn a_request_waits_for_its_code_and_is_held_after_it() {
    let scene = Scene::verifying().await;
    let path = scene.booked(1, "09:00").await;
    let booking = scene.kept(&path).await;
    assert_eq!(booking.requests[0].state, State::Requested, "not held before that");
    assert_eq!(scene.hold(2, "09:00").await.code(), "being_booked", "its place is kept meanwhile");
    let code = code(&scene, &path).await;
    let table = [
        (json!("12345"), 400, "malformed"),
        (json!("12345x"), 400, "malformed"),
        (json!("1".repeat(17)), 400, "too_long"),
        (json!(123_456), 400, "wrong_type"),
        (Value::Null, 400, "missing"),
        (wrong(&code), 403, "code_wrong"),
    ];
    for (said, status, expected) in table {
        let answer = enter(&scene, 1, &path, &said).await;
        assert_eq!((answer.status, answer.code()), (status, expected), "{said}");
    }
    assert_eq!(enter(&scene, 2, &path, &json!(code)).await.code(), "secret_wrong");
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    let entered = enter(&scene, 1, &path, &json!(spaced)).await;
    assert_eq!((entered.status, &entered.body["outcome"]), (200, &json!("held")), "{entered:?}");
    assert_eq!(entered.body["waits_for_code"], json!(false));
    let again = enter(&scene, 1, &path, &wrong(&code)).await;
    assert_eq!((again.status, again.body), (200, entered.body), "it was verified");
    assert_eq!(scene.hold(2, "09:00").await.code(), "being_booked", "by a claim now");
    scene.stop().await;
}

#[tokio::test]
async fn a_code_can_not_be_found_by_trying() {
    let scene = Scene::verifying().await;
    let path = scene.booked(1, "09:00").await;
    let code = code(&scene, &path).await;
    for _ in 0..5 {
        assert_eq!(enter(&scene, 1, &path, &wrong(&code)).await.code(), "code_wrong");
    }
    let spent = enter(&scene, 1, &path, &json!(code)).await;
    assert_eq!((spent.status, spent.code()), (403, "code_spent"));
    let mine = secret(1);
    let gone = ask(scene.address, "DELETE", &path, &[("Booking-Secret", &mine)], b"").await;
    assert_eq!((gone.status, &gone.body["outcome"]), (200, &json!("withdrawn")));
    assert_eq!(scene.hold(2, "09:00").await.status, 201, "its place is free at once");
    scene.stop().await;
}

#[tokio::test]
async fn a_code_that_comes_too_late_is_told_what_is_free() {
    let scene = Scene::verifying().await;
    let path = scene.booked(1, "09:00").await;
    let booking = scene.kept(&path).await;
    let visitor = booking.verifying.expect("it waits for its code").visitor;
    // As after half an hour.
    scene.storage.leave(booking.clinic, visitor).await.expect("written");
    assert_eq!(scene.hold(2, "09:00").await.status, 201);
    let late = enter(&scene, 1, &path, &json!(code(&scene, &path).await)).await;
    assert_eq!((late.status, late.code()), (409, "being_booked"), "{late:?}");
    assert_eq!(late.body["alternatives"].as_array().map(Vec::len), Some(3));
    assert_eq!(scene.kept(&path).await.requests[0].state, State::Requested);
    scene.stop().await;
}

#[tokio::test]
async fn one_contact_asks_for_so_much_and_others_are_served() {
    let scene = Scene::with(Limits { bookings_per_contact: 2, ..Limits::default() }).await;
    for (number, time) in [(1, "09:00"), (2, "09:30")] {
        scene.booked(number, time).await;
    }
    let mut wish = scene.wish("10:00");
    wish["contact"] = json!("Somebody@Example.org");
    let refused = scene.book(3, &wish).await;
    assert_eq!((refused.status, refused.code()), (429, "too_many_bookings"), "{refused:?}");
    assert_eq!(refused.body["field"], "contact");
    wish["contact"] = json!("somebody.else@example.org");
    assert_eq!(scene.book(3, &wish).await.status, 201);
    // What was said before is answered again.
    assert_eq!(scene.book(1, &scene.wish("09:00")).await.status, 200);
    scene.stop().await;
}
