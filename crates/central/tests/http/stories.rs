//! What patients live through.

use std::sync::Arc;

use chairside_central::settings::Limits;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::client::ask;
use crate::scene::{CLINIC, KIND, Scene, secret};

#[tokio::test]
async fn a_booking_is_held_while_the_clinic_is_away_moved_and_taken_back() {
    let scene = Scene::new().await;
    let path = format!("/api/v1/clinics/{CLINIC}/slots/{}?kind={KIND}", scene.slot("09:00"));
    assert_eq!(scene.get(&path).await.body["state"], "free");
    let held = scene.hold(7, "09:00").await;
    assert_eq!(held.status, 201, "{held:?}");
    assert_eq!(scene.get(&path).await.body["state"], "being_booked");

    let mut wish = scene.wish("09:00");
    wish["hold"] = held.body["id"].clone();
    let visitor = uuid::Uuid::from_u128(7).to_string();
    let mine = secret(1);
    let headers = [("Booking-Secret", mine.as_str()), ("Idempotency-Key", "one"), ("Visitor", visitor.as_str())];
    let booked = scene.send("POST", "/api/v1/bookings", &headers, &wish).await;
    assert_eq!((booked.status, &booked.body["outcome"]), (201, &json!("held")), "{booked:?}");
    let again = scene.send("POST", "/api/v1/bookings", &headers, &wish).await;
    assert_eq!((again.status, &again.body["id"]), (200, &booked.body["id"]), "{again:?}");
    let mut other = wish.clone();
    other["urgent"] = json!(true);
    let reused = scene.send("POST", "/api/v1/bookings", &headers, &other).await;
    assert_eq!((reused.status, reused.code()), (422, "idempotency_key_reused"));

    let path = format!("/api/v1/bookings/{}", booked.body["id"].as_str().expect("an id"));
    let foreign = secret(2);
    let refused = ask(scene.address, "GET", &path, &[("Booking-Secret", &foreign)], b"").await;
    assert_eq!((refused.status, refused.code()), (403, "secret_wrong"));
    let headers = [("Booking-Secret", mine.as_str())];
    let moved = scene.send("PATCH", &path, &headers, &json!({ "slot": scene.slot("10:00") })).await;
    assert_eq!((moved.status, moved.body["requests"].as_array().map(Vec::len)), (200, Some(2)), "{moved:?}");
    let gone = ask(scene.address, "DELETE", &path, &headers, b"").await;
    assert_eq!((gone.status, &gone.body["outcome"]), (200, &json!("withdrawn")), "{gone:?}");
    let twice = ask(scene.address, "DELETE", &path, &headers, b"").await;
    assert_eq!((twice.status, twice.body), (200, gone.body));
    let path = format!("/api/v1/clinics/{CLINIC}/availability?kind={KIND}");
    let days = scene.get(&path).await;
    let slots = days.body["days"]
        .as_array()
        .expect("days")
        .iter()
        .flat_map(|day| day["slots"].as_array().into_iter().flatten());
    assert!(slots.clone().count() > 100 && slots.clone().all(|slot| slot["state"] == "free"), "all free again");
    scene.stop().await;
}

#[tokio::test]
async fn a_thousand_race_for_one_place_and_one_has_it() {
    let scene = Scene::new().await;
    let mut racing = JoinSet::new();
    // As many at once as wait for any server to accept them, on any machine.
    let doors = Arc::new(Semaphore::new(100));
    for number in 0..1_000_u128 {
        let (address, body, doors) = (scene.address, scene.wish("11:00").to_string(), Arc::clone(&doors));
        racing.spawn(async move {
            let _door = doors.acquire().await.expect("never closed");
            let (secret, attempt) = (secret(number), number.to_string());
            let headers = [("Booking-Secret", secret.as_str()), ("Idempotency-Key", attempt.as_str())];
            ask(address, "POST", "/api/v1/bookings", &headers, body.as_bytes()).await
        });
    }
    let answers = racing.join_all().await;
    let won = answers.iter().filter(|answer| answer.status == 201).count();
    let told = answers.iter().filter(|answer| answer.status == 409 && answer.code() == "being_booked");
    assert!(told.clone().all(|answer| answer.body["alternatives"].as_array().is_some_and(|all| all.len() == 3)));
    assert_eq!((won, told.count()), (1, 999));
    scene.stop().await;
}

#[tokio::test]
async fn a_flood_is_limited_and_said_so() {
    let scene = Scene::with(Limits { requests_per_minute: 1, requests_at_once: 2, ..Limits::default() }).await;
    assert_eq!(scene.get("/api/v1/clinics").await.status, 200);
    assert_eq!(scene.get("/api/v1/clinics").await.status, 200);
    let limited = scene.get("/api/v1/clinics").await;
    assert_eq!((limited.status, limited.code()), (429, "too_many_requests"));
    assert!(limited.head.contains("retry-after: "), "{limited:?}");
    assert!(limited.head.contains("application/problem+json"), "{limited:?}");
    scene.stop().await;
}

#[tokio::test]
async fn every_operation_is_in_the_document() {
    let scene = Scene::new().await;
    let document = scene.get("/api/openapi.json").await.body;
    let paths = document["paths"].as_object().expect("paths");
    let mut operations = 0;
    for (path, methods) in paths {
        for method in methods.as_object().expect("methods").keys() {
            let path = path.replace("{id}", "x").replace("{slot}", "y");
            let answer = ask(scene.address, &method.to_uppercase(), &path, &[], b"").await;
            assert!(!["no_such_path", "no_such_method"].contains(&answer.code()), "{method} {path}");
            operations += 1;
        }
    }
    // As many as the router has: one more there is one more here.
    let source = include_str!("../../src/http/mod.rs");
    let routed = source.matches("::<S>)").count()
        - source.matches("guard::<S>)").count()
        - source.matches("count::<S>)").count()
        - source.matches("metrics::<S>)").count()
        - source.matches("ready::<S>)").count();
    assert_eq!(operations, routed);
    scene.stop().await;
}
