//! The data centre: the real central service, its broker, and the folder that
//! its mails land in. Away from loopback everything is said over TLS.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::Pid;
use serde_json::Value;

use super::asleep::Asleep;
use super::central::{done, plain, program};
use super::eventually;
use super::towns::{CENTRAL, Towns};
use super::wall_clock::WallClock;

/// Where the broker listens, whichever it is.
const MQTT: u16 = 8883;

/// Which broker.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The one inside central.
    Embedded,
    /// A process of its own, from the files that central writes for it.
    Mosquitto,
}

/// Central and its broker.
pub struct Centre {
    towns: Towns,
    folder: tempfile::TempDir,
    kind: Kind,
    wall_clock: Option<WallClock>,
    central: Option<Child>,
    mosquitto: Option<Child>,
}

impl Centre {
    /// At work, by the machine's clock where no other is given.
    pub async fn begin(towns: Towns, kind: Kind, wall_clock: Option<WallClock>) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let mut centre = Self { towns, folder, kind, wall_clock, central: None, mosquitto: None };
        if kind == Kind::Mosquitto {
            let mut files = centre.operator();
            files.args(["broker-files", "--host", CENTRAL, "--port", &MQTT.to_string()]);
            done(files.arg("--out").arg(centre.broker_files()).arg("--data").arg(centre.data()));
            centre.start_broker().await;
        }
        centre.serve().await;
        centre
    }

    /// The line that leads here.
    pub const fn towns(&self) -> &Towns {
        &self.towns
    }

    /// Central's own folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A place for what a story keeps aside.
    pub fn aside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The folder that mails land in.
    pub fn mails(&self) -> PathBuf {
        self.folder.path().join("mails")
    }

    /// The certificate of central's authority, which patients' browsers trust here.
    pub fn authority(&self) -> PathBuf {
        self.data().join("authority.pem")
    }

    fn broker_files(&self) -> PathBuf {
        self.folder.path().join("broker")
    }

    /// Starts central, and waits until it is ready.
    pub async fn serve(&mut self) {
        let mut serve = self.towns.in_centre(program("chairside-central"));
        clean(&mut serve).args(["serve", "--listen", "0.0.0.0:443", "--public-name", CENTRAL]);
        serve.arg("--data").arg(self.data()).arg("--mail-dir").arg(self.mails());
        // Whoever waits for something looks more often than patients may.
        serve.args(["--requests-per-minute", "1000000"]);
        match self.kind {
            Kind::Embedded => serve.args(["--mqtt-listen", &format!("0.0.0.0:{MQTT}")]),
            Kind::Mosquitto => {
                serve.args(["--broker", &format!("mqtts://{CENTRAL}:{MQTT}")]);
                serve.arg("--broker-files").arg(self.broker_files())
            }
        };
        if let Some(clock) = &self.wall_clock {
            clock.show(&mut serve);
        }
        self.central = Some(begun(&mut serve, &self.folder.path().join("central.log")));
        eventually("central is ready", async || super::patients::get(self, "/readyz")).await;
    }

    /// Ends central in an orderly way.
    pub fn stop(&mut self) {
        if let Some(mut central) = self.central.take() {
            super::end(&mut central);
        }
    }

    /// Stops central where it stands.
    pub fn hold_up(&self) -> Asleep {
        Asleep::of(vec![Pid::from_child(self.central.as_ref().expect("it runs"))])
    }

    /// Starts Mosquitto, and waits until it listens.
    pub async fn start_broker(&mut self) {
        let settings = self.broker_files().join("mosquitto.conf");
        let text = fs::read_to_string(&settings).expect("its settings");
        // As root it would become somebody who may not read these folders.
        if rustix::process::geteuid().is_root() && !text.starts_with("user") {
            fs::write(&settings, format!("user root\n{text}")).expect("written");
        }
        let mut mosquitto = self.towns.in_centre(mosquitto());
        mosquitto.arg("-c").arg(&settings);
        let log = self.folder.path().join("mosquitto.log");
        self.mosquitto = Some(begun(&mut mosquitto, &log));
        eventually("Mosquitto runs", async || fs::read_to_string(&log).ok()?.contains("running").then_some(())).await;
    }

    /// Ends Mosquitto as a power cut would. It keeps nothing on its disk.
    pub fn kill_broker(&mut self) {
        let mut mosquitto = self.mosquitto.take().expect("it runs");
        mosquitto.kill().expect("it can be killed");
        mosquitto.wait().expect("it ends");
    }

    /// Adds a clinic; the code for its desk.
    pub fn add_clinic(&self, name: &str) -> String {
        let facts = self.folder.path().join("facts.json");
        fs::write(&facts, "{}").expect("written");
        let mut add = self.operator();
        add.args(["--json", "clinic", "add", name, "--facts"]).arg(facts).arg("--data").arg(self.data());
        let added: Value = serde_json::from_slice(&done(&mut add)).expect("it answers in JSON");
        added["code"].as_str().expect("a code").to_owned()
    }

    /// Everything that central has, in one file.
    pub fn backup(&self, file: &Path) {
        done(self.operator().arg("backup").arg("--to").arg(file).arg("--data").arg(self.data()));
    }

    /// Loses central's disk, and puts a backup in its place. Central must not run.
    pub fn restore(&self, file: &Path) {
        fs::rename(self.data(), self.aside("lost")).expect("its folder can be moved away");
        done(self.operator().arg("restore").arg("--from").arg(file).arg("--data").arg(self.data()));
    }

    fn operator(&self) -> Command {
        plain(&program("chairside-central"))
    }
}

impl Drop for Centre {
    fn drop(&mut self) {
        for mut process in [self.central.take(), self.mosquitto.take()].into_iter().flatten() {
            super::end(&mut process);
        }
    }
}

/// Without what somebody set for a central of their own.
fn clean(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"CHAIRSIDE_") {
            command.env_remove(name);
        }
    }
    command
}

fn begun(command: &mut Command, log: &Path) -> Child {
    let log = fs::File::create(log).expect("a file for its log");
    let out = log.try_clone().expect("a file for its log");
    command.stdin(Stdio::null()).stdout(out).stderr(log).spawn().expect("it starts")
}

/// Debian keeps it where only root's PATH looks.
fn mosquitto() -> PathBuf {
    let places = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];
    let found = places.iter().map(|place| Path::new(place).join("mosquitto")).find(|file| file.exists());
    found.expect("mosquitto is missing: scripts/setup test installs it")
}
