//! What callers get wrong, field by field.

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
