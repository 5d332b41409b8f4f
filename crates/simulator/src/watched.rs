//! What the judge is shown: commits at the hub, effects at central, mails, and
//! the rows of both sides.

use chairside_sync::Public;
use chairside_sync::body::{AppointmentRow, Id};
use chairside_sync::hub::{self};

use crate::centre::Effects;
use crate::check::{Answer, Key, Slot};
use crate::desk::Kept;
use crate::process::{key, mail_of, short_key, slot, slots_of, visit};
use crate::world::{Happening, World};

impl World {
    /// What the desk commits is the clinic's, as far as it is in its hands.
    pub fn is_official(&self) -> bool {
        !self.is_old && self.desk.disk.tip.epoch == self.centre.granted.epoch
    }

    /// Lets the judge see what the desk's store committed, from this entry on.
    pub fn committed_at_hub(&mut self, from: usize, gate: Option<&hub::Gate>) {
        let fresh: Vec<_> = self.desk.disk.log[from.min(self.desk.disk.log.len())..].to_vec();
        if !self.is_official() {
            return fresh.iter().for_each(|kept| self.entry_committed(kept));
        }
        // What a conflict names stands there with the rows of the same transaction.
        for kept in &fresh {
            if let Some(Public::Conflict(conflict)) = &kept.body {
                self.goals.conflict = true;
                self.trace.note(self.now_ms, "conflict", [short_key(conflict.appointment), 0], || {
                    format!("{:x} {}", short_key(conflict.appointment), conflict.kind)
                });
                self.judge.in_conflict(key(conflict.appointment));
                if let Some(theirs) = &conflict.theirs {
                    self.judge.in_conflict(key(theirs.id));
                }
            }
        }
        // What stands behind a birth was said before it.
        let born = fresh.iter().any(|kept| matches!(kept.body, Some(Public::Birth(_))));
        for kept in &fresh {
            self.entry_committed(kept);
            match &kept.body {
                Some(Public::Appointment(row)) => self.row_written(row),
                Some(Public::Pending(pending)) => {
                    self.goals.pending = true;
                    if let Some(row) = &pending.appointment {
                        self.touched.insert(row.day);
                        self.judge.place_kept(&visit(row));
                    }
                    self.trace.note(self.now_ms, "pending", [short_key(pending.proposal), 0], String::new);
                }
                Some(Public::Verdict(verdict)) => {
                    let answer = Answer {
                        request: key(verdict.proposal),
                        accepted: verdict.accepted,
                        after: self
                            .desk
                            .disk
                            .inbox
                            .get(&verdict.proposal)
                            .and_then(|inbox| inbox.proposal.after)
                            .map(|first| key(first.0)),
                        by_person: gate.is_none() && !verdict.again && !born,
                        again: verdict.again || born,
                        lost: false,
                    };
                    self.goals.rejected |= !verdict.accepted;
                    self.judge.answered(&answer);
                    self.check_edit(verdict);
                    if let Some(row) = &verdict.appointment {
                        self.row_written(row);
                    }
                    let numbers = [short_key(verdict.proposal), u64::from(verdict.accepted)];
                    self.trace.note(self.now_ms, "verdict", numbers, || {
                        format!("{:x} {:?} {:?}", numbers[0], verdict.accepted, verdict.reason)
                    });
                    if let (Some(gate), false) = (gate, verdict.again) {
                        self.check_gate(gate, verdict.proposal);
                    }
                }
                _ => {}
            }
        }
    }

    pub fn row_written(&mut self, row: &AppointmentRow) {
        self.touched.insert(row.day);
        self.judge.visit_written(&visit(row));
    }

    pub fn check_gate(&mut self, gate: &hub::Gate, proposal: Id) {
        let Some(inbox) = self.desk.disk.inbox.get(&proposal) else { return };
        if inbox.disputed || self.desk.disk.was_pending.contains(&proposal) {
            return;
        }
        let days = inbox.proposal.days();
        let (open, from) = (&gate.open, gate.from);
        self.judge.decided_by_rule(|day| open.contains(&day) || (day < from && !open.is_empty()), &days);
    }

    /// An edit from another desktop was decided: both it and what stood here are kept.
    pub fn check_edit(&mut self, verdict: &chairside_sync::body::VerdictRow) {
        let Some(before) = self.desk.disk.edited.remove(&verdict.proposal) else { return };
        let Some(inbox) = self.desk.disk.inbox.get(&verdict.proposal) else { return };
        let chairside_sync::Wish::Edit(edit) = &inbox.proposal.wish else { return };
        self.goals.edited_elsewhere = true;
        let here = verdict.appointment.as_ref().or(before.as_ref()).map(slot);
        let about = self.desk.disk.conflicts.values().filter(|conflict| conflict.appointment == edit.after.id);
        let conflicts: Vec<Slot<'_>> = about.filter_map(|conflict| conflict.theirs.as_ref()).map(slot).collect();
        let (base, theirs, before) = (edit.before.as_ref().map(slot), slot(&edit.after), before.as_ref().map(slot));
        self.judge.edit_decided(base.as_ref(), &theirs, before.as_ref(), here.as_ref(), &conflicts);
    }

    pub fn entry_committed(&mut self, kept: &Kept) {
        let header = &kept.entry.header;
        self.judge.entry_seen(header.epoch, header.incarnation.0.as_u128(), header.seq, kept.hash.0);
    }

    /// Lets the judge see what central's store did.
    pub fn effects(&mut self, session: Option<u64>, effects: &Effects) {
        if !self.centre.unsent.is_empty() && !self.mailer_due {
            self.mailer_due = true;
            self.after(20_000, Happening::Mailer);
        }
        for (id, from, to) in &effects.moved {
            if to.is_end() {
                self.judge.ended(key(*id));
            }
            if *to == chairside_sync::booking::State::Rejected {
                self.count_rejection();
            }
            let numbers = [short_key(*id), *to as u64];
            self.trace.note(self.now_ms, "request", numbers, || format!("{:x} {from:?} -> {to:?}", numbers[0]));
            self.goals.withdrawn |= *to == chairside_sync::booking::State::Withdrawn;
            self.goals.expired |= *to == chairside_sync::booking::State::Expired;
        }
        for (_, days, before_a_person) in &effects.released {
            self.judge.released(session, days, *before_a_person);
        }
        if !effects.applied.is_empty() {
            effects.applied.iter().for_each(|(epoch, seq)| self.judge.central_applied(*epoch, *seq));
            effects.links.iter().for_each(|link| self.judge.linked(link.seq, link.last, link.named));
        }
        for shut in &effects.shut {
            self.judge.days_doubtful(|day| shut.contains(day));
        }
        for day in &effects.resent {
            self.rotten.remove(day);
            self.touched.insert(*day);
        }
        self.goals.day_resent |= !effects.resent.is_empty();
        if effects.orphaned > 0 {
            self.goals.orphan = true;
            let orphans: Vec<Key> = self.centre.orphans.keys().map(|id| key(*id)).collect();
            orphans.into_iter().for_each(|id| self.judge.orphaned(id));
        }
    }

    /// Compares, row by row, the days both sides call equal, whenever both are at one place.
    pub fn compare_days(&mut self) {
        let Some(at) = self.centre.at else { return };
        let tip = self.desk.disk.tip;
        if at.seq != tip.seq || *at.hash != tip.hash.0 || self.touched.is_empty() || self.desk.hub.is_none() {
            return;
        }
        let owner = self.workers.iter().find(|worker| worker.token == self.centre.token);
        let Some(mirror) = owner.and_then(|worker| worker.mirror.as_ref()) else { return };
        // What isn't open yet is looked at when it is.
        let open = mirror.open_days();
        let days: Vec<i32> = self.touched.iter().copied().filter(|day| open.contains(day)).collect();
        for day in days {
            self.touched.remove(&day);
            if self.rotten.contains(&day) {
                continue;
            }
            let (hub, mirror) = (slots_of(&self.desk.disk.days, day), slots_of(&self.centre.days, day));
            self.judge.day_compared(day, hub, mirror);
        }
    }

    /// Sends the mails that wait.
    pub fn mail(&mut self) {
        if self.centre.restored {
            // Until its verdicts have been heard again, nobody is told anything.
            let owner = self.workers.iter().find(|worker| worker.token == self.centre.token);
            let live = owner.and_then(|worker| worker.mirror.as_ref()).is_some_and(|m| m.state() == hub::State::Live);
            if !live {
                return;
            }
            self.centre.heard_out();
        }
        for at in std::mem::take(&mut self.centre.unsent) {
            let mail = self.centre.mails[at].clone();
            // Read again: what is no longer so isn't mailed.
            let state = self.centre.requests.get(&mail.proposal).map(|request| request.state);
            if state == Some(mail.outcome) {
                self.mailed(&mail.proposal, mail.outcome);
            }
            if self.dies() {
                // Sent, and not written down: it will be sent once more.
                self.centre.unsent.push(at);
            } else {
                self.centre.mails[at].sent = true;
            }
        }
    }

    pub fn mailed(&mut self, proposal: &Id, outcome: chairside_sync::booking::State) {
        use chairside_sync::booking::State;
        let Some(mailed) = mail_of(outcome) else { return };
        let at_hub = self.judge.has_answer(key(*proposal));
        let request = self.centre.requests.get(proposal);
        let at_central = request.is_some_and(|request| request.state == State::Confirmed);
        self.judge.mail_sent(key(*proposal), mailed, at_hub, at_central);
    }
}
