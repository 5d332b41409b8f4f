//! A day as it was reckoned, and as it was written for whoever reads it: a day
//! is read thousands of times until something of it changes.

use std::sync::OnceLock;

use super::Slot;

/// The places of a day, in order.
#[derive(Debug)]
pub struct Reckoned {
    slots: Vec<Slot>,
    reached: OnceLock<Written>,
    offline: OnceLock<Written>,
}

/// Places as text, one behind the other.
#[derive(Debug)]
pub struct Written {
    text: Vec<u8>,
    /// Where each place's text ends; behind it stands [`BETWEEN`].
    ends: Vec<usize>,
    print: blake3::Hash,
}

/// What stands between two places.
const BETWEEN: u8 = b',';

impl Reckoned {
    /// These places, not written yet.
    pub const fn new(slots: Vec<Slot>) -> Self {
        Self { slots, reached: OnceLock::new(), offline: OnceLock::new() }
    }

    /// Every place.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Every place as text, as it stands while the clinic is reached, or while it
    /// is offline. `write` is asked once for each, and has to say the same always.
    pub fn written(&self, offline: bool, write: impl FnMut(&Slot, &mut Vec<u8>)) -> &Written {
        let kept = if offline { &self.offline } else { &self.reached };
        kept.get_or_init(|| Written::of(&self.slots, write))
    }
}

impl Written {
    fn of(slots: &[Slot], mut write: impl FnMut(&Slot, &mut Vec<u8>)) -> Self {
        let (mut text, mut ends) = (Vec::new(), Vec::with_capacity(slots.len()));
        for slot in slots {
            write(slot, &mut text);
            ends.push(text.len());
            text.push(BETWEEN);
        }
        text.shrink_to_fit();
        let print = blake3::hash(&text);
        Self { text, ends, print }
    }

    /// What tells this text from another.
    pub const fn print(&self) -> &blake3::Hash {
        &self.print
    }

    /// How long all of it is, in bytes.
    pub const fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Adds the places from the `first` one on, with what stands between them.
    pub fn all_from(&self, first: usize, into: &mut Vec<u8>) {
        if let Some(last) = self.ends.last().filter(|_| first < self.ends.len()) {
            into.extend_from_slice(&self.text[self.begin(first)..*last]);
        }
    }

    /// Adds these places, with what stands between them.
    pub fn some(&self, places: impl Iterator<Item = usize>, into: &mut Vec<u8>) {
        let mut between = false;
        for place in places {
            if std::mem::replace(&mut between, true) {
                into.push(BETWEEN);
            }
            into.extend_from_slice(&self.text[self.begin(place)..self.ends[place]]);
        }
    }

    fn begin(&self, place: usize) -> usize {
        place.checked_sub(1).map_or(0, |before| self.ends[before] + 1)
    }
}

#[cfg(test)]
mod tests {
    use chairside_schedule::id::PractitionerId;
    use chairside_schedule::time::Instant;
    use chrono::NaiveDateTime;
    use uuid::Uuid;

    use super::*;
    use crate::availability::Standing;

    #[test]
    fn places_are_written_once_and_told_in_parts() {
        let slot = |start| Slot {
            practitioner: PractitionerId(Uuid::nil()),
            local: NaiveDateTime::default(),
            start: Instant(start),
            minutes: 30,
            standing: Standing::Free,
        };
        let day = Reckoned::new(vec![slot(8), slot(9), slot(10)]);
        let mut asked = 0;
        let mut write = |slot: &Slot, into: &mut Vec<u8>| {
            asked += 1;
            into.extend_from_slice(slot.start.0.to_string().as_bytes());
        };
        let said = |tell: &dyn Fn(&mut Vec<u8>)| {
            let mut text = Vec::new();
            tell(&mut text);
            String::from_utf8(text).expect("text")
        };
        day.written(false, &mut write);
        let written = day.written(false, &mut write);
        assert_eq!(said(&|into| written.all_from(0, into)), "8,9,10");
        assert_eq!(said(&|into| written.all_from(2, into)), "10");
        assert_eq!(said(&|into| written.all_from(3, into)), "");
        assert_eq!(said(&|into| written.some([0, 2].into_iter(), into)), "8,10");
        assert_eq!(said(&|into| written.some([].into_iter(), into)), "");
        assert_eq!(asked, 3, "each place once");
        assert_eq!(said(&|into| Reckoned::new(Vec::new()).written(true, |_, _| {}).all_from(0, into)), "");
    }
}
