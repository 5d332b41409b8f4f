//! From a code to a live session, and out again.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chairside_central::store::{ClinicStorage, DeviceStorage};
use chairside_clinic::link::{self, Secrets, State as Desks};
use chairside_mqtt::topics::Way;
use chairside_mqtt::{Event, Identity, Settings, Tls, Why};
use chairside_sync::hub::State;
use tempfile::tempdir;

use crate::central::{Central, DEADLINE, How};
use crate::desk::{ADesk, until};
use crate::mosquitto::Mosquitto;

/// What the plan promises of a revoked device.
const OUT_WITHIN: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_pairs_talks_and_is_shown_out() {
    let temp = tempdir().expect("a folder");
    let central = Central::start(temp.path()).await;
    let desk = ADesk::found(temp.path(), "Testhuset").await;
    let code = central.clinic("Testhuset").await;
    let secrets = desk.pair(&central, &code.to_lowercase()).await.expect("paired");
    let mode = std::fs::metadata(desk.secrets_file()).expect("it is kept").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(Secrets::read(&desk.secrets_file()).expect("it can be read") == secrets);
    let before = secrets.clone();
    let link = desk.open(secrets).await;
    until(&link, Desks::Live).await;
    central.until(desk.clinic(), State::Live).await;
    let clinic = central.operator.storage.clinic(desk.clinic()).await.expect("read").expect("it took the desk's id");
    assert_eq!(clinic.name, "Testhuset");

    assert!(desk.desk.clinic(()).await.expect("read").paired);

    let began = Instant::now();
    central.revoke(desk.device()).await;
    central.until(desk.clinic(), State::Offline).await;
    let heard_for = began.elapsed();
    until(&link, Desks::Offline).await;
    let out = began.elapsed();
    println!("a revoked desk: not heard after {heard_for:?}, out of the broker after {out:?}");
    assert!(heard_for <= OUT_WITHIN && out <= OUT_WITHIN, "{heard_for:?} {out:?}");

    // Only a new code lets it in again.
    assert_eq!(desk.pair(&central, &code).await.expect_err("used").code, "code-used");
    let again = desk.pair(&central, &central.code("Testhuset").await).await.expect("paired again");
    link.close().await;
    let link = desk.open(again.clone()).await;
    until(&link, Desks::Live).await;
    // What somebody kept of the time before is worth nothing, though it names the same desk.
    let thief = chairside_mqtt::open(line_of(&desk, &before), Arc::new(|| 7)).expect("settings that work");
    let (_line, mut events) = thief;
    let refused = tokio::time::timeout(DEADLINE, events.next()).await.expect("an answer").expect("it is told");
    assert!(matches!(refused, Event::Down { why: Why::Refused(_), .. }), "{refused:?}");
    link.close().await;
    desk.desk.close().await;
    central.stop().await;
}

/// A line of somebody who has what pairing left behind.
fn line_of(desk: &ADesk, secrets: &Secrets) -> Settings {
    let mut settings = Settings::new(secrets.address(None).expect("an address"), "thief");
    let identity = secrets.certificates.clone().zip(secrets.key.clone());
    let identity = identity.map(|(certificates, key)| Identity { certificates, key });
    settings.tls = Some(Tls { ca: secrets.ca.clone().expect("an authority"), identity });
    settings.subscriptions = vec![link::peer(&desk.desk).expect("plain ids").topic(Way::Down)];
    settings
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn devices_known_at_the_start_are_let_in_without_pairing() {
    let temp = tempdir().expect("a folder");
    let central = Central::start(temp.path()).await;
    let desk = ADesk::found(temp.path(), "Testhuset").await;
    let secrets = desk.pair(&central, &central.clinic("Testhuset").await).await.expect("paired");
    let mut how = How::new(temp.path());
    how.given.mqtt_listen = Some(secrets.address.as_deref().and_then(port).expect("a port"));
    central.stop().await;
    let central = how.start().await;
    let link = desk.open(secrets).await;
    until(&link, Desks::Live).await;
    central.until(desk.clinic(), State::Live).await;
    link.close().await;
    desk.desk.close().await;
    central.stop().await;
}

fn port(address: &str) -> Option<std::net::SocketAddr> {
    address.strip_prefix("mqtts://")?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_mosquitto_a_desk_pairs_talks_and_is_heard_no_more() {
    let temp = tempdir().expect("a folder");
    let how = How::new(temp.path());
    let (mosquitto, how) = Mosquitto::beside(how, temp.path()).await;
    let central = how.start().await;
    let desk = ADesk::found(temp.path(), "Testhuset").await;
    let secrets = desk.pair(&central, &central.clinic("Testhuset").await).await.expect("paired");
    let link = desk.open(secrets).await;
    until(&link, Desks::Live).await;
    central.until(desk.clinic(), State::Live).await;

    let began = Instant::now();
    central.revoke(desk.device()).await;
    central.until(desk.clinic(), State::Offline).await;
    let heard_for = began.elapsed();
    println!("a revoked desk at Mosquitto: not heard after {heard_for:?}");
    assert!(heard_for <= OUT_WITHIN, "{heard_for:?}");
    until(&link, Desks::Reconnecting).await;
    assert_eq!(central.state(desk.clinic()), Some(State::Offline));
    let device = central.operator.storage.device(desk.clinic(), desk.device()).await.expect("read");
    assert!(device.expect("it is still known").revoked_ms.is_some());
    link.close().await;
    desk.desk.close().await;
    central.stop().await;
    drop(mosquitto);
}
