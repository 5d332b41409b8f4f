//! What has to come true.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use chairside_central::store::MailStorage;
use chairside_clinic::link;
use chairside_sync::booking::State;
use chairside_sync::hub::{SILENCE_MS, State as Reached};
use chairside_sync::mails::Outcome;
use tokio::sync::watch::Receiver;
use tokio::time::timeout;

use crate::broker::{ABroker, Kind, Memory};
use crate::central::{Central, DEADLINE, appointment_id};
use crate::clinic::{self, Site};
use crate::desk::{DeskProcess, STAFF_WITH, assert_kept};
use crate::oracle::assert_nobody_twice;
use crate::staff::{book, open};

/// Whom patients wish for.
const WISHED: u128 = 1;

/// Wishes taken down before the clinic is ever reached, and while the broker is down.
const FIRST: u128 = 60;
const ALL: u128 = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clinic_cut_off_and_killed_answers_every_wish_once_embedded() {
    a_clinic_cut_off_and_killed_answers_every_wish_once(Kind::Embedded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clinic_cut_off_and_killed_answers_every_wish_once_mosquitto() {
    a_clinic_cut_off_and_killed_answers_every_wish_once(Kind::Mosquitto).await;
}

async fn a_clinic_cut_off_and_killed_answers_every_wish_once(kind: Kind) {
    let temp = tempfile::tempdir().expect("a folder");
    let folder = temp.path();
    let site = Site::new(folder, 0);
    let tomorrow = clinic::tomorrow();
    let desk = site.found().await;
    let (peer, node) = (link::peer(&desk).expect("plain ids"), desk.store().node().0);
    let mut broker = ABroker::start(kind, &[peer]).await;
    let central = Central::start(folder, broker.address(), node).await;

    // The clinic is away: everything is held, and staff book every fourth of the same places.
    let place = |number: u128| u64::try_from(number).expect("a small number");
    let mut taken = BTreeSet::new();
    for number in 0..FIRST {
        central.wish(number, WISHED, clinic::start(tomorrow, place(number))).await;
        let held = central.booking(number).await;
        assert_eq!((held.outcome, held.requests[0].state), (Outcome::Held, State::Held));
        if number % 4 == 0 {
            assert!(book(&desk, WISHED, place(number)).await);
            taken.insert(number);
        }
    }
    desk.close().await;

    // It comes back, and goes on booking.
    let back = Instant::now();
    let mut process = DeskProcess::start(folder, &broker.address(), 0);
    central.until("the first answers", async |central| central.ended(0..FIRST).await >= 1).await;
    println!("{kind:?}: from the desk's start to the first answer {:?}", back.elapsed());

    // The broker is killed in the middle of it.
    broker.kill();
    process.until("the desk has noticed", |desk| desk.states().last().is_some_and(|state| state == "Offline")).await;
    central.until("central has noticed", async |central| central.state() == Reached::Offline).await;
    for number in FIRST..ALL {
        central.wish(number, WISHED, clinic::start(tomorrow, place(number))).await;
    }
    let before = process.booked().len();
    process.until("staff book on", |desk| desk.booked().len() > before + 10).await;
    broker.start_again(Memory::Kept).await;
    let back = Instant::now();
    central.until("answers come again", async |central| central.ended(FIRST..ALL).await >= 1).await;
    println!("{kind:?}: from the broker's return to the first answer {:?}", back.elapsed());

    // The desk is killed in the middle of it.
    let mut said = process.kill();
    let killed = Instant::now();
    let next = said.last().map_or(0, |last| last.place + 1);
    central.until("central has noticed", async |central| central.state() == Reached::Offline).await;
    println!("{kind:?}: from the desk's kill to Offline {:?}", killed.elapsed());
    let back = Instant::now();
    process = DeskProcess::start(folder, &broker.address(), next);
    central.until("everything is answered", async |central| central.ended(0..ALL).await == ALL as usize).await;
    println!("{kind:?}: from the desk's return to the last answer {:?}", back.elapsed());
    let tip = process.rest().await;
    central.live_at(&tip).await;
    process.until("the desk says so too", |desk| desk.states().last().is_some_and(|state| state == "Live")).await;
    said.extend(process.close());
    central.until("central has noticed", async |central| central.state() == Reached::Offline).await;

    // Row by row the same, and the counts add up.
    let desk = site.reopen().await;
    let rows = clinic::rows(&desk).await;
    assert_eq!(central.rows().await, rows);
    assert_nobody_twice(&rows);
    assert_kept(&desk, &said).await;
    for number in 0..ALL {
        let booking = central.booking(number).await;
        let confirmed = booking.outcome == Outcome::Confirmed;
        assert_eq!(confirmed, !taken.contains(&number), "{number}: {booking:?}");
        let there = rows.iter().any(|row| row.id == appointment_id(number));
        assert_eq!(there, confirmed, "{number}");
        let mails = central.storage.mails_of(booking.id).await.expect("read");
        assert_eq!(mails.last().map(|mail| mail.key.outcome), Some(booking.outcome));
    }
    desk.close().await;
    central.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_clinic_answers_at_once_and_is_heard_no_more_once_shown_out_embedded() {
    a_live_clinic_answers_at_once_and_is_heard_no_more_once_shown_out(Kind::Embedded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_clinic_answers_at_once_and_is_heard_no_more_once_shown_out_mosquitto() {
    a_live_clinic_answers_at_once_and_is_heard_no_more_once_shown_out(Kind::Mosquitto).await;
}

async fn a_live_clinic_answers_at_once_and_is_heard_no_more_once_shown_out(kind: Kind) {
    let temp = tempfile::tempdir().expect("a folder");
    let folder = temp.path();
    let site = Site::new(folder, 0);
    let tomorrow = clinic::tomorrow();
    let desk = site.found().await;
    let (peer, node) = (link::peer(&desk).expect("plain ids"), desk.store().node().0);
    let broker = ABroker::start(kind, &[peer]).await;
    let central = Central::start(folder, broker.address(), node).await;
    let opened = open(&desk, &broker.address()).await;
    let mut status = opened.status();
    let is_live = |status: &link::Status| status.state == link::State::Live && status.unsent == 0;
    let live = until(&mut status, "live", is_live).await;
    assert_eq!((live.open.len(), live.disputed.len()), (usize::from(link::DAYS_AHEAD), 0));

    // One after another, as a patient waits for each.
    let mut waited = Vec::new();
    for (number, place) in (0..ALL).zip(0..) {
        let began = Instant::now();
        central.wish(number, WISHED, clinic::start(tomorrow, place)).await;
        central.until("it is answered", async |central| central.ended([number]).await == 1).await;
        waited.push(began.elapsed());
        assert_eq!(central.booking(number).await.outcome, Outcome::Confirmed);
    }
    waited.sort();
    let nth = |percent: usize| waited[(waited.len() - 1) * percent / 100];
    println!("{kind:?}: from request to verdict p50 {:?}, p99 {:?}", nth(50), nth(99));

    // Shown out, it is gone at that moment, though the broker still lets it speak.
    central.link.show_out(site.id(), node);
    central.until("it is gone", async |central| central.state() == Reached::Offline).await;
    central.wish(ALL, WISHED, clinic::start(tomorrow, 200)).await;
    assert!(book(&desk, STAFF_WITH, 0).await, "staff work on");
    opened.compare_again().await;
    // It falls silent in time, says hello, and is not heard.
    until(&mut status, "silence is noticed", |status| status.state == link::State::Reconnecting).await;
    assert_eq!((central.state(), central.ended([ALL]).await), (Reached::Offline, 0));
    assert!(central.link.let_in(site.id(), node));
    central.until("it is answered", async |central| central.ended([ALL]).await == 1).await;
    until(&mut status, "live again", is_live).await;
    assert_eq!(central.rows().await, clinic::rows(&desk).await);

    // Taking leave is heard at once, and is no accident.
    let began = Instant::now();
    opened.close().await;
    central.until("it is gone", async |central| central.state() == Reached::Offline).await;
    assert!(began.elapsed() < Duration::from_millis(SILENCE_MS), "it was heard, not missed");
    assert_eq!(status.borrow().state, link::State::Offline);
    desk.close().await;
    central.stop().await;
}

/// Waits until the desk says so.
async fn until(
    status: &mut Receiver<link::Status>,
    what: &str,
    is_so: impl FnMut(&link::Status) -> bool,
) -> link::Status {
    let found = timeout(DEADLINE, status.wait_for(is_so)).await.map(|found| found.expect("the link is open").clone());
    found.unwrap_or_else(|_| panic!("not in time: {what}; {:?}", *status.borrow()))
}
