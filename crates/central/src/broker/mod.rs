//! The broker that desks are reached over: one inside the process, or an
//! outside one whose files are kept up to date.
//!
//! **Promise.** Whoever is connected shows a certificate of our own authority,
//! and may speak and hear for itself alone. Who was let in is let in at once;
//! who was shown out is out within five seconds of the broker inside, and is
//! not heard any more whatever an outside one does ([`crate::link`]).
//!
//! **Reading order.** [`Broker`], [`access`]; [`files`] (Mosquitto's).

pub mod files;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use chairside_mqtt::access::{Access, CENTRAL, Client, KeyDigest, Proof};
use chairside_mqtt::broker::{self as inside, BrokerSettings, BrokerTls};
use chairside_mqtt::topics::Peer;
use chairside_mqtt::{Address, AddressError, Login, Tls};
use chairside_sync::Now;
use tokio::sync::Mutex;

use crate::authority::{Authority, AuthorityError};
use crate::link::LinkSettings;
use crate::settings::{Lines, Secret};
use crate::store::devices::Device;
use files::Files;

/// Which broker, once it is known.
#[derive(Debug)]
pub struct Broker {
    /// How central reaches it.
    link: LinkSettings,
    /// What desks are told: `mqtts://HOST:PORT`.
    desks: String,
    /// The one inside; none once it was stopped.
    inside: Mutex<Option<inside::Broker>>,
    /// An outside one's files.
    files: Option<Files>,
}

/// Why there is no broker.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// The one inside didn't start.
    #[error(transparent)]
    Inside(#[from] inside::BrokerError),
    /// An address that can't be.
    #[error("the broker's address: {0}")]
    Address(#[from] AddressError),
    /// A certificate.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The outside broker's files.
    #[error(transparent)]
    Files(#[from] files::FilesError),
}

/// Who is let in: central, and every device that wasn't revoked, with the key
/// it was paired with last.
pub fn access(devices: &[Device]) -> Access {
    let mut access = Access::new().with(Client::central(Proof::Certificate));
    for device in devices.iter().filter(|device| device.revoked_ms.is_none()) {
        match Peer::new(&device.clinic.0.to_string(), &device.device.to_string()) {
            Ok(peer) => access.add(Client::desk(&peer, Proof::Key(KeyDigest(device.key_hash.0)))),
            Err(error) => tracing::error!(%error, "a device has an id that no topic may hold"),
        }
    }
    access
}

impl Broker {
    /// Starts the broker inside the process, with these devices let in.
    ///
    /// # Errors
    /// [`BrokerError`].
    pub async fn start(
        lines: &Lines,
        authority: &Authority,
        devices: &[Device],
        now: Now,
    ) -> Result<Self, BrokerError> {
        let mut settings = BrokerSettings::new(lines.mqtt_listen, access(devices));
        settings.tls = Some(BrokerTls {
            identity: authority.server(&lines.names(), now)?,
            client_ca: authority.certificate().to_owned(),
        });
        let broker = inside::Broker::start(settings).await?;
        let at = broker.address();
        let desks = format!("mqtts://{}:{}", lines.public_host(at.ip()), at.port());
        Address::parse(&desks)?;
        let link = LinkSettings {
            address: Address::parse(&format!("mqtts://{}", near(at)))?,
            login: None,
            tls: Some(tls(authority, now)?),
        };
        Ok(Self { link, desks, inside: Mutex::new(Some(broker)), files: None })
    }

    /// An outside broker, at an address; with its files where they are kept here.
    ///
    /// # Errors
    /// [`BrokerError`].
    pub fn outside(
        address: &str,
        password: Option<&Secret>,
        lines: &Lines,
        authority: &Authority,
        now: Now,
    ) -> Result<Self, BrokerError> {
        let login = password.map(|word| Login { name: CENTRAL.to_owned(), password: word.reveal().to_owned() });
        let link = LinkSettings { address: Address::parse(address)?, login, tls: Some(tls(authority, now)?) };
        let files = lines.broker_files.clone().map(Files::in_folder);
        let desks = lines.desk_broker.clone().unwrap_or_else(|| address.to_owned());
        Address::parse(&desks)?;
        Ok(Self { link, desks, inside: Mutex::new(None), files })
    }

    /// How central reaches it.
    pub const fn link(&self) -> &LinkSettings {
        &self.link
    }

    /// Where desks find it.
    pub fn for_desks(&self) -> &str {
        &self.desks
    }

    /// Lets these devices in and nobody else, from now on.
    ///
    /// # Errors
    /// [`BrokerError::Files`].
    pub async fn let_in(&self, devices: &[Device]) -> Result<(), BrokerError> {
        let access = access(devices);
        if let Some(files) = &self.files {
            files.write_access(&access)?;
        }
        if let Some(broker) = &*self.inside.lock().await {
            let shown_out = broker.set_access(access).await;
            if shown_out > 0 {
                tracing::info!(shown_out, "devices were shown out of the broker");
            }
        }
        Ok(())
    }

    /// Stops the one inside, once its clients were told.
    pub async fn stop(&self) {
        if let Some(broker) = self.inside.lock().await.take() {
            broker.stop().await;
        }
    }
}

fn tls(authority: &Authority, now: Now) -> Result<Tls, AuthorityError> {
    Ok(Tls { ca: authority.certificate().to_owned(), identity: Some(authority.central(now)?) })
}

/// From where we are, what listens everywhere listens here.
fn near(at: SocketAddr) -> SocketAddr {
    if at.ip().is_unspecified() { SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), at.port()) } else { at }
}
