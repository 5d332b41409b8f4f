//! Zone rules that changed: what is ahead is derived anew.
//!
//! **Promise.** Visits and blockouts keep their local time; the UTC of those that
//! are ahead follows from it by the rules this program carries before anybody
//! works with the store. Each is an entry of the log like any other change, so
//! that mirrors learn of it; what is over stays as it was. Where two visits come
//! to lie in one place, that stands in Conflicts.
//!
//! A visit's day is that of its local time and needs no rules. No setting
//! changes the zone of visits that are there: each keeps its own.

use std::collections::HashMap;

use chairside_schedule::Appointment;
use chairside_schedule::hours::Blockout;
use chairside_schedule::id::AppointmentId;
use chairside_schedule::rezone::{rederive, rederive_blockout};
use chairside_schedule::time::{Instant, Interval, day_number};
use chairside_sync::body::{Day, Id};
use chairside_sync::restore::ConflictKind;
use sqlx::sqlite::SqliteConnection;

use crate::error::StoreError;
use crate::project;
use crate::rows::cells::Cells;
use crate::rows::{appointments, blockouts};
use crate::store::Store;
use crate::tx::{Moment, Tx};

/// The rules built into this program, by the tz database's name of them.
const BUILT_IN: &str = chrono_tz::IANA_TZDB_VERSION;

/// Visits moved in one transaction, but for those of its last day.
const AT_ONCE: usize = 200;

/// Visits looked at in one transaction, but for those of its last day.
const LOOKED_AT: usize = 5_000;

/// By which rules the UTC in a store was derived.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Rules {
    version: String,
    /// What began before may stand by earlier ones.
    before: Option<Instant>,
}

impl Rules {
    /// Whether they are those built in. A note from the future was made by a
    /// clock that was wrong then, and took too much for over.
    pub(crate) fn are_followed(&self, now: Instant) -> bool {
        self.version == BUILT_IN && self.before.is_none_or(|before| before <= now)
    }
}

/// From when on all UTC in the store follows from the rules built in; none where
/// nothing is known of that.
pub(crate) fn followed_from(noted: Option<&Rules>) -> Option<Instant> {
    let rules = noted.filter(|rules| rules.version == BUILT_IN)?;
    Some(rules.before.unwrap_or(Instant(i64::MIN)))
}

/// What is noted of it.
pub(crate) async fn noted(conn: &mut SqliteConnection) -> Result<Option<Rules>, StoreError> {
    let row = sqlx::query("SELECT version, before_s FROM zone_rules").fetch_optional(conn).await?;
    row.map(|row| {
        let mut cells = Cells::new("zone_rules", &row, 0);
        Ok(Rules { version: cells.text()?, before: cells.optional_instant()? })
    })
    .transpose()
}

/// Notes that the UTC of all that didn't begin `before` follows from the rules built in.
pub(crate) async fn note(conn: &mut SqliteConnection, before: Option<Instant>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO zone_rules (one, version, before_s) VALUES (1, ?, ?) \
         ON CONFLICT (one) DO UPDATE SET version = excluded.version, before_s = excluded.before_s",
    )
    .bind(BUILT_IN)
    .bind(before.map(|before| before.0))
    .execute(conn)
    .await?;
    Ok(())
}

/// A visit by the rules of before and by those of now.
struct Moved {
    before: Appointment,
    after: Appointment,
}

/// What one transaction did.
struct Step {
    moved: usize,
    /// The day to go on from; none at the end.
    next: Option<Day>,
}

impl Store {
    /// Derives anew what is ahead, in batches. That it was done is noted with
    /// the last one: whoever is interrupted begins again, and finds the rest.
    pub(crate) async fn follow_zone_rules(&self, moment: Moment) -> Result<(), StoreError> {
        let mut from = None;
        let mut moved = 0;
        loop {
            let step = self.write(moment, async move |tx| tx.rezone(from).await).await?;
            moved += step.moved;
            from = step.next;
            if from.is_none() {
                break;
            }
        }
        if moved > 0 {
            tracing::info!(
                visits = moved,
                rules = BUILT_IN,
                "zone rules have changed: visits ahead keep their local time"
            );
        }
        Ok(())
    }
}

impl Tx {
    async fn rezone(&mut self, from: Option<Day>) -> Result<Step, StoreError> {
        let now = Instant(self.moment.at_ms.div_euclid(1_000));
        // No clock on a wall is a day from UTC, nor did any ever jump by more.
        let first = day_number(now.utc().date_naive()) - 2;
        let mut next = from.unwrap_or(first);
        let (mut moved, mut looked_at) = (Vec::new(), 0);
        while let Some(date) = appointments::next_day(&mut self.conn, next).await? {
            if moved.len() >= AT_ONCE || looked_at >= LOOKED_AT {
                self.tell_of_clashes(&moved, now).await?;
                return Ok(Step { moved: moved.len(), next: Some(day_number(date)) });
            }
            for before in appointments::of_day(&mut self.conn, date).await? {
                looked_at += 1;
                moved.extend(self.rezone_visit(before, now).await?);
            }
            next = day_number(date) + 1;
        }
        self.tell_of_clashes(&moved, now).await?;
        self.rezone_blockouts(first, now).await?;
        note(&mut self.conn, Some(now)).await?;
        self.beside_the_log = true;
        Ok(Step { moved: moved.len(), next: None })
    }

    async fn rezone_visit(&mut self, before: Appointment, now: Instant) -> Result<Option<Moved>, StoreError> {
        let Some(time) = rederive(&before.time.zone, before.time, now) else { return Ok(None) };
        let after = Appointment { version: before.version + 1, time, ..before.clone() };
        if !appointments::update(&mut self.conn, &before, &after).await? {
            return Err(StoreError::ChangedMeanwhile(after.id));
        }
        self.note_appointment(Some(&before), &after).await?;
        Ok(Some(Moved { before, after }))
    }

    async fn rezone_blockouts(&mut self, first: Day, now: Instant) -> Result<(), StoreError> {
        let zone = self.clinic.zone;
        for before in blockouts::from(&mut self.conn, first).await? {
            let Some(interval) = rederive_blockout(&zone, &before, now) else { continue };
            let after = Blockout { interval, ..before.clone() };
            blockouts::set_interval(&mut self.conn, after.id, interval).await?;
            self.changed.touch_day(after.day);
            self.append(&project::blockout(&after, false), Some(&before), &after, Some(after.id.0)).await?;
        }
        Ok(())
    }

    /// Puts before people what came to lie in one place: each pair once, with
    /// the later of the two.
    async fn tell_of_clashes(&mut self, moved: &[Moved], now: Instant) -> Result<(), StoreError> {
        let before: HashMap<AppointmentId, Interval> =
            moved.iter().map(|moved| (moved.before.id, moved.before.time.interval)).collect();
        for Moved { before: was, after } in moved.iter().filter(|moved| moved.after.status.occupies()) {
            let is = after.time.interval;
            let mut clashes = false;
            for other in self.near(was, after).await? {
                // Those of later days haven't moved yet.
                let coming = rederive(&other.time.zone, other.time, now);
                let will_be = coming.unwrap_or(other.time).interval;
                let other_was = before.get(&other.id).copied().unwrap_or(other.time.interval);
                let other_moves = coming.is_some() || before.contains_key(&other.id);
                let told_there = other_moves && (will_be.start, other.id) > (is.start, after.id);
                clashes |= is.overlaps(will_be) && !was.time.interval.overlaps(other_was) && !told_there;
            }
            if clashes {
                let row = project::appointment(after);
                self.write_conflict(&ConflictKind::Double.row(Id::from(*after.id.bytes()), row)).await?;
            }
        }
        Ok(())
    }

    /// Occupying visits of the same practitioner or chair that a visit may meet
    /// once they have moved as far as it did, or not at all.
    async fn near(&mut self, was: &Appointment, after: &Appointment) -> Result<Vec<Appointment>, StoreError> {
        let (was, is) = (was.time.interval, after.time.interval);
        let reach = (is.start.0 - was.start.0).abs();
        let mut wide = after.clone();
        wide.time.interval = Interval { start: Instant(is.start.0 - reach), end: Instant(is.end.0 + reach) };
        let mut near = self.around(&wide).await?;
        near.retain(|other| {
            other.practitioner == after.practitioner || (after.chair.is_some() && other.chair == after.chair)
        });
        Ok(near)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_counts_for_these_rules_and_until_now() {
        let rules =
            |version: &str, before: Option<i64>| Rules { version: version.to_owned(), before: before.map(Instant) };
        for (noted, followed, from) in [
            (rules(BUILT_IN, None), true, Some(i64::MIN)),
            (rules(BUILT_IN, Some(100)), true, Some(100)),
            (rules(BUILT_IN, Some(101)), false, Some(101)),
            (rules("1999z", None), false, None),
        ] {
            assert_eq!(noted.are_followed(Instant(100)), followed, "{noted:?}");
            assert_eq!(followed_from(Some(&noted)), from.map(Instant), "{noted:?}");
        }
        assert_eq!(followed_from(None), None);
    }
}
