//! Somebody who may be a patient the clinic knows: shown, said, and taken back.

use chairside_schedule::Patient;
use chairside_schedule::patient::{Birth, PhoneNumber};
use serde_json::{Value, json};

use crate::fixture::{Front, date, named, visit_id};

fn born(number: u128, given: &str, family: &str, birth: &str) -> Patient {
    Patient { birth: Some(Birth::Date(date(birth))), ..named(number, given, family) }
}

fn reached(number: u128, given: &str, family: &str, phone: &str) -> Patient {
    Patient { phone: Some(PhoneNumber::parse(phone).expect("a number")), ..named(number, given, family) }
}

/// Whom the desk shows as perhaps the same as patient `number`, by their numbers.
async fn alike(front: &Front, number: u128) -> Vec<Value> {
    let hits = front.done("likely_same", json!({ "id": named(number, "", "").id })).await;
    hits.as_array().expect("a list").iter().map(|hit| hit["id"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_alone_is_no_likeness() {
    let front = Front::new().await;
    let id = |number: u128| json!(named(number, "", "").id);
    for patient in [
        born(10, "Anna Maria", "Ekström", "1980-05-17"),
        born(11, "anna", "Ekström", "1980-05-17"),
        born(12, "Anna", "Ekström", "1980-05-18"),
        born(13, "Anna", "Ekstrand", "1980-05-17"),
        reached(14, "Bo", "Ek", "+46 70-855 19 23"),
        reached(15, "Bo", "Ek", "0708-55 19 23"),
        reached(16, "Bo", "Ek", "0708-55 19 24"),
        Patient { email: "Cilla@example.org".to_owned(), ..named(17, "Cilla", "Berg") },
        Patient { email: "cilla@example.org".to_owned(), ..named(18, "Cilla", "Berg") },
        named(19, "Cilla", "Berg"),
        Patient { protected: true, ..born(20, "Dag", "Lind", "1971-01-01") },
        born(21, "Dag", "Lind", "1971-01-01"),
    ] {
        front.register(patient).await;
    }
    assert_eq!(alike(&front, 11).await, [id(10)], "by what she is called, and when she was born");
    assert_eq!(alike(&front, 15).await, [id(14)], "however the number is written");
    assert_eq!(alike(&front, 17).await, [id(18)]);
    for (number, why) in [(12, "another day"), (13, "another name"), (19, "nothing else is known")] {
        assert_eq!(alike(&front, number).await, Vec::<Value>::new(), "{why}");
    }
    for number in [20, 21] {
        assert_eq!(alike(&front, number).await, Vec::<Value>::new(), "a protected identity is like nobody");
    }
    assert_eq!(front.refused("likely_same", json!({ "id": id(99) })).await.code, "unknown-patient");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_it_is_is_said_by_a_person_and_taken_back() {
    let front = Front::new().await;
    let other = named(1, "", "").id;
    let card = front.book(0, "2026-11-24T11:00").await;
    let this_is = |version: &Value, patient| json!({ "id": visit_id(0), "version": version, "patient": patient });

    let said = front.done("this_is", this_is(&card["version"], json!(other))).await;
    assert_eq!(said["visit"]["patient"]["name"], "Johan Ek");
    let of = |number: u128| json!({ "id": named(number, "", "").id });
    assert_eq!(front.done("patient", of(1)).await["coming"][0]["id"], json!(visit_id(0)));
    assert_eq!(front.done("patient", of(0)).await["coming"], json!([]));

    let stale = front.refused("this_is", this_is(&card["version"], json!(other))).await;
    assert_eq!(stale.code, "changed-meanwhile");
    let nobody = json!(named(99, "", "").id);
    let unknown = front.refused("this_is", this_is(&said["visit"]["version"], nobody)).await;
    assert_eq!(unknown.code, "unknown-patient");

    let undone = front.done("undo", json!({ "seq": said["seq"] })).await;
    assert_eq!(undone["visit"]["patient"]["name"], "Elsa Lund");
    front.verify().await;
}
