//! Two edits of one record, field by field.
//!
//! If one was made knowing the other, the later one stands: whoever made it saw
//! what they changed. If neither knew of the other, both are kept: side by side
//! where they touch different fields, before a person where they touch the same.
//! Which is which is told by [`Causes`] alone, never by a clock.

use std::collections::{BTreeMap, BTreeSet};

use crate::causes::{Causes, Order};

/// A record: the canonical bytes of every field's value. A field that isn't
/// there has no value, and taking it away is an edit like any other.
pub type Fields = BTreeMap<String, Vec<u8>>;

/// A record as somebody left it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edited {
    /// All its fields, not only those that were changed.
    pub fields: Fields,
    /// What was known when it was made, the edit itself included.
    pub causes: Causes,
}

/// One field that two people changed differently.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conflict {
    /// As both found it; `None` where there was none.
    pub base: Option<Vec<u8>>,
    /// As we left it; `None` where we took it away.
    pub ours: Option<Vec<u8>>,
    /// As they left it; `None` where they took it away.
    pub theirs: Option<Vec<u8>>,
}

/// What comes of two edits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Merged {
    /// The fields nobody disputes.
    pub fields: Fields,
    /// The fields a person must decide, by name.
    pub conflicts: BTreeMap<String, Conflict>,
    /// All that either knew.
    pub causes: Causes,
}

/// Whose value of a disputed field.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Side {
    /// As both found it.
    Base,
    /// The first edit's.
    Ours,
    /// The second edit's.
    Theirs,
}

impl Merged {
    /// The whole record, with one side's values where they dispute: what is
    /// shown until a person has decided. The other side's stay in
    /// [`Self::conflicts`].
    pub fn showing(&self, side: Side) -> Fields {
        let mut fields = self.fields.clone();
        for (name, conflict) in &self.conflicts {
            let value = match side {
                Side::Base => &conflict.base,
                Side::Ours => &conflict.ours,
                Side::Theirs => &conflict.theirs,
            };
            if let Some(value) = value {
                fields.insert(name.clone(), value.clone());
            }
        }
        fields
    }
}

/// Merges two edits of the record that stood as `base` when both began.
pub fn merge(base: &Fields, ours: &Edited, theirs: &Edited) -> Merged {
    let mut causes = ours.causes.clone();
    causes.learn(&theirs.causes);
    let (fields, conflicts) = match ours.causes.order(&theirs.causes) {
        Order::Before => (theirs.fields.clone(), BTreeMap::new()),
        Order::After => (ours.fields.clone(), BTreeMap::new()),
        // The same knowledge is the same record; should it not be, nothing is to be lost over it.
        Order::Same | Order::Concurrent => by_field(base, &ours.fields, &theirs.fields),
    };
    Merged { fields, conflicts, causes }
}

fn by_field(base: &Fields, ours: &Fields, theirs: &Fields) -> (Fields, BTreeMap<String, Conflict>) {
    let mut fields = Fields::new();
    let mut conflicts = BTreeMap::new();
    let names: BTreeSet<&String> = base.keys().chain(ours.keys()).chain(theirs.keys()).collect();
    for name in names {
        let (base, ours, theirs) = (base.get(name), ours.get(name), theirs.get(name));
        match agreed(base, ours, theirs) {
            Some(Some(value)) => drop(fields.insert(name.clone(), value.clone())),
            Some(None) => {}
            None => {
                let conflict = Conflict { base: base.cloned(), ours: ours.cloned(), theirs: theirs.cloned() };
                conflicts.insert(name.clone(), conflict);
            }
        }
    }
    (fields, conflicts)
}

/// What a field is when two edits are put together; `None` where they don't go together.
pub(crate) fn agreed<T: PartialEq + Copy>(base: T, ours: T, theirs: T) -> Option<T> {
    if ours == theirs || theirs == base {
        Some(ours)
    } else if ours == base {
        Some(theirs)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::entry::NodeId;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect()
    }

    fn node(number: u128) -> NodeId {
        NodeId(Uuid::from_u128(number))
    }

    /// Made at `desk` with no knowledge of any other.
    fn apart(desk: u128, fields: Fields) -> Edited {
        let mut causes = Causes::default();
        causes.tick(node(desk));
        Edited { fields, causes }
    }

    #[test]
    fn different_fields_go_together_and_the_same_one_goes_before_a_person() {
        let base = fields(&[("kind", "check"), ("chair", "1"), ("note", "-")]);
        let ours = apart(1, fields(&[("kind", "check"), ("chair", "2"), ("note", "a")]));
        let theirs = apart(2, fields(&[("kind", "root"), ("chair", "1"), ("note", "b")]));
        let merged = merge(&base, &ours, &theirs);
        assert_eq!(merged.fields, fields(&[("kind", "root"), ("chair", "2")]));
        let bytes = |text: &str| Some(text.as_bytes().to_vec());
        let note = Conflict { base: bytes("-"), ours: bytes("a"), theirs: bytes("b") };
        assert_eq!(merged.conflicts, BTreeMap::from([("note".to_owned(), note)]));
        let shown = merged.showing(Side::Ours);
        assert_eq!(shown, fields(&[("kind", "root"), ("chair", "2"), ("note", "a")]));
    }

    #[test]
    fn taking_away_against_changing_is_a_conflict_and_taking_away_alone_is_not() {
        let base = fields(&[("chair", "1"), ("note", "-")]);
        let ours = apart(1, fields(&[]));
        let theirs = apart(2, fields(&[("chair", "1"), ("note", "b")]));
        let merged = merge(&base, &ours, &theirs);
        assert_eq!(merged.fields, fields(&[]));
        assert_eq!(merged.conflicts.keys().collect::<Vec<_>>(), ["note"]);
        assert_eq!(merged.showing(Side::Ours), fields(&[]));
    }

    #[test]
    fn who_knew_of_the_other_stands_even_where_both_changed_a_field() {
        let base = fields(&[("note", "-")]);
        let first = apart(1, fields(&[("note", "a")]));
        let mut second = Edited { fields: fields(&[("note", "b")]), causes: first.causes.clone() };
        second.causes.tick(node(2));
        for merged in [merge(&base, &first, &second), merge(&base, &second, &first)] {
            assert_eq!((merged.fields, merged.conflicts.len()), (second.fields.clone(), 0));
            assert_eq!(merged.causes, second.causes);
        }
    }

    fn any_fields() -> impl Strategy<Value = Fields> {
        prop::collection::btree_map("[a-d]", prop::collection::vec(0u8..3, 0..2), 0..5)
    }

    fn any_causes() -> impl Strategy<Value = Causes> {
        prop::collection::vec(0u128..3, 0..4).prop_map(|ticks| {
            let mut causes = Causes::default();
            ticks.into_iter().for_each(|number| causes.tick(node(number)));
            causes
        })
    }

    fn any_edited() -> impl Strategy<Value = Edited> {
        (any_fields(), any_causes()).prop_map(|(fields, causes)| Edited { fields, causes })
    }

    fn swapped(merged: Merged) -> Merged {
        let conflicts = merged.conflicts.into_iter().map(|(name, conflict)| {
            (name, Conflict { base: conflict.base, ours: conflict.theirs, theirs: conflict.ours })
        });
        Merged { conflicts: conflicts.collect(), ..merged }
    }

    /// What became of `edit`: every field it changed stands, or is kept as disputed.
    fn kept(merged: &Merged, base: &Fields, edit: &Fields, side: Side) -> bool {
        let names = base.keys().chain(edit.keys());
        let mut changed = names.filter(|name| base.get(*name) != edit.get(*name));
        changed.all(|name| match merged.conflicts.get(name) {
            Some(conflict) if side == Side::Ours => conflict.ours.as_ref() == edit.get(name),
            Some(conflict) => conflict.theirs.as_ref() == edit.get(name),
            None => merged.fields.get(name) == edit.get(name),
        })
    }

    proptest! {
        #[test]
        fn swapping_the_sides_swaps_the_sides(base in any_fields(), a in any_edited(), b in any_edited()) {
            prop_assert_eq!(merge(&base, &a, &b), swapped(merge(&base, &b, &a)));
        }

        #[test]
        fn an_edit_merged_with_itself_or_with_none_is_itself(base in any_fields(), a in any_edited()) {
            let twice = merge(&base, &a, &a);
            prop_assert_eq!((&twice.fields, twice.conflicts.len()), (&a.fields, 0));
            let none = Edited { fields: base.clone(), causes: Causes::default() };
            let alone = merge(&base, &a, &none);
            prop_assert_eq!((&alone.fields, alone.conflicts.len()), (&a.fields, 0));
        }

        #[test]
        fn merging_again_what_is_merged_changes_nothing(base in any_fields(), a in any_fields(), b in any_fields()) {
            let (a, b) = (apart(1, a), apart(2, b));
            let once = merge(&base, &a, &b);
            let merged = Edited { fields: once.showing(Side::Ours), causes: once.causes.clone() };
            for late in [&a, &b] {
                let again = merge(&base, &merged, late);
                prop_assert_eq!((&again.fields, again.conflicts.len()), (&merged.fields, 0));
            }
        }

        #[test]
        fn no_edit_made_apart_disappears(base in any_fields(), a in any_fields(), b in any_fields()) {
            let (a, b) = (apart(1, a), apart(2, b));
            let merged = merge(&base, &a, &b);
            prop_assert!(kept(&merged, &base, &a.fields, Side::Ours));
            prop_assert!(kept(&merged, &base, &b.fields, Side::Theirs));
            prop_assert!(merged.conflicts.keys().all(|name| !merged.fields.contains_key(name)));
        }

        #[test]
        fn whoever_knew_more_stands(base in any_fields(), a in any_edited(), b in any_edited()) {
            let merged = merge(&base, &a, &b);
            match a.causes.order(&b.causes) {
                Order::Before => prop_assert_eq!(merged.fields, b.fields),
                Order::After => prop_assert_eq!(merged.fields, a.fields),
                Order::Same | Order::Concurrent => {
                    prop_assert!(kept(&merged, &base, &a.fields, Side::Ours));
                    prop_assert!(kept(&merged, &base, &b.fields, Side::Theirs));
                }
            }
        }
    }
}
