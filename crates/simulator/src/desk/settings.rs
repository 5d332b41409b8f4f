//! The clinic's settings as a disk holds them.

use std::cell::OnceCell;
use std::rc::Rc;

use chairside_sync::body::{Hash32, SettingsRow};
use chairside_sync::digest;

/// Settings as they are, shared by the snapshots and copies that hold them;
/// ones that change are others.
#[derive(Clone, Debug)]
pub struct Settings(Rc<Held>);

#[derive(Debug)]
struct Held {
    row: SettingsRow,
    /// Once it was worked out: a mark asks for it far more often than they change.
    digest: OnceCell<Hash32>,
}

impl From<SettingsRow> for Settings {
    fn from(row: SettingsRow) -> Self {
        Self(Rc::new(Held { row, digest: OnceCell::new() }))
    }
}

impl Settings {
    /// The row.
    pub fn row(&self) -> &SettingsRow {
        &self.0.row
    }

    /// The digest of settings, where there are any.
    pub fn digest_of(settings: Option<&Self>) -> Hash32 {
        let Some(Self(held)) = settings else { return digest::of_settings(None) };
        *held.digest.get_or_init(|| digest::of_settings(Some(&held.row)))
    }
}
