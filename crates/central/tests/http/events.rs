//! What watchers are told as things change.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::scene::{CLINIC, KIND, OTHER, Scene, WITH};

/// How long anything may take.
const DEADLINE: Duration = Duration::from_secs(30);

/// Somebody who looks on.
struct Watcher {
    stream: TcpStream,
    heard: String,
}

impl Watcher {
    async fn new(scene: &Scene, query: &str) -> Self {
        let mut stream = TcpStream::connect(scene.address).await.expect("it listens");
        let head = format!("GET /api/v1/clinics/{CLINIC}/events{query} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        stream.write_all(head.as_bytes()).await.expect("it is heard");
        let mut watcher = Self { stream, heard: String::new() };
        watcher.until("event: state", 1).await;
        watcher
    }

    /// Waits until something was said so often.
    async fn until(&mut self, what: &str, times: usize) {
        let more = async {
            while self.heard.matches(what).count() < times {
                assert!(self.read().await, "it ended: {}", self.heard);
            }
        };
        tokio::time::timeout(DEADLINE, more).await.expect("in time");
    }

    async fn read(&mut self) -> bool {
        let mut bytes = [0; 4_096];
        let read = self.stream.read(&mut bytes).await.expect("it is said");
        self.heard.push_str(std::str::from_utf8(&bytes[..read]).expect("text"));
        read > 0
    }

    /// Everything that was said until the server ended.
    async fn end(mut self) -> String {
        let all = async { while self.read().await {} };
        tokio::time::timeout(DEADLINE, all).await.expect("in time");
        self.heard
    }
}

#[tokio::test]
async fn who_watches_one_person_hears_of_nobody_else() {
    let scene = Scene::new().await;
    let day = scene.tomorrow;
    let mut all = Watcher::new(&scene, "").await;
    let one = Watcher::new(&scene, &format!("?day={day}&practitioner={OTHER}&kind={KIND}")).await;
    let elsewhere = Watcher::new(&scene, &format!("?day={}", day + chrono::Days::new(1))).await;
    for (visitor, with) in [(1, WITH), (2, WITH), (3, OTHER)] {
        let body = json!({ "clinic": CLINIC, "slot": format!("{with}@{day}T{:02}:00", 7 + visitor), "kind": KIND });
        let visitor = Uuid::from_u128(visitor).to_string();
        let held = scene.send("POST", "/api/v1/holds", &[("Visitor", &visitor)], &body).await;
        assert_eq!(held.status, 201, "{held:?}");
    }
    all.until("event: availability", 3).await;
    scene.stop().await;
    let heard = one.end().await;
    assert_eq!(heard.matches("event: availability").count(), 1, "{heard}");
    assert!(heard.contains(&format!("{{\"days\":[\"{day}\"]}}")), "{heard}");
    assert_eq!(elsewhere.end().await.matches("event: availability").count(), 0);
}

#[tokio::test]
async fn who_watches_what_is_not_there_is_told() {
    let scene = Scene::new().await;
    let nobody = Uuid::from_u128(5);
    let table = [
        (format!("practitioner={nobody}"), 400, "practitioner_unknown"),
        (format!("kind={nobody}"), 400, "kind_unknown"),
        ("practitioner=x".to_owned(), 400, "malformed"),
        ("kind=x".to_owned(), 400, "malformed"),
        ("day=tomorrow".to_owned(), 400, "malformed"),
        ("what=x".to_owned(), 400, "unknown_parameter"),
    ];
    for (query, status, code) in table {
        let answer = scene.get(&format!("/api/v1/clinics/{CLINIC}/events?{query}")).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{query}");
    }
    scene.stop().await;
}
