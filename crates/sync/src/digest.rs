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
    /// Rows that weren't hashed yet: many at once are hashed several times quicker.
    bytes: Vec<u8>,
    /// What [`AT_ONCE`] bytes at a time were hashed with; most days have fewer.
    hasher: Option<Box<blake3::Hasher>>,
}

/// Bytes that are hashed at once: as many of BLAKE3's chunks as it can work on
/// side by side.
const AT_ONCE: usize = 8 * 1024;

impl DayDigest {
    /// Of no rows yet.
    pub fn new() -> Self {
        Self { bytes: Vec::with_capacity(AT_ONCE), hasher: None }
    }

    /// Takes the next visit; visits come first, in order of their ids.
    pub fn appointment(&mut self, row: &AppointmentRow) {
        self.row(1, |bytes| encode(row, bytes));
    }

    /// The same of a visit whose [`AppointmentRow::to_bytes`] are known.
    pub fn appointment_bytes(&mut self, row: &[u8]) {
        self.row(1, |bytes| bytes.extend_from_slice(row));
    }

    /// Takes the next blockout, in order of their ids.
    pub fn blockout(&mut self, row: &BlockoutRow) {
        self.row(2, |bytes| encode(row, bytes));
    }

    fn row(&mut self, table: u8, write: impl FnOnce(&mut Vec<u8>)) {
        self.bytes.push(table);
        let length_at = self.bytes.len();
        self.bytes.extend([0; size_of::<u64>()]);
        let row_at = self.bytes.len();
        write(&mut self.bytes);
        let length = (self.bytes.len() - row_at) as u64;
        self.bytes[length_at..row_at].copy_from_slice(&length.to_le_bytes());
        while self.bytes.len() >= AT_ONCE {
            self.hasher.get_or_insert_default().update(&self.bytes[..AT_ONCE]);
            self.bytes.drain(..AT_ONCE);
        }
    }

    /// The digest of what was taken.
    pub fn finish(&self) -> Hash32 {
        let hash = match &self.hasher {
            None => blake3::hash(&self.bytes),
            Some(hasher) => hasher.clone().update(&self.bytes).finalize(),
        };
        Hash32::from(*hash.as_bytes())
    }
}

fn encode<T: Encode<()>>(row: &T, bytes: &mut Vec<u8>) {
    let written = minicbor::encode(row, bytes);
    debug_assert!(written.is_ok(), "writing to memory failed");
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
    /// The digest of a day of the window, whether it has rows or not.
    pub fn of_day(&self, day: Day) -> Hash32 {
        self.days.get(&day).copied().unwrap_or_else(|| of_day(&DayRows::default()))
    }

    /// The digest of everything, and of which window it is.
    pub fn root(&self, window: Window) -> Hash32 {
        let mut bytes = Vec::with_capacity(40 + 36 * self.days.len());
        bytes.extend(window.from.to_le_bytes());
        bytes.extend(window.to.to_le_bytes());
        bytes.extend_from_slice(&*self.settings);
        for (day, digest) in &self.days {
            bytes.extend(day.to_le_bytes());
            bytes.extend_from_slice(&**digest);
        }
        Hash32::from(*blake3::hash(&bytes).as_bytes())
    }

    /// The days of the window on which the two differ.
    pub fn differing(&self, other: &Self, window: Window) -> Vec<Day> {
        window.days().filter(|day| self.days.get(day) != other.days.get(day)).collect()
    }
}
