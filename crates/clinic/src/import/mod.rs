//! Brings in what another system exported: a folder of CSV files, one CSV
//! file, an SQLite file, or our own export.
//!
//! **Promise.** Import demands that rows can be read, nothing else. A visit
//! off the grid, at lunch, in the past, over another visit or of a patient
//! without a name comes in as it stood, flagged, never dropped or shifted. A
//! row that can't be read is listed with file, line, column and reason, and
//! stops no other. Ids are made from the other system's ids, so the same
//! import again finds everything there and changes nothing.
//!
//! **The way through.** [`source`] opens the path and splits it into cells
//! ([`csv`], [`sqlite`], [`table`]); [`bind`] fits a [`map`] to the columns;
//! [`plan`] makes people, kinds and visits of the rows, without I/O and
//! without a clock; the store writes the [`Plan`]; [`report`] says what came
//! of it.
//!
//! **To add a field:** 1. its name in [`map::fields`]; 2. its reading in
//! `people`, `kinds` or `visits`; 3. the ready maps in `maps/` and the table
//! in `docs/IMPORT.md`.

use std::path::PathBuf;

use chairside_schedule::clinic::Grid;
use chairside_schedule::hours::{Break, WeeklyHours};
use chairside_schedule::time::Instant;
use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::problem::Problem;

pub mod bind;
pub mod csv;
mod hours;
mod kinds;
pub mod map;
mod own;
mod people;
pub mod plan;
pub mod report;
pub mod sample;
pub mod source;
pub mod sqlite;
pub mod table;
pub mod value;
mod visits;
mod words;

pub use plan::{Known, Plan};
pub use report::{Note, Role, RowProblem, Summary, TableCount};

/// What to import, and what is known of the clinic it goes into.
#[derive(Clone, Debug)]
pub struct Options {
    /// A folder of CSV files, a CSV file, an SQLite file, or our own export.
    pub path: PathBuf,
    /// A map of one's own; `None`: the ready map whose columns fit.
    pub map: Option<PathBuf>,
    /// The zone the other system's clocks showed; goes before the map's.
    pub zone: Option<Tz>,
    /// The store's zone, where neither says one.
    pub store_zone: Option<Tz>,
    /// What visits are measured against.
    pub rules: Rules,
    /// The clinic's local day, for births that are still to come.
    pub today: NaiveDate,
    /// When people and visits without a date of their own are said to have been made.
    pub now: Instant,
}

/// What a clinic goes by, for the flags of visits that don't.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Minutes between two possible starts.
    pub grid: Grid,
    /// The clinic's breaks.
    pub breaks: Vec<Break>,
    /// Its hours; `None` where nobody has set them, and the import's own are taken.
    pub hours: Option<WeeklyHours>,
}

/// The zone where nobody says one.
pub const DEFAULT_ZONE: Tz = Tz::Europe__Stockholm;

/// Reads everything and plans what to write. Writes nothing.
///
/// # Errors
/// What [`source::open`], [`map::Map::parse`], [`bind::fit`] and
/// [`bind::choose`] answer; never for a single row.
pub async fn read(options: Options) -> Result<Plan, Problem> {
    let source = source::open(&options.path).await?;
    let given = match &options.map {
        Some(path) => Some(read_map(path).await?),
        None => None,
    };
    // Ten thousand rows take milliseconds, a million take seconds: off the async threads.
    tokio::task::spawn_blocking(move || plan_source(source, given, &options))
        .await
        .map_err(|error| Problem::new("internal").with("detail", error))?
}

fn plan_source(source: source::Source, given: Option<map::Map>, options: &Options) -> Result<Plan, Problem> {
    match source {
        source::Source::Own(everything) => Ok(own::plan(*everything)),
        source::Source::Tables(tables, notes) => {
            let (map, roles) = match given {
                Some(map) => {
                    let roles = bind::fit(&map, &tables)?;
                    (map, roles)
                }
                None => bind::choose(bind::ready()?, &tables)?,
            };
            Ok(plan::plan(&tables, &map, &roles, options, notes))
        }
    }
}

async fn read_map(path: &std::path::Path) -> Result<map::Map, Problem> {
    let file = path.display().to_string();
    let text = tokio::fs::read_to_string(path)
        .await
        .map_err(|error| Problem::new("import-map-missing").with("file", &file).with("detail", error))?;
    map::Map::parse(&file, &text)
}
