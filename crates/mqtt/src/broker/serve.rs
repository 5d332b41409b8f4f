//! From the listener to the broker crate's handler of one client.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mqtt5::broker::client_handler::ClientHandler;
use mqtt5::broker::router::MessageRouter;
use mqtt5::broker::sys_topics::BrokerStats;
use mqtt5::broker::tls_acceptor::TlsStreamWrapper;
use mqtt5::broker::transport::BrokerTransport;
use mqtt5::broker::{AuthProvider, BrokerConfig, ResourceMonitor};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, watch};
use tokio::time::{interval, sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::BrokerTls;
use super::doors::{Doorkeeper, Doors, Shown};
use crate::access::KeyDigest;
use crate::settings::SettingsError;
use crate::tls;

/// How long a client may take for TLS.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a client that has to go may take to hear why; then it is cut off.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How often what clients left behind is looked through.
const SWEEP: Duration = Duration::from_secs(600);
/// How long to wait when the system has no more sockets to give.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// What all connections share.
#[derive(Clone)]
pub(super) struct House {
    pub tls: Option<TlsAcceptor>,
    pub config: Arc<BrokerConfig>,
    pub router: Arc<MessageRouter>,
    pub stats: Arc<BrokerStats>,
    pub monitor: Arc<ResourceMonitor>,
    pub doors: Arc<Doors>,
}

pub(super) fn acceptor(settings: &BrokerTls) -> Result<TlsAcceptor, SettingsError> {
    let provider = tls::provider();
    let clients =
        WebPkiClientVerifier::builder_with_provider(Arc::new(tls::roots(&settings.client_ca)?), Arc::clone(&provider));
    let (chain, key) = tls::identity_of(&settings.identity)?;
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(tls::unusable)?
        .with_client_cert_verifier(clients.build().map_err(tls::unusable)?)
        .with_single_cert(chain, key)
        .map_err(tls::unusable)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

pub(super) async fn serve(listener: TcpListener, house: House, mut stopped: watch::Receiver<bool>) {
    let mut sweep = interval(SWEEP);
    // Dropped with this task, and with it every connection.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, address)) => {
                    connections.spawn(welcome(house.clone(), stream, address));
                }
                Err(error) => {
                    tracing::warn!(%error, "no connection could be accepted");
                    sleep(ACCEPT_AGAIN).await;
                }
            },
            Some(_) = connections.join_next() => {}
            _ = sweep.tick() => house.router.sweep_sessions().await,
            _ = stopped.changed() => break,
        }
    }
    drop(listener);
    house.doors.empty().await;
    connections.shutdown().await;
}

async fn welcome(house: House, stream: TcpStream, address: SocketAddr) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%address, %error, "a connection ended as it began");
        return;
    }
    let Some(tls) = &house.tls else {
        return attend(&house, BrokerTransport::tcp(stream), address, None).await;
    };
    match timeout(HANDSHAKE, tls.accept(stream)).await {
        Ok(Ok(stream)) => {
            let shown = stream.get_ref().1.peer_certificates().and_then(|chain| read(chain.first()?));
            if shown.is_none() {
                tracing::warn!(%address, "a certificate without a common name");
                return;
            }
            let transport = BrokerTransport::tls(TlsStreamWrapper::new(stream));
            attend(&house, transport, address, shown).await;
        }
        Ok(Err(error)) => tracing::info!(%address, %error, "a client is not trusted"),
        Err(_) => tracing::info!(%address, "a client took too long to show who it is"),
    }
}

fn read(certificate: &CertificateDer<'_>) -> Option<Shown> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    let key = KeyDigest::of(certificate.public_key().raw);
    let mut names = certificate.subject().iter_common_name();
    let name = names.next()?.as_str().ok()?.to_owned();
    // With two of them it would not be clear who it is.
    names.next().is_none().then_some(Shown { name, key })
}

async fn attend(house: &House, transport: BrokerTransport, address: SocketAddr, certificate: Option<Shown>) {
    let Some(doorkeeper) = house.doors.enter(certificate) else {
        tracing::warn!(%address, "the broker is full");
        return;
    };
    let doorkeeper = Arc::new(doorkeeper);
    let handler = ClientHandler::new(
        transport,
        address,
        Arc::clone(&house.config),
        Arc::clone(&house.router),
        Arc::clone(&doorkeeper) as Arc<dyn AuthProvider>,
        None,
        Arc::clone(&house.stats),
        Arc::clone(&house.monitor),
        doorkeeper.out(),
    );
    let out = doorkeeper.out();
    tokio::select! {
        ended = handler.run() => {
            if let Err(error) = ended {
                tracing::debug!(%address, %error, "a client's connection ended");
            }
        }
        () = cut_off(out) => clean_up(house, &doorkeeper, address).await,
    }
}

/// Long enough after the string was pulled for a client that still listens.
async fn cut_off(mut out: broadcast::Receiver<()>) {
    if out.recv().await.is_err() {
        // The doorkeeper holds the other end as long as this is waited for.
        std::future::pending::<()>().await;
    }
    sleep(LAST_WORDS).await;
}

/// What a handler does itself when it comes to its end, which one that hangs
/// in a write never does.
async fn clean_up(house: &House, doorkeeper: &Doorkeeper, address: SocketAddr) {
    tracing::info!(%address, "a client that did not take its leave is cut off");
    if let Some(client_id) = doorkeeper.client_id() {
        house.router.unregister_client(&client_id).await;
        house.monitor.unregister_connection(&client_id, address.ip()).await;
    }
}
