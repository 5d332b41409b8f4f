//! Central's database: what a mirror keeps, the requests, and their mails.
//!
//! One for all workers; a worker that isn't the owner any more is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use chairside_sync::body::{AppointmentRow, ConflictRow, Day, Hash32, Id, PendingRow, SettingsRow, VerdictRow, Window};
use chairside_sync::booking::{self, Event, State};
use chairside_sync::digest;
use chairside_sync::holds::{self, Holds, Way};
use chairside_sync::mirror::{Applied, Ask, Followed, Sent, Told, replace};
use chairside_sync::mutant::{self, Mutant};
use chairside_sync::proposal::{Proposal, content_hash};
use chairside_sync::restore::is_given_back;
use chairside_sync::takeover::Grant;
use chairside_sync::wire::At;
use chairside_sync::{Entry, Hash, Now, ProposalId, Public, Wish};

use crate::desk::{DayMap, digests, sign};

/// An entry as a mirror keeps it.
#[derive(Clone, Debug)]
pub struct Kept {
    pub at: At,
    pub public: Vec<u8>,
    /// The whole of it and the hash before it; none for the mark a chain began at.
    pub entry: Option<(Rc<Entry>, Hash)>,
}

/// A patient's request.
#[derive(Clone, Debug)]
pub struct Request {
    pub proposal: Proposal,
    pub content: Vec<u8>,
    pub state: State,
    /// When it came in, by central's clock: the queue's order.
    pub arrived_ms: i64,
    /// The days whose gates it needs.
    pub days: Vec<Day>,
    /// When its time has come, seconds since 1970 in UTC.
    pub start_s: i64,
    /// Given to a person to look at: the hub can't take it.
    pub quarantined: bool,
    pub verdict: Option<VerdictRow>,
}

/// A mail that waits to be sent, or was.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mail {
    pub proposal: Id,
    pub outcome: State,
    pub sent: bool,
}

/// Rows behind a mark, as a worker holds them open.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub days: BTreeMap<Day, DayMap>,
    pub settings: Option<SettingsRow>,
}

/// What central keeps of one clinic.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    pub incarnation: u64,
    pub token: u64,
    pub at: Option<At>,
    /// Who decides for the clinic: central is the registry.
    pub granted: Grant,
    pub left: BTreeSet<[u8; 16]>,
    pub node: Option<Id>,
    /// The chain since it began here.
    pub log: Vec<Kept>,
    pub window: Window,
    pub days: BTreeMap<Day, DayMap>,
    pub day_of: BTreeMap<Id, Day>,
    pub settings: Option<SettingsRow>,
    /// Entries of lives that were left, which the hub has to get back.
    pub surplus: Vec<Vec<u8>>,
    pub surplus_kept: u64,
    /// Where among them the last verdict on a wish is.
    pub surplus_verdicts: BTreeMap<Id, usize>,
    pub orphans: BTreeMap<Id, AppointmentRow>,
    pub orphans_offered: BTreeSet<Id>,
    pub requests: BTreeMap<Id, Request>,
    pub mails: Vec<Mail>,
    /// Those that wait.
    pub unsent: Vec<usize>,
    /// Places being booked.
    pub holds: Holds,
    /// When claims were made; only where they end by themselves on purpose.
    pub claimed_ms: Vec<(u64, ProposalId)>,
    /// Requests without an end.
    pub unended: BTreeSet<Id>,
    /// A day that the disk keeps wrong, and how many more times it will.
    pub stuck: Option<(Day, u8)>,
    /// Counts days put in place.
    pub replaced: u64,
    /// It is a copy, and the hub hasn't been heard since.
    pub restored: bool,
    /// What a desktop needs besides, should it have to decide one day.
    pub inside: Option<Inside>,
}

/// What only the clinic's own desktops keep of the log.
#[derive(Clone, Debug, Default)]
pub struct Inside {
    pub verdicts: BTreeMap<Id, VerdictRow>,
    pub pending: BTreeMap<Id, PendingRow>,
    pub conflicts: BTreeMap<Id, ConflictRow>,
}

impl Inside {
    fn learn(&mut self, body: &Public) {
        match body {
            Public::Verdict(verdict) => {
                self.pending.remove(&verdict.proposal);
                self.verdicts.insert(verdict.proposal, (**verdict).clone());
            }
            Public::Pending(pending) => {
                self.pending.insert(pending.proposal, (**pending).clone());
            }
            Public::Conflict(conflict) => {
                self.conflicts.insert(conflict.id, (**conflict).clone());
            }
            _ => {}
        }
    }
}

/// What a transaction did that others hear of.
#[derive(Debug, Default)]
pub struct Effects {
    /// Requests whose state changed.
    pub moved: Vec<(Id, State, State)>,
    /// Requests that left for the clinic for the first time.
    pub released: Vec<(Id, Vec<Day>, bool)>,
    /// Days that were put in place.
    pub resent: Vec<Day>,
    /// A life was left, and this many entries with it.
    pub rolled_back: Option<usize>,
    pub orphaned: usize,
    /// Days that many rows were written to at once.
    pub shut: Vec<Window>,
    /// Epoch and seq of entries that were added.
    pub applied: Vec<(u64, u64)>,
}

impl Disk {
    /// Moves a request, with the mail that tells of it, in one transaction.
    pub fn step(&mut self, id: Id, event: Event, effects: &mut Effects) {
        let Some(request) = self.requests.get_mut(&id) else { return };
        let Ok(next) = booking::next(request.state, event) else { return };
        effects.moved.push((id, request.state, next));
        request.state = next;
        if next.is_end() {
            self.unended.remove(&id);
            self.holds.end(ProposalId(id), Way::Decided);
        } else {
            self.unended.insert(id);
        }
        if next.is_end() {
            self.unsent.push(self.mails.len());
            self.mails.push(Mail { proposal: id, outcome: next, sent: false });
        }
    }

    /// A request as a patient sends it in; false where its id is taken by another content.
    pub fn take_down(&mut self, proposal: Proposal, arrived_ms: i64, start_s: i64) -> bool {
        let content = proposal.to_bytes();
        if let Some(known) = self.requests.get(&proposal.id.0) {
            return known.content == content || mutant::on(Mutant::SkipContentComparison);
        }
        let mut days = proposal.days();
        if matches!(proposal.wish, Wish::Cancel) {
            // The day of the booking it cancels, as far as central knows.
            let first = proposal.after.and_then(|first| self.requests.get(&first.0));
            days.extend(first.map(|first| first.days.clone()).unwrap_or_default());
        }
        let request = Request {
            content,
            state: State::Requested,
            arrived_ms,
            days,
            start_s,
            quarantined: false,
            verdict: None,
            proposal,
        };
        self.unended.insert(request.proposal.id.0);
        self.requests.insert(request.proposal.id.0, request);
        true
    }

    /// After a restore: whatever is open may be with the clinic already, so
    /// only the hub's log ends it.
    pub fn may_have_been_sent(&mut self) {
        for id in &self.unended {
            if let Some(request) = self.requests.get_mut(id) {
                request.state = State::Sent;
            }
        }
    }

    /// Broken on purpose: a claim ends by itself.
    pub fn limit_claims(&mut self, now: Now) {
        if !mutant::on(Mutant::LimitOnClaim) {
            return;
        }
        let known: Vec<ProposalId> = self.claimed_ms.iter().map(|(_, id)| *id).collect();
        let fresh = self.holds.claims().map(|(id, _)| id).filter(|id| !known.contains(id));
        self.claimed_ms.extend(fresh.map(|id| (now.steady_ms, id)).collect::<Vec<_>>());
        let late = self.claimed_ms.iter().filter(|(since, _)| now.steady_ms >= since + holds::VERIFY_MS);
        for id in late.map(|(_, id)| *id).collect::<Vec<_>>() {
            self.holds.end(id, Way::Expired);
        }
    }

    /// Makes a request one that no hub can read.
    pub fn poison(&mut self, id: Id) {
        if let Some(request) = self.requests.get_mut(&id).filter(|request| request.state == State::Requested) {
            request.content = vec![0xff; 12];
        }
    }

    /// Requests without an end.
    pub fn open_requests(&self) -> impl Iterator<Item = &Request> {
        self.unended.iter().filter_map(|id| self.requests.get(id))
    }

    /// Everything whose time has come before it could be sent.
    pub fn expire(&mut self, now_s: i64, effects: &mut Effects) {
        let due = self.open_requests().filter(|request| request.start_s <= now_s);
        let due: Vec<Id> = due.map(|request| request.proposal.id.0).collect();
        due.into_iter().for_each(|id| self.step(id, Event::TimeCame, effects));
    }

    /// Takes what another mirror of the same chain has beyond this one; false
    /// where that isn't known to be the same chain.
    pub fn take_tail(&mut self, other: &[Kept]) -> bool {
        let Some(at) = self.at else { return false };
        let Ok(here) = other.binary_search_by_key(&at.seq, |kept| kept.at.seq) else { return false };
        if other[here].at != at {
            return false;
        }
        for kept in &other[here + 1..] {
            self.log.push(kept.clone());
            self.at = Some(kept.at);
            if let Ok(public) = Public::from_bytes(&kept.public) {
                self.effect(&public, &mut Vec::new(), &mut Effects::default());
            }
        }
        true
    }

    /// The current chain holds this place.
    pub fn has(&self, place: &At) -> bool {
        let found = self.log.binary_search_by_key(&place.seq, |entry| entry.at.seq);
        found.is_ok_and(|at| self.log[at].at.hash == place.hash && self.log[at].at.incarnation == place.incarnation)
    }

    fn apply(&mut self, after: Option<At>, followed: &Followed, signature: &[u8], effects: &mut Effects) -> Applied {
        let at = followed.at;
        if self.at != after || !(self.granted.covers(at.epoch, at.seq) || mutant::on(Mutant::DropEpochCheck)) {
            return Applied::Elsewhere;
        }
        if followed.entries.last().is_none_or(|last| sign(last.hash)[..] != *signature) {
            return Applied::Forged;
        }
        let mut left = None;
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
        for next in &followed.entries {
            let header = &next.entry.header;
            let at = At {
                epoch: header.epoch,
                incarnation: Id::from(*header.incarnation.0.as_bytes()),
                seq: header.seq,
                hash: Hash32::from(next.hash.0),
            };
            if let Some(before) = incarnation.filter(|before| *before != at.incarnation) {
                left = Some(*before);
            }
            effects.applied.push((at.epoch, at.seq));
            let entry = next.entry.clone();
            self.log.push(Kept { at, public: entry.public.clone(), entry: Some((Rc::new(entry), next.prev)) });
            self.at = Some(at);
            if let Some(public) = &next.public {
                self.effect(public, &mut shut, effects);
            }
        }
        self.left.extend(left);
        if left.is_some() {
            self.surplus_kept = 0;
        }
        effects.shut.clone_from(&shut);
        let Some(at) = self.at else { return Applied::Elsewhere };
        Applied::At { at, shut, surplus: self.surplus.len() as u64, left }
    }

    /// Verdicts that came otherwise than by the chain, or before it began here:
    /// the requests know them, and the hub may not.
    fn keep_older_verdicts(&mut self, lost: &[Kept]) {
        let said = self.log.iter().chain(lost).filter_map(|kept| match Public::from_bytes(&kept.public) {
            Ok(Public::Verdict(verdict)) => Some(verdict.proposal),
            _ => None,
        });
        let said: BTreeSet<Id> = said.collect();
        let verdicts = self.requests.values().filter_map(|request| request.verdict.clone());
        let older: Vec<_> = verdicts.filter(|verdict| !said.contains(&verdict.proposal)).collect();
        for verdict in older {
            self.push_surplus(Public::Verdict(Box::new(verdict)).to_bytes());
        }
    }

    fn keep_surplus(&mut self, lost: Vec<Kept>) {
        for kept in lost {
            let told = |id| self.requests.get(&id)?.verdict.as_ref().map(|verdict| verdict.accepted);
            if is_given_back(&kept.public, told) {
                self.push_surplus(kept.public);
            }
        }
    }

    /// Of several verdicts on one wish the last is the one that stood.
    fn push_surplus(&mut self, public: Vec<u8>) {
        if let Ok(Public::Verdict(verdict)) = Public::from_bytes(&public)
            && let Some(before) = self.surplus_verdicts.insert(verdict.proposal, self.surplus.len())
        {
            // Its number stays: the hub counts them.
            self.surplus[before].clear();
        }
        self.surplus.push(public);
    }

    fn effect(&mut self, public: &Public, shut: &mut Vec<Window>, effects: &mut Effects) {
        if let Some(inside) = &mut self.inside {
            inside.learn(public);
        }
        match public {
            Public::Appointment(row) => self.put(row.clone()),
            Public::Settings(settings) => self.settings = Some(settings.clone()),
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
            Public::Patient(_) | Public::Blockout(_) | Public::Birth(_) | Public::Conflict(_) => {}
        }
    }

    fn verdict(&mut self, verdict: &VerdictRow, effects: &mut Effects) {
        let Some(request) = self.requests.get_mut(&verdict.proposal) else { return };
        if content_hash(&request.content).0 != *verdict.content {
            return;
        }
        if request.verdict.is_none() || verdict.again {
            request.verdict = Some(verdict.clone());
        }
        self.step(verdict.proposal, booking::event_of(verdict), effects);
    }

    /// No rows are kept outside the window, but by who may have to decide one day.
    fn window_is(&mut self, window: Window) {
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

    fn put(&mut self, row: AppointmentRow) {
        self.take_away(row.id);
        if self.window.contains(row.day) || self.inside.is_some() {
            self.day_of.insert(row.id, row.day);
            Rc::make_mut(self.days.entry(row.day).or_default()).insert(row.id, row);
        }
    }

    fn take_away(&mut self, id: Id) {
        if let Some(day) = self.day_of.remove(&id)
            && let Some(rows) = self.days.get_mut(&day)
        {
            Rc::make_mut(rows).remove(&id);
        }
    }

    fn replace_day(&mut self, mark: u64, day: Day, sent: &[AppointmentRow], effects: &mut Effects) -> Hash32 {
        let later = self.log.iter().filter(|entry| entry.at.seq > mark);
        let later: Vec<AppointmentRow> = later
            .filter_map(|entry| match Public::from_bytes(&entry.public).ok()? {
                Public::Appointment(row) => Some(row),
                Public::Verdict(verdict) => verdict.appointment,
                Public::Pending(pending) => pending.appointment,
                _ => None,
            })
            .collect();
        let mine = self.days.get(&day).map(|rows| (**rows).clone()).unwrap_or_default();
        let replaced = replace(day, &mine, sent, &later);
        for id in mine.keys() {
            self.take_away(*id);
        }
        // As the hub had it at the mark: what the digest is of.
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
        replaced.rows.into_values().chain(replaced.elsewhere).for_each(|row| self.put(row));
        effects.orphaned += replaced.orphans.len();
        effects.resent.push(day);
        self.replaced += 1;
        self.orphans.extend(replaced.orphans.into_iter().map(|row| (row.id, row)));
        digest
    }

    fn outstanding(&self, days: &[Day], from: Day) -> Vec<Sent> {
        let sent = self.open_requests().filter(|request| request.state == State::Sent && !request.quarantined);
        let touched = |request: &&Request| {
            request.days.is_empty() || request.days.iter().any(|day| days.contains(day) || *day < from)
        };
        sent.filter(touched).map(|request| sent_of(request, false)).collect()
    }

    fn release(
        &mut self,
        days: &BTreeSet<Day>,
        disputed: &BTreeSet<Day>,
        limit: usize,
        effects: &mut Effects,
    ) -> Vec<Sent> {
        let mut ready: Vec<(bool, i64, Id, bool)> = self
            .open_requests()
            .filter(|request| request.state == State::Held && !request.quarantined)
            .filter_map(|request| {
                let open = request.days.iter().all(|day| days.contains(day));
                let person = request.days.iter().all(|day| days.contains(day) || disputed.contains(day));
                person.then_some((!request.proposal.urgent, request.arrived_ms, request.proposal.id.0, !open))
            })
            .collect();
        ready.sort_unstable();
        let mut sent = Vec::new();
        for (_, _, id, disputed) in ready.into_iter().take(limit) {
            self.step(id, Event::Released, effects);
            if let Some(request) = self.requests.get(&id) {
                effects.released.push((id, request.days.clone(), disputed));
                sent.push(sent_of(request, disputed));
            }
        }
        sent
    }

    fn trail(&self) -> Vec<At> {
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

    /// Answers an owner; digests are answered with the snapshot by the worker that holds it.
    pub fn answer(&mut self, token: u64, ask: &Ask, effects: &mut Effects) -> Told {
        if token != self.token && !mutant::on(Mutant::IgnoreToken) {
            return Told::NotOwner;
        }
        match ask {
            Ask::Load => Told::Loaded {
                at: self.at,
                granted: self.granted,
                left: self.left.clone(),
                node: self.node,
                surplus: self.surplus.len() as u64,
                surplus_kept: self.surplus_kept,
            },
            Ask::Apply { after, followed, signature, node } => {
                self.node = Some(*node);
                Told::Applied(self.apply(*after, followed, signature, effects))
            }
            Ask::Begin(at, window) => {
                let left = self.at.map(|before| *before.incarnation).filter(|before| *before != *at.incarnation);
                if left.is_some() {
                    // What that life said and this one doesn't know; begun at a mark itself, it holds no more.
                    let lost = std::mem::take(&mut self.log);
                    self.keep_older_verdicts(&lost);
                    self.keep_surplus(lost);
                    self.surplus_kept = 0;
                }
                self.left.extend(left);
                self.log.clear();
                self.log.push(Kept { at: *at, public: Public::Mark(*window).to_bytes(), entry: None });
                self.at = Some(*at);
                self.window_is(*window);
                Told::Applied(Applied::At { at: *at, shut: Vec::new(), surplus: self.surplus.len() as u64, left })
            }
            Ask::Replace { mark, day: Some(day), rows, .. } => {
                Told::Replaced(self.replace_day(*mark, *day, &rows.appointments, effects))
            }
            Ask::Replace { day: None, settings, .. } => {
                // Entries after the mark that changed them again come in order and win.
                self.settings.clone_from(settings);
                Told::Replaced(digest::of_settings(self.settings.as_ref()))
            }
            Ask::Outstanding { days, from } => Told::Proposals(self.outstanding(days, *from)),
            Ask::Release { days, disputed, limit } => Told::Proposals(self.release(days, disputed, *limit, effects)),
            Ask::Verdict(verdict) => {
                if let Some(inside) = &mut self.inside {
                    inside.learn(&Public::Verdict(verdict.clone()));
                }
                self.verdict(verdict, effects);
                Told::Done
            }
            Ask::Quarantine(ProposalId(id), _) => {
                if let Some(request) = self.requests.get_mut(id) {
                    request.quarantined = true;
                }
                Told::Done
            }
            Ask::Surplus(from) => {
                let from = usize::try_from(*from).unwrap_or(usize::MAX).min(self.surplus.len());
                Told::Surplus(self.surplus[from..].iter().take(200).cloned().collect())
            }
            Ask::SurplusKept(upto) => {
                self.surplus_kept = self.surplus_kept.max(*upto).min(self.surplus.len() as u64);
                Told::Done
            }
            Ask::Orphans => {
                let fresh = self.orphans.values().filter(|row| !self.orphans_offered.contains(&row.id));
                Told::Orphans(fresh.cloned().collect())
            }
            Ask::Trail => Told::Trail(self.trail()),
            Ask::Digest(..) => Told::Failed,
        }
    }

    /// Damages a day: a visit is lost, changed, or one appears that never was.
    pub fn rot(&mut self, day: Day, ids: &[Id], kind: u8, rng: &mut fastrand::Rng) {
        let Some(rows) = self.days.get_mut(&day) else { return };
        let rows = Rc::make_mut(rows);
        let Some(id) = (!ids.is_empty()).then(|| ids[rng.usize(0..ids.len())]) else { return };
        match kind {
            0 => {
                rows.remove(&id);
                self.day_of.remove(&id);
            }
            1 => {
                if let Some(row) = rows.get_mut(&id) {
                    row.start_s += 1_800;
                }
            }
            _ => {
                let Some(row) = rows.get(&id).cloned() else { return };
                let stray = crate::id::id(crate::id::Of::Visit, 9_000_000 + rng.u64(0..1_000_000));
                rows.insert(stray, AppointmentRow { id: stray, ..row });
                self.day_of.insert(stray, day);
            }
        }
    }

    /// Rows as they are now.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { days: self.days.clone(), settings: self.settings.clone() }
    }
}

fn sent_of(request: &Request, disputed: bool) -> Sent {
    Sent { id: request.proposal.id, content: request.content.clone(), disputed }
}
