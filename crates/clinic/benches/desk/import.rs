//! An import: read, planned and stored, from the first byte to the commit.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chairside_clinic::desk::Desk;
use chairside_clinic::import::{self, Options, sample};
use chairside_clinic::{clock, founding};

use crate::measure::{Report, Times};
use crate::{Outcome, kept, large};

/// Imports, each into a store of its own.
const TIMES: usize = 10;

/// Rows a second at least.
const LEAST_ROWS_PER_S: f64 = 20_000.0;

/// Where the export of a real practice lies, as the tests have it.
const EXPORT: &str = "CHAIRSIDE_EXPORT_DIR";

/// Imports the real export, or a generated one of its shape.
pub async fn measure(report: &mut Report) -> Outcome<()> {
    let (path, name) = match std::env::var_os(EXPORT) {
        Some(path) => (PathBuf::from(path), "the real export"),
        None => {
            let path = kept::cache().join("sample-export");
            sample::sample(1, 2_000, 8_000).write(&path)?;
            (path, "a generated export")
        }
    };
    let mut times = Times::new();
    let mut rows = 0;
    for _ in 0..TIMES {
        let (took, written) = once(&path).await?;
        times.record(took);
        rows = written;
    }
    report.section("Import");
    report.row(&format!("{name}: {rows} rows read, planned and stored"), &times);
    let per_second = f64::from(rows) / times.p50().as_secs_f64();
    report.bar(
        "rows imported a second",
        &format!("{per_second:.0}, at least {LEAST_ROWS_PER_S:.0}"),
        per_second >= LEAST_ROWS_PER_S,
    );
    Ok(())
}

async fn once(path: &Path) -> Outcome<(Duration, u32)> {
    let folder = kept::cache().join("imported");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let options = large::options(&folder);
    let now_ms = options.clock.now_ms();
    let clinic = founding::clinic("Import", founding::DEFAULT_ZONE, &mut || clock::fresh_id(now_ms));
    let desk = Desk::found(options, clinic).await?;
    let from = Instant::now();
    let plan = import::read(Options {
        path: path.to_owned(),
        map: None,
        zone: None,
        store_zone: None,
        rules: desk.import_rules(),
        today: desk.clock().today(founding::DEFAULT_ZONE),
        now: desk.clock().now(),
    })
    .await?;
    let rows = plan.rows_by_table.values().sum::<u64>();
    desk.bring(plan, |_| ()).await?;
    let took = from.elapsed();
    desk.close().await;
    std::fs::remove_dir_all(folder)?;
    Ok((took, u32::try_from(rows)?))
}
