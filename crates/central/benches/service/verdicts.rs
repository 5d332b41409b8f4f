//! From requests to verdicts over fifty clinics, and what each takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sqlx::{ConnectOptions, Connection};
use tokio::task::JoinSet;

use crate::Outcome;
use crate::broker::Kind;
use crate::clinic::{self, PRACTITIONERS, practitioner};
use crate::http::Caller;
use crate::measure::{Report, Times};
use crate::town::{Town, database};

const CLINICS: usize = 50;

/// Bookings that are wished for, each for a place of its own.
const BOOKINGS: u64 = 6_000;

/// Patients who ask at a time.
const ABREAST: usize = 32;

pub async fn measure(report: &mut Report) -> Outcome<()> {
    for broker in [Kind::Embedded, Kind::Mosquitto] {
        let mut town = Town::found(broker, CLINICS, PRACTITIONERS).await?;
        report.section(&format!("Requests to verdicts, {CLINICS} clinics, {broker:?}"));
        commits(&town, report)?;
        let before = town.used()?;
        let took = ask_all(&town, report).await?;
        let (seconds, each) = all_answered(&town).await?;
        let used = town.used()?.since(&before);
        let rate = BOOKINGS as f64 / seconds;
        report.say(&format!(
            "{BOOKINGS} requests were taken down in {took:.1?} and all confirmed in {seconds:.1} s: **{rate:.0} \
             verdicts a second**; {}",
            used.each(u32::try_from(BOOKINGS)?)
        ));
        report.row("from a request's arrival to its verdict at central", &each);
        town.end();
    }
    Ok(())
}

/// The baseline: one row a transaction, written and synced, into the same file system.
fn commits(town: &Town, report: &Report) -> Outcome<()> {
    use std::io::Write;
    let path = town.folder.path().join("baseline");
    let mut file = std::fs::File::create(path)?;
    let mut times = Times::new();
    for _ in 0..300 {
        let began = Instant::now();
        file.write_all(&[0; 4_096])?;
        file.sync_data()?;
        times.record(began.elapsed());
    }
    report.row("baseline: a page written and synced", &times);
    Ok(())
}

async fn ask_all(town: &Town, report: &Report) -> Outcome<Duration> {
    let (next, began) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let ids: Arc<[_]> = town.clinics.iter().map(|(id, _)| *id).collect();
    let mut asking = JoinSet::new();
    for _ in 0..ABREAST {
        let (next, ids, http) = (Arc::clone(&next), Arc::clone(&ids), town.http);
        asking.spawn(async move {
            let (mut caller, mut times) = (Caller::to(http).await?, Vec::new());
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= BOOKINGS {
                    return Outcome::Ok(times);
                }
                let (clinic, at) = (ids[usize::try_from(number)? % CLINICS], number / CLINICS as u64);
                let with = practitioner(u128::from(at) % PRACTITIONERS);
                let start = clinic::start(clinic::tomorrow(), at / u64::try_from(PRACTITIONERS)?);
                let began = Instant::now();
                caller.book(number, clinic, with, start).await?;
                times.push(began.elapsed());
            }
        });
    }
    let mut all = Times::new();
    for times in asking.join_all().await {
        times?.into_iter().for_each(|took| all.record(took));
    }
    report.row(&format!("a request over HTTP, {ABREAST} at a time"), &all);
    Ok(began.elapsed())
}

/// Waits until each has its answer; the seconds from the first request to the
/// last verdict by central's own clock, and what each took.
async fn all_answered(town: &Town) -> Outcome<(f64, Times)> {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(database(town.folder.path())).read_only(true);
    let mut conn = options.connect().await?;
    let by = Instant::now() + Duration::from_secs(300);
    loop {
        let ended: i64 =
            sqlx::query_scalar("SELECT count(*) FROM request WHERE state = 'confirmed'").fetch_one(&mut conn).await?;
        if ended.unsigned_abs() >= BOOKINGS {
            break;
        }
        if Instant::now() > by {
            return Err(format!("only {ended} were confirmed").into());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let rows: Vec<(i64, i64)> = sqlx::query_as("SELECT arrived_ms, ended_ms FROM request WHERE ended_ms IS NOT NULL")
        .fetch_all(&mut conn)
        .await?;
    conn.close().await?;
    let first = rows.iter().map(|(arrived, _)| *arrived).min().unwrap_or_default();
    let last = rows.iter().map(|(_, ended)| *ended).max().unwrap_or_default();
    let mut times = Times::new();
    for (arrived, ended) in &rows {
        times.record(Duration::from_millis((ended - arrived).unsigned_abs()));
    }
    Ok(((last - first) as f64 / 1_000.0, times))
}
