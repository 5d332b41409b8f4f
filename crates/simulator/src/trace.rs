//! What happened, as numbers to compare and lines to read.

use std::io::{Write, stdout};

/// The trace of a run.
#[derive(Debug, Default)]
pub struct Trace {
    /// Prints as it goes.
    pub aloud: bool,
    hash: u64,
    events: u64,
    over: bool,
}

impl Trace {
    pub fn new(aloud: bool) -> Self {
        Self { aloud, hash: 0xcbf2_9ce4_8422_2325, events: 0, over: false }
    }

    /// Something happened; `say` is called only when somebody reads.
    pub fn note(&mut self, at_ms: u64, what: &'static str, numbers: [u64; 2], say: impl FnOnce() -> String) {
        self.events += 1;
        let (words, rest) = what.as_bytes().as_chunks::<8>();
        words.iter().for_each(|word| self.mix(u64::from_le_bytes(*word)));
        let rest = rest.iter().fold(0, |rest, byte| rest << 8 | u64::from(*byte));
        [rest, at_ms].into_iter().chain(numbers).for_each(|number| self.mix(number));
        if self.aloud {
            let (day, ms) = (at_ms / 86_400_000, at_ms % 86_400_000);
            let clock = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60, ms % 1_000);
            let (hour, minute, second, ms) = clock;
            let line =
                writeln!(stdout(), "d{day} {hour:02}:{minute:02}:{second:02}.{ms:03}  {what:<12} {}", readable(&say()));
            // Whoever read has read enough.
            self.aloud = line.is_ok();
        }
    }

    fn mix(&mut self, number: u64) {
        self.hash = (self.hash.rotate_left(29) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    /// The run has come to its end.
    pub fn end(&mut self) {
        self.over = true;
    }

    pub fn is_over(&self) -> bool {
        self.over
    }

    /// The same for the same run.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    pub fn events(&self) -> u64 {
        self.events
    }
}

/// Longer lines are cut off, in characters.
const LINE: usize = 240;

/// What is printed of bytes that are no id of the simulator's own.
const BYTES: usize = 4;

/// A line of a trace, with what `Debug` makes of bytes put in words.
fn readable(line: &str) -> String {
    let mut short = String::new();
    let mut rest = line;
    while let Some((before, name, after)) = first_bytes(rest) {
        short.push_str(before);
        let Some((bytes, after)) = after.split_once("])") else { break };
        let bytes: Vec<u8> = bytes.split(", ").filter_map(|byte| byte.parse().ok()).collect();
        let words = crate::id::name(&bytes).unwrap_or_else(|| match name {
            VEC => format!("{} bytes", bytes.len()),
            _ => bytes.iter().take(BYTES).map(|byte| format!("{byte:02x}")).collect(),
        });
        short.push_str(&words);
        rest = after;
    }
    short.push_str(rest);
    if let Some((at, _)) = short.char_indices().nth(LINE) {
        short.truncate(at);
        short.push('…');
    }
    short
}

const ARRAY: &str = "ByteArray([";
const VEC: &str = "ByteVec([";

/// What stands before the first bytes of a line, how they are called, and what follows.
fn first_bytes(line: &str) -> Option<(&str, &str, &str)> {
    let (name, at) =
        [ARRAY, VEC].into_iter().filter_map(|name| Some((name, line.find(name)?))).min_by_key(|at| at.1)?;
    Some((&line[..at], name, &line[at + name.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{Of, id};

    #[test]
    fn bytes_are_put_in_words() {
        let told = format!("at {:?}, hash ByteArray([1, 2, 3, 255, 9]), content ByteVec([7, 7])", id(Of::Visit, 26));
        assert_eq!(readable(&told), "at visit-1a, hash 010203ff, content 2 bytes");
        assert_eq!(readable("nothing to shorten"), "nothing to shorten");
    }
}
