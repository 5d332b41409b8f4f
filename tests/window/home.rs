//! A clinic on disk, with everything else the application and WebKit write.

use std::path::{Path, PathBuf};

use chairside_clinic::clock::Clock;
use chairside_clinic::desk::{Desk, DeskOptions};

use super::NOW_S;
use super::wall_clock::WallClock;

/// Folders that end with the test.
pub struct Home {
    folder: tempfile::TempDir,
    /// When its desk's clock starts; `None`: it is the machine's.
    pub now_s: Option<i64>,
    /// What its desk goes by instead of the machine's wall clock, if it does.
    pub wall_clock: Option<WallClock>,
    /// The desktop session's bus; `None`: there is none.
    pub bus: Option<String>,
}

impl Home {
    /// One with a demo clinic in it, on the day of every test.
    pub async fn with_demo() -> Self {
        Self::found(Some(NOW_S)).await
    }

    /// One with a demo clinic by the machine's own clock: others than the desk have clocks too.
    pub async fn of_today() -> Self {
        Self::found(None).await
    }

    async fn found(now_s: Option<i64>) -> Self {
        let home =
            Self { folder: tempfile::tempdir().expect("a folder for the test"), now_s, wall_clock: None, bus: None };
        std::fs::write(home.key_file(), "5a".repeat(32)).expect("the key is written");
        let options = DeskOptions {
            folder: home.data(),
            key_file: home.key_file(),
            acting: None,
            clock: now_s.map_or_else(Clock::system, |now_s| Clock::showing(move || now_s * 1000)),
        };
        Desk::found_demo(options).await.expect("a demo clinic").close().await;
        home
    }

    /// Sets its desk's clock so many seconds ahead of the machine's from its next start on; 0: right.
    pub fn ahead(&mut self, by_s: i64) {
        self.now_s = (by_s != 0).then(|| Clock::system().now().0 + by_s);
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn data(&self) -> PathBuf {
        self.folder().join("clinic")
    }

    pub fn key_file(&self) -> PathBuf {
        self.folder().join("clinic.key")
    }
}
