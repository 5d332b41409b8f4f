//! What people read of requests and conflicts, and how they end the latter.

use chairside_schedule::appointment::Source;
use chairside_schedule::id::ConflictId;
use chairside_schedule::{Clinic, Status};
use chairside_store::sync::{Reopened, Settlement, Settling};
use chairside_store::{HubSide, Store};
use chairside_sync::body::{AppointmentRow, Id};
use chairside_sync::digest::DayRows;
use chairside_sync::hub::Ask;
use chairside_sync::sealed::Who;
use chairside_sync::{Author, Proposal};
use uuid::Uuid;

use crate::fixture::{AT_MS, Place, book, moment, patient, register, visit};
use crate::sync_fixture::{
    Rule, ask, assert_whole, booking, cancel, conflicts, decide, hub_side, id, moving, patient_id, receive, row,
    visit_of,
};

const NINE: &str = "2026-11-24T09:00";
const TEN: &str = "2026-11-24T10:00";

fn asa() -> Who {
    Who {
        given: "Åsa".to_owned(),
        family: "Wikström".to_owned(),
        birth: "1987-07-14".to_owned(),
        phone: "0708-55 19 23".to_owned(),
        note: "Ring före tio".to_owned(),
    }
}

fn sealed(clinic: &Clinic, who: &Who, proposal: Proposal) -> Proposal {
    Proposal { sealed: Some(who.seal(Id::from(*clinic.id.bytes()), [1; 12]).into()), ..proposal }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_online_is_known_at_the_desk_by_what_they_sealed() {
    let (_place, store) = Place::with_store().await;
    let hub = hub_side(&store);
    let odd = Who { birth: "in July".to_owned(), phone: "ask my mother".to_owned(), ..asa() };
    for (number, start, who) in [(1, NINE, asa()), (2, TEN, odd)] {
        receive(&hub, &sealed(&store.clinic(), &who, booking(number, 0, start))).await;
    }
    receive(&hub, &booking(3, 0, "2026-11-24T11:00")).await;
    decide(&hub, Rule::at_once()).await;
    let known = async |number| store.patient(patient_id(number)).await.expect("read").expect("there");
    let first = known(1).await;
    assert_eq!((first.full_name().as_str(), first.note.as_str()), ("Åsa Wikström", ""));
    assert_eq!(first.phone.map(|phone| phone.digits()).as_deref(), Some("0708551923"));
    assert!(first.birth.is_some());
    assert_eq!(visit_of(&hub, 1).await.map(|visit| visit.note).as_deref(), Some("Ring före tio"));
    assert_eq!(store.find_patients("wikstr", 5).await.expect("found").len(), 2, "and is found");
    let second = known(2).await;
    assert_eq!((second.note.as_str(), second.phone, second.birth), ("in July, ask my mother", None, None));
    assert_eq!(known(3).await.full_name(), "", "what doesn't open keeps nobody waiting");
    assert_whole(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_tells_every_answer_with_what_was_asked_the_latest_first() {
    let (_place, store) = Place::with_store().await;
    let hub = hub_side(&store);
    register(&store, patient(0)).await;
    book(&store, visit(0, 0, TEN)).await.expect("booked");
    let asked = Proposal { asked_ms: Some(AT_MS - 60_000), ..booking(1, 0, NINE) };
    for wish in [&asked, &booking(2, 0, TEN)] {
        receive(&hub, wish).await;
        decide(&hub, Rule::at_once()).await;
    }
    for wish in [moving(3, 1, 0, NINE, "2026-11-24T13:00"), cancel(4, 1)] {
        receive(&hub, &wish).await;
        decide(&hub, Rule::at_once()).await;
    }
    let told = store.answered(None, 10).await.expect("read");
    let ids: Vec<_> = told.iter().map(|one| one.wish.as_ref().expect("it is there").id.0).collect();
    assert_eq!(ids, [4, 3, 2, 1].map(|number| crate::sync_fixture::proposal(number).0));
    assert_eq!(told.iter().map(|one| one.verdict.accepted).collect::<Vec<_>>(), [true, true, false, true]);
    assert_eq!(told[3].wish, Some(asked));
    assert_eq!(told[3].visit.1.as_ref().map(|visit| visit.source), Some(Source::Online));
    let moved = &told[1].visit;
    assert!(moved.0.as_ref().expect("before").time.local < moved.1.as_ref().expect("after").time.local);
    assert_eq!(told[2].visit, (None, None));
    let page = store.answered(Some(told[1].seq), 1).await.expect("read");
    assert_eq!(page.iter().map(|one| one.seq).collect::<Vec<_>>(), [told[2].seq], "read on from there");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clinics_own_limit_counts() {
    let (_place, store) = Place::with_store().await;
    let hub = hub_side(&store);
    let mut clinic = Clinic::clone(&store.clinic());
    clinic.online.limit_minutes = 30;
    store.write(moment(), async move |tx| tx.save_settings(clinic).await).await.expect("saved");
    receive(&hub, &booking(1, 0, NINE)).await;
    assert_eq!(decide(&hub, Rule::by_staff()).await, Some(AT_MS + 30 * 60_000));
    let asked = store.asked().await.expect("read");
    assert_eq!(asked.iter().map(|one| one.until_ms).collect::<Vec<_>>(), [Some(AT_MS + 30 * 60_000)]);
}

/// A clinic with a visit at nine, and a row for ten that only central had.
async fn with_an_orphan(start: &str) -> (Place, HubSide, AppointmentRow, ConflictId) {
    let (place, store) = Place::with_store().await;
    register(&store, patient(0)).await;
    book(&store, visit(0, 0, NINE)).await.expect("booked");
    let hub = hub_side(&store);
    let orphan = AppointmentRow { id: id(5), ..row(&visit(1, 0, start)) };
    let rows = DayRows { appointments: vec![orphan.clone()], blockouts: Vec::new() };
    ask(&hub, Ask::TakeOrphans(rows)).await;
    let conflict = conflicts(&store).await.pop().expect("one is there");
    (place, hub, orphan, ConflictId(Uuid::from_bytes(*conflict.id)))
}

async fn settle(store: &Store, conflict: ConflictId, how: Settling) -> Settlement {
    store.write(moment(), async move |tx| tx.settle_conflict(conflict, how).await).await.expect("settled")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_version_is_put_in_place_and_taken_back() {
    let (_place, hub, orphan, conflict) = with_an_orphan(TEN).await;
    let store = hub.store();
    let Settlement::Done(seq) = settle(store, conflict, Settling::TakeTheirs { over: false }).await else {
        panic!("it can be done")
    };
    let id = Uuid::from_bytes(*orphan.id).into();
    let put = store.appointment(id).await.expect("read").expect("it is there");
    assert_eq!((put.status, put.version), (Status::Booked, orphan.version + 1));
    assert_eq!(conflicts(store).await, []);
    assert_eq!(store.conflicts(AT_MS).await.expect("read").len(), 1, "those just settled are told too");
    assert_eq!(settle(store, conflict, Settling::KeepHere).await, Settlement::NotOpen);
    let reopen =
        async |seq| store.write(moment(), async move |tx| tx.reopen_conflict(seq).await).await.expect("written");
    let Reopened::Open(Some(visit_seq)) = reopen(seq).await else { panic!("it can be opened again") };
    assert_eq!(store.log_at(visit_seq).await.expect("read").and_then(|record| record.subject), Some(put.id.0));
    assert_eq!(conflicts(store).await.len(), 1);
    assert_eq!(reopen(seq).await, Reopened::TooLate, "once");
    assert_eq!(reopen(visit_seq).await, Reopened::TooLate, "that was none");
    assert_whole(store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_lies_over_others_only_where_a_person_said_so() {
    let (_place, hub, _, conflict) = with_an_orphan(NINE).await;
    let store = hub.store();
    let Settlement::InTheWay(others) = settle(store, conflict, Settling::TakeTheirs { over: false }).await else {
        panic!("somebody has the place")
    };
    assert_eq!(others.len(), 1);
    assert_eq!(conflicts(store).await.len(), 1, "nothing was written");
    let done = settle(store, conflict, Settling::TakeTheirs { over: true }).await;
    assert!(matches!(done, Settlement::Done(_)), "{done:?}");
    assert_whole(store).await;
    assert_eq!(store.verify().await.expect("verified").accepted_clashes, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_visit_that_stands_is_called_off_or_there_is_none() {
    let (_place, hub, _, orphan) = with_an_orphan(TEN).await;
    assert_eq!(settle(hub.store(), orphan, Settling::CancelHere).await, Settlement::NotPossible, "it isn't here");
    let receive_moved = AppointmentRow { version: 9, start_s: 0, ..row(&visit(0, 0, NINE)) };
    let rows = DayRows { appointments: vec![receive_moved], blockouts: Vec::new() };
    ask(&hub, Ask::TakeOrphans(rows)).await;
    let lost = conflicts(hub.store()).await.into_iter().find(|one| one.kind == "lost_edit").expect("it is there");
    let lost = ConflictId(Uuid::from_bytes(*lost.id));
    let not_sound = settle(hub.store(), lost, Settling::TakeTheirs { over: true }).await;
    assert_eq!(not_sound, Settlement::NotPossible, "a time that isn't one");
    assert!(matches!(settle(hub.store(), lost, Settling::CancelHere).await, Settlement::Done(_)));
    let visit = hub.store().appointment(visit(0, 0, NINE).id).await.expect("read").expect("it is there");
    assert_eq!(visit.status, Status::Cancelled);
    let entries = hub.store().log_about(visit.id.0).await.expect("read");
    assert!(entries.iter().all(|record| matches!(record.entry.header.by, Author::Staff(_))), "a person did it");
    assert_whole(hub.store()).await;
}
