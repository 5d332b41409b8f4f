//! What a new clinic begins with: the hours, breaks and kinds of visit that
//! most have, to be changed in its settings.

use chairside_schedule::clinic::{Clinic, Grid};
use chairside_schedule::hours::{Break, WeeklyHours};
use chairside_schedule::id::{BreakId, ClinicId, KindId};
use chairside_schedule::kind::{KindColour, VisitKind};
use chairside_schedule::time::DaySpan;
use chrono::Weekday;
use chrono_tz::Tz;
use uuid::Uuid;

/// The zone of a clinic that says nothing else.
pub const DEFAULT_ZONE: Tz = chrono_tz::Europe::Stockholm;

/// Minutes in the waiting room after which it turns loud.
const WAITING_LIMIT_MINUTES: u32 = 15;

const WORKDAYS: [Weekday; 5] = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];

/// A clinic open on workdays from eight to five, with lunch and fika.
pub fn clinic(name: &str, zone: Tz, fresh: &mut impl FnMut() -> Uuid) -> Clinic {
    let mut hours = WeeklyHours::default();
    for weekday in WORKDAYS {
        hours.0[weekday.num_days_from_monday() as usize].extend(DaySpan::parse("08:00-17:00"));
    }
    Clinic {
        id: ClinicId(fresh()),
        name: name.to_owned(),
        address: String::new(),
        city: String::new(),
        zone,
        grid: Grid::DEFAULT,
        hours,
        hours_derived: false,
        exceptions: Vec::new(),
        breaks: breaks(fresh),
        waiting_limit_minutes: WAITING_LIMIT_MINUTES,
        online: chairside_schedule::clinic::OnlineRule::default(),
        uses_chairs: false,
        chairs: Vec::new(),
        practitioners: Vec::new(),
        kinds: kinds(fresh),
    }
}

/// Lunch and fika, every day.
pub fn breaks(fresh: &mut impl FnMut() -> Uuid) -> Vec<Break> {
    [("Lunch", "12:00-13:00"), ("Fika", "14:30-15:00")]
        .into_iter()
        .filter_map(|(name, span)| {
            let span = DaySpan::parse(span)?;
            Some(Break { id: BreakId(fresh()), name: name.to_owned(), weekdays: [true; 7], span })
        })
        .collect()
}

/// The eight kinds of visit that a clinic starts from.
fn kinds(fresh: &mut impl FnMut() -> Uuid) -> Vec<VisitKind> {
    [
        ("Examination", 30, KindColour::Examination),
        ("Hygiene", 45, KindColour::Hygiene),
        ("Filling", 45, KindColour::Filling),
        ("Root canal", 60, KindColour::Root),
        ("Crown", 60, KindColour::Crown),
        ("Child check-up", 30, KindColour::Child),
        ("Acute", 30, KindColour::Acute),
        ("Other", 30, KindColour::Other),
    ]
    .into_iter()
    .map(|(name, minutes, colour)| VisitKind {
        id: KindId(fresh()),
        name: name.to_owned(),
        minutes,
        colour,
        bookable_online: !matches!(colour, KindColour::Root | KindColour::Crown | KindColour::Other),
        emergency: colour == KindColour::Acute,
        active: true,
    })
    .collect()
}
