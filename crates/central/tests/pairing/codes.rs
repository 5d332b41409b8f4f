//! Codes that let nobody in.

use chairside_central::Clock;
use chairside_central::store::DeviceStorage;
use chairside_sync::Now;
use chairside_sync::pairing::{ALPHABET, CODE_LIFE_MS, CODE_TRIES};
use serde_json::json;
use tempfile::tempdir;

use crate::central::{Central, How};
use crate::desk::ADesk;
use crate::impostor;

/// The same code with another last character.
fn mistyped(code: &str) -> String {
    let (rest, last) = code.split_at(code.len() - 1);
    let other = ALPHABET.iter().map(|byte| char::from(*byte)).find(|c| !last.contains(*c)).expect("another");
    format!("{rest}{other}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_tried_five_times_and_no_more() {
    let temp = tempdir().expect("a folder");
    let central = Central::start(temp.path()).await;
    let desk = ADesk::found(temp.path(), "Testhuset").await;
    let code = central.clinic("Testhuset").await;
    for _ in 0..CODE_TRIES {
        assert_eq!(desk.pair(&central, &mistyped(&code)).await.expect_err("wrong").code, "code-wrong");
    }
    assert_eq!(desk.pair(&central, &code).await.expect_err("used up").code, "code-used-up");
    desk.assert_unpaired();
    let another = central.code("Testhuset").await;
    let unknown = desk.pair(&central, &code).await.expect_err("another was drawn").code;
    assert!(unknown == "code-unknown" || code[..3] == another[..3], "{unknown}");
    desk.pair(&central, &another).await.expect("paired");
    desk.desk.close().await;
    central.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_code_or_no_address_asks_nobody() {
    let temp = tempdir().expect("a folder");
    let desk = ADesk::found(temp.path(), "Testhuset").await;
    for (url, code, expected) in [
        ("https://127.0.0.1:1", "K7M", "code-malformed"),
        ("https://127.0.0.1:1", "K7M-4QX2-9R0", "code-malformed"),
        ("http://192.0.2.1", "K7M-4QX2-9RT", "central-plain-text"),
        ("ftp://127.0.0.1:1", "K7M-4QX2-9RT", "bad-central-url"),
        ("https://127.0.0.1:1", "K7M-4QX2-9RT", "central-unreachable"),
    ] {
        assert_eq!(desk.desk.pair(url, code).await.expect_err("refused").code, expected, "{url} {code}");
    }
    desk.assert_unpaired();
    desk.desk.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_ends_after_ten_minutes() {
    let temp = tempdir().expect("a folder");
    let before = Clock::system().now();
    let mut how = How::new(temp.path());
    how.clock = Clock::hurried(Now { wall_ms: before.wall_ms - CODE_LIFE_MS - 1_000, ..before }, 1);
    let central = how.start().await;
    let code = central.clinic("Testhuset").await;
    central.stop().await;
    // Ten minutes and what the start took later.
    let central = Central::start(temp.path()).await;
    let desk = ADesk::found(temp.path(), "Testhuset").await;
    let refused = desk.pair(&central, &code).await.expect_err("expired");
    assert_eq!(refused.code, "code-expired");
    desk.assert_unpaired();
    desk.desk.close().await;
    central.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_desks_with_one_code_one_is_let_in() {
    let temp = tempdir().expect("a folder");
    let central = Central::start(temp.path()).await;
    let (one, other) = (ADesk::found(temp.path(), "Ett").await, ADesk::found(temp.path(), "Annat").await);
    let code = central.clinic("Testhuset").await;
    let (first, second) = tokio::join!(one.pair(&central, &code), other.pair(&central, &code));
    let (loser, refused) = match (first, second) {
        (Ok(_), Err(refused)) => (&other, refused),
        (Err(refused), Ok(_)) => (&one, refused),
        (first, second) => panic!("{first:?} {second:?}"),
    };
    assert_eq!(refused.code, "code-used");
    loser.assert_unpaired();
    let devices = central.operator.storage.devices(None).await.expect("read");
    assert_eq!(devices.len(), 1);
    // The clinic has the other's id now: this one is of another clinic.
    let code = central.code("Testhuset").await;
    assert_eq!(loser.pair(&central, &code).await.expect_err("another clinic's").code, "clinic-mismatch");
    loser.assert_unpaired();
    one.desk.close().await;
    other.desk.close().await;
    central.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clinic_is_offered_once_a_desk_speaks_for_it() {
    let temp = tempdir().expect("a folder");
    let central = impostor::central(&temp).await;
    let desk = ADesk::found(temp.path(), "Testhuset").await;
    let code = central.clinic("Testhuset").await;
    let offered = async || impostor::ask(central.address, "GET", "/api/v1/clinics", "").await.1;
    assert_eq!(offered().await, json!([]));
    desk.pair(&central, &code).await.expect("paired");
    assert_eq!(offered().await[0]["id"], json!(desk.clinic().0));
    assert!(desk.desk.clinic(()).await.expect("read").paired);
    desk.desk.close().await;
    central.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clinic_added_with_its_id_takes_its_own_desk_alone() {
    let temp = tempdir().expect("a folder");
    let central = Central::start(temp.path()).await;
    let (own, other) = (ADesk::found(temp.path(), "Eget").await, ADesk::found(temp.path(), "Annat").await);
    let code = central.clinic_of("Testhuset", own.clinic()).await;
    assert_eq!(other.pair(&central, &code).await.expect_err("another clinic's").code, "clinic-mismatch");
    other.assert_unpaired();
    own.pair(&central, &code).await.expect("paired");
    own.desk.close().await;
    other.desk.close().await;
    central.stop().await;
}
