//! Reading a day and finding a patient, with a long history and with none.

use std::path::Path;
use std::time::Duration;

use chairside_clinic::api::{DayRequest, FindPatients};
use chairside_clinic::desk::Desk;
use chairside_store::search::fold;
use chrono::NaiveDate;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt, SeedableRng};

use crate::diary::{self, Filled};
use crate::large::{self, Size};
use crate::measure::{Report, Times};
use crate::{Outcome, Rounds};

/// Reads before any is measured.
const WARM_UP: usize = 30;

const MOST: Duration = Duration::from_millis(5);

/// How much slower half the reads may be with a history.
const MOST_WITH_HISTORY: f64 = 1.3;

/// The first hits that a search shows.
const HITS: u32 = 20;

/// Reads the same from both stores, in turns.
pub async fn measure(report: &mut Report, without: &Desk, with: &Desk, size: Size, rounds: Rounds) -> Outcome<()> {
    report.section("Reading a day, finding a patient");
    for (what, filled, held, reads) in [
        ("an ordinary day (640 visits)", Filled::Ordinary, true, rounds.reads),
        ("a dense day (3,200 visits)", Filled::DenseScattered, false, rounds.reads / 5),
    ] {
        let (mut young, mut old) = (Times::new(), Times::new());
        for (at, day) in days(size, filled, reads).into_iter().enumerate() {
            if at == WARM_UP {
                (young, old) = (Times::new(), Times::new());
            }
            young.time(without.day_board(DayRequest { date: day })).await?;
            old.time(with.day_board(DayRequest { date: day })).await?;
        }
        pair(report, what, &young, &old, held);
    }
    let (mut young, mut old) = (Times::new(), Times::new());
    for (at, text) in three_letters(without, rounds.reads).await?.into_iter().enumerate() {
        if at == WARM_UP {
            (young, old) = (Times::new(), Times::new());
        }
        let request = FindPatients { text, limit: HITS };
        young.time(without.find_patients(request.clone())).await?;
        old.time(with.find_patients(request)).await?;
    }
    pair(report, "patients by any three letters", &young, &old, true);
    Ok(())
}

/// The first look at a day after a start, when none of its patients is known.
pub async fn measure_first(report: &Report, store: &Path, size: Size) -> Outcome<()> {
    let mut first = Times::new();
    for day in days(size, Filled::Ordinary, 0) {
        let desk = Desk::open(large::options(store)).await?;
        first.time(desk.day_board(DayRequest { date: day })).await?;
        desk.close().await;
    }
    report.row("an ordinary day, nothing read yet", &first);
    Ok(())
}

/// Reads from one store, held against nothing.
pub async fn measure_one(report: &Report, desk: &Desk, size: Size, rounds: Rounds) -> Outcome<()> {
    report.section("Reading a day, finding a patient");
    let (mut ordinary, mut searches) = (Times::new(), Times::new());
    for day in days(size, Filled::Ordinary, rounds.reads) {
        ordinary.time(desk.day_board(DayRequest { date: day })).await?;
    }
    for text in three_letters(desk, rounds.reads).await? {
        searches.time(desk.find_patients(FindPatients { text, limit: HITS })).await?;
    }
    report.row("an ordinary day (640 visits)", &ordinary);
    report.row("patients by any three letters", &searches);
    Ok(())
}

fn pair(report: &mut Report, what: &str, young: &Times, old: &Times, held: bool) {
    report.row(&format!("{what}, no history"), young);
    report.row(&format!("{what}, with history"), old);
    if held {
        report.within(&format!("{what}, p99 with history"), old.p99(), MOST);
        report.ratio(&format!("{what}, p50 with history to none"), old.p50(), young.p50(), MOST_WITH_HISTORY);
    }
}

/// Days ahead of one kind, in no order, each many times: what somebody sees who jumps about.
fn days(size: Size, filled: Filled, count: usize) -> Vec<NaiveDate> {
    let mut rng = SmallRng::seed_from_u64(3);
    let days: Vec<NaiveDate> =
        diary::ahead(size.ahead).into_iter().filter(|day| day.1 == filled).map(|day| day.0).collect();
    (0..count + WARM_UP).filter_map(|_| days.choose(&mut rng).copied()).collect()
}

/// Three letters in a row of somebody's name.
async fn three_letters(desk: &Desk, count: usize) -> Outcome<Vec<String>> {
    let mut names: Vec<Vec<char>> = Vec::new();
    desk.store()
        .each_patient(|patient| {
            names.extend([&patient.given, &patient.family].map(|name| fold(name).chars().collect()));
            Ok::<_, chairside_store::StoreError>(())
        })
        .await?;
    let mut rng = SmallRng::seed_from_u64(5);
    let mut found = Vec::with_capacity(count);
    while found.len() < count + WARM_UP {
        let name = names.choose(&mut rng).ok_or("no patients")?;
        let Some(last) = name.len().checked_sub(3) else { continue };
        let from = rng.random_range(0..=last);
        let three: String = name[from..from + 3].iter().collect();
        if three.chars().all(char::is_alphanumeric) {
            found.push(three);
        }
    }
    Ok(found)
}
