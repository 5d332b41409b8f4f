//! Small files with one thing wrong or odd in each: it comes in as it stood,
//! or is listed with line, column and code, and nothing beside it suffers.

use std::path::Path;

use chairside_clinic::import::plan::Known;
use chairside_clinic::import::{Options, Plan, Rules, read};
use chairside_clinic::problem::Problem;
use chairside_schedule::appointment::{Appointment, Flags, Status};
use chairside_schedule::clinic::Grid;
use chairside_schedule::hours::{Break, WeeklyHours};
use chairside_schedule::id::BreakId;
use chairside_schedule::patient::Birth;
use chairside_schedule::time::{DaySpan, Instant};
use chrono::{NaiveDate, Weekday};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;
use uuid::Uuid;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    folder
}

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

/// Imports the files of a folder; those ending in `.toml` aren't read by themselves.
async fn try_import(files: &[(&str, &str)]) -> Result<Plan, Problem> {
    let folder = folder(files);
    let map = files.iter().find(|(name, _)| name.ends_with(".toml")).map(|(name, _)| folder.path().join(name));
    read(Options { map, ..options(folder.path()) }).await
}

async fn import(files: &[(&str, &str)]) -> Plan {
    try_import(files).await.expect("a plan")
}

async fn visits(text: &str) -> Plan {
    import(&[("visits.csv", text)]).await
}

/// Line, column and code of everything that couldn't be read.
fn problems(plan: &Plan) -> Vec<(u32, &str, &str)> {
    plan.problems.iter().map(|it| (it.line, it.column.as_str(), it.code)).collect()
}

fn remarks(plan: &Plan) -> Vec<(u32, &str, &str)> {
    plan.remarks.iter().map(|it| (it.line, it.column.as_str(), it.code)).collect()
}

fn starts(plan: &Plan) -> Vec<String> {
    plan.appointments.iter().map(|visit| visit.time.local.format("%Y-%m-%d %H:%M").to_string()).collect()
}

fn flags(visit: &Appointment) -> Flags {
    Flags(visit.flags.0 & !Flags::IMPORTED.0)
}

const MAP: &str = r#"
name = "old"
[patients]
names = "patients"
[patients.columns]
id = "pid"
birth = "born"
name = "name"
phone = "phone"
personnummer = "pnr"
[practitioners]
names = "staff"
[practitioners.columns]
id = "sid"
name = "name"
active = "active"
[appointments]
names = "visits"
required = ["id"]
[appointments.columns]
id = ["vid", "id"]
patient = "pid"
practitioner = "sid"
start = "start"
minutes = "min"
seconds = "sec"
end = "end"
kind = { from = "what", default = "check" }
status = "state"
source = { constant = "phone" }
note = "note"
reason = "why"
follows = "from"
[words.status]
ok = "fulfilled"
off = { status = "cancelled", by = "patient" }
[words.kind]
check = { name = "Check-up", minutes = 20, colour = "hygiene" }
"#;

async fn old(visits: &str) -> Plan {
    import(&[("map.toml", MAP), ("visits.csv", visits)]).await
}

#[tokio::test]
async fn rows_that_cannot_be_read_are_listed_and_the_rest_comes_in() {
    let text = "vid,pid,sid,start,min,state\n\
        1,10,1,2024-03-05 09:00,30,ok\n\
        2,10,1,soon,30,ok\n\
        3,10,1,,30,ok\n\
        4,10,1,2024-03-05 10:00,30,exploded\n\
        5,10,1,2024-03-05\n\
        6,10,1,2024-03-05 11:00,30,ok,more\n\
        7,\"10,1,2024-03-05 11:30,30,ok\n\
        8,10,1,2024-03-05 12:00,30,off\n\
        9,10,1,2024-03-0";
    let plan = old(text).await;
    let expected = [
        (3, "start", "date-unreadable"),
        (4, "start", "date-missing"),
        (5, "state", "status-unknown"),
        (6, "", "row-short"),
        (7, "", "row-long"),
        (8, "", "quote-not-closed"),
        (10, "", "row-cut"),
    ];
    assert_eq!(problems(&plan), expected);
    assert_eq!(plan.problems[0].value, "soon");
    assert_eq!(starts(&plan), ["2024-03-05 09:00", "2024-03-05 12:00"]);
    let summary = plan.summary(&Known::default());
    assert_eq!((summary.rows_read, summary.added, summary.problems.len()), (9, 2, 7));
}

#[tokio::test]
async fn odd_visits_come_in_as_they_stood_and_flagged() {
    let text = "vid,pid,sid,start,min,state\n\
        1,10,1,2024-03-05 09:00,30,ok\n\
        2,11,1,2024-03-05 09:15,30,ok\n\
        3,12,1,2024-03-05 12:30,45,ok\n\
        4,13,1,2024-03-05 20:00,30,ok\n\
        5,14,1,2024-03-06,30,ok\n\
        6,15,1,2024-03-05 10:00,,ok\n\
        7,16,1,2024-03-31 02:30,30,off\n\
        8,,1,2024-03-05 11:00,30,ok\n\
        9,17,1,2024-03-05 09:00,30,off\n";
    let mut hours = WeeklyHours::default();
    hours.add(Weekday::Tue, DaySpan::parse("08:00-17:00").expect("hours"));
    hours.add(Weekday::Sun, DaySpan::WHOLE);
    let span = DaySpan::parse("12:00-13:00").expect("lunch");
    let lunch = Break { id: BreakId(Uuid::nil()), name: "Lunch".into(), weekdays: [true; 7], span };
    let folder = folder(&[("map.toml", MAP), ("visits.csv", text)]);
    let mut options = options(folder.path());
    options.map = Some(folder.path().join("map.toml"));
    options.rules = Rules { grid: Grid::DEFAULT, breaks: vec![lunch], hours: Some(hours) };
    let plan = read(options).await.expect("a plan");
    let found: Vec<Flags> = plan.appointments.iter().map(flags).collect();
    let expected = [
        Flags::CLASHES,
        Flags::CLASHES.with(Flags::OFF_GRID),
        Flags::IN_BREAK,
        Flags::OUTSIDE_HOURS,
        Flags::NO_TIME,
        Flags::NO_LENGTH,
        Flags::CLOCK_CHANGE,
        Flags::NO_PATIENT,
        Flags::default(),
    ];
    assert_eq!(found, expected);
    assert_eq!(plan.clashes, 1);
    assert_eq!(plan.appointments[1].time.minutes, 30);
    assert_eq!(plan.appointments[5].time.minutes, 20);
    assert_eq!(starts(&plan)[6], "2024-03-31 02:30");
    assert!(plan.problems.is_empty());
}

#[tokio::test]
async fn people_known_only_by_an_id_are_made_once() {
    let text = "vid,pid,sid,start,min,state\n1,729,A,2024-03-05 09:00,30,ok\n2,7.29E+02,A,2024-03-05 10:00,30,ok\n";
    let plan = old(text).await;
    assert_eq!(plan.patients.len(), 1);
    assert_eq!(plan.patients[0].external_id.as_deref(), Some("729"));
    assert_eq!((plan.practitioners.len(), plan.practitioners[0].name.as_str()), (1, "A"));
    let summary = plan.summary(&Known::default());
    assert_eq!(summary.made.values().sum::<u64>(), 3);
    assert_eq!(summary.tables.len(), 1);
}

#[tokio::test]
async fn repeats_are_passed_over_and_contradictions_are_problems() {
    let text = "vid,pid,sid,start,min,state\n\
        1,1,1,2024-03-05 09:00,30,ok\n\
        1,1,1,2024-03-05 09:00,30,ok\n\
        1,1,1,2024-03-05 10:00,30,ok\n";
    let plan = old(text).await;
    assert_eq!(problems(&plan), [(4, "vid", "id-twice")]);
    let summary = plan.summary(&Known::default());
    assert_eq!((summary.rows_read, summary.added, summary.already_there), (3, 1, 1));
}

#[tokio::test]
async fn chains_are_kept_whatever_the_order_and_loose_ends_are_said() {
    let text = "vid,pid,sid,start,min,state,why,from\n\
        3,1,1,2024-03-07 09:00,30,ok,,2.0\n\
        2,1,1,2024-03-06 09:00,30,off,ill,1\n\
        1,1,1,2024-03-05 09:00,30,off,,\n\
        4,1,1,2024-03-08 09:00,30,ok,,99\n\
        5,1,1,2024-03-09 09:00,30,ok,,5\n";
    let plan = old(text).await;
    let id = |at: usize| plan.appointments[at].id;
    let follows: Vec<_> = plan.appointments.iter().map(|visit| visit.follows).collect();
    assert_eq!(follows, [Some(id(1)), Some(id(2)), None, None, None]);
    assert_eq!(remarks(&plan), [(5, "from", "follows-unknown"), (6, "from", "follows-unknown")]);
    let cancellation = plan.appointments[1].cancellation.as_ref().expect("called off");
    assert_eq!((cancellation.reason.as_str(), cancellation.by.as_str()), ("ill", "patient"));
}

#[tokio::test]
async fn lengths_come_from_minutes_seconds_or_ends() {
    for (header, cell, minutes, flag) in [
        ("min", "45", 45, Flags::default()),
        ("min", "45.0", 45, Flags::default()),
        ("sec", "1800", 30, Flags::default()),
        ("end", "2024-03-05 09:50", 50, Flags::default()),
        ("end", "09:50", 50, Flags::default()),
        ("end", "08:00", 1380, Flags::OUTSIDE_HOURS),
        ("min", "0", 20, Flags::NO_LENGTH),
        ("min", "-5", 20, Flags::NO_LENGTH),
        ("min", "100000", 20, Flags::NO_LENGTH),
        ("end", "2024-03-04 09:50", 20, Flags::NO_LENGTH),
        ("min", "NULL", 20, Flags::NO_LENGTH),
    ] {
        let plan = old(&format!("id,pid,sid,start,{header}\n1,1,1,2024-03-05 09:00,{cell}\n")).await;
        let visit = &plan.appointments[0];
        assert_eq!((visit.time.minutes, flags(visit).has(flag)), (minutes, true), "{header} {cell}");
    }
}

#[tokio::test]
async fn what_a_patient_cannot_have_is_kept_in_the_note() {
    let patients = "pid,born,name,phone,pnr\n\
        1,1875,\"Berg, Åsa\",07O7,811218-9875\n\
        2,1968,Per Olof Ek,031-123 45 67,811218-9876\n\
        3,2099-01-01,,,\n\
        ,1970,,,\n";
    let plan =
        import(&[("map.toml", MAP), ("patients.csv", patients), ("visits.csv", "id,pid,sid,start,state\n")]).await;
    let [first, second, third] = plan.patients.as_slice() else { panic!("three patients") };
    assert_eq!((first.given.as_str(), first.family.as_str(), first.birth), ("Åsa", "Berg", None));
    assert_eq!(first.note, "pnr: 811218-9875\nborn: 1875\nphone: 07O7");
    assert_eq!((second.full_name().as_str(), second.birth), ("Per Olof Ek", Some(Birth::Year(1968))));
    assert_eq!(third.note, "born: 2099-01-01");
    assert_eq!(problems(&plan), [(5, "pid", "id-missing")]);
    assert_eq!(plan.remarks.len(), 4);
}

#[tokio::test]
async fn a_note_that_is_too_long_is_cut_and_kept_whole_with_the_patient() {
    let note = "å".repeat(10_000);
    let plan = old(&format!("id,pid,sid,start,min,state,note\n1,1,1,2024-03-05 09:00,30,ok,\"{note}\"\n")).await;
    assert_eq!(plan.appointments[0].note.chars().count(), 2_000);
    assert!(plan.patients[0].note.contains(&note));
    assert_eq!(remarks(&plan), [(2, "note", "note-long")]);
}

#[tokio::test]
async fn swedish_files_as_spreadsheets_write_them() {
    let text = "Datum;Tid;Längd;Patient;Personnummer;Behandlare;Status;Behandling;Anteckning\r\n\
        2024-03-05;09:00;30;Åsa Berg;19811218-9876;Dr Ek;Genomförd;Undersökning;\"två\r\nrader\"\r\n\
        2024-03-05;09.30;45;Per Lund;;Dr Ek;Avbokad;Fyllning;\r\n\
        2024-03-06;;;Åsa Berg;811218-9876;Dr Alm;Uteblev;Undersökning;\r\n";
    let (bytes, _, lost) = encoding_rs::WINDOWS_1252.encode(text);
    assert!(!lost);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("Tidbok mars.csv");
    std::fs::write(&path, bytes).expect("a file");
    let plan = read(options(&path)).await.expect("a plan");
    assert_eq!(plan.source, "common");
    assert!(plan.notes.iter().any(|note| note.code == "windows-1252"));
    assert_eq!(starts(&plan), ["2024-03-05 09:00", "2024-03-05 09:30", "2024-03-06 00:00"]);
    assert_eq!(plan.appointments[0].note, "två\r\nrader");
    assert_eq!(plan.patients.len(), 2);
    assert_eq!(plan.patients[0].full_name(), "Åsa Berg");
    assert!(plan.patients[0].personnummer.is_some());
    let names: Vec<&str> = plan.practitioners.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["Dr Ek", "Dr Alm"]);
    let states: Vec<Status> = plan.appointments.iter().map(|visit| visit.status).collect();
    assert_eq!(states, [Status::Fulfilled, Status::Cancelled, Status::Noshow]);
    assert!(flags(&plan.appointments[2]).has(Flags::NO_TIME.with(Flags::NO_LENGTH)));
    assert_eq!(plan.appointments[2].time.minutes, 30);
    assert!(plan.problems.is_empty() && plan.remarks.is_empty());
}

#[tokio::test]
async fn the_zone_is_the_given_one_the_maps_the_stores_or_stockholm() {
    let text = "vid,pid,sid,start,min\n1,1,1,2024-07-05 09:00,30\n";
    let mapped = MAP.replace("name = \"old\"\n", "name = \"old\"\nzone = \"Europe/Helsinki\"\n");
    for (given, map, store, expected) in [
        (Some(chrono_tz::UTC), mapped.as_str(), Some(chrono_tz::Europe::Oslo), "UTC"),
        (None, &mapped, Some(chrono_tz::Europe::Oslo), "Europe/Helsinki"),
        (None, MAP, Some(chrono_tz::Europe::Oslo), "Europe/Oslo"),
        (None, MAP, None, "Europe/Stockholm"),
    ] {
        let folder = folder(&[("map.toml", map), ("visits.csv", text)]);
        let map = Some(folder.path().join("map.toml"));
        let options = Options { map, zone: given, store_zone: store, ..options(folder.path()) };
        assert_eq!(read(options).await.expect("a plan").zone.name(), expected);
    }
}

#[tokio::test]
async fn the_map_that_fits_is_found_or_what_it_misses_is_said() {
    let header = "appointment_id,patient_id,dentist_id,scheduled_start_at,planned_duration_min,visit_type,status\n";
    assert_eq!(visits(header).await.source, "dental-practice-export");
    let problem = try_import(&[("visits.csv", &header.replace("planned_duration_min", "how_long"))]).await;
    let problem = problem.expect_err("no map");
    assert_eq!((problem.code.as_str(), &*problem.args["map"]), ("import-no-map", "dental-practice-export"));
    assert_eq!((&*problem.args["columns"], &*problem.args["table"]), ("planned_duration_min", "visits.csv"));
    let problem = try_import(&[("a.csv", "fish,bird\n1,2\n")]).await.expect_err("no map");
    assert_eq!(problem.code, "import-no-map");
    let problem = try_import(&[("map.toml", MAP), ("a.csv", "vid,pid\n1,2\n")]).await.expect_err("no start");
    assert_eq!((problem.code.as_str(), &*problem.args["columns"]), ("import-columns-missing", "start"));
}

#[tokio::test]
async fn nothing_to_import_says_what_is_there_instead() {
    let code = async |files: &[(&str, &str)]| try_import(files).await.expect_err("nothing").code;
    assert_eq!(code(&[]).await, "import-folder-empty");
    assert_eq!(code(&[("a.csv", "")]).await, "import-file-empty");
    assert_eq!(code(&[("a.csv", "a\0b")]).await, "import-not-text");
    assert_eq!(code(&[("chairside.json", "{}")]).await, "import-json-foreign");
    assert_eq!(code(&[("chairside.json", "{\"format\"")]).await, "import-json-unreadable");
    let newer = r#"{"format":"chairside-export","version":99}"#;
    assert_eq!(code(&[("chairside.json", newer)]).await, "import-json-newer");
    assert_eq!(code(&[("map.toml", "name ="), ("a.csv", "a\n")]).await, "import-map-unreadable");
    let folder = folder(&[("a.db", "not a database")]);
    let missing = read(options(&folder.path().join("b.csv"))).await.expect_err("missing").code;
    assert_eq!(missing, "import-path-missing");
    let foreign = read(options(&folder.path().join("a.db"))).await.expect_err("foreign").code;
    assert_eq!(foreign, "import-not-a-database");
    let empty = import(&[("visits.csv", "start,patient\n")]).await;
    assert_eq!(empty.notes[0].code, "no-rows");
}

#[tokio::test]
async fn an_sqlite_file_gives_what_its_csv_files_give() {
    let text = "vid,pid,sid,start,min,state\n1,729,1,2024-03-05 09:00,30,ok\n2,730,1,2024-03-05 10:00,30,off\n";
    let from_csv = old(text).await;
    let folder = folder(&[("map.toml", MAP)]);
    let path = folder.path().join("old.db");
    let mut connection =
        SqliteConnectOptions::new().filename(&path).create_if_missing(true).connect().await.expect("a database");
    let script = "CREATE TABLE visits (vid INTEGER, pid REAL, sid TEXT, start TEXT, min INTEGER, state TEXT);
        INSERT INTO visits VALUES (1, 729, '1', '2024-03-05 09:00', 30, 'ok'), (2, 730, '1', '2024-03-05 10:00', 30, 'off');
        CREATE TABLE fish (name TEXT);";
    sqlx::raw_sql(script).execute(&mut connection).await.expect("rows");
    connection.close().await.expect("closed");
    let plan = read(Options { map: Some(folder.path().join("map.toml")), ..options(&path) }).await.expect("a plan");
    assert_eq!(plan.appointments, from_csv.appointments);
    assert_eq!(plan.patients, from_csv.patients);
    assert!(plan.notes.iter().any(|note| note.code == "table-unused"));
}

#[tokio::test]
async fn somebody_who_left_without_a_date_left_after_their_last_visit() {
    let staff = "sid,name,active\n1,Dr Ek,no\n2,Dr Alm,yes\n";
    let text =
        "vid,pid,sid,start,min\n1,1,1,2024-03-05 09:00,30\n2,1,1,2024-03-07 09:00,30\n3,1,2,2024-03-08 09:00,30\n";
    let plan = import(&[("map.toml", MAP), ("staff.csv", staff), ("visits.csv", text)]).await;
    let until: Vec<_> = plan.practitioners.iter().map(|it| it.active_until.map(|day| day.to_string())).collect();
    assert_eq!(until, [Some("2024-03-07".to_owned()), None]);
}

#[tokio::test]
async fn hours_are_derived_without_the_odd_visit_at_night() {
    let mut text = "vid,pid,sid,start,min\n".to_owned();
    for id in 0..300 {
        // Tuesdays, 09:00 to 16:30.
        let (week, half_hour) = (id / 16, id % 16);
        let day = NaiveDate::from_ymd_opt(2024, 1, 2).expect("a date") + chrono::Days::new(7 * week);
        text += &format!("{id},1,{id},{day} {:02}:{:02},30\n", 9 + half_hour / 2, half_hour % 2 * 30);
    }
    text += "999,1,1,2024-01-02 03:00,30\n1000,1,1,2024-01-07 11:00,30\n";
    let plan = old(&text).await;
    let open: Vec<usize> = (0..7).filter(|&day| !plan.hours.0[day].is_empty()).collect();
    assert_eq!(open, [1]);
    assert_eq!(plan.hours.0[1], [DaySpan::parse("09:00-17:00").expect("hours")]);
    let outside: Vec<bool> =
        plan.appointments[300..].iter().map(|visit| visit.flags.has(Flags::OUTSIDE_HOURS)).collect();
    assert_eq!(outside, [true, true]);
}
