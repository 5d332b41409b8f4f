//! One entry per change, with a part for the world and a part that stays.

use chairside_schedule::patient::{Personnummer, PhoneNumber};
use chairside_schedule::{Appointment, Patient, Status};
use chairside_store::project::BeforeAfter;
use chairside_store::tx::Overlap;
use chairside_store::{Record, Store};
use chairside_sync::causes::Order;
use chairside_sync::{Author, Hash, Public, chain};
use sqlx::Connection;

use crate::fixture::{Place, book, clinic, moment, patient, register, visit};

const SECRETS: [&str; 8] =
    ["Hemlig", "Person", "198112189876", "070-741", "070741", "ring efter lunch", "Latex", "frisk igen"];

fn secret_patient() -> Patient {
    let mut patient = patient(0);
    patient.given = "Hemlig".to_owned();
    patient.family = "Person".to_owned();
    patient.personnummer = Personnummer::try_from("198112189876".to_owned()).ok();
    patient.phone = PhoneNumber::parse("070-741 22 33").ok();
    patient.alert = "Latex".to_owned();
    patient
}

/// Registers, books, describes, moves and cancels.
async fn a_little_history(store: &Store) -> Vec<Appointment> {
    register(store, secret_patient()).await;
    let mut steps = vec![visit(0, 0, "2026-11-24T09:00")];
    steps[0].note = "ring efter lunch".to_owned();
    book(store, steps[0].clone()).await.expect("booked");
    for change in 0..3 {
        let before = steps[change].clone();
        let mut after = before.clone();
        after.version += 1;
        match change {
            0 => after.confirmed = true,
            1 => after.time = visit(0, 0, "2026-11-24T10:00").time,
            _ => {
                after.status = Status::Cancelled;
                after.cancellation = Some(chairside_schedule::appointment::Cancellation {
                    by: chairside_schedule::appointment::CancelledBy::Patient,
                    reason: "frisk igen".to_owned(),
                });
            }
        }
        steps.push(after.clone());
        store
            .write(moment(), async move |tx| tx.update_appointment(&before, &after, Overlap::Refuse).await)
            .await
            .expect("changed");
    }
    steps
}

async fn whole_log(store: &Store) -> Vec<Record> {
    store.log_after(0, 10_000).await.expect("the log")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_one_entry_that_says_what_stood_there() {
    let (_place, store) = Place::with_store().await;
    let founded = store.tip().seq;
    let steps = a_little_history(&store).await;
    let log = whole_log(&store).await;
    assert_eq!(log.len() as u64, founded + 1 + steps.len() as u64);
    let about = store.log_about(steps[0].id.0).await.expect("entries");
    let told: Vec<(Option<Appointment>, Appointment)> = about
        .iter()
        .map(|record| {
            let private = record.private.as_ref().expect("a private part");
            let change: BeforeAfter<Appointment> = serde_json::from_slice(&private.bytes).expect("a visit");
            (change.before, change.after)
        })
        .collect();
    let wanted: Vec<(Option<Appointment>, Appointment)> = steps
        .iter()
        .enumerate()
        .map(|(at, step)| (at.checked_sub(1).map(|before| steps[before].clone()), step.clone()))
        .collect();
    assert_eq!(told, wanted);
    let states: Vec<_> = about
        .iter()
        .map(|record| match Public::from_bytes(&record.entry.public) {
            Ok(Public::Appointment(row)) => (row.version, row.status, row.start_s),
            other => panic!("{other:?}"),
        })
        .collect();
    let wanted: Vec<_> =
        steps.iter().map(|step| (step.version, step.status.as_str().to_owned(), step.time.interval.start.0)).collect();
    assert_eq!(states, wanted, "the public part holds the whole row after the change");
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_form_a_chain_and_their_causes_tick() {
    let (_place, store) = Place::with_store().await;
    a_little_history(&store).await;
    let log = whole_log(&store).await;
    let mut hash = Hash::GENESIS;
    for (seq, record) in (1..).zip(&log) {
        let header = &record.entry.header;
        assert_eq!((header.seq, header.epoch, header.at_ms), (seq, 1, moment().at_ms));
        assert_eq!(header.causes.of(store.node()), seq, "one tick each");
        assert_eq!(record.private.as_ref().expect("private").commitment(), record.entry.commitment);
        hash = chain::hash(hash, &record.entry);
        assert_eq!(record.hash, hash);
    }
    assert_eq!(store.tip().hash, hash);
    for pair in log.windows(2) {
        assert_eq!(pair[0].entry.header.causes.order(&pair[1].entry.header.causes), Order::Before);
    }
    assert!(matches!(log[0].entry.header.by, Author::Node(node) if node == store.node()), "a birth is the machine's");
    assert_eq!(log.last().expect("an entry").entry.header.by, moment().by);
    let salts: std::collections::HashSet<_> =
        log.iter().filter_map(|record| Some(record.private.as_ref()?.salt)).collect();
    assert_eq!(salts.len(), log.len(), "a fresh salt each");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_patient_is_in_the_public_part() {
    let (place, store) = Place::with_store().await;
    a_little_history(&store).await;
    let mut settings = clinic();
    settings.practitioners[0].absences.push(chairside_schedule::practitioner::Absence {
        from: crate::fixture::day(),
        until: crate::fixture::day(),
        span: None,
        reason: "Latex".to_owned(),
    });
    store.write(moment(), async move |tx| tx.save_settings(settings).await).await.expect("settings saved");
    let holds = |bytes: &[u8], secret: &str| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
    let log = whole_log(&store).await;
    for record in &log {
        for secret in SECRETS {
            assert!(!holds(&record.entry.canonical(), secret), "entry {} says {secret}", record.entry.header.seq);
        }
    }
    for secret in ["Hemlig", "198112189876", "ring efter lunch", "frisk igen"] {
        let private = log.iter().filter_map(|record| record.private.as_ref());
        assert!(private.into_iter().any(|private| holds(&private.bytes, secret)), "{secret} stays in the clinic");
    }
    store.close().await;
    // And the file itself is encrypted, journal included.
    for path in std::fs::read_dir(&place.folder).expect("the folder") {
        let path = path.expect("a file").path();
        let bytes = std::fs::read(&path).expect("its bytes");
        for secret in SECRETS.into_iter().chain(["CREATE TABLE", "Testhuset"]) {
            assert!(!holds(&bytes, secret), "{} holds {secret}", path.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn erasing_what_is_private_leaves_the_chain_whole() {
    let (place, store) = Place::with_store().await;
    a_little_history(&store).await;
    let tip = store.tip();
    store.close().await;
    let mut raw = place.raw().await;
    sqlx::query("UPDATE log SET private = NULL, salt = NULL WHERE subject IS NOT NULL")
        .execute(&mut raw)
        .await
        .expect("erased");
    raw.close().await.expect("closed");
    let store = place.open().await;
    assert_eq!(store.tip(), tip, "no new life");
    assert_eq!(store.verify().await.expect("verified").fault, None);
    assert!(
        whole_log(&store).await.iter().filter(|record| record.subject.is_some()).all(|record| record.private.is_none())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_hears_of_every_commit_and_of_nothing_else() {
    let (_place, store) = Place::with_store().await;
    register(&store, patient(0)).await;
    let mut changes = store.changes();
    book(&store, visit(0, 0, "2026-11-24T09:00")).await.expect("booked");
    book(&store, visit(1, 0, "2026-11-24T09:00")).await.expect_err("taken");
    register(&store, patient(1)).await;
    let booked = changes.recv().await.expect("heard");
    assert_eq!(
        (booked.days, booked.patients, booked.settings),
        (vec![crate::fixture::day()], vec![patient(0).id], false)
    );
    let registered = changes.recv().await.expect("heard");
    assert_eq!((registered.seq, registered.patients), (store.tip().seq, vec![patient(1).id]));
    assert!(registered.days.is_empty());
    assert!(changes.try_recv().is_err(), "a refused booking is no change");
}
