//! The receptionist, who pairs, books and looks things up in the window.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::board::{Board, Place, book, press};
use super::driver::Window;
use super::eventually;
use super::patients::Offered;

const ENTER: char = '\u{E007}';
const ESCAPE: char = '\u{E00C}';

/// How the desk is connected, in the top bar.
const CHIP: &str = "header button[aria-haspopup=dialog]:has(.state)";

/// Pairs the desk, as the panel has it: an address, a code, Enter.
pub async fn pair(window: &Window, address: &str, code: &str) {
    show_connection(window).await;
    let typed = "an address and a code can be typed";
    window.find("dialog[open] input[inputmode=url]").await.send_keys(address).await.expect(typed);
    window.find("dialog[open] input[autocapitalize=characters]").await.send_keys(code).await.expect(typed);
    window.act(press(&[ENTER])).await;
    // The form gives way to how the line stands.
    window.find("dialog[open] .days .equal").await;
}

/// Opens the panel of the connection.
pub async fn show_connection(window: &Window) {
    window.find(CHIP).await.click().await.expect("the panel opens");
    window.find("dialog[open]").await;
}

/// Closes whatever lies over the window.
pub async fn close_panel(window: &Window) {
    window.act(press(&[ESCAPE])).await;
    eventually("the panel is closed", async || (count(window, "dialog[open]").await == 0).then_some(())).await;
}

/// Waits until the top bar says how the desk is connected: `live`, `offline`, …
pub async fn reads(window: &Window, state: &str) {
    window.find(&format!("{CHIP}.{state}")).await;
}

/// Shows a day on the board, by the month to pick it from.
pub async fn go_to(window: &Window, date: &str) {
    window.act(press(&['g'])).await;
    window.find("[data-day]").await;
    let day = format!("[data-day='{date}']");
    if count(window, &day).await == 0 {
        window.find("[aria-label='The month after']").await.click().await.expect("there is a next month");
    }
    window.find(&day).await.click().await.expect("the day can be picked");
    shows(window, date).await;
}

/// Waits until every visit of a day has its card.
pub async fn shows(window: &Window, date: &str) {
    eventually(&format!("the board shows {date}"), async || {
        let day = board_of(window, date).await;
        let there: BTreeSet<_> = visits(&day).map(|visit| visit["id"].clone()).map(text).collect();
        let cards = "return [...document.querySelectorAll('.ec-body [data-visit]')].map((card) => card.dataset.visit);";
        let shown: Vec<String> = serde_json::from_value(window.run(cards, vec![]).await).ok()?;
        (there == shown.into_iter().collect()).then_some(())
    })
    .await;
}

/// Books somebody the clinic knows into a place by the booking panel; answers the visit's id.
pub async fn book_by_hand(window: &Window, place: &Offered, name: &str) -> String {
    let board = Board::read(window, place.date()).await;
    let there = Place { practitioner: place.practitioner.clone(), minute: place.minute() };
    book(window, &board, &there, name).await
}

/// The visit that stands in a place, once there is one.
pub async fn visit_in(window: &Window, place: &Offered) -> Value {
    eventually(&format!("something stands at {}", place.start), async || {
        let day = board_of(window, place.date()).await;
        visits(&day).find(|visit| is_in(visit, place)).cloned()
    })
    .await
}

/// Whether a visit begins in a place.
pub fn is_in(visit: &Value, place: &Offered) -> bool {
    visit["practitioner"] == place.practitioner && visit["start"] == place.start
}

/// How the desk is connected, in full.
pub async fn connection(window: &Window) -> Value {
    window.invoke("connection", Value::Null).await.expect("it tells")
}

/// Opens the page of requests and one of its tabs.
pub async fn show_requests(window: &Window, tab: usize) {
    window.act(press(&['r'])).await;
    let tab = format!("[role=tab]:nth-of-type({tab})");
    window.find(&tab).await.click().await.expect("the tab opens");
}

/// Back to the board.
pub async fn show_board(window: &Window) {
    window.act(press(&[ESCAPE])).await;
    window.find(".board").await;
}

/// What an element says, once one fits.
pub async fn says(window: &Window, selector: &str, words: &str) {
    eventually(&format!("{selector} says {words}"), async || {
        let read = "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent).join(' ');";
        let said = window.run(read, vec![json!(selector)]).await;
        // A line break in the page is a space to whoever reads it.
        let said = said.as_str()?.split_whitespace().collect::<Vec<_>>().join(" ");
        said.contains(words).then_some(())
    })
    .await;
}

/// A day of the board.
pub async fn board_of(window: &Window, date: &str) -> Value {
    window.invoke("day_board", json!({ "date": date })).await.expect("the day")
}

/// The visits of such a day.
pub fn visits(day: &Value) -> impl Iterator<Item = &Value> {
    day["visits"].as_array().expect("visits").iter()
}

async fn count(window: &Window, selector: &str) -> u64 {
    let counted = window.run("return document.querySelectorAll(arguments[0]).length;", vec![json!(selector)]);
    counted.await.as_u64().expect("a number")
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}
