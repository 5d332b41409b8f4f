//! What is free, for whom, and how full a month is.

use chairside_schedule::hours::Blockout;
use chairside_schedule::id::PractitionerId;
use chairside_schedule::openings::{self, Opening as Place};
use chairside_schedule::rules::LENGTH_STEP_MINUTES;
use chairside_schedule::time::{DAY_MINUTES, Instant, Interval};
use chairside_schedule::{Clinic, Practitioner};
use chairside_store::busy::DayBusy;
use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime};

use crate::api::{DayLoad, MonthRequest, NextOpenings, Opening, VisitWish};
use crate::desk::Desk;
use crate::judge::check_year;
use crate::problem::Problem;

/// How far ahead openings are looked for: a year, and a recall's grace.
const HORIZON_DAYS: u64 = 400;

/// Days looked through at a time; most searches end within the first.
const DAYS_AT_ONCE: u64 = 28;

/// The longest list of openings that is answered.
const MOST_OPENINGS: u32 = 50;

/// Ways out of a clash.
const INSTEAD: u32 = 3;

impl Desk {
    /// The next openings for a kind of visit, with one practitioner or whoever is first.
    ///
    /// # Errors
    /// `unknown-kind`, `unknown-practitioner`, `length`, `too-long`, `beyond-window`; the store's.
    pub async fn next_openings(&self, request: NextOpenings) -> Result<Vec<Opening>, Problem> {
        let clinic = self.store.clinic();
        let kind = clinic.kind(request.kind).ok_or_else(|| Problem::new("unknown-kind"))?;
        let minutes = request.minutes.unwrap_or(kind.minutes);
        check_minutes(minutes)?;
        let from = request.from.unwrap_or_else(|| self.local_now()).max(self.local_now());
        check_year(from.date())?;
        let search = Search {
            minutes,
            emergency: kind.emergency,
            practitioners: candidates(&clinic, request.practitioner)?,
            from,
            limit: request.limit.clamp(1, MOST_OPENINGS),
        };
        self.search(&clinic, search).await
    }

    /// The nearest openings for the same kind and practitioner from a wish on.
    pub(crate) async fn nearest_openings(&self, wish: &VisitWish) -> Result<Vec<Opening>, Problem> {
        let clinic = self.store.clinic();
        // What can't be looked for has no way out but to be corrected.
        let unknown = clinic.kind(wish.kind).is_none() || clinic.practitioner(wish.practitioner).is_none();
        if unknown || check_minutes(wish.minutes).is_err() {
            return Ok(Vec::new());
        }
        self.next_openings(NextOpenings {
            kind: wish.kind,
            minutes: Some(wish.minutes),
            practitioner: Some(wish.practitioner),
            from: Some(wish.start),
            limit: INSTEAD,
        })
        .await
    }

    async fn search(&self, clinic: &Clinic, search: Search<'_>) -> Result<Vec<Opening>, Problem> {
        let mut found = Vec::new();
        let mut day = search.from.date();
        let last = day + Days::new(HORIZON_DAYS);
        while day <= last {
            let until = (day + Days::new(DAYS_AT_ONCE - 1)).min(last);
            let busy = self.store.busy(day, until).await?;
            let blockouts = self.store.blockouts(day, until).await?;
            for (date, busy) in &busy {
                search.day(clinic, *date, busy, &blockouts, &mut found);
                if found.len() >= search.limit as usize {
                    return Ok(found);
                }
            }
            day = until + Days::new(1);
        }
        Ok(found)
    }

    /// How full the days of a month are.
    ///
    /// # Errors
    /// `past`, `beyond-window` for months outside the calendar; the store's.
    pub async fn month_load(&self, request: MonthRequest) -> Result<Vec<DayLoad>, Problem> {
        let clinic = self.store.clinic();
        check_year(request.month)?;
        let first = request.month - Days::new(u64::from(request.month.day0()));
        let last = first + Months::new(1) - Days::new(1);
        let blockouts = self.store.blockouts(first, last).await?;
        let days = self.store.busy(first, last).await?;
        Ok(days.into_iter().map(|(date, busy)| load(&clinic, date, &busy, &blockouts)).collect())
    }
}

struct Search<'a> {
    minutes: u32,
    emergency: bool,
    practitioners: Vec<&'a Practitioner>,
    from: NaiveDateTime,
    limit: u32,
}

impl Search<'_> {
    /// Adds the day's openings, earliest first, board order where two start at once.
    fn day(&self, clinic: &Clinic, date: NaiveDate, busy: &DayBusy, blockouts: &[Blockout], found: &mut Vec<Opening>) {
        let from = chairside_schedule::time::resolve(&clinic.zone, self.from).earliest();
        let mut today: Vec<(Place, PractitionerId)> = Vec::new();
        for practitioner in &self.practitioners {
            let bookable = openings::bookable(clinic, practitioner, date, blockouts, self.emergency);
            if bookable.is_empty() {
                continue;
            }
            let free = openings::free(&bookable, busy.of(practitioner.id));
            let starts = openings::starts(clinic.zone, clinic.grid, date, &free, self.minutes, from);
            let wanted = self.limit as usize - found.len();
            today.extend(starts.take(wanted).map(|place| (place, practitioner.id)));
        }
        today.sort_by_key(|(place, _)| place.interval.start);
        let places = today.into_iter().map(|(place, practitioner)| Opening {
            practitioner,
            start: place.local,
            minutes: self.minutes,
        });
        found.extend(places.take(self.limit as usize - found.len()));
    }
}

/// A length that a visit can have.
fn check_minutes(minutes: u32) -> Result<(), Problem> {
    if minutes == 0 || !minutes.is_multiple_of(LENGTH_STEP_MINUTES) {
        return Err(Problem::new("length"));
    }
    if minutes > u32::from(DAY_MINUTES) {
        return Err(Problem::new("too-long"));
    }
    Ok(())
}

fn candidates(clinic: &Clinic, wanted: Option<PractitionerId>) -> Result<Vec<&Practitioner>, Problem> {
    match wanted {
        None => Ok(clinic.practitioners.iter().collect()),
        Some(id) => {
            let practitioner = clinic.practitioner(id).ok_or_else(|| Problem::new("unknown-practitioner"))?;
            Ok(vec![practitioner])
        }
    }
}

fn load(clinic: &Clinic, date: NaiveDate, busy: &DayBusy, blockouts: &[Blockout]) -> DayLoad {
    let mut load = DayLoad { date, open: false, visits: 0, load_percent: 0, free_starts: 0 };
    let (mut all, mut left) = (0, 0);
    for practitioner in &clinic.practitioners {
        let taken = busy.of(practitioner.id);
        load.visits += u32::try_from(taken.len()).unwrap_or(u32::MAX);
        let bookable = openings::bookable(clinic, practitioner, date, blockouts, false);
        if bookable.is_empty() {
            continue;
        }
        load.open = true;
        let free = openings::free(&bookable, taken);
        all += seconds(&bookable);
        left += seconds(&free);
        // A place of the grid's own length is the smallest anyone asks for.
        let minutes = u32::from(clinic.grid.minutes());
        let starts = openings::starts(clinic.zone, clinic.grid, date, &free, minutes, Instant(i64::MIN / 2));
        load.free_starts += u32::try_from(starts.count()).unwrap_or(u32::MAX);
    }
    if all > 0 {
        load.load_percent = u32::try_from((all - left) * 100 / all).unwrap_or(100);
    }
    load
}

fn seconds(stretches: &[Interval]) -> i64 {
    stretches.iter().map(|stretch| stretch.end.0 - stretch.start.0).sum()
}
