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
}
