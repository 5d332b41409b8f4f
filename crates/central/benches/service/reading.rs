//! What is free, read over HTTP: a day again and again, a month of a large
//! house while it changes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{Days, TimeDelta};
use serde_json::json;
use tokio::task::JoinSet;

use crate::Outcome;
use crate::broker::Kind;
use crate::clinic::{kind, practitioner, tomorrow};
use crate::http::Caller;
use crate::measure::{Report, Times};
use crate::reconnecting::{HOUSE_PEOPLE, House200k};
use crate::town::Town;

/// People of an ordinary clinic: 4, as most in the demo have.
const PEOPLE: u128 = 4;

const CALLERS: usize = 8;
const FOR: Duration = Duration::from_secs(5);
const MONTHS: usize = 300;

pub async fn measure(report: &mut Report) -> Outcome<()> {
    let town = Town::found(Kind::Embedded, 1, PEOPLE).await?;
    let (clinic, day) = (town.clinics[0].0.0, tomorrow());
    report.section(&format!("Reading, {CALLERS} connections that are kept"));
    let bare = rate(town.http, "/healthz".to_owned(), report, "baseline: a path that does nothing").await?;
    let path = format!("/api/v1/clinics/{clinic}/availability?from={day}&to={day}&kind={}", kind().0);
    let whole = rate(town.http, path.clone(), report, "a day of 4 people, 72 places").await?;
    let one = format!("{path}&practitioner={}", practitioner(1).0);
    let one = rate(town.http, one, report, "the same of one of them, 18 places").await?;
    report.bar(
        "a day's availability read",
        &format!("{whole:.0} a second, of one person {one:.0}, at least 10,000; nothing at all: {bare:.0}"),
        whole >= 10_000.0,
    );
    town.end();

    let house = House200k::live().await?;
    let mut caller = Caller::to(house.http()).await?;
    let (mut cold, mut warm) = (Times::new(), Times::new());
    let month = |number: u64| {
        let from = tomorrow() + Days::new(number % 30);
        let to = from + Days::new(30);
        format!("GET /api/v1/clinics/{}/availability?from={from}&to={to}&kind={} HTTP/1.1\r\n", house.id(), kind().0)
    };
    let mut bytes = 0;
    for number in 0..MONTHS as u64 {
        // Somebody takes a place in it, and every other time its day is read anew.
        if number % 2 == 0 {
            let (day, half_hours) = (number / 2 % 30, number / 60);
            let time = tomorrow().and_hms_opt(8, 0, 0).ok_or("eight o'clock")?
                + Days::new(day)
                + TimeDelta::minutes(i64::try_from(half_hours * 30)?);
            let place = format!("{}@{}", practitioner(HOUSE_PEOPLE - 1).0, time.format("%Y-%m-%dT%H:%M"));
            let body = json!({ "clinic": house.id(), "slot": place, "kind": kind().0 }).to_string();
            let visitor = uuid::Uuid::from_u128(u128::from(number) + 1);
            let (status, said) =
                caller.ask(&format!("POST /api/v1/holds HTTP/1.1\r\nVisitor: {visitor}\r\n"), &body).await?;
            if status != 201 {
                return Err(String::from_utf8_lossy(said).into_owned().into());
            }
        }
        let times = if number % 2 == 0 { &mut cold } else { &mut warm };
        let (status, said) = times.time(caller.ask(&month(number), "")).await?;
        if status != 200 {
            return Err(String::from_utf8_lossy(said).into_owned().into());
        }
        bytes = said.len();
    }
    report
        .section(&format!("A month of a house with 200,000 visits ahead, {HOUSE_PEOPLE} people, {} KB", bytes / 1_000));
    report.row("right after a place of it was taken", &cold);
    report.row("again", &warm);
    report.within("a month of the whole house, right after a change, p99", cold.p99(), Duration::from_millis(50));
    house.end().await;
    Ok(())
}

/// How many a second, over all callers.
async fn rate(http: SocketAddr, path: String, report: &Report, what: &str) -> Outcome<f64> {
    let going = Arc::new(AtomicBool::new(true));
    let mut callers = JoinSet::new();
    let began = Instant::now();
    for _ in 0..CALLERS {
        let (going, head) = (Arc::clone(&going), format!("GET {path} HTTP/1.1\r\n"));
        callers.spawn(async move {
            let (mut caller, mut times) = (Caller::to(http).await?, Vec::new());
            while going.load(Ordering::Relaxed) {
                let began = Instant::now();
                let (status, _) = caller.ask(&head, "").await?;
                if status != 200 {
                    return Err(format!("answered {status}").into());
                }
                times.push(began.elapsed());
            }
            Outcome::Ok(times)
        });
    }
    tokio::time::sleep(FOR).await;
    going.store(false, Ordering::Relaxed);
    let mut all = Times::new();
    let mut count = 0_u32;
    for times in callers.join_all().await {
        for took in times? {
            all.record(took);
            count += 1;
        }
    }
    let rate = f64::from(count) / began.elapsed().as_secs_f64();
    report.row(&format!("{what}: {rate:.0} a second"), &all);
    Ok(rate)
}
