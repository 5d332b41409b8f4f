//! A real central service in a folder of its own, for the desk in the window.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::driver::free_ports;
use super::eventually;
use super::home::Home;

/// A central service and the process it runs in, which ends when this is dropped.
pub struct Central {
    folder: tempfile::TempDir,
    process: Child,
    port: u16,
}

impl Central {
    /// One on free ports, ready.
    pub async fn begin() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let [port, mqtt] = free_ports();
        let process = plain(&program("chairside-central"))
            .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--mqtt-listen", &format!("127.0.0.1:{mqtt}")])
            .arg("--data")
            .arg(folder.path().join("data"))
            .stdin(Stdio::null())
            .stderr(fs::File::create(folder.path().join("log")).expect("a file for its log"))
            .spawn()
            .expect("chairside-central starts");
        let central = Self { folder, process, port };
        eventually("central is ready", async || central.get("/readyz")).await;
        central
    }

    /// Where desks find it.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Adds a clinic; the code that its desk is paired by.
    pub fn code(&self) -> String {
        let facts = self.folder.path().join("facts.json");
        fs::write(&facts, "{}").expect("written");
        let mut add = plain(&program("chairside-central"));
        add.args(["--json", "clinic", "add", "Tandhuset"]).arg("--facts").arg(facts);
        add.arg("--data").arg(self.folder.path().join("data"));
        let added: Value = serde_json::from_slice(&done(&mut add)).expect("it answers in JSON");
        added["code"].as_str().expect("a code").to_owned()
    }

    /// Adds a clinic, and pairs the desk in `home` with it, before its window is opened.
    pub fn pair(&self, home: &Home) {
        let mut pair = plain(&program("chairside-clinic"));
        pair.arg("pair").arg("--data").arg(home.data()).arg("--key-file").arg(home.key_file());
        pair.env("CHAIRSIDE_CENTRAL", self.url()).env("CHAIRSIDE_CODE", self.code());
        done(&mut pair);
    }

    /// How the clinic is reached: `live`, `offline`, …
    pub fn state(&self) -> Option<String> {
        Some(self.get("/api/v1/clinics")?[0]["state"].as_str()?.to_owned())
    }

    /// Waits until the clinic is reached like that.
    pub async fn says(&self, state: &str) {
        eventually(&format!("central says {state}"), async || (self.state()? == state).then_some(())).await;
    }

    /// How the desk went: with a goodbye, and never without one.
    pub fn heard_a_goodbye(&self) -> bool {
        let log = fs::read_to_string(self.folder.path().join("log")).expect("its log is there");
        log.contains("the desk said goodbye") && !log.contains("without a goodbye")
    }

    /// Books the first place that is free, as a patient's page does.
    pub fn book(&self) {
        let clinic = &self.get("/api/v1/clinics").expect("it answers")[0];
        let (id, kind) = (&clinic["id"], &clinic["kinds"][0]["id"]);
        let path = format!(
            "/api/v1/clinics/{}/availability?kind={}",
            id.as_str().expect("an id"),
            kind.as_str().expect("an id")
        );
        let days = self.get(&path).expect("it answers")["days"].take();
        let slots = days.as_array().expect("days").iter().filter_map(|day| day["slots"].as_array()).flatten();
        let free = slots.into_iter().find(|slot| slot["state"] == "free").expect("something is free");
        let wish = json!({
            "clinic": id, "slot": free["slot"], "kind": kind, "language": "en", "contact": "anna@example.org",
        });
        let (wish, secret) = (wish.to_string(), "5a".repeat(32));
        let request = format!(
            "POST /api/v1/bookings HTTP/1.0\r\nHost: 127.0.0.1\r\nIdempotency-Key: test\r\n\
             Booking-Secret: {secret}\r\nContent-Length: {}\r\n\r\n{wish}",
            wish.len()
        );
        self.ask(&request).expect("it is taken down");
    }

    /// What it answers to a path; `None` where it doesn't, or refuses.
    pub fn get(&self, path: &str) -> Option<Value> {
        self.ask(&format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n"))
    }

    /// What it answers to a whole request of HTTP 1.0.
    pub fn ask(&self, request: &str) -> Option<Value> {
        let mut line = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        line.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        line.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let good = head.split(' ').nth(1).is_some_and(|status| status.starts_with('2'));
        if !good {
            return None;
        }
        Some(serde_json::from_str(body).unwrap_or(Value::Null))
    }
}

impl Drop for Central {
    fn drop(&mut self) {
        super::end(&mut self.process);
    }
}

/// A program that was built beside the window's; `make test` builds all.
pub fn program(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_BIN_EXE_chairside")).with_file_name(name);
    assert!(path.exists(), "{} is missing: build the workspace's programs", path.display());
    path
}

/// Without what somebody set for a desk or a central of their own.
pub fn plain(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"CHAIRSIDE_") {
            command.env_remove(name);
        }
    }
    command
}

pub fn done(command: &mut Command) -> Vec<u8> {
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
