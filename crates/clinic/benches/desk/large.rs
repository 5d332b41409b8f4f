//! The large clinic's stores, made once and kept for the next run.

use std::fs;
use std::path::{Path, PathBuf};

use chairside_clinic::clock::Clock;
use chairside_clinic::desk::{Desk, DeskOptions};
use chairside_clinic::founding;
use chairside_schedule::clinic::Grid;
use chairside_schedule::id::PractitionerId;
use chairside_schedule::time::{Instant, MinuteOfDay, at, resolve};
use chairside_schedule::{Appointment, Clinic, PatientId, Practitioner, Status};
use chairside_store::tx::Overlap;
use chairside_store::{AlreadyThere, Batch, Key, Moment, StoreError, StoreFiles, Tx};
use chairside_sync::Author;
use chrono::NaiveDate;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use uuid::{Builder, Uuid};

use crate::Outcome;
use crate::diary::{self, Filled, PRACTITIONERS, TODAY};
use crate::kept::{cache, kept};
use crate::names;

/// How large.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Patients.
    pub patients: usize,
    /// Visits from today's morning on.
    pub ahead: u64,
    /// Visits before today.
    pub history: u64,
}

/// Everything made up comes from these, so that every run has the same clinic,
/// and a clinic with a history the same people and days ahead as one without.
const SEED: u64 = 0x0043_6861_6972;

/// Rises when the same size would give other rows.
const GENERATION: u32 = 3;

/// Visits handed to the store at a time.
const BATCH: usize = 250_000;

/// Patients handed to the store at a time.
const PATIENTS_AT_ONCE: usize = 20_000;

/// Visits before today whose patients came to the desk one by one: some two
/// months of an ordinary clinic. It leaves the register and its indexes as a
/// clinic at work has them, where an import leaves them in one order.
const SEEN_AT_THE_DESK: usize = 25_000;

/// The morning of [`TODAY`], and on from there.
pub fn clock() -> Clock {
    Clock::starting_at(morning())
}

fn morning() -> Instant {
    resolve(&founding::DEFAULT_ZONE, at(TODAY, MinuteOfDay::hm(7, 0).unwrap_or(MinuteOfDay::MIDNIGHT))).earliest()
}

/// How a store in `folder` is opened.
pub fn options(folder: &Path) -> DeskOptions {
    DeskOptions { folder: folder.to_owned(), key_file: cache().join("key"), acting: None, clock: clock() }
}

/// The store of this size: as kept, or made now.
pub async fn store(size: Size) -> Outcome<PathBuf> {
    let name = format!("g{GENERATION}-{}-patients-{}-ahead-{}-before", size.patients, size.ahead, size.history);
    kept(&name, async |folder| {
        if !cache().join("key").exists() {
            Key::write_new(&cache().join("key"), SmallRng::seed_from_u64(SEED).random())?;
        }
        make(folder, size).await
    })
    .await
}

/// The data, for the report.
pub fn described(size: Size, store: &Path) -> Outcome<String> {
    let days = diary::ahead(size.ahead);
    let ordinary = days.iter().filter(|day| day.1 == Filled::Ordinary).count();
    let mebibytes = fs::metadata(StoreFiles::new(store).database())?.len() >> 20;
    Ok(format!(
        "- {PRACTITIONERS} practitioners, {} patients\n\
         - {} visits ahead, on {ordinary} ordinary days of {} and {} dense ones of {}, the first six weeks full\n\
         - a history of {} visits\n\
         - a database of {mebibytes} MiB with it",
        size.patients,
        size.ahead,
        diary::ORDINARY_VISITS,
        days.len() - ordinary,
        diary::DENSE_VISITS,
        size.history,
    ))
}

async fn make(folder: &Path, size: Size) -> Outcome<()> {
    let mut rng = SmallRng::seed_from_u64(SEED);
    let clinic = clinic(&mut rng);
    let desk = Desk::found(options(folder), clinic.clone()).await?;
    let patients = make_patients(&desk, &mut rng, size.patients).await?;
    let behind = diary::behind(size.history);
    if !behind.is_empty() {
        // The tree's order is the order of time: what comes first is written first.
        make_visits(&desk, SEED + 1, &clinic, patients.clone(), behind, true).await?;
    }
    make_visits(&desk, SEED + 2, &clinic, patients, diary::ahead(size.ahead), false).await?;
    see_patients(&desk, size.history).await?;
    desk.close().await;
    Ok(())
}

fn clinic(rng: &mut SmallRng) -> Clinic {
    let mut fresh = || id(rng);
    let mut clinic = founding::clinic("Stora kliniken", founding::DEFAULT_ZONE, &mut fresh);
    clinic.grid = Grid::new(diary::SHORT_MINUTES as u16).unwrap_or(Grid::DEFAULT);
    clinic.breaks.retain(|held| held.name == "Lunch");
    clinic.practitioners = (0..PRACTITIONERS)
        .map(|at| Practitioner {
            id: PractitionerId(fresh()),
            name: format!("Practitioner {}", at + 1),
            role: if at % 4 == 3 { "Hygienist" } else { "Dentist" }.to_owned(),
            room: format!("Room {}", at + 1),
            active_from: None,
            active_until: None,
            hours: None,
            breaks: None,
            absences: Vec::new(),
            bookable_online: true,
            position: i32::try_from(at).unwrap_or_default(),
        })
        .collect();
    clinic
}

fn id(rng: &mut SmallRng) -> Uuid {
    Builder::from_random_bytes(rng.random()).into_uuid()
}

fn moment(desk: &Desk) -> Moment {
    Moment { by: Author::Node(desk.store().node()), at_ms: morning().0 * 1_000 }
}

async fn make_patients(desk: &Desk, rng: &mut SmallRng, count: usize) -> Outcome<Vec<PatientId>> {
    let mut ids = Vec::with_capacity(count);
    while ids.len() < count {
        let some = (count - ids.len()).min(PATIENTS_AT_ONCE);
        let patients: Vec<_> = (0..some).map(|_| names::patient(rng, TODAY, morning())).collect();
        ids.extend(patients.iter().map(|patient| patient.id));
        let batch = Batch { patients, ..Batch::default() };
        desk.store()
            .write(moment(desk), async move |tx| {
                tx.bring(batch, &AlreadyThere::default(), |_| ()).await?;
                Ok::<_, StoreError>(())
            })
            .await?;
        eprint!("\r  {} patients", ids.len());
    }
    eprintln!();
    Ok(ids)
}

async fn make_visits(
    desk: &Desk,
    seed: u64,
    clinic: &Clinic,
    patients: Vec<PatientId>,
    days: Vec<(NaiveDate, Filled)>,
    indexed_at_the_end: bool,
) -> Outcome<()> {
    let clinic = clinic.clone();
    desk.store()
        .write(moment(desk), async move |tx| {
            let write = async |tx: &mut Tx| write_days(tx, seed, &clinic, &patients, days).await;
            if indexed_at_the_end { tx.indexing_visits_later(write).await } else { write(tx).await }
        })
        .await?;
    Ok(())
}

/// Lets the patients of the latest visits of the history come to the desk, each
/// in a transaction of their own.
async fn see_patients(desk: &Desk, history: u64) -> Outcome<()> {
    let mut seen = Vec::new();
    for (day, _) in diary::behind(history).into_iter().rev() {
        seen.extend(desk.store().day(day).await?.into_iter().filter(|visit| visit.status == Status::Fulfilled));
        if seen.len() >= SEEN_AT_THE_DESK {
            break;
        }
    }
    seen.sort_by_key(|visit| visit.arrived_at);
    for (at, done) in seen.into_iter().enumerate() {
        desk.store()
            .write(moment(desk), async move |tx| {
                let came = Appointment { version: done.version + 1, status: Status::Arrived, ..done.clone() };
                let over = Appointment { version: done.version + 2, ..done.clone() };
                tx.update_appointment(&done, &came, Overlap::Knowingly).await?;
                tx.update_appointment(&came, &over, Overlap::Knowingly).await
            })
            .await?;
        if at % 1_000 == 0 {
            eprint!("\r  {at} patients came");
        }
    }
    eprintln!();
    Ok(())
}

async fn write_days(
    tx: &mut Tx,
    seed: u64,
    clinic: &Clinic,
    patients: &[PatientId],
    days: Vec<(NaiveDate, Filled)>,
) -> Result<(), StoreError> {
    let mut rng = SmallRng::seed_from_u64(seed);
    let mut days = days.into_iter().peekable();
    let mut written = 0;
    while days.peek().is_some() {
        let mut appointments = Vec::with_capacity(BATCH);
        while let Some(day) = days.next_if(|_| appointments.len() < BATCH) {
            for practitioner in clinic.practitioners.iter().enumerate() {
                diary::column(&mut rng, clinic, patients, day, practitioner, &mut appointments);
            }
        }
        let batch = Batch { appointments, ..Batch::default() };
        written += tx.bring(batch, &AlreadyThere::default(), |_| ()).await?.appointments;
        eprint!("\r  {written} visits");
    }
    eprintln!();
    Ok(())
}
