//! Looking through columns and chairs for visits that overlap.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chairside_schedule::appointment::Flags;
use chairside_schedule::id::{ChairId, PractitionerId};
use chairside_schedule::time::{Interval, day_number};
use chairside_schedule::{Appointment, clash};
use uuid::Uuid;

use super::Fault;

/// Visits of two days in a row, looked through for clashes.
#[derive(Default)]
pub(super) struct Day {
    number: i32,
    today: HashMap<Place, Vec<Arc<Appointment>>>,
    /// Those of the day before that reach past its midnight.
    over_midnight: HashMap<Place, Vec<Arc<Appointment>>>,
    /// Visits that were put before a person as they are.
    in_conflict: HashSet<Uuid>,
}

/// What only one visit takes at a time.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    Column(PractitionerId),
    Chair(ChairId),
}

impl Day {
    /// As if there were none yet; these may lie over others.
    pub(super) fn besides(in_conflict: HashSet<Uuid>) -> Self {
        Self { in_conflict, ..Self::default() }
    }

    /// Takes the next visit, in the order of days. Answers the first pair on the day
    /// before that nobody made knowingly, and how many somebody did.
    pub(super) fn take(&mut self, visit: Appointment) -> (Option<Fault>, u64) {
        let number = day_number(visit.time.day());
        let done = if number == self.number { (None, 0) } else { self.turn(number) };
        if visit.status.occupies() {
            let visit = Arc::new(visit);
            for place in [Some(Place::Column(visit.practitioner)), visit.chair.map(Place::Chair)].into_iter().flatten()
            {
                self.today.entry(place).or_default().push(Arc::clone(&visit));
            }
        }
        done
    }

    /// As [`Self::take`], after the last visit.
    pub(super) fn finish(&mut self) -> (Option<Fault>, u64) {
        self.turn(i32::MAX)
    }

    fn turn(&mut self, next: i32) -> (Option<Fault>, u64) {
        let mut fault = None;
        let mut accepted = 0;
        let mut over_midnight: HashMap<Place, Vec<Arc<Appointment>>> = HashMap::new();
        for (place, mut column) in std::mem::take(&mut self.today) {
            let own = column.len();
            column.extend(self.over_midnight.remove(&place).unwrap_or_default());
            let intervals: Vec<Interval> = column.iter().map(|visit| visit.time.interval).collect();
            for pair in clash::pairs(&intervals) {
                if pair.first >= own && pair.second >= own {
                    continue;
                }
                let (first, second) = (&column[pair.first], &column[pair.second]);
                if matches!(place, Place::Chair(_)) && first.practitioner == second.practitioner {
                    // Told of once, in their column.
                    continue;
                }
                if self.is_known(first) || self.is_known(second) {
                    accepted += 1;
                } else {
                    fault = fault.or(Some(Fault::Clash(first.id.0, second.id.0)));
                }
            }
            let late = column.into_iter().filter(|visit| {
                let ends = visit.time.local + chrono::TimeDelta::minutes(i64::from(visit.time.minutes));
                day_number(ends.date()) > self.number
            });
            over_midnight.insert(place, late.collect());
        }
        self.over_midnight = if next == self.number.saturating_add(1) { over_midnight } else { HashMap::new() };
        self.number = next;
        (fault, accepted)
    }

    /// Whether somebody said so, it came so, or somebody has been told.
    fn is_known(&self, visit: &Appointment) -> bool {
        visit.overbooked.is_some() || visit.flags.has(Flags::CLASHES) || self.in_conflict.contains(&visit.id.0)
    }
}
