//! Booking, moving, and all else that changes a visit.

use chairside_schedule::appointment::{Appointment, Cancellation, Flags, NOTE_CHARS, VisitTime};
use chairside_schedule::id::{AppointmentId, PatientId};
use chairside_schedule::patient::TEXT_CHARS;
use chairside_schedule::{Patient, Status};
use chairside_store::tx::{Overlap, Refusal};
use chairside_store::{StoreError, Tx};
use chairside_sync::Hash;

use crate::api::{
    Accept, BookVisit, CancelVisit, CheckVisit, Checked, DescribeVisit, MoveVisit, Saved, SetStatus, Severity,
    VisitWish,
};
use crate::clock;
use crate::desk::Desk;
use crate::judge::{self, Judged};
use crate::patients;
use crate::problem::Problem;
use crate::returning;
use crate::view;

impl Desk {
    /// What stands against a visit, and the three nearest ways out.
    ///
    /// # Errors
    /// The store's.
    pub async fn check_visit(&self, request: CheckVisit) -> Result<Checked, Problem> {
        let wish = request.wish;
        judge::check_year(wish.start.date())?;
        let judged = judge::outside_a_write(self, &wish, request.moving).await?;
        let findings = judged.findings();
        let instead = if findings.is_empty() { Vec::new() } else { self.nearest_openings(&wish).await? };
        Ok(Checked { findings, instead })
    }

    /// Books a visit, for a patient who is known or new. The same request
    /// again books nothing twice.
    ///
    /// # Errors
    /// The code of the gravest finding that wasn't accepted (`clash`, `past`,
    /// …), `id-taken`, `unknown-patient`, `patient-unidentified`,
    /// `note-too-long` and what a new patient's fields can say; the store's.
    pub async fn book_visit(&self, request: BookVisit) -> Result<Saved, Problem> {
        check_length("note", &request.note, NOTE_CHARS)?;
        check_reason(&request.accept)?;
        judge::check_year(request.wish.start.date())?;
        let now = self.clock.now();
        let zone = self.store.clinic().zone;
        let new_patient = match (&request.new_patient, request.wish.patient) {
            (Some(new), _) => {
                let id = PatientId(clock::fresh_id(self.clock.now_ms()));
                Some(patients::read_new(id, new, now.local(&zone).date(), now)?)
            }
            (None, Some(_)) => None,
            (None, None) => return Err(Problem::new("patient-missing")),
        };
        let wish_hash = hash_of_wish(&request)?;
        let card = self
            .store
            .write(self.moment(), async move |tx| {
                let mut probe = judge::probe(&tx.clinic(), &request.wish, None);
                probe.id = request.id;
                let glance = tx.glance(&probe).await?;
                if glance.known
                    && let Some((wish, seq)) = tx.wish_of(request.id).await?
                {
                    if wish != Some(wish_hash) {
                        return Err(StoreError::IdTaken(request.id).into());
                    }
                    let (visit, patient) = visit_and_patient(tx, request.id).await?;
                    return Ok::<_, Problem>(saved(&visit, &patient, seq));
                }
                let patient = match new_patient {
                    Some(patient) => {
                        tx.insert_patient(&patient).await?;
                        patient
                    }
                    None => glance.patient.ok_or_else(|| Problem::new("unknown-patient"))?,
                };
                let mut wish = request.wish.clone();
                wish.patient = Some(patient.id);
                let judged = if glance.crowded {
                    judge::inside_a_write(tx, &wish, None, now).await?
                } else {
                    judge::in_a_free_place(tx, &wish, now)
                };
                judged.refuse_unaccepted(&request.accept)?;
                let visit = Appointment {
                    id: request.id,
                    version: 1,
                    patient: patient.id,
                    practitioner: wish.practitioner,
                    chair: wish.chair,
                    kind: wish.kind,
                    time: VisitTime::new(wish.start, tx.clinic().zone, wish.minutes),
                    status: Status::Booked,
                    confirmed: false,
                    note: request.note,
                    source: request.source,
                    overbooked: judged.overbook_reason(&request.accept),
                    cancellation: None,
                    arrived_at: None,
                    seated_at: None,
                    done_at: None,
                    left_at: None,
                    follows: None,
                    created_at: now,
                    external_id: None,
                    flags: Flags::default(),
                };
                let seq = tx.insert_appointment(&visit, wish_hash, overlap(&visit)).await?;
                Ok(saved(&visit, &patient, seq))
            })
            .await?;
        Ok(card)
    }

    /// Moves a visit in time, to another practitioner, or changes its length.
    ///
    /// # Errors
    /// `unknown-visit`, `changed-meanwhile`, `visit-over`, and as for booking.
    pub async fn move_visit(&self, request: MoveVisit) -> Result<Saved, Problem> {
        check_reason(&request.accept)?;
        judge::check_year(request.start.date())?;
        let now = self.clock.now();
        self.change(request.id, request.version, async move |tx, before, patient| {
            if !before.status.is_open() {
                return Err(Problem::new("visit-over"));
            }
            let wish = VisitWish {
                patient: Some(patient.id),
                practitioner: request.practitioner,
                chair: before.chair,
                kind: before.kind,
                start: request.start,
                minutes: request.minutes,
            };
            let judged = judge::inside_a_write(tx, &wish, Some(before.id), now).await?;
            judged.refuse_unaccepted(&request.accept)?;
            let mut after = before.clone();
            after.practitioner = request.practitioner;
            after.time = VisitTime::new(request.start, tx.clinic().zone, request.minutes);
            after.overbooked = judged.overbook_reason(&request.accept);
            // What another system had wrong about the old place says nothing of the new one.
            after.flags = Flags(after.flags.0 & Flags::IMPORTED.0);
            Ok(after)
        })
        .await
    }

    /// Sets a visit's status: arrived, in the chair, done, missed, or one step back.
    ///
    /// # Errors
    /// `unknown-visit`, `changed-meanwhile`, `status-not-allowed`, `clash`
    /// where coming back takes a place that is taken; the store's.
    pub async fn set_status(&self, request: SetStatus) -> Result<Saved, Problem> {
        let now = self.clock.now();
        self.change(request.id, request.version, async move |_, before, _| {
            if matches!(request.status, Status::Cancelled) || !before.status.may_become(request.status) {
                return Err(Problem::new("status-not-allowed")
                    .with("from", before.status.as_str())
                    .with("to", request.status.as_str()));
            }
            let mut after = before.clone();
            after.status = request.status;
            // Going back takes back the times that belong to the steps undone.
            let reached = |status: Status| request.status >= status && request.status <= Status::Fulfilled;
            after.arrived_at = after.arrived_at.filter(|_| reached(Status::Arrived));
            after.seated_at = after.seated_at.filter(|_| reached(Status::CheckedIn));
            after.done_at = None;
            match request.status {
                Status::Arrived => after.arrived_at = after.arrived_at.or(Some(now)),
                Status::CheckedIn => after.seated_at = after.seated_at.or(Some(now)),
                Status::Fulfilled => after.done_at = Some(now),
                _ => {}
            }
            after.cancellation = None;
            Ok(after)
        })
        .await
    }

    /// Changes a visit's note, kind, or the patient's own yes.
    ///
    /// # Errors
    /// `unknown-visit`, `changed-meanwhile`, `note-too-long`, `unknown-kind`; the store's.
    pub async fn describe_visit(&self, request: DescribeVisit) -> Result<Saved, Problem> {
        check_length("note", &request.note, NOTE_CHARS)?;
        self.change(request.id, request.version, async move |tx, before, _| {
            if tx.clinic().kind(request.kind).is_none() {
                return Err(Problem::new("unknown-kind"));
            }
            let mut after = before.clone();
            after.note = request.note;
            after.kind = request.kind;
            after.confirmed = request.confirmed;
            Ok(after)
        })
        .await
    }

    /// Calls a visit off.
    ///
    /// # Errors
    /// `unknown-visit`, `changed-meanwhile`, `visit-over`, `reason-too-long`; the store's.
    pub async fn cancel_visit(&self, request: CancelVisit) -> Result<Saved, Problem> {
        check_length("reason", &request.reason, TEXT_CHARS)?;
        self.change(request.id, request.version, async move |_, before, _| {
            if !before.status.may_become(Status::Cancelled) {
                return Err(Problem::new("visit-over"));
            }
            let mut after = before.clone();
            after.status = Status::Cancelled;
            after.cancellation = Some(Cancellation { by: request.by, reason: request.reason });
            Ok(after)
        })
        .await
    }

    /// Reads a visit, lets `how` change it, and writes the next version. A
    /// change that changes nothing writes nothing.
    pub(crate) async fn change<F>(&self, id: AppointmentId, version: u32, how: F) -> Result<Saved, Problem>
    where
        F: AsyncFnOnce(&mut Tx, &Appointment, &Patient) -> Result<Appointment, Problem> + Send + 'static,
    {
        self.store
            .write(self.moment(), async move |tx| {
                let (before, patient) = visit_and_patient(tx, id).await?;
                if before.version != version {
                    return Err(Problem::new("changed-meanwhile"));
                }
                let mut after = how(tx, &before, &patient).await?;
                let seq = if after == before {
                    tx.last_entry_about(id.0).await?.unwrap_or_default()
                } else {
                    after.version = before.version + 1;
                    let overlap =
                        if before.status.occupies() { overlap(&after) } else { coming_back(tx, &after).await? };
                    tx.update_appointment(&before, &after, overlap).await?
                };
                saved_now(tx, &after, seq).await
            })
            .await
    }
}

pub(crate) async fn visit_and_patient(tx: &mut Tx, id: AppointmentId) -> Result<(Appointment, Patient), Problem> {
    let visit = tx.appointment(id).await?.ok_or_else(|| Problem::new("unknown-visit"))?;
    let patient = tx.patient(visit.patient).await?.ok_or_else(|| Problem::new("unknown-patient"))?;
    Ok((visit, patient))
}

/// A visit as it stands now, with whoever its patient is by now.
pub(crate) async fn saved_now(tx: &mut Tx, visit: &Appointment, seq: u64) -> Result<Saved, Problem> {
    let patient = tx.patient(visit.patient).await?.ok_or_else(|| Problem::new("unknown-patient"))?;
    Ok(saved(visit, &patient, seq))
}

pub(crate) fn saved(visit: &Appointment, patient: &Patient, seq: u64) -> Saved {
    Saved { visit: view::card(visit, patient, visit.overbooked.is_some()), seq }
}

fn overlap(visit: &Appointment) -> Overlap {
    if visit.overbooked.is_some() { Overlap::Knowingly } else { Overlap::Refuse }
}

/// A visit that comes back may lie over what it lay over when it left.
async fn coming_back(tx: &mut Tx, visit: &Appointment) -> Result<Overlap, StoreError> {
    match returning::left_by(tx, visit).await? {
        Some(left_by) => returning::overlap(tx, visit, left_by).await,
        None => Ok(Overlap::Refuse),
    }
}

/// What makes two requests the same wish: all of it but what was accepted
/// on the way.
fn hash_of_wish(request: &BookVisit) -> Result<Hash, Problem> {
    let mut wish = request.clone();
    wish.accept = Accept::default();
    let bytes = serde_json::to_vec(&wish).map_err(|error| Problem::new("internal").with("detail", error))?;
    Ok(Hash(*blake3::hash(&bytes).as_bytes()))
}

pub(crate) fn check_length(what: &str, text: &str, most: usize) -> Result<(), Problem> {
    let length = text.chars().count();
    if length <= most {
        return Ok(());
    }
    Err(Problem::new(format!("{what}-too-long")).with("length", length).with("most", most))
}

fn check_reason(accept: &Accept) -> Result<(), Problem> {
    check_length("reason", accept.overbook_reason.as_deref().unwrap_or_default(), TEXT_CHARS)
}

impl Judged {
    /// Refuses with the gravest finding that nobody accepted.
    fn refuse_unaccepted(&self, accept: &Accept) -> Result<(), Problem> {
        let reason = accept.overbook_reason.as_deref().unwrap_or_default().trim();
        let open = self.findings().into_iter().find(|finding| match finding.severity {
            Severity::Refused => true,
            Severity::NeedsReason => reason.is_empty(),
            Severity::Warning => !accept.warnings.contains(&finding.code),
        });
        match open {
            None => Ok(()),
            Some(finding) => Err(self.problem(&finding)),
        }
    }

    /// The reason to keep, where there is something to give one for.
    fn overbook_reason(&self, accept: &Accept) -> Option<String> {
        let needed = self.findings().iter().any(|finding| finding.severity == Severity::NeedsReason);
        accept.overbook_reason.as_deref().map(str::trim).filter(|_| needed).map(str::to_owned)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Clash(visits) => {
                let mut problem = Self::new("clash");
                if let Some(first) = visits.first() {
                    problem = problem
                        .with("start", first.time.start())
                        .with("date", first.time.day())
                        .with("minutes", first.time.minutes);
                }
                problem
            }
            Refusal::Store(error) => error.into(),
        }
    }
}
