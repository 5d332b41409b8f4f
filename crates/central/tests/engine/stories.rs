//! What has to come true.

use chairside_central::store::MailStorage;
use chairside_sync::booking::State;
use chairside_sync::mails::Outcome;

use crate::scene::Scene;

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
    assert_eq!(told, [Outcome::Received, Outcome::Held, Outcome::Confirmed]);
    scene.live().await;
    scene.assert_equal().await;
    scene.end().await;
}
