//! The people who treat.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::hours::{Break, WeeklyHours};
use crate::id::PractitionerId;
use crate::time::DaySpan;

/// A person who treats, with their own hours where they differ from the clinic's.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Practitioner {
    /// Their id.
    pub id: PractitionerId,
    /// As patients know them.
    pub name: String,
    /// What they are: "Dentist", "Hygienist".
    pub role: String,
    /// Where they usually work: "Room 1"; may be empty.
    pub room: String,
    /// First day they take visits; `None`: always have.
    pub active_from: Option<NaiveDate>,
    /// Last day they take visits; `None`: no end in sight.
    pub active_until: Option<NaiveDate>,
    /// Their own weekly hours; `None`: the clinic's.
    pub hours: Option<WeeklyHours>,
    /// Their own breaks; `None`: the clinic's.
    pub breaks: Option<Vec<Break>>,
    /// When they are away.
    pub absences: Vec<Absence>,
    /// Whether patients may choose them online.
    pub bookable_online: bool,
    /// Left to right on the board.
    pub position: i32,
}

impl Practitioner {
    /// Whether they take visits on that day at all, hours aside.
    pub fn is_active_on(&self, day: NaiveDate) -> bool {
        self.active_from.is_none_or(|from| from <= day) && self.active_until.is_none_or(|until| day <= until)
    }
}

/// Days, or part of one, on which a practitioner is away.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Absence {
    /// First day.
    pub from: NaiveDate,
    /// Last day, included.
    pub until: NaiveDate,
    /// The part of each day; `None`: all of it.
    pub span: Option<DaySpan>,
    /// As people say it: "Course", "Ill".
    pub reason: String,
}

impl Absence {
    /// The part of `day` it takes, if any.
    pub fn on(&self, day: NaiveDate) -> Option<DaySpan> {
        (self.from <= day && day <= self.until).then(|| self.span.unwrap_or(DaySpan::WHOLE))
    }
}
