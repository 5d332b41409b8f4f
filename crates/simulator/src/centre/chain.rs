//! What a mirror's store does with entries: its chain, its rows, and what was lost.

use std::collections::BTreeSet;
use std::rc::Rc;

use chairside_sync::body::{AppointmentRow, Day, Hash32, Id, VerdictRow, Window};
use chairside_sync::booking::{self};
use chairside_sync::digest;
use chairside_sync::mirror::{Applied, Followed, replace};
use chairside_sync::mutant::{self, Mutant};
use chairside_sync::proposal::content_hash;
use chairside_sync::restore::is_given_back_as;
use chairside_sync::wire::At;
use chairside_sync::{Entry, Public};

use super::{Disk, Effects, Kept, Link, Rest};
use crate::desk::{DayRows, Row, digests, sign};
use crate::said::Said;

impl Disk {
    /// Takes what another mirror of the same chain has beyond this one; false
    /// where that isn't known to be the same chain.
    pub fn take_tail(&mut self, other: &[Rc<Kept>]) -> bool {
        let Some(at) = self.at else { return false };
        let Ok(here) = other.binary_search_by_key(&at.seq, |kept| kept.at.seq) else { return false };
        if other[here].at != at {
            return false;
        }
        for kept in &other[here + 1..] {
            self.log.push(kept.clone());
            self.at = Some(kept.at);
            if let Some(public) = &kept.said.body {
                self.effect(public, &mut Vec::new(), &mut Effects::default());
            }
        }
        true
    }

    /// The current chain holds this place.
    pub fn has(&self, place: &At) -> bool {
        let found = self.log.binary_search_by_key(&place.seq, |entry| entry.at.seq);
        found.is_ok_and(|at| self.log[at].at.hash == place.hash && self.log[at].at.incarnation == place.incarnation)
    }

    pub(super) fn apply(
        &mut self,
        after: Option<At>,
        followed: Followed,
        signature: &[u8],
        effects: &mut Effects,
    ) -> Applied {
        let at = followed.at;
        if self.at != after || !(self.granted.covers(at.epoch, at.seq) || mutant::on(Mutant::DropEpochCheck)) {
            return Applied::Elsewhere;
        }
        if followed.entries.last().is_none_or(|last| sign(last.hash)[..] != *signature) {
            return Applied::Forged;
        }
        let mut left = Vec::new();
        if let Some(place) = &followed.back_to {
            if !self.has(place) && !mutant::on(Mutant::AnyBirth) {
                return Applied::NoParent;
            }
            let lost = self.log.iter().position(|entry| entry.at.seq > place.seq).unwrap_or(self.log.len());
            let lost = self.log.split_off(lost);
            effects.rolled_back = Some(lost.len());
            self.keep_older_verdicts(&lost);
            self.keep_surplus(lost);
        }
        let incarnation = self.at.map(|at| at.incarnation);
        let mut shut = Vec::new();
        for next in followed.entries {
            let Entry { header, public, commitment } = next.entry;
            let at = At {
                epoch: header.epoch,
                incarnation: Id::from(*header.incarnation.0.as_bytes()),
                seq: header.seq,
                hash: Hash32::from(next.hash.0),
            };
            if let Some(before) = incarnation.filter(|before| *before != at.incarnation) {
                left.push(*before);
            }
            if let Some(Public::Birth(birth)) = &next.public {
                left.extend(birth.left.iter().map(|life| **life));
            }
            effects.applied.push((at.epoch, at.seq));
            if let Some(last) = self.log.last() {
                let parent = match &next.public {
                    Some(Public::Birth(birth)) => birth.parent.as_ref().map(|parent| *parent.hash),
                    _ => None,
                };
                let named = [Some(next.prev.0), parent];
                effects.links.push(Link { seq: last.at.seq, last: *last.at.hash, named });
            }
            let said = Rc::new(Said { bytes: public, body: next.public });
            let rest = Some(Rest { header, commitment, prev: next.prev });
            self.log.push(Rc::new(Kept { at, said: said.clone(), rest }));
            self.at = Some(at);
            if let Some(public) = &said.body {
                self.effect(public, &mut shut, effects);
            }
        }
        self.left.extend(&left);
        if !left.is_empty() {
            self.surplus_kept = 0;
        }
        effects.shut.clone_from(&shut);
        let Some(at) = self.at else { return Applied::Elsewhere };
        Applied::At { at, shut, surplus: self.surplus.len() as u64, left }
    }

    /// Verdicts that came otherwise than by the chain, or before it began here:
    /// the requests know them, or who may have to decide one day, and the hub may not.
    pub(super) fn keep_older_verdicts(&mut self, lost: &[Rc<Kept>]) {
        let said = self.log.iter().chain(lost).filter_map(|kept| match &kept.said.body {
            Some(Public::Verdict(verdict)) => Some(verdict.proposal),
            _ => None,
        });
        let said: BTreeSet<Id> = said.collect();
        let of_requests = self.requests.values().filter_map(|request| request.verdict.as_ref());
        let inside = self.inside.iter().flat_map(|inside| inside.verdicts.values());
        let verdicts = of_requests.chain(inside).filter(|verdict| !said.contains(&verdict.proposal));
        let mut older: Vec<_> = verdicts.cloned().collect();
        older.sort_by_key(|verdict| verdict.proposal);
        older.dedup_by_key(|verdict| verdict.proposal);
        for verdict in older {
            self.push_surplus(Rc::new(Said::from(Public::Verdict(Box::new(verdict)))));
        }
    }

    pub(super) fn keep_surplus(&mut self, lost: Vec<Rc<Kept>>) {
        for kept in lost {
            let told = |id| self.requests.get(&id)?.verdict.as_ref().map(|verdict| verdict.accepted);
            if is_given_back_as(kept.said.body.as_ref(), told) {
                self.push_surplus(kept.said.clone());
            }
        }
    }

    /// Of several verdicts on one wish the last is the one that stood.
    pub(super) fn push_surplus(&mut self, said: Rc<Said>) {
        if let Some(Public::Verdict(verdict)) = &said.body
            && let Some(before) = self.surplus_verdicts.insert(verdict.proposal, self.surplus.len())
        {
            // Its number stays: the hub counts them.
            self.surplus[before] = Rc::new(Said { bytes: Vec::new(), body: None });
        }
        self.surplus.push(said);
    }

    pub(super) fn effect(&mut self, public: &Public, shut: &mut Vec<Window>, effects: &mut Effects) {
        if let Some(inside) = &mut self.inside {
            inside.learn(public);
        }
        match public {
            Public::Appointment(row) => self.put(row.clone()),
            Public::Settings(settings) => self.settings = Some(settings.clone().into()),
            Public::Verdict(verdict) => {
                if let Some(row) = &verdict.appointment {
                    self.put(row.clone());
                }
                self.verdict(verdict, effects);
            }
            Public::Pending(pending) => {
                if let Some(row) = &pending.appointment {
                    self.put(row.clone());
                }
            }
            Public::Bulk(bulk) => {
                if let (Some(first), Some(last)) = (bulk.first_day, bulk.last_day) {
                    shut.push(Window { from: first, to: last + 1 });
                }
            }
            Public::Mark(window) => self.window_is(*window),
            Public::Conflict(conflict) => self.heard_of(conflict.appointment),
            Public::Patient(_) | Public::Blockout(_) | Public::Birth(_) => {}
        }
    }

    pub(super) fn verdict(&mut self, verdict: &VerdictRow, effects: &mut Effects) {
        let Some(request) = self.requests.get_mut(&verdict.proposal) else { return };
        if content_hash(&request.content).0 != *verdict.content {
            return;
        }
        // What was told stands, but in a copy that may have heard half of it.
        let told_otherwise = request.verdict.as_ref().is_some_and(|told| told.accepted != verdict.accepted);
        if told_otherwise && !self.restored {
            return;
        }
        if request.verdict.is_none() || verdict.again {
            request.untold = self.restored && (request.verdict.is_none() || told_otherwise || request.untold);
            request.verdict = Some(verdict.clone());
        }
        self.step(verdict.proposal, booking::event_of(verdict), effects);
    }

    /// Takes the answer that the log gave while nobody here knew of the request.
    pub fn answered_meanwhile(&mut self, proposal: Id, effects: &mut Effects) {
        let said = self.surplus.iter().chain(self.log.iter().map(|kept| &kept.said));
        let verdict = said.rev().find_map(|said| match &said.body {
            Some(Public::Verdict(verdict)) if verdict.proposal == proposal => Some(verdict.clone()),
            _ => None,
        });
        if let Some(verdict) = verdict {
            self.verdict(&verdict, effects);
        }
    }

    /// No rows are kept outside the window, but by who may have to decide one day.
    pub(super) fn window_is(&mut self, window: Window) {
        self.window = window;
        if self.inside.is_some() {
            return;
        }
        let outside: Vec<Day> = self.days.keys().copied().filter(|day| !window.contains(*day)).collect();
        for day in outside {
            for id in self.days.remove(&day).iter().flat_map(|rows| rows.keys()) {
                self.day_of.remove(id);
            }
        }
    }

    pub(super) fn put(&mut self, row: impl Into<Row>) {
        let row = row.into();
        self.heard_of(row.id);
        let keeps = self.window.contains(row.day) || self.inside.is_some();
        if self.day_of.get(&row.id).is_some_and(|day| *day != row.day || !keeps) {
            self.take_away(row.id);
        }
        if keeps {
            self.day_of.insert(row.id, row.day);
            DayRows::put(self.days.entry(row.day).or_default(), row);
        }
    }

    pub(super) fn take_away(&mut self, id: Id) {
        if let Some(day) = self.day_of.remove(&id)
            && let Some(rows) = self.days.get_mut(&day)
        {
            Rc::make_mut(rows).remove(&id);
        }
    }

    /// The hub's log speaks of this visit.
    fn heard_of(&mut self, id: Id) {
        if self.orphans.contains_key(&id) {
            self.orphans_heard.insert(id);
        }
    }

    pub(super) fn replace_day(
        &mut self,
        mark: u64,
        day: Day,
        sent: Vec<AppointmentRow>,
        effects: &mut Effects,
    ) -> Hash32 {
        let later = self.log.iter().filter(|entry| entry.at.seq > mark);
        let later: Vec<AppointmentRow> = later
            .filter_map(|entry| match entry.said.body.as_ref()? {
                Public::Appointment(row) => Some(row.clone()),
                Public::Verdict(verdict) => verdict.appointment.clone(),
                Public::Pending(pending) => pending.appointment.clone(),
                _ => None,
            })
            .collect();
        let mine = self.days.get_mut(&day).map(std::mem::take).unwrap_or_default();
        let replaced = replace(day, &mine, &sent, &later);
        for id in mine.keys() {
            self.day_of.remove(id);
        }
        // As the hub had it at the mark: what the digest is of.
        let sent: Vec<Row> = sent.into_iter().map(Row::from).collect();
        sent.iter().for_each(|row| self.put(row.clone()));
        if let Some((_, left)) = self.stuck.as_mut().filter(|(stuck, left)| *stuck == day && *left > 0) {
            *left -= 1;
            let lost = self.days.get(&day).and_then(|rows| rows.keys().next_back().copied());
            lost.into_iter().for_each(|id| self.take_away(id));
        }
        let digest = digests(&self.days, None, Window { from: day, to: day + 1 }).days.remove(&day);
        let digest = digest.unwrap_or_else(|| digest::of_day(&digest::DayRows::default()));
        for row in sent {
            if !replaced.rows.contains_key(&row.id) {
                self.take_away(row.id);
            }
        }
        for row in replaced.rows.into_values().chain(replaced.elsewhere) {
            // Most of them were put there just now.
            let here = self.days.get(&row.day).and_then(|rows| rows.get(&row.id));
            if here.is_some_and(|here| **here == row) {
                self.heard_of(row.id);
            } else {
                self.put(row);
            }
        }
        effects.orphaned += replaced.orphans.len();
        effects.resent.push(day);
        self.replaced += 1;
        for row in replaced.orphans {
            // Found once more after it was heard of: it has gone missing again.
            self.orphans_heard.remove(&row.id);
            self.orphans.insert(row.id, row);
        }
        digest
    }

    pub(super) fn trail(&self) -> Vec<At> {
        let mut places = Vec::new();
        let (mut back, mut step) = (1, 1);
        while back <= self.log.len() {
            places.push(self.log[self.log.len() - back].at);
            if places.len() > 4 {
                step *= 2;
            }
            back += step;
        }
        // Where the chain begins: a hub that has it needs no mark.
        let first = self.log.first().map(|entry| entry.at).filter(|first| places.last() != Some(first));
        places.extend(first);
        places
    }
}
