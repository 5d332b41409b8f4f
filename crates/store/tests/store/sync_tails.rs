//! What mirrors give back to a store that was restored.

use chairside_schedule::Status;
use chairside_schedule::appointment::VisitTime;
use chairside_schedule::id::ConflictId;
use chairside_store::sync::{Settled, Settlement, Settling};
use chairside_store::{Fault, HubSide};
use chairside_sync::body::{AppointmentRow, Id, VerdictRow};
use chairside_sync::digest::DayRows;
use chairside_sync::hub::{Ask, Receipt, Told};
use chairside_sync::restore::ConflictKind;
use chairside_sync::sealed::Who;
use chairside_sync::wire::At;
use chairside_sync::{Proposal, Public};
use uuid::Uuid;

use crate::fixture::{FIRST_LIFE, Place, at, book, book_many, moment, patient, register, tamper, visit};
use crate::sync_fixture::{
    Rule, YES, answer, ask, assert_whole, booking, cancel, conflicts, decide, hub_side, id, no, proposal, receive, row,
    said_after, settle, verdict, visit_of, window,
};

use crate::sync_lives::{NINE, born_from, restored};

async fn take_back(hub: &HubSide, tail: &[Public]) {
    take_back_with(hub, tail, Vec::new()).await;
}

/// The same, where the mirror still has what was wished.
async fn take_back_with(hub: &HubSide, tail: &[Public], wishes: Vec<Vec<u8>>) {
    take_back_of(hub, tail, wishes, Vec::new()).await;
}

/// The same, of a mirror that has told nobody of some of it.
async fn take_back_untold(hub: &HubSide, tail: &[Public], untold: Id) {
    take_back_of(hub, tail, Vec::new(), vec![untold]).await;
}

async fn take_back_of(hub: &HubSide, tail: &[Public], wishes: Vec<Vec<u8>>, untold: Vec<Id>) {
    let entries = tail.iter().map(Public::to_bytes).collect();
    let told = ask(hub, Ask::TakeBack { entries, wishes, untold }).await;
    assert!(matches!(told, Told::TookBack { tip } if tip == hub.store().tip()), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn verdicts_come_back_as_they_were_given_and_edits_as_conflicts() {
    let (_place, hub, lost, _) = restored().await;
    take_back(&hub, &lost).await;
    assert_eq!(answer(&hub, &booking(2, 0, "2026-11-24T10:00")).await, YES);
    assert_eq!(answer(&hub, &cancel(3, 1)).await, YES);
    assert_eq!(answer(&hub, &booking(4, 0, "2026-11-24T10:00")).await, no("taken"));
    assert!(verdict(&hub, &booking(2, 0, "2026-11-24T10:00")).await.expect("a verdict").again);
    let other = booking(2, 0, "2026-11-24T13:00");
    assert_eq!(receive(&hub, &other).await, Receipt::Refused("repeated_id"), "another wish under its id");
    assert_eq!(visit_of(&hub, 1).await.map(|visit| visit.status), Some(Status::Cancelled));
    assert_eq!(visit_of(&hub, 2).await.map(|visit| visit.status), Some(Status::Booked));
    let conflicts = conflicts(hub.store()).await;
    let kinds: Vec<_> = conflicts.iter().map(|one| (one.kind.as_str(), one.appointment)).collect();
    assert_eq!(kinds, [("lost_edit", row(&visit(0, 0, NINE)).id)], "what the desk did is for a person");
    let tip = hub.store().tip();
    take_back(&hub, &lost).await;
    assert_eq!(hub.store().tip(), tip, "given back twice, taken once");
    assert_whole(hub.store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_lost_lives_the_last_one_says_what_a_visit_came_to() {
    let (_place, hub, ..) = restored().await;
    let here = row(&visit_of(&hub, 1).await.expect("booked before"));
    let half_an_hour_later = AppointmentRow {
        version: 2,
        local_s: here.local_s + 1_800,
        start_s: here.start_s + 1_800,
        end_s: here.end_s + 1_800,
        ..here.clone()
    };
    let back = AppointmentRow { version: 3, ..here.clone() };
    // Another life grew from where the store is now, and counted from there.
    let cancelled = AppointmentRow { version: 2, status: Status::Cancelled.as_str().to_owned(), ..here.clone() };
    let answer = verdict(&hub, &booking(1, 0, NINE)).await.expect("answered");
    let tail = [half_an_hour_later, back, cancelled.clone()].map(Public::Appointment);
    // Verdicts may be given back behind what came of them, and a third life began
    // by saying how things stood where it grew from.
    let behind = [Public::Verdict(Box::new(answer)), Public::Appointment(here)];
    take_back(&hub, &[&tail[..], &behind].concat()).await;
    let conflicts = conflicts(hub.store()).await;
    let theirs: Vec<_> = conflicts.into_iter().filter_map(|one| one.theirs).collect();
    assert_eq!(theirs, [cancelled]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_answer_that_is_known_here_said_too_is_told_all_the_same() {
    let (_place, hub, ..) = restored().await;
    let here = row(&visit_of(&hub, 1).await.expect("booked before"));
    let cancelled = AppointmentRow { version: 2, status: Status::Cancelled.as_str().to_owned(), ..here };
    // Said again where a life began, it says how the visit stood by then.
    let answer = verdict(&hub, &booking(1, 0, NINE)).await.expect("answered");
    let answer = VerdictRow { appointment: Some(cancelled.clone()), ..answer };
    take_back(&hub, &[Public::Verdict(Box::new(answer)), Public::Appointment(cancelled.clone())]).await;
    let theirs: Vec<_> = conflicts(hub.store()).await.into_iter().filter_map(|one| one.theirs).collect();
    assert_eq!(theirs, [cancelled]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_of_a_visit_comes_back_with_an_answer_that_is_known_here() {
    let (_place, hub, ..) = restored().await;
    let here = row(&visit_of(&hub, 1).await.expect("booked before"));
    let cancelled = AppointmentRow { version: 2, status: Status::Cancelled.as_str().to_owned(), ..here.clone() };
    let answer = verdict(&hub, &booking(1, 0, NINE)).await.expect("answered");
    // A life that took it back once said it with the visit as it was by then, and nothing else of it.
    let said = |row: &AppointmentRow| {
        let again = VerdictRow { appointment: Some(row.clone()), again: true, ..answer.clone() };
        [Public::Verdict(Box::new(again))]
    };
    let theirs = async || -> Vec<AppointmentRow> {
        conflicts(hub.store()).await.into_iter().filter_map(|one| one.theirs).collect()
    };
    take_back(&hub, &said(&here)).await;
    assert_eq!(theirs().await, []);
    take_back(&hub, &said(&cancelled)).await;
    assert_eq!(theirs().await, [cancelled]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_visit_came_to_is_told_although_the_beginning_of_its_life_is_given_back_later() {
    let (_place, hub, ..) = restored().await;
    let here = row(&visit_of(&hub, 1).await.expect("booked before"));
    let moved = AppointmentRow { version: 2, start_s: here.start_s + 1_800, ..here.clone() };
    let back = AppointmentRow { version: 3, ..here.clone() };
    let cancelled = AppointmentRow { version: 4, status: Status::Cancelled.as_str().to_owned(), ..here };
    // Put back twice, the second time further than the first.
    let tail = [cancelled.clone(), moved, back, cancelled.clone()].map(Public::Appointment);
    take_back(&hub, &tail).await;
    let theirs: Vec<_> = conflicts(hub.store()).await.into_iter().filter_map(|one| one.theirs).collect();
    assert_eq!(theirs, [cancelled]);
    let tip = hub.store().tip();
    take_back(&hub, &tail).await;
    assert_eq!(hub.store().tip(), tip, "once");
}

/// A person at the restored desk says yes to what was declined for its place.
async fn accepted_meanwhile() -> (Place, HubSide, Proposal, Vec<Public>) {
    let (place, hub, lost, _) = restored().await;
    let wish = booking(4, 0, "2026-11-24T10:00");
    assert_eq!(receive(&hub, &wish).await, Receipt::Noted);
    decide(&hub, Rule::by_staff()).await;
    let settled = hub.settle(wish.id, true, moment()).await.expect("written");
    assert!(matches!(settled, Settled::Done { .. }), "{settled:?}");
    let is_no = |body: &Public| matches!(body, Public::Verdict(verdict) if verdict.proposal == wish.id.0);
    let no = lost.into_iter().filter(is_no).collect();
    (place, hub, wish, no)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_whose_patient_was_told_no_goes_before_people() {
    let (_place, hub, wish, told) = accepted_meanwhile().await;
    take_back(&hub, &told).await;
    assert_eq!(answer(&hub, &wish).await, no("taken"), "what was told stands");
    let all = conflicts(hub.store()).await;
    let [conflict] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((conflict.kind.as_str(), conflict.appointment), (ConflictKind::Overruled.as_str(), visit_row(4)));
    assert_eq!(conflict.theirs, None, "there is the one version");
    assert_eq!(visit_of(&hub, 4).await.map(|visit| visit.status), Some(Status::Booked), "nobody takes it away unasked");
    let tip = hub.store().tip();
    take_back(&hub, &told).await;
    assert_eq!(hub.store().tip(), tip, "given back twice, told once");
    let id = ConflictId(Uuid::from_bytes(*conflict.id));
    let settled = hub.store().write(moment(), async move |tx| tx.settle_conflict(id, Settling::CancelHere).await).await;
    assert!(matches!(settled.expect("settled"), Settlement::Done(_)));
    assert_eq!(visit_of(&hub, 4).await.map(|visit| visit.status), Some(Status::Cancelled));
    assert_whole(hub.store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_central_has_told_nobody_gives_way_to_what_stands_here() {
    let (_place, hub, wish, heard) = accepted_meanwhile().await;
    let before = hub.store().tip().seq;
    take_back_untold(&hub, &heard, wish.id.0).await;
    assert_eq!(answer(&hub, &wish).await, YES);
    let said = said_after(hub.store(), before).await;
    let [Public::Verdict(said)] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!(
        (said.proposal, said.accepted, said.again),
        (wish.id.0, true, true),
        "said once more, for central to hear"
    );
    assert_eq!(said.appointment, visit_of(&hub, 4).await.as_ref().map(row));
    assert_eq!(conflicts(hub.store()).await, []);
    assert_whole(hub.store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_here_has_answered_stands_as_it_was_given_told_or_not() {
    let (_place, hub, lost, _) = restored().await;
    let ten = booking(2, 0, "2026-11-24T10:00");
    take_back_untold(&hub, &lost, ten.id.0).await;
    assert_eq!(answer(&hub, &ten).await, YES);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_stands_beside_whoever_got_its_place_since() {
    let (_place, hub, lost, _) = restored().await;
    book(hub.store(), visit(7, 0, "2026-11-24T10:00")).await.expect("the desk works on");
    // The same wish came again, and was answered otherwise by now.
    let again = booking(4, 1, "2026-11-24T10:00");
    assert_eq!(receive(&hub, &again).await, Receipt::Noted);
    take_back(&hub, &lost).await;
    let conflicts = conflicts(hub.store()).await;
    let double = conflicts.iter().find(|one| one.kind == ConflictKind::Double.as_str()).expect("both are promised");
    assert_eq!(double.appointment, row(&visit(7, 0, NINE)).id);
    assert_eq!(visit_of(&hub, 2).await.map(|visit| visit.status), Some(Status::Booked), "and both stand");
    decide(&hub, Rule::at_once()).await;
    assert_eq!(visit_of(&hub, 4).await, None, "what was told first holds");
    assert_whole(hub.store()).await;
    assert_eq!(hub.store().verify().await.expect("verified").accepted_clashes, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asked_comes_back_with_the_answer_to_what_they_asked() {
    let (_place, store) = Place::with_store().await;
    let clinic = Id::from(*store.clinic().id.bytes());
    let sealed = |number: u8| {
        let who = Who { given: format!("Given{number}"), family: "Online".to_owned(), ..Who::default() };
        let who = Who { phone: "070-123 45 67".to_owned(), note: "In a wheelchair".to_owned(), ..who };
        Some(who.seal(clinic, [number; 12]).into())
    };
    let asked = |number: u8, start: &str| Proposal { sealed: sealed(number), ..booking(number.into(), 0, start) };
    let wishes = [asked(1, NINE), asked(2, "2026-11-24T10:00"), asked(3, "2026-11-24T11:00")];
    let hub = hub_side(&store);
    settle(&hub, &wishes).await;
    let given: Vec<Public> = said_after(&store, 2).await.into_iter().filter(is_verdict).collect();
    assert_eq!(given.len(), wishes.len());

    store.close().await;

    // Another disk, on which nothing of this was ever written.
    let (_other, store) = Place::with_store().await;
    let hub = hub_side(&store);
    let other_words = Proposal { sealed: sealed(9), ..wishes[1].clone() };
    let back = [wishes[0].to_bytes(), other_words.to_bytes(), b"no wish".to_vec()];
    take_back_with(&hub, &given, back.to_vec()).await;
    take_back_with(&hub, &given, wishes.iter().map(Proposal::to_bytes).collect()).await;
    for (number, name) in [(1, "Given1 Online"), (2, ""), (3, "")] {
        let visit = visit_of(&hub, number).await.expect("it was promised");
        let patient = store.patient(visit.patient).await.expect("read").expect("they have one");
        assert_eq!(
            format!("{} {}", patient.given, patient.family).trim(),
            name,
            "only what was answered, and with the answer: {number}"
        );
        let known = number == 1;
        assert_eq!(visit.note, if known { "In a wheelchair" } else { "" });
        assert_eq!(patient.phone.is_some(), known);
    }
    let answered = store.answered(None, 10).await.expect("read");
    let wishes = answered.iter().filter_map(|answered| answered.wish.as_ref());
    assert_eq!(wishes.map(|wish| wish.id).collect::<Vec<_>>(), [proposal(1)], "what was asked can be read again");
    assert_whole(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_other_zone_rules_made_of_a_visit_comes_back_by_those_of_here() {
    // An hour earlier, as where summer time has no end.
    let by_others =
        |row: AppointmentRow| AppointmentRow { start_s: row.start_s - 3_600, end_s: row.end_s - 3_600, ..row };
    let (_place, hub, lost, _) = restored().await;
    let tail = lost.iter().cloned().map(|body| match body {
        Public::Verdict(mut verdict) => {
            verdict.appointment = verdict.appointment.map(by_others);
            Public::Verdict(verdict)
        }
        Public::Appointment(row) => Public::Appointment(by_others(row)),
        other => other,
    });
    take_back(&hub, &tail.collect::<Vec<_>>()).await;
    let ten = visit_of(&hub, 2).await.expect("it was promised");
    assert_eq!(ten.time, VisitTime::new(at("2026-11-24T10:00"), ten.time.zone, 30));
    // What only a mirror had is kept as it came; chosen, it stands by the rules of here.
    let orphan = AppointmentRow { id: visit_row(7), ..row(&visit(7, 1, "2026-11-25T14:00")) };
    let orphan = by_others(AppointmentRow { patient: row(&ten).patient, ..orphan });
    let rows = DayRows { appointments: vec![orphan], blockouts: Vec::new() };
    ask(&hub, Ask::TakeOrphans(rows)).await;
    for conflict in conflicts(hub.store()).await {
        let (id, how) = (ConflictId(Uuid::from_bytes(*conflict.id)), Settling::TakeTheirs { over: false });
        let settled = hub.store().write(moment(), async move |tx| tx.settle_conflict(id, how).await).await;
        assert!(matches!(settled.expect("settled"), Settlement::Done(_)), "{conflict:?}");
    }
    let (eleven, two) = (hub.store().appointment(visit(0, 0, NINE).id).await.expect("read"), visit_of(&hub, 7).await);
    for (visit, local) in [(eleven, "2026-11-24T11:00"), (two, "2026-11-25T14:00")] {
        let visit = visit.expect("it is back");
        assert_eq!(visit.time, VisitTime::new(at(local), visit.time.zone, 30));
    }
    assert_whole(hub.store()).await;
}

fn is_verdict(body: &Public) -> bool {
    matches!(body, Public::Verdict(_))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_once_central_was_heard_out_stands_whatever_an_older_copy_of_it_says() {
    let (_place, hub, lost, _) = restored().await;
    let wish = booking(2, 0, "2026-11-24T10:00");
    // Nobody had the first answer any more, and its place went to another.
    book(hub.store(), visit(7, 0, "2026-11-24T10:00")).await.expect("the desk works on");
    settle(&hub, std::slice::from_ref(&wish)).await;
    assert_eq!(answer(&hub, &wish).await, no("taken"));
    // Then central is put back to a copy that has it.
    take_back(&hub, &lost).await;
    assert_eq!(answer(&hub, &wish).await, no("taken"));
    assert!(verdict(&hub, &wish).await.expect("a verdict").again, "said once more, for central to hear");
    assert_eq!(visit_of(&hub, 2).await, None);
    let tip = hub.store().tip();
    take_back(&hub, &lost).await;
    assert_eq!(hub.store().tip(), tip, "given back twice, said once");
    assert_whole(hub.store()).await;
    // In a life that hasn't heard central out, what was told counts again.
    born_from(&hub, At::from(tip)).await;
    take_back(&hub, &lost).await;
    assert_eq!(answer(&hub, &wish).await, YES);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_back_garbled_is_kept_for_a_person() {
    let (_place, hub, lost, _) = restored().await;
    let garbled = lost.iter().cloned().map(|body| match body {
        Public::Verdict(mut verdict) => {
            if let Some(row) = &mut verdict.appointment {
                row.zone = "Nowhere/Atall".to_owned();
            }
            Public::Verdict(verdict)
        }
        other => other,
    });
    let mut tail: Vec<Vec<u8>> = garbled.map(|body| body.to_bytes()).collect();
    tail.push(b"no entry".to_vec());
    ask(&hub, Ask::TakeBack { entries: tail, wishes: Vec::new(), untold: Vec::new() }).await;
    assert_eq!(answer(&hub, &booking(2, 0, "2026-11-24T10:00")).await, YES, "the promise was made");
    assert_eq!(visit_of(&hub, 2).await, None);
    assert!(conflicts(hub.store()).await.iter().any(|one| one.appointment == visit_row(2)));
    assert_whole(hub.store()).await;
}

fn visit_row(number: u128) -> Id {
    crate::sync_fixture::id_of(crate::sync_fixture::visit_id(number).0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_only_a_mirror_has_becomes_a_conflict_once() {
    let (_place, store) = Place::with_store().await;
    register(&store, patient(0)).await;
    book_many(&store, 0, 1).await;
    let hub = hub_side(&store);
    let known = row(&crate::fixture::nth(0));
    let orphan = AppointmentRow { id: id(5), ..known.clone() };
    for _ in 0..2 {
        let rows = DayRows { appointments: vec![known.clone(), orphan.clone()], blockouts: Vec::new() };
        ask(&hub, Ask::TakeOrphans(rows)).await;
    }
    let conflicts = conflicts(hub.store()).await;
    let kept: Vec<_> = conflicts.iter().map(|one| (one.kind.as_str(), one.theirs.clone())).collect();
    assert_eq!(kept, [("orphan", Some(orphan))]);
    assert_whole(&store).await;
}

/// A store with something in every table that is kept for mirrors.
async fn kept_for_mirrors() -> (Place, HubSide) {
    let (place, store) = Place::with_store().await;
    register(&store, patient(0)).await;
    book_many(&store, 0, 1).await;
    let hub = hub_side(&store);
    settle(&hub, &[booking(1, 1, NINE)]).await;
    let orphan = AppointmentRow { id: id(5), ..row(&crate::fixture::nth(0)) };
    ask(&hub, Ask::TakeOrphans(DayRows { appointments: vec![orphan], blockouts: Vec::new() })).await;
    assert_eq!(receive(&hub, &booking(2, 2, NINE)).await, Receipt::Noted);
    decide(&hub, Rule::by_staff()).await;
    ask(&hub, Ask::Mark(window())).await;
    assert_whole(&store).await;
    (place, hub)
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_to_what_is_kept_for_mirrors_is_told() {
    let orphan = {
        let (_place, hub) = kept_for_mirrors().await;
        Uuid::from_bytes(*conflicts(hub.store()).await[0].id)
    };
    let (decided, waits) = (Uuid::from_bytes(*proposal(1).0), Uuid::from_bytes(*proposal(2).0));
    let cases = [
        ("UPDATE verdict SET seq = seq - 1", decided),
        ("UPDATE verdict SET answer = zeroblob(8)", decided),
        ("UPDATE inbox SET bytes = zeroblob(8)", waits),
        ("UPDATE inbox SET content = zeroblob(32)", waits),
        ("UPDATE conflict SET settled = 1", orphan),
        ("DELETE FROM conflict", orphan),
        ("DELETE FROM life", Uuid::from_u128(FIRST_LIFE)),
    ];
    for (statement, named) in cases {
        let (place, hub) = kept_for_mirrors().await;
        tamper(&place, statement).await;
        assert_eq!(hub.store().verify().await.expect("verified").fault, Some(Fault::Row(named)), "{statement}");
    }
    let (place, hub) = kept_for_mirrors().await;
    tamper(&place, "DELETE FROM verdict").await;
    assert_whole(hub.store()).await;
    let told = hub.settle(proposal(2), true, moment()).await.expect("settled");
    assert_eq!(
        told,
        chairside_store::sync::Settled::Done { tip: hub.store().tip() },
        "one that was forgotten is no damage"
    );
}
