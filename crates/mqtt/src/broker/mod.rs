//! An MQTT 5 broker inside the process, so that central runs with nothing
//! beside it. It keeps nothing: no retained messages, no sessions, no queue
//! for whoever is away. A doorbell rings or it doesn't.
//!
//! The broker crate is used below its front door: it would tell whoever decides
//! on rights neither which certificate a client came with nor how to show
//! somebody out. So connections are accepted here, each with a doorkeeper of
//! its own who knows the certificate, and each with a string to pull. The
//! reasons stand in `docs/decisions/0006-broker.md`.

mod doors;
mod passing;
mod serve;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mqtt5::broker::router::MessageRouter;
use mqtt5::broker::storage::QueueLimits;
use mqtt5::broker::sys_topics::BrokerStats;
use mqtt5::broker::{BrokerConfig, ResourceLimits, ResourceMonitor};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::access::Access;
use crate::settings::{Identity, MAX_MESSAGE, SettingsError};
use doors::Doors;

/// Within this a client whose rights were taken or changed is out.
pub const OUT_WITHIN: Duration = Duration::from_secs(5);

/// Room in a packet for its topic and what else is around the payload.
const AROUND: usize = 4 * 1024;

/// What a broker is started with.
#[derive(Clone, Debug)]
pub struct BrokerSettings {
    /// Where to listen; port 0 takes a free one. Without TLS only on loopback.
    pub listen: SocketAddr,
    /// With this every client shows a certificate.
    pub tls: Option<BrokerTls>,
    /// Whom to let in at first.
    pub access: Access,
    /// How many may be connected.
    pub most_clients: usize,
    /// How many messages may wait for one client that takes none; then the
    /// oldest are dropped.
    pub queue_messages: usize,
    /// How many bytes may wait for one client; then the oldest are dropped.
    pub queue_bytes: usize,
}

/// The broker's own certificate and who may have signed its clients'.
#[derive(Clone, Debug)]
pub struct BrokerTls {
    /// What the broker shows.
    pub identity: Identity,
    /// Certificates, PEM, of those who sign clients' certificates.
    pub client_ca: String,
}

/// Why a broker did not start.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// Plain text would leave this machine.
    #[error("without TLS a broker listens on loopback only, not on {0}")]
    PlainTextAway(SocketAddr),
    /// The address is taken, or not ours.
    #[error("the broker can't listen on {address}")]
    Listen {
        /// Where it was to listen.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// A certificate or a key.
    #[error(transparent)]
    Tls(#[from] SettingsError),
}

/// A broker at work. Dropping it stops it without a word to its clients;
/// [`stop`](Self::stop) tells them.
#[derive(Debug)]
pub struct Broker {
    address: SocketAddr,
    doors: Arc<Doors>,
    stopping: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl BrokerSettings {
    /// A broker on `listen` for 10,000 clients, of whom each may be 4,096
    /// messages or 16 MiB behind.
    pub fn new(listen: SocketAddr, access: Access) -> Self {
        Self { listen, tls: None, access, most_clients: 10_000, queue_messages: 4_096, queue_bytes: 16 << 20 }
    }
}

impl Broker {
    /// Starts a broker on the runtime this is called on; clients are let in
    /// when it returns.
    ///
    /// # Errors
    /// [`BrokerError`] says why it did not start.
    pub async fn start(settings: BrokerSettings) -> Result<Self, BrokerError> {
        let listen = settings.listen;
        let tls = settings.tls.as_ref().map(serve::acceptor).transpose()?;
        if tls.is_none() && !listen.ip().is_loopback() {
            return Err(BrokerError::PlainTextAway(listen));
        }
        let cannot = |source| BrokerError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let doors = Arc::new(Doors::new(settings.access.clone(), settings.most_clients));
        let (stopping, stopped) = watch::channel(false);
        let router = Arc::new(MessageRouter::new().with_fallback_queue_limits(QueueLimits {
            max_messages: settings.queue_messages,
            max_bytes: settings.queue_bytes,
        }));
        let mut config = config(&settings);
        config.event_handler = Some(Arc::new(passing::Passing(Arc::clone(&router))));
        let house = serve::House {
            tls,
            config: Arc::new(config),
            router,
            stats: Arc::new(BrokerStats::new()),
            monitor: Arc::new(ResourceMonitor::new(ResourceLimits {
                max_connections: settings.most_clients,
                max_connections_per_ip: settings.most_clients,
                // Without limits of its own: a morning's catching up is no flood.
                max_message_rate_per_client: 0,
                max_bandwidth_per_client: 0,
                ..ResourceLimits::default()
            })),
            doors: Arc::clone(&doors),
        };
        let serving = tokio::spawn(serve::serve(listener, house, stopped));
        tracing::info!(%address, "the broker listens");
        Ok(Self { address, doors, stopping, serving })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes who may what, at once for everything that is said from here on.
    /// Whoever is connected and lost its place, or has other rights or another
    /// proof than before, is shown out; it has happened when this returns,
    /// within [`OUT_WITHIN`]. How many they were.
    pub async fn set_access(&self, access: Access) -> usize {
        self.doors.set_access(access).await
    }

    /// The names of those connected, one for each connection, in order.
    pub fn connected(&self) -> Vec<String> {
        self.doors.connected()
    }

    /// Tells every client, and stops once they are gone.
    pub async fn stop(mut self) {
        self.stopping.send_replace(true);
        if let Err(error) = (&mut self.serving).await {
            tracing::error!(%error, "the broker's task failed");
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn config(settings: &BrokerSettings) -> BrokerConfig {
    BrokerConfig {
        max_clients: settings.most_clients,
        max_packet_size: MAX_MESSAGE + AROUND,
        maximum_qos: 1,
        retain_available: false,
        shared_subscription_available: false,
        topic_alias_maximum: 0,
        session_expiry_interval: Duration::ZERO,
        max_subscriptions_per_client: 16,
        client_channel_capacity: settings.queue_messages.min(1_024),
        server_receive_maximum: Some(100),
        sys_topics_enabled: false,
        ..BrokerConfig::default()
    }
}
