//! Times, and what is held against them.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::Outcome;

/// Durations of one thing done many times.
pub struct Times(Histogram<u64>);

impl Times {
    /// None so far. Three digits are kept.
    pub fn new() -> Self {
        Self(Histogram::new(3).expect("three digits are a precision"))
    }

    /// Takes one more.
    pub fn record(&mut self, took: Duration) {
        let recorded = self.0.record(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
        recorded.expect("the histogram grows with what it is given");
    }

    /// Runs `work`, takes its time and hands on its answer.
    pub async fn time<T>(&mut self, work: impl Future<Output = T>) -> T {
        let from = Instant::now();
        let answer = work.await;
        self.record(from.elapsed());
        answer
    }

    /// Half took no longer.
    pub fn p50(&self) -> Duration {
        Duration::from_nanos(self.0.value_at_quantile(0.50))
    }

    /// One in a hundred took longer.
    pub fn p99(&self) -> Duration {
        Duration::from_nanos(self.0.value_at_quantile(0.99))
    }

    fn most(&self) -> Duration {
        Duration::from_nanos(self.0.max())
    }
}

/// What was measured, and the bars it was held against, as they came.
#[derive(Default)]
pub struct Report {
    missed: Vec<String>,
}

impl Report {
    /// A heading and the head of a table.
    pub fn section(&self, title: &str) {
        println!("\n## {title}\n");
        println!("| what | times | p50 | p99 | worst |");
        println!("| --- | ---: | ---: | ---: | ---: |");
    }

    /// One row of the table.
    pub fn row(&self, what: &str, times: &Times) {
        println!(
            "| {what} | {} | {} | {} | {} |",
            times.0.len(),
            shown(times.p50()),
            shown(times.p99()),
            shown(times.most())
        );
    }

    /// A figure beside a table.
    pub fn say(&self, line: &str) {
        println!("\n{line}");
    }

    /// Holds a ratio against the most it may be.
    pub fn ratio(&mut self, what: &str, of: Duration, to: Duration, most: f64) {
        let ratio = of.as_secs_f64() / to.as_secs_f64();
        self.bar(what, &format!("{ratio:.2} ×, at most {most} ×"), ratio <= most);
    }

    /// Holds a duration against the most it may be.
    pub fn within(&mut self, what: &str, took: Duration, most: Duration) {
        self.bar(what, &format!("{}, under {}", shown(took), shown(most)), took < most);
    }

    /// Says whether a bar is met.
    pub fn bar(&mut self, what: &str, figure: &str, met: bool) {
        println!("\n- {} **{what}**: {figure}", if met { "met" } else { "MISSED" });
        if !met {
            self.missed.push(format!("{what}: {figure}"));
        }
    }

    /// What was missed, all together.
    pub fn finish(self) -> Outcome<()> {
        println!();
        if self.missed.is_empty() {
            println!("Every bar is met.");
        } else {
            println!("Missed: {}", self.missed.join("; "));
        }
        Ok(())
    }
}

/// A duration as people read it.
pub fn shown(took: Duration) -> String {
    let micros = took.as_secs_f64() * 1e6;
    if micros < 1_000.0 {
        format!("{micros:.0} µs")
    } else if micros < 10_000.0 {
        format!("{:.2} ms", micros / 1e3)
    } else if micros < 1_000_000.0 {
        format!("{:.1} ms", micros / 1e3)
    } else {
        format!("{:.1} s", micros / 1e6)
    }
}
