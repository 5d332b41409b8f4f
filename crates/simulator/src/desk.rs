//! A desk's disk: what a hub keeps, and how it answers.
//!
//! Everything in [`Disk`] was committed. A crash keeps it, a restore replaces
//! it with an older copy of itself.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use chairside_schedule::Clinic;
use chairside_schedule::time::Instant;
use chairside_sync::body::{
    AppointmentRow, BirthRow, BlockoutRow, BulkRow, ConflictRow, Day, Hash32, Id, Parent, PendingRow, SettingsRow,
    VerdictRow, Window,
};
use chairside_sync::chain::{self, Hash, Tip};
use chairside_sync::decide::{
    self, ALTERNATIVE_DAYS, Decision, Facts, First, Terms, blockout_of, busy_of, days_read, decide, decide_pending,
};
use chairside_sync::digest::{self, DayRows, Digests};
use chairside_sync::hub::{Ask, Born, Found, Gate, Receipt, Seen, Told, batch, receipt};
use chairside_sync::mutant::{self, Mutant};
use chairside_sync::proposal::{Proposal, content_hash};
use chairside_sync::restore::{ConflictKind, Known, subjects, take_aside, take_back};
use chairside_sync::takeover::Grant;
use chairside_sync::wire::{At, Propose};
use chairside_sync::{Author, Causes, Entry, Header, Incarnation, NodeId, Public, Wish};

use crate::centre;

/// How long a proposal waits for a person before the rule decides, in milliseconds.
const LIMIT_MS: i64 = 4 * 3_600_000;

/// Decisions in one transaction.
const AT_ONCE: usize = 64;

/// The visits of one day, shared with the snapshots that hold them too.
pub type DayMap = Rc<BTreeMap<Id, AppointmentRow>>;

/// An entry and its place in the chain.
#[derive(Clone, Debug)]
pub struct Kept {
    pub entry: Entry,
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
    pub settings: Option<SettingsRow>,
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
    pub day_of: BTreeMap<Id, Day>,
    pub blockouts: BTreeMap<Id, BlockoutRow>,
    pub clinic: Rc<Clinic>,
    pub settings: SettingsRow,
    pub inbox: BTreeMap<Id, Inbox>,
    pub conflicts: BTreeMap<Id, ConflictRow>,
    pub causes: Causes,
    /// Where lives began, and what from.
    births: Vec<(u64, Parent)>,
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
        let settings = settings_row(&clinic);
        let base = Tip { epoch: 1, incarnation, seq: 0, hash: Hash::GENESIS };
        let mut disk = Self {
            node,
            newer: false,
            base,
            tip: base,
            born: None,
            log: Vec::new(),
            days: BTreeMap::new(),
            day_of: BTreeMap::new(),
            blockouts: BTreeMap::new(),
            clinic: Rc::new(clinic),
            settings,
            inbox: BTreeMap::new(),
            conflicts: BTreeMap::new(),
            causes: Causes::default(),
            births: Vec::new(),
            undecided: BTreeSet::new(),
            was_pending: BTreeSet::new(),
            waiting: BTreeMap::new(),
            edited: BTreeMap::new(),
            second: Vec::new(),
            next_order: 0,
            cached: BTreeMap::new(),
        };
        disk.append(0, &Public::Birth(BirthRow { parent: None }));
        disk.append(0, &Public::Settings(disk.settings.clone()));
        disk
    }

    /// Adds an entry; part of whichever transaction is being written.
    pub fn append(&mut self, at_ms: i64, body: &Public) {
        let incarnation = self.tip.incarnation;
        self.append_as(at_ms, incarnation, body.to_bytes());
    }

    fn append_as(&mut self, at_ms: i64, incarnation: Incarnation, public: Vec<u8>) {
        self.causes.tick(self.node);
        let header = Header {
            epoch: self.tip.epoch,
            incarnation,
            seq: self.tip.seq + 1,
            at_ms,
            by: Author::Node(self.node),
            causes: self.causes.clone(),
        };
        // The private part of a simulated entry is empty; its commitment is as fresh as a salt.
        let commitment = Hash(*blake3::hash(&header.seq.to_le_bytes()).as_bytes());
        let public = if self.newer { crate::newer::more(public) } else { public };
        let entry = Entry { header, public, commitment };
        let prev = self.tip.hash;
        let hash = chain::hash(prev, &entry);
        self.tip = Tip { epoch: self.tip.epoch, incarnation, seq: self.tip.seq + 1, hash };
        self.log.push(Rc::new(Kept { entry, prev, hash }));
    }

    /// A visit by id.
    pub fn visit(&self, id: Id) -> Option<&AppointmentRow> {
        self.days.get(self.day_of.get(&id)?)?.get(&id)
    }

    /// Puts a visit where it belongs.
    fn put(&mut self, row: AppointmentRow) {
        if let Some(day) = self.day_of.insert(row.id, row.day).filter(|day| *day != row.day)
            && let Some(rows) = self.days.get_mut(&day)
        {
            Rc::make_mut(rows).remove(&row.id);
        }
        Rc::make_mut(self.days.entry(row.day).or_default()).insert(row.id, row);
    }

    /// The occupying visits that a row overlaps, of its practitioner.
    pub fn in_the_way(&self, row: &AppointmentRow) -> Vec<Id> {
        let around = (row.day - 1..=row.day + 1).filter_map(|day| self.days.get(&day));
        let others = around.flat_map(|rows| rows.values());
        let overlapping = others.filter(|other| {
            other.id != row.id
                && other.practitioner == row.practitioner
                && other.start_s < row.end_s
                && row.start_s < other.end_s
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
        self.append(at_ms, &Public::Appointment(row.clone()));
        self.put(row);
        Ok(())
    }

    /// Replaces the settings.
    pub fn staff_settings(&mut self, at_ms: i64, clinic: Clinic) {
        self.settings = settings_row(&clinic);
        self.clinic = Rc::new(clinic);
        self.append(at_ms, &Public::Settings(self.settings.clone()));
        if self.newer {
            self.append_as(at_ms, self.tip.incarnation, crate::newer::ENTRY.to_vec());
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
        self.append(at_ms, &Public::Bulk(body));
        rows.into_iter().for_each(|row| self.put(row));
        Some(Window { from: first, to: last + 1 })
    }

    /// A person settles a pending proposal; `None` where nothing was to settle.
    pub fn staff_decide(&mut self, at_ms: i64, proposal: Id, accept: bool) -> Option<()> {
        let inbox = self.inbox.get(&proposal)?;
        if inbox.verdict.is_some() || inbox.pending_until_ms.is_none() {
            return None;
        }
        let inbox = inbox.clone();
        let decision = self.with_facts(&inbox.proposal, |facts| {
            decide_pending(&inbox.proposal, facts, accept, Instant(at_ms / 1_000))
        })?;
        self.write(at_ms, &inbox, decision);
        Some(())
    }

    /// Proposals before staff.
    pub fn pending(&self) -> Vec<Id> {
        let pending =
            self.inbox.iter().filter(|(_, inbox)| inbox.verdict.is_none() && inbox.pending_until_ms.is_some());
        pending.map(|(id, _)| *id).collect()
    }

    fn with_facts<T>(&self, proposal: &Proposal, decide: impl FnOnce(&Facts<'_>) -> T) -> T {
        let visit = self.visit(proposal.appointment).cloned();
        let first = match proposal.after {
            None => First::None,
            Some(first) => match self.inbox.get(&first.0).map(|first| first.verdict.as_ref().map(|v| v.accepted)) {
                None => First::Unknown,
                Some(None) => First::Open,
                Some(Some(true)) => First::Accepted,
                Some(Some(false)) => First::Rejected,
            },
        };
        let (mut busy, mut blockouts) = (Vec::new(), Vec::new());
        if let Some((from, to)) = days_read(proposal) {
            let days = (from - 1..=to + 1).filter_map(|day| self.days.get(&day));
            busy = days.flat_map(|rows| rows.values().filter_map(busy_of)).collect();
            let near = self.blockouts.values().filter(|row| (from - 1..=to + ALTERNATIVE_DAYS).contains(&row.day));
            blockouts = near.filter_map(blockout_of).collect();
        }
        decide(&Facts { clinic: &self.clinic, visit, first, busy: &busy, blockouts: &blockouts })
    }

    /// The days that have to be open before a proposal may be decided.
    fn gate_days(&self, proposal: &Proposal) -> Vec<Day> {
        let mut days = proposal.days();
        // Where the visit now is: what is cancelled or moved away changes that day too.
        if matches!(proposal.wish, Wish::Move(_)) {
            days.extend(self.day_of.get(&proposal.appointment));
        }
        days
    }

    fn decide(&mut self, gate: &Gate, ask_staff: bool, now_ms: i64) -> bool {
        for (at_ms, verdict) in std::mem::take(&mut self.second) {
            self.append(at_ms, &Public::Verdict(Box::new(verdict.clone())));
            self.learn_verdict(&verdict);
        }
        let mut waiting: Vec<(bool, u64, Id)> = self
            .undecided
            .iter()
            .filter_map(|id| Some((id, self.inbox.get(id)?)))
            .map(|(id, inbox)| (!matches!(inbox.proposal.wish, Wish::Edit(_)), inbox.order, *id))
            .collect();
        // Staff first, then as they came.
        waiting.sort_unstable();
        let mut decided = 0;
        for (_, _, id) in waiting {
            if decided == AT_ONCE {
                return true;
            }
            let Some(inbox) = self.inbox.get(&id).cloned() else { continue };
            let days = self.gate_days(&inbox.proposal);
            if let Some(until) = inbox.pending_until_ms {
                // Behind a shut gate nobody would hear of it, and another life may have said otherwise.
                if until <= now_ms && !inbox.disputed && gate.lets_through(&days, false) {
                    let accept = self.with_facts(&inbox.proposal, |facts| {
                        decide_pending(&inbox.proposal, facts, true, Instant(now_ms / 1_000))
                    });
                    let decision = accept.unwrap_or_else(|| Decision::Reject(decide::Reason::Taken, Vec::new()));
                    self.write(now_ms, &inbox, decision);
                    decided += 1;
                }
                continue;
            }
            if !gate.lets_through(&days, true) {
                continue;
            }
            let unresent = matches!(inbox.proposal.wish, Wish::Cancel | Wish::Move(_));
            let terms = Terms {
                now: Instant(now_ms / 1_000),
                ask_staff,
                all_resent: !unresent || self.first_resent(gate, &inbox.proposal),
                disputed: !gate.lets_through(&days, false),
                clocks_apart: gate.clocks_apart,
            };
            let decision = self.with_facts(&inbox.proposal, |facts| decide(&inbox.proposal, facts, terms));
            if decision != Decision::Wait {
                if let Some(kept) = self.inbox.get_mut(&inbox.proposal.id.0) {
                    // No limit decides what was put before staff for that reason.
                    kept.disputed = terms.disputed;
                }
                if matches!(inbox.proposal.wish, Wish::Edit(_)) {
                    let before = self.visit(inbox.proposal.appointment).cloned();
                    self.edited.insert(inbox.proposal.id.0, before);
                }
                self.write(now_ms, &inbox, decision);
                decided += 1;
            }
        }
        false
    }

    /// Whether whatever a dependent proposal waits for would have come by now.
    fn first_resent(&self, gate: &Gate, proposal: &Proposal) -> bool {
        let days = self.gate_days(proposal);
        if days.is_empty() {
            // A cancel of nothing that is known here: any day could be its own.
            return !gate.resent.is_empty() && gate.open.iter().all(|day| gate.resent.contains(day));
        }
        gate.is_resent(&days)
    }

    /// Writes a decision: the visit and the verdict in one entry.
    fn write(&mut self, at_ms: i64, inbox: &Inbox, decision: Decision) {
        let proposal = inbox.proposal.id.0;
        let content = Hash32::from(inbox.content.0);
        let verdict = |accepted, appointment: Option<AppointmentRow>, reason: Option<String>, alternatives| {
            VerdictRow { proposal, content, accepted, appointment, reason, alternatives, again: false }
        };
        let (verdict, conflict) = match decision {
            Decision::Wait => return,
            Decision::Ask(row) => {
                let body = PendingRow { proposal, content, appointment: row.clone() };
                self.append(at_ms, &Public::Pending(Box::new(body)));
                if let Some(row) = row {
                    self.put(row);
                }
                self.was_pending.insert(proposal);
                if let Some(kept) = self.inbox.get_mut(&proposal) {
                    kept.pending_until_ms = Some(at_ms + LIMIT_MS);
                }
                return;
            }
            Decision::Accept(row) => (verdict(true, row, None, Vec::new()), None),
            Decision::AcceptWithConflict(row, conflict) => (verdict(true, row, None, Vec::new()), Some(conflict)),
            Decision::Reject(reason, alternatives) => {
                // A place that was kept for it is free again.
                let held = self
                    .visit(inbox.proposal.appointment)
                    .filter(|row| row.status == "pending" && matches!(inbox.proposal.wish, Wish::Book(_)));
                let freed = held.map(|row| AppointmentRow {
                    version: row.version + 1,
                    status: "cancelled".to_owned(),
                    ..row.clone()
                });
                (verdict(false, freed, Some(reason.as_str().to_owned()), alternatives), None)
            }
        };
        if let Some(row) = &verdict.appointment {
            self.put(row.clone());
        }
        if let Some(row) = verdict.appointment.as_ref().filter(|_| mutant::on(Mutant::VerdictInSecondTransaction)) {
            self.append(at_ms, &Public::Appointment(row.clone()));
            self.second.push((at_ms, verdict));
            return;
        }
        self.append(at_ms, &Public::Verdict(Box::new(verdict.clone())));
        if let Some(conflict) = conflict {
            self.append(at_ms, &Public::Conflict(Box::new(conflict.clone())));
            self.conflicts.insert(conflict.id, conflict);
        }
        if let Some(kept) = self.inbox.get_mut(&proposal) {
            kept.verdict = Some(verdict);
            self.undecided.remove(&proposal);
            kept.pending_until_ms = None;
        }
    }

    pub fn receive(&mut self, now_ms: i64, propose: &Propose) -> Receipt {
        let seen =
            self.inbox.get(&propose.id.0).map(|inbox| Seen { content: inbox.content, verdict: inbox.verdict.clone() });
        let waiting = self.waiting.get(&propose.id.0);
        let seen = seen.or_else(|| waiting.map(|waiting| Seen { content: Hash(*waiting.content), verdict: None }));
        let (receipt, mut proposal) = receipt(propose, seen.as_ref());
        let mut pending_until_ms = None;
        if receipt == Receipt::Noted && self.waiting.remove(&propose.id.0).is_some() {
            // Another hub put it before staff, and its place is taken by it already.
            proposal = Proposal::from_bytes(&propose.content).ok();
            pending_until_ms = Some(now_ms + LIMIT_MS);
            self.was_pending.insert(propose.id.0);
        }
        if let Some(proposal) = proposal {
            self.next_order += 1;
            let inbox = Inbox {
                order: self.next_order,
                proposal,
                content: content_hash(&propose.content),
                disputed: propose.disputed,
                pending_until_ms,
                verdict: None,
            };
            self.inbox.insert(propose.id.0, inbox);
            self.undecided.insert(propose.id.0);
        }
        receipt
    }

    fn take_back(&mut self, at_ms: i64, tail: &[Vec<u8>], was_told: bool) {
        let tail: Vec<Public> = tail.iter().filter_map(|bytes| Public::from_bytes(bytes).ok()).collect();
        let (visits, proposals) = subjects(&tail);
        let known = Known {
            visits: visits.into_iter().filter_map(|id| Some((id, self.visit(id)?.clone()))).collect(),
            verdicts: proposals
                .into_iter()
                .filter_map(|id| Some((id, self.inbox.get(&id)?.verdict.clone()?)))
                .collect(),
            conflicts: self.conflicts.clone(),
            pending: self.kept_for_pending(),
        };
        let disk = &*self;
        let in_the_way = |row: &AppointmentRow| disk.in_the_way(row);
        let taken = if was_told { take_back(&tail, known, in_the_way) } else { take_aside(&tail, known, in_the_way) };
        taken.into_iter().for_each(|body| self.apply_own(at_ms, &body));
    }

    /// The visits that keep a place until somebody decides, by proposal.
    fn kept_for_pending(&self) -> BTreeMap<Id, AppointmentRow> {
        let waiting = self.undecided.iter().filter_map(|id| self.inbox.get(id));
        let books = waiting.filter(|inbox| matches!(inbox.proposal.wish, Wish::Book(_)));
        let kept = books.filter_map(|inbox| Some((inbox.proposal.id.0, self.visit(inbox.proposal.appointment)?)));
        kept.filter(|(_, visit)| visit.status == "pending").map(|(id, visit)| (id, visit.clone())).collect()
    }

    /// Writes an entry of this store's own and what it says.
    fn apply_own(&mut self, at_ms: i64, body: &Public) {
        match body {
            Public::Verdict(verdict) => {
                if let Some(row) = &verdict.appointment {
                    self.put(row.clone());
                }
                self.learn_verdict(verdict);
            }
            Public::Conflict(conflict) => {
                self.conflicts.insert(conflict.id, (**conflict).clone());
            }
            _ => {}
        }
        self.append(at_ms, body);
    }

    /// A verdict whose proposal this store may have lost.
    fn learn_verdict(&mut self, verdict: &VerdictRow) {
        if let Some(inbox) = self.inbox.get_mut(&verdict.proposal) {
            inbox.verdict = Some(verdict.clone());
            self.undecided.remove(&verdict.proposal);
            inbox.pending_until_ms = None;
            return;
        }
        self.next_order += 1;
        let lost = Proposal {
            id: chairside_sync::ProposalId(verdict.proposal),
            appointment: verdict.appointment.as_ref().map_or(verdict.proposal, |row| row.id),
            after: None,
            wish: Wish::Cancel,
            urgent: false,
            sealed: None,
        };
        let inbox = Inbox {
            order: self.next_order,
            proposal: lost,
            // The content is gone, its hash isn't.
            content: Hash(*verdict.content),
            disputed: false,
            pending_until_ms: None,
            verdict: Some(verdict.clone()),
        };
        self.inbox.insert(verdict.proposal, inbox);
    }

    fn take_orphans(&mut self, at_ms: i64, rows: &[AppointmentRow]) {
        for row in rows {
            if self.visit(row.id).is_some() {
                continue;
            }
            let conflict = ConflictKind::Orphan.row(row.id, row.clone());
            if !self.conflicts.contains_key(&conflict.id) {
                self.apply_own(at_ms, &Public::Conflict(Box::new(conflict)));
            }
        }
    }

    /// Begins a new life that grew from `parent`.
    pub fn birth(&mut self, at_ms: i64, incarnation: Incarnation, parent: At) {
        let since = self.log.iter().filter(|kept| kept.entry.header.seq > parent.seq);
        // What was written behind the place where the histories part is said
        // once more, or a mirror would know of it from rows alone.
        let (mut verdicts, mut visits) = (BTreeMap::new(), BTreeSet::new());
        for kept in since {
            match Public::from_bytes(&kept.entry.public) {
                // Of several on one wish the last is the one that stands.
                Ok(Public::Verdict(verdict)) => {
                    verdicts.insert(verdict.proposal, *verdict);
                }
                Ok(Public::Appointment(row)) => {
                    visits.insert(row.id);
                }
                _ => {}
            }
        }
        let body = Public::Birth(BirthRow {
            parent: Some(Parent { incarnation: parent.incarnation, seq: parent.seq, hash: parent.hash }),
        });
        self.append_as(at_ms, incarnation, body.to_bytes());
        let parent_row = Parent { incarnation: parent.incarnation, seq: parent.seq, hash: parent.hash };
        self.births.push((self.tip.seq, parent_row));
        self.born = Some(Born { seq: self.tip.seq, parent });
        for verdict in verdicts.into_values() {
            // The visit itself may have changed since.
            let verdict = VerdictRow { appointment: self.visit_of(&verdict), ..verdict };
            self.append(at_ms, &Public::Verdict(Box::new(verdict)));
        }
        let visits: Vec<AppointmentRow> = visits.iter().filter_map(|id| self.visit(*id).cloned()).collect();
        visits.into_iter().for_each(|row| self.append(at_ms, &Public::Appointment(row)));
    }

    fn visit_of(&self, verdict: &VerdictRow) -> Option<AppointmentRow> {
        self.visit(verdict.appointment.as_ref()?.id).cloned()
    }

    fn find(&self, places: &[At]) -> Found {
        let life = |kept: &Rc<Kept>| *kept.entry.header.incarnation.0.as_bytes();
        let other = |kept: &Rc<Kept>, place: &At| kept.hash.0 != *place.hash && !mutant::on(Mutant::IgnoreOtherHash);
        for place in places {
            if *place == At::from(self.base) {
                return Found::At { place: *place, resume_after: place.seq };
            }
            let kept = self.log.binary_search_by_key(&place.seq, |kept| kept.entry.header.seq);
            let kept = kept.ok().and_then(|at| self.log.get(at));
            if kept.is_some_and(|kept| !other(kept, place) && life(kept) == *place.incarnation) {
                return Found::At { place: *place, resume_after: place.seq };
            }
        }
        // Beyond where that life was left: what follows is the birth, the
        // latest of several, since each says again what was decided before it.
        let left = places.first().and_then(|place| {
            let grew = |parent: &Parent| parent.incarnation == place.incarnation && parent.seq <= place.seq;
            let birth = self.births.iter().rev().find(|(_, parent)| grew(parent))?;
            Some(Found::At { place: *place, resume_after: birth.0 - 1 })
        });
        let too_old = places.first().is_some_and(|place| place.seq < self.base.seq);
        left.unwrap_or(if too_old { Found::TooOld } else { Found::Diverged })
    }

    fn snapshot(&self, now_ms: u64) -> Snapshot {
        Snapshot { days: self.days.clone(), settings: Some(self.settings.clone()), taken_ms: now_ms }
    }

    /// A hub's disk, made of what a companion kept, from where it was granted.
    pub fn taken_over(
        at_ms: i64,
        node: NodeId,
        mirror: &centre::Disk,
        grant: Grant,
        life: Incarnation,
    ) -> Option<Self> {
        let at = grant.taken?.at;
        let first = mirror.log.first()?;
        let settings = mirror.settings.clone()?;
        let clinic: Clinic = serde_json::from_str(&settings.content).ok()?;
        let mut disk = Self::found(node, life, clinic);
        disk.log.clear();
        disk.settings = settings;
        disk.base = match &first.entry {
            None => Tip::from(first.at),
            Some((entry, _)) => Tip { epoch: 1, incarnation: entry.header.incarnation, seq: 0, hash: Hash::GENESIS },
        };
        for kept in &mirror.log {
            let Some((entry, prev)) = &kept.entry else { continue };
            disk.causes.learn(&entry.header.causes);
            if let Ok(Public::Birth(BirthRow { parent: Some(parent) })) = Public::from_bytes(&kept.public) {
                disk.births.push((kept.at.seq, parent));
            }
            disk.log.push(Rc::new(self::Kept { entry: (**entry).clone(), prev: *prev, hash: Hash(*kept.at.hash) }));
        }
        disk.tip = Tip { epoch: grant.epoch, ..Tip::from(at) };
        disk.days = mirror.days.clone();
        disk.day_of = mirror.day_of.clone();
        let inside = mirror.inside.clone().unwrap_or_default();
        inside.verdicts.values().for_each(|verdict| disk.learn_verdict(verdict));
        disk.waiting = inside.pending;
        disk.conflicts = inside.conflicts;
        disk.birth(at_ms, life, at);
        // What staff did at this desktop is decided here now.
        for request in mirror.open_requests() {
            let propose = Propose {
                id: request.proposal.id,
                content: request.content.clone().into(),
                seen: at.seq,
                disputed: false,
            };
            disk.receive(at_ms, &propose);
        }
        Some(disk)
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
            Ask::TakeBack(tail) => {
                self.take_back(now_ms, tail, true);
                Told::TookBack { tip: self.tip }
            }
            Ask::TakeAside(tail) => {
                self.take_back(now_ms, tail, false);
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
                let verdicts = self.inbox.values().filter_map(|inbox| inbox.verdict.clone());
                let some: Vec<_> = verdicts.skip(from).take(AT_ONCE).collect();
                let next = (some.len() == AT_ONCE).then_some((from + AT_ONCE) as u64);
                Told::Verdicts(some, next)
            }
            Ask::Mark(window) => {
                let last = self.log.last().and_then(|kept| Public::from_bytes(&kept.entry.public).ok());
                if last != Some(Public::Mark(*window)) {
                    self.append(now_ms, &Public::Mark(*window));
                }
                Told::Marked { mark: self.tip.seq, tip: self.tip }
            }
            // With the snapshot, by the process that holds it.
            Ask::Digest(..) | Ask::Day(..) | Ask::Acknowledged(..) => Told::Failed,
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
                let now = snapshot.days.get(&day).filter(|rows| !rows.is_empty()).map(of_rows);
                let digest = match (self.cached.get(&day), now) {
                    (Some(cached), Some(_)) => Some(*cached),
                    (_, now) => now,
                };
                if let Some(digest) = digest {
                    self.cached.insert(day, digest);
                    days.insert(day, digest);
                }
            }
            return Digests { settings: digest::of_settings(snapshot.settings.as_ref()), days };
        }
        if mutant::on(Mutant::CompareMovingTip) {
            return digests(&self.days, Some(&self.settings), window);
        }
        digests(&snapshot.days, snapshot.settings.as_ref(), window)
    }
}

/// Digests of rows, as both sides compute them.
pub fn digests(days: &BTreeMap<Day, DayMap>, settings: Option<&SettingsRow>, window: Window) -> Digests {
    let filled = days.range(window.from..window.to).filter(|(_, rows)| !rows.is_empty());
    Digests { settings: digest::of_settings(settings), days: filled.map(|(day, rows)| (*day, of_rows(rows))).collect() }
}

fn of_rows(rows: &DayMap) -> Hash32 {
    let mut digest = digest::DayDigest::new();
    rows.values().for_each(|row| digest.appointment(row));
    digest.finish()
}

/// A day of a snapshot.
pub fn day_rows(snapshot: &Snapshot, day: Day) -> DayRows {
    let rows = snapshot.days.get(&day).map(|rows| rows.values().cloned().collect()).unwrap_or_default();
    DayRows { appointments: rows, blockouts: Vec::new() }
}

/// The simulator's signatures: a keyed hash.
pub fn sign(hash: Hash) -> [u8; 32] {
    *blake3::keyed_hash(&[7; 32], &hash.0).as_bytes()
}

fn settings_row(clinic: &Clinic) -> SettingsRow {
    let content = serde_json::to_string(clinic).unwrap_or_default();
    SettingsRow { version: 1, content }
}
