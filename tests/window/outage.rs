//! What Chairside is for, in the real window: the clinic's line is cut while
//! patients and the desk book on, it heals, and everybody is answered once.

use serde_json::Value;

use super::board::card;
use super::centre::{Centre, Kind};
use super::driver::Window;
use super::home::Home;
use super::judge::{Answer, judge, overlaps};
use super::patients::{Asked, ask, offered, read};
use super::reception::{
    book_by_hand, close_panel, connection, go_to, pair, reads, says, show_board, show_connection, show_requests,
    visit_in,
};
use super::towns::{CENTRAL, Towns};

#[tokio::test]
async fn what_was_asked_and_booked_in_an_outage_is_answered_once_mosquitto() {
    let Some(towns) = Towns::of("outage::what_was_asked_and_booked_in_an_outage_is_answered_once_mosquitto").await
    else {
        return;
    };
    what_was_asked_and_booked_in_an_outage_is_answered_once(towns, Kind::Mosquitto).await;
}

async fn what_was_asked_and_booked_in_an_outage_is_answered_once(towns: Towns, kind: Kind) {
    let centre = Centre::begin(towns, kind).await;
    let home = Home::of_today().await;
    let window = Window::open(&home).await;
    window.find("[data-visit]").await;
    pair(&window, &format!("https://{CENTRAL}"), &centre.add_clinic("Tandhuset")).await;
    reads(&window, "live").await;
    window.picture("outage-paired");
    close_panel(&window).await;
    read(&centre, "live").await;
    let before = overlaps(&window).await;

    // Live: what is booked online is on the board by itself.
    let places = offered(&centre, 3);
    let [first, second, third] = &places[..3] else { unreachable!("three were asked for") };
    go_to(&window, first.date()).await;
    let anna = ask(&centre, first, "Anna", "Lind");
    anna.becomes(&centre, "confirmed").await;
    let visit = visit_in(&window, first).await;
    window.find(&format!("{}[data-status=booked]", card(&id(&visit)))).await;
    window.picture("outage-live");

    // The line is dead, and nobody is told.
    centre.towns().cut();
    reads(&window, "offline").await;
    read(&centre, "offline").await;
    says(&window, ".strip", "Work as usual.").await;
    let bo = ask(&centre, second, "Bo", "Ek");
    let cilla = ask(&centre, third, "Cilla", "Falk");
    for held in [&bo, &cilla] {
        held.becomes(&centre, "held").await;
        held.is_told(&centre, "held").await;
    }
    let by_hand = book_by_hand(&window, third, "be").await;
    window.find(&card(&by_hand)).await;
    says(&window, ".strip", "saved here").await;
    window.picture("outage-cut");
    show_requests(&window, 3).await;
    says(&window, "[role=tabpanel]", "The line is down since").await;
    window.picture("outage-ledger-cut");
    show_board(&window).await;

    centre.towns().heal();
    reads(&window, "live").await;
    let answers: [(&Asked, Answer); 3] =
        [(&anna, Answer::Confirmed), (&bo, Answer::Confirmed), (&cilla, Answer::Taken)];
    judge(&window, &centre, &answers, &before).await;
    assert_eq!(id(&visit_in(&window, third).await), by_hand, "what the desk booked stands");

    show_requests(&window, 3).await;
    says(&window, "[role=tabpanel]", "The line was down").await;
    says(&window, "[role=tabpanel]", "2 released").await;
    says(&window, "[role=tabpanel]", "3 others offered").await;
    window.picture("outage-ledger");
    show_requests(&window, 2).await;
    says(&window, "[role=tabpanel]", "Confirmed").await;
    window.picture("outage-requests");
    show_board(&window).await;
    show_connection(&window).await;
    says(&window, "dialog[open]", "90 of 90 days are proven equal").await;
    window.picture("outage-connection");
    assert_eq!(connection(&window).await["superseded"], false);
}

fn id(visit: &Value) -> String {
    visit["id"].as_str().expect("an id").to_owned()
}
