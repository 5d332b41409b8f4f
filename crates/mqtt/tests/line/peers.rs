//! Desks and central at a broker, as tests see them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use chairside_mqtt::access::CENTRAL;
use chairside_mqtt::topics::{EVERY_STATE, EVERY_UP, Peer, Way};
use chairside_mqtt::{Address, Event, Events, Line, Login, Random, Settings, Why, open};
use tokio::time::timeout;

use crate::process::{BrokerProcess, password, peer};

/// Longer than a line ever waits before it tries again, and then takes to connect.
pub const DEADLINE: Duration = Duration::from_secs(40);

/// A line with what it tells.
pub struct End {
    pub line: Line,
    pub events: Events,
}

/// Different numbers in every process and from every call.
pub fn random() -> Random {
    static DRAWN: AtomicU64 = AtomicU64::new(0);
    Arc::new(|| {
        let drawn = DRAWN.fetch_add(1, Ordering::Relaxed) << 32 | u64::from(std::process::id());
        let mixed = (drawn ^ (drawn >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb)
    })
}

pub fn login(name: &str) -> Option<Login> {
    Some(Login { name: name.to_owned(), password: password(name) })
}

pub fn desk_settings(address: Address, desk: &Peer) -> Settings {
    let mut settings = Settings::new(address, "desk");
    settings.login = login(&desk.user_name());
    settings.subscriptions = vec![desk.topic(Way::Down)];
    settings
}

pub fn central_settings(address: Address) -> Settings {
    let mut settings = Settings::new(address, "central").for_many_peers();
    settings.login = login(CENTRAL);
    settings.subscriptions = vec![EVERY_UP.to_owned(), EVERY_STATE.to_owned()];
    settings
}

impl End {
    pub fn open(settings: Settings) -> Self {
        let (line, events) = open(settings, random()).expect("settings that work");
        Self { line, events }
    }

    /// A desk of clinic `c` that is up.
    pub async fn desk(broker: &BrokerProcess, device: &str) -> Self {
        Self::up(desk_settings(broker.address(), &peer(device))).await
    }

    /// Central, up.
    pub async fn central(broker: &BrokerProcess) -> Self {
        Self::up(central_settings(broker.address())).await
    }

    pub async fn up(settings: Settings) -> Self {
        let mut end = Self::open(settings);
        end.expect(Event::Up).await;
        end
    }

    /// What it tells next, within the deadline.
    pub async fn next(&mut self) -> Event {
        timeout(DEADLINE, self.events.next()).await.expect("something is told in time").expect("the line is open")
    }

    pub async fn expect(&mut self, event: Event) {
        assert_eq!(self.next().await, event);
    }

    pub async fn expect_message(&mut self, topic: &str, payload: &[u8]) {
        self.expect(message(topic, payload)).await;
    }

    /// Waits until it is down, and says why and how many were not acknowledged.
    pub async fn until_down(&mut self) -> (Why, usize) {
        loop {
            if let Event::Down { why, unsent } = self.next().await {
                return (why, unsent);
            }
        }
    }

    /// Waits until it is up, whatever it tells before.
    pub async fn until_up(&mut self) {
        while self.next().await != Event::Up {}
    }
}

pub fn message(topic: &str, payload: &[u8]) -> Event {
    Event::Message { topic: topic.to_owned(), payload: Bytes::copy_from_slice(payload) }
}
