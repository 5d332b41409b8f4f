//! What the whole service does: real desks, real brokers and central as
//! processes of their own, measured against bars. `scripts/bench central`; a
//! part's name behind it (`verdicts`, `meanwhile`, `reading`, `reconnecting`,
//! `returning`) runs that part alone.
//!
//! The parts are those of `tests/link`. This program is also each of the
//! processes it measures: it is told by its environment which ([`roles`]).

#[expect(dead_code, reason = "brokers are killed in the tests, not here")]
#[path = "../../tests/link/broker.rs"]
mod broker;
#[expect(dead_code, reason = "the tests look into it")]
#[path = "../../tests/link/central.rs"]
mod central;
#[expect(dead_code, reason = "the tests open its store")]
#[path = "../../tests/link/clinic.rs"]
mod clinic;
#[path = "../../tests/link/house.rs"]
mod house;
mod http;
#[path = "../../../clinic/benches/desk/machine.rs"]
mod machine;
mod meanwhile;
#[expect(dead_code, reason = "ratios of two times are measured elsewhere")]
#[path = "../../../clinic/benches/desk/measure.rs"]
mod measure;
#[expect(dead_code, reason = "processes are frozen in the tests, not here")]
#[path = "../../tests/link/part.rs"]
mod part;
mod reading;
mod reconnecting;
mod returning;
mod roles;
mod sides;
#[path = "../../tests/link/staff.rs"]
mod staff;
mod town;
mod verdicts;

use std::process::ExitCode;

use crate::measure::Report;

/// What a benchmark answers: it ends with a message where something fails.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const PARTS: [&str; 5] = ["verdicts", "meanwhile", "reading", "reconnecting", "returning"];

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    if runtime.block_on(roles::played()) {
        return ExitCode::SUCCESS;
    }
    // What the parts log, where somebody wants to see it.
    if let Ok(filter) = std::env::var("CHAIRSIDE_CENTRAL_LOG") {
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    }
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
    match runtime.block_on(measure(&named)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the benchmark ended early: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(named: &[&str]) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    machine::print(folder.path())?;
    let mut report = Report::default();
    for part in PARTS.iter().filter(|part| named.is_empty() || named.contains(part)) {
        match *part {
            "verdicts" => verdicts::measure(&mut report).await?,
            "meanwhile" => meanwhile::measure(&mut report).await?,
            "reading" => reading::measure(&mut report).await?,
            "reconnecting" => reconnecting::measure(&mut report).await?,
            _ => returning::measure(&mut report).await?,
        }
    }
    println!("\n- load over the last minute, after: {}", machine::load()?);
    report.finish()
}
