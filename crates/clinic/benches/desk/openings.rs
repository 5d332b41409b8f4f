//! The next openings when six weeks are full, and a month's availability.

use std::path::Path;
use std::time::Duration;

use chairside_clinic::api::{BookVisit, MonthRequest, NextOpenings};
use chairside_clinic::desk::Desk;
use chrono::{Days, NaiveDate};

use crate::diary::{FULL_DAYS, TODAY};
use crate::measure::{Report, Times};
use crate::{Outcome, large};

const MOST_OPENINGS: Duration = Duration::from_millis(20);
const MOST_MONTH: Duration = Duration::from_millis(50);

/// Openings that are asked for.
const OPENINGS: u32 = 10;

/// The month after this one: all dense and ordinary days ahead.
const MONTH: NaiveDate = NaiveDate::from_ymd_opt(2026, 12, 1).expect("a date");

/// How often a store is opened anew.
const STARTS: usize = 10;

/// Asks after each of `writes`, which makes a day stale, and once more.
pub async fn measure(report: &mut Report, desk: &Desk, writes: Vec<BookVisit>, held: bool) -> Outcome<()> {
    let (mut cold, mut warm) = (Times::new(), Times::new());
    let (mut cold_month, mut warm_month) = (Times::new(), Times::new());
    let month = MonthRequest { month: MONTH };
    let request = next(desk)?;
    // The days are known from here on; what the very first question costs is measured apart.
    desk.next_openings(request.clone()).await?;
    desk.month_load(month.clone()).await?;
    for (at, wish) in writes.into_iter().enumerate() {
        desk.book_visit(wish).await?;
        // Whoever asks first after a write reads the day anew; in turns, so that both do.
        if at % 2 == 0 {
            let found = cold.time(desk.next_openings(request.clone())).await?;
            warm.time(desk.next_openings(request.clone())).await?;
            let full = found.iter().all(|opening| opening.start.date() >= TODAY + Days::new(FULL_DAYS));
            if found.len() != OPENINGS as usize || !full {
                return Err("the six weeks are not as full as they should be".into());
            }
        } else {
            cold_month.time(desk.month_load(month.clone())).await?;
            warm_month.time(desk.month_load(month.clone())).await?;
        }
    }
    report.section("Openings and availability");
    report.row("the next ten openings of everybody, six weeks full, right after a booking", &cold);
    report.row("the same again", &warm);
    report.row("a month of the whole clinic, right after a booking", &cold_month);
    report.row("the same again", &warm_month);
    if held {
        report.within("the next ten openings, p99 right after a booking", cold.p99(), MOST_OPENINGS);
        report.within("a month's availability, p99 right after a booking", cold_month.p99(), MOST_MONTH);
    }
    Ok(())
}

/// The very first questions after a start, when no day is known.
pub async fn measure_first(report: &Report, store: &Path) -> Outcome<()> {
    let (mut openings, mut months) = (Times::new(), Times::new());
    for _ in 0..STARTS {
        let desk = Desk::open(large::options(store)).await?;
        openings.time(desk.next_openings(next(&desk)?)).await?;
        desk.close().await;
        let desk = Desk::open(large::options(store)).await?;
        months.time(desk.month_load(MonthRequest { month: MONTH })).await?;
        desk.close().await;
    }
    report.section("The first question after a start");
    report.row("the next ten openings, no day read yet", &openings);
    report.row("a month of the whole clinic, no day read yet", &months);
    Ok(())
}

fn next(desk: &Desk) -> Outcome<NextOpenings> {
    let clinic = desk.store().clinic();
    let kind = clinic.kinds.first().ok_or("no kinds")?.id;
    Ok(NextOpenings { kind, minutes: None, practitioner: None, from: None, limit: OPENINGS })
}
