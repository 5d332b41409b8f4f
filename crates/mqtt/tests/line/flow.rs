//! Messages on a line that holds.

use std::time::{Duration, Instant};

use bytes::Bytes;
use chairside_mqtt::topics::{Peer, Way};
use chairside_mqtt::{Event, MAX_MESSAGE, NotSent};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::{AsyncClient, EventLoop, MqttOptions};

use crate::peers::{DEADLINE, End, central_settings, desk_settings, login, message};
use crate::process::{BrokerProcess, Kind, peer};

const MANY: u32 = 5_000;

on_both! {
    async fn five_thousand_messages_go_round_once_each_and_in_order(kind) {
        let broker = BrokerProcess::start(kind, &["d"]);
        let mut central = End::central(&broker).await;
        let mut desk = End::desk(&broker, "d").await;
        let (up, down) = (peer("d").topic(Way::Up), peer("d").topic(Way::Down));
        let line = desk.line.clone();
        let saying = tokio::spawn(async move {
            for number in 0..MANY {
                line.send(&up, number.to_be_bytes().to_vec()).await.expect("the line holds");
            }
        });
        let answering = tokio::spawn(async move {
            for _ in 0..MANY {
                let Event::Message { topic, payload } = central.next().await else { panic!("only messages") };
                let (from, way) = Peer::parse(&topic).expect("a desk's topic");
                assert_eq!(way, Way::Up);
                central.line.send(&from.topic(Way::Down), payload).await.expect("the line holds");
            }
            central
        });
        for number in 0..MANY {
            desk.expect_message(&down, &number.to_be_bytes()).await;
        }
        saying.await.expect("all was said");
        let central = answering.await.expect("all was answered");
        desk.events.close().await;
        central.events.close().await;
    }

    /// Each would take 40 ms or more where small packets wait for company.
    async fn a_message_and_its_answer_do_not_wait_for_company(kind) {
        let broker = BrokerProcess::start(kind, &["d"]);
        let mut central = End::central(&broker).await;
        let mut desk = End::desk(&broker, "d").await;
        let (up, down) = (peer("d").topic(Way::Up), peer("d").topic(Way::Down));
        let began = Instant::now();
        for round in 0..100 {
            desk.line.send(&up, vec![round]).await.expect("it is up");
            central.expect_message(&up, &[round]).await;
            central.line.send(&down, vec![round]).await.expect("it is up");
            desk.expect_message(&down, &[round]).await;
        }
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    }

    async fn the_longest_message_arrives_and_a_longer_one_is_refused(kind) {
        let broker = BrokerProcess::start(kind, &["d"]);
        let mut central = End::central(&broker).await;
        let desk = End::desk(&broker, "d").await;
        let up = peer("d").topic(Way::Up);
        let too_long = desk.line.send(&up, vec![1; MAX_MESSAGE + 1]).await;
        assert_eq!(too_long, Err(NotSent::TooLong { most: MAX_MESSAGE }));
        assert_eq!(desk.line.send("a/+", vec![1]).await, Err(NotSent::BadTopic));
        desk.line.send(&up, vec![2; MAX_MESSAGE]).await.expect("as long as may be");
        desk.line.send(&up, vec![]).await.expect("as short as may be");
        central.expect_message(&up, &[2; MAX_MESSAGE]).await;
        central.expect_message(&up, &[]).await;
    }

    async fn a_message_that_somebody_else_makes_too_long_does_not_end_a_line(kind) {
        let broker = BrokerProcess::start(kind, &["d", "e"]);
        let mut central = End::central(&broker).await;
        let neighbour = End::desk(&broker, "e").await;
        let up = peer("d").topic(Way::Up);
        let (raw, mut event_loop) = raw_client(&broker, "d");
        raw.try_publish(&up, QoS::AtLeastOnce, false, vec![3; 4 * MAX_MESSAGE]).expect("there is room");
        // The broker takes it or hangs up on the raw client; both are told here.
        let told = async {
            loop {
                match event_loop.poll().await {
                    Ok(rumqttc::v5::Event::Incoming(rumqttc::v5::Incoming::PubAck(_))) | Err(_) => break,
                    Ok(_) => {}
                }
            }
        };
        tokio::time::timeout(DEADLINE, told).await.expect("the broker answers");
        if kind == Kind::Mosquitto {
            central.expect(Event::TooLong { topic: up.clone(), bytes: 4 * MAX_MESSAGE }).await;
        }
        let other = peer("e").topic(Way::Up);
        neighbour.line.send(&other, vec![4]).await.expect("the neighbour's line holds");
        central.expect_message(&other, &[4]).await;
    }

    async fn two_lines_with_one_prefix_do_not_end_each_other(kind) {
        let broker = BrokerProcess::start(kind, &["d"]);
        let mut central = End::central(&broker).await;
        let mut first = End::desk(&broker, "d").await;
        let mut second = End::desk(&broker, "d").await;
        let (up, down) = (peer("d").topic(Way::Up), peer("d").topic(Way::Down));
        for round in 0..10 {
            for desk in [&first, &second] {
                desk.line.send(&up, vec![round]).await.expect("both are up");
                central.expect_message(&up, &[round]).await;
            }
            central.line.send(&down, vec![round]).await.expect("central is up");
            first.expect_message(&down, &[round]).await;
            second.expect_message(&down, &[round]).await;
        }
    }

    /// Whoever takes nothing holds up nobody else, and its own line stays up.
    async fn a_desk_that_takes_nothing_does_not_hold_up_the_others(kind) {
        let broker = BrokerProcess::start(kind, &["slow", "quick"]);
        let central = End::central(&broker).await;
        let mut slow = End::desk(&broker, "slow").await;
        let mut quick = End::desk(&broker, "quick").await;
        let (to_slow, to_quick) = (peer("slow").topic(Way::Down), peer("quick").topic(Way::Down));
        // More than its inbox, the broker's window and what a socket holds.
        let chunk = Bytes::from(vec![5; 32 * 1024]);
        for round in 0..400_u32 {
            central.line.send(&to_slow, chunk.clone()).await.expect("central is up");
            central.line.send(&to_quick, round.to_be_bytes().to_vec()).await.expect("central is up");
            quick.expect_message(&to_quick, &round.to_be_bytes()).await;
        }
        slow.expect_message(&to_slow, &chunk).await;
        let up = peer("slow").topic(Way::Up);
        slow.line.send(&up, vec![6]).await.expect("the slow one is up");
        let mut central = central;
        central.expect_message(&up, &[6]).await;
    }

    async fn what_was_accepted_still_leaves_when_a_line_is_closed(kind) {
        let broker = BrokerProcess::start(kind, &["d"]);
        let mut central = End::central(&broker).await;
        let desk = End::desk(&broker, "d").await;
        let up = peer("d").topic(Way::Up);
        for number in 0..200_u8 {
            desk.line.try_send(&up, vec![number]).expect("there is room");
        }
        desk.events.close().await;
        assert_eq!(desk.line.try_send(&up, vec![]), Err(NotSent::Closed));
        for number in 0..200_u8 {
            central.expect_message(&up, &[number]).await;
        }
    }

    async fn nothing_listens_to_a_line_that_nobody_subscribed(kind) {
        let broker = BrokerProcess::start(kind, &["d"]);
        let mut settings = desk_settings(broker.address(), &peer("d"));
        settings.subscriptions.clear();
        let desk = End::up(settings).await;
        let mut central = End::central(&broker).await;
        desk.line.send(&peer("d").topic(Way::Up), vec![1]).await.expect("it may speak");
        central.expect_message(&peer("d").topic(Way::Up), &[1]).await;
    }
}

#[tokio::test]
async fn a_broker_with_a_lower_limit_is_not_sent_what_it_would_hang_up_on() {
    let broker = BrokerProcess::start_with(Kind::Mosquitto, &["d"], "max_packet_size 20000");
    let mut central = End::up(central_settings(broker.address())).await;
    let desk = End::desk(&broker, "d").await;
    let up = peer("d").topic(Way::Up);
    let Err(NotSent::TooLong { most }) = desk.line.send(&up, vec![1; 30_000]).await else {
        panic!("longer than this broker takes");
    };
    desk.line.send(&up, vec![2; most]).await.expect("as long as this broker takes");
    assert_eq!(central.next().await, message(&up, &vec![2; most]));
    assert!((19_900..20_000).contains(&most), "{most}");
}

fn raw_client(broker: &BrokerProcess, device: &str) -> (AsyncClient, EventLoop) {
    let login = login(&peer(device).user_name()).expect("a login");
    let mut options = MqttOptions::new("raw", "localhost", broker.port());
    options.set_credentials(login.name, login.password).set_keep_alive(Duration::from_secs(5));
    AsyncClient::new(options, 8)
}
