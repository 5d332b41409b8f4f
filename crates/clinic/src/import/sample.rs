//! A made-up practice's export, in the shape `maps/dental-practice-export.toml`
//! reads: for tests, benchmarks and a first try of `import`. The same seed
//! gives the same files, and the generator counts what it wrote.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::Path;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, TimeDelta, Weekday};

/// Three files, and what stands in them.
#[derive(Clone, Debug)]
pub struct Sample {
    /// `dentists.csv`.
    pub dentists: String,
    /// `patients.csv`.
    pub patients: String,
    /// `appointments.csv`.
    pub appointments: String,
    /// Visits by status word.
    pub by_status: BTreeMap<String, u64>,
    /// Visits that continue one that was moved away.
    pub follow_ups: u64,
    /// Pairs of completed visits that overlap in one dentist's column, counted
    /// minute by minute and apart from the code under test.
    pub clashes: u64,
}

/// Practitioners, as the practice that the shape was taken from had them.
const DENTISTS: [(&str, &str, &str); 7] = [
    ("general_dentist", "2023-01-01", ""),
    ("general_dentist", "2023-03-15", ""),
    ("endodontist", "2023-06-01", ""),
    ("oral_surgeon", "2023-07-01", ""),
    ("orthodontist", "2023-09-01", ""),
    ("prosthodontist", "2023-05-01", ""),
    ("periodontist", "2023-02-01", "2024-08-31"),
];

const KINDS: [(&str, i64); 6] = [
    ("treatment", 60),
    ("recall_examination", 30),
    ("new_patient_examination", 45),
    ("consultation", 30),
    ("follow_up", 30),
    ("emergency", 45),
];

const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2024, 3, 2).expect("a date");

/// Makes `visits` visits of `patients` patients.
pub fn sample(seed: u64, patients: u32, visits: u32) -> Sample {
    let mut random = Random(seed);
    let mut sample = Sample {
        dentists: dentists(),
        patients: people(&mut random, patients.max(1)),
        appointments:
            "appointment_id,patient_id,dentist_id,booked_at,scheduled_start_at,planned_duration_min,visit_type,\
                       booking_channel,status,status_updated_at,reminder_sent,check_in_at,chair_start_at,chair_end_at,\
                       checkout_at,status_change_reason,rescheduled_from_appointment_id\n"
                .to_owned(),
        by_status: BTreeMap::new(),
        follow_ups: 0,
        clashes: 0,
    };
    let mut day = FIRST_DAY;
    let mut done: Vec<(usize, NaiveDateTime, NaiveDateTime)> = Vec::new();
    let mut moved: Vec<u32> = Vec::new();
    for id in 1..=visits {
        if random.below(14) == 0 {
            day = day + Days::new(1);
        }
        // Another country's week: closed on Fridays.
        if day.weekday() == Weekday::Fri {
            day = day + Days::new(1);
        }
        let (left, gone) = (NaiveDate::from_ymd_opt(2024, 8, 31), DENTISTS.len() - 1);
        let dentist = random.below(if Some(day) > left { gone } else { DENTISTS.len() });
        let (kind, minutes) = KINDS[random.below(KINDS.len())];
        let start = day.and_hms_opt(9, 0, 0).unwrap_or_default() + TimeDelta::minutes(30 * random.below(20) as i64);
        let status =
            ["completed", "completed", "completed", "completed", "completed", "no_show", "cancelled", "rescheduled"]
                [random.below(8)];
        let follows = if random.below(3) == 0 { moved.pop() } else { None };
        if status == "rescheduled" {
            moved.push(id);
        }
        let end = start + TimeDelta::minutes(minutes);
        if status == "completed" {
            done.push((dentist, start, end));
        }
        *sample.by_status.entry(status.to_owned()).or_default() += 1;
        sample.follow_ups += u64::from(follows.is_some());
        let visit = Visit {
            id,
            patient: random.below(patients.max(1) as usize) as u32 + 1,
            dentist: dentist + 1,
            start,
            minutes,
            kind,
            status,
            follows,
        };
        visit.write(&mut random, &mut sample.appointments);
    }
    sample.clashes = overlaps(&done);
    sample
}

impl Sample {
    /// Writes the three files.
    ///
    /// # Errors
    /// The folder's.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join("dentists.csv"), &self.dentists)?;
        std::fs::write(folder.join("patients.csv"), &self.patients)?;
        std::fs::write(folder.join("appointments.csv"), &self.appointments)
    }
}

struct Visit {
    id: u32,
    patient: u32,
    dentist: usize,
    start: NaiveDateTime,
    minutes: i64,
    kind: &'static str,
    status: &'static str,
    follows: Option<u32>,
}

impl Visit {
    fn write(&self, random: &mut Random, out: &mut String) {
        let after = |minutes: i64| self.start + TimeDelta::minutes(minutes);
        let late = random.below(20) as i64;
        let moments = if self.status == "completed" {
            [late - 15, late, late + self.minutes - 5, late + self.minutes].map(|minutes| after(minutes).to_string())
        } else {
            Default::default()
        };
        let called_off = matches!(self.status, "cancelled" | "rescheduled");
        let reason = if called_off { ["patient_related", "illness", "clinic_related"][random.below(3)] } else { "" };
        let booked = self.start - TimeDelta::hours(24 * (1 + random.below(60) as i64));
        let channel = ["phone", "phone", "online", "in_person", "referral", "other"][random.below(6)];
        let reminded = if random.below(5) == 0 { "False" } else { "True" };
        let follows = self.follows.map(|id| id.to_string()).unwrap_or_default();
        let Self { id, patient, dentist, start, minutes, kind, status, .. } = self;
        let moments = moments.join(",");
        let written = writeln!(
            out,
            "{id},{patient},{dentist},{booked},{start},{minutes},{kind},{channel},{status},{start},{reminded},{moments},\
             {reason},{follows}"
        );
        debug_assert!(written.is_ok(), "a string takes any text");
    }
}

fn dentists() -> String {
    let header =
        "dentist_id,dentist_role,engagement_type,start_date,end_date,scheduled_hours_weekly,active\n".to_owned();
    DENTISTS.iter().enumerate().fold(header, |text, (at, (role, from, until))| {
        let active = if until.is_empty() { "True" } else { "False" };
        text + &format!("{},{role},employee,{from},{until},30,{active}\n", at + 1)
    })
}

fn people(random: &mut Random, count: u32) -> String {
    let header = "patient_id,birth_year,sex,city_area,registered_at,insurance_type,referral_source,\
                  preferred_contact_channel,patient_status\n";
    (1..=count).fold(header.to_owned(), |text, id| {
        let year = 1940 + random.below(80);
        let sex = ["male", "female", "female", "other_unknown"][random.below(4)];
        let registered = FIRST_DAY - Days::new(1 + random.below(300) as u64);
        let status = ["active", "active", "active", "inactive", "archived"][random.below(5)];
        text + &format!("{id},{year},{sex},north,{registered} 10:00:00,self_pay,walk_in,sms,{status}\n")
    })
}

/// Pairs of visits that share a minute with one dentist: every pair, looked at.
fn overlaps(done: &[(usize, NaiveDateTime, NaiveDateTime)]) -> u64 {
    let pair = |a: &(usize, NaiveDateTime, NaiveDateTime), b: &(usize, NaiveDateTime, NaiveDateTime)| {
        a.0 == b.0 && a.1 < b.2 && b.1 < a.2
    };
    let pairs = |at: usize| done[at + 1..].iter().filter(|other| pair(&done[at], other)).count();
    (0..done.len()).map(|at| pairs(at) as u64).sum()
}

/// SplitMix64 (Steele, Lea and Flood, 2014): enough for made-up visits, and
/// the same everywhere for ever.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) % limit as u64) as usize
    }
}
