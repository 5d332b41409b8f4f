//! One visit: its time, its people, its status and the moves between statuses.

use chrono::{NaiveDate, NaiveDateTime, TimeZone};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::id::{AppointmentId, ChairId, KindId, PatientId, PractitionerId};
use crate::time::{Instant, Interval, MinuteOfDay, minute_of_day, resolve};

/// A visit, as the clinic has it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Appointment {
    /// Its id, made by whoever first wished it.
    pub id: AppointmentId,
    /// Rises by one with every change; what two editors of one visit are told apart by.
    pub version: u32,
    /// Who comes.
    pub patient: PatientId,
    /// Who treats.
    pub practitioner: PractitionerId,
    /// Where, in clinics that plan chairs.
    pub chair: Option<ChairId>,
    /// What for.
    pub kind: KindId,
    /// When.
    pub time: VisitTime,
    /// How things stand.
    pub status: Status,
    /// Whether the patient has said yes themselves.
    pub confirmed: bool,
    /// For staff only; patients never see it. At most [`NOTE_CHARS`] characters.
    pub note: String,
    /// How the booking came in.
    pub source: Source,
    /// Staff booked it over something else, knowingly, and this is why.
    pub overbooked: Option<String>,
    /// Who cancelled and why.
    pub cancellation: Option<Cancellation>,
    /// When the patient came to the desk.
    pub arrived_at: Option<Instant>,
    /// When they sat down in the chair.
    pub seated_at: Option<Instant>,
    /// When the treatment was done.
    pub done_at: Option<Instant>,
    /// When they left the clinic, where another system recorded it.
    pub left_at: Option<Instant>,
    /// The visit this one was moved from, where another system made a new one of it.
    pub follows: Option<AppointmentId>,
    /// When it was first booked.
    pub created_at: Instant,
    /// The id another system knows it by.
    pub external_id: Option<String>,
    /// What an import found odd about it.
    pub flags: Flags,
}

/// The longest note, in characters.
pub const NOTE_CHARS: usize = 2_000;

/// When a visit is: by the clock on the clinic's wall, and derived from that, in UTC.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct VisitTime {
    /// By the clock on the wall.
    pub local: NaiveDateTime,
    /// The zone of that clock.
    pub zone: Tz,
    /// How long, in minutes, at least one.
    pub minutes: u32,
    /// Derived: the same in UTC. Clashes are decided by this.
    pub interval: Interval,
}

impl VisitTime {
    /// A visit of `minutes` from the local time. A time that happens twice is
    /// taken as the first, one that doesn't exist as past the jump;
    /// [`crate::rules`] says so before anyone books it.
    pub fn new(local: NaiveDateTime, zone: Tz, minutes: u32) -> Self {
        Self::by_rules_of(&zone, local, zone, minutes)
    }

    /// As [`Self::new`], with the UTC derived by other rules than those built
    /// in: what a changed zone rule needs.
    pub fn by_rules_of<Z: TimeZone>(rules: &Z, local: NaiveDateTime, zone: Tz, minutes: u32) -> Self {
        let interval = Interval::lasting(resolve(rules, local).earliest(), minutes);
        Self { local, zone, minutes, interval }
    }

    /// The clinic's local day.
    pub fn day(&self) -> NaiveDate {
        self.local.date()
    }

    /// The time of day it starts.
    pub fn start(&self) -> MinuteOfDay {
        minute_of_day(self.local)
    }
}

/// Where a visit stands. FHIR R4's words for an Appointment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Status {
    /// An online request that nobody has decided.
    Proposed,
    /// Put before staff; blocks the place.
    Pending,
    /// Booked, with or without the patient's own yes.
    Booked,
    /// In the waiting room.
    Arrived,
    /// In the chair.
    CheckedIn,
    /// Done.
    Fulfilled,
    /// Called off, by whom and why in [`Cancellation`].
    Cancelled,
    /// The patient didn't come.
    Noshow,
    /// Would like to come, has no place yet.
    Waitlist,
    /// Should never have been there.
    EnteredInError,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 10] = [
        Self::Proposed,
        Self::Pending,
        Self::Booked,
        Self::Arrived,
        Self::CheckedIn,
        Self::Fulfilled,
        Self::Cancelled,
        Self::Noshow,
        Self::Waitlist,
        Self::EnteredInError,
    ];

    /// The word of FHIR R4, as the store and the screens have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Pending => "pending",
            Self::Booked => "booked",
            Self::Arrived => "arrived",
            Self::CheckedIn => "checked-in",
            Self::Fulfilled => "fulfilled",
            Self::Cancelled => "cancelled",
            Self::Noshow => "noshow",
            Self::Waitlist => "waitlist",
            Self::EnteredInError => "entered-in-error",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether a visit in this status takes its practitioner's (and chair's) time.
    pub const fn occupies(self) -> bool {
        matches!(self, Self::Pending | Self::Booked | Self::Arrived | Self::CheckedIn | Self::Fulfilled)
    }

    /// Whether the visit is still ahead or under way, so that it can be moved.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Proposed | Self::Pending | Self::Booked | Self::Arrived | Self::CheckedIn | Self::Waitlist)
    }

    /// Whether staff may set `next` on a visit in this status. The way back is
    /// allowed too, one step at a time: people press the wrong key. Coming
    /// back from a status that doesn't occupy is checked like a booking.
    pub const fn may_become(self, next: Self) -> bool {
        use Status::*;
        match self {
            Proposed => matches!(next, Pending | Booked | Cancelled | EnteredInError),
            Pending | Waitlist => matches!(next, Booked | Cancelled | EnteredInError),
            Booked => matches!(next, Arrived | CheckedIn | Fulfilled | Noshow | Cancelled | EnteredInError),
            Arrived => matches!(next, Booked | CheckedIn | Fulfilled | Noshow | Cancelled | EnteredInError),
            CheckedIn => matches!(next, Arrived | Fulfilled | Cancelled | EnteredInError),
            Fulfilled => matches!(next, CheckedIn | EnteredInError),
            Noshow => matches!(next, Booked | Arrived | Cancelled | EnteredInError),
            Cancelled => matches!(next, Booked | EnteredInError),
            EnteredInError => false,
        }
    }
}

/// How a booking came in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Source {
    /// On the phone.
    Phone,
    /// At the desk.
    Desk,
    /// By the patient, online.
    Online,
    /// Sent by another clinic.
    Referral,
    /// Called by the clinic.
    Recall,
    /// Otherwise, or unknown.
    Other,
}

impl Source {
    /// Every source, in the order a chooser shows them.
    pub const ALL: [Self; 6] = [Self::Phone, Self::Desk, Self::Online, Self::Referral, Self::Recall, Self::Other];

    /// The word the store and the screens know it by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Desk => "desk",
            Self::Online => "online",
            Self::Referral => "referral",
            Self::Recall => "recall",
            Self::Other => "other",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == word)
    }
}

/// Who called a visit off, and why.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Cancellation {
    /// Whose wish it was.
    pub by: CancelledBy,
    /// Why, as people say it; may be empty.
    pub reason: String,
}

/// Whose wish a cancellation was.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum CancelledBy {
    /// The patient's.
    Patient,
    /// The clinic's.
    Clinic,
    /// Nobody wrote it down.
    Unknown,
}

impl CancelledBy {
    /// The word the store and the screens know it by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::Clinic => "clinic",
            Self::Unknown => "unknown",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Patient, Self::Clinic, Self::Unknown].into_iter().find(|by| by.as_str() == word)
    }
}

/// What an import found odd about a visit; a set. Nothing of this stops a
/// visit from coming in, all of it is shown.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Flags(pub u32);

impl Flags {
    /// Came from another system.
    pub const IMPORTED: Self = Self(1);
    /// Overlaps another visit of the same practitioner or chair, and did so when it came in.
    pub const CLASHES: Self = Self(1 << 1);
    /// Doesn't start on the clinic's grid.
    pub const OFF_GRID: Self = Self(1 << 2);
    /// Reaches into a break.
    pub const IN_BREAK: Self = Self(1 << 3);
    /// Reaches outside opening hours.
    pub const OUTSIDE_HOURS: Self = Self(1 << 4);
    /// The other system gave a date without a time; it stands at midnight.
    pub const NO_TIME: Self = Self(1 << 5);
    /// The other system gave no length; the kind's was taken.
    pub const NO_LENGTH: Self = Self(1 << 6);
    /// Its local time doesn't exist, or exists twice, on that day.
    pub const CLOCK_CHANGE: Self = Self(1 << 7);
    /// The other system didn't say whose visit it was.
    pub const NO_PATIENT: Self = Self(1 << 8);
    /// Before the practitioner began or after they left.
    pub const PRACTITIONER_INACTIVE: Self = Self(1 << 9);

    /// Every flag with the word it is known by; the catalogue's `flag-…`.
    pub const WORDS: [(Self, &'static str); 10] = [
        (Self::IMPORTED, "imported"),
        (Self::CLASHES, "clashes"),
        (Self::OFF_GRID, "off-grid"),
        (Self::IN_BREAK, "in-break"),
        (Self::OUTSIDE_HOURS, "outside-hours"),
        (Self::NO_TIME, "no-time"),
        (Self::NO_LENGTH, "no-length"),
        (Self::CLOCK_CHANGE, "clock-change"),
        (Self::NO_PATIENT, "no-patient"),
        (Self::PRACTITIONER_INACTIVE, "practitioner-inactive"),
    ];

    /// The words of those that are set.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        Self::WORDS.into_iter().filter(move |(flag, _)| self.has(*flag)).map(|(_, word)| word)
    }

    /// Whether all of `other` is set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        assert!(Status::ALL.into_iter().all(|status| Status::parse(status.as_str()) == Some(status)));
        assert!(Source::ALL.into_iter().all(|source| Source::parse(source.as_str()) == Some(source)));
    }

    #[test]
    fn nothing_leaves_entered_in_error_and_nothing_becomes_itself() {
        for status in Status::ALL {
            assert!(!Status::EnteredInError.may_become(status));
            assert!(!status.may_become(status));
        }
    }

    #[test]
    fn only_five_statuses_occupy() {
        let occupying: Vec<_> = Status::ALL.into_iter().filter(|status| status.occupies()).collect();
        assert_eq!(occupying, [Status::Pending, Status::Booked, Status::Arrived, Status::CheckedIn, Status::Fulfilled]);
    }
}
