//! What was asked of central and failed: for people there is a sentence of the
//! catalogue, and for whoever helps them what the computer itself said.

use chairside_schedule::time::Instant;
use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;

use crate::api::{ConnectionAsked, ConnectionFailure};
use crate::problem::Problem;

/// How much of what a computer says is kept, in characters.
const LONGEST: usize = 300;

/// Stands where a state stands in the other lines of the log.
const FAILED: &str = "failed";

const WORDS: [(ConnectionAsked, &str); 3] = [
    (ConnectionAsked::Pairing, "pairing"),
    (ConnectionAsked::Renewal, "renewal"),
    (ConnectionAsked::Opening, "opening"),
];

/// Something that failed, and when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// Milliseconds since 1970 in UTC.
    pub at_ms: i64,
    what: ConnectionAsked,
    code: String,
    said: String,
}

impl Failure {
    /// What a problem leaves behind: its code, and what the computer or central
    /// said, which names nobody.
    pub fn new(at_ms: i64, what: ConnectionAsked, problem: &Problem) -> Self {
        let said = problem.args.get("said").map(String::as_str).unwrap_or_default();
        // One line each, whatever a far end says.
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect();
        Self { at_ms, what, code: problem.code.clone(), said }
    }

    /// `2026-11-24T08:12:03.120Z failed pairing central-unreachable Connection refused`.
    pub fn line(&self) -> String {
        let at = DateTime::<Utc>::from_timestamp_millis(self.at_ms).unwrap_or_default();
        let at = at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let what = WORDS.iter().find(|(what, _)| *what == self.what).map_or("", |(_, word)| word);
        format!("{at} {FAILED} {what} {} {}", self.code, self.said)
    }

    /// A line that is none of these, or was half written, is `None`.
    pub fn read(line: &str) -> Option<Self> {
        let mut parts = line.splitn(5, ' ');
        let at_ms = DateTime::parse_from_rfc3339(parts.next()?).ok()?.timestamp_millis();
        if parts.next()? != FAILED {
            return None;
        }
        let word = parts.next()?;
        let what = WORDS.iter().find(|(_, known)| *known == word)?.0;
        Some(Self { at_ms, what, code: parts.next()?.to_owned(), said: parts.next()?.to_owned() })
    }

    /// As a panel shows it, by the clock on the clinic's wall.
    pub fn shown(&self, zone: &Tz) -> ConnectionFailure {
        let at = Instant(self.at_ms.div_euclid(1_000)).local(zone);
        ConnectionFailure { at, what: self.what, code: self.code.clone(), said: self.said.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line_and_is_read_again() {
        for (what, said) in [
            (ConnectionAsked::Pairing, "failed to look it up:\n no such name"),
            (ConnectionAsked::Renewal, ""),
            (ConnectionAsked::Opening, "Connection refused (os error 111)"),
        ] {
            let problem = Problem::new("central-unreachable").with("address", "https://x.example").with("said", said);
            let failure = Failure::new(1_795_500_000_120, what, &problem);
            assert_eq!(failure.line().lines().count(), 1);
            assert_eq!(Failure::read(&failure.line()), Some(failure));
        }
        let long = Problem::new("internal").with("said", "å".repeat(1_000));
        assert_eq!(Failure::new(0, ConnectionAsked::Pairing, &long).said.chars().count(), LONGEST);
    }

    #[test]
    fn other_lines_are_passed_over() {
        for line in ["", "2026-11-24T08:12:03.120Z offline unsent=7 days=0", "2026-11-24T08:12:03.120Z failed pai"] {
            assert_eq!(Failure::read(line), None, "{line}");
        }
    }
}
