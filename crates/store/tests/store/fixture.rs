//! A small clinic in a temporary folder.

use std::path::PathBuf;
use std::str::FromStr;

use chairside_schedule::appointment::{Flags, Source, VisitTime};
use chairside_schedule::clinic::{Chair, Clinic, Grid};
use chairside_schedule::hours::WeeklyHours;
use chairside_schedule::id::{AppointmentId, ChairId, ClinicId, KindId, PatientId, PractitionerId, StaffId};
use chairside_schedule::kind::{KindColour, VisitKind};
use chairside_schedule::patient::Gender;
use chairside_schedule::time::{DaySpan, Instant};
use chairside_schedule::{Appointment, Patient, Practitioner, Status};
use chairside_store::tx::{Overlap, Refusal};
use chairside_store::{Founding, Key, Moment, Opening, Role, Staff, Store, StoreError, StoreFiles};
use chairside_sync::{Author, Hash, Incarnation};
use chrono::{NaiveDate, NaiveDateTime};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;
use uuid::Uuid;

/// When everything is written, by the tests' own clock.
pub const AT_MS: i64 = 1_795_500_000_000;

/// The key of every store here: 64 hex digits.
pub const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// The incarnation a store is founded with.
pub const FIRST_LIFE: u128 = 0xf1;

/// A folder with a store in it, or not yet.
pub struct Place {
    _temp: Option<TempDir>,
    pub folder: PathBuf,
}

/// A test's process ends with it: what it let go must be closed by then.
impl Drop for Place {
    fn drop(&mut self) {
        if self._temp.is_some() {
            // Those of tests beside it too.
            assert!(chairside_store::wait_until_closed(std::time::Duration::from_secs(60)), "a store is still open");
        }
    }
}

impl Place {
    pub fn new() -> Self {
        let temp = tempfile::tempdir().expect("a temporary folder");
        let folder = temp.path().join("clinic");
        Self { _temp: Some(temp), folder }
    }

    /// A folder that somebody else clears away.
    pub fn at(folder: PathBuf) -> Self {
        Self { _temp: None, folder }
    }

    pub async fn with_store() -> (Self, Store) {
        let place = Self::new();
        let store = place.found().await;
        (place, store)
    }

    pub async fn found(&self) -> Store {
        self.try_found().await.expect("a new store")
    }

    pub async fn try_found(&self) -> Result<Store, StoreError> {
        Store::found(&self.folder, &key(), founding(), opening(0xa1)).await
    }

    pub async fn open(&self) -> Store {
        self.open_as(0xb2).await.expect("the store opens")
    }

    /// Opens; a copy begins the life `incarnation`.
    pub async fn open_as(&self, incarnation: u128) -> Result<Store, StoreError> {
        Store::open(&self.folder, &key(), opening(incarnation)).await
    }

    pub fn files(&self) -> StoreFiles {
        StoreFiles::new(&self.folder)
    }

    /// A second connection with the key, past all of the store's care.
    pub async fn raw(&self) -> SqliteConnection {
        raw(&self.files().database()).await
    }
}

pub async fn raw(database: &std::path::Path) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(database)
        .pragma("key", format!("\"x'{KEY}'\""))
        .journal_mode(SqliteJournalMode::Wal)
        .foreign_keys(false)
        .disable_statement_logging()
        .connect()
        .await
        .expect("a raw connection")
}

/// Runs one statement on the database past the store and closes it again.
pub async fn tamper(place: &Place, statement: &'static str) {
    let mut conn = place.raw().await;
    let done = sqlx::query(statement).execute(&mut conn).await.expect(statement);
    assert!(done.rows_affected() > 0, "{statement} changed nothing");
    conn.close().await.expect("closed");
}

pub fn key() -> Key {
    Key::parse(KEY).expect("a key")
}

pub fn founding() -> Founding {
    Founding {
        clinic: clinic(),
        owner: Staff {
            id: StaffId(Uuid::from_u128(0x57aff)),
            name: "Owner".to_owned(),
            role: Role::Owner,
            active: true,
        },
        incarnation: Incarnation(Uuid::from_u128(FIRST_LIFE)),
    }
}

pub fn opening(incarnation: u128) -> Opening {
    let mut drawn = 0_u64;
    Opening {
        at_ms: AT_MS,
        node: Uuid::from_u128(0x4e0de),
        incarnation: Incarnation(Uuid::from_u128(incarnation)),
        salts: Box::new(move || {
            drawn += 1;
            let mut salt = [7; 32];
            salt[..8].copy_from_slice(&drawn.to_le_bytes());
            salt
        }),
    }
}

pub fn moment() -> Moment {
    Moment { by: Author::Staff(StaffId(Uuid::from_u128(0x57aff))), at_ms: AT_MS }
}

pub fn practitioner(number: u128) -> PractitionerId {
    PractitionerId(Uuid::from_u128(0x9000 + number))
}

pub fn kind(number: u128) -> KindId {
    KindId(Uuid::from_u128(0xc000 + number))
}

pub fn chair(number: u128) -> ChairId {
    ChairId(Uuid::from_u128(0xcc00 + number))
}

pub fn clinic() -> Clinic {
    let mut hours = WeeklyHours::default();
    for day in &mut hours.0 {
        day.extend(DaySpan::parse("08:00-17:00"));
    }
    Clinic {
        id: ClinicId(Uuid::from_u128(0xc11)),
        name: "Testhuset".to_owned(),
        address: String::new(),
        city: String::new(),
        zone: chrono_tz::Europe::Stockholm,
        grid: Grid::DEFAULT,
        hours,
        hours_derived: false,
        exceptions: Vec::new(),
        breaks: Vec::new(),
        waiting_limit_minutes: 15,
        online: chairside_schedule::clinic::OnlineRule::default(),
        uses_chairs: true,
        chairs: (0..2).map(|number| Chair { id: chair(number), name: format!("Room {number}") }).collect(),
        practitioners: (0..3)
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
        kinds: (0..2)
            .map(|number| VisitKind {
                id: kind(number),
                name: format!("Kind {number}"),
                minutes: 30,
                colour: KindColour::Examination,
                bookable_online: true,
                emergency: false,
                active: true,
            })
            .collect(),
    }
}

/// A patient with a name of their own.
pub fn patient(number: u128) -> Patient {
    Patient {
        id: PatientId(Uuid::from_u128(0xaa_0000 + number)),
        version: 1,
        given: format!("Given{number}"),
        family: "Family".to_owned(),
        personnummer: None,
        birth: None,
        phone: None,
        email: String::new(),
        gender: Gender::Unknown,
        alert: String::new(),
        note: String::new(),
        protected: false,
        guardian: None,
        active: true,
        external_id: None,
        created_at: Instant(AT_MS / 1000),
    }
}

pub fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 24).expect("a date")
}

pub fn at(text: &str) -> NaiveDateTime {
    NaiveDateTime::from_str(&format!("{text}:00")).expect("a local time")
}

/// A booked half hour of patient 0 with a practitioner, at `2026-11-24T09:00`.
pub fn visit(number: u128, with: u128, start: &str) -> Appointment {
    Appointment {
        id: AppointmentId(Uuid::from_u128(0xbb_0000 + number)),
        version: 1,
        patient: patient(0).id,
        practitioner: practitioner(with),
        chair: None,
        kind: kind(0),
        time: VisitTime::new(at(start), chrono_tz::Europe::Stockholm, 30),
        status: Status::Booked,
        confirmed: false,
        note: String::new(),
        source: Source::Phone,
        overbooked: None,
        cancellation: None,
        arrived_at: None,
        seated_at: None,
        done_at: None,
        left_at: None,
        follows: None,
        created_at: Instant(AT_MS / 1000),
        external_id: None,
        flags: Flags::default(),
    }
}

/// Registers a patient, once.
pub async fn register(store: &Store, patient: Patient) {
    store.write(moment(), async move |tx| tx.insert_patient(&patient).await).await.expect("a patient is registered");
}

/// Books a visit where nothing stands in its way.
pub async fn book(store: &Store, visit: Appointment) -> Result<u64, Refusal> {
    store.write(moment(), async move |tx| tx.insert_appointment(&visit, wish_of(&visit), Overlap::Refuse).await).await
}

pub fn wish_of(visit: &Appointment) -> Hash {
    let mut hash = [0; 32];
    hash[..16].copy_from_slice(visit.id.bytes());
    Hash(hash)
}

/// Books `count` visits of patient 0, half an hour apart over several days.
pub async fn book_many(store: &Store, first: u128, count: u128) {
    for number in first..first + count {
        book(store, nth(number)).await.expect("booked");
    }
}

/// The `number`th of any number of visits that don't clash.
pub fn nth(number: u128) -> Appointment {
    let (day, half_hour) = (number / 16, number % 16);
    let date = day_after(u64::try_from(day).expect("a small number"));
    visit(number, 0, &format!("{date}T{:02}:{:02}", 8 + half_hour / 2, half_hour % 2 * 30))
}

pub fn day_after(days: u64) -> NaiveDate {
    day() + chrono::Days::new(days)
}
