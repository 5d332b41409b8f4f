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
        let bytes = what.bytes().map(u64::from).chain([at_ms]).chain(numbers);
        for byte in bytes {
            self.hash = (self.hash ^ byte).wrapping_mul(0x0100_0000_01b3);
        }
        if self.aloud {
            let (day, ms) = (at_ms / 86_400_000, at_ms % 86_400_000);
            let clock = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60, ms % 1_000);
            let (hour, minute, second, ms) = clock;
            let line = writeln!(stdout(), "d{day} {hour:02}:{minute:02}:{second:02}.{ms:03}  {what:<12} {}", say());
            // Whoever read has read enough.
            self.aloud = line.is_ok();
        }
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
