//! Somebody who booked online and may be a patient the clinic knows already.
//!
//! **Promise.** Nobody is put together with anybody by themselves: a likeness is
//! shown, and a person says who it is. Saying so is an edit of the visit, in its
//! history, and is undone like any other; both patients stay.

use chairside_schedule::Patient;
use chairside_schedule::appointment::Appointment;
use chairside_schedule::patient::{Birth, PhoneNumber, full_name};

use crate::api::{PatientHit, PatientRequest, Saved, ThisIs};
use crate::desk::Desk;
use crate::problem::Problem;
use crate::view;

/// Namesakes looked through: more of one name a clinic hardly has.
const NAMESAKES: u32 = 50;

/// Likenesses that are shown: whoever has to choose among more looks somebody up.
const SHOWN: usize = 3;

/// The digits of a telephone number that differ within one country; what
/// stands before them is written in several ways (`+46 70`, `070`).
const PHONE_DIGITS: usize = 8;

impl Desk {
    /// Patients with the same name and the same birth date, telephone number
    /// or e-mail address as one; those seen last come first.
    ///
    /// # Errors
    /// `unknown-patient`; the store's.
    pub async fn likely_same(&self, request: PatientRequest) -> Result<Vec<PatientHit>, Problem> {
        let one = self.store().patient(request.id).await?.ok_or_else(|| Problem::new("unknown-patient"))?;
        let name = full_name(&one.given, &one.family);
        if one.protected || name.is_empty() {
            return Ok(Vec::new());
        }
        let namesakes = self.store().find_patients(&name, NAMESAKES).await?;
        Ok(namesakes.iter().filter(|found| is_like(&one, &found.patient)).take(SHOWN).map(view::hit).collect())
    }

    /// Says who a visit's patient is: another one the clinic knows.
    ///
    /// # Errors
    /// `unknown-visit`, `unknown-patient`, `changed-meanwhile`; the store's.
    pub async fn this_is(&self, request: ThisIs) -> Result<Saved, Problem> {
        self.change(request.id, request.version, async move |tx, before, _| {
            let patient = tx.patient(request.patient).await?.ok_or_else(|| Problem::new("unknown-patient"))?;
            Ok(Appointment { patient: patient.id, ..before.clone() })
        })
        .await
    }
}

/// Whether two people of the clinic's are likely one. A protected identity is
/// like nobody: that alone would tell who it is.
fn is_like(one: &Patient, other: &Patient) -> bool {
    if one.id == other.id || !other.active || other.protected || !same_name(one, other) {
        return false;
    }
    let birth = matches!((one.birth, other.birth), (Some(Birth::Date(one)), Some(Birth::Date(other))) if one == other);
    let phone = one.phone.as_ref().zip(other.phone.as_ref());
    let phone = phone.is_some_and(|(one, other)| ends(one) == ends(other));
    let email = !one.email.is_empty() && one.email.to_lowercase() == other.email.to_lowercase();
    birth || phone || email
}

/// The family name, and what people are called by of the given ones.
fn same_name(one: &Patient, other: &Patient) -> bool {
    let called = |patient: &Patient| patient.given.split_whitespace().next().map(str::to_lowercase);
    called(one) == called(other) && one.family.trim().to_lowercase() == other.family.trim().to_lowercase()
}

fn ends(number: &PhoneNumber) -> String {
    let digits = number.digits();
    digits[digits.len().saturating_sub(PHONE_DIGITS)..].to_owned()
}
