//! Breaks the protocol on purpose: whole clinics in virtual time, with faults,
//! watched by checkers that share no code with what they watch.
//!
//! **Reading order.** [`world`] (time, machines, the loop), [`desk`] and
//! [`centre`] (what their disks keep), [`process`] (processes and what they
//! may die between), [`people`], [`nature`] (the line and the faults),
//! [`end`] (healing), [`check`] (what must be true).
//!
//! Round the loop: [`cli`], [`runs`] (one, and many side by side), [`plain`]
//! (the loop), [`hunt`] (mutants), [`minimise`], [`report`], [`ledger`].
//!
//! **To add a fault:** 1. a field in [`faults::Faults`], and its switch below
//! it; 2. what it does, in [`nature`]; 3. a goal in [`goals`] if something rare
//! has to come of it.

#![allow(missing_docs)]

mod agenda;
mod beats;
mod centre;
mod check;
mod cli;
mod clinic;
mod companion;
mod copies;
mod desk;
mod end;
mod faults;
mod goals;
mod hunt;
mod id;
mod ledger;
mod minimise;
mod nature;
mod newer;
mod people;
mod plain;
mod process;
mod report;
mod runs;
mod said;
mod takeover;
mod trace;
mod watched;
mod world;

use std::ops::Range;
use std::process::ExitCode;

use clap::Parser as _;

/// A run is mostly small things made and dropped.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use cli::Args;
use ledger::{Ledger, LedgerError};
use minimise::{Story, minimise};
use report::Verdict;
use runs::{Run, Settings};

fn main() -> ExitCode {
    let args = Args::parse();
    runs::catch_panics();
    match verdict(&args) {
        Ok(verdict) => {
            eprintln!("{verdict}");
            ExitCode::from(u8::from(verdict.failed > 0))
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn verdict(args: &Args) -> Result<Verdict, LedgerError> {
    let (seeds, settings) = (args.seeds(), args.settings());
    if args.mutants {
        return Ok(hunt::hunt_all(&seeds, &settings, args.quick));
    }
    if let Some(seed) = args.seed {
        let run = if args.minimise { runs::run(seed, &settings, false) } else { replay(seed, &settings) };
        let failed = run.violation.is_some().then_some(run);
        return Ok(failure(&(seed..seed.saturating_add(1)), failed, &settings, args.minimise));
    }
    if args.minimise || settings.mutant.is_some() {
        let failed = hunt::first_failure(seeds.clone(), &settings);
        return Ok(failure(&seeds, failed, &settings, args.minimise));
    }
    plain::plain(seeds, &settings, args.ledger.as_deref().map(Ledger::open).transpose()?)
}

/// Tells a seed's story on stdout, and holds it against itself.
fn replay(seed: u64, settings: &Settings) -> Run {
    let mut run = runs::run(seed, settings, true);
    eprintln!(
        "seed {seed}: {} events until {}, {} proposals, {} sessions, trace {:016x}, {:.0} ms",
        run.events,
        report::clock(run.simulated_ms),
        run.proposals,
        run.sessions,
        run.hash,
        run.took.as_secs_f64() * 1_000.0
    );
    let goals: Vec<_> = run.goals.each().into_iter().filter_map(|(goal, reached)| reached.then_some(goal)).collect();
    eprintln!("reached: {}", goals.join(" "));
    runs::check_trace(&mut run, settings);
    run
}

/// Says what the first failing run broke, if there is one, as small as it was asked for.
fn failure(seeds: &Range<u64>, failed: Option<Run>, settings: &Settings, is_small: bool) -> Verdict {
    let count = |seeds: Range<u64>| usize::try_from(seeds.end - seeds.start).unwrap_or(usize::MAX);
    let Some(run) = failed else {
        return Verdict { passed: count(seeds.clone()), failed: 0, words: "no promise was broken".to_owned() };
    };
    let passed = count(seeds.start..run.seed);
    let mut story = Story { run, settings: settings.clone() };
    if is_small {
        story = minimise(story);
        runs::run(story.run.seed, &story.settings, true);
    }
    report::failure(&story.run, &story.settings);
    let promise = story.run.violation.as_ref().map_or("nothing", |violation| violation.promise);
    Verdict { passed, failed: 1, words: report::broke(story.run.seed, promise, &story.settings) }
}
