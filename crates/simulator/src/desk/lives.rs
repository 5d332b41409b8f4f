//! Where lives of the desk's store begin, and what comes back of those it lost.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use chairside_schedule::Clinic;
use chairside_sync::body::{AppointmentRow, BirthRow, ConflictRow, Id, Parent, VerdictRow};
use chairside_sync::chain::{Hash, Tip};
use chairside_sync::hub::{Born, Found};
use chairside_sync::mutant::{self, Mutant};
use chairside_sync::proposal::Proposal;
use chairside_sync::restore::{Known, orphan, subjects, take_aside, take_back};
use chairside_sync::takeover::Grant;
use chairside_sync::wire::{At, Propose};
use chairside_sync::{Incarnation, NodeId, Public, Wish};

use super::{Disk, Inbox, Kept};
use crate::centre;
use crate::said::Said;

impl Disk {
    /// `untold` is what central, if it was that, told nobody of.
    pub(super) fn take_back(&mut self, at_ms: i64, tail: &[Vec<u8>], untold: Option<&Vec<Id>>) {
        let mut read = Vec::with_capacity(tail.len());
        read.extend(tail.iter().filter_map(|bytes| Public::from_bytes(bytes).ok()));
        let tail = read;
        let (mut visits, mut proposals) = subjects(&tail);
        proposals.sort_unstable();
        proposals.dedup();
        let mut answered = Vec::with_capacity(proposals.len());
        answered.extend(proposals.iter().filter_map(|id| Some((*id, self.inbox.get(id)?.verdict.clone()?))));
        visits.extend(answered.iter().filter_map(|(_, verdict)| Some(verdict.appointment.as_ref()?.id)));
        // One visit comes up many times in a tail.
        visits.sort_unstable();
        visits.dedup();
        let mut here = Vec::with_capacity(visits.len());
        here.extend(visits.iter().filter_map(|id| Some((*id, self.visit(*id)?.clone()))));
        let heard_out: BTreeSet<Id> = proposals.into_iter().filter(|id| self.heard_out.contains(id)).collect();
        let known = Known {
            visits: BTreeMap::from_iter(here),
            verdicts: BTreeMap::from_iter(answered),
            conflicts: self.conflicts_about(&visits),
            pending: self.kept_for_pending(),
            heard_out,
            untold: untold.into_iter().flatten().copied().collect(),
        };
        let disk = &*self;
        let in_the_way = |row: &AppointmentRow| disk.in_the_way(row);
        let taken =
            if untold.is_some() { take_back(&tail, known, in_the_way) } else { take_aside(&tail, known, in_the_way) };
        taken.into_iter().for_each(|body| self.apply_own(at_ms, body));
    }

    /// Conflicts about some visits, whose ids are in order.
    fn conflicts_about(&self, visits: &[Id]) -> BTreeMap<Id, ConflictRow> {
        let is_about = |conflict: &ConflictRow| visits.binary_search(&conflict.appointment).is_ok();
        let about = self.conflicts.values().filter(|conflict| is_about(conflict));
        about.map(|conflict| (conflict.id, (**conflict).clone())).collect()
    }

    /// The visits that keep a place until somebody decides, by proposal.
    pub(super) fn kept_for_pending(&self) -> BTreeMap<Id, AppointmentRow> {
        let waiting = self.undecided.iter().filter_map(|id| self.inbox.get(id));
        let books = waiting.filter(|inbox| matches!(inbox.proposal.wish, Wish::Book(_)));
        let kept = books.filter_map(|inbox| Some((inbox.proposal.id.0, self.visit(inbox.proposal.appointment)?)));
        kept.filter(|(_, visit)| visit.status == "pending").map(|(id, visit)| (id, visit.clone())).collect()
    }

    /// Writes an entry of this store's own and what it says.
    pub(super) fn apply_own(&mut self, at_ms: i64, body: Public) {
        match &body {
            Public::Verdict(verdict) => {
                if let Some(row) = &verdict.appointment {
                    self.put(row.clone());
                }
                self.learn_verdict(verdict);
            }
            Public::Conflict(conflict) => {
                self.conflicts.insert(conflict.id, Rc::new((**conflict).clone()));
            }
            _ => {}
        }
        self.append(at_ms, body);
    }

    /// A verdict whose proposal this store may have lost.
    pub(super) fn learn_verdict(&mut self, verdict: &VerdictRow) {
        if let Some(inbox) = self.inbox.get_mut(&verdict.proposal).map(Rc::make_mut) {
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
            asked_ms: None,
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
        self.inbox.insert(verdict.proposal, Rc::new(inbox));
    }

    pub(super) fn take_orphans(&mut self, at_ms: i64, rows: &[AppointmentRow]) {
        for row in rows {
            let Some(conflict) = orphan(row, self.visit(row.id)) else { continue };
            if !self.conflicts.contains_key(&conflict.id) {
                self.apply_own(at_ms, Public::Conflict(Box::new(conflict)));
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
            match &kept.body {
                // Of several on one wish the last is the one that stands.
                Some(Public::Verdict(verdict)) => {
                    verdicts.insert(verdict.proposal, (**verdict).clone());
                }
                Some(Public::Appointment(row)) => {
                    visits.insert(row.id);
                }
                _ => {}
            }
        }
        self.heard_out.clear();
        self.left.insert(Id::from(*self.tip.incarnation.0.as_bytes()));
        let body = Public::Birth(BirthRow {
            parent: Some(Parent { incarnation: parent.incarnation, seq: parent.seq, hash: parent.hash }),
            left: self.left.iter().copied().collect(),
        });
        self.append_as(at_ms, incarnation, Said::from(body));
        let parent_row = Parent { incarnation: parent.incarnation, seq: parent.seq, hash: parent.hash };
        self.births.push((self.tip.seq, parent_row));
        self.born = Some(Born { seq: self.tip.seq, parent });
        for verdict in verdicts.into_values() {
            // The visit itself may have changed since.
            let verdict = VerdictRow { appointment: self.visit_of(&verdict), ..verdict };
            self.append(at_ms, Public::Verdict(Box::new(verdict)));
        }
        let visits: Vec<AppointmentRow> = visits.iter().filter_map(|id| self.visit(*id).cloned()).collect();
        visits.into_iter().for_each(|row| self.append(at_ms, Public::Appointment(row)));
    }

    pub(super) fn visit_of(&self, verdict: &VerdictRow) -> Option<AppointmentRow> {
        self.visit(verdict.appointment.as_ref()?.id).cloned()
    }

    pub(super) fn find(&self, places: &[At]) -> Found {
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
        let clinic: Clinic = serde_json::from_str(&settings.row().content).ok()?;
        let mut disk = Self::found(node, life, clinic);
        disk.log.clear();
        disk.settings = settings;
        disk.base = match &first.rest {
            None => Tip::from(first.at),
            Some(rest) => Tip { epoch: 1, incarnation: rest.header.incarnation, seq: 0, hash: Hash::GENESIS },
        };
        for kept in &mirror.log {
            let Some(rest) = &kept.rest else { continue };
            disk.causes.learn(&rest.header.causes);
            if let Some(Public::Birth(BirthRow { parent: Some(parent), .. })) = &kept.said.body {
                disk.births.push((kept.at.seq, parent.clone()));
            }
            let body = kept.said.body.clone();
            let (entry, hash) = (rest.entry(&kept.said), Hash(*kept.at.hash));
            disk.log.push(Rc::new(self::Kept { entry, body, prev: rest.prev, hash }));
        }
        disk.tip = Tip { epoch: grant.epoch, ..Tip::from(at) };
        disk.left = mirror.left.iter().map(|life| Id::from(*life)).collect();
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
}
