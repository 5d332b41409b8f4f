//! A desk at which it is Tuesday 24 November 2026, ten past ten.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chairside_clinic::clock::Clock;
use chairside_clinic::commands::dispatch;
use chairside_clinic::desk::{Desk, DeskOptions};
use chairside_clinic::founding;
use chairside_clinic::problem::Problem;
use chairside_schedule::Practitioner;
use chairside_schedule::clinic::{Chair, Clinic};
use chairside_schedule::hours::Blockout;
use chairside_schedule::id::{AppointmentId, BlockoutId, ChairId, PatientId, PractitionerId, StaffId};
use chairside_schedule::patient::{Gender, Patient};
use chairside_schedule::time::{DaySpan, Instant, resolve};
use chairside_store::{Key, Moment, StoreError, Tx};
use chairside_sync::Author;
use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Europe::Stockholm;
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

/// The fields go in their order: first the desk is let go, then its closing is waited for.
pub struct Front {
    pub desk: Desk,
    _closing: Closing,
    now_s: Arc<AtomicI64>,
    temp: TempDir,
}

/// A test's process ends with it: what it let go must be closed by then.
struct Closing;

impl Drop for Closing {
    fn drop(&mut self) {
        assert!(chairside_store::wait_until_closed(std::time::Duration::from_secs(5)), "a store is still open");
    }
}

pub fn at(text: &str) -> NaiveDateTime {
    format!("{text}:00").parse().expect("a local time")
}

pub fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

pub fn span(text: &str) -> DaySpan {
    DaySpan::parse(text).expect("a stretch")
}

pub fn practitioner(number: u128) -> PractitionerId {
    PractitionerId(Uuid::from_u128(0x9000 + number))
}

pub fn visit_id(number: u128) -> AppointmentId {
    AppointmentId(Uuid::from_u128(0xbb_0000 + number))
}

pub fn chair(number: u128) -> ChairId {
    ChairId(Uuid::from_u128(0xcc00 + number))
}

/// Kinds in the order of a new clinic: examination (30), hygiene (45), … acute is the seventh.
pub fn clinic() -> Clinic {
    let mut drawn = 0;
    let mut clinic = founding::clinic("Testhuset", Stockholm, &mut || {
        drawn += 1;
        Uuid::from_u128(0xd000 + drawn)
    });
    clinic.uses_chairs = true;
    clinic.chairs = (0..2).map(|number| Chair { id: chair(number), name: format!("Room {number}") }).collect();
    clinic.practitioners = (0..)
        .zip(["Erik Sandberg", "Amira Haddad", "Karin Nyström"])
        .map(|(number, name)| Practitioner {
            id: practitioner(number),
            name: name.to_owned(),
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
        .collect();
    clinic
}

pub fn named(number: u128, given: &str, family: &str) -> Patient {
    Patient {
        id: PatientId(Uuid::from_u128(0xaa_0000 + number)),
        version: 1,
        given: given.to_owned(),
        family: family.to_owned(),
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
        created_at: Instant(0),
    }
}

/// The folders of a desk that was closed.
pub struct Closed {
    _temp: TempDir,
    pub folder: PathBuf,
    key_file: PathBuf,
    clock: Clock,
}

impl Closed {
    pub fn options(&self, acting: Option<&str>) -> DeskOptions {
        DeskOptions {
            folder: self.folder.clone(),
            key_file: self.key_file.clone(),
            acting: acting.map(str::to_owned),
            clock: self.clock.clone(),
        }
    }
}

impl Front {
    /// A clinic with two patients, Elsa Lund (0) and Johan Ek (1).
    pub async fn new() -> Self {
        Self::with(clinic()).await
    }

    pub async fn with(clinic: Clinic) -> Self {
        let temp = tempfile::tempdir().expect("a temporary folder");
        Key::write_new(&temp.path().join("key"), [7; 32]).expect("a key");
        let now_s = Arc::new(AtomicI64::new(0));
        let shown = Arc::clone(&now_s);
        let clock = Clock::showing(move || shown.load(Ordering::Relaxed) * 1000);
        let front =
            DeskOptions { folder: temp.path().join("clinic"), key_file: temp.path().join("key"), acting: None, clock };
        now_s.store(resolve(&Stockholm, at("2026-11-24T10:10")).earliest().0, Ordering::Relaxed);
        let desk = Desk::found(front, clinic).await.expect("a desk");
        let front = Self { desk, _closing: Closing, now_s, temp };
        front.register(named(0, "Elsa", "Lund")).await;
        front.register(named(1, "Johan", "Ek")).await;
        front
    }

    pub fn folder(&self) -> PathBuf {
        self.temp.path().join("clinic")
    }

    pub fn options(&self, acting: Option<&str>) -> DeskOptions {
        DeskOptions {
            folder: self.folder(),
            key_file: self.temp.path().join("key"),
            acting: acting.map(str::to_owned),
            clock: self.desk.clock().clone(),
        }
    }

    pub async fn close(self) -> Closed {
        let DeskOptions { folder, key_file, clock, .. } = self.options(None);
        self.desk.close().await;
        Closed { _temp: self.temp, folder, key_file, clock }
    }

    pub fn set_now(&self, local: &str) {
        self.now_s.store(resolve(&Stockholm, at(local)).earliest().0, Ordering::Relaxed);
    }

    pub fn now(&self) -> i64 {
        self.now_s.load(Ordering::Relaxed)
    }

    pub fn kind(&self, number: usize) -> String {
        self.desk.store().clinic().kinds[number].id.to_string()
    }

    pub fn seq(&self) -> u64 {
        self.desk.store().tip().seq
    }

    pub async fn ask(&self, name: &str, args: Value) -> Result<Value, Problem> {
        dispatch(&self.desk, name, args).await
    }

    /// Asks for what must be done.
    pub async fn done(&self, name: &str, args: Value) -> Value {
        self.ask(name, args.clone()).await.unwrap_or_else(|problem| panic!("{name} {args}: {problem:?}"))
    }

    /// Asks for what must be refused, and tells why it was. Nothing may be written.
    pub async fn refused(&self, name: &str, args: Value) -> Problem {
        let tip = self.desk.store().tip();
        let problem = match self.ask(name, args.clone()).await {
            Err(problem) => problem,
            Ok(answer) => panic!("{name} {args} was done: {answer}"),
        };
        assert_eq!(self.desk.store().tip(), tip, "{name} {args} wrote something");
        crate::sentences::check(&problem);
        problem
    }

    /// A request for half an hour's examination of patient 0 with Erik Sandberg.
    pub fn wish(&self, number: u128, start: &str) -> Value {
        json!({
            "id": visit_id(number),
            "wish": {
                "patient": named(0, "", "").id,
                "practitioner": practitioner(0),
                "chair": null,
                "kind": self.kind(0),
                "start": at(start),
                "minutes": 30,
            },
            "new_patient": null,
            "note": "",
            "source": "phone",
            "accept": { "warnings": [], "overbook_reason": null },
        })
    }

    /// Books where nothing stands in the way, and answers the visit's card.
    pub async fn book(&self, number: u128, start: &str) -> Value {
        self.done("book_visit", self.wish(number, start)).await["visit"].clone()
    }

    pub async fn board(&self, day: &str) -> Value {
        self.done("day_board", json!({ "date": day })).await
    }

    pub async fn write<F>(&self, work: F) -> u64
    where
        F: AsyncFnOnce(&mut Tx) -> Result<u64, StoreError> + Send + 'static,
    {
        let moment = Moment { by: Author::Staff(StaffId(Uuid::nil())), at_ms: self.now() * 1000 };
        self.desk.store().write(moment, work).await.expect("written")
    }

    pub async fn register(&self, patient: Patient) {
        self.write(async move |tx| tx.insert_patient(&patient).await).await;
    }

    /// Changes the clinic's settings.
    pub async fn settings(&self, change: impl FnOnce(&mut Clinic)) {
        let mut clinic = Clinic::clone(&self.desk.store().clinic());
        change(&mut clinic);
        self.write(async move |tx| tx.save_settings(clinic).await).await;
    }

    pub async fn block(&self, whose: Option<u128>, day: &str, stretch: &str, for_emergencies: bool) {
        let (day, span) = (date(day), span(stretch));
        let blockout = Blockout {
            id: BlockoutId(Uuid::from_u128(0xb10c)),
            practitioner: whose.map(practitioner),
            chair: None,
            day,
            span,
            interval: span.on(day, &Stockholm).expect("a stretch that is"),
            reason: "Steriliser".to_owned(),
            for_emergencies,
        };
        self.write(async move |tx| tx.insert_blockout(&blockout).await).await;
    }

    /// The store is as it was written.
    pub async fn verify(&self) {
        assert_eq!(self.desk.store().verify().await.expect("verified").fault, None);
    }
}

/// `request` with the member at `path` set otherwise.
pub fn with(mut request: Value, path: &str, value: Value) -> Value {
    *request.pointer_mut(path).unwrap_or_else(|| panic!("no {path}")) = value;
    request
}

/// The codes of everything that stands against a visit.
pub fn codes(findings: &Value) -> Vec<&str> {
    findings.as_array().expect("a list").iter().filter_map(|finding| finding["code"].as_str()).collect()
}
