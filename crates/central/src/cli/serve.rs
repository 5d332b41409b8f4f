//! `serve`: store, engine, link and HTTP, from the start to a clean end.

use std::collections::BTreeSet;
use std::sync::Arc;

use chairside_mqtt::access::CENTRAL;
use chairside_mqtt::{Address, Login};
use tokio::signal::unix::{SignalKind, signal};

use super::Failed;
use crate::clock::{Clock, fresh_id};
use crate::engine::{Engine, Line};
use crate::http::{Api, Server};
use crate::link::{self, LinkSettings, LinkedClinic};
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
    let link = connect(&engine, &settings).await?;
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
    sweeping.abort();
    engine.stop().await;
    if let Some(link) = link {
        link.close().await;
    }
    storage.close().await;
    tracing::info!("stopped");
    Ok(served?)
}

/// Starts every clinic's actor: on the broker's line where there is one,
/// otherwise unreached, so that what is wished is held.
async fn connect(engine: &Engine<SqliteStorage>, settings: &Settings) -> Result<Option<link::Link>, Failed> {
    let clinics = engine.storage().clinics().await?;
    // Nobody's signature counts until a desk was paired with its key.
    let verifying: crate::engine::Verifying = Arc::new(|_, _| false);
    let Some(broker) = &settings.broker else {
        for clinic in clinics {
            let (line, _) = Line::new();
            engine.start(clinic.id, line, Arc::clone(&verifying));
        }
        return Ok(None);
    };
    let address = Address::parse(broker).map_err(|_| SettingsError::Invalid("broker"))?;
    let password = settings.broker_password.as_ref();
    let login = password.map(|word| Login { name: CENTRAL.to_owned(), password: word.reveal().to_owned() });
    let linked = clinics.into_iter().map(|clinic| LinkedClinic {
        id: clinic.id,
        devices: BTreeSet::new(),
        verifying: Arc::clone(&verifying),
    });
    Ok(Some(link::start(engine, LinkSettings { address, login, tls: None }, linked)?))
}
