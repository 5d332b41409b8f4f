//! Every kind of damage is found and called by its name.

use chairside_schedule::patient::PhoneNumber;
use chairside_schedule::{Patient, Status};
use chairside_store::Fault;
use chairside_store::tx::Overlap;

use crate::fixture::{Place, book, chair, moment, patient, register, tamper, visit};

/// A store with two patients, three visits and a change, closed.
async fn some_store() -> Place {
    let (place, store) = Place::with_store().await;
    register(&store, with_phone(patient(0))).await;
    register(&store, patient(1)).await;
    for (number, start) in [(0, "2026-11-24T09:00"), (1, "2026-11-24T10:00"), (2, "2026-11-25T09:00")] {
        book(&store, visit(number, 0, start)).await.expect("booked");
    }
    let before = visit(1, 0, "2026-11-24T10:00");
    let mut after = before.clone();
    after.version += 1;
    after.status = Status::Arrived;
    store
        .write(moment(), async move |tx| tx.update_appointment(&before, &after, Overlap::Refuse).await)
        .await
        .expect("arrived");
    store.close().await;
    place
}

fn with_phone(mut patient: Patient) -> Patient {
    patient.phone = PhoneNumber::parse("070-741 22 33").ok();
    patient
}

async fn check(statement: &'static str, wanted: Fault) {
    let place = some_store().await;
    let store = place.open().await;
    let whole = store.verify().await.expect("verified");
    assert_eq!((whole.fault, whole.entries, whole.appointments, whole.patients), (None, store.tip().seq, 3, 2));
    tamper(&place, statement).await;
    let found = store.verify().await.expect("verified").fault;
    assert_eq!(found, Some(wanted), "{statement}");
}

/// The first visit's id.
fn first() -> uuid::Uuid {
    visit(0, 0, "2026-11-24T09:00").id.0
}

macro_rules! damage {
    ($($name:ident: $statement:expr => $fault:expr;)+) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            check($statement, $fault).await;
        })+
    };
}

// Entries: 1 birth, 2 settings, 3 and 4 patients, 5 to 7 bookings, 8 the arrival.
damage! {
    a_flipped_byte_of_a_public_part_breaks_the_chain:
        "UPDATE log SET public = CAST(substr(public, 1, 9) || x'ff' || substr(public, 11) AS BLOB) WHERE seq = 5" => Fault::Chain(5);
    another_author_breaks_the_chain: "UPDATE log SET by_id = randomblob(16) WHERE seq = 6" => Fault::Chain(6);
    another_time_breaks_the_chain: "UPDATE log SET at_ms = at_ms + 1 WHERE seq = 6" => Fault::Chain(6);
    other_causes_break_the_chain: "UPDATE log SET causes = x'a0' WHERE seq = 7" => Fault::Chain(7);
    unreadable_causes_break_the_chain: "UPDATE log SET causes = x'00' WHERE seq = 7" => Fault::Chain(7);
    another_hash_breaks_the_chain: "UPDATE log SET hash = randomblob(32) WHERE seq = 4" => Fault::Chain(4);
    another_subject_breaks_the_chain: "UPDATE log SET subject = randomblob(16) WHERE seq = 5" => Fault::Chain(5);
    a_lost_subject_breaks_the_chain: "UPDATE log SET subject = NULL WHERE seq = 8" => Fault::Chain(8);
    a_lost_entry_breaks_the_chain: "DELETE FROM log WHERE seq = 6" => Fault::Chain(6);
    a_lost_last_entry_breaks_the_chain: "DELETE FROM log WHERE seq = 8" => Fault::Chain(8);
    a_changed_private_part_is_told:
        "UPDATE log SET private = CAST(replace(CAST(private AS TEXT), 'Given1', 'Given2') AS BLOB) WHERE seq = 4" => Fault::Private(4);
    a_changed_salt_is_told: "UPDATE log SET salt = randomblob(32) WHERE seq = 4" => Fault::Private(4);
    a_private_part_half_erased_is_told: "UPDATE log SET salt = NULL WHERE seq = 4" => Fault::Private(4);
    a_changed_status_is_told:
        "UPDATE appointment SET status = 'noshow' WHERE day = (SELECT min(day) FROM appointment) AND version = 1" => Fault::Row(first());
    a_changed_note_is_told:
        "UPDATE appointment SET note = 'not so' WHERE day = (SELECT min(day) FROM appointment) AND version = 1" => Fault::Row(first());
    a_lost_visit_is_told:
        "DELETE FROM appointment WHERE day = (SELECT min(day) FROM appointment) AND version = 1" => Fault::Row(first());
    a_visit_nobody_booked_is_told:
        "INSERT INTO appointment SELECT zeroblob(16), version, patient, practitioner, chair, kind, day + 2, local_s + 172800, zone, \
         minutes, start_s + 172800, end_s + 172800, status, confirmed, note, source, overbooked, cancelled_by, cancelled_reason, \
         arrived_s, seated_s, done_s, left_s, follows, created_s, external_id, flags, wish FROM appointment WHERE version = 2" => Fault::Row(uuid::Uuid::nil());
    a_visit_on_another_day_than_its_time_is_told:
        "UPDATE appointment SET day = day - 1 WHERE day = (SELECT min(day) FROM appointment) AND version = 1" => Fault::Time(first());
    a_changed_patient_is_told:
        "UPDATE patient SET phone = '0707412234' WHERE phone IS NOT NULL" => Fault::Row(patient(0).id.0);
    a_changed_count_of_missed_visits_is_told:
        "UPDATE patient SET missed = missed + 1 WHERE given = 'Given1'" => Fault::Row(patient(1).id.0);
    a_changed_day_last_seen_is_told:
        "UPDATE patient SET last_seen_day = NULL WHERE given = 'Given0'" => Fault::Row(patient(0).id.0);
    a_lost_patient_is_told: "DELETE FROM patient WHERE given = 'Given1'" => Fault::Row(patient(1).id.0);
    a_visit_of_nobody_is_told: "DELETE FROM patient WHERE given = 'Given0'" => Fault::Reference("appointment".to_owned());
    a_patient_missing_from_the_words_is_told:
        "DELETE FROM patient_words WHERE rowid = (SELECT max(recency) FROM patient)" => Fault::Search;
    a_patient_missing_from_the_trigrams_is_told:
        "DELETE FROM patient_trigrams WHERE rowid = (SELECT max(recency) FROM patient)" => Fault::Search;
    somebody_too_many_in_the_index_is_told:
        "INSERT INTO patient_words (rowid, folded) VALUES (99, 'nobody')" => Fault::Search;
    a_patient_under_another_name_in_the_index_is_told:
        "INSERT OR REPLACE INTO patient_words (rowid, folded) SELECT max(recency), 'other words' FROM patient" => Fault::Search;
}

#[tokio::test(flavor = "multi_thread")]
async fn visits_that_overlap_without_anyones_word_are_told() {
    // Written behind the store's back and into its log, as a defect in booking would.
    for by_chair in [false, true] {
        let (_place, store) = Place::with_store().await;
        register(&store, patient(0)).await;
        let mut one = visit(0, 0, "2026-11-24T09:00");
        let mut other = visit(1, if by_chair { 1 } else { 0 }, "2026-11-24T09:15");
        if by_chair {
            (one.chair, other.chair) = (Some(chair(0)), Some(chair(0)));
        }
        for visit in [one.clone(), other.clone()] {
            store
                .write(moment(), async move |tx| {
                    tx.insert_appointment(&visit, crate::fixture::wish_of(&visit), Overlap::Knowingly).await
                })
                .await
                .expect("booked");
        }
        assert_eq!(store.verify().await.expect("verified").fault, Some(Fault::Clash(one.id.0, other.id.0)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn visits_overbooked_with_a_reason_are_counted_and_no_fault() {
    let (_place, store) = Place::with_store().await;
    register(&store, patient(0)).await;
    book(&store, visit(0, 0, "2026-11-24T23:30")).await.expect("booked");
    let mut over = visit(1, 0, "2026-11-25T00:00");
    over.overbooked = Some("toothache".to_owned());
    let mut long = visit(2, 0, "2026-11-24T23:45");
    long.overbooked = Some("toothache".to_owned());
    for visit in [over, long] {
        store
            .write(moment(), async move |tx| {
                tx.insert_appointment(&visit, crate::fixture::wish_of(&visit), Overlap::Knowingly).await
            })
            .await
            .expect("overbooked");
    }
    let verified = store.verify().await.expect("verified");
    assert_eq!((verified.fault, verified.accepted_clashes), (None, 2), "over midnight too");
}
