//! The circuit breaker: when a dependency isn't called for a while.
//!
//! One per clinic and dependency, and one state for all replicas: a [`Breaker`]
//! is a plain value that the storage keeps and replaces by compare-and-swap on
//! [`Breaker::version`]. Whoever loses the swap reads again and asks again, so
//! of a hundred replicas exactly one gets the probe.
//!
//! Only what says something about the dependency is recorded. A rejection is
//! an answer; a clinic that is offline isn't called.
//!
//! Its moments are wall clock: the state outlives the process that wrote it and
//! is read on other machines (see [`Now::is_over`] for what a clock that is set
//! can do to it: a minute lasts at most two).

use crate::now::Now;

/// How many calls are looked back on: enough to tell a bad minute from a bad call.
pub const WINDOW_CALLS: u32 = 20;
/// With fewer calls than this nothing is concluded.
pub const LEAST_CALLS: u32 = 5;
/// The share of failures at which it opens, percent.
pub const OPENS_AT_PERCENT: u32 = 50;
/// How long it stays open before a probe may go.
pub const OPEN_MS: u64 = 60_000;
/// How long a probe may take. Three times the ten seconds after which its
/// caller gives up, so that only a caller that died is ever late.
pub const PROBE_MS: u64 = 30_000;

/// What a call told about the dependency.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Outcome {
    /// It answered, whatever the answer was.
    Answered,
    /// No answer in time, or an error on the way.
    Failed,
}

/// Where the breaker stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Phase {
    /// Calls go through.
    #[default]
    Closed,
    /// Nothing goes through.
    Open {
        /// Wall clock.
        since_ms: i64,
    },
    /// One call is out to see whether it works again.
    HalfOpen {
        /// When that call went; wall clock.
        since_ms: i64,
    },
}

/// The state.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Breaker {
    /// Rises with every change of this value; what the storage swaps by.
    pub version: u64,
    /// Rises with every change of phase. An answer to a call of an earlier era says nothing about this one.
    pub era: u64,
    /// Where it stands.
    pub phase: Phase,
    /// The last calls while closed.
    pub recent: Recent,
}

/// How the last [`WINDOW_CALLS`] calls went.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Recent {
    /// How many, at most [`WINDOW_CALLS`].
    pub calls: u32,
    /// The last call is the lowest bit; set where it failed.
    pub failed: u32,
}

/// Whether to call.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Permit {
    /// Yes.
    Go {
        /// To be brought back with the outcome.
        era: u64,
    },
    /// Yes, and everything hangs on it. Call with something idempotent.
    Probe {
        /// To be brought back with the outcome.
        era: u64,
    },
    /// No.
    Wait {
        /// When to ask again, by the asker's own steady clock.
        until_steady_ms: u64,
    },
}

/// What the page is told.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Change {
    /// Requests are held from now on.
    Opened,
    /// It is being tried.
    HalfOpen,
    /// All is well again.
    Closed,
}

impl Breaker {
    /// Whether to call now. If [`Self::version`] rose, the permit holds only
    /// once the storage has swapped the new state in.
    pub fn may_call(&mut self, now: Now) -> (Permit, Option<Change>) {
        let before = *self;
        self.give_up_probe(now);
        let permit = match self.phase {
            Phase::Closed => Permit::Go { era: self.era },
            Phase::Open { since_ms } if now.is_over(since_ms, OPEN_MS) => {
                self.turn(Phase::HalfOpen { since_ms: now.wall_ms });
                Permit::Probe { era: self.era }
            }
            Phase::Open { since_ms } => Permit::Wait { until_steady_ms: now.steady_when_over(since_ms, OPEN_MS) },
            Phase::HalfOpen { since_ms } => Permit::Wait { until_steady_ms: now.steady_when_over(since_ms, PROBE_MS) },
        };
        (permit, self.changed_from(&before))
    }

    /// Takes in how a permitted call went. What came too late for the era it
    /// was permitted in counts for nothing.
    pub fn record(&mut self, now: Now, permit: Permit, outcome: Outcome) -> Option<Change> {
        let before = *self;
        self.give_up_probe(now);
        match (permit, self.phase) {
            (Permit::Go { era }, Phase::Closed) if era == self.era => {
                self.version += 1;
                self.recent.push(outcome);
                if self.recent.is_bad() {
                    self.turn(Phase::Open { since_ms: now.wall_ms });
                }
            }
            (Permit::Probe { era }, Phase::HalfOpen { .. }) if era == self.era => self.turn(match outcome {
                Outcome::Answered => Phase::Closed,
                Outcome::Failed => Phase::Open { since_ms: now.wall_ms },
            }),
            _ => {}
        }
        self.changed_from(&before)
    }

    /// A probe whose caller never came back has failed when its time was up.
    fn give_up_probe(&mut self, now: Now) {
        if let Phase::HalfOpen { since_ms } = self.phase
            && now.is_over(since_ms, PROBE_MS)
        {
            // Not later than now: a clock set back must not make a minute longer.
            let since_ms = since_ms.saturating_add_unsigned(PROBE_MS).min(now.wall_ms);
            self.turn(Phase::Open { since_ms });
        }
    }

    fn turn(&mut self, phase: Phase) {
        self.version += 1;
        self.era += 1;
        self.phase = phase;
        // What came before is judged already.
        self.recent = Recent::default();
    }

    fn changed_from(&self, before: &Self) -> Option<Change> {
        match (before.phase, self.phase) {
            (Phase::Closed, Phase::Closed)
            | (Phase::Open { .. }, Phase::Open { .. })
            | (Phase::HalfOpen { .. }, Phase::HalfOpen { .. }) => None,
            (_, Phase::Closed) => Some(Change::Closed),
            (_, Phase::Open { .. }) => Some(Change::Opened),
            (_, Phase::HalfOpen { .. }) => Some(Change::HalfOpen),
        }
    }
}

impl Recent {
    fn push(&mut self, outcome: Outcome) {
        let failed = u32::from(outcome == Outcome::Failed);
        self.failed = ((self.failed << 1) | failed) & ((1 << WINDOW_CALLS) - 1);
        self.calls = (self.calls + 1).min(WINDOW_CALLS);
    }

    fn is_bad(self) -> bool {
        self.calls >= LEAST_CALLS && self.failed.count_ones() * 100 >= self.calls * OPENS_AT_PERCENT
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(wall_ms: i64) -> Now {
        Now { steady_ms: 5, wall_ms }
    }

    fn call(breaker: &mut Breaker, wall_ms: i64, outcome: Outcome) -> Option<Change> {
        let (permit, _) = breaker.may_call(at(wall_ms));
        breaker.record(at(wall_ms), permit, outcome)
    }

    /// Open since 1,000,000.
    fn open() -> Breaker {
        let mut breaker = Breaker::default();
        let changes: Vec<_> = (0..5).map(|_| call(&mut breaker, 1_000_000, Outcome::Failed)).collect();
        assert_eq!(changes, [None, None, None, None, Some(Change::Opened)]);
        breaker
    }

    #[test]
    fn an_open_one_waits_a_minute_and_lets_one_probe_through() {
        let mut breaker = open();
        let asked = breaker.may_call(at(1_059_999));
        assert_eq!(asked, (Permit::Wait { until_steady_ms: 6 }, None));
        let (probe, change) = breaker.may_call(at(1_060_000));
        assert!(matches!(probe, Permit::Probe { .. }));
        assert_eq!(change, Some(Change::HalfOpen));
        assert!(matches!(breaker.may_call(at(1_060_001)), (Permit::Wait { .. }, None)));
        assert_eq!(breaker.record(at(1_060_002), probe, Outcome::Answered), Some(Change::Closed));
        assert!(matches!(breaker.may_call(at(1_060_003)), (Permit::Go { .. }, None)));
        assert_eq!(call(&mut breaker, 1_060_003, Outcome::Failed), None, "it begins anew");
    }

    #[test]
    fn a_failed_probe_opens_it_for_another_minute() {
        let mut breaker = open();
        let (probe, _) = breaker.may_call(at(1_060_000));
        assert_eq!(breaker.record(at(1_065_000), probe, Outcome::Failed), Some(Change::Opened));
        assert!(matches!(breaker.may_call(at(1_124_999)).0, Permit::Wait { .. }));
        assert!(matches!(breaker.may_call(at(1_125_000)).0, Permit::Probe { .. }));
    }

    #[test]
    fn a_probe_that_nobody_answers_for_has_failed() {
        let mut breaker = open();
        let (probe, _) = breaker.may_call(at(1_060_000));
        let mut unasked = breaker;
        assert_eq!(unasked.record(at(1_090_000), probe, Outcome::Answered), Some(Change::Opened), "too late");
        assert_eq!(breaker.may_call(at(1_090_000)).1, Some(Change::Opened));
        assert_eq!(breaker.record(at(1_090_001), probe, Outcome::Answered), None, "too late to close it");
        assert!(matches!(breaker.may_call(at(1_149_999)).0, Permit::Wait { .. }));
        let (again, _) = breaker.may_call(at(1_150_000));
        assert!(matches!(again, Permit::Probe { .. }));
        assert_eq!(breaker.record(at(1_150_001), probe, Outcome::Failed), None, "another probe is out");
        assert_eq!(breaker.record(at(1_150_002), again, Outcome::Answered), Some(Change::Closed));
    }

    #[test]
    fn an_answer_from_before_the_opening_changes_nothing() {
        let mut breaker = Breaker::default();
        let (early, _) = breaker.may_call(at(1_000_000));
        for _ in 0..5 {
            call(&mut breaker, 1_000_000, Outcome::Failed);
        }
        let (probe, _) = breaker.may_call(at(1_060_000));
        for (permit, outcome) in [(early, Outcome::Answered), (early, Outcome::Failed)] {
            let before = breaker;
            assert_eq!(breaker.record(at(1_060_001), permit, outcome), None);
            assert_eq!(breaker, before);
        }
        breaker.record(at(1_060_002), probe, Outcome::Answered);
        let before = breaker;
        assert_eq!(breaker.record(at(1_060_003), early, Outcome::Failed), None);
        assert_eq!(breaker, before, "nor does it count after the closing");
    }

    #[test]
    fn a_clock_set_back_by_a_day_keeps_nothing_shut() {
        let mut breaker = open();
        let (probe, _) = breaker.may_call(at(1_000_000 - 86_400_000));
        assert!(matches!(probe, Permit::Probe { .. }));
        let later = 1_000_000 - 2 * 86_400_000;
        assert!(matches!(breaker.may_call(at(later)).0, Permit::Wait { .. }));
        assert!(matches!(breaker.may_call(at(later + 60_000)).0, Permit::Probe { .. }));
    }

    #[test]
    fn of_two_replicas_that_ask_at_once_one_probes() {
        let stored = open();
        let (mut left, mut right) = (stored, stored);
        assert!(matches!(left.may_call(at(1_060_000)).0, Permit::Probe { .. }));
        assert!(matches!(right.may_call(at(1_060_000)).0, Permit::Probe { .. }));
        assert!(left.version > stored.version && right.version > stored.version, "both must swap, one will");
        assert!(matches!(left.may_call(at(1_060_000)).0, Permit::Wait { .. }), "what the loser reads");
    }

    proptest! {
        #[test]
        fn it_opens_as_soon_as_half_of_the_last_twenty_failed(failed in prop::collection::vec(any::<bool>(), 0..60)) {
            let mut breaker = Breaker::default();
            for count in 1..=failed.len() {
                let outcome = if failed[count - 1] { Outcome::Failed } else { Outcome::Answered };
                let change = call(&mut breaker, 1_000_000, outcome);
                let last = &failed[count.saturating_sub(20)..count];
                let bad = last.len() >= 5 && last.iter().filter(|failed| **failed).count() * 2 >= last.len();
                prop_assert_eq!(change, bad.then_some(Change::Opened));
                if bad {
                    break;
                }
            }
        }

        #[test]
        fn nothing_but_a_probe_leaves_an_open_one_and_each_change_is_a_new_version(
            steps in prop::collection::vec((0i64..40_000, any::<bool>(), any::<bool>()), 0..80),
        ) {
            let (mut breaker, mut wall_ms, mut out) = (Breaker::default(), 1_000_000, Vec::new());
            for (later_ms, ask, fails) in steps {
                wall_ms += later_ms;
                let before = breaker;
                let change = if ask {
                    let (permit, change) = breaker.may_call(at(wall_ms));
                    prop_assert_eq!(matches!(permit, Permit::Go { .. }), breaker.phase == Phase::Closed);
                    if !matches!(permit, Permit::Wait { .. }) {
                        out.push(permit);
                    }
                    change
                } else if let Some(permit) = out.pop() {
                    let outcome = if fails { Outcome::Failed } else { Outcome::Answered };
                    let change = breaker.record(at(wall_ms), permit, outcome);
                    let is_probe = matches!(permit, Permit::Probe { .. });
                    prop_assert!(change != Some(Change::Closed) || is_probe);
                    change
                } else {
                    None
                };
                prop_assert_eq!(breaker != before, breaker.version > before.version);
                prop_assert!(change.is_none() || breaker.era > before.era);
            }
        }
    }
}
