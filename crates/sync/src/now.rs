//! What time it is: a pair, because neither clock alone will do.

/// The two clocks of one machine, read together.
///
/// Spans of time (a lease, five minutes, three beats) are measured by
/// `steady_ms`, which runs on through sleep and is never set; moments that
/// people know (has this visit's time come?) by `wall_ms`, which may be wrong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Now {
    /// Milliseconds since some moment of this start of the machine; never goes back.
    pub steady_ms: u64,
    /// Milliseconds since 1970 in UTC, as the machine believes.
    pub wall_ms: i64,
}

impl Now {
    /// The steady clock `later_ms` from now.
    pub const fn steady_after(self, later_ms: u64) -> u64 {
        self.steady_ms.saturating_add(later_ms)
    }
    /// Whether a span that began when *some* machine's wall clock showed
    /// `since_ms` is over. For spans that outlive a process or are shared by
    /// several machines: no steady clock is common to those.
    ///
    /// A wall clock can be set. One set back by more than the span ends it at
    /// once, so that nothing ever lasts longer than twice its span.
    pub const fn is_over(self, since_ms: i64, span_ms: u64) -> bool {
        let gone_ms = self.wall_ms as i128 - since_ms as i128;
        gone_ms >= span_ms as i128 || gone_ms < -(span_ms as i128)
    }

    /// When that span is over, by this machine's steady clock; now if it is.
    pub const fn steady_when_over(self, since_ms: i64, span_ms: u64) -> u64 {
        if self.is_over(since_ms, span_ms) {
            return self.steady_ms;
        }
        self.steady_after(since_ms.saturating_add_unsigned(span_ms).saturating_sub(self.wall_ms).unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_span_ends_in_time_and_survives_a_clock_that_is_set() {
        let at = |wall_ms| Now { steady_ms: 7, wall_ms };
        let over = [(999, false), (1_060, true), (1_059, false), (940, false), (939, true), (i64::MIN, true)];
        for (wall_ms, expected) in over {
            assert_eq!(at(wall_ms).is_over(1_000, 60), expected, "{wall_ms}");
        }
        assert_eq!(at(1_020).steady_when_over(1_000, 60), 47);
        assert_eq!(at(940).steady_when_over(1_000, 60), 127, "at most twice the span");
        assert_eq!(at(0).steady_when_over(1_000, 60), 7);
    }
}
