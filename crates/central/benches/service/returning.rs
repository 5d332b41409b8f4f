//! Two thousand clinics come back at once.

use std::time::{Duration, Instant};

use crate::Outcome;
use crate::broker::{Kind, Memory};
use crate::clinic::PRACTITIONERS;
use crate::measure::{Report, Times, shown};
use crate::town::{Town, memory};

/// `CLINICS=200 scripts/bench central returning` to try it with fewer.
const CLINICS: usize = 2_000;

/// How long it is watched while nothing happens.
const IDLE: Duration = Duration::from_secs(20);

pub async fn measure(report: &mut Report) -> Outcome<()> {
    let clinics = std::env::var("CLINICS").map_or(Ok(CLINICS), |clinics| clinics.parse())?;
    let began = Instant::now();
    let mut town = Town::found(Kind::Mosquitto, clinics, PRACTITIONERS).await?;
    report.section(&format!("{clinics} clinics come back at once, Mosquitto"));
    let founded = began.elapsed();
    let (central, desks) = (
        memory(town.house.part().id())?,
        town.desks.iter_mut().map(|desks| memory(desks.part().id())).sum::<Outcome<u64>>()?,
    );
    report.say(&format!(
        "founded and live after {}; memory: central {} KiB a clinic ({central} KiB), desks {} KiB each",
        shown(founded),
        central / clinics as u64,
        desks / clinics as u64
    ));
    let before = town.used()?;
    tokio::time::sleep(IDLE).await;
    let used = town.used()?.since(&before);
    let percent = |used: Duration| used.as_secs_f64() / IDLE.as_secs_f64() * 100.0;
    let broker = used.broker.map_or(0.0, percent);
    report.say(&format!(
        "idle: central {:.1} % of one core, the broker {broker:.1} %, all desks {:.1} %",
        percent(used.central),
        percent(used.desks)
    ));
    let broker = town.broker.as_mut().ok_or("no broker")?;
    broker.kill();
    let by = Instant::now() + Duration::from_secs(60);
    while town.house.live().await > 0 {
        if Instant::now() > by {
            return Err("central doesn't notice".into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let before = town.used()?;
    let broker = town.broker.as_mut().ok_or("no broker")?;
    broker.start_again(Memory::Kept).await;
    let took = town.all_live().await?;
    let used = town.used()?.since(&before);
    let mut times = Times::new();
    times.record(took);
    report.row("from the broker's return to every clinic verified", &times);
    report.say(&used.each(u32::try_from(clinics)?));
    report.within(&format!("{clinics} clinics back at once, all verified"), took, Duration::from_secs(60));
    town.end();
    Ok(())
}
