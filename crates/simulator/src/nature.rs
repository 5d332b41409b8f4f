//! The line, and what goes wrong.

use chairside_sync::hub::Input;
use chairside_sync::mirror;
use chairside_sync::wire::{Envelope, Message, session_of};

use crate::clinic::{SLOTS, clinic_id, slot_s, to_midnight_ms, today, visit as new_visit, window};
use crate::process::{LINK, key, visit};
use crate::world::{BEAT_TAKES_MS, Happening, World};

/// Copies that are kept.
pub const BACKUPS: usize = 4;

/// A worker that hasn't been heard of for this long is replaced.
pub const LEASE_MS: u64 = 180_000;

/// The longest that a message's length delays it, in milliseconds.
const THIN_MOST_MS: u64 = 5_000;

/// Messages a broker may say again.
const SAID: usize = 400;

impl World {
    /// Puts a message on the line.
    pub fn carry(&mut self, what: Happening, beat: bool) {
        let to_hub = matches!(what, Happening::ToHub(_));
        if (to_hub && self.line.to_hub_cut) || (!to_hub && self.line.to_mirror_cut) {
            return;
        }
        if self.faults.stale && !beat {
            if self.line.said.len() == SAID {
                let at = self.rng.usize(0..SAID);
                self.line.said.swap_remove(at);
            }
            self.line.said.push(what.clone());
        }
        if beat {
            return self.after(BEAT_TAKES_MS, what);
        }
        if self.line.clogged {
            return self.line.held.push(what);
        }
        if !self.healing && self.rng.f64() < self.faults.drop {
            return;
        }
        if !self.healing && self.rng.f64() < self.faults.double {
            let later = self.delay() + self.thin(&what);
            self.after(later, what.clone());
        }
        let later = self.delay() + self.thin(&what);
        self.after(later, what);
    }

    /// What a thin line adds for a message's length.
    fn thin(&self, what: &Happening) -> u64 {
        let (Happening::ToHub(bytes) | Happening::ToMirrors(bytes)) = what else { return 0 };
        let added = bytes.len() as u64 * self.faults.thin_ms / 1_000;
        if self.healing { 0 } else { added.min(THIN_MOST_MS) }
    }

    fn delay(&mut self) -> u64 {
        if self.healing { self.rng.u64(1..20) } else { self.rng.u64(1..self.faults.delay_ms.max(2)) }
    }

    /// Everything that happens.
    pub fn happen(&mut self, what: Happening) {
        match what {
            Happening::ToHub(bytes) => {
                self.as_old(|world| world.tell_hub(bytes.clone()));
                self.tell_hub(bytes);
            }
            Happening::ToMirrors(bytes) => self.tell_mirrors(bytes),
            Happening::HubAsk { life, id, ask } if self.old.as_ref().is_some_and(|old| old.life == life) => {
                self.as_old(|world| world.hub_ask(life, id, &ask));
            }
            Happening::HubAsk { life, id, ask } => self.hub_ask(life, id, &ask),
            Happening::Old(what) => self.as_old(|world| world.happen(*what)),
            Happening::ToHubLan(bytes) => self.hub_hears_companion(bytes),
            Happening::ToCompanion(bytes) => self.companion_hears(bytes),
            Happening::CompanionAsk { life, id, ask } => self.companion_ask(life, id, *ask),
            Happening::CompanionStaff => self.companion_staff(),
            Happening::StartCompanion => self.start_companion(),
            Happening::Lan(up) => self.lan(up),
            Happening::TellGranted => self.tell_granted(),
            Happening::TookOver => self.took_over(),
            Happening::OldStaff => self.old_staff(),
            Happening::OldFollows => self.old_follows(),
            Happening::OldReturns => self.old_returns(),
            Happening::ComesBack { proposal, start_s } => self.comes_back(&proposal, start_s),
            Happening::MirrorAsk { worker, life, session, id, ask } => self.mirror_ask(worker, life, session, id, ask),
            Happening::Staff => self.staff(),
            Happening::Burst(left) => self.burst(left),
            Happening::Synced => self.desk.unsynced = None,
            Happening::Patient => self.patient(),
            Happening::Submit { proposal, start_s } => self.submit_form(&proposal, start_s),
            Happening::Breaker => self.ask_breaker(),
            Happening::Called(outcome) => self.tell_breaker(outcome),
            Happening::FollowUp(number) => self.follow_up(number),
            Happening::Screen(number) => self.screen(number),
            Happening::Mailer => {
                self.mailer_due = false;
                self.mail();
                if !self.centre.unsent.is_empty() {
                    self.mailer_due = true;
                    self.after(20_000, Happening::Mailer);
                }
            }
            Happening::Sweep => self.sweep(),
            Happening::Midnight => self.midnight(),
            Happening::Backup => {
                if self.desk.backups.len() == BACKUPS {
                    self.desk.backups.remove(0);
                }
                self.desk.backups.push(self.desk.disk.clone());
                self.back_up_centre();
                self.after(8 * 3_600_000, Happening::Backup);
            }
            Happening::StartDesk => self.start_desk(),
            Happening::StartWorker(at) => {
                // A worker that starts finds out by the lease whether it is needed.
                if !self.has_live_owner() {
                    self.start_worker(at);
                }
            }
            Happening::Lease => {
                self.lease_watched = false;
                if !self.has_live_owner() {
                    let at = self.rng.usize(0..self.workers.len());
                    self.start_worker(at);
                    self.watch_lease();
                }
            }
            Happening::Connect => self.connect(),
            Happening::Heal { to_hub, to_mirror } => self.heal_line(to_hub, to_mirror),
            Happening::Unclog => self.unclog(),
            Happening::PhaseTwo => self.phase_two(),
            Happening::Look => self.look(),
            fault if self.healing => drop(fault),
            Happening::Cut => self.cut(),
            Happening::Broker => self.broker(),
            Happening::DeskDown => {
                self.kill_desk();
                self.again(self.faults.desk_ms, Happening::DeskDown);
            }
            Happening::WorkerDown => self.worker_down(),
            Happening::Restore => self.restore(),
            Happening::RestoreCentre => self.restore_centre(),
            Happening::Copied => self.copied(),
            Happening::Rot => self.rot(),
            Happening::Clock => self.clock(),
            Happening::Settings => self.settings(),
            Happening::Bulk => self.bulk(),
            Happening::CompanionDown => self.companion_down(),
            Happening::TakeOver => self.take_over(),
        }
    }

    fn tell_hub(&mut self, bytes: Vec<u8>) {
        let now = self.desk_now();
        if let Some(hub) = self.desk.hub.as_mut().filter(|_| self.desk.connected) {
            hub.handle(now, Input::Received(LINK, bytes));
            self.pump_hub();
        }
    }

    pub fn again(&mut self, mean_ms: Option<u64>, what: Happening) {
        if let Some(mean_ms) = mean_ms {
            self.some_time(mean_ms, what);
        }
    }

    fn tell_mirrors(&mut self, mut bytes: Vec<u8>) {
        let now = self.centre_now();
        let last = self.workers.iter().rposition(|worker| worker.mirror.is_some());
        for at in 0..self.workers.len() {
            let worker = &mut self.workers[at];
            if worker.paused_until_ms > now.steady_ms {
                continue;
            }
            if let Some(mirror) = &mut worker.mirror {
                let foreign = is_foreign(mirror, &bytes);
                let bytes = if last == Some(at) { std::mem::take(&mut bytes) } else { bytes.clone() };
                mirror.handle(now, mirror::Input::Received(bytes));
                self.hears_foreign = foreign;
                self.pump_mirror(at);
                self.hears_foreign = false;
            }
        }
    }

    /// Where nobody speaks for the clinic, that is found when leases are looked at next.
    pub fn watch_lease(&mut self) {
        if !self.lease_watched && !self.has_live_owner() {
            self.lease_watched = true;
            self.after(LEASE_MS - self.now_ms % LEASE_MS, Happening::Lease);
        }
    }

    fn has_live_owner(&self) -> bool {
        self.workers.iter().any(|worker| {
            worker.mirror.is_some() && worker.token == self.centre.token && worker.paused_until_ms <= self.now_ms
        })
    }

    fn connect(&mut self) {
        let now = self.desk_now();
        if self.desk.hub.is_some() {
            self.desk.connected = true;
            if self.rng.u8(0..3) == 0 {
                let left = self.rng.u8(5..30);
                self.after(30, Happening::Burst(left));
            }
            let Some(hub) = &mut self.desk.hub else { return };
            hub.handle(now, Input::Connected(LINK));
            self.pump_hub();
            if !self.is_old && self.companion.as_ref().is_some_and(|companion| !companion.connected) {
                self.after(20, Happening::Lan(true));
            }
        }
    }

    fn cut(&mut self) {
        let one_way = self.faults.one_way && self.rng.bool();
        let to_hub = !one_way || self.rng.bool();
        let to_mirror = !one_way || !to_hub;
        self.again(self.faults.cut_ms, Happening::Cut);
        if self.faults.clog && self.rng.bool() {
            self.line.clogged = true;
            let later = self.rng.u64(1_000..60_000);
            return self.after(later, Happening::Unclog);
        }
        self.line.to_hub_cut |= to_hub;
        self.line.to_mirror_cut |= to_mirror;
        self.trace.note(self.now_ms, "cut", [u64::from(to_hub), u64::from(to_mirror)], || {
            format!("to hub {to_hub}, to central {to_mirror}")
        });
        let short = self.rng.bool();
        let later = if short { self.rng.u64(500..30_000) } else { self.rng.u64(60_000..3 * 3_600_000) };
        self.after(later, Happening::Heal { to_hub, to_mirror });
        // Now and then the desk's machine hears of it.
        let now = self.desk_now();
        if self.rng.bool()
            && let Some(hub) = &mut self.desk.hub
        {
            hub.handle(now, Input::Disconnected(LINK));
            self.desk.connected = false;
            self.pump_hub();
            if self.rng.bool() {
                self.last_will();
            }
        }
    }

    fn heal_line(&mut self, to_hub: bool, to_mirror: bool) {
        self.line.to_hub_cut &= !to_hub;
        self.line.to_mirror_cut &= !to_mirror;
        self.trace.note(self.now_ms, "heal", [u64::from(to_hub), u64::from(to_mirror)], String::new);
        if !self.desk.connected && self.desk.hub.is_some() {
            self.after(50, Happening::Connect);
        }
    }

    pub fn unclog(&mut self) {
        self.line.clogged = false;
        for what in std::mem::take(&mut self.line.held) {
            let later = self.delay();
            self.after(later, what);
        }
    }

    fn broker(&mut self) {
        self.again(self.faults.broker_ms, Happening::Broker);
        self.trace.note(self.now_ms, "broker", [0, 0], || "restarts".to_owned());
        self.line.held.clear();
        self.line.clogged = false;
        if self.faults.stale {
            // What it kept of earlier sessions, in some order.
            for _ in 0..self.rng.usize(0..40) {
                if self.line.said.is_empty() {
                    break;
                }
                let what = self.line.said[self.rng.usize(0..self.line.said.len())].clone();
                let later = self.rng.u64(1..2_000);
                self.after(later, what);
            }
        }
        if self.desk.hub.is_some() {
            let now = self.desk_now();
            if let Some(hub) = &mut self.desk.hub {
                hub.handle(now, Input::Disconnected(LINK));
            }
            self.desk.connected = false;
            self.pump_hub();
            let later = self.rng.u64(100..10_000);
            self.after(later, Happening::Connect);
        }
    }

    fn worker_down(&mut self) {
        self.again(self.faults.worker_ms, Happening::WorkerDown);
        let at = self.rng.usize(0..self.workers.len());
        if self.rng.bool() {
            return self.kill_worker(at);
        }
        // Asleep for longer than its lease; it wakes up believing it still speaks for the clinic.
        let until = self.now_ms + self.rng.u64(30_000..600_000);
        self.workers[at].paused_until_ms = until;
        self.trace.note(self.now_ms, "worker", [at as u64, 2], || format!("{at} sleeps"));
        self.watch_lease();
    }

    fn rot(&mut self) {
        self.again(self.faults.rot_ms, Happening::Rot);
        let days: Vec<i32> = self.centre.days.keys().copied().collect();
        if days.is_empty() {
            return;
        }
        let day = days[self.rng.usize(0..days.len())];
        let kind = self.rng.u8(0..3);
        if self.rng.bool() {
            // And it stays wrong for a while, whatever is written there.
            self.centre.stuck = Some((day, 4));
        }
        // What a restored desk lost, and nobody but central has, nobody could put right.
        let is_at_desk = |id: &&chairside_sync::body::Id| self.desk.disk.visit(**id).is_some();
        let rows = self.centre.days.get(&day).into_iter().flat_map(|rows| rows.keys());
        let ids: Vec<_> = rows.filter(is_at_desk).copied().collect();
        self.centre.rot(day, &ids, kind, &mut self.rng);
        self.trace.note(self.now_ms, "rot", [u64::from(kind), 0], || format!("day {day}"));
        // Nobody can know before the next comparison.
        self.rotten.insert(day);
    }

    fn clock(&mut self) {
        self.again(self.faults.clock_ms, Happening::Clock);
        let off = self.rng.i64(-2 * 3_600_000..2 * 3_600_000);
        let off = if self.rng.bool() { 0 } else { off };
        if self.rng.bool() {
            self.desk.clock_off_ms = off;
        } else {
            self.centre_clock_off_ms = off;
        }
        self.trace.note(self.now_ms, "clock", [off.unsigned_abs(), 0], || format!("{off} ms off"));
    }

    fn settings(&mut self) {
        self.again(self.faults.settings_ms, Happening::Settings);
        if self.desk.hub.is_none() {
            return;
        }
        let mut clinic = (*self.desk.disk.clinic).clone();
        let at = self.rng.usize(0..clinic.practitioners.len());
        clinic.practitioners[at].bookable_online = !clinic.practitioners[at].bookable_online;
        let from = self.desk.disk.log.len();
        let wall_ms = self.desk_now().wall_ms;
        self.desk.disk.staff_settings(wall_ms, clinic);
        self.committed_at_hub(from, None);
        self.tell_hub_committed(from, None);
    }

    fn bulk(&mut self) {
        self.again(self.faults.bulk_ms, Happening::Bulk);
        if self.desk.hub.is_none() {
            return;
        }
        let today = today(self.wall_ms());
        let mut rows = Vec::new();
        for _ in 0..self.rng.usize(3..30) {
            let number = self.number();
            let local_s = slot_s(today + self.rng.i32(0..6), self.rng.i64(0..SLOTS));
            rows.push(new_visit(number, self.rng.u64(0..3), local_s, number));
        }
        for row in &rows {
            self.judge.excuse(key(row.id));
            self.judge.visit_written(&visit(row));
            self.touched.insert(row.day);
            self.judge.staff_told(&visit(row));
        }
        let from = self.desk.disk.log.len();
        let wall_ms = self.desk_now().wall_ms;
        let bulk = self.desk.disk.bulk(wall_ms, rows);
        self.committed_at_hub(from, None);
        self.tell_hub_committed(from, bulk);
    }

    fn midnight(&mut self) {
        let wall_ms = self.wall_ms();
        self.window = window(wall_ms);
        let (now, days) = (self.desk_now(), self.window);
        if let Some(hub) = &mut self.desk.hub {
            hub.handle(now, Input::Window(days));
            self.pump_hub();
        }
        self.after(to_midnight_ms(wall_ms), Happening::Midnight);
    }
}

/// Said in another session than the one that runs, and not to begin one.
fn is_foreign(mirror: &mirror::Mirror, bytes: &[u8]) -> bool {
    if mirror.session() == session_of(bytes) {
        return false;
    }
    let said = Envelope::from_bytes(bytes, clinic_id());
    said.is_ok_and(|said| !matches!(said.message, Message::Hello(_)))
}
