//! The plain loop: seed after seed, whatever they bring.

use std::ops::{ControlFlow, Range};
use std::time::{Duration, Instant};

use crate::ledger::{Ledger, LedgerError};
use crate::report::{self, Figures, Verdict};
use crate::runs::{Settings, check_trace, is_checked, run, side_by_side};

/// Failures that are told in full; more of them only bury the first.
const TOLD: usize = 5;

/// How often a long loop says how far it is.
const SAY_EVERY: Duration = Duration::from_secs(60);

/// Runs seeds on all cores, and passes over those a ledger has.
pub fn plain(seeds: Range<u64>, settings: &Settings, ledger: Option<Ledger>) -> Result<Verdict, LedgerError> {
    let mut ledger = ledger;
    let before = Before::of(&seeds, ledger.as_ref());
    let known = ledger.as_ref().map(Ledger::seeds).unwrap_or_default();
    let todo = usize::try_from(seeds.end - seeds.start).unwrap_or(usize::MAX) - before.seeds;
    let commit = report::commit();
    let mut figures = Figures::begin();
    let mut said = Instant::now();
    let mut error = None;
    side_by_side(
        seeds.clone().filter(|seed| !known.contains(seed)),
        |seed| {
            let mut run = run(seed, settings, false);
            if is_checked(seed) {
                check_trace(&mut run, settings);
            }
            run
        },
        |run| {
            figures.add(&run);
            if figures.broken() <= TOLD {
                report::failure(&run, settings);
            }
            if said.elapsed() >= SAY_EVERY {
                figures.so_far(todo);
                said = Instant::now();
            }
            let broken = run.violation.map(|violation| format!("{} at {commit}", violation.promise));
            let noted = ledger.as_mut().map_or(Ok(()), |ledger| ledger.note(run.seed, broken.as_deref()));
            noted.map_err(|why| error = Some(why)).map_or(ControlFlow::Break(()), ControlFlow::Continue)
        },
    );
    if let Some(error) = error {
        return Err(error);
    }
    let missed = figures.say();
    Ok(verdict(&seeds, &figures, &before, &missed, settings))
}

/// What a ledger knew of the seeds before the loop began.
#[derive(Debug, Default)]
struct Before {
    seeds: usize,
    broken: usize,
    first_broken: Option<(u64, String)>,
}

impl Before {
    fn of(seeds: &Range<u64>, ledger: Option<&Ledger>) -> Self {
        let Some(ledger) = ledger else { return Self::default() };
        let broken: Vec<_> = ledger.broken().filter(|(seed, _)| seeds.contains(seed)).collect();
        let before = Self {
            seeds: ledger.seeds().range(seeds.clone()).count(),
            broken: broken.len(),
            first_broken: broken.first().map(|(seed, what)| (*seed, (*what).to_owned())),
        };
        eprintln!("{} seeds stand in the ledger, and are passed over", before.seeds);
        before
    }
}

fn verdict(seeds: &Range<u64>, figures: &Figures, before: &Before, missed: &[String], settings: &Settings) -> Verdict {
    let broken = figures.broken() + before.broken;
    let missed = if settings.is_plain() { missed } else { &[] };
    let words = if let Some((seed, promise)) = figures.first_broken() {
        report::broke(seed, promise, settings)
    } else if let Some((seed, what)) = &before.first_broken {
        format!("the ledger says that seed {seed} broke {what}; to see it: {}", settings.replay(*seed))
    } else if missed.is_empty() {
        format!("seeds {} to {} broke no promise", seeds.start, seeds.end.saturating_sub(1))
    } else {
        missed.join("; ")
    };
    Verdict { passed: figures.runs() + before.seeds - broken, failed: broken + missed.len(), words }
}
