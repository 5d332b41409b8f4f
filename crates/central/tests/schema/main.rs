//! The document against the service: Schemathesis makes up calls from what
//! `/api/openapi.json` promises, right ones and wrong ones, and a real
//! `chairside-central serve` has to keep it. `scripts/schemathesis` runs this;
//! it needs the tool, which `scripts/setup test` installs.

#[path = "../http/client.rs"]
#[expect(dead_code, reason = "shared with the tests of HTTP")]
mod client;
#[path = "../http/scene.rs"]
#[expect(dead_code, reason = "shared with the tests of HTTP")]
mod scene;
#[path = "../http/served.rs"]
mod served;

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use chairside_central::Clock;
use chairside_central::http::partner::issue;
use chairside_schedule::ClinicId;
use serde_json::{Value, json};

use client::ask;
use scene::{CLINIC, KIND, WITH, found, secret};
use served::Served;

/// The same calls every time.
const SEED: &str = "4711";

/// Seconds each of both runs may take.
const SECONDS: &str = "30";

/// Settings of the tool. What is meant by the fields below is in its guide.
///
/// Schemas say how a word is written; whether there is such a clinic and
/// whether its place is free only the service knows, and says so with a code:
/// so a well-formed call may be refused. A malformed one may not be accepted.
const SETTINGS: &str = "\
[checks]
positive_data_acceptance.expected-statuses = [\"2xx\", \"400\", \"401\", \"403\", \"404\", \"409\", \"422\", \"429\"]
negative_data_rejection.expected-statuses = [\"400\", \"401\", \"403\", \"404\", \"405\", \"409\", \"413\", \"422\"]
missing_required_header.expected-statuses = [\"400\", \"401\"]

# A stream of events has no end to wait for.
[[operations]]
include-path = \"/api/v1/clinics/{id}/events\"
enabled = false
";

/// Runs the tool; `settings` are what it is told beside [`SETTINGS`].
fn run(folder: &Path, address: SocketAddr, name: &str, settings: &str) {
    let tool = std::env::var_os("CHAIRSIDE_SCHEMATHESIS").expect(
        "CHAIRSIDE_SCHEMATHESIS names the tool that `scripts/setup test` installs; scripts/schemathesis sets it",
    );
    let path = folder.join(format!("{name}.toml"));
    std::fs::write(&path, format!("{SETTINGS}{settings}")).expect("written");
    let mut command = Command::new(tool);
    command.arg("--config-file").arg(path).arg("run").arg(format!("http://{address}/api/openapi.json"));
    command.args(["--seed", SEED, "--max-time", SECONDS, "--workers", "1", "--checks", "all"]);
    // What is cancelled stays to be looked at.
    command.args(["--exclude-checks", "use_after_free"]);
    command.args(["--generation-database", "none", "--no-color", "--warnings", "off", "--output-truncate", "true"]);
    command.current_dir(folder).stdin(Stdio::null());
    let ran = command.output().expect("the tool starts");
    let said = String::from_utf8_lossy(&ran.stdout);
    println!("{said}\n{}", String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{name}: the document and the service differ, see above");
    assert!(said.contains("passed"), "{name}: something was called");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_keeps_what_its_document_says() {
    let (data, work) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let clock = Clock::system();
    let (storage, tomorrow) = found(data.path(), &clock).await;
    let partner = issue(&storage, ClinicId(CLINIC), clock.now()).await.expect("written").expect("a clinic");
    storage.close().await;
    let many = "100000000".as_ref();
    let flags = [("--requests-per-minute", many), ("--requests-at-once", many), ("--bookings-per-contact", many)];
    let served = Served::start(data.path(), flags).await;
    let slot = format!("{WITH}@{tomorrow}T09:00");
    let body = json!({ "clinic": CLINIC, "slot": slot, "kind": KIND, "language": "en",
        "contact": "somebody@example.org" });
    let own = secret(1);
    let headers = [("Booking-Secret", own.as_str()), ("Idempotency-Key", "one")];
    let booked = ask(served.address, "POST", "/api/v1/bookings", &headers, body.to_string().as_bytes()).await;
    assert_eq!(booked.status, 201, "{booked:?}");
    let booking = booked.body["id"].as_str().expect("an id").to_owned();

    let address = served.address;
    let folder = work.path().to_owned();
    let ran = tokio::task::spawn_blocking(move || {
        // Knowing nothing: whatever there is, is made up.
        run(&folder, address, "stranger", "");
        // Knowing a clinic, a place and a booking with its secret: calls get further.
        let known = [
            ("/api/v1/clinics/{id}", vec![("path.id", json!(CLINIC))]),
            ("/api/v1/clinics/{id}/status", vec![("path.id", json!(CLINIC))]),
            ("/api/v1/clinics/{id}/availability", vec![("path.id", json!(CLINIC))]),
            ("/api/v1/clinics/{id}/slots/{slot}", vec![("path.id", json!(CLINIC)), ("path.slot", json!(slot))]),
            (
                "/api/v1/clinics/{id}/bookings",
                vec![("path.id", json!(CLINIC)), ("header.Partner-Key", json!(partner.reveal()))],
            ),
            ("/api/v1/bookings/{id}", vec![("path.id", json!(booking)), ("header.Booking-Secret", json!(own))]),
            ("/api/v1/bookings/{id}/contact", vec![("path.id", json!(booking)), ("header.Booking-Secret", json!(own))]),
        ];
        run(
            &folder,
            address,
            "acquaintance",
            &known.iter().map(|(path, known)| operation(path, known)).collect::<String>(),
        );
    });
    ran.await.expect("no difference");
    let said = served.stop().await;
    let failed: Vec<_> = said.iter().filter(|line| line.contains("\"ERROR\"")).collect();
    assert!(failed.is_empty(), "{failed:?}");
}

/// What is known of an operation, as the tool's settings have it.
fn operation(path: &str, known: &[(&str, Value)]) -> String {
    let known: String = known.iter().map(|(name, value)| format!("\"{name}\" = {value}\n")).collect();
    format!("\n[[operations]]\ninclude-path = \"{path}\"\n[operations.parameters]\n{known}")
}
