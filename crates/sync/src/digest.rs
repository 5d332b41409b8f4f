//! Digests of rows: how two stores tell that they hold the same.
//!
//! Always computed from the rows themselves, never carried along with changes:
//! a digest that follows the writes would agree with them even where the rows
//! don't.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use crate::body::{AppointmentRow, BlockoutRow, Day, Hash32, SettingsRow, Window};

/// The rows of one clinic-local day, as mirrors may see them, by id.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
pub struct DayRows {
    /// Visits of every status, by id.
    #[n(0)]
    pub appointments: Vec<AppointmentRow>,
    /// Blockouts that stand, by id.
    #[n(1)]
    pub blockouts: Vec<BlockoutRow>,
}

impl DayRows {
    /// Whether nothing is on that day.
    pub fn is_empty(&self) -> bool {
        self.appointments.is_empty() && self.blockouts.is_empty()
    }
}

/// A digest over rows in a fixed order, each framed by its table and length.
#[derive(Debug)]
pub struct DayDigest {
    hasher: blake3::Hasher,
    bytes: Vec<u8>,
}

impl DayDigest {
    /// Of no rows yet.
    pub fn new() -> Self {
        Self { hasher: blake3::Hasher::new(), bytes: Vec::with_capacity(160) }
    }

    /// Takes the next visit; visits come first, in order of their ids.
    pub fn appointment(&mut self, row: &AppointmentRow) {
        self.row(1, row);
    }

    /// Takes the next blockout, in order of their ids.
    pub fn blockout(&mut self, row: &BlockoutRow) {
        self.row(2, row);
    }

    fn row<T: Encode<()>>(&mut self, table: u8, row: &T) {
        self.bytes.clear();
        let written = minicbor::encode(row, &mut self.bytes);
        debug_assert!(written.is_ok(), "writing to memory failed");
        self.hasher.update(&[table]);
        self.hasher.update(&(self.bytes.len() as u64).to_le_bytes());
        self.hasher.update(&self.bytes);
    }

    /// The digest of what was taken.
    pub fn finish(&self) -> Hash32 {
        Hash32::from(*self.hasher.finalize().as_bytes())
    }
}

impl Default for DayDigest {
    fn default() -> Self {
        Self::new()
    }
}

/// The digest of one day.
pub fn of_day(rows: &DayRows) -> Hash32 {
    let mut digest = DayDigest::new();
    rows.appointments.iter().for_each(|row| digest.appointment(row));
    rows.blockouts.iter().for_each(|row| digest.blockout(row));
    digest.finish()
}

/// The digest of the settings; all zeros where there are none yet.
pub fn of_settings(settings: Option<&SettingsRow>) -> Hash32 {
    let Some(settings) = settings else { return Hash32::from([0; 32]) };
    let mut bytes = Vec::new();
    let written = minicbor::encode(settings, &mut bytes);
    debug_assert!(written.is_ok(), "writing to memory failed");
    Hash32::from(*blake3::hash(&bytes).as_bytes())
}

/// What a store holds at a mark.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Digests {
    /// Of the settings.
    #[n(0)]
    pub settings: Hash32,
    /// Of every day of the window that has rows.
    #[n(1)]
    pub days: BTreeMap<Day, Hash32>,
}

impl Digests {
    /// The digest of everything, and of which window it is.
    pub fn root(&self, window: Window) -> Hash32 {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&window.from.to_le_bytes());
        hasher.update(&window.to.to_le_bytes());
        hasher.update(&*self.settings);
        for (day, digest) in &self.days {
            hasher.update(&day.to_le_bytes());
            hasher.update(&**digest);
        }
        Hash32::from(*hasher.finalize().as_bytes())
    }

    /// The days of the window on which the two differ.
    pub fn differing(&self, other: &Self, window: Window) -> Vec<Day> {
        window.days().filter(|day| self.days.get(day) != other.days.get(day)).collect()
    }
}
