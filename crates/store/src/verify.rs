//! Re-reading the store: is everything as it was written?

mod columns;

use std::collections::{HashMap, HashSet};
use std::fmt;

use chairside_schedule::id::PatientId;
use chairside_schedule::time::{Instant, Interval, resolve};
use chairside_schedule::{Appointment, Patient};
use chairside_sync::{Hash, Private, Public, Tip, chain};
use futures_util::TryStreamExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

use crate::error::StoreError;
use crate::log::{self, Record};
use crate::project::{self, BeforeAfter};
use crate::rezone;
use crate::rows::cells::Cells;
use crate::rows::{appointments, patients};
use crate::search;
use crate::store::Store;
use crate::sync::{conflicts, whole};
use columns::Day;

/// What a check found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verified {
    /// Entries of the log that were recomputed.
    pub entries: u64,
    /// Visits that were re-read.
    pub appointments: u64,
    /// Patients that are there.
    pub patients: u64,
    /// Overlapping pairs that came by import, were overbooked knowingly, or stand in Conflicts.
    pub accepted_clashes: u64,
    /// The log's last hash.
    pub tip: Hash,
    /// The first thing that is wrong, if anything is.
    pub fault: Option<Fault>,
}

/// The first thing that is wrong with a store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// SQLite's own check of its pages and indexes.
    Pages(String),
    /// A row refers to one that isn't there.
    Reference(String),
    /// The chain breaks at this entry.
    Chain(u64),
    /// This entry's private part isn't what its commitment says.
    Private(u64),
    /// A visit, a patient or what is kept for mirrors isn't as the last entry about it says.
    Row(Uuid),
    /// A visit's day or UTC doesn't follow from its local time.
    Time(Uuid),
    /// Two occupying visits overlap and nobody said so.
    Clash(Uuid, Uuid),
    /// The search index lacks patients, or has too many.
    Search,
}

impl Fault {
    /// A stable code for the catalogue's `fault-…`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Pages(_) => "pages",
            Self::Reference(_) => "reference",
            Self::Chain(_) => "chain",
            Self::Private(_) => "private",
            Self::Row(_) => "row",
            Self::Time(_) => "time",
            Self::Clash(..) => "clash",
            Self::Search => "search",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pages(said) => write!(f, "{said}"),
            Self::Reference(table) => write!(f, "{table}"),
            Self::Chain(seq) | Self::Private(seq) => write!(f, "{seq}"),
            Self::Row(id) | Self::Time(id) => write!(f, "{id}"),
            Self::Clash(first, second) => write!(f, "{first}, {second}"),
            Self::Search => Ok(()),
        }
    }
}

impl Store {
    /// Re-reads everything and names the first thing that is wrong.
    ///
    /// # Errors
    /// Only where reading itself fails; what is found wrong is in the answer.
    pub async fn verify(&self) -> Result<Verified, StoreError> {
        // What was committed before the check began must be in what it reads.
        let tip = self.tip();
        let mut verified = verify(&mut *self.readers.acquire().await?).await?;
        let read_to_the_end =
            matches!(verified.fault, None | Some(Fault::Row(_) | Fault::Time(_) | Fault::Clash(..) | Fault::Search));
        if read_to_the_end && verified.entries < tip.seq {
            verified.fault = Some(Fault::Chain(verified.entries + 1));
        }
        Ok(verified)
    }
}

/// As [`Store::verify`], on any connection.
pub(crate) async fn verify(conn: &mut SqliteConnection) -> Result<Verified, StoreError> {
    // One snapshot for all of it, so that a desk that works on doesn't look like damage.
    sqlx::query("BEGIN").execute(&mut *conn).await?;
    let verified = in_snapshot(conn).await;
    sqlx::query("ROLLBACK").execute(&mut *conn).await?;
    verified
}

async fn in_snapshot(conn: &mut SqliteConnection) -> Result<Verified, StoreError> {
    let count = |table: &'static str| sqlx::query_scalar::<_, i64>(table);
    let mut verified = Verified {
        entries: 0,
        appointments: 0,
        patients: count("SELECT count(*) FROM patient").fetch_one(&mut *conn).await?.cast_unsigned(),
        accepted_clashes: 0,
        tip: Hash::GENESIS,
        fault: None,
    };
    verified.fault = pages(conn).await?;
    if verified.fault.is_none() {
        let logged = follow_chain(conn, &mut verified).await?;
        if verified.fault.is_none() {
            let standing = check_rows(conn, &logged, &mut verified).await?;
            if verified.fault.is_none() {
                verified.fault = check_patients(conn, &logged, &standing).await?;
            }
            if verified.fault.is_none() {
                verified.fault = logged.for_mirrors.otherwise(conn).await?.map(Fault::Row);
            }
        }
    }
    if verified.fault.is_none() {
        verified.fault = search::check_index(conn).await?.then_some(Fault::Search);
    }
    Ok(verified)
}

async fn pages(conn: &mut SqliteConnection) -> Result<Option<Fault>, StoreError> {
    let said: String = sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_one(&mut *conn).await?;
    if said != "ok" {
        return Ok(Some(Fault::Pages(said)));
    }
    let orphan = sqlx::query("PRAGMA foreign_key_check").fetch_optional(conn).await?;
    Ok(orphan.map(|row| Fault::Reference(row.get(0))))
}

/// Entries read at a time.
const PAGE: u32 = 1_000;

/// What the last entry about each row says of it.
#[derive(Default)]
struct Logged {
    visits: HashMap<Uuid, Said>,
    patients: HashMap<Uuid, Said>,
    for_mirrors: whole::Said,
}

/// What an entry says of a row: its hash, so that millions fit into memory.
struct Said {
    /// The projection.
    public: Hash,
    /// The whole row; `None` once it was erased, or written in a form this version doesn't know.
    whole: Option<Hash>,
}

impl Said {
    fn new<T: Serialize + DeserializeOwned>(record: &Record) -> Self {
        let change = record.private.as_ref().and_then(|private| {
            // Read and written again, so that a field added since doesn't tell the two apart.
            serde_json::from_slice::<BeforeAfter<T>>(&private.bytes).ok()
        });
        Self { public: hash_of(&record.entry.public), whole: change.map(|change| hash_of_row(&change.after)) }
    }

    /// As [`Self::new`]; what a verdict says of a visit is said like any other change.
    fn of_visit(record: &Record, public: Public) -> Self {
        let said = Self::new::<Appointment>(record);
        let row = match public {
            Public::Verdict(verdict) => verdict.appointment,
            Public::Pending(pending) => pending.appointment,
            _ => None,
        };
        match row {
            Some(row) => Self { public: hash_of(&Public::Appointment(row).to_bytes()), ..said },
            None => said,
        }
    }

    fn is<T: Serialize>(&self, public: &Public, row: &T) -> bool {
        self.public == hash_of(&public.to_bytes()) && self.whole.is_none_or(|whole| whole == hash_of_row(row))
    }
}

fn hash_of(bytes: &[u8]) -> Hash {
    Private { salt: [0; 32], bytes: bytes.to_vec() }.commitment()
}

fn hash_of_row<T: Serialize>(row: &T) -> Hash {
    hash_of(project::json(row).as_bytes())
}

/// Recomputes the chain. Answers what the last entry about each row says of it.
async fn follow_chain(conn: &mut SqliteConnection, verified: &mut Verified) -> Result<Logged, StoreError> {
    let mut logged = Logged::default();
    let mut tip: Option<Tip> = None;
    loop {
        let records = log::each_after(conn, verified.entries, PAGE).await?;
        if records.is_empty() {
            return Ok(logged);
        }
        for record in records {
            let seq = verified.entries + 1;
            let Ok(record) = record else {
                verified.fault = Some(unreadable(conn, seq).await?);
                return Ok(logged);
            };
            let header = &record.entry.header;
            let before = tip.unwrap_or(Tip {
                epoch: header.epoch,
                incarnation: header.incarnation,
                seq: 0,
                hash: Hash::GENESIS,
            });
            let public = Public::from_bytes(&record.entry.public);
            let after = before.after(&record.entry);
            let follows = after.is_ok_and(|after| after.hash == record.hash)
                && (header.incarnation == before.incarnation || matches!(public, Ok(Public::Birth(_))))
                && public.as_ref().map_or(true, |public| subject_of(public) == record.subject);
            if !follows {
                verified.fault = Some(Fault::Chain(seq));
                return Ok(logged);
            }
            if record.private.as_ref().is_some_and(|private| private.commitment() != record.entry.commitment) {
                verified.fault = Some(Fault::Private(seq));
                return Ok(logged);
            }
            verified.entries = seq;
            verified.tip = chain::hash(before.hash, &record.entry);
            tip = after.ok();
            if let Ok(public) = &public {
                logged.for_mirrors.take(seq, header.incarnation.0, public);
            }
            match (record.subject, public) {
                (Some(id), Ok(public @ (Public::Appointment(_) | Public::Verdict(_) | Public::Pending(_)))) => {
                    logged.visits.insert(id, Said::of_visit(&record, public));
                }
                (Some(id), Ok(Public::Patient(_))) => {
                    logged.patients.insert(id, Said::new::<Patient>(&record));
                }
                _ => {}
            }
        }
    }
}

/// The row that a body is about; kept beside it only to be found by.
fn subject_of(public: &Public) -> Option<Uuid> {
    match public {
        Public::Appointment(row) => Some(Uuid::from_bytes(*row.id)),
        Public::Patient(id) => Some(Uuid::from_bytes(**id)),
        Public::Blockout(row) => Some(Uuid::from_bytes(*row.id)),
        Public::Verdict(verdict) => verdict.appointment.as_ref().map(|row| Uuid::from_bytes(*row.id)),
        Public::Pending(pending) => pending.appointment.as_ref().map(|row| Uuid::from_bytes(*row.id)),
        // A conflict changes no row: the visit's own history goes on without it.
        Public::Settings(_) | Public::Bulk(_) | Public::Birth(_) | Public::Mark(_) | Public::Conflict(_) => None,
    }
}

/// What to call an entry that can't be read: only its private part can be half there.
async fn unreadable(conn: &mut SqliteConnection, seq: u64) -> Result<Fault, StoreError> {
    let half_erased: Option<bool> =
        sqlx::query_scalar("SELECT (salt IS NULL) <> (private IS NULL) FROM log WHERE seq = ?")
            .bind(seq.cast_signed())
            .fetch_optional(conn)
            .await?;
    Ok(if half_erased == Some(true) { Fault::Private(seq) } else { Fault::Chain(seq) })
}

async fn check_rows(
    conn: &mut SqliteConnection,
    logged: &Logged,
    verified: &mut Verified,
) -> Result<Standing, StoreError> {
    let logged = &logged.visits;
    let mut standing = Standing::new();
    let mut day = Day::besides(conflicts::visits(conn).await?);
    let mut seen = HashSet::new();
    let mut fault = None;
    let mut accepted = 0;
    let mut count = 0;
    let followed_from = rezone::followed_from(rezone::noted(conn).await?.as_ref());
    let elsewhere = on_another_day_than_its_time(conn).await?.map(Fault::Time);
    appointments::each(conn, |visit| -> Result<(), StoreError> {
        count += 1;
        if fault.is_none() {
            fault = check_visit(&visit, logged, followed_from);
        }
        if logged.contains_key(&visit.id.0) {
            seen.insert(visit.id.0);
        }
        let (missed, came) = patients::standing(&visit);
        if missed || came.is_some() {
            let of_patient = standing.entry(visit.patient).or_default();
            of_patient.0 += u32::from(missed);
            of_patient.1 = of_patient.1.max(came);
        }
        let (clash, knowingly) = day.take(visit);
        accepted += knowingly;
        fault = fault.take().or(clash);
        Ok(())
    })
    .await?;
    let (clash, knowingly) = day.finish();
    verified.appointments = count;
    verified.accepted_clashes = accepted + knowingly;
    verified.fault = elsewhere.or(fault).or(clash);
    if verified.fault.is_none() {
        verified.fault = logged.keys().find(|id| !seen.contains(*id)).map(|&id| Fault::Row(id));
    }
    if verified.fault.is_none() {
        verified.fault = booked_without_entry(conn).await?.map(Fault::Row);
    }
    Ok(standing)
}

/// The longest way from a clock on a wall to UTC, in seconds: where rules that
/// aren't here decided, no more can be said of a visit.
const FROM_UTC_S: u64 = 86_400;

/// Whether a visit is as the log says, and its UTC follows from its local time:
/// by the rules that are built in, if it didn't begin before `followed_from`.
fn check_visit(visit: &Appointment, logged: &HashMap<Uuid, Said>, followed_from: Option<Instant>) -> Option<Fault> {
    let id = visit.id.0;
    if logged.get(&id).is_some_and(|said| !said.is(&Public::Appointment(project::appointment(visit)), visit)) {
        return Some(Fault::Row(id));
    }
    let resolved = resolve(&visit.time.zone, visit.time.local);
    let start = visit.time.interval.start;
    let by_these_rules = start == resolved.earliest() || start == resolved.latest();
    let by_others = followed_from.is_none_or(|from| start < from)
        && start.0.abs_diff(visit.time.local.and_utc().timestamp()) <= FROM_UTC_S;
    let starts = by_these_rules || by_others;
    let derived = Interval::lasting(start, visit.time.minutes) == visit.time.interval;
    if starts && derived { None } else { Some(Fault::Time(id)) }
}

/// A visit that stands on another day than its local time says. The days are
/// what everything is found by, and nothing else reads them.
async fn on_another_day_than_its_time(conn: &mut SqliteConnection) -> Result<Option<Uuid>, StoreError> {
    let row = sqlx::query(
        "SELECT id FROM appointment WHERE local_s < day * 86400 OR local_s >= (day + 1) * 86400 \
         ORDER BY day, practitioner, start_s, id LIMIT 1",
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| Cells::new("appointment", &row, 0).id()).transpose()
}

/// A visit that was booked here, and that no entry of the log speaks of. Those
/// that came by import have no wish.
async fn booked_without_entry(conn: &mut SqliteConnection) -> Result<Option<Uuid>, StoreError> {
    let row = sqlx::query(
        "SELECT id FROM appointment a WHERE wish IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM log WHERE subject = a.id) LIMIT 1",
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| Cells::new("appointment", &row, 0).id()).transpose()
}

async fn check_patients(
    conn: &mut SqliteConnection,
    logged: &Logged,
    standing: &Standing,
) -> Result<Option<Fault>, StoreError> {
    let mut seen = 0;
    let mut fault = None;
    patients::each(conn, |patient| -> Result<(), StoreError> {
        if let Some(said) = logged.patients.get(&patient.id.0) {
            seen += 1;
            if !said.is(&project::patient(&patient), &patient) {
                fault = fault.take().or(Some(Fault::Row(patient.id.0)));
            }
        }
        Ok(())
    })
    .await?;
    if fault.is_none() {
        fault = otherwise_standing(conn, standing).await?;
    }
    if fault.is_none() && seen < logged.patients.len() {
        for &id in logged.patients.keys() {
            if patients::by_id(conn, PatientId(id)).await?.is_none() {
                return Ok(Some(Fault::Row(id)));
            }
        }
    }
    Ok(fault)
}

/// By patient, how many visits they missed and the latest day they came.
type Standing = HashMap<PatientId, (u32, Option<i32>)>;

/// A patient whose row keeps another standing than their visits give.
async fn otherwise_standing(conn: &mut SqliteConnection, standing: &Standing) -> Result<Option<Fault>, StoreError> {
    let mut rows = sqlx::query("SELECT id, missed, last_seen_day FROM patient").fetch(conn);
    while let Some(row) = rows.try_next().await? {
        let mut cells = Cells::new("patient", &row, 0);
        let id: PatientId = cells.id()?;
        let kept = (cells.number()?, cells.optional_number()?);
        if kept != standing.get(&id).copied().unwrap_or_default() {
            return Ok(Some(Fault::Row(id.0)));
        }
    }
    Ok(None)
}
