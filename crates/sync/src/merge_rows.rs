//! Two edits of one visit made without knowing of each other.
//!
//! Where they touch different fields both hold; where they touch the same, the
//! clinic's stands and the other is kept as a conflict for a person.

use crate::body::{AppointmentRow, ConflictRow};
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

/// A value as three people have it.
struct Field<T>(T, T, T);

impl<T: PartialEq> Field<T> {
    /// The value that holds, and whether somebody's is lost by that.
    fn pick(self) -> (T, bool) {
        let Self(base, ours, theirs) = self;
        if theirs == base || theirs == ours {
            (ours, false)
        } else if ours == base {
            (theirs, false)
        } else {
            (ours, true)
        }
    }
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
    let place = |row: &AppointmentRow| {
        // One thing to a person: moving it means all of these.
        (row.practitioner, row.day, row.local_s, row.zone.clone(), row.start_s, row.end_s)
    };
    let (place, place_lost) = Field(place(base), place(ours), place(theirs)).pick();
    let (chair, chair_lost) = Field(base.chair, ours.chair, theirs.chair).pick();
    let (kind, kind_lost) = Field(base.kind, ours.kind, theirs.kind).pick();
    let (status, status_lost) = Field(&base.status, &ours.status, &theirs.status).pick();
    let (practitioner, day, local_s, zone, start_s, end_s) = place;
    let row = AppointmentRow {
        id: ours.id,
        version: ours.version.saturating_add(1),
        practitioner,
        chair,
        kind,
        status: status.clone(),
        day,
        local_s,
        zone,
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
