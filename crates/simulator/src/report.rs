//! What is said about runs, all of it on stderr.

use std::collections::BTreeMap;
use std::fmt;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::runs::{Run, Settings};

/// Runs after which shares and medians mean something.
const TELLING: usize = 1_000;

/// Runs before which it means nothing that something rare was missing.
const HINTING: usize = 100;

/// Every goal has to be reached by at least one run in this many.
const GOAL_ONE_IN: usize = 100;

/// What a median seed has to cover.
const BARS: [(&str, u64); 3] = [("simulated hours", 72), ("proposals", 200), ("sessions", 10)];

const HOUR_MS: u64 = 3_600_000;

/// How much of what was seen is printed, in characters.
const SEEN: usize = 2_000;

/// What it comes to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    pub passed: usize,
    pub failed: usize,
    /// What failed, or what that means.
    pub words: String,
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} passed, {} failed: {}", self.passed, self.failed, self.words)
    }
}

/// Says what a run broke, if it did, and how to see it again.
pub fn failure(run: &Run, settings: &Settings) {
    let Some(violation) = &run.violation else { return };
    let seen: String = violation.seen.chars().take(SEEN).collect();
    let faults: Vec<_> = run.faults.iter().map(|fault| fault.as_str()).collect();
    let options = settings.options();
    eprintln!("seed {} broke {} at {}", run.seed, violation.promise, clock(run.simulated_ms));
    eprintln!("  seen:    {seen}");
    eprintln!("  commit:  {}", commit());
    eprintln!("  options:{}", if options.is_empty() { " none" } else { &options });
    eprintln!("  faults:  {}", faults.join(" "));
    eprintln!("  replay:  {}", settings.replay(run.seed));
}

/// That a seed broke a promise, in one line.
pub fn broke(seed: u64, promise: &str, settings: &Settings) -> String {
    format!("seed {seed} broke {promise}; to see it: {}", settings.replay(seed))
}

/// The commit that runs, as far as it can be known.
pub fn commit() -> String {
    let git = Command::new("git").args(["describe", "--always", "--dirty"]).output();
    let name = git.ok().filter(|git| git.status.success()).and_then(|git| String::from_utf8(git.stdout).ok());
    name.map_or_else(|| "unknown".to_owned(), |name| name.trim().to_owned())
}

/// A moment of a run, as its trace has it.
pub fn clock(ms: u64) -> String {
    format!("d{} {:02}:{:02}", ms / (24 * HOUR_MS), ms / HOUR_MS % 24, ms / 60_000 % 60)
}

/// What many runs were like.
#[derive(Debug)]
pub struct Figures {
    began: Instant,
    simulated_ms: Vec<u64>,
    proposals: Vec<u64>,
    sessions: Vec<u64>,
    goals: BTreeMap<&'static str, usize>,
    slowest: Option<(Duration, u64)>,
    /// How many runs broke a promise, and the first seed that did.
    broken: BTreeMap<&'static str, (usize, u64)>,
}

impl Figures {
    /// Begins to count.
    pub fn begin() -> Self {
        Self {
            began: Instant::now(),
            simulated_ms: Vec::new(),
            proposals: Vec::new(),
            sessions: Vec::new(),
            goals: BTreeMap::new(),
            slowest: None,
            broken: BTreeMap::new(),
        }
    }

    /// Counts a run.
    pub fn add(&mut self, run: &Run) {
        self.simulated_ms.push(run.simulated_ms);
        self.proposals.push(run.proposals);
        self.sessions.push(run.sessions as u64);
        for (goal, reached) in run.goals.each() {
            *self.goals.entry(goal).or_default() += usize::from(reached);
        }
        self.slowest = self.slowest.max(Some((run.took, run.seed)));
        if let Some(violation) = &run.violation {
            let (count, first) = self.broken.entry(violation.promise).or_insert((0, run.seed));
            *count += 1;
            *first = run.seed.min(*first);
        }
    }

    /// Runs so far.
    pub fn runs(&self) -> usize {
        self.simulated_ms.len()
    }

    /// Those of them that broke a promise.
    pub fn broken(&self) -> usize {
        self.broken.values().map(|(count, _)| count).sum()
    }

    /// The first seed that broke a promise, and which.
    pub fn first_broken(&self) -> Option<(u64, &'static str)> {
        self.broken.iter().map(|(promise, (_, seed))| (*seed, *promise)).min()
    }

    /// Says how far it is.
    pub fn so_far(&self, of: usize) {
        let (runs, broken, speed) = (self.runs(), self.broken(), self.seeds_per_second());
        eprintln!("{runs} of {of} seeds, {broken} broke a promise, {speed:.1} seeds/s");
    }

    fn seeds_per_second(&self) -> f64 {
        self.runs() as f64 / self.began.elapsed().as_secs_f64()
    }

    /// Says what the runs were like; gives what a plain loop of this length
    /// should have been and wasn't.
    pub fn say(&mut self) -> Vec<String> {
        if self.runs() == 0 {
            return Vec::new();
        }
        let took = self.began.elapsed().as_secs_f64();
        let hours = self.simulated_ms.iter().sum::<u64>() / HOUR_MS;
        eprintln!(
            "{} seeds in {took:.1} s: {:.1} seeds/s, {:.0} simulated hours/s",
            self.runs(),
            self.seeds_per_second(),
            hours as f64 / took
        );
        if let Some((took, seed)) = self.slowest {
            eprintln!("slowest: seed {seed}, {:.0} ms", took.as_secs_f64() * 1_000.0);
        }
        for (promise, (count, first)) in &self.broken {
            eprintln!("broke {promise}: {count}, first seed {first}");
        }
        let mut missed = self.say_medians();
        missed.extend(self.say_goals());
        if self.runs() < HINTING {
            return Vec::new();
        }
        missed.iter().for_each(|missed| eprintln!("!! {missed}"));
        if self.runs() < TELLING { Vec::new() } else { missed }
    }

    fn say_medians(&mut self) -> Vec<String> {
        let days = median(&mut self.simulated_ms) as f64 / (24 * HOUR_MS) as f64;
        let hours = median(&mut self.simulated_ms) / HOUR_MS;
        let medians = [hours, median(&mut self.proposals), median(&mut self.sessions)];
        eprintln!("a median seed: {days:.1} simulated days, {} proposals, {} sessions", medians[1], medians[2]);
        let short = BARS.iter().zip(medians).filter(|((_, bar), median)| median < bar);
        short.map(|((what, bar), median)| format!("a median seed has {median} {what}, not {bar}")).collect()
    }

    fn say_goals(&self) -> Vec<String> {
        let runs = self.runs();
        let percent = |count: usize| 100.0 * count as f64 / runs as f64;
        let goals: Vec<_> = self.goals.iter().map(|(goal, count)| format!("{goal} {:.1} %", percent(*count))).collect();
        eprintln!("sometimes: {}", goals.join(", "));
        let rare = self.goals.iter().filter(|(_, count)| **count * GOAL_ONE_IN < runs);
        rare.map(|(goal, count)| format!("{goal} in {count} of {runs} seeds, less than 1 %")).collect()
    }
}

/// The middle of some numbers; of an even count, the lower of the two.
pub fn median(numbers: &mut [u64]) -> u64 {
    numbers.sort_unstable();
    numbers.get(numbers.len().saturating_sub(1) / 2).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one() {
        assert_eq!(median(&mut [5, 1, 9]), 5);
        assert_eq!(median(&mut [4, 3, 2, 1]), 2);
        assert_eq!(median(&mut []), 0);
    }
}
