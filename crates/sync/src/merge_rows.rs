//! Two edits of one visit made without knowing of each other.
//!
//! Where they touch different fields both hold; where they touch the same, the
//! clinic's stands and the other is kept as a conflict for a person.

use crate::body::{AppointmentRow, ConflictRow, Day, Id};
use crate::merge::agreed;
use crate::proposal::{Edit, ProposalId};
use crate::restore::ConflictKind;

/// What becomes of an edit.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::large_enum_variant, reason = "made once a merge and taken apart at once")]
pub enum Merge {
    /// It stands already.
    Same,
    /// The visit with both.
    Merged(AppointmentRow),
    /// What could be merged, and what could not.
    Conflict {
        /// The visit with what could be merged, if that changes anything.
        row: Option<AppointmentRow>,
        /// The edit as it was meant.
        conflict: ConflictRow,
    },
}

/// The value that holds of a field, and whether somebody's is lost by that.
fn pick<T: PartialEq + Copy>(base: T, ours: T, theirs: T) -> (T, bool) {
    agreed(base, ours, theirs).map_or((ours, true), |value| (value, false))
}

/// Merges an edit into the visit as it now is.
pub fn merge_rows(edit: &Edit, ours: Option<&AppointmentRow>, proposal: ProposalId) -> Merge {
    let theirs = &edit.after;
    let conflict = || ConflictRow {
        id: proposal.0,
        appointment: theirs.id,
        kind: ConflictKind::EditedApart.as_str().to_owned(),
        theirs: Some(theirs.clone()),
        settled: false,
    };
    let (base, ours) = match (&edit.before, ours) {
        (None, None) => return Merge::Merged(AppointmentRow { version: 1, ..theirs.clone() }),
        (None, Some(ours)) if same(ours, theirs) => return Merge::Same,
        // A visit that was there before it was made, or is gone: nothing to merge with.
        (None, Some(_)) | (Some(_), None) => return Merge::Conflict { row: None, conflict: conflict() },
        (Some(base), Some(ours)) => (base, ours),
    };
    // One thing to a person: moving it means all of these.
    fn place(row: &AppointmentRow) -> (Id, Day, i64, &str, i64, i64) {
        (row.practitioner, row.day, row.local_s, &row.zone, row.start_s, row.end_s)
    }
    let (place, place_lost) = pick(place(base), place(ours), place(theirs));
    let (chair, chair_lost) = pick(base.chair, ours.chair, theirs.chair);
    let (kind, kind_lost) = pick(base.kind, ours.kind, theirs.kind);
    let (status, status_lost) = pick(base.status.as_str(), ours.status.as_str(), theirs.status.as_str());
    let (practitioner, day, local_s, zone, start_s, end_s) = place;
    let row = AppointmentRow {
        id: ours.id,
        version: ours.version.saturating_add(1),
        practitioner,
        chair,
        kind,
        status: status.to_owned(),
        day,
        local_s,
        zone: zone.to_owned(),
        start_s,
        end_s,
        patient: ours.patient,
    };
    let changed = !same(&row, ours);
    if place_lost || chair_lost || kind_lost || status_lost {
        return Merge::Conflict { row: changed.then_some(row), conflict: conflict() };
    }
    if changed { Merge::Merged(row) } else { Merge::Same }
}

/// Equal but for the count of changes.
pub fn same(left: &AppointmentRow, right: &AppointmentRow) -> bool {
    *left == AppointmentRow { version: left.version, ..right.clone() }
}
