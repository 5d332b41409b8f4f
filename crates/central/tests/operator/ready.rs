//! Ready for patients, or not and why: on a disk of the test's own, in a
//! namespace that ends with it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::program::{Place, Served};

/// Names the mount point to the test that runs in the namespace.
const DISK: &str = "CENTRAL_TEST_DISK";

/// The ways to a place where mounting is allowed, the least powerful first.
const NAMESPACES: [&[&str]; 2] = [&["--user", "--map-root-user", "--mount"], &["--mount"]];

/// Runs `test` again where it may mount; `None` to whoever already is there.
fn on_a_disk_of_its_own(test: &str) -> Option<PathBuf> {
    if let Some(disk) = std::env::var_os(DISK) {
        return Some(disk.into());
    }
    let works = |flags: &&&[&str]| {
        let mut probe = Command::new("unshare");
        probe.args(flags.iter()).args(["mount", "-t", "tmpfs", "tmpfs", "/mnt"]);
        probe.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    let flags = NAMESPACES.iter().find(works).expect("unshare and mount, as root or in a user namespace");
    let disk = tempfile::tempdir().expect("a mount point");
    let again = Command::new("unshare")
        .args(*flags)
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(DISK, disk.path())
        .status();
    assert!(again.expect("unshare runs").success(), "{test} failed on its own disk");
    None
}

fn mount(disk: &Path, how: &str) {
    let status = Command::new("mount").args(["-t", "tmpfs", "-o", how, "tmpfs"]).arg(disk).status();
    assert!(status.expect("mount runs").success());
}

/// Fills the disk to the last byte.
fn fill(disk: &Path) -> PathBuf {
    use std::io::Write;
    let path = disk.join("ballast");
    let mut file = std::fs::File::create(&path).expect("a file");
    while file.write_all(&[0; 4_096]).is_ok() {}
    path
}

fn wait_until_ready(served: &Served) {
    served.wait_until(|| served.get("/readyz").0 == 200);
}

#[test]
fn a_full_disk_makes_it_unready_until_there_is_room_and_leaves_no_half_backup() {
    let test = "ready::a_full_disk_makes_it_unready_until_there_is_room_and_leaves_no_half_backup";
    let Some(disk) = on_a_disk_of_its_own(test) else { return };
    mount(&disk, "size=12m");
    let (place, data) = (Place::new(), disk.join("data"));
    let served = place.serve_on(&data, &[]);
    wait_until_ready(&served);
    let ballast = fill(&disk);
    served.wait_until(|| served.get("/readyz").0 == 503);
    let (_, said) = served.get("/readyz");
    assert!(said.contains("\"disk_full\""), "{said}");
    assert_eq!(served.get("/healthz").0, 200, "it lives");
    let to = disk.join("backup");
    let args = ["backup", "--json", "--to", to.to_str().expect("a path")];
    assert_eq!(place.run_on(&data, &args).refused(), "disk_full");
    let names = std::fs::read_dir(&disk).expect("read").map(|entry| entry.expect("read").file_name());
    let mut names: Vec<_> = names.collect();
    names.sort();
    assert_eq!(names, ["ballast", "data"], "nothing half made is left");
    std::fs::remove_file(ballast).expect("removed");
    wait_until_ready(&served);
    place.run_on(&data, &args).json();
    served.stop();
}

#[test]
fn it_is_ready_only_once_the_broker_was_reached_and_stays_so() {
    let place = Place::new();
    // Nobody listens there.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let nowhere = format!("mqtt://{}", taken.local_addr().expect("an address"));
    drop(taken);
    let served = place.serve(&["--broker", &nowhere]);
    let (status, said) = served.get("/readyz");
    assert!(status == 503 && said.contains("\"broker_not_reached\""), "{said}");
    assert_eq!(served.get("/healthz").0, 200);
    served.stop();
    let served = place.serve(&[]);
    wait_until_ready(&served);
    served.stop();
}

#[test]
fn what_is_logged_of_a_request_bears_its_number_and_nothing_of_a_patient() {
    let place = Place::new();
    let mut served = place.serve(&[]);
    let secret = "5ec2e7".repeat(10);
    let headers = [("Booking-Secret", secret.as_str())];
    let path = "/api/v1/bookings/01900000-0000-7000-8000-000000000000";
    let (status, answer) = crate::program::ask(served.address, "DELETE", path, &headers);
    assert!((400..500).contains(&status), "{answer}");
    let number = answer.lines().find_map(|line| line.strip_prefix("x-request-id: ")).expect("a number").trim();
    let line = served.wait_for(number);
    assert!(line.contains("/api/v1/bookings/{id}") && line.contains(&status.to_string()), "{line}");
    assert!(!line.contains(&secret) && !line.contains("01900000-0000"), "{line}");
    served.stop();
}
