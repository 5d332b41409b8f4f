//! Why a wish was rejected.

use chairside_schedule::Status;
use chairside_schedule::rules::Code;

/// Why a wish was rejected: what a patient is told, as a stable word.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reason {
    /// Somebody else has the place.
    Taken,
    /// The time has come and gone.
    Past,
    /// The clinic doesn't work then, or that person doesn't.
    OutsideHours,
    /// They don't take visits there any more.
    PractitionerLeft,
    /// That kind of visit isn't offered any more.
    KindGone,
    /// Nothing is known of the booking it changes.
    UnknownBooking,
    /// The desk changed the visit in the meantime.
    ChangedMeanwhile,
    /// The booking it changes was itself rejected.
    BookingRejected,
    /// The visit is under way or over.
    AlreadyStarted,
    /// A person at the clinic said no.
    Declined,
    /// It can't be at all: its length, its grid, its day.
    NotPossible,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 11] = [
        Self::Taken,
        Self::Past,
        Self::OutsideHours,
        Self::PractitionerLeft,
        Self::KindGone,
        Self::UnknownBooking,
        Self::ChangedMeanwhile,
        Self::BookingRejected,
        Self::AlreadyStarted,
        Self::Declined,
        Self::NotPossible,
    ];

    /// The word in logs, messages and pages; it doesn't change.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Past => "past",
            Self::OutsideHours => "outside_hours",
            Self::PractitionerLeft => "practitioner_left",
            Self::KindGone => "kind_gone",
            Self::UnknownBooking => "unknown_booking",
            Self::ChangedMeanwhile => "changed_meanwhile",
            Self::BookingRejected => "booking_rejected",
            Self::AlreadyStarted => "already_started",
            Self::Declined => "declined",
            Self::NotPossible => "not_possible",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

pub(super) fn reason_of(code: Code) -> Reason {
    match code {
        Code::Clash | Code::ChairClash | Code::PatientElsewhere => Reason::Taken,
        Code::Past => Reason::Past,
        Code::Closed | Code::Away | Code::OutsideHours | Code::InBreak | Code::Blocked | Code::KeptForEmergencies => {
            Reason::OutsideHours
        }
        Code::UnknownPractitioner | Code::PractitionerInactive | Code::PractitionerNotOnline => {
            Reason::PractitionerLeft
        }
        Code::UnknownKind | Code::KindInactive | Code::KindNotOnline => Reason::KindGone,
        Code::UnknownChair
        | Code::Length
        | Code::TooLong
        | Code::NoSuchTime
        | Code::BeyondWindow
        | Code::OffGrid
        | Code::TimeTwice => Reason::NotPossible,
    }
}

pub(super) fn not_open(status: Option<Status>) -> Reason {
    match status {
        Some(Status::Cancelled | Status::EnteredInError) => Reason::ChangedMeanwhile,
        _ => Reason::AlreadyStarted,
    }
}
