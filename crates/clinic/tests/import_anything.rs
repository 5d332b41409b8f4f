//! Whatever the bytes, reading them ends in a plan that adds up or in a problem.

use std::path::Path;

use chairside_clinic::import::plan::Known;
use chairside_clinic::import::{Options, Plan, Rules, csv, read};
use chairside_clinic::problem::Problem;
use chairside_schedule::clinic::Grid;
use chairside_schedule::time::Instant;
use chrono::NaiveDate;
use proptest::prelude::*;

fn import(path: &Path) -> Result<Plan, Problem> {
    let options = Options {
        path: path.to_owned(),
        map: None,
        zone: None,
        store_zone: None,
        rules: Rules { grid: Grid::DEFAULT, breaks: Vec::new(), hours: None },
        today: NaiveDate::from_ymd_opt(2026, 11, 24).expect("a date"),
        now: Instant(1_795_500_000),
    };
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(read(options))
}

fn check(bytes: &[u8], name: &str) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join(name), bytes)?;
    if let Ok(plan) = import(&folder.path().join(name)) {
        let summary = plan.summary(&Known::default());
        for count in summary.tables.values() {
            prop_assert_eq!(count.rows, count.added + count.already_there + count.problems);
        }
        prop_assert_eq!(summary.by_source_status.values().sum::<u64>(), summary.added);
        for visit in &plan.appointments {
            prop_assert!(visit.time.minutes > 0);
            prop_assert!(plan.patients.iter().any(|patient| patient.id == visit.patient && patient.is_identified()));
            prop_assert!(plan.practitioners.iter().any(|it| it.id == visit.practitioner));
            prop_assert!(plan.kinds.iter().any(|kind| kind.id == visit.kind));
        }
    }
    Ok(())
}

/// Cells that have something about them.
fn cell() -> impl Strategy<Value = String> {
    let odd = [
        "",
        "1",
        "729",
        "7.29E+02",
        "2024-03-05 09:00:00",
        "2024-03-05",
        "03/04/2024",
        "25:99",
        "\"",
        "\"open",
        "a\nb",
        "completed",
        "no_show",
        "-30",
        "99999999999",
        "1E+40",
        "NULL",
        "å",
        "2024-03-31 02:30:00",
        "=1+1",
        ";",
        "\u{0}",
    ];
    prop_oneof![4 => prop::sample::select(odd.map(str::to_owned).to_vec()), 1 => "\\PC{0,12}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        check(&bytes, "visits.csv")?;
        check(&bytes, "chairside.json")?;
    }

    #[test]
    fn any_cells_under_a_known_header_add_up(
        rows in prop::collection::vec(prop::collection::vec(cell(), 5..9), 0..12),
        delimiter in prop::sample::select(vec![",", ";", "\t"]),
        cut in any::<prop::sample::Index>(),
        whole in any::<bool>(),
    ) {
        let header = ["appointment_id", "patient_id", "dentist_id", "scheduled_start_at", "planned_duration_min", "visit_type", "status"];
        let lines = rows.iter().map(|row| row.join(delimiter));
        let text = std::iter::once(header.join(delimiter)).chain(lines).collect::<Vec<_>>().join("\n");
        let length = if whole { text.len() } else { cut.index(text.len()) };
        check(&text.as_bytes()[..length], "visits.csv")?;
    }

    #[test]
    fn a_proper_writers_file_is_read_cell_for_cell(rows in prop::collection::vec(("\\PC{0,8}", "[a\"\n\r,; ]{0,8}", "x"), 0..8)) {
        let mut writer = ::csv::Writer::from_writer(Vec::new());
        writer.write_record(["first", "second", "third"])?;
        for (a, b, c) in &rows {
            writer.write_record([a, b, c])?;
        }
        let bytes = writer.into_inner()?;
        let table = csv::read("a.csv", "a", &bytes).expect("a table");
        let read: Vec<Vec<&str>> = table.rows.iter().map(|row| row.cells().collect()).collect();
        let written: Vec<Vec<&str>> = rows.iter().map(|(a, b, c)| vec![a.as_str(), b.as_str(), c.as_str()]).collect();
        prop_assert_eq!(read, written);
        prop_assert!(table.broken.is_empty());
    }

    #[test]
    fn any_map_is_read_or_refused(text in "\\PC{0,80}") {
        drop(chairside_clinic::import::map::Map::parse("map.toml", &text));
    }
}
