//! The service as operators start it: mails, metrics, and what is said.

use std::path::Path;
use std::time::{Duration, Instant};

use chairside_central::Clock;
use serde_json::json;

use crate::client::ask;
use crate::scene::{CLINIC, KIND, WITH, found, secret};
use crate::served::Served;

const DEADLINE: Duration = Duration::from_secs(60);

/// The text of the one mail in a folder, once it is there.
async fn mail(folder: &Path) -> String {
    let by = Instant::now() + DEADLINE;
    loop {
        let files = std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok);
        let whole = files.map(|file| file.path()).find(|path| path.extension().is_some_and(|end| end == "eml"));
        if let Some(path) = whole {
            let text = std::fs::read_to_string(path).expect("text");
            // Quoted-printable, as far as links need it.
            return text.replace("=\r\n", "").replace("=3D", "=");
        }
        assert!(Instant::now() < by, "no mail came");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_wait_until_there_is_a_way_and_their_link_opens_the_booking() {
    let (data, mails) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let (storage, tomorrow) = found(data.path(), &Clock::system()).await;
    storage.close().await;

    let served = Served::start(data.path(), []).await;
    served.until_said("there is no way to send mails (--smtp or --mail-dir): they wait in the outbox").await;
    let wish = json!({ "clinic": CLINIC, "slot": format!("{WITH}@{tomorrow}T09:00"), "kind": KIND, "language": "sv",
        "contact": "somebody@example.org", "sealed": "00ff" });
    let maker = secret(1);
    let headers = [("Booking-Secret", maker.as_str()), ("Idempotency-Key", "one")];
    let booked = ask(served.address, "POST", "/api/v1/bookings", &headers, wish.to_string().as_bytes()).await;
    assert_eq!(booked.status, 201, "{booked:?}");
    served.stop().await;

    let page = "https://book.example.org";
    let flags = [("--mail-dir", mails.path().as_os_str()), ("--public-url", page.as_ref())];
    let served = Served::start(data.path(), flags).await;
    let mail = mail(mails.path()).await;
    served.until_said("a mail was sent").await;
    let link = mail.split(char::is_whitespace).find(|word| word.starts_with(page)).expect("a link");
    let parts: Vec<_> = link.split(['#', '&']).filter_map(|part| part.split_once('=')).collect();
    let part = |name| parts.iter().find(|(other, _)| *other == name).expect("it is there").1;
    let path = format!("/api/v1/bookings/{}", part("id"));
    let opened = ask(served.address, "GET", &path, &[("Booking-Secret", part("secret"))], b"").await;
    assert_eq!((opened.status, &opened.body["id"]), (200, &booked.body["id"]), "{link}");
    let body = json!({ "id": part("id"), "request": part("request"), "signature": part("signature") }).to_string();
    let headers = [("Booking-Secret", part("secret"))];
    let known = ask(served.address, "POST", "/api/v1/bookings/restore", &headers, body.as_bytes()).await;
    assert_eq!((known.status, &known.body["id"]), (200, &booked.body["id"]));

    let counted = ask(served.address, "GET", "/metrics", &[], b"").await;
    assert!(counted.head.contains("application/openmetrics-text"), "{}", counted.head);
    let counted = counted.body.as_str().expect("text");
    for line in [
        "chairside_mail_tries_total{ended=\"sent\"} 1".to_owned(),
        "chairside_http_answers_total{method=\"GET\",route=\"/api/v1/bookings/{id}\",status=\"200\"} 1".to_owned(),
        format!("chairside_queue_requests{{clinic=\"{CLINIC}\",state=\"held\"}} 1"),
        format!("chairside_mails{{clinic=\"{CLINIC}\",state=\"waiting\"}} 0"),
        format!("chairside_clinic_verified{{clinic=\"{CLINIC}\"}} 0"),
        format!("chairside_breaker{{clinic=\"{CLINIC}\"}} 0"),
        "chairside_clinics{state=\"live\"} 0".to_owned(),
    ] {
        assert!(counted.lines().any(|have| have == line), "{line} in\n{counted}");
    }
    let private = ["example.org", part("id"), part("secret"), "somebody"];
    assert!(private.iter().all(|word| !counted.contains(word)), "{counted}");
    let said = served.stop().await;
    let private = [part("secret"), maker.as_str(), "somebody@"];
    assert!(said.iter().all(|line| private.iter().all(|word| !line.contains(word))), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_down_and_ended_is_counted() {
    let data = tempfile::tempdir().expect("a folder");
    let (storage, tomorrow) = found(data.path(), &Clock::system()).await;
    storage.close().await;
    let served = Served::start(data.path(), []).await;
    let wish = json!({ "clinic": CLINIC, "slot": format!("{WITH}@{tomorrow}T09:00"), "kind": KIND, "language": "en",
        "contact": "somebody@example.org" });
    let maker = secret(1);
    let headers = [("Booking-Secret", maker.as_str()), ("Idempotency-Key", "one")];
    let booked = ask(served.address, "POST", "/api/v1/bookings", &headers, wish.to_string().as_bytes()).await;
    let path = format!("/api/v1/bookings/{}", booked.body["id"].as_str().expect("an id"));
    assert_eq!(ask(served.address, "DELETE", &path, &headers, b"").await.status, 200);
    let counted = ask(served.address, "GET", "/metrics", &[], b"").await.body;
    let counted = counted.as_str().expect("text");
    for state in ["held", "withdrawn"] {
        let line = format!("chairside_requests_total{{state=\"{state}\"}} 1");
        assert!(counted.lines().any(|have| have == line), "{line} in\n{counted}");
    }
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_draws_a_partner_key_while_it_serves() {
    let data = tempfile::tempdir().expect("a folder");
    let (storage, _) = found(data.path(), &Clock::system()).await;
    storage.close().await;
    let served = Served::start(data.path(), []).await;
    let path = format!("/api/v1/clinics/{CLINIC}/bookings");
    let draw = |more: &'static [&'static str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_chairside-central"));
        command.args(["clinic", "partner-key", &CLINIC.to_string(), "--json", "--data"]).arg(data.path()).args(more);
        async move {
            let ran = tokio::task::spawn_blocking(move || command.output()).await.expect("it ran").expect("it starts");
            assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
            serde_json::from_slice::<serde_json::Value>(&ran.stdout).expect("JSON")
        }
    };
    let drawn = draw(&[]).await;
    let key = drawn["key"].as_str().expect("a key");
    let listed = ask(served.address, "GET", &path, &[("Partner-Key", key)], b"").await;
    assert_eq!((listed.status, &listed.body), (200, &json!({ "bookings": [] })), "{listed:?}");
    assert_eq!(draw(&["--revoke"]).await["answer"], "partner_key_revoked");
    let refused = ask(served.address, "GET", &path, &[("Partner-Key", key)], b"").await;
    assert_eq!((refused.status, refused.code()), (403, "partner_key_wrong"));
    let said = served.stop().await;
    assert!(said.iter().all(|line| !line.contains(key)), "it is in no log");
}
