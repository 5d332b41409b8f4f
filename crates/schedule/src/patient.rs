//! Patients, and the numbers they are known by.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::id::PatientId;
use crate::time::Instant;

/// A patient. Known by at least one of: a name, a personnummer, a birth date
/// or year, an id from elsewhere.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patient {
    /// Their id.
    pub id: PatientId,
    /// Rises by one with every change.
    pub version: u32,
    /// Given names; may be empty.
    pub given: String,
    /// Family name; may be empty.
    pub family: String,
    /// Swedish identity number.
    pub personnummer: Option<Personnummer>,
    /// When they were born, as exactly as anyone knows.
    pub birth: Option<Birth>,
    /// How to call them.
    pub phone: Option<PhoneNumber>,
    /// How to write to them.
    pub email: String,
    /// FHIR's administrative gender.
    pub gender: Gender,
    /// What everyone must know before treating: "Penicillin allergy". May be empty.
    pub alert: String,
    /// For staff only.
    pub note: String,
    /// A protected identity: masked everywhere until somebody asks to see it.
    pub protected: bool,
    /// Who answers for a child.
    pub guardian: Option<PatientId>,
    /// Whether they still come here.
    pub active: bool,
    /// The id another system knows them by, to show where there is no name.
    pub external_id: Option<String>,
    /// When they were first registered, here or elsewhere.
    pub created_at: Instant,
}

/// The longest name, e-mail address, alert or reason, in characters.
pub const TEXT_CHARS: usize = 200;

impl Patient {
    /// Whether anything at all tells this patient from another.
    pub fn is_identified(&self) -> bool {
        !self.given.is_empty()
            || !self.family.is_empty()
            || self.personnummer.is_some()
            || self.birth.is_some()
            || self.external_id.is_some()
    }

    /// Given and family name, or an empty string.
    pub fn full_name(&self) -> String {
        full_name(&self.given, &self.family)
    }
}

/// Given and family name as one; either may be empty.
pub fn full_name(given: &str, family: &str) -> String {
    [given, family].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Never a name, number or note in a log line.
impl fmt::Debug for Patient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Patient").field("id", &self.id).field("version", &self.version).finish_non_exhaustive()
    }
}

/// FHIR R4's administrative gender.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Gender {
    /// Male.
    Male,
    /// Female.
    Female,
    /// Other.
    Other,
    /// Not known.
    #[default]
    Unknown,
}

impl Gender {
    /// The word of FHIR R4.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Male => "male",
            Self::Female => "female",
            Self::Other => "other",
            Self::Unknown => "unknown",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Male, Self::Female, Self::Other, Self::Unknown].into_iter().find(|gender| gender.as_str() == word)
    }
}

/// When somebody was born: the day, or only the year.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Birth {
    /// The day.
    Date(NaiveDate),
    /// Only the year is known.
    Year(i32),
}

/// The oldest birth year anyone alive can have.
pub const EARLIEST_BIRTH_YEAR: i32 = 1900;

impl Birth {
    /// Reads `1987-07-14`, `19870714` and `1987`, as of `today`.
    ///
    /// # Errors
    /// No such day, one still to come, or one before [`EARLIEST_BIRTH_YEAR`].
    pub fn parse(text: &str, today: NaiveDate) -> Result<Self, BirthError> {
        let text = text.trim();
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let plain = text.chars().all(|c| c.is_ascii_digit() || c == '-');
        let birth = match (plain, digits.len()) {
            (true, 4) => Self::Year(digits.parse().map_err(|_| BirthError::Unreadable)?),
            (true, 8) => {
                NaiveDate::parse_from_str(&digits, "%Y%m%d").map(Self::Date).map_err(|_| BirthError::NoSuchDay)?
            }
            _ => return Err(BirthError::Unreadable),
        };
        birth.checked(today)
    }

    /// The same birth if it can be true as of `today`.
    ///
    /// # Errors
    /// One still to come, or before [`EARLIEST_BIRTH_YEAR`].
    pub fn checked(self, today: NaiveDate) -> Result<Self, BirthError> {
        let ahead = match self {
            Self::Date(date) => date > today,
            Self::Year(year) => year > today.year(),
        };
        if ahead {
            Err(BirthError::Ahead)
        } else if self.year() < EARLIEST_BIRTH_YEAR {
            Err(BirthError::TooLongAgo)
        } else {
            Ok(self)
        }
    }

    /// The year.
    pub fn year(self) -> i32 {
        match self {
            Self::Date(date) => date.year(),
            Self::Year(year) => year,
        }
    }
}

impl fmt::Display for Birth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => write!(f, "{date}"),
            Self::Year(year) => write!(f, "{year}"),
        }
    }
}

/// Why a birth date can't be one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BirthError {
    /// Neither a date nor a year.
    #[error("not a date or a year")]
    Unreadable,
    /// No calendar has that day.
    #[error("no such day")]
    NoSuchDay,
    /// It is still to come.
    #[error("in the future")]
    Ahead,
    /// Nobody is that old.
    #[error("before {EARLIEST_BIRTH_YEAR}")]
    TooLongAgo,
}

/// A Swedish personal identity number or coordination number, checked.
///
/// Source: Skatteverket, "Personnummer" and "Samordningsnummer" (day + 60 for
/// the latter); check digit by the Luhn algorithm over the last ten digits.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "string"))]
pub struct Personnummer {
    /// Twelve digits: YYYYMMDDNNNC.
    digits: String,
}

impl Personnummer {
    /// Reads `YYYYMMDD-NNNC`, `YYMMDD-NNNC`, `YYMMDD+NNNC` (a hundred years or
    /// older), with or without the sign. The century of a short one is the
    /// latest that isn't after `today`.
    ///
    /// # Errors
    /// Not ten or twelve digits, no such day, a wrong check digit.
    pub fn parse(text: &str, today: NaiveDate) -> Result<Self, PersonnummerError> {
        let text = text.trim();
        if !text.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | ' ')) {
            return Err(PersonnummerError::Unreadable);
        }
        let centenarian = text.contains('+');
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let digits = match digits.len() {
            12 => digits,
            10 => with_century(&digits, centenarian, today)?,
            _ => return Err(PersonnummerError::Unreadable),
        };
        Self::from_twelve(digits)
    }

    fn from_twelve(digits: String) -> Result<Self, PersonnummerError> {
        if digits.len() != 12 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(PersonnummerError::Unreadable);
        }
        birth_date(&digits).ok_or(PersonnummerError::NoSuchDay)?;
        if luhn(&digits[2..]) { Ok(Self { digits }) } else { Err(PersonnummerError::CheckDigit) }
    }

    /// Twelve digits, no sign.
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// The birth date it says.
    pub fn birth(&self) -> Birth {
        // Checked at the edge: the digits held a date when they were parsed.
        birth_date(&self.digits).map_or(Birth::Year(EARLIEST_BIRTH_YEAR), Birth::Date)
    }
}

impl fmt::Display for Personnummer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", &self.digits[..8], &self.digits[8..])
    }
}

impl fmt::Debug for Personnummer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Personnummer(…)")
    }
}

impl TryFrom<String> for Personnummer {
    type Error = PersonnummerError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::from_twelve(text.chars().filter(char::is_ascii_digit).collect())
    }
}

impl From<Personnummer> for String {
    fn from(number: Personnummer) -> Self {
        number.digits
    }
}

/// Why a personnummer can't be one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PersonnummerError {
    /// Not ten or twelve digits.
    #[error("not ten or twelve digits")]
    Unreadable,
    /// The first digits are no date.
    #[error("no such day")]
    NoSuchDay,
    /// The last digit doesn't fit the others.
    #[error("the check digit doesn't fit")]
    CheckDigit,
}

fn with_century(ten: &str, centenarian: bool, today: NaiveDate) -> Result<String, PersonnummerError> {
    let year: i32 = ten[..2].parse().map_err(|_| PersonnummerError::Unreadable)?;
    let mut century = today.year() / 100;
    if century * 100 + year > today.year() {
        century -= 1;
    }
    if centenarian {
        century -= 1;
    }
    Ok(format!("{century}{ten}"))
}

fn birth_date(twelve: &str) -> Option<NaiveDate> {
    let day: u32 = twelve[6..8].parse().ok()?;
    // A coordination number adds sixty to the day.
    let day = if day > 60 { day - 60 } else { day };
    NaiveDate::from_ymd_opt(twelve[..4].parse().ok()?, twelve[4..6].parse().ok()?, day)
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0') * if place % 2 == 1 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    sum.is_multiple_of(10)
}

/// A phone number somebody can dial: digits with an optional leading plus,
/// kept as people wrote it apart from surrounding space.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "string"))]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Reads a number of 5 to 15 digits (E.164's limit), with spaces, hyphens,
    /// brackets and a leading plus as people write them.
    ///
    /// # Errors
    /// Too few or too many digits, or something else among them.
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        let text = text.trim();
        let fits = text
            .chars()
            .enumerate()
            .all(|(at, c)| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')' | '/') || (at == 0 && c == '+'));
        if !fits {
            return Err(PhoneError::Unreadable);
        }
        match text.chars().filter(char::is_ascii_digit).count() {
            0..5 => Err(PhoneError::TooShort),
            5..=15 => Ok(Self(text.to_owned())),
            _ => Err(PhoneError::TooLong),
        }
    }

    /// As people wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Only its digits.
    pub fn digits(&self) -> String {
        self.0.chars().filter(char::is_ascii_digit).collect()
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(…)")
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = PhoneError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0
    }
}

/// Why a phone number can't be one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PhoneError {
    /// Something that no number holds.
    #[error("something other than digits")]
    Unreadable,
    /// Fewer than five digits.
    #[error("too few digits")]
    TooShort,
    /// More than fifteen digits.
    #[error("too many digits")]
    TooLong,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 24).expect("a date")
    }

    // 121212-1212 and 811218-9876 are the numbers Skatteverket gives as examples.
    #[test]
    fn personnummer_is_read_in_every_form() {
        for text in ["811218-9876", "8112189876", "19811218-9876", "198112189876"] {
            let number = Personnummer::parse(text, today()).expect(text);
            assert_eq!(number.to_string(), "19811218-9876");
        }
        let old = Personnummer::parse("121212+1212", today()).expect("a centenarian");
        assert_eq!(old.to_string(), "19121212-1212");
        assert_eq!(Personnummer::parse("121212-1212", today()).expect("a child").to_string(), "20121212-1212");
    }

    #[test]
    fn a_coordination_number_has_sixty_added_to_its_day() {
        let number = Personnummer::parse("701063-2391", today()).expect("Skatteverket's example");
        assert_eq!(number.birth(), Birth::Date(NaiveDate::from_ymd_opt(1970, 10, 3).expect("a date")));
    }

    #[test]
    fn a_wrong_personnummer_says_what_is_wrong() {
        let err = |text| Personnummer::parse(text, today()).expect_err(text);
        assert_eq!(err("811218-9875"), PersonnummerError::CheckDigit);
        assert_eq!(err("811318-9876"), PersonnummerError::NoSuchDay);
        assert_eq!(err("811218-98"), PersonnummerError::Unreadable);
        assert_eq!(err("81121x-9876"), PersonnummerError::Unreadable);
    }

    #[test]
    fn births_that_cannot_be() {
        let err = |text| Birth::parse(text, today()).expect_err(text);
        assert_eq!(err("2026-02-30"), BirthError::NoSuchDay);
        assert_eq!(err("2026-11-25"), BirthError::Ahead);
        assert_eq!(err("1875-01-01"), BirthError::TooLongAgo);
        assert_eq!(err("yesterday"), BirthError::Unreadable);
        assert_eq!(Birth::parse("1968", today()), Ok(Birth::Year(1968)));
    }

    #[test]
    fn phone_numbers_are_checked_by_their_digits() {
        assert_eq!(PhoneNumber::parse("031-073 88 10").expect("a number").digits(), "0310738810");
        assert_eq!(PhoneNumber::parse("0707"), Err(PhoneError::TooShort));
        assert_eq!(PhoneNumber::parse("+4670741220811111"), Err(PhoneError::TooLong));
        assert_eq!(PhoneNumber::parse("07O7412208"), Err(PhoneError::Unreadable));
    }
}
