//! What is free, as soon as it is, and no longer than it is.

use serde_json::{Value, json};

use crate::fixture::{Front, practitioner, visit_id};

fn starts(openings: &Value) -> Vec<String> {
    let list = openings.as_array().expect("openings");
    list.iter().map(|opening| opening["start"].as_str().expect("a time").to_owned()).collect()
}

fn with_erik(front: &Front, from: &str, limit: u32) -> Value {
    json!({ "kind": front.kind(0), "minutes": null, "practitioner": practitioner(0), "from": format!("{from}:00"), "limit": limit })
}

#[tokio::test(flavor = "multi_thread")]
async fn openings_follow_every_change_at_once() {
    let front = Front::new().await;
    let first = async || starts(&front.done("next_openings", with_erik(&front, "2026-11-26T08:00", 1)).await).remove(0);
    assert_eq!(first().await, "2026-11-26T08:00:00");
    front.book(0, "2026-11-26T08:00").await;
    assert_eq!(first().await, "2026-11-26T08:30:00");
    front
        .done(
            "move_visit",
            json!({ "id": visit_id(0), "version": 1, "practitioner": practitioner(0),
        "start": "2026-11-27T08:30:00", "minutes": 30, "accept": { "warnings": [], "overbook_reason": null } }),
        )
        .await;
    assert_eq!(first().await, "2026-11-26T08:00:00");
    front.block(Some(0), "2026-11-26", "08:00-10:00", false).await;
    assert_eq!(first().await, "2026-11-26T10:00:00");
    front.settings(|clinic| clinic.practitioners[0].active_until = Some(crate::fixture::date("2026-11-25"))).await;
    let none = front.done("next_openings", with_erik(&front, "2026-11-26T08:00", 1)).await;
    assert_eq!(none, json!([]), "nobody is there any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_behind_now_is_offered() {
    let front = Front::new().await;
    let openings = front.done("next_openings", with_erik(&front, "2026-11-20T08:00", 3)).await;
    assert_eq!(starts(&openings), ["2026-11-24T10:30:00", "2026-11-24T11:00:00", "2026-11-24T11:30:00"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_day_is_never_offered_however_many_days_were_looked_at() {
    let front = Front::new().await;
    for half_hour in 0..18 {
        let start = format!("2026-12-08T{:02}:{:02}", 8 + half_hour / 2, half_hour % 2 * 30);
        if let Err(problem) = front.ask("book_visit", front.wish(half_hour, &start)).await {
            assert_eq!(problem.code, "in-break");
        }
    }
    let first = async |from: &str| starts(&front.done("next_openings", with_erik(&front, from, 1)).await).remove(0);
    // Nearly as many days as are kept in memory, the taken one among them.
    for month in 1..=12 {
        front.done("month_load", json!({ "month": format!("2028-{month:02}-01") })).await;
    }
    assert_eq!(first("2026-11-30T08:00").await, "2026-11-30T08:00:00");
    // Some more, of which the first are known and the others aren't.
    assert_eq!(first("2026-12-08T08:00").await, "2026-12-09T08:00:00");
    assert_eq!(first("2026-12-08T08:00").await, "2026-12-09T08:00:00");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_says_how_full_each_day_is() {
    let front = Front::new().await;
    front.book(0, "2026-11-26T08:00").await;
    let month = front.done("month_load", json!({ "month": "2026-11-17" })).await;
    let days = month.as_array().expect("days");
    assert_eq!((days.len(), &days[0]["date"], &days[29]["date"]), (30, &json!("2026-11-01"), &json!("2026-11-30")));
    let day = |number: usize| &days[number - 1];
    assert_eq!((&day(29)["open"], &day(29)["free_starts"]), (&json!(false), &json!(0)), "a Sunday");
    assert_eq!(
        (&day(26)["open"], &day(26)["visits"], &day(26)["free_starts"]),
        (&json!(true), &json!(1), &json!(3 * 15 - 1))
    );
    assert_eq!(day(26)["load_percent"], 30 * 100 / (3 * 450));
}
