//! What Chairside is for, in the real window: the clinic's line is cut while
//! patients and the desk book on, it heals, and everybody is answered once.

use super::board::card;
use super::centre::Kind;
use super::judge::Answer;
use super::reception::{book_by_hand, go_to, says, show_board, show_connection, show_requests, visit_in};
use super::scene::Scene;

#[tokio::test]
async fn an_outage_is_answered_once_mosquitto() {
    an_outage_is_answered_once("outage::an_outage_is_answered_once_mosquitto", Kind::Mosquitto).await;
}

#[tokio::test]
async fn an_outage_is_answered_once_embedded() {
    an_outage_is_answered_once("outage::an_outage_is_answered_once_embedded", Kind::Embedded).await;
}

async fn an_outage_is_answered_once(test: &str, kind: Kind) {
    let Some(scene) = Scene::of(test, kind).await else { return };

    // Live: what is booked online is on the board by itself.
    let [first, second, third] = scene.places();
    go_to(&scene, first.date()).await;
    let anna = scene.confirmed(&first, "Anna", "Lind").await;
    let visit = visit_in(&scene, &first).await;
    scene.find(&format!("{}[data-status=booked]", card(visit["id"].as_str().expect("an id")))).await;
    scene.picture("outage-live").await;

    // The line is dead, and nobody is told.
    scene.cut().await;
    says(&scene, ".strip", "Work as usual.").await;
    let bo = scene.held(&second, "Bo", "Ek").await;
    let cilla = scene.held(&third, "Cilla", "Falk").await;
    let by_hand = book_by_hand(&scene, &third, "be").await;
    scene.find(&card(&by_hand)).await;
    says(&scene, ".strip", "1 change is saved here").await;
    scene.picture("outage-cut").await;
    show_requests(&scene, 3).await;
    says(&scene, "[role=tabpanel]", "The line is down since").await;
    show_board(&scene).await;

    scene.heal().await;
    scene.ends(&[(&anna, Answer::Confirmed), (&bo, Answer::Confirmed), (&cilla, Answer::Taken)]).await;
    assert_eq!(visit_in(&scene, &third).await["id"], by_hand, "what the desk booked stands");

    show_requests(&scene, 3).await;
    for words in ["The line was down", "2 released", "Bo Ek", "Cilla Falk", "3 others offered"] {
        says(&scene, "[role=tabpanel]", words).await;
    }
    scene.picture("outage-ledger").await;
    show_requests(&scene, 2).await;
    says(&scene, "[role=tabpanel]", "Anna Lind").await;
    scene.picture("outage-requests").await;
    show_board(&scene).await;
    show_connection(&scene).await;
    says(&scene, "dialog[open]", "90 of 90 days are proven equal").await;
    scene.picture("outage-connection").await;
}
