//! A broker of a few bytes that does, on purpose, what no real one does when
//! asked.

use std::time::{Duration, Instant};

use chairside_mqtt::{Address, Event, Reason, Settings, Why};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::peers::{DEADLINE, End, message};

const CONNECT: u8 = 0x10;
const PUBLISH: u8 = 0x30;
const PUBACK: u8 = 0x40;
const SUBSCRIBE: u8 = 0x80;
const PINGREQ: u8 = 0xc0;
const PINGRESP: &[u8] = &[0xd0, 0];
const CONNACK_YES: &[u8] = &[0x20, 3, 0, 0, 0];
/// Quota exceeded.
const CONNACK_NO: &[u8] = &[0x20, 3, 0, 0x97, 0];
/// With a receive maximum of 8.
const CONNACK_EIGHT: &[u8] = &[0x20, 6, 0, 0, 3, 0x21, 0, 8];

struct Scripted {
    listener: TcpListener,
}

struct Client {
    stream: TcpStream,
}

impl Scripted {
    async fn new() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.expect("a free port") }
    }

    fn settings(&self, filters: &[&str]) -> Settings {
        let port = self.listener.local_addr().expect("an address").port();
        let mut settings =
            Settings::new(Address::parse(&format!("mqtt://127.0.0.1:{port}")).expect("an address"), "desk");
        settings.subscriptions = filters.iter().map(|filter| (*filter).to_owned()).collect();
        settings
    }

    /// The next client, and the id it gives itself.
    async fn client(&self) -> (Client, String) {
        let accepted = timeout(DEADLINE, self.listener.accept()).await.expect("a client in time");
        let mut client = Client { stream: accepted.expect("a client").0 };
        let connect = client.expect(CONNECT).await;
        // Behind the protocol's name, version, flags and keep-alive stand the properties.
        let at = 10 + 1 + usize::from(connect[10]);
        let length = usize::from(u16::from_be_bytes([connect[at], connect[at + 1]]));
        let id = String::from_utf8(connect[at + 2..at + 2 + length].to_vec()).expect("plain text");
        (client, id)
    }
}

impl Client {
    async fn say(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("it listens");
    }

    /// The next packet: its kind and what follows its length.
    async fn next(&mut self) -> (u8, Vec<u8>) {
        let kind = self.stream.read_u8().await.expect("it speaks");
        let (mut length, mut shift) = (0_usize, 0);
        loop {
            let byte = self.stream.read_u8().await.expect("it speaks");
            length |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let mut rest = vec![0; length];
        self.stream.read_exact(&mut rest).await.expect("it speaks");
        (kind & 0xf0, rest)
    }

    async fn expect(&mut self, kind: u8) -> Vec<u8> {
        let (came, rest) = timeout(DEADLINE, self.next()).await.expect("a packet in time");
        assert_eq!(came, kind);
        rest
    }

    /// Answers pings and nothing else, until it is left; answers how often.
    async fn only_pong(mut self) -> u32 {
        let mut pings = 0;
        loop {
            let mut kind = [0];
            let Ok(1) = self.stream.read(&mut kind).await else { return pings };
            let length = self.stream.read_u8().await.expect("a short packet");
            let mut rest = vec![0; length.into()];
            self.stream.read_exact(&mut rest).await.expect("all of it");
            if kind[0] == PINGREQ {
                pings += 1;
                self.say(PINGRESP).await;
            }
        }
    }

    /// Grants or denies each of what is asked for next.
    async fn answer_subscription(&mut self, reasons: &[u8]) {
        let asked = self.expect(SUBSCRIBE).await;
        let length = u8::try_from(3 + reasons.len()).expect("a few");
        self.say(&[&[0x90, length, asked[0], asked[1], 0], reasons].concat()).await;
    }
}

/// At least once, on the topic `a`.
fn publish(id: u8, payload: u8) -> [u8; 9] {
    [0x32, 7, 0, 1, b'a', 0, id, 0, payload]
}

#[tokio::test]
async fn half_of_what_a_broker_allows_is_without_an_answer_and_never_more() {
    let broker = Scripted::new().await;
    let mut desk = End::open(broker.settings(&[]));
    let (mut client, _) = broker.client().await;
    client.say(CONNACK_EIGHT).await;
    desk.expect(Event::Up).await;
    for number in 0..40 {
        desk.line.try_send("a", vec![number]).expect("there is room");
    }
    let mut unanswered = std::collections::VecDeque::new();
    for number in 0..40_u8 {
        // A fifth would be here by now: the line publishes all that the window lets it.
        if unanswered.len() == 4 {
            let [first, second] = unanswered.pop_front().expect("four of them");
            client.say(&[PUBACK, 2, first, second]).await;
        }
        let sent = client.expect(PUBLISH).await;
        assert_eq!(*sent.last().expect("a payload"), number);
        unanswered.push_back([sent[3], sent[4]]);
        if unanswered.len() == 4 {
            let early = timeout(Duration::from_millis(20), client.next()).await;
            assert!(early.is_err(), "a fifth without an answer: {early:?}");
        }
    }
}

/// The shortest there is.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_broker_that_answers_pings_and_no_subscription_is_left() {
    let broker = Scripted::new().await;
    let mut settings = broker.settings(&["a"]);
    settings.keep_alive = KEEP_ALIVE;
    let mut desk = End::open(settings);
    let (mut client, _) = broker.client().await;
    client.say(CONNACK_YES).await;
    let began = Instant::now();
    let (pings, (why, _)) = tokio::join!(client.only_pong(), desk.until_down());
    assert_eq!(why, Why::Silent);
    assert!(pings > 0, "it was not silent");
    assert!(began.elapsed() < 2 * KEEP_ALIVE + Duration::from_secs(3), "left after {:?}", began.elapsed());
    let (mut client, _) = broker.client().await;
    client.say(CONNACK_YES).await;
    client.answer_subscription(&[1]).await;
    desk.expect(Event::Up).await;
}

#[tokio::test]
async fn a_broker_that_answers_pings_and_no_message_is_left() {
    let broker = Scripted::new().await;
    let mut settings = broker.settings(&[]);
    settings.keep_alive = KEEP_ALIVE;
    let mut desk = End::open(settings);
    let (mut client, _) = broker.client().await;
    client.say(CONNACK_EIGHT).await;
    desk.expect(Event::Up).await;
    for number in 0..3 {
        desk.line.try_send("a", vec![number]).expect("there is room");
    }
    // The first has its answer, the others never get theirs.
    let first = client.expect(PUBLISH).await;
    client.say(&[PUBACK, 2, first[3], first[4]]).await;
    let (pings, (why, unsent)) = tokio::join!(client.only_pong(), desk.until_down());
    assert_eq!((why, unsent), (Why::Silent, 2));
    assert!(pings > 0, "it was not silent");
    let (mut client, _) = broker.client().await;
    client.say(CONNACK_EIGHT).await;
    desk.expect(Event::Up).await;
}

#[tokio::test]
async fn what_comes_before_the_subscription_is_granted_is_told_after_it() {
    let broker = Scripted::new().await;
    let mut desk = End::open(broker.settings(&["a", "b"]));
    let (mut client, _) = broker.client().await;
    client.say(CONNACK_YES).await;
    client.say(&publish(1, 7)).await;
    client.answer_subscription(&[1, 1]).await;
    client.say(&publish(2, 8)).await;
    desk.expect(Event::Up).await;
    desk.expect(message("a", &[7])).await;
    desk.expect(message("a", &[8])).await;
    assert_eq!(client.expect(PUBACK).await[1], 1);
    assert_eq!(client.expect(PUBACK).await[1], 2);
}

#[tokio::test]
async fn one_subscription_denied_is_told_by_name_and_tried_again() {
    let broker = Scripted::new().await;
    let mut desk = End::open(broker.settings(&["a", "b", "c"]));
    let (mut client, first_id) = broker.client().await;
    client.say(CONNACK_YES).await;
    // Granted, not authorised, and less than was asked for.
    client.answer_subscription(&[1, 0x87, 0]).await;
    desk.expect(Event::Denied { filter: "b".into(), reason: Reason::NotAuthorized }).await;
    desk.expect(Event::Denied { filter: "c".into(), reason: Reason::Other }).await;
    desk.expect(Event::Down { why: Why::Denied, unsent: 0 }).await;
    let (mut client, id) = broker.client().await;
    assert_eq!(id, first_id);
    client.say(CONNACK_YES).await;
    client.answer_subscription(&[1, 1, 2]).await;
    desk.expect(Event::Up).await;
}

#[tokio::test]
async fn whoever_is_refused_comes_back_under_another_id() {
    let broker = Scripted::new().await;
    let mut desk = End::open(broker.settings(&[]));
    let (mut client, first_id) = broker.client().await;
    client.say(CONNACK_NO).await;
    desk.expect(Event::Down { why: Why::Refused(Reason::Quota), unsent: 0 }).await;
    let (mut client, id) = broker.client().await;
    assert!(id != first_id && id.starts_with("desk-") && first_id.starts_with("desk-"), "{id} {first_id}");
    client.say(CONNACK_YES).await;
    desk.expect(Event::Up).await;
}

#[tokio::test]
async fn nonsense_ends_a_connection_and_not_the_line() {
    let nonsense: [&[u8]; 5] = [
        // An answer to nothing.
        &[PUBACK, 2, 0, 9],
        // No packet begins like this, or is as long as this says.
        &[0x00, 0],
        &[0x32, 0xff, 0xff, 0xff, 0xff, 0xff],
        // A topic that is no text.
        &[0x32, 7, 0, 1, 0xff, 0, 1, 0, 1],
        // Longer than we said we would take.
        &[0x32, 0x80, 0x80, 0x80, 1],
    ];
    for bytes in nonsense {
        let broker = Scripted::new().await;
        let mut desk = End::open(broker.settings(&[]));
        let (mut client, _) = broker.client().await;
        client.say(CONNACK_YES).await;
        desk.expect(Event::Up).await;
        client.say(bytes).await;
        assert_eq!(desk.until_down().await.0, Why::Nonsense, "{bytes:?}");
        let (mut client, _) = broker.client().await;
        client.say(CONNACK_YES).await;
        desk.expect(Event::Up).await;
    }
}
