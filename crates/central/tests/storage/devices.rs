//! Codes, challenges and the desks they let in.

use chairside_central::store::clinics::NewClinic;
use chairside_central::store::devices::{Code, CodeRefusal, Device, NewCode, NewDevice};
use chairside_central::store::{ClinicStorage, DeviceStorage, MirrorStorage, Storage, StorageError};
use chairside_schedule::ClinicId;
use chairside_sync::pairing::{Bytes, CODE_TRIES, Key};
use chairside_sync::{Hash, Now};
use uuid::Uuid;

use crate::fixture::{EARLY, add, clinic, now, with_clinic};
use crate::{Factory, on_every_store};

on_every_store!(
    a_code_counts_its_tries_and_ends_with_its_time,
    another_code_ends_the_one_before,
    a_challenge_takes_one_answer,
    a_code_lets_one_desk_in_and_of_many_who_race_one,
    a_clinic_that_waits_takes_over_its_desks_id,
    a_desk_of_another_clinic_is_refused,
    a_clinic_that_is_there_keeps_its_id,
    a_device_is_renewed_and_revoked_and_paired_again,
    devices_are_listed_in_the_order_they_came,
);

const ENDS_S: i64 = EARLY + 600;

fn code(number: u8) -> NewCode {
    NewCode {
        name: format!("K{number}M"),
        salt: Bytes([number; 16]),
        key: Key::from_bytes([number; 32]),
        ends_ms: ENDS_S * 1_000,
    }
}

fn waiting(number: u128) -> NewClinic {
    NewClinic { id: ClinicId(Uuid::from_u128(number)), name: "Testhuset".to_owned(), facts: "{}".to_owned() }
}

fn desk(clinic: ClinicId, number: u128) -> NewDevice {
    NewDevice {
        clinic,
        device: Uuid::from_u128(number),
        key_hash: Hash([1; 32]),
        log_key: Bytes([2; 32]),
        until_ms: (EARLY + 1_000_000) * 1_000,
    }
}

fn early() -> Now {
    now(EARLY)
}

async fn tried<S: Storage>(store: &S, number: u8, at: Now) -> Result<Code, CodeRefusal> {
    store.try_code(&code(number).name, at).await.expect("written")
}

/// A clinic with a code that somebody tried.
async fn with_code<S: Storage>(store: &S) -> Code {
    with_clinic(store).await;
    assert!(store.draw_code(clinic(), code(1), early()).await.expect("written"));
    tried(store, 1, early()).await.expect("a good code")
}

async fn paired<S: Storage>(store: &S, code: &Code, device: NewDevice) -> Result<(), CodeRefusal> {
    store.pair(code.clone(), device, early()).await.expect("written")
}

async fn a_code_counts_its_tries_and_ends_with_its_time<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let known = with_code(&store).await;
    assert_eq!((known.clinic, &known.salt, &known.key), (clinic(), &code(1).salt, &code(1).key));
    assert_eq!(tried(&store, 2, early()).await, Err(CodeRefusal::Unknown));
    assert_eq!(tried(&store, 1, now(ENDS_S)).await, Err(CodeRefusal::Expired));
    for _ in 1..CODE_TRIES {
        tried(&store, 1, now(ENDS_S - 1)).await.expect("a try is left");
    }
    assert_eq!(tried(&store, 1, early()).await, Err(CodeRefusal::UsedUp));
    // Who was challenged by then may still answer.
    assert_eq!(paired(&store, &known, desk(clinic(), 5)).await, Ok(()));
    let nobody = ClinicId(Uuid::from_u128(0xdead));
    let refused = store.draw_code(nobody, code(3), early()).await.expect_err("no clinic");
    assert!(matches!(refused, StorageError::NoClinic(id) if id == nobody));
    factory.close(store).await;
}

async fn another_code_ends_the_one_before<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let before = with_code(&store).await;
    assert!(store.draw_code(clinic(), code(2), early()).await.expect("written"));
    assert_eq!(tried(&store, 1, early()).await, Err(CodeRefusal::Unknown));
    assert_eq!(paired(&store, &before, desk(clinic(), 5)).await, Err(CodeRefusal::Unknown));
    tried(&store, 2, early()).await.expect("the new one is good");
    // A name is another's as long as its code is good.
    let other = ClinicId(Uuid::from_u128(0xc12));
    assert!(add(&store, other).await);
    assert!(!store.draw_code(other, code(2), early()).await.expect("written"));
    assert!(store.draw_code(other, code(2), now(ENDS_S)).await.expect("written"));
    factory.close(store).await;
}

async fn a_challenge_takes_one_answer<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let known = with_code(&store).await;
    let (challenge, proof) = (Uuid::from_u128(0xcc), Bytes([9; 32]));
    store.keep_challenge(clinic(), challenge, proof).await.expect("written");
    let answered = async |at| store.answer_challenge(challenge, at).await.expect("written");
    assert_eq!(answered(early()).await, Ok((known, proof)));
    assert_eq!(answered(early()).await, Err(CodeRefusal::Unknown));
    let late = Uuid::from_u128(0xcd);
    store.keep_challenge(clinic(), late, proof).await.expect("written");
    assert_eq!(store.answer_challenge(late, now(ENDS_S)).await.expect("written"), Err(CodeRefusal::Expired));
    let ended = Uuid::from_u128(0xce);
    store.keep_challenge(clinic(), ended, proof).await.expect("written");
    assert!(store.draw_code(clinic(), code(2), early()).await.expect("written"));
    assert_eq!(store.answer_challenge(ended, early()).await.expect("written"), Err(CodeRefusal::Unknown));
    factory.close(store).await;
}

async fn a_code_lets_one_desk_in_and_of_many_who_race_one<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let known = with_code(&store).await;
    let mut race = tokio::task::JoinSet::new();
    for number in 0..20 {
        let (store, known) = (store.clone(), known.clone());
        race.spawn(async move { paired(&store, &known, desk(clinic(), number)).await });
    }
    let came = race.join_all().await;
    assert_eq!(came.iter().filter(|came| came.is_ok()).count(), 1);
    assert_eq!(came.iter().filter(|came| **came == Err(CodeRefusal::Used)).count(), 19);
    assert_eq!(store.devices(None).await.expect("read").len(), 1);
    assert_eq!(tried(&store, 1, early()).await, Err(CodeRefusal::Used));
    factory.close(store).await;
}

async fn a_clinic_that_waits_takes_over_its_desks_id<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let (first, own) = (waiting(0xaaaa), ClinicId(Uuid::from_u128(0xbbbb)));
    assert!(store.add_awaiting(first.clone(), early()).await.expect("written"));
    assert!(!store.add_awaiting(first.clone(), early()).await.expect("written"));
    assert_eq!(store.awaits_desk(first.id).await.expect("read"), Some(true));
    assert!(store.draw_code(first.id, code(1), early()).await.expect("written"));
    let known = tried(&store, 1, early()).await.expect("a good code");
    store.keep_challenge(first.id, Uuid::from_u128(0xcc), Bytes([9; 32])).await.expect("written");
    assert_eq!(paired(&store, &known, desk(own, 5)).await, Ok(()));
    assert_eq!(store.clinic(first.id).await.expect("read"), None);
    let clinic = store.clinic(own).await.expect("read").expect("it is there");
    assert_eq!((clinic.name, clinic.facts), (first.name, first.facts));
    assert_eq!(store.awaits_desk(own).await.expect("read"), Some(false));
    assert_eq!(store.awaits_desk(first.id).await.expect("read"), None);
    let devices = store.devices(Some(own)).await.expect("read");
    assert_eq!(devices.len(), 1);
    // Who came second is told so, though the clinic has another id by now.
    let other = ClinicId(Uuid::from_u128(0xdddd));
    assert_eq!(paired(&store, &known, desk(other, 6)).await, Err(CodeRefusal::Used));
    // It is a clinic like any other now: somebody can speak for it.
    let owner = store.claim(own, Uuid::from_u128(1), early()).await.expect("written");
    assert!(owner.is_some());
    factory.close(store).await;
}

async fn a_desk_of_another_clinic_is_refused<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let known = with_code(&store).await;
    let other = ClinicId(Uuid::from_u128(0xc12));
    assert_eq!(paired(&store, &known, desk(other, 5)).await, Err(CodeRefusal::ClinicMismatch));
    // Nor does a clinic that waits become one that is there.
    assert!(store.add_awaiting(waiting(0xaaaa), early()).await.expect("written"));
    assert!(store.draw_code(waiting(0xaaaa).id, code(2), early()).await.expect("written"));
    let waits = tried(&store, 2, early()).await.expect("a good code");
    assert_eq!(paired(&store, &waits, desk(clinic(), 5)).await, Err(CodeRefusal::ClinicMismatch));
    assert_eq!(store.awaits_desk(waiting(0xaaaa).id).await.expect("read"), Some(true));
    assert!(store.devices(None).await.expect("read").is_empty());
    // Nothing was used up by it.
    assert_eq!(paired(&store, &known, desk(clinic(), 5)).await, Ok(()));
    factory.close(store).await;
}

async fn a_clinic_that_is_there_keeps_its_id<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let known = with_code(&store).await;
    assert_eq!(paired(&store, &known, desk(clinic(), 5)).await, Ok(()));
    let device = store.device(clinic(), Uuid::from_u128(5)).await.expect("read").expect("it is there");
    let new = desk(clinic(), 5);
    let expected = Device {
        clinic: clinic(),
        device: new.device,
        key_hash: new.key_hash,
        log_key: new.log_key,
        paired_ms: EARLY * 1_000,
        until_ms: new.until_ms,
        revoked_ms: None,
        refused: None,
    };
    assert_eq!(device, expected);
    assert_eq!(store.device(clinic(), Uuid::from_u128(6)).await.expect("read"), None);
    factory.close(store).await;
}

async fn a_device_is_renewed_and_revoked_and_paired_again<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let known = with_code(&store).await;
    let device = desk(clinic(), 5);
    assert_eq!(paired(&store, &known, device.clone()).await, Ok(()));
    let id = device.device;
    let stands = async || store.device(clinic(), id).await.expect("read").expect("it is there");
    assert!(store.renew_device(clinic(), id, device.until_ms + 7).await.expect("written"));
    assert_eq!(stands().await.until_ms, device.until_ms + 7);
    // A refusal is told until a renewal goes well.
    store.renewal_refused(clinic(), id, "key_mismatch", now(EARLY + 3)).await.expect("written");
    assert_eq!(stands().await.refused, Some(("key_mismatch".to_owned(), (EARLY + 3) * 1_000)));
    // An answer that came late takes nothing back.
    assert!(store.renew_device(clinic(), id, device.until_ms).await.expect("written"));
    assert_eq!(stands().await.until_ms, device.until_ms + 7);
    assert_eq!(stands().await.refused, None);
    assert!(!store.renew_device(clinic(), Uuid::from_u128(6), 0).await.expect("written"));
    store.renewal_refused(clinic(), Uuid::from_u128(6), "key_mismatch", early()).await.expect("nobody's");
    store.renewal_refused(clinic(), id, "certificate_too_old", early()).await.expect("written");
    assert!(store.revoke_device(clinic(), id, now(EARLY + 5)).await.expect("written"));
    assert!(!store.revoke_device(clinic(), id, now(EARLY + 6)).await.expect("written"));
    assert!(!store.revoke_device(clinic(), Uuid::from_u128(6), early()).await.expect("written"));
    assert_eq!(stands().await.revoked_ms, Some((EARLY + 5) * 1_000));
    assert!(!store.renew_device(clinic(), id, device.until_ms + 9).await.expect("written"));
    assert!(store.draw_code(clinic(), code(2), early()).await.expect("written"));
    let another = tried(&store, 2, early()).await.expect("a good code");
    let anew = NewDevice { key_hash: Hash([7; 32]), log_key: Bytes([8; 32]), ..device };
    assert_eq!(paired(&store, &another, anew).await, Ok(()));
    let stands = stands().await;
    assert_eq!((stands.revoked_ms, stands.key_hash, stands.log_key), (None, Hash([7; 32]), Bytes([8; 32])));
    assert_eq!(stands.refused, None);
    factory.close(store).await;
}

async fn devices_are_listed_in_the_order_they_came<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let known = with_code(&store).await;
    assert_eq!(paired(&store, &known, desk(clinic(), 9)).await, Ok(()));
    let other = ClinicId(Uuid::from_u128(0xc12));
    assert!(add(&store, other).await);
    assert!(store.draw_code(other, code(2), early()).await.expect("written"));
    let code = tried(&store, 2, early()).await.expect("a good code");
    store.pair(code, desk(other, 3), now(EARLY + 1)).await.expect("written").expect("a good code");
    let numbers = |devices: Vec<Device>| devices.iter().map(|device| device.device.as_u128()).collect::<Vec<_>>();
    assert_eq!(numbers(store.devices(None).await.expect("read")), [9, 3]);
    assert_eq!(numbers(store.devices(Some(other)).await.expect("read")), [3]);
    factory.close(store).await;
    let store = factory.open().await.expect("opens again");
    assert_eq!(numbers(store.devices(None).await.expect("read")), [9, 3]);
    factory.close(store).await;
}
