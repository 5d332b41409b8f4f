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
#[derive(Clone, Debug, Default)]
pub struct DayBusy {
    taken: HashMap<PractitionerId, Vec<Interval>>,
    /// Those of the day's own visits that may reach into the day after.
    over_midnight: Vec<(PractitionerId, Interval)>,
}

impl DayBusy {
    /// One practitioner's taken time.
    pub fn of(&self, practitioner: PractitionerId) -> &[Interval] {
        self.taken.get(&practitioner).map_or(&[], Vec::as_slice)
    }

    /// This day with what reaches into it from the day before.
    fn after(self: &Arc<Self>, before: &Self) -> Arc<Self> {
        if before.over_midnight.is_empty() {
            return Arc::clone(self);
        }
        let mut day = Self::clone(self);
        for (practitioner, interval) in &before.over_midnight {
            let taken = day.taken.entry(*practitioner).or_default();
            taken.push(*interval);
            taken.sort();
        }
        Arc::new(day)
    }
}

/// Days kept at most: half a year ahead, and room for looking back.
const DAYS_KEPT: usize = 400;

/// The days read so far.
#[derive(Debug, Default)]
pub(crate) struct BusyDays(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// Each with its own visits only, so that a change makes one day stale.
    days: HashMap<i32, Arc<DayBusy>>,
    /// Rises with every change, so that a day read before a change is not kept after it.
    generation: u64,
}

impl BusyDays {
    /// These days changed.
    pub(crate) fn forget(&self, days: &[NaiveDate]) {
        let mut kept = self.kept();
        kept.generation += 1;
        for day in days {
            kept.days.remove(&day_number(*day));
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
        let (first, last) = (day_number(from), day_number(until));
        // What reaches into the first day lies in the one before.
        let days = self.own_days(first - 1, last).await?;
        let none = Arc::new(DayBusy::default());
        let of = |number: i32| days.get(&number).unwrap_or(&none);
        let dates = from.iter_days().take_while(|day| *day <= until);
        Ok(dates.zip(first..).map(|(date, number)| (date, of(number).after(of(number - 1)))).collect())
    }

    /// Whether any visit of the day before may reach into `day`.
    pub(crate) async fn is_reached_into(&self, day: NaiveDate) -> Result<bool, StoreError> {
        let before = day_number(day) - 1;
        let days = self.own_days(before, before).await?;
        Ok(days.get(&before).is_some_and(|before| !before.over_midnight.is_empty()))
    }

    /// The days from `first` to `last`, each with its own visits only.
    async fn own_days(&self, first: i32, last: i32) -> Result<HashMap<i32, Arc<DayBusy>>, StoreError> {
        let (generation, mut days, missing) = {
            let kept = self.shared.busy.kept();
            let days: HashMap<i32, Arc<DayBusy>> =
                (first..=last).filter_map(|number| Some((number, Arc::clone(kept.days.get(&number)?)))).collect();
            let missing: Vec<i32> = (first..=last).filter(|number| !days.contains_key(number)).collect();
            (kept.generation, days, missing)
        };
        if missing.is_empty() {
            return Ok(days);
        }
        let mut read = HashMap::new();
        let mut reader = self.readers.acquire().await?;
        // Days that changed lie far apart; what lies between them is known.
        for run in missing.chunk_by(|day, next| day + 1 == *next) {
            read.extend(read_days(&mut reader, run[0], run[run.len() - 1]).await?);
        }
        drop(reader);
        let mut kept = self.shared.busy.kept();
        if kept.days.len() + missing.len() > DAYS_KEPT {
            kept.days.clear();
        }
        for number in missing {
            let day = Arc::new(read.remove(&number).unwrap_or_default());
            if kept.generation == generation {
                kept.days.insert(number, Arc::clone(&day));
            }
            days.insert(number, day);
        }
        Ok(days)
    }
}

/// Seconds in a day by the clock on the wall.
const DAY_S: i64 = 86_400;

/// By how much the clock on the wall may be off what a visit's length says it
/// shows at its end, on a night on which it changes. What is counted as
/// reaching past midnight too often meets nothing there.
const GRACE_S: i64 = 3_600;

/// The days from `first` to `last`, each with its own visits.
async fn read_days(conn: &mut SqliteConnection, first: i32, last: i32) -> Result<HashMap<i32, DayBusy>, StoreError> {
    // Gathered inside SQLite: a dense month is fifty thousand visits, and one
    // row for each day and practitioner crosses over much faster.
    let rows = sqlx::query(concat!(
        "SELECT a.day, a.practitioner, group_concat(a.start_s || ' ' || a.end_s, ' '), \
         max(a.local_s + a.end_s - a.start_s) \
         FROM appointment a WHERE a.day BETWEEN ? AND ? AND ",
        occupies!(),
        " GROUP BY a.day, a.practitioner"
    ))
    .bind(first)
    .bind(last)
    .fetch_all(conn)
    .await?;
    let mut days: HashMap<i32, DayBusy> = HashMap::new();
    for row in &rows {
        let mut cells = Cells::new("appointment", row, 0);
        let (number, practitioner): (i32, PractitionerId) = (cells.number()?, cells.id()?);
        let mut intervals = intervals(row.get(2)).ok_or_else(|| damaged("appointment", "start_s"))?;
        intervals.sort();
        let day = days.entry(number).or_default();
        let past_midnight_s = row.get::<i64, _>(3) + GRACE_S - (i64::from(number) + 1) * DAY_S;
        if past_midnight_s > 0 {
            // The latest end, by the wall and in UTC, tells where midnight is.
            let last = intervals.iter().map(|interval| interval.end.0).max().unwrap_or_default();
            let over = intervals.iter().filter(|interval| interval.end.0 > last - past_midnight_s);
            day.over_midnight.extend(over.map(|interval| (practitioner, *interval)));
        }
        day.taken.insert(practitioner, intervals);
    }
    Ok(days)
}

/// Starts and ends in turns, as gathered.
fn intervals(gathered: &str) -> Option<Vec<Interval>> {
    let mut numbers = gathered.split(' ').map(|number| number.parse().ok().map(Instant));
    let mut intervals = Vec::with_capacity(gathered.len() / 22 + 1);
    while let Some(start) = numbers.next() {
        intervals.push(Interval::new(start?, numbers.next()??)?);
    }
    Some(intervals)
}
