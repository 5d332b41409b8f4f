//! A central with one clinic whose settings it once heard, and which is away.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use chairside_central::Clock;
use chairside_central::engine::{Engine, Line};
use chairside_central::http::{Api, Server};
use chairside_central::keys::Keys;
use chairside_central::settings::Limits;
use chairside_central::store::clinics::NewClinic;
use chairside_central::store::requests::Booking;
use chairside_central::store::{ClinicStorage, MirrorStorage, RequestStorage, SqliteStorage};
use chairside_schedule::Practitioner;
use chairside_schedule::appointment::VisitTime;
use chairside_schedule::clinic::{Clinic, Grid};
use chairside_schedule::hours::WeeklyHours;
use chairside_schedule::id::{ClinicId, KindId, PractitionerId};
use chairside_schedule::kind::{KindColour, VisitKind};
use chairside_schedule::time::{DaySpan, Instant, day_number};
use chairside_store::project::settings_row;
use chairside_sync::body::{BirthRow, Id, Window};
use chairside_sync::holds::Place;
use chairside_sync::hub::batch;
use chairside_sync::mails::BookingId;
use chairside_sync::mirror::follow;
use chairside_sync::takeover::{Grant, Speaker};
use chairside_sync::{Author, Causes, Entry, Hash, Header, Incarnation, NodeId, Private, Public};
use chrono::{Days, NaiveDate, NaiveTime};
use chrono_tz::Europe::Stockholm;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::client::{Answer, ask};

pub const CLINIC: Uuid = Uuid::from_u128(0xc11);
pub const WITH: Uuid = Uuid::from_u128(0x9001);
pub const OTHER: Uuid = Uuid::from_u128(0x9002);
pub const KIND: Uuid = Uuid::from_u128(0xc000);

/// Central's keys in every scene.
pub fn keys() -> Keys {
    Keys::of(&[9; 32])
}

pub struct Scene {
    pub storage: SqliteStorage,
    pub engine: Arc<Engine<SqliteStorage>>,
    pub address: SocketAddr,
    pub tomorrow: NaiveDate,
    end: oneshot::Sender<()>,
    serving: JoinHandle<()>,
    pub folder: TempDir,
}

fn plan() -> Clinic {
    let mut hours = WeeklyHours::default();
    for day in &mut hours.0 {
        day.extend(DaySpan::parse("08:00-17:00"));
    }
    let kind = VisitKind {
        id: KindId(KIND),
        name: "Examination".to_owned(),
        minutes: 30,
        colour: KindColour::Examination,
        bookable_online: true,
        emergency: false,
        active: true,
    };
    let practitioner = |id, position: u16| Practitioner {
        id: PractitionerId(id),
        name: format!("Practitioner {position}"),
        role: "Dentist".to_owned(),
        room: String::new(),
        active_from: None,
        active_until: None,
        hours: None,
        breaks: None,
        absences: Vec::new(),
        bookable_online: true,
        position: position.into(),
    };
    Clinic {
        id: ClinicId(CLINIC),
        name: "Testhuset".to_owned(),
        address: String::new(),
        city: String::new(),
        zone: Stockholm,
        grid: Grid::DEFAULT,
        hours,
        hours_derived: false,
        exceptions: Vec::new(),
        breaks: Vec::new(),
        waiting_limit_minutes: 15,
        online: chairside_schedule::clinic::OnlineRule::default(),
        uses_chairs: false,
        chairs: Vec::new(),
        practitioners: vec![practitioner(WITH, 1), practitioner(OTHER, 2)],
        kinds: vec![kind],
    }
}

/// A store that once heard of a clinic; with the days it knows.
pub async fn found(folder: &Path, clock: &Clock) -> (SqliteStorage, NaiveDate) {
    let storage = SqliteStorage::open(folder, Uuid::from_u128(3)).await.expect("a store");
    let today = Instant(clock.now().wall_ms / 1_000).local(&Stockholm).date();
    let from = day_number(today);
    heard(&storage, clock, Window { from, to: from + 30 }).await;
    (storage, today + Days::new(1))
}

/// Writes what the clinic once said: its birth, its settings, a mark.
async fn heard(storage: &SqliteStorage, clock: &Clock, window: Window) {
    let now = clock.now();
    let clinic = ClinicId(CLINIC);
    let new = NewClinic { id: clinic, name: "Testhuset".to_owned(), facts: r#"{"city":"Göteborg"}"#.to_owned() };
    assert!(storage.add_clinic(new, now).await.expect("written"));
    let owner = storage.claim(clinic, Uuid::from_u128(1), now).await.expect("written").expect("free");
    let bodies = [
        Public::Birth(BirthRow { parent: None, left: Vec::new() }),
        Public::Settings(settings_row(&plan())),
        Public::Mark(window),
    ];
    let entries: Vec<Entry> = (1..)
        .zip(bodies)
        .map(|(seq, body)| {
            let header = Header {
                epoch: 1,
                incarnation: Incarnation(Uuid::from_u128(1)),
                seq,
                at_ms: now.wall_ms,
                by: Author::Node(NodeId(Uuid::from_u128(2))),
                causes: Causes::default(),
            };
            let private = Private { salt: [3; 32], bytes: Vec::new() };
            Entry { header, public: body.to_bytes(), commitment: private.commitment() }
        })
        .collect();
    let batch = batch(Hash::GENESIS, &entries).expect("entries");
    let followed = follow(None, &batch, &Grant::FIRST).expect("it follows").expect("something new");
    storage.apply(owner, None, followed, Speaker { node: Id::from([2; 16]), epoch: 1 }, now).await.expect("written");
    storage.let_go(owner).await.expect("written");
}

impl Scene {
    pub async fn new() -> Self {
        let many = Limits {
            requests_per_minute: 1_000_000,
            requests_at_once: 100_000,
            bookings_per_contact: 100_000,
            ..Limits::default()
        };
        Self::with(many).await
    }

    pub async fn with(limits: Limits) -> Self {
        Self::start(limits, false).await
    }

    /// One that verifies contacts.
    pub async fn verifying() -> Self {
        Self::start(Limits::default(), true).await
    }

    async fn start(limits: Limits, verify_contact: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Clock::system();
        let (storage, tomorrow) = found(folder.path(), &clock).await;
        let engine = Arc::new(Engine::new(storage.clone(), clock, Uuid::from_u128(4)));
        let (line, _) = Line::new();
        engine.start(ClinicId(CLINIC), line, Arc::new(|_, _| false));
        let server = Server::bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0)).await.expect("a port");
        let address = server.address();
        let (end, ends) = oneshot::channel();
        let api = Api::new(Arc::clone(&engine), limits, keys()).verifying_contacts(verify_contact);
        let serving = tokio::spawn(async move {
            let ends = async {
                // A test that panicked ends it too.
                ends.await.unwrap_or_default();
            };
            server.run(api, ends).await.expect("it serves");
        });
        Self { storage, engine, address, tomorrow, end, serving, folder }
    }

    /// The name of a place tomorrow.
    pub fn slot(&self, time: &str) -> String {
        format!("{WITH}@{}T{time}", self.tomorrow)
    }

    /// That place, as holds have it.
    pub fn place(&self, time: &str) -> Place {
        let start = NaiveTime::parse_from_str(time, "%H:%M").expect("a time");
        let time = VisitTime::new(self.tomorrow.and_time(start), Stockholm, 30);
        Place { practitioner: PractitionerId(WITH), chair: None, interval: time.interval }
    }

    pub async fn get(&self, path: &str) -> Answer {
        ask(self.address, "GET", path, &[], b"").await
    }

    pub async fn hold(&self, visitor: u128, time: &str) -> Answer {
        let body = json!({ "clinic": CLINIC, "slot": self.slot(time), "kind": KIND });
        let visitor = Uuid::from_u128(visitor).to_string();
        self.send("POST", "/api/v1/holds", &[("Visitor", &visitor)], &body).await
    }

    pub fn wish(&self, time: &str) -> Value {
        json!({ "clinic": CLINIC, "slot": self.slot(time), "kind": KIND, "language": "sv",
            "contact": "somebody@example.org", "sealed": "00ff" })
    }

    pub async fn book(&self, number: u128, body: &Value) -> Answer {
        let (secret, attempt) = (secret(number), format!("attempt {number}"));
        let headers = [("Booking-Secret", secret.as_str()), ("Idempotency-Key", attempt.as_str())];
        self.send("POST", "/api/v1/bookings", &headers, body).await
    }

    /// Books, and tells the booking's path.
    pub async fn booked(&self, number: u128, time: &str) -> String {
        let booked = self.book(number, &self.wish(time)).await;
        assert_eq!(booked.status, 201, "{booked:?}");
        format!("/api/v1/bookings/{}", booked.body["id"].as_str().expect("an id"))
    }

    /// What is kept of the booking at this path.
    pub async fn kept(&self, path: &str) -> Booking {
        let id = path.rsplit('/').next().and_then(|id| Uuid::parse_str(id).ok()).expect("a booking's path");
        self.storage.booking(BookingId(id)).await.expect("read").expect("it is there")
    }

    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        ask(self.address, method, path, headers, body.to_string().as_bytes()).await
    }

    pub async fn stop(self) {
        self.end.send(()).expect("it still serves");
        self.serving.await.expect("it ends");
        self.engine.stop().await;
        self.storage.close().await;
    }
}

/// A secret of its own for everybody.
pub fn secret(number: u128) -> String {
    format!("{number:064x}")
}
