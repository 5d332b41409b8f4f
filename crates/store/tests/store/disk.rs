//! Disks that are full, fill up, or can't be written to. Each is a small file
//! system of its own, in a namespace that ends with the test.

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use chairside_store::tx::Refusal;
use chairside_store::{Store, StoreError};

use crate::fixture::{Place, book, book_many, nth, patient, register};

/// Names the mount point to the test that runs in the namespace.
const DISK: &str = "CHAIRSIDE_TEST_DISK";

/// The ways to a place where mounting is allowed, the least powerful first.
const NAMESPACES: [&[&str]; 2] = [&["--user", "--map-root-user", "--mount"], &["--mount"]];

/// Where a test's own disk is mounted. The process ends with the test, so
/// every store on it must be closed before this is let go.
struct Disk(PathBuf);

impl Deref for Disk {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(chairside_store::wait_until_closed(Duration::from_secs(5)), "a store is still open");
        }
    }
}

/// Runs `test` again where it may mount; `None` to whoever already is there.
fn on_a_disk_of_its_own(test: &str) -> Option<Disk> {
    if let Some(disk) = std::env::var_os(DISK) {
        return Some(Disk(PathBuf::from(disk)));
    }
    let works = |flags: &&&[&str]| {
        let mut probe = Command::new("unshare");
        probe.args(flags.iter()).args(["mount", "-t", "tmpfs", "tmpfs", "/mnt"]);
        probe.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    let flags = NAMESPACES.iter().find(works).expect("unshare and mount, as root or in a user namespace");
    let disk = tempfile::tempdir().expect("a mount point");
    let status = Command::new("unshare")
        .args(*flags)
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(DISK, disk.path())
        .status()
        .expect("unshare runs");
    assert!(status.success(), "{test} failed on its own disk: {status}");
    None
}

fn mount(disk: &Path, options: &str) {
    let status = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(disk).status();
    assert!(status.expect("mount runs").success());
}

fn remount(disk: &Path, how: &str) {
    let status = Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(disk).status();
    assert!(status.expect("mount runs").success());
}

/// Fills the disk to the last byte; the file is named so that it can be removed.
fn fill(disk: &Path) -> PathBuf {
    use std::io::Write;
    let path = disk.join("ballast");
    let mut file = fs::File::create(&path).expect("a file");
    while file.write_all(&[0; 4096]).is_ok() {}
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_in_mid_burst_loses_nothing() {
    let Some(disk) = on_a_disk_of_its_own("disk::a_disk_that_fills_up_in_mid_burst_loses_nothing") else { return };
    mount(&disk, "size=3m");
    let place = Place::at(disk.join("clinic"));
    let store = place.found().await;
    register(&store, patient(0)).await;
    let mut acknowledged = Vec::new();
    let mut refused = 0;
    let mut number = 0;
    while refused < 20 {
        match book(&store, nth(number)).await {
            Ok(_) => acknowledged.push(number),
            Err(Refusal::Store(StoreError::DiskFull)) => refused += 1,
            Err(other) => panic!("{other:?} after {}", acknowledged.len()),
        }
        number += 1;
        assert!(number < 100_000, "the disk never fills up");
    }
    assert!(acknowledged.len() > 50, "only {} fitted", acknowledged.len());
    check(&store, &acknowledged, number).await;
    // More room, and it goes on without a restart.
    remount(&disk, "size=16m");
    book_many(&store, number, 20).await;
    acknowledged.extend(number..number + 20);
    check(&store, &acknowledged, number + 20).await;
    store.close().await;
    check(&place.open().await, &acknowledged, number + 20).await;
}

/// Exactly the acknowledged visits are there.
async fn check(store: &Store, acknowledged: &[u128], upto: u128) {
    for number in 0..upto {
        let stands = store.appointment(nth(number).id).await.expect("reading goes on");
        assert_eq!(stands, acknowledged.contains(&number).then(|| nth(number)), "visit {number}");
    }
    let verified = store.verify().await.expect("verified");
    assert_eq!((verified.fault, verified.appointments), (None, acknowledged.len() as u64));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_half_made_is_left_on_a_full_disk() {
    let Some(disk) = on_a_disk_of_its_own("disk::nothing_half_made_is_left_on_a_full_disk") else { return };
    mount(&disk, "size=3m");
    let place = Place::at(disk.join("clinic"));
    let store = place.found().await;
    register(&store, patient(0)).await;
    book_many(&store, 0, 5).await;
    let tip = store.tip();
    let ballast = fill(&disk);
    let backup = disk.join("backup.db");
    let refused = store.backup(&backup).await;
    assert!(matches!(refused, Err(StoreError::DiskFull)), "{refused:?}");
    assert!(!backup.exists() && !disk.join("backup.db.half-made").exists());
    let second = Place::at(disk.join("second"));
    let refused = second.try_found().await;
    assert!(matches!(refused, Err(StoreError::DiskFull)), "{refused:?}");
    store.close().await;
    let store = place.open().await;
    assert_eq!(store.tip(), tip, "a full disk is still read from");
    assert_eq!(store.day(crate::fixture::day()).await.expect("a day").len(), 5);
    fs::remove_file(ballast).expect("room again");
    book_many(&store, 5, 5).await;
    second.found().await;
    store.backup(&backup).await.expect("a backup");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_cannot_be_written_to_says_so() {
    let Some(disk) = on_a_disk_of_its_own("disk::a_disk_that_cannot_be_written_to_says_so") else { return };
    mount(&disk, "size=8m");
    let place = Place::at(disk.join("clinic"));
    let store = place.found().await;
    let tip = store.tip();
    store.close().await;
    remount(&disk, "ro");
    for refused in [place.open_as(2).await, place.try_found().await, Place::at(disk.join("other")).try_found().await] {
        assert!(matches!(refused, Err(StoreError::ReadOnly)), "{refused:?}");
    }
    remount(&disk, "rw");
    assert_eq!(place.open().await.tip(), tip);
}
