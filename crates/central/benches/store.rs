//! What central's store costs: requests a second, days read, digests.
//!
//! Prints medians and tails; what they should be stands in the issue they were
//! promised in. The machine's other work is in them.

use std::time::{Duration, Instant};

use chairside_central::store::clinics::NewClinic;
use chairside_central::store::mirror::Owner;
use chairside_central::store::requests::{Claiming, NewBooking, NewRequest, TakenDown, Terms};
use chairside_central::store::{ClinicStorage, MirrorStorage, RequestStorage, SqliteStorage};
use chairside_schedule::id::{ClinicId, PractitionerId};
use chairside_schedule::time::{Instant as Utc, Interval};
use chairside_sync::body::{AppointmentRow, Day, Hash32, Id, Window};
use chairside_sync::digest::DayRows;
use chairside_sync::holds::{self, VisitorId};
use chairside_sync::mails::BookingId;
use chairside_sync::proposal::Place;
use chairside_sync::takeover::Speaker;
use chairside_sync::wire::{At, Begin};
use chairside_sync::{Hash, Now, Proposal, ProposalId, Wish};
use tokio::task::JoinSet;
use uuid::Uuid;

const NOW: Now = Now { steady_ms: 0, wall_ms: 1_795_500_000_000 };

/// A year ahead, and 200,000 visits in it.
const DAYS: Window = Window { from: 20_781, to: 20_781 + 365 };
const A_DAY: i64 = 548;

const REQUESTS: u128 = 5_000;

fn id(number: u128) -> Id {
    Id::from(number.to_be_bytes())
}

fn clinic() -> ClinicId {
    ClinicId(Uuid::from_u128(0xc11))
}

fn visit(day: Day, number: i64) -> AppointmentRow {
    let (with, slot) = (number % 30, number / 30);
    let local_s = i64::from(day) * 86_400 + 8 * 3_600 + slot * 1_800;
    AppointmentRow {
        id: id((u128::from(day.unsigned_abs()) << 32) + u128::from(number.unsigned_abs())),
        version: 1,
        practitioner: id(0x9000 + u128::from(with.unsigned_abs())),
        chair: None,
        kind: id(0xc000),
        status: "booked".to_owned(),
        day,
        local_s,
        zone: "Europe/Stockholm".to_owned(),
        start_s: local_s - 3_600,
        end_s: local_s - 1_800,
        patient: id(0xaa),
    }
}

async fn fill(store: &SqliteStorage) -> Owner {
    let new = NewClinic { id: clinic(), name: "Large".to_owned(), facts: "{}".to_owned() };
    store.add_clinic(new, NOW).await.expect("added");
    let owner = store.claim(clinic(), Uuid::from_u128(1), NOW).await.expect("written").expect("free");
    let at = At { epoch: 1, incarnation: id(1), seq: 1, hash: Hash32::from([1; 32]) };
    store
        .begin(owner, Begin { at, window: DAYS, left: Vec::new() }, Speaker { node: Id::from([2; 16]), epoch: 1 }, NOW)
        .await
        .expect("written");
    for day in DAYS.days() {
        let rows = DayRows { appointments: (0..A_DAY).map(|number| visit(day, number)).collect(), blockouts: vec![] };
        store.replace_day(owner, 1, day, rows, NOW).await.expect("written");
    }
    owner
}

fn wish(number: u128) -> NewRequest {
    let (day, slot) = (DAYS.from + (number % 300) as i32, (number / 300) as i64);
    let row = visit(day, slot * 30 + 7);
    let interval = Interval::new(Utc(row.start_s), Utc(row.end_s)).expect("a half hour");
    let place =
        holds::Place { practitioner: PractitionerId(Uuid::from_bytes(*row.practitioner)), chair: None, interval };
    let visitor = VisitorId(Uuid::from_u128(number));
    NewRequest {
        clinic: clinic(),
        booking: BookingId(Uuid::from_u128(number)),
        fresh: Some(NewBooking {
            secret_hash: Hash([5; 32]),
            contact: Some("somebody@example.org".to_owned()),
            language: "sv".to_owned(),
            terms: Terms::default(),
        }),
        proposal: Proposal {
            id: ProposalId(id(number)),
            appointment: id(0xe0_0000 + number),
            after: None,
            wish: Wish::Book(Place {
                practitioner: row.practitioner,
                kind: row.kind,
                patient: row.patient,
                local_s: row.local_s,
                minutes: 30,
            }),
            urgent: false,
            sealed: None,
            asked_ms: None,
        },
        start_s: row.start_s,
        claim: Some(Claiming { visitor, place, day }),
        idempotency: None,
        screened: true,
    }
}

/// Prints how long a piece of work took, again and again.
async fn measure(what: &str, times: usize, mut work: impl AsyncFnMut(usize)) {
    let mut all = Vec::with_capacity(times);
    for time in 0..times {
        let began = Instant::now();
        work(time).await;
        all.push(began.elapsed());
    }
    all.sort_unstable();
    let at = |percent: usize| all[(all.len() - 1) * percent / 100];
    println!("{what}: p50 {:?}, p99 {:?}", at(50), at(99));
}

fn rate(what: &str, count: u128, took: Duration) {
    println!("{what}: {:.0} a second", count as f64 / took.as_secs_f64());
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteStorage::open(folder.path(), Uuid::from_u128(1)).await.expect("opens");
    let began = Instant::now();
    let owner = fill(&store).await;
    println!("200,000 visits put in place, day by day: {:?}", began.elapsed());
    measure("their digests", 5, async |_| {
        store.digest(owner, 1, DAYS).await.expect("read").expect("the mark is the last entry");
    })
    .await;
    measure("a month's rows", 200, async |time| {
        let from = DAYS.from + (time % 300) as i32;
        store.rows(clinic(), Window { from, to: from + 30 }).await.expect("read");
    })
    .await;
    measure("a day's rows", 2_000, async |time| {
        let from = DAYS.from + (time % 300) as i32;
        store.rows(clinic(), Window { from, to: from + 1 }).await.expect("read");
    })
    .await;
    measure("one request taken down, nobody else there", 300, async |time| {
        let taken = store.take_down(wish(1_000_000 + time as u128), NOW).await.expect("written");
        assert!(matches!(taken, TakenDown::Fresh(_)), "{taken:?}");
    })
    .await;
    let began = Instant::now();
    let mut all = JoinSet::new();
    for number in 0..REQUESTS {
        let store = store.clone();
        all.spawn(async move { store.take_down(wish(number), NOW).await.expect("written") });
    }
    let fresh = all.join_all().await.into_iter().filter(|taken| matches!(taken, TakenDown::Fresh(_))).count();
    rate(&format!("requests taken down side by side ({fresh} of {REQUESTS})"), REQUESTS, began.elapsed());
    let began = Instant::now();
    let mut released = 0;
    loop {
        let days = DAYS.days().collect();
        let (sent, _) = store.release(owner, days, Default::default(), 32, NOW).await.expect("written");
        if sent.is_empty() {
            break;
        }
        released += sent.len() as u128;
    }
    rate("requests released, 32 at a time", released, began.elapsed());
    store.close().await;
}
