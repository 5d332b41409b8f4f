//! What a comparison says on the line: nothing having changed, and one day
//! having gone bad at the mirror.

use chairside_sync::body::Day;
use chairside_sync::wire::Message;

use crate::clinic::{self, A_DAY};
use crate::line::{By, Line, Said};
use crate::measure::Report;
use crate::mirror::MirrorStore;
use crate::{Outcome, kept};

/// The days compared.
const YEAR: u64 = 365;

/// What an unchanged year may cost, in bytes both ways.
const MOST_BYTES: usize = 1_024;

/// What telling which day differs may cost, in bytes for each day compared: its
/// number and its digest.
const MOST_BYTES_A_DAY: usize = 40;

/// Counts what is said.
pub async fn measure(report: &mut Report) -> Outcome<()> {
    let visits = YEAR * A_DAY;
    let folder = kept::copy(&clinic::store(visits).await?, "copy-verifying")?;
    let store = clinic::open(&folder).await?;
    let window = clinic::window(YEAR);
    let mut line = Line::new(store, MirrorStore::default(), window).await?;
    line.connect().await?;
    line.live().await?;

    println!("\n## Verifying a year of {visits} visits\n");
    println!("| what | messages | bytes | round trips after the mark |");
    println!("| --- | --- | ---: | ---: |");
    clinic::book(line.store.store(), clinic::free(0, visits)).await?;
    line.stream().await?;
    line.live().await?;
    let marked = said_at_a_comparison(&mut line).await?;
    marked.row("unchanged, at a new mark")?;
    let unchanged = said_at_a_comparison(&mut line).await?;
    unchanged.row("unchanged, at the same mark")?;
    let day = window.from + Day::try_from(YEAR / 2)?;
    line.theirs.spoil(day)?;
    clinic::book(line.store.store(), clinic::free(1, visits)).await?;
    line.stream().await?;
    line.live().await?;
    let replaced = line.theirs.replaced;
    let differing = said_at_a_comparison(&mut line).await?;
    differing.row("one day differs, at a new mark")?;

    let day_bytes = minicbor::to_vec(line.theirs.day(day)?)?.len();
    let rows_bytes = differing.bytes_of("Rows")?;
    let beside = differing.bytes() - rows_bytes;
    report.bar(
        "an unchanged year, both ways, the mark included",
        &format!("{} bytes, under {MOST_BYTES}", marked.bytes()),
        marked.bytes() < MOST_BYTES,
    );
    report.bar("its round trips", &format!("{}, at most 1", marked.round_trips()?), marked.round_trips()? <= 1);
    report.bar("a differing day's", &format!("{}, at most 2", differing.round_trips()?), differing.round_trips()? <= 2);
    report.bar(
        "days sent for it",
        &format!("{}, {rows_bytes} bytes; its rows alone are {day_bytes}", line.theirs.replaced - replaced),
        line.theirs.replaced == replaced + 1 && rows_bytes < day_bytes + MOST_BYTES,
    );
    let most = MOST_BYTES + usize::try_from(YEAR)? * MOST_BYTES_A_DAY;
    report.bar(
        "finding it, beside its rows",
        &format!(
            "{beside} bytes, at most {most}: {MOST_BYTES_A_DAY} for each day's digest, and what an equal year costs"
        ),
        beside <= most,
    );
    line.store.store().close().await;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// What was said during one comparison.
struct Talk(Vec<Said>);

async fn said_at_a_comparison(line: &mut Line) -> Outcome<Talk> {
    line.said.clear();
    line.compare().await?;
    let mut said = std::mem::take(&mut line.said);
    // Beats go on whatever else is said.
    said.retain(|said| !chairside_sync::wire::is_beat(&said.bytes));
    Ok(Talk(said))
}

impl Talk {
    fn bytes(&self) -> usize {
        self.0.iter().map(|said| said.bytes.len()).sum()
    }

    fn bytes_of(&self, what: &str) -> Outcome<usize> {
        let mut bytes = 0;
        for said in &self.0 {
            bytes += if name(said)? == what { said.bytes.len() } else { 0 };
        }
        Ok(bytes)
    }

    /// How often the hub waited for an answer after the mark: what the mirror
    /// said, without confirming the mark itself.
    fn round_trips(&self) -> Outcome<usize> {
        let mut trips = 0;
        for said in self.0.iter().filter(|said| said.by == By::Mirror) {
            trips += usize::from(!matches!(said.message()?, Message::Position(_)));
        }
        Ok(trips)
    }

    fn row(&self, what: &str) -> Outcome<()> {
        let mut names = Vec::new();
        for said in &self.0 {
            let arrow = if said.by == By::Hub { "→" } else { "←" };
            names.push(format!("{arrow} {} {}", name(said)?, said.bytes.len()));
        }
        println!("| {what} | {} | {} | {} |", names.join(", "), self.bytes(), self.round_trips()?);
        Ok(())
    }
}

/// A message's name, as the protocol has it.
fn name(said: &Said) -> Outcome<String> {
    let text = format!("{:?}", said.message()?);
    Ok(text.split(['(', ' ']).next().unwrap_or_default().to_owned())
}
