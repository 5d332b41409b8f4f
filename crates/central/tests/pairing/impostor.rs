//! Whoever stands between a desk and central, or in central's place.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use chairside_central::authority::Authority;
use chairside_central::store::DeviceStorage;
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::central::{Central, How};
use crate::desk::ADesk;

/// What an impostor makes of what is said: by path, whether it is the answer.
type Tamper = Arc<dyn Fn(&str, bool, &mut Value) + Send + Sync>;

/// Stands where the desk thinks central is.
#[derive(Clone)]
struct Impostor {
    central: SocketAddr,
    tamper: Tamper,
    /// Every path that was asked, and what for.
    heard: Arc<Mutex<Vec<(String, Value)>>>,
}

struct Standing {
    url: String,
    heard: Arc<Mutex<Vec<(String, Value)>>>,
    serving: JoinHandle<()>,
}

impl Drop for Standing {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn between(central: SocketAddr, tamper: impl Fn(&str, bool, &mut Value) + Send + Sync + 'static) -> Standing {
    let impostor = Impostor { central, tamper: Arc::new(tamper), heard: Arc::default() };
    let heard = Arc::clone(&impostor.heard);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("a port"));
    let router = Router::new().fallback(relay).with_state(impostor);
    let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
    Standing { url, heard, serving }
}

async fn relay(State(impostor): State<Impostor>, uri: Uri, body: Bytes) -> (StatusCode, String) {
    let path = uri.path().to_owned();
    let mut asked: Value = serde_json::from_slice(&body).expect("JSON");
    impostor.heard.lock().expect("heard").push((path.clone(), asked.clone()));
    (impostor.tamper)(&path, false, &mut asked);
    let (status, mut answer) = ask(impostor.central, "POST", &path, &asked.to_string()).await;
    (impostor.tamper)(&path, true, &mut answer);
    (status, answer.to_string())
}

/// One question to central, in plain text.
pub async fn ask(to: SocketAddr, method: &str, path: &str, body: &str) -> (StatusCode, Value) {
    let mut stream = TcpStream::connect(to).await.expect("central is there");
    let length = body.len();
    let head =
        format!("{method} {path} HTTP/1.1\r\nHost: central\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).await.expect("written");
    let mut said = String::new();
    stream.read_to_string(&mut said).await.expect("read");
    let (head, body) = said.split_once("\r\n\r\n").expect("an answer");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, serde_json::from_str(body).expect("JSON"))
}

/// Central in plain text on this machine, where an impostor has it easiest.
pub async fn central(temp: &TempDir) -> Central {
    let mut how = How::new(temp.path());
    how.given.https = None;
    how.start().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_know_the_code_learns_nothing_and_is_not_believed() {
    let temp = tempdir().expect("a folder");
    let elsewhere = tempdir().expect("a folder");
    let own = Authority::open(elsewhere.path(), chairside_central::Clock::system().now()).expect("made");
    let false_authority = own.certificate().to_owned();
    let central = central(&temp).await;
    let desk = ADesk::found(temp.path(), "Testhuset").await;
    let code = central.clinic("Testhuset").await;
    // All it can do is put itself in the place of whom the true central vouches for.
    let standing = between(central.address, move |path, answer, said| {
        if answer && path.ends_with("challenges") {
            said["authority"] = json!(false_authority);
        }
    })
    .await;
    assert_eq!(desk.desk.pair(&standing.url, &code).await.expect_err("not believed").code, "code-wrong");
    desk.assert_unpaired();
    let heard = standing.heard.lock().expect("heard").clone();
    assert_eq!(heard.len(), 1, "{heard:?}");
    let (path, said) = &heard[0];
    assert_eq!(path, "/api/v1/pairing/challenges");
    assert_eq!(said["code"], code[..3]);
    let words: Vec<_> = said.as_object().expect("an object").keys().collect();
    assert_eq!(words, ["code", "nonce"]);
    assert!(central.operator.storage.devices(None).await.expect("read").is_empty());
    desk.desk.close().await;
    central.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_is_changed_on_the_way_is_believed() {
    let temp = tempdir().expect("a folder");
    let central = central(&temp).await;
    let desk = ADesk::found(temp.path(), "Testhuset").await;
    let first = central.clinic("Testhuset").await;
    // What the desk asks for, and what it is told: a word of each at a time.
    let asked = ["request", "log_key", "device", "clinic"];
    for (turn, word) in asked.into_iter().enumerate() {
        let code = if turn == 0 { first.clone() } else { central.code("Testhuset").await };
        let standing = between(central.address, move |path, answer, said| {
            if !answer && path.ends_with("pairing") {
                said[word] = match word {
                    "log_key" => json!("00".repeat(32)),
                    "request" => json!("another's"),
                    _ => json!("00000000-0000-0000-0000-000000000001"),
                };
            }
        })
        .await;
        assert_eq!(desk.desk.pair(&standing.url, &code).await.expect_err("changed").code, "code-wrong", "{word}");
        desk.assert_unpaired();
    }
    assert!(central.operator.storage.devices(None).await.expect("read").is_empty());
    for word in ["broker", "certificates", "until_ms"] {
        let code = central.code("Testhuset").await;
        let standing = between(central.address, move |path, answer, said| {
            if answer && path.ends_with("pairing") {
                said[word] = if word == "until_ms" { json!(7) } else { json!("mqtts://192.0.2.1") };
            }
        })
        .await;
        let refused = desk.desk.pair(&standing.url, &code).await.expect_err("changed");
        assert_eq!(refused.code, "central-not-trusted", "{word}");
        desk.assert_unpaired();
    }
    desk.desk.close().await;
    central.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_central_does_not_know_the_code() {
    let temp = tempdir().expect("a folder");
    let elsewhere = tempdir().expect("a folder");
    let (central, other) = (Central::start(temp.path()).await, self::central(&elsewhere).await);
    let desk = ADesk::found(temp.path(), "Testhuset").await;
    let code = central.clinic("Testhuset").await;
    let foreign = other.clinic("Testhuset").await;
    let refused = desk.desk.pair(&other.url(), &code).await.expect_err("unknown").code;
    assert!(refused == "code-unknown" || (code[..3] == foreign[..3] && refused == "code-wrong"), "{refused}");
    // What is no central at all is told apart from one.
    let nobody = between(other.address, |_, answer, said| {
        if answer {
            *said = json!("hello");
        }
    })
    .await;
    assert_eq!(desk.desk.pair(&nobody.url, &code).await.expect_err("none").code, "not-central");
    desk.assert_unpaired();
    desk.desk.close().await;
    central.stop().await;
    other.stop().await;
}
