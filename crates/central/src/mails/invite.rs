//! The visit as a calendar's entry: the same entry through all mails of a
//! booking, so that a calendar changes what it has instead of adding another.

use chairside_sync::mails::{Key, Outcome};
use chrono::{DateTime, TimeDelta, Utc};
use icalendar::{Calendar, CalendarDateTime, Component, Event, EventLike, EventStatus, Property};

use super::letter::Letter;
use super::words::Words;

/// What is done to a calendar's entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// It is put in or changed.
    Publish,
    /// It is taken out.
    Cancel,
}

impl Method {
    /// What a mail of this outcome does.
    pub const fn of(outcome: Outcome) -> Self {
        match status(outcome) {
            EventStatus::Cancelled => Self::Cancel,
            _ => Self::Publish,
        }
    }

    /// The word in the file and in the mail's content type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "PUBLISH",
            Self::Cancel => "CANCEL",
        }
    }
}

const fn status(outcome: Outcome) -> EventStatus {
    match outcome {
        Outcome::Received | Outcome::Held | Outcome::CancellationSent => EventStatus::Tentative,
        Outcome::Confirmed | Outcome::MovedByClinic | Outcome::NotMoved => EventStatus::Confirmed,
        Outcome::NotPossible
        | Outcome::Expired
        | Outcome::Withdrawn
        | Outcome::CancelledByYou
        | Outcome::CancelledByClinic => EventStatus::Cancelled,
    }
}

/// The `.ics` file of a letter. `domain` is the sender's: with the booking's id
/// it names the entry for good. `from` is the sender's address, `written_ms`
/// when the mail was written, milliseconds since 1970 in UTC. Without a known
/// zone its times are those of the reader's own clock.
pub fn invite(letter: &Letter, key: Key, written_ms: i64, from: &str, domain: &str, words: &Words) -> String {
    let ends = letter.starts + TimeDelta::minutes(i64::from(letter.minutes));
    let at = |local| match letter.zone {
        Some(zone) => CalendarDateTime::WithTimezone { date_time: local, tzid: zone.name().to_owned() },
        None => CalendarDateTime::Floating(local),
    };
    let status = status(letter.outcome);
    let title = if status == EventStatus::Tentative { "mail-event-tentative" } else { "mail-event" };
    let written: DateTime<Utc> = DateTime::from_timestamp_millis(written_ms).unwrap_or_default();
    let event = Event::with_uid(&format!("{}@{domain}", key.booking.0))
        .summary(&words.format(title, &[("clinic", &letter.clinic)]))
        .sequence(u32::try_from(key.sequence).unwrap_or(u32::MAX))
        .timestamp(written)
        .starts(at(letter.starts))
        .ends(at(ends))
        .status(status)
        .add_property("ORGANIZER", format!("mailto:{from}"))
        .done();
    let mut calendar = Calendar::new();
    calendar.append_property(Property::new("METHOD", Method::of(letter.outcome).as_str()));
    calendar.push(event);
    calendar.to_string()
}
