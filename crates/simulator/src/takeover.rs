//! Another desktop takes over, while the old one may live on.

use std::rc::Rc;

use chairside_sync::body::Id;
use chairside_sync::mirror;
use chairside_sync::takeover::{Grant, Refusal, Request, grant};
use chairside_sync::wire::At;
use chairside_sync::{Incarnation, Public};

use crate::centre::{self, Inside, Rest};
use crate::companion::Companion;
use crate::id::{Of, id, uuid};
use crate::process::{key, visit};
use crate::said::Said;
use crate::world::{Desk, Happening, World};

/// A takeover is asked for about this often, until there has been one.
pub const TAKEOVER_MS: u64 = 20 * 3_600_000;

/// Somebody does something at a desk that no longer decides about this often.
const STAFF_MS: u64 = 900_000;

impl World {
    /// Somebody at the companion says that the hub is off, and asks the registry.
    pub fn take_over(&mut self) {
        let Some(grant) = self.old.is_none().then(|| self.ask_registry()).flatten() else {
            return self.some_time(TAKEOVER_MS, Happening::TakeOver);
        };
        self.centre.granted = grant;
        if let Some(taken) = grant.taken {
            self.judge.epoch_granted(grant.epoch, taken.at.seq);
        }
        self.goals.taken_over = true;
        self.trace.note(self.now_ms, "granted", [grant.epoch, 0], || format!("{grant:?}"));
        // The worker may be another process than the one that granted; it
        // hears of it later, or finds out when its store refuses.
        if self.rng.bool() {
            let later = self.rng.u64(0..60_000);
            self.after(later, Happening::TellGranted);
        }
        // So may the companion, which follows nobody until then.
        self.lan(false);
        if let Some(companion) = &mut self.companion {
            companion.mirror = None;
            companion.life += 1;
            companion.takes_over = true;
        }
        let later = if self.rng.bool() { 1 } else { self.rng.u64(1_000..1_200_000) };
        self.after(later, Happening::TookOver);
        match self.rng.u8(0..3) {
            // It was off, as somebody said.
            0 => self.kill_desk(),
            // It was busy.
            1 => self.burst(20),
            _ => {}
        }
    }

    fn ask_registry(&mut self) -> Option<Grant> {
        let companion = self.companion.as_mut().filter(|companion| companion.mirror.is_some())?;
        // A desktop that never saw the settings can't run a clinic.
        companion.disk.settings.as_ref()?;
        let mut request = Request {
            node: Id::from(*companion.node.0.as_bytes()),
            over: self.centre.granted.epoch,
            at: companion.disk.at?,
            through: None,
        };
        // Told where central stands, it catches up with that first.
        for _ in 0..2 {
            match grant(self.centre.granted, self.centre.at, &request) {
                Ok(grant) => return Some(grant),
                Err(Refusal::Overtaken(_)) => return None,
                Err(Refusal::Behind(place)) => {
                    if !companion.disk.has(&place) && !companion.disk.take_tail(&self.centre.log) {
                        return None;
                    }
                    request = Request { at: companion.disk.at?, through: Some(place), ..request };
                }
            }
        }
        None
    }

    /// Whichever worker speaks for the clinic hears of the grant.
    pub fn tell_granted(&mut self) {
        let (now, granted) = (self.centre_now(), self.centre.granted);
        for at in 0..self.workers.len() {
            if self.workers[at].paused_until_ms > self.now_ms {
                continue;
            }
            if let Some(mirror) = &mut self.workers[at].mirror {
                mirror.handle(now, mirror::Input::Granted(granted));
                self.pump_mirror(at);
            }
        }
    }

    /// The companion begins to decide.
    pub fn took_over(&mut self) {
        let wall_ms = self.desk_now().wall_ms;
        let life = Incarnation(uuid(id(Of::Life, 4_000_000 + self.number())));
        let Some(companion) = self.companion.take() else { return };
        let granted = self.centre.granted;
        let Some(disk) = crate::desk::Disk::taken_over(wall_ms, companion.node, &companion.disk, granted, life) else {
            self.judge.broken("takes_over", || format!("{:?}", companion.disk.at));
            return;
        };
        let new = Desk::new(disk, self.desk.life + 1_000);
        let old = std::mem::replace(&mut self.desk, new);
        let disk = &self.desk.disk;
        let visits = disk.days.values().flat_map(|rows| rows.values().map(|row| visit(row))).collect();
        let answer = |inbox: &crate::desk::Inbox| Some((key(inbox.proposal.id.0), inbox.verdict.as_ref()?.accepted));
        let answered = disk.inbox.values().filter_map(|inbox| answer(inbox)).collect();
        // And those that central has heard of already.
        let told = self.centre.requests.values().filter(|request| request.verdict.is_some());
        let told = told.map(|request| key(request.proposal.id.0)).collect();
        let here = disk.inbox.keys().map(|id| key(*id)).collect();
        self.judge.taken_over(visits, &answered, &told, here);
        self.desk.backups.clear();
        // Everything behind the old epoch's last entry is this desk's own.
        let ended = granted.taken.map_or(0, |taken| taken.at.seq);
        let from = self.desk.disk.log.iter().take_while(|kept| kept.entry.header.seq <= ended).count();
        self.committed_at_hub(from, None);
        self.trace.note(self.now_ms, "takes over", [granted.epoch, 0], String::new);
        let (superseded, running) = (old.hub.as_ref().is_some_and(|hub| hub.superseded().is_some()), old.hub.is_some());
        self.old = Some(old);
        if superseded {
            self.after(1_000, Happening::OldFollows);
        }
        if !running {
            let later = self.rng.u64(60_000..10 * 3_600_000);
            self.after(later, Happening::Old(Box::new(Happening::StartDesk)));
        }
        self.after(STAFF_MS, Happening::OldStaff);
        self.start_desk();
    }

    /// Does something at the desk from which another took over.
    pub fn as_old(&mut self, work: impl FnOnce(&mut Self)) {
        let Some(old) = self.old.take() else { return };
        let new = std::mem::replace(&mut self.desk, old);
        self.is_old = true;
        work(self);
        self.is_old = false;
        self.old = Some(std::mem::replace(&mut self.desk, new));
    }

    /// Whoever sits there books on: nothing stops them but hearing of it.
    pub fn old_staff(&mut self) {
        if self.old.is_some() {
            let later = self.rng.u64(STAFF_MS / 4..STAFF_MS * 2);
            self.after(later, Happening::OldStaff);
        }
        self.as_old(|world| {
            if world.desk.hub.as_ref().is_some_and(|hub| hub.superseded().is_none()) {
                world.staff_works();
            }
        });
    }

    /// The old desk has heard that it no longer decides: it follows the new one,
    /// and what it wrote since becomes a matter for staff there.
    pub fn old_follows(&mut self) {
        let Some(old) = self.old.take() else { return };
        let disk = &old.disk;
        let mut kept = Vec::new();
        if disk.base.seq > 0 {
            let said = Rc::new(Said::from(Public::Mark(self.window)));
            kept.push(centre::Kept { at: At::from(disk.base), said, rest: None });
        }
        kept.extend(disk.log.iter().map(|entry| {
            let header = &entry.entry.header;
            let at = At {
                epoch: header.epoch,
                incarnation: Id::from(*header.incarnation.0.as_bytes()),
                seq: header.seq,
                hash: chairside_sync::body::Hash32::from(entry.hash.0),
            };
            let said = Rc::new(Said { bytes: entry.entry.public.clone(), body: entry.body.clone() });
            let rest = Rest { header: header.clone(), commitment: entry.entry.commitment, prev: entry.prev };
            centre::Kept { at, said, rest: Some(rest) }
        }));
        let verdicts = disk.inbox.iter().filter_map(|(id, inbox)| Some((*id, inbox.verdict.clone()?)));
        let inside = Inside { verdicts: verdicts.collect(), conflicts: disk.conflicts.clone(), ..Inside::default() };
        let disk = centre::Disk {
            token: 1,
            at: Some(At::from(disk.tip)),
            granted: self.centre.granted,
            node: Some(Id::from(*disk.node.0.as_bytes())),
            log: kept.into_iter().map(Rc::new).collect(),
            window: self.window,
            days: disk.days.clone(),
            day_of: disk.day_of.clone(),
            settings: Some(disk.settings.clone()),
            inside: Some(inside),
            ..centre::Disk::default()
        };
        self.trace.note(self.now_ms, "old hub", [0, 0], || "follows the new one".to_owned());
        let mut companion = Companion::new(old.disk.node, disk);
        companion.life = old.life + 1_000;
        self.companion = Some(companion);
        self.start_companion();
    }
}
