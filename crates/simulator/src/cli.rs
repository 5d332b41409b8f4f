//! The command line.

use std::ops::Range;
use std::path::PathBuf;

use chairside_sync::mutant::Mutant;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser as _;
use clap::{Parser, value_parser};

use crate::faults::{Fault, Smaller};
use crate::runs::Settings;

/// Seeds of a loop that doesn't say how many.
const COUNT: u64 = 100;

/// Seeds within which every mutant has to be caught.
const MUTANT_COUNT: u64 = 2_000;

/// Runs whole clinics in virtual time, under faults, and watches whether a
/// promise is broken. Ends with 1 if one is, or, with --mutants, if a mutant
/// isn't caught; the last line on stderr is the verdict.
#[derive(Parser, Debug)]
#[command(name = "chairside-simulator")]
pub struct Args {
    /// The first seed
    #[arg(long, value_name = "N", default_value_t = 1)]
    from: u64,

    /// How many seeds [default: 100; with mutants, at most 2000 each]
    #[arg(long, value_name = "M")]
    count: Option<u64>,

    /// Seeds noted in this file are passed over, the others are noted in it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seed", "mutants", "mutant", "minimise", "without", "hours", "patients", "staff"])]
    pub ledger: Option<PathBuf>,

    /// Replays one seed, and tells on stdout what happens
    #[arg(long, value_name = "N", conflicts_with_all = ["from", "count", "mutants"])]
    pub seed: Option<u64>,

    /// Breaks the protocol in every known way, one after the other, and says after how many seeds it was noticed
    #[arg(long, conflicts_with_all = ["mutant", "minimise"])]
    pub mutants: bool,

    /// With --mutants: only those that are noticed soon
    #[arg(long, requires = "mutants")]
    pub quick: bool,

    /// Breaks the protocol in one way, until a seed notices
    #[arg(long, value_name = "NAME", value_parser = mutants())]
    mutant: Option<Mutant>,

    /// Makes a failing run as small as possible while the same promise is broken, and tells it on stdout
    #[arg(long)]
    pub minimise: bool,

    /// Turns these faults off
    #[arg(long, value_name = "FAULT,…", value_delimiter = ',', value_parser = faults())]
    without: Vec<Fault>,

    /// How long faults go on, in hours
    #[arg(long, value_name = "HOURS", value_parser = value_parser!(u64).range(1..=10_000))]
    hours: Option<u64>,

    /// How often patients ask for something, in percent of the usual
    #[arg(long, value_name = "PERCENT", value_parser = value_parser!(u64).range(1..=1_000))]
    patients: Option<u64>,

    /// How busy staff are, in percent of the usual
    #[arg(long, value_name = "PERCENT", value_parser = value_parser!(u64).range(1..=1_000))]
    staff: Option<u64>,

    /// Doesn't pass over stretches in which only beats are due
    #[arg(long)]
    every_beat: bool,
}

impl Args {
    /// The seeds to run.
    pub fn seeds(&self) -> Range<u64> {
        let usual = if self.mutants || self.mutant.is_some() { MUTANT_COUNT } else { COUNT };
        self.from..self.from.saturating_add(self.count.unwrap_or(usual))
    }

    /// How to run them.
    pub fn settings(&self) -> Settings {
        let mut without = self.without.clone();
        without.sort_unstable();
        without.dedup();
        let smaller =
            Smaller { without, hours: self.hours, patients_percent: self.patients, staff_percent: self.staff };
        Settings { mutant: self.mutant, smaller, every_beat: self.every_beat }
    }
}

fn mutants() -> impl clap::builder::TypedValueParser<Value = Mutant> {
    named(Mutant::ALL, Mutant::as_str)
}

fn faults() -> impl clap::builder::TypedValueParser<Value = Fault> {
    named(Fault::ALL, Fault::as_str)
}

/// Takes one of `all` by its name.
fn named<T: Copy + Send + Sync + 'static>(
    all: &'static [T],
    name: fn(T) -> &'static str,
) -> impl clap::builder::TypedValueParser<Value = T> {
    let names = PossibleValuesParser::new(all.iter().map(|one| name(*one)));
    names.try_map(move |word| all.iter().copied().find(|one| name(*one) == word).ok_or("unknown"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn what_a_replay_says_is_understood() {
        let smaller = Smaller {
            without: vec![Fault::Drop, Fault::Restore],
            hours: Some(12),
            patients_percent: Some(25),
            staff_percent: Some(50),
        };
        let settings = Settings { mutant: Some(Mutant::ForgetDedupe), smaller, every_beat: true };
        let replay = settings.replay(17);
        let (_, options) = replay.split_once(" -- ").expect("a command with options");
        let args = Args::parse_from(["simulator"].into_iter().chain(options.split(' ')));
        assert_eq!(args.seed, Some(17));
        assert_eq!(args.settings().options(), settings.options());
    }
}
