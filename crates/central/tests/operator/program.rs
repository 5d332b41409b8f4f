//! The program in a folder of its own, run as a person runs it.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// No start, end or answer takes longer on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A folder for a store.
pub struct Place {
    folder: TempDir,
}

/// What a command came to.
pub struct Done {
    pub status: ExitStatus,
    pub out: String,
    pub err: String,
}

impl Done {
    /// What it answered as JSON.
    pub fn json(&self) -> Value {
        assert!(self.status.success(), "{}", self.err);
        serde_json::from_str(&self.out).expect("JSON")
    }

    /// The code of its refusal, which it gave as JSON.
    pub fn refused(&self) -> String {
        assert!(!self.status.success(), "{}", self.out);
        let last = self.err.lines().last().expect("it says why");
        let said: Value = serde_json::from_str(last).expect("JSON");
        said["refused"]["code"].as_str().expect("a code").to_owned()
    }
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Self { status: output.status, out: text(output.stdout), err: text(output.stderr) }
    }
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chairside-central"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CHAIRSIDE_")) {
        command.env_remove(name);
    }
    command.env("LC_ALL", "C");
    command
}

impl Place {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command on the store to its end.
    pub fn run(&self, args: &[&str]) -> Done {
        self.run_on(&self.data(), args)
    }

    /// Runs a command on another store.
    pub fn run_on(&self, data: &Path, args: &[&str]) -> Done {
        program().args(args).arg("--data").arg(data).output().expect("it runs").into()
    }

    /// Runs a command that names its own store, or none.
    pub fn run_with(&self, args: &[&str], variables: &[(&str, &str)]) -> Done {
        program().args(args).envs(variables.iter().copied()).output().expect("it runs").into()
    }

    /// Adds a clinic; told its id.
    pub fn add(&self, name: &str) -> String {
        let facts = self.path("facts.json");
        std::fs::write(&facts, r#"{"city":"Göteborg"}"#).expect("written");
        // With an id of its own it waits for no desk.
        let id = uuid::Uuid::from_u128(fastrand::u128(..)).to_string();
        let facts = facts.to_str().expect("a path");
        let done = self.run(&["clinic", "add", name, "--json", "--id", &id, "--facts", facts]);
        done.json()["clinic"].as_str().expect("an id").to_owned()
    }

    /// Starts the service and waits until it is ready.
    pub fn serve(&self, args: &[&str]) -> Served {
        self.serve_on(&self.data(), args)
    }

    /// Starts the service over another store.
    pub fn serve_on(&self, data: &Path, args: &[&str]) -> Served {
        let mut command = program();
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--mqtt-listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(args);
        let mut child =
            command.stdout(Stdio::null()).stderr(Stdio::piped()).stdin(Stdio::null()).spawn().expect("it starts");
        let (say, log) = channel();
        let lines = BufReader::new(child.stderr.take().expect("piped"));
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                // A test that is over reads no more.
                drop(say.send(line));
            }
        });
        let mut served = Served { child, log, lines: Vec::new(), address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        let ready = served.wait_for("\"ready\"");
        let said: Value = serde_json::from_str(&ready).expect("JSON");
        served.address = said["fields"]["address"].as_str().expect("an address").parse().expect("an address");
        served
    }
}

/// A running service; killed when a test leaves it.
pub struct Served {
    child: Child,
    log: Receiver<String>,
    pub lines: Vec<String>,
    pub address: SocketAddr,
}

impl Served {
    /// Waits for a line of its log that contains this.
    pub fn wait_for(&mut self, text: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let line = self.log.recv_timeout(left).unwrap_or_else(|_| panic!("{text} isn't in {:#?}", self.lines));
            self.lines.push(line.clone());
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Asks it over HTTP.
    pub fn get(&self, path: &str) -> (u16, String) {
        get(self.address, path, &[])
    }

    /// Waits until something is so.
    pub fn wait_until(&self, mut is_so: impl FnMut() -> bool) {
        let until = Instant::now() + PATIENCE;
        while !is_so() {
            assert!(Instant::now() < until, "it never was so; it said {:#?}", self.lines);
            std::thread::yield_now();
        }
    }

    /// Kills it where it stands.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Tells it to stop and waits until it has.
    pub fn stop(mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs");
        assert!(self.child.wait().expect("it ends").success());
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Nothing to do where it has ended.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A GET over a connection of its own: status, head and body as they came.
pub fn get(to: SocketAddr, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    ask(to, "GET", path, headers)
}

/// Asks without a body, over a connection of its own.
pub fn ask(to: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    use std::io::Write;
    let mut stream = std::net::TcpStream::connect(to).expect("it listens");
    let host = if headers.iter().any(|(name, _)| *name == "Host") { "" } else { "Host: localhost\r\n" };
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let rest = "Connection: close\r\nContent-Length: 0\r\n";
    write!(stream, "{method} {path} HTTP/1.1\r\n{host}{rest}{headers}\r\n").expect("it is heard");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, answer)
}
