//! A proposal's way from its receipt to its one verdict.

use chairside_schedule::Status;
use chairside_schedule::appointment::{CancelledBy, Source};
use chairside_store::sync::{Settled, Settlement};
use chairside_store::tx::Overlap;
use chairside_sync::body::AppointmentRow;
use chairside_sync::hub::{Ask, Gate, LinkId, Receipt, Told};
use chairside_sync::proposal::Edit;
use chairside_sync::wire::{EndedRequest, HowEnded, Propose};
use chairside_sync::{Public, Wish};

use crate::fixture::{AT_MS, Place, book, moment, patient, practitioner, register, tamper, visit};
use crate::sync_fixture::{
    Rule, YES, answer, ask, assert_whole, booking, cancel, conflicts, decide, hub_side, id, keep_here, machine, moving,
    no, patient_id, proposal, propose, receive, received, row, said_after, settle, verdict, visit_id, visit_of, window,
    wish,
};

const NINE: &str = "2026-11-24T09:00";
/// What a clinic asks its staff for, where it says nothing else.
const PENDING_MS: i64 = 240 * 60_000;
const TEN: &str = "2026-11-24T10:00";

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_is_kept_once_and_outlives_a_restart() {
    let (place, store) = Place::with_store().await;
    let (hub, tip) = (hub_side(&store), store.tip());
    let wished = booking(1, 0, NINE);
    for _ in 0..2 {
        assert_eq!(receive(&hub, &wished).await, Receipt::Noted);
    }
    let other = booking(1, 0, TEN);
    assert_eq!(receive(&hub, &other).await, Receipt::Refused("repeated_id"));
    let garbled = Propose { content: b"no proposal".to_vec().into(), ..propose(&booking(2, 0, NINE)) };
    assert_eq!(received(&hub, garbled).await, Receipt::Refused("unreadable"));
    let renamed = Propose { id: proposal(3), ..propose(&booking(2, 0, NINE)) };
    assert_eq!(received(&hub, renamed).await, Receipt::Refused("other_id"));
    assert_eq!(store.tip(), tip, "none of it is in the log yet");
    store.close().await;
    let hub = hub_side(&place.open().await);
    assert_eq!(receive(&hub, &other).await, Receipt::Refused("repeated_id"), "still known");
    decide(&hub, Rule::at_once()).await;
    assert_eq!(answer(&hub, &wished).await, YES);
    assert_eq!(receive(&hub, &other).await, Receipt::Refused("repeated_id"), "decided or not");
    assert_whole(hub.store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_at_central_is_kept_once_unless_it_comes_here() {
    let (place, store) = Place::with_store().await;
    let (hub, tip) = (hub_side(&store), store.tip());
    let ended = |number: u128, at_ms: i64, how: HowEnded| {
        let wish = booking(number, 0, NINE);
        EndedRequest { id: wish.id, content: wish.to_bytes().into(), at_ms, how }
    };
    let garbled = EndedRequest { content: b"no proposal".to_vec().into(), ..ended(9, 9, HowEnded::Expired) };
    let renamed = EndedRequest { id: proposal(8), ..ended(9, 9, HowEnded::Expired) };
    let said = vec![ended(1, 100, HowEnded::Withdrawn), garbled, renamed, ended(2, 200, HowEnded::Expired)];
    for _ in 0..2 {
        ask(&hub, Ask::TakeEnded(said.clone())).await;
    }
    ask(&hub, Ask::TakeEnded(vec![ended(1, 999, HowEnded::Expired)])).await;
    let kept = async |from_ms, before_ms, limit| {
        let kept = store.ended(from_ms, before_ms, limit).await.expect("read");
        kept.into_iter().map(|ended| (ended.wish, ended.at_ms, ended.how)).collect::<Vec<_>>()
    };
    let (first, second) =
        ((booking(1, 0, NINE), 100, HowEnded::Withdrawn), (booking(2, 0, NINE), 200, HowEnded::Expired));
    assert_eq!(kept(i64::MIN, i64::MAX, 9).await, [second.clone(), first.clone()], "the latest first");
    assert_eq!(kept(100, 200, 9).await, std::slice::from_ref(&first));
    assert_eq!(kept(i64::MIN, i64::MAX, 1).await, [second]);
    assert_eq!(store.tip(), tip, "none of it is in the log");
    // Central was restored from before it sent this one, and it comes all the same.
    assert_eq!(receive(&hub, &booking(2, 0, NINE)).await, Receipt::Noted);
    assert_eq!(kept(i64::MIN, i64::MAX, 9).await, std::slice::from_ref(&first));
    let here = async || store.reached(&[proposal(1), proposal(2), proposal(3)]).await.expect("read");
    assert_eq!(here().await, [proposal(2)].into());
    decide(&hub, Rule::at_once()).await;
    assert_eq!(kept(i64::MIN, i64::MAX, 9).await, [first]);
    assert_eq!(here().await, [proposal(2)].into(), "answered or not");
    assert_whole(&store).await;
    store.close().await;
    assert_eq!(place.open().await.ended(i64::MIN, i64::MAX, 9).await.expect("read").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_booking_is_one_entry_with_its_visit() {
    let (_place, store) = Place::with_store().await;
    let (hub, before) = (hub_side(&store), store.tip().seq);
    let mut changes = store.changes();
    settle(&hub, &[booking(1, 0, NINE)]).await;
    let said = said_after(&store, before).await;
    let [Public::Patient(who), Public::Verdict(verdict)] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!(**who, *patient_id(1).bytes());
    let visit = visit_of(&hub, 1).await.expect("a visit");
    assert_eq!((visit.status, visit.source, visit.practitioner), (Status::Booked, Source::Online, practitioner(0)));
    assert_eq!((verdict.accepted, verdict.again), (true, false));
    assert_eq!(verdict.appointment, Some(row(&visit)), "the visit as it now is");
    let nameless = store.patient(patient_id(1)).await.expect("read").expect("a patient of their own");
    assert_eq!((nameless.given.as_str(), nameless.family.as_str()), ("", ""));
    let history = store.log_about(visit.id.0).await.expect("its history");
    assert_eq!(history.iter().map(|record| record.entry.header.seq).collect::<Vec<_>>(), [store.tip().seq]);
    let private = String::from_utf8(history[0].private.clone().expect("a private part").bytes).expect("text");
    let sealed: String = b"sealed words".iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(private.contains(&sealed), "what the patient sealed is kept");
    let changed = changes.try_recv().expect("told");
    assert_eq!((changed.seq, changed.days), (store.tip().seq, vec![crate::fixture::day()]));
    assert!(changes.try_recv().is_err(), "once: what is merely noted concerns no screen");
    assert_whole(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_one_is_told_why_and_what_else_is_free() {
    let (_place, store) = Place::with_store().await;
    let hub = hub_side(&store);
    register(&store, patient(0)).await;
    book(&store, visit(0, 0, NINE)).await.expect("booked");
    let (taken, past, closed) =
        (booking(1, 0, NINE), booking(2, 0, "2026-11-24T02:00"), booking(3, 0, "2026-11-24T19:00"));
    settle(&hub, &[taken.clone(), past.clone(), closed.clone()]).await;
    let told = verdict(&hub, &taken).await.expect("a verdict");
    assert_eq!((told.accepted, told.reason.as_deref(), told.alternatives.len()), (false, Some("taken"), 3));
    assert_eq!(answer(&hub, &past).await, no("past"));
    assert_eq!(answer(&hub, &closed).await, no("outside_hours"));
    assert_eq!(visit_of(&hub, 1).await, None);
    assert_eq!(store.patient(patient_id(1)).await.expect("read"), None, "and nobody was registered");
    // The place is free again, and the verdict stays what it was.
    let before = visit(0, 0, NINE);
    let mut after = before.clone();
    (after.version, after.status) = (2, Status::Noshow);
    store
        .write(moment(), async move |tx| tx.update_appointment(&before, &after, Overlap::Refuse).await)
        .await
        .expect("gone");
    decide(&hub, Rule::at_once()).await;
    assert_eq!(answer(&hub, &taken).await, no("taken"));
    assert_whole(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_wishes_and_the_desk_race_for_one_place() {
    let (_place, store) = Place::with_store().await;
    let hub = hub_side(&store);
    register(&store, patient(0)).await;
    let wishes: Vec<_> = (0..1_000).map(|number| booking(number, 0, NINE)).collect();
    for wished in &wishes {
        assert_eq!(receive(&hub, wished).await, Receipt::Noted);
    }
    let desk = tokio::spawn({
        let store = store.clone();
        async move {
            let mut booked = 0;
            for number in 0..200 {
                booked += u32::from(book(&store, visit(number, 0, NINE)).await.is_ok());
            }
            booked
        }
    });
    decide(&hub, Rule::at_once()).await;
    let booked = desk.await.expect("the desk");
    let mut accepted = 0;
    for wished in &wishes {
        accepted += u32::from(verdict(&hub, wished).await.expect("everyone is answered").accepted);
    }
    assert_eq!(booked + accepted, 1, "one has the place");
    assert_eq!(store.day(crate::fixture::day()).await.expect("a day").len(), 1);
    assert_whole(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_decided_behind_a_shut_gate() {
    let (_place, store) = Place::with_store().await;
    let hub = hub_side(&store);
    let (today, tomorrow) = (booking(1, 0, NINE), booking(2, 0, "2026-11-25T09:00"));
    for wished in [&today, &tomorrow] {
        assert_eq!(receive(&hub, wished).await, Receipt::Noted);
    }
    let shut = Gate { from: window().from, ..Gate::default() };
    decide(&hub, Rule { gate: shut.clone(), ..Rule::at_once() }).await;
    assert_eq!(answer(&hub, &today).await, None);
    let one = Gate { open: [window().from + 1].into(), ..shut };
    decide(&hub, Rule { gate: one, ..Rule::at_once() }).await;
    assert_eq!((answer(&hub, &today).await, answer(&hub, &tomorrow).await), (None, YES));
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_are_asked_and_the_place_is_kept_meanwhile() {
    let (_place, store) = Place::with_store().await;
    let hub = hub_side(&store);
    register(&store, patient(0)).await;
    let (kept, late) = (booking(1, 0, NINE), booking(2, 0, NINE));
    assert_eq!(receive(&hub, &kept).await, Receipt::Noted);
    let limit = decide(&hub, Rule::by_staff()).await;
    assert_eq!(limit, Some(AT_MS + PENDING_MS));
    assert_eq!(visit_of(&hub, 1).await.map(|visit| visit.status), Some(Status::Pending));
    let pending = hub.store().asked().await.expect("read");
    assert_eq!(pending.iter().map(|one| (one.wish.id, one.until_ms)).collect::<Vec<_>>(), [(kept.id, limit)]);
    assert!(book(&store, visit(0, 0, NINE)).await.is_err(), "not to the desk either");
    settle(&hub, std::slice::from_ref(&late)).await;
    assert_eq!(answer(&hub, &late).await, no("taken"));
    assert_whole(&store).await;
    assert_eq!(hub.settle(kept.id, true, moment()).await.expect("settled"), Settled::Done { tip: hub.store().tip() });
    assert_eq!(hub.settle(kept.id, false, moment()).await.expect("settled"), Settled::NotPending);
    assert_eq!(answer(&hub, &kept).await, YES);
    assert_eq!(visit_of(&hub, 1).await.map(|visit| (visit.status, visit.version)), Some((Status::Booked, 2)));
    assert_whole(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_staff_decline_gives_its_place_back() {
    let (_place, store) = Place::with_store().await;
    let hub = hub_side(&store);
    register(&store, patient(0)).await;
    let kept = booking(1, 0, NINE);
    assert_eq!(receive(&hub, &kept).await, Receipt::Noted);
    decide(&hub, Rule::by_staff()).await;
    assert_eq!(hub.settle(kept.id, false, moment()).await.expect("settled"), Settled::Done { tip: hub.store().tip() });
    assert_eq!(answer(&hub, &kept).await, no("declined"));
    let visit = visit_of(&hub, 1).await.expect("it stands, called off");
    assert_eq!(visit.cancellation.map(|cancellation| cancellation.by), Some(CancelledBy::Clinic));
    book(&store, crate::fixture::visit(0, 0, NINE)).await.expect("the place is free");
    assert_whole(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_its_limit_the_rule_decides_what_staff_did_not() {
    let (_place, store) = Place::with_store().await;
    let hub = hub_side(&store);
    let kept = booking(1, 0, TEN);
    assert_eq!(receive(&hub, &kept).await, Receipt::Noted);
    let limit = decide(&hub, Rule::by_staff()).await.expect("a limit");
    decide(&hub, Rule { now_ms: limit - 1, ..Rule::by_staff() }).await;
    assert_eq!(answer(&hub, &kept).await, None);
    let shut = Gate { from: window().from, ..Gate::default() };
    assert_eq!(decide(&hub, Rule { now_ms: limit, gate: shut, ..Rule::by_staff() }).await, None);
    assert_eq!(answer(&hub, &kept).await, None, "not behind a shut gate");
    assert_eq!(decide(&hub, Rule { now_ms: limit, ..Rule::by_staff() }).await, None);
    assert_eq!(answer(&hub, &kept).await, YES);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_person_decides_about_a_disputed_day() {
    let (_place, store) = Place::with_store().await;
    let hub = hub_side(&store);
    let wished = booking(1, 0, NINE);
    let disputed = Propose { disputed: true, ..propose(&wished) };
    assert_eq!(received(&hub, disputed).await, Receipt::Noted);
    let day = window().from;
    let gate = Gate { disputed: [day].into(), from: day, ..Gate::default() };
    let later = Rule { gate: gate.clone(), now_ms: AT_MS + 10 * PENDING_MS, ..Rule::at_once() };
    assert_eq!(decide(&hub, Rule { gate, ..Rule::at_once() }).await, None, "no limit");
    decide(&hub, later).await;
    // Nor once the day is open: a person has been asked by then.
    decide(&hub, Rule { now_ms: AT_MS + 10 * PENDING_MS, ..Rule::at_once() }).await;
    assert_eq!(answer(&hub, &wished).await, None);
    let pending = hub.store().asked().await.expect("read");
    assert_eq!(pending.iter().map(|one| (one.until_ms, one.disputed)).collect::<Vec<_>>(), [(None, true)]);
    assert_eq!(hub.settle(wished.id, true, moment()).await.expect("settled"), Settled::Done { tip: hub.store().tip() });
    assert_eq!(answer(&hub, &wished).await, YES);
    assert_whole(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gate_says_what_is_disputed_whatever_was_said_when_it_came() {
    let (_place, store) = Place::with_store().await;
    let hub = hub_side(&store);
    let (settled, disputed) = (booking(1, 0, NINE), booking(2, 0, "2026-11-25T09:00"));
    let once = Propose { disputed: true, ..propose(&settled) };
    assert_eq!(received(&hub, once).await, Receipt::Noted);
    assert_eq!(receive(&hub, &disputed).await, Receipt::Noted);
    let day = window().from;
    let gate = Gate { open: [day].into(), disputed: [day + 1].into(), from: day, ..Gate::default() };
    assert_eq!(decide(&hub, Rule { gate, ..Rule::at_once() }).await, None);
    assert_eq!(answer(&hub, &settled).await, YES, "its day is verified by now");
    assert_eq!(answer(&hub, &disputed).await, None);
    let pending = hub.store().asked().await.expect("read");
    let pending: Vec<_> = pending.iter().map(|one| (one.wish.id, one.until_ms, one.disputed)).collect();
    assert_eq!(pending, [(disputed.id, None, true)], "a person decides, and no limit");
    assert_whole(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limit_counts_from_when_the_hub_decided_by_its_clock() {
    let (_place, store) = Place::with_store().await;
    let hub = hub_side(&store);
    assert_eq!(receive(&hub, &booking(1, 0, TEN)).await, Receipt::Noted);
    let now_ms = AT_MS + 5_000;
    assert_eq!(decide(&hub, Rule { now_ms, ..Rule::by_staff() }).await, Some(now_ms + PENDING_MS));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_went_bad_while_it_was_pending_keeps_no_other_waiting() {
    let (place, store) = Place::with_store().await;
    let hub = hub_side(&store);
    let (bad, good, other) = (booking(1, 0, NINE), booking(2, 0, TEN), booking(3, 1, TEN));
    for wished in [&bad, &good] {
        assert_eq!(receive(&hub, wished).await, Receipt::Noted);
    }
    decide(&hub, Rule::by_staff()).await;
    tamper(&place, "UPDATE inbox SET bytes = zeroblob(8) WHERE place = 1").await;
    assert_eq!(receive(&hub, &other).await, Receipt::Noted);
    assert_eq!(decide(&hub, Rule::at_once()).await, Some(AT_MS + PENDING_MS));
    assert_eq!(answer(&hub, &other).await, YES);
    let pending = hub.store().asked().await.expect("read");
    assert_eq!(pending.iter().map(|one| one.wish.id).collect::<Vec<_>>(), [good.id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_waits_for_the_day_its_visit_was_put_on_and_a_cancel_for_none() {
    let (_place, store) = Place::with_store().await;
    let hub = hub_side(&store);
    settle(&hub, &[booking(1, 0, NINE)]).await;
    let before = visit_of(&hub, 1).await.expect("a visit");
    let mut after = before.clone();
    (after.version, after.time) = (2, visit(0, 0, "2026-11-27T09:00").time);
    store
        .write(moment(), async move |tx| tx.update_appointment(&before, &after, Overlap::Refuse).await)
        .await
        .expect("moved by the desk");
    let (moved, cancelled) = (moving(2, 1, 0, NINE, "2026-11-25T09:00"), cancel(3, 1));
    assert_eq!(receive(&hub, &moved).await, Receipt::Noted);
    let day = window().from;
    let days = |days: &[chairside_sync::body::Day]| {
        let days: chairside_sync::days::DaySet = days.iter().copied().collect();
        Rule { gate: Gate { open: days.clone(), resent: days, from: day, ..Gate::default() }, ..Rule::at_once() }
    };
    decide(&hub, days(&[day, day + 1])).await;
    assert_eq!(answer(&hub, &moved).await, None, "the day it is on now isn't open");
    decide(&hub, days(&[day, day + 1, day + 3])).await;
    assert_eq!(answer(&hub, &moved).await, no("changed_meanwhile"));
    assert_eq!(receive(&hub, &cancelled).await, Receipt::Noted);
    decide(&hub, days(&[])).await;
    assert_eq!(answer(&hub, &cancelled).await, YES, "nobody needs a day to give a place back");
    assert_whole(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_of_nothing_known_waits_until_every_open_day_was_sent_again() {
    let (_place, store) = Place::with_store().await;
    let hub = hub_side(&store);
    let lost = cancel(2, 1);
    assert_eq!(receive(&hub, &lost).await, Receipt::Noted);
    let day = window().from;
    let rule = |open: i32, resent: i32| {
        let gate = Gate {
            open: (day..day + open).collect(),
            resent: (day..day + resent).collect(),
            from: day,
            ..Gate::default()
        };
        Rule { gate, ..Rule::at_once() }
    };
    for (open, resent) in [(0, 0), (3, 0), (3, 2)] {
        decide(&hub, rule(open, resent)).await;
        assert_eq!(answer(&hub, &lost).await, None, "{resent} of {open}");
    }
    decide(&hub, rule(3, 3)).await;
    assert_eq!(answer(&hub, &lost).await, no("unknown_booking"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_depends_on_another_waits_for_it() {
    let (_place, store) = Place::with_store().await;
    let hub = hub_side(&store);
    let (first, second) = (booking(1, 0, NINE), cancel(2, 1));
    assert_eq!(receive(&hub, &second).await, Receipt::Noted);
    let unresent = Gate { resent: Default::default(), ..crate::sync_fixture::open() };
    decide(&hub, Rule { gate: unresent, ..Rule::at_once() }).await;
    assert_eq!(answer(&hub, &second).await, None, "its first may still come");
    settle(&hub, std::slice::from_ref(&first)).await;
    assert_eq!((answer(&hub, &first).await, answer(&hub, &second).await), (YES, YES));
    let visit = visit_of(&hub, 1).await.expect("a visit");
    assert_eq!((visit.status, visit.version), (Status::Cancelled, 2));
    assert_eq!(visit.cancellation.map(|cancellation| cancellation.by), Some(CancelledBy::Patient));
    let lost = cancel(4, 3);
    settle(&hub, std::slice::from_ref(&lost)).await;
    assert_eq!(answer(&hub, &lost).await, no("unknown_booking"), "everything was proposed again, and it wasn't there");
    assert_whole(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_takes_the_new_place_and_leaves_the_old_one() {
    let (_place, store) = Place::with_store().await;
    let hub = hub_side(&store);
    register(&store, patient(0)).await;
    let moved = moving(2, 1, 1, NINE, "2026-11-26T10:00");
    settle(&hub, &[booking(1, 0, NINE), moved.clone()]).await;
    assert_eq!(answer(&hub, &moved).await, YES);
    let there = visit_of(&hub, 1).await.expect("a visit");
    assert_eq!((there.time.local, there.practitioner), (crate::fixture::at("2026-11-26T10:00"), practitioner(1)));
    book(&store, visit(0, 0, NINE)).await.expect("the old place is free");
    let late = moving(3, 1, 1, NINE, TEN);
    settle(&hub, std::slice::from_ref(&late)).await;
    assert_eq!(answer(&hub, &late).await, no("changed_meanwhile"));
    assert_whole(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_of_another_desktop_are_merged_kept_apart_or_refused() {
    let (_place, store) = Place::with_store().await;
    let hub = hub_side(&store);
    register(&store, patient(0)).await;
    let base = visit(0, 0, NINE);
    book(&store, base.clone()).await.expect("booked");
    let edit = |number, change: &dyn Fn(&mut AppointmentRow)| {
        let mut after = row(&base);
        change(&mut after);
        let edit = Edit { before: Some(row(&base)), after };
        let edited = wish(number, 0, None, Wish::Edit(Box::new(edit)));
        chairside_sync::Proposal { appointment: row(&base).id, ..edited }
    };
    let arrived = edit(1, &|row| row.status = "arrived".to_owned());
    let other_room = edit(2, &|row| row.chair = Some(id(0xcc00)));
    let gone = edit(3, &|row| row.status = "noshow".to_owned());
    let nonsense = edit(4, &|row| row.end_s += 7);
    let nobody = edit(5, &|row| row.practitioner = id(77));
    let all = [&arrived, &other_room, &gone, &nonsense, &nobody];
    for wished in all {
        assert_eq!(receive(&hub, wished).await, Receipt::Noted);
    }
    // What patients wish stands behind what staff did.
    decide(&hub, Rule::at_once()).await;
    for (wished, expected) in all.into_iter().zip([YES, YES, YES, no("not_possible"), no("not_possible")]) {
        assert_eq!(answer(&hub, wished).await, expected, "{wished:?}");
    }
    let merged = store.appointment(base.id).await.expect("read").expect("there");
    assert_eq!((merged.status, merged.chair, merged.version), (Status::Arrived, Some(crate::fixture::chair(0)), 3));
    assert!(merged.arrived_at.is_some());
    let open = conflicts(hub.store()).await;
    assert_eq!(open.iter().map(|one| (one.kind.as_str(), one.id)).collect::<Vec<_>>(), [("edited_apart", gone.id.0)]);
    assert!(matches!(keep_here(&store, gone.id.0).await, Settlement::Done(_)));
    assert_eq!(keep_here(&store, gone.id.0).await, Settlement::NotOpen, "once");
    assert_eq!(conflicts(hub.store()).await, []);
    assert_whole(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verdict_is_kept_until_its_day_is_past_and_every_mirror_has_it() {
    let (_place, store) = Place::with_store().await;
    let hub = hub_side(&store);
    let (near, far) = (booking(1, 0, NINE), booking(2, 0, "2026-11-30T09:00"));
    let (one, other) = (LinkId(1), LinkId(2));
    for link in [one, other] {
        hub.pair(link, machine()).await.expect("paired");
    }
    settle(&hub, &[near, far]).await;
    let next_day = chairside_store::Moment { at_ms: AT_MS + 24 * 3_600_000, ..machine() };
    let kept = async || match ask(&hub, Ask::Verdicts(0)).await {
        Told::Verdicts(verdicts, None) => verdicts.iter().map(|verdict| verdict.proposal).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let both = [proposal(1).0, proposal(2).0];
    let acknowledged = async |link, moment| {
        let told = hub.answer(Ask::Acknowledged(link, store.tip().seq), moment).await.expect("answered");
        assert!(matches!(told, Told::Done), "{told:?}");
    };
    acknowledged(one, next_day).await;
    assert_eq!(kept().await, both, "somebody hasn't heard of them");
    acknowledged(other, machine()).await;
    assert_eq!(kept().await, both, "their days are still to come");
    ask(&hub, Ask::Mark(window())).await;
    assert_eq!(kept().await, both);
    hub.answer(Ask::Mark(window()), next_day).await.expect("a mark the day after");
    assert_eq!(kept().await, both[1..]);
    hub.unpair(one, next_day).await.expect("unpaired");
    assert_whole(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn verdicts_are_told_page_by_page() {
    let (_place, store) = Place::with_store().await;
    let hub = hub_side(&store);
    let wishes: Vec<_> = (0..150).map(|number| booking(number, 0, NINE)).collect();
    settle(&hub, &wishes).await;
    let (mut told, mut from) = (Vec::new(), Some(0));
    while let Some(at) = from {
        let Told::Verdicts(page, rest) = ask(&hub, Ask::Verdicts(at)).await else { panic!("no verdicts") };
        assert!(page.len() <= 64);
        told.extend(page.iter().map(|verdict| verdict.proposal));
        from = rest;
    }
    assert_eq!(told, wishes.iter().map(|wished| wished.id.0).collect::<Vec<_>>(), "each once, as they were given");
    assert_eq!(visit_id(0), visit_of(&hub, 0).await.expect("the first got it").id);
}
