//! Local time, UTC and the intervals between them.
//!
//! People speak local time; clashes are decided in UTC. An appointment keeps
//! both, and this module is the only place that turns one into the other.

use std::fmt;

use chrono::{
    DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Timelike, Utc,
};
use serde::{Deserialize, Serialize};

/// Minutes in a day without a clock change.
pub const DAY_MINUTES: u16 = 24 * 60;

/// A time of day on the wall, in minutes after midnight, `0..=1440`.
/// 1440 is the midnight that ends the day. Serialised as the number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "number"))]
pub struct MinuteOfDay(u16);

impl MinuteOfDay {
    /// Midnight at the beginning of the day.
    pub const MIDNIGHT: Self = Self(0);
    /// Midnight at the end of the day.
    pub const END: Self = Self(DAY_MINUTES);

    /// `None` past 24:00.
    pub const fn new(minutes: u16) -> Option<Self> {
        if minutes <= DAY_MINUTES { Some(Self(minutes)) } else { None }
    }

    /// From hours and minutes; `None` where a clock shows no such time (24:00 is allowed).
    pub const fn hm(hour: u16, minute: u16) -> Option<Self> {
        if minute < 60 { Self::new(hour * 60 + minute) } else { None }
    }

    /// Reads `9:30`, `09:30` and `09.30`.
    pub fn parse(text: &str) -> Option<Self> {
        let (hour, minute) = text.trim().split_once([':', '.'])?;
        if hour.is_empty() || hour.len() > 2 || minute.len() != 2 {
            return None;
        }
        Self::hm(hour.parse().ok()?, minute.parse().ok()?)
    }

    /// Minutes after midnight.
    pub const fn minutes(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for MinuteOfDay {
    type Error = TimeOfDayOutOfRange;
    fn try_from(minutes: u16) -> Result<Self, Self::Error> {
        Self::new(minutes).ok_or(TimeOfDayOutOfRange(minutes))
    }
}

impl From<MinuteOfDay> for u16 {
    fn from(time: MinuteOfDay) -> Self {
        time.0
    }
}

/// More minutes than a day has.
#[derive(Debug, thiserror::Error)]
#[error("minute {0} is past the end of the day")]
pub struct TimeOfDayOutOfRange(pub u16);

impl fmt::Display for MinuteOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl fmt::Debug for MinuteOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A stretch of one local day by the clock on the wall, `start` before `end`,
/// the end not included.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DaySpan {
    /// First minute.
    pub start: MinuteOfDay,
    /// First minute after.
    pub end: MinuteOfDay,
}

impl DaySpan {
    /// The whole day.
    pub const WHOLE: Self = Self { start: MinuteOfDay::MIDNIGHT, end: MinuteOfDay::END };

    /// `None` unless `start` comes before `end`.
    pub fn new(start: MinuteOfDay, end: MinuteOfDay) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    /// Reads `08:00-17:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let (start, end) = text.split_once(['-', '–'])?;
        Self::new(MinuteOfDay::parse(start)?, MinuteOfDay::parse(end)?)
    }

    /// Whether the two share a minute.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The UTC interval this stretch is on `day` in `zone`: from when the clock
    /// first shows a time of it until it last did. Where the clocks are set
    /// back inside it, that is the longer way; `None` where they are set
    /// forward over all of it.
    pub fn on<Z: TimeZone>(self, day: NaiveDate, zone: &Z) -> Option<Interval> {
        let start = match resolve(zone, at(day, self.start)) {
            Resolution::Skipped(_) => jump_over(zone, at(day, self.start)),
            shown => shown.earliest(),
        };
        // The last second inside, not the end itself: 01:00–02:00 is one hour
        // also where 02:00 comes a second time.
        let last = at(day, self.end) - TimeDelta::seconds(1);
        let end = match resolve(zone, last) {
            Resolution::Skipped(_) => jump_over(zone, last),
            shown => Instant(shown.latest().0 + 1),
        };
        Interval::new(start, end)
    }
}

/// `time` on `day`, 24:00 being the next day's midnight.
pub fn at(day: NaiveDate, time: MinuteOfDay) -> NaiveDateTime {
    day.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(time.minutes()))
}

/// The minute of its day a local time lies in.
pub fn minute_of_day(local: NaiveDateTime) -> MinuteOfDay {
    MinuteOfDay((local.hour() * 60 + local.minute()) as u16)
}

/// An instant, in seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "number"))]
pub struct Instant(pub i64);

impl Instant {
    /// `minutes` later (or earlier, when negative).
    pub fn plus_minutes(self, minutes: i64) -> Self {
        Self(self.0 + minutes * 60)
    }

    /// What the clock on a wall in `zone` shows.
    pub fn local<Z: TimeZone>(self, zone: &Z) -> NaiveDateTime {
        zone.from_utc_datetime(&self.utc().naive_utc()).naive_local()
    }

    /// The same instant as chrono has it. Instants past chrono's range give its end.
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

/// A half-open stretch of time, `start` before `end`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Interval {
    /// First second.
    pub start: Instant,
    /// First second after.
    pub end: Instant,
}

impl Interval {
    /// `None` unless `start` comes before `end`.
    pub fn new(start: Instant, end: Instant) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    /// The stretch of `minutes` (at least one) from `start`.
    pub fn lasting(start: Instant, minutes: u32) -> Self {
        Self { start, end: start.plus_minutes(i64::from(minutes.max(1))) }
    }

    /// Whether the two share a second. This, and nothing else, is a clash.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether `other` lies wholly inside.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// What a local time means in a zone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Resolution {
    /// It happens once.
    Once(Instant),
    /// The clocks are set back and it happens twice.
    Twice {
        /// Before the clocks are set back (summer time).
        first: Instant,
        /// After.
        second: Instant,
    },
    /// The clocks are set forward over it. Carries the instant it would have
    /// been by the clock that was valid before: 02:30 becomes 03:30.
    Skipped(Instant),
}

impl Resolution {
    /// The one instant we take it for: the first of two, and past the jump
    /// for one that doesn't exist. Callers who should ask instead match.
    pub fn earliest(self) -> Instant {
        match self {
            Self::Once(instant) | Self::Twice { first: instant, .. } | Self::Skipped(instant) => instant,
        }
    }

    /// As [`Self::earliest`], but the second of two: right for the end of a stretch.
    pub fn latest(self) -> Instant {
        match self {
            Self::Twice { second, .. } => second,
            other => other.earliest(),
        }
    }
}

/// Finds the instant of a local time, both nights a year included.
///
/// Generic over the zone so that a changed zone rule is simply another `Z`.
pub fn resolve<Z: TimeZone>(zone: &Z, local: NaiveDateTime) -> Resolution {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(time) => Resolution::Once(Instant(time.timestamp())),
        LocalResult::Ambiguous(first, second) => {
            let (first, second) = (first.timestamp(), second.timestamp());
            Resolution::Twice { first: Instant(first.min(second)), second: Instant(first.max(second)) }
        }
        LocalResult::None => Resolution::Skipped(past_the_jump(zone, local)),
    }
}

/// A local time the clocks jump over, read by the offset valid before the jump.
fn past_the_jump<Z: TimeZone>(zone: &Z, local: NaiveDateTime) -> Instant {
    // No zone has ever jumped by more than a day (Samoa, 2011: exactly one).
    for hours_before in 1..=25 {
        let before = local - TimeDelta::hours(hours_before);
        if let Some(time) = zone.from_local_datetime(&before).latest() {
            return Instant(time.timestamp()).plus_minutes(hours_before * 60);
        }
    }
    Instant(local.and_utc().timestamp())
}

/// The instant at which the clocks jump over `local`, which they do.
fn jump_over<Z: TimeZone>(zone: &Z, local: NaiveDateTime) -> Instant {
    // Read by the clock of before, the skipped time lies past the jump, and
    // the clock then shows more than it: the jump is the first such instant.
    let mut after = past_the_jump(zone, local).0;
    let mut before = after - DAY_S;
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        if Instant(middle).local(zone) > local {
            after = middle;
        } else {
            before = middle;
        }
    }
    Instant(after)
}

/// Seconds in a day without a clock change.
const DAY_S: i64 = 86_400;

/// A day as the store counts it: days since 1970-01-01.
pub fn day_number(day: NaiveDate) -> i32 {
    day.num_days_from_ce() - UNIX_EPOCH_FROM_CE
}

/// The day that [`day_number`] gave; `None` outside chrono's years.
pub fn day_from_number(number: i32) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(number.checked_add(UNIX_EPOCH_FROM_CE)?)
}

/// 1970-01-01 counted from 0001-01-01 as day one.
const UNIX_EPOCH_FROM_CE: i32 = 719_163;

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Stockholm;

    use super::*;

    fn local(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").expect("a local time")
    }

    #[test]
    fn the_spring_night_skips_an_hour() {
        let skipped = resolve(&Stockholm, local("2026-03-29 02:30"));
        let Resolution::Skipped(instant) = skipped else { panic!("{skipped:?}") };
        assert_eq!(instant.local(&Stockholm), local("2026-03-29 03:30"));
    }

    #[test]
    fn the_autumn_night_has_an_hour_twice() {
        let twice = resolve(&Stockholm, local("2026-10-25 02:30"));
        let Resolution::Twice { first, second } = twice else { panic!("{twice:?}") };
        assert_eq!(second.0 - first.0, 3600);
        assert_eq!(first.local(&Stockholm), second.local(&Stockholm));
    }

    #[test]
    fn a_whole_day_is_as_long_as_it_is() {
        let hours = |day: &str| {
            let day = day.parse().expect("a date");
            let day = DaySpan::WHOLE.on(day, &Stockholm).expect("a day");
            (day.end.0 - day.start.0) / 3600
        };
        assert_eq!(hours("2026-03-29"), 23);
        assert_eq!(hours("2026-06-01"), 24);
        assert_eq!(hours("2026-10-25"), 25);
    }

    #[test]
    fn a_stretch_is_what_the_clock_shows_of_it() {
        let minutes = |day: &str, span: &str| {
            let day: NaiveDate = day.parse().expect("a date");
            let span = DaySpan::parse(span).expect("a stretch").on(day, &Stockholm)?;
            Some((span.end.0 - span.start.0) / 60)
        };
        assert_eq!(minutes("2026-03-29", "01:00-02:30"), Some(60));
        assert_eq!(minutes("2026-03-29", "02:30-04:00"), Some(60));
        assert_eq!(minutes("2026-03-29", "02:00-03:00"), None);
        assert_eq!(minutes("2026-10-25", "01:00-02:00"), Some(60));
        assert_eq!(minutes("2026-10-25", "01:00-02:30"), Some(150));
        assert_eq!(minutes("2026-10-25", "02:30-03:00"), Some(90));
        assert_eq!(minutes("2026-10-25", "03:00-04:00"), Some(60));
    }

    #[test]
    fn days_count_from_the_epoch() {
        let day = NaiveDate::from_ymd_opt(1970, 1, 2).expect("a date");
        assert_eq!(day_number(day), 1);
        assert_eq!(day_from_number(1), Some(day));
    }
}
