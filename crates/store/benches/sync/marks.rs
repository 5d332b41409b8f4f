//! What a mark costs whoever books meanwhile, and what decisions cost them.
//!
//! Bookings are timed in turns: a stretch of them alone, a stretch of them
//! while a mark's digests over all rows of the schedule are computed.

use std::sync::Arc;
use std::time::Instant;

use chairside_store::{HubSide, StoreError};
use chairside_sync::Hash;
use chairside_sync::body::Window;
use chairside_sync::days::DaySet;
use chairside_sync::hub::{Ask, Gate, Told};

use crate::clinic::{self, AT_MS, desk};
use crate::growth::propose;
use crate::measure::{Report, Times};
use crate::{Outcome, is_quick, kept};

/// Bookings timed in one stretch, and how many stretches of each kind.
const STRETCH: u64 = 50;
const STRETCHES: u64 = 40;

/// A release of a morning: proposals for places that are taken.
const PROPOSALS: u64 = 960;

/// What a booking may cost beside digests.
const MOST: f64 = 1.1;

/// Bookings on a copy of a clinic, each for the next free place.
struct Desk {
    hub: HubSide,
    visits: u64,
    booked: u64,
}

/// Measures bookings alone, beside digests and beside decisions.
pub async fn measure(report: &mut Report) -> Outcome<()> {
    let visits = if is_quick() { 20_000 } else { 200_000 };
    let folder = kept::copy(&clinic::store(visits).await?, "copy-marks")?;
    let store = clinic::open(&folder).await?;
    let mut desk = Desk { hub: HubSide::new(store, Arc::new(|hash: Hash| hash.0.to_vec())), visits, booked: 0 };
    let window = clinic::window(clinic::days(visits));
    let (mut alone, mut beside) = (Times::new(), Times::new());
    for stretch in 0..=STRETCHES {
        let (mut quiet, mut busy) = (Times::new(), Times::new());
        // The first of each warms up.
        let warm = stretch > 0;
        desk.book_some(if warm { &mut alone } else { &mut quiet }).await?;
        desk.book_beside_digests(window, if warm { &mut beside } else { &mut busy }).await?;
    }
    report.section(&format!("A booking beside a mark's digests over {visits} visits"));
    report.row("book a visit", &alone);
    report.row("book a visit while digests are computed", &beside);
    let mut by_itself = Times::new();
    for _ in 0..5 {
        by_itself.time(mark_and_digest(&desk.hub, window)).await?;
    }
    report.row("a mark and its digests, which rest most of the time", &by_itself);
    desk.decisions(report, window).await?;
    report.ratio("a booking beside digests to one without, p50", beside.p50(), alone.p50(), MOST);
    desk.hub.store().close().await;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

impl Desk {
    /// One stretch of bookings, each by its time.
    async fn book_some(&mut self, times: &mut Times) -> Outcome<()> {
        for _ in 0..STRETCH {
            let visit = clinic::free(self.booked, self.visits);
            self.booked += 1;
            times.time(clinic::book(self.hub.store(), visit)).await?;
        }
        Ok(())
    }

    /// One stretch of bookings while marks are made and digested one after the other.
    async fn book_beside_digests(&mut self, window: Window, times: &mut Times) -> Outcome<()> {
        let digesting = tokio::spawn({
            let hub = self.hub.clone();
            async move { while mark_and_digest(&hub, window).await.is_ok() {} }
        });
        let booked = self.book_some(times).await;
        let failed = digesting.is_finished();
        digesting.abort();
        if failed { Err("the digests ended before the bookings".into()) } else { booked }
    }

    /// A morning's release: every proposal is noted, then all are decided,
    /// while the desk books.
    async fn decisions(&mut self, report: &Report, window: Window) -> Outcome<()> {
        let mut noted = Times::new();
        for number in 0..PROPOSALS {
            let wish = propose(0xab_0000 + number, &clinic::taken(number * 7, self.visits));
            noted.time(self.hub.answer(Ask::Receive(wish), desk())).await?;
        }
        let deciding = tokio::spawn(decide_all(self.hub.clone(), gate(window)));
        let mut beside = Times::new();
        while !deciding.is_finished() {
            self.book_some(&mut beside).await?;
        }
        report.row("keep a proposal", &noted);
        report.row("decide proposals whose places are taken, up to 32 at a time", &deciding.await??);
        report.row("book a visit meanwhile", &beside);
        Ok(())
    }
}

async fn mark_and_digest(hub: &HubSide, window: Window) -> Result<(), StoreError> {
    let Told::Marked { mark, .. } = hub.answer(Ask::Mark(window), desk()).await? else {
        return Err(StoreError::Damaged("no mark".to_owned()));
    };
    match hub.answer(Ask::Digest(mark, window), desk()).await? {
        Told::Digested(Some(_)) => Ok(()),
        _ => Err(StoreError::Damaged("no digests".to_owned())),
    }
}

/// Decides until nothing waits.
async fn decide_all(hub: HubSide, gate: Gate) -> Result<Times, StoreError> {
    let mut times = Times::new();
    loop {
        let from = Instant::now();
        let told = hub.answer(Ask::Decide { gate: gate.clone(), ask_staff: false, now_ms: AT_MS }, desk()).await?;
        times.record(from.elapsed());
        if !matches!(told, Told::Decided { more: true, .. }) {
            return Ok(times);
        }
    }
}

/// Every day of the window is verified, and all once sent was proposed again.
pub fn gate(window: Window) -> Gate {
    let days: DaySet = window.days().collect();
    Gate { resent: days.clone(), open: days, from: window.from, ..Gate::default() }
}
