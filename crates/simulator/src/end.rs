//! The second phase: faults stop, everything heals, and has to come right.

use std::collections::BTreeSet;

use chairside_sync::booking::State;
use chairside_sync::hub;

use crate::check::{Final, FinalRequest};
use crate::companion::COMPANION;
use crate::process::{key, slots_of, visit};
use crate::world::{HEAL_MS, Happening, World};

/// How often it is looked whether everything has come right.
const LOOK_MS: u64 = 300_000;

impl World {
    /// Faults stop.
    pub fn phase_two(&mut self) {
        self.healing = true;
        self.line.to_hub_cut = false;
        self.line.to_mirror_cut = false;
        self.desk.clock_off_ms = 0;
        self.centre_clock_off_ms = 0;
        for worker in &mut self.workers {
            worker.paused_until_ms = 0;
        }
        self.trace.note(self.now_ms, "healing", [0, 0], || "faults stop".to_owned());
        self.unclog();
        self.after(10, Happening::StartDesk);
        self.after(15, Happening::Old(Box::new(Happening::StartDesk)));
        if self.old.as_ref().is_some_and(|old| old.hub.is_some() && !old.connected) {
            self.after(20, Happening::Old(Box::new(Happening::Connect)));
        }
        self.after(15, Happening::StartCompanion);
        self.after(1_000, Happening::Lan(true));
        if self.desk.hub.is_some() && !self.desk.connected {
            self.after(20, Happening::Connect);
        }
        self.after(LOOK_MS, Happening::Look);
    }

    /// Whether everything has come right; if so, or if it took too long, the run ends.
    pub fn look(&mut self) {
        let late = self.now_ms > self.faulty_ms() + HEAL_MS;
        let unfinished = self.unfinished();
        if unfinished.is_none() && self.is_disputed() {
            // Somebody looks into it, and has everything compared again.
            let now = self.desk_now();
            if let Some(hub) = &mut self.desk.hub {
                hub.handle(now, hub::Input::CompareAgain);
                self.pump_hub();
            }
            if !late {
                return self.after(LOOK_MS, Happening::Look);
            }
        }
        if unfinished.is_none() {
            if !self.settled {
                // Everybody stops for a moment, so that both sides can be held against each other.
                self.settled = true;
                return self.after(LOOK_MS, Happening::Look);
            }
            self.touched.extend(self.window.days());
            self.compare_days();
            self.compare_companion();
            for (kept, entry) in self.desk.disk.log.iter().filter_map(|kept| {
                let seq = kept.entry.header.seq;
                let at = self.centre.log.binary_search_by_key(&seq, |entry| entry.at.seq).ok()?;
                Some((kept, &self.centre.log[at]))
            }) {
                let same = *entry.at.hash == kept.hash.0;
                self.judge.same_entry(entry.at.seq, same);
            }
            let last = self.last();
            self.judge.at_the_end(&last);
            return self.trace.end();
        }
        if late {
            let why = unfinished.unwrap_or_default();
            self.judge.broken("converges", || why);
            return self.trace.end();
        }
        self.after(LOOK_MS, Happening::Look);
    }

    fn is_disputed(&self) -> bool {
        let mut mirrors = self.workers.iter().filter_map(|worker| worker.mirror.as_ref());
        mirrors.any(|mirror| !mirror.disputed_days().is_empty())
    }

    /// What isn't right yet, in words.
    fn unfinished(&self) -> Option<String> {
        let Some(hub) = &self.desk.hub else { return Some("the desk isn't running".to_owned()) };
        let state = hub.state(crate::process::LINK);
        if state != hub::State::Live {
            return Some(format!("the desk sees {state:?}; {hub:?}"));
        }
        let owner = self.workers.iter().find(|worker| worker.token == self.centre.token);
        let Some(mirror) = owner.and_then(|worker| worker.mirror.as_ref()) else {
            return Some("nobody speaks for central".to_owned());
        };
        if mirror.state() != hub::State::Live {
            return Some(format!("central sees {:?}; {mirror:?}", mirror.state()));
        }
        let settled = |day: &i32| mirror.open_days().contains(day) || mirror.disputed_days().contains(day);
        if let Some(day) = self.window.days().find(|day| !settled(day)) {
            return Some(format!("day {day} isn't open"));
        }
        let open = self.centre.requests.values().find(|request| !request.state.is_end() && !request.quarantined);
        if let Some(request) = open {
            return Some(format!(
                "{request:?} has no end; at the hub {:?}",
                self.desk.disk.inbox.get(&request.proposal.id.0)
            ));
        }
        if self.coming_back > 0 {
            return Some(format!("{} patients are to come back", self.coming_back));
        }
        if let Some(why) = self.companion_unfinished(hub) {
            return Some(why);
        }
        let mail = self.centre.mails.iter().find(|mail| !mail.sent);
        mail.map(|mail| format!("{mail:?} waits"))
    }

    fn companion_unfinished(&self, hub: &hub::Hub) -> Option<String> {
        if let Some(old) = &self.old {
            return Some(format!("nobody told the old hub: {:?}", old.hub));
        }
        if let Some(open) = self.desk.disk.undecided.iter().find_map(|id| self.desk.disk.inbox.get(id)) {
            return Some(format!("{open:?} isn't decided"));
        }
        let companion = self.companion.as_ref()?;
        let Some(mirror) = &companion.mirror else { return Some("the companion isn't running".to_owned()) };
        let (state, theirs) = (hub.state(COMPANION), mirror.state());
        if (state, theirs) != (hub::State::Live, hub::State::Live) {
            return Some(format!("companion and hub see {theirs:?} and {state:?}; {mirror:?}; {hub:?}"));
        }
        let open = companion.disk.open_requests().next();
        open.map(|open| format!("{open:?} of the companion isn't decided"))
    }

    fn compare_companion(&mut self) {
        let Some(companion) = &self.companion else { return };
        if companion.disk.at != Some(chairside_sync::wire::At::from(self.desk.disk.tip)) {
            return;
        }
        for day in self.window.days() {
            let (hub, companion) = (slots_of(&self.desk.disk.days, day), slots_of(&companion.disk.days, day));
            self.judge.day_compared(day, hub, companion);
        }
        // It may have to decide one day, and answers nothing twice.
        let heard = companion.disk.inside.as_ref().map(|inside| &inside.verdicts);
        for (id, inbox) in &self.desk.disk.inbox {
            let there = heard.and_then(|verdicts| verdicts.get(id)).map(|verdict| verdict.accepted);
            if let Some(verdict) = &inbox.verdict {
                self.judge.answer_compared(key(*id), verdict.accepted, there);
            }
        }
    }

    fn last(&self) -> Final {
        let waiting: BTreeSet<_> =
            self.centre.mails.iter().filter(|mail| !mail.sent).map(|mail| mail.proposal).collect();
        let requests = self.centre.requests.values().map(|request| FinalRequest {
            id: key(request.proposal.id.0),
            visit: key(request.proposal.appointment),
            books: matches!(request.proposal.wish, chairside_sync::Wish::Book(_)),
            ended: request.state.is_end(),
            confirmed: request.state == State::Confirmed,
            rejected: request.state == State::Rejected,
            quarantined: request.quarantined,
            mail_waits: waiting.contains(&request.proposal.id.0),
        });
        let visits = self.desk.disk.days.values().flat_map(|rows| rows.values().map(|row| visit(row)));
        let conflicts = self.desk.disk.conflicts.values();
        let other = self.companion.iter().flat_map(|companion| companion.disk.days.values());
        let elsewhere = other.flat_map(|rows| rows.values());
        Final {
            requests: requests.collect(),
            visits: visits.collect(),
            conflicts: conflicts.map(|conflict| key(conflict.appointment)).collect(),
            elsewhere: elsewhere.map(|row| visit(row)).collect(),
        }
    }
}
