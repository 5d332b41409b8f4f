//! A clinic, central, and what patients wish.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chairside_central::Clock;
use chairside_central::engine::{Engine, Handle, Line};
use chairside_central::store::clinics::NewClinic;
use chairside_central::store::requests::{Booking, Claiming, NewBooking, NewRequest, TakenDown, Terms};
use chairside_central::store::sqlite::DATABASE;
use chairside_central::store::{ClinicStorage, HoldStorage, RequestStorage, SqliteStorage};
use chairside_schedule::appointment::VisitTime;
use chairside_sync::body::{AppointmentRow, Id};
use chairside_sync::holds::{self, Step, VisitorId};
use chairside_sync::hub::State;
use chairside_sync::mails::BookingId;
use chairside_sync::proposal::{Place, day_of};
use chairside_sync::{Hash, Proposal, ProposalId, Wish};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;
use uuid::Uuid;

use crate::cable::{Faults, lay};
use crate::clinic::{self, BEGIN, Desk, at, clinic_id, id_of, practitioner, window};

/// Five seconds of waiting are lived through in a quarter of one.
const PACE: u32 = 20;

/// How long anything may take, by this machine's own clock.
const DEADLINE: Duration = Duration::from_secs(60);

pub struct Scene {
    temp: TempDir,
    pub clock: Clock,
    pub storage: SqliteStorage,
    pub engine: Engine<SqliteStorage>,
    pub desk: Desk,
    pub faults: Arc<Faults>,
    starts: u64,
}

impl Scene {
    pub async fn new(seed: u64) -> Self {
        let temp = tempfile::tempdir().expect("a folder");
        let desk = Desk::found(&temp.path().join("clinic")).await;
        let clock = Clock::hurried(BEGIN, PACE);
        let storage = open(temp.path()).await;
        let new = NewClinic { id: clinic_id(), name: "Testhuset".to_owned(), facts: "{}".to_owned() };
        assert!(storage.add_clinic(new, clock.now()).await.expect("added"));
        let engine = Engine::new(storage.clone(), clock.clone(), Uuid::from_u128(1));
        let mut scene = Self { temp, clock, storage, engine, desk, faults: Faults::new(seed), starts: 0 };
        scene.start().await;
        scene
    }

    /// Central's actor and the desk's application start, with a new line between them.
    pub async fn start(&mut self) -> Handle {
        self.starts += 1;
        let (line, carrier) = Line::new();
        let verifying = Arc::new(|hash: Hash, signature: &[u8]| clinic::sign(hash) == signature);
        let handle = self.engine.start(clinic_id(), line, verifying);
        let end = lay(carrier, &self.faults);
        self.desk.start(end, &self.clock, self.starts * 1_000).await;
        handle
    }

    /// Central's process is killed, its store opened by the next.
    pub async fn restart_central(&mut self) {
        self.engine.kill(clinic_id());
        self.storage.close().await;
        self.storage = open(self.temp.path()).await;
        self.starts += 1;
        let process = Uuid::from_u128(u128::from(self.starts));
        self.engine = Engine::new(self.storage.clone(), self.clock.clone(), process);
        self.start().await;
    }

    pub fn handle(&self) -> Handle {
        self.engine.clinic(clinic_id()).expect("it runs")
    }

    /// Somebody takes a place, fills in the form and sends it in.
    pub async fn wish(&self, number: u128, with: u128, start: &str) -> BookingId {
        let local_s = at(start).and_utc().timestamp();
        let time = VisitTime::new(at(start), chrono_tz::Europe::Stockholm, 30);
        let place = holds::Place { practitioner: practitioner(with), chair: None, interval: time.interval };
        let visitor = VisitorId(Uuid::from_u128(0x715 + number));
        let (now, day) = (self.clock.now(), day_of(local_s));
        let held = self.storage.hold(clinic_id(), visitor, place, day, Step::Form, now).await.expect("written");
        held.expect("nobody else is booking it");
        let place_wished = Place {
            practitioner: id_of(practitioner(with).0),
            kind: id_of(clinic::kind().0),
            patient: id_of(Uuid::from_u128(0xef_0000 + number)),
            local_s,
            minutes: 30,
        };
        let proposal = Proposal {
            id: proposal(number),
            appointment: id_of(Uuid::from_u128(0xe0_0000 + number)),
            after: None,
            wish: Wish::Book(place_wished),
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
        let claim = Claiming { visitor, place, day };
        self.take_down(number, Some(fresh), proposal, time.interval.start.0, Some(claim)).await
    }

    /// The patient of wish `first` wishes something else.
    pub async fn follow_up(&self, number: u128, first: u128, wish: Wish) {
        let proposal = Proposal {
            id: proposal(number),
            appointment: id_of(Uuid::from_u128(0xe0_0000 + first)),
            after: Some(proposal(first)),
            wish,
            urgent: false,
            sealed: None,
            asked_ms: None,
        };
        let start_s = self.booking(first).await.spot.start.0;
        self.take_down(first, None, proposal, start_s, None).await;
    }

    async fn take_down(
        &self,
        booking: u128,
        fresh: Option<NewBooking>,
        proposal: Proposal,
        start_s: i64,
        claim: Option<Claiming>,
    ) -> BookingId {
        let booking = BookingId(Uuid::from_u128(0xb0_0000 + booking));
        let request = NewRequest {
            clinic: clinic_id(),
            booking,
            fresh,
            proposal,
            start_s,
            claim,
            idempotency: None,
            screened: true,
        };
        match self.storage.take_down(request, self.clock.now()).await.expect("written") {
            TakenDown::Fresh(effects) => self.engine.tell(clinic_id(), &effects),
            other => panic!("{other:?}"),
        }
        booking
    }

    pub async fn booking(&self, number: u128) -> Booking {
        let id = BookingId(Uuid::from_u128(0xb0_0000 + number));
        self.storage.booking(id).await.expect("read").expect("it is there")
    }

    /// Waits until something is so.
    pub async fn until(&self, what: &str, is_so: impl AsyncFn(&Self) -> bool) {
        let began = tokio::time::Instant::now();
        while !is_so(self).await {
            assert!(began.elapsed() < DEADLINE, "not in time: {what}; {:?}", *self.handle().status().borrow());
            // Until the next thing happens, or a moment later.
            let mut events = self.handle().events();
            drop(tokio::time::timeout(Duration::from_millis(20), events.recv()).await);
        }
    }

    pub async fn live(&self) {
        self.until("live", async |scene| {
            let tip = scene.desk.store().tip();
            let status = scene.handle().status().borrow().clone();
            status.state == State::Live && status.at.is_some_and(|at| *at.hash == tip.hash.0)
        })
        .await;
    }

    /// Waits until every one of these bookings' requests has ended.
    pub async fn answered(&self, numbers: impl IntoIterator<Item = u128> + Clone) {
        self.until("answered", async |scene| {
            for number in numbers.clone() {
                if scene.booking(number).await.requests.iter().any(|request| !request.state.is_end()) {
                    return false;
                }
            }
            true
        })
        .await;
    }

    async fn rows(&self) -> Vec<AppointmentRow> {
        let days = self.storage.rows(clinic_id(), window()).await.expect("read");
        days.into_iter().flat_map(|(_, rows)| rows.appointments).collect()
    }

    /// Central's rows are the clinic's, row by row.
    pub async fn assert_equal(&self) {
        assert_eq!(self.rows().await, self.desk.rows().await);
    }

    pub async fn is_equal(&self) -> bool {
        self.rows().await == self.desk.rows().await
    }

    /// A place for a copy of the clinic's store.
    pub fn backup(&self) -> std::path::PathBuf {
        self.temp.path().join("backup.db")
    }

    /// A connection past all of central's care.
    async fn raw(&self) -> SqliteConnection {
        let database = self.temp.path().join("central").join(DATABASE);
        SqliteConnectOptions::new().filename(database).connect().await.expect("a connection")
    }

    /// Makes nonsense of a wish that waits, so that no hub can read it; with its
    /// hash, where central isn't to notice.
    pub async fn poison(&self, number: u128, with_hash: bool) {
        let mut conn = self.raw().await;
        let content = [0xff; 12];
        let poisoned = sqlx::query(
            "UPDATE request SET content = ?1, content_hash = iif(?2, ?3, content_hash) WHERE proposal = ?4",
        )
        .bind(content.as_slice())
        .bind(with_hash)
        .bind(blake3::hash(&content).as_bytes().as_slice())
        .bind(proposal(number).0.as_slice())
        .execute(&mut conn)
        .await
        .expect("written");
        assert_eq!(poisoned.rows_affected(), 1);
        conn.close().await.expect("closed");
    }

    /// Damages central's rows past its store: one is lost, one says another
    /// time, and one appears that never was. Told the id of the last.
    pub async fn rot(&self) -> Id {
        let rows = self.rows().await;
        let mut conn = self.raw().await;
        let lost = sqlx::query("DELETE FROM appointment WHERE id = ?").bind(rows[3].id.as_slice());
        assert_eq!(lost.execute(&mut conn).await.expect("written").rows_affected(), 1);
        let other = sqlx::query("UPDATE appointment SET start_s = start_s + 1800 WHERE id = ?");
        let other = other.bind(rows[12].id.as_slice()).execute(&mut conn).await.expect("written");
        assert_eq!(other.rows_affected(), 1);
        let stray = Id::from([0x0f; 16]);
        sqlx::query(
            "INSERT INTO appointment SELECT clinic, day, ?, version, practitioner, chair, kind, status, local_s, \
             zone, start_s, end_s, patient FROM appointment WHERE id = ?",
        )
        .bind(stray.as_slice())
        .bind(rows[25].id.as_slice())
        .execute(&mut conn)
        .await
        .expect("written");
        conn.close().await.expect("closed");
        stray
    }

    pub async fn end(self) {
        self.engine.stop().await;
        self.storage.close().await;
        self.desk.close().await;
        assert!(chairside_store::wait_until_closed(Duration::from_secs(60)), "a store is still open");
    }
}

async fn open(folder: &Path) -> SqliteStorage {
    SqliteStorage::open(&folder.join("central"), Uuid::from_u128(0x3133)).await.expect("central's store")
}

pub fn proposal(number: u128) -> ProposalId {
    ProposalId(Id::from((0xab_0000 + number).to_be_bytes()))
}
