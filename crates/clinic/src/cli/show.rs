//! Visits in lines, and names back to what they name.

use chairside_schedule::id::{KindId, PatientId, PractitionerId};
use chairside_schedule::{Clinic, Status};
use chrono::NaiveDateTime;

use super::output::Output;
use crate::api::{FindPatients, PatientHit, Saved, VisitCard};
use crate::desk::Desk;
use crate::problem::Problem;

/// Answers what was saved, and closes the store.
///
/// # Errors
/// What answering says.
pub async fn finish(desk: Desk, output: &Output, saved: &Saved) -> Result<(), Problem> {
    let clinic = desk.store().clinic();
    output.answer(saved, |_| vec![line(&clinic, &saved.visit)])?;
    desk.close().await;
    Ok(())
}

/// Statuses that are on the board without asking.
pub fn shown(card: &VisitCard) -> bool {
    !matches!(card.status, Status::Cancelled | Status::Noshow | Status::EnteredInError)
}

/// A visit in one line.
pub fn line(clinic: &Clinic, card: &VisitCard) -> String {
    let practitioner = clinic.practitioner(card.practitioner).map(|found| found.name.as_str()).unwrap_or_default();
    let kind = clinic.kind(card.kind).map(|kind| kind.name.as_str()).unwrap_or_default();
    let patient = if card.patient.name.is_empty() {
        card.patient.external_id.as_deref().unwrap_or("–")
    } else {
        &card.patient.name
    };
    format!(
        "{}  {:>3} min  {:<22} {:<24} {:<22} {:<10} {}",
        minute(card.start),
        card.minutes,
        practitioner,
        patient,
        kind,
        card.status.as_str(),
        card.id
    )
}

/// A local time to the minute.
pub fn minute(time: NaiveDateTime) -> impl std::fmt::Display {
    time.format("%Y-%m-%d %H:%M")
}

/// The kind of visit with this name or id.
///
/// # Errors
/// `unknown-kind-named`, which lists those there are.
pub fn kind_named(clinic: &Clinic, text: &str) -> Result<KindId, Problem> {
    let wanted = text.parse::<KindId>().ok();
    let found = clinic.kinds.iter().find(|kind| Some(kind.id) == wanted || kind.name.eq_ignore_ascii_case(text));
    found.map(|kind| kind.id).ok_or_else(|| {
        let names: Vec<&str> = clinic.kinds.iter().map(|kind| kind.name.as_str()).collect();
        Problem::new("unknown-kind-named").with("name", text).with("known", names.join(", "))
    })
}

/// The practitioner with this name or id.
///
/// # Errors
/// `unknown-practitioner-named`, which lists those there are.
pub fn practitioner_named(clinic: &Clinic, text: &str) -> Result<PractitionerId, Problem> {
    let wanted = text.parse::<PractitionerId>().ok();
    let found = clinic
        .practitioners
        .iter()
        .find(|practitioner| Some(practitioner.id) == wanted || practitioner.name.eq_ignore_ascii_case(text));
    found.map(|practitioner| practitioner.id).ok_or_else(|| {
        let names: Vec<&str> = clinic.practitioners.iter().map(|practitioner| practitioner.name.as_str()).collect();
        Problem::new("unknown-practitioner-named").with("name", text).with("known", names.join(", "))
    })
}

/// The one patient with this id, or whom a search finds.
///
/// # Errors
/// `no-patient-found`, `several-patients-found`.
pub async fn one_patient(desk: &Desk, text: &str) -> Result<PatientId, Problem> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let mut hits = desk.find_patients(FindPatients { text: text.to_owned(), limit: 50 }).await?;
    // Somebody who *is* called that goes before all who merely contain it.
    let named = |hit: &PatientHit| hit.external_id.as_deref() == Some(text) || hit.name.eq_ignore_ascii_case(text);
    if hits.iter().any(named) {
        hits.retain(named);
    }
    match hits.as_slice() {
        [hit] => Ok(hit.id),
        [] => Err(Problem::new("no-patient-found").with("text", text)),
        _ => Err(Problem::new("several-patients-found").with("text", text)),
    }
}
