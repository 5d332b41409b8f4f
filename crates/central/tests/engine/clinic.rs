//! A real clinic: its store in a folder, and its hub as a task.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use chairside_central::Clock;
use chairside_schedule::appointment::{Cancellation, CancelledBy, Flags, Source, VisitTime};
use chairside_schedule::clinic::{Clinic, Grid};
use chairside_schedule::hours::WeeklyHours;
use chairside_schedule::id::{AppointmentId, ClinicId, KindId, PatientId, PractitionerId, StaffId};
use chairside_schedule::kind::{KindColour, VisitKind};
use chairside_schedule::patient::Gender;
use chairside_schedule::time::{DaySpan, Instant, day_from_number, day_number};
use chairside_schedule::{Appointment, Patient, Practitioner, Status};
use chairside_store::tx::{Overlap, Refusal};
use chairside_store::{Founding, HubSide, Key, Moment, Opening, Role, Staff, Store};
use chairside_sync::body::{AppointmentRow, Id, Window};
use chairside_sync::hub::{self, Hub, LinkId};
use chairside_sync::{Author, Hash, Incarnation, Now};
use chrono::{NaiveDate, NaiveDateTime};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::cable::HubEnd;

/// When everything begins: 2026-11-24 in the morning.
pub const BEGIN: Now = Now { steady_ms: 1_000, wall_ms: 1_795_500_000_000 };

const LINK: LinkId = LinkId::CENTRAL;

/// The clinic's signature in these tests: a keyed hash.
pub fn sign(hash: Hash) -> Vec<u8> {
    blake3::keyed_hash(&[9; 32], &hash.0).as_bytes().to_vec()
}

pub fn clinic_id() -> ClinicId {
    ClinicId(Uuid::from_u128(0xc11))
}

pub fn practitioner(number: u128) -> PractitionerId {
    PractitionerId(Uuid::from_u128(0x9000 + number))
}

pub fn kind() -> KindId {
    KindId(Uuid::from_u128(0xc000))
}

pub fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 24).expect("a date")
}

/// The days offered online.
pub fn window() -> Window {
    let from = day_number(day());
    Window { from, to: from + 12 }
}

pub fn at(text: &str) -> NaiveDateTime {
    NaiveDateTime::from_str(&format!("{text}:00")).expect("a local time")
}

pub fn id_of(uuid: Uuid) -> Id {
    Id::from(uuid.into_bytes())
}

fn clinic() -> Clinic {
    let mut hours = WeeklyHours::default();
    for day in &mut hours.0 {
        day.extend(DaySpan::parse("08:00-17:00"));
    }
    Clinic {
        id: clinic_id(),
        name: "Testhuset".to_owned(),
        address: String::new(),
        city: String::new(),
        zone: chrono_tz::Europe::Stockholm,
        grid: Grid::DEFAULT,
        hours,
        hours_derived: false,
        exceptions: Vec::new(),
        breaks: Vec::new(),
        waiting_limit_minutes: 15,
        online: chairside_schedule::clinic::OnlineRule::default(),
        uses_chairs: false,
        chairs: Vec::new(),
        practitioners: (0..3)
            .map(|number| Practitioner {
                id: practitioner(number),
                name: format!("Practitioner {number}"),
                role: "Dentist".to_owned(),
                room: String::new(),
                active_from: None,
                active_until: None,
                hours: None,
                breaks: None,
                absences: Vec::new(),
                bookable_online: true,
                position: i32::try_from(number).expect("a small number"),
            })
            .collect(),
        kinds: vec![VisitKind {
            id: kind(),
            name: "Examination".to_owned(),
            minutes: 30,
            colour: KindColour::Examination,
            bookable_online: true,
            emergency: false,
            active: true,
        }],
    }
}

fn patient() -> Patient {
    Patient {
        id: PatientId(Uuid::from_u128(0xaa)),
        version: 1,
        given: "Given".to_owned(),
        family: "Family".to_owned(),
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
        created_at: Instant(BEGIN.wall_ms / 1000),
    }
}

fn key() -> Key {
    Key::parse(&"5a".repeat(32)).expect("a key")
}

fn staff() -> Author {
    Author::Staff(StaffId(Uuid::from_u128(0x57aff)))
}

fn moment() -> Moment {
    Moment { by: staff(), at_ms: BEGIN.wall_ms }
}

fn opening() -> Opening {
    let mut drawn = 0_u64;
    Opening {
        at_ms: BEGIN.wall_ms,
        node: Uuid::from_u128(0x4e0de),
        incarnation: Incarnation(Uuid::from_u128(0xb2)),
        salts: Box::new(move || {
            drawn += 1;
            *blake3::hash(&drawn.to_le_bytes()).as_bytes()
        }),
    }
}

/// The desk: its store, and while it runs, its hub.
pub struct Desk {
    folder: PathBuf,
    pub side: HubSide,
    running: Option<JoinHandle<()>>,
}

impl Desk {
    pub async fn found(folder: &Path) -> Self {
        let founding = Founding {
            clinic: clinic(),
            owner: Staff {
                id: StaffId(Uuid::from_u128(0x57aff)),
                name: "Owner".to_owned(),
                role: Role::Owner,
                active: true,
            },
            incarnation: Incarnation(Uuid::from_u128(0xf1)),
        };
        let store = Store::found(folder, &key(), founding, opening()).await.expect("a new store");
        store.write(moment(), async |tx| tx.insert_patient(&patient()).await).await.expect("registered");
        Self { folder: folder.to_owned(), side: HubSide::new(store, Arc::new(sign)), running: None }
    }

    pub fn store(&self) -> &Store {
        self.side.store()
    }

    /// Staff book a half hour; false where the place is taken.
    pub async fn book(&self, number: u128, with: u128, start: &str) -> bool {
        let visit = visit(number, with, start);
        let wish = Hash(*blake3::hash(visit.id.bytes()).as_bytes());
        let booked =
            async move |tx: &mut chairside_store::Tx| tx.insert_appointment(&visit, wish, Overlap::Refuse).await;
        match self.store().write(moment(), booked).await {
            Ok(_) => true,
            Err(Refusal::Clash { .. }) => false,
            Err(other) => panic!("{other:?}"),
        }
    }

    /// Staff cancel a visit.
    pub async fn cancel(&self, id: Id) {
        let id = AppointmentId(Uuid::from_bytes(*id));
        let before = self.store().appointment(id).await.expect("read").expect("it is there");
        let mut after = before.clone();
        after.version += 1;
        after.status = Status::Cancelled;
        after.cancellation = Some(Cancellation { by: CancelledBy::Clinic, reason: String::new() });
        let cancelled =
            async move |tx: &mut chairside_store::Tx| tx.update_appointment(&before, &after, Overlap::Refuse).await;
        self.store().write(moment(), cancelled).await.expect("cancelled");
    }

    /// The desk's application runs, and speaks over this end of a line.
    pub async fn start(&mut self, end: HubEnd, clock: &Clock, sessions_from: u64) {
        self.stop();
        let hub = Hub::new(hub::Start {
            clinic: id_of(clinic_id().0),
            node: id_of(self.store().node().0),
            tip: self.store().tip(),
            born: self.side.born().await.expect("read"),
            window: window(),
            sessions_from,
            ask_staff: false,
        });
        self.running = Some(tokio::spawn(run(hub, self.side.clone(), end, clock.clone())));
    }

    /// It ends at once.
    pub fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
        }
    }

    /// The rows of every day offered, as others may see them.
    pub async fn rows(&self) -> Vec<AppointmentRow> {
        let mut rows = Vec::new();
        for number in window().days() {
            let date = day_from_number(number).expect("a day");
            let visits = self.store().day(date).await.expect("read");
            rows.extend(visits.iter().map(chairside_store::project::appointment));
        }
        rows.sort_by_key(|row| (row.day, row.id));
        rows
    }

    /// A copy of the store as it is now.
    pub async fn backup(&self, to: &Path) {
        self.store().backup(to).await.expect("a backup");
    }

    /// The store is put back to what it was, and doesn't know what came after.
    pub async fn restore(&mut self, from: &Path) {
        self.stop();
        self.store().close().await;
        chairside_store::copy::restore(&self.folder, &key(), from, true).await.expect("restored");
        let store = Store::open(&self.folder, &key(), opening()).await.expect("opens");
        self.side = HubSide::new(store, Arc::new(sign));
    }

    /// A visit as others may see it.
    pub async fn visit(&self, id: Id) -> Option<AppointmentRow> {
        let visit = self.store().appointment(AppointmentId(Uuid::from_bytes(*id))).await.expect("read");
        visit.as_ref().map(chairside_store::project::appointment)
    }

    pub async fn close(mut self) {
        self.stop();
        self.store().close().await;
    }
}

/// Drives a hub as the desk's application does.
async fn run(mut hub: Hub, side: HubSide, mut end: HubEnd, clock: Clock) {
    let mut changes = side.store().changes();
    hub.handle(clock.now(), hub::Input::Connected(LINK));
    loop {
        while let Some(output) = hub.poll() {
            match output {
                // Full: lost, as on any line.
                hub::Output::Send(_, bytes) => drop(end.outgoing.try_send(bytes)),
                hub::Output::Ask(id, ask) => {
                    let moment = Moment { by: Author::Node(side.store().node()), at_ms: clock.now().wall_ms };
                    let told = side.answer(ask, moment).await.expect("the store answers");
                    hub.handle(clock.now(), hub::Input::Told(id, Box::new(told)));
                }
                hub::Output::Event(..) => {}
            }
        }
        let wake_ms = hub.wake_at().unwrap_or(u64::MAX);
        tokio::select! {
            said = end.incoming.recv() => match said {
                Some(bytes) => hub.handle(clock.now(), hub::Input::Received(LINK, bytes)),
                None => return,
            },
            changed = changes.recv() => {
                if matches!(changed, Err(tokio::sync::broadcast::error::RecvError::Closed)) {
                    return;
                }
                let tip = side.store().tip();
                hub.handle(clock.now(), hub::Input::Committed { tip, bulk: None });
            }
            () = clock.sleep_until(wake_ms) => hub.handle(clock.now(), hub::Input::Tick),
        }
    }
}

fn visit(number: u128, with: u128, start: &str) -> Appointment {
    Appointment {
        id: AppointmentId(Uuid::from_u128(0xbb_0000 + number)),
        version: 1,
        patient: patient().id,
        practitioner: practitioner(with),
        chair: None,
        kind: kind(),
        time: VisitTime::new(at(start), chrono_tz::Europe::Stockholm, 30),
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
        created_at: Instant(BEGIN.wall_ms / 1000),
        external_id: None,
        flags: Flags::default(),
    }
}
