//! Many rows at once: an import, in one transaction and one entry of the log.

use chairside_schedule::hours::Blockout;
use chairside_schedule::id::{AppointmentId, PatientId};
use chairside_schedule::time::day_number;
use chairside_schedule::{Appointment, Clinic, Patient};
use chairside_sync::Public;
use chairside_sync::body::{BulkRow, RowDigest};
use minicbor::bytes::ByteArray;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};

use crate::error::StoreError;
use crate::project;
use crate::rows::{appointments, blockouts, patients};
use crate::search;
use crate::tx::Tx;

/// What an import brings. Rows whose id is there already are passed over: what
/// the clinic has made of them since stands.
#[derive(Debug, Default)]
pub struct Batch {
    /// The settings as they shall be, if they change; new practitioners and kinds come this way.
    pub settings: Option<Clinic>,
    /// Patients. A guardian must be in the store or come before its child.
    pub patients: Vec<Patient>,
    /// Visits, of patients and practitioners that are there or come along.
    pub appointments: Vec<Appointment>,
    /// Blockouts.
    pub blockouts: Vec<Blockout>,
}

/// Which rows of a batch the store has already.
#[derive(Clone, Debug, Default)]
pub struct AlreadyThere {
    /// Patients.
    pub patients: HashSet<PatientId>,
    /// Visits.
    pub appointments: HashSet<AppointmentId>,
}

/// What of a batch was new.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Brought {
    /// Patients written.
    pub patients: u64,
    /// Visits written.
    pub appointments: u64,
    /// Blockouts written.
    pub blockouts: u64,
    /// Whether the settings changed.
    pub settings: bool,
}

impl Brought {
    /// Whether nothing was new.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// Rows are looked up and written this many at a time.
const CHUNK: usize = appointments::ROWS_A_STATEMENT;

impl Tx {
    /// Looks up which rows of a batch are in the store.
    ///
    /// # Errors
    /// The database's.
    pub async fn already_there(&mut self, batch: &Batch) -> Result<AlreadyThere, StoreError> {
        let mut there = AlreadyThere::default();
        for chunk in batch.patients.chunks(CHUNK) {
            let ids: Vec<_> = chunk.iter().map(|patient| patient.id).collect();
            there.patients.extend(patients::known(&mut self.conn, &ids).await?);
        }
        for chunk in batch.appointments.chunks(CHUNK) {
            let ids: Vec<_> = chunk.iter().map(|visit| visit.id).collect();
            there.appointments.extend(appointments::known(&mut self.conn, &ids).await?);
        }
        Ok(there)
    }

    /// Lets `work` write visits with nothing but the table's own order to keep,
    /// and sorts the indexes together at its end: for far more visits than the
    /// store has so far, of which each would otherwise land on a page of its
    /// own. Looking a visit up by id, patient or chair meanwhile reads the
    /// whole table, so `work` had better know what is new.
    ///
    /// # Errors
    /// What `work` answers; the database's.
    pub async fn indexing_visits_later<T, E: From<StoreError>>(
        &mut self,
        work: impl AsyncFnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let indexes = appointments::drop_indexes(&mut self.conn).await?;
        let done = work(self).await?;
        appointments::restore_indexes(&mut self.conn, indexes).await?;
        Ok(done)
    }

    /// Writes what is new of a batch, and one entry about all of it. A batch
    /// with nothing new writes nothing at all. `progress` hears of rows done.
    ///
    /// # Errors
    /// The database's.
    pub async fn bring(
        &mut self,
        batch: Batch,
        there: &AlreadyThere,
        mut progress: impl FnMut(u64),
    ) -> Result<Brought, StoreError> {
        let mut brought = Brought::default();
        if let Some(settings) = batch.settings
            && settings != *self.clinic
        {
            self.save_settings(settings).await?;
            brought.settings = true;
        }
        let mut new_patients: Vec<&Patient> = Vec::new();
        let mut new_blockouts: Vec<&Blockout> = Vec::new();
        let mut recency = search::next_recency(&mut self.conn).await?;
        for chunk in batch.patients.chunks(CHUNK) {
            let mut fresh = Vec::with_capacity(chunk.len());
            for patient in chunk.iter().filter(|patient| !there.patients.contains(&patient.id)) {
                new_patients.push(patient);
                fresh.push((patient, recency));
                recency += 1;
            }
            if !fresh.is_empty() {
                patients::insert_many(&mut self.conn, &fresh).await?;
                search::index_many(&mut self.conn, &fresh).await?;
            }
            brought.patients += fresh.len() as u64;
            progress(chunk.len() as u64);
        }
        let mut days = (None, None);
        let mut fresh: Vec<Appointment> = batch.appointments;
        fresh.retain(|visit| !there.appointments.contains(&visit.id));
        // Written in the order of the table, so that pages fill one after the other.
        fresh.sort_by_key(|visit| (visit.time.day(), visit.practitioner, visit.time.interval.start));
        for chunk in fresh.chunks(CHUNK) {
            for visit in chunk {
                let day = day_number(visit.time.day());
                days = (days.0.min(Some(day)).or(Some(day)), days.1.max(Some(day)));
            }
            appointments::insert_many(&mut self.conn, chunk, None).await?;
            brought.appointments += chunk.len() as u64;
            progress(chunk.len() as u64);
        }
        let standing: Vec<_> = standing_of(&fresh).into_iter().collect();
        for chunk in standing.chunks(CHUNK) {
            patients::add_to_standing(&mut self.conn, chunk).await?;
        }
        for blockout in &batch.blockouts {
            if !blockouts::is_known(&mut self.conn, blockout.id).await? {
                blockouts::insert(&mut self.conn, blockout).await?;
                new_blockouts.push(blockout);
                brought.blockouts += 1;
            }
        }
        if brought.patients + brought.appointments + brought.blockouts > 0 {
            self.changed.all_days = true;
            let digest = digest_of(new_patients, &fresh, new_blockouts);
            let body = Public::Bulk(BulkRow {
                appointments: brought.appointments,
                patients: brought.patients,
                first_day: days.0,
                last_day: days.1,
                digest: ByteArray::from(digest),
            });
            self.append(&body, None, &brought, None).await?;
        }
        Ok(brought)
    }
}

/// The digest of what a batch brought: by kind and id, so that the same rows
/// give the same digest in whatever order they came.
fn digest_of(mut patients: Vec<&Patient>, visits: &[Appointment], mut blockouts: Vec<&Blockout>) -> [u8; 32] {
    let mut visits: Vec<&Appointment> = visits.iter().collect();
    patients.sort_unstable_by_key(|patient| patient.id);
    visits.sort_unstable_by_key(|visit| visit.id);
    blockouts.sort_unstable_by_key(|blockout| blockout.id);
    let mut digest = RowDigest::default();
    patients.into_iter().for_each(|patient| digest.row(&project::patient(patient).to_bytes()));
    for visit in visits {
        digest.row(&Public::Appointment(project::appointment(visit)).to_bytes());
    }
    blockouts.into_iter().for_each(|blockout| digest.row(&project::blockout(blockout, false).to_bytes()));
    digest.finish()
}

/// By patient, how many of these visits they missed and the latest day they came.
fn standing_of(visits: &[Appointment]) -> BTreeMap<PatientId, (u32, Option<i32>)> {
    let mut all: BTreeMap<PatientId, (u32, Option<i32>)> = BTreeMap::new();
    for visit in visits {
        let (missed, came) = patients::standing(visit);
        if missed || came.is_some() {
            let of_patient = all.entry(visit.patient).or_default();
            of_patient.0 += u32::from(missed);
            of_patient.1 = of_patient.1.max(came);
        }
    }
    all
}
