//! A house with 200,000 visits ahead comes back after eight hours away.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use chairside_clinic::desk::Desk;
use chairside_clinic::link::{self, Link, State};
use chairside_schedule::appointment::{Flags, Source, VisitTime};
use chairside_schedule::id::{AppointmentId, PatientId};
use chairside_schedule::patient::Gender;
use chairside_schedule::time::Instant as Utc;
use chairside_schedule::{Appointment, Patient, Status};
use chairside_store::{AlreadyThere, Batch, Moment, StoreError};
use chairside_sync::Author;
use chairside_sync::hub;
use chrono_tz::Europe::Stockholm;
use tempfile::TempDir;
use uuid::Uuid;

use crate::Outcome;
use crate::broker::{ABroker, Kind};
use crate::central::Central;
use crate::clinic::{PLACES, Site, kind, practitioner, start, tomorrow};
use crate::measure::{Report, Times};
use crate::staff::{book, open_for};

/// Enough for 200,000 visits in a year, with a place or two left each day.
pub const HOUSE_PEOPLE: u128 = 33;
const DAYS: u64 = 365;
const VISITS: u64 = 200_000;

/// Visits a day begin with the first half hour of everybody.
const A_DAY: u64 = VISITS / DAYS;

/// What staff change meanwhile, and how often they come back.
const CHANGES: u64 = 300;
const TIMES: u64 = 5;

/// How long central may take to hear the whole year.
const PATIENCE: Duration = Duration::from_secs(600);

/// The house, its desk and central, live.
pub struct House200k {
    site: Site,
    desk: Desk,
    link: Option<Link>,
    broker: ABroker,
    central: Central,
    _folder: TempDir,
}

impl House200k {
    /// Fills it and waits until central has all of it.
    pub async fn live() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let site = Site::with_people(folder.path(), 0, HOUSE_PEOPLE);
        let desk = site.found().await;
        fill(&desk).await?;
        let (peer, node) = (link::peer(&desk)?, desk.store().node().0);
        let broker = ABroker::start(Kind::Embedded, &[peer]).await;
        let central = Central::start(folder.path(), broker.address(), node).await;
        let mut house = Self { site, desk, link: None, broker, central, _folder: folder };
        house.come_back().await?;
        Ok(house)
    }

    /// Where HTTP is spoken.
    pub fn http(&self) -> SocketAddr {
        self.central.http
    }

    /// The clinic's id.
    pub fn id(&self) -> Uuid {
        self.site.id().0
    }

    /// Opens the line; how long until every day's gate is open at central.
    async fn come_back(&mut self) -> Outcome<Duration> {
        let mut status = self.central.engine.clinic(self.site.id()).ok_or("no clinic")?.status();
        let began = Instant::now();
        self.link = Some(open_for(&self.desk, &self.broker.address(), u16::try_from(DAYS)?).await);
        let is_open = |status: &chairside_central::engine::Status| {
            status.state == hub::State::Live && status.open.len() as u64 >= DAYS
        };
        tokio::time::timeout(PATIENCE, status.wait_for(is_open)).await??;
        Ok(began.elapsed())
    }

    async fn leave(&mut self) -> Outcome<()> {
        let mut status = self.central.engine.clinic(self.site.id()).ok_or("no clinic")?.status();
        if let Some(link) = self.link.take() {
            link.close().await;
        }
        let is_gone = |status: &chairside_central::engine::Status| status.state == hub::State::Offline;
        tokio::time::timeout(PATIENCE, status.wait_for(is_gone)).await??;
        Ok(())
    }

    /// Ends everything.
    pub async fn end(mut self) {
        if let Some(link) = self.link.take() {
            debug_assert_ne!(link.status().borrow().state, State::Offline, "it was live");
            link.close().await;
        }
        self.desk.close().await;
        self.central.stop().await;
    }
}

pub async fn measure(report: &mut Report) -> Outcome<()> {
    let mut house = House200k::live().await?;
    let (mut unchanged, mut changed) = (Times::new(), Times::new());
    let mut place = 0;
    for _ in 0..TIMES {
        house.leave().await?;
        unchanged.record(house.come_back().await?);
        house.leave().await?;
        let mut changes = 0;
        while changes < CHANGES {
            // The people nobody has filled, from day to day.
            if book(&house.desk, HOUSE_PEOPLE - 1, place).await {
                changes += 1;
            }
            place += 1;
        }
        changed.record(house.come_back().await?);
    }
    report.section(&format!("Coming back with {VISITS} visits ahead, until every gate is open"));
    report.row("with nothing changed (the baseline)", &unchanged);
    report.row(&format!("with {CHANGES} changes"), &changed);
    report.within(
        "from the line's opening to the gates, after 300 changes, p50",
        changed.p50(),
        Duration::from_secs(1),
    );
    house.end().await;
    Ok(())
}

async fn fill(desk: &Desk) -> Outcome<()> {
    let moment = Moment { by: Author::Node(desk.store().node()), at_ms: 0 };
    let patients: Vec<Patient> = (0..VISITS / 10).map(patient).collect();
    let visits: Vec<Appointment> = (0..A_DAY * DAYS).map(visit).collect();
    desk.store()
        .write(moment, async move |tx| {
            tx.indexing_visits_later(async move |tx| {
                tx.bring(Batch { patients, ..Batch::default() }, &AlreadyThere::default(), |_| {}).await?;
                tx.bring(Batch { appointments: visits, ..Batch::default() }, &AlreadyThere::default(), |_| {}).await?;
                Ok::<_, StoreError>(())
            })
            .await
        })
        .await?;
    Ok(())
}

fn patient_id(number: u64) -> PatientId {
    PatientId(Uuid::from_u128(0xaa_0000_0000 + u128::from(number)))
}

/// Somebody nobody has met.
pub fn patient(number: u64) -> Patient {
    Patient {
        id: patient_id(number),
        version: 1,
        given: format!("Given{number}"),
        family: format!("Family{}", number % 997),
        personnummer: None,
        birth: None,
        phone: None,
        email: String::new(),
        gender: Gender::Unknown,
        alert: String::new(),
        note: String::new(),
        protected: false,
        guardian: None,
        active: true,
        external_id: None,
        created_at: Utc(0),
    }
}

/// The first people's days from eight on, so that the last of them is free.
fn visit(number: u64) -> Appointment {
    let (day, at) = (number / A_DAY, number % A_DAY);
    let people = u64::try_from(HOUSE_PEOPLE).unwrap_or(1) - 1;
    let local = start(tomorrow(), day * PLACES + at / people);
    Appointment {
        id: AppointmentId(Uuid::from_u128(0xbb_0000_0000 + u128::from(number))),
        version: 1,
        patient: patient_id(number % (VISITS / 10)),
        practitioner: practitioner(u128::from(at % people)),
        chair: None,
        kind: kind(),
        time: VisitTime::new(local, Stockholm, 30),
        status: Status::Booked,
        confirmed: false,
        note: String::new(),
        source: Source::Phone,
        overbooked: None,
        cancellation: None,
        arrived_at: None,
        seated_at: None,
        done_at: None,
        left_at: None,
        follows: None,
        created_at: Utc(0),
        external_id: None,
        flags: Flags::default(),
    }
}
