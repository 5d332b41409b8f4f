//! Which seeds have been run, in a file, so that a long hunt can be broken off
//! and taken up again.
//!
//! One line a seed: `17 ok`, or `17 broke no_overlap at 67fd0cb`. A line that
//! wasn't finished doesn't count; its seed is run again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// An open ledger; nobody else writes to it meanwhile.
#[derive(Debug)]
pub struct Ledger {
    file: File,
    known: BTreeMap<u64, Option<String>>,
}

/// Why a ledger can't be used.
#[derive(Debug)]
pub enum LedgerError {
    /// It can't be read or written, or somebody else has it open.
    Io(io::Error),
    /// A line says something else than it should.
    Line(usize),
}

impl std::fmt::Display for LedgerError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(error) => write!(out, "the ledger can't be used: {error}"),
            Self::Line(line) => write!(out, "line {line} of the ledger isn't one of a ledger"),
        }
    }
}

impl From<io::Error> for LedgerError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Ledger {
    /// Opens a ledger, or begins one.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        file.try_lock().map_err(io::Error::from)?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let finished = text.rfind('\n').map_or(0, |at| at + 1);
        let known = parse(&text[..finished])?;
        file.set_len(finished as u64)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self { file, known })
    }

    /// Seeds that had been run when it was opened.
    pub fn seeds(&self) -> BTreeSet<u64> {
        self.known.keys().copied().collect()
    }

    /// What those of them have broken that broke something.
    pub fn broken(&self) -> impl Iterator<Item = (u64, &str)> {
        self.known.iter().filter_map(|(seed, broken)| Some((*seed, broken.as_deref()?)))
    }

    /// Notes a seed that was run, and what it broke.
    pub fn note(&mut self, seed: u64, broken: Option<&str>) -> Result<(), LedgerError> {
        let line = broken.map_or_else(|| format!("{seed} ok\n"), |broken| format!("{seed} broke {broken}\n"));
        Ok(self.file.write_all(line.as_bytes())?)
    }
}

fn parse(text: &str) -> Result<BTreeMap<u64, Option<String>>, LedgerError> {
    let line = |line: &str| -> Option<(u64, Option<String>)> {
        let (seed, verdict) = line.split_once(' ')?;
        let broken = match verdict {
            "ok" => None,
            verdict => Some(verdict.strip_prefix("broke ")?.to_owned()),
        };
        Some((seed.parse().ok()?, broken))
    };
    text.lines().zip(1..).map(|(text, number)| line(text).ok_or(LedgerError::Line(number))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_they_are_written() {
        let known = parse("1 ok\n2 broke no_overlap at 67fd0cb\n").expect("a ledger");
        assert_eq!(known[&1], None);
        assert_eq!(known[&2].as_deref(), Some("no_overlap at 67fd0cb"));
    }

    #[test]
    fn what_is_no_ledger_is_refused() {
        for text in ["one ok\n", "1\n", "1 fine\n", "ok\n"] {
            assert!(matches!(parse(text), Err(LedgerError::Line(1))), "{text}");
        }
    }
}
