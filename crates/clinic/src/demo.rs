//! A demo clinic: invented people and a believable day around now.

use chairside_schedule::appointment::{Appointment, Cancellation, CancelledBy, Flags, Source, VisitTime};
use chairside_schedule::hours::{Blockout, WeeklyHours};
use chairside_schedule::id::{AppointmentId, BlockoutId, PatientId, PractitionerId};
use chairside_schedule::kind::KindColour;
use chairside_schedule::openings;
use chairside_schedule::patient::{Birth, Gender, PhoneNumber};
use chairside_schedule::time::{DaySpan, Instant, Interval, MinuteOfDay};
use chairside_schedule::{Clinic, Patient, Practitioner, Status, VisitKind};
use chairside_store::Batch;
use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, Timelike};
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt, SeedableRng};
use uuid::{Builder, Uuid};

use crate::desk::{Desk, DeskOptions};
use crate::founding;
use crate::problem::Problem;

/// Who treats in the demo clinic: name, role, room.
const PEOPLE: [(&str, &str, &str); 4] = [
    ("Erik Sandberg", "Dentist", "Room 1"),
    ("Amira Haddad", "Dentist", "Room 2"),
    ("Karin Nyström", "Hygienist", "Room 3"),
    ("Oliver Hughes", "Dentist", "Room 4"),
];

/// Who works at the demo clinic's desk.
const RECEPTIONIST: &str = "Maja Lind";

const GIVEN: [&str; 32] = [
    "Elsa",
    "Johan",
    "Tilda",
    "Ingrid",
    "Oskar",
    "Margaret",
    "Gunnar",
    "Hanna",
    "Lars",
    "Nils",
    "Freja",
    "Daniel",
    "Benjamin",
    "Åsa",
    "Peter",
    "Sofia",
    "Emma",
    "Yusuf",
    "Birgitta",
    "Alva",
    "Thomas",
    "Viktor",
    "Linnea",
    "Stina",
    "Noah",
    "Rebecca",
    "Göran",
    "Ella",
    "Mikael",
    "Astrid",
    "Charlotte",
    "Rasmus",
];

const FAMILY: [&str; 32] = [
    "Bergström",
    "Lund",
    "Ek",
    "Holmqvist",
    "Nyberg",
    "Collins",
    "Åkesson",
    "Viklund",
    "Öberg",
    "Forsgren",
    "Dahl",
    "Whitaker",
    "Frost",
    "Wikström",
    "Sjögren",
    "Petrov",
    "Clarke",
    "Demir",
    "Sand",
    "Sundin",
    "Reid",
    "Hallberg",
    "Borg",
    "Lövgren",
    "Persson",
    "Stone",
    "Wallin",
    "Norén",
    "Strand",
    "Lind",
    "Webb",
    "Ekdahl",
];

const NOTES: [&str; 10] = [
    "Prefers the morning",
    "Brings X-rays from Sahlgrenska",
    "Ask for new phone number",
    "Periodontal, every third month",
    "Interpreter booked, Arabic",
    "Temporary came loose on Sunday",
    "Comes with his mother",
    "Wants a quote first",
    "Sensitive upper left",
    "Needs a receipt for work",
];

const ALERTS: [&str; 4] = ["Penicillin allergy", "Blood thinner", "Latex allergy", "Pacemaker"];

/// Patients the clinic knows.
const PATIENTS: usize = 420;

/// Days behind and ahead that have visits.
const DAYS_BEHIND: u64 = 28;
const DAYS_AHEAD: u64 = 63;

/// The youngest patient's age.
const YOUNGEST_YEARS: i32 = 5;

/// How long the clinic is open.
const OPEN_HOURS: u32 = 9;

impl Desk {
    /// Founds a demo clinic in which it is a busy day right now.
    ///
    /// # Errors
    /// `store-exists` and the store's.
    pub async fn found_demo(options: DeskOptions) -> Result<Self, Problem> {
        let now = options.clock.now();
        let mut demo = Demo::new(now);
        let clinic = demo.clinic();
        let options = DeskOptions { acting: Some(RECEPTIONIST.to_owned()), ..options };
        let desk = Self::found(options, clinic.clone()).await?;
        let batch = demo.batch(&clinic);
        desk.store
            .write(desk.moment(), async move |tx| {
                let there = tx.already_there(&batch).await?;
                tx.bring(batch, &there, |_| ()).await?;
                Ok::<_, Problem>(())
            })
            .await?;
        Ok(desk)
    }
}

struct Demo {
    rng: SmallRng,
    now: Instant,
    local: NaiveDateTime,
}

impl Demo {
    /// The same second gives the same clinic.
    fn new(now: Instant) -> Self {
        Self { rng: SmallRng::seed_from_u64(now.0.unsigned_abs()), now, local: now.local(&founding::DEFAULT_ZONE) }
    }

    fn id(&mut self) -> Uuid {
        Builder::from_random_bytes(self.rng.random()).into_uuid()
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    fn clinic(&mut self) -> Clinic {
        let mut ids: Vec<Uuid> = (0..32).map(|_| self.id()).collect();
        let mut clinic = founding::clinic("Tandhuset", founding::DEFAULT_ZONE, &mut || ids.pop().unwrap_or_default());
        clinic.address = "Storgatan 1".to_owned();
        clinic.city = "Göteborg".to_owned();
        clinic.hours = open_around(self.local);
        clinic.practitioners = (0..)
            .zip(PEOPLE)
            .map(|(position, (name, role, room))| Practitioner {
                id: PractitionerId(self.id()),
                name: name.to_owned(),
                role: role.to_owned(),
                room: room.to_owned(),
                active_from: None,
                active_until: None,
                hours: None,
                breaks: None,
                absences: Vec::new(),
                bookable_online: true,
                position,
            })
            .collect();
        clinic
    }

    fn batch(&mut self, clinic: &Clinic) -> Batch {
        let patients: Vec<Patient> = (0..PATIENTS).map(|_| self.patient()).collect();
        let today = self.local.date();
        let blockouts = self.blockouts(clinic, today);
        let mut appointments = Vec::new();
        for day in (today - Days::new(DAYS_BEHIND)).iter_days().take((DAYS_BEHIND + DAYS_AHEAD) as usize) {
            // Full today, fuller the nearer: as diaries are.
            let ahead = (day - today).num_days();
            let full = if ahead <= 0 { 92 } else { (90 - ahead).max(20) as u32 };
            for practitioner in &clinic.practitioners {
                self.column(clinic, practitioner, day, full, &blockouts, &patients, &mut appointments);
            }
        }
        self.busy_now(today, clinic, &mut appointments);
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
            created_at: Instant(self.now.0 - i64::from(self.rng.random_range(1..2_000_u32)) * 86_400),
        }
    }

    fn blockouts(&mut self, clinic: &Clinic, today: NaiveDate) -> Vec<Blockout> {
        let closing = clinic.hours.0[0].first().map_or(MinuteOfDay::END, |span| span.end);
        let span =
            MinuteOfDay::new(closing.minutes().saturating_sub(60)).and_then(|start| DaySpan::new(start, closing));
        let made = span.and_then(|span| {
            Some(Blockout {
                id: BlockoutId(self.id()),
                practitioner: clinic.practitioners.get(1).map(|practitioner| practitioner.id),
                chair: None,
                day: today,
                span,
                interval: span.on(today, &clinic.zone)?,
                reason: "Steriliser service".to_owned(),
                for_emergencies: false,
            })
        });
        made.into_iter().collect()
    }

    /// Fills one column of one day, leaving gaps.
    #[expect(clippy::too_many_arguments, reason = "everything a column is filled from")]
    fn column(
        &mut self,
        clinic: &Clinic,
        practitioner: &Practitioner,
        day: NaiveDate,
        full_percent: u32,
        blockouts: &[Blockout],
        patients: &[Patient],
        visits: &mut Vec<Appointment>,
    ) {
        let mut taken: Vec<Interval> = Vec::new();
        let bookable = openings::bookable(clinic, practitioner, day, blockouts, false);
        let hygienist = practitioner.role == "Hygienist";
        let fits = |kind: &&VisitKind| (kind.colour == KindColour::Hygiene) == hygienist;
        let kinds: Vec<&VisitKind> = clinic.kinds.iter().filter(fits).collect();
        for _ in 0..24 {
            let Ok(kind) = kinds.choose_weighted(&mut self.rng, |kind| how_common(kind.colour)) else { return };
            let minutes = if hygienist && self.chance(40) { 60 } else { kind.minutes };
            let free = openings::free(&bookable, &taken);
            let first = openings::starts(clinic.zone, clinic.grid, day, &free, minutes, Instant(i64::MIN / 4)).next();
            let Some(place) = first else { return };
            taken.push(place.interval);
            let Some(patient) = self.somebody_else(patients, day, visits) else { return };
            if self.chance(full_percent) {
                let visit = self.visit(clinic, practitioner.id, kind, place.local, minutes, patient);
                visits.push(visit);
            }
        }
    }

    /// A patient who doesn't come that day yet.
    fn somebody_else<'a>(
        &mut self,
        patients: &'a [Patient],
        day: NaiveDate,
        visits: &[Appointment],
    ) -> Option<&'a Patient> {
        // Visits are made day by day, so those of this day are the last ones.
        let today: Vec<PatientId> =
            visits.iter().rev().take_while(|visit| visit.time.day() == day).map(|visit| visit.patient).collect();
        let first = self.rng.random_range(0..patients.len().max(1));
        patients.iter().cycle().skip(first).take(patients.len()).find(|patient| !today.contains(&patient.id))
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
        let mut visit = Appointment {
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
            created_at: Instant(time.interval.start.0 - i64::from(self.rng.random_range(1..60_u32)) * 86_400),
            external_id: None,
            flags: Flags::default(),
        };
        self.live(&mut visit);
        visit
    }

    /// What has become of a visit by now.
    fn live(&mut self, visit: &mut Appointment) {
        let (start, end) = (visit.time.interval.start, visit.time.interval.end);
        if end <= self.now {
            match self.rng.random_range(0..100) {
                0..4 => visit.status = Status::Noshow,
                4..8 => {
                    visit.status = Status::Cancelled;
                    visit.cancellation = Some(Cancellation { by: CancelledBy::Patient, reason: "Ill".to_owned() });
                }
                _ => {
                    visit.status = Status::Fulfilled;
                    visit.arrived_at = Some(start.plus_minutes(-i64::from(self.rng.random_range(1..12_u32))));
                    visit.seated_at = Some(start.plus_minutes(i64::from(self.rng.random_range(0..6_u32))));
                    visit.done_at = Some(end);
                }
            }
        } else if start <= self.now {
            visit.status = Status::CheckedIn;
            visit.arrived_at = Some(start.plus_minutes(-6));
            visit.seated_at = Some(start);
        }
    }

    /// What a morning looks like: somebody runs late, some came early.
    fn busy_now(&self, today: NaiveDate, clinic: &Clinic, visits: &mut [Appointment]) {
        let now = self.now;
        // The visit before took longer than planned, so the one whose turn it is still waits.
        let mut late = column_of(RUNS_LATE, today, clinic, visits);
        if let Some(turn) = late.iter().position(|visit| visit.status == Status::CheckedIn) {
            wait(late[turn], now, WAITED_LONG_MINUTES);
            let begins = late[turn].time.interval.start;
            let just_before = |visit: &&mut &mut Appointment| {
                visit.status == Status::Fulfilled
                    && visit.time.interval.end >= begins.plus_minutes(-JUST_BEFORE_MINUTES)
            };
            if let Some(before) = late[..turn].iter_mut().rev().find(just_before) {
                before.status = Status::CheckedIn;
                before.done_at = None;
            }
        }
        let soon = now.plus_minutes(SOON_MINUTES);
        for (at, waited_minutes) in [(0, 6), (3, 9)] {
            let mut column = column_of(at, today, clinic, visits).into_iter();
            let next = column.find(|visit| visit.status == Status::Booked && visit.time.interval.start <= soon);
            if let Some(visit) = next {
                wait(visit, now, waited_minutes);
            }
        }
    }
}

/// One practitioner's visits of a day, by start.
fn column_of<'a>(
    at: usize,
    day: NaiveDate,
    clinic: &Clinic,
    visits: &'a mut [Appointment],
) -> Vec<&'a mut Appointment> {
    let whose = clinic.practitioners.get(at).map(|practitioner| practitioner.id);
    let own = |visit: &&mut Appointment| Some(visit.practitioner) == whose && visit.time.day() == day;
    let mut column: Vec<&mut Appointment> = visits.iter_mut().filter(own).collect();
    column.sort_by_key(|visit| visit.time.interval.start);
    column
}

/// The practitioner of [`PEOPLE`] who runs late.
const RUNS_LATE: usize = 1;

/// Longer than the waiting room's limit.
const WAITED_LONG_MINUTES: i64 = 24;

/// A visit that took longer ended at most this long before the next one's turn.
const JUST_BEFORE_MINUTES: i64 = 15;

/// Patients come at most this long before their time.
const SOON_MINUTES: i64 = 45;

fn wait(visit: &mut Appointment, now: Instant, minutes: i64) {
    visit.status = Status::Arrived;
    visit.arrived_at = Some(now.plus_minutes(-minutes));
    visit.seated_at = None;
}

/// How often a kind of visit is booked, against the others.
fn how_common(colour: KindColour) -> u32 {
    match colour {
        KindColour::Examination => 34,
        KindColour::Filling => 26,
        KindColour::Root | KindColour::Crown | KindColour::Child => 10,
        KindColour::Acute => 6,
        KindColour::Hygiene | KindColour::Other => 4,
    }
}

fn pick(rng: &mut SmallRng, words: &[&'static str]) -> &'static str {
    words.choose(rng).copied().unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use chairside_schedule::time::at;

    use super::*;

    #[test]
    fn whatever_the_hour_the_demo_is_open_and_busy() {
        for hour in 0..24 {
            let day = NaiveDate::from_ymd_opt(2026, 11, 21).expect("a date");
            let local = at(day, MinuteOfDay::hm(hour, 20).expect("a time"));
            let now = chairside_schedule::time::resolve(&founding::DEFAULT_ZONE, local).earliest();
            let mut demo = Demo::new(now);
            let clinic = demo.clinic();
            let batch = demo.batch(&clinic);
            let today = batch.appointments.iter().filter(|visit| visit.time.day() == day).count();
            assert!(today >= 20, "{today} visits at {hour}");
            let shown: Vec<Interval> = clinic.hours.0[5].iter().filter_map(|span| span.on(day, &clinic.zone)).collect();
            assert!(shown.iter().any(|span| span.start <= now && now < span.end), "closed at {hour}");
            for practitioner in &clinic.practitioners {
                let column: Vec<Interval> = batch
                    .appointments
                    .iter()
                    .filter(|visit| visit.practitioner == practitioner.id && visit.status.occupies())
                    .map(|visit| visit.time.interval)
                    .collect();
                assert_eq!(chairside_schedule::clash::pairs(&column), []);
            }
        }
    }
}
