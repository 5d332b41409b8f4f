//! A mirror's store in memory, as small as one can be and still answer
//! everything a mirror asks.

use std::collections::{BTreeMap, BTreeSet};

use chairside_sync::body::{AppointmentRow, BlockoutRow, Day, Hash32, Id, SettingsRow, VerdictRow, Window};
use chairside_sync::digest::{self, DayRows, Digests};
use chairside_sync::mirror::{Applied, Ask, Followed, Sent, Told, replace};
use chairside_sync::proposal::{Proposal, content_hash};
use chairside_sync::restore::{Lost, is_given_back};
use chairside_sync::takeover::Grant;
use chairside_sync::wire::{At, Begin};
use chairside_sync::{ProposalId, Public};

use crate::sync_fixture::sign;

/// Where a request stands.
#[derive(Clone, PartialEq, Debug)]
pub enum Standing {
    Held,
    Sent,
    Decided(Box<VerdictRow>),
}

/// A request of a patient.
#[derive(Clone, Debug)]
pub struct Request {
    content: Vec<u8>,
    days: Vec<Day>,
    pub standing: Standing,
    /// Given to a person: the hub can't take it.
    pub quarantined: Option<String>,
}

/// What is compared.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    pub visits: BTreeMap<Id, AppointmentRow>,
    pub blockouts: BTreeMap<Id, BlockoutRow>,
    pub settings: Option<SettingsRow>,
}

impl Rows {
    pub fn day(&self, day: Day) -> DayRows {
        DayRows {
            appointments: self.visits.values().filter(|row| row.day == day).cloned().collect(),
            blockouts: self.blockouts.values().filter(|row| row.day == day).cloned().collect(),
        }
    }

    fn digests(&self, window: Window) -> Digests {
        let mut digests = Digests { settings: digest::of_settings(self.settings.as_ref()), days: BTreeMap::new() };
        for day in window.days() {
            let rows = self.day(day);
            if !rows.is_empty() {
                digests.days.insert(day, digest::of_day(&rows));
            }
        }
        digests
    }

    fn put(&mut self, row: AppointmentRow, window: Window) {
        self.visits.remove(&row.id);
        if window.contains(row.day) {
            self.visits.insert(row.id, row);
        }
    }
}

#[derive(Debug, Default)]
pub struct MemoryMirror {
    pub at: Option<At>,
    log: Vec<(At, Vec<u8>)>,
    window: Window,
    pub rows: Rows,
    snapshots: BTreeMap<u64, Rows>,
    pub requests: BTreeMap<Id, Request>,
    /// Whether the hub's log accepts each, by the last entry about it.
    pub last_word: BTreeMap<Id, bool>,
    left: BTreeSet<[u8; 16]>,
    node: Option<Id>,
    surplus: Vec<Vec<u8>>,
    pub surplus_kept: u64,
    orphans: BTreeMap<Id, AppointmentRow>,
    /// Days that were put in place.
    pub replaced: u32,
}

impl MemoryMirror {
    /// A patient wishes something.
    pub fn take_down(&mut self, proposal: &Proposal) {
        let first = proposal.after.and_then(|first| self.requests.get(&first.0));
        let days = if proposal.days().is_empty() { first.map(|first| first.days.clone()) } else { None };
        let request = Request {
            content: proposal.to_bytes(),
            days: days.unwrap_or_else(|| proposal.days()),
            standing: Standing::Held,
            quarantined: None,
        };
        self.requests.insert(proposal.id.0, request);
    }

    /// As after a while: rows are compared as they are now, or at the next mark.
    pub fn forget_snapshots(&mut self) {
        self.snapshots.clear();
    }

    pub fn standing(&self, proposal: &Proposal) -> &Standing {
        &self.requests[&proposal.id.0].standing
    }

    pub fn all_decided(&self) -> bool {
        self.requests.values().all(|request| matches!(request.standing, Standing::Decided(_)))
    }

    /// The first answer is what the patient is told. A restored desk may give
    /// another before it hears of that; once it has, it says the first again.
    fn verdict(&mut self, verdict: &VerdictRow) {
        let Some(request) = self.requests.get_mut(&verdict.proposal) else { return };
        assert_eq!(content_hash(&request.content).0, *verdict.content, "an answer to another wish");
        self.last_word.insert(verdict.proposal, verdict.accepted);
        match &request.standing {
            Standing::Decided(told) => {
                let differs = told.accepted != verdict.accepted;
                assert!(!(differs && verdict.again), "said again otherwise than told: {verdict:?}");
            }
            _ => request.standing = Standing::Decided(Box::new(verdict.clone())),
        }
    }

    /// Entries the hub no longer has, to be given back.
    fn lose(&mut self, entries: Vec<(At, Vec<u8>)>) {
        let told = |id| match &self.requests.get(&id)?.standing {
            Standing::Decided(told) => Some(told.accepted),
            _ => None,
        };
        let lost = entries.into_iter().map(|(_, public)| public).filter(|public| is_given_back(public, told));
        self.surplus.extend(lost);
    }

    fn apply(&mut self, after: Option<At>, followed: &Followed, signature: &[u8]) -> Applied {
        if self.at != after {
            return Applied::Elsewhere;
        }
        if followed.entries.last().is_none_or(|last| sign(last.hash) != *signature) {
            return Applied::Forged;
        }
        if let Some(place) = &followed.back_to {
            let Some(kept) = self.log.iter().position(|(at, _)| at.seq == place.seq && at.hash == place.hash) else {
                return Applied::NoParent;
            };
            let lost = self.log.split_off(kept + 1);
            self.lose(lost);
        }
        let mut left = Vec::new();
        let mut shut = Vec::new();
        for next in &followed.entries {
            let header = &next.entry.header;
            let at = At {
                epoch: header.epoch,
                incarnation: Id::from(*header.incarnation.0.as_bytes()),
                seq: header.seq,
                hash: Hash32::from(next.hash.0),
            };
            let before = self.at.map(|before| before.incarnation);
            left.extend(before.filter(|life| *life != at.incarnation).map(|life| *life));
            self.at = Some(at);
            self.log.push((at, next.entry.public.clone()));
            match next.public.clone() {
                Some(Public::Bulk(bulk)) => {
                    shut.extend(bulk.first_day.zip(bulk.last_day).map(|(from, last)| Window { from, to: last + 1 }));
                }
                Some(Public::Birth(birth)) => left.extend(birth.left.iter().map(|life| **life)),
                Some(body) => self.effect(body),
                None => {}
            }
        }
        self.left.extend(&left);
        if followed.mark.is_some() {
            self.snapshots.insert(followed.at.seq, self.rows.clone());
        }
        Applied::At { at: followed.at, shut, surplus: self.surplus.len() as u64, left }
    }

    fn effect(&mut self, body: Public) {
        match body {
            Public::Appointment(row) => self.rows.put(row, self.window),
            Public::Verdict(verdict) => {
                self.rows_of(verdict.appointment.clone());
                self.verdict(&verdict);
            }
            Public::Pending(pending) => self.rows_of(pending.appointment),
            Public::Settings(settings) => self.rows.settings = Some(settings),
            Public::Blockout(row) => {
                self.rows.blockouts.remove(&row.id);
                if !row.lifted && self.window.contains(row.day) {
                    self.rows.blockouts.insert(row.id, row);
                }
            }
            Public::Mark(window) => self.window_is(window),
            Public::Patient(_) | Public::Bulk(_) | Public::Birth(_) | Public::Conflict(_) => {}
        }
    }

    fn rows_of(&mut self, row: Option<AppointmentRow>) {
        if let Some(row) = row {
            self.rows.put(row, self.window);
        }
    }

    fn window_is(&mut self, window: Window) {
        self.window = window;
        self.rows.visits.retain(|_, row| window.contains(row.day));
        self.rows.blockouts.retain(|_, row| window.contains(row.day));
    }

    fn begin(&mut self, begin: &Begin) -> Applied {
        let (at, window) = (begin.at, begin.window);
        let mut left: Vec<[u8; 16]> = begin.left.iter().map(|life| **life).collect();
        if let Some(before) = self.at.filter(|before| before.incarnation != at.incarnation) {
            left.push(*before.incarnation);
            let lost = std::mem::take(&mut self.log);
            self.lose(lost);
        }
        self.log = vec![(at, Public::Mark(window).to_bytes())];
        self.at = Some(at);
        self.window_is(window);
        self.snapshots.insert(at.seq, self.rows.clone());
        self.left.extend(&left);
        Applied::At { at, shut: Vec::new(), surplus: self.surplus.len() as u64, left }
    }

    fn put_in_place(&mut self, mark: u64, day: Day, sent: DayRows) -> Hash32 {
        let later =
            self.log.iter().filter(|(at, _)| at.seq > mark).filter_map(|(_, public)| {
                match Public::from_bytes(public).expect("a body") {
                    Public::Appointment(row) => Some(row),
                    Public::Verdict(verdict) => verdict.appointment,
                    Public::Pending(pending) => pending.appointment,
                    _ => None,
                }
            });
        let later: Vec<AppointmentRow> = later.collect();
        let mine = self.rows.day(day).appointments.into_iter().map(|row| (row.id, row)).collect();
        let replaced = replace(day, &mine, &sent.appointments, &later);
        self.rows.visits.retain(|_, row| row.day != day);
        self.rows.blockouts.retain(|_, row| row.day != day);
        let digest = digest::of_day(&sent);
        self.rows.blockouts.extend(sent.blockouts.into_iter().map(|row| (row.id, row)));
        for row in replaced.rows.into_values().chain(replaced.elsewhere) {
            self.rows.put(row, self.window);
        }
        self.orphans.extend(replaced.orphans.into_iter().map(|row| (row.id, row)));
        self.replaced += 1;
        digest
    }

    fn send(&mut self, which: impl Fn(&Request) -> Option<bool>, limit: usize) -> Vec<Sent> {
        let mut sent = Vec::new();
        for (id, request) in &mut self.requests {
            let Some(disputed) = which(request).filter(|_| request.quarantined.is_none() && sent.len() < limit) else {
                continue;
            };
            request.standing = Standing::Sent;
            sent.push(Sent { id: ProposalId(*id), content: request.content.clone(), disputed });
        }
        sent
    }

    pub fn answer(&mut self, ask: Ask) -> Told {
        match ask {
            Ask::Load => Told::Loaded {
                at: self.at,
                granted: Grant::FIRST,
                left: self.left.clone(),
                node: self.node,
                surplus: self.surplus.len() as u64,
                surplus_kept: self.surplus_kept,
                lacks_verdicts: false,
            },
            Ask::Apply { after, followed, signature, speaker } => {
                self.node = Some(speaker.node);
                Told::Applied(self.apply(after, &followed, &signature))
            }
            Ask::Begin(begin, _) => Told::Applied(self.begin(&begin)),
            Ask::Digest(mark, window) => {
                let last = self.at.is_some_and(|at| at.seq == mark).then_some(&self.rows);
                Told::Digested(self.snapshots.get(&mark).or(last).map(|rows| rows.digests(window)))
            }
            Ask::Replace { mark, day: Some(day), rows, .. } => Told::Replaced(self.put_in_place(mark, day, rows)),
            Ask::Replace { day: None, settings, .. } => {
                self.rows.settings = settings;
                Told::Replaced(digest::of_settings(self.rows.settings.as_ref()))
            }
            Ask::Outstanding { days, from } => {
                let touched = |request: &Request| request.days.iter().any(|day| days.contains(day) || *day < from);
                let again = |request: &Request| request.standing == Standing::Sent && touched(request);
                Told::Proposals(self.send(|request| again(request).then_some(false), usize::MAX))
            }
            Ask::Release { days, disputed, limit } => {
                let open = |request: &Request| request.days.iter().all(|day| days.contains(day));
                let person =
                    |request: &Request| request.days.iter().all(|day| days.contains(day) || disputed.contains(day));
                let held = |request: &Request| request.standing == Standing::Held && person(request);
                Told::Proposals(self.send(|request| held(request).then(|| !open(request)), limit))
            }
            Ask::Verdict { verdict, .. } => {
                self.verdict(&verdict);
                Told::Done
            }
            Ask::OlderVerdicts { verdicts, .. } => {
                verdicts.iter().for_each(|verdict| self.verdict(verdict));
                Told::Done
            }
            Ask::Quarantine(id, code) => {
                if let Some(request) = self.requests.get_mut(&id.0) {
                    request.quarantined = Some(code);
                }
                Told::Done
            }
            Ask::Surplus(from) => {
                let from = usize::try_from(from).expect("small");
                let lost = self.surplus[from.min(self.surplus.len())..].iter();
                Told::Surplus(lost.map(|public| Lost { public: public.clone(), ..Lost::default() }).collect())
            }
            Ask::SurplusKept(upto) => {
                self.surplus_kept = self.surplus_kept.max(upto);
                Told::Done
            }
            Ask::Orphans => Told::Orphans(self.orphans.values().cloned().collect()),
            Ask::Trail => Told::Trail(self.log.iter().rev().map(|(at, _)| *at).take(40).collect()),
        }
    }
}
