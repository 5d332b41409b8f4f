//! The same questions answered the slow way, minute by minute.
//!
//! Shares nothing with the crate but its types. A time of day is looked up by
//! asking the zone what its clock shows at every single UTC minute, so that no
//! rule about clock changes is needed, or shared, here.

use chairside_schedule::Clinic;
use chairside_schedule::hours::{Blockout, Break};
use chairside_schedule::practitioner::Practitioner;
use chairside_schedule::rules::{Asker, Busy, Wish};
use chairside_schedule::time::{DaySpan, Instant, Interval};
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, TimeDelta, Timelike};

use crate::world::World;

/// UTC minutes around a day and what the wall shows at each.
pub struct Oracle<'a> {
    world: &'a World,
    clinic: &'a Clinic,
    /// The first minute, since 1970.
    base: i64,
    wall: Vec<NaiveDateTime>,
}

/// For each of the oracle's minutes, whether it is in.
pub type Minutes = Vec<bool>;

impl<'a> Oracle<'a> {
    pub fn new(world: &'a World) -> Self {
        let base = (world.day - Days::new(2)).and_time(chrono::NaiveTime::MIN).and_utc().timestamp() / 60;
        let wall = (base..base + 6 * 1440)
            .map(|minute| {
                let utc = DateTime::from_timestamp(minute * 60, 0).expect("in range");
                utc.with_timezone(&world.clinic.zone).naive_local()
            })
            .collect();
        Self { world, clinic: &world.clinic, base, wall }
    }

    fn none(&self) -> Minutes {
        vec![false; self.wall.len()]
    }

    fn instant(&self, at: usize) -> Instant {
        Instant((self.base + at as i64) * 60)
    }

    /// The minutes of intervals, which must lie in whole minutes.
    pub fn of_intervals(&self, intervals: &[Interval]) -> Minutes {
        let mut minutes = self.none();
        for interval in intervals {
            let (first, end) = (interval.start.0 / 60 - self.base, interval.end.0 / 60 - self.base);
            minutes[first as usize..end as usize].fill(true);
        }
        minutes
    }

    /// From the first minute on which the wall shows a time of the stretch to the last.
    fn shown(&self, day: NaiveDate, from: u32, until: u32) -> Minutes {
        let mut minutes = self.none();
        let shows = |wall: &NaiveDateTime| {
            let minute = wall.hour() * 60 + wall.minute();
            wall.date() == day && from <= minute && minute < until
        };
        let around = self.around(day);
        let wall = &self.wall[around.clone()];
        if let (Some(first), Some(last)) = (wall.iter().position(shows), wall.iter().rposition(shows)) {
            minutes[around][first..=last].fill(true);
        }
        minutes
    }

    /// The minutes that may lie in a local day: none is more than fourteen hours off.
    fn around(&self, day: NaiveDate) -> std::ops::Range<usize> {
        let midnight = day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp() / 60 - self.base;
        let place = |minute: i64| minute.clamp(0, self.wall.len() as i64) as usize;
        place(midnight - 14 * 60)..place(midnight + 36 * 60)
    }

    fn shown_span(&self, day: NaiveDate, span: DaySpan) -> Minutes {
        self.shown(day, span.start.minutes().into(), span.end.minutes().into())
    }

    /// Hours on the wall, minute by minute.
    fn wall_hours(&self, practitioner: &Practitioner, day: NaiveDate) -> Vec<bool> {
        let weekday = day.weekday().num_days_from_monday() as usize;
        let active = practitioner.active_from.is_none_or(|from| day >= from)
            && practitioner.active_until.is_none_or(|until| day <= until);
        let within = |spans: &[DaySpan], minute: u16| {
            spans.iter().any(|span| span.start.minutes() <= minute && minute < span.end.minutes())
        };
        let exception = self.clinic.exceptions.iter().find(|exception| exception.date == day);
        (0..1440)
            .map(|minute| {
                let own = practitioner.hours.as_ref().map(|hours| within(&hours.0[weekday], minute));
                let clinics = match exception {
                    Some(exception) => within(&exception.spans, minute),
                    None => own.is_some() || within(&self.clinic.hours.0[weekday], minute),
                };
                active && clinics && own.unwrap_or(true)
            })
            .collect()
    }

    fn open(&self, practitioner: &Practitioner, day: NaiveDate) -> Minutes {
        let wall = self.wall_hours(practitioner, day);
        let mut open = self.none();
        let mut minute = 0;
        while minute < 1440 {
            let end = (minute..1440).find(|&at| !wall[at]).unwrap_or(1440);
            if end > minute {
                or(&mut open, &self.shown(day, minute as u32, end as u32));
            }
            minute = end + 1;
        }
        open
    }

    fn away(&self, practitioner: &Practitioner, day: NaiveDate) -> Minutes {
        let mut away = self.none();
        for absence in &practitioner.absences {
            if absence.from <= day && day <= absence.until {
                match absence.span {
                    Some(span) => or(&mut away, &self.shown_span(day, span)),
                    None => or(&mut away, &self.shown(day, 0, 1440)),
                }
            }
        }
        away
    }

    fn breaks(&self, practitioner: &Practitioner, day: NaiveDate) -> Minutes {
        let weekday = day.weekday().num_days_from_monday() as usize;
        let held: &[Break] = match &practitioner.breaks {
            Some(own) => own,
            None => &self.clinic.breaks,
        };
        let mut breaks = self.none();
        for held in held.iter().filter(|held| held.weekdays[weekday]) {
            or(&mut breaks, &self.shown_span(day, held.span));
        }
        breaks
    }

    fn blocked(&self, concerns: impl Fn(&Blockout) -> bool) -> Minutes {
        let blockouts = self.world.blockouts.iter().filter(|blockout| concerns(blockout));
        self.of_intervals(&blockouts.map(|blockout| blockout.interval).collect::<Vec<_>>())
    }

    pub fn bookable(&self, practitioner: &Practitioner, day: NaiveDate, emergency: bool) -> Minutes {
        let mut minutes = self.open(practitioner, day);
        take(&mut minutes, &self.away(practitioner, day));
        take(&mut minutes, &self.breaks(practitioner, day));
        let of_column = |blockout: &Blockout| {
            blockout.chair.is_none() && [None, Some(practitioner.id)].contains(&blockout.practitioner)
        };
        take(&mut minutes, &self.blocked(|blockout| of_column(blockout) && !(blockout.for_emergencies && emergency)));
        minutes
    }

    pub fn busy(&self, practitioner: &Practitioner) -> Minutes {
        let own = self.world.busy.iter().filter(|visit| visit.practitioner == practitioner.id);
        self.of_intervals(&own.map(|visit| visit.interval).collect::<Vec<_>>())
    }

    pub fn free(&self, practitioner: &Practitioner, day: NaiveDate, emergency: bool) -> Minutes {
        let mut minutes = self.bookable(practitioner, day, emergency);
        take(&mut minutes, &self.busy(practitioner));
        minutes
    }

    /// Where the wall shows a time, as places among the minutes.
    fn places(&self, local: NaiveDateTime) -> Vec<usize> {
        let minute = local.with_second(0).expect("a full minute");
        self.around(minute.date()).filter(|&at| self.wall[at] == minute).collect()
    }

    /// Starts on the grid that fit into `free`.
    pub fn starts(&self, free: &Minutes, day: NaiveDate, minutes: u32) -> Vec<(NaiveDateTime, Instant)> {
        let mut starts = Vec::new();
        for minute in (0..1440).step_by(self.clinic.grid.minutes().into()) {
            let local = day.and_time(chrono::NaiveTime::MIN) + TimeDelta::minutes(minute);
            if let [place] = self.places(local)[..] {
                let fits = free[place..place + minutes as usize].iter().all(|free| *free);
                if fits && self.instant(place) >= self.world.now {
                    starts.push((local, self.instant(place)));
                }
            }
        }
        starts
    }

    /// Visits that start on the day, taken and bookable minutes over all practitioners.
    pub fn load(&self) -> (u32, usize, usize) {
        let day = self.world.day;
        let on_the_day = |visit: &&Busy| {
            let here = self.clinic.practitioners.iter().any(|practitioner| practitioner.id == visit.practitioner);
            let at = (visit.interval.start.0 / 60 - self.base) as usize;
            here && self.wall[at].date() == day
        };
        let visits = self.world.busy.iter().filter(on_the_day).count();
        let (mut taken, mut all) = (0, 0);
        for practitioner in &self.clinic.practitioners {
            all += count(&self.bookable(practitioner, day, false));
            taken += count(&self.bookable(practitioner, day, false)) - count(&self.free(practitioner, day, false));
        }
        (visits as u32, taken, all)
    }

    pub fn works(&self, practitioner: &Practitioner, day: NaiveDate) -> bool {
        if count(&self.shown(day, 0, 1440)) == 0 {
            return false;
        }
        let mut wall = self.wall_hours(practitioner, day);
        for absence in practitioner.absences.iter().filter(|absence| absence.from <= day && day <= absence.until) {
            match absence.span {
                Some(span) => wall[span.start.minutes().into()..span.end.minutes().into()].fill(false),
                None => wall.fill(false),
            }
        }
        wall.contains(&true)
    }

    /// The codes of everything that stands against a visit, in no order, with the visits it runs into.
    pub fn check(&self, wish: &Wish, asker: Asker) -> Vec<(&'static str, Vec<usize>)> {
        let day = wish.start.date();
        let online = asker == Asker::Patient;
        let practitioner = self.clinic.practitioners.iter().find(|known| known.id == wish.practitioner);
        let kind = self.clinic.kinds.iter().find(|known| known.id == wish.kind);
        let mut codes = Codes(Vec::new());

        codes.add("unknown-practitioner", practitioner.is_none());
        let active = practitioner.is_some_and(|known| {
            known.active_from.is_none_or(|from| day >= from) && known.active_until.is_none_or(|until| day <= until)
        });
        codes.add("practitioner-inactive", practitioner.is_some() && !active);
        codes.add("practitioner-not-online", online && practitioner.is_some_and(|known| !known.bookable_online));
        codes.add("unknown-kind", kind.is_none());
        codes.add("kind-inactive", wish.appointment.is_none() && kind.is_some_and(|kind| !kind.active));
        codes.add("kind-not-online", online && kind.is_some_and(|kind| !kind.bookable_online));
        codes.add("unknown-chair", wish.chair.is_some_and(|id| self.clinic.chairs.iter().all(|chair| chair.id != id)));
        codes.add("length", wish.minutes == 0 || !wish.minutes.is_multiple_of(5));
        let day_minutes = count(&self.shown(day, 0, 1440)).min(1440);
        codes.add("too-long", wish.minutes as usize > day_minutes);
        let minute = wish.start.hour() * 60 + wish.start.minute();
        let grid = u32::from(self.clinic.grid.minutes());
        codes.add("off-grid", !minute.is_multiple_of(grid) || wish.start.second() != 0);

        let places = self.places(wish.start);
        codes.add("no-such-time", places.is_empty());
        codes.add("time-twice", places.len() > 1);
        let Some(&place) = places.first() else {
            // It would be past the jump by the clock of before: the offset of
            // a day earlier.
            let before = self.places(wish.start - TimeDelta::days(1));
            let past = before.first().is_some_and(|&at| self.instant(at + 1440) < self.world.now);
            codes.add("past", past);
            return codes.0;
        };
        let seconds = i64::from(wish.start.second());
        let start = Instant(self.instant(place).0 + seconds);
        codes.add("past", start < self.world.now);
        if wish.minutes == 0 || wish.minutes as usize > day_minutes {
            return codes.0;
        }

        // A visit with seconds touches one minute more.
        let mut visit = self.none();
        let touched = wish.minutes as usize + usize::from(seconds > 0);
        visit[place..place + touched].fill(true);
        let overlapping: Vec<usize> = (0..self.world.busy.len())
            .filter(|&at| Some(self.world.busy[at].id) != wish.appointment)
            .filter(|&at| meet(&visit, &self.of_intervals(&[self.world.busy[at].interval])))
            .collect();
        let (clashing, others): (Vec<usize>, Vec<usize>) =
            overlapping.into_iter().partition(|&at| self.world.busy[at].practitioner == wish.practitioner);
        codes.add_with("clash", clashing);
        let with =
            |same: &dyn Fn(&Busy) -> bool| others.iter().copied().filter(|&at| same(&self.world.busy[at])).collect();
        codes.add_with("chair-clash", with(&|busy| wish.chair.is_some() && busy.chair == wish.chair));
        codes.add_with("patient-elsewhere", with(&|busy| wish.patient == Some(busy.patient)));

        let Some(practitioner) = practitioner else { return codes.0 };
        // Two days on, because the next may be one that its zone left out.
        let days = [0, 1, 2].map(|later| day + Days::new(later));
        if active {
            let (mut open, mut away, mut breaks) = (self.none(), self.none(), self.none());
            for day in days {
                let mut held = self.breaks(practitioner, day);
                both(&mut held, &self.open(practitioner, day));
                or(&mut breaks, &held);
                or(&mut open, &self.open(practitioner, day));
                or(&mut away, &self.away(practitioner, day));
            }
            let weekday = day.weekday().num_days_from_monday() as usize;
            let clinic_closed = match self.clinic.exceptions.iter().find(|exception| exception.date == day) {
                Some(exception) => exception.spans.is_empty(),
                None => self.clinic.hours.0[weekday].is_empty(),
            };
            let closed = clinic_closed && !self.wall_hours(practitioner, day).contains(&true);
            let outside = (0..visit.len()).any(|at| visit[at] && !open[at]);
            codes.add("closed", closed);
            codes.add("outside-hours", outside && !closed);
            codes.add("away", meet(&visit, &away));
            codes.add("in-break", meet(&visit, &breaks));
        }
        let concerns = |blockout: &Blockout| {
            (blockout.practitioner.is_none() || blockout.practitioner == Some(practitioner.id))
                && (blockout.chair.is_none() || blockout.chair == wish.chair)
        };
        let blocked = self.blocked(|blockout| concerns(blockout) && !blockout.for_emergencies);
        let kept = self.blocked(|blockout| concerns(blockout) && blockout.for_emergencies);
        let may_take_kept = !online && kind.is_some_and(|kind| kind.emergency);
        codes.add("blocked", meet(&visit, &blocked));
        codes.add("kept-for-emergencies", !may_take_kept && meet(&visit, &kept));
        codes.0
    }
}

struct Codes(Vec<(&'static str, Vec<usize>)>);

impl Codes {
    fn add(&mut self, code: &'static str, holds: bool) {
        if holds {
            self.0.push((code, Vec::new()));
        }
    }

    fn add_with(&mut self, code: &'static str, with: Vec<usize>) {
        if !with.is_empty() {
            self.0.push((code, with));
        }
    }
}

pub fn count(minutes: &Minutes) -> usize {
    minutes.iter().filter(|minute| **minute).count()
}

pub fn or(minutes: &mut Minutes, more: &Minutes) {
    minutes.iter_mut().zip(more).for_each(|(minute, more)| *minute |= more);
}

fn both(minutes: &mut Minutes, other: &Minutes) {
    minutes.iter_mut().zip(other).for_each(|(minute, other)| *minute &= other);
}

fn take(minutes: &mut Minutes, less: &Minutes) {
    minutes.iter_mut().zip(less).for_each(|(minute, less)| *minute &= !less);
}

fn meet(left: &Minutes, right: &Minutes) -> bool {
    left.iter().zip(right).any(|(left, right)| *left && *right)
}
