//! What must be true once everything has healed.

use std::collections::{BTreeMap, BTreeSet};

use super::{Judge, Key, Mailed, Visit};

/// A request as central has it at the end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FinalRequest {
    pub id: Key,
    /// The visit it is about.
    pub visit: Key,
    /// Whether it is a booking.
    pub books: bool,
    /// Nothing more is owed.
    pub ended: bool,
    pub confirmed: bool,
    pub rejected: bool,
    /// Before a person, because the clinic can't read it.
    pub quarantined: bool,
    /// A mail about it is still waiting.
    pub mail_waits: bool,
}

/// How things stand at the end.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Final {
    pub requests: Vec<FinalRequest>,
    /// Every visit at the hub.
    pub visits: Vec<Visit>,
    /// Every visit that stands in Conflicts.
    pub conflicts: Vec<Key>,
    /// Visits on the disk of the clinic's other desktop.
    pub elsewhere: Vec<Visit>,
}

impl Judge {
    /// An answer as the hub has it, and as another desktop that stands at the same
    /// place has.
    pub fn answer_compared(&mut self, request: Key, accepted: bool, elsewhere: Option<bool>) {
        if elsewhere != Some(accepted) {
            self.broken("every_answer_known", || format!("{request:x}: {accepted}, elsewhere {elsewhere:?}"));
        }
    }

    /// Judges the end.
    pub fn at_the_end(&mut self, last: &Final) {
        let visits: BTreeMap<Key, &Visit> = last.visits.iter().map(|visit| (visit.id, visit)).collect();
        let conflicts: BTreeSet<Key> = last.conflicts.iter().copied().collect();
        let requests: BTreeSet<Key> = last.requests.iter().map(|request| request.id).collect();
        for request in &last.requests {
            if !request.ended && !request.quarantined {
                self.broken("every_proposal_ends", || format!("{request:?}"));
            }
            if request.mail_waits {
                self.broken("every_mail_leaves", || format!("{request:?}"));
            }
            let answer = self.answers.get(&request.id).map(|answer| answer.accepted);
            if request.confirmed && answer != Some(true) {
                self.broken("confirmed_by_the_hub", || format!("{request:?}: {answer:?}"));
            }
            if request.rejected && answer == Some(true) {
                self.broken("verdict_arrives", || format!("{request:?}: {answer:?}"));
            }
            let (visit, conflict) = (visits.get(&request.visit), conflicts.contains(&request.visit));
            let is_there = visit.is_some() || conflict;
            let occupied = visit.is_some_and(|visit| visit.occupies);
            if request.rejected && request.books && occupied && !conflict {
                self.broken("rejected_leaves_nothing", || format!("{request:?}"));
            }
            if request.confirmed && request.books && !is_there {
                self.broken("nothing_lost", || format!("a confirmed booking without a visit: {request:?}"));
            }
            match self.mailed.get(&request.id) {
                Some(_) if self.answered_both_ways.contains(&request.id) => {}
                Some(Mailed::Confirmed) if !request.confirmed => {
                    self.broken("no_contradiction", || format!("mailed confirmed: {request:?}"));
                }
                Some(Mailed::Rejected) if !request.rejected => {
                    self.broken("no_contradiction", || format!("mailed rejected: {request:?}"));
                }
                None if request.ended && !self.heard.contains(&request.id) => {
                    self.broken("every_mail_leaves", || format!("never mailed: {request:?}"));
                }
                _ => {}
            }
        }
        let gone = self.received.keys().find(|received| !requests.contains(received)).copied();
        if let Some(received) = gone {
            self.broken("nothing_lost", || format!("a request that was received is gone: {received:x}"));
        }
        for (id, promised) in &std::mem::take(&mut self.promised) {
            let here = visits.get(id).copied();
            // A change that changed nothing is no loss, whatever it is counted as.
            let alike = |here: &Visit| *here == Visit { version: here.version, ..promised.clone() };
            // Somebody changed it once more, and that is how it stands.
            let since = self.latest.get(id).filter(|since| since.version > promised.version);
            let as_since =
                |here: &Visit| since.is_some_and(|since| *here == Visit { version: here.version, ..since.clone() });
            let kept = here.is_some_and(|here| here.version >= promised.version || alike(here) || as_since(here));
            let kept = kept || last.elsewhere.contains(promised);
            if !kept && !conflicts.contains(id) && !self.orphans.contains(id) {
                self.broken("nothing_lost", || format!("staff were told {promised:?}; at the hub {here:?}"));
            }
        }
        let mut by_practitioner: Vec<&Visit> = last.visits.iter().filter(|visit| visit.occupies).collect();
        by_practitioner.sort_by_key(|visit| (visit.practitioner, visit.from_s, visit.id));
        for pair in by_practitioner.windows(2) {
            let (left, right) = (pair[0], pair[1]);
            let overlaps = left.practitioner == right.practitioner && right.from_s < left.to_s;
            let excused = |visit: &Visit| self.excused.contains(&visit.id);
            if overlaps && !excused(left) && !excused(right) {
                self.broken("no_overlap", || format!("at the end: {left:?} and {right:?}"));
            }
        }
    }
}
