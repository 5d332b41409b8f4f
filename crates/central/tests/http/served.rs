//! `chairside-central serve` as a process of its own.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// How long it may take to be ready, or to end.
const DEADLINE: Duration = Duration::from_secs(60);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// A running central; ended when it is dropped.
pub struct Served {
    child: Child,
    pub address: SocketAddr,
    said: Arc<Mutex<Vec<String>>>,
}

impl Served {
    /// Starts it over the store in `data`, on ports it finds free.
    pub async fn start<'a>(data: &Path, flags: impl IntoIterator<Item = (&'a str, &'a OsStr)>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chairside-central"));
        command.arg("serve").args(["--listen", "127.0.0.1:0", "--mqtt-listen", "127.0.0.1:0"]).arg("--data").arg(data);
        for (name, value) in flags {
            command.arg(name).arg(value);
        }
        let mut child = command.stderr(Stdio::piped()).spawn().expect("it starts");
        let said = Arc::new(Mutex::new(Vec::new()));
        let lines = BufReader::new(child.stderr.take().expect("its words can be read")).lines();
        let heard = Arc::clone(&said);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                heard.lock().expect("not torn").push(line);
            }
        });
        let mut served = Self { child, address: SocketAddr::from(([127, 0, 0, 1], 0)), said };
        let ready = served.until_said("ready").await;
        served.address = ready["fields"]["address"].as_str().and_then(|it| it.parse().ok()).expect("an address");
        served
    }

    /// Everything it said, line by line.
    pub fn said(&self) -> Vec<String> {
        self.said.lock().expect("not torn").clone()
    }

    /// Waits until it said something; told with what else.
    pub async fn until_said(&self, message: &str) -> Value {
        let by = Instant::now() + DEADLINE;
        loop {
            let lines = self.said();
            let read = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            if let Some(line) = read.into_iter().find(|line| line["fields"]["message"] == message) {
                return line;
            }
            assert!(Instant::now() < by, "it never said {message}: {lines:?}");
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Tells it to stop, and waits until it has.
    pub async fn stop(mut self) -> Vec<String> {
        let id = Pid::from_child(&self.child);
        kill_process(id, Signal::TERM).expect("it runs");
        let by = Instant::now() + DEADLINE;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("its child") {
                break status;
            }
            assert!(Instant::now() < by, "it didn't stop");
            tokio::time::sleep(PAUSE).await;
        };
        assert!(status.success(), "{status}: {:?}", self.said());
        self.said()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It has ended already where it was told to.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
