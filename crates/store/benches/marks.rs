//! What a mark costs whoever books meanwhile, and what the hub's other work takes.
//!
//! Bookings are timed in turns: a stretch of them alone, a stretch of them
//! while a mark's digests over 200,000 rows are computed. The bar: half of the
//! latter take at most 1.1 times as long as half of the former.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chairside_schedule::appointment::{Flags, Source, VisitTime};
use chairside_schedule::clinic::{Clinic, Grid};
use chairside_schedule::hours::WeeklyHours;
use chairside_schedule::id::{AppointmentId, ClinicId, KindId, PatientId, PractitionerId, StaffId};
use chairside_schedule::kind::{KindColour, VisitKind};
use chairside_schedule::patient::Gender;
use chairside_schedule::time::{DaySpan, day_number};
use chairside_schedule::{Appointment, Patient, Practitioner, Status};
use chairside_store::tx::{Overlap, Refusal};
use chairside_store::{AlreadyThere, Batch, Founding, HubSide, Key, Moment, Opening, Role, Staff, Store, StoreError};
use chairside_sync::body::{Day, Id, Window};
use chairside_sync::hub::{Ask, Gate, Told};
use chairside_sync::proposal::Place;
use chairside_sync::wire::Propose;
use chairside_sync::{Author, Hash, Incarnation, Proposal, ProposalId, Wish};
use chrono::{NaiveDate, TimeDelta};
use uuid::Uuid;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// 2026-11-24, 07:00 in Stockholm, milliseconds since 1970.
const AT_MS: i64 = 1_795_500_000_000;

/// Two years ahead, as far as a busy house is compared.
const DAYS: u64 = 732;

/// Half hours from eight to five.
const HALF_HOURS: u64 = 18;

/// So that the days hold 200,000 visits between them.
const PRACTITIONERS: u64 = 16;

/// Bookings timed in one stretch, and how many stretches of each kind.
const STRETCH: u64 = 50;
const STRETCHES: u64 = 40;

/// What a booking may cost beside digests.
const MOST: f64 = 1.1;

fn main() -> Outcome<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measure())
}

async fn measure() -> Outcome<()> {
    let temp = tempfile::tempdir()?;
    let store = found(temp.path()).await?;
    let rows = fill(&store).await?;
    let hub = HubSide::new(store.clone(), Arc::new(|hash: Hash| hash.0.to_vec()));
    let window = Window { from: day_number(first_day()), to: day_number(first_day()) + i32::try_from(DAYS)? };

    println!("## Marks over {rows} rows\n");
    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    let mut number = 0;
    for stretch in 0..=STRETCHES {
        let quiet = book_some(&store, &mut number).await?;
        let busy = book_beside_digests(&hub, window, &mut number).await?;
        // The first of each warms up.
        if stretch > 0 {
            alone.extend(quiet);
            beside.extend(busy);
        }
    }
    show("book a visit", &mut alone);
    show("book a visit while digests are computed", &mut beside);
    let mut by_itself = Vec::new();
    for _ in 0..5 {
        by_itself.push(mark_and_digest(&hub, window).await?);
    }
    show("a mark and its digests", &mut by_itself);
    decisions(&hub, window, &mut number).await?;

    let ratio = p50(&mut beside).as_secs_f64() / p50(&mut alone).as_secs_f64();
    store.close().await;
    println!("\nBeside digests a booking takes {ratio:.2} × (p50); at most {MOST} ×.");
    if ratio > MOST { Err("a mark holds up the desk".into()) } else { Ok(()) }
}

/// One stretch of bookings, each by its time.
async fn book_some(store: &Store, number: &mut u64) -> Outcome<Vec<Duration>> {
    let mut took = Vec::new();
    for _ in 0..STRETCH {
        let visit = evening_visit(*number);
        *number += 1;
        let from = Instant::now();
        let booked: Result<u64, Refusal> = store
            .write(desk(), async move |tx| tx.insert_appointment(&visit, Hash(*blank(visit.id)), Overlap::Refuse).await)
            .await;
        booked?;
        took.push(from.elapsed());
    }
    Ok(took)
}

/// One stretch of bookings while marks are made and digested one after the other.
async fn book_beside_digests(hub: &HubSide, window: Window, number: &mut u64) -> Outcome<Vec<Duration>> {
    let digesting = tokio::spawn({
        let hub = hub.clone();
        async move { while mark_and_digest(&hub, window).await.is_ok() {} }
    });
    let booked = book_some(hub.store(), number).await;
    let failed = digesting.is_finished();
    digesting.abort();
    if failed { Err("the digests ended before the bookings".into()) } else { booked }
}

async fn mark_and_digest(hub: &HubSide, window: Window) -> Result<Duration, StoreError> {
    let from = Instant::now();
    let Told::Marked { mark, .. } = hub.answer(Ask::Mark(window), desk()).await? else {
        return Err(StoreError::Damaged("no mark".to_owned()));
    };
    match hub.answer(Ask::Digest(mark, window), desk()).await? {
        Told::Digested(Some(_)) => Ok(from.elapsed()),
        _ => Err(StoreError::Damaged("no digests".to_owned())),
    }
}

/// A morning's release: every proposal is noted, then all are decided, while
/// the desk books.
async fn decisions(hub: &HubSide, window: Window, booked: &mut u64) -> Outcome<()> {
    let mut noted = Vec::new();
    for number in 0..960_u128 {
        let id = ProposalId(Id::from((0xab_0000 + number).to_be_bytes()));
        let start = first_day() + TimeDelta::days(1 + i64::try_from(number % 40)?);
        let local_s = start.and_hms_opt(9, 0, 0).ok_or("a time")?.and_utc().timestamp();
        let place = Place {
            practitioner: Id::from(*practitioner(u64::try_from(number)? % PRACTITIONERS).bytes()),
            kind: Id::from(*kind().bytes()),
            patient: id.0,
            local_s,
            minutes: 30,
        };
        let proposal =
            Proposal { id, appointment: id.0, after: None, wish: Wish::Book(place), urgent: false, sealed: None };
        let propose = Propose { id, content: proposal.to_bytes().into(), seen: 0, disputed: false };
        let from = Instant::now();
        hub.answer(Ask::Receive(propose), desk()).await?;
        noted.push(from.elapsed());
    }
    let days: BTreeSet<Day> = window.days().collect();
    let gate = Gate { resent: days.clone(), open: days, from: window.from, ..Gate::default() };
    let deciding = tokio::spawn({
        let hub = hub.clone();
        async move {
            let mut took = Vec::new();
            loop {
                let from = Instant::now();
                let ask = Ask::Decide { gate: gate.clone(), ask_staff: false, now_ms: AT_MS };
                let told = hub.answer(ask, desk()).await?;
                took.push(from.elapsed());
                if !matches!(told, Told::Decided { more: true, .. }) {
                    return Ok::<_, StoreError>(took);
                }
            }
        }
    });
    let mut beside = Vec::new();
    while !deciding.is_finished() {
        beside.extend(book_some(hub.store(), booked).await?);
    }
    let mut decided = deciding.await??;
    show("keep a proposal", &mut noted);
    show("decide proposals whose places are taken", &mut decided);
    show("book a visit meanwhile", &mut beside);
    Ok(())
}

fn show(what: &str, times: &mut [Duration]) {
    let p50 = p50(times);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!("{what:<52} {:>5} times  p50 {p50:>9.2?}  p99 {:>9.2?}  worst {:>9.2?}", times.len(), at(0.99), at(1.0));
}

fn p50(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

async fn found(folder: &std::path::Path) -> Outcome<Store> {
    let key = Key::parse(&"5a".repeat(32))?;
    let owner = Staff { id: staff(), name: "Owner".to_owned(), role: Role::Owner, active: true };
    let founding = Founding { clinic: clinic(), owner, incarnation: Incarnation(Uuid::from_u128(1)) };
    let mut drawn = 0_u64;
    let salts = Box::new(move || {
        drawn += 1;
        let mut salt = [3; 32];
        salt[..8].copy_from_slice(&drawn.to_le_bytes());
        salt
    });
    let opening =
        Opening { at_ms: AT_MS, node: Uuid::from_u128(2), incarnation: Incarnation(Uuid::from_u128(3)), salts };
    Ok(Store::found(&folder.join("clinic"), &key, founding, opening).await?)
}

/// Every half hour of every practitioner but for the evening's, a booked visit.
async fn fill(store: &Store) -> Outcome<u64> {
    let mut patients = vec![patient()];
    let mut appointments = Vec::new();
    for day in 0..DAYS {
        for practitioner in 0..PRACTITIONERS {
            for half_hour in 0..HALF_HOURS - 1 {
                appointments.push(visit(appointments.len() as u128, practitioner, day, 8 * 60 + half_hour * 30));
            }
        }
    }
    let rows = appointments.len() as u64;
    let batch = Batch { patients: std::mem::take(&mut patients), appointments, ..Batch::default() };
    store
        .write(desk(), async move |tx| {
            tx.indexing_visits_later(async move |tx| tx.bring(batch, &AlreadyThere::default(), |_| {}).await).await
        })
        .await
        .map(|_: chairside_store::Brought| rows)
        .map_err(|error: StoreError| error.into())
}

/// The `number`th booking: the last half hour of the day, a place nobody has.
fn evening_visit(number: u64) -> Appointment {
    let (day, practitioner) = (number / PRACTITIONERS, number % PRACTITIONERS);
    visit(0xfff_0000 + u128::from(number), practitioner, day, 8 * 60 + (HALF_HOURS - 1) * 30)
}

fn visit(number: u128, with: u64, day: u64, minute: u64) -> Appointment {
    let day = first_day() + chrono::Days::new(day);
    let minutes = TimeDelta::minutes(i64::try_from(minute).unwrap_or(0));
    let local = day.and_time(chrono::NaiveTime::MIN) + minutes;
    // Ids as they are drawn: random to an index.
    let id = AppointmentId(Uuid::from_u128((number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)));
    Appointment {
        id,
        version: 1,
        patient: patient().id,
        practitioner: practitioner(with),
        chair: None,
        kind: kind(),
        time: VisitTime::new(local, chrono_tz::Europe::Stockholm, 30),
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
        created_at: chairside_schedule::time::Instant(AT_MS / 1_000),
        external_id: None,
        flags: Flags::default(),
    }
}

fn blank(id: AppointmentId) -> Box<[u8; 32]> {
    let mut hash = Box::new([0; 32]);
    hash[..16].copy_from_slice(id.bytes());
    hash
}

fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 25).unwrap_or_default()
}

fn desk() -> Moment {
    Moment { by: Author::Staff(staff()), at_ms: AT_MS }
}

fn staff() -> StaffId {
    StaffId(Uuid::from_u128(4))
}

fn practitioner(number: u64) -> PractitionerId {
    PractitionerId(Uuid::from_u128(0x9000 + u128::from(number)))
}

fn kind() -> KindId {
    KindId(Uuid::from_u128(0xc000))
}

fn patient() -> Patient {
    Patient {
        id: PatientId(Uuid::from_u128(0xaa)),
        version: 1,
        given: "Given".to_owned(),
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
        created_at: chairside_schedule::time::Instant(AT_MS / 1_000),
    }
}

fn clinic() -> Clinic {
    let mut hours = WeeklyHours::default();
    for day in &mut hours.0 {
        day.extend(DaySpan::parse("08:00-17:00"));
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
        id: ClinicId(Uuid::from_u128(5)),
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
        uses_chairs: false,
        chairs: Vec::new(),
        practitioners: practitioners.collect(),
        kinds: vec![kind],
    }
}
