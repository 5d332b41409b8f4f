//! Sets of days.

use crate::body::Day;

/// Days for which room is made before they are seen.
const MOST_SET_ASIDE: usize = 64;

/// Days, each once, in order. They lie in a window of a few months, are asked
/// about at every message and copied into every decision: a sorted list is
/// there many times quicker than a tree.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct DaySet(Vec<Day>);

impl DaySet {
    /// No day.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Whether a day is in it.
    pub fn contains(&self, day: &Day) -> bool {
        self.0.binary_search(day).is_ok()
    }

    /// Adds a day; whether it is new.
    pub fn insert(&mut self, day: Day) -> bool {
        match self.0.binary_search(&day) {
            Ok(_) => false,
            Err(at) => {
                self.0.insert(at, day);
                true
            }
        }
    }

    /// Takes a day out; whether it was in.
    pub fn remove(&mut self, day: &Day) -> bool {
        let found = self.0.binary_search(day);
        if let Ok(at) = found {
            self.0.remove(at);
        }
        found.is_ok()
    }

    /// Keeps the days for which this is so.
    pub fn retain(&mut self, keep: impl FnMut(&Day) -> bool) {
        self.0.retain(keep);
    }

    /// Takes every day out.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// How many days.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The days in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Day> {
        self.0.iter()
    }

    /// Whether every day is in the other one too.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0 == other.0 || (self.len() <= other.len() && self.iter().all(|day| other.contains(day)))
    }

    /// The days that are in both, in order.
    pub fn intersection<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a Day> {
        self.iter().filter(|day| other.contains(day))
    }

    /// The days that are in this one and not in the other, in order.
    pub fn difference<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a Day> {
        self.iter().filter(|day| !other.contains(day))
    }
}

impl Extend<Day> for DaySet {
    fn extend<T: IntoIterator<Item = Day>>(&mut self, days: T) {
        self.0.extend(days);
        if !self.0.is_sorted_by(|one, next| one < next) {
            self.0.sort_unstable();
            self.0.dedup();
        }
    }
}

impl<'a> Extend<&'a Day> for DaySet {
    fn extend<T: IntoIterator<Item = &'a Day>>(&mut self, days: T) {
        self.extend(days.into_iter().copied());
    }
}

impl FromIterator<Day> for DaySet {
    fn from_iter<T: IntoIterator<Item = Day>>(days: T) -> Self {
        let days = days.into_iter();
        // What is left of some days is no more than they were.
        let mut set = Self(Vec::with_capacity(days.size_hint().1.unwrap_or(0).min(MOST_SET_ASIDE)));
        set.extend(days);
        set
    }
}

impl<const N: usize> From<[Day; N]> for DaySet {
    fn from(days: [Day; N]) -> Self {
        days.into_iter().collect()
    }
}

impl IntoIterator for DaySet {
    type Item = Day;
    type IntoIter = std::vec::IntoIter<Day>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a DaySet {
    type Item = &'a Day;
    type IntoIter = std::slice::Iter<'a, Day>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_what_a_tree_is(
            some in prop::collection::vec(0..40, 0..40),
            more in prop::collection::vec(0..40, 0..40),
            day in 0..40,
        ) {
            let (mut one, mut tree): (DaySet, BTreeSet<Day>) = (some.iter().copied().collect(), some.iter().copied().collect());
            let (other, others): (DaySet, BTreeSet<Day>) = (more.iter().copied().collect(), more.iter().copied().collect());
            let same = |set: &DaySet, tree: &BTreeSet<Day>| set.iter().eq(tree.iter()) && set.len() == tree.len();
            prop_assert!(same(&one, &tree) && one.is_empty() == tree.is_empty());
            prop_assert_eq!(one.contains(&day), tree.contains(&day));
            prop_assert_eq!(one.is_subset(&other), tree.is_subset(&others));
            prop_assert!(one.intersection(&other).eq(tree.intersection(&others)));
            prop_assert!(one.difference(&other).eq(tree.difference(&others)));
            prop_assert_eq!(one.insert(day), tree.insert(day));
            prop_assert!(same(&one, &tree));
            one.extend(&other);
            tree.extend(&others);
            prop_assert!(same(&one, &tree));
            prop_assert_eq!(one.remove(&day), tree.remove(&day));
            one.retain(|day| day % 3 != 0);
            tree.retain(|day| day % 3 != 0);
            prop_assert!(same(&one, &tree));
        }
    }
}
