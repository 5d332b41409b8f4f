//! Who is taken when, by day: what openings are worked out from.
//!
//! Held in memory because a search for openings looks at weeks of everybody's
//! time, and one process owns the store, so it knows of every change. It is
//! only ever read *from*; whether a visit fits is decided by the rows, inside
//! the transaction that books it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chairside_schedule::id::PractitionerId;
use chairside_schedule::time::{Instant, Interval, day_number};
use chrono::NaiveDate;
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use crate::error::StoreError;
use crate::rows::appointments::occupies;
use crate::rows::cells::{Cells, damaged};
use crate::store::Store;

/// Everybody's taken time on one local day: what lies in it, and what reaches
/// into it from the day before. In order of starts.
#[derive(Debug, Default)]
pub struct DayBusy {
    taken: HashMap<PractitionerId, Vec<Interval>>,
}

impl DayBusy {
    /// One practitioner's taken time.
    pub fn of(&self, practitioner: PractitionerId) -> &[Interval] {
        self.taken.get(&practitioner).map_or(&[], Vec::as_slice)
    }
}

/// Days kept at most: half a year ahead, and room for looking back.
const DAYS_KEPT: usize = 400;

/// The days read so far.
#[derive(Debug, Default)]
pub(crate) struct BusyDays(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    days: HashMap<i32, Arc<DayBusy>>,
    /// Rises with every change, so that a day read before a change is not kept after it.
    generation: u64,
}

impl BusyDays {
    /// These days changed. A visit may reach into the day after.
    pub(crate) fn forget(&self, days: &[NaiveDate]) {
        let mut kept = self.kept();
        kept.generation += 1;
        for day in days {
            let number = day_number(*day);
            kept.days.remove(&number);
            kept.days.remove(&(number + 1));
        }
    }

    /// Any day may have changed.
    pub(crate) fn forget_all(&self) {
        let mut kept = self.kept();
        kept.generation += 1;
        kept.days.clear();
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Days are put in and taken out whole; a panic elsewhere can't leave one torn.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// Everybody's taken time from `from` to `until`, both included, one entry a day.
    ///
    /// # Errors
    /// The database's.
    pub async fn busy(&self, from: NaiveDate, until: NaiveDate) -> Result<Vec<(NaiveDate, Arc<DayBusy>)>, StoreError> {
        let wanted: Vec<NaiveDate> = from.iter_days().take_while(|day| *day <= until).collect();
        // Taken out at once: what is kept may be forgotten while the rest is read,
        // and a day that is forgotten must not look like one that is free.
        let (generation, mut read, missing) = {
            let kept = self.shared.busy.kept();
            let mut read: HashMap<i32, Arc<DayBusy>> = HashMap::new();
            let mut missing = Vec::new();
            for day in &wanted {
                let number = day_number(*day);
                match kept.days.get(&number) {
                    Some(busy) => drop(read.insert(number, Arc::clone(busy))),
                    None => missing.push(*day),
                }
            }
            (kept.generation, read, missing)
        };
        if let (Some(first), Some(last)) = (missing.first(), missing.last()) {
            let days = read_days(&mut *self.readers.acquire().await?, *first, *last).await?;
            read.extend(days.into_iter().map(|(number, day)| (number, Arc::new(day))));
        }
        let mut kept = self.shared.busy.kept();
        if kept.generation == generation {
            if kept.days.len() + missing.len() > DAYS_KEPT {
                kept.days.clear();
            }
            for day in &missing {
                let number = day_number(*day);
                kept.days.insert(number, read.get(&number).cloned().unwrap_or_default());
            }
        }
        Ok(wanted
            .into_iter()
            .map(|day| {
                // A day on which nobody is taken has no rows.
                let busy = read.get(&day_number(day)).cloned().unwrap_or_default();
                (day, busy)
            })
            .collect())
    }
}

/// Seconds in a day by the clock on the wall.
const DAY_S: i64 = 86_400;

async fn read_days(
    conn: &mut SqliteConnection,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<HashMap<i32, DayBusy>, StoreError> {
    // Gathered inside SQLite: a dense month is fifty thousand visits, and one
    // row for each day and practitioner crosses over much faster.
    let rows = sqlx::query(concat!(
        "SELECT a.day, a.practitioner, group_concat(a.start_s || ' ' || a.end_s || ' ' || a.local_s, ' ') \
         FROM appointment a WHERE a.day BETWEEN ? AND ? AND ",
        occupies!(),
        " GROUP BY a.day, a.practitioner"
    ))
    .bind(day_number(first) - 1)
    .bind(day_number(last))
    .fetch_all(conn)
    .await?;
    let mut days: HashMap<i32, DayBusy> = HashMap::new();
    for row in &rows {
        let day: i32 = row.get(0);
        let practitioner: PractitionerId = Cells::new("appointment", row, 1).id()?;
        let mut numbers = row.get::<&str, _>(2).split(' ').map(|number| number.parse::<i64>().ok());
        while let Some(start) = numbers.next() {
            let interval = match (start, numbers.next().flatten()) {
                (Some(start), Some(end)) => Interval::new(Instant(start), Instant(end)),
                _ => None,
            };
            let (Some(interval), Some(local)) = (interval, numbers.next().flatten()) else {
                return Err(damaged("appointment", "start_s"));
            };
            let mut take = |day| days.entry(day).or_default().taken.entry(practitioner).or_default().push(interval);
            take(day);
            if local + (interval.end.0 - interval.start.0) > (i64::from(day) + 1) * DAY_S {
                take(day + 1);
            }
        }
    }
    for intervals in days.values_mut().flat_map(|day| day.taken.values_mut()) {
        intervals.sort();
    }
    Ok(days)
}
