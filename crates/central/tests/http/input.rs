//! What callers get wrong, field by field.

use chairside_central::http::holds::name;
use chairside_central::store::HoldStorage;
use chairside_schedule::ClinicId;
use chairside_schedule::time::day_number;
use chairside_sync::Now;
use chairside_sync::holds::{Step, VisitorId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::ask;
use crate::scene::{CLINIC, KIND, Scene, WITH, secret};

#[tokio::test]
async fn a_body_is_read_field_by_field() {
    let scene = Scene::new().await;
    let past = format!("{WITH}@2001-01-01T09:00");
    let far = format!("{WITH}@2999-01-01T09:00");
    let stranger = format!("{}@{}T09:00", Uuid::from_u128(5), scene.tomorrow);
    let table: Vec<(&str, Value, u16, &str)> = vec![
        ("clinic", Value::Null, 400, "missing"),
        ("clinic", json!(7), 400, "wrong_type"),
        ("clinic", json!("x"), 400, "malformed"),
        ("clinic", json!("x".repeat(999)), 400, "too_long"),
        ("clinic", json!(Uuid::from_u128(5)), 404, "clinic_unknown"),
        ("slot", Value::Null, 400, "missing"),
        ("slot", json!([]), 400, "wrong_type"),
        ("slot", json!("x"), 400, "malformed"),
        ("slot", json!(past), 400, "past"),
        ("slot", json!(far), 400, "beyond_window"),
        ("slot", json!(stranger), 400, "practitioner_unknown"),
        ("slot", json!(scene.slot("09:10")), 400, "off_grid"),
        ("slot", json!(scene.slot("03:00")), 409, "outside_hours"),
        ("kind", Value::Null, 400, "missing"),
        ("kind", json!({}), 400, "wrong_type"),
        ("kind", json!(Uuid::from_u128(5)), 400, "kind_unknown"),
        ("surprise", json!(1), 400, "unknown_field"),
    ];
    let only_bookings: Vec<(&str, Value, u16, &str)> = vec![
        ("language", Value::Null, 400, "missing"),
        ("language", json!("tlh"), 400, "language_unknown"),
        ("contact", Value::Null, 400, "missing"),
        ("contact", json!("nobody"), 400, "malformed"),
        ("contact", json!(format!("{}@example.org", "x".repeat(300))), 400, "too_long"),
        ("urgent", json!("yes"), 400, "wrong_type"),
        ("sealed", json!("xyz"), 400, "malformed"),
        ("sealed", json!("00".repeat(10_000)), 400, "too_long"),
        ("hold", json!(3), 400, "wrong_type"),
    ];
    let visitor = Uuid::from_u128(8).to_string();
    for (number, (field, value, status, code)) in table.iter().chain(&only_bookings).enumerate() {
        let mut wish = scene.wish("09:00");
        wish[field] = value.clone();
        let answer = scene.book(1_000 + number as u128, &wish).await;
        assert_eq!((answer.status, answer.code()), (*status, *code), "a booking's {field}: {value}");
        if number >= table.len() {
            continue;
        }
        let mut body = json!({ "clinic": CLINIC, "slot": scene.slot("09:00"), "kind": KIND });
        body[field] = value.clone();
        let answer = scene.send("POST", "/api/v1/holds", &[("Visitor", &visitor)], &body).await;
        assert_eq!((answer.status, answer.code()), (*status, *code), "a hold's {field}: {value}");
    }
    for (body, code) in [(&b"{"[..], "body_not_json"), (b"[]", "body_not_object"), (b"\xff", "body_not_json")] {
        let answer = ask(scene.address, "POST", "/api/v1/holds", &[("Visitor", &visitor)], body).await;
        assert_eq!((answer.status, answer.code()), (400, code));
    }
    // Nothing was half done: the place is free.
    assert_eq!(scene.hold(9, "09:00").await.status, 201);
    scene.stop().await;
}

#[tokio::test]
async fn a_hold_is_good_for_its_visitor_its_place_and_its_time() {
    let scene = Scene::new().await;
    // Taken six minutes ago, so that its five are over.
    let (at, spot) = (scene.engine.clock().now(), scene.place("11:00"));
    let early = Now { wall_ms: at.wall_ms - 360_000, ..at };
    let visitor = VisitorId(Uuid::from_u128(3));
    let (clinic, day) = (ClinicId(CLINIC), day_number(scene.tomorrow));
    let kept = scene.storage.hold(clinic, visitor, spot, day, Step::Form, early).await.expect("written");
    assert!(kept.is_ok(), "{kept:?}");
    let held = scene.hold(1, "09:00").await.body["id"].as_str().expect("an id").to_owned();
    let gone = scene.hold(2, "10:00").await.body["id"].as_str().expect("an id").to_owned();
    let left = [("Visitor", Uuid::from_u128(2).to_string())];
    let left: Vec<_> = left.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(ask(scene.address, "DELETE", &format!("/api/v1/holds/{gone}"), &left, b"").await.status, 204);
    let expired = name(clinic, visitor);
    let elsewhere = name(ClinicId(Uuid::from_u128(5)), VisitorId(Uuid::from_u128(1)));
    let one = Uuid::from_u128(1).to_string();
    let (two, three) = (Uuid::from_u128(2).to_string(), Uuid::from_u128(3).to_string());
    let long = "x".repeat(65);
    let table: Vec<(&str, &str, Option<&str>, u16, &str)> = vec![
        (&held, "09:00", Some(&two), 403, "not_your_hold"),
        (&held, "09:00", None, 400, "missing"),
        (&held, "09:00", Some("x"), 400, "malformed"),
        (&held, "09:00", Some(&long), 400, "too_long"),
        (&held, "12:00", Some(&one), 409, "hold_of_other_slot"),
        (&elsewhere, "09:00", Some(&one), 400, "other_clinic"),
        (&gone, "10:00", Some(&two), 409, "hold_expired"),
        (&expired, "11:00", Some(&three), 409, "hold_expired"),
        ("x", "09:00", Some(&one), 400, "malformed"),
        (&long, "09:00", Some(&one), 400, "too_long"),
    ];
    let own = secret(1);
    for (number, (hold, time, visitor, status, code)) in table.into_iter().enumerate() {
        let mut wish = scene.wish(time);
        wish["hold"] = json!(hold);
        let attempt = number.to_string();
        let mut headers = vec![("Booking-Secret", own.as_str()), ("Idempotency-Key", attempt.as_str())];
        headers.extend(visitor.map(|visitor| ("Visitor", visitor)));
        let answer = scene.send("POST", "/api/v1/bookings", &headers, &wish).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{hold} {time} {visitor:?}");
    }
    // Whoever else wants the place is told who stands there.
    let answer = scene.book(9, &scene.wish("09:00")).await;
    assert_eq!((answer.status, answer.code()), (409, "being_booked"));
    scene.stop().await;
}

#[tokio::test]
async fn a_move_is_read_as_strictly_and_changes_nothing_in_vain() {
    let scene = Scene::new().await;
    let path = scene.booked(1, "09:00").await;
    scene.booked(2, "10:00").await;
    let (own, foreign) = (secret(1), secret(2));
    let past = format!("{WITH}@2001-01-01T09:00");
    let far = format!("{WITH}@2999-01-01T09:00");
    let stranger = format!("{}@{}T09:00", Uuid::from_u128(5), scene.tomorrow);
    let slot = |slot: &str| json!({ "slot": slot });
    let table: Vec<(&str, Value, u16, &str)> = vec![
        (&own, json!({}), 400, "missing"),
        (&own, json!({ "slot": 7 }), 400, "wrong_type"),
        (&own, slot("x"), 400, "malformed"),
        (&own, slot(&"x".repeat(999)), 400, "too_long"),
        (&own, slot(&past), 400, "past"),
        (&own, slot(&far), 400, "beyond_window"),
        (&own, slot(&stranger), 400, "practitioner_unknown"),
        (&own, slot(&scene.slot("09:10")), 400, "off_grid"),
        (&own, slot(&scene.slot("03:00")), 409, "outside_hours"),
        (&own, slot(&scene.slot("10:00")), 409, "being_booked"),
        (&own, json!({ "slot": scene.slot("11:00"), "more": 1 }), 400, "unknown_field"),
        (&own, json!([]), 400, "body_not_object"),
        (&foreign, slot(&scene.slot("11:00")), 403, "secret_wrong"),
        ("short", slot(&scene.slot("11:00")), 400, "secret_malformed"),
    ];
    let before = scene.kept(&path).await;
    for (secret, body, status, code) in table {
        let answer = scene.send("PATCH", &path, &[("Booking-Secret", secret)], &body).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{body}");
    }
    assert!(scene.kept(&path).await == before, "nothing came of it");
    assert_eq!(scene.hold(9, "11:00").await.status, 201, "and nothing is kept for it");
    scene.stop().await;
}

#[tokio::test]
async fn what_is_too_long_is_not_read_to_its_end() {
    let scene = Scene::new().await;
    let (own, attempt) = (secret(1), "x".repeat(256));
    let body = scene.wish("09:00").to_string();
    let headers = [("Booking-Secret", own.as_str()), ("Idempotency-Key", attempt.as_str())];
    let answer = ask(scene.address, "POST", "/api/v1/bookings", &headers, body.as_bytes()).await;
    assert_eq!((answer.status, answer.code()), (400, "too_long"));
    let headers = [("Booking-Secret", own.as_str()), ("Idempotency-Key", "")];
    let answer = ask(scene.address, "POST", "/api/v1/bookings", &headers, body.as_bytes()).await;
    assert_eq!((answer.status, answer.code()), (400, "missing"));
    let long = format!("{body}{}", " ".repeat(64 * 1024));
    let headers = [("Booking-Secret", own.as_str()), ("Idempotency-Key", "one")];
    let answer = ask(scene.address, "POST", "/api/v1/bookings", &headers, long.as_bytes()).await;
    assert_eq!((answer.status, answer.code()), (413, "body_too_long"));
    assert_eq!(scene.hold(9, "09:00").await.status, 201, "nothing was half done");
    scene.stop().await;
}

#[tokio::test]
async fn headers_and_paths_are_read_as_strictly() {
    let scene = Scene::new().await;
    let held = scene.hold(1, "09:00").await;
    let hold = format!("/api/v1/holds/{}", held.body["id"].as_str().expect("an id"));
    let other = Uuid::from_u128(2).to_string();
    let own = Uuid::from_u128(1).to_string();
    let good = secret(1);
    let nowhere = format!("/api/v1/bookings/{}", Uuid::from_u128(1));
    let clinic = format!("/api/v1/clinics/{CLINIC}");
    type Headers<'a> = Vec<(&'a str, &'a str)>;
    let table: Vec<(&str, &str, Headers<'_>, u16, &str)> = vec![
        ("DELETE", &hold, vec![], 400, "missing"),
        ("DELETE", &hold, vec![("Visitor", "x")], 400, "malformed"),
        ("DELETE", &hold, vec![("Visitor", &other)], 403, "not_your_hold"),
        ("DELETE", "/api/v1/holds/x", vec![("Visitor", &own)], 400, "malformed"),
        ("DELETE", &hold, vec![("Visitor", &own)], 204, ""),
        ("DELETE", &hold, vec![("Visitor", &own)], 404, "hold_unknown"),
        ("GET", &nowhere, vec![], 401, "secret_missing"),
        ("GET", &nowhere, vec![("Booking-Secret", "short")], 400, "secret_malformed"),
        ("GET", &nowhere, vec![("Booking-Secret", &good)], 404, "booking_unknown"),
        ("PATCH", &nowhere, vec![("Booking-Secret", &good)], 404, "booking_unknown"),
        ("DELETE", &nowhere, vec![("Booking-Secret", &good)], 404, "booking_unknown"),
        ("GET", "/api/v1/bookings/x", vec![("Booking-Secret", &good)], 400, "malformed"),
        ("POST", "/api/v1/bookings", vec![("Booking-Secret", &good)], 400, "missing"),
        ("GET", "/api/v1/clinics/x", vec![], 400, "malformed"),
        ("GET", "/api/v1/nothing", vec![], 404, "no_such_path"),
        ("PUT", "/api/v1/clinics", vec![], 405, "no_such_method"),
    ];
    for (method, path, headers, status, code) in table {
        let answer = ask(scene.address, method, path, &headers, b"").await;
        assert_eq!((answer.status, answer.code()), (status, code), "{method} {path} {headers:?}");
    }
    let queries = [
        ("from=x", "malformed"),
        ("from=2027-01-02&to=2027-01-01", "days_reversed"),
        ("from=2027-01-01&to=2028-01-01", "too_many_days"),
        ("kind=00000000-0000-0000-0000-000000000005", "kind_unknown"),
        ("practitioner=00000000-0000-0000-0000-000000000005", "practitioner_unknown"),
        ("practitioner=x", "malformed"),
        ("what=x", "unknown_parameter"),
    ];
    for (query, code) in queries {
        let answer = scene.get(&format!("{clinic}/availability?{query}")).await;
        assert_eq!((answer.status, answer.code()), (400, code), "{query}");
    }
    scene.stop().await;
}
