//! A wall clock that several programs have in common and a test may set:
//! libfaketime adds what a file says to the machine's. Steady clocks run on as
//! they are.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

/// The clock, shared by its clones.
#[derive(Clone)]
pub struct WallClock(Arc<TempDir>);

impl WallClock {
    /// One that shows what the machine's does.
    pub fn right() -> Self {
        let clock = Self(Arc::new(tempfile::tempdir().expect("a folder for the test")));
        clock.set(Duration::ZERO);
        clock
    }

    /// Sets it so far ahead of the machine's, at once for all who have it.
    pub fn set(&self, ahead: Duration) {
        // Whole or not at all: somebody may be reading it.
        let new = self.0.path().join("new");
        let ahead_s = i64::try_from(ahead.as_secs()).expect("centuries fit") + own_s();
        fs::write(&new, format!("{ahead_s:+}\n")).and_then(|()| fs::rename(new, self.file())).expect("it is set");
    }

    /// Has a program, and what it starts, go by it.
    pub fn show(&self, command: &mut Command) {
        command.env("LD_PRELOAD", library()).env("FAKETIME_TIMESTAMP_FILE", self.file());
        command.env("FAKETIME_CACHE_DURATION", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("ahead")
    }
}

/// How far ahead of the machine's the clock is that the test itself goes by:
/// pictures are taken on a morning of their own. In seconds.
fn own_s() -> i64 {
    let Some(file) = std::env::var_os("FAKETIME_TIMESTAMP_FILE") else { return 0 };
    let said = fs::read_to_string(file).expect("whoever names a clock has one");
    said.trim().trim_end_matches('s').parse().expect("so many seconds ahead")
}

fn library() -> PathBuf {
    let places = fs::read_dir("/usr/lib").into_iter().flatten().filter_map(|place| Some(place.ok()?.path()));
    let found = places.map(|place| place.join("faketime/libfaketimeMT.so.1")).find(|file| file.exists());
    found.expect("libfaketime is missing: scripts/setup test installs it")
}
