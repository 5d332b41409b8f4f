//! What the screens ask and what they are answered: every request and answer,
//! and nothing of how it is found; `booking` is what is said of visits, `line` of the
//! connection, `online` of what comes from there. `ui/src/lib/api/types.ts` is
//! generated from all of them (`make bindings`), and CI fails when they differ.
//!
//! Dates are `2026-11-24`, local times `2026-11-24T09:30:00`, instants are
//! seconds since 1970 in UTC, lengths are minutes.

mod booking;
mod line;
mod online;

use chairside_schedule::appointment::{Cancellation, Source, Status};
pub use chairside_schedule::clinic::OnlineRule;
use chairside_schedule::id::{
    AppointmentId, BlockoutId, ChairId, ClinicId, KindId, PatientId, PractitionerId, StaffId,
};
use chairside_schedule::kind::VisitKind;
use chairside_schedule::patient::{Birth, Gender};
use chairside_schedule::time::{DaySpan, Instant};
use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use booking::*;
pub use line::*;
pub use online::*;

// ---- the clinic -----------------------------------------------------------

/// What every screen needs once, and again when settings change.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct ClinicView {
    /// Its id.
    pub id: ClinicId,
    /// As patients know it.
    pub name: String,
    /// IANA name of the zone its clocks show.
    pub zone: String,
    /// Minutes between two possible starts.
    pub grid_minutes: u16,
    /// Minutes in the waiting room after which it turns loud.
    pub waiting_limit_minutes: u32,
    /// Whether chairs are planned as a second resource.
    pub uses_chairs: bool,
    /// Hours were worked out from imported visits and nobody has looked at them yet.
    pub hours_derived: bool,
    /// The clinic's local time when this was answered.
    pub now: NaiveDateTime,
    /// Everyone who treats or has treated here, in the board's order.
    pub practitioners: Vec<PractitionerView>,
    /// Every kind of visit, in the chooser's order.
    pub kinds: Vec<VisitKind>,
    /// Every chair.
    pub chairs: Vec<ChairView>,
    /// Who is working at this desk.
    pub acting: StaffView,
    /// First and last day with a visit; `None` in an empty clinic.
    pub visit_days: Option<(NaiveDate, NaiveDate)>,
    /// Whether the clinic is paired with a central service.
    pub paired: bool,
    /// How online requests are answered.
    pub online: OnlineRule,
}

/// A practitioner, as lists and column heads show them.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct PractitionerView {
    /// Their id.
    pub id: PractitionerId,
    /// As patients know them.
    pub name: String,
    /// At most three letters, for narrow columns.
    pub initials: String,
    /// "Dentist", "Hygienist".
    pub role: String,
    /// "Room 1"; may be empty.
    pub room: String,
    /// Whether they take visits today.
    pub active: bool,
}

/// A chair.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct ChairView {
    /// Its id.
    pub id: ChairId,
    /// "Room 2".
    pub name: String,
}

/// Somebody who works at the desk.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct StaffView {
    /// Their id.
    pub id: StaffId,
    /// As colleagues know them.
    pub name: String,
    /// At most two letters.
    pub initials: String,
}

// ---- a day on the board ---------------------------------------------------

/// Asks for one day of the board.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct DayRequest {
    /// The clinic's local day.
    pub date: NaiveDate,
}

/// One day of the board.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct DayBoard {
    /// The clinic's local day.
    pub date: NaiveDate,
    /// ISO week.
    pub week: u32,
    /// What the board shows at least: from the first opening to the last
    /// closing, stretched over visits outside.
    pub shown: DaySpan,
    /// Why the whole clinic is closed, when it is: the exception's name, or
    /// empty for a weekday without hours.
    pub closed: Option<String>,
    /// One column per practitioner who works or has a visit that day.
    pub columns: Vec<BoardColumn>,
    /// Every visit of the day, cancelled and missed ones too, by start.
    pub visits: Vec<VisitCard>,
    /// Pairs of visits of one column that overlap without anyone having said
    /// so knowingly; an import brings such.
    pub clashes: u32,
    /// Places that somebody online wishes for, as central last said, by start.
    pub online: Vec<OnlinePlace>,
    /// The log's position the answer was read at.
    pub seq: u64,
}

/// One practitioner's column.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct BoardColumn {
    /// Whose.
    pub practitioner: PractitionerId,
    /// When they work that day, breaks not taken out; in order.
    pub working: Vec<DaySpan>,
    /// Their breaks within those hours.
    pub breaks: Vec<BreakView>,
    /// Stretches not for visits.
    pub blockouts: Vec<BlockoutView>,
    /// Why they don't work at all that day, when they don't: an absence's reason; may be empty.
    pub away: Option<String>,
    /// Occupying visits, and those that were missed.
    pub visit_count: u32,
    /// How many minutes behind they run now; 0 on other days than today.
    pub late_minutes: u32,
    /// Free stretches within working hours that the shortest kind fits into, in order.
    pub free: Vec<DaySpan>,
    /// Booked share of the working time, percent.
    pub load_percent: u32,
}

/// A break on the board.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct BreakView {
    /// "Lunch".
    pub name: String,
    /// When.
    pub span: DaySpan,
}

/// A blockout on the board.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct BlockoutView {
    /// Its id.
    pub id: BlockoutId,
    /// "Steriliser service".
    pub reason: String,
    /// When.
    pub span: DaySpan,
    /// Kept free for emergencies.
    pub for_emergencies: bool,
}

/// A visit, as its card and its panel show it.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct VisitCard {
    /// Its id.
    pub id: AppointmentId,
    /// Rises with every change; goes back with an edit, so that two editors are told apart.
    pub version: u32,
    /// Who treats.
    pub practitioner: PractitionerId,
    /// Where, in clinics that plan chairs.
    pub chair: Option<ChairId>,
    /// What for.
    pub kind: KindId,
    /// When, by the clock on the wall.
    pub start: NaiveDateTime,
    /// How long, in minutes.
    pub minutes: u32,
    /// When, in UTC.
    pub start_at: Instant,
    /// How things stand.
    pub status: Status,
    /// Whether the patient has said yes themselves.
    pub confirmed: bool,
    /// Who comes.
    pub patient: PatientCard,
    /// For staff only; may be empty.
    pub note: String,
    /// How the booking came in.
    pub source: Source,
    /// Why staff booked it over something else, if they did.
    pub overbooked: Option<String>,
    /// Who cancelled and why, if somebody did.
    pub cancellation: Option<Cancellation>,
    /// When the patient came to the desk.
    pub arrived_at: Option<Instant>,
    /// When they sat down in the chair.
    pub seated_at: Option<Instant>,
    /// When the treatment was done.
    pub done_at: Option<Instant>,
    /// Whether it overlaps another visit of its column.
    pub clashes: bool,
    /// What an import found odd: codes of the catalogue's `flag-…`.
    pub flags: Vec<String>,
    /// The statuses staff may set from here, likeliest first.
    pub next: Vec<Status>,
    /// Changed here and not yet acknowledged by central; `false` while not paired.
    pub unsent: bool,
}

/// What a card says of its patient.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct PatientCard {
    /// Their id.
    pub id: PatientId,
    /// Given and family name; empty where nobody knows it, or the identity is protected.
    pub name: String,
    /// What another system knows a nameless patient by: "729".
    pub external_id: Option<String>,
    /// The masked identity of a protected patient stays masked.
    pub protected: bool,
    /// "Penicillin allergy"; may be empty.
    pub alert: String,
}

// ---- patients -------------------------------------------------------------

/// Searches patients by any part of a name, phone number, birth date,
/// personnummer or id from elsewhere.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct FindPatients {
    /// What was typed; words are joined by "and".
    pub text: String,
    /// At most this many, 1 to 50.
    pub limit: u32,
}

/// A patient in a list.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct PatientHit {
    /// Their id.
    pub id: PatientId,
    /// Given and family name; empty where nobody knows it, or the identity is protected.
    pub name: String,
    /// What another system knows them by.
    pub external_id: Option<String>,
    /// When they were born, as exactly as anyone knows.
    pub birth: Option<Birth>,
    /// As people wrote it.
    pub phone: Option<String>,
    /// "Penicillin allergy"; may be empty.
    pub alert: String,
    /// A protected identity.
    pub protected: bool,
    /// The day of their latest visit that took place.
    pub last_seen: Option<NaiveDate>,
    /// How many visits they missed.
    pub missed: u32,
    /// Who answers for them, by name.
    pub guardian: Option<String>,
}

/// Asks for one patient.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct PatientRequest {
    /// Their id.
    pub id: PatientId,
}

/// A patient with what lies ahead and behind.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct PatientView {
    /// As in a list.
    pub hit: PatientHit,
    /// FHIR's administrative gender.
    pub gender: Gender,
    /// `YYYYMMDD-NNNC`.
    pub personnummer: Option<String>,
    /// May be empty.
    pub email: String,
    /// For staff only; may be empty.
    pub note: String,
    /// Visits from today on, by start.
    pub coming: Vec<VisitCard>,
    /// The latest visits before today, latest first, at most twenty.
    pub past: Vec<VisitCard>,
}

/// A patient as the desk takes them down; as they were typed. At least one of
/// the names, the birth or the personnummer must be there.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
pub struct NewPatient {
    /// Given names.
    pub given: String,
    /// Family name.
    pub family: String,
    /// `1987-07-14`, `19870714` or `1987`; may be empty.
    pub birth: String,
    /// In any usual form; may be empty.
    pub personnummer: String,
    /// In any usual form; may be empty.
    pub phone: String,
    /// May be empty.
    pub email: String,
}

// ---- what is free ---------------------------------------------------------

/// Asks for the next openings.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct NextOpenings {
    /// What for.
    pub kind: KindId,
    /// How long, if not as long as the kind says.
    pub minutes: Option<u32>,
    /// With whom; `None`: whoever is first.
    pub practitioner: Option<PractitionerId>,
    /// From this local time on; `None`: from now.
    pub from: Option<NaiveDateTime>,
    /// At most this many, 1 to 50.
    pub limit: u32,
}

/// A place in the schedule that fits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct Opening {
    /// With whom.
    pub practitioner: PractitionerId,
    /// By the clock on the wall.
    pub start: NaiveDateTime,
    /// How long, in minutes.
    pub minutes: u32,
}

/// Asks how full the days of a month are.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct MonthRequest {
    /// Any day of the month.
    pub month: NaiveDate,
}

/// How full one day is.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct DayLoad {
    /// The clinic's local day.
    pub date: NaiveDate,
    /// Whether anybody works.
    pub open: bool,
    /// Occupying visits.
    pub visits: u32,
    /// Booked share of everybody's working time, percent.
    pub load_percent: u32,
    /// Starts on the grid that are still free for a visit as long as the grid.
    pub free_starts: u32,
}

// ---- what changed ---------------------------------------------------------

/// What a change makes stale. Sent after every commit; whoever shows one of
/// these reads it again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct Changed {
    /// The log's position after the change.
    pub seq: u64,
    /// Days of the board.
    pub days: Vec<NaiveDate>,
    /// Patients.
    pub patients: Vec<PatientId>,
    /// Hours, people, kinds: everything.
    pub settings: bool,
    /// How the desk is connected.
    pub connection: bool,
}
