//! Reading what callers say, field by field: whatever is wrong has a code and
//! the name of what it is about.

use axum::http::HeaderMap;
use chairside_schedule::id::{KindId, PractitionerId};
use chrono::{NaiveDate, NaiveDateTime, Timelike};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::str::FromStr;
use uuid::Uuid;

use super::problem::Problem;

/// The longest word anybody has to say.
const WORD_MOST: usize = 320;

/// The members of a JSON object, taken out one by one.
pub struct Fields(Map<String, Value>);

impl Fields {
    /// Reads a body.
    ///
    /// # Errors
    /// `body_not_json`, `body_not_object`.
    pub fn read(body: &[u8]) -> Result<Self, Problem> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(Problem::bad("body_not_object", "body")),
            Err(_) => Err(Problem::bad("body_not_json", "body")),
        }
    }

    /// A string of at most so many bytes, if there is one.
    pub fn optional_text(&mut self, name: &'static str, most: usize) -> Result<Option<String>, Problem> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.len() <= most => Ok(Some(text)),
            Some(Value::String(_)) => Err(Problem::bad("too_long", name)),
            Some(_) => Err(Problem::bad("wrong_type", name)),
        }
    }

    /// A string.
    pub fn text(&mut self, name: &'static str, most: usize) -> Result<String, Problem> {
        self.optional_text(name, most)?.filter(|text| !text.is_empty()).ok_or(Problem::bad("missing", name))
    }

    /// Something that is written as a string.
    pub fn parsed<T: FromStr>(&mut self, name: &'static str) -> Result<T, Problem> {
        self.text(name, WORD_MOST)?.parse().map_err(|_| Problem::bad("malformed", name))
    }

    /// The same, if there is one.
    pub fn optional_parsed<T: FromStr>(&mut self, name: &'static str) -> Result<Option<T>, Problem> {
        let text = self.optional_text(name, WORD_MOST)?;
        text.map(|text| text.parse().map_err(|_| Problem::bad("malformed", name))).transpose()
    }

    /// Yes or no; no where nothing is said.
    pub fn flag(&mut self, name: &'static str) -> Result<bool, Problem> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(Problem::bad("wrong_type", name)),
        }
    }

    /// Refuses what nobody asked for: it may have been meant as something else.
    pub fn end(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::bad("unknown_field", "body")) }
    }
}

/// A parameter of the query, if it is there.
pub fn parameter<T: FromStr>(query: &HashMap<String, String>, name: &'static str) -> Result<Option<T>, Problem> {
    query.get(name).map(|text| text.parse().map_err(|_| Problem::bad("malformed", name))).transpose()
}

/// Refuses parameters that aren't among these.
pub fn only(query: &HashMap<String, String>, names: &[&str]) -> Result<(), Problem> {
    let known = query.keys().all(|name| names.contains(&name.as_str()));
    if known { Ok(()) } else { Err(Problem::bad("unknown_parameter", "query")) }
}

/// A part of the path.
pub fn segment<T: FromStr>(text: &str, name: &'static str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::bad("malformed", name))
}

/// A header's text, if it is there.
pub fn header<'a>(headers: &'a HeaderMap, name: &'static str, most: usize) -> Result<Option<&'a str>, Problem> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let text = value.to_str().map_err(|_| Problem::bad("malformed", name))?;
    match text.len() {
        0 => Err(Problem::bad("missing", name)),
        length if length > most => Err(Problem::bad("too_long", name)),
        _ => Ok(Some(text)),
    }
}

/// Which place: with whom and when. Written `PRACTITIONER@2027-03-01T09:30`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SlotId {
    /// With whom.
    pub practitioner: PractitionerId,
    /// By the clock on the clinic's wall.
    pub start: NaiveDateTime,
}

const SLOT_TIME: &str = "%Y-%m-%dT%H:%M";

impl SlotId {
    /// Its clinic-local day.
    pub fn day(&self) -> NaiveDate {
        self.start.date()
    }
}

impl std::fmt::Display for SlotId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // As SLOT_TIME has it; a pattern would be read anew for each of a day's many places.
        write!(f, "{}@{}T{:02}:{:02}", self.practitioner.0, self.day(), self.start.hour(), self.start.minute())
    }
}

/// Not the name of a place.
#[derive(Clone, Copy, Debug)]
pub struct NotASlot;

impl FromStr for SlotId {
    type Err = NotASlot;
    fn from_str(text: &str) -> Result<Self, NotASlot> {
        let (practitioner, start) = text.split_once('@').ok_or(NotASlot)?;
        let practitioner = PractitionerId(Uuid::parse_str(practitioner).map_err(|_| NotASlot)?);
        let start = NaiveDateTime::parse_from_str(start, SLOT_TIME).map_err(|_| NotASlot)?;
        let slot = Self { practitioner, start };
        // One place has one name; years past four digits are nobody's.
        if slot.to_string() == text { Ok(slot) } else { Err(NotASlot) }
    }
}

/// What is asked for, where a kind is named too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wanted {
    /// Where.
    pub slot: SlotId,
    /// What for.
    pub kind: KindId,
}

/// An address that could be one: something, one `@`, a host with a dot.
pub fn is_address(text: &str) -> bool {
    let Some((local, host)) = text.split_once('@') else { return false };
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\\\"".contains(c);
    let host_is = host.contains('.') && !host.starts_with('.') && !host.ends_with('.') && !host.contains("..");
    !local.is_empty() && local.len() <= 64 && host_is && !host.contains('@') && text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_one_name() {
        let name = "00000000-0000-0000-0000-000000009001@2027-03-01T09:30";
        let slot: SlotId = name.parse().expect("a slot");
        assert_eq!(slot.to_string(), name);
        for other in ["", "@", "x@2027-03-01T09:30", "00000000000000000000000000009001@2027-03-01T09:30", "0@2027"] {
            assert!(other.parse::<SlotId>().is_err(), "{other}");
        }
    }

    #[test]
    fn addresses_are_told_from_other_words() {
        assert!(is_address("somebody@example.org"));
        for other in ["", "a", "a@b", "a@b..c", "a@@b.c", "a b@c.de", "a@b.c\r\nBcc: d@e.f", "@b.c"] {
            assert!(!is_address(other), "{other}");
        }
    }
}
