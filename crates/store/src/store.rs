//! The store as its users hold it.

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chairside_schedule::hours::Blockout;
use chairside_schedule::id::{AppointmentId, PatientId, StaffId};
use chairside_schedule::{Appointment, Clinic, Patient};
use chairside_sync::{NodeId, Tip};
use chrono::NaiveDate;
use sqlx::sqlite::SqlitePool;
use tokio::sync::{broadcast, watch};
use uuid::Uuid;

use crate::busy::BusyDays;
use crate::error::StoreError;
use crate::files::{Key, StoreFiles};
use crate::log::{self, Record};
use crate::names::{Named, Names};
use crate::rows::staff::Staff;
use crate::rows::{appointments, blockouts, gathered, patients, staff};
use crate::search::{self, Found};
use crate::tx::{Moment, Tx};
use crate::writer::WriteQueue;

/// What a committed change makes stale.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Changed {
    /// The log's position after it.
    pub seq: u64,
    /// Days of the board.
    pub days: Vec<NaiveDate>,
    /// Every day: an import touched too many to name.
    pub all_days: bool,
    /// Patients.
    pub patients: Vec<PatientId>,
    /// Hours, people, kinds.
    pub settings: bool,
}

/// Changes a slow listener may fall behind before it is told to read everything again.
const CHANGES_KEPT: usize = 256;

/// What readers and the writer both know of the latest commit.
#[derive(Debug)]
pub(crate) struct Shared {
    latest: Mutex<(Tip, Arc<Clinic>)>,
    changes: broadcast::Sender<Changed>,
    pub(crate) busy: BusyDays,
    pub(crate) names: Names,
}

impl Shared {
    pub(crate) fn new(tip: Tip, clinic: Arc<Clinic>) -> Self {
        Self {
            latest: Mutex::new((tip, clinic)),
            changes: broadcast::Sender::new(CHANGES_KEPT),
            busy: BusyDays::default(),
            names: Names::default(),
        }
    }

    pub(crate) fn committed(&self, tip: Tip, clinic: &Arc<Clinic>, changed: Changed) {
        *self.latest() = (tip, Arc::clone(clinic));
        if changed.all_days {
            self.busy.forget_all();
            self.names.forget_all();
        } else {
            self.busy.forget(&changed.days);
            self.names.forget(&changed.patients);
        }
        // Nobody listening is fine.
        drop(self.changes.send(changed));
    }

    fn latest(&self) -> MutexGuard<'_, (Tip, Arc<Clinic>)> {
        // The pair is replaced whole; a panic elsewhere can't leave it torn.
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An open store. Cheap to clone; it closes when told to, or when the last clone is gone.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) files: StoreFiles,
    pub(crate) key: Key,
    pub(crate) node: NodeId,
    pub(crate) queue: WriteQueue,
    pub(crate) readers: SqlitePool,
    /// Where marks' snapshots are read from.
    pub(crate) snapshots: SqlitePool,
    pub(crate) shared: Arc<Shared>,
    pub(crate) closed: watch::Receiver<bool>,
}

impl Store {
    /// The folder it lies in.
    pub fn folder(&self) -> &Path {
        self.files.folder()
    }

    /// This installation.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// The clinic's settings as of the latest commit.
    pub fn clinic(&self) -> Arc<Clinic> {
        Arc::clone(&self.shared.latest().1)
    }

    /// Where the log ends.
    pub fn tip(&self) -> Tip {
        self.shared.latest().0
    }

    /// Hears of every commit from now on.
    pub fn changes(&self) -> broadcast::Receiver<Changed> {
        self.shared.changes.subscribe()
    }

    /// Runs `work` in one transaction on the writing connection. It commits
    /// when `work` answers `Ok` and has added to the log, and leaves no trace
    /// otherwise. Answered only once the commit is on the disk.
    ///
    /// # Errors
    /// Whatever `work` answers; the store's own (a full disk at the commit).
    pub async fn write<T, E, F>(&self, moment: Moment, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: AsyncFnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
    {
        self.queue.write(moment, work).await
    }

    /// Every visit of a local day, in the order of their practitioners and starts.
    ///
    /// # Errors
    /// The database's.
    pub async fn day(&self, day: NaiveDate) -> Result<Vec<Appointment>, StoreError> {
        appointments::of_day(&mut *self.readers.acquire().await?, day).await
    }

    /// Every visit of a local day with what a board says of its patient, in the
    /// order of their practitioners and starts.
    ///
    /// # Errors
    /// The database's.
    pub async fn day_with_names(&self, day: NaiveDate) -> Result<Vec<(Appointment, Arc<Named>)>, StoreError> {
        let mut reader = self.readers.acquire().await?;
        let visits = gathered::visits_of_day(&mut reader, day).await?;
        self.shared.names.put_to(visits, &mut reader).await
    }

    /// Occupying visits of the day before that reach into `day`.
    ///
    /// # Errors
    /// The database's.
    pub async fn over_midnight(&self, day: NaiveDate) -> Result<Vec<Appointment>, StoreError> {
        // Hardly ever does any, and the days that were read tell.
        if !self.is_reached_into(day).await? {
            return Ok(Vec::new());
        }
        appointments::over_midnight(&mut *self.readers.acquire().await?, day).await
    }

    /// A visit by id.
    ///
    /// # Errors
    /// The database's.
    pub async fn appointment(&self, id: AppointmentId) -> Result<Option<Appointment>, StoreError> {
        appointments::by_id(&mut *self.readers.acquire().await?, id).await
    }

    /// Occupying visits whose time meets `visit`'s and that share its
    /// practitioner, chair or patient, itself left out.
    ///
    /// # Errors
    /// The database's.
    pub async fn around(&self, visit: &Appointment) -> Result<Vec<Appointment>, StoreError> {
        appointments::around(&mut *self.readers.acquire().await?, visit).await
    }

    /// Visits of a patient, latest first: from `from` on, or before it.
    ///
    /// # Errors
    /// The database's.
    pub async fn visits_of(
        &self,
        patient: PatientId,
        from: NaiveDate,
        ahead: bool,
        limit: u32,
    ) -> Result<Vec<Appointment>, StoreError> {
        appointments::of_patient(&mut *self.readers.acquire().await?, patient, from, ahead, limit).await
    }

    /// First and last local day with a visit.
    ///
    /// # Errors
    /// The database's.
    pub async fn visit_days(&self) -> Result<Option<(NaiveDate, NaiveDate)>, StoreError> {
        appointments::days(&mut *self.readers.acquire().await?).await
    }

    /// Hands every visit to `each`, in the order of days, without holding them all.
    ///
    /// # Errors
    /// The database's, and whatever `each` answers.
    pub async fn each_appointment<E: From<StoreError>>(
        &self,
        each: impl FnMut(Appointment) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut reader = self.readers.acquire().await.map_err(StoreError::from)?;
        appointments::each(&mut reader, each).await
    }

    /// A patient by id.
    ///
    /// # Errors
    /// The database's.
    pub async fn patient(&self, id: PatientId) -> Result<Option<Patient>, StoreError> {
        patients::by_id(&mut *self.readers.acquire().await?, id).await
    }

    /// Hands every patient to `each`, in the order they were registered.
    ///
    /// # Errors
    /// The database's, and whatever `each` answers.
    pub async fn each_patient<E: From<StoreError>>(&self, each: impl FnMut(Patient) -> Result<(), E>) -> Result<(), E> {
        let mut reader = self.readers.acquire().await.map_err(StoreError::from)?;
        patients::each(&mut reader, each).await
    }

    /// Patients by any part of name, number, birth date or id: word beginnings
    /// first, then anywhere; the most recent first within each.
    ///
    /// # Errors
    /// The database's.
    pub async fn find_patients(&self, text: &str, limit: u32) -> Result<Vec<Found>, StoreError> {
        search::find(&mut *self.readers.acquire().await?, text, limit).await
    }

    /// What search results tell of one patient.
    ///
    /// # Errors
    /// The database's.
    pub async fn patient_found(&self, id: PatientId) -> Result<Option<Found>, StoreError> {
        search::one(&mut *self.readers.acquire().await?, id).await
    }

    /// Blockouts from `from` to `until`, both included.
    ///
    /// # Errors
    /// The database's.
    pub async fn blockouts(&self, from: NaiveDate, until: NaiveDate) -> Result<Vec<Blockout>, StoreError> {
        blockouts::between(&mut *self.readers.acquire().await?, from, until).await
    }

    /// Everybody who works at the desk.
    ///
    /// # Errors
    /// The database's.
    pub async fn staff(&self) -> Result<Vec<Staff>, StoreError> {
        staff::all(&mut *self.readers.acquire().await?).await
    }

    /// A member of staff by id.
    ///
    /// # Errors
    /// The database's.
    pub async fn staff_member(&self, id: StaffId) -> Result<Option<Staff>, StoreError> {
        Ok(self.staff().await?.into_iter().find(|member| member.id == id))
    }

    /// The log's entries after `after`, in order, at most `limit`.
    ///
    /// # Errors
    /// The database's.
    pub async fn log_after(&self, after: u64, limit: u32) -> Result<Vec<Record>, StoreError> {
        log::after(&mut *self.readers.acquire().await?, after, limit).await
    }

    /// Every row that entries after `after` are about.
    ///
    /// # Errors
    /// The database's.
    pub async fn subjects_after(&self, after: u64) -> Result<HashSet<Uuid>, StoreError> {
        log::subjects_after(&mut *self.readers.acquire().await?, after).await
    }

    /// The log's entries about one row, in order.
    ///
    /// # Errors
    /// The database's.
    pub async fn log_about(&self, subject: Uuid) -> Result<Vec<Record>, StoreError> {
        log::about(&mut *self.readers.acquire().await?, subject).await
    }

    /// Lets every waiting write finish, closes the files and gives up the
    /// lock, for all clones: what they ask afterwards is answered `Closed`.
    pub async fn close(&self) {
        // The writer goes last: only a connection that may write leaves the
        // file whole by itself, without a journal beside it.
        self.snapshots.close().await;
        self.readers.close().await;
        self.queue.close().await;
        // An error means that the writer is gone, which is what is waited for.
        drop(self.closed.clone().wait_for(|closed| *closed).await);
    }
}
