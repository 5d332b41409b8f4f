//! What has to come true.

use chairside_central::Clock;
use chairside_central::engine::{Engine, Event};
use chairside_central::store::{BreakerStorage, ClinicStorage, Effects, MailStorage, MirrorStorage};
use chairside_sync::booking::State;
use chairside_sync::breaker::Phase;
use chairside_sync::hub::State as Reached;
use chairside_sync::mails::Outcome;
use chairside_sync::proposal::Move;
use chairside_sync::{Now, Wish};

use crate::clinic::{at, clinic_id};
use crate::scene::{Scene, proposal};

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_is_held_while_the_clinic_is_away_and_confirmed_once_it_is_back() {
    let scene = Scene::new(1).await;
    let booking = scene.wish(1, 1, "2026-11-25T09:00").await;
    let held = scene.booking(1).await;
    assert_eq!((held.outcome, held.requests[0].state), (Outcome::Held, State::Held));
    scene.faults.heal();
    scene.live().await;
    scene.answered([1]).await;
    let confirmed = scene.booking(1).await;
    assert_eq!((confirmed.outcome, confirmed.requests[0].state), (Outcome::Confirmed, State::Confirmed));
    assert!(confirmed.requests[0].verdict.as_ref().is_some_and(|verdict| verdict.accepted));
    let mails = scene.storage.mails_of(booking).await.expect("read");
    let told: Vec<Outcome> = mails.iter().map(|mail| mail.key.outcome).collect();
    assert_eq!(told, [Outcome::Held, Outcome::Confirmed]);
    scene.live().await;
    scene.assert_equal().await;
    scene.end().await;
}

/// What became of a wish.
async fn state(scene: &Scene, number: u128, nth: usize) -> State {
    scene.booking(number).await.requests[nth].state
}

/// Every mail that waits speaks of a state the booking came to, in their order,
/// and the last of them of the one it is in.
async fn assert_mails_match(scene: &Scene, number: u128) {
    let booking = scene.booking(number).await;
    let mails = scene.storage.mails_of(booking.id).await.expect("read");
    let sequences: Vec<u64> = mails.iter().map(|mail| mail.key.sequence).collect();
    assert_eq!(sequences, (1..=booking.sequence).collect::<Vec<_>>(), "{mails:?}");
    assert_eq!(mails.last().map(|mail| mail.key.outcome), Some(booking.outcome));
    assert_eq!(mails.last().map(|mail| mail.gist), Some(booking.spot.gist()));
    let answer = booking.requests[0].verdict.as_ref().map(|verdict| verdict.accepted);
    let said_yes = mails.iter().any(|mail| mail.key.outcome == Outcome::Confirmed);
    assert_eq!(Some(said_yes), answer, "nothing but the clinic's yes confirms");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_through_a_bad_line_and_restarts_each_get_their_one_answer() {
    let mut scene = Scene::new(2).await;
    // Away: staff book every fourth place, patients wish for all of them.
    let hours = ["08:00", "08:30", "09:00", "09:30", "10:00", "10:30", "11:00", "11:30"];
    let mut taken = 0;
    for (number, day) in (0..5).flat_map(|day| (0..8).map(move |hour| (day * 8 + hour, day))) {
        let start = format!("2026-11-{}T{}", 25 + day, hours[(number % 8) as usize]);
        scene.wish(number, 1, &start).await;
        if number % 4 == 0 {
            assert!(scene.desk.book(number, 1, &start).await);
            taken += 1;
        }
    }
    scene.faults.is_bad(10);
    scene.faults.heal();
    scene
        .until("the first answers", async |scene| {
            state(scene, 0, 0).await.is_end() || state(scene, 1, 0).await.is_end()
        })
        .await;
    // Killed in the middle of it, again and again, while more is wished for.
    for restart in 0..4_u128 {
        scene.restart_central().await;
        let start = format!("2026-12-0{}T13:00", 1 + restart);
        scene.wish(100 + restart, 2, &start).await;
        scene.desk.book(500 + restart, 0, &start).await;
        scene.handle().nudge();
        scene.until("some more answers", async |scene| state(scene, 100 + restart, 0).await.is_end()).await;
    }
    scene.answered((0..40).chain(100..104)).await;
    let mut confirmed = 0;
    for number in (0..40).chain(100..104) {
        let state = state(&scene, number, 0).await;
        let expected = if number < 40 && number % 4 == 0 { State::Rejected } else { State::Confirmed };
        assert_eq!(state, expected, "{number}");
        confirmed += u32::from(state == State::Confirmed);
        assert_mails_match(&scene, number).await;
    }
    assert_eq!(confirmed + taken, 44);
    scene.faults.is_bad(0);
    scene.live().await;
    scene.assert_equal().await;
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_wished_can_be_moved_and_cancelled_and_the_clinic_may_change_it_too() {
    let scene = Scene::new(3).await;
    scene.faults.heal();
    scene.live().await;
    scene.wish(1, 1, "2026-11-25T09:00").await;
    scene.wish(2, 1, "2026-11-25T10:00").await;
    scene.wish(3, 1, "2026-11-25T11:00").await;
    scene.answered([1, 2, 3]).await;
    let to = Move {
        practitioner: scene.booking(1).await.spot.practitioner,
        local_s: at("2026-11-26T14:00").and_utc().timestamp(),
        from_local_s: at("2026-11-25T09:00").and_utc().timestamp(),
    };
    scene.follow_up(11, 1, Wish::Move(to)).await;
    scene.follow_up(12, 2, Wish::Cancel).await;
    scene.answered([1, 2]).await;
    let (moved, cancelled) = (scene.booking(1).await, scene.booking(2).await);
    assert_eq!((moved.outcome, moved.spot.local_s), (Outcome::Confirmed, to.local_s));
    assert_eq!(cancelled.outcome, Outcome::CancelledByYou);
    scene.desk.cancel(scene.booking(3).await.appointment).await;
    scene.until("heard of", async |scene| scene.booking(3).await.outcome == Outcome::CancelledByClinic).await;
    for number in 1..=3 {
        assert_mails_match(&scene, number).await;
    }
    scene.live().await;
    scene.assert_equal().await;
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_went_bad_are_put_right_and_what_only_central_has_is_told_to_the_clinic() {
    let scene = Scene::new(4).await;
    for number in 0..30 {
        assert!(
            scene.desk.book(number, number % 3, &format!("2026-11-{}T{:02}:00", 25 + number % 5, 8 + number / 5)).await
        );
    }
    scene.faults.heal();
    scene.live().await;
    scene.assert_equal().await;
    let stray = scene.rot().await;
    scene.handle().compare_again().await;
    scene
        .until("put right", async |scene| {
            let orphans = scene.storage.orphans_of(clinic_id()).await.expect("read");
            orphans.iter().any(|orphan| orphan.row.id == stray)
        })
        .await;
    scene.until("equal", async |scene| scene.is_equal().await).await;
    // It is offered in the next session, and then stands among the clinic's conflicts.
    let mut scene = scene;
    scene.restart_central().await;
    scene
        .until("heard", async |scene| {
            let orphans = scene.storage.orphans_of(clinic_id()).await.expect("read");
            orphans.iter().all(|orphan| orphan.heard)
        })
        .await;
    let conflicts = scene.desk.side.store().conflicts(i64::MAX).await.expect("read");
    assert_eq!(conflicts.iter().map(|one| one.row.appointment).collect::<Vec<_>>(), [stray]);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_cut_is_noticed_and_nothing_leaves_until_the_days_were_compared_again() {
    let scene = Scene::new(5).await;
    assert_eq!(scene.handle().status().borrow().state, Reached::Checking, "nothing is known at the start");
    scene.faults.heal();
    scene.live().await;
    scene.faults.cut();
    scene.until("offline", async |scene| scene.handle().status().borrow().state == Reached::Offline).await;
    scene
        .until("kept", async |scene| {
            let clinic = scene.storage.clinic(clinic_id()).await.expect("read");
            clinic.is_some_and(|clinic| clinic.state == Reached::Offline)
        })
        .await;
    assert!(scene.handle().status().borrow().open.is_empty());
    assert!(scene.desk.book(1, 1, "2026-11-25T09:00").await, "the desk works on");
    scene.wish(1, 1, "2026-11-25T09:00").await;
    scene.wish(2, 1, "2026-11-25T09:30").await;
    assert_eq!((state(&scene, 1, 0).await, state(&scene, 2, 0).await), (State::Held, State::Held));
    assert_eq!(scene.booking(2).await.outcome, Outcome::Held);
    scene.faults.heal();
    scene.answered([1, 2]).await;
    assert_eq!((state(&scene, 1, 0).await, state(&scene, 2, 0).await), (State::Rejected, State::Confirmed));
    scene.live().await;
    scene.assert_equal().await;
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unanswered_calls_open_the_breaker_and_one_answer_closes_it() {
    let scene = Scene::new(6).await;
    scene.faults.swallow_wishes(true);
    scene.faults.heal();
    scene.live().await;
    for (number, start) in (0..8).zip(["08:00", "08:30", "09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]) {
        scene.wish(number, 1, &format!("2026-11-25T{start}")).await;
    }
    scene.until("open", async |scene| !scene.handle().status().borrow().passing_on).await;
    let breaker = scene.storage.breaker(clinic_id()).await.expect("read");
    assert!(matches!(breaker.phase, Phase::Open { .. }), "for every process: {breaker:?}");
    scene.wish(9, 1, "2026-11-26T09:00").await;
    assert_eq!(state(&scene, 9, 0).await, State::Held);
    scene.faults.swallow_wishes(false);
    scene.answered((0..8).chain([9])).await;
    scene.until("closed", async |scene| scene.handle().status().borrow().passing_on).await;
    for number in (0..8).chain([9]) {
        assert_eq!(state(&scene, number, 0).await, State::Confirmed);
    }
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_overtaken_is_silent_until_the_clinic_can_be_had_again() {
    let scene = Scene::new(7).await;
    scene.faults.heal();
    scene.live().await;
    // Another process believes that this one's lease has run out.
    let mut later = scene.clock.now();
    later.wall_ms += 600_000;
    let thief = scene.storage.claim(clinic_id(), uuid::Uuid::from_u128(0x7e1f), later).await;
    let thief = thief.expect("written").expect("run out");
    scene.wish(1, 1, "2026-11-25T09:00").await;
    scene.until("silent", async |scene| !scene.handle().status().borrow().ours).await;
    assert_eq!(state(&scene, 1, 0).await, State::Held);
    scene.storage.let_go(thief).await.expect("let go");
    scene.answered([1]).await;
    assert_eq!(state(&scene, 1, 0).await, State::Confirmed);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_read_is_set_aside_by_name_and_the_queue_moves_on() {
    let scene = Scene::new(9).await;
    for (number, start) in [(1, "09:00"), (2, "09:30"), (3, "10:00")] {
        scene.wish(number, 1, &format!("2026-11-25T{start}")).await;
    }
    scene.poison(1, false).await;
    scene.poison(2, true).await;
    scene.faults.heal();
    scene.answered([3]).await;
    scene.until("set aside", async |scene| scene.storage.quarantined(10).await.expect("read").len() == 2).await;
    let aside = scene.storage.quarantined(10).await.expect("read");
    let mut why: Vec<_> = aside.iter().map(|one| (one.state, one.proposal == proposal(1))).collect();
    why.sort_unstable();
    assert_eq!(why, [(State::Held, true), (State::Sent, false)], "one at central, one by the hub");
    assert_eq!(state(&scene, 3, 0).await, State::Confirmed);
    scene.live().await;
    scene.assert_equal().await;
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clinic_put_back_to_yesterday_gets_back_what_it_lost() {
    let mut scene = Scene::new(10).await;
    scene.faults.heal();
    scene.live().await;
    let backup = scene.backup();
    scene.desk.backup(&backup).await;
    scene.wish(1, 1, "2026-11-25T09:00").await;
    scene.wish(2, 1, "2026-11-25T10:00").await;
    scene.answered([1, 2]).await;
    scene.live().await;
    scene.faults.cut();
    scene.desk.restore(&backup).await;
    // Staff work on before anybody is heard from, and the place looks free.
    assert!(scene.desk.book(900, 1, "2026-11-25T10:00").await);
    scene.faults.heal();
    scene.start().await;
    scene
        .until("given back", async |scene| {
            let kept = scene.storage.clinic(clinic_id()).await.expect("read").expect("there");
            kept.at.is_some_and(|at| *at.incarnation != uuid::Uuid::from_u128(0xf1).into_bytes())
        })
        .await;
    scene.live().await;
    for number in [1, 2] {
        let booking = scene.booking(number).await;
        assert_eq!(booking.outcome, Outcome::Confirmed, "a verdict stands as it was given");
        let visit = scene.desk.visit(booking.appointment).await.expect("it is back");
        assert_eq!((visit.status.as_str(), visit.start_s), ("booked", booking.spot.start.0));
        assert_mails_match(&scene, number).await;
    }
    let conflicts = scene.desk.side.store().conflicts(i64::MAX).await.expect("read");
    assert!(
        conflicts.iter().any(|one| one.row.kind == "double"),
        "both visits stand, and somebody is asked: {conflicts:?}"
    );
    scene.until("equal", async |scene| scene.is_equal().await).await;
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_by_itself_is_swept_up() {
    let scene = Scene::new(8).await;
    scene.wish(1, 1, "2026-11-24T08:00").await;
    let start_ms = scene.booking(1).await.spot.start.0 * 1_000;
    let mut events = scene.handle().events();
    // The morning passes, and the clinic isn't heard from.
    let late = Engine::new(scene.storage.clone(), at_ms(start_ms), uuid::Uuid::from_u128(9));
    scene.engine.sweep().await.expect("swept");
    assert_eq!(state(&scene, 1, 0).await, State::Held, "its time hasn't come");
    late.sweep().await.expect("swept");
    assert_eq!(scene.booking(1).await.outcome, Outcome::Expired);
    scene.engine.tell(clinic_id(), &Effects { days: [7].into(), ..Effects::default() });
    let told = events.recv().await.expect("told");
    assert_eq!(told, Event::Availability([7].into()));
    scene.end().await;
}

fn at_ms(wall_ms: i64) -> Clock {
    Clock::hurried(Now { steady_ms: 1_000, wall_ms }, 1)
}
