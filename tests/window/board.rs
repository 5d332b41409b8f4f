//! The day board, as somebody at the desk sees and uses it.

use std::time::Duration;

use fantoccini::actions::{InputSource, KeyAction, KeyActions, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use serde_json::{Value, json};

use super::driver::Window;

/// A free place on the board.
#[derive(Clone, PartialEq, Debug)]
pub struct Place {
    pub practitioner: String,
    /// Minute of the day.
    pub minute: i64,
}

/// A day as the board has it, with where things are on the screen.
pub struct Board {
    day: Value,
    /// Of a known visit: its minute and its top, in pixels; and pixels per minute.
    scale: (i64, f64, f64),
}

impl Board {
    /// Reads the day and measures its cards.
    pub async fn read(window: &Window, date: &str) -> Self {
        window.find("[data-visit]").await;
        let day = window.invoke("day_board", json!({ "date": date })).await.expect("the day");
        let tops = window
            .run(
                "return Object.fromEntries([...document.querySelectorAll('.ec-body [data-visit]')]
                    .map((card) => [card.dataset.visit, card.getBoundingClientRect().top]));",
                vec![],
            )
            .await;
        let mut seen: Vec<(i64, f64)> =
            visits(&day).filter_map(|visit| Some((minute_of(visit), tops[visit["id"].as_str()?].as_f64()?))).collect();
        seen.sort_by_key(|(minute, _)| *minute);
        let (&(first, top), &(last, bottom)) = (seen.first().expect("a card"), seen.last().expect("a card"));
        assert!(last > first, "two cards at different times give the scale");
        #[expect(clippy::cast_precision_loss, reason = "minutes of a day")]
        let scale = (bottom - top) / (last - first) as f64;
        Self { day, scale: (first, top, scale) }
    }

    /// Places where `minutes` are free from `from` on, at most one per column.
    pub fn free(&self, from: i64, minutes: i64) -> Vec<Place> {
        let columns = self.day["columns"].as_array().expect("columns");
        columns
            .iter()
            .filter_map(|column| {
                let spans = column["free"].as_array()?;
                let span = spans.iter().find_map(|span| {
                    let (start, end) = (span["start"].as_i64()?, span["end"].as_i64()?);
                    (start >= from && end - start >= minutes).then_some(start)
                })?;
                Some(Place { practitioner: column["practitioner"].as_str()?.to_owned(), minute: span })
            })
            .collect()
    }

    /// The visit, as the clinic has it.
    pub fn visit(&self, id: &str) -> &Value {
        visits(&self.day).find(|visit| visit["id"] == id).expect("the visit is on the day")
    }

    /// Where the pointer has to be for `place`: in its column, just below its time.
    pub async fn point(&self, window: &Window, place: &Place) -> (f64, f64) {
        let (middle, _) = top_middle(window, &format!(".behind[data-practitioner='{}']", place.practitioner)).await;
        let (minute, top, scale) = self.scale;
        #[expect(clippy::cast_precision_loss, reason = "minutes of a day")]
        let y = top + (place.minute - minute) as f64 * scale + 6.0;
        // Whole pixels, as a mouse has them.
        (middle, y.round())
    }
}

/// Clicks an empty place, finds a patient by a part of the name and books;
/// answers the new visit's id.
pub async fn book(window: &Window, board: &Board, place: &Place, name: &str) -> String {
    let before = shown(window).await;
    let (x, y) = board.point(window, place).await;
    let mouse = MouseActions::new("mouse".to_owned())
        .then(PointerAction::MoveTo { duration: None, x, y })
        .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
        .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
    window.act(mouse).await;
    window.find("input[role=combobox]").await.send_keys(name).await.expect("a name can be typed");
    window.find("[role=listbox] [role=option]").await.click().await.expect("a patient can be chosen");
    // What is free is checked first; the button waits for that.
    super::eventually("the visit is booked", async || {
        window.act(press(&['\u{E009}', '\u{E007}'])).await;
        shown(window).await.into_iter().find(|id| !before.contains(id))
    })
    .await
}

/// Drags a visit's card to another place.
pub async fn drag(window: &Window, board: &Board, id: &str, place: &Place) {
    let (from_x, top) = top_middle(window, &card(id)).await;
    let from_y = top + 6.0;
    let (x, y) = board.point(window, place).await;
    let slowly = Some(Duration::from_millis(300));
    let mouse = MouseActions::new("mouse".to_owned())
        .then(PointerAction::MoveTo { duration: None, x: from_x, y: from_y })
        .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
        .then(PointerAction::MoveTo { duration: slowly, x: from_x + 4.0, y: from_y + 4.0 })
        .then(PointerAction::MoveTo { duration: slowly, x, y })
        .then(PointerAction::MoveTo { duration: slowly, x, y })
        .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
    window.act(mouse).await;
}

/// The middle of an element's upper edge, in whole pixels.
async fn top_middle(window: &Window, selector: &str) -> (f64, f64) {
    window.find(selector).await;
    let at = "const { left, top, width } = document.querySelector(arguments[0]).getBoundingClientRect();
        return [Math.round(left + width / 2), Math.round(top)];";
    serde_json::from_value(window.run(at, vec![json!(selector)]).await).expect("two numbers")
}

/// Presses keys together.
pub fn press(keys: &[char]) -> KeyActions {
    let down = keys.iter().map(|key| KeyAction::Down { value: *key });
    let up = keys.iter().rev().map(|key| KeyAction::Up { value: *key });
    down.chain(up).fold(KeyActions::new("keys".to_owned()), KeyActions::then)
}

/// The selector of a visit's card.
pub fn card(id: &str) -> String {
    format!("[data-visit='{id}']")
}

/// Every visit on the screen.
async fn shown(window: &Window) -> Vec<String> {
    let ids =
        window.run("return [...document.querySelectorAll('[data-visit]')].map((card) => card.dataset.visit);", vec![]);
    serde_json::from_value(ids.await).expect("ids")
}

fn visits(day: &Value) -> impl Iterator<Item = &Value> {
    day["visits"].as_array().expect("visits").iter()
}

/// The minute of the day a visit starts at.
pub fn minute_of(visit: &Value) -> i64 {
    let start = visit["start"].as_str().expect("a start");
    let number = |range: std::ops::Range<usize>| start[range].parse::<i64>().expect("2026-11-24T09:30:00");
    number(11..13) * 60 + number(14..16)
}
