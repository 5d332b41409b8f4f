//! The real central: its store, its engine, its line, HTTP, and its mails into
//! a folder or to a server.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chairside_central::Clock;
use chairside_central::clock::fresh_id;
use chairside_central::engine::Engine;
use chairside_central::http::{Api, Server};
use chairside_central::keys::Keys;
use chairside_central::link::{self, Link, LinkSettings, LinkedClinic};
use chairside_central::mails::{Links, Post, Sender, Sending};
use chairside_central::settings::Limits;
use chairside_central::store::clinics::NewClinic;
use chairside_central::store::requests::{Booking, NewBooking, NewRequest, TakenDown, Terms};
use chairside_central::store::{ClinicStorage, RequestStorage, SqliteStorage};
use chairside_clinic::link::public_key;
use chairside_mqtt::access::CENTRAL;
use chairside_mqtt::{Address, Login};
use chairside_schedule::ClinicId;
use chairside_schedule::appointment::VisitTime;
use chairside_sync::body::{Alternative, AppointmentRow, Id};
use chairside_sync::hub::State;
use chairside_sync::mails::BookingId;
use chairside_sync::proposal::Place;
use chairside_sync::{Hash, Proposal, ProposalId, Wish};
use chrono::NaiveDateTime;
use chrono_tz::Europe::Stockholm;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::broker::password;
use crate::clinic::{Site, kind, practitioner, secrets, window};

/// How long anything may take: a line that lost its broker tries again every
/// half minute at the worst.
pub const DEADLINE: Duration = Duration::from_secs(120);

pub struct Central {
    pub storage: SqliteStorage,
    pub engine: Arc<Engine<SqliteStorage>>,
    pub link: Link,
    pub http: SocketAddr,
    /// The clinic that is meant where none is named.
    clinic: ClinicId,
    end: oneshot::Sender<()>,
    serving: JoinHandle<()>,
    beside: Vec<JoinHandle<()>>,
}

/// A page that doesn't exist, with everything a link has to say.
struct ToPage;

impl Links for ToPage {
    fn booking(&self, booking: &Booking) -> String {
        format!("https://book.example.org/#b={}", booking.id.0)
    }

    fn alternative(&self, booking: &Booking, alternative: &Alternative) -> String {
        format!("{}&at={}", self.booking(booking), alternative.local_s)
    }
}

/// Where central's store lies.
pub fn store(folder: &Path) -> std::path::PathBuf {
    folder.join("central")
}

/// Where mails are put.
pub fn mail_folder(folder: &Path) -> std::path::PathBuf {
    folder.join("mails")
}

impl Central {
    /// Starts, and speaks for clinic 0 with this device.
    pub async fn start(folder: &Path, address: Address, device: Uuid) -> Self {
        Self::start_for(folder, address, &[(Site::new(folder, 0).id(), device)]).await
    }

    /// Starts, and speaks for these clinics with a device each.
    pub async fn start_for(folder: &Path, address: Address, clinics: &[(ClinicId, Uuid)]) -> Self {
        let post = Post::folder(&mail_folder(folder)).expect("a folder");
        Self::start_at(folder, address, clinics, SocketAddr::from(([127, 0, 0, 1], 0)), post).await
    }

    /// The same, with HTTP at this port and mails to there.
    pub async fn start_at(
        folder: &Path,
        address: Address,
        clinics: &[(ClinicId, Uuid)],
        http: SocketAddr,
        post: Post,
    ) -> Self {
        let clock = Clock::system();
        let storage = SqliteStorage::open(&store(folder), Uuid::from_u128(0x3133)).await.expect("central's store");
        for (id, _) in clinics {
            let new = NewClinic { id: *id, name: "Testhuset".to_owned(), facts: "{}".to_owned() };
            storage.add_clinic(new, clock.now()).await.expect("added");
        }
        let process = fresh_id(clock.now().wall_ms);
        let engine = Arc::new(Engine::new(storage.clone(), clock.clone(), process));
        let settings = LinkSettings {
            address,
            login: Some(Login { name: CENTRAL.to_owned(), password: password(CENTRAL) }),
            tls: None,
        };
        let verifying = link::verifying(public_key(&secrets("")));
        let mut devices: BTreeMap<ClinicId, BTreeSet<Uuid>> = BTreeMap::new();
        clinics.iter().for_each(|(id, device)| _ = devices.entry(*id).or_default().insert(*device));
        let linked = devices.into_iter().map(|(id, devices)| LinkedClinic {
            id,
            devices: devices.into_iter().collect(),
            verifying: Arc::clone(&verifying),
        });
        let link = link::start(&engine, settings, linked).expect("settings that work");
        let server = Server::bind(http).await.expect("a port");
        let http = server.address();
        let many = Limits {
            requests_per_minute: 10_000_000,
            requests_at_once: 1_000_000,
            waiting_most: 1_000_000,
            bookings_per_contact: u32::MAX,
        };
        let api = Api::new(Arc::clone(&engine), many, Keys::of(&[9; 32]));
        let (end, ends) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let ends = async {
                // A test that panicked ends it too.
                ends.await.unwrap_or_default();
            };
            server.run(api, ends).await.expect("it serves");
        });
        let sender = Sender { from: "Chairside <mail@book.example.org>".parse().expect("a mailbox") };
        let sending = Sending::new(storage.clone(), clock, post, sender, Arc::new(ToPage), Keys::of(&[9; 32]));
        let mails = tokio::spawn(sending.run(engine.mails(), std::future::pending()));
        let sweeping = tokio::spawn({
            let engine = Arc::clone(&engine);
            async move { engine.keep_sweeping().await }
        });
        let clinic = clinics.first().expect("one at least").0;
        Self { storage, engine, link, http, clinic, end, serving, beside: vec![mails, sweeping] }
    }

    /// A patient wishes for half an hour.
    pub async fn wish(&self, number: u128, with: u128, start: NaiveDateTime) {
        let time = VisitTime::new(start, Stockholm, 30);
        let place = Place {
            practitioner: id_of(practitioner(with).0),
            kind: id_of(kind().0),
            patient: id_of(Uuid::from_u128(0xef_0000 + number)),
            local_s: start.and_utc().timestamp(),
            minutes: 30,
        };
        let proposal = Proposal {
            id: ProposalId(Id::from((0xab_0000 + number).to_be_bytes())),
            appointment: appointment_id(number),
            after: None,
            wish: Wish::Book(place),
            urgent: false,
            sealed: Some(b"sealed words".to_vec().into()),
            asked_ms: None,
        };
        let fresh = NewBooking {
            secret_hash: Hash([7; 32]),
            contact: Some(format!("patient{number}@example.org")),
            language: "sv".to_owned(),
            terms: Terms::default(),
        };
        let request = NewRequest {
            clinic: self.clinic,
            booking: booking_id(number),
            fresh: Some(fresh),
            proposal,
            start_s: time.interval.start.0,
            claim: None,
            idempotency: None,
            screened: true,
        };
        match self.storage.take_down(request, self.engine.clock().now()).await.expect("written") {
            TakenDown::Fresh(effects) => self.engine.tell(self.clinic, &effects),
            other => panic!("{other:?}"),
        }
    }

    pub async fn booking(&self, number: u128) -> Booking {
        self.storage.booking(booking_id(number)).await.expect("read").expect("it is there")
    }

    /// How many of these wishes have ended.
    pub async fn ended(&self, numbers: impl IntoIterator<Item = u128>) -> usize {
        let mut ended = 0;
        for number in numbers {
            ended += usize::from(self.booking(number).await.requests[0].state.is_end());
        }
        ended
    }

    /// Live, with the clinic's log up to this entry.
    pub async fn live_at(&self, hash: &str) {
        self.until("live", async |central| central.is_live_at(hash)).await;
    }

    /// Whether it is live with the clinic's log up to this entry now.
    pub fn is_live_at(&self, entry: &str) -> bool {
        let status = self.engine.clinic(self.clinic).expect("it runs").status().borrow().clone();
        let at = status.at.map(|at| hex(&*at.hash));
        status.state == State::Live && at.as_deref() == Some(entry)
    }

    pub fn state(&self) -> State {
        self.engine.clinic(self.clinic).expect("it runs").status().borrow().state
    }

    /// Waits until something is so.
    pub async fn until(&self, what: &str, is_so: impl AsyncFn(&Self) -> bool) {
        let began = Instant::now();
        let handle = self.engine.clinic(self.clinic).expect("it runs");
        let mut events = handle.events();
        while !is_so(self).await {
            assert!(began.elapsed() < DEADLINE, "not in time: {what}; {:?}", *handle.status().borrow());
            // Until the next thing happens, or a moment later.
            drop(tokio::time::timeout(Duration::from_millis(100), events.recv()).await);
        }
    }

    pub async fn rows(&self) -> Vec<AppointmentRow> {
        let days = self.storage.rows(self.clinic, window()).await.expect("read");
        let mut rows: Vec<_> = days.into_iter().flat_map(|(_, rows)| rows.appointments).collect();
        rows.sort_by_key(|row| (row.day, row.id));
        rows
    }

    pub async fn stop(self) {
        self.end.send(()).expect("it still serves");
        self.serving.await.expect("it ends");
        self.beside.iter().for_each(JoinHandle::abort);
        self.engine.stop().await;
        self.link.close().await;
        self.storage.close().await;
    }
}

fn booking_id(number: u128) -> BookingId {
    BookingId(Uuid::from_u128(0xb0_0000 + number))
}

/// The visit that a wish makes.
pub fn appointment_id(number: u128) -> Id {
    id_of(Uuid::from_u128(0xe0_0000 + number))
}

fn id_of(uuid: Uuid) -> Id {
    Id::from(uuid.into_bytes())
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
