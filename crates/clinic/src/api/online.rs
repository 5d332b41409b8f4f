//! What comes from online and from elsewhere: requests and their answers,
//! conflicts, and what happened while nobody looked.

use chairside_schedule::appointment::Status;
use chairside_schedule::clinic::OnlineRule;
use chairside_schedule::id::{AppointmentId, ConflictId, KindId, PatientId, PractitionerId, RequestId};
use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ClashingVisit, Opening, PatientCard};

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
    /// When it was answered, or ended without an answer; `None` while it waits.
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
    /// Taken back by the patient before it reached this desk.
    Withdrawn,
    /// Its time came before it reached this desk.
    Expired,
}

impl RequestAnswer {
    /// Whether the clinic answered.
    pub const fn is_ours(self) -> bool {
        matches!(self, Self::Accepted | Self::Rejected)
    }
}

/// A person answers a request that was put before staff.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct AnswerRequest {
    /// Which.
    pub id: RequestId,
    /// Yes.
    pub accept: bool,
}

/// Somebody says who a visit's patient is.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct ThisIs {
    /// Which visit.
    pub id: AppointmentId,
    /// As the person saw it.
    pub version: u32,
    /// Whom the clinic knows them as.
    pub patient: PatientId,
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
    /// Requests that were answered, or ended before they reached this desk. Of an
    /// outage: in the order they were released, those that still wait last;
    /// otherwise the latest first.
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
    /// A visit of an answer that isn't the one its patient was told.
    Overruled,
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
    /// Who did it, by name; `None`: a patient, online, or nobody ([`SinceWhat::Rezoned`]).
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
    /// At the same time of day by new zone rules.
    Rezoned,
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
