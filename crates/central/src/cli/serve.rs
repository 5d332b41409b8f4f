//! `serve`: store, engine, link and HTTP, from the start to a clean end.

use std::sync::Arc;

use chairside_mqtt::access::CENTRAL;
use chairside_mqtt::{Address, Login};
use tokio::signal::unix::{SignalKind, signal};

use super::Failed;
use crate::clock::{Clock, fresh_id};
use crate::engine::Engine;
use crate::http::{Api, Server};
use crate::link::{self, LinkSettings};
use crate::operator::{Door, Operator};
use crate::service::Service;
use crate::settings::{Settings, SettingsError};
use crate::store::{ClinicStorage, SqliteStorage};

pub async fn run(settings: Settings) -> Result<(), Failed> {
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    tracing::info!(settings = %serde_json::json!(settings), "starting");
    let clock = Clock::system();
    let storage = SqliteStorage::open(&settings.data, fresh_id(clock.now().wall_ms)).await?;
    let engine = Arc::new(Engine::new(storage.clone(), clock.clone(), fresh_id(clock.now().wall_ms)));
    let server = Server::bind(settings.listen).await?;
    let address = server.address();
    let service = start(Arc::clone(&engine), &settings).await?;
    let operator = Operator { storage: storage.clone(), clock, service: Some(service.clone()) };
    let door = tokio::spawn(Door::open(&settings.data)?.answer(operator));
    let sweeping = tokio::spawn({
        let engine = Arc::clone(&engine);
        async move { engine.keep_sweeping().await }
    });
    tracing::info!(%address, "ready");
    let ends = async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
        tracing::info!("stopping");
    };
    let served = server.run(Api::new(Arc::clone(&engine), settings.limits), ends).await;
    door.abort();
    sweeping.abort();
    service.stop().await;
    storage.close().await;
    tracing::info!("stopped");
    Ok(served?)
}

/// Opens the broker's line where there is one, and starts every clinic's actor.
async fn start(engine: Arc<Engine<SqliteStorage>>, settings: &Settings) -> Result<Service<SqliteStorage>, Failed> {
    let clinics = engine.storage().clinics().await?;
    let link = match &settings.broker {
        Some(broker) => {
            let address = Address::parse(broker).map_err(|_| SettingsError::Invalid("broker"))?;
            let password = settings.broker_password.as_ref();
            let login = password.map(|word| Login { name: CENTRAL.to_owned(), password: word.reveal().to_owned() });
            Some(Arc::new(link::start(&engine, LinkSettings { address, login, tls: None }, [])?))
        }
        None => None,
    };
    let service = Service { engine, link };
    clinics.iter().for_each(|clinic| service.follow(clinic.id));
    Ok(service)
}
