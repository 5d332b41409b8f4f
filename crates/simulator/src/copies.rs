//! Disks that are replaced with older copies of themselves, and one that is
//! carried to another machine.

use std::collections::BTreeSet;

use chairside_sync::mirror;
use chairside_sync::{Incarnation, NodeId, Proposal, Public};

use crate::centre;
use crate::check::Visit;
use crate::clinic::today;
use crate::id::{Of, id, uuid};
use crate::nature::BACKUPS;
use crate::process::{key, mail_of, visit};
use crate::world::{Desk, Happening, World};

/// A store is carried to another machine about this often, once.
pub const COPY_MS: u64 = 30 * 3_600_000;

impl World {
    /// The desk's store is replaced with an older copy of itself.
    pub fn restore(&mut self) {
        self.again(self.faults.restore_ms, Happening::Restore);
        if self.desk.backups.is_empty() {
            return;
        }
        // Mostly the latest.
        let newest = self.desk.backups.len() - 1;
        let at = if self.rng.bool() { newest } else { self.rng.usize(0..=newest) };
        let backup = self.desk.backups[at].clone();
        let lost_from = backup.log.len();
        if lost_from >= self.desk.disk.log.len() {
            return;
        }
        self.kill_desk();
        self.desk.unsynced = None;
        self.line.to_hub_cut = false;
        let lost = std::mem::replace(&mut self.desk.disk, backup);
        let noticed = !self.faults.unnoticed;
        self.trace.note(self.now_ms, "restore", [lost_from as u64, u64::from(noticed)], || {
            format!("from {} entries to {lost_from}, noticed: {noticed}", lost.log.len())
        });
        let disk = &self.desk.disk;
        let visits = disk.days.values().flat_map(|rows| rows.values().map(|row| visit(row))).collect();
        let answer = |inbox: &crate::desk::Inbox| Some((key(inbox.proposal.id.0), inbox.verdict.as_ref()?.accepted));
        let answered = disk.inbox.values().filter_map(|inbox| answer(inbox)).collect();
        self.judge.hub_restored(visits, &answered);
        self.forget_what_nobody_has();
        // A store that doesn't notice goes on in the same life: until a mirror
        // proves it wrong, its places are written a second time.
        let restored_to = self.desk.disk.tip.seq;
        let reached = if noticed { self.centre.at.map_or(0, |at| at.seq) } else { restored_to };
        for kept in lost.log.iter().filter(|kept| kept.entry.header.seq > reached) {
            let header = &kept.entry.header;
            self.judge.entry_forgotten(header.epoch, header.incarnation.0.as_u128(), header.seq);
        }
        if !noticed {
            // What it wrote there when it was restored to this place before, too,
            // though it has left that for another life since.
            let tip = self.desk.disk.tip;
            self.judge.entries_forgotten_after(tip.epoch, tip.incarnation.0.as_u128(), tip.seq);
        }
        if noticed {
            let life = self.number();
            let parent = chairside_sync::wire::At::from(self.desk.disk.tip);
            let from = self.desk.disk.log.len();
            let wall_ms = self.desk_now().wall_ms;
            let life = chairside_sync::Incarnation(crate::id::uuid(id(Of::Life, 2_000_000 + life)));
            self.desk.disk.birth(wall_ms, life, parent);
            self.committed_at_hub(from, None);
        }
    }

    /// Central keeps copies of its own.
    pub fn back_up_centre(&mut self) {
        if self.faults.centre_ms.is_some() {
            if self.centre_backups.len() == BACKUPS {
                self.centre_backups.remove(0);
            }
            self.centre_backups.push(self.centre.clone());
        }
    }

    /// Central's database is replaced with an older copy. It says so: it has
    /// another life, and no mail leaves before the hub has been heard. What
    /// patients asked since comes back by the link in the mail they got.
    pub fn restore_centre(&mut self) {
        self.again(self.faults.centre_ms, Happening::RestoreCentre);
        if self.centre_backups.is_empty() {
            return;
        }
        let at = self.rng.usize(0..self.centre_backups.len());
        if self.old_is_on() && !self.knows_old(&self.centre_backups[at]) {
            // Nothing would tell the two machines apart until the new one is heard.
            return;
        }
        let backup = centre::Disk {
            incarnation: self.number(),
            // What the registry granted is kept apart from all that.
            granted: self.centre.granted,
            token: self.centre.token,
            ..self.centre_backups[at].clone()
        };
        for at in 0..self.workers.len() {
            self.kill_worker(at);
        }
        self.last_will_of_centre();
        let lost = std::mem::replace(&mut self.centre, backup);
        self.centre.restored = true;
        self.centre.may_have_been_sent();
        self.goals.centre_restored = true;
        self.trace.note(self.now_ms, "restore", [9, at as u64], || "central, from an older copy".to_owned());
        let mut lost: Vec<_> = lost.requests.into_values().collect();
        lost.sort_unstable_by_key(|request| request.proposal.id);
        for request in lost {
            if self.centre.requests.contains_key(&request.proposal.id.0) {
                continue;
            }
            self.coming_back += 1;
            let later = self.rng.u64(60_000..4 * 3_600_000);
            let proposal = Box::new(request.proposal);
            self.after(later, Happening::ComesBack { proposal, start_s: request.start_s });
        }
        let outcomes = self.centre.requests.values();
        let outcomes: std::collections::BTreeMap<_, _> =
            outcomes.filter_map(|request| Some((key(request.proposal.id.0), mail_of(request.state)?))).collect();
        self.judge.central_restored(|id| outcomes.get(&id).copied());
        self.forget_what_nobody_has();
    }

    /// A patient who was told that a request arrived sends it in again.
    pub fn comes_back(&mut self, proposal: &Proposal, start_s: i64) {
        self.coming_back -= 1;
        self.judge.sent_in_again(key(proposal.id.0));
        self.submit(proposal, start_s);
        // Nobody here knows how far it had come, unless the log says so.
        self.centre.may_have_been_sent();
        let mut effects = centre::Effects::default();
        self.centre.answered_meanwhile(proposal.id.0, &mut effects);
        self.effects(None, &effects);
        let now = self.centre_now();
        for at in 0..self.workers.len() {
            if let Some(mirror) = &mut self.workers[at].mirror {
                mirror.handle(now, mirror::Input::CameBack);
                self.pump_mirror(at);
            }
        }
    }

    /// The desk hears that central's processes are gone.
    fn last_will_of_centre(&mut self) {
        self.line.held.clear();
    }

    /// What only a disk knew that is gone is gone with it; nobody is to blame.
    fn forget_what_nobody_has(&mut self) {
        // Only central has what the desk's disk lost; what never got there is gone.
        let elsewhere = self.centre.log.iter().map(|kept| &kept.said).chain(&self.centre.surplus);
        let companion = self.companion.iter().map(|companion| &companion.disk);
        let companion = companion.flat_map(|disk| disk.log.iter().map(|kept| &kept.said).chain(&disk.surplus));
        let (mut visits, mut verdicts) = (Vec::new(), BTreeSet::new());
        for said in elsewhere {
            match &said.body {
                Some(Public::Appointment(row)) => visits.push(visit(row)),
                Some(Public::Verdict(verdict)) => {
                    verdicts.insert(key(verdict.proposal));
                    visits.extend(verdict.appointment.as_ref().map(visit));
                }
                _ => {}
            }
        }
        visits.extend(companion.filter_map(|said| match &said.body {
            Some(Public::Appointment(row)) => Some(visit(row)),
            _ => None,
        }));
        // Rows without an entry of their own are kept there while their day is
        // compared; those of days further off than the run is long, to its end.
        let far = today(self.wall_ms()) + 5;
        let kept = self.centre.days.range(far..).flat_map(|(_, rows)| rows.values());
        visits.extend(kept.map(|row| visit(row)));
        visits.sort_unstable_by_key(|visit| visit.id);
        let is_there = |promised: &Visit| {
            let from = visits.partition_point(|visit| visit.id < promised.id);
            visits[from..].iter().take_while(|visit| visit.id == promised.id).any(|visit| visit == promised)
        };
        // What central heard since it was put back itself it has told nobody.
        let mailed: BTreeSet<_> = verdicts.iter().copied().filter(|id| self.judge.was_mailed(*id)).collect();
        let told = if self.centre.restored { mailed } else { verdicts };
        self.judge.only_on_the_lost_disk(is_there, |id| told.contains(&id));
    }

    /// The store is carried to a new machine, and the old one is put away; but
    /// one day somebody turns it on.
    pub fn copied(&mut self) {
        if self.companion.is_some() || self.old.is_some() || self.desk.hub.is_none() {
            return self.some_time(COPY_MS, Happening::Copied);
        }
        self.kill_desk();
        let wall_ms = self.desk_now().wall_ms;
        let mut disk = self.desk.disk.clone();
        disk.node = NodeId(uuid(id(Of::Node, 3)));
        let life = Incarnation(uuid(id(Of::Life, 5_000_000 + self.number())));
        let parent = chairside_sync::wire::At::from(disk.tip);
        let from = disk.log.len();
        // Another installation, so the store knows that it is a copy.
        disk.birth(wall_ms, life, parent);
        let new = Desk { clock_off_ms: self.desk.clock_off_ms, ..Desk::new(disk, self.desk.life + 1_000) };
        self.old = Some(std::mem::replace(&mut self.desk, new));
        self.goals.copied = true;
        self.trace.note(self.now_ms, "copied", [0, 0], || "to another machine".to_owned());
        self.committed_at_hub(from, None);
        let later = self.rng.u64(600_000..10 * 3_600_000);
        self.after(later, Happening::OldReturns);
        self.start_desk();
    }

    fn old_is_on(&self) -> bool {
        self.old.as_ref().is_some_and(|old| old.hub.is_some())
    }

    /// Whether central, or a copy of it, has heard that the machine put away was left.
    fn knows_old(&self, centre: &centre::Disk) -> bool {
        let old = self.old.as_ref().map(|old| old.disk.tip.incarnation.0);
        old.is_some_and(|life| centre.left.contains(life.as_bytes()))
    }

    /// The machine that was put away is turned on, once central knows the new one.
    pub fn old_returns(&mut self) {
        if self.old.is_none() {
            return;
        }
        if !self.knows_old(&self.centre) {
            return self.after(600_000, Happening::OldReturns);
        }
        self.after(1, Happening::Old(Box::new(Happening::StartDesk)));
        self.after(60_000, Happening::OldStaff);
    }
}
