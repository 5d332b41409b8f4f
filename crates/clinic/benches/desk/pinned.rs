//! The same on one core that somebody else keeps busy: an under-powered
//! computer with a virus scanner.

use std::os::unix::process::parent_id;
use std::process::{Child, Command};

use rustix::thread::{CpuSet, sched_setaffinity};

use crate::Outcome;

/// Tells a process started by [`run_beside_busy_loop`] what it is for.
const PART: &str = "CHAIRSIDE_BENCH_PART";

/// What a process of the benchmark does.
pub enum Part {
    /// Keeps the core busy until it is ended.
    BusyLoop,
    /// Measures on that core.
    Measure,
}

/// What this process is for, where it isn't the first.
pub fn part() -> Option<Part> {
    match std::env::var(PART).ok()?.as_str() {
        "busy-loop" => Some(Part::BusyLoop),
        _ => Some(Part::Measure),
    }
}

/// Keeps this process and every thread it starts on the first core.
pub fn pin() -> Outcome<()> {
    let mut first = CpuSet::new();
    first.set(0);
    Ok(sched_setaffinity(None, &first)?)
}

/// Counts on the first core until whoever started this is gone.
pub fn spin() -> Outcome<()> {
    const COUNTS_BETWEEN_LOOKS: u64 = 1 << 28;
    pin()?;
    let started_by = parent_id();
    while parent_id() == started_by {
        for count in 0..COUNTS_BETWEEN_LOOKS {
            std::hint::black_box(count);
        }
    }
    Ok(())
}

/// Measures once more in a process of its own, beside another that spins.
pub fn run_beside_busy_loop() -> Outcome<()> {
    println!("\n# Pinned to one core beside a busy loop");
    let start = |part: &str| -> Outcome<Child> {
        Ok(Command::new(std::env::current_exe()?).arg("--bench").env(PART, part).spawn()?)
    };
    let mut busy = start("busy-loop")?;
    let measured = start("measure").and_then(|mut child| Ok(child.wait()?));
    busy.kill()?;
    busy.wait()?;
    if measured?.success() { Ok(()) } else { Err("the pinned run failed".into()) }
}
