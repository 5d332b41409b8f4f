//! A proposal's way through the desk's store: kept, decided, answered.

use std::rc::Rc;

use chairside_schedule::time::Instant;
use chairside_sync::body::{AppointmentRow, Day, Hash32, Id, PendingRow, VerdictRow};
use chairside_sync::chain::Hash;
use chairside_sync::decide::{
    self, ALTERNATIVE_DAYS, Decision, Facts, First, Terms, blockout_of, days_read, decide, decide_pending,
};
use chairside_sync::hub::{Gate, Receipt, Seen, receipt};
use chairside_sync::mutant::{self, Mutant};
use chairside_sync::proposal::{Proposal, content_hash};
use chairside_sync::wire::Propose;
use chairside_sync::{Public, Wish};

use super::{AT_ONCE, Disk, Inbox, LIMIT_MS};

impl Disk {
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
        let waits = |inbox: &Inbox| inbox.verdict.is_none() && inbox.pending_until_ms.is_some();
        self.undecided.iter().filter(|id| self.inbox.get(*id).is_some_and(|inbox| waits(inbox))).copied().collect()
    }

    pub(super) fn with_facts<T>(&self, proposal: &Proposal, decide: impl FnOnce(&Facts<'_>) -> T) -> T {
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
            busy.reserve_exact(days.clone().map(|rows| rows.busy().len()).sum());
            days.for_each(|rows| busy.extend_from_slice(rows.busy()));
            let near = self.blockouts.values().filter(|row| (from - 1..=to + ALTERNATIVE_DAYS).contains(&row.day));
            blockouts = near.filter_map(blockout_of).collect();
        }
        decide(&Facts { clinic: &self.clinic, visit, first, busy: &busy, blockouts: &blockouts })
    }

    /// The days that have to be open before a proposal may be decided.
    pub(super) fn gate_days(&self, proposal: &Proposal) -> Vec<Day> {
        let mut days = proposal.days();
        // Where the visit now is: what is cancelled or moved away changes that day too.
        if matches!(proposal.wish, Wish::Move(_)) {
            days.extend(self.day_of.get(&proposal.appointment));
        }
        days
    }

    pub(super) fn decide(&mut self, gate: &Gate, ask_staff: bool, now_ms: i64) -> bool {
        for (at_ms, verdict) in std::mem::take(&mut self.second) {
            self.append(at_ms, Public::Verdict(Box::new(verdict.clone())));
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
        let (mut decided, mut dependents_wait) = (0, false);
        for (_, _, id) in waiting {
            if decided == AT_ONCE {
                return true;
            }
            let Some(inbox) = self.inbox.get(&id) else { continue };
            // Of the many that wait, most can't be decided just now.
            if inbox.pending_until_ms.is_some_and(|until| until > now_ms || inbox.disputed) {
                continue;
            }
            let days = self.gate_days(&inbox.proposal);
            if !gate.lets_through(&days, inbox.pending_until_ms.is_none()) {
                continue;
            }
            let inbox = inbox.clone();
            if inbox.pending_until_ms.is_some() {
                // Behind a shut gate nobody would hear of it, and another life may have said otherwise.
                let accept = self.with_facts(&inbox.proposal, |facts| {
                    decide_pending(&inbox.proposal, facts, true, Instant(now_ms / 1_000))
                });
                let decision = accept.unwrap_or_else(|| Decision::Reject(decide::Reason::Taken, Vec::new()));
                self.write(now_ms, &inbox, decision);
                self.heard_out.insert(id);
                decided += 1;
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
            if decision == Decision::Wait {
                dependents_wait |= inbox.proposal.after.is_some();
            } else {
                if let Some(kept) = self.inbox.get_mut(&inbox.proposal.id.0).map(Rc::make_mut) {
                    // No limit decides what was put before staff for that reason.
                    kept.disputed = terms.disputed;
                }
                if matches!(inbox.proposal.wish, Wish::Edit(_)) {
                    let before = self.visit(inbox.proposal.appointment).cloned();
                    self.edited.insert(inbox.proposal.id.0, before);
                }
                if !matches!(decision, Decision::Ask(_)) {
                    self.heard_out.insert(id);
                }
                self.write(now_ms, &inbox, decision);
                decided += 1;
            }
        }
        // One that came before what it depends on had its turn too early.
        dependents_wait && decided > 0
    }

    /// Whether whatever a dependent proposal waits for would have come by now.
    pub(super) fn first_resent(&self, gate: &Gate, proposal: &Proposal) -> bool {
        let days = self.gate_days(proposal);
        if days.is_empty() {
            // A cancel of nothing that is known here: any day could be its own.
            return !gate.resent.is_empty() && gate.open.iter().all(|day| gate.resent.contains(day));
        }
        gate.is_resent(&days)
    }

    /// Writes a decision: the visit and the verdict in one entry.
    pub(super) fn write(&mut self, at_ms: i64, inbox: &Inbox, decision: Decision) {
        let proposal = inbox.proposal.id.0;
        let content = Hash32::from(inbox.content.0);
        let verdict = |accepted, appointment: Option<AppointmentRow>, reason: Option<String>, alternatives| {
            VerdictRow { proposal, content, accepted, appointment, reason, alternatives, again: false }
        };
        let (verdict, conflict) = match decision {
            Decision::Wait => return,
            Decision::Ask(row) => {
                let body = PendingRow { proposal, content, appointment: row.clone() };
                self.append(at_ms, Public::Pending(Box::new(body)));
                if let Some(row) = row {
                    self.put(row);
                }
                self.was_pending.insert(proposal);
                if let Some(kept) = self.inbox.get_mut(&proposal).map(Rc::make_mut) {
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
            self.append(at_ms, Public::Appointment(row.clone()));
            self.second.push((at_ms, verdict));
            return;
        }
        self.append(at_ms, Public::Verdict(Box::new(verdict.clone())));
        if let Some(conflict) = conflict {
            self.append(at_ms, Public::Conflict(Box::new(conflict.clone())));
            self.conflicts.insert(conflict.id, Rc::new(conflict));
        }
        if let Some(kept) = self.inbox.get_mut(&proposal).map(Rc::make_mut) {
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
            self.inbox.insert(propose.id.0, Rc::new(inbox));
            self.undecided.insert(propose.id.0);
        }
        receipt
    }
}
