//! The last connections, for whoever helps from afar.

use std::collections::VecDeque;

use chrono::NaiveDateTime;

use crate::api::ConnectionSpell;
use crate::link::State;

/// How many changes of state are kept; a bad day has some hundred.
const KEPT: usize = 200;

/// What the line went through in this run of the application, the latest last.
#[derive(Debug, Default)]
pub struct Spells(VecDeque<ConnectionSpell>);

impl Spells {
    /// From `at` on it stands so; nothing where it did already.
    pub fn note(&mut self, at: NaiveDateTime, state: State) {
        if self.0.back().is_some_and(|last| last.state == state) {
            return;
        }
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(ConnectionSpell { at, state });
    }

    /// All that is kept, the latest first.
    pub fn latest(&self) -> Vec<ConnectionSpell> {
        self.0.iter().rev().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveDate, TimeDelta};

    use super::*;

    #[test]
    fn changes_are_kept_and_the_oldest_go_first() {
        let begin = NaiveDate::from_ymd_opt(2026, 11, 24).expect("a day").and_hms_opt(9, 0, 0).expect("a time");
        let at = |minutes| begin + TimeDelta::minutes(minutes);
        let mut spells = Spells::default();
        spells.note(at(0), State::Offline);
        spells.note(at(1), State::Offline);
        spells.note(at(2), State::Live);
        let seen: Vec<_> = spells.latest().into_iter().map(|spell| (spell.at, spell.state)).collect();
        assert_eq!(seen, [(at(2), State::Live), (at(0), State::Offline)]);
        for minute in 3..500 {
            spells.note(at(minute), if minute % 2 == 0 { State::Live } else { State::Offline });
        }
        assert_eq!(spells.latest().len(), KEPT);
        assert_eq!(spells.latest()[0].at, at(499));
    }
}
