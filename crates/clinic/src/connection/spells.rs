//! The last connections, for whoever helps from afar: a text file beside the
//! store that a person can read, one line for each time the line stood
//! otherwise, and for what failed. It names no patient.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chairside_schedule::time::Instant;
use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;

use super::failures::Failure;
use crate::api::{ConnectionFailure, ConnectionSpell};
use crate::link::State;

/// How many changes of state are kept; a bad day has some hundred.
pub const KEPT: usize = 500;

/// How many of them a panel shows.
const SHOWN: usize = 200;

/// How many failures are kept, and shown.
const FAILURES_KEPT: usize = 50;

/// What the file is called, in the store's folder.
pub const FILE: &str = "connection.log";

/// From when on the line stood how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Spell {
    /// Milliseconds since 1970 in UTC.
    pub at_ms: i64,
    pub state: State,
    /// Changes that central wasn't known to have then.
    pub unsent: u64,
    /// Days that were verified then.
    pub days: u32,
}

/// What the line went through, the latest last.
#[derive(Debug, Default)]
pub struct Spells {
    kept: VecDeque<Spell>,
    failures: VecDeque<Failure>,
    file: Option<PathBuf>,
}

impl Spells {
    /// Goes on where the file of this folder ends, once.
    pub fn go_on(&mut self, folder: &Path) {
        if self.file.is_some() {
            return;
        }
        let file = folder.join(FILE);
        match fs::read_to_string(&file) {
            Ok(text) => {
                let more = latest(&mut self.kept, text.lines().filter_map(Spell::read), KEPT)
                    | latest(&mut self.failures, text.lines().filter_map(Failure::read), FAILURES_KEPT);
                if more {
                    self.write_anew(&file);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::warn!(%error, "the log of connections can't be read"),
        }
        self.file = Some(file);
    }

    /// From then on it stands so; nothing where it did already.
    pub fn note(&mut self, spell: Spell) {
        if self.kept.back().is_some_and(|last| last.state == spell.state) {
            return;
        }
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(spell);
        self.write(&spell.line());
    }

    /// Something that was asked of central failed.
    pub fn note_failure(&mut self, failure: Failure) {
        if self.failures.len() == FAILURES_KEPT {
            self.failures.pop_front();
        }
        self.write(&failure.line());
        self.failures.push_back(failure);
    }

    fn write(&self, line: &str) {
        let Some(file) = &self.file else { return };
        let added = fs::OpenOptions::new().create(true).append(true).open(file);
        if let Err(error) = added.and_then(|mut file| writeln!(file, "{line}")) {
            tracing::warn!(%error, "the log of connections can't be written");
        }
    }

    fn write_anew(&self, file: &Path) {
        let spells = self.kept.iter().map(|spell| (spell.at_ms, spell.line()));
        let mut lines: Vec<_> = spells.chain(self.failures.iter().map(|one| (one.at_ms, one.line()))).collect();
        lines.sort_by_key(|(at_ms, _)| *at_ms);
        let text: String = lines.into_iter().map(|(_, line)| line + "\n").collect();
        if let Err(error) = fs::write(file, text) {
            tracing::warn!(%error, "the log of connections can't be shortened");
        }
    }

    /// All that is kept, in order.
    pub fn all(&self) -> Vec<Spell> {
        self.kept.iter().copied().collect()
    }

    /// What a panel shows, the latest first, by the clock on the clinic's wall.
    pub fn latest(&self, zone: &Tz) -> Vec<ConnectionSpell> {
        let shown = self.kept.iter().rev().take(SHOWN);
        shown.map(|spell| ConnectionSpell { at: local(spell.at_ms, zone), state: spell.state }).collect()
    }

    /// What failed, the latest first, by the clock on the clinic's wall.
    pub fn failures(&self, zone: &Tz) -> Vec<ConnectionFailure> {
        self.failures.iter().rev().map(|failure| failure.shown(zone)).collect()
    }
}

/// Keeps the last `most` of them; whether there were more.
fn latest<T>(kept: &mut VecDeque<T>, all: impl Iterator<Item = T>, most: usize) -> bool {
    *kept = all.collect();
    let more = kept.len().saturating_sub(most);
    kept.drain(..more);
    more > 0
}

/// A local time from milliseconds since 1970 in UTC.
pub fn local(at_ms: i64, zone: &Tz) -> chrono::NaiveDateTime {
    Instant(at_ms.div_euclid(1_000)).local(zone)
}

const WORDS: [(State, &str); 5] = [
    (State::Offline, "offline"),
    (State::Reconnecting, "reconnecting"),
    (State::CatchingUp, "catching-up"),
    (State::Checking, "checking"),
    (State::Live, "live"),
];

impl Spell {
    /// `2026-11-24T08:12:03.120Z offline unsent=7 days=0`.
    fn line(self) -> String {
        let at = DateTime::<Utc>::from_timestamp_millis(self.at_ms).unwrap_or_default();
        let at = at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let word = WORDS.iter().find(|(state, _)| *state == self.state).map_or("", |(_, word)| word);
        format!("{at} {word} unsent={} days={}", self.unsent, self.days)
    }

    /// A line that was half written, or by hand, is passed over.
    fn read(line: &str) -> Option<Self> {
        let mut parts = line.split(' ');
        let at_ms = DateTime::parse_from_rfc3339(parts.next()?).ok()?.timestamp_millis();
        let word = parts.next()?;
        let state = WORDS.iter().find(|(_, known)| *known == word)?.0;
        let unsent = parts.next()?.strip_prefix("unsent=")?.parse().ok()?;
        let days = parts.next()?.strip_prefix("days=")?.parse().ok()?;
        Some(Self { at_ms, state, unsent, days })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ConnectionAsked;
    use crate::problem::Problem;

    fn spell(minute: i64, state: State) -> Spell {
        Spell { at_ms: 1_795_500_000_000 + minute * 60_000, state, unsent: 3, days: 90 }
    }

    #[test]
    fn changes_are_kept_and_the_oldest_go_first() {
        let mut spells = Spells::default();
        spells.note(spell(0, State::Offline));
        spells.note(spell(1, State::Offline));
        spells.note(spell(2, State::Live));
        assert_eq!(spells.all(), [spell(0, State::Offline), spell(2, State::Live)]);
        for minute in 3..1_500 {
            spells.note(spell(minute, if minute % 2 == 0 { State::Live } else { State::Offline }));
        }
        assert_eq!(spells.all().len(), KEPT);
        assert_eq!(spells.latest(&chrono_tz::Europe::Stockholm).len(), SHOWN);
    }

    #[test]
    fn the_file_is_gone_on_with_and_a_broken_line_is_passed_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut first = Spells::default();
        first.go_on(folder.path());
        for (minute, (state, _)) in (0..).zip(WORDS) {
            first.note(spell(minute, state));
        }
        let file = folder.path().join(FILE);
        let text = fs::read_to_string(&file).expect("written");
        fs::write(&file, format!("{text}2026-11-24T08:1")).expect("written");
        let mut second = Spells::default();
        second.go_on(folder.path());
        assert_eq!(second.all(), first.all());
    }

    #[test]
    fn what_failed_stands_in_the_same_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut first = Spells::default();
        first.go_on(folder.path());
        let problem = Problem::new("central-unreachable").with("said", "Connection refused (os error 111)");
        for minute in 0..60 {
            first.note_failure(Failure::new(minute * 60_000, ConnectionAsked::Pairing, &problem));
        }
        first.note(spell(61, State::Live));
        let zone = chrono_tz::Europe::Stockholm;
        assert_eq!(first.failures(&zone).len(), FAILURES_KEPT);
        assert_eq!(first.failures(&zone)[0].said, "Connection refused (os error 111)");
        let mut second = Spells::default();
        second.go_on(folder.path());
        assert_eq!((second.all(), second.failures(&zone)), (first.all(), first.failures(&zone)));
        let text = fs::read_to_string(folder.path().join(FILE)).expect("written");
        assert_eq!(text.lines().count(), FAILURES_KEPT + 1, "it was shortened");
    }
}
