//! `demo`: a clinic to look at.

use std::path::Path;

use chairside_schedule::time::resolve;
use chrono::NaiveDateTime;

use super::output::Output;
use super::place::{Place, make_key};
use crate::clock::Clock;
use crate::demo::profile::TANDHUSET;
use crate::demo::{Profile, gothenburg};
use crate::desk::Desk;
use crate::founding;
use crate::problem::Problem;

/// Founds a demo clinic, and a key for it where there is none.
///
/// # Errors
/// `unknown-demo-clinic`, and as [`Desk::found_demo_of`].
pub async fn demo(
    place: &Place,
    data: &Path,
    name: Option<&str>,
    now: Option<NaiveDateTime>,
    output: &Output,
) -> Result<(), Problem> {
    let unknown = |name| Problem::new("unknown-demo-clinic").with("name", name);
    let profile = match name {
        Some(name) => Profile::named(name).ok_or_else(|| unknown(name))?,
        None => &TANDHUSET,
    };
    let at = |now| Clock::starting_at(resolve(&founding::DEFAULT_ZONE, now).earliest());
    let options = place.options(data, now.map_or_else(Clock::system, at))?;
    if !options.key_file.exists() {
        make_key(&options.key_file)?;
    }
    let desk = Desk::found_demo_of(options, profile).await?;
    output.note("cli-founded", &[("name", desk.store().clinic().name.clone()), ("path", data.display().to_string())]);
    desk.close().await;
    Ok(())
}

/// Lists the clinics of the central service's demo.
///
/// # Errors
/// As [`Output::answer`].
pub fn list_demos(output: &Output) -> Result<(), Problem> {
    let all: Vec<_> = gothenburg::ALL.iter().map(Profile::listed).collect();
    output.answer(&all, |_| {
        all.iter()
            .map(|one| format!("{:<20}  {}, {}, {}", one.slug, one.name, one.facts.address, one.facts.city))
            .collect()
    })
}
