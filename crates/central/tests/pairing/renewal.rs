//! Certificates that run out, and are renewed by the key they are for.

use std::time::Instant;

use chairside_central::Clock;
use chairside_central::store::DeviceStorage;
use chairside_clinic::link::{Secrets, State};
use chairside_clinic::pairing::Renewing;
use chairside_sync::Now;
use chairside_sync::pairing::{CERTIFICATE_LIFE_MS, RENEW_AFTER_MS};
use tempfile::{TempDir, tempdir};

use crate::central::{Central, DEADLINE, How};
use crate::desk::{ADesk, until};

const DAY_MS: i64 = 86_400_000;

/// A desk that was paired so that its certificate ended this long ago, and
/// central as it is now.
async fn paired_so_that_it_ended(ago_ms: i64) -> (TempDir, Central, ADesk, Secrets) {
    let temp = tempdir().expect("a folder");
    let now = Clock::system().now();
    let mut how = How::new(temp.path());
    how.clock = Clock::hurried(Now { wall_ms: now.wall_ms - CERTIFICATE_LIFE_MS - ago_ms, ..now }, 1);
    let before = how.start().await;
    let desk = ADesk::found(temp.path(), "Testhuset").await;
    let mut secrets = desk.pair(&before, &before.clinic("Testhuset").await).await.expect("paired");
    let broker = secrets.address.clone();
    before.stop().await;
    let mut how = How::new(temp.path());
    how.given.mqtt_listen = broker.as_deref().and_then(|at| at.strip_prefix("mqtts://")?.parse().ok());
    let central = how.start().await;
    // Its port is another by now, which a real one's isn't.
    secrets.central = Some(central.url());
    (temp, central, desk, secrets)
}

async fn ends(central: Central, desk: ADesk) {
    desk.desk.close().await;
    central.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ninety_days_past_its_end_a_certificate_is_renewed_and_no_later() {
    let (_temp, central, desk, secrets) = paired_so_that_it_ended(RENEW_AFTER_MS - DAY_MS).await;
    let renewed = desk.desk.renew(&secrets).await.expect("renewed");
    assert!(renewed.key == secrets.key && renewed.certificates != secrets.certificates);
    let device = central.operator.storage.device(desk.clinic(), desk.device()).await.expect("read");
    assert_eq!(Some(device.expect("it is there").until_ms), renewed.until_ms);
    let link = desk.open(renewed).await;
    until(&link, State::Live).await;
    link.close().await;
    ends(central, desk).await;

    let (_temp, central, desk, secrets) = paired_so_that_it_ended(RENEW_AFTER_MS + DAY_MS).await;
    assert_eq!(desk.desk.renew(&secrets).await.expect_err("too late").code, "certificate-too-old");
    ends(central, desk).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_link_renews_by_itself_and_goes_on() {
    let (_temp, central, desk, secrets) = paired_so_that_it_ended(DAY_MS).await;
    let file = desk.secrets_file();
    secrets.write(&file).expect("written");
    // With a certificate that has ended nobody is let in.
    let link = desk.open(secrets.clone()).await;
    let renewing = Renewing::start(&desk.desk, &link, &secrets, file.clone()).expect("there is something to renew");
    until(&link, State::Live).await;
    let kept = Secrets::read(&file).expect("it is kept");
    assert!(kept.until_ms > secrets.until_ms && kept.key == secrets.key);
    drop(renewing);
    link.close().await;
    ends(central, desk).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_key_it_was_paired_with_renews() {
    let (temp, central, desk, secrets) = paired_so_that_it_ended(DAY_MS).await;
    let stranger = ADesk::found(temp.path(), "Annat").await;
    let foreign = stranger.pair(&central, &central.clinic("Annat").await).await.expect("paired");
    let with_another_key = Secrets { key: foreign.key.clone(), ..secrets.clone() };
    assert_eq!(desk.desk.renew(&with_another_key).await.expect_err("foreign").code, "key-mismatch");
    let device = central.operator.storage.device(desk.clinic(), desk.device()).await.expect("read");
    let refused = device.expect("it is there").refused.map(|(why, _)| why);
    assert_eq!(refused.as_deref(), Some("key_mismatch"), "the operator sees it");
    central.revoke(desk.device()).await;
    assert_eq!(desk.desk.renew(&secrets).await.expect_err("revoked").code, "device-revoked");
    let nobody = ADesk::found(temp.path(), "Ingen").await;
    assert_eq!(nobody.desk.renew(&foreign).await.expect_err("unknown").code, "device-unknown");
    let unpaired = Secrets { central: None, ..secrets };
    assert_eq!(desk.desk.renew(&unpaired).await.expect_err("not paired").code, "not-paired");
    stranger.desk.close().await;
    nobody.desk.close().await;
    ends(central, desk).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_vouched_for_is_not_asked_for_a_certificate() {
    let (temp, central, desk, secrets) = paired_so_that_it_ended(DAY_MS).await;
    let elsewhere = tempdir().expect("a folder");
    let false_central = Central::start(elsewhere.path()).await;
    let led_astray = Secrets { central: Some(false_central.url()), ..secrets };
    let began = Instant::now();
    assert_eq!(desk.desk.renew(&led_astray).await.expect_err("another's").code, "central-not-trusted");
    assert!(began.elapsed() < DEADLINE);
    false_central.stop().await;
    ends(central, desk).await;
    drop(temp);
}
