//! A part of the story as a process of its own, so that it can be killed: this
//! very test program, told by its environment what to be.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Flock, FlockOffsetType, FlockType, Pid, Signal, fcntl_getlk, kill_process};

use crate::central::DEADLINE;

/// Where SQLite locks the index of a write-ahead log while somebody writes.
const WRITE_LOCK: u64 = 120;

/// How often a process is stopped until it is found writing.
const STOPS: u32 = 2_000;

/// A process and what it has said, line by line.
pub struct Part {
    child: Child,
    commands: Option<ChildStdin>,
    said: Arc<Mutex<Vec<String>>>,
}

impl Part {
    /// Starts the test with this name, which finds these in its environment.
    pub fn start<'a>(test: &str, told: impl IntoIterator<Item = (&'a str, &'a OsStr)>) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", test, "--nocapture"])
            .envs(told)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let said = Arc::new(Mutex::new(Vec::new()));
        let out = BufReader::new(child.stdout.take().expect("its words can be read"));
        let heard = Arc::clone(&said);
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                heard.lock().expect("not torn").push(line);
            }
        });
        let commands = child.stdin.take();
        Self { child, commands, said }
    }

    /// What it said under this name, in order.
    pub fn said<T: FromStr>(&self, name: &str) -> Vec<T> {
        let said = self.said.lock().expect("not torn");
        let behind = said.iter().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        behind.filter_map(|words| words.parse().ok()).collect()
    }

    fn last_words(&self) -> Vec<String> {
        let said = self.said.lock().expect("not torn");
        said.iter().skip(said.len().saturating_sub(12)).cloned().collect()
    }

    /// Waits until it has said something of this form.
    pub async fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let by = Instant::now() + DEADLINE;
        while !is_so(self) {
            assert!(Instant::now() < by, "not in time: {what}; {:?}", self.last_words());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Gives it a command.
    pub fn tell(&mut self, command: &str) {
        writeln!(self.commands.as_mut().expect("it listens"), "{command}").expect("it listens");
    }

    /// Its id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Stops it in its tracks; with `writing` as often as it takes until it
    /// writes to this database, if it does so any time soon. True where it has
    /// a transaction open.
    pub fn freeze_writing(&self, database: &Path, writing: bool) -> bool {
        let mut index = database.as_os_str().to_owned();
        index.push("-shm");
        let index = File::options().read(true).write(true).open(index).expect("the log's index is there");
        let lock = Flock {
            start: WRITE_LOCK,
            length: 1,
            pid: None,
            typ: FlockType::WriteLock,
            offset_type: FlockOffsetType::Set,
        };
        for _ in 0..STOPS {
            self.signal(Signal::STOP);
            self.until_stopped();
            let found = fcntl_getlk(&index, &lock).expect("locks can be asked for").is_some();
            if found || !writing {
                return found;
            }
            self.thaw();
            std::thread::yield_now();
        }
        self.signal(Signal::STOP);
        false
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn until_stopped(&self) {
        let state = || {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).expect("it lives");
            stat.rsplit(')').next().and_then(|rest| rest.trim_start().chars().next()).expect("a state")
        };
        let by = Instant::now() + DEADLINE;
        while state() != 'T' {
            assert!(Instant::now() < by, "it doesn't stop");
            std::thread::yield_now();
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it takes a signal");
    }

    /// As a power cut would.
    pub fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }

    /// Closes it as people would.
    pub fn close(&mut self) {
        drop(self.commands.take());
        assert!(self.child.wait().expect("it ends").success());
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Ended already where a story went well.
        if matches!(self.child.try_wait(), Ok(None)) {
            drop(self.child.kill());
            drop(self.child.wait());
        }
        if std::thread::panicking() {
            eprintln!("{:?}", self.last_words());
        }
    }
}

/// What a process is told once it has started: a command a line, none any more
/// once it is to close.
pub fn commands() -> tokio::sync::mpsc::UnboundedReceiver<String> {
    let (commands, commanded) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if commands.send(line).is_err() {
                return;
            }
        }
    });
    commanded
}
