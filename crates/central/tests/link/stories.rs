//! What has to come true.

use std::collections::BTreeSet;

use chairside_central::store::MailStorage;
use chairside_clinic::link;
use chairside_schedule::Status;
use chairside_sync::body::AppointmentRow;
use chairside_sync::booking::State;
use chairside_sync::hub::State as Reached;
use chairside_sync::mails::Outcome;

use crate::broker::{ABroker, Kind};
use crate::central::{Central, appointment_id};
use crate::clinic;
use crate::desk::{DeskProcess, STAFF_WITH, book, visit_id};

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
    let tomorrow = clinic::tomorrow();
    let desk = clinic::found(folder).await;
    let (peer, node) = (link::peer(&desk).expect("plain ids"), desk.store().node().0);
    let mut broker = ABroker::start(kind, &peer).await;
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
    let mut process = DeskProcess::start(folder, &broker.address(), 0);
    central.until("the first answers", async |central| central.ended(0..FIRST).await >= 1).await;

    // The broker is killed in the middle of it.
    broker.kill();
    process.until("the desk has noticed", |desk| desk.states().last().is_some_and(|state| state == "Offline")).await;
    central.until("central has noticed", async |central| central.state() == Reached::Offline).await;
    for number in FIRST..ALL {
        central.wish(number, WISHED, clinic::start(tomorrow, place(number))).await;
    }
    let before = process.booked().len();
    process.until("staff book on", |desk| desk.booked().len() > before + 10).await;
    broker.start_again().await;
    central.until("answers come again", async |central| central.ended(FIRST..ALL).await >= 1).await;

    // The desk is killed in the middle of it.
    let mut said = process.kill();
    let next = said.last().map_or(0, |last| last + 1);
    central.until("central has noticed", async |central| central.state() == Reached::Offline).await;
    process = DeskProcess::start(folder, &broker.address(), next);
    central.until("everything is answered", async |central| central.ended(0..ALL).await == ALL as usize).await;
    let tip = process.rest().await;
    central.live_at(&tip).await;
    process.until("the desk says so too", |desk| desk.states().last().is_some_and(|state| state == "Live")).await;
    said.extend(process.close());
    central.until("central has noticed", async |central| central.state() == Reached::Offline).await;

    // Row by row the same, and the counts add up.
    let desk = clinic::reopen(folder).await;
    let rows = clinic::rows(&desk).await;
    assert_eq!(central.rows().await, rows);
    assert_nobody_twice(&rows);
    for place in said {
        let visit = desk.store().appointment(visit_id(STAFF_WITH, place)).await.expect("read");
        assert!(visit.is_some(), "{place} was booked");
    }
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

/// No two visits that occupy a practitioner's time overlap.
fn assert_nobody_twice(rows: &[AppointmentRow]) {
    let occupies = |row: &&AppointmentRow| Status::parse(&row.status).is_some_and(Status::occupies);
    let mut rows: Vec<_> = rows.iter().filter(occupies).collect();
    rows.sort_by_key(|row| (row.practitioner, row.start_s));
    for pair in rows.windows(2) {
        let [one, next] = pair else { continue };
        assert!(one.practitioner != next.practitioner || one.end_s <= next.start_s, "{one:?} {next:?}");
    }
}
