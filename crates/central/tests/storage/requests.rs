//! A request's way from the form to its end, and the places kept meanwhile.

use chairside_central::store::requests::{Idempotency, NewRequest, TakenDown};
use chairside_central::store::{ClinicStorage, HoldStorage, MirrorStorage, RequestStorage, Storage};
use chairside_sync::booking::{Event, State};
use chairside_sync::holds::{By, Change, FORM_MS, Refused, Step, VERIFY_MS, Way};
use chairside_sync::mails::Outcome;
use chairside_sync::proposal::{Move, content_hash32};
use chairside_sync::wire::HowEnded;
use chairside_sync::{Hash, Now, ProposalId, Wish};

use crate::fixture::{
    EARLY, EPOCH, FIRST, WINDOW, about, answer, begun, booked, booking, booking_id, clinic, id, kept, live, now,
    proposal_id, spot, take_down, verdict, visit, visitor, with_clinic,
};
use crate::{Factory, on_every_store};

on_every_store!(
    a_wish_is_taken_down_with_its_claim_and_what_is_told,
    the_same_wish_and_the_same_attempt_are_known_and_others_refused,
    a_thousand_race_for_one_place_and_one_has_it,
    requests_leave_in_the_queues_order_for_open_days_only,
    what_was_sent_is_proposed_again_until_its_verdict,
    a_follow_up_waits_for_its_first_and_for_both_days,
    a_verdict_counts_for_its_own_wish_only,
    only_what_was_never_sent_is_withdrawn_or_expires,
    what_a_hub_cannot_take_is_set_aside_and_others_go_on,
    holds_run_out_and_are_given_up,
    a_booking_is_forgotten_after_its_visit,
    a_visit_the_clinic_changed_is_told_as_the_clinics_doing,
);

fn sent<'a>(all: impl IntoIterator<Item = &'a chairside_sync::mirror::Sent>) -> Vec<ProposalId> {
    all.into_iter().map(|sent| sent.id).collect()
}

pub async fn release<S: Storage>(store: &S, owner: chairside_central::store::Owner, days: &[i32]) -> Vec<ProposalId> {
    let days = days.iter().copied().collect();
    let (all, _) = store.release(owner, days, Default::default(), 100, now(EARLY)).await.expect("written");
    sent(&all)
}

async fn a_wish_is_taken_down_with_its_claim_and_what_is_told<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let wish = booking(1, FIRST, 0);
    let effects = take_down(&store, &wish).await;
    assert!(effects.mails && effects.days == [FIRST].into());
    let request = kept(&store, &wish).await;
    assert_eq!((request.state, request.number, request.days.as_slice()), (State::Held, 1, &[FIRST][..]));
    assert_eq!(request.content, wish.proposal.to_bytes());
    let told = booked(&store, 1).await;
    assert_eq!((told.outcome, told.sequence), (Outcome::Held, 1), "the clinic isn't live");
    assert_eq!(told.secret_hash, Hash([5; 32]));
    assert_eq!(told.requests, [request]);
    let claims = store.being_booked(clinic(), WINDOW, now(EARLY)).await.expect("read");
    assert_eq!(claims, [(By::Proposal(wish.proposal.id), spot(FIRST, 0))]);
    live(&store, owner).await;
    take_down(&store, &booking(2, FIRST, 1)).await;
    assert_eq!(booked(&store, 2).await.outcome, Outcome::Received, "it goes out at once");
    let unscreened = NewRequest { screened: false, ..booking(3, FIRST, 2) };
    take_down(&store, &unscreened).await;
    assert_eq!(kept(&store, &unscreened).await.state, State::Requested);
    let effects = store.step(unscreened.proposal.id, Event::Failed, now(EARLY)).await.expect("written");
    assert_eq!(effects.days, [FIRST].into(), "its place is free again");
    assert_eq!(booked(&store, 3).await.outcome, Outcome::NotPossible);
    assert_eq!(store.queue(clinic(), 10).await.expect("read").len(), 2);
    assert_eq!(store.waiting(clinic(), now(EARLY)).await.expect("read").held, 2);
    factory.close(store).await;
}

async fn the_same_wish_and_the_same_attempt_are_known_and_others_refused<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    with_clinic(&store).await;
    let attempt = |key: u8, body: u8| Some(Idempotency { key: Hash([key; 32]), body: Hash([body; 32]) });
    let wish = NewRequest { idempotency: attempt(1, 1), ..booking(1, FIRST, 0) };
    take_down(&store, &wish).await;
    let again = async |request: NewRequest| store.take_down(request, now(EARLY)).await.expect("read");
    let known = TakenDown::Known(wish.proposal.id, State::Held);
    assert_eq!(again(wish.clone()).await, known);
    assert_eq!(again(NewRequest { idempotency: None, ..wish.clone() }).await, known, "the same wish");
    let elsewhere = NewRequest { idempotency: attempt(1, 1), ..booking(2, FIRST, 4) };
    assert_eq!(again(elsewhere).await, known, "the same attempt, whatever ids were drawn for it");
    assert_eq!(again(NewRequest { idempotency: attempt(1, 2), ..wish.clone() }).await, TakenDown::OtherContent);
    let mut other = NewRequest { idempotency: None, ..wish.clone() };
    other.proposal.urgent = true;
    assert_eq!(again(other).await, TakenDown::OtherContent, "one id, another wish");
    let mut later = NewRequest { idempotency: None, ..wish.clone() };
    later.proposal.asked_ms = Some(1);
    assert_eq!(again(later).await, known, "the same wish, said at another moment");
    let taken = NewRequest { booking: booking_id(1), ..booking(3, FIRST, 5) };
    assert_eq!(again(taken).await, TakenDown::OtherContent, "one booking's id, another booking");
    let nobodys = NewRequest { booking: booking_id(9), ..about(4, &wish, Wish::Cancel) };
    assert_eq!(again(nobodys).await, TakenDown::NoBooking);
    let mut foreign = about(5, &wish, Wish::Cancel);
    foreign.proposal.appointment = id(0xf0);
    assert_eq!(again(foreign).await, TakenDown::NoBooking, "about another visit");
    assert_eq!(store.queue(clinic(), 10).await.expect("read").len(), 1);
    factory.close(store).await;
}

async fn a_thousand_race_for_one_place_and_one_has_it<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    with_clinic(&store).await;
    let mut race = tokio::task::JoinSet::new();
    for number in 0..1_000 {
        let store = store.clone();
        race.spawn(async move { store.take_down(booking(number, FIRST, 0), now(EARLY)).await.expect("written") });
    }
    let all = race.join_all().await;
    let (mut won, mut lost) = (0, 0);
    for taken in all {
        match taken {
            TakenDown::Fresh(_) => won += 1,
            TakenDown::NoPlace(Refused::Taken) => lost += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((won, lost), (1, 999));
    assert_eq!(store.queue(clinic(), 10).await.expect("read").len(), 1, "nothing half done");
    factory.close(store).await;
}

async fn requests_leave_in_the_queues_order_for_open_days_only<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    for (number, day) in [(1, FIRST), (2, FIRST + 1), (3, FIRST), (4, FIRST + 2)] {
        take_down(&store, &booking(number, day, i64::try_from(number).expect("small"))).await;
    }
    let mut urgent = booking(5, FIRST, 9);
    urgent.proposal.urgent = true;
    take_down(&store, &urgent).await;
    let queue = store.queue(clinic(), 10).await.expect("read");
    let order: Vec<ProposalId> = queue.iter().map(|request| request.proposal).collect();
    assert_eq!(order, [5, 1, 2, 3, 4].map(proposal_id), "an emergency first");
    assert_eq!(release(&store, owner, &[]).await, []);
    let (two, effects) =
        store.release(owner, [FIRST].into(), [FIRST + 2].into(), 2, now(EARLY + 5)).await.expect("written");
    assert_eq!(sent(&two), [5, 1].map(proposal_id), "no more than asked for");
    assert_eq!(effects.moved.len(), 2);
    assert!(two.iter().all(|sent| !sent.disputed));
    assert_eq!(kept(&store, &urgent).await.sent_ms, Some((EARLY + 5) * 1_000));
    let (rest, _) = store.release(owner, [FIRST].into(), [FIRST + 2].into(), 10, now(EARLY)).await.expect("written");
    assert_eq!(sent(&rest), [3, 4].map(proposal_id));
    assert_eq!(rest.iter().map(|sent| sent.disputed).collect::<Vec<_>>(), [false, true]);
    assert_eq!(release(&store, owner, &[FIRST, FIRST + 2]).await, [], "once only");
    assert_eq!(release(&store, owner, &[FIRST + 1]).await, [proposal_id(2)]);
    factory.close(store).await;
}

async fn what_was_sent_is_proposed_again_until_its_verdict<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let mut log = begun(&store, owner).await;
    let wishes = [booking(1, FIRST, 0), booking(2, FIRST + 1, 0), booking(3, FIRST + 2, 0)];
    for wish in &wishes {
        take_down(&store, wish).await;
    }
    release(&store, owner, &[FIRST, FIRST + 1]).await;
    let outstanding = async |days: Vec<i32>, from| sent(&store.outstanding(owner, days, from).await.expect("read"));
    assert_eq!(outstanding(vec![FIRST, FIRST + 2], FIRST).await, [proposal_id(1)], "what is held isn't sent");
    assert_eq!(outstanding(vec![], FIRST + 2).await, [1, 2].map(proposal_id), "days that are over");
    let answered = log.say(&store, owner, &[verdict(&wishes[0], Some(visit(1, FIRST, 0)))]).await;
    assert_eq!(answered.moved.len(), 1);
    assert!(answered.mails);
    assert_eq!(outstanding(vec![FIRST, FIRST + 1], FIRST).await, [proposal_id(2)]);
    let request = kept(&store, &wishes[0]).await;
    assert_eq!((request.state, request.ended_ms), (State::Confirmed, Some(EARLY * 1_000)));
    assert!(request.verdict.is_some_and(|verdict| verdict.accepted));
    let told = booked(&store, 1).await;
    assert_eq!((told.outcome, told.spot.local_s), (Outcome::Confirmed, visit(1, FIRST, 0).local_s));
    // Heard of by asking again; a no this time, and as before if repeated.
    let no = answer(&wishes[1], None);
    let effects = store.verdict(owner, EPOCH, no.clone(), now(EARLY)).await.expect("written");
    assert_eq!(effects.moved.len(), 1);
    assert!(store.verdict(owner, EPOCH, no, now(EARLY)).await.expect("written").is_empty());
    assert_eq!(booked(&store, 2).await.outcome, Outcome::NotPossible);
    let claims = store.being_booked(clinic(), WINDOW, now(EARLY)).await.expect("read");
    assert_eq!(claims.len(), 1, "only what is still open keeps its place");
    factory.close(store).await;
}

async fn a_follow_up_waits_for_its_first_and_for_both_days<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let mut log = begun(&store, owner).await;
    let first = booking(1, FIRST, 0);
    take_down(&store, &first).await;
    let target = visit(1, FIRST + 3, 4);
    let to =
        Move { practitioner: target.practitioner, local_s: target.local_s, from_local_s: visit(1, FIRST, 0).local_s };
    let mut moving = about(2, &first, Wish::Move(to));
    moving.proposal.urgent = true;
    take_down(&store, &moving).await;
    assert_eq!(kept(&store, &moving).await.days, [FIRST, FIRST + 3]);
    assert_eq!(release(&store, owner, &[FIRST, FIRST + 3]).await, [proposal_id(1)], "not before its first");
    assert_eq!(release(&store, owner, &[FIRST + 3]).await, [], "its first day is shut");
    assert_eq!(release(&store, owner, &[FIRST, FIRST + 3]).await, [proposal_id(2)]);
    let said = [verdict(&first, Some(visit(1, FIRST, 0))), verdict(&moving, Some(target.clone()))];
    log.say(&store, owner, &said).await;
    let told = booked(&store, 1).await;
    assert_eq!((told.outcome, told.spot.local_s), (Outcome::Confirmed, target.local_s));
    let cancel = about(3, &first, Wish::Cancel);
    take_down(&store, &cancel).await;
    assert_eq!(kept(&store, &cancel).await.days, [FIRST, FIRST + 3], "where it was wished, and where it is");
    release(&store, owner, &[FIRST, FIRST + 3]).await;
    let gone = chairside_sync::body::AppointmentRow { status: "cancelled".to_owned(), version: 3, ..target };
    log.say(&store, owner, &[verdict(&cancel, Some(gone))]).await;
    let told = booked(&store, 1).await;
    assert_eq!((told.outcome, told.sequence), (Outcome::CancelledByYou, 5), "sent, then taken note of");
    factory.close(store).await;
}

async fn a_verdict_counts_for_its_own_wish_only<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let wish = booking(1, FIRST, 0);
    take_down(&store, &wish).await;
    release(&store, owner, &[FIRST]).await;
    let mut other = answer(&wish, Some(visit(1, FIRST, 0)));
    other.content = content_hash32(b"another wish");
    assert!(store.verdict(owner, EPOCH, other, now(EARLY)).await.expect("read").is_empty());
    let unknown = answer(&booking(7, FIRST, 3), None);
    assert!(store.verdict(owner, EPOCH, unknown, now(EARLY)).await.expect("read").is_empty());
    let request = kept(&store, &wish).await;
    assert_eq!((request.state, request.verdict), (State::Sent, None));
    factory.close(store).await;
}

async fn only_what_was_never_sent_is_withdrawn_or_expires<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let wishes = [booking(1, FIRST, 0), booking(2, FIRST + 1, 0), booking(3, FIRST + 2, 0)];
    for wish in &wishes {
        take_down(&store, wish).await;
    }
    release(&store, owner, &[FIRST]).await;
    let withdrawn = async |number| {
        let effects = store.step(proposal_id(number), Event::Withdrawn, now(EARLY)).await.expect("written");
        effects.moved.first().map(|moved| moved.to)
    };
    assert_eq!(withdrawn(1).await, None, "it may have been accepted already");
    assert_eq!(withdrawn(2).await, Some(State::Withdrawn));
    assert_eq!(withdrawn(2).await, None, "twice changes nothing");
    assert_eq!(withdrawn(99).await, None, "there is none");
    assert_eq!(booked(&store, 2).await.outcome, Outcome::Withdrawn);
    let due = wishes[2].start_s;
    assert_eq!(store.expire(now(due - 1), 10).await.expect("written"), []);
    let expired = store.expire(now(due), 10).await.expect("written");
    assert_eq!(expired.len(), 1);
    assert_eq!(expired[0].0, clinic());
    assert_eq!(booked(&store, 3).await.outcome, Outcome::Expired);
    let ended = async |since_s: i64, limit| {
        let ended = store.ended(clinic(), since_s * 1_000, limit).await.expect("read");
        ended.into_iter().map(|ended| (ended.id, ended.content.to_vec(), ended.at_ms, ended.how)).collect::<Vec<_>>()
    };
    let as_told = |wish: &NewRequest, at_s: i64, how| (wish.proposal.id, wish.proposal.to_bytes(), at_s * 1_000, how);
    let withdrawn = as_told(&wishes[1], EARLY, HowEnded::Withdrawn);
    let expired = as_told(&wishes[2], due, HowEnded::Expired);
    assert_eq!(ended(EARLY, 10).await, [expired.clone(), withdrawn], "the latest first");
    assert_eq!(ended(EARLY + 1, 10).await, std::slice::from_ref(&expired));
    assert_eq!(ended(EARLY, 1).await, [expired]);
    assert_eq!(kept(&store, &wishes[0]).await.state, State::Sent, "only a verdict ends it");
    // Restored from before the sending: the clinic's yes still counts.
    let yes = answer(&wishes[2], Some(visit(3, FIRST + 2, 0)));
    store.verdict(owner, EPOCH, yes, now(EARLY)).await.expect("written");
    assert_eq!(booked(&store, 3).await.outcome, Outcome::Confirmed);
    factory.close(store).await;
}

async fn what_a_hub_cannot_take_is_set_aside_and_others_go_on<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let (poison, good) = (booking(1, FIRST, 0), booking(2, FIRST, 1));
    take_down(&store, &poison).await;
    take_down(&store, &good).await;
    release(&store, owner, &[FIRST]).await;
    store.quarantine(owner, poison.proposal.id, "unreadable".to_owned(), now(5)).await.expect("written");
    store.quarantine(owner, poison.proposal.id, "other".to_owned(), now(6)).await.expect("written");
    let aside = store.quarantined(10).await.expect("read");
    assert_eq!(aside.len(), 1);
    assert_eq!((aside[0].proposal, aside[0].quarantined.as_deref()), (poison.proposal.id, Some("unreadable")));
    let again = store.outstanding(owner, vec![FIRST], FIRST).await.expect("read");
    assert_eq!(sent(&again), [good.proposal.id]);
    assert!(store.try_again(poison.proposal.id).await.expect("written"));
    assert!(!store.try_again(poison.proposal.id).await.expect("written"));
    let again = store.outstanding(owner, vec![FIRST], FIRST).await.expect("read");
    assert_eq!(sent(&again), [poison.proposal.id, good.proposal.id]);
    // An answer ends it, set aside or not.
    store.quarantine(owner, poison.proposal.id, "unreadable".to_owned(), now(5)).await.expect("written");
    store.verdict(owner, EPOCH, answer(&poison, None), now(EARLY)).await.expect("written");
    assert_eq!(store.quarantined(10).await.expect("read"), []);
    factory.close(store).await;
}

async fn holds_run_out_and_are_given_up<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    with_clinic(&store).await;
    let at = |later_ms: u64| Now { steady_ms: 0, wall_ms: EARLY * 1_000 + later_ms.cast_signed() };
    let take = async |number, slot, later_ms| {
        let taken = store.hold(clinic(), visitor(number), spot(FIRST, slot), FIRST, Step::Form, at(later_ms)).await;
        taken.expect("written")
    };
    let kept = |number, slot| Change::Kept { place: spot(FIRST, slot), by: By::Visitor(visitor(number)) };
    let gone = |number, slot, way| Change::Released { place: spot(FIRST, slot), by: By::Visitor(visitor(number)), way };
    assert_eq!(take(1, 0, 0).await, Ok(vec![kept(1, 0)]));
    assert_eq!(take(2, 0, 0).await, Err(Refused::Taken));
    assert_eq!(take(1, 3, 10).await, Ok(vec![gone(1, 0, Way::TookAnother), kept(1, 3)]));
    assert_eq!(take(2, 0, 10).await, Ok(vec![kept(2, 0)]));
    assert_eq!(store.waiting(clinic(), at(20)).await.expect("read").being_booked, 2);
    assert_eq!(store.leave(clinic(), visitor(2)).await.expect("written"), Some(gone(2, 0, Way::Left)));
    assert_eq!(store.leave(clinic(), visitor(2)).await.expect("written"), None);
    assert_eq!(store.expire_holds(at(9 + FORM_MS)).await.expect("read"), []);
    let verify = store.hold(clinic(), visitor(1), spot(FIRST, 3), FIRST, Step::Verify, at(100)).await;
    assert_eq!(verify.expect("written"), Ok(vec![]));
    assert_eq!(store.expire_holds(at(99 + VERIFY_MS)).await.expect("read"), [], "it has longer now");
    assert_eq!(store.expire_holds(at(100 + VERIFY_MS)).await.expect("written"), [(clinic(), FIRST)]);
    assert_eq!(store.being_booked(clinic(), WINDOW, at(0)).await.expect("read"), []);
    factory.close(store).await;
}

async fn a_booking_is_forgotten_after_its_visit<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let (ended, open) = (booking(1, FIRST, 0), booking(2, FIRST, 1));
    take_down(&store, &ended).await;
    take_down(&store, &open).await;
    release(&store, owner, &[FIRST]).await;
    store.verdict(owner, EPOCH, answer(&ended, Some(visit(1, FIRST, 0))), now(EARLY)).await.expect("written");
    assert_eq!(store.purge(ended.start_s, 10).await.expect("read"), 0, "not before");
    assert_eq!(store.purge(ended.start_s + 1, 10).await.expect("written"), 1);
    assert_eq!(store.purge(i64::MAX, 10).await.expect("written"), 0, "what is open stays");
    let forgotten = booked(&store, 1).await;
    assert_eq!((forgotten.contact, forgotten.requests[0].content.len()), (None, 0));
    assert_eq!(forgotten.outcome, Outcome::Confirmed, "that it was stays");
    assert!(booked(&store, 2).await.contact.is_some());
    factory.close(store).await;
}

async fn a_visit_the_clinic_changed_is_told_as_the_clinics_doing<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let mut log = begun(&store, owner).await;
    let wish = booking(1, FIRST, 0);
    take_down(&store, &wish).await;
    release(&store, owner, &[FIRST]).await;
    log.say(&store, owner, &[verdict(&wish, Some(visit(1, FIRST, 0)))]).await;
    let arrived = chairside_sync::body::AppointmentRow { status: "arrived".to_owned(), ..visit(1, FIRST, 0) };
    let moved = visit(1, FIRST + 1, 2);
    let cancelled = chairside_sync::body::AppointmentRow { status: "cancelled".to_owned(), ..moved.clone() };
    let steps = [
        (arrived, Outcome::Confirmed, false),
        (moved.clone(), Outcome::MovedByClinic, true),
        (cancelled, Outcome::CancelledByClinic, true),
        (moved, Outcome::Confirmed, true),
    ];
    for (row, outcome, mails) in steps {
        let public = chairside_sync::Public::Appointment(row);
        let effects = log.say(&store, owner, &[public]).await;
        assert_eq!((booked(&store, 1).await.outcome, effects.mails), (outcome, mails));
    }
    factory.close(store).await;
}
