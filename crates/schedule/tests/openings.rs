//! What is free: the order of openings, midnight, and what a day's plan says.

mod fixture;

use chairside_schedule::Clinic;
use chairside_schedule::hours::DateException;
use chairside_schedule::id::PractitionerId;
use chairside_schedule::openings::{Search, closed_on, day_plan, load_percent, next_openings};
use chairside_schedule::time::{Instant, Interval};
use chrono::{NaiveDate, NaiveDateTime};
use fixture::{clinic, day, id, local, span};

/// The first openings of `minutes` on the days from `first` on, with whom and when.
fn openings(clinic: &Clinic, first: &str, minutes: u32, limit: usize) -> Vec<(PractitionerId, NaiveDateTime)> {
    let search = Search {
        clinic,
        practitioners: clinic.practitioners.iter().collect(),
        minutes,
        emergency: false,
        from: Instant(0),
        limit,
    };
    let found = next_openings(&search, day(first).iter_days().take(7), &[], |_, _| Some(&[]));
    found.into_iter().map(|found| (found.practitioner, found.opening.local)).collect()
}

#[test]
fn whoever_is_first_comes_first_and_board_order_decides_between_equals() {
    // Anna is away until ten; Bo left in May.
    let found = openings(&clinic(), "2026-06-04", 120, 4);
    let expected = [(3, "2026-06-04 08:00"), (3, "2026-06-04 08:30"), (3, "2026-06-04 09:00"), (3, "2026-06-04 09:30")];
    assert_eq!(found, expected.map(|(practitioner, start)| (id(practitioner), local(start))));
    let found = openings(&clinic(), "2026-06-08", 30, 3);
    let expected = [(1, "2026-06-08 08:00"), (3, "2026-06-08 08:00"), (1, "2026-06-08 08:30")];
    assert_eq!(found, expected.map(|(practitioner, start)| (id(practitioner), local(start))));
}

#[test]
fn no_opening_reaches_into_a_break_and_a_search_goes_on_another_day() {
    // Four hours fit between opening and lunch and nowhere else.
    let mut clinic = clinic();
    clinic.practitioners.truncate(1);
    let found = openings(&clinic, "2026-06-08", 240, 2);
    assert_eq!(
        found.iter().map(|found| found.1).collect::<Vec<_>>(),
        [local("2026-06-08 08:00"), local("2026-06-09 08:00"),]
    );
}

#[test]
fn a_clinic_open_around_the_clock_is_open_through_midnight() {
    let mut clinic = clinic();
    clinic.practitioners.truncate(1);
    let late = |clinic: &Clinic, first: &str| {
        openings(clinic, first, 60, usize::MAX).contains(&(id(1), local("2026-06-07 23:30")))
    };
    assert!(!late(&clinic, "2026-06-07"), "Mondays begin at eight");
    clinic.hours.0[0] = clinic.hours.0[6].clone();
    assert!(late(&clinic, "2026-06-07"));
}

#[test]
fn a_day_that_its_zone_left_out_is_slept_through() {
    // Samoa had no 30 December 2011.
    let mut clinic = clinic();
    clinic.zone = chrono_tz::Pacific::Apia;
    clinic.practitioners.truncate(1);
    clinic.breaks.clear();
    let around_the_clock = clinic.hours.0[6].clone();
    clinic.hours.0.fill(around_the_clock);
    let days: Vec<NaiveDate> =
        openings(&clinic, "2011-12-29", 60, 60).into_iter().map(|found| found.1.date()).collect();
    assert_eq!(days.iter().filter(|on| **on == day("2011-12-29")).count(), 48, "23:30 as well");
    assert_eq!(days[48], day("2011-12-31"));
}

#[test]
fn nothing_is_offered_in_time_that_nobody_knows_of() {
    let clinic = clinic();
    let search = Search {
        clinic: &clinic,
        practitioners: clinic.practitioners.iter().collect(),
        minutes: 30,
        emergency: false,
        from: Instant(0),
        limit: 10,
    };
    assert_eq!(next_openings(&search, [day("2026-06-08")], &[], |_, _| None), []);
}

#[test]
fn a_plan_is_what_the_board_draws() {
    let clinic = clinic();
    let anna = &clinic.practitioners[0];
    let plan = day_plan(&clinic, anna, day("2026-06-04"), &[]);
    assert_eq!(plan.working, [span("10:00-17:00")]);
    let breaks = [("Lunch".to_owned(), span("12:00-13:00")), ("Fika".to_owned(), span("14:30-15:00"))];
    assert_eq!(plan.breaks, breaks);
    assert_eq!(plan.away, None);

    let mut ill = anna.clone();
    ill.absences[0].span = None;
    let plan = day_plan(&clinic, &ill, day("2026-06-04"), &[]);
    assert_eq!((plan.working, plan.breaks, plan.away), (Vec::new(), Vec::new(), Some("Course".to_owned())));
    let closed = day_plan(&clinic, anna, day("2026-06-19"), &[]);
    assert_eq!(closed.away, Some(String::new()));
}

#[test]
fn closed_days_have_a_name_if_they_are_exceptions() {
    let mut clinic = clinic();
    assert_eq!(closed_on(&clinic, day("2026-06-19")), Some("Midsummer's Eve".to_owned()));
    assert_eq!(closed_on(&clinic, day("2026-06-06")), Some(String::new()));
    assert_eq!(closed_on(&clinic, day("2026-06-08")), None);
    let open_saturday =
        DateException { date: day("2026-06-06"), name: "Open house".to_owned(), spans: vec![span("10:00-14:00")] };
    clinic.exceptions.push(open_saturday);
    assert_eq!(closed_on(&clinic, day("2026-06-06")), None);
}

#[test]
fn a_hundred_percent_is_nothing_left() {
    let interval = |start, end| Interval::new(Instant(start), Instant(end)).expect("start before end");
    let day = [interval(0, 1000), interval(2000, 3000)];
    assert_eq!(load_percent(&day, &[interval(0, 1000), interval(2000, 2999)]), 99);
    assert_eq!(load_percent(&day, &[interval(-50, 5000), interval(0, 10)]), 100);
    assert_eq!(load_percent(&[], &[interval(0, 10)]), 0);
}
