//! What stands against a visit, with the names a sentence needs.

use std::collections::HashMap;

use chairside_schedule::appointment::{Appointment, Flags, Source, VisitTime};
use chairside_schedule::hours::Blockout;
use chairside_schedule::id::{AppointmentId, PatientId};
use chairside_schedule::rules::{self, Asker, Busy, Wish};
use chairside_schedule::time::Instant;
use chairside_schedule::{Clinic, Status};
use chairside_store::{Store, Tx};
use chrono::Datelike;
use std::sync::Arc;
use uuid::Uuid;

use crate::api::{ClashingVisit, Finding, Severity, VisitWish};
use crate::desk::Desk;
use crate::problem::Problem;
use crate::view;

/// A visit that was held against the rules.
pub struct Judged {
    clinic: Arc<Clinic>,
    findings: Vec<rules::Finding>,
    around: HashMap<AppointmentId, Appointment>,
    names: HashMap<PatientId, String>,
}

/// Judges with a reader: for saying things early.
pub async fn outside_a_write(desk: &Desk, wish: &VisitWish, moving: Option<AppointmentId>) -> Result<Judged, Problem> {
    let store: &Store = desk.store();
    let clinic = store.clinic();
    let probe = probe(&clinic, wish, moving);
    let around = store.around(&probe).await?;
    let blockouts = store.blockouts(wish.start.date(), probe_end(&probe)).await?;
    let mut judged = judge(clinic, wish, moving, around, &blockouts, desk.clock().now());
    if let Some(id) = moving {
        judged.pass_over_what_stands(store.appointment(id).await?.as_ref(), wish);
    }
    for id in judged.named_patients() {
        if let Some(patient) = store.patient(id).await? {
            judged.names.insert(id, name_of(&patient));
        }
    }
    Ok(judged)
}

/// Judges a new visit in a place where a glance found nothing: what is left to
/// say comes from the settings and the time.
pub fn in_a_free_place(tx: &Tx, wish: &VisitWish, now: Instant) -> Judged {
    judge(tx.clinic(), wish, None, Vec::new(), &[], now)
}

/// Judges inside the transaction that books: this one decides.
pub async fn inside_a_write(
    tx: &mut Tx,
    wish: &VisitWish,
    moving: Option<AppointmentId>,
    now: Instant,
) -> Result<Judged, Problem> {
    let clinic = tx.clinic();
    let probe = probe(&clinic, wish, moving);
    let around = tx.around(&probe).await?;
    let blockouts = tx.blockouts(wish.start.date(), probe_end(&probe)).await?;
    let mut judged = judge(clinic, wish, moving, around, &blockouts, now);
    if let Some(id) = moving {
        judged.pass_over_what_stands(tx.appointment(id).await?.as_ref(), wish);
    }
    for id in judged.named_patients() {
        if let Some(patient) = tx.patient(id).await? {
            judged.names.insert(id, name_of(&patient));
        }
    }
    Ok(judged)
}

fn judge(
    clinic: Arc<Clinic>,
    wish: &VisitWish,
    moving: Option<AppointmentId>,
    around: Vec<Appointment>,
    blockouts: &[Blockout],
    now: Instant,
) -> Judged {
    let busy: Vec<Busy> = around
        .iter()
        .map(|visit| Busy {
            id: visit.id,
            patient: visit.patient,
            practitioner: visit.practitioner,
            chair: visit.chair,
            interval: visit.time.interval,
        })
        .collect();
    let wish = Wish {
        appointment: moving,
        patient: wish.patient,
        practitioner: wish.practitioner,
        chair: wish.chair,
        kind: wish.kind,
        start: wish.start,
        minutes: wish.minutes,
    };
    let findings = rules::check(&clinic, &wish, &busy, blockouts, Asker::Staff, now);
    let around = around.into_iter().map(|visit| (visit.id, visit)).collect();
    Judged { clinic, findings, around, names: HashMap::new() }
}

impl Judged {
    /// Whoever lengthens a visit, or hands it to a colleague, doesn't choose
    /// its start: what stood against that was said when it was booked.
    fn pass_over_what_stands(&mut self, before: Option<&Appointment>, wish: &VisitWish) {
        use rules::Code::{OffGrid, Past, TimeTwice};
        if before.is_some_and(|before| before.time.local == wish.start) {
            self.findings.retain(|finding| !matches!(finding.code, Past | OffGrid | TimeTwice));
        }
    }

    /// Everything that stands against it, gravest first.
    pub fn findings(&self) -> Vec<Finding> {
        self.findings
            .iter()
            .map(|finding| Finding {
                code: finding.code.as_str().to_owned(),
                severity: match finding.severity {
                    rules::Severity::Refused => Severity::Refused,
                    rules::Severity::NeedsReason => Severity::NeedsReason,
                    rules::Severity::Warning => Severity::Warning,
                },
                with: finding.with.iter().filter_map(|id| self.clashing(*id)).collect(),
                name: finding.name.clone(),
            })
            .collect()
    }

    /// The problem that `finding` is, with everything else that stands against the visit.
    pub fn problem(&self, finding: &Finding) -> Problem {
        let mut problem = Problem::new(finding.code.clone());
        if let Some(name) = &finding.name {
            problem = problem.with("name", name);
        }
        if let Some(visit) = finding.with.first() {
            problem = problem
                .with("start", visit.start.format("%H:%M"))
                .with("date", visit.start.date())
                .with("minutes", visit.minutes);
        }
        problem.findings = self.findings();
        problem
    }

    fn named_patients(&self) -> Vec<PatientId> {
        let mut patients: Vec<PatientId> = self
            .findings
            .iter()
            .flat_map(|finding| &finding.with)
            .filter_map(|id| self.around.get(id))
            .map(|visit| visit.patient)
            .collect();
        patients.sort();
        patients.dedup();
        patients
    }

    fn clashing(&self, id: AppointmentId) -> Option<ClashingVisit> {
        let visit = self.around.get(&id)?;
        Some(ClashingVisit {
            id,
            name: self.names.get(&visit.patient).cloned().unwrap_or_default(),
            start: visit.time.local,
            minutes: visit.time.minutes,
            practitioner: self
                .clinic
                .practitioner(visit.practitioner)
                .map(|practitioner| practitioner.name.clone())
                .unwrap_or_default(),
        })
    }
}

/// A name, or what a nameless patient is known by.
fn name_of(patient: &chairside_schedule::Patient) -> String {
    let name = view::shown_name(patient);
    if name.is_empty() && !patient.protected { patient.external_id.clone().unwrap_or_default() } else { name }
}

/// The visit as it would be: what the store looks around for.
pub fn probe(clinic: &Clinic, wish: &VisitWish, moving: Option<AppointmentId>) -> Appointment {
    let nobody = Uuid::nil();
    Appointment {
        id: moving.unwrap_or(AppointmentId(nobody)),
        version: 0,
        patient: wish.patient.unwrap_or(PatientId(nobody)),
        practitioner: wish.practitioner,
        chair: wish.chair,
        kind: wish.kind,
        time: VisitTime::new(wish.start, clinic.zone, wish.minutes.clamp(1, MOST_MINUTES)),
        status: Status::Booked,
        confirmed: false,
        note: String::new(),
        source: Source::Other,
        overbooked: None,
        cancellation: None,
        arrived_at: None,
        seated_at: None,
        done_at: None,
        left_at: None,
        follows: None,
        created_at: Instant(0),
        external_id: None,
        flags: Flags::default(),
    }
}

/// The years calendars and forms can write. Past them sums of dates have an
/// end, and nobody means such a day.
const YEARS: std::ops::RangeInclusive<i32> = 1..=9999;

/// Refuses a day that nobody can mean, before anything is worked out from it.
///
/// # Errors
/// `past`, `beyond-window`.
pub fn check_year(day: chrono::NaiveDate) -> Result<(), Problem> {
    if YEARS.contains(&day.year()) {
        return Ok(());
    }
    Err(Problem::new(if day.year() < *YEARS.start() { "past" } else { "beyond-window" }))
}

/// A visit is at most a day long; a longer wish is refused whatever stands around it.
const MOST_MINUTES: u32 = 24 * 60;

fn probe_end(probe: &Appointment) -> chrono::NaiveDate {
    (probe.time.local + chrono::TimeDelta::minutes(i64::from(probe.time.minutes))).date()
}
