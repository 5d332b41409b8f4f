//! What boards say of patients, kept in memory.
//!
//! The patients of a day lie all over the register, a page each, and a board is
//! read anew after every change; but its patients stay nearly the same, and
//! one process owns the store, so it knows of every change to them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chairside_schedule::Appointment;
use chairside_schedule::id::PatientId;
use sqlx::sqlite::SqliteConnection;

use crate::error::StoreError;
use crate::rows::cells::damaged;
use crate::rows::gathered;

/// What a board says of a patient.
#[derive(Clone, PartialEq, Eq)]
pub struct Named {
    /// As [`Patient::given`](chairside_schedule::Patient::given).
    pub given: String,
    /// As [`Patient::family`](chairside_schedule::Patient::family).
    pub family: String,
    /// As [`Patient::external_id`](chairside_schedule::Patient::external_id).
    pub external_id: Option<String>,
    /// As [`Patient::protected`](chairside_schedule::Patient::protected).
    pub protected: bool,
    /// As [`Patient::alert`](chairside_schedule::Patient::alert).
    pub alert: String,
}

/// Never a name in a log line.
impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Named").finish_non_exhaustive()
    }
}

/// Patients kept at most: more than nearly any clinic has, some 20 MB.
const NAMES_KEPT: usize = 100_000;

/// The patients shown so far.
#[derive(Default)]
pub(crate) struct Names(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    names: HashMap<PatientId, Arc<Named>>,
    /// Rises with every change, so that a name read before a change is not kept after it.
    generation: u64,
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names").field("kept", &self.kept().names.len()).finish()
    }
}

impl Names {
    /// These patients changed.
    pub(crate) fn forget(&self, patients: &[PatientId]) {
        let mut kept = self.kept();
        kept.generation += 1;
        for patient in patients {
            kept.names.remove(patient);
        }
    }

    /// Any patient may have changed.
    pub(crate) fn forget_all(&self) {
        let mut kept = self.kept();
        kept.generation += 1;
        kept.names.clear();
    }

    /// Puts their patients' names to visits.
    pub(crate) async fn put_to(
        &self,
        visits: Vec<Appointment>,
        conn: &mut SqliteConnection,
    ) -> Result<Vec<(Appointment, Arc<Named>)>, StoreError> {
        let (generation, known) = {
            let kept = self.kept();
            let known: Vec<_> = visits.iter().map(|visit| kept.names.get(&visit.patient).map(Arc::clone)).collect();
            (kept.generation, known)
        };
        let unknown = visits.iter().zip(&known).filter(|(_, name)| name.is_none());
        let mut missing: Vec<PatientId> = unknown.map(|(visit, _)| visit.patient).collect();
        missing.sort();
        missing.dedup();
        let mut read: HashMap<PatientId, Arc<Named>> = HashMap::new();
        if !missing.is_empty() {
            read.extend(gathered::names(conn, &missing).await?.map(|(patient, named)| (patient, Arc::new(named))));
        }
        let named = visits.into_iter().zip(known).map(|(visit, name)| {
            let name = name.or_else(|| read.get(&visit.patient).map(Arc::clone));
            name.map(|name| (visit, name)).ok_or_else(|| damaged("appointment", "patient"))
        });
        let named = named.collect();
        let mut kept = self.kept();
        if kept.generation == generation {
            if kept.names.len() + read.len() > NAMES_KEPT {
                kept.names.clear();
            }
            kept.names.extend(read);
        }
        named
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Names are put in and taken out whole; a panic elsewhere can't leave one torn.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
