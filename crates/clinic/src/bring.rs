//! An import, from its plan into the store.

use std::collections::HashSet;
use std::path::Path;

use chairside_schedule::Clinic;
use chairside_schedule::id::{KindId, PractitionerId};
use chairside_store::{AlreadyThere, Batch};
use chrono::NaiveDate;

use crate::desk::Desk;
use crate::export::ExportPatients;
use crate::import::{Known, Plan, Rules, Summary};
use crate::problem::Problem;

impl Desk {
    /// What an import's visits are measured against here.
    pub fn import_rules(&self) -> Rules {
        let clinic = self.store.clinic();
        let set_by_somebody = !clinic.hours_derived && !clinic.practitioners.is_empty();
        Rules { grid: clinic.grid, breaks: clinic.breaks.clone(), hours: set_by_somebody.then(|| clinic.hours.clone()) }
    }

    /// Writes an import, in one transaction. Rows that are there already stay
    /// as they are; a second time it changes nothing. `progress` hears of rows done.
    ///
    /// # Errors
    /// The store's; nothing was written then.
    pub async fn bring(&self, plan: Plan, progress: impl FnMut(u64) + Send + 'static) -> Result<Summary, Problem> {
        self.store
            .write(self.moment(), async move |tx| {
                let settings = settings_after(&tx.clinic(), &plan);
                let mut known = known_settings(&tx.clinic());
                let batch = Batch {
                    settings: Some(settings),
                    patients: plan.patients.clone(),
                    appointments: plan.appointments.clone(),
                    blockouts: plan.blockouts.clone(),
                };
                let there = tx.already_there(&batch).await?;
                tx.bring(batch, &there, progress).await?;
                know(&mut known, there);
                Ok::<_, Problem>(plan.summary(&known))
            })
            .await
    }

    /// What [`Self::bring`] would do. Writes nothing.
    ///
    /// # Errors
    /// The store's.
    pub async fn bring_dry(&self, plan: Plan) -> Result<Summary, Problem> {
        self.store
            .write(self.moment(), async move |tx| {
                let mut known = known_settings(&tx.clinic());
                let batch = Batch {
                    patients: plan.patients.clone(),
                    appointments: plan.appointments.clone(),
                    ..Batch::default()
                };
                know(&mut known, tx.already_there(&batch).await?);
                Ok::<_, Problem>(plan.summary(&known))
            })
            .await
    }

    /// Writes everything the clinic owns into a new folder, visits one after
    /// the other, so that twenty years of them need no memory.
    ///
    /// # Errors
    /// What [`ExportPatients`] answers; the store's.
    pub async fn export(&self, folder: &Path) -> Result<(), Problem> {
        let clinic = self.store.clinic();
        let always = (NaiveDate::MIN, NaiveDate::MAX);
        let blockouts = self.store.blockouts(always.0, always.1).await?;
        let mut patients = ExportPatients::create(folder, &clinic, &blockouts)?;
        self.store.each_patient(|patient| patients.add(&patient)).await?;
        let mut appointments = patients.then_appointments()?;
        self.store.each_appointment(|visit| appointments.add(&visit)).await?;
        appointments.finish()
    }
}

fn known_settings(clinic: &Clinic) -> Known {
    Known {
        practitioners: clinic.practitioners.iter().map(|practitioner| practitioner.id).collect(),
        kinds: clinic.kinds.iter().map(|kind| kind.id).collect(),
        ..Known::default()
    }
}

fn know(known: &mut Known, there: AlreadyThere) {
    known.patients = there.patients;
    known.appointments = there.appointments;
}

/// The settings with the people and kinds that are new. The import's hours are
/// taken, marked as derived, where nobody has set any.
fn settings_after(clinic: &Clinic, plan: &Plan) -> Clinic {
    let empty = clinic.practitioners.is_empty();
    if empty && let Some(brought) = &plan.clinic {
        return brought.clone();
    }
    let mut settings = clinic.clone();
    let practitioners: HashSet<PractitionerId> = clinic.practitioners.iter().map(|known| known.id).collect();
    let kinds: HashSet<KindId> = clinic.kinds.iter().map(|known| known.id).collect();
    for (position, practitioner) in (0..).zip(&plan.practitioners) {
        if !practitioners.contains(&practitioner.id) {
            let mut practitioner = practitioner.clone();
            practitioner.position = clinic.practitioners.len() as i32 + position;
            settings.practitioners.push(practitioner);
        }
    }
    if empty && !plan.kinds.is_empty() {
        // The kinds a new clinic starts from make room for those it really has.
        settings.kinds.clear();
    }
    settings.kinds.extend(plan.kinds.iter().filter(|kind| !kinds.contains(&kind.id)).cloned());
    if empty {
        settings.zone = plan.zone;
    }
    if empty && !plan.hours.is_empty() {
        settings.hours = plan.hours.clone();
        settings.hours_derived = true;
    }
    settings
}
