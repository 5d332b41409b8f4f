//! When a practitioner works on a day, and when a visit may lie in it.
//!
//! Everything is said by the clock on the wall and decided in UTC. Hours,
//! absences, breaks and blockouts each become UTC stretches of their own
//! before any is taken from another, so that a night on which the clocks
//! change needs no rule of its own.

use chrono::{Datelike, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;

use crate::clinic::Clinic;
use crate::hours::{Blockout, Break, intersect, join, subtract};
use crate::practitioner::Practitioner;
use crate::time::{DAY_MINUTES, DaySpan, Instant, Interval, MinuteOfDay, Resolution, at, resolve};

/// How one practitioner's day looks before any visit, by the clock on the wall.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DayPlan {
    /// When they work, absences taken out, breaks not; in order.
    pub working: Vec<DaySpan>,
    /// Their breaks, as far as they lie within [`Self::working`], by name; in order.
    pub breaks: Vec<(String, DaySpan)>,
    /// Blockouts of their column or of everybody's that day; in order.
    pub blockouts: Vec<Blockout>,
    /// They don't work at all that day, and this is the absence's reason;
    /// empty where it has none, or where there were no hours to be absent from.
    pub away: Option<String>,
}

/// How one practitioner's day looks before any visit. Of `blockouts` only
/// those of the day and the column are taken.
pub fn day_plan(clinic: &Clinic, practitioner: &Practitioner, day: NaiveDate, blockouts: &[Blockout]) -> DayPlan {
    let hours = hours_on(clinic, practitioner, day);
    let absences: Vec<DaySpan> = practitioner.absences.iter().filter_map(|absence| absence.on(day)).collect();
    let working = subtract(&hours, &absences);
    let mut breaks: Vec<(String, DaySpan)> = breaks_on(clinic, practitioner, day)
        .flat_map(|held| intersect(&[held.span], &working).into_iter().map(|span| (held.name.clone(), span)))
        .collect();
    breaks.sort_by_key(|(_, span)| *span);
    let mut blockouts: Vec<Blockout> = blockouts
        .iter()
        .filter(|blockout| blockout.day == day && is_of_column(blockout, practitioner))
        .cloned()
        .collect();
    blockouts.sort_by_key(|blockout| (blockout.span, blockout.id));
    let away = working.is_empty().then(|| {
        let absence = practitioner.absences.iter().find(|absence| absence.on(day).is_some());
        absence.filter(|_| !hours.is_empty()).map(|absence| absence.reason.clone()).unwrap_or_default()
    });
    DayPlan { working, breaks, blockouts, away }
}

/// Whether the clinic is closed that day: the exception's name, empty for a
/// weekday without hours. A practitioner with hours of their own may work on
/// such a weekday all the same.
pub fn closed_on(clinic: &Clinic, day: NaiveDate) -> Option<String> {
    match clinic.exception_on(day) {
        Some(exception) => exception.spans.is_empty().then(|| exception.name.clone()),
        None => clinic.hours.on(day.weekday()).is_empty().then(String::new),
    }
}

/// The UTC stretches in which a visit may lie: hours without absences, breaks
/// and blockouts; in order, apart. Time kept for emergencies counts as blocked
/// unless the visit is an `emergency`.
///
/// A stretch never reaches past its local day; [`crate::openings`] joins those
/// of a clinic that is open through midnight.
pub fn bookable(
    clinic: &Clinic,
    practitioner: &Practitioner,
    day: NaiveDate,
    blockouts: &[Blockout],
    emergency: bool,
) -> Vec<Interval> {
    bookable_by(&DayClock::new(clinic.zone, day), clinic, practitioner, blockouts, emergency)
}

/// [`bookable`] on the clock of a day: the same clock serves every practitioner.
pub(crate) fn bookable_by(
    clock: &DayClock,
    clinic: &Clinic,
    practitioner: &Practitioner,
    blockouts: &[Blockout],
    emergency: bool,
) -> Vec<Interval> {
    let open = open_by(clock, clinic, practitioner);
    if open.is_empty() {
        return open;
    }
    let absences = practitioner.absences.iter().filter_map(|absence| clock.span(absence.on(clock.day)?));
    let breaks = breaks_on(clinic, practitioner, clock.day).filter_map(|held| clock.span(held.span));
    let blocked = blockouts
        .iter()
        .filter(|blockout| is_of_column(blockout, practitioner) && !(emergency && blockout.for_emergencies))
        .map(|blockout| blockout.interval);
    let taken: Vec<Interval> = absences.chain(breaks).chain(blocked).collect();
    without(&open, &taken)
}

/// The hours in UTC, nothing taken out; in order, apart.
pub(crate) fn open_by(clock: &DayClock, clinic: &Clinic, practitioner: &Practitioner) -> Vec<Interval> {
    let spans = hours_on(clinic, practitioner, clock.day);
    join_intervals(spans.into_iter().filter_map(|span| clock.span(span)).collect())
}

/// A practitioner's hours on a day, absences not taken out; in order, apart.
///
/// Hours of their own stand instead of the clinic's weekly ones. An exception
/// stands instead of the clinic's, and bounds their own.
pub(crate) fn hours_on(clinic: &Clinic, practitioner: &Practitioner, day: NaiveDate) -> Vec<DaySpan> {
    if !practitioner.is_active_on(day) {
        return Vec::new();
    }
    let own = practitioner.hours.as_ref().map(|hours| hours.on(day.weekday()));
    match (clinic.exception_on(day), own) {
        (Some(exception), Some(own)) => intersect(&exception.spans, own),
        (Some(exception), None) => join(exception.spans.clone()),
        (None, own) => join(own.unwrap_or_else(|| clinic.hours.on(day.weekday())).to_vec()),
    }
}

/// The breaks held on a day: the practitioner's own, or else the clinic's.
pub(crate) fn breaks_on<'a>(
    clinic: &'a Clinic,
    practitioner: &'a Practitioner,
    day: NaiveDate,
) -> impl Iterator<Item = &'a Break> {
    practitioner.breaks.as_ref().unwrap_or(&clinic.breaks).iter().filter(move |held| held.is_on(day))
}

/// Whether a blockout takes the practitioner's time. One about a chair takes
/// the chair's instead.
pub(crate) fn is_of_column(blockout: &Blockout, practitioner: &Practitioner) -> bool {
    blockout.chair.is_none() && blockout.practitioner.is_none_or(|id| id == practitioner.id)
}

/// One local day's clock. On all but two days a year it runs evenly, and then
/// every time on it is a sum instead of a look into the zone's rules.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DayClock {
    zone: Tz,
    day: NaiveDate,
    /// The day in UTC; `None` for a day its zone left out (Samoa, 2011-12-30).
    whole: Option<Interval>,
    steady: bool,
}

impl DayClock {
    pub(crate) fn new(zone: Tz, day: NaiveDate) -> Self {
        let whole = DaySpan::WHOLE.on(day, &zone);
        // Clocks don't change twice in a day, so one as long as it should be is even.
        let steady = whole.is_some_and(|whole| whole.end.0 - whole.start.0 == i64::from(DAY_MINUTES) * 60);
        Self { zone, day, whole, steady }
    }

    pub(crate) fn day(&self) -> NaiveDate {
        self.day
    }

    /// The day in UTC.
    pub(crate) fn whole(&self) -> Option<Interval> {
        self.whole
    }

    /// When the clock first shows the day, if it runs evenly from there to its end.
    pub(crate) fn steady_from(&self) -> Option<Instant> {
        self.whole.filter(|_| self.steady).map(|whole| whole.start)
    }

    /// As [`DaySpan::on`].
    pub(crate) fn span(&self, span: DaySpan) -> Option<Interval> {
        match self.steady_from() {
            Some(start) => Interval::new(
                start.plus_minutes(i64::from(span.start.minutes())),
                start.plus_minutes(i64::from(span.end.minutes())),
            ),
            None => span.on(self.day, &self.zone),
        }
    }

    /// The instant of a time that comes exactly once.
    pub(crate) fn once(&self, time: MinuteOfDay) -> Option<Instant> {
        if let Some(start) = self.steady_from() {
            return Some(start.plus_minutes(i64::from(time.minutes())));
        }
        match resolve(&self.zone, self.local(time)) {
            Resolution::Once(instant) => Some(instant),
            Resolution::Twice { .. } | Resolution::Skipped(_) => None,
        }
    }

    pub(crate) fn local(&self, time: MinuteOfDay) -> NaiveDateTime {
        at(self.day, time)
    }
}

/// Sorts stretches and joins those that touch or overlap.
pub(crate) fn join_intervals(mut stretches: Vec<Interval>) -> Vec<Interval> {
    stretches.sort();
    stretches.dedup_by(|next, kept| {
        let joined = next.start <= kept.end;
        if joined {
            kept.end = kept.end.max(next.end);
        }
        joined
    });
    stretches
}

/// What of `stretches` (in order, apart) is left without `taken` (in any order).
pub(crate) fn without(stretches: &[Interval], taken: &[Interval]) -> Vec<Interval> {
    let sorted;
    let taken = if taken.is_sorted() {
        taken
    } else {
        sorted = {
            let mut taken = taken.to_vec();
            taken.sort();
            taken
        };
        &sorted
    };
    let mut left = Vec::new();
    let mut taken = taken.iter().peekable();
    // How far the ones seen so far reach: one may take of several stretches.
    let mut reach = Instant(i64::MIN);
    for stretch in stretches {
        while let Some(next) = taken.next_if(|next| next.start < stretch.end) {
            left.extend(Interval::new(stretch.start.max(reach), next.start));
            reach = reach.max(next.end);
        }
        left.extend(Interval::new(stretch.start.max(reach), stretch.end));
    }
    left
}
