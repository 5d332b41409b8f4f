//! Turns single cells into values: ids, times, lengths, yes and no.

use std::borrow::Cow;

use chrono::format::{Item, Parsed, StrftimeItems, parse};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use chairside_schedule::time::Instant;

/// The longest number written in scientific notation that is expanded, in
/// digits; no system numbers its patients with more.
const ID_DIGITS: usize = 40;

/// An id as the other system means it: `7.29E+02` and `729.0`, which
/// spreadsheets and data tools make of 729, become 729. Anything else stays.
pub fn id(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    match expanded(text) {
        Some(number) => Cow::Owned(number.digits),
        None => Cow::Borrowed(text),
    }
}

/// Whether a number in scientific notation shows fewer digits than it has, so
/// that it may have been rounded when it was written.
pub fn id_may_be_rounded(text: &str) -> bool {
    expanded(text.trim()).is_some_and(|number| number.padded)
}

struct Expanded {
    digits: String,
    padded: bool,
}

fn expanded(text: &str) -> Option<Expanded> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) || !text.contains(['.', ',', 'e', 'E']) {
        return None;
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        // `12e4` is as likely somebody's code; spreadsheets write a point or a sign.
        Some((_, exponent)) if !text.contains(['.', ',']) && !exponent.starts_with(['+', '-']) => return None,
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let places = whole.len().checked_add_signed(isize::try_from(exponent).ok()?)?;
    let shown = whole.len() + fraction.len();
    if places > ID_DIGITS || shown > ID_DIGITS {
        return None;
    }
    let mut digits = format!("{whole}{fraction}");
    // Digits behind the point must be noughts, or it is no whole number.
    if shown > places && digits[places..].bytes().any(|byte| byte != b'0') {
        return None;
    }
    digits.truncate(places);
    digits.extend(std::iter::repeat_n('0', places.saturating_sub(shown)));
    let digits = digits.trim_start_matches('0');
    Some(Expanded {
        digits: if digits.is_empty() { "0".to_owned() } else { digits.to_owned() },
        padded: shown < places,
    })
}

/// A day, and the time on it where one was given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct When {
    /// The local day.
    pub day: NaiveDate,
    /// By the clock on the wall.
    pub time: Option<NaiveTime>,
}

impl When {
    /// The local time; midnight where none was given.
    pub fn local(self) -> NaiveDateTime {
        self.day.and_time(self.time.unwrap_or(NaiveTime::MIN))
    }
}

/// One way of writing a date, a time or both, in the letters of `strftime`, or
/// one of `unix` and `unix-ms` (seconds, milliseconds since 1970 in UTC).
#[derive(Clone, Debug)]
pub struct Format {
    /// As the map writes it.
    pub text: String,
    reading: Reading,
    items: Vec<Item<'static>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Reading {
    Unix { per_second: i64 },
    Zoned,
    DayAndTime,
    Day,
    Time,
}

impl Format {
    /// `None` where the letters mean nothing, or mean no date or time.
    pub fn compile(text: &str) -> Option<Self> {
        let reading = match text {
            "unix" => Reading::Unix { per_second: 1 },
            "unix-ms" => Reading::Unix { per_second: 1000 },
            _ => {
                let has = |letters: &[&str]| letters.iter().any(|letter| text.contains(letter));
                let zone = has(&["%z", "%:z", "%#z"]);
                let day = has(&["%d", "%e", "%j", "%F", "%D", "%x"]);
                let time = has(&["%H", "%I", "%k", "%l", "%T", "%R", "%r", "%X"]);
                match (zone, day, time) {
                    (true, true, true) => Reading::Zoned,
                    (_, true, true) => Reading::DayAndTime,
                    (_, true, false) => Reading::Day,
                    (_, false, true) => Reading::Time,
                    (_, false, false) => return None,
                }
            }
        };
        let items = match reading {
            Reading::Unix { .. } => Vec::new(),
            _ => StrftimeItems::new(text).parse_to_owned().ok()?,
        };
        Some(Self { text: text.to_owned(), reading, items })
    }

    /// Whether it says a day.
    pub fn has_day(&self) -> bool {
        self.reading != Reading::Time
    }

    /// Whether a written day can be taken for another under a different format.
    fn is_plain(&self) -> bool {
        self.text.starts_with("%Y") || matches!(self.reading, Reading::Unix { .. })
    }

    /// Reads a day, and a time where the format has one.
    pub fn when(&self, text: &str, zone: Tz) -> Option<When> {
        let local = |utc: DateTime<Utc>| utc.with_timezone(&zone).naive_local();
        let both = |at: NaiveDateTime| When { day: at.date(), time: Some(at.time()) };
        let when = match self.reading {
            Reading::Unix { per_second } => {
                let number: i64 = id(text).parse().ok()?;
                both(local(DateTime::from_timestamp(number.div_euclid(per_second), 0)?))
            }
            Reading::Zoned => {
                let zulu = text.strip_suffix(['Z', 'z']).map(|rest| format!("{rest}+00:00"));
                let parsed = self.parsed(zulu.as_deref().unwrap_or(text))?;
                both(local(parsed.to_datetime().ok()?.to_utc()))
            }
            Reading::DayAndTime => both(self.parsed(text)?.to_naive_datetime_with_offset(0).ok()?),
            Reading::Day => When { day: self.parsed(text)?.to_naive_date().ok()?, time: None },
            Reading::Time => return None,
        };
        // Year 24 is no year a clinic was open in.
        (1900..2200).contains(&when.day.year()).then_some(when)
    }

    /// Reads a time of day.
    pub fn time(&self, text: &str) -> Option<NaiveTime> {
        if self.reading == Reading::Time { self.parsed(text)?.to_naive_time().ok() } else { None }
    }

    fn parsed(&self, text: &str) -> Option<Parsed> {
        let mut parsed = Parsed::new();
        parse(&mut parsed, text, self.items.iter()).ok()?;
        Some(parsed)
    }
}

/// The ways of writing tried where a map names none. `03/04/2024` is not
/// among them: only a map (or a whole column) can say which is the month.
pub const DATES: &[&str] = &[
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%dT%H:%M:%S%.f%:z",
    "%Y-%m-%d %H:%M:%S%.f%:z",
    "%Y-%m-%d %H.%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%d.%m.%Y",
    "%Y%m%d",
];

/// As [`DATES`], for columns that hold a time of day alone.
pub const TIMES: &[&str] = &["%H:%M:%S%.f", "%H:%M", "%H.%M", "%I:%M %p", "%I:%M:%S %p", "%H%M"];

/// The formats of one column, the one that reads most of its cells first.
pub struct ColumnDates<'f> {
    formats: Vec<&'f Format>,
    /// Two formats read every cell, and don't agree on what they say.
    pub ambiguous: bool,
}

impl<'f> ColumnDates<'f> {
    /// Orders the formats by how many of the cells they read: a column is
    /// written in one way, and `03/04/2024` is settled by a `25/04/2024` in
    /// the same column.
    pub fn of<'c>(formats: &'f [Format], zone: Tz, cells: impl Iterator<Item = &'c str> + Clone) -> Self {
        let mut formats: Vec<&Format> = formats.iter().filter(|format| format.has_day()).collect();
        let cells = cells.map(str::trim).filter(|cell| !cell.is_empty());
        if let Some(first) = formats.first()
            && first.is_plain()
            && cells.clone().all(|cell| first.when(cell, zone).is_some())
        {
            return Self { formats, ambiguous: false };
        }
        let mut counted: Vec<(usize, &Format)> = formats
            .iter()
            .map(|format| (cells.clone().filter(|cell| format.when(cell, zone).is_some()).count(), *format))
            .collect();
        counted.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        let most = counted.first().map_or(0, |first| first.0);
        let rivals: Vec<&Format> =
            counted.iter().filter(|(count, _)| *count == most && most > 0).map(|rival| rival.1).collect();
        let ambiguous = rivals.split_first().is_some_and(|(first, rest)| {
            cells.clone().any(|cell| {
                let day = first.when(cell, zone).map(|when| when.day);
                rest.iter().any(|rival| rival.when(cell, zone).is_some_and(|when| Some(when.day) != day))
            })
        });
        formats = counted.into_iter().map(|(_, format)| format).collect();
        Self { formats, ambiguous }
    }

    /// Reads one cell of the column.
    pub fn when(&self, text: &str, zone: Tz) -> Option<When> {
        self.formats.iter().find_map(|format| format.when(text, zone))
    }
}

/// A length in whole minutes, rounded up: `30`, `30 min`, `45.0`, `0:45`, `00:45:00`.
/// `per_minute` is 1 for a number of minutes, 60 for one of seconds.
pub fn minutes(text: &str, per_minute: f64) -> Option<u32> {
    let text = text.trim();
    if text.contains(':') {
        let mut parts = text.split(':').map(|part| part.parse::<u32>().ok());
        let (hours, minutes) = (parts.next()??, parts.next()??);
        let seconds = parts.next().unwrap_or(Some(0))?;
        return hours.checked_mul(60)?.checked_add(minutes)?.checked_add(seconds.div_ceil(60));
    }
    let number = text.trim_end_matches(|c: char| c.is_alphabetic() || c == '.' || c == ' ').replace(',', ".");
    let minutes = (number.parse::<f64>().ok()? / per_minute).ceil();
    (minutes.is_finite() && (0.0..=f64::from(u32::MAX)).contains(&minutes)).then_some(minutes as u32)
}

/// The whole minutes from one local time to another, rounded up; `None` unless later.
pub fn minutes_between(start: NaiveDateTime, end: NaiveDateTime) -> Option<u32> {
    let seconds = (end - start).num_seconds();
    if seconds <= 0 { None } else { u32::try_from((seconds + 59) / 60).ok() }
}

/// Yes or no, in the words systems use.
pub fn yes(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "1" | "true" | "t" | "yes" | "y" | "ja" | "j" | "x" | "sant" | "active" | "aktiv" => Some(true),
        "0" | "false" | "f" | "no" | "n" | "nej" | "falskt" | "inactive" | "inaktiv" | "archived" | "arkiverad" => {
            Some(false)
        }
        _ => None,
    }
}

/// The instant of a local time.
pub fn instant(local: NaiveDateTime, zone: Tz) -> Instant {
    chairside_schedule::time::resolve(&zone, local).earliest()
}

/// The end of a visit whose end column holds a time alone; one before its start is on the next day.
pub fn end_at(start: NaiveDateTime, end: NaiveTime) -> NaiveDateTime {
    let same_day = start.date().and_time(end);
    if same_day < start { same_day + TimeDelta::days(1) } else { same_day }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Stockholm;

    use super::*;

    #[test]
    fn ids_that_spreadsheets_have_touched() {
        for (text, expected) in [
            ("729", "729"),
            (" 00729 ", "00729"),
            ("7.29E+02", "729"),
            ("7,29e2", "729"),
            ("1E+03", "1000"),
            ("322.0", "322"),
            ("1.98112189876E+11", "198112189876"),
            ("7.29E-02", "7.29E-02"),
            ("7.295E+02", "7.295E+02"),
            ("E7", "E7"),
            ("12e4", "12e4"),
            ("1E9999999999", "1E9999999999"),
            ("1E+99", "1E+99"),
            ("3f2c-1", "3f2c-1"),
            ("0.0", "0"),
            ("", ""),
        ] {
            assert_eq!(id(text), expected, "{text:?}");
        }
        assert!(id_may_be_rounded("1.78E+03") && !id_may_be_rounded("7.29E+02") && !id_may_be_rounded("1780"));
    }

    fn formats(texts: &[&str]) -> Vec<Format> {
        texts.iter().map(|text| Format::compile(text).expect(text)).collect()
    }

    fn read(formats: &[Format], text: &str) -> Option<String> {
        let column = ColumnDates::of(formats, Stockholm, std::iter::once(text));
        column.when(text, Stockholm).map(|when| match when.time {
            Some(time) => format!("{} {}", when.day, time.format("%H:%M:%S")),
            None => when.day.to_string(),
        })
    }

    #[test]
    fn dates_as_systems_write_them() {
        let known = formats(DATES);
        for (text, expected) in [
            ("2024-03-05 09:30:00", Some("2024-03-05 09:30:00")),
            ("2024-03-05T09:30:00.000", Some("2024-03-05 09:30:00")),
            ("2024-03-05 9:30", Some("2024-03-05 09:30:00")),
            ("2024-03-05 09.30", Some("2024-03-05 09:30:00")),
            ("2024-03-05T08:30:00Z", Some("2024-03-05 09:30:00")),
            ("2024-03-05T10:30:00+02:00", Some("2024-03-05 09:30:00")),
            ("2024-03-05", Some("2024-03-05")),
            ("20240305", Some("2024-03-05")),
            ("5.3.2024", Some("2024-03-05")),
            ("2024-02-30", None),
            ("2024-03-05 25:00", None),
            ("0024-03-05", None),
            ("03/04/2024", None),
            ("soon", None),
        ] {
            assert_eq!(read(&known, text).as_deref(), expected, "{text:?}");
        }
        assert_eq!(read(&formats(&["unix"]), "1709627400").as_deref(), Some("2024-03-05 09:30:00"));
        assert_eq!(read(&formats(&["unix-ms"]), "1.7096274E+12").as_deref(), Some("2024-03-05 09:30:00"));
        assert!(Format::compile("%Q").is_none() && Format::compile("day").is_none());
    }

    #[test]
    fn a_column_settles_which_is_the_month() {
        let both = formats(&["%d/%m/%Y", "%m/%d/%Y"]);
        let american = ["03/04/2024", "03/25/2024"];
        let column = ColumnDates::of(&both, Stockholm, american.into_iter());
        assert_eq!(column.when("03/04/2024", Stockholm).expect("a day").day.to_string(), "2024-03-04");
        assert!(!column.ambiguous);
        assert!(ColumnDates::of(&both, Stockholm, std::iter::once("03/04/2024")).ambiguous);
        assert!(!ColumnDates::of(&both, Stockholm, std::iter::once("03/03/2024")).ambiguous);
    }

    #[test]
    fn lengths_in_every_unit() {
        for (text, expected) in [
            ("30", Some(30)),
            ("45.0", Some(45)),
            ("45 min", Some(45)),
            ("45 min.", Some(45)),
            ("1:30", Some(90)),
            ("00:45:30", Some(46)),
            ("4.5E+01", Some(45)),
            ("0", Some(0)),
            ("-30", None),
            ("NaN", None),
            ("half an hour", None),
            ("99999999999", None),
            ("99999999:0", None),
        ] {
            assert_eq!(minutes(text, 1.0), expected, "{text:?}");
        }
        assert_eq!(minutes("1799", 60.0), Some(30));
        assert_eq!(minutes("1800 s", 60.0), Some(30));
    }
}
