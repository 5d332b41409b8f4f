//! Brokers as processes: started in a folder of their own on a free port,
//! stopped, gone on with, killed and started again by process id.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::yield_now;
use std::time::{Duration, Instant};

use chairside_mqtt::Address;
use chairside_mqtt::access::{Access, CENTRAL, Client, Proof};
use chairside_mqtt::topics::Peer;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::certificates::Certificates;

const DEADLINE: Duration = Duration::from_secs(30);

/// Which broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Embedded,
    Mosquitto,
}

/// What a broker that was killed finds when it comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    Kept,
    Lost,
}

pub struct BrokerProcess {
    kind: Kind,
    port: u16,
    folder: TempDir,
    child: Option<Child>,
    pub certificates: Option<Certificates>,
}

/// The password of a client, by its name.
pub fn password(name: &str) -> String {
    format!("{name}-has-a-password-of-its-own")
}

impl BrokerProcess {
    /// A broker for these desks of clinic `c` and for central, who log in with passwords.
    pub fn start(kind: Kind, desks: &[&str]) -> Self {
        Self::start_with(kind, desks, "")
    }

    /// The same, with more lines for Mosquitto's settings.
    pub fn start_with(kind: Kind, desks: &[&str], settings: &str) -> Self {
        Self::prepare(kind, desks, None, settings)
    }

    /// The same with TLS: everybody shows a certificate.
    pub fn start_tls(kind: Kind, desks: &[&str]) -> Self {
        Self::prepare(kind, desks, Some(Certificates::new()), "")
    }

    fn prepare(kind: Kind, desks: &[&str], certificates: Option<Certificates>, settings: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let tls = certificates.is_some();
        let names: Vec<String> = desks.iter().map(|desk| peer(desk).user_name()).chain([CENTRAL.to_owned()]).collect();
        let clients: String = names
            .iter()
            .map(|name| if tls { format!("{name}\n") } else { format!("{name} {}\n", password(name)) })
            .collect();
        write(folder.path(), "clients", &clients);
        if let Some(certificates) = &certificates {
            let broker = certificates.broker();
            write(folder.path(), "ca.pem", &certificates.ca());
            write(folder.path(), "broker.pem", &broker.certificates);
            write(folder.path(), "broker.key", &broker.key);
        }
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        if kind == Kind::Mosquitto {
            prepare_mosquitto(folder.path(), port, desks, tls, settings);
        }
        let mut process = Self { kind, port, folder, child: None, certificates };
        process.run();
        process
    }

    pub fn address(&self) -> Address {
        let scheme = if self.certificates.is_some() { "mqtts" } else { "mqtt" };
        Address::parse(&format!("{scheme}://localhost:{}", self.port)).expect("an address")
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Stops it in its tracks: its connections stay, and nothing moves on them.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// As a power cut would.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
    }

    pub fn start_again(&mut self, memory: Memory) {
        let database = self.folder.path().join("mosquitto.db");
        if memory == Memory::Lost && database.exists() {
            fs::remove_file(database).expect("what it kept can be removed");
        }
        self.run();
    }

    fn run(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        match self.kind {
            Kind::Embedded => {
                let mut child = Command::new(env!("CARGO_BIN_EXE_chairside-broker"))
                    .args([format!("127.0.0.1:{}", self.port).as_str(), path(self.folder.path())])
                    .stdout(Stdio::piped())
                    .spawn()
                    .expect("the broker starts");
                let mut said = String::new();
                let out = child.stdout.take().expect("its words can be read");
                self.child = Some(child);
                BufReader::new(out).read_line(&mut said).expect("it speaks");
                assert_eq!(said, "ready\n");
            }
            Kind::Mosquitto => {
                let log = fs::File::create(self.folder.path().join("log")).expect("a log");
                let child = Command::new(mosquitto("mosquitto"))
                    .args(["-c", path(&self.folder.path().join("mosquitto.conf"))])
                    .stdout(log.try_clone().expect("a log"))
                    .stderr(log)
                    .spawn()
                    .expect("mosquitto starts");
                self.child = Some(child);
                let by = Instant::now() + DEADLINE;
                while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
                    let ended = self.child.as_mut().expect("it runs").try_wait().expect("it can be asked");
                    assert!(ended.is_none() && Instant::now() < by, "mosquitto does not listen: {}", self.log());
                    yield_now();
                }
            }
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(self.child.as_ref().expect("it runs"));
        kill_process(pid, signal).expect("it takes a signal");
    }
}

impl Drop for BrokerProcess {
    fn drop(&mut self) {
        if self.child.is_some() {
            self.kill();
        }
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
    }
}

/// A desk of clinic `c`.
pub fn peer(device: &str) -> Peer {
    Peer::new("c", device).expect("plain ids")
}

fn prepare_mosquitto(folder: &Path, port: u16, desks: &[&str], tls: bool, settings: &str) {
    let mut access = Access::new().with(Client::central(Proof::Certificate));
    for desk in desks {
        access.add(Client::desk(&peer(desk), Proof::Certificate));
    }
    write(folder, "acl", &access.mosquitto_acl());
    let here = path(folder);
    let who = if tls {
        format!(
            "cafile {here}/ca.pem\ncertfile {here}/broker.pem\nkeyfile {here}/broker.key\n\
             require_certificate true\nuse_identity_as_username true\n"
        )
    } else {
        let clients = fs::read_to_string(folder.join("clients")).expect("just written");
        write(folder, "passwords", &clients.replace(' ', ":"));
        let hashed = Command::new(mosquitto("mosquitto_passwd")).args(["-U", &format!("{here}/passwords")]).status();
        assert!(hashed.expect("mosquitto_passwd runs").success());
        format!("password_file {here}/passwords\n")
    };
    let as_root = if rustix::process::geteuid().is_root() { "user root\n" } else { "" };
    let file = format!(
        "{as_root}listener {port} 127.0.0.1\nallow_anonymous false\n{who}acl_file {here}/acl\nset_tcp_nodelay true\n\
         persistence true\npersistence_location {here}/\nautosave_interval 1\n\
         log_type all\n{settings}\n"
    );
    write(folder, "mosquitto.conf", &file);
}

/// Debian keeps it where only root's PATH looks.
fn mosquitto(program: &str) -> String {
    let places = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];
    let found = places.iter().map(|place| format!("{place}/{program}")).find(|file| Path::new(file).exists());
    found.unwrap_or_else(|| panic!("{program} is missing: scripts/setup test installs it"))
}

fn write(folder: &Path, name: &str, content: &str) {
    fs::write(folder.join(name), content).expect("the folder can be written");
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a path of plain text")
}
