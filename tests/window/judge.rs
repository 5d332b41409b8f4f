//! The judgement at the end of every story: nothing lost, nothing twice, each
//! patient answered once, by mail too, and both sides the same.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{ConnectOptions, Connection, Row as _};
use uuid::Uuid;

use super::centre::Centre;
use super::driver::Window;
use super::eventually;
use super::patients::Asked;
use super::reception::{board_of, connection, is_in, visits};

/// What a patient is told in the end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    Confirmed,
    /// The place had gone to somebody else.
    Taken,
}

impl Answer {
    const fn outcome(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Taken => "not_possible",
        }
    }
}

/// A visit as both sides have to tell of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Row {
    day: String,
    id: Uuid,
    version: i64,
    practitioner: Uuid,
    kind: Uuid,
    status: String,
    start_s: i64,
    end_s: i64,
}

/// Whether a visit that stands so keeps its place.
fn occupies(status: &str) -> bool {
    !["cancelled", "noshow", "entered-in-error", "waitlist", "proposed"].contains(&status)
}

/// Pairs of visits that overlap before a story begins: a demo's day has none,
/// but what it has isn't the story's.
pub async fn overlaps(window: &Window) -> BTreeSet<(Uuid, Uuid)> {
    overlapping(&rows_here(window).await)
}

/// Waits until both sides agree and everybody was answered, then counts.
pub async fn judge(window: &Window, centre: &Centre, answers: &[(&Asked, Answer)], before: &BTreeSet<(Uuid, Uuid)>) {
    for (asked, answer) in answers {
        let booking = asked.becomes(centre, answer.outcome()).await;
        asked.is_told(centre, answer.outcome()).await;
        let wish = &booking["requests"][0];
        match answer {
            Answer::Confirmed => assert_eq!(wish["state"], "confirmed", "{booking}"),
            Answer::Taken => {
                assert_eq!((&wish["state"], &wish["reason"]), (&json!("rejected"), &json!("taken")), "{booking}");
                assert_eq!(wish["alternatives"].as_array().map(Vec::len), Some(3), "{booking}");
            }
        }
    }
    agreed(window).await;
    let (here, there) = (rows_here(window).await, rows_there(centre).await);
    let last = here.last().expect("some visits").day.clone();
    let first = here.first().expect("some visits").day.clone();
    let there: Vec<_> = there.into_iter().filter(|row| row.day >= first && row.day <= last).collect();
    for (one, other) in here.iter().zip(&there) {
        assert_eq!(one, other, "row by row the same, here and at central");
    }
    assert_eq!(here.len(), there.len(), "as many visits here as at central");
    for (asked, answer) in answers {
        // Where it isn't the patient's own visit it is the one that stood in the way.
        let day = board_of(window, asked.place.date()).await;
        let stands = visits(&day).filter(|visit| is_in(visit, &asked.place) && occupies(&text(&visit["status"])));
        assert_eq!(stands.count(), 1, "{answer:?}: one visit stands in {:?}", asked.place);
    }
    let new: Vec<_> = overlapping(&here).difference(before).copied().collect();
    assert_eq!(new, [], "nobody is booked twice");
    assert_answered_once(window, centre, answers).await;
}

/// The desk is live, nothing waits, and every day was proven equal.
pub async fn agreed(window: &Window) {
    eventually("both sides agree day by day", async || {
        let view = connection(window).await;
        let days = view["days"].as_array()?;
        let equal = !days.is_empty() && days.iter().all(|day| day["equal"] == true && day["disputed"] == false);
        (view["state"] == "live" && view["unsent"] == 0 && view["held"] == 0 && equal).then_some(())
    })
    .await;
}

/// Each wish has one answer in the desk's ledger, and one among the mails, and they say the same.
async fn assert_answered_once(window: &Window, centre: &Centre, answers: &[(&Asked, Answer)]) {
    let asked = json!({ "outage": null, "before": null, "limit": 500 });
    let ledger = window.invoke("ledger", asked).await.expect("the ledger");
    let lines = ledger["requests"].as_array().expect("requests");
    assert_eq!(lines.len(), answers.len(), "an answer for each, and none for anybody else: {ledger}");
    for (asked, answer) in answers {
        let of_place =
            |line: &&Value| line["practitioner"] == asked.place.practitioner && line["start"] == asked.place.start;
        let mut answered = lines.iter().filter(of_place);
        let line = answered.next().unwrap_or_else(|| panic!("no answer for {asked:?}: {ledger}"));
        assert_eq!(answered.next(), None, "{asked:?} was answered twice");
        let word = if *answer == Answer::Confirmed { "accepted" } else { "rejected" };
        assert_eq!(line["answer"], word, "{line}");
        let mails = asked.mails(centre);
        let ends = mails.values().filter(|(says, _)| says == "confirmed" || says == "not_possible");
        assert_eq!(ends.count(), 1, "{asked:?}: {:?}", mails.keys());
        let (says, text) = mails.values().next_back().expect("a mail");
        assert_eq!(says, answer.outcome(), "the last mail says what is so");
        assert!(text.contains(&format!("To: {}", asked.contact)), "{text}");
        let offers = if *answer == Answer::Taken { 3 } else { 0 };
        assert_eq!(offered_by(text), offers, "{text}");
    }
}

/// How many other times a mail leads to.
fn offered_by(mail: &str) -> usize {
    let (plain, _) = mail.split_once("text/html").expect("a mail in text, then in HTML");
    // Long lines are folded, and `=` is said by its number.
    plain.replace("=\r\n", "").replace("=\n", "").matches("&slot=3D").count()
}

fn overlapping(rows: &[Row]) -> BTreeSet<(Uuid, Uuid)> {
    let mut standing: Vec<_> = rows.iter().filter(|row| occupies(&row.status)).collect();
    standing.sort_by_key(|row| (row.practitioner, row.start_s));
    let pairs = standing.windows(2).filter_map(|pair| match pair {
        [one, next] if one.practitioner == next.practitioner && next.start_s < one.end_s => Some((one.id, next.id)),
        _ => None,
    });
    pairs.collect()
}

/// Every visit of the days that are offered online, as the window has them.
async fn rows_here(window: &Window) -> Vec<Row> {
    let days = "const done = arguments[0];
        const ask = (command, args) => window.__TAURI_INTERNALS__.invoke(command, { args });
        ask('connection', null)
          .then(({ days }) => Promise.all(days.map(({ date }) => ask('day_board', { date }))))
          .then((ok) => done({ ok }), (error) => done({ error }));";
    let answer = window.run_async(days, vec![]).await;
    let days = answer["ok"].as_array().unwrap_or_else(|| panic!("{answer}"));
    let rows = days.iter().flat_map(|day| visits(day).map(|visit| row_of(text(&day["date"]), visit)));
    let mut rows: Vec<_> = rows.collect();
    rows.sort();
    rows
}

fn row_of(day: String, visit: &Value) -> Row {
    let number = |name: &str| visit[name].as_i64().unwrap_or_else(|| panic!("{name}: {visit}"));
    let id = |name: &str| text(&visit[name]).parse().expect("an id");
    Row {
        day,
        id: id("id"),
        version: number("version"),
        practitioner: id("practitioner"),
        kind: id("kind"),
        status: text(&visit["status"]),
        start_s: number("start_at"),
        end_s: number("start_at") + 60 * number("minutes"),
    }
}

/// Every visit that central has, read from its disk.
async fn rows_there(centre: &Centre) -> Vec<Row> {
    let options = SqliteConnectOptions::new().filename(centre.data().join("central.db")).read_only(true);
    let mut conn = options.connect().await.expect("central's store can be read");
    let read = "SELECT date(local_s, 'unixepoch') AS day, id, version, practitioner, kind, status, start_s, end_s
        FROM appointment";
    let read = sqlx::query(read).fetch_all(&mut conn).await.expect("central's store can be read");
    conn.close().await.expect("closed");
    let id = |row: &SqliteRow, column: &str| Uuid::from_slice(row.get(column)).expect("an id");
    let rows = read.iter().map(|row| Row {
        day: row.get("day"),
        id: id(row, "id"),
        version: row.get("version"),
        practitioner: id(row, "practitioner"),
        kind: id(row, "kind"),
        status: row.get("status"),
        start_s: row.get("start_s"),
        end_s: row.get("end_s"),
    });
    let mut rows: Vec<_> = rows.collect();
    rows.sort();
    rows
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}
