//! What the visits say of the clinic's hours, and what is odd about each of them.

use std::collections::HashMap;

use chairside_schedule::appointment::{Appointment, Flags, Status};
use chairside_schedule::clash;
use chairside_schedule::clinic::Grid;
use chairside_schedule::hours::WeeklyHours;
use chairside_schedule::id::{ChairId, PractitionerId};
use chairside_schedule::practitioner::Practitioner;
use chairside_schedule::time::{DAY_MINUTES, DaySpan, MinuteOfDay};
use chrono::{Datelike, Weekday};

use super::Rules;

/// One visit in this many may lie outside the hours that visits suggest: the
/// emergency at midnight doesn't make a clinic open at night.
const STRAY_STARTS: usize = 100;

/// A weekday with fewer visits than one in this many of the busiest is closed.
const STRAY_DAYS: usize = 50;

/// Marks visits that overlap in a practitioner's column or a chair, and counts
/// the pairs in practitioners' columns. Visits without a time overlap nothing
/// that anybody knows of.
pub(super) fn flag_clashes(visits: &mut [Appointment]) -> u64 {
    let mut columns: HashMap<PractitionerId, Vec<usize>> = HashMap::new();
    let mut chairs: HashMap<ChairId, Vec<usize>> = HashMap::new();
    for (at, visit) in visits.iter().enumerate() {
        if visit.status.occupies() && !visit.flags.has(Flags::NO_TIME) {
            columns.entry(visit.practitioner).or_default().push(at);
            if let Some(chair) = visit.chair {
                chairs.entry(chair).or_default().push(at);
            }
        }
    }
    let mut flag = |column: &[usize]| {
        let intervals: Vec<_> = column.iter().map(|&at| visits[at].time.interval).collect();
        let pairs = clash::pairs(&intervals);
        for at in pairs.iter().flat_map(|pair| [column[pair.first], column[pair.second]]) {
            visits[at].flags = visits[at].flags.with(Flags::CLASHES);
        }
        pairs.len() as u64
    };
    for column in chairs.values() {
        flag(column);
    }
    columns.values().map(|column| flag(column)).sum()
}

/// The hours the visits suggest: per weekday from the first start to the last
/// end, on the grid, strays aside.
pub(super) fn derive(visits: &[Appointment], grid: Grid) -> WeeklyHours {
    let mut starts: [Vec<u16>; 7] = Default::default();
    let mut ends: [Vec<u16>; 7] = Default::default();
    for visit in visits {
        if visit.flags.has(Flags::NO_TIME) || matches!(visit.status, Status::EnteredInError | Status::Waitlist) {
            continue;
        }
        let day = visit.time.local.weekday().num_days_from_monday() as usize;
        let start = visit.time.start().minutes();
        starts[day].push(start);
        let end = u32::from(start) + visit.time.minutes;
        ends[day].push(end.min(u32::from(DAY_MINUTES)) as u16);
    }
    let busiest = starts.iter().map(Vec::len).max().unwrap_or(0);
    let mut hours = WeeklyHours::default();
    for (day, (starts, ends)) in starts.iter_mut().zip(&mut ends).enumerate() {
        if starts.is_empty() || starts.len() * STRAY_DAYS < busiest {
            continue;
        }
        starts.sort_unstable();
        ends.sort_unstable();
        let strays = starts.len() / STRAY_STARTS / 2;
        let grid = grid.minutes();
        let start = starts[strays] / grid * grid;
        let end = ends[ends.len() - 1 - strays].div_ceil(grid) * grid;
        let span = MinuteOfDay::new(start).zip(MinuteOfDay::new(end.min(DAY_MINUTES)));
        if let Some(span) = span.and_then(|(start, end)| DaySpan::new(start, end))
            && let Ok(weekday) = Weekday::try_from(day as u8)
        {
            hours.add(weekday, span);
        }
    }
    hours
}

/// Marks what is odd about each visit, measured against the clinic's own hours
/// or, where it has none, against those derived.
pub(super) fn flag(visits: &mut [Appointment], practitioners: &[Practitioner], rules: &Rules, derived: &WeeklyHours) {
    let hours = rules.hours.as_ref().filter(|hours| !hours.is_empty()).unwrap_or(derived);
    let people: HashMap<PractitionerId, &Practitioner> = practitioners.iter().map(|it| (it.id, it)).collect();
    for visit in visits {
        let practitioner = people.get(&visit.practitioner).copied();
        visit.flags = visit.flags.with(oddities(visit, practitioner, rules, hours));
    }
}

fn oddities(visit: &Appointment, practitioner: Option<&Practitioner>, rules: &Rules, hours: &WeeklyHours) -> Flags {
    let mut flags = Flags::default();
    let day = visit.time.day();
    if practitioner.is_some_and(|it| !it.is_active_on(day)) {
        flags = flags.with(Flags::PRACTITIONER_INACTIVE);
    }
    if visit.flags.has(Flags::NO_TIME) {
        return flags;
    }
    let start = visit.time.start().minutes();
    let off_grid = !start.is_multiple_of(rules.grid.minutes()) || visit.time.local.and_utc().timestamp() % 60 != 0;
    if off_grid {
        flags = flags.with(Flags::OFF_GRID);
    }
    let end = u32::from(start) + visit.time.minutes;
    let open = hours.on(visit.time.local.weekday());
    if !open.iter().any(|span| span.start.minutes() <= start && end <= u32::from(span.end.minutes())) {
        flags = flags.with(Flags::OUTSIDE_HOURS);
    }
    let in_break = rules
        .breaks
        .iter()
        .filter(|it| it.is_on(day))
        .any(|it| start < it.span.end.minutes() && u32::from(it.span.start.minutes()) < end);
    if in_break {
        flags = flags.with(Flags::IN_BREAK);
    }
    flags
}
