//! Brokers on a free port of this machine, killed and started again.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chairside_mqtt::Address;
use chairside_mqtt::access::{Access, CENTRAL, Client, PasswordDigest, Proof};
use chairside_mqtt::broker::{Broker, BrokerSettings};
use chairside_mqtt::topics::Peer;
use tempfile::TempDir;

const DEADLINE: Duration = Duration::from_secs(30);

/// Which broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Embedded,
    Mosquitto,
}

enum Running {
    Embedded(Broker),
    Mosquitto(Child),
    Dead,
}

/// What a broker that was killed finds when it comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    Kept,
    Lost,
}

/// A broker that lets central and some desks in.
pub struct ABroker {
    kind: Kind,
    port: u16,
    access: Access,
    folder: TempDir,
    running: Running,
}

/// The password of a client, by its name.
pub fn password(name: &str) -> String {
    format!("{name}-has-a-password-of-its-own")
}

impl ABroker {
    pub async fn start(kind: Kind, desks: &[Peer]) -> Self {
        Self::start_with(kind, desks, free_port(), "").await
    }

    /// The same on this port, with more lines for Mosquitto's settings.
    pub async fn start_with(kind: Kind, desks: &[Peer], port: u16, settings: &str) -> Self {
        let proof = |name: &str| Proof::Password(PasswordDigest::of(password(name).as_bytes()));
        let mut access = Access::new().with(Client::central(proof(CENTRAL)));
        for desk in desks {
            access.add(Client::desk(desk, proof(&desk.user_name())));
        }
        let folder = tempfile::tempdir().expect("a folder");
        let mut broker = Self { kind, port, access, folder, running: Running::Dead };
        if kind == Kind::Mosquitto {
            broker.prepare_mosquitto(settings);
        }
        broker.start_again(Memory::Kept).await;
        broker
    }

    /// The process it is, where it is one.
    pub fn id(&self) -> Option<u32> {
        match &self.running {
            Running::Mosquitto(child) => Some(child.id()),
            Running::Embedded(_) | Running::Dead => None,
        }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn address(&self) -> Address {
        Address::parse(&format!("mqtt://127.0.0.1:{}", self.port)).expect("an address")
    }

    /// Ends it without a word, as a crash would.
    pub fn kill(&mut self) {
        match std::mem::replace(&mut self.running, Running::Dead) {
            Running::Embedded(broker) => drop(broker),
            Running::Mosquitto(mut child) => {
                child.kill().expect("it can be killed");
                child.wait().expect("it ends");
            }
            Running::Dead => {}
        }
    }

    /// Starts it again. What the one inside the process kept died with it.
    pub async fn start_again(&mut self, memory: Memory) {
        let database = self.folder.path().join("mosquitto.db");
        if memory == Memory::Lost && database.exists() {
            fs::remove_file(database).expect("what it kept can be removed");
        }
        let by = Instant::now() + DEADLINE;
        let listen = SocketAddr::from(([127, 0, 0, 1], self.port));
        self.running = match self.kind {
            Kind::Embedded => loop {
                match Broker::start(BrokerSettings::new(listen, self.access.clone())).await {
                    Ok(broker) => break Running::Embedded(broker),
                    // The one before lets go of its port when its task has ended.
                    Err(error) => assert!(Instant::now() < by, "{error}"),
                }
                tokio::task::yield_now().await;
            },
            Kind::Mosquitto => {
                let log = fs::File::create(self.folder.path().join("log")).expect("a log");
                let mut child = Command::new(mosquitto("mosquitto"))
                    .arg("-c")
                    .arg(self.folder.path().join("mosquitto.conf"))
                    .stdout(log.try_clone().expect("a log"))
                    .stderr(log)
                    .spawn()
                    .expect("mosquitto starts");
                while TcpStream::connect(listen).is_err() {
                    let ended = child.try_wait().expect("it can be asked");
                    assert!(ended.is_none() && Instant::now() < by, "mosquitto does not listen");
                    tokio::task::yield_now().await;
                }
                Running::Mosquitto(child)
            }
        };
    }

    fn prepare_mosquitto(&self, settings: &str) {
        let here = self.folder.path().to_str().expect("a path of plain text");
        let names = self.access.clients().map(|client| client.name().to_owned());
        let passwords: String = names.map(|name| format!("{name}:{}\n", password(&name))).collect();
        self.write("passwords", &passwords);
        self.write("acl", &self.access.mosquitto_acl());
        let hashed = Command::new(mosquitto("mosquitto_passwd"))
            .args(["-U", &format!("{here}/passwords")])
            .stderr(Stdio::null())
            .status();
        assert!(hashed.expect("mosquitto_passwd runs").success());
        let as_root = if rustix::process::geteuid().is_root() { "user root\n" } else { "" };
        let settings = format!(
            "{as_root}listener {} 127.0.0.1\nallow_anonymous false\npassword_file {here}/passwords\n\
             acl_file {here}/acl\nset_tcp_nodelay true\npersistence true\npersistence_location {here}/\n\
             autosave_interval 1\n{settings}\n",
            self.port
        );
        self.write("mosquitto.conf", &settings);
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.folder.path().join(name), content).expect("the folder can be written");
    }
}

impl Drop for ABroker {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port that nobody listens at just now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port()
}

/// Debian keeps it where only root's PATH looks.
fn mosquitto(program: &str) -> String {
    let places = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];
    let found = places.iter().map(|place| format!("{place}/{program}")).find(|file| Path::new(file).exists());
    found.unwrap_or_else(|| panic!("{program} is missing: scripts/setup test installs it"))
}
