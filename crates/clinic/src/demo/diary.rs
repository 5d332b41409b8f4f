//! A clinic and its diary, made from a profile.

use chairside_schedule::appointment::{Appointment, Flags, Source, VisitTime};
use chairside_schedule::hours::{Blockout, WeeklyHours};
use chairside_schedule::id::{AppointmentId, BlockoutId, PatientId, PractitionerId};
use chairside_schedule::kind::KindColour;
use chairside_schedule::openings;
use chairside_schedule::patient::{Birth, Gender, PhoneNumber};
use chairside_schedule::practitioner::Absence;
use chairside_schedule::time::{DaySpan, Instant, Interval, MinuteOfDay, day_number};
use chairside_schedule::{Clinic, Patient, Practitioner, Status, VisitKind};
use chairside_store::Batch;
use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, Timelike};
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt, SeedableRng};
use uuid::{Builder, Uuid};

use super::names::{ALERTS, FAMILY, GIVEN, NOTES};
use super::profile::{Open, Profile, Weekly, id};
use crate::founding;

/// Days behind that have visits.
const DAYS_BEHIND: u64 = 28;

/// The youngest patient's age.
const YOUNGEST_YEARS: i32 = 5;

/// From this age on, nobody comes for a child's check-up.
const GROWN_UP_YEARS: i32 = 18;

/// How long a clinic that is open around now is open.
const OPEN_HOURS: u32 = 9;

/// Visits in a column in a day, at most.
const COLUMN_MOST: usize = 24;

/// A clinic that is being made.
pub struct Demo {
    profile: &'static Profile,
    pub(super) rng: SmallRng,
    pub(super) now: Instant,
    local: NaiveDateTime,
}

/// What a column is filled from.
struct Columns<'a> {
    clinic: &'a Clinic,
    blockouts: &'a [Blockout],
    patients: &'a [Patient],
}

impl Demo {
    /// The same second gives the same clinic, and where it is fixed, the same day does.
    pub fn new(profile: &'static Profile, now: Instant) -> Self {
        let local = now.local(&founding::DEFAULT_ZONE);
        let of = if profile.is_fixed() { i64::from(day_number(local.date())) } else { now.0 };
        Self { profile, rng: SmallRng::from_seed(profile.seed(of)), now, local }
    }

    fn id(&mut self) -> Uuid {
        Builder::from_random_bytes(self.rng.random()).into_uuid()
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    /// Its settings.
    pub fn clinic(&self) -> Clinic {
        let profile = self.profile;
        let seed = profile.seed(if profile.is_fixed() { 0 } else { self.now.0 });
        let mut ids = (0..).map(|number| id(&seed, number));
        let mut fresh = || ids.next().unwrap_or_default();
        let mut clinic = founding::clinic(profile.name, founding::DEFAULT_ZONE, &mut fresh);
        clinic.address = profile.address.to_owned();
        clinic.city = profile.city.to_owned();
        clinic.hours = match profile.open {
            Open::AroundNow => open_around(self.local),
            Open::Week(days) => week(days),
        };
        for kind in &mut clinic.kinds {
            kind.minutes = kind.minutes.next_multiple_of(profile.slot_minutes);
        }
        let today = self.local.date();
        clinic.practitioners = profile
            .people
            .iter()
            .enumerate()
            .map(|(at, (name, role, room))| Practitioner {
                id: PractitionerId(fresh()),
                name: (*name).to_owned(),
                role: (*role).to_owned(),
                room: (*room).to_owned(),
                active_from: None,
                active_until: None,
                hours: None,
                breaks: None,
                absences: self.absences(at, today),
                bookable_online: true,
                position: i32::try_from(at).unwrap_or(i32::MAX),
            })
            .collect();
        clinic
    }

    fn absences(&self, at: usize, today: NaiveDate) -> Vec<Absence> {
        let away = self.profile.away.iter().filter(|away| away.who == at && away.days > 0);
        away.map(|away| {
            let from = today + Days::new(away.in_days);
            let until = from + Days::new(away.days - 1);
            Absence { from, until, span: None, reason: away.reason.to_owned() }
        })
        .collect()
    }

    /// Its people and their visits.
    pub fn batch(&mut self, clinic: &Clinic) -> Batch {
        let patients: Vec<Patient> = (0..self.profile.patients).map(|_| self.patient()).collect();
        let today = self.local.date();
        let days: Vec<NaiveDate> = (today - Days::new(DAYS_BEHIND))
            .iter_days()
            .take((DAYS_BEHIND + self.profile.days_ahead) as usize)
            .filter(|day| !clinic.hours.on(day.weekday()).is_empty())
            .collect();
        let blockouts: Vec<Blockout> = days.iter().flat_map(|day| self.blockouts(clinic, *day)).collect();
        let columns = Columns { clinic, blockouts: &blockouts, patients: &patients };
        let mut appointments = Vec::new();
        for day in days {
            for practitioner in &clinic.practitioners {
                self.column(&columns, practitioner, day, &mut appointments);
            }
        }
        self.live(today, clinic, &mut appointments);
        Batch { settings: None, patients, appointments, blockouts }
    }

    fn patient(&mut self) -> Patient {
        let year = self.rng.random_range(1938..=self.local.year() - YOUNGEST_YEARS);
        let birth = NaiveDate::from_yo_opt(year, self.rng.random_range(1..=365));
        let phone = format!(
            "070{}-{} {} {}",
            self.rng.random_range(0..10),
            self.rng.random_range(10..100),
            self.rng.random_range(10..100),
            self.rng.random_range(10..100)
        );
        let alert = if self.chance(8) { pick(&mut self.rng, &ALERTS) } else { "" };
        Patient {
            id: PatientId(self.id()),
            version: 1,
            given: pick(&mut self.rng, &GIVEN).to_owned(),
            family: pick(&mut self.rng, &FAMILY).to_owned(),
            personnummer: None,
            birth: birth.map(Birth::Date),
            phone: PhoneNumber::parse(&phone).ok(),
            email: String::new(),
            gender: Gender::Unknown,
            alert: alert.to_owned(),
            note: String::new(),
            protected: self.chance(1),
            guardian: None,
            active: true,
            external_id: None,
            created_at: Instant(self.now.0 - i64::from(self.rng.random_range(1..2_000_u32)) * DAY_S),
        }
    }

    fn blockouts(&mut self, clinic: &Clinic, day: NaiveDate) -> Vec<Blockout> {
        let today = self.local.date();
        let is_then = |weekly: &&Weekly| weekly.weekday.map_or(day == today, |weekday| weekday == day.weekday());
        let due = self.profile.weekly.iter().filter(is_then);
        due.filter_map(|weekly| {
            let span = match weekly.span {
                Some(span) => DaySpan::parse(span),
                None => last_hour(clinic, day),
            }?;
            Some(Blockout {
                id: BlockoutId(self.id()),
                practitioner: weekly.who.and_then(|at| clinic.practitioners.get(at)).map(|one| one.id),
                chair: None,
                day,
                span,
                interval: span.on(day, &clinic.zone)?,
                reason: weekly.reason.to_owned(),
                for_emergencies: false,
            })
        })
        .collect()
    }

    /// Fills one column of one day, leaving gaps.
    fn column(
        &mut self,
        from: &Columns<'_>,
        practitioner: &Practitioner,
        day: NaiveDate,
        visits: &mut Vec<Appointment>,
    ) {
        let clinic = from.clinic;
        let mut taken: Vec<Interval> = Vec::new();
        let bookable = openings::bookable(clinic, practitioner, day, from.blockouts, false);
        let is_hygienist = |one: &Practitioner| one.role == "Hygienist";
        let hygienist = is_hygienist(practitioner);
        // Where there is no hygienist, dentists do that, too.
        let nobody_else = !clinic.practitioners.iter().any(is_hygienist);
        let fits = |kind: &&VisitKind| nobody_else || (kind.colour == KindColour::Hygiene) == hygienist;
        let kinds: Vec<&VisitKind> = clinic.kinds.iter().filter(fits).collect();
        for _ in 0..COLUMN_MOST {
            let (mix, today) = (self.profile.mix, self.local.date());
            // Nobody has an acute visit next week.
            let common = |kind: &&VisitKind| if kind.emergency && day > today { 0 } else { mix(kind.colour) };
            let Ok(kind) = kinds.choose_weighted(&mut self.rng, common) else { return };
            let minutes = if hygienist && self.chance(40) { 60 } else { kind.minutes };
            let free = openings::free(&bookable, &taken);
            let first = openings::starts(clinic.zone, clinic.grid, day, &free, minutes, Instant(i64::MIN / 4)).next();
            let Some(place) = first else { return };
            taken.push(place.interval);
            let Some(patient) = self.somebody_else(from.patients, kind, day, visits) else { return };
            if self.chance(self.fullness_percent(place.local)) {
                let visit = self.visit(clinic, practitioner.id, kind, place.local, minutes, patient);
                visits.push(visit);
            }
        }
    }

    /// Full today, fuller the nearer, and in the hours most people want: as diaries are.
    fn fullness_percent(&self, at: NaiveDateTime) -> u32 {
        let full = &self.profile.full;
        let ahead = u16::try_from((at.date() - self.local.date()).num_days().max(0)).unwrap_or(u16::MAX);
        let day = (full.today as f32 - full.falls_daily * f32::from(ahead)).max(full.least as f32) as i32;
        let minute = at.hour() * 60 + at.minute();
        let is_in = |span: &str| {
            DaySpan::parse(span)
                .is_some_and(|span| u32::from(span.start.minutes()) <= minute && minute < u32::from(span.end.minutes()))
        };
        let wanted: i32 = self.profile.wanted.iter().filter(|(span, _)| is_in(span)).map(|(_, more)| more).sum();
        // What is wanted less is not shunned: where next to nothing is booked yet, that counts less.
        (day + wanted * day / 100).clamp(0, 100).unsigned_abs()
    }

    /// A patient of the right age who doesn't come that day yet.
    fn somebody_else<'a>(
        &mut self,
        patients: &'a [Patient],
        kind: &VisitKind,
        day: NaiveDate,
        visits: &[Appointment],
    ) -> Option<&'a Patient> {
        // Visits are made day by day, so those of this day are the last ones.
        let today: Vec<PatientId> =
            visits.iter().rev().take_while(|visit| visit.time.day() == day).map(|visit| visit.patient).collect();
        let first = self.rng.random_range(0..patients.len().max(1));
        let fits = |patient: &&Patient| {
            let child = match patient.birth {
                Some(Birth::Date(date)) => date.year() > day.year() - GROWN_UP_YEARS,
                Some(Birth::Year(_)) | None => false,
            };
            match kind.colour {
                KindColour::Child => child,
                KindColour::Crown | KindColour::Root => !child,
                _ => true,
            }
        };
        let from_first = patients.iter().cycle().skip(first).take(patients.len());
        from_first.filter(fits).find(|patient| !today.contains(&patient.id))
    }

    fn visit(
        &mut self,
        clinic: &Clinic,
        practitioner: PractitionerId,
        kind: &VisitKind,
        start: NaiveDateTime,
        minutes: u32,
        patient: &Patient,
    ) -> Appointment {
        let time = VisitTime::new(start, clinic.zone, minutes);
        let note = if self.chance(28) { pick(&mut self.rng, &NOTES) } else { "" };
        Appointment {
            id: AppointmentId(self.id()),
            version: 1,
            patient: patient.id,
            practitioner,
            chair: None,
            kind: kind.id,
            time,
            status: Status::Booked,
            confirmed: self.chance(if start.date() <= self.local.date() + Days::new(2) { 70 } else { 25 }),
            note: note.to_owned(),
            source: if self.chance(25) { Source::Online } else { Source::Phone },
            overbooked: None,
            cancellation: None,
            arrived_at: None,
            seated_at: None,
            done_at: None,
            left_at: None,
            follows: None,
            created_at: Instant(
                time.interval.start.0.min(self.now.0) - i64::from(self.rng.random_range(1..60_u32)) * DAY_S,
            ),
            external_id: None,
            flags: Flags::default(),
        }
    }
}

const DAY_S: i64 = 86_400;

fn pick(rng: &mut SmallRng, words: &[&'static str]) -> &'static str {
    words.choose(rng).copied().unwrap_or_default()
}

fn last_hour(clinic: &Clinic, day: NaiveDate) -> Option<DaySpan> {
    let closing = clinic.hours.on(day.weekday()).last()?.end;
    DaySpan::new(MinuteOfDay::new(closing.minutes().saturating_sub(60))?, closing)
}

fn week(days: &[(chrono::Weekday, &str)]) -> WeeklyHours {
    let mut hours = WeeklyHours::default();
    for (weekday, span) in days {
        if let Some(span) = DaySpan::parse(span) {
            hours.add(*weekday, span);
        }
    }
    hours
}

/// Every day from eight, or, when that is not now, from a few hours before: a
/// demonstration is looked at in the evening, too.
fn open_around(local: NaiveDateTime) -> WeeklyHours {
    let usual = 8;
    let hour = local.hour();
    let opens =
        if (usual..usual + OPEN_HOURS).contains(&hour) { usual } else { hour.saturating_sub(3).min(24 - OPEN_HOURS) };
    let minute = |hours: u32| u16::try_from(hours * 60).ok().and_then(MinuteOfDay::new);
    let span = minute(opens).zip(minute(opens + OPEN_HOURS)).and_then(|(start, end)| DaySpan::new(start, end));
    WeeklyHours(std::array::from_fn(|_| span.into_iter().collect()))
}
