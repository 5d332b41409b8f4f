//! The order in which waiting requests are sent on.
//!
//! **The rule.** A clinic's requests are numbered as they come. An emergency
//! stands [`HEAD_START`] places further ahead than its number; everybody is
//! sent in the order of where they stand, and between two who stand at one
//! place the lower number goes first.
//!
//! **Its bound.** Every request that comes makes those before it older by one,
//! and after [`HEAD_START`] of them not even an emergency goes before them any
//! more. So nobody is overtaken more than [`HEAD_START`] − 1 times, whoever
//! comes and however long the outage. Emergencies overtake ordinary requests
//! only, and nobody overtakes their own kind.
//!
//! Age is counted in requests, not in minutes: the bound then holds whatever a
//! wall clock does, and nobody loses a place over a weekend without traffic.
//!
//! [`Place`] never changes while a request waits, so a database keeps it in a
//! column and `ORDER BY rank, number` is the whole queue.

use crate::now::Now;

/// How many places an emergency is ahead of its number: more than a clinic is
/// sent over a long weekend, so that after an outage emergencies still go first.
pub const HEAD_START: i64 = 1_000;

/// How often a request is tried before the queue moves on without it. A bad
/// one stays bad; three is for the crash that wasn't its fault.
pub const TRIES: u32 = 3;

/// How long a request that failed waits before it is tried again. The others don't wait for it.
pub const RETRY_MS: u64 = 5_000;

/// How much it hurts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Urgency {
    /// Can wait its turn.
    Ordinary,
    /// Pain, bleeding, a lost tooth.
    Emergency,
}

/// Where a request stands. Less goes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Place {
    /// Its number, less its head start.
    pub rank: i64,
    /// Its own number.
    pub number: i64,
}

impl Place {
    /// The place of the clinic's `number`th request.
    pub const fn of(urgency: Urgency, number: i64) -> Self {
        let ahead = match urgency {
            Urgency::Ordinary => 0,
            Urgency::Emergency => HEAD_START,
        };
        Self { rank: number.saturating_sub(ahead), number }
    }
}

/// What is wrong with a request that can't be sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Fault {
    /// Its bytes can't be read.
    Unreadable,
    /// The other side won't have it, and that is no verdict.
    Refused,
    /// Whoever tried it didn't live to say how it went.
    NeverEnded,
}

impl Fault {
    /// The word in logs and tables; it doesn't change.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Refused => "refused",
            Self::NeverEnded => "never_ended",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Unreadable, Self::Refused, Self::NeverEnded].into_iter().find(|fault| fault.as_str() == word)
    }
}

/// How it is with a waiting request.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Standing {
    /// In the queue.
    Waiting,
    /// Set aside, for a person to look at. Never deleted, never in anyone's way.
    Quarantined(Fault),
}

/// One request as the queue knows it, a row of the storage.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item<Id> {
    /// Which request; what it is quarantined by.
    pub id: Id,
    /// Where it stands.
    pub place: Place,
    /// Tries begun and not given back.
    pub tries: u32,
    /// When the last one began, wall clock: the next replica or start goes on from it.
    pub tried_ms: i64,
    /// How it is with it.
    pub standing: Standing,
}

/// How a try went. It ends when the request was handed to the other side;
/// waiting for a verdict is no part of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum End {
    /// It never got there: gate, breaker or line. Not its fault, so the try is given back.
    NoWay,
    /// It is its fault.
    Fault(Fault),
}

impl<Id> Item<Id> {
    /// A request that just came as the clinic's `number`th.
    pub const fn new(id: Id, urgency: Urgency, number: i64) -> Self {
        Self { id, place: Place::of(urgency, number), tries: 0, tried_ms: 0, standing: Standing::Waiting }
    }

    /// Whether it may be tried now.
    pub const fn is_due(&self, now: Now) -> bool {
        matches!(self.standing, Standing::Waiting) && (self.tries == 0 || now.is_over(self.tried_ms, RETRY_MS))
    }

    /// Counts a try before it is made and committed, so that a request which
    /// brings its sender down is counted as well. `false` where it has had its
    /// tries: it is quarantined then and must not be tried.
    pub fn begin(&mut self, now: Now) -> bool {
        if self.tries >= TRIES {
            self.standing = Standing::Quarantined(Fault::NeverEnded);
            return false;
        }
        self.tries += 1;
        self.tried_ms = now.wall_ms;
        true
    }

    /// Takes in how a try went that didn't bring it there.
    pub const fn end(&mut self, end: End) {
        match end {
            End::NoWay => self.tries = self.tries.saturating_sub(1),
            End::Fault(fault) if self.tries >= TRIES => self.standing = Standing::Quarantined(fault),
            End::Fault(_) => {}
        }
    }
}

/// The one to send next, of those that may be: whom a shut gate keeps is left
/// out by the caller.
pub fn next<'a, Id>(items: impl IntoIterator<Item = &'a Item<Id>>, now: Now) -> Option<&'a Item<Id>> {
    items.into_iter().filter(|item| item.is_due(now)).min_by_key(|item| item.place)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn at(wall_ms: i64) -> Now {
        Now { steady_ms: 0, wall_ms }
    }

    fn urgency(emergency: bool) -> Urgency {
        if emergency { Urgency::Emergency } else { Urgency::Ordinary }
    }

    #[test]
    fn emergencies_go_first_until_others_have_waited_long_enough() {
        let ordinary = Place::of(Urgency::Ordinary, 7);
        assert!(Place::of(Urgency::Emergency, 7 + HEAD_START - 1) < ordinary);
        assert!(Place::of(Urgency::Emergency, 7 + HEAD_START) > ordinary, "a tie goes to the lower number");
    }

    #[test]
    fn a_bad_one_is_set_aside_by_name_and_the_queue_moves_on() {
        let mut items = vec![Item::new("bad", Urgency::Ordinary, 1), Item::new("good", Urgency::Ordinary, 2)];
        for try_number in 1..=TRIES {
            let now = at(i64::from(try_number) * 10_000);
            assert_eq!(next(&items, now).expect("one").id, "bad");
            assert!(items[0].begin(now));
            items[0].end(End::Fault(Fault::Refused));
            assert_eq!(next(&items, now).expect("another").id, "good", "nobody waits for it meanwhile");
        }
        assert_eq!(items[0].standing, Standing::Quarantined(Fault::Refused));
        assert_eq!(next(&items, at(1_000_000)).expect("another").id, "good");
    }

    #[test]
    fn one_that_brings_its_sender_down_is_counted_and_a_shut_line_is_not() {
        let mut item = Item::new("it", Urgency::Ordinary, 1);
        for _ in 0..10 * TRIES {
            assert!(item.begin(at(0)));
            item.end(End::NoWay);
        }
        assert_eq!(item.tries, 0);
        for _ in 0..TRIES {
            assert!(item.begin(at(0)));
        }
        assert!(!item.begin(at(0)));
        assert_eq!(item.standing, Standing::Quarantined(Fault::NeverEnded));
        assert_eq!(Fault::parse(Fault::NeverEnded.as_str()), Some(Fault::NeverEnded));
    }

    proptest! {
        #[test]
        fn own_kind_is_first_come_first_served_and_the_order_is_total(
            a in (any::<bool>(), -5_000i64..5_000), b in (any::<bool>(), -5_000i64..5_000),
        ) {
            let (left, right) = (Place::of(urgency(a.0), a.1), Place::of(urgency(b.0), b.1));
            prop_assert_eq!(left == right, a == b || (a.1 == b.1 && left.rank == right.rank));
            if a.0 == b.0 {
                prop_assert_eq!(left.cmp(&right), a.1.cmp(&b.1));
            }
            if a.1 < b.1 && right < left {
                prop_assert!(b.0 && !a.0, "only an emergency overtakes, and only ordinary ones");
                prop_assert!(b.1 - a.1 < HEAD_START);
            }
        }
    }

    /// How often the first request is overtaken when, each time one is sent,
    /// as many come as `arrivals` says, emergencies or not.
    fn overtaken(arrivals: impl IntoIterator<Item = (usize, bool)>) -> Option<i64> {
        let first = Place::of(Urgency::Ordinary, 1);
        let (mut waiting, mut number, mut times) = (BTreeSet::from([first]), 1, 0);
        for (count, emergency) in arrivals {
            for _ in 0..count {
                number += 1;
                waiting.insert(Place::of(urgency(emergency), number));
            }
            if waiting.pop_first() == Some(first) {
                return Some(times);
            }
            times += 1;
        }
        None
    }

    #[test]
    fn the_bound_on_being_overtaken_is_reached_and_never_passed() {
        assert_eq!(overtaken(std::iter::repeat((1, true))), Some(HEAD_START - 1));
        assert_eq!(overtaken(std::iter::repeat((7, true))), Some(HEAD_START - 1));
        assert_eq!(overtaken(std::iter::repeat((7, false))), Some(0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn nobody_is_overtaken_more_often_than_the_bound(
            rounds in prop::collection::vec((0..4usize, prop::bool::weighted(0.9)), HEAD_START as usize..1_500),
        ) {
            prop_assert!(overtaken(rounds).is_some_and(|times| times < HEAD_START));
        }
    }
}
