//! What is free.
//!
//! An opening is a start that nobody would have anything against: every one
//! offered here passes [`crate::rules::check`] without a finding, and every
//! start on the grid that passes is offered. `tests/oracle/` holds both to it.

use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;

use crate::clinic::{Clinic, Grid};
use crate::day::{DayClock, bookable_by, hours_on, without};
pub use crate::day::{DayPlan, bookable, closed_on, day_plan};
use crate::hours::{Blockout, subtract};
use crate::id::PractitionerId;
use crate::practitioner::Practitioner;
use crate::time::{DAY_MINUTES, Instant, Interval, MinuteOfDay};

/// A place for a visit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Opening {
    /// When, by the clock on the wall.
    pub local: NaiveDateTime,
    /// The same in UTC, as long as the visit.
    pub interval: Interval,
}

/// What of `bookable` (in order, apart, as [`bookable`] gives it) the `busy`
/// stretches, in any order and overlapping as they may, leave free.
pub fn free(bookable: &[Interval], busy: &[Interval]) -> Vec<Interval> {
    without(bookable, busy)
}

/// The starts on `day`'s grid, counted from local midnight, at which a visit
/// of `minutes` fits wholly into one stretch of `free` (in order, apart), not
/// before `from`; in order, found as they are asked for.
///
/// A time the clock shows twice that night is left out: nobody could say
/// which of the two they mean.
pub fn starts(zone: Tz, grid: Grid, day: NaiveDate, free: &[Interval], minutes: u32, from: Instant) -> Starts<'_> {
    Starts::new(DayClock::new(zone, day), grid, free, minutes, from)
}

/// The iterator of [`starts`].
#[derive(Clone, Debug)]
pub struct Starts<'a> {
    clock: DayClock,
    grid: u16,
    /// Stretches from the one that is looked at on.
    free: &'a [Interval],
    minutes: u32,
    from: Instant,
    /// The next time on the grid to try, in minutes after midnight.
    next: u16,
}

impl<'a> Starts<'a> {
    fn new(clock: DayClock, grid: Grid, free: &'a [Interval], minutes: u32, from: Instant) -> Self {
        let free = if minutes == 0 || clock.whole().is_none() { &[] } else { free };
        Self { clock, grid: grid.minutes(), free, minutes, from, next: 0 }
    }

    /// The first time on the grid from `next` on that isn't before `instant`
    /// either; past the day's last minute when there is none.
    fn next_from(&self, instant: Instant) -> u16 {
        let Some(midnight) = self.clock.steady_from() else { return self.next };
        let step = i64::from(self.grid) * 60;
        let steps = (instant.0 - midnight.0).max(0).div_euclid(step);
        let steps = steps + i64::from((instant.0 - midnight.0).max(0) % step != 0);
        u16::try_from(steps * i64::from(self.grid)).unwrap_or(DAY_MINUTES).max(self.next)
    }
}

impl Iterator for Starts<'_> {
    type Item = Opening;

    fn next(&mut self) -> Option<Opening> {
        while let Some((stretch, later)) = self.free.split_first() {
            let earliest = stretch.start.max(self.from);
            self.next = self.next_from(earliest);
            if self.next >= DAY_MINUTES {
                self.free = &[];
                break;
            }
            let time = MinuteOfDay::new(self.next)?;
            let interval = self.clock.once(time).map(|start| Interval::lasting(start, self.minutes));
            match interval {
                Some(interval) if interval.end > stretch.end => self.free = later,
                Some(interval) if interval.start >= earliest => {
                    self.next += self.grid;
                    return Some(Opening { local: self.clock.local(time), interval });
                }
                _ => self.next += self.grid,
            }
        }
        None
    }
}

/// A search for the next openings.
#[derive(Clone, Debug)]
pub struct Search<'a> {
    /// Where.
    pub clinic: &'a Clinic,
    /// With whom; where two openings start at once, the one who stands first here is first.
    pub practitioners: Vec<&'a Practitioner>,
    /// How long, in minutes.
    pub minutes: u32,
    /// Whether time kept for emergencies will do.
    pub emergency: bool,
    /// Not before.
    pub from: Instant,
    /// At most this many.
    pub limit: usize,
}

/// An opening and whose it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Found {
    /// With whom.
    pub practitioner: PractitionerId,
    /// When.
    pub opening: Opening,
}

/// The first openings on `days`, which are looked through one after the other
/// until there are enough: earliest start first, then the order of
/// [`Search::practitioners`].
///
/// `busy` gives a practitioner's taken time on a day, what reaches into it
/// from the day before included; `None` where nobody knows, and then nothing
/// is offered in it. Where people work through midnight it is also asked for
/// the day after.
pub fn next_openings<'b>(
    search: &Search<'_>,
    days: impl IntoIterator<Item = NaiveDate>,
    blockouts: &[Blockout],
    mut busy: impl FnMut(NaiveDate, PractitionerId) -> Option<&'b [Interval]>,
) -> Vec<Found> {
    let mut found = Vec::new();
    for day in days {
        if found.len() >= search.limit {
            break;
        }
        let clock = DayClock::new(search.clinic.zone, day);
        let Some(whole) = clock.whole().filter(|whole| whole.end > search.from) else { continue };
        let mut today = Vec::new();
        for practitioner in &search.practitioners {
            let mut free = free_by(search, &clock, practitioner, blockouts, &mut busy);
            if let Some(last) = free.last_mut().filter(|last| last.end == whole.end) {
                last.end = end_past_midnight(search, day, practitioner, whole.end, blockouts, &mut busy);
            }
            let starts = Starts::new(clock, search.clinic.grid, &free, search.minutes, search.from);
            let starts = starts.take(search.limit - found.len());
            today.extend(starts.map(|opening| Found { practitioner: practitioner.id, opening }));
        }
        // Stable: whoever stands first stays first.
        today.sort_by_key(|found| found.opening.interval.start);
        today.truncate(search.limit - found.len());
        found.append(&mut today);
    }
    found
}

fn free_by<'b>(
    search: &Search<'_>,
    clock: &DayClock,
    practitioner: &Practitioner,
    blockouts: &[Blockout],
    busy: &mut impl FnMut(NaiveDate, PractitionerId) -> Option<&'b [Interval]>,
) -> Vec<Interval> {
    let bookable = bookable_by(clock, search.clinic, practitioner, blockouts, search.emergency);
    if bookable.is_empty() {
        return bookable;
    }
    busy(clock.day(), practitioner.id).map_or_else(Vec::new, |busy| without(&bookable, busy))
}

/// Until when a stretch that is free up to `midnight`, the end of `day`, stays free.
fn end_past_midnight<'b>(
    search: &Search<'_>,
    day: NaiveDate,
    practitioner: &Practitioner,
    midnight: Instant,
    blockouts: &[Blockout],
    busy: &mut impl FnMut(NaiveDate, PractitionerId) -> Option<&'b [Interval]>,
) -> Instant {
    // The next day there is: Samoa went to bed on 29 December 2011 and rose on the 31st.
    let mut next = day.iter_days().skip(1).take(2).map(|day| DayClock::new(search.clinic.zone, day));
    let Some(clock) = next.find(|clock| clock.whole().is_some()) else { return midnight };
    let free = free_by(search, &clock, practitioner, blockouts, busy);
    free.first().filter(|first| first.start == midnight).map_or(midnight, |first| first.end)
}

/// How full one day is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DayLoad {
    /// Whether anybody works.
    pub open: bool,
    /// Occupying visits that start that day.
    pub visits: u32,
    /// How much of the bookable time is taken, percent, rounded down: 100 is
    /// a day on which nothing at all is left. 0 where there is none to take.
    pub load_percent: u32,
    /// Starts on the grid that are still free for a visit as long as the grid.
    pub free_starts: u32,
}

/// How full a day is over all the clinic's practitioners. Starts before `from`
/// are not counted as free. `busy` gives a practitioner's taken time that day,
/// what reaches into it from the day before included.
pub fn day_load<'b>(
    clinic: &Clinic,
    day: NaiveDate,
    blockouts: &[Blockout],
    from: Instant,
    mut busy: impl FnMut(PractitionerId) -> &'b [Interval],
) -> DayLoad {
    let clock = DayClock::new(clinic.zone, day);
    let Some(whole) = clock.whole() else { return DayLoad::default() };
    let mut load = DayLoad::default();
    let (mut all_s, mut left_s) = (0, 0);
    for practitioner in &clinic.practitioners {
        let busy = busy(practitioner.id);
        load.visits += count(busy.iter().filter(|visit| whole.start <= visit.start && visit.start < whole.end));
        let bookable = bookable_by(&clock, clinic, practitioner, blockouts, false);
        load.open |= !bookable.is_empty() || works_on(clinic, practitioner, day);
        let free = without(&bookable, busy);
        load.free_starts += count(Starts::new(clock, clinic.grid, &free, u32::from(clinic.grid.minutes()), from));
        all_s += seconds(&bookable);
        left_s += seconds(&free);
    }
    load.load_percent = percent(all_s - left_s, all_s);
    load
}

/// How much of the bookable time is taken, percent, as [`DayLoad::load_percent`].
pub fn load_percent(bookable: &[Interval], busy: &[Interval]) -> u32 {
    let all_s = seconds(bookable);
    percent(all_s - seconds(&without(bookable, busy)), all_s)
}

fn percent(part: i64, whole: i64) -> u32 {
    if whole <= 0 { 0 } else { u32::try_from(part * 100 / whole).unwrap_or(0) }
}

fn seconds(stretches: &[Interval]) -> i64 {
    stretches.iter().map(|stretch| stretch.end.0 - stretch.start.0).sum()
}

fn count<T>(items: impl Iterator<Item = T>) -> u32 {
    u32::try_from(items.count()).unwrap_or(u32::MAX)
}

fn works_on(clinic: &Clinic, practitioner: &Practitioner, day: NaiveDate) -> bool {
    let absences: Vec<_> = practitioner.absences.iter().filter_map(|absence| absence.on(day)).collect();
    !subtract(&hours_on(clinic, practitioner, day), &absences).is_empty()
}
