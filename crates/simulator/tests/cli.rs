//! The command line, as people and scripts use it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn simulator(options: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chairside-simulator"));
    command.args(options.split(' ')).output().expect("a simulator")
}

/// A file that holds `text`, for one test alone.
fn file(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).expect("a file");
    path
}

fn verdict(output: &Output) -> String {
    let told = String::from_utf8_lossy(&output.stderr);
    told.lines().last().expect("a verdict").to_owned()
}

#[test]
fn the_canary_is_reported_at_once() {
    let output = simulator("--mutant canary --from 7 --hours 2");
    assert_eq!(output.status.code(), Some(1));
    let verdict = verdict(&output);
    assert!(verdict.contains("seed 7 broke canary"), "{verdict}");
    assert!(verdict.contains("--seed 7 --mutant canary --hours 2"), "{verdict}");
}

#[test]
fn a_seed_tells_the_same_story_twice() {
    let (first, second) = (simulator("--seed 3 --hours 2"), simulator("--seed 3 --hours 2"));
    assert!(!first.stdout.is_empty());
    assert_eq!(first.stdout, second.stdout);
    assert_ne!(first.stdout, simulator("--seed 4 --hours 2").stdout);
}

#[test]
fn figures_and_verdict_stay_off_stdout() {
    let output = simulator("--from 2 --count 2 --hours 2");
    assert!(output.stdout.is_empty());
    let verdict = verdict(&output);
    assert!(verdict.contains(" passed, ") && verdict.contains(" failed: "), "{verdict}");
}

#[test]
fn a_ledger_is_taken_up_where_it_ends() {
    // Seed 2 has been run; seed 3 was broken off while its line was written.
    let path = file("broken-off.ledger", "2 ok\n3 o");
    let run = || simulator(&format!("--from 2 --count 2 --ledger {}", path.display()));
    let verdict_of_first = verdict(&run());
    assert!(verdict_of_first.starts_with("2 passed") || verdict_of_first.contains("seed 3"), "{verdict_of_first}");
    let ledger = fs::read_to_string(&path).expect("a ledger");
    let seeds: Vec<_> = ledger.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(seeds, ["2", "3"]);
    // Nothing is left to run, and nothing is written a second time.
    run();
    assert_eq!(fs::read_to_string(&path).expect("a ledger"), ledger);
}

#[test]
fn what_a_ledger_says_was_broken_is_not_forgotten() {
    let path = file("broken.ledger", "5 broke no_overlap at 67fd0cb\n");
    let output = simulator(&format!("--from 5 --count 1 --ledger {}", path.display()));
    assert_eq!(output.status.code(), Some(1));
    assert!(verdict(&output).contains("seed 5 broke no_overlap at 67fd0cb"));
}

#[test]
fn what_is_no_ledger_is_left_alone() {
    let path = file("notes", "buy milk\n");
    let output = simulator(&format!("--from 5 --count 1 --ledger {}", path.display()));
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read_to_string(&path).expect("notes"), "buy milk\n");
}

#[test]
fn a_failing_run_is_made_smaller() {
    let output = simulator("--mutant mail-before-commit --minimise --hours 6");
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr);
    let faults = |line: Option<&str>| -> usize {
        let words = line.and_then(|line| line.split(": ").nth(1)).expect("a step");
        words.split(' ').next().and_then(|count| count.parse().ok()).expect("a number of faults")
    };
    let steps: Vec<_> = told.lines().filter(|line| line.contains(" faults, ")).collect();
    let (first, last) = (faults(steps.first().copied()), faults(steps.last().copied()));
    assert!(last < first, "{first} faults, then {last}");
    // The command it ends with breaks the same promise.
    let verdict = verdict(&output);
    let (_, options) = verdict.split_once(" -- ").expect("a command");
    let again = simulator(options);
    assert_eq!(again.status.code(), Some(1));
    assert!(self::verdict(&again).ends_with(options), "{verdict}");
    assert_eq!(again.stdout, output.stdout);
}
