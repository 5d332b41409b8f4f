//! The answers the hub gave, and which of them count: each request has one, across
//! copies of either side's store and desktops that take over.

use std::collections::{BTreeMap, BTreeSet};

use super::{Answer, Judge, Key, Visit};

impl Judge {
    /// The hub committed an answer.
    pub fn answered(&mut self, answer: &Answer) {
        if let Some(first) = answer.after.filter(|first| !answer.again && self.received_first(*first)) {
            self.broken("first_things_first", || format!("{answer:?} before {first:x}"));
        }
        if answer.accepted {
            self.said_yes.insert(answer.request);
        }
        if self.forgotten.get(&answer.request).is_some_and(|before| *before != answer.accepted) {
            self.answered_both_ways.insert(answer.request);
        }
        match self.answers.get(&answer.request) {
            Some(_) if self.answered_both_ways.contains(&answer.request) => {
                self.answers.insert(answer.request, answer.clone());
            }
            // A person at a restored desk couldn't know; the first answer comes
            // back and stands. Until then theirs may be said again.
            Some(before) if before.lost && answer.by_person && before.accepted != answer.accepted => {
                self.meanwhile.insert((answer.request, answer.accepted));
            }
            Some(before)
                if before.lost
                    && before.accepted != answer.accepted
                    && answer.again
                    && self.meanwhile.contains(&(answer.request, answer.accepted)) => {}
            Some(before) if before.accepted != answer.accepted => {
                let before = before.clone();
                self.broken("one_verdict", || format!("{before:?}, then {answer:?}"));
            }
            Some(before) if !answer.again && !before.lost => {
                let before = before.clone();
                self.broken("one_verdict", || format!("decided twice: {before:?}, then {answer:?}"));
            }
            _ => {
                self.answers.insert(answer.request, answer.clone());
            }
        }
    }

    /// Whether the hub has a request that it hasn't answered.
    fn received_first(&self, first: Key) -> bool {
        self.at_hub.contains(&first) && !self.answers.contains_key(&first)
    }

    /// The hub's store is an older copy of itself: what it decided since is to come back.
    /// `answers_left` are those it holds, and whether each was a yes.
    pub fn hub_restored(&mut self, visits: Vec<Visit>, answers_left: &BTreeMap<Key, bool>) {
        self.at_hub.clear();
        let before = std::mem::take(&mut self.hub);
        for (id, visit) in before {
            self.lost.insert(id, visit);
        }
        self.by_time.clear();
        for visit in &visits {
            self.counts_from(visit);
        }
        visits.into_iter().for_each(|visit| self.put(visit));
        for (request, accepted) in answers_left {
            // Everybody had lost it, and this copy has it still.
            self.answers.entry(*request).or_insert_with(|| Answer::left(*request, *accepted));
        }
        for (request, answer) in &mut self.answers {
            let left = answers_left.get(request);
            if self.answered_both_ways.contains(request) {
                answer.accepted = left.copied().unwrap_or(answer.accepted);
            }
            answer.lost = left != Some(&answer.accepted);
            if answer.lost {
                // A copy of a history that was lost itself holds another answer,
                // and says it again in its log until the one that was told comes back.
                self.meanwhile.extend(left.map(|accepted| (*request, *accepted)));
            }
        }
    }

    /// What nobody but the lost disk knew is gone with it; nobody is to blame.
    pub fn only_on_the_lost_disk(
        &mut self,
        known_elsewhere: impl Fn(&Visit) -> bool,
        answered_elsewhere: impl Fn(Key) -> bool,
    ) {
        let hub = &self.hub;
        self.promised.retain(|id, visit| hub.get(id) == Some(visit) || known_elsewhere(visit));
        let (kept, forgotten) = std::mem::take(&mut self.answers)
            .into_iter()
            .partition(|(request, answer): &(Key, Answer)| !answer.lost || answered_elsewhere(*request));
        self.answers = kept;
        for (request, first) in forgotten {
            self.forgotten.insert(request, first.accepted);
            // What a person answered meanwhile is the only answer that is left.
            if self.meanwhile.contains(&(request, !first.accepted)) {
                self.answered_both_ways.insert(request);
                self.answers.insert(request, Answer { accepted: !first.accepted, lost: false, ..first });
            }
        }
    }

    /// Another desktop is the hub, with this store, which has these answers, and
    /// whether each is a yes. What
    /// the old one decided and nobody outside has been told of doesn't count.
    pub fn taken_over(
        &mut self,
        visits: Vec<Visit>,
        answered: &BTreeMap<Key, bool>,
        told: &BTreeSet<Key>,
        requests: BTreeSet<Key>,
    ) {
        self.hub.clear();
        self.by_time.clear();
        visits.into_iter().for_each(|visit| self.put(visit));
        self.answers.retain(|request, answer| {
            answer.lost = !answered.contains_key(request);
            !answer.lost || told.contains(request)
        });
        for (request, accepted) in answered {
            // The old one's disk was lost meanwhile, and this one has its answers.
            self.answers.entry(*request).or_insert_with(|| Answer::left(*request, *accepted));
        }
        self.at_hub = requests;
    }

    /// The hub has said yes to a request, and committed it.
    pub fn has_answer(&self, request: Key) -> bool {
        self.said_yes.contains(&request)
    }
}
