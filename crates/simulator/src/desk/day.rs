//! The visits of one day.

use std::borrow::Borrow;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use chairside_schedule::rules::Busy;
use chairside_sync::body::{AppointmentRow, Hash32, Id};
use chairside_sync::decide::busy_of;
use chairside_sync::digest::DayDigest;

/// A day, shared with the snapshots that hold it too.
pub type DayMap = Rc<DayRows>;

/// A visit as it is, shared by the days, snapshots and copies that hold it; one
/// that changes is another.
#[derive(Clone, Debug)]
pub struct Row(Rc<Held>);

#[derive(Debug)]
struct Held {
    row: AppointmentRow,
    /// What it is digested as, once it was.
    bytes: OnceCell<Vec<u8>>,
}

impl From<AppointmentRow> for Row {
    fn from(row: AppointmentRow) -> Self {
        Self(Rc::new(Held { row, bytes: OnceCell::new() }))
    }
}

impl Deref for Row {
    type Target = AppointmentRow;

    fn deref(&self) -> &AppointmentRow {
        &self.0.row
    }
}

impl Borrow<AppointmentRow> for Row {
    fn borrow(&self) -> &AppointmentRow {
        self
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0) || self.0.row == other.0.row
    }
}

impl Eq for Row {}

/// Visits by id, and what follows from them, while nobody touched them since it
/// was worked out: days are looked at far more often than they change.
#[derive(Clone, Debug, Default)]
pub struct DayRows {
    rows: BTreeMap<Id, Row>,
    digest: OnceCell<Hash32>,
    busy: OnceCell<Vec<Busy>>,
}

impl DayRows {
    /// Who is taken when, by the visits that occupy.
    pub fn busy(&self) -> &[Busy] {
        self.busy.get_or_init(|| self.values().filter_map(|row| busy_of(row)).collect())
    }

    /// Puts a visit there, whatever was there of it.
    pub fn put(day: &mut DayMap, row: Row) {
        if day.get(&row.id) != Some(&row) {
            Rc::make_mut(day).insert(row.id, row);
        }
    }

    /// The digest of the rows.
    pub fn digest(&self) -> Hash32 {
        *self.digest.get_or_init(|| {
            let mut digest = DayDigest::new();
            self.values().for_each(|row| digest.appointment_bytes(row.0.bytes.get_or_init(|| row.to_bytes())));
            digest.finish()
        })
    }
}

impl PartialEq for DayRows {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows
    }
}

impl Eq for DayRows {}

impl Deref for DayRows {
    type Target = BTreeMap<Id, Row>;

    fn deref(&self) -> &Self::Target {
        &self.rows
    }
}

impl DerefMut for DayRows {
    /// Whoever asks for this is about to change a row.
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.digest.take();
        self.busy.take();
        &mut self.rows
    }
}
