//! What is exported is imported again, whole.

use std::path::Path;

use chairside_clinic::export::{EVERYTHING_FILE, Everything, read, write};
use chairside_clinic::import::sample::sample;
use chairside_clinic::import::{self, Options, Plan, Rules};
use chairside_schedule::appointment::{Appointment, Cancellation, CancelledBy, Flags, Source, Status, VisitTime};
use chairside_schedule::clinic::{Chair, Clinic, Grid};
use chairside_schedule::hours::{Blockout, Break, DateException, WeeklyHours};
use chairside_schedule::id::*;
use chairside_schedule::kind::{KindColour, VisitKind};
use chairside_schedule::patient::{Birth, Gender, Patient, Personnummer, PhoneNumber};
use chairside_schedule::practitioner::{Absence, Practitioner};
use chairside_schedule::time::{DaySpan, Instant, day_from_number};
use chrono::{NaiveDate, Weekday};
use proptest::prelude::*;
use uuid::Uuid;

fn options(path: &Path) -> Options {
    Options {
        path: path.to_owned(),
        map: None,
        zone: None,
        store_zone: None,
        rules: Rules { grid: Grid::DEFAULT, breaks: Vec::new(), hours: None },
        today: NaiveDate::from_ymd_opt(2026, 11, 24).expect("a date"),
        now: Instant(1_795_500_000),
    }
}

fn import(path: &Path) -> Plan {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(import::read(options(path))).expect("a plan")
}

fn id(number: u128) -> Uuid {
    uuid::Builder::from_custom_bytes(number.to_be_bytes()).into_uuid()
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["", "[a-zåäö=\";, \n]{0,12}", "\\PC{0,6}"]
}

fn date() -> impl Strategy<Value = NaiveDate> {
    (15_000_i32..22_000).prop_map(|number| day_from_number(number).expect("a day"))
}

fn span() -> impl Strategy<Value = DaySpan> {
    prop::sample::select(vec!["00:00-24:00", "08:00-12:00", "12:00-13:00", "14:30-15:00", "09:05-09:10"])
        .prop_map(|text| DaySpan::parse(text).expect("a span"))
}

fn instant() -> impl Strategy<Value = Instant> {
    (0_i64..4_000_000_000).prop_map(Instant)
}

fn hours() -> impl Strategy<Value = WeeklyHours> {
    prop::collection::vec((0_u8..7, span()), 0..6).prop_map(|spans| {
        let mut hours = WeeklyHours::default();
        for (day, span) in spans {
            hours.add(Weekday::try_from(day).expect("a weekday"), span);
        }
        hours
    })
}

fn breaks() -> impl Strategy<Value = Vec<Break>> {
    let one = (any::<u128>(), text(), any::<[bool; 7]>(), span());
    let one = one.prop_map(|(number, name, weekdays, span)| Break { id: BreakId(id(number)), name, weekdays, span });
    prop::collection::vec(one, 0..3)
}

fn practitioner() -> impl Strategy<Value = Practitioner> {
    let absence = (date(), date(), prop::option::of(span()), text());
    let absence = absence.prop_map(|(from, until, span, reason)| Absence { from, until, span, reason });
    let dates = (prop::option::of(date()), prop::option::of(date()));
    let own = (prop::option::of(hours()), prop::option::of(breaks()), prop::collection::vec(absence, 0..3));
    (any::<u128>(), (text(), text(), text()), dates, own, any::<bool>(), any::<i32>()).prop_map(
        |(number, (name, role, room), (active_from, active_until), (hours, breaks, absences), online, position)| {
            let id = PractitionerId(id(number));
            Practitioner {
                id,
                name,
                role,
                room,
                active_from,
                active_until,
                hours,
                breaks,
                absences,
                bookable_online: online,
                position,
            }
        },
    )
}

fn kind() -> impl Strategy<Value = VisitKind> {
    let colour = prop::sample::select(KindColour::ALL.to_vec());
    (any::<u128>(), text(), 5_u32..200, colour, any::<(bool, bool, bool)>()).prop_map(
        |(number, name, minutes, colour, (bookable_online, emergency, active))| VisitKind {
            id: KindId(id(number)),
            name,
            minutes,
            colour,
            bookable_online,
            emergency,
            active,
        },
    )
}

fn clinic() -> impl Strategy<Value = Clinic> {
    let exception = (date(), text(), prop::collection::vec(span(), 0..2));
    let exception = exception.prop_map(|(date, name, spans)| DateException { date, name, spans });
    let chair = (any::<u128>(), text()).prop_map(|(number, name)| Chair { id: ChairId(id(number)), name });
    let zone = prop::sample::select(vec![chrono_tz::Europe::Stockholm, chrono_tz::Asia::Tehran, chrono_tz::UTC]);
    let grid = prop::sample::select(vec![5, 10, 15, 30]).prop_map(|minutes| Grid::new(minutes).expect("a grid"));
    let lists = (
        prop::collection::vec(exception, 0..3),
        breaks(),
        prop::collection::vec(chair, 0..3),
        prop::collection::vec(practitioner(), 1..4),
        prop::collection::vec(kind(), 1..4),
    );
    (any::<u128>(), (text(), text(), text()), (zone, grid, hours()), any::<(bool, bool, u32)>(), lists).prop_map(
        |(number, (name, address, city), (zone, grid, hours), (hours_derived, uses_chairs, limit), lists)| {
            let (exceptions, breaks, chairs, practitioners, kinds) = lists;
            Clinic {
                id: ClinicId(id(number)),
                name,
                address,
                city,
                zone,
                grid,
                hours,
                hours_derived,
                exceptions,
                breaks,
                waiting_limit_minutes: limit,
                online: chairside_schedule::clinic::OnlineRule::default(),
                uses_chairs,
                chairs,
                practitioners,
                kinds,
            }
        },
    )
}

fn patient() -> impl Strategy<Value = Patient> {
    let numbers = (
        prop::option::of(prop::sample::select(vec!["19811218-9876", "20121212-1212"])),
        prop::option::of(prop_oneof![date().prop_map(Birth::Date), (1900..2020).prop_map(Birth::Year)]),
        prop::option::of(prop::sample::select(vec!["031-073 88 10", "+46 70 740 22 08"])),
        prop::option::of(text()),
    );
    let gender = prop::sample::select(vec![Gender::Male, Gender::Female, Gender::Other, Gender::Unknown]);
    let texts = (text(), text(), text(), text(), text());
    (any::<u128>(), texts, numbers, gender, any::<(bool, bool, u32)>(), instant()).prop_map(
        |(number, (given, family, email, alert, note), numbers, gender, (protected, active, version), created_at)| {
            let today = NaiveDate::from_ymd_opt(2026, 11, 24).expect("a date");
            Patient {
                id: PatientId(id(number)),
                version,
                given,
                family,
                personnummer: numbers.0.map(|it| Personnummer::parse(it, today).expect("a number")),
                birth: numbers.1,
                phone: numbers.2.map(|it| PhoneNumber::parse(it).expect("a number")),
                email,
                gender,
                alert,
                note,
                protected,
                guardian: None,
                active,
                external_id: numbers.3,
                created_at,
            }
        },
    )
}

prop_compose! {
    fn appointment(clinic: Clinic, patients: Vec<PatientId>)(
        ids in any::<(u128, u32, u32)>(),
        people in (any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<prop::sample::Index>()),
        when in (date(), 0_u32..1440, 1_u32..600),
        status in prop::sample::select(Status::ALL.to_vec()),
        source in prop::sample::select(Source::ALL.to_vec()),
        texts in (text(), prop::option::of(text()), prop::option::of(text()), prop::option::of(text())),
        moments in (prop::option::of(instant()), prop::option::of(instant()), prop::option::of(instant()), prop::option::of(instant()), instant()),
        confirmed in any::<bool>(),
        chair in prop::option::of(any::<u128>()),
    ) -> Appointment {
        let local = when.0.and_hms_opt(when.1 / 60, when.1 % 60, 0).expect("a time");
        Appointment {
            id: AppointmentId(id(ids.0)),
            version: ids.1,
            patient: *people.0.get(&patients),
            practitioner: people.1.get(&clinic.practitioners).id,
            chair: chair.map(|number| ChairId(id(number))),
            kind: people.2.get(&clinic.kinds).id,
            time: VisitTime::new(local, clinic.zone, when.2),
            status,
            confirmed,
            note: texts.0,
            source,
            overbooked: texts.1,
            cancellation: texts.2.map(|reason| Cancellation { by: CancelledBy::Clinic, reason }),
            arrived_at: moments.0,
            seated_at: moments.1,
            done_at: moments.2,
            left_at: moments.3,
            follows: None,
            created_at: moments.4,
            external_id: texts.3,
            flags: Flags(ids.2),
        }
    }
}

fn everything() -> impl Strategy<Value = Everything> {
    let blockout = (any::<u128>(), date(), span(), text(), any::<bool>());
    let blockouts = prop::collection::vec(blockout, 0..3);
    (clinic(), blockouts, prop::collection::vec(patient(), 1..5)).prop_flat_map(|(clinic, blockouts, mut patients)| {
        let ids: Vec<PatientId> = patients.iter().map(|patient| patient.id).collect();
        patients[0].guardian = ids.get(1).copied();
        let blockouts: Vec<Blockout> = blockouts
            .into_iter()
            .filter_map(|(number, day, span, reason, for_emergencies)| {
                let interval = span.on(day, &clinic.zone)?;
                let (id, practitioner) = (BlockoutId(id(number)), Some(clinic.practitioners[0].id));
                Some(Blockout { id, practitioner, chair: None, day, span, interval, reason, for_emergencies })
            })
            .collect();
        let visits = prop::collection::vec(appointment(clinic.clone(), ids), 0..6);
        visits.prop_map(move |mut appointments| {
            if appointments.len() > 1 {
                appointments[1].follows = Some(appointments[0].id);
            }
            Everything {
                clinic: clinic.clone(),
                blockouts: blockouts.clone(),
                patients: patients.clone(),
                appointments,
            }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn everything_comes_back_as_it_went(everything in everything()) {
        let folder = tempfile::tempdir()?;
        let target = folder.path().join("export");
        write(&target, &everything).expect("an export");
        let bytes = std::fs::read(target.join(EVERYTHING_FILE))?;
        prop_assert_eq!(&read(EVERYTHING_FILE, &bytes).expect("everything"), &everything);

        let plan = import(&target);
        prop_assert_eq!(plan.clinic.as_ref(), Some(&everything.clinic));
        prop_assert_eq!(&plan.patients, &everything.patients);
        prop_assert_eq!(&plan.appointments, &everything.appointments);
        prop_assert_eq!(&plan.blockouts, &everything.blockouts);
        prop_assert!(plan.problems.is_empty());
    }
}

/// A made-up practice, imported and exported again.
fn exported(folder: &Path) -> Everything {
    sample(3, 60, 400).write(&folder.join("theirs")).expect("files");
    let plan = import(&folder.join("theirs"));
    let clinic = Clinic {
        id: ClinicId(id(1)),
        name: "Lindholmens tandvård".into(),
        address: String::new(),
        city: String::new(),
        zone: plan.zone,
        grid: Grid::DEFAULT,
        hours: plan.hours,
        hours_derived: true,
        exceptions: Vec::new(),
        breaks: Vec::new(),
        waiting_limit_minutes: 15,
        online: chairside_schedule::clinic::OnlineRule::default(),
        uses_chairs: false,
        chairs: Vec::new(),
        practitioners: plan.practitioners,
        kinds: plan.kinds,
    };
    let everything =
        Everything { clinic, blockouts: Vec::new(), patients: plan.patients, appointments: plan.appointments };
    write(&folder.join("ours"), &everything).expect("an export");
    everything
}

#[test]
fn the_csv_files_alone_hold_the_people_and_their_visits() {
    let folder = tempfile::tempdir().expect("a folder");
    let everything = exported(folder.path());
    let ours = folder.path().join("ours");
    std::fs::remove_file(ours.join(EVERYTHING_FILE)).expect("removed");
    let plan = import(&ours);
    assert_eq!(plan.source, "chairside");
    assert_eq!((plan.problems.len(), plan.remarks.len(), plan.made.len()), (0, 0, 0));
    assert_eq!(plan.patients, everything.patients);
    assert_eq!(plan.practitioners, everything.clinic.practitioners);
    assert_eq!(plan.appointments, everything.appointments);
    let kinds = |kinds: &[VisitKind]| {
        let mut kinds = kinds.to_vec();
        kinds.sort_by_key(|kind| kind.id);
        kinds
    };
    assert_eq!(kinds(&plan.kinds), kinds(&everything.clinic.kinds));
}

#[test]
fn an_export_appears_whole_or_not_at_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let everything = exported(folder.path());
    let ours = folder.path().join("ours");
    assert_eq!(write(&ours, &everything).expect_err("occupied").code, "export-folder-not-empty");
    let names = |path: &Path| std::fs::read_dir(path).expect("a folder").count();
    assert_eq!(names(&ours), 11);

    let half = folder.path().join("half");
    let mut started =
        chairside_clinic::export::ExportPatients::create(&half, &everything.clinic, &[]).expect("a beginning");
    started.add(&everything.patients[0]).expect("a patient");
    drop(started);
    assert_eq!(names(folder.path()), 2);
}
