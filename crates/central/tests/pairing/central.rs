//! The real central in this process: store, engine, broker, line and HTTPS.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chairside_central::Clock;
use chairside_central::authority::Authority;
use chairside_central::broker::Broker;
use chairside_central::clock::fresh_id;
use chairside_central::engine::Engine;
use chairside_central::http::{Api, Server};
use chairside_central::keys::Keys;
use chairside_central::link;
use chairside_central::operator::{Answer, Ask, Operator};
use chairside_central::pairing::{self, Pairing};
use chairside_central::service::Service;
use chairside_central::settings::{Given, Limits, Lines, Settings};
use chairside_central::store::{DeviceStorage, SqliteStorage};
use chairside_schedule::ClinicId;
use chairside_sync::hub::State;
use serde_json::Map;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// How long anything may take here.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// A central at work.
pub struct Central {
    pub operator: Operator<SqliteStorage>,
    pub service: Service<SqliteStorage>,
    pub address: SocketAddr,
    https: bool,
    end: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

/// How it is started.
pub struct How {
    folder: PathBuf,
    pub clock: Clock,
    pub given: Given,
}

impl How {
    /// Over HTTPS on a free port, with the broker inside.
    pub fn new(folder: &Path) -> Self {
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        let folder = folder.join("central");
        let given = Given {
            data: Some(folder.clone()),
            listen: Some(free),
            https: Some(true),
            mqtt_listen: Some(free),
            ..Given::default()
        };
        Self { folder, clock: Clock::system(), given }
    }

    pub async fn start(self) -> Central {
        let settings = Settings::settle(self.given).expect("settings that fit");
        let (clock, lines): (Clock, Lines) = (self.clock, settings.lines);
        let storage = SqliteStorage::open(&self.folder, Uuid::from_u128(3)).await.expect("a store");
        let engine = Arc::new(Engine::new(storage.clone(), clock.clone(), fresh_id(clock.now().wall_ms)));
        let authority = Arc::new(Authority::open(&self.folder, clock.now()).expect("an authority"));
        let devices = storage.devices(None).await.expect("read");
        let broker = match &settings.broker {
            Some(address) => Broker::outside(address, None, &lines, &authority, clock.now()),
            None => Broker::start(&lines, &authority, &devices, clock.now()).await,
        };
        let broker = Arc::new(broker.expect("a broker"));
        let line = Arc::new(link::start(&engine, broker.link().clone(), []).expect("settings that work"));
        let service = Service::new(Arc::clone(&engine), Some((Arc::clone(&broker), line)));
        service.follow_all().await.expect("read");
        let server = Server::bind(lines.listen).await.expect("a port");
        let address = server.address();
        let shown = authority.server(&lines.names(), clock.now()).expect("a certificate");
        let server = match lines.https {
            true => server.over_tls(&shown).expect("a certificate that can be used"),
            false => server,
        };
        let keys = Keys::open(&settings.key_file).expect("keys");
        let limits = Limits { requests_per_minute: 100_000, requests_at_once: 10_000, ..Limits::default() };
        let pairing = Pairing::new(service.clone(), authority, broker.for_desks().to_owned());
        let api = Api::new(engine, limits, keys).with(pairing::http::router(pairing));
        let (end, ends) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let ends = async {
                // A test that panicked ends it too.
                ends.await.unwrap_or_default();
            };
            server.run(api, ends).await.expect("it serves");
        });
        let operator = Operator { storage, folder: self.folder, clock, service: Some(service.clone()) };
        Central { operator, service, address, https: lines.https, end, serving }
    }
}

impl Central {
    pub async fn start(folder: &Path) -> Self {
        How::new(folder).start().await
    }

    pub fn url(&self) -> String {
        format!("{}://{}", if self.https { "https" } else { "http" }, self.address)
    }

    /// Adds a clinic that waits for its desk; its code.
    pub async fn clinic(&self, name: &str) -> String {
        self.add(name, None).await
    }

    /// Adds a clinic with this id; its code.
    pub async fn clinic_of(&self, name: &str, id: ClinicId) -> String {
        self.add(name, Some(id.0)).await
    }

    async fn add(&self, name: &str, id: Option<Uuid>) -> String {
        let ask = Ask::AddClinic { id, name: name.to_owned(), facts: Map::new() };
        match self.operator.answer(ask).await.expect("added") {
            Answer::ClinicAdded { code, .. } => code,
            other => panic!("{other:?}"),
        }
    }

    pub async fn code(&self, clinic: &str) -> String {
        match self.operator.answer(Ask::DrawCode { clinic: clinic.to_owned() }).await.expect("drawn") {
            Answer::CodeDrawn { code, .. } => code,
            other => panic!("{other:?}"),
        }
    }

    pub async fn revoke(&self, device: Uuid) {
        self.operator.answer(Ask::RevokeDevice { device }).await.expect("revoked");
    }

    /// How it stands with a clinic.
    pub fn state(&self, clinic: ClinicId) -> Option<State> {
        self.service.engine.clinic(clinic).map(|handle| handle.status().borrow().state)
    }

    /// Waits until it stands so.
    pub async fn until(&self, clinic: ClinicId, state: State) {
        let by = Instant::now() + DEADLINE;
        let mut status = self.service.engine.clinic(clinic).expect("it runs").status();
        while status.borrow_and_update().state != state {
            let left = by.saturating_duration_since(Instant::now());
            let changed = tokio::time::timeout(left, status.changed()).await;
            changed.unwrap_or_else(|_| panic!("not {state:?} in time: {:?}", *status.borrow())).expect("it runs");
        }
    }

    pub async fn stop(self) {
        self.end.send(()).expect("it still serves");
        self.serving.await.expect("it ends");
        self.service.stop().await;
        self.operator.storage.close().await;
    }
}
