//! What an entry says of an import.

use chairside_schedule::Appointment;
use chairside_schedule::patient::Patient;
use chairside_store::{Batch, Store};
use chairside_sync::Public;
use chairside_sync::body::BulkRow;

use crate::fixture::{Place, moment, nth, patient};
use crate::sync_fixture::{assert_whole, said_after};
use crate::sync_marks::blockout;

/// Rows of which some sort otherwise by id than by time.
fn rows() -> (Vec<Patient>, Vec<Appointment>) {
    let visits = (0..40).map(|number| {
        let visit = nth(number * 7 % 40);
        Appointment { patient: patient(number % 3).id, ..visit }
    });
    ((0..3).map(patient).collect(), visits.collect())
}

async fn bring(store: &Store, batch: Batch) -> BulkRow {
    let before = store.tip().seq;
    store
        .write(moment(), async move |tx| {
            let there = tx.already_there(&batch).await?;
            tx.bring(batch, &there, |_| {}).await
        })
        .await
        .expect("brought");
    match said_after(store, before).await.as_slice() {
        [Public::Bulk(bulk)] => bulk.clone(),
        other => panic!("{other:?}"),
    }
}

async fn brought(turned: bool, change: impl FnOnce(&mut Vec<Appointment>)) -> BulkRow {
    let (_place, store) = Place::with_store().await;
    let (mut patients, mut appointments) = rows();
    change(&mut appointments);
    let mut blockouts: Vec<_> = (0..3).map(|number| blockout(number, 1)).collect();
    if turned {
        patients.reverse();
        appointments.reverse();
        blockouts.reverse();
    }
    let bulk = bring(&store, Batch { settings: None, patients, appointments, blockouts }).await;
    assert_whole(&store).await;
    bulk
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_in_another_order_is_told_alike_and_another_one_is_not() {
    let one = brought(false, |_| {}).await;
    assert_eq!((one.patients, one.appointments), (3, 40));
    assert_eq!(brought(true, |_| {}).await, one);
    let other = brought(false, |visits| visits[5].version = 2).await;
    assert_ne!(other.digest, one.digest);
}
