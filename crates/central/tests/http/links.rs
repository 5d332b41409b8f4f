//! What a mail's link opens, and brings back.

use std::collections::HashMap;

use chairside_central::keys::Keys;
use chairside_central::mails::Links;
use chairside_central::mails::link::{Carried, PageLinks, to_text};
use chairside_central::store::requests::Booking;
use chairside_central::store::{ClinicStorage, RequestStorage};
use chairside_sync::ProposalId;
use chairside_sync::body::Id;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::{Answer, ask};
use crate::scene::{Scene, keys, secret};

/// What stands in a link's fragment, by name.
fn fragment(keys: Keys, booking: &Booking) -> HashMap<String, String> {
    let link = PageLinks::new("https://book.example.org/", keys).booking(booking);
    let (page, fragment) = link.split_once('#').expect("a fragment");
    assert_eq!(page, "https://book.example.org/booking", "nothing of it is told to a server");
    let parts = fragment.split('&').filter_map(|part| part.split_once('='));
    parts.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

async fn restore(scene: &Scene, secret: &str, body: &Value) -> Answer {
    scene.send("POST", "/api/v1/bookings/restore", &[("Booking-Secret", secret)], body).await
}

fn body(link: &HashMap<String, String>) -> Value {
    json!({ "id": link["id"], "request": link["request"], "signature": link["signature"] })
}

#[tokio::test]
async fn a_link_opens_its_booking_and_no_other() {
    let scene = Scene::new().await;
    let (path, other) = (scene.booked(1, "09:00").await, scene.booked(2, "10:00").await);
    let link = fragment(keys(), &scene.kept(&path).await);
    let headers = [("Booking-Secret", link["secret"].as_str())];
    assert_eq!(ask(scene.address, "GET", &path, &headers, b"").await.status, 200);
    let refused = ask(scene.address, "GET", &other, &headers, b"").await;
    assert_eq!((refused.status, refused.code()), (403, "secret_wrong"));
    let gone = ask(scene.address, "DELETE", &path, &headers, b"").await;
    assert_eq!((gone.status, &gone.body["outcome"]), (200, &json!("withdrawn")));
    scene.stop().await;
}

#[tokio::test]
async fn a_request_comes_back_after_central_was_restored_to_an_older_state() {
    let before = Scene::new().await;
    let path = before.booked(1, "09:00").await;
    let booking = before.kept(&path).await;
    let link = fragment(keys(), &booking);
    before.stop().await;

    // This one never heard of it; somebody else has the place by now.
    let scene = Scene::new().await;
    scene.booked(2, "09:00").await;
    let back = restore(&scene, &link["secret"], &body(&link)).await;
    assert_eq!((back.status, &back.body["outcome"]), (201, &json!("held")), "{back:?}");
    assert_eq!(back.body["id"], json!(link["id"]));
    assert_eq!(back.body["made_ms"], json!(booking.made_ms));
    let kept = scene.kept(&path).await;
    assert_eq!((kept.secret_hash, &kept.contact), (booking.secret_hash, &booking.contact));
    assert_eq!(kept.requests[0].proposal, booking.requests[0].proposal);
    assert_eq!(kept.requests[0].content, booking.requests[0].content, "the very bytes");
    let again = restore(&scene, &secret(1), &body(&link)).await;
    assert_eq!((again.status, &again.body), (200, &back.body), "its maker's secret will do, and twice is once");
    let headers = [("Booking-Secret", secret(1))];
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(ask(scene.address, "DELETE", &path, &headers, b"").await.status, 200);
    let known = restore(&scene, &link["secret"], &body(&link)).await;
    assert_eq!((known.status, &known.body["outcome"]), (200, &json!("withdrawn")), "as it stands");
    scene.stop().await;
}

#[tokio::test]
async fn nothing_comes_back_that_central_never_signed() {
    let scene = Scene::new().await;
    let path = scene.booked(1, "09:00").await;
    let booking = scene.kept(&path).await;
    let mine = fragment(keys(), &booking);
    let foreign = fragment(Keys::of(&[1; 32]), &booking);
    let with = |name: &str, value: Value| {
        let mut body = body(&mine);
        body[name] = value;
        body
    };
    let signed = |carried: &Carried| {
        let bytes = carried.to_bytes();
        let signature = to_text(&keys().sign(booking.id, &bytes));
        json!({ "id": booking.id.0, "request": to_text(&bytes), "signature": signature })
    };
    let carried = Carried::of(&booking).expect("it is kept");
    let elsewhere = signed(&Carried { clinic: Id::from([5; 16]), ..carried.clone() });
    let past = signed(&Carried { start_s: 1, ..carried.clone() });
    let nonsense = signed(&Carried { content: Vec::new().into(), ..carried });
    let own = mine["secret"].as_str();
    // Of a booking that this store doesn't know, since a known one is answered as it stands.
    let scene = {
        scene.stop().await;
        Scene::new().await
    };
    let table: Vec<(&str, Value, u16, &str)> = vec![
        (own, body(&foreign), 403, "signature_wrong"),
        (own, with("id", json!(Uuid::from_u128(5))), 403, "signature_wrong"),
        (own, with("request", json!("AAAA")), 403, "signature_wrong"),
        (own, with("signature", json!(to_text(&[0; 32]))), 403, "signature_wrong"),
        (own, with("signature", json!("AAAA")), 400, "malformed"),
        (own, with("signature", json!("!".repeat(43))), 400, "malformed"),
        (own, with("signature", json!("A".repeat(99))), 400, "too_long"),
        (own, with("signature", json!(7)), 400, "wrong_type"),
        (own, with("signature", Value::Null), 400, "missing"),
        (own, with("request", json!("not base64!")), 400, "malformed"),
        (own, with("request", json!("A".repeat(20_000))), 400, "too_long"),
        (own, with("request", json!([])), 400, "wrong_type"),
        (own, with("request", Value::Null), 400, "missing"),
        (own, with("id", json!("x")), 400, "malformed"),
        (own, with("id", Value::Null), 400, "missing"),
        (own, with("more", json!(1)), 400, "unknown_field"),
        (own, json!([]), 400, "body_not_object"),
        (own, elsewhere, 404, "clinic_unknown"),
        (own, past, 409, "past"),
        (own, nonsense, 400, "malformed"),
        (&foreign["secret"], body(&mine), 403, "secret_wrong"),
        ("short", body(&mine), 400, "secret_malformed"),
    ];
    for (secret, body, status, code) in table {
        let answer = restore(&scene, secret, &body).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{body}");
    }
    assert!(scene.storage.booking(booking.id).await.expect("read").is_none(), "nothing came of it");
    let proposal = ProposalId(booking.requests[0].proposal.0);
    assert!(scene.storage.request(proposal).await.expect("read").is_none());
    assert!(scene.storage.clinics().await.expect("read").len() == 1);
    scene.stop().await;
}
