//! What others did, as whoever comes back reads it.

use chairside_schedule::Appointment;
use chairside_schedule::appointment::VisitTime;
use chairside_schedule::id::StaffId;
use chairside_store::Moment;
use chairside_store::tx::{Overlap, Refusal};
use chairside_sync::Author;
use chrono::FixedOffset;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{Front, at, visit_id};

/// More than is told at once.
const MANY: usize = 210;

/// Somebody changes the times of a visit, one after the other.
async fn change(front: &Front, by: Author, number: u128, times: Vec<VisitTime>) {
    let moment = Moment { by, at_ms: front.now() * 1000 };
    let work = async move |tx: &mut chairside_store::Tx| {
        for time in times {
            let before = tx.appointment(visit_id(number)).await?.expect("it is there");
            let after = Appointment { version: before.version + 1, time, ..before.clone() };
            tx.update_appointment(&before, &after, Overlap::Refuse).await?;
        }
        Ok::<_, Refusal>(())
    };
    front.desk.store().write(moment, work).await.expect("changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn new_zone_rules_are_told_and_hide_nothing_that_somebody_did() {
    let front = Front::new().await;
    front.book(0, "2027-06-01T09:00").await;
    front.book(1, "2027-06-01T11:00").await;
    let seen = front.seq();
    let time = front.desk.store().appointment(visit_id(1)).await.expect("read").expect("it is there").time;
    let later = VisitTime::new(at("2027-06-01T13:00"), time.zone, time.minutes);
    change(&front, Author::Staff(StaffId(Uuid::from_u128(0xc0))), 1, vec![later]).await;
    let by_these = VisitTime::new(at("2027-06-01T09:00"), time.zone, time.minutes);
    let winter_time = FixedOffset::east_opt(3600).expect("an offset");
    let by_others = VisitTime::by_rules_of(&winter_time, by_these.local, by_these.zone, by_these.minutes);
    let machine = Author::Node(front.desk.store().node());
    change(&front, machine, 0, [by_others, by_these].into_iter().cycle().take(MANY).collect()).await;

    let since = front.done("since", json!({ "seq": seen })).await;
    let items = since["items"].as_array().expect("a list");
    assert_eq!((items.len(), &since["more"]), (200, &json!(true)));
    let (moved, rezoned): (Vec<&Value>, Vec<&Value>) = items.iter().partition(|item| item["what"] == "moved");
    let [moved] = &*moved else { panic!("what a colleague did is among them: {moved:?}") };
    assert_eq!((&moved["from"], &moved["start"]), (&json!("2027-06-01T11:00:00"), &json!("2027-06-01T13:00:00")));
    for item in rezoned {
        assert_eq!((&item["what"], &item["by"], &item["from"]), (&json!("rezoned"), &Value::Null, &Value::Null));
        assert_eq!((&item["start"], &item["patient"]["name"]), (&json!("2027-06-01T09:00:00"), &json!("Elsa Lund")));
    }
}
