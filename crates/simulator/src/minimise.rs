//! Makes a failing run small: a story short enough to be read.
//!
//! Faults are turned off one by one, the time is shortened, patients and staff
//! do less; whatever still breaks the same promise is kept. A run with less in
//! it takes another course from the first difference on, so a few neighbouring
//! seeds are tried with each, and the smallest story may be another seed's.

use std::ops::ControlFlow;

use crate::faults::{HOURS, Smaller};
use crate::report;
use crate::runs::{Run, Settings, run, side_by_side};

/// Seeds that are tried with each step, the run's own first.
const TRIES: u64 = 32;

/// Rounds after which it is small enough.
const ROUNDS: usize = 6;

/// The smallest crowd that is tried, in percent of the usual.
const LEAST_PERCENT: u64 = 5;

/// A failing run and how it is run.
#[derive(Debug)]
pub struct Story {
    pub run: Run,
    pub settings: Settings,
}

/// Makes a story smaller until nothing more can be left out.
pub fn minimise(mut story: Story) -> Story {
    story.say("to begin with");
    for _ in 0..ROUNDS {
        let before = story.weight();
        for fault in story.run.faults.clone() {
            let mut without = story.settings.smaller.without.clone();
            without.push(fault);
            without.sort_unstable();
            without.dedup();
            story.try_step(Smaller { without, ..story.settings.smaller.clone() });
        }
        story.shorten();
        story.thin_out();
        if story.weight() == before {
            break;
        }
    }
    story.leave_out_the_absent();
    story
}

fn weight(run: &Run, settings: &Settings) -> (usize, u64, u64) {
    (run.faults.len(), run.events, settings.smaller.hours.unwrap_or(HOURS))
}

impl Story {
    /// The fewer faults the better; then the fewer events, then the less time.
    fn weight(&self) -> (usize, u64, u64) {
        weight(&self.run, &self.settings)
    }

    fn shorten(&mut self) {
        let failed_after = self.run.simulated_ms / 3_600_000 + 1;
        let hours = self.settings.smaller.hours.unwrap_or(HOURS);
        for shorter in [failed_after, hours / 4, hours / 2, hours * 3 / 4, hours - 1] {
            if (1..self.settings.smaller.hours.unwrap_or(HOURS)).contains(&shorter) {
                self.try_step(Smaller { hours: Some(shorter), ..self.settings.smaller.clone() });
            }
        }
    }

    fn thin_out(&mut self) {
        let half = |percent: Option<u64>| Some(percent.unwrap_or(100) / 2).filter(|half| *half >= LEAST_PERCENT);
        if let Some(percent) = half(self.settings.smaller.patients_percent) {
            self.try_step(Smaller { patients_percent: Some(percent), ..self.settings.smaller.clone() });
        }
        if let Some(percent) = half(self.settings.smaller.staff_percent) {
            self.try_step(Smaller { staff_percent: Some(percent), ..self.settings.smaller.clone() });
        }
    }

    /// Goes on from here with less, if that breaks the same promise.
    fn try_step(&mut self, smaller: Smaller) {
        let settings = Settings { smaller, ..self.settings.clone() };
        let promise = self.run.violation.as_ref().map(|violation| violation.promise);
        let from = self.run.seed;
        let mut found = Vec::new();
        side_by_side(
            from..from.saturating_add(TRIES),
            |seed| run(seed, &settings, false),
            |run| {
                let is_same = run.violation.as_ref().map(|violation| violation.promise) == promise;
                if !is_same || weight(&run, &settings) >= self.weight() {
                    return ControlFlow::Continue(());
                }
                found.push(run);
                ControlFlow::Break(())
            },
        );
        if let Some(run) = found.into_iter().min_by_key(|run| run.seed) {
            *self = Self { run, settings };
            self.say(&self.settings.options());
        }
    }

    /// What the seed has not doesn't have to be turned off.
    fn leave_out_the_absent(&mut self) {
        let unspared = Smaller { without: Vec::new(), ..self.settings.smaller.clone() };
        let whole = run(self.run.seed, &Settings { smaller: unspared, ..self.settings.clone() }, false);
        self.settings.smaller.without.retain(|fault| whole.faults.contains(fault));
    }

    fn say(&self, how: &str) {
        let (run, faults) = (&self.run, self.run.faults.len());
        let when = report::clock(run.simulated_ms);
        eprintln!("seed {}: {faults} faults, {} events, until {when}: {}", run.seed, run.events, how.trim());
    }
}
