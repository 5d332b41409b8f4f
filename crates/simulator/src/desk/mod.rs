//! A desk's disk: what a hub keeps, and how it answers.
//!
//! Everything in [`Disk`] was committed. A crash keeps it, a restore replaces
//! it with an older copy of itself.

mod day;
mod inbox;
mod lives;
mod settings;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use chairside_schedule::Clinic;
use chairside_sync::body::{
    AppointmentRow, BirthRow, BlockoutRow, BulkRow, ConflictRow, Day, Hash32, Id, Parent, PendingRow, SettingsRow,
    VerdictRow, Window,
};
use chairside_sync::chain::{self, Hash, Tip};
use chairside_sync::decide::busy_of;
use chairside_sync::digest::{self, Digests};
use chairside_sync::hub::{Ask, Born, Told, batch};
use chairside_sync::mutant::{self, Mutant};
use chairside_sync::proposal::Proposal;
use chairside_sync::{Author, Causes, Entry, Header, Incarnation, NodeId, Public};

use crate::id::IdMap;
use crate::said::Said;
pub use day::{DayMap, DayRows, Row};
pub use settings::Settings;

/// How long a proposal waits for a person before the rule decides, in milliseconds.
const LIMIT_MS: i64 = 4 * 3_600_000;

/// Decisions in one transaction.
const AT_ONCE: usize = 64;

/// An entry and its place in the chain.
#[derive(Clone, Debug)]
pub struct Kept {
    pub entry: Entry,
    /// What its public part says; none where this version can't read it.
    pub body: Option<Public>,
    /// The hash before it.
    pub prev: Hash,
    pub hash: Hash,
}

/// A proposal in the inbox.
#[derive(Clone, Debug)]
pub struct Inbox {
    pub order: u64,
    pub proposal: Proposal,
    /// Of the bytes it came as.
    pub content: Hash,
    pub disputed: bool,
    /// Before staff, until then at the latest.
    pub pending_until_ms: Option<i64>,
    pub verdict: Option<VerdictRow>,
}

/// Rows as of a mark.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub days: BTreeMap<Day, DayMap>,
    pub settings: Option<Settings>,
    pub taken_ms: u64,
}

/// What a hub keeps.
#[derive(Clone, Debug)]
pub struct Disk {
    pub node: NodeId,
    /// It writes as a later version does.
    pub newer: bool,
    /// Where the log here begins: before its first entry.
    pub base: Tip,
    pub tip: Tip,
    pub born: Option<Born>,
    pub log: Vec<Rc<Kept>>,
    pub days: BTreeMap<Day, DayMap>,
    pub day_of: IdMap<Day>,
    pub blockouts: BTreeMap<Id, BlockoutRow>,
    pub clinic: Rc<Clinic>,
    pub settings: Settings,
    pub inbox: IdMap<Rc<Inbox>>,
    pub conflicts: BTreeMap<Id, Rc<ConflictRow>>,
    pub causes: Causes,
    /// Where lives began, and what from.
    births: Vec<(u64, Parent)>,
    /// Proposals that this life of the store answered by rule.
    heard_out: BTreeSet<Id>,
    /// Lives of this store that were left for others.
    left: BTreeSet<Id>,
    /// Proposals without a verdict.
    pub undecided: BTreeSet<Id>,
    /// Proposals that were put before a person.
    pub was_pending: BTreeSet<Id>,
    /// Proposals another hub put before staff, which haven't come here yet.
    pub waiting: BTreeMap<Id, PendingRow>,
    /// What visits were before an edit from another desktop, for the judge.
    pub edited: BTreeMap<Id, Option<AppointmentRow>>,
    /// Verdicts that wait for a second transaction; only where broken on purpose.
    pub second: Vec<(i64, VerdictRow)>,
    next_order: u64,
    cached: BTreeMap<Day, Hash32>,
}

/// Why a visit wasn't written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// Others stand in its way.
    Clash,
    /// It isn't what it was.
    Changed,
}

impl Disk {
    /// A new clinic's.
    pub fn found(node: NodeId, incarnation: Incarnation, clinic: Clinic) -> Self {
        let settings = Settings::from(settings_row(&clinic));
        let base = Tip { epoch: 1, incarnation, seq: 0, hash: Hash::GENESIS };
        let mut disk = Self {
            node,
            newer: false,
            base,
            tip: base,
            born: None,
            log: Vec::new(),
            days: BTreeMap::new(),
            day_of: IdMap::default(),
            blockouts: BTreeMap::new(),
            clinic: Rc::new(clinic),
            settings,
            inbox: IdMap::default(),
            conflicts: BTreeMap::new(),
            causes: Causes::default(),
            births: Vec::new(),
            heard_out: BTreeSet::new(),
            left: BTreeSet::new(),
            undecided: BTreeSet::new(),
            was_pending: BTreeSet::new(),
            waiting: BTreeMap::new(),
            edited: BTreeMap::new(),
            second: Vec::new(),
            next_order: 0,
            cached: BTreeMap::new(),
        };
        disk.append(0, Public::Birth(BirthRow { parent: None, left: Vec::new() }));
        disk.append(0, Public::Settings(disk.settings.row().clone()));
        disk
    }

    /// Adds an entry; part of whichever transaction is being written.
    pub fn append(&mut self, at_ms: i64, body: Public) {
        self.append_as(at_ms, self.tip.incarnation, Said::from(body));
    }

    fn append_as(&mut self, at_ms: i64, incarnation: Incarnation, said: Said) {
        self.causes.tick(self.node);
        let header = Header {
            epoch: self.tip.epoch,
            incarnation,
            seq: self.tip.seq + 1,
            at_ms,
            by: Author::Node(self.node),
            causes: self.causes.clone(),
        };
        let commitment = commitment(header.seq);
        let public = if self.newer { crate::newer::more(said.bytes) } else { said.bytes };
        let entry = Entry { header, public, commitment };
        let prev = self.tip.hash;
        let hash = chain::hash(prev, &entry);
        self.tip = Tip { epoch: self.tip.epoch, incarnation, seq: self.tip.seq + 1, hash };
        self.log.push(Rc::new(Kept { entry, body: said.body, prev, hash }));
    }

    /// A visit by id.
    pub fn visit(&self, id: Id) -> Option<&AppointmentRow> {
        self.days.get(self.day_of.get(&id)?)?.get(&id).map(|row| &**row)
    }

    /// Puts a visit where it belongs.
    fn put(&mut self, row: impl Into<Row>) {
        let row = row.into();
        if let Some(day) = self.day_of.insert(row.id, row.day).filter(|day| *day != row.day)
            && let Some(rows) = self.days.get_mut(&day)
        {
            Rc::make_mut(rows).remove(&row.id);
        }
        DayRows::put(self.days.entry(row.day).or_default(), row);
    }

    /// The occupying visits that a row overlaps, of its practitioner.
    pub fn in_the_way(&self, row: &AppointmentRow) -> Vec<Id> {
        let around = (row.day - 1..=row.day + 1).filter_map(|day| self.days.get(&day));
        let others = around.flat_map(|rows| rows.values());
        let overlapping = others.filter(|other| {
            other.start_s < row.end_s
                && row.start_s < other.end_s
                && other.practitioner == row.practitioner
                && other.id != row.id
                && busy_of(other).is_some()
        });
        overlapping.map(|other| other.id).collect()
    }

    /// Writes a visit as staff at the desk do: at once, online or not.
    pub fn staff_write(&mut self, at_ms: i64, row: AppointmentRow, knowingly: bool) -> Result<(), Refusal> {
        let before = self.visit(row.id).map_or(0, |before| before.version);
        if row.version != before + 1 {
            return Err(Refusal::Changed);
        }
        let takes = busy_of(&row).is_some();
        if takes && !knowingly && !self.in_the_way(&row).is_empty() && !mutant::on(Mutant::SkipClash) {
            return Err(Refusal::Clash);
        }
        self.append(at_ms, Public::Appointment(row.clone()));
        self.put(row);
        Ok(())
    }

    /// Replaces the settings.
    pub fn staff_settings(&mut self, at_ms: i64, clinic: Clinic) {
        self.settings = Settings::from(settings_row(&clinic));
        self.clinic = Rc::new(clinic);
        self.append(at_ms, Public::Settings(self.settings.row().clone()));
        if self.newer {
            self.append_as(at_ms, self.tip.incarnation, Said { bytes: crate::newer::ENTRY.to_vec(), body: None });
        }
    }

    /// Many visits at once, as an import brings them.
    pub fn bulk(&mut self, at_ms: i64, rows: Vec<AppointmentRow>) -> Option<Window> {
        let first = rows.iter().map(|row| row.day).min()?;
        let last = rows.iter().map(|row| row.day).max()?;
        let body = BulkRow {
            appointments: rows.len() as u64,
            patients: 0,
            first_day: Some(first),
            last_day: Some(last),
            digest: Hash32::from([0; 32]),
        };
        self.append(at_ms, Public::Bulk(body));
        rows.into_iter().for_each(|row| self.put(row));
        Some(Window { from: first, to: last + 1 })
    }

    fn snapshot(&self, now_ms: u64) -> Snapshot {
        Snapshot { days: self.days.clone(), settings: Some(self.settings.clone()), taken_ms: now_ms }
    }

    /// Answers everything but what needs a snapshot's id, which [`crate::hub::DeskProcess`] keeps.
    pub fn answer(&mut self, ask: &Ask, now_ms: i64, fresh_life: Incarnation) -> Told {
        match ask {
            Ask::Find(places) => Told::Found(self.find(places)),
            Ask::Batch { after, upto } => {
                let seq = |kept: &Rc<Kept>| kept.entry.header.seq;
                let from = self.log.partition_point(|kept| seq(kept) <= *after);
                let Some(first) = self.log.get(from).filter(|_| *after >= self.base.seq) else {
                    return Told::Batch(None);
                };
                let numbers = seq(first)..=*upto;
                let follow = self.log[from..].iter().zip(numbers).take_while(|(kept, number)| seq(kept) == *number);
                let entries = batch(first.prev, follow.map(|(kept, _)| &kept.entry));
                Told::Batch(entries.map(|mut entries| {
                    let last = from + entries.entries.len() - 1;
                    entries.signature = sign(self.log[last].hash).to_vec().into();
                    Box::new(entries)
                }))
            }
            Ask::Receive(propose) => Told::Received(self.receive(now_ms, propose)),
            Ask::Decide { gate, ask_staff, now_ms } => {
                let more = self.decide(gate, *ask_staff, *now_ms);
                let undecided = self.undecided.iter().filter_map(|id| self.inbox.get(id));
                let limits = undecided.filter(|inbox| {
                    let open = || gate.lets_through(&self.gate_days(&inbox.proposal), false);
                    inbox.verdict.is_none() && !inbox.disputed && inbox.pending_until_ms.is_some() && open()
                });
                let next_limit_ms = limits.filter_map(|inbox| inbox.pending_until_ms).min();
                Told::Decided { tip: self.tip, more, next_limit_ms }
            }
            // The desks here keep no names.
            Ask::TakeBack { entries, untold, .. } => {
                self.take_back(now_ms, entries, Some(untold));
                Told::TookBack { tip: self.tip }
            }
            Ask::TakeAside(tail) => {
                self.take_back(now_ms, tail, None);
                Told::TookBack { tip: self.tip }
            }
            Ask::TakeOrphans(rows) => {
                self.take_orphans(now_ms, &rows.appointments);
                Told::TookBack { tip: self.tip }
            }
            Ask::Birth(parent) => {
                self.birth(now_ms, fresh_life, *parent);
                Told::Born { tip: self.tip, born: self.born.unwrap_or(Born { seq: 0, parent: *parent }) }
            }
            Ask::Verdicts(from) => {
                let from = usize::try_from(*from).unwrap_or(usize::MAX);
                let mut verdicts: Vec<_> = self.inbox.values().filter_map(|inbox| inbox.verdict.as_ref()).collect();
                verdicts.sort_unstable_by_key(|verdict| verdict.proposal);
                let some: Vec<_> = verdicts.into_iter().skip(from).take(AT_ONCE).cloned().collect();
                let next = (some.len() == AT_ONCE).then_some((from + AT_ONCE) as u64);
                Told::Verdicts(some, next)
            }
            Ask::Mark(window) => {
                if self.log.last().and_then(|kept| kept.body.as_ref()) != Some(&Public::Mark(*window)) {
                    self.append(now_ms, Public::Mark(*window));
                }
                Told::Marked { mark: self.tip.seq, tip: self.tip, left: self.left.iter().copied().collect() }
            }
            // With the snapshot, by the process that holds it.
            Ask::Digest(..) | Ask::Day(..) | Ask::Acknowledged(..) | Ask::TakeEnded(_) => Told::Failed,
        }
    }

    /// A snapshot as it is opened right behind a mark.
    pub fn open_snapshot(&self, now_ms: u64) -> Snapshot {
        self.snapshot(now_ms)
    }

    /// The digests of a snapshot, or of whatever is there now where broken on purpose.
    pub fn digests(&mut self, snapshot: &Snapshot, window: Window) -> Digests {
        if mutant::on(Mutant::TrustCachedDigest) {
            let mut days = BTreeMap::new();
            for day in window.days() {
                let now = snapshot.days.get(&day).filter(|rows| !rows.is_empty()).map(|rows| rows.digest());
                let digest = match (self.cached.get(&day), now) {
                    (Some(cached), Some(_)) => Some(*cached),
                    (_, now) => now,
                };
                if let Some(digest) = digest {
                    self.cached.insert(day, digest);
                    days.insert(day, digest);
                }
            }
            return Digests { settings: Settings::digest_of(snapshot.settings.as_ref()), days };
        }
        if mutant::on(Mutant::CompareMovingTip) {
            return digests(&self.days, Some(&self.settings), window);
        }
        digests(&snapshot.days, snapshot.settings.as_ref(), window)
    }
}

/// Digests of rows, as both sides compute them.
pub fn digests(days: &BTreeMap<Day, DayMap>, settings: Option<&Settings>, window: Window) -> Digests {
    let filled = days.range(window.from..window.to).filter(|(_, rows)| !rows.is_empty());
    Digests { settings: Settings::digest_of(settings), days: filled.map(|(day, rows)| (*day, rows.digest())).collect() }
}

/// A day of a snapshot.
pub fn day_rows(snapshot: &Snapshot, day: Day) -> digest::DayRows {
    let rows = snapshot.days.get(&day).map(|rows| rows.values().map(|row| (**row).clone()).collect());
    digest::DayRows { appointments: rows.unwrap_or_default(), blockouts: Vec::new() }
}

/// The private part of a simulated entry is empty; its commitment is as fresh as a salt.
fn commitment(seq: u64) -> Hash {
    let mut bytes = [0; 32];
    let mut word = seq;
    for eight in bytes.as_chunks_mut::<8>().0 {
        word = word.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        *eight = word.to_le_bytes();
    }
    Hash(bytes)
}

/// The simulator's signatures: a keyed hash, as good as it has to be where nobody forges.
pub fn sign(hash: Hash) -> [u8; 32] {
    let mut signature = [7; 32];
    let mut word = 0x0123_4567_89ab_cdef_u64;
    for (eight, of) in signature.as_chunks_mut::<8>().0.iter_mut().zip(hash.0.as_chunks::<8>().0) {
        word = (word ^ u64::from_le_bytes(*of)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        *eight = word.to_le_bytes();
    }
    signature
}

fn settings_row(clinic: &Clinic) -> SettingsRow {
    let content = serde_json::to_string(clinic).unwrap_or_default();
    SettingsRow { version: 1, content }
}
