//! Finding, seeing and registering patients.

use chairside_schedule::id::PatientId;
use chairside_schedule::patient::{
    Birth, BirthError, Gender, Patient, Personnummer, PersonnummerError, PhoneError, PhoneNumber, TEXT_CHARS,
};
use chairside_schedule::time::Instant;
use chrono::NaiveDate;

use crate::api::{FindPatients, NewPatient, PatientHit, PatientRequest, PatientView};
use crate::booking::check_length;
use crate::desk::Desk;
use crate::problem::Problem;
use crate::view;

/// The longest search anyone types.
const SEARCH_CHARS: usize = 100;

/// The longest list of patients that is answered.
const MOST_HITS: u32 = 50;

/// Visits behind that a patient's screen shows.
const PAST_VISITS: u32 = 20;

/// Visits ahead that a patient's screen shows: nobody has more in a year.
const COMING_VISITS: u32 = 100;

impl Desk {
    /// Patients by any part of a name, number, birth date or id.
    ///
    /// # Errors
    /// `search-too-long`; the store's.
    pub async fn find_patients(&self, request: FindPatients) -> Result<Vec<PatientHit>, Problem> {
        check_length("search", &request.text, SEARCH_CHARS)?;
        let found = self.store.find_patients(&request.text, request.limit.clamp(1, MOST_HITS)).await?;
        Ok(found.iter().map(view::hit).collect())
    }

    /// A patient with what lies ahead and behind.
    ///
    /// # Errors
    /// `unknown-patient`; the store's.
    pub async fn patient(&self, request: PatientRequest) -> Result<PatientView, Problem> {
        let found = self.store.patient_found(request.id).await?.ok_or_else(|| Problem::new("unknown-patient"))?;
        let today = self.local_now().date();
        let coming = self.store.visits_of(request.id, today, true, COMING_VISITS).await?;
        let past = self.store.visits_of(request.id, today, false, PAST_VISITS).await?;
        let patient = &found.patient;
        let cards = |visits: &[chairside_schedule::Appointment]| {
            visits.iter().map(|visit| view::card(visit, patient, false)).collect()
        };
        Ok(PatientView {
            hit: view::hit(&found),
            gender: patient.gender,
            personnummer: patient.personnummer.as_ref().filter(|_| !patient.protected).map(ToString::to_string),
            email: if patient.protected { String::new() } else { patient.email.clone() },
            note: patient.note.clone(),
            coming: cards(&coming),
            past: cards(&past),
        })
    }
}

/// A patient as the desk took them down.
///
/// # Errors
/// `patient-unidentified`, `name-too-long`, `email-invalid`, and what is wrong
/// with a birth date, personnummer or phone number.
pub fn read_new(id: PatientId, new: &NewPatient, today: NaiveDate, now: Instant) -> Result<Patient, Problem> {
    let given = new.given.trim();
    let family = new.family.trim();
    let email = new.email.trim();
    check_length("name", given, TEXT_CHARS)?;
    check_length("name", family, TEXT_CHARS)?;
    check_length("email", email, TEXT_CHARS)?;
    if !email.is_empty() && !looks_like_email(email) {
        return Err(Problem::new("email-invalid"));
    }
    let given_in = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    let personnummer = given_in(&new.personnummer)
        .map(|text| Personnummer::parse(&text, today))
        .transpose()
        .map_err(problem_number)?;
    let birth = given_in(&new.birth).map(|text| Birth::parse(&text, today)).transpose().map_err(problem_birth)?;
    let birth = birth.or(personnummer.as_ref().map(Personnummer::birth));
    let phone = given_in(&new.phone).map(|text| PhoneNumber::parse(&text)).transpose().map_err(problem_phone)?;
    let patient = Patient {
        id,
        version: 1,
        given: given.to_owned(),
        family: family.to_owned(),
        personnummer,
        birth,
        phone,
        email: email.to_owned(),
        gender: Gender::Unknown,
        alert: String::new(),
        note: String::new(),
        protected: false,
        guardian: None,
        active: true,
        external_id: None,
        created_at: now,
    };
    if patient.is_identified() { Ok(patient) } else { Err(Problem::new("patient-unidentified")) }
}

/// Something, an at sign, something with a dot in it: more can't be known without writing to it.
fn looks_like_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let dotted = domain.split_once('.').is_some_and(|(name, rest)| !name.is_empty() && !rest.is_empty());
    !local.is_empty() && dotted && !text.contains(char::is_whitespace) && !domain.contains('@')
}

fn problem_number(error: PersonnummerError) -> Problem {
    Problem::new(match error {
        PersonnummerError::Unreadable => "personnummer-unreadable",
        PersonnummerError::NoSuchDay => "personnummer-no-such-day",
        PersonnummerError::CheckDigit => "personnummer-check-digit",
    })
}

fn problem_birth(error: BirthError) -> Problem {
    Problem::new(match error {
        BirthError::Unreadable => "birth-unreadable",
        BirthError::NoSuchDay => "birth-no-such-day",
        BirthError::Ahead => "birth-ahead",
        BirthError::TooLongAgo => "birth-too-long-ago",
    })
}

fn problem_phone(error: PhoneError) -> Problem {
    Problem::new(match error {
        PhoneError::Unreadable => "phone-unreadable",
        PhoneError::TooShort => "phone-too-short",
        PhoneError::TooLong => "phone-too-long",
    })
}
