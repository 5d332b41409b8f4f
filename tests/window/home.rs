//! A clinic on disk, with everything else the application and WebKit write.

use std::path::{Path, PathBuf};

use chairside_clinic::clock::Clock;
use chairside_clinic::desk::{Desk, DeskOptions};

use super::NOW_S;

/// Folders that end with the test.
pub struct Home(tempfile::TempDir);

impl Home {
    /// One with a demo clinic in it.
    pub async fn with_demo() -> Self {
        let home = Self(tempfile::tempdir().expect("a folder for the test"));
        std::fs::write(home.key_file(), "5a".repeat(32)).expect("the key is written");
        let options = DeskOptions {
            folder: home.data(),
            key_file: home.key_file(),
            acting: None,
            clock: Clock::showing(|| NOW_S * 1000),
        };
        Desk::found_demo(options).await.expect("a demo clinic").close().await;
        home
    }

    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    pub fn data(&self) -> PathBuf {
        self.folder().join("clinic")
    }

    pub fn key_file(&self) -> PathBuf {
        self.folder().join("clinic.key")
    }
}
