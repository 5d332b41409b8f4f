//! A clinic whose every day is alike, so that a longer schedule is more days
//! and nothing else.

use std::path::{Path, PathBuf};

use chairside_schedule::appointment::{Flags, Source, VisitTime};
use chairside_schedule::clinic::{Clinic, Grid};
use chairside_schedule::hours::WeeklyHours;
use chairside_schedule::id::{AppointmentId, ClinicId, KindId, PatientId, PractitionerId, StaffId};
use chairside_schedule::kind::{KindColour, VisitKind};
use chairside_schedule::patient::Gender;
use chairside_schedule::time::{DaySpan, Instant, day_number};
use chairside_schedule::{Appointment, Patient, Practitioner, Status};
use chairside_store::tx::{Overlap, Refusal};
use chairside_store::{AlreadyThere, Batch, Founding, Key, Moment, Opening, Role, Staff, Store, StoreError};
use chairside_sync::body::Window;
use chairside_sync::{Author, Hash, Incarnation};
use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use uuid::Uuid;

use crate::Outcome;
use crate::kept;

/// 2026-11-24, 07:00 in Stockholm, milliseconds since 1970.
pub const AT_MS: i64 = 1_795_500_000_000;

/// Everybody works half hours from eight to eight.
pub const PRACTITIONERS: u64 = 20;
const HALF_HOURS: u64 = 24;
const OPENS_MINUTE: u64 = 8 * 60;

/// Of those, the first are taken; the rest of the day is free.
const TAKEN: u64 = 14;

/// Visits on a day.
pub const A_DAY: u64 = PRACTITIONERS * TAKEN;

/// Two years, as far as a busy house offers its days.
pub const OFFERED_DAYS: u64 = 732;

/// Visits for one patient, on average.
const VISITS_A_PATIENT: u64 = 10;

/// Rises when the same size would give other rows.
const GENERATION: u32 = 1;

/// Rows handed to the store at a time.
const ROWS_AT_ONCE: usize = 50_000;

/// The data, for the report.
pub fn described() -> String {
    format!(
        "- {PRACTITIONERS} practitioners, {A_DAY} visits of half an hour on every day, one patient for \
         {VISITS_A_PATIENT} of them\n\
         - {OFFERED_DAYS} days are offered online at most; what is more lies before them"
    )
}

/// A closed store with this many visits: as kept, or made now.
pub async fn store(visits: u64) -> Outcome<PathBuf> {
    kept::kept(&format!("sync-g{GENERATION}-{visits}-visits"), async |folder: &Path| {
        let key = key()?;
        let owner = Staff { id: staff(), name: "Owner".to_owned(), role: Role::Owner, active: true };
        let founding = Founding { clinic: clinic(), owner, incarnation: Incarnation(Uuid::from_u128(1)) };
        let store = Store::found(folder, &key, founding, opening()).await?;
        fill(&store, visits).await?;
        store.close().await;
        Ok(())
    })
    .await
}

/// Opens a store as it stands in `folder`.
pub async fn open(folder: &Path) -> Outcome<Store> {
    Ok(Store::open(folder, &key()?, opening()).await?)
}

fn key() -> Outcome<Key> {
    Ok(Key::parse(&"5a".repeat(32))?)
}

fn opening() -> Opening {
    let mut drawn = 0_u64;
    let salts = Box::new(move || {
        drawn += 1;
        let mut salt = [3; 32];
        salt[..8].copy_from_slice(&drawn.to_le_bytes());
        salt
    });
    Opening { at_ms: AT_MS, node: Uuid::from_u128(2), incarnation: Incarnation(Uuid::from_u128(3)), salts }
}

async fn fill(store: &Store, visits: u64) -> Outcome<()> {
    let ids = patients(visits);
    store
        .write(desk(), async move |tx| {
            // The tree's order is the order of time: what comes first is written first.
            tx.indexing_visits_later(async move |tx| {
                for some in (0..ids).collect::<Vec<_>>().chunks(ROWS_AT_ONCE) {
                    let patients = some.iter().map(|number| patient(*number)).collect();
                    tx.bring(Batch { patients, ..Batch::default() }, &AlreadyThere::default(), |_| {}).await?;
                }
                for some in (0..visits).collect::<Vec<_>>().chunks(ROWS_AT_ONCE) {
                    let appointments = some.iter().map(|number| taken(*number, visits)).collect();
                    tx.bring(Batch { appointments, ..Batch::default() }, &AlreadyThere::default(), |_| {}).await?;
                }
                Ok::<_, StoreError>(())
            })
            .await
        })
        .await?;
    Ok(())
}

/// Patients of a schedule of this size.
fn patients(visits: u64) -> u64 {
    (visits / VISITS_A_PATIENT).max(1)
}

/// How many days a schedule of this size has.
pub fn days(visits: u64) -> u64 {
    visits.div_ceil(A_DAY)
}

/// The first day on which a schedule of this size has visits: two years are
/// ahead, and the rest is over.
fn begins(visits: u64) -> NaiveDate {
    first_offered() - Days::new(days(visits).saturating_sub(OFFERED_DAYS))
}

/// The `number`th visit of a schedule of this size, in the order of time.
pub fn taken(number: u64, visits: u64) -> Appointment {
    let (day, place) = (number / A_DAY, number % A_DAY);
    visit(number, visits, begins(visits) + Days::new(day), place % PRACTITIONERS, place / PRACTITIONERS)
}

/// How many places are free on the offered days of a schedule of this size.
pub fn free_places(visits: u64) -> u64 {
    days(visits).min(OFFERED_DAYS) * PRACTITIONERS * (HALF_HOURS - TAKEN)
}

/// The `number`th free place, and a visit for it. They go from day to day, so
/// that days fill evenly.
pub fn free(number: u64, visits: u64) -> Appointment {
    let days = days(visits).min(OFFERED_DAYS);
    let (round, day) = (number / days, number % days);
    let (half_hour, practitioner) = (TAKEN + round / PRACTITIONERS, round % PRACTITIONERS);
    visit(0xff00_0000_0000 + number, visits, first_offered() + Days::new(day), practitioner, half_hour)
}

/// The same visit in the last half hour of its day, which nobody has.
pub fn moved_to_evening(visit: &Appointment) -> Appointment {
    let local = start(visit.time.day(), HALF_HOURS - 1);
    let time = VisitTime::new(local, chrono_tz::Europe::Stockholm, 30);
    Appointment { version: visit.version + 1, time, ..visit.clone() }
}

fn visit(number: u64, visits: u64, day: NaiveDate, with: u64, half_hour: u64) -> Appointment {
    Appointment {
        id: AppointmentId(scattered(u128::from(number))),
        version: 1,
        patient: patient_id(number % patients(visits)),
        practitioner: practitioner(with),
        chair: None,
        kind: kind(),
        time: VisitTime::new(start(day, half_hour), chrono_tz::Europe::Stockholm, 30),
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
        created_at: Instant(AT_MS / 1_000),
        external_id: None,
        flags: Flags::default(),
    }
}

fn start(day: NaiveDate, half_hour: u64) -> NaiveDateTime {
    let minutes = i64::try_from(OPENS_MINUTE + half_hour * 30).unwrap_or(0);
    day.and_time(NaiveTime::MIN) + TimeDelta::minutes(minutes)
}

/// An id as they are drawn: random to an index, and to whoever compresses it.
fn scattered(number: u128) -> Uuid {
    let hash = blake3::hash(&number.to_le_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_bytes()[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// Books a visit as the desk does.
pub async fn book(store: &Store, visit: Appointment) -> Result<u64, Refusal> {
    let mut wish = [0; 32];
    wish[..16].copy_from_slice(visit.id.bytes());
    store.write(desk(), async move |tx| tx.insert_appointment(&visit, Hash(wish), Overlap::Refuse).await).await
}

/// Changes a visit as the desk does.
pub async fn change(store: &Store, before: Appointment, after: Appointment) -> Result<u64, Refusal> {
    store.write(desk(), async move |tx| tx.update_appointment(&before, &after, Overlap::Refuse).await).await
}

/// The first day that is offered online.
pub fn first_offered() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 25).unwrap_or_default()
}

/// The offered days, `days` of them.
pub fn window(days: u64) -> Window {
    let from = day_number(first_offered());
    Window { from, to: from + i32::try_from(days).unwrap_or(i32::MAX) }
}

/// Somebody at the desk, writing now.
pub fn desk() -> Moment {
    Moment { by: Author::Staff(staff()), at_ms: AT_MS }
}

fn staff() -> StaffId {
    StaffId(Uuid::from_u128(4))
}

fn practitioner(number: u64) -> PractitionerId {
    PractitionerId(Uuid::from_u128(0x7f3a_9c41_0d52_4e8b_a1f0_0000_0000_9000 + u128::from(number)))
}

fn kind() -> KindId {
    KindId(Uuid::from_u128(0x0e1d_42c7_95ab_4f36_8c20_0000_0000_c000))
}

fn patient_id(number: u64) -> PatientId {
    PatientId(scattered((1 << 100) + u128::from(number)))
}

fn patient(number: u64) -> Patient {
    Patient {
        id: patient_id(number),
        version: 1,
        given: format!("Given{number}"),
        family: format!("Family{}", number % 997),
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
        created_at: Instant(AT_MS / 1_000),
    }
}

/// The clinic's id.
pub fn id() -> ClinicId {
    ClinicId(Uuid::from_u128(5))
}

fn clinic() -> Clinic {
    let mut hours = WeeklyHours::default();
    for day in &mut hours.0 {
        day.extend(DaySpan::parse("08:00-20:00"));
    }
    let practitioners = (0..PRACTITIONERS).map(|number| Practitioner {
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
        position: 0,
    });
    let kind = VisitKind {
        id: kind(),
        name: "Kind".to_owned(),
        minutes: 30,
        colour: KindColour::Examination,
        bookable_online: true,
        emergency: false,
        active: true,
    };
    Clinic {
        id: id(),
        name: "House".to_owned(),
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
        uses_chairs: false,
        chairs: Vec::new(),
        practitioners: practitioners.collect(),
        kinds: vec![kind],
    }
}
