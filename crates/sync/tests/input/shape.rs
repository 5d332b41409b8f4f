//! What version 1 looks like on the wire, written down a second time: which
//! arrays are records, and how many fields each has.

use crate::cbor::{Item, NULL};

/// How an item is made up.
pub enum Shape {
    /// A number, an id, a text, a map: nothing that gains fields.
    Leaf,
    /// A record; a later version may add fields behind these.
    Record(Vec<Shape>),
    /// Any number of the same.
    List(Box<Shape>),
    /// A number that says which, then a record's fields.
    Choice(Vec<(u64, Vec<Shape>)>),
}

use Shape::{Choice, Leaf, List, Record};

impl Shape {
    /// The same item as a version would write it that has `added` fields more
    /// in every record.
    pub fn with_later_fields(&self, item: &Item, added: &[Item]) -> Item {
        match (self, item) {
            (Record(fields), Item::Array(items)) => Item::Array(with_later(fields, items, added)),
            (List(shape), Item::Array(items)) => {
                Item::Array(items.iter().map(|item| shape.with_later_fields(item, added)).collect())
            }
            (Choice(choices), Item::Array(items)) => {
                let Some((Item::Unsigned(which), items)) = items.split_first() else { panic!("no choice: {item:?}") };
                let (_, fields) = choices.iter().find(|(number, _)| number == which).expect("a choice");
                let mut all = vec![Item::Unsigned(*which)];
                all.extend(with_later(fields, items, added));
                Item::Array(all)
            }
            (_, item) => item.clone(),
        }
    }
}

fn with_later(fields: &[Shape], items: &[Item], added: &[Item]) -> Vec<Item> {
    assert!(items.len() <= fields.len(), "{} fields where {} are known", items.len(), fields.len());
    // What isn't there at the end isn't written, until something stands behind it.
    let items = items.iter().chain(std::iter::repeat(&NULL));
    let known = fields.iter().zip(items).map(|(shape, item)| shape.with_later_fields(item, added));
    known.chain(added.iter().cloned()).collect()
}

fn leaves(count: usize) -> Vec<Shape> {
    std::iter::repeat_with(|| Leaf).take(count).collect()
}

fn leaf_record(count: usize) -> Shape {
    Record(leaves(count))
}

fn list(shape: Shape) -> Shape {
    List(Box::new(shape))
}

fn at() -> Shape {
    leaf_record(4)
}

fn window() -> Shape {
    leaf_record(2)
}

fn appointment() -> Shape {
    leaf_record(12)
}

fn verdict() -> Shape {
    Record(vec![Leaf, Leaf, Leaf, appointment(), Leaf, list(leaf_record(3)), Leaf])
}

fn rows() -> Shape {
    Record(vec![list(appointment()), list(leaf_record(8))])
}

fn waiting_place() -> Shape {
    Record(vec![Leaf, Leaf, Leaf, leaf_record(5)])
}

/// An envelope.
pub fn envelope() -> Shape {
    Record(vec![Leaf, Leaf, Leaf, Leaf, message()])
}

fn message() -> Shape {
    let one = |shape: Shape| vec![shape];
    Choice(vec![
        (1, one(Record(vec![Leaf, at(), Leaf, Leaf, Leaf, at()]))),
        (2, one(Record(vec![at(), Leaf, Leaf, Leaf, Leaf, Leaf, Leaf]))),
        (3, one(Record(vec![Leaf, Leaf, list(leaf_record(8)), Leaf]))),
        (4, one(Record(vec![Leaf, window(), Leaf]))),
        (5, one(Record(vec![Leaf, leaf_record(2)]))),
        (6, one(Record(vec![Leaf, Leaf, Leaf, Leaf, rows(), leaf_record(2), Leaf, Leaf, list(Leaf), Leaf]))),
        (7, one(Record(vec![Leaf, Leaf, list(Leaf), Leaf]))),
        (8, one(Record(vec![Leaf, window(), list(Leaf), list(Leaf)]))),
        (9, one(leaf_record(4))),
        (10, one(Record(vec![Leaf, verdict()]))),
        (11, one(leaf_record(2))),
        (12, one(Record(vec![list(Leaf)]))),
        (13, one(Record(vec![Leaf, list(Leaf), list(Leaf), list(Leaf)]))),
        (14, one(leaf_record(1))),
        (15, one(rows())),
        (16, one(Record(vec![Leaf, Leaf, list(waiting_place())]))),
        (17, one(leaf_record(3))),
        (18, Vec::new()),
        (19, Vec::new()),
        (20, one(leaf_record(1))),
        (21, one(Record(vec![at()]))),
        (22, Vec::new()),
        (23, one(Record(vec![list(at())]))),
        (24, one(Record(vec![Leaf, list(verdict()), Leaf, Leaf, Leaf]))),
        (25, Vec::new()),
        (26, one(Record(vec![at(), window(), list(Leaf)]))),
        (27, one(list(leaf_record(4)))),
        (28, one(Leaf)),
    ])
}

/// A public part.
pub fn body() -> Shape {
    Choice(vec![
        (1, vec![appointment()]),
        (2, vec![Leaf]),
        (3, vec![leaf_record(2)]),
        (4, vec![leaf_record(8)]),
        (5, vec![leaf_record(5)]),
        (6, vec![Record(vec![leaf_record(3), list(Leaf)])]),
        (7, vec![window()]),
        (8, vec![verdict()]),
        (9, vec![Record(vec![Leaf, Leaf, appointment()])]),
        (10, vec![Record(vec![Leaf, Leaf, Leaf, appointment(), Leaf])]),
    ])
}

/// A proposal.
pub fn proposal() -> Shape {
    let wish = Choice(vec![
        (1, vec![leaf_record(5)]),
        (2, vec![leaf_record(3)]),
        (3, Vec::new()),
        (4, vec![Record(vec![appointment(), appointment()])]),
    ]);
    Record(vec![Leaf, Leaf, Leaf, wish, Leaf, Leaf, Leaf])
}
