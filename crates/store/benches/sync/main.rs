//! What keeping a mirror the same costs, against bars: `make bench`, or
//! `scripts/bench sync` for these alone.
//!
//! On a generated clinic ([`clinic`]) it measures what a mark costs whoever
//! books meanwhile ([`marks`]), the hub's work per change as the schedule
//! grows ([`growth`]), what a comparison says ([`verifying`]), and catching up
//! beside other ways to do it ([`catching_up`], [`merging`], [`replicating`]).
//! Hub and mirror are the real machines, over a real store and a small one in
//! memory ([`mirror`]), with a line between them that counts ([`line`]).
//!
//! `BENCH_QUICK=1` takes small clinics, to try the benchmarks themselves; a
//! part's name (`scripts/bench sync growth`) runs that part alone.

mod catching_up;
mod clinic;
mod growth;
#[path = "../../../clinic/benches/desk/kept.rs"]
mod kept;
mod line;
#[path = "../../../clinic/benches/desk/machine.rs"]
mod machine;
mod marks;
#[expect(dead_code, reason = "the desk's benchmarks hold durations against bars too")]
#[path = "../../../clinic/benches/desk/measure.rs"]
mod measure;
mod merging;
mod mirror;
mod replicating;
mod verifying;

use std::process::ExitCode;

use crate::measure::Report;

/// What a benchmark answers: it ends with a message where something fails.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The parts, in the order they run.
const PARTS: [&str; 4] = ["marks", "growth", "verifying", "catching-up"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // Cargo says `--bench` when it measures; `cargo test --benches` only tries whether this starts.
    if !arguments.iter().any(|argument| argument == "--bench") {
        println!("run by `make bench`");
        return ExitCode::SUCCESS;
    }
    let named: Vec<&str> = arguments.iter().map(String::as_str).filter(|name| !name.starts_with("--")).collect();
    if let Some(unknown) = named.iter().find(|name| !PARTS.contains(name)) {
        eprintln!("no part is called {unknown}; there are {}", PARTS.join(", "));
        return ExitCode::FAILURE;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(measure(&named)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the benchmark ended early: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Small clinics, to try the benchmarks themselves.
pub fn is_quick() -> bool {
    std::env::var_os("BENCH_QUICK").is_some()
}

async fn measure(named: &[&str]) -> Outcome<()> {
    std::fs::create_dir_all(kept::cache())?;
    machine::print(&kept::cache())?;
    println!("\n## Data\n\n{}", clinic::described());
    let mut report = Report::default();
    for part in PARTS.into_iter().filter(|part| named.is_empty() || named.contains(part)) {
        match part {
            "marks" => marks::measure(&mut report).await?,
            "growth" => growth::measure(&mut report).await?,
            "verifying" => verifying::measure(&mut report).await?,
            _ => catching_up::measure(&mut report).await?,
        }
    }
    println!("\nLoad over the last minute, after: {}", machine::load()?);
    report.finish()
}
