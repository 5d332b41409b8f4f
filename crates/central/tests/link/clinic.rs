//! The clinics of these stories, and where their desks' stores lie.

use std::path::{Path, PathBuf};

use chairside_clinic::clock::Clock;
use chairside_clinic::desk::{Desk, DeskOptions};
use chairside_clinic::link::{Secrets, SigningKey};
use chairside_schedule::Practitioner;
use chairside_schedule::clinic::{Clinic, Grid};
use chairside_schedule::hours::WeeklyHours;
use chairside_schedule::id::{ClinicId, KindId, PractitionerId};
use chairside_schedule::kind::{KindColour, VisitKind};
use chairside_schedule::time::{DaySpan, day_from_number, day_number};
use chairside_store::Key;
use chairside_sync::body::{AppointmentRow, Window};
use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Europe::Stockholm;
use uuid::Uuid;

use crate::broker::password;

/// The days that are filled, from tomorrow on.
pub const DAYS: u64 = 40;

/// Half hours from eight to five.
pub const PLACES: u64 = 18;

/// How many people treat at a clinic.
pub const PRACTITIONERS: u128 = 12;

/// A clinic and where its desk keeps its store.
#[derive(Clone, Debug)]
pub struct Site {
    number: u128,
    folder: PathBuf,
    people: u128,
}

pub fn practitioner(number: u128) -> PractitionerId {
    PractitionerId(Uuid::from_u128(0x9000 + number))
}

pub fn kind() -> KindId {
    KindId(Uuid::from_u128(0xc000))
}

/// The `place`th half hour of the diary, from tomorrow at eight on.
pub fn start(tomorrow: NaiveDate, place: u64) -> NaiveDateTime {
    let day = tomorrow + Days::new(place / PLACES);
    let minutes = u32::try_from(place % PLACES * 30).expect("a small number");
    day.and_time(NaiveTime::from_hms_opt(8 + minutes / 60, minutes % 60, 0).expect("a time of day"))
}

pub fn tomorrow() -> NaiveDate {
    Clock::system().today(Stockholm) + Days::new(1)
}

/// From today on.
pub fn window() -> Window {
    let from = day_number(Clock::system().today(Stockholm));
    Window { from, to: from + 60 }
}

fn plan(id: ClinicId, people: u128) -> Clinic {
    let mut hours = WeeklyHours::default();
    for day in &mut hours.0 {
        day.extend(DaySpan::parse("08:00-17:00"));
    }
    Clinic {
        id,
        name: "Testhuset".to_owned(),
        address: String::new(),
        city: String::new(),
        zone: Stockholm,
        grid: Grid::DEFAULT,
        hours,
        hours_derived: false,
        exceptions: Vec::new(),
        breaks: Vec::new(),
        waiting_limit_minutes: 15,
        online: chairside_schedule::clinic::OnlineRule::default(),
        uses_chairs: false,
        chairs: Vec::new(),
        practitioners: (0..people)
            .map(|number| Practitioner {
                id: practitioner(number),
                name: format!("Practitioner {number}"),
                role: "Dentist".to_owned(),
                room: String::new(),
                active_from: None,
                active_until: None,
                hours: None,
                breaks: None,
                absences: Vec::new(),
                bookable_online: true,
                position: i32::try_from(number).expect("a small number"),
            })
            .collect(),
        kinds: vec![VisitKind {
            id: kind(),
            name: "Examination".to_owned(),
            minutes: 30,
            colour: KindColour::Examination,
            bookable_online: true,
            emergency: false,
            active: true,
        }],
    }
}

/// What pairing leaves behind for the desk that is called `name` at the broker.
pub fn secrets(name: &str) -> Secrets {
    Secrets { password: Some(password(name)), signing_key: SigningKey::new([0x51; 32]), ..Secrets::default() }
}

impl Site {
    /// The clinic with this number, in a folder that it may share with others.
    pub fn new(folder: &Path, number: u128) -> Self {
        Self::with_people(folder, number, PRACTITIONERS)
    }

    /// The same, where so many people treat.
    pub fn with_people(folder: &Path, number: u128, people: u128) -> Self {
        Self { number, folder: folder.join(format!("clinic{number}")), people }
    }

    pub fn number(&self) -> u128 {
        self.number
    }

    pub fn id(&self) -> ClinicId {
        ClinicId(Uuid::from_u128(0xc11 + (self.number << 16)))
    }

    /// The folder that belongs to this clinic alone.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The desk's store.
    pub fn store(&self) -> PathBuf {
        self.folder.join("store")
    }

    /// The store's database.
    pub fn database(&self) -> PathBuf {
        self.store().join("clinic.db")
    }

    pub fn key_file(&self) -> PathBuf {
        self.folder.join("key")
    }

    fn options(&self) -> DeskOptions {
        DeskOptions { folder: self.store(), key_file: self.key_file(), acting: None, clock: Clock::system() }
    }

    /// Makes the clinic.
    pub async fn found(&self) -> Desk {
        std::fs::create_dir_all(&self.folder).expect("a folder");
        Key::write_new(&self.key_file(), [0x5a; 32]).expect("a key");
        Desk::found(self.options(), plan(self.id(), self.people)).await.expect("a new clinic")
    }

    /// Opens it again.
    pub async fn reopen(&self) -> Desk {
        Desk::open(self.options()).await.expect("the clinic opens")
    }
}

/// The rows of every day offered, as others may see them.
pub async fn rows(desk: &Desk) -> Vec<AppointmentRow> {
    let mut rows = Vec::new();
    for number in window().days() {
        let date = day_from_number(number).expect("a day");
        let visits = desk.store().day(date).await.expect("read");
        rows.extend(visits.iter().map(chairside_store::project::appointment));
    }
    rows.sort_by_key(|row| (row.day, row.id));
    rows
}
