//! Messages longer than any broker takes, from a desk that has lost its head:
//! its clinic's neighbours don't notice, and it is heard again afterwards.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use chairside_central::store::RequestStorage;
use chairside_clinic::link;
use chairside_mqtt::topics::{Peer, Way};
use chairside_sync::hub::State;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::broker::{ABroker, Kind, password};
use crate::central::{Central, DEADLINE};
use crate::clinic::{Site, rows};
use crate::patients::{Patients, Told};
use crate::staff::open;

/// Longer than the longest message there is.
const TOO_LONG: usize = 100_000;

/// How often it is said.
const TIMES: usize = 30;

/// Whom patients wish for.
const WISHED: u128 = 1;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_oversized_message_is_not_noticed_next_door() {
    oversized(Kind::Embedded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_oversized_message_over_mosquitto_is_not_noticed_next_door() {
    oversized(Kind::Mosquitto).await;
}

async fn oversized(kind: Kind) {
    let temp = tempfile::tempdir().expect("a folder");
    let (troubled, quiet) = (Site::new(temp.path(), 0), Site::new(temp.path(), 1));
    let (one, other) = (troubled.found().await, quiet.found().await);
    let peers = [link::peer(&one).expect("plain ids"), link::peer(&other).expect("plain ids")];
    let clinics = [(troubled.id(), one.store().node().0), (quiet.id(), other.store().node().0)];
    let broker = ABroker::start(kind, &peers).await;
    let central = Central::start_for(temp.path(), broker.address(), &clinics).await;
    let heard = open(&other, &broker.address()).await;
    central.until("next door is live", async |central| state(central, &quiet) == State::Live).await;

    let (at, peer) = (SocketAddr::from(([127, 0, 0, 1], broker.port())), peers[0].clone());
    let saying = tokio::spawn(async move {
        for _ in 0..TIMES {
            say_too_much(at, &peer).await;
        }
    });
    let patients = Patients::new(central.http, quiet.id(), [WISHED]);
    let (mut told, mut waited) = (Told::default(), Vec::new());
    for number in 0..20 {
        let began = Instant::now();
        told.hear(number, &patients.wish(number).await);
        central.until("next door answers", async |central| all_ended(central, &told).await).await;
        waited.push(began.elapsed());
    }
    saying.await.expect("every one was said");
    waited.sort();
    println!("{kind:?}: next door p50 {:?}, worst {:?}", waited[10], waited[19]);
    assert!(told.refused.is_empty() && waited[10] < Duration::from_secs(5), "{waited:?} {:?}", told.refused);
    assert_eq!(state(&central, &quiet), State::Live, "its line never broke");

    // The desk comes to its senses.
    let back = open(&one, &broker.address()).await;
    central.until("the troubled one is live", async |central| state(central, &troubled) == State::Live).await;
    let kept = central.rows().await;
    assert_eq!(kept, rows(&one).await, "nothing came of it");
    back.close().await;
    heard.close().await;
    one.close().await;
    other.close().await;
    central.stop().await;
}

fn state(central: &Central, site: &Site) -> State {
    central.engine.clinic(site.id()).expect("it runs").status().borrow().state
}

async fn all_ended(central: &Central, told: &Told) -> bool {
    for one in &told.acknowledged {
        let booking = central.storage.booking(one.booking).await.expect("read").expect("it is there");
        if !booking.requests[0].state.is_end() {
            return false;
        }
    }
    true
}

/// Connects as this desk, which our own line would never do, and publishes a
/// message that is too long; until the broker has answered or hung up.
async fn say_too_much(broker: SocketAddr, peer: &Peer) {
    let said = async {
        let mut stream = TcpStream::connect(broker).await?;
        stream.write_all(&packet(0x10, &connect(peer))).await?;
        let mut answer = [0; 256];
        let connected = stream.read(&mut answer).await?;
        assert!(connected > 3 && answer[0] == 0x20 && answer[3] == 0, "it is let in: {:?}", &answer[..connected]);
        stream.write_all(&packet(0x32, &publish(peer))).await?;
        stream.read(&mut answer).await
    };
    // A broker that hangs up in the middle has had enough of it.
    let said = tokio::time::timeout(DEADLINE, said).await;
    assert!(said.is_ok(), "the broker neither answers nor hangs up");
}

/// An MQTT 5 packet: its first byte, its length, its content.
fn packet(first: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    let mut length = content.len();
    loop {
        let low = u8::try_from(length % 128).expect("seven bits");
        length /= 128;
        bytes.push(if length > 0 { low | 0x80 } else { low });
        if length == 0 {
            break;
        }
    }
    bytes.extend_from_slice(content);
    bytes
}

/// Version 5, a fresh session, a name and a password, half a minute of patience, no properties.
fn connect(peer: &Peer) -> Vec<u8> {
    let name = peer.user_name();
    let mut content = text("MQTT");
    content.extend([5, 0b1100_0010, 0, 30, 0]);
    content.extend(text(&name));
    content.extend(text(&name));
    content.extend(text(&password(&name)));
    content
}

/// To where the desk may speak, the first packet, no properties.
fn publish(peer: &Peer) -> Vec<u8> {
    let mut content = text(&peer.topic(Way::Up));
    content.extend([0, 1, 0]);
    content.extend(vec![0x5a; TOO_LONG]);
    content
}

/// Text with its length before it.
fn text(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).expect("short");
    [&length.to_be_bytes(), text.as_bytes()].concat()
}
