//! When a clinic and its people work: weekly hours, exceptions, breaks.

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use crate::id::{BlockoutId, BreakId, ChairId, PractitionerId};
use crate::time::{DaySpan, Interval};

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
