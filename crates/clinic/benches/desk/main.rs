//! How fast the desk is, against bars: `make bench`.
//!
//! On a generated large clinic ([`diary`], [`names`], [`large`]) it measures
//! booking against a bare transaction ([`booking`], [`baseline`]), reading a
//! day and finding a patient with and without a long history ([`reading`]),
//! openings and a month's availability ([`openings`]), the same on one core
//! beside a busy loop ([`pinned`]), and an import ([`import`]). What is
//! compared is measured in turns, in one process.
//!
//! `HISTORY=16000000` gives the clinic twenty years of dense days;
//! `BENCH_QUICK=1` a small clinic, to try the benchmarks themselves.

mod baseline;
mod booking;
mod diary;
mod import;
mod kept;
mod large;
mod machine;
mod measure;
mod names;
mod openings;
mod pinned;
mod reading;

use std::path::Path;
use std::process::ExitCode;

use chairside_clinic::desk::Desk;

use crate::large::Size;
use crate::measure::Report;

/// What a benchmark answers: it ends with a message where something fails.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How often each thing is done.
#[derive(Clone, Copy, Debug)]
pub struct Rounds {
    /// Bookings.
    pub books: usize,
    /// Days, searches.
    pub reads: usize,
    /// Lists of openings, months.
    pub searches: usize,
}

fn main() -> ExitCode {
    // Cargo says `--bench` when it measures; `cargo test --benches` only tries whether this starts.
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("run by `make bench`");
        return ExitCode::SUCCESS;
    }
    let done = match pinned::part() {
        Some(pinned::Part::BusyLoop) => pinned::spin(),
        Some(pinned::Part::Measure) => pinned::pin().and_then(|()| run(measure_pinned())),
        None => run(measure()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the benchmark ended early: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(work: impl Future<Output = Outcome<()>>) -> Outcome<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

fn is_quick() -> bool {
    std::env::var_os("BENCH_QUICK").is_some()
}

fn size() -> Outcome<Size> {
    if is_quick() {
        return Ok(Size { patients: 5_000, ahead: 120_000, history: 20_000 });
    }
    let history = std::env::var("HISTORY").map_or(Ok(2_000_000), |text| text.parse())?;
    Ok(Size { patients: 200_000, ahead: 200_000, history })
}

async fn measure() -> Outcome<()> {
    let size = size()?;
    let young = large::store(Size { history: 0, ..size }).await?;
    let old = large::store(size).await?;
    machine::print(&kept::cache())?;
    println!("\n## Data\n\n{}", large::described(size, &old)?);
    let rounds = if is_quick() {
        Rounds { books: 600, reads: 300, searches: 100 }
    } else {
        Rounds { books: 3_000, reads: 3_000, searches: 1_000 }
    };
    let mut report = Report::default();
    written(&mut report, size, &old, rounds, true).await?;
    openings::measure_first(&report, &old).await?;
    reading::measure_first(&report, &old, size).await?;
    let (without, with) = (Desk::open(large::options(&young)).await?, Desk::open(large::options(&old)).await?);
    reading::measure(&mut report, &without, &with, size, rounds).await?;
    without.close().await;
    with.close().await;
    import::measure(&mut report).await?;
    pinned::run_beside_busy_loop()?;
    println!("\nLoad over the last minute, after: {}", machine::load()?);
    report.finish()
}

/// The same on one core beside a busy loop, fewer times: printed, held against nothing.
async fn measure_pinned() -> Outcome<()> {
    let size = size()?;
    let old = large::store(size).await?;
    let rounds = Rounds { books: 300, reads: 300, searches: 100 };
    let mut report = Report::default();
    written(&mut report, size, &old, rounds, false).await?;
    let desk = Desk::open(large::options(&old)).await?;
    reading::measure_one(&report, &desk, size, rounds).await?;
    desk.close().await;
    Ok(())
}

/// What writes, on copies of `store`.
async fn written(report: &mut Report, size: Size, store: &Path, rounds: Rounds, held: bool) -> Outcome<()> {
    let booked = kept::copy(store, "copy-booked")?;
    let plain = kept::copy(store, "copy-plain")?;
    let desk = Desk::open(large::options(&booked)).await?;
    let mut wishes = booking::wishes(&desk, size, rounds.books + booking::WARM_UP + rounds.searches).await?;
    let after = wishes.split_off(rounds.books + booking::WARM_UP);
    booking::measure(report, &desk, &plain, wishes, held).await?;
    openings::measure(report, &desk, after, held).await?;
    desk.close().await;
    std::fs::remove_dir_all(booked)?;
    std::fs::remove_dir_all(plain)?;
    Ok(())
}
