//! Booking, moving and what stands against it.

use chairside_schedule::appointment::{CancelledBy, Source, Status};
use chairside_schedule::id::{AppointmentId, ChairId, KindId, PatientId, PractitionerId};
use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{NewPatient, Opening, VisitCard};

/// A visit as it is wished.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct VisitWish {
    /// Who comes; `None` while nobody is chosen yet.
    pub patient: Option<PatientId>,
    /// Who treats.
    pub practitioner: PractitionerId,
    /// Where, in clinics that plan chairs.
    pub chair: Option<ChairId>,
    /// What for.
    pub kind: KindId,
    /// By the clock on the wall.
    pub start: NaiveDateTime,
    /// How long, in minutes.
    pub minutes: u32,
}

/// Asks what stands against a visit, before anyone saves it.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct CheckVisit {
    /// The visit as it would be.
    pub wish: VisitWish,
    /// The visit that would be moved there, if it is one that stands already.
    pub moving: Option<AppointmentId>,
}

/// Everything that stands against a visit, and three ways out.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct Checked {
    /// What stands against it, gravest first; empty: nothing.
    pub findings: Vec<Finding>,
    /// The nearest openings for the same kind and practitioner, at most three; empty when nothing stands against it.
    pub instead: Vec<Opening>,
}

/// One thing that stands against a visit. Its sentence is the catalogue's `finding-<code>`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct Finding {
    /// `clash`, `outside-hours`, `in-break`, `off-grid`, `past`, …
    pub code: String,
    /// What it takes to go on.
    pub severity: Severity,
    /// The visits it runs into, with what a sentence needs.
    pub with: Vec<ClashingVisit>,
    /// What the sentence names beyond those: a break's name, a practitioner's, a time.
    pub name: Option<String>,
}

/// A visit another one runs into.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct ClashingVisit {
    /// Its id.
    pub id: AppointmentId,
    /// Its patient's name, or what they are known by; empty when protected.
    pub name: String,
    /// By the clock on the wall.
    pub start: NaiveDateTime,
    /// In minutes.
    pub minutes: u32,
    /// Whose column, by name.
    pub practitioner: String,
}

/// What it takes to go on in spite of a finding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// It can't be done.
    Refused,
    /// Staff may, with a reason that is kept: booking over another visit.
    NeedsReason,
    /// Staff may, once they have seen it.
    Warning,
}

/// Books a visit.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct BookVisit {
    /// Drawn by whoever first wishes it; sent again with the same content it books nothing twice.
    pub id: AppointmentId,
    /// The visit. `wish.patient` is `None` for a new patient.
    pub wish: VisitWish,
    /// A patient who is new here.
    pub new_patient: Option<NewPatient>,
    /// For staff only; at most 2,000 characters.
    pub note: String,
    /// How the booking came in.
    pub source: Source,
    /// What the person at the desk saw and accepted.
    pub accept: Accept,
}

/// What the person at the desk saw and accepted.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
pub struct Accept {
    /// Codes of the warnings seen.
    pub warnings: Vec<String>,
    /// Why it is booked over another visit, if it is.
    pub overbook_reason: Option<String>,
}

/// Moves a visit in time, to another practitioner, or changes its length.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct MoveVisit {
    /// Which.
    pub id: AppointmentId,
    /// As the mover saw it.
    pub version: u32,
    /// Where to.
    pub practitioner: PractitionerId,
    /// By the clock on the wall.
    pub start: NaiveDateTime,
    /// How long, in minutes.
    pub minutes: u32,
    /// What the person at the desk saw and accepted.
    pub accept: Accept,
}

/// Sets a visit's status: arrived, in the chair, done, missed, or one step back.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct SetStatus {
    /// Which.
    pub id: AppointmentId,
    /// As the person saw it.
    pub version: u32,
    /// To what. Cancelling has a command of its own.
    pub status: Status,
}

/// Changes a visit's note, kind or the patient's own yes.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct DescribeVisit {
    /// Which.
    pub id: AppointmentId,
    /// As the person saw it.
    pub version: u32,
    /// For staff only; at most 2,000 characters.
    pub note: String,
    /// What for.
    pub kind: KindId,
    /// Whether the patient has said yes themselves.
    pub confirmed: bool,
}

/// Calls a visit off.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct CancelVisit {
    /// Which.
    pub id: AppointmentId,
    /// As the person saw it.
    pub version: u32,
    /// Whose wish it is.
    pub by: CancelledBy,
    /// Why; may be empty.
    pub reason: String,
}

/// What was done, durable by the time it is answered.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct Saved {
    /// The visit as it stands now.
    pub visit: VisitCard,
    /// The log entry it made; what an undo names. Repeating a request that was
    /// done already names the entry it made then.
    pub seq: u64,
}

/// Takes a change back by making the opposite one.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct Undo {
    /// The log entry to take back.
    pub seq: u64,
}
