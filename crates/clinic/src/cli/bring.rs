//! `import`: another system's export, into a store that is there or a new one.

use std::path::{Path, PathBuf};

use super::output::Output;
use super::place::{Place, fresh_ids};
use super::summary;
use crate::clock::Clock;
use crate::desk::Desk;
use crate::founding;
use crate::import::Rules;
use crate::problem::Problem;

/// What was said on the command line.
pub struct Import {
    /// What to import.
    pub path: PathBuf,
    /// How its columns are called.
    pub map: Option<PathBuf>,
    /// The zone of its clocks.
    pub zone: Option<chrono_tz::Tz>,
    /// Read and count only.
    pub dry_run: bool,
}

/// Reads an export and writes what is new of it.
///
/// # Errors
/// What reading and writing answer; a new store is made only once all was read.
pub async fn import(place: &Place, data: &Path, import: Import, output: &Output) -> Result<(), Problem> {
    let clock = Clock::system();
    let options = place.options(data, clock.clone())?;
    let is_new = !chairside_store::StoreFiles::new(data).database().exists();
    let founding = |name: &str| founding::clinic(name, import.zone.unwrap_or(founding::DEFAULT_ZONE), &mut fresh_ids());
    let rules_of_new = || {
        let clinic = founding("");
        Rules { grid: clinic.grid, breaks: clinic.breaks, hours: None }
    };
    let desk = if is_new { None } else { Some(Desk::open(options.clone()).await?) };
    let store_zone = desk.as_ref().map(|desk| desk.store().clinic().zone);
    let zone = import.zone.or(store_zone).unwrap_or(founding::DEFAULT_ZONE);
    let read = crate::import::read(crate::import::Options {
        path: import.path.clone(),
        map: import.map,
        zone: import.zone,
        store_zone,
        rules: desk.as_ref().map_or_else(rules_of_new, Desk::import_rules),
        today: clock.today(zone),
        now: clock.now(),
    });
    // Read before a clinic is made: what can't be read leaves nothing behind.
    let plan = read.await?;
    let rows = (plan.patients.len() + plan.appointments.len()) as u64;
    let summary = if import.dry_run {
        match &desk {
            Some(desk) => desk.bring_dry(plan).await?,
            None => plan.summary(&crate::import::Known::default()),
        }
    } else {
        let desk = match &desk {
            Some(desk) => desk.clone(),
            None => {
                let name = import.path.file_stem().map(|name| name.to_string_lossy().into_owned());
                Desk::found(options, founding(&name.unwrap_or_default())).await?
            }
        };
        let bar = output.progress(rows, "cli-importing");
        let ticks = bar.clone();
        let summary = desk.bring(plan, move |rows| ticks.inc(rows)).await?;
        bar.finish_and_clear();
        desk.close().await;
        summary
    };
    if let Some(desk) = &desk {
        desk.close().await;
    }
    output.answer(&summary, |messages| summary::lines(&summary, messages))
}
