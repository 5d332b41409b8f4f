//! The demo's process, and those it starts.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::client::{Answer, ask};

/// Nothing takes longer on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// A program of this package, without settings from outside.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chairside-central"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CHAIRSIDE_")) {
        command.env_remove(name);
    }
    let desks = desks_program();
    assert!(desks.is_file(), "{} is missing: cargo build -p chairside-clinic --bins", desks.display());
    command.env("CHAIRSIDE_CLINIC_BIN", desks).env("LC_ALL", "C");
    command
}

/// It lies beside ours: both are built for the workspace's tests.
fn desks_program() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_chairside-central")).with_file_name("chairside-clinic")
}

/// Every clinic's state, and since when, by its id.
pub type States = BTreeMap<String, (String, i64)>;

/// A running demo.
pub struct Demo {
    child: Child,
    said: Receiver<String>,
    address: SocketAddr,
    /// What it said when it was ready.
    pub told: Value,
}

impl Demo {
    /// Starts it on this folder and waits until it says that it is ready.
    pub fn start(folder: &Path, mqtt: SocketAddr) -> Self {
        let mut command = program();
        command.args(["--json", "demo", "--listen", "127.0.0.1:0", "--mqtt-listen", &mqtt.to_string()]);
        // Who waits for something asks often.
        command.args(["--requests-per-minute", "100000", "--requests-at-once", "10000", "--data"]);
        let mut child = command.arg(folder).stdout(Stdio::piped()).spawn().expect("it starts");
        let out = BufReader::new(child.stdout.take().expect("its words can be read"));
        let (says, said) = channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if says.send(line).is_err() {
                    return;
                }
            }
        });
        let mut demo = Self { child, said, address: SocketAddr::from(([0; 4], 0)), told: Value::Null };
        demo.told = demo.document();
        let url = demo.told["url"].as_str().expect("an address");
        demo.address = url.strip_prefix("http://").and_then(|address| address.parse().ok()).expect("an address");
        demo
    }

    fn document(&mut self) -> Value {
        let by = Instant::now() + PATIENCE;
        let mut text = String::new();
        loop {
            let line = self.said.recv_timeout(by.saturating_duration_since(Instant::now()));
            text.push_str(&line.expect("it says that it is ready"));
            if let Ok(document) = serde_json::from_str(&text) {
                return document;
            }
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        ask(self.address, "GET", path, &[], b"").await
    }

    pub async fn post(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        ask(self.address, "POST", path, headers, body.to_string().as_bytes()).await
    }

    pub async fn restore(&self) -> Answer {
        ask(self.address, "POST", RESTORE, &[], b"").await
    }

    /// How the clinics stand.
    pub async fn states(&self) -> States {
        let clinics = self.get("/api/v1/clinics").await.body;
        let word = |clinic: &Value, name: &str| clinic[name].as_str().expect("a word").to_owned();
        let since = |clinic: &Value| clinic["state_since_ms"].as_i64().expect("a time");
        let all = clinics.as_array().expect("clinics").iter();
        all.map(|clinic| (word(clinic, "id"), (word(clinic, "state"), since(clinic)))).collect()
    }

    /// The first free place of a clinic in the next three weeks, and the kind it is for.
    pub async fn free(&self, clinic: &str) -> (String, String) {
        let view = self.get(&format!("/api/v1/clinics/{clinic}")).await.body;
        let kind = view["kinds"][0]["id"].as_str().expect("a kind").to_owned();
        let told = self.get(&format!("/api/v1/clinics/{clinic}/availability?kind={kind}")).await.body;
        let slots = told["days"].as_array().expect("days").iter().flat_map(|day| day["slots"].as_array());
        let free = slots.flatten().find(|slot| slot["state"] == "free").expect("a free place");
        (free["slot"].as_str().expect("a name").to_owned(), kind)
    }

    /// How a place stands.
    pub async fn slot(&self, clinic: &str, slot: &str, kind: &str) -> Answer {
        self.get(&format!("/api/v1/clinics/{clinic}/slots/{slot}?kind={kind}")).await
    }

    /// Wishes for a place; the booking's id.
    pub async fn book(&self, clinic: &str, slot: &str, kind: &str, contact: &str) -> String {
        let wish = json!({ "clinic": clinic, "slot": slot, "kind": kind, "language": "en", "contact": contact });
        let headers = [("Idempotency-Key", contact), ("Booking-Secret", SECRET)];
        let answer = self.post("/api/v1/bookings", &headers, &wish).await;
        assert_eq!(answer.status, 201, "{:?}", answer.body);
        answer.body["id"].as_str().expect("an id").to_owned()
    }

    pub async fn booking(&self, id: &str) -> Answer {
        ask(self.address, "GET", &format!("/api/v1/bookings/{id}"), &[("Booking-Secret", SECRET)], b"").await
    }

    /// The processes it has started and that are still there.
    pub fn children(&self) -> Vec<Pid> {
        children(self.child.id())
    }

    /// As a power cut would. The processes it had.
    pub fn kill(mut self) -> Vec<Pid> {
        let children = self.children();
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
        children
    }

    /// As Ctrl+C at a terminal does.
    pub fn stop(mut self) -> ExitStatus {
        kill_process(pid(self.child.id()), Signal::TERM).expect("it can be told");
        self.child.wait().expect("it ends")
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Ended already where a story went well.
        if matches!(self.child.try_wait(), Ok(None)) {
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}

/// Central as it is run for real.
pub struct Serving {
    child: Child,
    address: SocketAddr,
}

impl Serving {
    /// Starts it on this folder and waits until it says that it is ready.
    pub fn start(folder: &Path) -> Self {
        let mut command = program();
        command.args(["serve", "--listen", "127.0.0.1:0", "--mqtt-listen", "127.0.0.1:0", "--data"]).arg(folder);
        let mut child = command.stderr(Stdio::piped()).spawn().expect("it starts");
        let log = BufReader::new(child.stderr.take().expect("its log can be read"));
        let mut serving = Self { child, address: SocketAddr::from(([0; 4], 0)) };
        let (says, said) = channel();
        std::thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                let line: Value = serde_json::from_str(&line).unwrap_or_default();
                let fields = &line["fields"];
                if fields["message"] == "ready" && says.send(fields["address"].clone()).is_err() {
                    return;
                }
            }
        });
        let address = said.recv_timeout(PATIENCE).expect("it says that it is ready");
        serving.address = address.as_str().and_then(|address| address.parse().ok()).expect("an address");
        serving
    }

    pub async fn restore(&self) -> Answer {
        ask(self.address, "POST", RESTORE, &[], b"").await
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

const RESTORE: &str = "/api/v1/demo/restore";

/// A port that is free now.
pub fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port")
}

/// 32 bytes, as a booking's maker draws them.
const SECRET: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";

/// Asks again and again until something is so.
pub async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let by = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < by, "not in time: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// What lies in a folder, as text.
pub fn texts(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path());
    files.filter(|path| path.is_file()).map(|path| fs::read_to_string(path).expect("text")).collect()
}

/// Whether a process runs.
pub fn runs(process: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"));
    // Ended, though nobody has asked how: as good as gone.
    stat.is_ok_and(|stat| !matches!(fields(&stat).0, "Z" | "X"))
}

fn children(of: u32) -> Vec<Pid> {
    let all = fs::read_dir("/proc").expect("processes").map(|entry| entry.expect("an entry").file_name());
    let numbers = all.filter_map(|name| name.to_str()?.parse::<u32>().ok());
    let own = |number: &u32| {
        let stat = fs::read_to_string(format!("/proc/{number}/stat"));
        stat.is_ok_and(|stat| fields(&stat).1 == of.to_string())
    };
    numbers.filter(own).map(pid).filter(|process| runs(*process)).collect()
}

/// State and parent: what follows the name, which may hold anything.
fn fields(stat: &str) -> (&str, &str) {
    let mut fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    (fields.next().unwrap_or_default(), fields.next().unwrap_or_default())
}

fn pid(number: u32) -> Pid {
    Pid::from_raw(i32::try_from(number).expect("a process")).expect("a process")
}
