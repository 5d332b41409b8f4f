//! A mirror's store in memory, as small as one can be that follows, compares
//! and passes wishes on.

use std::collections::{BTreeMap, BTreeSet};

use chairside_sync::body::{AppointmentRow, Day, Hash32, Id, VerdictRow, Window};
use chairside_sync::digest::{self, DayRows};
use chairside_sync::mirror::{Applied, Ask, Followed, Sent, Told};
use chairside_sync::proposal::Proposal;
use chairside_sync::takeover::Grant;
use chairside_sync::wire::{At, Begin};
use chairside_sync::{ProposalId, Public};

use crate::desk::{Rows, sign};

/// A patient's wish and what became of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Request {
    pub proposal: Proposal,
    pub sent: bool,
    pub verdict: Option<VerdictRow>,
    pub quarantined: Option<String>,
}

/// Everything central has of a clinic on its disk.
#[derive(Clone, PartialEq, Debug)]
pub struct Centre {
    pub at: Option<At>,
    pub granted: Grant,
    log: Vec<At>,
    window: Window,
    pub rows: Rows,
    snapshots: BTreeMap<u64, Rows>,
    pub requests: BTreeMap<Id, Request>,
    pub surplus_kept: u64,
}

impl Centre {
    pub fn new() -> Self {
        Self {
            at: None,
            granted: Grant::FIRST,
            log: Vec::new(),
            window: Window::default(),
            rows: Rows::default(),
            snapshots: BTreeMap::new(),
            requests: BTreeMap::new(),
            surplus_kept: 0,
        }
    }

    pub fn take_down(&mut self, proposal: Proposal) {
        let id = proposal.id.0;
        self.requests.insert(id, Request { proposal, sent: false, verdict: None, quarantined: None });
    }

    pub fn answer(&mut self, ask: Ask) -> Told {
        match ask {
            Ask::Load => Told::Loaded {
                at: self.at,
                granted: self.granted,
                left: BTreeSet::new(),
                node: None,
                surplus: 0,
                surplus_kept: 0,
                lacks_verdicts: false,
            },
            Ask::Apply { after, followed, signature, .. } => Told::Applied(self.apply(after, &followed, &signature)),
            Ask::Begin(Begin { at, window, .. }, _) => {
                self.at = Some(at);
                self.log = vec![at];
                self.marked(at.seq, window);
                Told::Applied(Applied::At { at, shut: Vec::new(), surplus: 0, left: Vec::new() })
            }
            Ask::Digest(mark, window) => Told::Digested(self.snapshots.get(&mark).map(|rows| rows.digests(window))),
            Ask::Replace { day: Some(day), rows, .. } => Told::Replaced(self.replace(day, rows)),
            Ask::Replace { day: None, settings, .. } => {
                self.rows.settings = settings;
                Told::Replaced(digest::of_settings(self.rows.settings.as_ref()))
            }
            Ask::Outstanding { .. } => Told::Proposals(self.send(|request| request.sent, usize::MAX)),
            Ask::Release { days, limit, .. } => {
                Told::Proposals(self.send(
                    |request| !request.sent && request.proposal.days().iter().all(|day| days.contains(day)),
                    limit,
                ))
            }
            Ask::Verdict { verdict, .. } => {
                self.verdict(*verdict);
                Told::Done
            }
            Ask::OlderVerdicts { verdicts, .. } => {
                verdicts.into_iter().for_each(|verdict| self.verdict(verdict));
                Told::Done
            }
            Ask::Quarantine(id, code) => {
                if let Some(request) = self.requests.get_mut(&id.0) {
                    request.quarantined = Some(code);
                }
                Told::Done
            }
            Ask::Surplus(_) => Told::Surplus(Vec::new()),
            Ask::SurplusKept(upto) => {
                self.surplus_kept = upto;
                Told::Done
            }
            Ask::Orphans => Told::Orphans(Vec::new()),
            Ask::Trail => Told::Trail(self.log.iter().rev().copied().collect()),
        }
    }

    fn apply(&mut self, after: Option<At>, followed: &Followed, signature: &[u8]) -> Applied {
        if self.at != after {
            return Applied::Elsewhere;
        }
        if followed.entries.last().is_none_or(|last| sign(last.hash) != signature) {
            return Applied::Forged;
        }
        if let Some(parent) = followed.back_to {
            let Some(kept) = self.log.iter().position(|at| at.seq == parent.seq && at.hash == parent.hash) else {
                return Applied::NoParent;
            };
            self.log.truncate(kept + 1);
        }
        for next in &followed.entries {
            let header = &next.entry.header;
            let incarnation = Id::from(*header.incarnation.0.as_bytes());
            let hash = Hash32::from(next.hash.0);
            self.log.push(At { epoch: header.epoch, incarnation, seq: header.seq, hash });
            match next.public.clone() {
                Some(Public::Appointment(row)) => self.put(row),
                Some(Public::Settings(settings)) => self.rows.settings = Some(settings),
                Some(Public::Mark(window)) => self.marked(header.seq, window),
                Some(Public::Verdict(verdict)) => {
                    if let Some(row) = verdict.appointment.clone() {
                        self.put(row);
                    }
                    self.verdict(*verdict);
                }
                _ => {}
            }
        }
        self.at = Some(followed.at);
        Applied::At { at: followed.at, shut: Vec::new(), surplus: 0, left: Vec::new() }
    }

    fn put(&mut self, row: AppointmentRow) {
        self.rows.visits.remove(&row.id);
        if self.window.contains(row.day) {
            self.rows.visits.insert(row.id, row);
        }
    }

    fn marked(&mut self, mark: u64, window: Window) {
        self.window = window;
        self.rows.visits.retain(|_, row| window.contains(row.day));
        self.snapshots.insert(mark, self.rows.clone());
    }

    fn replace(&mut self, day: Day, rows: DayRows) -> Hash32 {
        let digest = digest::of_day(&rows);
        self.rows.visits.retain(|_, row| row.day != day);
        rows.appointments.into_iter().for_each(|row| self.put(row));
        digest
    }

    fn verdict(&mut self, verdict: VerdictRow) {
        if let Some(request) = self.requests.get_mut(&verdict.proposal) {
            request.verdict = Some(verdict);
        }
    }

    fn send(&mut self, which: impl Fn(&Request) -> bool, limit: usize) -> Vec<Sent> {
        let open = |request: &&mut Request| request.verdict.is_none() && request.quarantined.is_none();
        let chosen = self.requests.values_mut().filter(open).filter(|request| which(request)).take(limit);
        chosen
            .map(|request| {
                request.sent = true;
                let (id, content) = (ProposalId(request.proposal.id.0), request.proposal.to_bytes());
                Sent { id, content, disputed: false }
            })
            .collect()
    }
}
