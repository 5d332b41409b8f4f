//! Whether requests are passed on: the circuit breaker's permits, and when to
//! ask for the next.

use chairside_sync::Now;
use chairside_sync::breaker::{Outcome, PROBE_MS, Permit, WINDOW_CALLS};

/// What an actor knows of its clinic's breaker; the state itself stands in the store.
#[derive(Debug)]
pub struct Pace {
    /// The last permit; none until the store has given one.
    permit: Option<Permit>,
    /// How calls under it went, not yet told to the store.
    calls: Vec<Outcome>,
    /// The one request a probe may try with has left.
    probe_left: bool,
    /// Until when a probe may take, by the steady clock.
    probe_until_ms: u64,
    /// The store is being asked.
    asking: bool,
}

impl Pace {
    pub const fn new() -> Self {
        Self { permit: None, calls: Vec::new(), probe_left: false, probe_until_ms: 0, asking: false }
    }

    /// Notes how a call went.
    pub fn called(&mut self, outcome: Outcome) {
        // Under no permit nothing was called; what comes late says nothing.
        if matches!(self.permit, Some(Permit::Go { .. } | Permit::Probe { .. })) {
            self.calls.push(outcome);
        }
    }

    /// What to tell the store, if now is the time: at once where it may matter,
    /// a window of successes at a time otherwise.
    pub fn untold(&mut self) -> Option<(Permit, Vec<Outcome>)> {
        let permit = self.permit.filter(|_| !self.asking && !self.calls.is_empty())?;
        let matters = matches!(permit, Permit::Probe { .. }) || self.calls.contains(&Outcome::Failed);
        if !matters && self.calls.len() < WINDOW_CALLS as usize {
            return None;
        }
        self.asking = true;
        Some((permit, std::mem::take(&mut self.calls)))
    }

    /// The store is asked for a permit; false where it is being asked already.
    pub fn ask(&mut self) -> bool {
        !std::mem::replace(&mut self.asking, true)
    }

    /// The store couldn't be asked.
    pub fn failed(&mut self) {
        self.asking = false;
    }

    /// The store's word.
    pub fn permitted(&mut self, now: Now, permit: Permit) {
        self.asking = false;
        if self.permit != Some(permit) {
            self.probe_left = false;
            self.probe_until_ms = now.steady_after(PROBE_MS);
        }
        self.permit = Some(permit);
    }

    /// Whether requests may be released.
    pub const fn may_release(&self) -> bool {
        match self.permit {
            Some(Permit::Go { .. }) => true,
            Some(Permit::Probe { .. }) => !self.probe_left,
            Some(Permit::Wait { .. }) | None => false,
        }
    }

    /// How many requests may be released at once.
    pub const fn at_most(&self, limit: usize) -> usize {
        match self.permit {
            Some(Permit::Probe { .. }) if limit > 1 => 1,
            _ => limit,
        }
    }

    /// Requests have left.
    pub const fn released(&mut self) {
        self.probe_left = matches!(self.permit, Some(Permit::Probe { .. }));
    }

    /// When to ask for the next permit, by the steady clock.
    pub const fn ask_at(&self) -> Option<u64> {
        match self.permit {
            _ if self.asking => None,
            Some(Permit::Wait { until_steady_ms }) => Some(until_steady_ms),
            // One that nobody answers for has failed when its time is up.
            Some(Permit::Probe { .. }) => Some(self.probe_until_ms),
            Some(Permit::Go { .. }) => None,
            None => Some(0),
        }
    }

    /// Whether the breaker is open.
    pub const fn is_open(&self) -> bool {
        matches!(self.permit, Some(Permit::Wait { .. } | Permit::Probe { .. }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Now = Now { steady_ms: 5, wall_ms: 1_000 };

    #[test]
    fn successes_are_told_together_and_a_failure_at_once() {
        let mut pace = Pace::new();
        assert!(!pace.may_release(), "nothing is known yet");
        pace.permitted(NOW, Permit::Go { era: 0 });
        for _ in 1..WINDOW_CALLS {
            pace.called(Outcome::Answered);
            assert_eq!(pace.untold(), None);
        }
        pace.called(Outcome::Failed);
        let (_, told) = pace.untold().expect("it matters");
        assert_eq!(told.len(), WINDOW_CALLS as usize);
        pace.called(Outcome::Failed);
        assert_eq!(pace.untold(), None, "one at a time");
        pace.permitted(NOW, Permit::Go { era: 0 });
        assert!(pace.untold().is_some(), "then the rest");
    }

    #[test]
    fn a_probe_lets_one_request_through() {
        let mut pace = Pace::new();
        pace.permitted(NOW, Permit::Wait { until_steady_ms: 7 });
        assert_eq!((pace.may_release(), pace.ask_at()), (false, Some(7)));
        pace.called(Outcome::Answered);
        assert_eq!(pace.untold(), None, "it was called under no permit");
        pace.permitted(NOW, Permit::Probe { era: 1 });
        assert_eq!((pace.may_release(), pace.at_most(32)), (true, 1));
        pace.released();
        assert!(!pace.may_release());
        assert_eq!(pace.ask_at(), Some(NOW.steady_ms + PROBE_MS), "if nobody answers");
        pace.permitted(NOW, Permit::Go { era: 2 });
        assert_eq!((pace.may_release(), pace.at_most(32)), (true, 32));
    }
}
