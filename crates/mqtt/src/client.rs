//! The only module that knows the client crate: one connection from its first
//! byte to its last, told in the words below. Another client takes its place here.
//!
//! Nothing of a connection outlives it. The client crate would keep what was
//! not acknowledged and say it again, or lose it, depending on what the broker
//! remembers; here both sides forget everything, and whoever has something that
//! must arrive says it again.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{
    ConnAck, ConnectProperties, ConnectReturnCode, DisconnectReasonCode, Filter, LastWill, Packet, PubAckReason,
    Publish, SubscribeReasonCode,
};
use rumqttc::v5::{AsyncClient, ConnectionError, EventLoop, MqttOptions, StateError};
use rumqttc::{NetworkOptions, Outgoing, TlsConfiguration, TlsError, Transport};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_rustls::rustls::{self, ClientConfig};

use crate::event::{Reason, Why};
use crate::settings::Settings;

/// How long a broker may take from the first packet of TCP to its word that
/// we are connected.
const CONNECT_SECONDS: u64 = 10;

/// The client crate's packet ids go up to this and then begin again. Without a
/// limit each client would hold a table of 65,536 places (14 MB).
const MOST_IN_FLIGHT: u16 = 100;

/// The longest packet a broker may send us, which it is told. The client
/// crate's own limit (10 KB) is not told, and a longer packet would end every
/// connection anew, for ever.
const LONGEST_PACKET: u32 = 1 << 20;

/// More messages than this, told and not taken, and the broker is hung up on.
/// It is far beyond what a broker is told: Mosquitto 2.0.11 sends a whole
/// further window for each acknowledgement while its queue for us is not
/// empty, so what bounds us there is its `max_queued_messages`.
const MOST_OUTSTANDING: usize = 16_384;

/// How much may have happened that nobody looked at yet.
const BACKLOG: usize = 256;

/// What happened on a connection.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly all are messages")]
pub(crate) enum Happened {
    /// The broker has us, on these terms.
    Connected(Terms),
    /// The broker's answer to each subscription, in their order.
    Answered(Vec<Option<Reason>>),
    /// The oldest of what was published and not yet told so left, under this id.
    Left(u16),
    /// The broker's answer to what left under this id.
    Acknowledged(u16, Option<Reason>),
    /// Something was published to us.
    Message { topic: String, payload: Bytes, receipt: Receipt },
    /// The broker lives.
    Moved,
    /// The connection is over; nothing more happens on it.
    Ended(Why),
}

/// What a broker grants when it lets us in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// How many of ours may be without an answer: half of what the broker and
    /// the client crate allow, so that no packet id is used twice at a time,
    /// in whatever order answers come.
    pub window: usize,
    /// The longest packet the broker takes.
    pub longest_packet: usize,
    /// How often the broker is asked whether it lives.
    pub keep_alive: Duration,
}

/// Says to the broker that a message was taken, so that it sends another.
#[derive(Debug)]
pub(crate) struct Receipt {
    client: AsyncClient,
    publish: Publish,
    outstanding: Arc<AtomicUsize>,
}

impl Receipt {
    pub fn say(self) {
        self.outstanding.fetch_sub(1, Ordering::Relaxed);
        if self.client.try_ack(&self.publish).is_err() {
            // There is a place for every one: only a connection that is over refuses it.
            tracing::trace!("a message was taken after its connection had ended");
        }
    }
}

/// The client crate did not take something: the connection is of no use.
#[derive(Debug)]
pub(crate) struct Stuck;

/// One connection. Dropping it breaks it off; the broker then says our will.
#[derive(Debug)]
pub(crate) struct Connection {
    client: AsyncClient,
    happened: mpsc::Receiver<Happened>,
    poller: Poller,
}

#[derive(Debug)]
struct Poller(JoinHandle<()>);

impl Drop for Poller {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Connection {
    /// Begins to connect; [`next`](Self::next) tells how that went.
    pub fn open(settings: &Settings, tls: Option<&Arc<ClientConfig>>, client_id: &str) -> Self {
        // A place for every acknowledgement and every publish there can be, so
        // that neither is ever refused or waited for; unused ones cost nothing.
        let places = MOST_OUTSTANDING + MOST_IN_FLIGHT as usize + 8;
        let (client, event_loop) = AsyncClient::new(options(settings, tls, client_id), places);
        let (tell, happened) = mpsc::channel(BACKLOG);
        let outstanding = Arc::new(AtomicUsize::new(0));
        let reader = Reader { client: client.clone(), outstanding, keep_alive: settings.keep_alive };
        // A task of its own: a broker that stopped reading holds it up in the
        // middle of a write, and whoever watches must not be held up with it.
        let poller = Poller(tokio::spawn(poll(event_loop, reader, tell)));
        Self { client, happened, poller }
    }

    /// What happens next. Cancelling it loses nothing.
    pub async fn next(&mut self) -> Happened {
        self.happened.recv().await.unwrap_or(Happened::Ended(Why::Closed))
    }

    /// Asks for topics, at least once each.
    pub fn subscribe(&self, filters: &[String]) -> Result<(), Stuck> {
        let filters = filters.iter().map(|filter| Filter::new(filter, QoS::AtLeastOnce));
        self.client.try_subscribe_many(filters).map_err(|_| Stuck)
    }

    /// Publishes; never waits.
    pub fn publish(&self, topic: String, payload: Bytes) -> Result<(), Stuck> {
        self.client.try_publish(topic, QoS::AtLeastOnce, false, payload).map_err(|_| Stuck)
    }

    /// Takes leave, so that no will is said, and waits until the broker has
    /// hung up or `patience` ends.
    pub async fn leave(mut self, patience: Duration) {
        if self.client.try_disconnect().is_err() {
            return;
        }
        let gone = async { while self.happened.recv().await.is_some() {} };
        if tokio::time::timeout(patience, gone).await.is_err() {
            tracing::debug!("the broker did not hang up");
        }
        drop(self.poller);
    }
}

fn options(settings: &Settings, tls: Option<&Arc<ClientConfig>>, client_id: &str) -> MqttOptions {
    let address = &settings.address;
    let mut options = MqttOptions::new(client_id, address.host(), address.port());
    let mut properties = ConnectProperties::new();
    properties.session_expiry_interval = Some(0);
    properties.receive_maximum = Some(settings.inbox_messages);
    properties.max_packet_size = Some(LONGEST_PACKET);
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    network.set_connection_timeout(CONNECT_SECONDS);
    options
        .set_connect_properties(properties)
        .set_network_options(network)
        .set_connection_timeout(CONNECT_SECONDS)
        .set_clean_start(true)
        .set_keep_alive(settings.keep_alive)
        // A message is acknowledged when it was taken: so the broker, which is
        // told how far ahead it may be, and not our memory, holds what piles up.
        .set_manual_acks(true)
        .set_outgoing_inflight_upper_limit(MOST_IN_FLIGHT);
    if let Some(login) = &settings.login {
        options.set_credentials(&login.name, &login.password);
    }
    if let Some(will) = &settings.will {
        options.set_last_will(LastWill::new(&will.topic, will.payload.to_vec(), QoS::AtLeastOnce, false, None));
    }
    if let Some(config) = tls.filter(|_| address.tls()) {
        options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(Arc::clone(config))));
    }
    options
}

async fn poll(mut event_loop: EventLoop, mut reader: Reader, tell: mpsc::Sender<Happened>) {
    let mut connected = false;
    loop {
        let happened = match event_loop.poll().await {
            Ok(rumqttc::v5::Event::Incoming(packet)) => Some(reader.read(packet)),
            Ok(rumqttc::v5::Event::Outgoing(Outgoing::Publish(id))) => Some(Happened::Left(id)),
            Ok(rumqttc::v5::Event::Outgoing(_)) => None,
            Err(error) => {
                tracing::debug!(%error, "a connection ended");
                Some(Happened::Ended(why(&error, connected)))
            }
        };
        let Some(happened) = happened else { continue };
        connected |= matches!(happened, Happened::Connected(_));
        let ended = matches!(happened, Happened::Ended(_));
        if tell.send(happened).await.is_err() || ended {
            return;
        }
    }
}

/// Puts packets into our words.
struct Reader {
    client: AsyncClient,
    /// Messages told and not yet taken.
    outstanding: Arc<AtomicUsize>,
    keep_alive: Duration,
}

impl Reader {
    fn read(&mut self, packet: Packet) -> Happened {
        match packet {
            Packet::ConnAck(granted) => Happened::Connected(self.terms(&granted)),
            Packet::SubAck(answer) => Happened::Answered(answer.return_codes.iter().map(denial).collect()),
            Packet::PubAck(answer) => Happened::Acknowledged(answer.pkid, refusal(answer.reason)),
            Packet::Publish(publish) => self.message(publish),
            _ => Happened::Moved,
        }
    }

    fn terms(&self, granted: &ConnAck) -> Terms {
        let properties = granted.properties.as_ref();
        let broker_allows = properties.and_then(|properties| properties.receive_max).unwrap_or(u16::MAX);
        let longest = properties.and_then(|properties| properties.max_packet_size).unwrap_or(u32::MAX);
        let keep_alive = properties.and_then(|properties| properties.server_keep_alive);
        Terms {
            window: (broker_allows.min(MOST_IN_FLIGHT) / 2).max(1) as usize,
            longest_packet: longest as usize,
            keep_alive: keep_alive.map_or(self.keep_alive, |seconds| Duration::from_secs(seconds.into())),
        }
    }

    fn message(&mut self, publish: Publish) -> Happened {
        let Ok(topic) = String::from_utf8(publish.topic.to_vec()) else {
            return Happened::Ended(Why::Nonsense);
        };
        if self.outstanding.fetch_add(1, Ordering::Relaxed) >= MOST_OUTSTANDING {
            return Happened::Ended(Why::Nonsense);
        }
        let mut taken = Publish::new("", publish.qos, Bytes::new(), None);
        taken.pkid = publish.pkid;
        let receipt =
            Receipt { client: self.client.clone(), publish: taken, outstanding: Arc::clone(&self.outstanding) };
        Happened::Message { topic, payload: publish.payload, receipt }
    }
}

fn why(error: &ConnectionError, connected: bool) -> Why {
    let lost = if connected { Why::Closed } else { Why::Unreachable };
    match error {
        ConnectionError::Timeout(_) => Why::Unreachable,
        ConnectionError::ConnectionRefused(code) => Why::Refused(not_let_in(*code)),
        ConnectionError::Io(error) | ConnectionError::MqttState(StateError::Io(error)) => by_io(error, lost),
        ConnectionError::Tls(TlsError::Io(error)) => by_io(error, lost),
        ConnectionError::Tls(_) => Why::Untrusted,
        ConnectionError::MqttState(StateError::Deserialization(rumqttc::v5::mqttbytes::Error::Io(error))) => {
            by_io(error, lost)
        }
        ConnectionError::MqttState(StateError::ConnectionAborted) | ConnectionError::RequestsDone => lost,
        ConnectionError::MqttState(StateError::ServerDisconnect { reason_code, .. }) => shown_out(*reason_code),
        ConnectionError::MqttState(StateError::AwaitPingResp) => Why::Silent,
        _ => Why::Nonsense,
    }
}

/// A broker that distrusts our certificate says so only after the handshake,
/// in an alert among the first bytes.
fn by_io(error: &io::Error, lost: Why) -> Why {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    if inner.is_some() { Why::Untrusted } else { lost }
}

fn not_let_in(code: ConnectReturnCode) -> Reason {
    use ConnectReturnCode as Code;
    match code {
        Code::NotAuthorized | Code::Banned => Reason::NotAuthorized,
        Code::BadUserNamePassword | Code::BadAuthenticationMethod => Reason::BadLogin,
        Code::QuotaExceeded | Code::ConnectionRateExceeded => Reason::Quota,
        Code::PacketTooLarge => Reason::TooLarge,
        Code::ServerBusy | Code::ServerUnavailable | Code::ServiceUnavailable => Reason::Busy,
        Code::TopicNameInvalid => Reason::BadTopic,
        Code::BadClientId | Code::ClientIdentifierNotValid => Reason::BadClientId,
        _ => Reason::Other,
    }
}

fn shown_out(code: DisconnectReasonCode) -> Why {
    use DisconnectReasonCode as Code;
    match code {
        Code::NotAuthorized | Code::AdministrativeAction => Why::Refused(Reason::NotAuthorized),
        Code::QuotaExceeded | Code::MessageRateTooHigh | Code::ConnectionRateExceeded => Why::Refused(Reason::Quota),
        Code::PacketTooLarge => Why::Refused(Reason::TooLarge),
        Code::ServerBusy => Why::Refused(Reason::Busy),
        Code::SessionTakenOver => Why::Refused(Reason::BadClientId),
        _ => Why::Closed,
    }
}

fn denial(code: &SubscribeReasonCode) -> Option<Reason> {
    use SubscribeReasonCode as Code;
    match code {
        Code::Success(QoS::AtMostOnce) => Some(Reason::Other),
        Code::Success(_) => None,
        Code::NotAuthorized => Some(Reason::NotAuthorized),
        Code::QuotaExceeded => Some(Reason::Quota),
        Code::TopicFilterInvalid | Code::WildcardSubscriptionsNotSupported => Some(Reason::BadTopic),
        _ => Some(Reason::Other),
    }
}

fn refusal(reason: PubAckReason) -> Option<Reason> {
    match reason {
        // Nobody listens: for us that is the same as nobody having heard.
        PubAckReason::Success | PubAckReason::NoMatchingSubscribers => None,
        PubAckReason::NotAuthorized => Some(Reason::NotAuthorized),
        PubAckReason::QuotaExceeded => Some(Reason::Quota),
        PubAckReason::TopicNameInvalid => Some(Reason::BadTopic),
        _ => Some(Reason::Other),
    }
}

#[cfg(test)]
mod tests {
    use rumqttc::v5::mqttbytes::v5::ConnAckProperties;

    use super::*;
    use crate::address::Address;

    fn terms(receive_max: Option<u16>, max_packet_size: Option<u32>, server_keep_alive: Option<u16>) -> Terms {
        let settings = Settings::new(Address::parse("mqtt://localhost").unwrap(), "desk");
        let (client, _) = AsyncClient::new(options(&settings, None, "desk-1"), 1);
        let reader = Reader { client, outstanding: Arc::default(), keep_alive: settings.keep_alive };
        let properties = ConnAckProperties { receive_max, max_packet_size, server_keep_alive, ..nothing_said() };
        let code = ConnectReturnCode::Success;
        reader.terms(&ConnAck { session_present: false, code, properties: Some(properties) })
    }

    fn nothing_said() -> ConnAckProperties {
        ConnAckProperties {
            session_expiry_interval: None,
            receive_max: None,
            max_qos: None,
            retain_available: None,
            max_packet_size: None,
            assigned_client_identifier: None,
            topic_alias_max: None,
            reason_string: None,
            user_properties: Vec::new(),
            wildcard_subscription_available: None,
            subscription_identifiers_available: None,
            shared_subscription_available: None,
            server_keep_alive: None,
            response_information: None,
            server_reference: None,
            authentication_method: None,
            authentication_data: None,
        }
    }

    #[test]
    fn half_of_what_both_allow_may_be_without_an_answer() {
        for (receive_max, window) in [(None, 50), (Some(65_535), 50), (Some(100), 50), (Some(20), 10), (Some(1), 1)] {
            assert_eq!(terms(receive_max, None, None).window, window, "{receive_max:?}");
        }
    }

    #[test]
    fn what_a_broker_grants_goes_before_what_was_asked_for() {
        let (asked, granted) = (terms(None, None, None), terms(None, Some(20_000), Some(60)));
        assert_eq!((asked.longest_packet, asked.keep_alive), (u32::MAX as usize, Duration::from_secs(10)));
        assert_eq!((granted.longest_packet, granted.keep_alive), (20_000, Duration::from_secs(60)));
    }
}
