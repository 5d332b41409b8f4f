//! A mail server of Debian's, `aiosmtpd`, as a process of its own that
//! misbehaves on request.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::Value;

/// What it does when a mail comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Manner {
    /// Takes it.
    Takes,
    /// Takes it, and lets so many seconds go by before it answers.
    Slow(u32),
    /// Refuses the first so many for now, then takes them.
    Later(u32),
    /// Refuses for good whoever's address begins like this.
    Refuses(&'static str),
    /// Has the first mail and dies before it says so; one that takes mails is
    /// started in its place.
    DiesOnce,
}

/// A running server; it ends when it is dropped.
pub struct Server {
    pub address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    listening: Option<JoinHandle<()>>,
}

struct Shared {
    child: Child,
    /// Nobody wants it any more.
    over: bool,
    /// Every mail that was kept, answered or not.
    mails: Vec<String>,
    /// How often one was offered.
    offered: u32,
}

impl Server {
    pub fn start(manner: Manner) -> Self {
        let (child, lines) = begin(0, manner);
        let shared = Arc::new(Mutex::new(Shared { child, over: false, mails: Vec::new(), offered: 0 }));
        let (told, port) = std::sync::mpsc::channel();
        let seen = Arc::clone(&shared);
        let listening = std::thread::spawn(move || {
            let (mut lines, mut port) = (lines, 0);
            loop {
                listen(lines, &seen, |it| {
                    port = it;
                    // Said again by the one that takes its place, when nobody listens any more.
                    let _unheard = told.send(it);
                });
                let mut shared = seen.lock().expect("nobody panics with it");
                if shared.over || manner != Manner::DiesOnce {
                    return;
                }
                shared.child.wait().expect("its child");
                (shared.child, lines) = begin(port, Manner::Takes);
            }
        });
        let port = port.recv().expect("it listens; scripts/setup brings aiosmtpd");
        Self { address: SocketAddr::from(([127, 0, 0, 1], port)), shared, listening: Some(listening) }
    }

    /// Every mail that was kept.
    pub fn mails(&self) -> Vec<String> {
        self.shared.lock().expect("nobody panics with it").mails.clone()
    }

    /// How often a mail was offered.
    pub fn offered(&self) -> u32 {
        self.shared.lock().expect("nobody panics with it").offered
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(mut shared) = self.shared.lock() {
            shared.over = true;
            // It may have ended by itself.
            drop(shared.child.kill());
            drop(shared.child.wait());
        }
        if let Some(listening) = self.listening.take() {
            drop(listening.join());
        }
    }
}

fn begin(port: u16, manner: Manner) -> (Child, BufReader<ChildStdout>) {
    let how: Vec<String> = match manner {
        Manner::Takes => vec!["takes".to_owned()],
        Manner::Slow(seconds) => vec!["slow".to_owned(), seconds.to_string()],
        Manner::Later(times) => vec!["later".to_owned(), times.to_string()],
        Manner::Refuses(whom) => vec!["refuses".to_owned(), whom.to_owned()],
        Manner::DiesOnce => vec!["dies".to_owned()],
    };
    // The system's Python, which has Debian's packages.
    let mut child = Command::new("/usr/bin/python3")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mails/server.py"))
        .arg(port.to_string())
        .args(how)
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let lines = BufReader::new(child.stdout.take().expect("its words can be read"));
    (child, lines)
}

/// Hears it until it has ended.
fn listen(lines: BufReader<ChildStdout>, seen: &Mutex<Shared>, mut listens: impl FnMut(u16)) {
    for line in lines.lines().map_while(Result::ok) {
        let said: Value = serde_json::from_str(&line).expect("a line of JSON");
        if let Some(port) = said["port"].as_u64() {
            listens(u16::try_from(port).expect("a port"));
        }
        let mut seen = seen.lock().expect("nobody panics with it");
        seen.offered += u32::from(said["offered"] == 1);
        seen.mails.extend(said["mail"].as_str().map(|mail| mail.replace("\r\n", "\n")));
    }
}
