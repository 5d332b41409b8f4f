//! What was known when something was made: a vector clock over the clinic's nodes.

use minicbor::encode::{self, Encoder, Write};
use minicbor::{Decoder, decode};
use uuid::Uuid;

use crate::entry::NodeId;

/// How many changes of each node had been seen. Comparing two tells *happened
/// before* from *made without knowing of each other*, whatever the clocks said.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Causes(
    /// In order of the nodes. There are a handful, and every entry has a copy: a
    /// list is there many times quicker than a tree.
    Vec<(NodeId, u64)>,
);

/// How two changes stand to each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// The same knowledge.
    Same,
    /// The left one was known when the right one was made.
    Before,
    /// The right one was known when the left one was made.
    After,
    /// Neither knew of the other.
    Concurrent,
}

impl Causes {
    /// How many changes of `node` were known.
    pub fn of(&self, node: NodeId) -> u64 {
        self.find(node).map_or(0, |at| self.0[at].1)
    }

    /// Counts one more change made by `node`.
    pub fn tick(&mut self, node: NodeId) {
        *self.entry(node) += 1;
    }

    /// Learns all that `other` knew.
    pub fn learn(&mut self, other: &Self) {
        for &(node, count) in &other.0 {
            let known = self.entry(node);
            *known = (*known).max(count);
        }
    }

    /// Where a node stands, or where it would.
    fn find(&self, node: NodeId) -> Result<usize, usize> {
        self.0.binary_search_by_key(&node, |(node, _)| *node)
    }

    fn entry(&mut self, node: NodeId) -> &mut u64 {
        let at = self.find(node).unwrap_or_else(|at| {
            self.0.insert(at, (node, 0));
            at
        });
        &mut self.0[at].1
    }

    /// How this knowledge stands to `other`.
    pub fn order(&self, other: &Self) -> Order {
        match (self.within(other), other.within(self)) {
            (true, true) => Order::Same,
            (true, false) => Order::Before,
            (false, true) => Order::After,
            (false, false) => Order::Concurrent,
        }
    }

    /// The canonical bytes, as the store keeps them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(4 + self.0.len() * 26);
        let written = self.write(&mut Encoder::new(&mut bytes));
        debug_assert!(written.is_ok(), "writing to memory failed");
        bytes
    }

    /// Reads [`Self::to_bytes`] back.
    ///
    /// # Errors
    /// Anything that isn't what [`Self::to_bytes`] writes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, decode::Error> {
        let mut d = Decoder::new(bytes);
        let nodes = d.map()?.ok_or_else(|| decode::Error::message("a map of known length"))?;
        let mut causes = Self::default();
        for _ in 0..nodes {
            let node = Uuid::from_slice(d.bytes()?).map_err(|_| decode::Error::message("a node is sixteen bytes"))?;
            causes.0.push((NodeId(node), d.u64()?));
        }
        if !causes.0.is_sorted_by(|(one, _), (next, _)| one < next) {
            return Err(decode::Error::message("nodes out of order"));
        }
        // One knowledge, one form: entries are hashed over these bytes. That a
        // number is longer than it has to be, or something behind the end,
        // shows in what would be written.
        if causes.to_bytes() == bytes { Ok(causes) } else { Err(decode::Error::message("another form of it")) }
    }

    fn within(&self, other: &Self) -> bool {
        self.0.iter().all(|&(node, count)| count <= other.of(node))
    }

    pub(crate) fn write<W: Write>(&self, e: &mut Encoder<W>) -> Result<(), encode::Error<W::Error>> {
        e.map(self.0.len() as u64)?;
        // In order of the keys, as RFC 8949 §4.2.1 wants them.
        for &(node, count) in &self.0 {
            e.bytes(node.0.as_bytes())?.u64(count)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn node(number: u128) -> NodeId {
        NodeId(Uuid::from_u128(number))
    }

    #[test]
    fn edits_made_apart_are_concurrent_until_one_learns_of_the_other() {
        let (mut desk, mut companion) = (Causes::default(), Causes::default());
        desk.tick(node(1));
        companion.tick(node(2));
        assert_eq!(desk.order(&companion), Order::Concurrent);
        companion.learn(&desk);
        assert_eq!(desk.order(&companion), Order::Before);
        assert_eq!(companion.order(&desk), Order::After);
    }

    fn any_causes() -> impl Strategy<Value = Causes> {
        prop::collection::btree_map(0u128..5, 1u64..4, 0..5)
            .prop_map(|map| Causes(map.into_iter().map(|(key, count)| (node(key), count)).collect()))
    }

    proptest! {
        #[test]
        fn bytes_read_back(causes in any_causes()) {
            prop_assert_eq!(Causes::from_bytes(&causes.to_bytes()).expect("own bytes"), causes);
        }

        #[test]
        fn any_bytes_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(causes) = Causes::from_bytes(&bytes) {
                prop_assert!(causes.order(&causes) == Order::Same);
            }
        }

        #[test]
        fn learning_never_forgets(a in any_causes(), b in any_causes()) {
            let mut both = a.clone();
            both.learn(&b);
            prop_assert!(matches!(a.order(&both), Order::Same | Order::Before));
            prop_assert!(matches!(b.order(&both), Order::Same | Order::Before));
        }
    }
}
