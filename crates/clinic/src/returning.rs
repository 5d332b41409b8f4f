//! Coming back to a place: a status taken back, a change undone.

use chairside_schedule::Appointment;
use chairside_schedule::appointment::Flags;
use chairside_store::project::BeforeAfter;
use chairside_store::tx::Overlap;
use chairside_store::{Record, StoreError, Tx};

/// The entry by which a visit gave up its place; `None` if no entry tells of it.
pub async fn left_by(tx: &mut Tx, visit: &Appointment) -> Result<Option<u64>, StoreError> {
    let entries = tx.entries_about(visit.id.0).await?;
    let left = entries.iter().rev().find(|record| {
        change_of(record).is_some_and(|change| {
            !change.after.status.occupies() && change.before.is_some_and(|before| before.status.occupies())
        })
    });
    Ok(left.map(|record| record.entry.header.seq))
}

/// Whether a visit that comes back may lie over what stands there: it may over
/// those it lay over when entry `left_by` moved it away, for that was said
/// knowingly once, and over nobody who came since.
pub async fn overlap(tx: &mut Tx, visit: &Appointment, left_by: u64) -> Result<Overlap, StoreError> {
    for other in tx.around(visit).await? {
        let in_the_way =
            other.practitioner == visit.practitioner || (visit.chair.is_some() && other.chair == visit.chair);
        if in_the_way && (!(knowingly(visit) || knowingly(&other)) || came_since(tx, &other, left_by).await?) {
            return Ok(Overlap::Refuse);
        }
    }
    Ok(Overlap::Knowingly)
}

/// Whether somebody said so, or it came so.
fn knowingly(visit: &Appointment) -> bool {
    visit.overbooked.is_some() || visit.flags.has(Flags::CLASHES)
}

/// Whether a visit took its present place after the entry `seq`.
async fn came_since(tx: &mut Tx, visit: &Appointment, seq: u64) -> Result<bool, StoreError> {
    let entries = tx.entries_about(visit.id.0).await?;
    Ok(entries.iter().filter(|record| record.entry.header.seq > seq).any(|record| {
        // What was erased can't say that it was nothing.
        change_of(record).is_none_or(|change| {
            change.before.is_none_or(|before| {
                let after = change.after;
                !before.status.occupies()
                    || (before.time, before.practitioner, before.chair) != (after.time, after.practitioner, after.chair)
            })
        })
    }))
}

fn change_of(record: &Record) -> Option<BeforeAfter<Appointment>> {
    serde_json::from_slice(&record.private.as_ref()?.bytes).ok()
}
