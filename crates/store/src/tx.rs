//! One write: rows and their log entries, all or nothing.

use chairside_schedule::appointment::Status;
use chairside_schedule::hours::Blockout;
use chairside_schedule::id::{AppointmentId, PatientId};
use chairside_schedule::patient::Patient;
use chairside_schedule::time::day_number;
use chairside_schedule::{Appointment, Clinic};
use chairside_sync::{Author, Causes, Entry, Hash, Header, Incarnation, NodeId, Private, Public, Tip, chain};
use serde::Serialize;
use sqlx::sqlite::SqliteConnection;
use std::sync::Arc;
use uuid::Uuid;

use crate::error::StoreError;
use crate::log::{self, Record};
use crate::open::Salts;
use crate::project::{self, BeforeAfter, PRIVATE_VERSION};
use crate::rows::{appointments, blockouts, patients, settings};
use crate::search;
use crate::store::Changed;
use crate::sync::lives;

/// Who makes a change, and when by their wall clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moment {
    /// Who.
    pub by: Author,
    /// Milliseconds since 1970 in UTC.
    pub at_ms: i64,
}

/// An open write transaction. What it changes is in the log before anyone else
/// can see it; dropping it half-way leaves nothing.
pub struct Tx {
    pub(crate) conn: SqliteConnection,
    pub(crate) node: NodeId,
    pub(crate) salts: Salts,
    pub(crate) tip: Tip,
    pub(crate) causes: Causes,
    pub(crate) clinic: Arc<Clinic>,
    pub(crate) changed: Changed,
    pub(crate) moment: Moment,
    /// The last entry, on its way: it is written together with the commit,
    /// unless somebody asks for the log before.
    pub(crate) unwritten: Option<Record>,
    /// Something was written that is no change to the schedule and has no
    /// entry: it is committed all the same.
    pub(crate) beside_the_log: bool,
}

/// Whether a visit may lie over others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Overlap {
    /// It must not: the clash is answered and nothing is written.
    Refuse,
    /// Somebody said so knowingly; the reason stands in the visit.
    Knowingly,
}

/// What a single look says of the place a new visit wants. A booking nearly
/// always finds nothing there and needs no second look.
#[derive(Clone, Debug)]
pub struct Glance {
    /// A visit of this very id stands already.
    pub known: bool,
    /// Something may stand against it: an occupying visit of its practitioner,
    /// chair or patient at that time, or any blockout on a day near it.
    pub crowded: bool,
    /// Its patient, if there is one.
    pub patient: Option<Patient>,
}

impl Tx {
    /// The clinic's settings, as they stand in this transaction.
    pub fn clinic(&self) -> Arc<Clinic> {
        Arc::clone(&self.clinic)
    }

    /// The place of the last entry, this transaction's own included.
    pub fn seq(&self) -> u64 {
        self.tip.seq
    }

    /// A visit by id.
    ///
    /// # Errors
    /// The database's.
    pub async fn appointment(&mut self, id: AppointmentId) -> Result<Option<Appointment>, StoreError> {
        appointments::by_id(&mut self.conn, id).await
    }

    /// The hash of the wish a visit was booked by, and the entry that booked it.
    ///
    /// # Errors
    /// The database's.
    pub async fn wish_of(&mut self, id: AppointmentId) -> Result<Option<(Option<Hash>, u64)>, StoreError> {
        let Some(wish) = appointments::wish(&mut self.conn, id).await? else { return Ok(None) };
        self.write_log().await?;
        let first = log::about(&mut self.conn, id.0).await?.first().map_or(0, |record| record.entry.header.seq);
        Ok(Some((wish, first)))
    }

    /// Looks once at the place a new visit wants.
    ///
    /// # Errors
    /// The database's.
    pub async fn glance(&mut self, visit: &Appointment) -> Result<Glance, StoreError> {
        appointments::glance(&mut self.conn, visit).await
    }

    /// Occupying visits whose time meets `visit`'s and that share its
    /// practitioner, chair or patient, itself left out.
    ///
    /// # Errors
    /// The database's.
    pub async fn around(&mut self, visit: &Appointment) -> Result<Vec<Appointment>, StoreError> {
        appointments::around(&mut self.conn, visit).await
    }

    /// Blockouts from `from` to `until`, both included.
    ///
    /// # Errors
    /// The database's.
    pub async fn blockouts(
        &mut self,
        from: chrono::NaiveDate,
        until: chrono::NaiveDate,
    ) -> Result<Vec<Blockout>, StoreError> {
        blockouts::between(&mut self.conn, from, until).await
    }

    /// A patient by id.
    ///
    /// # Errors
    /// The database's.
    pub async fn patient(&mut self, id: PatientId) -> Result<Option<Patient>, StoreError> {
        patients::by_id(&mut self.conn, id).await
    }

    /// Writes a new visit. With [`Overlap::Refuse`] an occupying one is only
    /// written where nothing occupies its practitioner or chair: this is the
    /// check that decides.
    ///
    /// # Errors
    /// [`Refusal::Clash`] with what stands there; the database's.
    pub async fn insert_appointment(
        &mut self,
        visit: &Appointment,
        wish: Hash,
        overlap: Overlap,
    ) -> Result<u64, Refusal> {
        if overlap == Overlap::Refuse && visit.status.occupies() {
            // Checked by the statement that writes: looked up only to be told.
            if !appointments::insert_where_free(&mut self.conn, visit, Some(wish)).await? {
                self.refuse_clash(visit, overlap).await?;
                return Err(StoreError::Damaged("a visit found its place taken by none".to_owned()).into());
            }
        } else {
            appointments::insert(&mut self.conn, visit, Some(wish)).await?;
        }
        if patients::standing(visit) != (false, None) {
            patients::recount_standing(&mut self.conn, visit.patient).await?;
        }
        Ok(self.note_appointment(None, visit).await?)
    }

    /// Writes a changed visit over the version it was changed from.
    ///
    /// # Errors
    /// [`StoreError::ChangedMeanwhile`] when another version stands there;
    /// [`Refusal::Clash`] as for a new one; the database's.
    pub async fn update_appointment(
        &mut self,
        before: &Appointment,
        after: &Appointment,
        overlap: Overlap,
    ) -> Result<u64, Refusal> {
        // A change that takes no new time can't make a clash where there was none,
        // unless it takes away the reason why one was made.
        let takes_time = !before.status.occupies()
            || before.time != after.time
            || before.practitioner != after.practitioner
            || before.chair != after.chair
            || (before.overbooked.is_some() && after.overbooked.is_none());
        if takes_time {
            self.refuse_clash(after, overlap).await?;
        }
        if !appointments::update(&mut self.conn, before, after).await? {
            return Err(StoreError::ChangedMeanwhile(after.id).into());
        }
        if patients::standing(before) != patients::standing(after) {
            patients::recount_standing(&mut self.conn, after.patient).await?;
        }
        if after.status == Status::Arrived && before.status != Status::Arrived {
            search::seen_again(&mut self.conn, after.patient).await?;
        }
        Ok(self.note_appointment(Some(before), after).await?)
    }

    /// Writes a new patient.
    ///
    /// # Errors
    /// [`StoreError::PersonnummerTaken`]; the database's.
    pub async fn insert_patient(&mut self, patient: &Patient) -> Result<u64, StoreError> {
        self.refuse_known_personnummer(patient).await?;
        let recency = search::next_recency(&mut self.conn).await?;
        patients::insert(&mut self.conn, patient, recency).await?;
        search::index(&mut self.conn, patient, recency).await?;
        self.note_patient(None, patient).await
    }

    /// Writes a changed patient.
    ///
    /// # Errors
    /// [`StoreError::PersonnummerTaken`]; the database's.
    pub async fn update_patient(&mut self, before: &Patient, after: &Patient) -> Result<u64, StoreError> {
        self.refuse_known_personnummer(after).await?;
        patients::update(&mut self.conn, after).await?;
        search::reindex(&mut self.conn, after).await?;
        self.note_patient(Some(before), after).await
    }

    /// Writes a new blockout.
    ///
    /// # Errors
    /// The database's.
    pub async fn insert_blockout(&mut self, blockout: &Blockout) -> Result<u64, StoreError> {
        blockouts::insert(&mut self.conn, blockout).await?;
        self.changed.days.push(blockout.day);
        let body = project::blockout(blockout, false);
        self.append(&body, None::<&Blockout>, blockout, Some(blockout.id.0)).await
    }

    /// Replaces the clinic's settings. Practitioners, chairs and kinds that the
    /// new settings don't name stay as they were where visits refer to them.
    ///
    /// # Errors
    /// The database's.
    pub async fn save_settings(&mut self, clinic: Clinic) -> Result<u64, StoreError> {
        settings::save(&mut self.conn, &clinic).await?;
        // Read back, so that what counts now is what will count after a restart.
        let clinic = settings::load(&mut self.conn).await?;
        let body = project::settings(&clinic);
        self.clinic = Arc::new(clinic);
        self.changed.settings = true;
        let absences: Vec<_> = self.clinic.practitioners.iter().map(|p| (p.id, p.absences.clone())).collect();
        self.append(&body, None, &(absences, self.clinic.online), None).await
    }

    async fn refuse_known_personnummer(&mut self, patient: &Patient) -> Result<(), StoreError> {
        let Some(number) = &patient.personnummer else { return Ok(()) };
        if patients::has_personnummer(&mut self.conn, number, patient.id).await? {
            return Err(StoreError::PersonnummerTaken);
        }
        Ok(())
    }

    pub(crate) async fn refuse_clash(&mut self, visit: &Appointment, overlap: Overlap) -> Result<(), Refusal> {
        if overlap == Overlap::Knowingly || !visit.status.occupies() {
            return Ok(());
        }
        let mut around = self.around(visit).await?;
        around.retain(|other| {
            other.practitioner == visit.practitioner || (visit.chair.is_some() && other.chair == visit.chair)
        });
        if around.is_empty() { Ok(()) } else { Err(Refusal::Clash(around)) }
    }

    pub(crate) async fn note_appointment(
        &mut self,
        before: Option<&Appointment>,
        after: &Appointment,
    ) -> Result<u64, StoreError> {
        for visit in before.into_iter().chain([after]) {
            self.changed.touch_day(visit.time.day());
            self.changed.touch_patient(visit.patient);
        }
        self.append(&Public::Appointment(project::appointment(after)), before, after, Some(after.id.0)).await
    }

    async fn note_patient(&mut self, before: Option<&Patient>, after: &Patient) -> Result<u64, StoreError> {
        self.changed.touch_patient(after.id);
        self.append(&project::patient(after), before, after, Some(after.id.0)).await
    }

    /// Adds one entry to the log.
    pub(crate) async fn append<T: Serialize>(
        &mut self,
        body: &Public,
        before: Option<&T>,
        after: &T,
        subject: Option<Uuid>,
    ) -> Result<u64, StoreError> {
        let bytes = BeforeAfter { v: PRIVATE_VERSION, before, after }.to_bytes();
        self.append_bytes(body, bytes, subject).await
    }

    pub(crate) async fn append_bytes(
        &mut self,
        body: &Public,
        private: Vec<u8>,
        subject: Option<Uuid>,
    ) -> Result<u64, StoreError> {
        let incarnation = self.tip.incarnation;
        self.append_as(incarnation, body, private, subject).await
    }

    /// Adds one entry under `incarnation`; a birth begins a new one.
    pub(crate) async fn append_as(
        &mut self,
        incarnation: Incarnation,
        body: &Public,
        private: Vec<u8>,
        subject: Option<Uuid>,
    ) -> Result<u64, StoreError> {
        let mut causes = self.causes.clone();
        causes.tick(self.node);
        let private = Private { salt: (self.salts)(), bytes: private };
        let header = Header {
            epoch: self.tip.epoch,
            incarnation,
            seq: self.tip.seq + 1,
            at_ms: self.moment.at_ms,
            by: self.moment.by,
            causes: causes.clone(),
        };
        let entry = Entry { header, public: body.to_bytes(), commitment: private.commitment() };
        let hash = chain::hash(self.tip.hash, &entry);
        let tip = Tip { epoch: self.tip.epoch, incarnation, seq: self.tip.seq + 1, hash };
        self.write_log().await?;
        if matches!(body, Public::Birth(_)) {
            lives::begin(&mut self.conn, tip.seq, incarnation).await?;
        }
        self.unwritten = Some(Record { entry, private: Some(private), hash, subject });
        self.tip = tip;
        self.causes = causes;
        Ok(tip.seq)
    }

    /// Writes the entry that is still on its way.
    pub(crate) async fn write_log(&mut self) -> Result<(), StoreError> {
        match self.unwritten.take() {
            Some(record) => log::append(&mut self.conn, &record).await,
            None => Ok(()),
        }
    }

    /// Commits, with the last entry.
    pub(crate) async fn commit(&mut self) -> Result<(), StoreError> {
        match self.unwritten.take() {
            Some(record) => log::append_and_commit(&mut self.conn, &record).await,
            None => {
                sqlx::query("COMMIT").execute(&mut self.conn).await?;
                Ok(())
            }
        }
    }

    /// The entry at `seq`, with what stays in the clinic.
    ///
    /// # Errors
    /// The database's.
    pub async fn entry(&mut self, seq: u64) -> Result<Option<Record>, StoreError> {
        self.write_log().await?;
        log::at(&mut self.conn, seq).await
    }

    /// The entries about one row, in order.
    ///
    /// # Errors
    /// The database's.
    pub async fn entries_about(&mut self, subject: Uuid) -> Result<Vec<Record>, StoreError> {
        self.write_log().await?;
        log::about(&mut self.conn, subject).await
    }

    /// The last entry about a row.
    ///
    /// # Errors
    /// The database's.
    pub async fn last_entry_about(&mut self, subject: Uuid) -> Result<Option<u64>, StoreError> {
        self.write_log().await?;
        log::last_about(&mut self.conn, subject).await
    }
}

/// Why a visit wasn't written.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// These stand in its way.
    #[error("the place is taken")]
    Clash(Vec<Appointment>),
    /// The store's own reasons.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Changed {
    pub(crate) fn touch_day(&mut self, day: chrono::NaiveDate) {
        if !self.days.contains(&day) {
            self.days.push(day);
        }
    }

    pub(crate) fn touch_patient(&mut self, patient: PatientId) {
        if !self.patients.contains(&patient) {
            self.patients.push(patient);
        }
    }
}

/// The day as the tables have it.
pub(crate) fn day(day: chrono::NaiveDate) -> i32 {
    day_number(day)
}
