//! What must always be true, watched from outside.
//!
//! Shares no code with what it watches: it sees plain facts, in types of its
//! own, and draws its own conclusions. `tests/apart.rs` holds it to that.

mod answers;
mod end;
mod facts;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub use end::{Final, FinalRequest};
pub use facts::{Answer, Key, Mailed, Slot, Visit};

/// A promise that was broken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// Which promise, as a stable word.
    pub promise: &'static str,
    /// What was seen.
    pub seen: String,
}

const DAY_S: i64 = 86_400;

/// Watches.
#[derive(Debug, Default)]
pub struct Judge {
    /// The first thing that was wrong.
    violation: Option<Violation>,
    /// Visits at the hub, as its commits told.
    hub: BTreeMap<Key, Visit>,
    /// When those that occupy end, by practitioner and beginning.
    by_time: BTreeMap<(Key, i64, Key), i64>,
    /// Visits that may overlap others: staff said so, an import brought them, or they stand in Conflicts.
    excused: BTreeSet<Key>,
    /// Requests the hub ever said yes to, in any of its lives.
    said_yes: BTreeSet<Key>,
    /// Places claimed: with whom, from, to.
    claims: BTreeMap<Key, (Key, i64, i64)>,
    /// The last calls of the clinic: whether they failed.
    calls: VecDeque<bool>,
    /// Requests the hub keeps.
    at_hub: BTreeSet<Key>,
    /// Every answer the hub ever committed.
    answers: BTreeMap<Key, Answer>,
    /// Answers that everybody who knew of them has lost.
    forgotten: BTreeMap<Key, bool>,
    /// Requests answered otherwise after that: should a copy of either history
    /// come back, either answer may stand.
    answered_both_ways: BTreeSet<Key>,
    /// What people at restored desks answered before the first answer came back.
    meanwhile: BTreeSet<(Key, bool)>,
    /// What staff were told is booked, and hasn't been changed by anybody since.
    promised: BTreeMap<Key, Visit>,
    /// Requests patients were told have been received.
    received: BTreeMap<Key, u64>,
    /// The outcome each patient was mailed.
    mailed: BTreeMap<Key, Mailed>,
    /// Patients who were mailed anything, whatever central remembers of it.
    heard: BTreeSet<Key>,
    /// Requests that central lost and their patients sent in again, and didn't take back since.
    sent_in_again: BTreeSet<Key>,
    /// Requests whose patients took them back, and a copy of central that was put
    /// in place doesn't know it: the clinic may have them from there.
    withdrawal_lost: BTreeSet<Key>,
    /// Days the hub called equal, in the session named.
    verified: BTreeMap<u64, BTreeSet<i32>>,
    /// Every hash seen at a place of the log.
    hashes: BTreeMap<(u64, u128, u64), [u8; 32]>,
    /// What stands in Conflicts, by visit.
    conflicts: BTreeSet<Key>,
    /// What stands among orphans.
    orphans: BTreeSet<Key>,
    /// What stood in a life of the store that was lost and is to come back.
    lost: BTreeMap<Key, Visit>,
    /// The latest version of each visit that the hub ever wrote.
    latest: BTreeMap<Key, Visit>,
    /// The highest epoch granted, and the last seq of the one before.
    epoch: (u64, u64),
}

impl Judge {
    /// The first broken promise.
    pub fn violation(&self) -> Option<&Violation> {
        self.violation.as_ref()
    }

    /// Reports a broken promise; the first one counts.
    pub fn broken(&mut self, promise: &'static str, seen: impl FnOnce() -> String) {
        if self.violation.is_none() {
            self.violation = Some(Violation { promise, seen: seen() });
        }
    }

    /// The hub committed a visit.
    pub fn visit_written(&mut self, visit: &Visit) {
        self.place_kept(visit);
        self.counts_from(visit);
        let latest = self.latest.entry(visit.id).or_insert_with(|| visit.clone());
        if latest.version < visit.version {
            *latest = visit.clone();
        }
    }

    /// The hub keeps a place for a visit; until somebody decides nobody has been
    /// promised it.
    pub fn place_kept(&mut self, visit: &Visit) {
        if visit.occupies && !self.excused.contains(&visit.id) {
            // Nothing lasts longer than a day.
            let near = (visit.practitioner, visit.from_s - DAY_S, 0)..(visit.practitioner, visit.to_s, 0);
            let clash = self.by_time.range(near).find(|((_, from_s, id), to_s)| {
                *id != visit.id && *from_s < visit.to_s && visit.from_s < **to_s && !self.excused.contains(id)
            });
            if let Some(clash) = clash.and_then(|((_, _, id), _)| self.hub.get(id)).cloned() {
                let visit = visit.clone();
                self.broken("no_overlap", || format!("{visit:?} over {clash:?}"));
            }
        }
        self.put(visit.clone());
    }

    /// In another life of the store a visit that had been changed and changed back
    /// stands as promised, or as somebody left it since, and counts its changes
    /// from there on.
    fn counts_from(&mut self, visit: &Visit) {
        let alike = |known: &&mut Visit| **known == Visit { version: known.version, ..visit.clone() };
        if let Some(promised) = self.promised.get_mut(&visit.id).filter(alike) {
            promised.version = visit.version;
        }
        if let Some(latest) = self.latest.get_mut(&visit.id).filter(alike) {
            latest.version = visit.version;
            self.promised.entry(visit.id).and_modify(|promised| promised.clone_from(visit));
        }
    }

    fn put(&mut self, visit: Visit) {
        if let Some(before) = self.hub.get(&visit.id) {
            self.by_time.remove(&(before.practitioner, before.from_s, before.id));
        }
        if visit.occupies {
            self.by_time.insert((visit.practitioner, visit.from_s, visit.id), visit.to_s);
        }
        self.hub.insert(visit.id, visit);
    }

    /// It may overlap: somebody said so, knowingly.
    pub fn excuse(&mut self, id: Key) {
        self.excused.insert(id);
    }

    /// It stands in Conflicts from now on.
    pub fn in_conflict(&mut self, id: Key) {
        self.conflicts.insert(id);
        self.excused.insert(id);
    }

    /// It is kept among orphans.
    pub fn orphaned(&mut self, id: Key) {
        self.orphans.insert(id);
    }

    /// Staff were told a visit is as they wrote it.
    pub fn staff_told(&mut self, visit: &Visit) {
        self.promised.insert(visit.id, visit.clone());
    }

    /// A patient was told the request has arrived.
    pub fn patient_told_received(&mut self, request: Key, content: u64) {
        if *self.received.entry(request).or_insert(content) != content {
            self.broken("one_content", || format!("two requests received as {request:x}"));
        }
    }

    /// A request claims a place.
    pub fn claimed(&mut self, request: Key, practitioner: Key, from_s: i64, to_s: i64) {
        let other = self
            .claims
            .iter()
            .find(|(other, claim)| **other != request && claim.0 == practitioner && claim.1 < to_s && from_s < claim.2);
        if let Some((other, _)) = other {
            let other = *other;
            self.broken("one_claim", || format!("{request:x} and {other:x} claim one place"));
        }
        self.claims.insert(request, (practitioner, from_s, to_s));
    }

    /// A request has an end: its claim is over.
    pub fn ended(&mut self, request: Key) {
        self.claims.remove(&request);
    }

    /// Something was asked of the clinic, and answered or not.
    pub fn call(&mut self, failed: bool) {
        self.calls.push_back(failed);
        if self.calls.len() > 20 {
            self.calls.pop_front();
        }
    }

    /// The circuit breaker opened: it should have had reason to.
    pub fn breaker_opened(&mut self) {
        let failed = self.calls.iter().filter(|failed| **failed).count();
        // One failed probe is enough to open it again; no failure at all never is.
        if failed == 0 {
            let calls = self.calls.len();
            self.broken("opens_on_failures", || format!("none of {calls} calls failed"));
        }
    }

    /// The hub keeps a request.
    pub fn at_hub(&mut self, request: Key) {
        self.at_hub.insert(request);
    }

    /// A process whose time is over did something at central.
    pub fn fenced_owner_served(&mut self) {
        self.broken("one_owner", String::new);
    }

    /// A day is sent again; it should differ.
    pub fn day_resent(&mut self, day: i32, hub: &[Slot<'_>], mirrors: &[Vec<Slot<'_>>]) {
        let equal = !mirrors.is_empty() && mirrors.iter().all(|mirror| mirror == hub);
        if equal && !hub.is_empty() {
            self.broken("compared_at_the_mark", || format!("day {day} is equal and sent again"));
        }
    }

    /// Central is an older copy of itself: it mailed what it no longer knows of.
    pub fn central_restored(&mut self, outcome: impl Fn(Key) -> Option<Mailed>) {
        let gone = self.mailed.extract_if(.., |request, mailed| outcome(*request) != Some(*mailed));
        let withdrawn = gone.filter(|(_, mailed)| *mailed == Mailed::Withdrawn);
        self.withdrawal_lost.extend(withdrawn.map(|(request, _)| request));
        self.claims.clear();
    }

    /// Another desktop decides from here on.
    pub fn epoch_granted(&mut self, epoch: u64, after_seq: u64) {
        if epoch <= self.epoch.0 {
            let before = self.epoch.0;
            self.broken("one_hub", || format!("epoch {epoch} granted after {before}"));
        }
        self.epoch = (epoch, after_seq);
    }

    /// Central took an entry for the clinic's.
    pub fn central_applied(&mut self, epoch: u64, seq: u64) {
        let (granted, after_seq) = self.epoch;
        if epoch < granted && seq > after_seq {
            self.broken("one_hub", || {
                format!("entry {seq} of epoch {epoch} applied; {granted} was granted at {after_seq}")
            });
        }
    }

    /// An edit of another desktop was decided. `base` is what its maker saw,
    /// `theirs` what they made of it; `before` what stood at the hub and `here`
    /// what stands there now.
    pub fn edit_decided(
        &mut self,
        base: Option<&Slot<'_>>,
        theirs: &Slot<'_>,
        before: Option<&Slot<'_>>,
        here: Option<&Slot<'_>>,
        in_conflicts: &[Slot<'_>],
    ) {
        // What was made of it may have been merged with ours before it came there.
        let base_of_theirs = base.or(before);
        let there = |slot: &Slot<'_>| base_of_theirs.is_none_or(|base| lost(base, theirs, slot).is_none());
        if in_conflicts.iter().any(there) {
            // Theirs is kept there; ours has to stand here.
            if let (Some(before), Some(here), Some(base)) = (before, here, base) {
                self.kept("ours", base, before, here);
            }
            return;
        }
        let Some(here) = here else {
            return self.broken("both_edits_kept", || format!("{theirs:?} is nowhere"));
        };
        match (base, before) {
            (Some(base), Some(before)) => {
                self.kept("theirs", base, theirs, here);
                self.kept("ours", base, before, here);
            }
            _ if Slot { version: here.version, ..*theirs } == *here => {}
            _ => self.broken("both_edits_kept", || format!("{theirs:?} became {here:?}")),
        }
    }

    /// What somebody changed of `base` stands `here`.
    fn kept(&mut self, whose: &str, base: &Slot<'_>, edited: &Slot<'_>, here: &Slot<'_>) {
        if let Some(lost) = lost(base, edited, here) {
            self.broken("both_edits_kept", || format!("{whose}: {lost}"));
        }
    }

    /// The hub called days equal.
    pub fn days_verified(&mut self, session: u64, days: impl IntoIterator<Item = i32>) {
        self.verified.entry(session).or_default().extend(days);
    }

    /// Days have to be verified anew.
    pub fn days_doubtful(&mut self, days: impl Fn(i32) -> bool) {
        for verified in self.verified.values_mut() {
            verified.retain(|day| !days(*day));
        }
    }

    /// A request left for the clinic.
    pub fn released(&mut self, session: Option<u64>, days: &[i32], before_a_person: bool) {
        if before_a_person {
            return;
        }
        let verified = session.and_then(|session| self.verified.get(&session));
        let unverified = days.iter().find(|day| verified.is_none_or(|verified| !verified.contains(day))).copied();
        if let Some(day) = unverified {
            self.broken("verified_before_release", || format!("day {day} in session {session:?}"));
        }
    }

    /// The hub decided a request for these days, by rule.
    pub fn decided_by_rule(&mut self, open: impl Fn(i32) -> bool, days: &[i32]) {
        if let Some(day) = days.iter().find(|day| !open(**day)).copied() {
            self.broken("verified_before_decision", || format!("day {day}"));
        }
    }

    /// A patient was mailed about it, by whatever life of central.
    pub fn was_mailed(&self, request: Key) -> bool {
        self.heard.contains(&request)
    }

    /// Central had lost a request; its patient sends it in again.
    pub fn sent_in_again(&mut self, request: Key) {
        self.sent_in_again.insert(request);
    }

    /// A patient takes a request back.
    pub fn taken_back(&mut self, request: Key) {
        self.sent_in_again.remove(&request);
    }

    /// A mail left.
    pub fn mail_sent(&mut self, request: Key, outcome: Mailed, at_hub: bool, at_central: bool) {
        if outcome == Mailed::Confirmed && !(at_hub && at_central) {
            self.broken("mail_after_commit", || format!("{request:x}: at hub {at_hub}, at central {at_central}"));
        }
        self.heard.insert(request);
        // Of the patient's two wishes the later one counts, although central may
        // have gone back to a copy in which it knows of the earlier one only.
        let wished_again = |before: Mailed| {
            let lost = self.sent_in_again.contains(&request) || self.withdrawal_lost.contains(&request);
            before == Mailed::Withdrawn && lost
        };
        match self.mailed.get(&request) {
            Some(before)
                if *before != outcome && !wished_again(*before) && !self.answered_both_ways.contains(&request) =>
            {
                let before = *before;
                self.broken("no_contradiction", || format!("{request:x}: {before:?}, then {outcome:?}"));
            }
            _ => {
                self.mailed.insert(request, outcome);
            }
        }
    }

    /// An entry stands at a place of a log.
    pub fn entry_seen(&mut self, epoch: u64, life: u128, seq: u64, hash: [u8; 32]) {
        if *self.hashes.entry((epoch, life, seq)).or_insert(hash) != hash {
            self.broken("one_chain", || format!("two entries at epoch {epoch}, life {life:x}, seq {seq}"));
        }
    }

    /// Central's log goes on from its entry at `seq`, whose hash is `last`, with
    /// one that names what it follows: the entry before it in the hub's own log,
    /// or, where a life begins, the one that life grew from.
    pub fn linked(&mut self, seq: u64, last: [u8; 32], named: [Option<[u8; 32]>; 2]) {
        if !named.contains(&Some(last)) {
            self.broken("one_chain", || format!("what follows seq {seq} grew from elsewhere"));
        }
    }

    /// Both sides, verified, have an entry at a place.
    pub fn same_entry(&mut self, seq: u64, same: bool) {
        if !same {
            self.broken("one_chain", || format!("the sides differ at seq {seq}"));
        }
    }

    /// Stretches of contact in which something was verified.
    pub fn sessions(&self) -> usize {
        self.verified.len()
    }

    /// An entry is gone with the only disk it was on; its place may be written anew.
    pub fn entry_forgotten(&mut self, epoch: u64, life: u128, seq: u64) {
        self.hashes.remove(&(epoch, life, seq));
    }

    /// The only disk has gone back to a place of this life, and goes on from there.
    pub fn entries_forgotten_after(&mut self, epoch: u64, life: u128, seq: u64) {
        let gone = (epoch, life, seq + 1)..=(epoch, life, u64::MAX);
        self.hashes.extract_if(gone, |_, _| true).for_each(drop);
    }

    /// A verified day, as both sides hold it at one place of the log.
    pub fn day_compared<'a>(
        &mut self,
        day: i32,
        hub: impl Iterator<Item = Slot<'a>> + Clone,
        mirror: impl Iterator<Item = Slot<'a>> + Clone,
    ) {
        if !hub.clone().eq(mirror.clone()) {
            let (hub, mirror): (Vec<_>, Vec<_>) = (hub.collect(), mirror.collect());
            let only = |left: &[Slot<'_>], right: &[Slot<'_>]| -> Vec<String> {
                left.iter().filter(|slot| !right.contains(slot)).map(|slot| format!("{slot:?}")).collect()
            };
            let (missing, surplus) = (only(&hub, &mirror), only(&mirror, &hub));
            self.broken("equal_row_by_row", || format!("day {day}: missing {missing:?}, surplus {surplus:?}"));
        }
    }
}

/// A field that was changed from `base` to `edited` and is something else `here`.
fn lost(base: &Slot<'_>, edited: &Slot<'_>, here: &Slot<'_>) -> Option<String> {
    let fields = |slot: &Slot<'_>| {
        [
            slot.practitioner.to_string(),
            slot.kind.to_string(),
            slot.patient.to_string(),
            slot.status.to_owned(),
            format!("{}-{}", slot.from_s, slot.to_s),
        ]
    };
    let mut fields = fields(base).into_iter().zip(fields(edited)).zip(fields(here));
    let lost = fields.find(|((base, edited), here)| base != edited && edited != here);
    lost.map(|((base, edited), here)| format!("from {base} to {edited}, and here it is {here}"))
}
