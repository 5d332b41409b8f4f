//! Conflicts and orphans, as a receptionist reads and settles them.
//!
//! **Promise.** Both versions stay in the log whatever is chosen; settling is
//! one transaction, and so is taking it back.

use chairside_schedule::Appointment;
use chairside_schedule::id::{AppointmentId, ConflictId, KindId, PatientId, PractitionerId};
use chairside_schedule::{Clinic, Status};
use chairside_store::Record;
use chairside_store::project::BeforeAfter;
use chairside_store::sync::{Conflict, Reopened, Settlement, Settling, inside};
use chairside_sync::Author;
use chairside_sync::body::AppointmentRow;
use chairside_sync::restore;
use chrono::{DateTime, TimeDelta};

use crate::api::{
    ClashingVisit, ConflictChoice, ConflictKind, ConflictVersion, ConflictView, ReopenConflict, SettleConflict,
    SettledConflict, VisitWish,
};
use crate::desk::Desk;
use crate::judge;
use crate::problem::Problem;
use crate::requests::read::{Reader, uuid};
use crate::undo;

/// How long a settled conflict stays in the list, in milliseconds: a day.
const SETTLED_SHOWN_MS: i64 = 86_400_000;

impl Desk {
    /// What only a person can settle, the earliest first; then what was settled
    /// within a day.
    ///
    /// # Errors
    /// The store's.
    pub async fn conflicts(&self, (): ()) -> Result<Vec<ConflictView>, Problem> {
        let mut reader = Reader::new(self).await?;
        let mut views = Vec::new();
        for conflict in self.store.conflicts(self.clock.now_ms() - SETTLED_SHOWN_MS).await? {
            views.push(self.conflict_view(&mut reader, conflict).await?);
        }
        Ok(views)
    }

    async fn conflict_view(&self, reader: &mut Reader<'_>, conflict: Conflict) -> Result<ConflictView, Problem> {
        let Conflict { row, seq, at_ms } = conflict;
        let clinic = self.store.clinic();
        let visit = self.store.appointment(AppointmentId(uuid(row.appointment))).await?;
        let here = match &visit {
            Some(visit) => Some(self.version_here(reader, visit).await?),
            None => None,
        };
        let theirs = row.theirs.as_ref().and_then(version_of);
        // Where both say the same, there is one version, and what stands beside it.
        let same = |a: &ConflictVersion, b: &ConflictVersion| {
            (a.start, a.minutes, a.practitioner, a.kind, a.status)
                == (b.start, b.minutes, b.practitioner, b.kind, b.status)
        };
        let theirs = theirs.filter(|theirs| here.as_ref().is_none_or(|here| !same(here, theirs)));
        let asked = theirs.as_ref().or(here.as_ref());
        let with = match asked {
            Some(version) if version.status.occupies() => {
                self.in_the_place_of(reader, &clinic, &row.appointment, version).await?
            }
            _ => Vec::new(),
        };
        let patient = visit.as_ref().map(|visit| visit.patient);
        let patient = patient.or(row.theirs.as_ref().map(|theirs| PatientId(uuid(theirs.patient))));
        let about = reader.about(patient, None).await?;
        let stands = |version: &ConflictVersion| {
            clinic.practitioner(version.practitioner).is_some() && clinic.kind(version.kind).is_some()
        };
        Ok(ConflictView {
            id: ConflictId(uuid(row.id)),
            kind: kind_of(&row.kind),
            since: reader.local(at_ms),
            patient: about.card,
            phone: about.phone,
            choices: choices(here.as_ref(), theirs.as_ref().filter(|theirs| stands(theirs)), !with.is_empty()),
            here,
            theirs,
            with,
            settled: row.settled.then_some(SettledConflict { id: ConflictId(uuid(row.id)), seq }),
        })
    }

    /// The visit as it stands, and who last changed it.
    async fn version_here(&self, reader: &Reader<'_>, visit: &Appointment) -> Result<ConflictVersion, Problem> {
        let entries = self.store.log_about(visit.id.0).await?;
        // Entries that changed it: conflicts stand in the log beside them.
        let entries: Vec<_> = entries.into_iter().filter(|record| inside(record).1.is_some()).collect();
        // A desk that was brought back writes again what it had done meanwhile: a person did it.
        let by_person = |record: &&Record| !matches!(record.entry.header.by, Author::Node(_)) && left(record, visit);
        let telling = entries.iter().rev().find(by_person).or(entries.last());
        let last = telling.map(|record| &record.entry.header);
        let wished = telling.is_some_and(|record| inside(record).2.is_some());
        let moved_from = entries.iter().rev().find_map(moved_from);
        Ok(ConflictVersion {
            at: last.map(|header| reader.local(header.at_ms)),
            by: last.and_then(|header| reader.name_of(header.by)),
            online: wished && last.is_some_and(|header| matches!(header.by, Author::Node(_))),
            status: visit.status,
            start: visit.time.local,
            minutes: visit.time.minutes,
            practitioner: visit.practitioner,
            kind: visit.kind,
            moved_from,
        })
    }

    async fn in_the_place_of(
        &self,
        reader: &mut Reader<'_>,
        clinic: &Clinic,
        own: &chairside_sync::body::Id,
        version: &ConflictVersion,
    ) -> Result<Vec<ClashingVisit>, Problem> {
        let wish = VisitWish {
            patient: None,
            practitioner: version.practitioner,
            chair: None,
            kind: version.kind,
            start: version.start,
            minutes: version.minutes,
        };
        let around = self.store.around(&judge::probe(clinic, &wish, None)).await?;
        let mut with = Vec::new();
        for visit in around {
            if visit.practitioner != version.practitioner || visit.id.0 == uuid(*own) {
                continue;
            }
            let card = reader.about(Some(visit.patient), None).await?.card;
            with.push(ClashingVisit {
                id: visit.id,
                name: if card.name.is_empty() { card.external_id.unwrap_or_default() } else { card.name },
                start: visit.time.local,
                minutes: visit.time.minutes,
                practitioner: clinic.practitioner(visit.practitioner).map(|one| one.name.clone()).unwrap_or_default(),
            });
        }
        Ok(with)
    }

    /// A person settles a conflict.
    ///
    /// # Errors
    /// `conflict-settled` where it is open no longer, `conflict-not-possible`,
    /// `clash` where others came to stand in the place; the store's.
    pub async fn settle_conflict(&self, request: SettleConflict) -> Result<SettledConflict, Problem> {
        let how = match request.choice {
            ConflictChoice::KeepHere => Settling::KeepHere,
            ConflictChoice::TakeTheirs => Settling::TakeTheirs { over: false },
            ConflictChoice::TakeTheirsOver => Settling::TakeTheirs { over: true },
            ConflictChoice::CancelHere => Settling::CancelHere,
        };
        let id = request.id;
        let settlement = self.store.write(self.moment(), async move |tx| tx.settle_conflict(id, how).await).await?;
        match settlement {
            Settlement::Done(seq) => Ok(SettledConflict { id, seq }),
            Settlement::NotOpen => Err(Problem::new("conflict-settled")),
            Settlement::NotPossible => Err(Problem::new("conflict-not-possible")),
            Settlement::InTheWay(others) => Err(chairside_store::tx::Refusal::Clash(others).into()),
        }
    }

    /// Opens a settled conflict again, and takes back what settling it did to
    /// the visit, if that is still as it was left.
    ///
    /// # Errors
    /// `undo-too-late`, `clash` where the place has been taken since; the store's.
    pub async fn reopen_conflict(&self, request: ReopenConflict) -> Result<(), Problem> {
        self.store
            .write(self.moment(), async move |tx| match tx.reopen_conflict(request.seq).await? {
                Reopened::TooLate => Err(Problem::new("undo-too-late")),
                Reopened::Open(None) => Ok(()),
                Reopened::Open(Some(visit_seq)) => undo::take_back(tx, visit_seq).await.map(|_| ()),
            })
            .await
    }
}

/// Whether an entry left a visit where it stands now.
fn left(record: &Record, visit: &Appointment) -> bool {
    let place = |visit: &Appointment| (visit.time, visit.practitioner, visit.kind, visit.status);
    inside(record).1.is_some_and(|after| place(&after) == place(visit))
}

/// The time a visit was moved away from, if that is what an entry did.
fn moved_from(record: &Record) -> Option<chrono::NaiveDateTime> {
    let change: BeforeAfter<Appointment> = serde_json::from_slice(&record.private.as_ref()?.bytes).ok()?;
    change.before.map(|before| before.time.local).filter(|before| *before != change.after.time.local)
}

/// A version that came from elsewhere. When and by whom isn't told with it.
fn version_of(row: &AppointmentRow) -> Option<ConflictVersion> {
    let start = DateTime::from_timestamp(row.local_s, 0)?.naive_utc();
    Some(ConflictVersion {
        at: None,
        by: None,
        online: false,
        status: Status::parse(&row.status)?,
        start,
        minutes: u32::try_from(TimeDelta::seconds(row.end_s - row.start_s).num_minutes()).ok()?,
        practitioner: PractitionerId(uuid(row.practitioner)),
        kind: KindId(uuid(row.kind)),
        moved_from: None,
    })
}

fn kind_of(word: &str) -> ConflictKind {
    use restore::ConflictKind as Kind;
    const KINDS: [(Kind, ConflictKind); 7] = [
        (Kind::LostEdit, ConflictKind::LostEdit),
        (Kind::Double, ConflictKind::Double),
        (Kind::Orphan, ConflictKind::Orphan),
        (Kind::EditedApart, ConflictKind::EditedApart),
        (Kind::Taken, ConflictKind::Taken),
        (Kind::AfterTakeover, ConflictKind::AfterTakeover),
        (Kind::Overruled, ConflictKind::Overruled),
    ];
    KINDS.iter().find(|(kind, _)| kind.as_str() == word).map_or(ConflictKind::Other, |(_, kind)| *kind)
}

/// What can be done, likeliest first.
fn choices(here: Option<&ConflictVersion>, theirs: Option<&ConflictVersion>, occupied: bool) -> Vec<ConflictChoice> {
    let take = if occupied { ConflictChoice::TakeTheirsOver } else { ConflictChoice::TakeTheirs };
    let cancel = here.filter(|here| here.status.may_become(Status::Cancelled)).map(|_| ConflictChoice::CancelHere);
    match (here, theirs) {
        (None, Some(_)) => vec![take, ConflictChoice::KeepHere],
        (Some(_), Some(_)) => vec![ConflictChoice::KeepHere, take],
        (_, None) => [ConflictChoice::KeepHere].into_iter().chain(cancel).collect(),
    }
}
