//! Whole exports: the generated one always, the real one where it lies.

use std::path::{Path, PathBuf};

use chairside_clinic::import::plan::Known;
use chairside_clinic::import::sample::sample;
use chairside_clinic::import::{Options, Plan, Role, Rules, read};
use chairside_schedule::appointment::{Flags, Status};
use chairside_schedule::clash;
use chairside_schedule::clinic::Grid;
use chairside_schedule::time::Instant;
use chrono::NaiveDate;

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

/// Every row is accounted for, whatever the file.
fn check_adds_up(plan: &Plan) {
    let summary = plan.summary(&Known::default());
    for (role, count) in &summary.tables {
        assert_eq!(count.rows, count.added + count.already_there + count.problems, "{role:?}");
    }
    assert_eq!(summary.by_source_status.values().sum::<u64>(), summary.added);
    assert_eq!(summary.by_status.values().sum::<u64>(), summary.added);

    let known = Known {
        practitioners: plan.practitioners.iter().map(|it| it.id).collect(),
        kinds: plan.kinds.iter().map(|it| it.id).collect(),
        patients: plan.patients.iter().map(|it| it.id).collect(),
        appointments: plan.appointments.iter().map(|it| it.id).collect(),
    };
    let again = plan.summary(&known);
    assert_eq!(again.added, 0);
    assert!(again.tables.values().all(|count| count.added == 0 && count.rows == count.already_there + count.problems));
}

#[tokio::test]
async fn the_generated_export_has_its_totals() {
    let folder = tempfile::tempdir().expect("a folder");
    for seed in 0..3 {
        let made = sample(seed, 200, 1_000);
        made.write(folder.path()).expect("files");
        let plan = read(options(folder.path())).await.expect("a plan");
        assert_eq!(plan.source, "dental-practice-export");
        assert_eq!(plan.by_source_status, made.by_status);
        assert_eq!(plan.clashes, made.clashes);
        assert_eq!(plan.appointments.iter().filter(|visit| visit.follows.is_some()).count() as u64, made.follow_ups);
        assert_eq!((plan.practitioners.len(), plan.patients.len(), plan.problems.len()), (7, 200, 0));
        check_adds_up(&plan);
    }
}

#[tokio::test]
async fn the_real_export_has_its_exact_totals() {
    let Some(folder) = std::env::var_os("CHAIRSIDE_EXPORT_DIR").map(PathBuf::from) else {
        eprintln!("CHAIRSIDE_EXPORT_DIR is not set: THE REAL EXPORT IS NOT TESTED, only a generated one of its shape");
        return;
    };
    let plan = read(options(&folder)).await.expect("a plan");
    check_adds_up(&plan);
    let summary = plan.summary(&Known::default());
    assert_eq!(summary.rows_read, 8_000);
    assert_eq!(summary.tables[&Role::Patients].added, 2_000);
    assert_eq!(summary.tables[&Role::Practitioners].added, 7);
    let words = |counts: &[(&str, u64)]| counts.iter().map(|(word, count)| ((*word).to_owned(), *count)).collect();
    let expected = words(&[("completed", 5_936), ("no_show", 826), ("cancelled", 816), ("rescheduled", 422)]);
    assert_eq!(summary.by_source_status, expected);
    assert_eq!(summary.by_status, [("fulfilled", 5_936), ("noshow", 826), ("cancelled", 1_238)].into());
    assert_eq!(summary.clashes, 921);
    assert_eq!(pairs(&plan, |status| matches!(status, Status::Fulfilled | Status::Noshow)), 1_152);
    assert_eq!(summary.follow_ups, 421);
    assert_eq!(summary.problems, []);
    assert_eq!(summary.remarks, []);
    assert_eq!(plan.zone.name(), "Europe/Stockholm");

    let names: Vec<&str> = plan.practitioners.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names[0], "General dentist 1");
    let left = plan.practitioners[6].active_until.expect("a last day");
    assert_eq!(left.to_string(), "2024-08-31");

    let day = NaiveDate::from_ymd_opt(2024, 3, 5).expect("a date");
    let on_the_day =
        |status: Status| plan.appointments.iter().filter(|v| v.time.day() == day && v.status == status).count();
    assert_eq!([Status::Fulfilled, Status::Noshow, Status::Cancelled].map(on_the_day), [17, 5, 1]);

    let follow_ups_of_moved = plan.appointments.iter().filter_map(|visit| visit.follows).all(|id| {
        let before = plan.appointments.iter().find(|visit| visit.id == id).expect("it is there");
        let reason = &before.cancellation.as_ref().expect("it was called off").reason;
        before.status == Status::Cancelled && reason.starts_with("Rescheduled")
    });
    assert!(follow_ups_of_moved);
    assert!(plan.patients.iter().all(|patient| patient.full_name().is_empty() && patient.external_id.is_some()));
    assert!(plan.appointments.iter().all(|visit| visit.flags.has(Flags::IMPORTED)));
    // Open on every day but Friday, as that country's week is.
    let open: Vec<bool> = plan.hours.0.iter().map(|day| !day.is_empty()).collect();
    assert_eq!(open, [true, true, true, true, false, true, true]);
}

/// Pairs of visits in certain statuses that overlap with one practitioner.
fn pairs(plan: &Plan, counted: impl Fn(Status) -> bool) -> usize {
    let column = |id| {
        let visits = plan.appointments.iter().filter(|visit| visit.practitioner == id && counted(visit.status));
        visits.map(|visit| visit.time.interval).collect::<Vec<_>>()
    };
    plan.practitioners.iter().map(|it| clash::pairs(&column(it.id)).len()).sum()
}

#[tokio::test]
async fn the_same_files_give_the_same_plan() {
    let folder = tempfile::tempdir().expect("a folder");
    sample(7, 50, 300).write(folder.path()).expect("files");
    let first = read(options(folder.path())).await.expect("a plan");
    let second = read(options(folder.path())).await.expect("a plan");
    assert_eq!(first.appointments, second.appointments);
    assert_eq!(first.patients, second.patients);
    assert_eq!(first.summary(&Known::default()), second.summary(&Known::default()));
}
