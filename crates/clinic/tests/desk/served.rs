//! The commands over HTTP: only for whoever has the token, only from our own
//! page, only on this computer.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use chairside_clinic::serve::Server;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::fixture::{Front, date};

/// Longer than anything here takes; a test that waits this long has failed.
const DEADLINE: Duration = Duration::from_secs(10);

struct Served {
    front: Front,
    address: SocketAddr,
    token: String,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<std::io::Result<()>>>,
}

async fn serve(screens: Option<PathBuf>) -> Served {
    let front = Front::new().await;
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = Server::bind(front.desk.clone(), anywhere, screens).await.expect("a port");
    let address = server.address();
    let (_, token) =
        server.url().split_once("#token=").map(|(url, token)| (url.to_owned(), token.to_owned())).expect("a token");
    let (stop, stopped) = oneshot::channel();
    let running = tokio::spawn(server.run(async move { drop(stopped.await) }));
    Served { front, address, token, stop: Some(stop), running: Some(running) }
}

/// Nothing of the server outlives its test.
impl Drop for Served {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
        }
    }
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    fn code(&self) -> String {
        self.json()["code"].as_str().expect("a code").to_owned()
    }
}

impl Served {
    /// Sends exactly these bytes and reads until the server closes.
    async fn raw(&self, request: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.expect("connected");
        // A server that has read enough may close before the rest is sent.
        let sent = stream.write_all(request).await;
        let mut bytes = Vec::new();
        timeout(DEADLINE, stream.read_to_end(&mut bytes)).await.expect("answered").expect("read");
        let text = String::from_utf8(bytes).expect("text");
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer ({sent:?}): {text}"));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Answer { status, head: head.to_lowercase(), body: body.to_owned() }
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        if !headers.iter().any(|(name, _)| *name == "Host") {
            request.push_str(&format!("Host: {}\r\n", self.address));
        }
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        self.raw(format!("{request}\r\n{body}").as_bytes()).await
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    async fn command(&self, name: &str, args: &Value) -> Answer {
        self.ask("POST", &format!("/api/{name}"), &[("Authorization", &self.bearer())], &args.to_string()).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_whoever_has_the_token_is_answered() {
    let served = serve(None).await;
    let fine = served.command("clinic", &json!(null)).await;
    assert_eq!((fine.status, fine.json()["name"].as_str()), (200, Some("Testhuset")));
    let wrong = "0".repeat(64);
    let half = &served.token[..32];
    for header in [
        "",
        "Bearer ",
        &format!("Bearer {wrong}"),
        &format!("Bearer {half}"),
        &served.token,
        &format!("Basic {}", served.token),
    ] {
        let headers: &[(&str, &str)] = if header.is_empty() { &[] } else { &[("Authorization", header)] };
        for (method, path) in [("POST", "/api/clinic"), ("GET", "/api/events"), ("POST", "/api/nothing")] {
            let answer = served.ask(method, path, headers, "null").await;
            assert_eq!((answer.status, answer.code().as_str()), (401, "wrong-token"), "{path} {header}");
        }
    }
    let in_address = format!("/api/clinic?token={}", served.token);
    assert_eq!(served.ask("POST", &in_address, &[], "null").await.status, 401, "never in an address");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_our_own_page_is_answered() {
    let served = serve(None).await;
    let bearer = served.bearer();
    let ours = format!("http://{}", served.address);
    let port = served.address.port();
    let cases = [
        (vec![("Origin", ours.clone())], 200),
        (vec![("Host", format!("evil.example:{port}"))], 403),
        (vec![("Host", format!("localhost:{port}"))], 403),
        (vec![("Host", "127.0.0.1".to_owned())], 403),
        (vec![("Origin", "http://evil.example".to_owned())], 403),
        (vec![("Origin", "null".to_owned())], 403),
        (vec![("Origin", format!("https://{}", served.address))], 403),
        (vec![("Origin", format!("{ours}.evil.example"))], 403),
        (vec![("Origin", format!("http://localhost:{port}"))], 403),
    ];
    for (extra, status) in cases {
        let mut headers: Vec<(&str, &str)> = extra.iter().map(|(name, value)| (*name, value.as_str())).collect();
        headers.push(("Authorization", &bearer));
        let answer = served.ask("POST", "/api/clinic", &headers, "null").await;
        assert_eq!(answer.status, status, "{extra:?}");
        if status == 403 {
            assert_eq!(answer.code(), "wrong-host");
        }
    }
    let none = served.raw(b"POST /api/clinic HTTP/1.0\r\nContent-Length: 4\r\n\r\nnull").await;
    assert!(none.status >= 400, "no Host at all");
    let preflight = served.ask("OPTIONS", "/api/clinic", &[("Origin", &ours)], "").await;
    assert!(preflight.status >= 400 && !preflight.head.contains("access-control-allow"), "{}", preflight.head);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_wrongly_has_a_status_and_a_code() {
    let served = serve(None).await;
    let seq = served.front.seq();
    let large = format!("\"{}\"", "x".repeat(65 * 1024));
    let cases = [
        ("nothing", "null", 404, "unknown-command"),
        ("clinic", "{", 400, "bad-request"),
        ("clinic", "", 400, "bad-request"),
        ("clinic", "[]", 400, "bad-request"),
        ("day_board", "{\"date\": \"yesterday\"}", 400, "bad-request"),
        ("day_board", &large, 413, "request-too-large"),
        ("patient", "{\"id\": \"00000000-0000-0000-0000-000000000000\"}", 404, "unknown-patient"),
    ];
    for (name, body, status, code) in cases {
        let answer = served.ask("POST", &format!("/api/{name}"), &[("Authorization", &served.bearer())], body).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{name}");
    }
    let wish = served.front.wish(0, "2026-11-23T09:00");
    let answer = served.command("book_visit", &wish).await;
    assert_eq!((answer.status, answer.code().as_str()), (409, "past"));
    assert_eq!(served.front.seq(), seq);
    assert!(
        served.ask("GET", "/api/clinic", &[("Authorization", &served.bearer())], "").await.status >= 400,
        "asked, not fetched"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_told_after_its_commit_and_a_stop_ends_the_stream() {
    let mut served = serve(None).await;
    let mut stream = BufReader::new(TcpStream::connect(served.address).await.expect("connected"));
    let request =
        format!("GET /api/events HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\n\r\n", served.address, served.bearer());
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        timeout(DEADLINE, stream.read_line(&mut line)).await.expect("answered").expect("read");
    }
    let booked = served.command("book_visit", &served.front.wish(0, "2026-11-24T11:00")).await;
    assert_eq!(booked.status, 200);
    let changed: Value = loop {
        line.clear();
        timeout(DEADLINE, stream.read_line(&mut line)).await.expect("told").expect("read");
        if let Some(data) = line.strip_prefix("data:") {
            break serde_json::from_str(data.trim()).expect("a change");
        }
    };
    assert_eq!((&changed["seq"], &changed["days"]), (&booked.json()["seq"], &json!([date("2026-11-24")])));
    // Somebody still listens; the server ends all the same when it is told to.
    served.stop.take().expect("not told yet").send(()).expect("told to stop");
    timeout(DEADLINE, served.running.take().expect("not ended yet"))
        .await
        .expect("it ends")
        .expect("no panic")
        .expect("no error");
}

#[tokio::test(flavor = "multi_thread")]
async fn screens_come_from_their_folder_and_from_nowhere_else() {
    let temp = tempfile::tempdir().expect("a folder");
    let screens = temp.path().join("dist");
    std::fs::create_dir_all(screens.join("assets")).expect("a folder");
    std::fs::write(screens.join("index.html"), "<title>Chairside</title>").expect("a page");
    std::fs::write(screens.join("assets/app.js"), "1").expect("a script");
    std::fs::write(temp.path().join("secret"), "nobody's").expect("a secret");
    let served = serve(Some(screens)).await;
    for (path, wanted) in
        [("/", "<title>Chairside</title>"), ("/index.html", "<title>Chairside</title>"), ("/assets/app.js", "1")]
    {
        let answer = served.ask("GET", path, &[], "").await;
        assert_eq!((answer.status, answer.body.as_str()), (200, wanted), "{path}");
        for header in [
            "x-content-type-options: nosniff",
            "content-security-policy: default-src 'self'",
            "referrer-policy: no-referrer",
        ] {
            assert!(answer.head.contains(header), "{path} lacks {header}");
        }
        assert!(!answer.body.contains(&served.token));
    }
    for path in [
        "/../secret",
        "/assets/../../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
        "/assets/%2e%2e/%2e%2e/secret",
        "//secret",
        "/%00",
        "/..\\secret",
    ] {
        let answer = served.ask("GET", path, &[], "").await;
        assert!(answer.status >= 400 && !answer.body.contains("nobody's"), "{path}: {} {}", answer.status, answer.body);
    }
    let foreign = served.ask("GET", "/", &[("Host", "evil.example")], "").await;
    assert_eq!(foreign.status, 403, "the page itself as well");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_elsewhere_can_reach_it() {
    let front = Front::new().await;
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let address: SocketAddr = address.parse().expect("an address");
        let Err(problem) = Server::bind(front.desk.clone(), address, None).await else { panic!("{address}") };
        assert_eq!(problem.code, "not-loopback");
        crate::sentences::check(&problem);
    }
    let taken = Server::bind(front.desk.clone(), SocketAddr::from(([127, 0, 0, 1], 0)), None).await.expect("a port");
    let Err(problem) = Server::bind(front.desk.clone(), taken.address(), None).await else { panic!("taken twice") };
    assert_eq!(problem.code, "port-taken");
    crate::sentences::check(&problem);
}
