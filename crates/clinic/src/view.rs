//! From the schedule's own types to what the screens show.

use chairside_schedule::{Appointment, Patient, Status};
use chairside_store::Found;

use crate::api::{PatientCard, PatientHit, VisitCard};

/// The first letters of a name's words, at most `most`.
pub fn initials(name: &str, most: usize) -> String {
    name.split_whitespace().filter_map(|word| word.chars().next()).flat_map(char::to_uppercase).take(most).collect()
}

/// A visit's card.
pub fn card(visit: &Appointment, patient: &Patient, clashes: bool) -> VisitCard {
    card_of(visit, patient_card(patient), clashes)
}

/// A visit's card, with what it says of its patient.
pub fn card_of(visit: &Appointment, patient: PatientCard, clashes: bool) -> VisitCard {
    VisitCard {
        id: visit.id,
        version: visit.version,
        practitioner: visit.practitioner,
        chair: visit.chair,
        kind: visit.kind,
        start: visit.time.local,
        minutes: visit.time.minutes,
        start_at: visit.time.interval.start,
        status: visit.status,
        confirmed: visit.confirmed,
        patient,
        note: visit.note.clone(),
        source: visit.source,
        overbooked: visit.overbooked.clone(),
        cancellation: visit.cancellation.clone(),
        arrived_at: visit.arrived_at,
        seated_at: visit.seated_at,
        done_at: visit.done_at,
        clashes,
        flags: visit.flags.words().map(str::to_owned).collect(),
        next: next_statuses(visit.status),
        unsent: false,
    }
}

/// What a card says of its patient.
pub fn patient_card(patient: &Patient) -> PatientCard {
    PatientCard {
        id: patient.id,
        name: shown_name(patient),
        external_id: patient.external_id.clone(),
        protected: patient.protected,
        alert: patient.alert.clone(),
    }
}

/// A patient in a list.
pub fn hit(found: &Found) -> PatientHit {
    let patient = &found.patient;
    let open = !patient.protected;
    PatientHit {
        id: patient.id,
        name: shown_name(patient),
        external_id: patient.external_id.clone(),
        birth: patient.birth.filter(|_| open),
        phone: patient.phone.as_ref().filter(|_| open).map(|number| number.as_str().to_owned()),
        alert: patient.alert.clone(),
        protected: patient.protected,
        last_seen: found.last_seen,
        missed: found.missed,
        guardian: found.guardian.as_ref().map(shown_name).filter(|name| open && !name.is_empty()),
    }
}

/// A protected identity is masked wherever a name would stand.
pub fn shown_name(patient: &Patient) -> String {
    if patient.protected { String::new() } else { patient.full_name() }
}

/// Where staff may take the visit from here, likeliest first. Striking out has
/// no place among the day's work.
fn next_statuses(status: Status) -> Vec<Status> {
    const LIKELIEST: [Status; 6] =
        [Status::Arrived, Status::CheckedIn, Status::Fulfilled, Status::Noshow, Status::Booked, Status::Cancelled];
    let mut next: Vec<Status> = LIKELIEST.into_iter().filter(|&next| status.may_become(next)).collect();
    // From the chair the way on comes before the way back.
    next.sort_by_key(|&next| next < status && next != Status::Noshow);
    // Calling it off has a command of its own; the screens offer it where it is listed.
    next.sort_by_key(|&next| next == Status::Cancelled);
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likeliest_next_status_comes_first() {
        assert_eq!(next_statuses(Status::Booked).first(), Some(&Status::Arrived));
        assert_eq!(next_statuses(Status::Arrived).first(), Some(&Status::CheckedIn));
        assert_eq!(next_statuses(Status::CheckedIn).first(), Some(&Status::Fulfilled));
    }

    #[test]
    fn cancelling_comes_last_and_only_where_it_can_be_done() {
        assert_eq!(next_statuses(Status::CheckedIn).last(), Some(&Status::Cancelled));
        assert!(!next_statuses(Status::Fulfilled).contains(&Status::Cancelled));
    }

    #[test]
    fn initials_are_of_words() {
        assert_eq!(initials("åsa maria wikström", 2), "ÅM");
    }
}
