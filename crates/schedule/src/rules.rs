//! Whether a visit may be booked or moved, and what stands against it.
//!
//! [`check`] says everything at once, gravest first, so that nobody corrects
//! one thing only to hear of the next. What it takes to go on is the asker's
//! matter: staff may do most things once they have seen the warning, patients
//! none.

mod finding;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta, Timelike};

use crate::clinic::Clinic;
use crate::day::{DayClock, breaks_on, closed_on, hours_on, is_of_column, join_intervals, open_by, without};
use crate::hours::Blockout;
use crate::id::{AppointmentId, ChairId, KindId, PatientId, PractitionerId};
use crate::practitioner::Practitioner;
use crate::time::{DAY_MINUTES, Instant, Interval, Resolution, minute_of_day, resolve};

pub use finding::{Asker, Code, Finding, Severity};
use finding::{Findings, Names};

/// Lengths are multiples of this, in minutes.
pub const LENGTH_STEP_MINUTES: u32 = 5;

/// How far ahead a visit may lie, in days: past any recall's interval, short
/// of what a mistyped year makes of it.
pub const WINDOW_DAYS: i64 = 3 * 366;

/// A visit as it is wished.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wish {
    /// The visit itself, when one that stands is moved: it is never in its own way.
    pub appointment: Option<AppointmentId>,
    /// Who comes, once somebody is chosen.
    pub patient: Option<PatientId>,
    /// Who treats.
    pub practitioner: PractitionerId,
    /// Where, in clinics that plan chairs.
    pub chair: Option<ChairId>,
    /// What for.
    pub kind: KindId,
    /// By the clock on the clinic's wall.
    pub start: NaiveDateTime,
    /// How long, in minutes.
    pub minutes: u32,
}

/// An occupying visit around the wished one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Busy {
    /// Its id.
    pub id: AppointmentId,
    /// Who comes.
    pub patient: PatientId,
    /// Who treats.
    pub practitioner: PractitionerId,
    /// Where.
    pub chair: Option<ChairId>,
    /// When.
    pub interval: Interval,
}

/// Everything that stands against a visit, gravest first, each code at most once.
///
/// `busy` are the occupying visits of the same practitioner, chair and patient
/// around it, `blockouts` those of the days it touches; more of either do no
/// harm. A visit whose start or length can't be is not held against times.
pub fn check(
    clinic: &Clinic,
    wish: &Wish,
    busy: &[Busy],
    blockouts: &[Blockout],
    asker: Asker,
    now: Instant,
) -> Vec<Finding> {
    let today = now.local(&clinic.zone).date();
    let mut findings = Findings { asker, past_day: wish.start.date() < today, found: Vec::new() };
    check_choices(clinic, wish, asker, &mut findings);
    let fits_a_day = check_length(clinic, wish, &mut findings);
    let interval = check_start(clinic, wish, now, today, &mut findings);
    if let Some(interval) = interval.filter(|_| fits_a_day) {
        check_visits(clinic, wish, interval, busy, &mut findings);
        if let Some(practitioner) = clinic.practitioner(wish.practitioner) {
            check_hours(clinic, practitioner, wish, interval, &mut findings);
            check_blockouts(clinic, practitioner, wish, interval, blockouts, &mut findings);
        }
    }
    findings.in_order()
}

/// Who treats, what for and where.
fn check_choices(clinic: &Clinic, wish: &Wish, asker: Asker, findings: &mut Findings) {
    match clinic.practitioner(wish.practitioner) {
        None => findings.add(Code::UnknownPractitioner),
        Some(practitioner) => {
            if !practitioner.is_active_on(wish.start.date()) {
                findings.add_named(Code::PractitionerInactive, practitioner.name.clone());
            }
            if asker == Asker::Patient && !practitioner.bookable_online {
                findings.add_named(Code::PractitionerNotOnline, practitioner.name.clone());
            }
        }
    }
    match clinic.kind(wish.kind) {
        None => findings.add(Code::UnknownKind),
        Some(kind) => {
            // Kinds no longer offered stay with the visits that have them.
            if !kind.active && wish.appointment.is_none() {
                findings.add_named(Code::KindInactive, kind.name.clone());
            }
            if asker == Asker::Patient && !kind.bookable_online {
                findings.add_named(Code::KindNotOnline, kind.name.clone());
            }
        }
    }
    if wish.chair.is_some_and(|wished| clinic.chairs.iter().all(|chair| chair.id != wished)) {
        findings.add(Code::UnknownChair);
    }
}

/// Whether it is long at all and no longer than its day.
fn check_length(clinic: &Clinic, wish: &Wish, findings: &mut Findings) -> bool {
    if wish.minutes == 0 || !wish.minutes.is_multiple_of(LENGTH_STEP_MINUTES) {
        findings.add(Code::Length);
    }
    let day = DayClock::new(clinic.zone, wish.start.date()).whole();
    let day_minutes = day.map_or(0, |day| (day.end.0 - day.start.0) / 60);
    let too_long = i64::from(wish.minutes) > day_minutes.min(i64::from(DAY_MINUTES));
    if too_long {
        findings.add(Code::TooLong);
    }
    wish.minutes > 0 && !too_long
}

/// When it starts; `None` when it can't.
fn check_start(
    clinic: &Clinic,
    wish: &Wish,
    now: Instant,
    today: NaiveDate,
    findings: &mut Findings,
) -> Option<Interval> {
    let minute = minute_of_day(wish.start).minutes();
    if !minute.is_multiple_of(clinic.grid.minutes()) || wish.start.second() != 0 {
        findings.add(Code::OffGrid);
    }
    if wish.start.date() - today > TimeDelta::days(WINDOW_DAYS) {
        findings.add(Code::BeyondWindow);
    }
    let resolution = resolve(&clinic.zone, wish.start);
    if resolution.earliest() < now {
        findings.add(Code::Past);
    }
    match resolution {
        Resolution::Once(_) => {}
        Resolution::Twice { .. } => findings.add(Code::TimeTwice),
        Resolution::Skipped(_) => {
            findings.add(Code::NoSuchTime);
            return None;
        }
    }
    Some(Interval::lasting(resolution.earliest(), wish.minutes))
}

/// What it overlaps. A visit is told of once: one that clashes is not also
/// in the same chair or where the patient is.
fn check_visits(clinic: &Clinic, wish: &Wish, interval: Interval, busy: &[Busy], findings: &mut Findings) {
    let mut around: Vec<&Busy> =
        busy.iter().filter(|visit| Some(visit.id) != wish.appointment && visit.interval.overlaps(interval)).collect();
    around.sort_by_key(|visit| (visit.interval.start, visit.id));
    let (clashing, elsewhere): (Vec<&Busy>, Vec<&Busy>) =
        around.into_iter().partition(|visit| visit.practitioner == wish.practitioner);
    findings.add_with(Code::Clash, ids(&clashing), None);
    if let Some(wished) = wish.chair {
        let (same_chair, _): (Vec<&Busy>, Vec<&Busy>) = elsewhere.iter().partition(|visit| visit.chair == Some(wished));
        let name = clinic.chairs.iter().find(|chair| chair.id == wished).map(|chair| chair.name.clone());
        findings.add_with(Code::ChairClash, ids(&same_chair), name);
    }
    if let Some(patient) = wish.patient {
        let (same_patient, _): (Vec<&Busy>, Vec<&Busy>) = elsewhere.iter().partition(|visit| visit.patient == patient);
        findings.add_with(Code::PatientElsewhere, ids(&same_patient), None);
    }
}

fn ids(visits: &[&Busy]) -> Vec<AppointmentId> {
    visits.iter().map(|visit| visit.id).collect()
}

/// Hours, absences and breaks, of every local day the visit touches.
fn check_hours(clinic: &Clinic, practitioner: &Practitioner, wish: &Wish, interval: Interval, findings: &mut Findings) {
    // Someone who doesn't work here then has no hours to be outside of.
    if !practitioner.is_active_on(wish.start.date()) {
        return;
    }
    let mut open = Vec::new();
    let (mut away, mut breaks) = (Names::default(), Names::default());
    let last = Instant(interval.end.0 - 1).local(&clinic.zone).date();
    for day in wish.start.date().iter_days().take_while(|day| *day <= last) {
        let clock = DayClock::new(clinic.zone, day);
        let hours = open_by(&clock, clinic, practitioner);
        for absence in &practitioner.absences {
            away.add_if(absence.on(day).and_then(|span| clock.span(span)), interval, &absence.reason);
        }
        for held in breaks_on(clinic, practitioner, day) {
            // A break is one only while there is work to have a break from.
            for worked in hours.iter().filter(|worked| worked.overlaps(interval)) {
                let part = clock.span(held.span).and_then(|span| overlap(span, *worked));
                breaks.add_if(part, interval, &held.name);
            }
        }
        open.extend(hours);
    }
    let closed = closed_on(clinic, wish.start.date());
    let hours = hours_on(clinic, practitioner, wish.start.date());
    match closed {
        Some(name) if hours.is_empty() => findings.add_with_name(Code::Closed, name),
        _ if !without(&[interval], &join_intervals(open)).is_empty() => {
            findings.add_with_name(Code::OutsideHours, practitioner.name.clone());
        }
        _ => {}
    }
    findings.add_names(Code::Away, away);
    findings.add_names(Code::InBreak, breaks);
}

/// What is blocked for the practitioner, and for the chair.
fn check_blockouts(
    clinic: &Clinic,
    practitioner: &Practitioner,
    wish: &Wish,
    interval: Interval,
    blockouts: &[Blockout],
    findings: &mut Findings,
) {
    let emergency = clinic.kind(wish.kind).is_some_and(|kind| kind.emergency) && findings.asker == Asker::Staff;
    let (mut blocked, mut kept) = (Names::default(), Names::default());
    for blockout in blockouts {
        let of_chair = blockout.chair.is_some()
            && blockout.chair == wish.chair
            && blockout.practitioner.is_none_or(|id| id == practitioner.id);
        if !of_chair && !is_of_column(blockout, practitioner) {
            continue;
        }
        if !blockout.for_emergencies {
            blocked.add_if(Some(blockout.interval), interval, &blockout.reason);
        } else if !emergency {
            kept.add_if(Some(blockout.interval), interval, &blockout.reason);
        }
    }
    findings.add_names(Code::Blocked, blocked);
    findings.add_names(Code::KeptForEmergencies, kept);
}

fn overlap(left: Interval, right: Interval) -> Option<Interval> {
    Interval::new(left.start.max(right.start), left.end.min(right.end))
}
