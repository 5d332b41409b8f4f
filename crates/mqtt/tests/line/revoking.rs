//! Rights that change while the broker inside the process is at work.

use std::time::{Duration, Instant};

use chairside_mqtt::access::{Access, Client, PasswordDigest, Proof};
use chairside_mqtt::broker::{Broker, BrokerError, BrokerSettings, OUT_WITHIN};
use chairside_mqtt::topics::{Peer, Way};
use chairside_mqtt::{Address, Event, MAX_MESSAGE, Reason, Settings, Why};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::{AsyncClient, Incoming, MqttOptions};

use crate::peers::{End, central_settings, desk_settings, login};
use crate::process::{password, peer};

fn by_password(name: &str) -> Proof {
    Proof::Password(PasswordDigest::of(password(name).as_bytes()))
}

fn access(desks: &[&str]) -> Access {
    let desks = desks.iter().map(|desk| peer(desk)).map(|desk| Client::desk(&desk, by_password(&desk.user_name())));
    desks.fold(Access::new().with(Client::central(by_password("central"))), Access::with)
}

async fn broker(desks: &[&str]) -> (Broker, Address) {
    let settings = BrokerSettings::new("127.0.0.1:0".parse().expect("an address"), access(desks));
    let broker = Broker::start(settings).await.expect("it starts");
    let address = Address::parse(&format!("mqtt://{}", broker.address())).expect("an address");
    (broker, address)
}

#[tokio::test]
async fn a_desk_whose_place_was_taken_is_out_at_once_and_the_others_stay() {
    let (broker, address) = broker(&["d", "e"]).await;
    let mut central = End::up(central_settings(address.clone())).await;
    let mut settings = desk_settings(address.clone(), &peer("d"));
    settings.will =
        Some(chairside_mqtt::Will { topic: peer("d").topic(Way::State), payload: b"gone".as_slice().into() });
    let mut out = End::up(settings).await;
    let stays = End::up(desk_settings(address, &peer("e"))).await;
    assert_eq!(broker.connected(), ["c.d", "c.e", "central"]);

    let began = Instant::now();
    assert_eq!(broker.set_access(access(&["e"])).await, 1);
    assert!(began.elapsed() < OUT_WITHIN);
    assert_eq!(broker.connected(), ["c.e", "central"]);
    assert_eq!(out.until_down().await.0, Why::Closed);
    assert_eq!(out.until_down().await.0, Why::Refused(Reason::BadLogin));

    // Neither its will nor anything else is heard from it.
    let up = peer("e").topic(Way::Up);
    stays.line.send(&up, vec![1]).await.expect("it is up");
    central.expect_message(&up, &[1]).await;

    assert_eq!(broker.set_access(access(&["d", "e"])).await, 0);
    out.until_up().await;
    broker.stop().await;
    assert_eq!(central.until_down().await.0, Why::Closed);
}

#[tokio::test]
async fn whoever_has_another_password_from_now_on_has_to_come_again() {
    let (broker, address) = broker(&["d"]).await;
    let mut desk = End::up(desk_settings(address, &peer("d"))).await;
    let other = Client::desk(&peer("d"), Proof::Password(PasswordDigest::of(b"another")));
    assert_eq!(broker.set_access(access(&[]).with(other)).await, 1);
    desk.until_down().await;
    assert_eq!(desk.until_down().await.0, Why::Refused(Reason::BadLogin));
}

/// It neither reads nor answers, and its socket is full: only cutting it off helps.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_that_hangs_is_out_in_time_too() {
    let (broker, address) = broker(&["d", "e"]).await;
    let central = End::up(central_settings(address.clone())).await;
    let mut neighbour = End::up(desk_settings(address.clone(), &peer("e"))).await;
    let (down, witness) = (peer("d").topic(Way::Down), peer("e").topic(Way::Down));
    let raw = |name: &str| {
        let login = login(name).expect("a login");
        let mut options = MqttOptions::new(format!("raw-{name}"), address.host(), address.port());
        options.set_credentials(login.name, login.password).set_keep_alive(Duration::from_secs(60));
        AsyncClient::new(options, 1_000)
    };
    let (hanging, mut hanging_loop) = raw("c.d");
    hanging.try_subscribe(&down, QoS::AtMostOnce).expect("there is room");
    while !matches!(hanging_loop.poll().await, Ok(rumqttc::v5::Event::Incoming(Incoming::SubAck(_)))) {}

    // Without acknowledgements nothing but the socket holds the broker back.
    let (flooding, mut flooding_loop) = raw("central");
    for _ in 0..600 {
        flooding.try_publish(&down, QoS::AtMostOnce, false, vec![0; MAX_MESSAGE]).expect("there is room");
    }
    flooding.try_publish(&witness, QoS::AtLeastOnce, false, b"all said".to_vec()).expect("there is room");
    let flood = async {
        loop {
            flooding_loop.poll().await.expect("the broker takes it");
        }
    };
    tokio::select! {
        () = neighbour.expect_message(&witness, b"all said") => {}
        () = flood => {}
    }

    let began = Instant::now();
    assert_eq!(broker.set_access(access(&["e"])).await, 1);
    assert!(began.elapsed() < OUT_WITHIN, "{:?}", began.elapsed());
    assert!(!broker.connected().contains(&"c.d".to_owned()));
    central.line.send(&witness, vec![1]).await.expect("it is up");
    neighbour.expect_message(&witness, &[1]).await;
}

/// With a short queue, so that it is full at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn central_waits_for_no_desk() {
    let mut settings = BrokerSettings::new("127.0.0.1:0".parse().expect("an address"), access(&["slow", "quick"]));
    settings.queue_messages = 8;
    let broker = Broker::start(settings).await.expect("it starts");
    let address = Address::parse(&format!("mqtt://{}", broker.address())).expect("an address");
    let central = End::up(central_settings(address.clone())).await;
    let _slow = End::up(desk_settings(address.clone(), &peer("slow"))).await;
    let mut quick = End::up(desk_settings(address, &peer("quick"))).await;
    let (to_slow, to_quick) = (peer("slow").topic(Way::Down), peer("quick").topic(Way::Down));
    let began = Instant::now();
    for round in 0..300_u32 {
        central.line.send(&to_slow, vec![0; 16 * 1024]).await.expect("it is up");
        central.line.send(&to_quick, round.to_be_bytes().to_vec()).await.expect("it is up");
        quick.expect_message(&to_quick, &round.to_be_bytes()).await;
    }
    // Less than the broker crate would have let central wait a single time.
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_full_broker_takes_nobody_and_those_inside_stay() {
    let mut settings = BrokerSettings::new("127.0.0.1:0".parse().expect("an address"), access(&["d"]));
    settings.most_clients = 1;
    let broker = Broker::start(settings).await.expect("it starts");
    let address = Address::parse(&format!("mqtt://{}", broker.address())).expect("an address");
    let inside = End::up(central_settings(address.clone())).await;
    let mut outside = End::open(desk_settings(address, &peer("d")));
    outside.expect(Event::Down { why: Why::Unreachable, unsent: 0 }).await;
    assert!(inside.line.is_up());
    inside.events.close().await;
    outside.until_up().await;
}

#[tokio::test]
async fn two_hundred_clinics_speak_with_one_line_of_centrals() {
    const CLINICS: usize = 200;
    let peers: Vec<Peer> = (0..CLINICS).map(|n| Peer::new(&format!("clinic-{n}"), "hub").expect("plain ids")).collect();
    let everybody = peers.iter().map(|desk| Client::desk(desk, by_password(&desk.user_name())));
    let access = everybody.fold(access(&[]), Access::with);
    let settings = BrokerSettings::new("127.0.0.1:0".parse().expect("an address"), access);
    let broker = Broker::start(settings).await.expect("it starts");
    let address = Address::parse(&format!("mqtt://{}", broker.address())).expect("an address");
    let mut central = End::up(central_settings(address.clone())).await;
    let mut desks: Vec<End> = peers
        .iter()
        .map(|desk| End::open(Settings { login: login(&desk.user_name()), ..desk_settings(address.clone(), desk) }))
        .collect();
    for (desk, who) in desks.iter_mut().zip(&peers) {
        desk.expect(Event::Up).await;
        desk.line.send(&who.topic(Way::Up), who.clinic().to_owned()).await.expect("it is up");
    }
    for _ in 0..CLINICS {
        let Event::Message { topic, payload } = central.next().await else { panic!("only messages") };
        let (from, _) = Peer::parse(&topic).expect("a desk's topic");
        assert_eq!(*payload, *from.clinic().as_bytes());
        central.line.send(&from.topic(Way::Down), payload).await.expect("it is up");
    }
    for (desk, who) in desks.iter_mut().zip(&peers) {
        desk.expect_message(&who.topic(Way::Down), who.clinic().as_bytes()).await;
    }
    assert_eq!(broker.connected().len(), CLINICS + 1);
}

#[tokio::test]
async fn plain_text_stays_on_this_machine() {
    let settings = BrokerSettings::new("0.0.0.0:0".parse().expect("an address"), Access::new());
    assert!(matches!(Broker::start(settings).await, Err(BrokerError::PlainTextAway(_))));
}
