//! Central's database: what a mirror keeps, the requests, and their mails.
//!
//! One for all workers; a worker that isn't the owner any more is refused.

mod chain;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use chairside_sync::body::{AppointmentRow, ConflictRow, Day, Id, PendingRow, VerdictRow, Window};
use chairside_sync::booking::{self, Event, State};
use chairside_sync::days::DaySet;
use chairside_sync::holds::{self, Holds, Way};
use chairside_sync::mirror::{Applied, Ask, Sent, Told};
use chairside_sync::mutant::{self, Mutant};
use chairside_sync::proposal::Proposal;
use chairside_sync::queue::{Place, Urgency};
use chairside_sync::restore::{Lost, is_given_back_as};
use chairside_sync::takeover::Grant;
use chairside_sync::wire::{At, Begin};
use chairside_sync::{Entry, Hash, Header, Now, ProposalId, Public, Wish};

use crate::desk::{DayMap, Row, Settings};
use crate::id::IdMap;
use crate::said::Said;

/// An entry as a mirror keeps it.
#[derive(Clone, Debug)]
pub struct Kept {
    pub at: At,
    pub said: Rc<Said>,
    /// None for the mark a chain began at.
    pub rest: Option<Rest>,
}

/// What an entry of the log goes on from.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// The place of the entry before it.
    pub seq: u64,
    /// That entry's hash.
    pub last: [u8; 32],
    /// The hashes of what it says it follows.
    pub named: [Option<[u8; 32]>; 2],
}

/// What makes an entry of what it says, and puts it in its place.
#[derive(Clone, Debug)]
pub struct Rest {
    pub header: Header,
    pub commitment: Hash,
    /// The hash before it.
    pub prev: Hash,
}

impl Rest {
    /// The whole entry.
    pub fn entry(&self, said: &Said) -> Entry {
        Entry { header: self.header.clone(), public: said.bytes.clone(), commitment: self.commitment }
    }
}

/// A patient's request.
#[derive(Clone, Debug)]
pub struct Request {
    pub proposal: Proposal,
    pub content: Vec<u8>,
    pub state: State,
    /// Where it stands in the queue.
    pub place: Place,
    /// The days whose gates it needs.
    pub days: Vec<Day>,
    /// When its time has come, seconds since 1970 in UTC.
    pub start_s: i64,
    /// Given to a person to look at: the hub can't take it.
    pub quarantined: bool,
    pub verdict: Option<VerdictRow>,
    /// It was heard since this database was put back to an older copy, and nobody told.
    pub untold: bool,
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
    pub settings: Option<Settings>,
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
    pub log: Vec<Rc<Kept>>,
    pub window: Window,
    pub days: BTreeMap<Day, DayMap>,
    pub day_of: IdMap<Day>,
    pub settings: Option<Settings>,
    /// Entries of lives that were left, which the hub has to get back.
    pub surplus: Vec<Rc<Said>>,
    pub surplus_kept: u64,
    /// Where among them the last verdict on a wish is.
    pub surplus_verdicts: BTreeMap<Id, usize>,
    pub orphans: BTreeMap<Id, AppointmentRow>,
    /// Those of them that the hub's log speaks of by now: they need no more telling.
    pub orphans_heard: BTreeSet<Id>,
    pub requests: IdMap<Request>,
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
    /// The chain began at a mark, and what was answered before isn't all here.
    pub lacks_verdicts: bool,
}

/// What only the clinic's own desktops keep of the log.
#[derive(Clone, Debug, Default)]
pub struct Inside {
    pub verdicts: BTreeMap<Id, VerdictRow>,
    pub pending: BTreeMap<Id, PendingRow>,
    pub conflicts: BTreeMap<Id, Rc<ConflictRow>>,
}

impl Inside {
    pub(super) fn learn(&mut self, body: &Public) {
        match body {
            Public::Verdict(verdict) => {
                self.pending.remove(&verdict.proposal);
                self.verdicts.insert(verdict.proposal, (**verdict).clone());
            }
            Public::Pending(pending) => {
                self.pending.insert(pending.proposal, (**pending).clone());
            }
            Public::Conflict(conflict) => {
                self.conflicts.insert(conflict.id, Rc::new((**conflict).clone()));
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
    /// What each of them that has one before it goes on from.
    pub links: Vec<Link>,
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
    pub fn take_down(&mut self, proposal: Proposal, start_s: i64) -> bool {
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
        let urgency = if proposal.urgent { Urgency::Emergency } else { Urgency::Ordinary };
        let number = i64::try_from(self.requests.len()).unwrap_or(i64::MAX);
        let request = Request {
            place: Place::of(urgency, number),
            content,
            state: State::Requested,
            days,
            start_s,
            quarantined: false,
            verdict: None,
            untold: false,
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

    /// The hub was heard out: mails leave again, and what they say is told.
    pub fn heard_out(&mut self) {
        self.restored = false;
        self.requests.values_mut().for_each(|request| request.untold = false);
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

    fn outstanding(&self, days: &[Day], from: Day) -> Vec<Sent> {
        let sent = self.open_requests().filter(|request| request.state == State::Sent && !request.quarantined);
        let touched = |request: &&Request| {
            request.days.is_empty() || request.days.iter().any(|day| days.contains(day) || *day < from)
        };
        sent.filter(touched).map(|request| sent_of(request, false)).collect()
    }

    fn release(&mut self, days: &DaySet, disputed: &DaySet, limit: usize, effects: &mut Effects) -> Vec<Sent> {
        let mut ready: Vec<(Place, Id, bool)> = self
            .open_requests()
            .filter(|request| request.state == State::Held && !request.quarantined)
            .filter_map(|request| {
                let open = request.days.iter().all(|day| days.contains(day));
                let person = request.days.iter().all(|day| days.contains(day) || disputed.contains(day));
                person.then_some((request.place, request.proposal.id.0, !open))
            })
            .collect();
        ready.sort_unstable();
        let mut sent = Vec::new();
        for (_, id, disputed) in ready.into_iter().take(limit) {
            self.step(id, Event::Released, effects);
            if let Some(request) = self.requests.get(&id) {
                effects.released.push((id, request.days.clone(), disputed));
                sent.push(sent_of(request, disputed));
            }
        }
        sent
    }

    /// Answers an owner; digests are answered with the snapshot by the worker that holds it.
    pub fn answer(&mut self, token: u64, ask: Ask, effects: &mut Effects) -> Told {
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
                lacks_verdicts: self.lacks_verdicts,
            },
            Ask::Apply { speaker, .. } | Ask::Begin(_, speaker)
                if !self.granted.lets_speak(&speaker) && !mutant::on(Mutant::DropEpochCheck) =>
            {
                Told::Applied(Applied::Elsewhere)
            }
            Ask::Apply { after, followed, signature, speaker } => {
                self.node = Some(speaker.node);
                Told::Applied(self.apply(after, *followed, &signature, effects))
            }
            Ask::Begin(Begin { at, window, left }, speaker) => {
                self.node = Some(speaker.node);
                let mut left: Vec<[u8; 16]> = left.into_iter().map(|life| *life).collect();
                if let Some(before) = self.at.filter(|before| before.incarnation != at.incarnation) {
                    left.push(*before.incarnation);
                    // What that life said and this one doesn't know; begun at a mark itself, it holds no more.
                    let lost = std::mem::take(&mut self.log);
                    self.keep_older_verdicts(&lost);
                    self.keep_surplus(lost);
                    self.surplus_kept = 0;
                }
                self.left.extend(&left);
                self.log.clear();
                self.lacks_verdicts = self.inside.is_some();
                let mark = Kept { at, said: Rc::new(Said::from(Public::Mark(window))), rest: None };
                self.log.push(Rc::new(mark));
                self.at = Some(at);
                self.window_is(window);
                Told::Applied(Applied::At { at, shut: Vec::new(), surplus: self.surplus.len() as u64, left })
            }
            Ask::Replace { mark, day: Some(day), rows, .. } => {
                Told::Replaced(self.replace_day(mark, day, rows.appointments, effects))
            }
            Ask::Replace { day: None, settings, .. } => {
                // Entries after the mark that changed them again come in order and win.
                self.settings = settings.map(Settings::from);
                Told::Replaced(Settings::digest_of(self.settings.as_ref()))
            }
            Ask::Outstanding { days, from } => Told::Proposals(self.outstanding(&days, from)),
            Ask::Release { days, disputed, limit } => Told::Proposals(self.release(&days, &disputed, limit, effects)),
            // The new hub may have no such answer.
            Ask::Verdict { epoch, .. } | Ask::OlderVerdicts { epoch, .. }
                if epoch < self.granted.epoch && !mutant::on(Mutant::DropEpochCheck) =>
            {
                Told::Done
            }
            Ask::Verdict { verdict, .. } => {
                self.heard_beside(*verdict, effects);
                Told::Done
            }
            Ask::OlderVerdicts { verdicts, last, .. } => {
                // What the log says since, it says better.
                let known = |id: &Id| self.inside.as_ref().is_some_and(|inside| inside.verdicts.contains_key(id));
                let fresh: Vec<_> = verdicts.into_iter().filter(|verdict| !known(&verdict.proposal)).collect();
                fresh.into_iter().for_each(|verdict| self.heard_beside(verdict, effects));
                self.lacks_verdicts &= !last;
                Told::Done
            }
            Ask::Quarantine(ProposalId(id), _) => {
                if let Some(request) = self.requests.get_mut(&id) {
                    request.quarantined = true;
                }
                Told::Done
            }
            Ask::Surplus(from) => {
                let from = usize::try_from(from).unwrap_or(usize::MAX).min(self.surplus.len());
                let told = |id| self.requests.get(&id)?.verdict.as_ref().map(|verdict| verdict.accepted);
                // What was told otherwise since is no news to the hub; its number stays.
                let is_news = |said: &Said| is_given_back_as(said.body.as_ref(), told);
                let given = |said: &Rc<Said>| if is_news(said) { self.lost(&said.bytes) } else { Lost::default() };
                Told::Surplus(self.surplus[from..].iter().take(200).map(given).collect())
            }
            Ask::SurplusKept(upto) => {
                self.surplus_kept = self.surplus_kept.max(upto).min(self.surplus.len() as u64);
                Told::Done
            }
            Ask::Orphans => {
                let unheard = self.orphans.values().filter(|row| !self.orphans_heard.contains(&row.id));
                Told::Orphans(unheard.cloned().collect())
            }
            Ask::Trail => Told::Trail(self.trail()),
            Ask::Digest(..) => Told::Failed,
        }
    }

    /// An answer that came beside the log.
    fn heard_beside(&mut self, verdict: VerdictRow, effects: &mut Effects) {
        self.verdict(&verdict, effects);
        if let Some(inside) = &mut self.inside {
            inside.learn(&Public::Verdict(Box::new(verdict)));
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
                    *row = Row::from(AppointmentRow { start_s: row.start_s + 1_800, ..(**row).clone() });
                }
            }
            _ => {
                let Some(row) = rows.get(&id).cloned() else { return };
                let stray = crate::id::id(crate::id::Of::Visit, 9_000_000 + rng.u64(0..1_000_000));
                rows.insert(stray, Row::from(AppointmentRow { id: stray, ..(*row).clone() }));
                self.day_of.insert(stray, day);
            }
        }
    }

    /// What was said once, with the request it answers.
    fn lost(&self, public: &[u8]) -> Lost {
        let Ok(Public::Verdict(verdict)) = Public::from_bytes(public) else {
            return Lost { public: public.to_vec(), ..Lost::default() };
        };
        let request = self.requests.get(&verdict.proposal);
        let untold = self.restored && request.is_none_or(|request| request.untold);
        Lost {
            public: public.to_vec(),
            wish: request.map(|request| request.content.clone()),
            untold: untold.then_some(verdict.proposal),
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
