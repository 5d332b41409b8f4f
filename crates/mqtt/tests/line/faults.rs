//! Brokers that die, freeze and come back.

use std::time::{Duration, Instant};

use chairside_mqtt::topics::Way;
use chairside_mqtt::{Event, NotSent, Why, Will};

use crate::peers::{End, central_settings, desk_settings, message};
use crate::process::{BrokerProcess, Kind, Memory, peer};
use crate::proxy::{Proxy, Through};

const KEEP_ALIVE: Duration = Duration::from_secs(5);

on_both! {
    async fn lines_heal_when_their_broker_was_killed_and_kept_its_memory(kind) {
        killed_under_load(BrokerProcess::start(kind, &["d"]), Memory::Kept).await;
    }

    async fn lines_heal_when_their_broker_was_killed_and_lost_its_memory(kind) {
        killed_under_load(BrokerProcess::start(kind, &["d"]), Memory::Lost).await;
    }

    async fn a_frozen_broker_is_noticed_and_lines_heal_when_it_goes_on(kind) {
        let broker = BrokerProcess::start(kind, &["d"]);
        let (mut desk_with, mut central_with) =
            (desk_settings(broker.address(), &peer("d")), central_settings(broker.address()));
        (desk_with.keep_alive, central_with.keep_alive) = (KEEP_ALIVE, KEEP_ALIVE);
        let (mut desk, mut central) = (End::up(desk_with).await, End::up(central_with).await);
        let up = peer("d").topic(Way::Up);

        broker.freeze();
        let frozen = Instant::now();
        // One of them goes on writing until the socket takes no more, the other is silent.
        let line = desk.line.clone();
        let writing = async {
            loop {
                if let Err(why) = line.send(&up, vec![7; 60_000]).await {
                    break why;
                }
            }
        };
        let (refused, (desk_why, unsent), (central_why, _)) =
            tokio::join!(writing, desk.until_down(), central.until_down());
        let noticed = frozen.elapsed();
        assert_eq!((refused, desk_why, central_why), (NotSent::Down, Why::Silent, Why::Silent));
        assert!(unsent > 0, "what was on its way is counted");
        assert!(noticed < 2 * KEEP_ALIVE + Duration::from_secs(2), "noticed after {noticed:?}");

        broker.thaw();
        tokio::join!(desk.until_up(), central.until_up());
        desk.line.send(&up, vec![8]).await.expect("it is up");
        // The broker may still say what it read before it froze.
        while central.next().await != message(&up, &[8]) {}
    }

    async fn lines_cut_in_one_direction_are_noticed_and_heal(kind) {
        tokio::join!(cut(kind, Through::NothingTaken), cut(kind, Through::OnlyUp), cut(kind, Through::OnlyDown));
    }

    async fn a_will_is_said_after_an_unclean_end_and_not_after_a_clean_one(kind) {
        let broker = BrokerProcess::start(kind, &["d", "e"]);
        let mut central = End::central(&broker).await;
        let (state, up) = (peer("d").topic(Way::State), peer("d").topic(Way::Up));
        for round in 0..3_u8 {
            let with_will = || {
                let mut settings = desk_settings(broker.address(), &peer("d"));
                settings.will = Some(Will { topic: state.clone(), payload: vec![9, round].into() });
                settings
            };
            let vanishing = End::up(with_will()).await;
            vanishing.line.send(&up, vec![round]).await.expect("it is up");
            central.expect_message(&up, &[round]).await;
            drop(vanishing.events);
            central.expect_message(&state, &[9, round]).await;

            let leaving = End::up(with_will()).await;
            leaving.events.close().await;
            let witness = End::desk(&broker, "e").await;
            witness.line.send(&peer("e").topic(Way::Up), vec![round]).await.expect("it is up");
            central.expect_message(&peer("e").topic(Way::Up), &[round]).await;
        }
    }

    async fn a_broker_that_is_not_there_is_told_once_and_found_when_it_comes(kind) {
        let mut broker = BrokerProcess::start(kind, &["d"]);
        broker.kill();
        let mut desk = End::open(desk_settings(broker.address(), &peer("d")));
        desk.expect(Event::Down { why: Why::Unreachable, unsent: 0 }).await;
        assert_eq!(desk.line.send("a", vec![]).await, Err(NotSent::Down));
        broker.start_again(Memory::Kept);
        desk.expect(Event::Up).await;
    }
}

/// Cuts a line that is being written on, and lets everything through again.
async fn cut(kind: Kind, through: Through) {
    let broker = BrokerProcess::start(kind, &["d"]);
    let proxy = Proxy::to(broker.port()).await;
    let mut settings = desk_settings(proxy.address(), &peer("d"));
    settings.keep_alive = KEEP_ALIVE;
    let mut desk = End::up(settings).await;
    let mut central = End::central(&broker).await;
    let up = peer("d").topic(Way::Up);

    proxy.let_through(through);
    let began = Instant::now();
    let line = desk.line.clone();
    let writing = async {
        loop {
            if let Err(why) = line.send(&up, vec![7; 65_000]).await {
                break why;
            }
        }
    };
    let (refused, (why, unsent)) = tokio::join!(writing, desk.until_down());
    let noticed = began.elapsed();
    assert_eq!(refused, NotSent::Down);
    // A broker that hears nothing hangs up after one and a half keep-alives.
    let hung_up = through == Through::OnlyDown && why == Why::Closed;
    assert!(why == Why::Silent || hung_up, "{why:?}");
    assert!(unsent > 0 && noticed < 2 * KEEP_ALIVE + Duration::from_secs(2), "noticed after {noticed:?}");

    proxy.let_through(Through::Everything);
    desk.until_up().await;
    desk.line.send(&up, vec![8]).await.expect("it is up");
    // What had got out before it was cut may still come.
    while central.next().await != message(&up, &[8]) {}
}

/// Three times: floods, kills in the middle, and looks at what comes after.
async fn killed_under_load(mut broker: BrokerProcess, memory: Memory) {
    let mut central = End::central(&broker).await;
    let mut desk = End::desk(&broker, "d").await;
    let up = peer("d").topic(Way::Up);
    for life in 0..3_u32 {
        let line = desk.line.clone();
        let topic = up.clone();
        let flooding = tokio::spawn(async move {
            for number in 0_u32.. {
                let payload = [life.to_be_bytes(), number.to_be_bytes()].concat();
                if let Err(why) = line.send(&topic, payload).await {
                    return (why, number);
                }
            }
            unreachable!("no line holds for ever")
        });
        let mut heard = 0_u32;
        while heard < 500 {
            let expected = [life.to_be_bytes(), heard.to_be_bytes()].concat();
            central.expect_message(&up, &expected).await;
            heard += 1;
        }
        broker.kill();
        // What was on its way still comes, in order, and then it is told.
        loop {
            match central.next().await {
                Event::Message { payload, .. } => {
                    assert_eq!(*payload, *[life.to_be_bytes(), heard.to_be_bytes()].concat());
                    heard += 1;
                }
                Event::Down { why, .. } => {
                    assert_eq!(why, Why::Closed);
                    break;
                }
                other => panic!("{other:?}"),
            }
        }
        let (_, unsent) = desk.until_down().await;
        let (why, accepted) = flooding.await.expect("the flood ends");
        assert_eq!(why, NotSent::Down);
        // Never more than its queue and its window is lost on a desk's side.
        assert!((1..=256 + 50).contains(&unsent) && heard <= accepted, "{unsent} unsent, {heard} of {accepted} heard");
        broker.start_again(memory);
        tokio::join!(desk.until_up(), central.until_up());
    }
    // Nothing of an earlier connection comes in a later one.
    desk.line.send(&up, b"last".to_vec()).await.expect("it is up");
    central.expect_message(&up, b"last").await;
}
