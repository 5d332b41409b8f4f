//! The outbox: what is begun, dropped, tried again and given up.

use chairside_central::store::mails::Ended;
use chairside_central::store::requests::NewRequest;
use chairside_central::store::{MailStorage, MirrorStorage, RequestStorage, Storage};
use chairside_sync::Now;
use chairside_sync::booking::Event;
use chairside_sync::hub::State;
use chairside_sync::mails::{Outcome, Row, Standing, TRIES, UNDO_MS, Why};

use chairside_sync::Wish;
use chairside_sync::proposal::Move;

use crate::fixture::{
    EARLY, EPOCH, FIRST, about, answer, begun, booked, booking, booking_id, id, live, now, proposal_id, take_down,
    verdict, visit, with_clinic,
};
use crate::requests::release;
use crate::{Factory, on_every_store};

on_every_store!(
    a_mail_is_begun_once_and_sent_once,
    what_is_no_longer_so_is_dropped,
    a_change_at_the_clinic_waits_a_minute_and_undone_is_never_told,
    tries_grow_rarer_until_a_person_is_asked,
    what_is_refused_for_good_is_dead_at_once,
    what_was_given_up_goes_again_as_if_it_had_never_been_tried,
    what_was_given_up_and_is_no_longer_so_is_dropped,
    a_sender_that_is_gone_holds_nothing_up,
    what_a_cancel_and_a_move_in_vain_are_told,
    a_wish_is_held_once_its_clinic_is_gone,
    nothing_leaves_while_verdicts_are_replayed,
);

fn at(later_ms: u64) -> Now {
    Now { steady_ms: later_ms, wall_ms: EARLY * 1_000 + later_ms.cast_signed() }
}

async fn standings<S: Storage>(store: &S, number: u128) -> Vec<(Outcome, Standing)> {
    let rows = store.mails_of(booking_id(number)).await.expect("read");
    rows.iter().map(|row| (row.key.outcome, row.standing)).collect()
}

async fn begin<S: Storage>(store: &S, later_ms: u64) -> Option<Row> {
    store.begin_mail(at(later_ms)).await.expect("written")
}

async fn a_mail_is_begun_once_and_sent_once<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    assert_eq!(store.next_mail_ms().await.expect("read"), None);
    live(&store, owner).await;
    take_down(&store, &booking(1, FIRST, 0)).await;
    assert_eq!(store.next_mail_ms().await.expect("read"), Some(EARLY * 1_000));
    let row = begin(&store, 0).await.expect("due");
    assert_eq!((row.key.outcome, row.tries), (Outcome::Received, 1));
    assert_eq!(begin(&store, 0).await, None, "a try is under way");
    assert!(store.may_leave(row.key).await.expect("read"));
    store.end_mail(row.key, Ended::Sent).await.expect("written");
    assert_eq!(standings(&store, 1).await, [(Outcome::Received, Standing::Sent)]);
    assert_eq!((begin(&store, 1_000_000).await, store.next_mail_ms().await.expect("read")), (None, None));
    factory.close(store).await;
}

async fn what_is_no_longer_so_is_dropped<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    with_clinic(&store).await;
    take_down(&store, &NewRequest { screened: false, ..booking(1, FIRST, 0) }).await;
    store.step(proposal_id(1), Event::Screened, at(0)).await.expect("written");
    let held = begin(&store, 0).await.expect("due");
    assert_eq!(held.key.outcome, Outcome::Held);
    let overtaken = (Outcome::Received, Standing::Dropped(Why::Overtaken));
    assert_eq!(standings(&store, 1).await[0], overtaken);
    store.step(proposal_id(1), Event::Withdrawn, at(1)).await.expect("written");
    assert!(!store.may_leave(held.key).await.expect("read"), "right before it leaves");
    assert_eq!(begin(&store, 1).await, None, "it may be on its way all the same");
    assert_eq!(store.next_mail_ms().await.expect("read"), None);
    store.end_mail(held.key, Ended::Stayed).await.expect("written");
    let withdrawn = begin(&store, 1).await.expect("due");
    assert_eq!(withdrawn.key.outcome, Outcome::Withdrawn);
    assert_eq!(standings(&store, 1).await[1], (Outcome::Held, Standing::Dropped(Why::Overtaken)));
    factory.close(store).await;
}

async fn a_change_at_the_clinic_waits_a_minute_and_undone_is_never_told<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let mut log = begun(&store, owner).await;
    live(&store, owner).await;
    for (number, slot) in [(1, 0), (2, 1)] {
        let wish = booking(number, FIRST, slot);
        take_down(&store, &wish).await;
        let row = begin(&store, 0).await.expect("received");
        store.end_mail(row.key, Ended::Sent).await.expect("written");
        log.say(&store, owner, &[verdict(&wish, Some(visit(number, FIRST, slot)))]).await;
        let row = begin(&store, 0).await.expect("confirmed");
        store.end_mail(row.key, Ended::Sent).await.expect("written");
        let cancelled =
            chairside_sync::body::AppointmentRow { status: "cancelled".to_owned(), ..visit(number, FIRST, slot) };
        log.say(&store, owner, &[chairside_sync::Public::Appointment(cancelled)]).await;
    }
    assert_eq!(begin(&store, UNDO_MS - 1).await, None);
    assert_eq!(store.next_mail_ms().await.expect("read"), Some(at(UNDO_MS).wall_ms));
    log.say(&store, owner, &[chairside_sync::Public::Appointment(visit(1, FIRST, 0))]).await;
    let row = begin(&store, 2 * UNDO_MS).await.expect("due");
    assert_eq!((row.key.booking, row.key.outcome), (booking_id(2), Outcome::CancelledByClinic));
    assert_eq!(begin(&store, 2 * UNDO_MS).await, None);
    let undone = standings(&store, 1).await;
    assert_eq!(undone[2], (Outcome::CancelledByClinic, Standing::Dropped(Why::Overtaken)));
    assert_eq!(undone[3], (Outcome::Confirmed, Standing::Dropped(Why::Known)));
    factory.close(store).await;
}

async fn tries_grow_rarer_until_a_person_is_asked<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    live(&store, owner).await;
    take_down(&store, &booking(1, FIRST, 0)).await;
    let mut later_ms = 0;
    for number in 1..=TRIES {
        let row = begin(&store, later_ms).await.expect("due");
        assert_eq!(row.tries, number);
        store.end_mail(row.key, Ended::Later("smtp_later")).await.expect("written");
        assert_eq!(begin(&store, later_ms).await, None);
        let due_ms = store.next_mail_ms().await.expect("read").expect("it waits");
        later_ms = (due_ms - EARLY * 1_000).unsigned_abs();
    }
    assert_eq!(begin(&store, later_ms).await, None);
    let dead = store.dead_mails(10).await.expect("read");
    assert_eq!(dead.len(), 1);
    assert_eq!((dead[0].row.key.booking, dead[0].row.standing), (booking_id(1), Standing::Dead));
    assert_eq!(dead[0].why.as_deref(), Some("smtp_later"));
    assert_eq!(dead[0].contact.as_deref(), Some("s…@example.org"));
    factory.close(store).await;
}

async fn what_is_refused_for_good_is_dead_at_once<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    with_clinic(&store).await;
    take_down(&store, &booking(1, FIRST, 0)).await;
    let row = begin(&store, 0).await.expect("due");
    store.end_mail(row.key, Ended::Refused("smtp_refused")).await.expect("written");
    assert_eq!(standings(&store, 1).await, [(Outcome::Held, Standing::Dead)]);
    assert_eq!(begin(&store, 1_000_000_000).await, None);
    factory.close(store).await;
}

async fn what_was_given_up_goes_again_as_if_it_had_never_been_tried<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    with_clinic(&store).await;
    take_down(&store, &booking(1, FIRST, 0)).await;
    assert_eq!(store.try_mails_again(booking_id(1), at(0)).await.expect("written"), 0, "it wasn't given up");
    let row = begin(&store, 0).await.expect("due");
    store.end_mail(row.key, Ended::Refused("smtp_refused")).await.expect("written");
    assert_eq!(store.try_mails_again(booking_id(2), at(5)).await.expect("written"), 0, "another's");
    assert_eq!(store.try_mails_again(booking_id(1), at(5)).await.expect("written"), 1);
    assert!(store.dead_mails(10).await.expect("read").is_empty());
    let again = begin(&store, 5).await.expect("due");
    assert_eq!((again.key, again.tries), (row.key, 1));
    store.end_mail(again.key, Ended::Sent).await.expect("written");
    assert_eq!(standings(&store, 1).await, [(Outcome::Held, Standing::Sent)]);
    factory.close(store).await;
}

async fn what_was_given_up_and_is_no_longer_so_is_dropped<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    with_clinic(&store).await;
    take_down(&store, &booking(1, FIRST, 0)).await;
    let row = begin(&store, 0).await.expect("due");
    store.end_mail(row.key, Ended::Refused("smtp_refused")).await.expect("written");
    store.step(proposal_id(1), Event::Withdrawn, at(1)).await.expect("written");
    assert_eq!(store.try_mails_again(booking_id(1), at(5)).await.expect("written"), 1);
    assert_eq!(begin(&store, 5).await.expect("due").key.outcome, Outcome::Withdrawn);
    assert_eq!(standings(&store, 1).await[0], (Outcome::Held, Standing::Dropped(Why::Overtaken)));
    factory.close(store).await;
}

async fn a_sender_that_is_gone_holds_nothing_up<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    with_clinic(&store).await;
    take_down(&store, &booking(1, FIRST, 0)).await;
    let row = begin(&store, 0).await.expect("due");
    factory.close(store).await;
    let store = factory.open().await.expect("opens");
    let again = begin(&store, 1_000_000).await.expect("due");
    assert_eq!((again.key, again.tries), (row.key, 2));
    factory.close(store).await;
}

async fn what_a_cancel_and_a_move_in_vain_are_told<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    live(&store, owner).await;
    let wish = booking(1, FIRST, 0);
    take_down(&store, &wish).await;
    release(&store, owner, &[FIRST]).await;
    store.verdict(owner, EPOCH, answer(&wish, Some(visit(1, FIRST, 0))), now(EARLY)).await.expect("written");
    let to = Move { practitioner: id(0x9001), local_s: 0, from_local_s: visit(1, FIRST, 0).local_s };
    let moved = about(2, &wish, Wish::Move(Move { local_s: visit(1, FIRST, 3).local_s, ..to }));
    take_down(&store, &moved).await;
    release(&store, owner, &[FIRST]).await;
    store.verdict(owner, EPOCH, answer(&moved, None), now(EARLY)).await.expect("written");
    let stands = booked(&store, 1).await;
    assert_eq!((stands.outcome, stands.spot.local_s), (Outcome::NotMoved, visit(1, FIRST, 0).local_s));
    let cancel = about(3, &wish, Wish::Cancel);
    take_down(&store, &cancel).await;
    assert_eq!(booked(&store, 1).await.outcome, Outcome::CancellationSent);
    release(&store, owner, &[FIRST]).await;
    store.verdict(owner, EPOCH, answer(&cancel, None), now(EARLY)).await.expect("written");
    assert_eq!(booked(&store, 1).await.outcome, Outcome::Confirmed, "it was in vain");
    let cancel = about(4, &wish, Wish::Cancel);
    take_down(&store, &cancel).await;
    release(&store, owner, &[FIRST]).await;
    store.verdict(owner, EPOCH, answer(&cancel, Some(visit(1, FIRST, 0))), now(EARLY)).await.expect("written");
    let told: Vec<_> = standings(&store, 1).await.into_iter().map(|(outcome, _)| outcome).collect();
    let (sent, gone) = (Outcome::CancellationSent, Outcome::CancelledByYou);
    assert_eq!(told[1..], [Outcome::Confirmed, Outcome::NotMoved, sent, Outcome::Confirmed, sent, gone]);
    factory.close(store).await;
}

async fn a_wish_is_held_once_its_clinic_is_gone<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    live(&store, owner).await;
    take_down(&store, &booking(1, FIRST, 0)).await;
    take_down(&store, &booking(2, FIRST, 1)).await;
    release(&store, owner, &[FIRST]).await;
    take_down(&store, &booking(3, FIRST, 2)).await;
    let effects = store.reached(owner, State::Offline, now(EARLY)).await.expect("written");
    assert!(effects.mails);
    let outcomes = [booked(&store, 1).await.outcome, booked(&store, 2).await.outcome, booked(&store, 3).await.outcome];
    assert_eq!(outcomes, [Outcome::Received, Outcome::Received, Outcome::Held], "what was sent is on its way");
    let again = store.reached(owner, State::Offline, now(EARLY)).await.expect("written");
    assert!(!again.mails, "said once");
    factory.close(store).await;
}

async fn nothing_leaves_while_verdicts_are_replayed<F: Factory>() {
    use chairside_central::store::ClinicStorage;
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    live(&store, owner).await;
    let wish = booking(1, FIRST, 0);
    take_down(&store, &wish).await;
    let row = begin(&store, 0).await.expect("due");
    store.end_mail(row.key, Ended::Later("smtp_later")).await.expect("written");
    store.begin_new_life(crate::fixture::id(0x77)).await.expect("written");
    assert_eq!(begin(&store, 1_000_000_000).await, None);
    assert!(!store.may_leave(row.key).await.expect("read"));
    assert_eq!(store.next_mail_ms().await.expect("read"), None);
    // The verdict that was told before the backup was brought back is heard again.
    let owner = crate::fixture::claim(&store, 1).await;
    store.verdict(owner, EPOCH, answer(&wish, Some(visit(1, FIRST, 0))), now(EARLY)).await.expect("written");
    live(&store, owner).await;
    let row = begin(&store, 1_000_000_000).await.expect("due");
    assert_eq!(row.key.outcome, Outcome::Confirmed, "and nothing else is said");
    factory.close(store).await;
}
