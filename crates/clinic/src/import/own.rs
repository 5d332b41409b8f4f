//! Our own export as a plan: ids, versions and flags as they were.

use std::collections::{BTreeMap, HashMap, HashSet};

use chairside_schedule::id::{AppointmentId, PatientId, PractitionerId};

use super::Plan;
use super::report::{Code, Role, RowProblem, shortened};
use crate::export::{EVERYTHING_FILE, Everything};

/// The name our own export goes by, in place of a map's.
const SOURCE: &str = "chairside";

/// Plans an import of everything. A visit that names somebody the file doesn't
/// hold can only come of a file changed by hand; it is listed and left out.
pub(super) fn plan(everything: Everything) -> Plan {
    let Everything { clinic, blockouts, patients, appointments } = everything;
    let rows_by_table = BTreeMap::from([
        (Role::Practitioners, clinic.practitioners.len() as u64),
        (Role::Kinds, clinic.kinds.len() as u64),
        (Role::Patients, patients.len() as u64),
        (Role::Appointments, appointments.len() as u64),
    ]);
    let mut problems = Vec::new();
    let mut problem = |at: usize, code: Code, column: &str, value: String| {
        problems.push(RowProblem {
            table: Role::Appointments,
            file: EVERYTHING_FILE.to_owned(),
            line: at as u32 + 1,
            column: column.to_owned(),
            code,
            value: shortened(&value),
        });
    };
    let people: HashSet<PatientId> = patients.iter().map(|patient| patient.id).collect();
    let practitioners: HashSet<PractitionerId> = clinic.practitioners.iter().map(|it| it.id).collect();
    let mut kept = Vec::with_capacity(appointments.len());
    let mut seen: HashSet<AppointmentId> = HashSet::with_capacity(appointments.len());
    for (at, visit) in appointments.into_iter().enumerate() {
        if !people.contains(&visit.patient) {
            problem(at, "reference-unknown", "patient", visit.patient.to_string());
        } else if !practitioners.contains(&visit.practitioner) {
            problem(at, "reference-unknown", "practitioner", visit.practitioner.to_string());
        } else if clinic.kind(visit.kind).is_none() {
            problem(at, "reference-unknown", "kind", visit.kind.to_string());
        } else if visit.time.minutes == 0 || visit.time.interval.end <= visit.time.interval.start {
            problem(at, "length-unreadable", "time", visit.time.minutes.to_string());
        } else if !seen.insert(visit.id) {
            problem(at, "id-twice", "id", visit.id.to_string());
        } else {
            kept.push(visit);
        }
    }
    for visit in &mut kept {
        visit.follows = visit.follows.filter(|id| seen.contains(id));
    }
    let mut by_source_status: BTreeMap<String, u64> = BTreeMap::new();
    let mut columns: HashMap<PractitionerId, Vec<_>> = HashMap::new();
    for visit in &kept {
        *by_source_status.entry(visit.status.as_str().to_owned()).or_default() += 1;
        if visit.status.occupies() {
            columns.entry(visit.practitioner).or_default().push(visit.time.interval);
        }
    }
    let clashes = columns.values().map(|column| chairside_schedule::clash::pairs(column).len() as u64).sum();
    Plan {
        source: SOURCE.to_owned(),
        zone: clinic.zone,
        practitioners: clinic.practitioners.clone(),
        kinds: clinic.kinds.clone(),
        hours: clinic.hours.clone(),
        clinic: Some(clinic),
        patients,
        appointments: kept,
        blockouts,
        rows_by_table,
        repeats: BTreeMap::new(),
        by_source_status,
        clashes,
        made: HashSet::new(),
        problems,
        remarks: Vec::new(),
        notes: Vec::new(),
    }
}
