//! Putting a day in place as the hub had it at a mark.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use crate::body::{AppointmentRow, Day, Id};
use crate::merge_rows::same;
use crate::mutant::{self, Mutant};

/// A day after it was put in place.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Replaced {
    /// The visits that are on the day now, by id.
    pub rows: BTreeMap<Id, AppointmentRow>,
    /// Visits the entries after the mark have moved to other days.
    pub elsewhere: Vec<AppointmentRow>,
    /// Visits only the mirror had, or had in a later version: kept beside, and
    /// offered to the hub.
    pub orphans: Vec<AppointmentRow>,
}

/// Puts `day` in place: `sent` as of the mark, the visits of the entries
/// `after` the mark (in order) on top. `mine` is what the mirror has there.
pub fn replace<R: Borrow<AppointmentRow>>(
    day: Day,
    mine: &BTreeMap<Id, R>,
    sent: &[AppointmentRow],
    after: &[AppointmentRow],
) -> Replaced {
    let after = if mutant::on(Mutant::ForgetLaterEntries) { &[] } else { after };
    let mut last: BTreeMap<Id, &AppointmentRow> = BTreeMap::new();
    last.extend(after.iter().map(|row| (row.id, row)));
    let mut replaced = Replaced::default();
    replaced.rows.extend(sent.iter().map(|row| (row.id, row.clone())));
    for row in last.values() {
        if row.day == day {
            replaced.rows.insert(row.id, (*row).clone());
        } else if replaced.rows.remove(&row.id).is_some() {
            replaced.elsewhere.push((*row).clone());
        }
    }
    let known = |row: &AppointmentRow| {
        let here = replaced.rows.get(&row.id).or_else(|| last.get(&row.id).copied());
        here.is_some_and(|here| here.version >= row.version || same(here, row))
    };
    if !mutant::on(Mutant::DeleteOrphans) {
        replaced.orphans = mine.values().map(Borrow::borrow).filter(|row| !known(row)).cloned().collect();
    }
    replaced
}
