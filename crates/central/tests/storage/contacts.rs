//! Contacts counted and verified, bookings that come back, and partner keys.

use chairside_central::store::requests::{Counted, NewBooking, NewRequest, Restored, TakenDown, Terms, Verified};
use chairside_central::store::{ClinicStorage, HoldStorage, MailStorage, RequestStorage, Storage};
use chairside_schedule::ClinicId;
use chairside_sync::Hash;
use chairside_sync::body::Window;
use chairside_sync::booking::State;
use chairside_sync::holds::{By, Step};
use chairside_sync::mails::Outcome;
use uuid::Uuid;

use crate::fixture::{
    EARLY, EPOCH, FIRST, WINDOW, add, begun, booked, booking, booking_id, clinic, live, now, spot, take_down, verdict,
    visit, visitor, with_clinic,
};
use crate::{Factory, on_every_store};

on_every_store!(
    a_contact_asks_for_so_much_in_its_time,
    a_code_sends_a_request_on_and_claims_its_place,
    a_wrong_code_is_counted_and_a_late_one_finds_its_place_taken,
    what_comes_back_is_not_told_again_and_counts_on,
    what_comes_back_after_its_answer_was_heard_has_it_at_once,
    bookings_are_listed_by_the_day_of_their_place,
    a_partner_key_is_its_clinics_and_the_only_one,
);

const SALT: [u8; 16] = [4; 16];

fn with_terms(wish: NewRequest, terms: Terms) -> NewRequest {
    let fresh = wish.fresh.map(|fresh| NewBooking { terms, ..fresh });
    NewRequest { fresh, ..wish }
}

async fn taken<S: Storage>(store: &S, wish: NewRequest) -> TakenDown {
    store.take_down(wish, now(EARLY)).await.expect("written")
}

async fn a_contact_asks_for_so_much_in_its_time<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    with_clinic(&store).await;
    let counted = |key, since_s: i64| Counted { key: Hash([key; 32]), most: 2, since_ms: since_s * 1_000 };
    let wish = |number: u128, counted| {
        let slot = i64::try_from(number).expect("small");
        with_terms(booking(number, FIRST, slot), Terms { counted: Some(counted), ..Terms::default() })
    };
    for number in [1, 2] {
        assert!(matches!(taken(&store, wish(number, counted(7, EARLY - 60))).await, TakenDown::Fresh(_)));
    }
    assert_eq!(taken(&store, wish(3, counted(7, EARLY - 60))).await, TakenDown::TooMany);
    assert!(store.booking(booking_id(3)).await.expect("read").is_none(), "nothing was half done");
    assert_eq!(store.being_booked(clinic(), WINDOW, now(EARLY)).await.expect("read").len(), 2);
    assert!(matches!(taken(&store, wish(3, counted(8, EARLY - 60))).await, TakenDown::Fresh(_)), "another contact");
    assert!(matches!(taken(&store, wish(4, counted(7, EARLY))).await, TakenDown::Fresh(_)), "another day");
    factory.close(store).await;
}

fn unverified(number: u128, slot: i64) -> NewRequest {
    with_terms(booking(number, FIRST, slot), Terms { verify: Some(SALT), ..Terms::default() })
}

async fn a_code_sends_a_request_on_and_claims_its_place<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    with_clinic(&store).await;
    take_down(&store, &unverified(1, 0)).await;
    let waits = booked(&store, 1).await;
    assert_eq!((waits.outcome, waits.requests[0].state), (Outcome::Received, State::Requested));
    assert!(waits.waits_for_code() && waits.verifying.is_some_and(|verifying| verifying.salt == SALT));
    let by = async || -> Vec<By> {
        let booked = store.being_booked(clinic(), WINDOW, now(EARLY)).await.expect("read");
        booked.into_iter().map(|(by, _)| by).collect()
    };
    assert_eq!(by().await, [By::Visitor(visitor(1))], "a hold, while the code is waited for");
    let verified = store.verify(booking_id(1), true, now(EARLY)).await.expect("written");
    assert!(matches!(verified, Verified::Now(effects) if effects.mails && effects.days.contains(&FIRST)));
    let held = booked(&store, 1).await;
    assert_eq!((held.outcome, held.requests[0].state), (Outcome::Held, State::Held));
    assert_eq!(by().await, [By::Proposal(held.requests[0].proposal)], "a claim from here on");
    assert!(!held.waits_for_code());
    assert_eq!(store.verify(booking_id(1), false, now(EARLY)).await.expect("read"), Verified::Already);
    take_down(&store, &booking(2, FIRST, 1)).await;
    assert_eq!(store.verify(booking_id(2), false, now(EARLY)).await.expect("read"), Verified::Already, "never had to");
    factory.close(store).await;
}

async fn a_wrong_code_is_counted_and_a_late_one_finds_its_place_taken<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    with_clinic(&store).await;
    take_down(&store, &unverified(1, 0)).await;
    let verify = async |right| store.verify(booking_id(1), right, now(EARLY)).await.expect("written");
    assert_eq!(verify(false).await, Verified::Wrong);
    store.leave(clinic(), visitor(1)).await.expect("written");
    let other = store.hold(clinic(), visitor(2), spot(FIRST, 0), FIRST, Step::Form, now(EARLY)).await;
    assert!(other.expect("written").is_ok());
    assert_eq!(verify(true).await, Verified::NoPlace);
    assert_eq!(booked(&store, 1).await.requests[0].state, State::Requested, "it may still be free later");
    for _ in 1..5 {
        assert_eq!(verify(false).await, Verified::Wrong);
    }
    assert_eq!((verify(false).await, verify(true).await), (Verified::Spent, Verified::Spent));
    factory.close(store).await;
}

async fn what_comes_back_is_not_told_again_and_counts_on<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    live(&store, owner).await;
    let restored = Some(Restored { made_ms: 5, sequence: 4 });
    let effects = take_down(&store, &with_terms(booking(1, FIRST, 0), Terms { restored, ..Terms::default() })).await;
    assert!(!effects.mails, "the patient has that mail");
    let back = booked(&store, 1).await;
    assert_eq!((back.made_ms, back.sequence, back.outcome), (5, 4, Outcome::Received));
    assert_eq!(store.mails_of(back.id).await.expect("read"), []);
    let wish = booking(1, FIRST, 0);
    let yes = crate::fixture::answer(&wish, Some(visit(1, FIRST, 0)));
    let effects = {
        use chairside_central::store::MirrorStorage;
        store.verdict(owner, EPOCH, yes, now(EARLY)).await.expect("written")
    };
    assert!(effects.mails);
    let told = booked(&store, 1).await;
    assert_eq!((told.outcome, told.sequence), (Outcome::Confirmed, 5));
    factory.close(store).await;
}

async fn what_comes_back_after_its_answer_was_heard_has_it_at_once<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    live(&store, owner).await;
    let mut log = begun(&store, owner).await;
    // The clinic answered both while this store, an older copy, knew of neither.
    let (yes, no) = (booking(1, FIRST, 0), booking(2, FIRST, 0));
    log.say(&store, owner, &[verdict(&yes, Some(visit(1, FIRST, 0))), verdict(&no, None)]).await;
    let restored = Terms { restored: Some(Restored { made_ms: 5, sequence: 4 }), ..Terms::default() };
    let mut states = Vec::new();
    for (number, wish) in [(1, yes), (2, no)] {
        take_down(&store, &with_terms(NewRequest { claim: None, ..wish }, restored)).await;
        let back = booked(&store, number).await;
        states.push((back.requests[0].state, back.outcome));
    }
    assert_eq!(states, [(State::Confirmed, Outcome::Confirmed), (State::Rejected, Outcome::NotPossible)]);
    factory.close(store).await;
}

async fn bookings_are_listed_by_the_day_of_their_place<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    with_clinic(&store).await;
    for (number, day, slot) in [(1, FIRST + 1, 2), (2, FIRST, 3), (3, FIRST, 1)] {
        take_down(&store, &booking(number, day, slot)).await;
    }
    let listed = async |from, to| -> Vec<_> {
        let all = store.bookings(clinic(), Window { from, to }).await.expect("read");
        all.into_iter().map(|booking| booking.id).collect()
    };
    assert_eq!(listed(FIRST, FIRST + 1).await, [booking_id(3), booking_id(2)]);
    assert_eq!(listed(FIRST, FIRST + 2).await, [booking_id(3), booking_id(2), booking_id(1)]);
    assert_eq!(listed(FIRST + 2, FIRST + 9).await, []);
    factory.close(store).await;
}

async fn a_partner_key_is_its_clinics_and_the_only_one<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    with_clinic(&store).await;
    let other = ClinicId(Uuid::from_u128(0xc12));
    assert!(add(&store, other).await);
    let set = async |clinic, key: Option<u8>| {
        store.set_partner_key(clinic, key.map(|key| Hash([key; 32])), now(EARLY)).await.expect("written")
    };
    let whose = async |key| store.partner(Hash([key; 32])).await.expect("read");
    assert!(set(clinic(), Some(1)).await && set(other, Some(2)).await);
    assert!(!set(ClinicId(Uuid::from_u128(5)), Some(3)).await, "no such clinic");
    assert_eq!((whose(1).await, whose(2).await, whose(3).await), (Some(clinic()), Some(other), None));
    assert!(set(clinic(), Some(4)).await);
    assert_eq!((whose(1).await, whose(4).await), (None, Some(clinic())));
    assert!(set(clinic(), None).await);
    assert_eq!(whose(4).await, None);
    factory.close(store).await;
}
