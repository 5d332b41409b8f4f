//! Hours of bad weather: the line is cut every few seconds, this way or that,
//! the broker goes and comes back, and everybody books on. `make soak` takes an
//! hour; a short one is among the tests.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chairside_central::store::{MailStorage, RequestStorage};
use chairside_clinic::link;
use chairside_sync::body::{Id, VerdictRow};
use chairside_sync::hub::State;
use chairside_sync::mails::{Outcome, Standing};
use tokio::sync::watch;

use crate::broker::{ABroker, Kind, Memory};
use crate::central::Central;
use crate::clinic::{DAYS, PLACES, Site, rows};
use crate::desk::{DeskProcess, STAFF_WITH, assert_kept};
use crate::oracle::{assert_nobody_twice, verdicts};
use crate::patients::{Patients, Told};
use crate::proxy::{Proxy, Through};

/// How long it lasts, in seconds, where it is told.
const SECONDS: &str = "CHAIRSIDE_SOAK_SECONDS";

/// As one of the tests.
const SHORT: u64 = 15;

/// Whom patients wish for; staff book with the first two as well.
const WISHED: [u128; 5] = [1, 4, 8, 9, 10];

/// Patients who book at a time.
const ABREAST: u64 = 2;

/// Memory may grow by this much while caches fill.
const GROWTH_KB: u64 = 48 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_is_cut_all_the_time_loses_nothing_embedded() {
    soak(Kind::Embedded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_is_cut_all_the_time_loses_nothing_mosquitto() {
    soak(Kind::Mosquitto).await;
}

async fn soak(kind: Kind) {
    let lasts = std::env::var(SECONDS).ok().and_then(|told| told.parse().ok()).unwrap_or(SHORT);
    let temp = tempfile::tempdir().expect("a folder");
    let site = Site::new(temp.path(), 0);
    let desk = site.found().await;
    let (peer, node) = (link::peer(&desk).expect("plain ids"), desk.store().node().0);
    desk.close().await;
    let mut broker = ABroker::start(kind, &[peer]).await;
    let proxy = Proxy::to(broker.port()).await;
    let central = Central::start(temp.path(), broker.address(), node).await;
    // The whole diary is booked just within the time.
    let places = DAYS * PLACES;
    let pace = Duration::from_millis(lasts * 1_000 / places).max(Duration::from_millis(25));
    let breath = Duration::from_millis(lasts * 1_000 * ABREAST / (places * 4)).max(Duration::from_millis(50));
    let with = [STAFF_WITH, WISHED[0], WISHED[1]];
    let mut process = DeskProcess::at_pace(&site, &proxy.address(), &with, pace);
    central.until("live", async |central| central.state() == State::Live).await;
    let patients = Patients::new(central.http, site.id(), WISHED);
    let stream = patients.stream(ABREAST, breath);
    let (end, ends) = watch::channel(());
    let watching = tokio::spawn(watch_over(patients.clone(), process.part().id(), ends));

    let (began, mut weather) = (Instant::now(), Weather(0x5eed));
    let (mut cuts, mut restarts, mut back) = (0_u32, 0_u32, Vec::new());
    while began.elapsed() < Duration::from_secs(lasts) {
        let ways = [Through::OnlyUp, Through::OnlyDown, Through::NothingTaken];
        let way = ways[usize::try_from(weather.up_to(3)).expect("a small number")];
        proxy.let_through(way);
        cuts += 1;
        if weather.up_to(6) == 0 {
            broker.kill();
            weather.lasts(500, 2_000).await;
            broker.start_again(if weather.up_to(2) == 0 { Memory::Kept } else { Memory::Lost }).await;
            restarts += 1;
        }
        weather.lasts(500, 4_000).await;
        proxy.let_through(Through::Everything);
        let healed = Instant::now();
        if weather.up_to(4) == 0 {
            central.until("the line is back", async |central| central.state() == State::Live).await;
            back.push(healed.elapsed());
        }
        weather.lasts(1_000, 4_000).await;
    }
    let told = stream.end().await;
    process.rest().await;
    let healed = Instant::now();
    central.until("the line is back", async |central| central.state() == State::Live).await;
    back.push(healed.elapsed());
    central
        .until("everything is answered", async |central| {
            patients.status().await["held"] == 0 && ended(central, &told).await && central.state() == State::Live
        })
        .await;
    let answered = healed.elapsed();
    let rested = process.rest().await;
    central.live_at(&rested).await;
    end.send_replace(());
    let seen = watching.await.expect("nobody panics");
    let said = process.close();
    let seen_by_central = central.rows().await;

    let desk = site.reopen().await;
    let visits = rows(&desk).await;
    assert_eq!(seen_by_central, visits, "row by row the same");
    assert_nobody_twice(&visits);
    assert_kept(&desk, &said).await;
    judge(&central, &told, &verdicts(&desk).await).await;
    desk.close().await;
    central.stop().await;
    back.sort_unstable();
    println!(
        "{kind:?}, {lasts} s: {cuts} cuts, the broker restarted {restarts} times; {} taken down, {} told why not; \
         {} by staff; back {:?} at most after it healed, {:?} at the median; {answered:?} until all were told; {seen}",
        told.acknowledged.len(),
        told.refused.len(),
        said.len(),
        back.last().copied().unwrap_or_default(),
        back.get(back.len() / 2).copied().unwrap_or_default(),
    );
    seen.assert_flat();
}

/// The same weather each time.
struct Weather(u64);

impl Weather {
    fn up_to(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }

    async fn lasts(&mut self, least_ms: u64, most_ms: u64) {
        let lasts = Duration::from_millis(least_ms + self.up_to(most_ms - least_ms));
        tokio::time::sleep(lasts).await;
    }
}

/// What was seen all along, four times a second.
#[derive(Default)]
struct Seen {
    asked: u32,
    answered: u32,
    live: u32,
    /// The desk's memory, and this process's, in which central is, in KB.
    memory: Vec<(u64, u64)>,
}

async fn watch_over(patients: std::sync::Arc<Patients>, desk: u32, mut ends: watch::Receiver<()>) -> Seen {
    let mut seen = Seen::default();
    let mut pace = tokio::time::interval(Duration::from_millis(250));
    loop {
        tokio::select! {
            _ = ends.changed() => return seen,
            _ = pace.tick() => {}
        }
        seen.asked += 1;
        let status = tokio::time::timeout(Duration::from_secs(1), patients.status()).await;
        if let Ok(status) = status {
            seen.answered += 1;
            seen.live += u32::from(status["state"] == "live");
        }
        seen.memory.push((memory_kb(&desk.to_string()), memory_kb("self")));
    }
}

/// What a process has in memory.
fn memory_kb(process: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it has memory");
    line.split_whitespace().next().and_then(|kb| kb.parse().ok()).expect("a number")
}

impl Seen {
    /// The most of the second quarter, and of the last.
    fn quarters(&self, of: impl Fn(&(u64, u64)) -> u64) -> (u64, u64) {
        let quarter = self.memory.len() / 4;
        let most = |from: usize| self.memory.iter().skip(from).take(quarter).map(&of).max().unwrap_or_default();
        (most(quarter), most(3 * quarter))
    }

    fn assert_flat(&self) {
        for (who, (early, late)) in [("desk", self.quarters(|seen| seen.0)), ("central", self.quarters(|seen| seen.1))]
        {
            assert!(late <= early + early / 4 + GROWTH_KB, "{who}: {early} KB, later {late} KB");
        }
    }
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let percent = |part: u32| f64::from(part) * 100.0 / f64::from(self.asked.max(1));
        let (desk, central) = (self.quarters(|seen| seen.0), self.quarters(|seen| seen.1));
        write!(
            f,
            "central answered within a second {:.2} % of the time, the clinic was live {:.1} %; desk {} to {} MB, \
             central (with the test) {} to {} MB",
            percent(self.answered),
            percent(self.live),
            desk.0 / 1024,
            desk.1 / 1024,
            central.0 / 1024,
            central.1 / 1024,
        )
    }
}

async fn ended(central: &Central, told: &Told) -> bool {
    for one in &told.acknowledged {
        let booking = central.storage.booking(one.booking).await.expect("read").expect("it is there");
        let mails = central.storage.mails_of(one.booking).await.expect("read");
        let left = mails.iter().all(|mail| mail.standing != Standing::Waiting);
        if !booking.requests[0].state.is_end() || !left {
            return false;
        }
    }
    true
}

/// Each acknowledged booking has one answer, the one the desk's log has, and one mail that says it.
async fn judge(central: &Central, told: &Told, given: &BTreeMap<Id, (u64, VerdictRow)>) {
    assert_eq!(given.len(), told.acknowledged.len(), "an answer for each, and none for anybody else");
    for one in &told.acknowledged {
        let booking = central.storage.booking(one.booking).await.expect("read").expect("it is there");
        let [request] = &*booking.requests else { panic!("one wish each: {booking:?}") };
        let (_, verdict) = given.get(&request.proposal.0).expect("the desk has answered it");
        assert_eq!(request.verdict.as_ref(), Some(verdict));
        let says = if verdict.accepted { Outcome::Confirmed } else { Outcome::NotPossible };
        assert_eq!(booking.outcome, says, "{booking:?}");
        let mails = central.storage.mails_of(booking.id).await.expect("read");
        let answers = mails.iter().filter(|mail| {
            let is_answer = matches!(mail.key.outcome, Outcome::Confirmed | Outcome::NotPossible);
            is_answer && mail.standing == Standing::Sent
        });
        assert_eq!(answers.map(|mail| mail.key.outcome).collect::<Vec<_>>(), [says], "{mails:?}");
    }
}
