//! The real central: its store, its engine and its line.

use std::path::Path;
use std::time::{Duration, Instant};

use chairside_central::Clock;
use chairside_central::clock::fresh_id;
use chairside_central::engine::Engine;
use chairside_central::link::{self, Link, LinkSettings, LinkedClinic};
use chairside_central::store::clinics::NewClinic;
use chairside_central::store::requests::{Booking, NewBooking, NewRequest, TakenDown};
use chairside_central::store::{ClinicStorage, RequestStorage, SqliteStorage};
use chairside_clinic::link::public_key;
use chairside_mqtt::access::CENTRAL;
use chairside_mqtt::{Address, Login};
use chairside_schedule::appointment::VisitTime;
use chairside_sync::body::{AppointmentRow, Id};
use chairside_sync::hub::State;
use chairside_sync::mails::BookingId;
use chairside_sync::proposal::Place;
use chairside_sync::{Hash, Proposal, ProposalId, Wish};
use chrono::NaiveDateTime;
use chrono_tz::Europe::Stockholm;
use uuid::Uuid;

use crate::broker::password;
use crate::clinic::{clinic_id, kind, practitioner, secrets, window};

/// How long anything may take: a line that lost its broker tries again every
/// half minute at the worst.
pub const DEADLINE: Duration = Duration::from_secs(120);

pub struct Central {
    pub storage: SqliteStorage,
    pub engine: Engine<SqliteStorage>,
    pub link: Link,
}

impl Central {
    /// Starts, and speaks for the clinic with this device.
    pub async fn start(folder: &Path, address: Address, device: Uuid) -> Self {
        let clock = Clock::system();
        let storage =
            SqliteStorage::open(&folder.join("central"), Uuid::from_u128(0x3133)).await.expect("central's store");
        let new = NewClinic { id: clinic_id(), name: "Testhuset".to_owned(), facts: "{}".to_owned() };
        storage.add_clinic(new, clock.now()).await.expect("added");
        let process = fresh_id(clock.now().wall_ms);
        let engine = Engine::new(storage.clone(), clock, process);
        let settings = LinkSettings {
            address,
            login: Some(Login { name: CENTRAL.to_owned(), password: password(CENTRAL) }),
            tls: None,
        };
        let verifying = link::verifying(public_key(&secrets("")));
        let clinic = LinkedClinic { id: clinic_id(), devices: [device].into(), verifying };
        let link = link::start(&engine, settings, [clinic]).expect("settings that work");
        Self { storage, engine, link }
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
        };
        let fresh = NewBooking {
            secret_hash: Hash([7; 32]),
            contact: Some(format!("patient{number}@example.org")),
            language: "sv".to_owned(),
        };
        let request = NewRequest {
            clinic: clinic_id(),
            booking: booking_id(number),
            fresh: Some(fresh),
            proposal,
            start_s: time.interval.start.0,
            claim: None,
            idempotency: None,
            screened: true,
        };
        match self.storage.take_down(request, self.engine.clock().now()).await.expect("written") {
            TakenDown::Fresh(effects) => self.engine.tell(clinic_id(), &effects),
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
        self.until("live", async |central| {
            let status = central.engine.clinic(clinic_id()).expect("it runs").status().borrow().clone();
            let at = status.at.map(|at| hex(&*at.hash));
            status.state == State::Live && at.as_deref() == Some(hash)
        })
        .await;
    }

    pub fn state(&self) -> State {
        self.engine.clinic(clinic_id()).expect("it runs").status().borrow().state
    }

    /// Waits until something is so.
    pub async fn until(&self, what: &str, is_so: impl AsyncFn(&Self) -> bool) {
        let began = Instant::now();
        let handle = self.engine.clinic(clinic_id()).expect("it runs");
        let mut events = handle.events();
        while !is_so(self).await {
            assert!(began.elapsed() < DEADLINE, "not in time: {what}; {:?}", *handle.status().borrow());
            // Until the next thing happens, or a moment later.
            drop(tokio::time::timeout(Duration::from_millis(100), events.recv()).await);
        }
    }

    pub async fn rows(&self) -> Vec<AppointmentRow> {
        let days = self.storage.rows(clinic_id(), window()).await.expect("read");
        let mut rows: Vec<_> = days.into_iter().flat_map(|(_, rows)| rows.appointments).collect();
        rows.sort_by_key(|row| (row.day, row.id));
        rows
    }

    pub async fn stop(self) {
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
