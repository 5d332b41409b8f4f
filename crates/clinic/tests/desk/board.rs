//! A day of the board.

use chairside_schedule::practitioner::Absence;
use serde_json::{Value, json};

use crate::fixture::{Front, date, named, practitioner, span, visit_id, with};

fn column(board: &Value, number: u128) -> Option<&Value> {
    board["columns"]
        .as_array()
        .expect("columns")
        .iter()
        .find(|column| column["practitioner"] == json!(practitioner(number)))
}

/// Stretches of minutes as `09:00-10:00`.
fn spans(list: &Value) -> Vec<String> {
    let minute = |value: &Value| {
        value.as_u64().map(|minute| format!("{:02}:{:02}", minute / 60, minute % 60)).expect("a minute")
    };
    list.as_array()
        .expect("stretches")
        .iter()
        .map(|span| if span.get("span").is_some() { &span["span"] } else { span })
        .map(|span| format!("{}-{}", minute(&span["start"]), minute(&span["end"])))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_shows_hours_breaks_blockouts_and_gaps() {
    let front = Front::new().await;
    front.block(Some(0), "2026-11-26", "16:00-17:00", false).await;
    front.book(0, "2026-11-26T08:00").await;
    front.book(1, "2026-11-26T09:00").await;
    front.done("book_visit", with(front.wish(2, "2026-11-26T13:00"), "/wish/minutes", json!(75))).await;
    let board = front.board("2026-11-26").await;
    assert_eq!((&board["week"], &board["closed"], &board["clashes"]), (&json!(48), &json!(null), &json!(0)));
    assert_eq!(board["columns"].as_array().map(Vec::len), Some(3));
    let erik = column(&board, 0).expect("a column");
    assert_eq!(spans(&erik["working"]), ["08:00-17:00"]);
    assert_eq!(spans(&erik["breaks"]), ["12:00-13:00", "14:30-15:00"]);
    assert_eq!(spans(&erik["blockouts"]), ["16:00-17:00"]);
    assert_eq!(spans(&erik["free"]), ["08:30-09:00", "09:30-12:00", "15:00-16:00"], "14:15 to 14:30 is too short");
    assert_eq!((&erik["visit_count"], &erik["late_minutes"]), (&json!(3), &json!(0)));
    assert_eq!(erik["load_percent"], 135 * 100 / 390);
    let amira = column(&board, 1).expect("a column");
    assert_eq!(spans(&amira["blockouts"]), Vec::<String>::new());
    assert_eq!(spans(&amira["free"]), ["08:00-12:00", "13:00-14:30", "15:00-17:00"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_away_or_gone_is_shown_only_where_there_is_something_to_see() {
    let front = Front::new().await;
    front
        .done("book_visit", with(front.wish(0, "2026-11-26T09:00"), "/wish/practitioner", json!(practitioner(2))))
        .await;
    front
        .settings(|clinic| {
            let (from, until) = (date("2026-11-26"), date("2026-11-26"));
            clinic.practitioners[0].absences.push(Absence { from, until, span: None, reason: "Kurs".to_owned() });
            clinic.practitioners[1].absences.push(Absence {
                from,
                until,
                span: Some(span("08:00-10:00")),
                reason: String::new(),
            });
            clinic.practitioners[2].active_until = Some(date("2026-11-25"));
        })
        .await;
    let board = front.board("2026-11-26").await;
    let [erik, amira, karin] = [0, 1, 2].map(|number| column(&board, number).expect("a column"));
    assert_eq!((&erik["away"], spans(&erik["working"])), (&json!("Kurs"), vec![]));
    assert_eq!((&amira["away"], spans(&amira["working"])), (&json!(null), vec!["10:00-17:00".to_owned()]));
    assert_eq!((&karin["visit_count"], spans(&karin["free"])), (&json!(1), vec![]), "left, with a visit still there");
    let board = front.board("2026-11-27").await;
    assert!(column(&board, 2).is_none(), "left, and nothing there");
    assert!(column(&board, 0).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelled_and_missed_visits_stay_on_the_day_and_take_no_time() {
    let front = Front::new().await;
    for (number, start) in [(0, "2026-11-26T08:00"), (1, "2026-11-26T09:00"), (2, "2026-11-26T10:00")] {
        front.book(number, start).await;
    }
    front.done("cancel_visit", json!({ "id": visit_id(0), "version": 1, "by": "clinic", "reason": "" })).await;
    front.done("set_status", json!({ "id": visit_id(1), "version": 1, "status": "noshow" })).await;
    front.done("set_status", json!({ "id": visit_id(2), "version": 1, "status": "entered-in-error" })).await;
    let board = front.board("2026-11-26").await;
    let shown: Vec<_> = board["visits"].as_array().expect("visits").iter().map(|card| card["status"].clone()).collect();
    assert_eq!(shown, ["cancelled", "noshow"]);
    let erik = column(&board, 0).expect("a column");
    assert_eq!((&erik["visit_count"], &erik["load_percent"]), (&json!(1), &json!(0)));
    assert_eq!(spans(&erik["free"])[0], "08:00-12:00");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_day_says_why_and_a_visit_outside_hours_stretches_the_day() {
    let mut clinic = crate::fixture::clinic();
    clinic.exceptions.push(chairside_schedule::hours::DateException {
        date: date("2026-12-24"),
        name: "Julafton".to_owned(),
        spans: Vec::new(),
    });
    let front = Front::with(clinic).await;
    assert_eq!(front.board("2026-12-24").await["closed"], "Julafton");
    assert_eq!(front.board("2026-11-29").await["closed"], "");
    let board = front.board("2026-11-26").await;
    assert_eq!(spans(&json!([board["shown"]])), ["08:00-17:00"]);
    let late = with(front.wish(0, "2026-11-26T18:30"), "/accept/warnings", json!(["outside-hours"]));
    front.done("book_visit", late).await;
    let board = front.board("2026-11-26").await;
    assert_eq!(spans(&json!([board["shown"]])), ["08:00-19:00"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn late_minutes_are_those_of_the_visit_in_the_chair_or_the_one_waiting() {
    let front = Front::new().await;
    front.book(0, "2026-11-24T10:30").await;
    front.book(1, "2026-11-24T11:00").await;
    let late = async || {
        let board = front.board("2026-11-24").await;
        column(&board, 0).expect("a column")["late_minutes"].clone()
    };
    front.done("set_status", json!({ "id": visit_id(0), "version": 1, "status": "arrived" })).await;
    assert_eq!(late().await, 0, "early");
    front.set_now("2026-11-24T10:37");
    assert_eq!(late().await, 7, "waiting since half past");
    front.done("set_status", json!({ "id": visit_id(0), "version": 2, "status": "checked-in" })).await;
    assert_eq!(late().await, 0);
    front.set_now("2026-11-24T11:12");
    assert_eq!(late().await, 12, "in the chair past its end");
    front.done("set_status", json!({ "id": visit_id(0), "version": 3, "status": "fulfilled" })).await;
    assert_eq!(late().await, 0);
    front.set_now("2026-11-25T09:00");
    assert_eq!(late().await, 0, "another day");
}

#[tokio::test(flavor = "multi_thread")]
async fn clashes_are_marked_and_only_unaccepted_ones_are_counted() {
    let front = Front::new().await;
    front.book(0, "2026-11-26T09:00").await;
    let mut over = with(front.wish(1, "2026-11-26T09:00"), "/accept/overbook_reason", json!("toothache"));
    over["wish"]["patient"] = json!(named(1, "", "").id);
    front.done("book_visit", over).await;
    front.book(2, "2026-11-26T10:00").await;
    let board = front.board("2026-11-26").await;
    let marked: Vec<_> =
        board["visits"].as_array().expect("visits").iter().map(|card| card["clashes"].clone()).collect();
    assert_eq!((marked, &board["clashes"]), (vec![json!(true), json!(true), json!(false)], &json!(0)));
}

/// A clinic that never closes, and has no breaks.
async fn night_clinic() -> Front {
    let mut clinic = crate::fixture::clinic();
    for day in &mut clinic.hours.0 {
        *day = vec![span("00:00-24:00")];
    }
    clinic.breaks.clear();
    Front::with(clinic).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_over_midnight_takes_time_of_both_days() {
    let front = night_clinic().await;
    front.done("book_visit", with(front.wish(0, "2026-11-25T23:30"), "/wish/minutes", json!(90))).await;
    let before = front.board("2026-11-25").await;
    assert_eq!(spans(&column(&before, 0).expect("a column")["free"]), ["00:00-23:30"]);
    assert_eq!(before["visits"].as_array().map(Vec::len), Some(1));
    let after = front.board("2026-11-26").await;
    assert_eq!(spans(&column(&after, 0).expect("a column")["free"]), ["01:00-24:00"]);
    assert_eq!(after["visits"], json!([]), "it is a visit of the day it starts on");
    assert_eq!(front.refused("book_visit", front.wish(1, "2026-11-26T00:30")).await.code, "clash");
    let opening = json!({ "kind": front.kind(0), "minutes": null, "practitioner": practitioner(0), "from": "2026-11-26T00:00:00", "limit": 1 });
    assert_eq!(front.done("next_openings", opening).await[0]["start"], "2026-11-26T01:00:00");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_nights_on_which_clocks_change_come_out_right() {
    let front = night_clinic().await;
    // Forward on 28 March 2027: 23 hours, and no 02:00–03:00.
    front.done("book_visit", with(front.wish(0, "2027-03-28T01:30"), "/wish/minutes", json!(60))).await;
    let board = front.board("2027-03-28").await;
    let erik = column(&board, 0).expect("a column");
    assert_eq!(spans(&erik["free"]), ["00:00-01:30", "03:30-24:00"], "01:30 and an hour is 03:30");
    assert_eq!(erik["load_percent"], 60 * 100 / (23 * 60));
    assert_eq!(front.refused("book_visit", front.wish(1, "2027-03-28T03:00")).await.code, "clash");
    assert_eq!(front.refused("book_visit", front.wish(1, "2027-03-28T02:30")).await.code, "no-such-time");
    front.book(1, "2027-03-28T03:30").await;
    // Back on 31 October 2027: 25 hours, and 02:00–03:00 twice.
    let twice = with(front.wish(2, "2027-10-31T02:30"), "/accept/warnings", json!(["time-twice"]));
    let saved = front.done("book_visit", twice).await;
    assert_eq!(saved["visit"]["start_at"], 1_824_942_600, "the first of the two, in summer time");
    front.book(3, "2027-10-31T03:00").await;
    let board = front.board("2027-10-31").await;
    assert_eq!(column(&board, 0).expect("a column")["load_percent"], 60 * 100 / (25 * 60));
    assert_eq!(board["clashes"], 0);
    front.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_note_holds_comes_back_as_it_was_written() {
    let front = Front::new().await;
    let notes = [
        "\"quoted\" \\ back\\slash",
        "line\nline\r\n\ttab",
        "🦷 e\u{301} \u{202e}",
        "null \u{0} byte",
        "{\"a\": [1]}",
        "'; --",
    ];
    for (number, note) in (0..).zip(notes) {
        let day = format!("2026-12-{:02}", 7 + number % 5 + number / 5 * 7);
        let saved =
            front.done("book_visit", with(front.wish(number, &format!("{day}T09:00")), "/note", json!(note))).await;
        assert_eq!(saved["visit"]["note"], note);
        assert_eq!(front.board(&day).await["visits"], json!([saved["visit"]]), "{note:?}");
    }
    front.verify().await;
}
