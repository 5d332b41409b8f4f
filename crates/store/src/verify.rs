//! Re-reading the store: is everything as it was written?

use std::collections::{HashMap, HashSet};
use std::fmt;

use chairside_schedule::id::PractitionerId;
use chairside_schedule::time::{Interval, day_number, resolve};
use chairside_schedule::{Appointment, clash};
use chairside_sync::{Hash, Public, Tip, chain};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

use crate::error::StoreError;
use crate::log;
use crate::project;
use crate::rows::appointments;
use crate::store::Store;

/// What a check found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verified {
    /// Entries of the log that were recomputed.
    pub entries: u64,
    /// Visits that were re-read.
    pub appointments: u64,
    /// Patients that are there.
    pub patients: u64,
    /// Overlapping pairs that came by import or were overbooked knowingly.
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
    /// A visit isn't as the last entry about it says.
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
        verify(&mut *self.readers.acquire().await?).await
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
        let rows = follow_chain(conn, &mut verified).await?;
        if verified.fault.is_none() {
            check_rows(conn, &rows, &mut verified).await?;
        }
    }
    if verified.fault.is_none() {
        verified.fault = search_index(conn).await?;
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

/// Recomputes the chain. Answers what the last entry about each visit says of it.
async fn follow_chain(
    conn: &mut SqliteConnection,
    verified: &mut Verified,
) -> Result<HashMap<Uuid, Vec<u8>>, StoreError> {
    let mut rows = HashMap::new();
    let mut tip: Option<Tip> = None;
    loop {
        let records = log::after(conn, verified.entries, PAGE).await?;
        if records.is_empty() {
            return Ok(rows);
        }
        for record in records {
            let seq = verified.entries + 1;
            let header = &record.entry.header;
            let before = tip.unwrap_or(Tip {
                epoch: header.epoch,
                incarnation: header.incarnation,
                seq: 0,
                hash: Hash::GENESIS,
            });
            let after = before.after(&record.entry);
            let follows = after.is_ok_and(|after| after.hash == record.hash)
                && (header.incarnation == before.incarnation || is_birth(&record.entry.public));
            if !follows {
                verified.fault = Some(Fault::Chain(seq));
                return Ok(rows);
            }
            if record.private.as_ref().is_some_and(|private| private.commitment() != record.entry.commitment) {
                verified.fault = Some(Fault::Private(seq));
                return Ok(rows);
            }
            verified.entries = seq;
            verified.tip = chain::hash(before.hash, &record.entry);
            tip = after.ok();
            if let (Some(subject), Ok(Public::Appointment(_))) =
                (record.subject, Public::from_bytes(&record.entry.public))
            {
                rows.insert(subject, record.entry.public);
            }
        }
    }
}

fn is_birth(public: &[u8]) -> bool {
    matches!(Public::from_bytes(public), Ok(Public::Birth(_)))
}

async fn check_rows(
    conn: &mut SqliteConnection,
    logged: &HashMap<Uuid, Vec<u8>>,
    verified: &mut Verified,
) -> Result<(), StoreError> {
    let mut day = Day::default();
    let mut seen = HashSet::new();
    let mut fault = None;
    let mut accepted = 0;
    let mut count = 0;
    appointments::each(conn, |visit| -> Result<(), StoreError> {
        count += 1;
        if fault.is_none() {
            fault = check_visit(&visit, logged);
        }
        if logged.contains_key(&visit.id.0) {
            seen.insert(visit.id.0);
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
    verified.fault = fault.or(clash).or_else(|| logged.keys().find(|id| !seen.contains(*id)).map(|&id| Fault::Row(id)));
    Ok(())
}

fn check_visit(visit: &Appointment, logged: &HashMap<Uuid, Vec<u8>>) -> Option<Fault> {
    let id = visit.id.0;
    let as_logged =
        logged.get(&id).is_none_or(|public| *public == Public::Appointment(project::appointment(visit)).to_bytes());
    if !as_logged {
        return Some(Fault::Row(id));
    }
    let resolved = resolve(&visit.time.zone, visit.time.local);
    let start = visit.time.interval.start;
    let starts = start == resolved.earliest() || start == resolved.latest();
    let derived = Interval::lasting(start, visit.time.minutes) == visit.time.interval;
    if starts && derived { None } else { Some(Fault::Time(id)) }
}

/// Visits of two days in a row, looked through for clashes.
#[derive(Default)]
struct Day {
    number: i32,
    today: HashMap<PractitionerId, Vec<Appointment>>,
    /// Those of the day before that reach past its midnight.
    over_midnight: HashMap<PractitionerId, Vec<Appointment>>,
}

impl Day {
    fn take(&mut self, visit: Appointment) -> (Option<Fault>, u64) {
        let number = day_number(visit.time.day());
        let done = if number == self.number { (None, 0) } else { self.turn(number) };
        if visit.status.occupies() {
            self.today.entry(visit.practitioner).or_default().push(visit);
        }
        done
    }

    fn finish(&mut self) -> (Option<Fault>, u64) {
        self.turn(i32::MAX)
    }

    fn turn(&mut self, next: i32) -> (Option<Fault>, u64) {
        let mut fault = None;
        let mut accepted = 0;
        let mut over_midnight: HashMap<PractitionerId, Vec<Appointment>> = HashMap::new();
        for (practitioner, mut column) in std::mem::take(&mut self.today) {
            let own = column.len();
            column.extend(self.over_midnight.remove(&practitioner).unwrap_or_default());
            let intervals: Vec<Interval> = column.iter().map(|visit| visit.time.interval).collect();
            for pair in clash::pairs(&intervals) {
                if pair.first >= own && pair.second >= own {
                    continue;
                }
                let (first, second) = (&column[pair.first], &column[pair.second]);
                if knowingly(first) || knowingly(second) {
                    accepted += 1;
                } else {
                    fault = fault.or(Some(Fault::Clash(first.id.0, second.id.0)));
                }
            }
            let late = column.into_iter().filter(|visit| {
                let ends = visit.time.local + chrono::TimeDelta::minutes(i64::from(visit.time.minutes));
                day_number(ends.date()) > self.number
            });
            over_midnight.insert(practitioner, late.collect());
        }
        self.over_midnight = if next == self.number.saturating_add(1) { over_midnight } else { HashMap::new() };
        self.number = next;
        (fault, accepted)
    }
}

/// Whether somebody said so, or it came so.
fn knowingly(visit: &Appointment) -> bool {
    visit.overbooked.is_some() || visit.flags.has(chairside_schedule::appointment::Flags::CLASHES)
}

async fn search_index(conn: &mut SqliteConnection) -> Result<Option<Fault>, StoreError> {
    let patients: i64 = sqlx::query_scalar("SELECT count(*) FROM patient").fetch_one(&mut *conn).await?;
    for count in [
        "SELECT count(*) FROM patient JOIN patient_words ON patient_words.rowid = patient.recency",
        "SELECT count(*) FROM patient JOIN patient_trigrams ON patient_trigrams.rowid = patient.recency",
    ] {
        let indexed: i64 = sqlx::query_scalar(count).fetch_one(&mut *conn).await?;
        if indexed != patients {
            return Ok(Some(Fault::Search));
        }
    }
    Ok(None)
}
