//! Mosquitto, run from the files that central writes for it.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command};
use std::time::Instant;

use chairside_central::Clock;
use chairside_central::operator::{Answer, Ask, asked};

use crate::central::{DEADLINE, How};

/// A process of our own, ended with this.
pub struct Mosquitto(Child);

impl Mosquitto {
    /// Has the files written, starts Mosquitto from them, and tells central of it.
    pub async fn beside(mut how: How, folder: &Path) -> (Self, How) {
        let files = folder.join("broker");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let ask = Ask::WriteBrokerFiles { folder: files.clone(), names: vec!["127.0.0.1".to_owned()], port };
        let data = how.given.data.clone().expect("a folder");
        let answer = asked(&data, ask, &Clock::system()).await.expect("written");
        assert_eq!(answer, Answer::BrokerFilesWritten { folder: files.clone() });
        // As root it would become somebody who may not read these folders.
        if rustix::process::geteuid().is_root() {
            let settings = files.join("mosquitto.conf");
            let text = std::fs::read_to_string(&settings).expect("settings");
            std::fs::write(&settings, format!("user root\n{text}")).expect("written");
        }
        let log = std::fs::File::create(folder.join("mosquitto.log")).expect("a log");
        let mut child = Command::new(program())
            .arg("-c")
            .arg(files.join("mosquitto.conf"))
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("mosquitto starts");
        let by = Instant::now() + DEADLINE;
        while TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).is_err() {
            let ended = child.try_wait().expect("it can be asked");
            let log = || std::fs::read_to_string(folder.join("mosquitto.log")).expect("a log");
            assert!(ended.is_none() && Instant::now() < by, "mosquitto does not listen: {}", log());
            tokio::task::yield_now().await;
        }
        how.given.broker = Some(format!("mqtts://127.0.0.1:{port}"));
        how.given.broker_files = Some(files);
        (Self(child), how)
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.0.kill().expect("it can be killed");
        self.0.wait().expect("it ends");
    }
}

/// Debian keeps it where only root's PATH looks.
fn program() -> String {
    let places = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];
    let found = places.iter().map(|place| format!("{place}/mosquitto")).find(|file| Path::new(file).exists());
    found.unwrap_or_else(|| panic!("mosquitto is missing: scripts/setup test installs it"))
}
