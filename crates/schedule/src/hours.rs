//! When a clinic and its people work: weekly hours, exceptions, breaks.

use chrono::{Datelike, NaiveDate, NaiveDateTime, Weekday};
use serde::{Deserialize, Serialize};

use crate::id::{BlockoutId, BreakId, ChairId, PractitionerId};
use crate::time::{DAY_MINUTES, DaySpan, Interval, MinuteOfDay, minute_of_day};

/// Hours per weekday, Monday first; several stretches a day are allowed.
/// A day without a stretch is closed.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct WeeklyHours(pub [Vec<DaySpan>; 7]);

impl WeeklyHours {
    /// The stretches of a weekday, in order.
    pub fn on(&self, weekday: Weekday) -> &[DaySpan] {
        &self.0[weekday.num_days_from_monday() as usize]
    }

    /// Whether no weekday has any hours.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Vec::is_empty)
    }

    /// Adds a stretch to a weekday and keeps the day's stretches in order,
    /// joined where they touch.
    pub fn add(&mut self, weekday: Weekday, span: DaySpan) {
        let day = &mut self.0[weekday.num_days_from_monday() as usize];
        day.push(span);
        *day = join(std::mem::take(day));
    }
}

/// A date on which the weekly hours don't count: closed, or open otherwise.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DateException {
    /// The clinic's local day.
    pub date: NaiveDate,
    /// Why, as people say it: "Midsummer's Eve".
    pub name: String,
    /// The hours instead; none means closed.
    pub spans: Vec<DaySpan>,
}

/// A break that returns every week: lunch, fika.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Break {
    /// Its id.
    pub id: BreakId,
    /// As people call it.
    pub name: String,
    /// The weekdays it is held on, Monday first.
    pub weekdays: [bool; 7],
    /// When.
    pub span: DaySpan,
}

impl Break {
    /// Whether the break is held on that day.
    pub fn is_on(&self, day: NaiveDate) -> bool {
        self.weekdays[day.weekday().num_days_from_monday() as usize]
    }
}

/// A stretch that is not for visits, or for emergencies only.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Blockout {
    /// Its id.
    pub id: BlockoutId,
    /// Whose column; `None` is everybody's.
    pub practitioner: Option<PractitionerId>,
    /// Which chair is out of use, if it is about a chair.
    pub chair: Option<ChairId>,
    /// The clinic's local day.
    pub day: NaiveDate,
    /// By the clock on the wall.
    pub span: DaySpan,
    /// The same in UTC.
    pub interval: Interval,
    /// As people say it: "Steriliser service".
    pub reason: String,
    /// Kept free for emergencies: staff may book it for an emergency, online it isn't offered.
    pub for_emergencies: bool,
}

/// Sorts stretches and joins those that touch or overlap.
pub fn join(mut spans: Vec<DaySpan>) -> Vec<DaySpan> {
    spans.sort();
    let mut joined: Vec<DaySpan> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    joined
}

/// The stretches that lie in both lists.
pub fn intersect(left: &[DaySpan], right: &[DaySpan]) -> Vec<DaySpan> {
    let mut both = Vec::new();
    for a in left {
        for b in right {
            both.extend(DaySpan::new(a.start.max(b.start), a.end.min(b.end)));
        }
    }
    join(both)
}

/// What of `spans` (in order, apart) is left without `taken` (in any order).
pub fn subtract(spans: &[DaySpan], taken: &[DaySpan]) -> Vec<DaySpan> {
    let mut left = Vec::new();
    let taken = join(taken.to_vec());
    for span in spans {
        let mut from = span.start;
        for hole in taken.iter().filter(|hole| hole.overlaps(*span)) {
            left.extend(DaySpan::new(from, hole.start));
            from = from.max(hole.end);
        }
        left.extend(DaySpan::new(from, span.end));
    }
    left
}

/// One visit in this many: a weekday with fewer of all visits is one on which
/// somebody came in once, not one on which the clinic is open.
const RARE_ONE_IN: usize = 100;

/// Hours are worked out to this many minutes.
const DERIVED_STEP_MINUTES: u16 = 30;

/// Opening hours as visits show them: local start and length in minutes.
///
/// A weekday is open from its earliest start to its latest end, rounded out to
/// half hours and cut at midnight. Weekdays with fewer than a hundredth of all
/// visits are closed. Visits at midnight sharp are left out: other systems
/// write a date without a time that way.
pub fn derive_hours(visits: impl Iterator<Item = (NaiveDateTime, u32)>) -> WeeklyHours {
    let mut days: [Option<(u16, u16)>; 7] = [None; 7];
    let mut counts = [0_usize; 7];
    for (start, minutes) in visits {
        let from = minute_of_day(start).minutes();
        if from == 0 {
            continue;
        }
        let until = u32::from(from).saturating_add(minutes).min(u32::from(DAY_MINUTES));
        let until = u16::try_from(until).unwrap_or(DAY_MINUTES);
        let weekday = start.weekday().num_days_from_monday() as usize;
        counts[weekday] += 1;
        let (earliest, latest) = days[weekday].unwrap_or((from, until));
        days[weekday] = Some((earliest.min(from), latest.max(until)));
    }
    let all: usize = counts.iter().sum();
    let mut hours = WeeklyHours::default();
    for ((day, count), spans) in days.into_iter().zip(counts).zip(&mut hours.0) {
        let Some((from, until)) = day.filter(|_| count * RARE_ONE_IN >= all) else { continue };
        let from = from / DERIVED_STEP_MINUTES * DERIVED_STEP_MINUTES;
        let until = until.div_ceil(DERIVED_STEP_MINUTES) * DERIVED_STEP_MINUTES;
        spans.extend(
            MinuteOfDay::new(from).zip(MinuteOfDay::new(until)).and_then(|(from, until)| DaySpan::new(from, until)),
        );
    }
    hours
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(local: &str, minutes: u32) -> (NaiveDateTime, u32) {
        (NaiveDateTime::parse_from_str(local, "%Y-%m-%d %H:%M").expect("a local time"), minutes)
    }

    #[test]
    fn hours_reach_from_the_first_start_to_the_last_end() {
        // 2026-06-01 is a Monday.
        let visits = [
            visit("2026-06-01 08:10", 20),
            visit("2026-06-08 16:20", 45),
            visit("2026-06-02 00:00", 30),
            visit("2026-06-03 23:50", 90),
        ];
        let hours = derive_hours(visits.into_iter());
        assert_eq!(hours.on(Weekday::Mon), [DaySpan::parse("08:00-17:30").expect("a stretch")]);
        assert_eq!(hours.on(Weekday::Tue), [], "a date without a time opens nothing");
        assert_eq!(hours.on(Weekday::Wed), [DaySpan::parse("23:30-24:00").expect("a stretch")]);
        assert!(derive_hours(std::iter::empty()).is_empty());
    }

    #[test]
    fn a_weekday_somebody_came_in_once_stays_closed() {
        let mondays = std::iter::repeat_n(visit("2026-06-01 09:00", 30), 99);
        let once = [visit("2026-06-06 09:00", 30)];
        let hours = derive_hours(mondays.clone().chain(once));
        assert_eq!(hours.on(Weekday::Sat).len(), 1, "one in a hundred is enough");
        let hours = derive_hours(mondays.chain([visit("2026-06-01 09:00", 30)]).chain(once));
        assert_eq!(hours.on(Weekday::Sat), []);
    }

    #[test]
    fn what_is_left_of_a_day() {
        let spans = |texts: &[&str]| -> Vec<DaySpan> {
            texts.iter().map(|text| DaySpan::parse(text).expect("a stretch")).collect()
        };
        let day = spans(&["08:00-12:00", "13:00-17:00"]);
        assert_eq!(subtract(&day, &spans(&["11:00-14:00", "08:00-09:00"])), spans(&["09:00-11:00", "14:00-17:00"]));
        assert_eq!(subtract(&day, &spans(&["07:00-18:00"])), []);
        assert_eq!(subtract(&day, &[]), day);
    }
}
