//! Bookings by their day, contacts that are verified, keys of partners.

use chairside_central::store::requests::{NewBooking, NewRequest, Terms, Verified};
use chairside_central::store::{ClinicStorage, HoldStorage, RequestStorage, Storage};
use chairside_schedule::ClinicId;
use chairside_sync::Hash;
use chairside_sync::body::Window;
use chairside_sync::booking::State;
use chairside_sync::holds::Step;
use uuid::Uuid;

use crate::fixture::{
    EARLY, FIRST, add, booked, booking, booking_id, clinic, kept, now, spot, take_down, visitor, with_clinic,
};
use crate::{Factory, on_every_store};

on_every_store!(
    bookings_are_found_by_the_days_of_their_places,
    a_right_code_claims_the_place_and_sends_the_request_on,
    wrong_codes_are_counted_and_end_it,
    a_right_code_comes_too_late_for_a_place_that_is_taken,
    a_key_opens_one_clinic_until_it_is_taken_away,
);

/// Wish `number`, whose contact is still to be verified and whose place a hold keeps.
async fn to_be_verified<S: Storage>(store: &S, number: u128, slot: i64) -> NewRequest {
    let wish = booking(number, FIRST, slot);
    let held = store.hold(clinic(), visitor(number), spot(FIRST, slot), FIRST, Step::Verify, now(EARLY)).await;
    held.expect("written").expect("free");
    let fresh = wish
        .fresh
        .clone()
        .map(|fresh| NewBooking { terms: Terms { verify: Some([7; 16]), ..Terms::default() }, ..fresh });
    let wish = NewRequest { fresh, screened: false, ..wish };
    take_down(store, &wish).await;
    wish
}

async fn bookings_are_found_by_the_days_of_their_places<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    with_clinic(&store).await;
    for (number, day, slot) in [(1, FIRST + 1, 3), (2, FIRST, 5), (3, FIRST + 1, 1), (4, FIRST + 2, 0)] {
        take_down(&store, &booking(number, day, slot)).await;
    }
    let days = async |from, to| {
        let found = store.bookings(clinic(), Window { from, to }).await.expect("read");
        found.iter().map(|booking| booking.id).collect::<Vec<_>>()
    };
    assert_eq!(days(FIRST, FIRST + 2).await, [2, 3, 1].map(booking_id), "in the order of their places");
    assert_eq!(days(FIRST + 2, FIRST + 3).await, [booking_id(4)]);
    assert_eq!(days(FIRST + 3, FIRST + 9).await, []);
    let elsewhere = store.bookings(ClinicId(Uuid::from_u128(1)), Window { from: FIRST, to: FIRST + 9 }).await;
    assert_eq!(elsewhere.expect("read"), []);
    factory.close(store).await;
}

async fn a_right_code_claims_the_place_and_sends_the_request_on<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    with_clinic(&store).await;
    let wish = to_be_verified(&store, 1, 0).await;
    assert!(booked(&store, 1).await.verifying.is_some_and(|verifying| !verifying.done));
    assert_eq!(kept(&store, &wish).await.state, State::Requested);
    let verified = store.verify(booking_id(1), true, now(EARLY)).await.expect("written");
    assert!(matches!(verified, Verified::Now(_)), "{verified:?}");
    assert_eq!(kept(&store, &wish).await.state, State::Held);
    assert!(booked(&store, 1).await.verifying.is_some_and(|verifying| verifying.done));
    let rival = store.hold(clinic(), visitor(2), spot(FIRST, 0), FIRST, Step::Form, now(EARLY)).await;
    assert!(rival.expect("written").is_err(), "the place is the request's now");
    assert_eq!(store.verify(booking_id(1), true, now(EARLY)).await.expect("read"), Verified::Already);
    assert_eq!(store.verify(booking_id(9), true, now(EARLY)).await.expect("read"), Verified::Already);
    factory.close(store).await;
}

async fn wrong_codes_are_counted_and_end_it<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    with_clinic(&store).await;
    let wish = to_be_verified(&store, 1, 0).await;
    for number in 1..=5 {
        assert_eq!(store.verify(booking_id(1), false, now(EARLY)).await.expect("written"), Verified::Wrong);
        assert_eq!(booked(&store, 1).await.verifying.map(|verifying| verifying.tries), Some(number));
    }
    for right in [false, true] {
        assert_eq!(store.verify(booking_id(1), right, now(EARLY)).await.expect("read"), Verified::Spent);
    }
    assert_eq!(kept(&store, &wish).await.state, State::Requested, "it goes nowhere");
    factory.close(store).await;
}

async fn a_right_code_comes_too_late_for_a_place_that_is_taken<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    with_clinic(&store).await;
    let late = to_be_verified(&store, 1, 0).await;
    store.leave(clinic(), visitor(1)).await.expect("written");
    take_down(&store, &booking(2, FIRST, 0)).await;
    assert_eq!(store.verify(booking_id(1), true, now(EARLY)).await.expect("written"), Verified::NoPlace);
    assert_eq!(kept(&store, &late).await.state, State::Requested);
    assert!(booked(&store, 1).await.verifying.is_some_and(|verifying| !verifying.done));
    factory.close(store).await;
}

async fn a_key_opens_one_clinic_until_it_is_taken_away<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    with_clinic(&store).await;
    let other = ClinicId(Uuid::from_u128(0xc22));
    add(&store, other).await;
    let (first, second) = (Hash([1; 32]), Hash([2; 32]));
    let set = async |clinic, key| store.set_partner_key(clinic, key, now(EARLY)).await.expect("written");
    assert_eq!(store.partner(first).await.expect("read"), None);
    assert!(set(clinic(), Some(first)).await && set(other, Some(second)).await);
    assert_eq!(store.partner(first).await.expect("read"), Some(clinic()));
    assert_eq!(store.partner(second).await.expect("read"), Some(other));
    assert!(set(clinic(), Some(Hash([3; 32]))).await, "another one ends the one before");
    assert_eq!(store.partner(first).await.expect("read"), None);
    assert!(set(clinic(), None).await);
    assert_eq!(store.partner(Hash([3; 32])).await.expect("read"), None);
    assert_eq!(store.partner(second).await.expect("read"), Some(other), "the neighbour's stays");
    assert!(!set(ClinicId(Uuid::from_u128(1)), Some(first)).await, "no such clinic");
    factory.close(store).await;
}
