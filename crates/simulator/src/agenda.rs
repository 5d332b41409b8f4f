//! What is going to happen in a world, and when.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::world::Happening;

/// What is going to happen: by time, then in the order in which it was said.
#[derive(Debug, Default)]
pub struct Agenda {
    /// When, which in order, and where it stands.
    due: BinaryHeap<Reverse<(u64, u64, usize)>>,
    /// Beside the heap, which moves what it holds about.
    happenings: Vec<Option<Happening>>,
    /// Places in it that are free.
    free: Vec<usize>,
    next_order: u64,
}

impl Agenda {
    /// Something that is due then.
    pub fn add(&mut self, at_ms: u64, what: Happening) {
        self.next_order += 1;
        let place = self.free.pop().unwrap_or_else(|| {
            self.happenings.push(None);
            self.happenings.len() - 1
        });
        self.happenings[place] = Some(what);
        self.due.push(Reverse((at_ms, self.next_order, place)));
    }

    /// When the next is due.
    pub fn next_at(&self) -> Option<u64> {
        self.due.peek().map(|Reverse((at_ms, _, _))| *at_ms)
    }

    /// The next, and when it is due.
    pub fn take(&mut self) -> Option<(u64, Happening)> {
        let Reverse((at_ms, _, place)) = self.due.pop()?;
        self.free.push(place);
        Some((at_ms, self.happenings[place].take()?))
    }
}
