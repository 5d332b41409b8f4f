//! Two towns with a line between them that can be cut: the clinic, where the
//! test itself runs, and the data centre, each in a network namespace.
//!
//! A second way leads to the data centre, which patients take: they are online
//! whatever becomes of the clinic's line. Both end with the test.
//!
//! A cut line loses everything without a word, as a dead modem does: both ends
//! still have their interface, their address and their route, and send to a
//! station that isn't there. This needs nothing of the kernel but namespaces and
//! veth, neither `netem` nor a packet filter, of which a container has none.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::eventually;

/// What the data centre is called; the clinic's line leads to it.
pub const CENTRAL: &str = "central.example.org";

/// The data centre on the way that patients take.
pub const FOR_PATIENTS: &str = "10.77.2.1";

/// Names the file of its names to the test that runs in the namespace.
const HOSTS: &str = "CHAIRSIDE_TEST_HOSTS";

/// The ways to where networks may be made, the least powerful first.
const NAMESPACES: [&[&str]; 2] = [&["--user", "--map-root-user", "--net", "--mount"], &["--net", "--mount"]];

/// A pair of ends: what both are called, where they lead, and who answers there.
struct Wire {
    name: &'static str,
    clinic: End,
    centre: End,
}

struct End {
    address: &'static str,
    station: &'static str,
}

const LINE: Wire = Wire {
    name: "line",
    clinic: End { address: "10.77.1.2", station: "02:00:0a:4d:01:02" },
    centre: End { address: "10.77.1.1", station: "02:00:0a:4d:01:01" },
};

const PATIENTS: Wire = Wire {
    name: "patients",
    clinic: End { address: "10.77.2.2", station: "02:00:0a:4d:02:02" },
    centre: End { address: FOR_PATIENTS, station: "02:00:0a:4d:02:01" },
};

/// The clinic's other address on its line.
const MOVED_TO: &str = "10.77.1.3";

/// Nobody's: what is sent there is heard by nobody.
const NO_STATION: &str = "02:00:0a:4d:ff:ff";

/// The two towns.
pub struct Towns {
    /// Keeps the data centre's network for as long as it lives.
    centre: Child,
}

impl Towns {
    /// Runs `test` again in a network of its own; `None` to whoever has run it.
    pub async fn of(test: &str) -> Option<Self> {
        let Some(hosts) = std::env::var_os(HOSTS) else {
            run_elsewhere(test);
            return None;
        };
        run(Command::new("mount").arg("--bind").arg(hosts).arg("/etc/hosts"));
        run(Command::new("ip").args(["link", "set", "lo", "up"]));
        let mut holder = Command::new("unshare");
        holder.args(["--net", "sleep", "infinity"]).stdin(Stdio::null());
        let towns = Self { centre: holder.spawn().expect("unshare starts") };
        let network = |process: &str| fs::read_link(format!("/proc/{process}/ns/net")).ok();
        let centre = towns.centre.id().to_string();
        eventually("the data centre has a network", async || {
            let is_another = network(&centre)? != network("self")?;
            // Until then it is still `unshare`.
            let name = fs::read_to_string(format!("/proc/{centre}/comm")).ok()?;
            (is_another && name.trim() == "sleep").then_some(())
        })
        .await;
        run(towns.in_centre("ip").args(["link", "set", "lo", "up"]));
        for wire in [&LINE, &PATIENTS] {
            towns.lay(wire);
        }
        Some(towns)
    }

    /// A program that will run in the data centre.
    pub fn in_centre(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net=/proc/{}/ns/net", self.centre.id())).arg("--").arg(program.as_ref());
        command
    }

    /// Cuts the clinic's line. Nobody is told.
    pub fn cut(&self) {
        self.lead(&LINE, NO_STATION, NO_STATION);
    }

    /// Makes it whole again. Nobody is told of that either.
    pub fn heal(&self) {
        self.lead(&LINE, LINE.clinic.station, LINE.centre.station);
    }

    /// Has a stranger answer for whatever is called on the clinic's line, until it is let go.
    pub async fn portal(&self) -> Portal {
        run(Command::new("ip").args(["address", "add", &format!("{}/32", LINE.centre.address), "dev", "lo"]));
        let mut answering = Vec::new();
        for port in [443, 8883] {
            let listener = TcpListener::bind((LINE.centre.address, port)).await.expect("the stranger listens");
            answering.push(tokio::spawn(send_to_the_login_page(listener)));
        }
        Portal { answering }
    }

    /// Gives the clinic another address on its line, as another network does.
    pub fn move_clinic(&self) {
        // Who stays on the line with an address of the same net would lose it with the first.
        for (what, address) in [("delete", LINE.clinic.address), ("add", MOVED_TO)] {
            run(Command::new("ip").args(["address", what, &format!("{address}/24"), "dev", LINE.name]));
        }
        lead_to(&mut Command::new("ip"), &LINE, LINE.centre.address, LINE.centre.station);
        lead_to(&mut self.in_centre("ip"), &LINE, MOVED_TO, LINE.clinic.station);
    }

    fn lay(&self, wire: &Wire) {
        let Wire { name, clinic, centre } = wire;
        let there = self.centre.id().to_string();
        run(Command::new("ip")
            .args(["link", "add", "name", name, "address", clinic.station, "type", "veth", "peer"])
            .args(["name", name, "address", centre.station, "netns", &there]));
        for (mut ip, end) in [(Command::new("ip"), clinic), (self.in_centre("ip"), centre)] {
            run(ip.args(["address", "add", &format!("{}/24", end.address), "dev", name]));
        }
        run(Command::new("ip").args(["link", "set", name, "up"]));
        run(self.in_centre("ip").args(["link", "set", name, "up"]));
        self.lead(wire, clinic.station, centre.station);
    }

    /// Says at both ends which station answers at the other.
    fn lead(&self, wire: &Wire, to_clinic: &str, to_centre: &str) {
        lead_to(&mut Command::new("ip"), wire, wire.centre.address, to_centre);
        lead_to(&mut self.in_centre("ip"), wire, wire.clinic.address, to_clinic);
    }
}

/// Says at one end of a wire which station answers for an address.
fn lead_to(ip: &mut Command, wire: &Wire, address: &str, station: &str) {
    run(ip.args(["neighbour", "replace", address, "lladdr", station, "dev", wire.name, "nud", "permanent"]));
}

/// A stranger that answers for everybody. It goes when this is dropped.
pub struct Portal {
    answering: Vec<JoinHandle<()>>,
}

impl Drop for Portal {
    fn drop(&mut self) {
        self.answering.iter().for_each(JoinHandle::abort);
        run(Command::new("ip").args(["address", "delete", &format!("{}/32", LINE.centre.address), "dev", "lo"]));
    }
}

/// What a hotel's network says to whoever hasn't paid, whatever they said.
async fn send_to_the_login_page(listener: TcpListener) {
    while let Ok((mut caller, _)) = listener.accept().await {
        let page = b"HTTP/1.1 302 Found\r\nLocation: http://portal.example.org/\r\nConnection: close\r\n\r\n";
        if let Err(error) = caller.write_all(page).await {
            eprintln!("whoever called had gone: {error}");
        }
    }
}

impl Drop for Towns {
    fn drop(&mut self) {
        super::end(&mut self.centre);
    }
}

/// Runs this program's `test`, and nothing else of it, where networks may be made.
fn run_elsewhere(test: &str) {
    let works = |flags: &&&[&str]| {
        let mut probe = Command::new("unshare");
        probe.args(flags.iter()).args(["ip", "link", "add", "name", "one", "type", "veth", "peer", "name", "two"]);
        probe.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    let flags = NAMESPACES.iter().find(works).expect("unshare and ip, as root or in a user namespace");
    let folder = tempfile::tempdir().expect("a folder for the test");
    let hosts = folder.path().join("hosts");
    fs::write(&hosts, format!("127.0.0.1 localhost\n{} {CENTRAL}\n", LINE.centre.address)).expect("written");
    let status = Command::new("unshare")
        .args(*flags)
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(HOSTS, &hosts)
        .status()
        .expect("unshare runs");
    assert!(status.success(), "{test} failed between its towns: {status}");
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
