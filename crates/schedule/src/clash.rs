//! What overlaps.
//!
//! Interval overlap in UTC decides a clash; slots, grids and local times don't.

use crate::time::Interval;

/// One pair of overlapping visits, as places in the list that was asked about,
/// the earlier start first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Pair {
    /// The one that starts first (or stands first, where both start at once).
    pub first: usize,
    /// The one it runs into.
    pub second: usize,
}

/// Every overlapping pair among the intervals of one column (a practitioner or
/// a chair), in order of their starts. Costs a sort and the pairs themselves.
pub fn pairs(intervals: &[Interval]) -> Vec<Pair> {
    let mut order: Vec<usize> = (0..intervals.len()).collect();
    order.sort_by_key(|&at| (intervals[at].start, at));
    let mut found = Vec::new();
    let mut running: Vec<usize> = Vec::new();
    for second in order {
        running.retain(|&first| intervals[first].end > intervals[second].start);
        found.extend(running.iter().map(|&first| Pair { first, second }));
        running.push(second);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;

    fn interval(start: i64, end: i64) -> Interval {
        Interval::new(Instant(start), Instant(end)).expect("start before end")
    }

    #[test]
    fn touching_is_no_clash_and_nesting_is() {
        let column = [interval(60, 90), interval(0, 30), interval(30, 60), interval(0, 100)];
        let pairs: Vec<_> = pairs(&column).into_iter().map(|pair| (pair.first, pair.second)).collect();
        assert_eq!(pairs, [(1, 3), (3, 2), (3, 0)]);
    }
}
