//! From rows to what of them may be seen outside the clinic.

use chairside_schedule::hours::Blockout;
use chairside_schedule::time::day_number;
use chairside_schedule::{Appointment, Clinic, Patient};
use chairside_sync::Public;
use chairside_sync::body::{AppointmentRow, BlockoutRow, SettingsRow, normalised};
use minicbor::bytes::ByteArray;
use serde::{Deserialize, Serialize};

/// A visit without its patient's name, note or reasons.
pub fn appointment(visit: &Appointment) -> AppointmentRow {
    AppointmentRow {
        id: ByteArray::from(*visit.id.bytes()),
        version: visit.version,
        practitioner: ByteArray::from(*visit.practitioner.bytes()),
        chair: visit.chair.map(|chair| ByteArray::from(*chair.bytes())),
        kind: ByteArray::from(*visit.kind.bytes()),
        status: visit.status.as_str().to_owned(),
        day: day_number(visit.time.day()),
        local_s: visit.time.local.and_utc().timestamp(),
        zone: visit.time.zone.name().to_owned(),
        start_s: visit.time.interval.start.0,
        end_s: visit.time.interval.end.0,
        patient: ByteArray::from(*visit.patient.bytes()),
    }
}

/// That there is such a patient.
pub fn patient(patient: &Patient) -> Public {
    Public::Patient(ByteArray::from(*patient.id.bytes()))
}

/// A stretch closed to visits, without its reason.
pub fn blockout(blockout: &Blockout, lifted: bool) -> Public {
    Public::Blockout(BlockoutRow {
        id: ByteArray::from(*blockout.id.bytes()),
        practitioner: blockout.practitioner.map(|id| ByteArray::from(*id.bytes())),
        chair: blockout.chair.map(|id| ByteArray::from(*id.bytes())),
        day: day_number(blockout.day),
        start_s: blockout.interval.start.0,
        end_s: blockout.interval.end.0,
        for_emergencies: blockout.for_emergencies,
        lifted,
    })
}

/// The settings that decide what may be booked, as an entry tells of them.
pub fn settings(clinic: &Clinic) -> Public {
    Public::Settings(settings_row(clinic))
}

/// The settings that decide what may be booked. Reasons of absences stay here.
pub fn settings_row(clinic: &Clinic) -> SettingsRow {
    #[derive(Serialize)]
    struct Settings<'a> {
        id: chairside_schedule::ClinicId,
        name: &'a str,
        address: &'a str,
        city: &'a str,
        zone: &'a str,
        grid: chairside_schedule::clinic::Grid,
        hours: &'a chairside_schedule::hours::WeeklyHours,
        exceptions: &'a [chairside_schedule::hours::DateException],
        breaks: &'a [chairside_schedule::hours::Break],
        uses_chairs: bool,
        chairs: &'a [chairside_schedule::clinic::Chair],
        practitioners: Vec<chairside_schedule::Practitioner>,
        kinds: &'a [chairside_schedule::VisitKind],
    }
    let mut practitioners = clinic.practitioners.clone();
    for absence in practitioners.iter_mut().flat_map(|practitioner| &mut practitioner.absences) {
        absence.reason.clear();
    }
    let settings = Settings {
        id: clinic.id,
        name: &clinic.name,
        address: &clinic.address,
        city: &clinic.city,
        zone: clinic.zone.name(),
        grid: clinic.grid,
        hours: &clinic.hours,
        exceptions: &clinic.exceptions,
        breaks: &clinic.breaks,
        uses_chairs: clinic.uses_chairs,
        chairs: &clinic.chairs,
        practitioners,
        kinds: &clinic.kinds,
    };
    let content = json(&settings);
    SettingsRow { version: SETTINGS_VERSION, content: normalised(&content) }
}

/// The form of the settings' projection.
const SETTINGS_VERSION: u16 = 1;

/// What stays in the clinic of a change: the row before and after.
#[derive(Serialize, Deserialize, Debug)]
pub struct BeforeAfter<T> {
    /// The form, so that later versions can read it.
    pub v: u16,
    /// The row as it was; none for a new one.
    pub before: Option<T>,
    /// The row as it is.
    pub after: T,
}

impl<T: Serialize> BeforeAfter<T> {
    /// The private part's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        json(self).into_bytes()
    }
}

/// The form of [`BeforeAfter`] that this version writes.
pub const PRIVATE_VERSION: u16 = 1;

pub(crate) fn json<T: Serialize>(value: &T) -> String {
    // The rows are plain structs with string keys; they always serialise.
    serde_json::to_string(value).expect("plain rows serialise")
}
