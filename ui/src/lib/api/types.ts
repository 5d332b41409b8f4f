// Made by `make bindings` from crates/clinic/src/api.rs. Changes here are lost.

export type Accept = { 
/**
 * Codes of the warnings seen.
 */
warnings: Array<string>, 
/**
 * Why it is booked over another visit, if it is.
 */
overbook_reason: string | null, };

export type AnswerRequest = { 
/**
 * Which.
 */
id: RequestId, 
/**
 * Yes.
 */
accept: boolean, };

export type AppointmentId = string;

export type Birth = { "date": string } | { "year": number };

export type BlockoutId = string;

export type BlockoutView = { 
/**
 * Its id.
 */
id: BlockoutId, 
/**
 * "Steriliser service".
 */
reason: string, 
/**
 * When.
 */
span: DaySpan, 
/**
 * Kept free for emergencies.
 */
for_emergencies: boolean, };

export type BoardColumn = { 
/**
 * Whose.
 */
practitioner: PractitionerId, 
/**
 * When they work that day, breaks not taken out; in order.
 */
working: Array<DaySpan>, 
/**
 * Their breaks within those hours.
 */
breaks: Array<BreakView>, 
/**
 * Stretches not for visits.
 */
blockouts: Array<BlockoutView>, 
/**
 * Why they don't work at all that day, when they don't: an absence's reason; may be empty.
 */
away: string | null, 
/**
 * Occupying visits, and those that were missed.
 */
visit_count: number, 
/**
 * How many minutes behind they run now; 0 on other days than today.
 */
late_minutes: number, 
/**
 * Free stretches within working hours that the shortest kind fits into, in order.
 */
free: Array<DaySpan>, 
/**
 * Booked share of the working time, percent.
 */
load_percent: number, };

export type BookVisit = { 
/**
 * Drawn by whoever first wishes it; sent again with the same content it books nothing twice.
 */
id: AppointmentId, 
/**
 * The visit. `wish.patient` is `None` for a new patient.
 */
wish: VisitWish, 
/**
 * A patient who is new here.
 */
new_patient: NewPatient | null, 
/**
 * For staff only; at most 2,000 characters.
 */
note: string, 
/**
 * How the booking came in.
 */
source: Source, 
/**
 * What the person at the desk saw and accepted.
 */
accept: Accept, };

export type BreakView = { 
/**
 * "Lunch".
 */
name: string, 
/**
 * When.
 */
span: DaySpan, };

export type CancelVisit = { 
/**
 * Which.
 */
id: AppointmentId, 
/**
 * As the person saw it.
 */
version: number, 
/**
 * Whose wish it is.
 */
by: CancelledBy, 
/**
 * Why; may be empty.
 */
reason: string, };

export type Cancellation = { 
/**
 * Whose wish it was.
 */
by: CancelledBy, 
/**
 * Why, as people say it; may be empty.
 */
reason: string, };

export type CancelledBy = "patient" | "clinic" | "unknown";

export type ChairId = string;

export type ChairView = { 
/**
 * Its id.
 */
id: ChairId, 
/**
 * "Room 2".
 */
name: string, };

export type Changed = { 
/**
 * The log's position after the change.
 */
seq: number, 
/**
 * Days of the board.
 */
days: Array<string>, 
/**
 * Patients.
 */
patients: Array<PatientId>, 
/**
 * Hours, people, kinds: everything.
 */
settings: boolean, 
/**
 * How the desk is connected.
 */
connection: boolean, };

export type CheckVisit = { 
/**
 * The visit as it would be.
 */
wish: VisitWish, 
/**
 * The visit that would be moved there, if it is one that stands already.
 */
moving: AppointmentId | null, };

export type Checked = { 
/**
 * What stands against it, gravest first; empty: nothing.
 */
findings: Array<Finding>, 
/**
 * The nearest openings for the same kind and practitioner, at most three; empty when nothing stands against it.
 */
instead: Array<Opening>, };

export type ClashingVisit = { 
/**
 * Its id.
 */
id: AppointmentId, 
/**
 * Its patient's name, or what they are known by; empty when protected.
 */
name: string, 
/**
 * By the clock on the wall.
 */
start: string, 
/**
 * In minutes.
 */
minutes: number, 
/**
 * Whose column, by name.
 */
practitioner: string, };

export type ClinicId = string;

export type ClinicView = { 
/**
 * Its id.
 */
id: ClinicId, 
/**
 * As patients know it.
 */
name: string, 
/**
 * IANA name of the zone its clocks show.
 */
zone: string, 
/**
 * Minutes between two possible starts.
 */
grid_minutes: number, 
/**
 * Minutes in the waiting room after which it turns loud.
 */
waiting_limit_minutes: number, 
/**
 * Whether chairs are planned as a second resource.
 */
uses_chairs: boolean, 
/**
 * Hours were worked out from imported visits and nobody has looked at them yet.
 */
hours_derived: boolean, 
/**
 * The clinic's local time when this was answered.
 */
now: string, 
/**
 * Everyone who treats or has treated here, in the board's order.
 */
practitioners: Array<PractitionerView>, 
/**
 * Every kind of visit, in the chooser's order.
 */
kinds: Array<VisitKind>, 
/**
 * Every chair.
 */
chairs: Array<ChairView>, 
/**
 * Who is working at this desk.
 */
acting: StaffView, 
/**
 * First and last day with a visit; `None` in an empty clinic.
 */
visit_days: [string, string] | null, 
/**
 * Whether the clinic is paired with a central service.
 */
paired: boolean, 
/**
 * How online requests are answered.
 */
online: OnlineRule, };

export type ConflictChoice = "keep-here" | "take-theirs" | "take-theirs-over" | "cancel-here";

export type ConflictId = string;

export type ConflictKind = "lost-edit" | "double" | "orphan" | "edited-apart" | "taken" | "after-takeover" | "overruled" | "other";

export type ConflictVersion = { 
/**
 * When it was made, in the clinic's local time, if that is known here.
 */
at: string | null, 
/**
 * Who made it, by name; `None`: somebody online, or nobody knows.
 */
by: string | null, 
/**
 * It came from a patient online.
 */
online: boolean, 
/**
 * How the visit stands in it.
 */
status: Status, 
/**
 * By the clock on the wall.
 */
start: string, 
/**
 * How long.
 */
minutes: number, 
/**
 * With whom.
 */
practitioner: PractitionerId, 
/**
 * What for.
 */
kind: KindId, 
/**
 * How it was before, where it was moved: the time then.
 */
moved_from: string | null, };

export type ConflictView = { 
/**
 * Its id.
 */
id: ConflictId, 
/**
 * Why it stands here; its sentence is the catalogue's `conflict-<kind>`.
 */
kind: ConflictKind, 
/**
 * When it came up, in the clinic's local time.
 */
since: string, 
/**
 * Whose visit.
 */
patient: PatientCard, 
/**
 * To call them, as people wrote it.
 */
phone: string | null, 
/**
 * The visit as it stands here; `None` where it isn't here.
 */
here: ConflictVersion | null, 
/**
 * The other version; `None` where there is just the one.
 */
theirs: ConflictVersion | null, 
/**
 * What stands in the place of the other version, or beside the visit.
 */
with: Array<ClashingVisit>, 
/**
 * What can be done, in the order of its keys 1, 2, …
 */
choices: Array<ConflictChoice>, 
/**
 * What was chosen, and the log entry to undo; `None` while it is open.
 */
settled: SettledConflict | null, };

export type ConnectionAsked = "pairing" | "renewal" | "opening";

export type ConnectionDay = { 
/**
 * The clinic's local day.
 */
date: string, 
/**
 * Compared in this session, and equal.
 */
equal: boolean, 
/**
 * Compared, and different for good: a person decides each booking.
 */
disputed: boolean, };

export type ConnectionFailure = { 
/**
 * In the clinic's local time.
 */
at: string, 
/**
 * What was asked.
 */
what: ConnectionAsked, 
/**
 * The problem's code.
 */
code: string, 
/**
 * What the computer or central said about it, in its own words, which are
 * English; empty where it said nothing.
 */
said: string, };

export type ConnectionSpell = { 
/**
 * In the clinic's local time.
 */
at: string, 
/**
 * How.
 */
state: ConnectionState, };

export type ConnectionState = "offline" | "reconnecting" | "catching_up" | "checking" | "live";

export type ConnectionView = { 
/**
 * Whether the desk is paired with a central service.
 */
paired: boolean, 
/**
 * Its address, as it was given.
 */
central: string | null, 
/**
 * How the line stands.
 */
state: ConnectionState | null, 
/**
 * Since when, in the clinic's local time.
 */
since: string | null, 
/**
 * When central was last heard in this run of the application.
 */
heard: string | null, 
/**
 * Changes that central isn't known to have.
 */
unsent: number, 
/**
 * The log's position that central is known to have.
 */
acknowledged: number | null, 
/**
 * The days that are offered online, today first.
 */
days: Array<ConnectionDay>, 
/**
 * Requests that wait at central.
 */
held: number, 
/**
 * Patients who are filling in the form.
 */
being_booked: number, 
/**
 * The two wall clocks are this far apart, in minutes; nothing is decided while they are.
 */
clocks_apart_minutes: number | null, 
/**
 * Another installation speaks for the clinic.
 */
another_hub: boolean, 
/**
 * Another desktop decides for the clinic from now on.
 */
superseded: boolean, 
/**
 * Why there is no line although the desk is paired.
 */
problem: Problem | null, 
/**
 * What the line went through, the latest first.
 */
spells: Array<ConnectionSpell>, 
/**
 * What was asked of central and failed, the latest first.
 */
failures: Array<ConnectionFailure>, };

export type DayBoard = { 
/**
 * The clinic's local day.
 */
date: string, 
/**
 * ISO week.
 */
week: number, 
/**
 * What the board shows at least: from the first opening to the last
 * closing, stretched over visits outside.
 */
shown: DaySpan, 
/**
 * Why the whole clinic is closed, when it is: the exception's name, or
 * empty for a weekday without hours.
 */
closed: string | null, 
/**
 * One column per practitioner who works or has a visit that day.
 */
columns: Array<BoardColumn>, 
/**
 * Every visit of the day, cancelled and missed ones too, by start.
 */
visits: Array<VisitCard>, 
/**
 * Pairs of visits of one column that overlap without anyone having said
 * so knowingly; an import brings such.
 */
clashes: number, 
/**
 * Places that somebody online wishes for, as central last said, by start.
 */
online: Array<OnlinePlace>, 
/**
 * The log's position the answer was read at.
 */
seq: number, };

export type DayLoad = { 
/**
 * The clinic's local day.
 */
date: string, 
/**
 * Whether anybody works.
 */
open: boolean, 
/**
 * Occupying visits.
 */
visits: number, 
/**
 * Booked share of everybody's working time, percent.
 */
load_percent: number, 
/**
 * Starts on the grid that are still free for a visit as long as the grid.
 */
free_starts: number, };

export type DayRequest = { 
/**
 * The clinic's local day.
 */
date: string, };

export type DaySpan = { 
/**
 * First minute.
 */
start: MinuteOfDay, 
/**
 * First minute after.
 */
end: MinuteOfDay, };

export type DescribeVisit = { 
/**
 * Which.
 */
id: AppointmentId, 
/**
 * As the person saw it.
 */
version: number, 
/**
 * For staff only; at most 2,000 characters.
 */
note: string, 
/**
 * What for.
 */
kind: KindId, 
/**
 * Whether the patient has said yes themselves.
 */
confirmed: boolean, };

export type FindPatients = { 
/**
 * What was typed; words are joined by "and".
 */
text: string, 
/**
 * At most this many, 1 to 50.
 */
limit: number, };

export type Finding = { 
/**
 * `clash`, `outside-hours`, `in-break`, `off-grid`, `past`, …
 */
code: string, 
/**
 * What it takes to go on.
 */
severity: Severity, 
/**
 * The visits it runs into, with what a sentence needs.
 */
with: Array<ClashingVisit>, 
/**
 * What the sentence names beyond those: a break's name, a practitioner's, a time.
 */
name: string | null, };

export type Gender = "male" | "female" | "other" | "unknown";

export type HeldRequest = { 
/**
 * Its id.
 */
id: RequestId, 
/**
 * What for.
 */
kind: KindId, 
/**
 * When the patient asked, in the clinic's local time.
 */
asked: string, 
/**
 * An emergency.
 */
urgent: boolean, 
/**
 * Who asks; empty where they said nothing that could be read here.
 */
name: string, };

export type Instant = number;

export type KindColour = "examination" | "hygiene" | "filling" | "root" | "crown" | "child" | "acute" | "other";

export type KindId = string;

export type LedgerRequest = { 
/**
 * Of this outage, by when it began; `None`: all.
 */
outage: string | null, 
/**
 * Only answers before this log entry, to read on; `None`: the latest.
 */
before: number | null, 
/**
 * At most this many, 1 to 500.
 */
limit: number, };

export type LedgerView = { 
/**
 * Requests that were answered, or ended before they reached this desk. Of an
 * outage: in the order they were released, those that still wait last;
 * otherwise the latest first.
 */
requests: Array<RequestView>, 
/**
 * More were answered earlier.
 */
more: boolean, 
/**
 * When the line was down, the latest first; at most twenty.
 */
outages: Array<OutageView>, };

export type MinuteOfDay = number;

export type MonthRequest = { 
/**
 * Any day of the month.
 */
month: string, };

export type MoveVisit = { 
/**
 * Which.
 */
id: AppointmentId, 
/**
 * As the mover saw it.
 */
version: number, 
/**
 * Where to.
 */
practitioner: PractitionerId, 
/**
 * By the clock on the wall.
 */
start: string, 
/**
 * How long, in minutes.
 */
minutes: number, 
/**
 * What the person at the desk saw and accepted.
 */
accept: Accept, };

export type NewPatient = { 
/**
 * Given names.
 */
given: string, 
/**
 * Family name.
 */
family: string, 
/**
 * `1987-07-14`, `19870714` or `1987`; may be empty.
 */
birth: string, 
/**
 * In any usual form; may be empty.
 */
personnummer: string, 
/**
 * In any usual form; may be empty.
 */
phone: string, 
/**
 * May be empty.
 */
email: string, };

export type NextOpenings = { 
/**
 * What for.
 */
kind: KindId, 
/**
 * How long, if not as long as the kind says.
 */
minutes: number | null, 
/**
 * With whom; `None`: whoever is first.
 */
practitioner: PractitionerId | null, 
/**
 * From this local time on; `None`: from now.
 */
from: string | null, 
/**
 * At most this many, 1 to 50.
 */
limit: number, };

export type OnlinePlace = { 
/**
 * With whom.
 */
practitioner: PractitionerId, 
/**
 * By the clock on the wall.
 */
start: string, 
/**
 * How long.
 */
minutes: number, 
/**
 * The request that is held; `None` while the form is being filled in.
 */
held: HeldRequest | null, };

export type OnlineRule = { 
/**
 * Each is put before staff; otherwise a free place is confirmed by itself.
 */
ask_staff: boolean, 
/**
 * After how many minutes one put before staff is confirmed by itself, within [`Self::LIMITS`].
 */
limit_minutes: number, };

export type Opening = { 
/**
 * With whom.
 */
practitioner: PractitionerId, 
/**
 * By the clock on the wall.
 */
start: string, 
/**
 * How long, in minutes.
 */
minutes: number, };

export type OutageView = { 
/**
 * The line was lost, or the application closed.
 */
began: string, 
/**
 * The line was back; `None` while it isn't.
 */
line_back: string | null, 
/**
 * Changes made at the desk that went out then.
 */
sent: number, 
/**
 * Central had them all.
 */
caught_up: string | null, 
/**
 * Both sides were equal.
 */
equal: string | null, 
/**
 * The days that were compared.
 */
days: number, 
/**
 * Requests asked while the line was down and answered since.
 */
released: number, 
/**
 * When the last of them was.
 */
released_at: string | null, };

export type PairWith = { 
/**
 * Where it is: `https://…`.
 */
address: string, 
/**
 * The code its operator gave, with or without its hyphens.
 */
code: string, };

export type PatientCard = { 
/**
 * Their id.
 */
id: PatientId, 
/**
 * Given and family name; empty where nobody knows it, or the identity is protected.
 */
name: string, 
/**
 * What another system knows a nameless patient by: "729".
 */
external_id: string | null, 
/**
 * The masked identity of a protected patient stays masked.
 */
protected: boolean, 
/**
 * "Penicillin allergy"; may be empty.
 */
alert: string, };

export type PatientHit = { 
/**
 * Their id.
 */
id: PatientId, 
/**
 * Given and family name; empty where nobody knows it, or the identity is protected.
 */
name: string, 
/**
 * What another system knows them by.
 */
external_id: string | null, 
/**
 * When they were born, as exactly as anyone knows.
 */
birth: Birth | null, 
/**
 * As people wrote it.
 */
phone: string | null, 
/**
 * "Penicillin allergy"; may be empty.
 */
alert: string, 
/**
 * A protected identity.
 */
protected: boolean, 
/**
 * The day of their latest visit that took place.
 */
last_seen: string | null, 
/**
 * How many visits they missed.
 */
missed: number, 
/**
 * Who answers for them, by name.
 */
guardian: string | null, };

export type PatientId = string;

export type PatientRequest = { 
/**
 * Their id.
 */
id: PatientId, };

export type PatientView = { 
/**
 * As in a list.
 */
hit: PatientHit, 
/**
 * FHIR's administrative gender.
 */
gender: Gender, 
/**
 * `YYYYMMDD-NNNC`.
 */
personnummer: string | null, 
/**
 * May be empty.
 */
email: string, 
/**
 * For staff only; may be empty.
 */
note: string, 
/**
 * Visits from today on, by start.
 */
coming: Array<VisitCard>, 
/**
 * The latest visits before today, latest first, at most twenty.
 */
past: Array<VisitCard>, };

export type PractitionerId = string;

export type PractitionerView = { 
/**
 * Their id.
 */
id: PractitionerId, 
/**
 * As patients know them.
 */
name: string, 
/**
 * At most three letters, for narrow columns.
 */
initials: string, 
/**
 * "Dentist", "Hygienist".
 */
role: string, 
/**
 * "Room 1"; may be empty.
 */
room: string, 
/**
 * Whether they take visits today.
 */
active: boolean, };

export type Problem = { 
/**
 * Stable, kebab-case. `clash`, `patient-unidentified`, …
 */
code: string, 
/**
 * What the sentence names: times, counts, names on the screen already.
 * Never written to a log.
 */
args: { [key in string]: string }, 
/**
 * Everything that stands against a visit, when that is what was asked for.
 */
findings: Array<Finding>, };

export type ReopenConflict = { 
/**
 * The log entry that settled it.
 */
seq: number, };

export type RequestAnswer = "waiting" | "accepted" | "rejected" | "withdrawn" | "expired";

export type RequestId = string;

export type RequestView = { 
/**
 * Its id.
 */
id: RequestId, 
/**
 * What is wished.
 */
wish: RequestWish, 
/**
 * When the patient asked, in the clinic's local time; `None` where that was never said.
 */
asked: string | null, 
/**
 * An emergency: it was decided before others.
 */
urgent: boolean, 
/**
 * Who asks.
 */
patient: PatientCard, 
/**
 * To call them, as people wrote it.
 */
phone: string | null, 
/**
 * What they wrote to the clinic; may be empty.
 */
note: string, 
/**
 * With whom; of a cancel, with whom it was.
 */
practitioner: PractitionerId | null, 
/**
 * What for.
 */
kind: KindId | null, 
/**
 * The time that is wished, by the clock on the wall; of a cancel, the visit's.
 */
start: string | null, 
/**
 * How long.
 */
minutes: number | null, 
/**
 * Of a move: the time it was to be moved away from.
 */
from: string | null, 
/**
 * What has become of it.
 */
answer: RequestAnswer, 
/**
 * Why it isn't possible: a code of the catalogue's `reason-…`; `None` where it is.
 */
reason: string | null, 
/**
 * What was offered instead.
 */
instead: Array<Opening>, 
/**
 * When it was answered, or ended without an answer; `None` while it waits.
 */
answered: string | null, 
/**
 * Who answered, by name; `None`: by rule.
 */
by: string | null, 
/**
 * Until when staff may say; then it is confirmed by itself. `None` where
 * it was answered, or only a person may say.
 */
until: string | null, 
/**
 * The two sides differ on its day: only a person may say.
 */
disputed: boolean, 
/**
 * The visit it made or changed, if it stands here.
 */
appointment: AppointmentId | null, 
/**
 * The log entry that answers it.
 */
seq: number | null, };

export type RequestWish = "book" | "move" | "cancel";

export type RequestsView = { 
/**
 * Put before staff, the earliest first.
 */
asked: Array<RequestView>, 
/**
 * Held at central until this desk and central are in step, as central last
 * said, the soonest visits first. Nothing is decided about them here.
 */
held: Array<OnlinePlace>, 
/**
 * How many central holds; more than `held` names where there are many.
 */
held_count: number, 
/**
 * Conflicts that nobody has settled.
 */
conflicts: number, 
/**
 * How requests are answered.
 */
rule: OnlineRule, };

export type Saved = { 
/**
 * The visit as it stands now.
 */
visit: VisitCard, 
/**
 * The log entry it made; what an undo names. Repeating a request that was
 * done already names the entry it made then.
 */
seq: number, };

export type SetStatus = { 
/**
 * Which.
 */
id: AppointmentId, 
/**
 * As the person saw it.
 */
version: number, 
/**
 * To what. Cancelling has a command of its own.
 */
status: Status, };

export type SettleConflict = { 
/**
 * Which.
 */
id: ConflictId, 
/**
 * How.
 */
choice: ConflictChoice, };

export type SettledConflict = { 
/**
 * Which.
 */
id: ConflictId, 
/**
 * The log entry it made; what an undo names.
 */
seq: number, };

export type Severity = "refused" | "needs-reason" | "warning";

export type SinceItem = { 
/**
 * The log entry.
 */
seq: number, 
/**
 * In the clinic's local time.
 */
at: string, 
/**
 * What; its sentence is the catalogue's `since-<what>`.
 */
what: SinceWhat, 
/**
 * Who did it, by name; `None`: a patient, online, or nobody ([`SinceWhat::Rezoned`]).
 */
by: string | null, 
/**
 * Whose visit.
 */
patient: PatientCard, 
/**
 * The visit, where it stands here.
 */
appointment: AppointmentId | null, 
/**
 * How it stands since.
 */
status: Status | null, 
/**
 * Its time, by the clock on the wall.
 */
start: string | null, 
/**
 * Its time before, where it was moved.
 */
from: string | null, 
/**
 * With whom.
 */
practitioner: PractitionerId | null, 
/**
 * Why it wasn't possible: a code of the catalogue's `reason-…`.
 */
reason: string | null, };

export type SinceRequest = { 
/**
 * The last entry that was seen.
 */
seq: number, };

export type SinceView = { 
/**
 * The log's position now.
 */
seq: number, 
/**
 * When the last entry that was seen was made; `None` before the first.
 */
since: string | null, 
/**
 * What patients did online and what colleagues did elsewhere.
 */
items: Array<SinceItem>, 
/**
 * There were more than are told.
 */
more: boolean, };

export type SinceWhat = "booked" | "moved" | "cancelled" | "status" | "described" | "rezoned" | "asked" | "rejected" | "conflict";

export type Source = "phone" | "desk" | "online" | "referral" | "recall" | "other";

export type StaffId = string;

export type StaffView = { 
/**
 * Their id.
 */
id: StaffId, 
/**
 * As colleagues know them.
 */
name: string, 
/**
 * At most two letters.
 */
initials: string, };

export type Status = "proposed" | "pending" | "booked" | "arrived" | "checked-in" | "fulfilled" | "cancelled" | "noshow" | "waitlist" | "entered-in-error";

export type ThisIs = { 
/**
 * Which visit.
 */
id: AppointmentId, 
/**
 * As the person saw it.
 */
version: number, 
/**
 * Whom the clinic knows them as.
 */
patient: PatientId, };

export type Undo = { 
/**
 * The log entry to take back.
 */
seq: number, };

export type UnsentRequest = { 
/**
 * At most this many, 1 to 200.
 */
limit: number, };

export type VisitCard = { 
/**
 * Its id.
 */
id: AppointmentId, 
/**
 * Rises with every change; goes back with an edit, so that two editors are told apart.
 */
version: number, 
/**
 * Who treats.
 */
practitioner: PractitionerId, 
/**
 * Where, in clinics that plan chairs.
 */
chair: ChairId | null, 
/**
 * What for.
 */
kind: KindId, 
/**
 * When, by the clock on the wall.
 */
start: string, 
/**
 * How long, in minutes.
 */
minutes: number, 
/**
 * When, in UTC.
 */
start_at: Instant, 
/**
 * How things stand.
 */
status: Status, 
/**
 * Whether the patient has said yes themselves.
 */
confirmed: boolean, 
/**
 * Who comes.
 */
patient: PatientCard, 
/**
 * For staff only; may be empty.
 */
note: string, 
/**
 * How the booking came in.
 */
source: Source, 
/**
 * Why staff booked it over something else, if they did.
 */
overbooked: string | null, 
/**
 * Who cancelled and why, if somebody did.
 */
cancellation: Cancellation | null, 
/**
 * When the patient came to the desk.
 */
arrived_at: Instant | null, 
/**
 * When they sat down in the chair.
 */
seated_at: Instant | null, 
/**
 * When the treatment was done.
 */
done_at: Instant | null, 
/**
 * Whether it overlaps another visit of its column.
 */
clashes: boolean, 
/**
 * What an import found odd: codes of the catalogue's `flag-…`.
 */
flags: Array<string>, 
/**
 * The statuses staff may set from here, likeliest first.
 */
next: Array<Status>, 
/**
 * Changed here and not yet acknowledged by central; `false` while not paired.
 */
unsent: boolean, };

export type VisitKind = { 
/**
 * Its id.
 */
id: KindId, 
/**
 * As the clinic calls it.
 */
name: string, 
/**
 * How long it takes unless somebody says otherwise, in minutes; a multiple of five.
 */
minutes: number, 
/**
 * The bar at the card's left.
 */
colour: KindColour, 
/**
 * Whether patients may ask for it online.
 */
bookable_online: boolean, 
/**
 * Whether it may take time kept free for emergencies.
 */
emergency: boolean, 
/**
 * Kinds no longer offered stay for the visits that have them.
 */
active: boolean, };

export type VisitWish = { 
/**
 * Who comes; `None` while nobody is chosen yet.
 */
patient: PatientId | null, 
/**
 * Who treats.
 */
practitioner: PractitionerId, 
/**
 * Where, in clinics that plan chairs.
 */
chair: ChairId | null, 
/**
 * What for.
 */
kind: KindId, 
/**
 * By the clock on the wall.
 */
start: string, 
/**
 * How long, in minutes.
 */
minutes: number, };

/** Every command: what it takes and what it answers. */
export interface Commands {
  clinic: { args: null; answer: ClinicView };
  day_board: { args: DayRequest; answer: DayBoard };
  month_load: { args: MonthRequest; answer: Array<DayLoad> };
  find_patients: { args: FindPatients; answer: Array<PatientHit> };
  patient: { args: PatientRequest; answer: PatientView };
  next_openings: { args: NextOpenings; answer: Array<Opening> };
  check_visit: { args: CheckVisit; answer: Checked };
  book_visit: { args: BookVisit; answer: Saved };
  move_visit: { args: MoveVisit; answer: Saved };
  set_status: { args: SetStatus; answer: Saved };
  describe_visit: { args: DescribeVisit; answer: Saved };
  likely_same: { args: PatientRequest; answer: Array<PatientHit> };
  this_is: { args: ThisIs; answer: Saved };
  cancel_visit: { args: CancelVisit; answer: Saved };
  undo: { args: Undo; answer: Saved };
  connection: { args: null; answer: ConnectionView };
  pair_with: { args: PairWith; answer: ConnectionView };
  compare_again: { args: null; answer: null };
  requests: { args: null; answer: RequestsView };
  answer_request: { args: AnswerRequest; answer: RequestView };
  online_rule: { args: OnlineRule; answer: ClinicView };
  ledger: { args: LedgerRequest; answer: LedgerView };
  conflicts: { args: null; answer: Array<ConflictView> };
  settle_conflict: { args: SettleConflict; answer: SettledConflict };
  reopen_conflict: { args: ReopenConflict; answer: null };
  since: { args: SinceRequest; answer: SinceView };
  unsent: { args: UnsentRequest; answer: Array<SinceItem> };
}
