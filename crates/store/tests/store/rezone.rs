//! Zone rules that changed since the store was last open.
//!
//! What older rules made is made here: visits whose UTC follows from winter time
//! all year round, and the note of a version that had that.

use std::time::{Duration, Instant as Clock};

use chairside_schedule::appointment::VisitTime;
use chairside_schedule::hours::Blockout;
use chairside_schedule::{Appointment, Status};
use chairside_store::tx::Overlap;
use chairside_store::{Fault, Opening, Store};
use chairside_sync::restore::ConflictKind;
use chairside_sync::{Author, Public};
use chrono::{FixedOffset, NaiveDate};
use chrono_tz::Europe::Stockholm;
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;

use crate::crash::{FOLDER, child};
use crate::fixture::{
    AT_MS, Place, at, book, chair, key, moment, nth, opening, patient, register, tamper, visit, wish_of,
};
use crate::sync_fixture::{assert_whole, conflicts, row, said_after};
use crate::sync_marks::blockout;
use crate::sync_session::Pair;

fn winter_time_forever() -> FixedOffset {
    FixedOffset::east_opt(3600).expect("an offset")
}

/// A visit as a version with other rules wrote it.
fn by_old_rules(number: u128, start: &str) -> Appointment {
    let time = VisitTime::by_rules_of(&winter_time_forever(), at(start), Stockholm, 30);
    Appointment { time, ..visit(number, 0, start) }
}

/// The same visit once it was derived anew.
fn by_new_rules(old: &Appointment) -> Appointment {
    let time = VisitTime::new(old.time.local, old.time.zone, old.time.minutes);
    Appointment { version: old.version + 1, time, ..old.clone() }
}

async fn write_all(store: &Store, visits: Vec<Appointment>) {
    let work = async move |tx: &mut chairside_store::Tx| {
        for visit in &visits {
            tx.insert_appointment(visit, wish_of(visit), Overlap::Knowingly).await?;
        }
        Ok::<_, chairside_store::tx::Refusal>(())
    };
    store.write(moment(), work).await.expect("written");
}

/// The note of a version with other rules.
const OF_OTHER_RULES: &str = "UPDATE zone_rules SET version = '1999z'";

/// The store was last open under a version with other rules.
async fn as_of_old_rules(place: &Place, store: Store) {
    store.close().await;
    tamper(place, OF_OTHER_RULES).await;
}

/// By which rules a store says its times were derived.
async fn noted(raw: &mut SqliteConnection) -> String {
    sqlx::query_scalar("SELECT version FROM zone_rules").fetch_one(raw).await.expect("read")
}

async fn stands(store: &Store, visit: &Appointment) -> Appointment {
    store.appointment(visit.id).await.expect("read").expect("it is there")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_ahead_keeps_its_local_time_and_moves_through_the_log() {
    let (place, store) = Place::with_store().await;
    register(&store, patient(0)).await;
    let past = by_old_rules(1, "2026-07-01T09:00");
    let winter = by_old_rules(2, "2026-12-01T09:00");
    let summer = by_old_rules(3, "2027-06-01T09:00");
    let cancelled = Appointment { status: Status::Cancelled, ..by_old_rules(4, "2027-06-01T09:00") };
    // Clocks that go back show it twice; who has the second one chose it.
    let second = by_old_rules(5, "2027-10-31T02:30");
    // Clocks that go forward don't show it.
    let skipped = by_old_rules(6, "2027-03-28T02:30");
    let as_before = [&past, &winter, &second, &skipped];
    let moves = [&summer, &cancelled];
    write_all(&store, as_before.iter().chain(&moves).map(|visit| (*visit).clone()).collect()).await;
    let closed = summer_blockout();
    store.write(moment(), async move |tx| tx.insert_blockout(&closed).await).await.expect("closed");
    let before = store.tip().seq;
    as_of_old_rules(&place, store).await;

    let store = place.open().await;
    for visit in as_before {
        assert_eq!(stands(&store, visit).await, *visit);
    }
    for visit in moves {
        assert_eq!(stands(&store, visit).await, by_new_rules(visit));
        assert_eq!(by_new_rules(visit).time.interval.start, visit.time.interval.start.plus_minutes(-60));
    }
    let kept = store.blockouts(summer_blockout().day, summer_blockout().day).await.expect("read");
    let right = summer_blockout().span.on(summer_blockout().day, &Stockholm).expect("a stretch");
    assert_eq!(kept.iter().map(|kept| kept.interval).collect::<Vec<_>>(), [right]);
    let said = said_after(&store, before).await;
    let [Public::Appointment(one), Public::Appointment(other), Public::Blockout(blockout)] = &*said else {
        panic!("one entry for each: {said:?}")
    };
    assert_eq!([one, other], [&row(&by_new_rules(&summer)), &row(&by_new_rules(&cancelled))]);
    assert_eq!((blockout.start_s, blockout.end_s), (right.start.0, right.end.0));
    for record in store.log_after(before, 10).await.expect("the log") {
        assert_eq!(record.entry.header.by, Author::Node(store.node()), "nobody did it");
    }
    assert_whole(&store).await;

    // The same rules once more.
    let tip = store.tip();
    store.close().await;
    let store = place.open().await;
    assert_eq!(store.tip(), tip, "there is nothing to do");
}

fn summer_blockout() -> Blockout {
    let day = NaiveDate::from_ymd_opt(2027, 6, 1).expect("a date");
    let plain = blockout(0, 0);
    let interval = plain.span.on(day, &winter_time_forever()).expect("a stretch");
    Blockout { day, interval, ..plain }
}

#[tokio::test(flavor = "multi_thread")]
async fn new_rules_that_move_nothing_are_noted_and_write_nothing() {
    let (place, store) = Place::with_store().await;
    register(&store, patient(0)).await;
    book(&store, visit(1, 0, "2027-06-01T09:00")).await.expect("booked");
    let tip = store.tip();
    as_of_old_rules(&place, store).await;
    for _ in 0..2 {
        let store = place.open().await;
        assert_eq!(store.tip(), tip);
        assert_whole(&store).await;
        store.close().await;
    }
    assert_eq!(noted(&mut place.raw().await).await, chrono_tz::IANA_TZDB_VERSION);
}

#[tokio::test(flavor = "multi_thread")]
async fn visits_that_come_to_lie_in_one_place_stand_in_conflicts_once() {
    let (place, store) = Place::with_store().await;
    register(&store, patient(0)).await;
    // By clocks that jump, 03:30 is when 02:30 would have been.
    let skipped = by_old_rules(1, "2027-03-28T02:30");
    let after = by_old_rules(2, "2027-03-28T03:30");
    // These two were in one place before, and somebody knows.
    let reason = |visit: Appointment| Appointment { overbooked: Some("Siblings".to_owned()), ..visit };
    let siblings = [reason(by_old_rules(3, "2027-06-01T09:00")), reason(by_old_rules(4, "2027-06-01T09:15"))];
    // These meet in a chair.
    let in_chair = |visit: Appointment| Appointment { chair: Some(chair(0)), ..visit };
    let one = in_chair(by_old_rules(5, "2028-03-26T02:30"));
    let mut other = in_chair(by_old_rules(6, "2028-03-26T03:30"));
    other.practitioner = crate::fixture::practitioner(1);
    let all = [&[skipped, after.clone(), one, other.clone()], &siblings[..]].concat();
    write_all(&store, all).await;
    as_of_old_rules(&place, store).await;

    let store = place.open().await;
    let told: Vec<_> = conflicts(&store).await;
    let mut about: Vec<_> = told.iter().map(|told| (told.kind.as_str(), told.appointment)).collect();
    about.sort();
    let double = ConflictKind::Double.as_str();
    assert_eq!(about, [(double, row(&after).id), (double, row(&other).id)]);
    assert_whole(&store).await;
    as_of_old_rules(&place, store).await;
    let store = place.open().await;
    assert_eq!(conflicts(&store).await, told, "told once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_has_the_same_rows_after_it() {
    // By a country that had summer time all year round until now.
    let old_rules = FixedOffset::east_opt(2 * 3600).expect("an offset");
    let by_old_rules = |number| {
        let visit = nth(number);
        let time = VisitTime::by_rules_of(&old_rules, visit.time.local, visit.time.zone, visit.time.minutes);
        Appointment { time, ..visit }
    };
    let (place, store) = Place::with_store().await;
    tamper(&place, OF_OTHER_RULES).await;
    register(&store, patient(0)).await;
    write_all(&store, (0..40).map(by_old_rules).collect()).await;
    let mut pair = Pair::new(store.clone()).await;
    pair.connect().await;
    pair.live().await;
    pair.assert_equal().await;
    store.close().await;

    let store = place.open().await;
    // All of the first day were ahead, at seven in the morning.
    assert_eq!(stands(&store, &nth(3)).await, by_new_rules(&by_old_rules(3)));
    pair.restart(store, false).await;
    pair.live().await;
    pair.assert_equal().await;
}

/// The `number`th of any number of visits in summers to come.
fn half_hour_in_june(number: u128) -> Appointment {
    let (day, half_hour) = (number / 16, number % 16);
    let first = NaiveDate::from_ymd_opt(2027, 6, 1).expect("a date");
    let date = first + chrono::Days::new(u64::try_from(day).expect("a small number"));
    by_old_rules(number, &format!("{date}T{:02}:{:02}", 8 + half_hour / 2, half_hour % 2 * 30))
}

/// Some batches of visits.
const MANY: u128 = 1_200;

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_between_two_batches_leaves_the_rest_to_the_next_opening() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        Place::at(folder.into()).open().await.close().await;
        return;
    }
    let by = Clock::now() + Duration::from_secs(120);
    loop {
        assert!(Clock::now() < by, "it was never killed in the middle");
        let (place, store) = Place::with_store().await;
        register(&store, patient(0)).await;
        write_all(&store, (0..MANY).map(half_hour_in_june).collect()).await;
        let before = store.tip().seq;
        as_of_old_rules(&place, store).await;
        let mut raw = place.raw().await;
        let mut child = child("rezone::a_kill_between_two_batches_leaves_the_rest_to_the_next_opening", &place.folder);
        let mut written = 0;
        while written == 0 && child.try_wait().expect("a child").is_none() {
            let entries: i64 =
                sqlx::query_scalar("SELECT max(seq) FROM log").fetch_one(&mut raw).await.expect("read beside it");
            written = entries.cast_unsigned() - before;
        }
        child.kill().expect("killed");
        child.wait().expect("it ended");
        let noted = noted(&mut raw).await;
        raw.close().await.expect("closed");
        let store = place.open().await;
        for number in [0, 1, MANY / 2, MANY - 1].map(half_hour_in_june) {
            assert_eq!(stands(&store, &number).await, by_new_rules(&number));
        }
        let said = said_after(&store, before).await;
        assert_eq!(said.len(), usize::try_from(MANY).expect("small"), "each once");
        assert_whole(&store).await;
        store.close().await;
        if noted == "1999z" && written > 0 {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_clock_ahead_took_for_over_is_done_once_it_is_right() {
    let (place, store) = Place::with_store().await;
    register(&store, patient(0)).await;
    let summer = by_old_rules(1, "2027-06-01T09:00");
    write_all(&store, vec![summer.clone()]).await;
    as_of_old_rules(&place, store).await;
    let years_ahead = Opening { at_ms: AT_MS + 2 * 365 * 86_400_000, ..opening(0xb2) };
    let store = Store::open(&place.folder, &key(), years_ahead).await.expect("opens");
    assert_eq!(stands(&store, &summer).await, summer, "over, as it seems");
    assert_whole(&store).await;
    store.close().await;
    let store = place.open().await;
    assert_eq!(stands(&store, &summer).await, by_new_rules(&summer));
    assert_whole(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_other_rules_is_whole_and_one_of_these_is_held_to_them() {
    let (place, store) = Place::with_store().await;
    register(&store, patient(0)).await;
    let summer = by_old_rules(1, "2027-06-01T09:00");
    write_all(&store, vec![summer.clone()]).await;
    assert_eq!(store.verify().await.expect("verified").fault, Some(Fault::Time(summer.id.0)), "by rules of here");
    as_of_old_rules(&place, store).await;
    let backup = place.folder.with_file_name("backup.db");
    std::fs::copy(place.files().database(), &backup).expect("a copy of all of it");
    chairside_store::copy::restore(&place.folder, &key(), &backup, true).await.expect("it is whole");
    let store = place.open_as(0xd4).await.expect("opens");
    assert_eq!(stands(&store, &summer).await, by_new_rules(&summer), "a restored store follows them, too");
    assert_whole(&store).await;
}
