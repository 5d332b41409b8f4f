//! Breaks the protocol on purpose, and counts the seeds until that is noticed.
//!
//! The seeds are those of the plain loop, in their order; none is written for
//! any mutant. A seed that fails unbroken, too, says nothing of a mutant.

use std::ops::{ControlFlow, Range};

use chairside_sync::mutant::Mutant;

use crate::report::{self, Verdict, median};
use crate::runs::{Run, Settings, run, side_by_side};

/// Mutants that took more than a hundred seeds when last counted, or weren't
/// caught at all. `--quick` leaves them out.
const SLOW: &[Mutant] = &[Mutant::DropEpochCheck, Mutant::BelieveRetained, Mutant::MarkBeforeTail, Mutant::AnyBirth];

/// The canary has to be reported by the very first seed.
const CANARY_WITHIN: u64 = 1;

/// What came of hunting one mutant.
#[derive(Debug)]
struct Hunted {
    mutant: Mutant,
    /// The run that noticed.
    caught: Option<Run>,
    /// Seeds run until then.
    seeds: u64,
    /// Of these, seeds that fail unbroken.
    unsound: u64,
}

/// Hunts every mutant; at most as many seeds each as there are in `seeds`.
pub fn hunt_all(seeds: &Range<u64>, settings: &Settings, quick: bool) -> Verdict {
    let mutants = Mutant::ALL.iter().copied().filter(|mutant| !quick || !SLOW.contains(mutant));
    let hunted: Vec<_> = mutants.map(|mutant| hunt(mutant, seeds.clone(), settings)).collect();
    let is_caught = |hunted: &&Hunted| {
        let within = if hunted.mutant == Mutant::Canary { CANARY_WITHIN } else { u64::MAX };
        hunted.caught.is_some() && hunted.seeds <= within
    };
    let (caught, missed): (Vec<_>, Vec<_>) = hunted.iter().partition(is_caught);
    // The canary is no mutant: it says nothing about how soon one is noticed.
    let real = caught.iter().filter(|hunted| hunted.mutant != Mutant::Canary);
    let mut counts: Vec<_> = real.map(|hunted| hunted.seeds).collect();
    let (worst, median) = (counts.iter().max().copied().unwrap_or(0), median(&mut counts));
    let figures = format!("seeds until a mutant is noticed: median {median}, worst {worst}");
    eprintln!("{figures}");
    let words = if missed.is_empty() {
        format!("every mutant was caught; {figures}")
    } else {
        let names: Vec<_> = missed.iter().map(|hunted| hunted.mutant.as_str()).collect();
        format!("not caught by {} seeds from {}: {}", seeds.end - seeds.start, seeds.start, names.join(", "))
    };
    Verdict { passed: caught.len(), failed: missed.len(), words }
}

/// Runs seeds with a mutant until one notices.
fn hunt(mutant: Mutant, seeds: Range<u64>, settings: &Settings) -> Hunted {
    let broken = Settings { mutant: Some(mutant), ..settings.clone() };
    let mut noticed: Vec<Run> = Vec::new();
    let mut unsound = Vec::new();
    side_by_side(
        seeds.clone(),
        |seed| {
            let broken = run(seed, &broken, false);
            let is_sound = broken.violation.is_none() || run(seed, settings, false).violation.is_none();
            (broken, is_sound)
        },
        |(run, is_sound)| {
            if !is_sound {
                unsound.push(run.seed);
            } else if run.violation.is_some() {
                noticed.push(run);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        },
    );
    // Several cores may each have noticed; the first seed counts.
    let caught = noticed.into_iter().min_by_key(|run| run.seed);
    let last = caught.as_ref().map_or(seeds.end, |run| run.seed + 1);
    let unsound = unsound.iter().filter(|seed| **seed < last).count() as u64;
    let hunted = Hunted { mutant, caught, seeds: last - seeds.start, unsound };
    hunted.say();
    hunted
}

impl Hunted {
    fn say(&self) {
        let name = self.mutant.as_str();
        if let Some((run, violation)) = self.caught.as_ref().and_then(|run| Some((run, run.violation.as_ref()?))) {
            let (seeds, promise) = (self.seeds, violation.promise);
            eprintln!("{name:<30} {seeds:>5}  {promise} at {}, seed {}", report::clock(run.simulated_ms), run.seed);
        } else {
            eprintln!("{name:<30}     -  !! not caught by {} seeds", self.seeds);
        }
        if self.unsound > 0 {
            eprintln!("{:<30}        !! {} of these seeds fail without it, too", "", self.unsound);
        }
    }
}

/// The first run that breaks a promise.
pub fn first_failure(seeds: Range<u64>, settings: &Settings) -> Option<Run> {
    let mut failed = Vec::new();
    side_by_side(
        seeds,
        |seed| run(seed, settings, false),
        |run| {
            if run.violation.is_none() {
                return ControlFlow::Continue(());
            }
            failed.push(run);
            ControlFlow::Break(())
        },
    );
    failed.into_iter().min_by_key(|run| run.seed)
}
