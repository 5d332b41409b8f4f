//! Finding patients as somebody types.

use chairside_schedule::patient::{Birth, Personnummer, PhoneNumber};
use chairside_schedule::{Appointment, Patient, Status};
use chairside_store::Store;
use chairside_store::tx::Overlap;

use crate::fixture::{Place, book, moment, patient, register, visit};

fn named(number: u128, given: &str, family: &str) -> Patient {
    Patient { given: given.to_owned(), family: family.to_owned(), ..patient(number) }
}

/// Six people, in the order they were registered.
fn people() -> Vec<Patient> {
    let mut people = vec![
        named(0, "Åsa", "Wikström"),
        named(1, "Lars-Erik", "Öberg"),
        named(2, "Vasa", "Ek"),
        named(3, "Elsa", "Asplund"),
        named(4, "", ""),
        named(5, "Émile", "O'Brien"),
    ];
    people[0].phone = PhoneNumber::parse("070-741 22 33").ok();
    people[0].email = "asa.w@example.com".to_owned();
    people[1].personnummer = Personnummer::try_from("198112189876".to_owned()).ok();
    people[1].birth = people[1].personnummer.as_ref().map(Personnummer::birth);
    people[2].birth = "1987-07-14".parse().ok().map(Birth::Date);
    people[3].birth = Some(Birth::Year(1958));
    people[4].external_id = Some("P-000729".to_owned());
    people
}

async fn store_of_people() -> (Place, Store) {
    let (place, store) = Place::with_store().await;
    for person in people() {
        register(&store, person).await;
    }
    (place, store)
}

async fn found(store: &Store, text: &str, limit: u32) -> Vec<usize> {
    let people = people();
    let hits = store.find_patients(text, limit).await.expect(text);
    hits.iter().map(|hit| people.iter().position(|who| who.id == hit.patient.id).expect("one of ours")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn patients_are_found_by_any_part_of_what_tells_them_apart() {
    // (what is typed, whom it finds, best first)
    let cases: &[(&str, &[usize])] = &[
        ("asa", &[0, 2]),
        ("Åsa", &[0, 2]),
        ("ÅSA WIK", &[0]),
        ("wik åsa", &[0]),
        ("a\u{30a}sa", &[0, 2]),
        ("ström", &[0]),
        ("strom", &[0]),
        ("sa", &[]),
        ("ls", &[]),
        ("lsa", &[3]),
        ("as", &[3, 0]),
        ("e", &[5, 3, 2, 1, 0]),
        ("lars-erik", &[1]),
        ("erik lars", &[1]),
        ("o'brien", &[5]),
        ("emile", &[5]),
        ("rie", &[5]),
        ("asa.w@example.com", &[0]),
        ("example", &[0]),
        ("070-741", &[0]),
        ("070741", &[0]),
        ("0707-41", &[0]),
        ("0707412233", &[0]),
        ("07412", &[0]),
        ("2233", &[0]),
        ("811218", &[1]),
        ("811218-9876", &[1]),
        ("19811218-9876", &[1]),
        ("198112189876", &[1]),
        ("9876", &[1]),
        ("1981-12-18", &[1]),
        ("1987-07-14", &[2]),
        ("19870714", &[2]),
        ("870714", &[2]),
        ("1987", &[2]),
        ("1958", &[3]),
        ("elsa 1958", &[3]),
        ("729", &[4]),
        ("P-000729", &[4]),
        ("nobody", &[]),
        ("asa nobody", &[]),
    ];
    let (_place, store) = store_of_people().await;
    for (text, wanted) in cases {
        assert_eq!(found(&store, text, 20).await, *wanted, "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_sign_or_word_is_an_operator() {
    let (_place, store) = store_of_people().await;
    let everyone = found(&store, "", 20).await;
    assert_eq!(everyone, [5, 4, 3, 2, 1, 0], "nothing typed: the most recent");
    for text in ["\"", "*", "(", ")", ":", "-", "^", "%", "_", "'", ";", "\\", "\0", "🦷", " \t\n", "\"*^():-"] {
        assert_eq!(found(&store, text, 20).await, everyone, "{text:?} says nothing");
    }
    for text in
        ["AND", "OR", "NOT", "NEAR(", "NEAR(asa, 2)", "folded:asa", "a OR b", "asa NOT vasa", "{asa}", "asa + ek"]
    {
        found(&store, text, 20).await;
    }
    assert_eq!(found(&store, "\"asa\" wik*", 20).await, [0]);
    assert_eq!(found(&store, "^wik", 20).await, [0]);
    for long in ["a".repeat(100), "가".repeat(100), "a ".repeat(50), "ßİǅ".repeat(30), "1".repeat(100)] {
        assert!(found(&store, &long, 50).await.len() <= 6);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_is_kept_and_word_beginnings_come_first() {
    let (_place, store) = store_of_people().await;
    assert_eq!(found(&store, "asa", 1).await, [0]);
    assert_eq!(found(&store, "e", 2).await, [5, 3]);
}

async fn arrive(store: &Store, who: &Patient, number: u128) {
    let mut before: Appointment = visit(number, number, "2026-11-24T09:00");
    before.patient = who.id;
    book(store, before.clone()).await.expect("booked");
    let mut after = before.clone();
    after.version += 1;
    after.status = Status::Arrived;
    store
        .write(moment(), async move |tx| tx.update_appointment(&before, &after, Overlap::Refuse).await)
        .await
        .expect("arrived");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_came_last_is_found_first() {
    let (place, store) = store_of_people().await;
    let people = people();
    arrive(&store, &people[0], 0).await;
    assert_eq!(found(&store, "as", 20).await, [0, 3]);
    assert_eq!(found(&store, "", 2).await, [0, 5]);
    arrive(&store, &people[2], 1).await;
    assert_eq!(found(&store, "", 2).await, [2, 0]);
    assert_eq!(store.verify().await.expect("verified").fault, None);
    let hits = store.find_patients("vasa", 5).await.expect("found");
    assert_eq!(hits[0].last_seen, Some(crate::fixture::day()));
    store.close().await;
    assert_eq!(found(&place.open().await, "", 2).await, [2, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_name_is_found_and_the_old_one_no_longer() {
    let (_place, store) = store_of_people().await;
    let before = people().remove(0);
    let after = Patient { family: "Nyberg".to_owned(), version: 2, ..before.clone() };
    store.write(moment(), async move |tx| tx.update_patient(&before, &after).await).await.expect("renamed");
    assert_eq!(found(&store, "nyberg", 5).await, [0]);
    assert!(found(&store, "wikstrom", 5).await.is_empty());
    assert!(found(&store, "kst", 5).await.is_empty());
    assert_eq!(store.verify().await.expect("verified").fault, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_is_found_with_who_answers_for_it() {
    let (_place, store) = store_of_people().await;
    let child = Patient { guardian: Some(people()[0].id), ..named(9, "Lilla", "Vännen") };
    register(&store, child).await;
    let hit = store.find_patients("lilla", 5).await.expect("found").remove(0);
    assert_eq!(hit.guardian.map(|guardian| guardian.id), Some(people()[0].id));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_contains_three_letters_comes_after_who_begins_with_them_however_many_there_are() {
    let (_place, store) = Place::with_store().await;
    let count = 100;
    for number in 0..count {
        // One in ten begins with what is typed.
        let given = if number % 10 == 5 { "Anna" } else { "Johanna" };
        register(&store, named(number, given, "Ek")).await;
    }
    let (beginning, containing): (Vec<u128>, Vec<u128>) = (0..count).rev().partition(|number| number % 10 == 5);
    let wanted: Vec<_> = beginning.into_iter().chain(containing).map(|number| patient(number).id).collect();
    for limit in [5, 10, 11, 30, 99, 100, 101] {
        let hits = store.find_patients("ann", limit).await.expect("found");
        let ids: Vec<_> = hits.iter().map(|hit| hit.patient.id).collect();
        assert_eq!(ids, wanted[..wanted.len().min(limit as usize)], "the first {limit}");
    }
}
