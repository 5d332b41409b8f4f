//! The operator's page, as a browser gets it.

use std::io::{Read, Write};
use std::net::SocketAddr;

use chairside_central::store::sqlite::DATABASE;
use serde_json::Value;

use crate::program::{Place, Served, get};
use crate::store::{full, request};

const TOKEN: &str = "open sesame, open";

/// Starts the service with a page; told where that is.
fn serve(place: &Place, args: &[&str]) -> (Served, SocketAddr) {
    let served = place.serve(&[&["--operator-listen", "127.0.0.1:0"], args].concat());
    let address = address(&served);
    (served, address)
}

fn address(served: &Served) -> SocketAddr {
    let line = served.lines.iter().find(|line| line.contains("operator's page is there")).expect("it is said");
    let said: Value = serde_json::from_str(line).expect("JSON");
    said["fields"]["address"].as_str().expect("an address").parse().expect("an address")
}

#[tokio::test(flavor = "multi_thread")]
async fn it_shows_what_stands_open_and_of_nobody_who_they_are() {
    let place = Place::new();
    full(&place.data()).await;
    let backups = place.path("backups");
    let (served, page) = serve(&place, &["--backup-dir", backups.to_str().expect("a path")]);
    served.wait_until(|| std::fs::read_dir(&backups).is_ok_and(|mut all| all.next().is_some()));
    let (status, shown) = get(page, "/operator", &[("Accept-Language", "en")]);
    assert_eq!(status, 200, "{shown}");
    for said in [
        "Testhuset",
        "sent, no answer yet",
        "the clinic could not take it",
        &request(3),
        "2024-10-04 12:30",
        "No desk is paired yet.",
        "set aside: 1",
        "the mail server refuses it for good",
        "chairside-central mails try-again",
    ] {
        assert!(shown.contains(said), "{said} isn't in {shown}");
    }
    assert!(!shown.contains("somebody@") && shown.contains("s…@example.org"), "{shown}");
    assert!(!shown.contains("none are made"), "backups are made");
    for head in ["content-security-policy: default-src 'none'", "cache-control: no-store", "nosniff"] {
        assert!(shown.contains(head), "{head}");
    }
    let (_, swedish) = get(page, "/operator?language=sv", &[("Accept-Language", "en")]);
    assert!(swedish.contains("skickad, inget svar än") && swedish.contains("lang=\"sv\""), "{swedish}");
    let (status, style) = get(page, "/operator.css", &[]);
    assert!(status == 200 && style.contains("prefers-color-scheme: dark"));
    served.stop();
}

#[test]
fn an_empty_one_says_what_comes_next() {
    let place = Place::new();
    let (served, page) = serve(&place, &[]);
    let (status, shown) = get(page, "/operator", &[]);
    assert_eq!(status, 200);
    for said in ["There is no clinic yet.", "Nothing waits.", "Nothing is set aside.", "none are made: backup_dir"] {
        assert!(shown.contains(said), "{said} isn't in {shown}");
    }
    served.stop();
}

#[test]
fn nothing_can_be_changed_over_it_and_only_who_may_sees_it() {
    let place = Place::new();
    let (served, page) = serve(&place, &[]);
    assert_eq!(get(page, "/operator", &[("Host", "evil.example.org")]).0, 421, "a foreign name");
    assert_eq!(served.get("/operator").0, 404, "it isn't where patients are");
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        assert_eq!(crate::program::ask(page, method, "/operator", &[]).0, 405, "{method}");
    }
    served.stop();
    let (served, page) = serve(&place, &["--operator-token", TOKEN]);
    let (status, shown) = get(page, "/operator", &[]);
    assert!(status == 401 && shown.to_lowercase().contains("www-authenticate: basic"), "{shown}");
    assert!(!shown.contains("clinic"), "{shown}");
    assert_eq!(get(page, "/operator", &[("Authorization", &format!("Bearer {TOKEN}"))]).0, 200);
    assert_eq!(get(page, "/operator", &[("Authorization", "Bearer another word")]).0, 401);
    assert_eq!(get(page, "/operator.css", &[]).0, 401);
    assert!(served.lines.iter().all(|line| !line.contains(TOKEN)), "it is in no log");
    served.stop();
}

#[test]
fn away_from_this_machine_it_answers_nothing_in_plain_text() {
    let place = Place::new();
    let args = ["--operator-listen", "0.0.0.0:0", "--operator-token", TOKEN, "--public-name", "central.example.org"];
    let served = place.serve(&args);
    let page = address(&served);
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", page.port())).expect("it listens");
    let plain = format!("GET /operator HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\r\n");
    stream.write_all(plain.as_bytes()).expect("it is heard");
    let mut answer = Vec::new();
    // It may break off in the middle.
    drop(stream.read_to_end(&mut answer));
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP/1.1"), "{answer:?}");
    served.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_can_not_be_read_is_said_with_what_to_do() {
    let place = Place::new();
    full(&place.data()).await;
    let (served, page) = serve(&place, &[]);
    assert_eq!(get(page, "/operator", &[]).0, 200);
    for name in [DATABASE.to_owned(), format!("{DATABASE}-wal")] {
        let path = place.data().join(name);
        let bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
        let file = std::fs::OpenOptions::new().write(true).open(&path).expect("it is there");
        let torn = vec![0xa5; usize::try_from(bytes).expect("small").saturating_sub(100)];
        std::os::unix::fs::FileExt::write_all_at(&file, &torn, 100).expect("written");
    }
    // A connection that has read everything before may still know it.
    let mut said = String::new();
    served.wait_until(|| {
        let (status, shown) = get(page, "/operator?language=sv", &[]);
        said = shown;
        status == 503
    });
    assert!(said.contains("Lägg tillbaka en säkerhetskopia") && said.contains("store_damaged"), "{said}");
    served.kill();
}
