//! Desks with a new clinic each.

use std::path::{Path, PathBuf};
use std::time::Instant;

use chairside_clinic::clock::{Clock, fresh_id, random};
use chairside_clinic::desk::{Desk, DeskOptions};
use chairside_clinic::founding;
use chairside_clinic::link::{self, Link, LinkSettings, Secrets, State};
use chairside_clinic::problem::Problem;
use chairside_schedule::ClinicId;
use chairside_store::Key;
use chrono_tz::Europe::Stockholm;
use uuid::Uuid;

use crate::central::{Central, DEADLINE};

/// A desk.
pub struct ADesk {
    pub desk: Desk,
}

fn options(folder: &Path) -> DeskOptions {
    DeskOptions { folder: folder.join("store"), key_file: folder.join("key"), acting: None, clock: Clock::system() }
}

impl ADesk {
    /// A new clinic.
    pub async fn found(folder: &Path, name: &str) -> Self {
        let folder = folder.join(name);
        std::fs::create_dir(&folder).expect("a folder");
        Key::write_new(&folder.join("key"), random()).expect("a key");
        let clock = Clock::system();
        let clinic = founding::clinic(name, Stockholm, &mut || fresh_id(clock.now_ms()));
        let desk = Desk::found(options(&folder), clinic).await.expect("founded");
        Self { desk }
    }

    pub fn clinic(&self) -> ClinicId {
        self.desk.store().clinic().id
    }

    pub fn device(&self) -> Uuid {
        self.desk.store().node().0
    }

    pub async fn pair(&self, central: &Central, code: &str) -> Result<Secrets, Problem> {
        self.desk.pair(&central.url(), code).await
    }

    /// What pairing left behind.
    pub fn secrets_file(&self) -> PathBuf {
        self.desk.store().folder().join(Secrets::FILE)
    }

    /// Nothing was left behind, not even a part.
    pub fn assert_unpaired(&self) {
        assert!(!self.desk.is_paired());
        for entry in std::fs::read_dir(self.desk.store().folder()).expect("the folder") {
            let name = entry.expect("an entry").file_name();
            assert!(!name.to_string_lossy().starts_with("central"), "{name:?} was left");
        }
    }

    /// Opens the line that pairing made possible.
    pub async fn open(&self, secrets: Secrets) -> Link {
        let address = secrets.address(None).expect("an address");
        let settings = LinkSettings { address, secrets, ask_staff: false, days_ahead: link::DAYS_AHEAD };
        link::open(&self.desk, settings).await.expect("a link")
    }
}

/// Waits until a link stands so.
pub async fn until(link: &Link, state: State) {
    let by = Instant::now() + DEADLINE;
    let mut status = link.status();
    while status.borrow_and_update().state != state {
        let left = by.saturating_duration_since(Instant::now());
        let changed = tokio::time::timeout(left, status.changed()).await;
        changed.unwrap_or_else(|_| panic!("not {state:?} in time: {:?}", *status.borrow())).expect("it runs");
    }
}
