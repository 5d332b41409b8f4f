//! A clinic and everything about it that decides what may be booked.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::hours::{Break, DateException, WeeklyHours};
use crate::id::{ChairId, ClinicId, KindId, PractitionerId};
use crate::kind::VisitKind;
use crate::practitioner::Practitioner;

/// A clinic with its hours, people and kinds of visit: the settings that a
/// schedule is made under. Blockouts and visits are the schedule itself and
/// are passed beside it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Clinic {
    /// Its id.
    pub id: ClinicId,
    /// As patients know it.
    pub name: String,
    /// Street and number; may be empty.
    pub address: String,
    /// Town; may be empty.
    pub city: String,
    /// The zone its clocks show.
    pub zone: Tz,
    /// Visits start on multiples of this many minutes: 5, 10, 15 or 30.
    pub grid: Grid,
    /// Weekly opening hours.
    pub hours: WeeklyHours,
    /// Whether the hours were worked out from imported visits, and nobody has looked at them yet.
    pub hours_derived: bool,
    /// Dates on which other hours count.
    pub exceptions: Vec<DateException>,
    /// Breaks, for everyone who has none of their own.
    pub breaks: Vec<Break>,
    /// Minutes in the waiting room after which it turns loud.
    pub waiting_limit_minutes: u32,
    /// Whether chairs are planned as a second resource.
    pub uses_chairs: bool,
    /// Its chairs.
    pub chairs: Vec<Chair>,
    /// Everyone who treats or has treated here, in the board's order.
    pub practitioners: Vec<Practitioner>,
    /// Every kind of visit, in the chooser's order.
    pub kinds: Vec<VisitKind>,
    /// How online requests are answered. Stays in the clinic: what mirrors are
    /// told of the settings doesn't say.
    #[serde(default)]
    pub online: OnlineRule,
}

impl Clinic {
    /// The exception for a date, if there is one.
    pub fn exception_on(&self, day: NaiveDate) -> Option<&DateException> {
        self.exceptions.iter().find(|exception| exception.date == day)
    }

    /// A practitioner by id.
    pub fn practitioner(&self, id: PractitionerId) -> Option<&Practitioner> {
        self.practitioners.iter().find(|practitioner| practitioner.id == id)
    }

    /// A kind of visit by id.
    pub fn kind(&self, id: KindId) -> Option<&VisitKind> {
        self.kinds.iter().find(|kind| kind.id == id)
    }
}

/// How a clinic answers online requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct OnlineRule {
    /// Each is put before staff; otherwise a free place is confirmed by itself.
    pub ask_staff: bool,
    /// After how many minutes one put before staff is confirmed by itself, within [`Self::LIMITS`].
    pub limit_minutes: u32,
}

impl OnlineRule {
    /// From five minutes to two days.
    pub const LIMITS: std::ops::RangeInclusive<u32> = 5..=2_880;
}

impl Default for OnlineRule {
    /// Confirmed by rule; where staff is asked, for half a working day, so that
    /// an answer is still of use.
    fn default() -> Self {
        Self { ask_staff: false, limit_minutes: 240 }
    }
}

/// A treatment chair.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Chair {
    /// Its id.
    pub id: ChairId,
    /// As people call it: "Room 2".
    pub name: String,
}

/// The minutes between two possible starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "5 | 10 | 15 | 30"))]
pub struct Grid(u16);

impl Grid {
    /// Half hours, unless a clinic says otherwise.
    pub const DEFAULT: Self = Self(30);

    /// 5, 10, 15 or 30; `None` otherwise.
    pub const fn new(minutes: u16) -> Option<Self> {
        match minutes {
            5 | 10 | 15 | 30 => Some(Self(minutes)),
            _ => None,
        }
    }

    /// The minutes between two possible starts.
    pub const fn minutes(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for Grid {
    type Error = NotAGrid;
    fn try_from(minutes: u16) -> Result<Self, Self::Error> {
        Self::new(minutes).ok_or(NotAGrid(minutes))
    }
}

impl From<Grid> for u16 {
    fn from(grid: Grid) -> Self {
        grid.0
    }
}

/// A grid nobody plans by.
#[derive(Debug, thiserror::Error)]
#[error("a grid is 5, 10, 15 or 30 minutes, not {0}")]
pub struct NotAGrid(pub u16);
