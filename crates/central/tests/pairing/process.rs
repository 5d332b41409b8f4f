//! The program itself, as an operator runs it.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use chairside_central::Clock;
use chairside_central::authority::Authority;
use chairside_clinic::link::{Secrets, State};
use serde_json::Value;
use tempfile::tempdir;

use crate::central::DEADLINE;
use crate::desk::{ADesk, until};

fn program(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chairside-central"));
    command.arg("--data").arg(data);
    command
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port()
}

/// `serve`, killed with this.
struct Serving {
    child: Child,
    log: Receiver<String>,
}

impl Serving {
    /// Ready when it returns.
    fn start(data: &Path, http: u16, mqtt: u16) -> Self {
        Self::start_with(data, http, mqtt, &[])
    }

    /// The same, told more.
    fn start_with(data: &Path, http: u16, mqtt: u16, more: &[&Path]) -> Self {
        let mut command = program(data);
        command.args(["serve", "--https", "--listen", &format!("127.0.0.1:{http}")]);
        command.args(["--mqtt-listen", &format!("127.0.0.1:{mqtt}")]);
        command.args(more);
        let mut child = command.stderr(Stdio::piped()).spawn().expect("it starts");
        let stderr = child.stderr.take().expect("its log");
        let (say, log) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if say.send(line).is_err() {
                    return;
                }
            }
        });
        let serving = Self { child, log };
        serving.until("ready");
        serving
    }

    /// Waits until it logs this.
    fn until(&self, message: &str) {
        let by = Instant::now() + DEADLINE;
        loop {
            let left = by.saturating_duration_since(Instant::now());
            let line = self.log.recv_timeout(left).unwrap_or_else(|error| panic!("{message}: {error}"));
            let logged: Value = serde_json::from_str(&line).unwrap_or_default();
            if logged["fields"]["message"] == message {
                return;
            }
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }
}

fn run(command: &mut Command) -> Output {
    command.output().expect("it runs")
}

fn answer(command: &mut Command) -> Value {
    let output = run(command.arg("--json"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_adds_a_clinic_its_desk_pairs_and_stays_paired_over_a_kill() {
    let temp = tempdir().expect("a folder");
    let (data, facts) = (temp.path().join("central"), temp.path().join("facts.json"));
    std::fs::write(&facts, r#"{"city":"Göteborg"}"#).expect("written");
    let (http, mqtt) = (free_port(), free_port());
    let serving = Serving::start(&data, http, mqtt);
    let added = answer(program(&data).args(["clinic", "add", "Testhuset", "--facts"]).arg(&facts));
    let code = added["code"].as_str().expect("a code");
    let desk = ADesk::found(temp.path(), "Testhuset").await;
    let secrets = desk.desk.pair(&format!("https://127.0.0.1:{http}"), code).await.expect("paired");
    let link = desk.open(secrets).await;
    until(&link, State::Live).await;

    drop(serving);
    until(&link, State::Offline).await;
    let began = Instant::now();
    let serving = Serving::start(&data, http, mqtt);
    until(&link, State::Live).await;
    println!("killed and started again: live after {:?}", began.elapsed());

    let revoked = answer(program(&data).args(["device", "revoke", &desk.device().to_string()]));
    assert_eq!(revoked["answer"], "device_revoked");
    until(&link, State::Offline).await;
    let again = run(program(&data).args(["device", "revoke", &desk.device().to_string(), "--language", "sv"]));
    let said = String::from_utf8(again.stderr).expect("text");
    assert!(!again.status.success() && said.contains("Inget är ändrat"), "{said}");
    drop(serving);

    // With nobody serving, the same commands are done to the store at rest.
    let drawn = answer(program(&data).args(["clinic", "code", "Testhuset"]));
    let kept = Secrets::read(&desk.secrets_file()).expect("it is kept");
    let serving = Serving::start(&data, http, mqtt);
    let code = drawn["code"].as_str().expect("a code");
    let anew = desk.desk.pair(&format!("https://127.0.0.1:{http}"), code).await.expect("paired anew");
    assert!(anew.key != kept.key && anew.ca == kept.ca);
    link.close().await;
    desk.desk.close().await;
    drop(serving);
}

/// A certificate and its key, in files.
fn certificate_of(authority: &Authority, folder: &Path) -> [PathBuf; 2] {
    let names = ["127.0.0.1".to_owned()];
    let shown = authority.server(&names, Clock::system().now()).expect("a certificate");
    let files = [folder.join("certificate.pem"), folder.join("key.pem")];
    std::fs::write(&files[0], shown.certificates).expect("written");
    std::fs::write(&files[1], shown.key).expect("written");
    files
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operators_own_certificate_is_shown_and_believed_where_somebody_vouches_for_it() {
    let temp = tempdir().expect("a folder");
    let data = temp.path().join("central");
    std::fs::create_dir(&data).expect("a folder");
    let facts = temp.path().join("facts.json");
    std::fs::write(&facts, "{}").expect("written");
    let desk = ADesk::found(temp.path(), "Testhuset").await;
    let strangers = tempdir().expect("a folder");
    for (vouching, expected) in [(strangers.path(), Err("central-not-trusted")), (data.as_path(), Ok(()))] {
        let authority = Authority::open(vouching, Clock::system().now()).expect("an authority");
        let [certificate, key] = certificate_of(&authority, temp.path());
        let more = [Path::new("--tls-certificate"), &certificate, Path::new("--tls-key"), &key];
        let (http, mqtt) = (free_port(), free_port());
        let serving = Serving::start_with(&data, http, mqtt, &more);
        let mut command = program(&data);
        let code = match expected {
            Err(_) => answer(command.args(["clinic", "add", "Testhuset", "--facts"]).arg(&facts)),
            Ok(()) => answer(command.args(["clinic", "code", "Testhuset"])),
        };
        let code = code["code"].as_str().expect("a code");
        let paired = desk.desk.pair(&format!("https://127.0.0.1:{http}"), code).await;
        assert_eq!(paired.map(drop).map_err(|problem| problem.code), expected.map_err(str::to_owned));
        drop(serving);
    }
    desk.desk.close().await;
}

#[test]
fn nothing_is_served_in_plain_text_away_from_this_machine() {
    let temp = tempdir().expect("a folder");
    let data = temp.path().join("central");
    let serve = ["serve", "--listen", "192.0.2.1:1", "--https", "false"];
    let refused = run(program(&data).args(serve));
    let said = String::from_utf8(refused.stderr).expect("text");
    assert!(!refused.status.success() && said.contains("over TLS only"), "{said}");
    assert!(!data.exists(), "a store was made");
    // Over TLS it is tried, and fails at the address alone, which is no machine's.
    let elsewhere = run(program(&data).args(["serve", "--listen", "192.0.2.1:1", "--mqtt-listen", "127.0.0.1:0"]));
    let said = String::from_utf8(elsewhere.stderr).expect("text");
    assert!(!elsewhere.status.success() && said.contains("192.0.2.1:1") && !said.contains("over TLS only"), "{said}");
}
