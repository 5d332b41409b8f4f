//! What the screens ask and what they are answered: every request and answer,
//! and nothing of how it is found. `ui/src/lib/api/types.ts` is generated from
//! this file (`make bindings`), and CI fails when the two differ.
//!
//! Dates are `2026-11-24`, local times `2026-11-24T09:30:00`, instants are
//! seconds since 1970 in UTC, lengths are minutes.

use chairside_schedule::appointment::{Cancellation, CancelledBy, Source, Status};
pub use chairside_schedule::clinic::OnlineRule;
use chairside_schedule::id::{
    AppointmentId, BlockoutId, ChairId, ClinicId, ConflictId, KindId, PatientId, PractitionerId, RequestId, StaffId,
};
use chairside_schedule::kind::VisitKind;
use chairside_schedule::patient::{Birth, Gender};
use chairside_schedule::time::{DaySpan, Instant};
use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::link::State;
use crate::problem::Problem;

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

// ---- booking --------------------------------------------------------------

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

// ---- online requests --------------------------------------------------------

/// What patients ask online, as far as it isn't answered, and how the clinic answers.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
pub struct RequestsView {
    /// Put before staff, the earliest first.
    pub asked: Vec<RequestView>,
    /// Held at central until this desk and central are in step, as central last
    /// said, the soonest visits first. Nothing is decided about them here.
    pub held: Vec<OnlinePlace>,
    /// How many central holds; more than `held` names where there are many.
    pub held_count: u32,
    /// Conflicts that nobody has settled.
    pub conflicts: u32,
    /// How requests are answered.
    pub rule: OnlineRule,
}

/// A request that reached this desk.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct RequestView {
    /// Its id.
    pub id: RequestId,
    /// What is wished.
    pub wish: RequestWish,
    /// When the patient asked, in the clinic's local time; `None` where that was never said.
    pub asked: Option<NaiveDateTime>,
    /// An emergency: it was decided before others.
    pub urgent: bool,
    /// Who asks.
    pub patient: PatientCard,
    /// To call them, as people wrote it.
    pub phone: Option<String>,
    /// What they wrote to the clinic; may be empty.
    pub note: String,
    /// With whom; of a cancel, with whom it was.
    pub practitioner: Option<PractitionerId>,
    /// What for.
    pub kind: Option<KindId>,
    /// The time that is wished, by the clock on the wall; of a cancel, the visit's.
    pub start: Option<NaiveDateTime>,
    /// How long.
    pub minutes: Option<u32>,
    /// Of a move: the time it was to be moved away from.
    pub from: Option<NaiveDateTime>,
    /// What has become of it.
    pub answer: RequestAnswer,
    /// Why it isn't possible: a code of the catalogue's `reason-…`; `None` where it is.
    pub reason: Option<String>,
    /// What was offered instead.
    pub instead: Vec<Opening>,
    /// When it was answered; `None` while it waits.
    pub answered: Option<NaiveDateTime>,
    /// Who answered, by name; `None`: by rule.
    pub by: Option<String>,
    /// Until when staff may say; then it is confirmed by itself. `None` where
    /// it was answered, or only a person may say.
    pub until: Option<NaiveDateTime>,
    /// The two sides differ on its day: only a person may say.
    pub disputed: bool,
    /// The visit it made or changed, if it stands here.
    pub appointment: Option<AppointmentId>,
    /// The log entry that answers it.
    pub seq: Option<u64>,
}

/// What is wished.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum RequestWish {
    /// A new visit.
    Book,
    /// The visit at another time.
    Move,
    /// The visit no longer.
    Cancel,
}

/// What has become of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum RequestAnswer {
    /// Somebody has to say.
    Waiting,
    /// Yes; of a cancel: cancelled by the patient.
    Accepted,
    /// Not possible.
    Rejected,
}

/// A person answers a request that was put before staff.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct AnswerRequest {
    /// Which.
    pub id: RequestId,
    /// Yes.
    pub accept: bool,
}

/// A place that somebody online wishes for, and has no answer about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct OnlinePlace {
    /// With whom.
    pub practitioner: PractitionerId,
    /// By the clock on the wall.
    pub start: NaiveDateTime,
    /// How long.
    pub minutes: u32,
    /// The request that is held; `None` while the form is being filled in.
    pub held: Option<HeldRequest>,
}

/// A request that central holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct HeldRequest {
    /// Its id.
    pub id: RequestId,
    /// What for.
    pub kind: KindId,
    /// When the patient asked, in the clinic's local time.
    pub asked: NaiveDateTime,
    /// An emergency.
    pub urgent: bool,
    /// Who asks; empty where they said nothing that could be read here.
    pub name: String,
}

/// Asks what was answered.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct LedgerRequest {
    /// Of this outage, by when it began; `None`: all.
    pub outage: Option<NaiveDateTime>,
    /// Only answers before this log entry, to read on; `None`: the latest.
    pub before: Option<u64>,
    /// At most this many, 1 to 500.
    pub limit: u32,
}

/// What was answered, and when the line was down.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct LedgerView {
    /// Answered requests. Of an outage: in the order they were released, those
    /// that still wait last; otherwise the latest first.
    pub requests: Vec<RequestView>,
    /// More were answered earlier.
    pub more: bool,
    /// When the line was down, the latest first; at most twenty.
    pub outages: Vec<OutageView>,
}

/// A stretch in which central couldn't be reached, and how the two came into
/// step again. All in the clinic's local time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct OutageView {
    /// The line was lost, or the application closed.
    pub began: NaiveDateTime,
    /// The line was back; `None` while it isn't.
    pub line_back: Option<NaiveDateTime>,
    /// Changes made at the desk that went out then.
    pub sent: u64,
    /// Central had them all.
    pub caught_up: Option<NaiveDateTime>,
    /// Both sides were equal.
    pub equal: Option<NaiveDateTime>,
    /// The days that were compared.
    pub days: u32,
    /// Requests asked while the line was down and answered since.
    pub released: u32,
    /// When the last of them was.
    pub released_at: Option<NaiveDateTime>,
}

// ---- conflicts ---------------------------------------------------------------

/// Two things that can't both be, or one that nobody here knew of.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct ConflictView {
    /// Its id.
    pub id: ConflictId,
    /// Why it stands here; its sentence is the catalogue's `conflict-<kind>`.
    pub kind: ConflictKind,
    /// When it came up, in the clinic's local time.
    pub since: NaiveDateTime,
    /// Whose visit.
    pub patient: PatientCard,
    /// To call them, as people wrote it.
    pub phone: Option<String>,
    /// The visit as it stands here; `None` where it isn't here.
    pub here: Option<ConflictVersion>,
    /// The other version; `None` where there is just the one.
    pub theirs: Option<ConflictVersion>,
    /// What stands in the place of the other version, or beside the visit.
    pub with: Vec<ClashingVisit>,
    /// What can be done, in the order of its keys 1, 2, …
    pub choices: Vec<ConflictChoice>,
    /// What was chosen, and the log entry to undo; `None` while it is open.
    pub settled: Option<SettledConflict>,
}

/// Why a conflict stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(rename = "ConflictKind")]
pub enum ConflictKind {
    /// A change made here that a restored store no longer had.
    LostEdit,
    /// Two visits in one place, both promised.
    Double,
    /// A visit that only central knew.
    Orphan,
    /// Two changes of one visit, made without knowing of each other.
    EditedApart,
    /// A change made elsewhere, whose place went to another.
    Taken,
    /// Decided at a desktop after another had taken over.
    AfterTakeover,
    /// Of a later version.
    Other,
}

/// One of the two versions of a visit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct ConflictVersion {
    /// When it was made, in the clinic's local time, if that is known here.
    pub at: Option<NaiveDateTime>,
    /// Who made it, by name; `None`: somebody online, or nobody knows.
    pub by: Option<String>,
    /// It came from a patient online.
    pub online: bool,
    /// How the visit stands in it.
    pub status: Status,
    /// By the clock on the wall.
    pub start: NaiveDateTime,
    /// How long.
    pub minutes: u32,
    /// With whom.
    pub practitioner: PractitionerId,
    /// What for.
    pub kind: KindId,
    /// How it was before, where it was moved: the time then.
    pub moved_from: Option<NaiveDateTime>,
}

/// What can be done about a conflict.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ConflictChoice {
    /// Leave the visit as it stands here.
    KeepHere,
    /// Put the other version in its place.
    TakeTheirs,
    /// Put the other version in its place, over what stands there.
    TakeTheirsOver,
    /// Call the visit off that stands here.
    CancelHere,
}

/// Settles a conflict.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct SettleConflict {
    /// Which.
    pub id: ConflictId,
    /// How.
    pub choice: ConflictChoice,
}

/// How a conflict was settled.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct SettledConflict {
    /// Which.
    pub id: ConflictId,
    /// The log entry it made; what an undo names.
    pub seq: u64,
}

/// Opens a settled conflict again, and takes back what that did to the visit.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct ReopenConflict {
    /// The log entry that settled it.
    pub seq: u64,
}

// ---- since you left ----------------------------------------------------------

/// Asks what others did after a log entry.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct SinceRequest {
    /// The last entry that was seen.
    pub seq: u64,
}

/// What happened since somebody last looked: at most 200 things, the latest first.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct SinceView {
    /// The log's position now.
    pub seq: u64,
    /// When the last entry that was seen was made; `None` before the first.
    pub since: Option<NaiveDateTime>,
    /// What patients did online and what colleagues did elsewhere.
    pub items: Vec<SinceItem>,
    /// There were more than are told.
    pub more: bool,
}

/// One thing that happened.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct SinceItem {
    /// The log entry.
    pub seq: u64,
    /// In the clinic's local time.
    pub at: NaiveDateTime,
    /// What; its sentence is the catalogue's `since-<what>`.
    pub what: SinceWhat,
    /// Who did it, by name; `None`: a patient, online.
    pub by: Option<String>,
    /// Whose visit.
    pub patient: PatientCard,
    /// The visit, where it stands here.
    pub appointment: Option<AppointmentId>,
    /// How it stands since.
    pub status: Option<Status>,
    /// Its time, by the clock on the wall.
    pub start: Option<NaiveDateTime>,
    /// Its time before, where it was moved.
    pub from: Option<NaiveDateTime>,
    /// With whom.
    pub practitioner: Option<PractitionerId>,
    /// Why it wasn't possible: a code of the catalogue's `reason-…`.
    pub reason: Option<String>,
}

/// What happened to a visit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum SinceWhat {
    /// Booked.
    Booked,
    /// To another time or person.
    Moved,
    /// Called off.
    Cancelled,
    /// Another status.
    Status,
    /// Described otherwise: its note, its kind, the patient's yes.
    Described,
    /// A request was put before staff.
    Asked,
    /// A request wasn't possible.
    Rejected,
    /// A conflict came up.
    Conflict,
}

/// Asks which changes central isn't known to have.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct UnsentRequest {
    /// At most this many, 1 to 200.
    pub limit: u32,
}

// ---- the line to the central service ---------------------------------------

/// How this desk is connected. All but `paired`, `problem` and `spells` say
/// nothing while there is no line.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
pub struct ConnectionView {
    /// Whether the desk is paired with a central service.
    pub paired: bool,
    /// Its address, as it was given.
    pub central: Option<String>,
    /// How the line stands.
    pub state: Option<State>,
    /// Since when, in the clinic's local time.
    pub since: Option<NaiveDateTime>,
    /// When central was last heard in this run of the application.
    pub heard: Option<NaiveDateTime>,
    /// Changes that central isn't known to have.
    pub unsent: u64,
    /// The log's position that central is known to have.
    pub acknowledged: Option<u64>,
    /// The days that are offered online, today first.
    pub days: Vec<ConnectionDay>,
    /// Requests that wait at central.
    pub held: u32,
    /// Patients who are filling in the form.
    pub being_booked: u32,
    /// The two wall clocks are this far apart, in minutes; nothing is decided while they are.
    pub clocks_apart_minutes: Option<u64>,
    /// Another installation speaks for the clinic.
    pub another_hub: bool,
    /// Another desktop decides for the clinic from now on.
    pub superseded: bool,
    /// Why there is no line although the desk is paired.
    pub problem: Option<Problem>,
    /// What the line went through in this run of the application, the latest first.
    pub spells: Vec<ConnectionSpell>,
}

/// Whether both sides hold the same of a day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct ConnectionDay {
    /// The clinic's local day.
    pub date: NaiveDate,
    /// Compared in this session, and equal.
    pub equal: bool,
    /// Compared, and different for good: a person decides each booking.
    pub disputed: bool,
}

/// From when on the line stood how.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct ConnectionSpell {
    /// In the clinic's local time.
    pub at: NaiveDateTime,
    /// How.
    pub state: State,
}

/// A central service to pair with.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct PairWith {
    /// Where it is: `https://…`.
    pub address: String,
    /// The code its operator gave, with or without its hyphens.
    pub code: String,
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
