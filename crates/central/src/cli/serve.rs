//! `serve`: store, engine, link and HTTP, from the start to a clean end.

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;

use chairside_mqtt::Identity;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

use super::Failed;
use super::care::Care;
use crate::authority::Authority;
use crate::broker::Broker;
use crate::clock::{Clock, fresh_id};
use crate::engine::Engine;
use crate::http::{Api, Server};
use crate::keys::Keys;
use crate::link;
use crate::mails::{self, Office};
use crate::operator::{Door, Operator};
use crate::pairing::{self, Pairing};
use crate::service::Service;
use crate::settings::Settings;
use crate::store::{DeviceStorage, SqliteStorage};

pub async fn run(settings: Settings) -> Result<(), Failed> {
    let ends = told_to_stop()?;
    tracing::info!(settings = %serde_json::json!(settings), "starting");
    let server = Server::bind(settings.lines.listen).await?;
    let address = server.address();
    let running = Running::start(&settings).await?;
    let server = match &running.shown {
        Some(shown) => server.over_tls(shown)?,
        None => server,
    };
    tracing::info!(%address, https = settings.lines.https, broker = running.broker.for_desks(), "ready");
    let served = server.run(running.api.clone(), ends).await;
    running.stop().await;
    tracing::info!("stopped");
    Ok(served?)
}

/// Heard from now on; done when somebody tells the process to stop.
pub fn told_to_stop() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
        tracing::info!("stopping");
    })
}

/// Everything that runs while central serves, but for its port.
pub struct Running {
    /// What is served.
    pub api: Api<SqliteStorage>,
    /// What an operator may have done.
    pub operator: Operator<SqliteStorage>,
    /// What HTTP shows of itself, where it is spoken over TLS.
    pub shown: Option<Identity>,
    /// The broker desks are reached over.
    pub broker: Arc<Broker>,
    /// What runs.
    pub service: Service<SqliteStorage>,
    office: Option<Office>,
    door: JoinHandle<()>,
    sweeping: JoinHandle<()>,
    care: Care,
}

impl Running {
    /// Opens the store and starts every part over it.
    pub async fn start(settings: &Settings) -> Result<Self, Failed> {
        let clock = Clock::system();
        let storage = SqliteStorage::open(&settings.data, fresh_id(clock.now().wall_ms)).await?;
        let engine = Arc::new(Engine::new(storage.clone(), clock.clone(), fresh_id(clock.now().wall_ms)));
        let keys = Keys::open(&settings.key_file)?;
        let office = mails::start(&engine, &settings.mails, keys.clone())?;
        let authority = Arc::new(Authority::open(&settings.data, clock.now())?);
        let shown = shown(settings, &authority, &clock)?;
        let now = clock.now();
        let (service, broker) = start(Arc::clone(&engine), settings, &authority).await?;
        let pairing = Pairing::new(service.clone(), Arc::clone(&authority), broker.for_desks().to_owned());
        let operator = Operator { storage, folder: settings.data.clone(), clock, service: Some(service.clone()) };
        let door = tokio::spawn(Door::open(&settings.data)?.answer(operator.clone()));
        let api = Api::new(Arc::clone(&engine), settings.limits, keys).verifying_contacts(settings.verify_contact);
        let api = api.with(pairing::http::router(pairing));
        let api = match &service.link {
            Some(link) => api.ready_with(Arc::clone(link)),
            None => api,
        };
        let page_shows = |at: IpAddr| {
            let mut names = settings.lines.names();
            if !at.is_unspecified() {
                names.push(at.to_string());
            }
            Ok(authority.server(&names, now)?)
        };
        let care = Care::start(settings, &operator, page_shows).await?;
        let sweeping = tokio::spawn(async move { engine.keep_sweeping().await });
        Ok(Self { api, operator, shown, broker, service, office, door, sweeping, care })
    }

    /// Ends every part, and closes the store.
    pub async fn stop(self) {
        self.door.abort();
        self.sweeping.abort();
        self.care.stop();
        self.service.stop().await;
        if let Some(office) = self.office {
            office.close().await;
        }
        self.operator.storage.close().await;
    }
}

/// What HTTP shows: the operator's own certificate, or one of our authority's.
fn shown(settings: &Settings, authority: &Authority, clock: &Clock) -> Result<Option<Identity>, Failed> {
    let lines = &settings.lines;
    Ok(match &lines.tls {
        Some(own) => Some(own.read()?),
        None if lines.https => Some(authority.server(&lines.names(), clock.now())?),
        None => None,
    })
}

/// Starts the broker, or finds the outside one, opens the line to it and starts
/// every clinic's actor.
async fn start(
    engine: Arc<Engine<SqliteStorage>>,
    settings: &Settings,
    authority: &Authority,
) -> Result<(Service<SqliteStorage>, Arc<Broker>), Failed> {
    let (now, lines) = (engine.clock().now(), &settings.lines);
    let devices = engine.storage().devices(None).await?;
    let broker = match &settings.broker {
        Some(address) => Broker::outside(address, settings.broker_password.as_ref(), lines, authority, now)?,
        None => Broker::start(lines, authority, &devices, now).await?,
    };
    broker.let_in(&devices).await?;
    let broker = Arc::new(broker);
    let link = Arc::new(link::start(&engine, broker.link().clone(), [])?);
    let service = Service::new(engine, Some((Arc::clone(&broker), link)));
    service.follow_all().await?;
    Ok((service, broker))
}
