//! Visits from their projections: what a verdict or a lost life says of a
//! visit, put in place among all that only the clinic knows of it.

use chairside_schedule::appointment::{Cancellation, CancelledBy, Flags, Source, VisitTime};
use chairside_schedule::id::{AppointmentId, ChairId, KindId, PatientId, PractitionerId};
use chairside_schedule::patient::{Birth, Gender, PhoneNumber};
use chairside_schedule::time::{Instant, Interval, day_number, resolve};
use chairside_schedule::{Appointment, Clinic, Patient, Status};
use chairside_sync::Hash;
use chairside_sync::Proposal;
use chairside_sync::body::{AppointmentRow, Id};
use chairside_sync::sealed::Who;
use chrono::DateTime;
use chrono_tz::Tz;
use serde::Serialize;
use uuid::Uuid;

use crate::error::StoreError;
use crate::project::{self, PRIVATE_VERSION};
use crate::rows::{appointments, patients};
use crate::search;
use crate::tx::Tx;

/// The longest visit, in minutes: what looks for others beside it relies on this.
const MOST_MINUTES: i64 = 24 * 60;

/// A visit before and after a change.
#[derive(Debug)]
pub(super) struct Put {
    pub(super) before: Option<Appointment>,
    pub(super) after: Appointment,
}

/// Whose doing a change is, as far as the visit itself keeps it.
#[derive(Clone, Debug)]
pub(super) struct Doing {
    /// How a new visit came in.
    pub(super) source: Source,
    /// Who called it off, if that is what happened.
    pub(super) cancelled_by: CancelledBy,
    /// The wish that made it.
    pub(super) wish: Option<Hash>,
    /// Who they say they are, if nobody here knows them yet.
    pub(super) who: Option<Who>,
}

/// What of a projection has to be read to make a row of it.
#[derive(Clone, Copy)]
struct Read {
    status: Status,
    time: VisitTime,
    practitioner: PractitionerId,
    chair: Option<ChairId>,
    kind: KindId,
}

/// Reads a projection as strictly as the desk reads a person's words; `None`
/// for a time that isn't one, a status nobody knows, or people and kinds that
/// were never here.
fn read(row: &AppointmentRow, clinic: &Clinic) -> Option<Read> {
    let zone: Tz = row.zone.parse().ok()?;
    let local = DateTime::from_timestamp(row.local_s, 0)?.naive_utc();
    let interval = Interval::new(Instant(row.start_s), Instant(row.end_s))?;
    let (minutes, seconds) = ((row.end_s - row.start_s) / 60, (row.end_s - row.start_s) % 60);
    let resolved = resolve(&zone, local);
    let begins = interval.start == resolved.earliest() || interval.start == resolved.latest();
    let sound = seconds == 0 && (1..=MOST_MINUTES).contains(&minutes) && begins && row.version > 0;
    if !sound || day_number(local.date()) != row.day {
        return None;
    }
    let (practitioner, kind) = (PractitionerId(uuid(row.practitioner)), KindId(uuid(row.kind)));
    let chair = row.chair.map(|chair| ChairId(uuid(chair)));
    clinic.practitioner(practitioner)?;
    clinic.kinds.iter().find(|known| known.id == kind)?;
    if let Some(chair) = chair {
        clinic.chairs.iter().find(|known| known.id == chair)?;
    }
    Some(Read {
        status: Status::parse(&row.status)?,
        time: VisitTime { local, zone, minutes: u32::try_from(minutes).ok()?, interval },
        practitioner,
        chair,
        kind,
    })
}

/// A projection with the UTC of its local time by the rules of here: it may have
/// been made by a version that carried others.
pub(super) fn by_rules_of_here(row: AppointmentRow) -> AppointmentRow {
    let (Ok(zone), Some(local)) = (row.zone.parse::<Tz>(), DateTime::from_timestamp(row.local_s, 0)) else {
        return row;
    };
    let resolved = resolve(&zone, local.naive_utc());
    if [resolved.earliest().0, resolved.latest().0].contains(&row.start_s) {
        return row;
    }
    let start_s = resolved.earliest().0;
    AppointmentRow { start_s, end_s: start_s.saturating_add(row.end_s.saturating_sub(row.start_s)), ..row }
}

/// Whether a projection can be put in place here at all.
pub(super) fn is_sound(row: &AppointmentRow, clinic: &Clinic) -> bool {
    read(row, clinic).is_some()
}

impl Tx {
    /// A visit as mirrors see it.
    pub(super) async fn projected(&mut self, id: Id) -> Result<Option<AppointmentRow>, StoreError> {
        Ok(self.appointment(AppointmentId(uuid(id))).await?.as_ref().map(project::appointment))
    }

    /// Occupying visits that a row would overlap, of its practitioner or chair.
    pub(super) async fn in_the_way(&mut self, row: &AppointmentRow) -> Result<Vec<Appointment>, StoreError> {
        let clinic = self.clinic();
        let Some(visit) = read(row, &clinic).map(|read| new_visit(row, read, Source::Other, Instant(0))) else {
            return Ok(Vec::new());
        };
        if !visit.status.occupies() {
            return Ok(Vec::new());
        }
        let mut around = self.around(&visit).await?;
        around.retain(|other| {
            other.practitioner == visit.practitioner || (visit.chair.is_some() && other.chair == visit.chair)
        });
        around.sort_by_key(|other| (other.time.interval.start, other.id));
        Ok(around)
    }

    /// Puts a visit in place as its projection says, and its patient if nobody
    /// knows them yet. Whether it may lie there was decided before.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] for a projection that isn't [sound](is_sound); the database's.
    pub(super) async fn put(&mut self, row: &AppointmentRow, doing: Doing) -> Result<Put, StoreError> {
        let clinic = self.clinic();
        let now = Instant(self.moment.at_ms.div_euclid(1_000));
        let read = read(row, &clinic).ok_or_else(|| StoreError::Damaged("a visit that can't be one".to_owned()))?;
        self.know_patient(PatientId(uuid(row.patient)), doing.who.as_ref(), now).await?;
        let before = self.appointment(AppointmentId(uuid(row.id))).await?;
        let after = match &before {
            None => {
                let mut visit = new_visit(row, read, doing.source, now);
                visit.note = doing.who.map(|who| who.note).unwrap_or_default();
                reached(&mut visit, None, doing.cancelled_by, now);
                appointments::insert(&mut self.conn, &visit, doing.wish).await?;
                visit
            }
            Some(before) => {
                let mut visit = changed_visit(before, row, read);
                reached(&mut visit, Some(before.status), doing.cancelled_by, now);
                if !appointments::update(&mut self.conn, before, &visit).await? {
                    return Err(StoreError::ChangedMeanwhile(visit.id));
                }
                visit
            }
        };
        for visit in before.iter().chain([&after]) {
            self.changed.touch_day(visit.time.day());
            self.changed.touch_patient(visit.patient);
        }
        let was = before.as_ref().map_or((false, None), patients::standing);
        if was != patients::standing(&after) {
            patients::recount_standing(&mut self.conn, after.patient).await?;
        }
        if after.status == Status::Arrived && before.as_ref().is_none_or(|before| before.status != Status::Arrived) {
            search::seen_again(&mut self.conn, after.patient).await?;
        }
        Ok(Put { before, after })
    }

    /// Somebody online has an id and what they sealed; who sealed nothing has no name.
    async fn know_patient(&mut self, id: PatientId, who: Option<&Who>, now: Instant) -> Result<(), StoreError> {
        if self.patient(id).await?.is_some() {
            return Ok(());
        }
        let nobody = Who::default();
        let Who { given, family, birth, phone, .. } = who.unwrap_or(&nobody);
        let today = now.local(&self.clinic().zone).date();
        let (read_birth, read_phone) = (Birth::parse(birth, today).ok(), PhoneNumber::parse(phone).ok());
        // What can't be read as such is kept as it was said.
        let said = [(birth, read_birth.is_none()), (phone, read_phone.is_none())];
        let said: Vec<&str> =
            said.iter().filter(|(text, unread)| *unread && !text.is_empty()).map(|(text, _)| text.as_str()).collect();
        let newcomer = Patient {
            id,
            version: 1,
            given: given.clone(),
            family: family.clone(),
            personnummer: None,
            birth: read_birth,
            phone: read_phone,
            email: String::new(),
            gender: Gender::Unknown,
            alert: String::new(),
            note: said.join(", "),
            protected: false,
            guardian: None,
            active: true,
            external_id: None,
            created_at: now,
        };
        self.insert_patient(&newcomer).await?;
        Ok(())
    }
}

fn new_visit(row: &AppointmentRow, read: Read, source: Source, now: Instant) -> Appointment {
    Appointment {
        id: AppointmentId(uuid(row.id)),
        version: row.version,
        patient: PatientId(uuid(row.patient)),
        practitioner: read.practitioner,
        chair: read.chair,
        kind: read.kind,
        time: read.time,
        status: read.status,
        confirmed: false,
        note: String::new(),
        source,
        overbooked: None,
        cancellation: None,
        arrived_at: None,
        seated_at: None,
        done_at: None,
        left_at: None,
        follows: None,
        created_at: now,
        external_id: None,
        flags: Flags::default(),
    }
}

/// The visit with what the projection says, and all else as it was. A visit
/// never changes its patient.
fn changed_visit(before: &Appointment, row: &AppointmentRow, read: Read) -> Appointment {
    Appointment {
        version: row.version,
        practitioner: read.practitioner,
        chair: read.chair,
        kind: read.kind,
        time: read.time,
        status: read.status,
        ..before.clone()
    }
}

/// What goes with a new status: when it was reached, and who called it off.
fn reached(visit: &mut Appointment, before: Option<Status>, cancelled_by: CancelledBy, now: Instant) {
    if before == Some(visit.status) {
        return;
    }
    visit.cancellation =
        (visit.status == Status::Cancelled).then(|| Cancellation { by: cancelled_by, reason: String::new() });
    match visit.status {
        Status::Arrived => visit.arrived_at = visit.arrived_at.or(Some(now)),
        Status::CheckedIn => visit.seated_at = visit.seated_at.or(Some(now)),
        Status::Fulfilled => visit.done_at = visit.done_at.or(Some(now)),
        _ => {}
    }
}

/// The part of an entry that stays here: the visit before and after, and the
/// wish itself, whose sealed words nobody else keeps.
pub(super) fn private_part(before: Option<&Appointment>, after: Option<&Appointment>, wish: Option<&[u8]>) -> Vec<u8> {
    /// Reads as [`project::BeforeAfter`] where there is a visit.
    #[derive(Serialize)]
    struct Answered<'a> {
        v: u16,
        #[serde(skip_serializing_if = "Option::is_none")]
        before: Option<&'a Appointment>,
        #[serde(skip_serializing_if = "Option::is_none")]
        after: Option<&'a Appointment>,
        #[serde(skip_serializing_if = "Option::is_none")]
        wish: Option<String>,
    }
    let wish = wish.map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect());
    project::json(&Answered { v: PRIVATE_VERSION, before, after, wish }).into_bytes()
}

/// Who a request says it is from. Words that don't open keep nobody waiting: the
/// visit is decided, and the desk shows it without a name.
pub fn who_of(proposal: &Proposal, clinic: &Clinic) -> Option<Who> {
    let sealed = proposal.sealed.as_ref()?;
    Who::open(sealed, Id::from(*clinic.id.bytes()))
        .inspect_err(|error| tracing::warn!(id = ?proposal.id, %error, "who asks can't be read"))
        .ok()
}

pub(super) fn uuid(id: Id) -> Uuid {
    Uuid::from_bytes(*id)
}
