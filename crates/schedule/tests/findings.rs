//! Every finding: what brings it about, what it takes staff to go on, that no
//! patient may, and what it names.

mod fixture;

use chairside_schedule::hours::{Blockout, WeeklyHours};
use chairside_schedule::rules::{Asker, Busy, Code, Finding, Severity, Wish, check};
use chairside_schedule::time::{Instant, Interval, resolve};
use chrono_tz::Europe::Stockholm;
use fixture::{clinic, day, id, local, span};

fn at(text: &str) -> Instant {
    resolve(&Stockholm, local(text)).earliest()
}

fn visit(number: u128, practitioner: u128, chair: Option<u128>, start: &str, minutes: u32) -> Busy {
    let interval = Interval::lasting(at(start), minutes);
    Busy { id: id(number), patient: id(number), practitioner: id(practitioner), chair: chair.map(id), interval }
}

/// On Monday 2026-06-01: Anna's steriliser service 15:00–15:30, everybody's
/// emergency half hour 16:00–16:30, Room 1 out of use 11:00–11:30.
fn blockouts() -> Vec<Blockout> {
    let block = |number, chair: Option<u128>, text: &str, reason: &str, for_emergencies| Blockout {
        id: id(number),
        practitioner: (number == 1).then(|| id(1)),
        chair: chair.map(id),
        day: day("2026-06-01"),
        span: span(text),
        interval: span(text).on(day("2026-06-01"), &Stockholm).expect("a stretch of that day"),
        reason: reason.to_owned(),
        for_emergencies,
    };
    vec![
        block(1, None, "15:00-15:30", "Steriliser service", false),
        block(2, None, "16:00-16:30", "", true),
        block(3, Some(1), "11:00-11:30", "Lamp", false),
    ]
}

/// Anna's 45 minutes at 09:00 in no chair, Cy's half hour at 10:00 in Room 1.
fn busy() -> Vec<Busy> {
    vec![visit(1, 1, None, "2026-06-01 09:00", 45), visit(2, 3, Some(1), "2026-06-01 10:00", 30)]
}

/// Anna, no chair, an examination of half an hour.
fn wish(start: &str) -> Wish {
    Wish {
        appointment: None,
        patient: Some(id(99)),
        practitioner: id(1),
        chair: None,
        kind: id(1),
        start: local(start),
        minutes: 30,
    }
}

const NOW: &str = "2026-05-20 12:00";

fn found(wish: &Wish, asker: Asker) -> Vec<Finding> {
    check(&clinic(), wish, &busy(), &blockouts(), asker, at(NOW))
}

/// Holds a wish against everything, once for each asker. `expected` are the
/// codes with what it takes staff, and what they name.
#[track_caller]
fn check_wish(wish: &Wish, expected: &[(Code, Severity, Option<&str>)]) {
    let staff = found(wish, Asker::Staff);
    let staff: Vec<_> = staff.iter().map(|finding| (finding.code, finding.severity, finding.name.as_deref())).collect();
    assert_eq!(staff, expected, "staff");
    let patient = found(wish, Asker::Patient);
    assert!(patient.iter().all(|finding| finding.severity == Severity::Refused), "{patient:?}");
    for (code, ..) in expected {
        assert!(patient.iter().any(|finding| finding.code == *code), "a patient isn't told of {code:?}");
    }
}

use Severity::{NeedsReason, Refused, Warning};

#[test]
fn nothing_stands_against_an_ordinary_visit() {
    check_wish(&wish("2026-06-01 10:00"), &[]);
    assert_eq!(found(&wish("2026-06-01 10:00"), Asker::Patient), []);
}

#[test]
fn who_what_and_where_must_be_known() {
    let base = wish("2026-06-01 10:00");
    let not = |code| [(code, Refused, None)];
    check_wish(&Wish { practitioner: id(9), ..base }, &not(Code::UnknownPractitioner));
    check_wish(&Wish { kind: id(9), ..base }, &not(Code::UnknownKind));
    check_wish(&Wish { chair: Some(id(9)), ..base }, &not(Code::UnknownChair));
    check_wish(&Wish { practitioner: id(2), ..base }, &[(Code::PractitionerInactive, Refused, Some("Bo"))]);
    let last_day = Wish { practitioner: id(2), ..wish("2026-05-29 10:00") };
    check_wish(&last_day, &[]);
}

#[test]
fn patients_choose_among_what_is_online() {
    let base = wish("2026-06-01 11:30");
    for (wish, code, name) in [
        (Wish { practitioner: id(3), ..base }, Code::PractitionerNotOnline, "Cy"),
        (Wish { kind: id(2), ..base }, Code::KindNotOnline, "Crown"),
    ] {
        check_wish(&wish, &[]);
        let patient = found(&wish, Asker::Patient);
        assert_eq!(patient, [Finding { code, severity: Refused, with: Vec::new(), name: Some(name.to_owned()) }]);
    }
}

#[test]
fn a_kind_no_longer_offered_stays_with_its_visits() {
    let old = Wish { kind: id(3), ..wish("2026-06-01 11:30") };
    check_wish(&old, &[(Code::KindInactive, Warning, Some("Old"))]);
    check_wish(&Wish { appointment: Some(id(50)), ..old }, &[]);
}

#[test]
fn lengths_are_multiples_of_five_and_at_most_a_day() {
    let base = wish("2026-06-01 10:00");
    check_wish(&Wish { minutes: 0, ..base }, &[(Code::Length, Refused, None)]);
    check_wish(&Wish { minutes: 7, ..base }, &[(Code::Length, Refused, None)]);
    check_wish(&Wish { minutes: 1445, ..base }, &[(Code::TooLong, Refused, None)]);
    check_wish(
        &Wish { minutes: u32::MAX - 1, ..base },
        &[(Code::Length, Refused, None), (Code::TooLong, Refused, None)],
    );
}

#[test]
fn a_day_is_as_long_as_its_clocks_make_it() {
    let too_long = |start: &str, hours: u32| {
        let findings = found(&Wish { minutes: hours * 60, ..wish(start) }, Asker::Staff);
        findings.iter().any(|finding| finding.code == Code::TooLong)
    };
    // Both nights are a Saturday's to a Sunday.
    assert!(!too_long("2027-03-28 00:00", 23));
    assert!(too_long("2027-03-28 00:00", 24));
    assert!(!too_long("2026-10-25 00:00", 24));
    assert!(too_long("2026-10-25 00:00", 25));
}

#[test]
fn the_nights_on_which_clocks_change() {
    check_wish(&wish("2027-03-28 02:30"), &[(Code::NoSuchTime, Refused, None)]);
    check_wish(&wish("2027-03-28 03:00"), &[]);
    check_wish(&wish("2026-10-25 02:30"), &[(Code::TimeTwice, Warning, None)]);
    check_wish(&wish("2026-10-25 03:00"), &[]);
    // Booked at 02:30 before the clocks go back, two hours last until 03:30.
    let night = [visit(7, 1, None, "2026-10-25 02:30", 120)];
    let codes = |start: &str| -> Vec<Code> {
        let findings = check(&clinic(), &wish(start), &night, &[], Asker::Staff, at(NOW));
        findings.iter().map(|finding| finding.code).collect()
    };
    assert_eq!(codes("2026-10-25 03:00"), [Code::Clash]);
    assert_eq!(codes("2026-10-25 03:30"), []);
    assert_eq!(codes("2026-10-25 01:30"), []);
    // On any other night four hours from 00:00 end at 04:00, on this one at 05:00.
    let night = [visit(7, 1, None, "2027-03-28 00:00", 240)];
    let codes = |start: &str| -> Vec<Code> {
        let findings = check(&clinic(), &wish(start), &night, &[], Asker::Staff, at(NOW));
        findings.iter().map(|finding| finding.code).collect()
    };
    assert_eq!(codes("2027-03-28 04:30"), [Code::Clash]);
    assert_eq!(codes("2027-03-28 05:00"), []);
}

#[test]
fn earlier_today_is_for_staff_and_earlier_days_for_nobody() {
    check_wish(&wish("2026-05-20 11:30"), &[(Code::Past, Warning, None)]);
    check_wish(&wish("2026-05-19 11:30"), &[(Code::Past, Refused, None)]);
    // Beginning this very second is no past.
    let now = check(&clinic(), &wish("2026-05-20 10:00"), &[], &[], Asker::Patient, at("2026-05-20 10:00"));
    assert_eq!(now, []);
    // 00:30 in Stockholm is still yesterday in UTC, and today at the clinic.
    let sunday = check(&clinic(), &wish("2026-05-24 00:00"), &[], &[], Asker::Staff, at("2026-05-24 00:30"));
    assert_eq!(sunday.iter().map(|finding| finding.severity).collect::<Vec<_>>(), [Warning]);
}

#[test]
fn a_mistyped_year_is_noticed() {
    check_wish(&wish("2029-05-21 10:00"), &[]);
    check_wish(&wish("2062-06-01 10:00"), &[(Code::BeyondWindow, Warning, None)]);
}

#[test]
fn forty_five_next_to_thirty_comes_out_right() {
    // 09:00–09:45 is taken.
    check_wish(&wish("2026-06-01 09:30"), &[(Code::Clash, NeedsReason, None)]);
    check_wish(&wish("2026-06-01 09:45"), &[(Code::OffGrid, Warning, None)]);
    check_wish(&wish("2026-06-01 08:30"), &[]);
    let until = |minutes| Wish { minutes, ..wish("2026-06-01 08:30") };
    check_wish(&until(35), &[(Code::Clash, NeedsReason, None)]);
    assert_eq!(found(&until(35), Asker::Staff)[0].with, [id(1)]);
    let itself = Wish { appointment: Some(id(1)), ..wish("2026-06-01 09:00") };
    check_wish(&itself, &[]);
}

#[test]
fn a_chair_is_taken_by_whoever_sits_in_it() {
    let room = Wish { chair: Some(id(1)), ..wish("2026-06-01 10:00") };
    check_wish(&room, &[(Code::ChairClash, NeedsReason, Some("Room 1"))]);
    assert_eq!(found(&room, Asker::Staff)[0].with, [id(2)]);
    let same_patient = Wish { patient: Some(id(2)), ..wish("2026-06-01 10:00") };
    check_wish(&same_patient, &[(Code::PatientElsewhere, Warning, None)]);
    assert_eq!(found(&same_patient, Asker::Staff)[0].with, [id(2)]);
}

#[test]
fn a_visit_that_clashes_is_told_of_once() {
    let again = Wish { patient: Some(id(1)), ..wish("2026-06-01 09:00") };
    check_wish(&again, &[(Code::Clash, NeedsReason, None)]);
}

#[test]
fn hours_and_closures() {
    let anna = Some("Anna");
    check_wish(&wish("2026-06-02 07:30"), &[(Code::OutsideHours, Warning, anna)]);
    check_wish(&wish("2026-06-02 16:30"), &[]);
    check_wish(&Wish { minutes: 35, ..wish("2026-06-02 16:30") }, &[(Code::OutsideHours, Warning, anna)]);
    check_wish(&wish("2026-06-19 10:00"), &[(Code::Closed, Warning, Some("Midsummer's Eve"))]);
    check_wish(&wish("2026-06-06 10:00"), &[(Code::Closed, Warning, None)]);
    // Sundays are open through midnight's other side only; Mondays begin at eight.
    check_wish(&wish("2026-06-07 23:30"), &[]);
    check_wish(&Wish { minutes: 45, ..wish("2026-06-07 23:30") }, &[(Code::OutsideHours, Warning, anna)]);
}

#[test]
fn whoever_has_hours_of_their_own_works_them() {
    let mut clinic = clinic();
    let mut own = WeeklyHours::default();
    own.0[5] = vec![span("10:00-12:00")];
    clinic.practitioners[0].hours = Some(own);
    let codes = |start: &str| -> Vec<Code> {
        let findings = check(&clinic, &wish(start), &[], &[], Asker::Staff, at(NOW));
        findings.iter().map(|finding| finding.code).collect()
    };
    assert_eq!(codes("2026-06-06 10:00"), [], "the clinic's Saturday is closed, theirs isn't");
    assert_eq!(codes("2026-06-02 10:00"), [Code::OutsideHours]);
}

#[test]
fn breaks_absences_and_blockouts() {
    check_wish(&wish("2026-06-01 12:30"), &[(Code::InBreak, Warning, Some("Lunch"))]);
    check_wish(&wish("2026-06-01 11:30"), &[]);
    check_wish(&Wish { minutes: 35, ..wish("2026-06-01 11:30") }, &[(Code::InBreak, Warning, Some("Lunch"))]);
    let long = Wish { minutes: 150, ..wish("2026-06-02 12:30") };
    check_wish(&long, &[(Code::InBreak, Warning, Some("Fika, Lunch"))]);
    check_wish(&wish("2026-06-04 09:30"), &[(Code::Away, Warning, Some("Course"))]);
    check_wish(&wish("2026-06-05 10:00"), &[]);
    check_wish(&wish("2026-06-01 15:00"), &[(Code::Blocked, Warning, Some("Steriliser service"))]);
    check_wish(&Wish { practitioner: id(3), ..wish("2026-06-01 15:00") }, &[]);
    check_wish(&wish("2026-06-01 11:00"), &[]);
    let room = Wish { chair: Some(id(1)), ..wish("2026-06-01 11:00") };
    check_wish(&room, &[(Code::Blocked, Warning, Some("Lamp"))]);
}

#[test]
fn emergencies_take_what_is_kept_for_them_unless_asked_for_online() {
    let start = "2026-06-01 16:00";
    check_wish(&wish(start), &[(Code::KeptForEmergencies, Warning, None)]);
    let acute = Wish { kind: id(4), ..wish(start) };
    check_wish(&acute, &[]);
    let online: Vec<_> = found(&acute, Asker::Patient).into_iter().map(|finding| finding.code).collect();
    assert_eq!(online, [Code::KeptForEmergencies]);
}

#[test]
fn everything_is_said_at_once_gravest_first() {
    let wrong = Wish { kind: id(9), chair: Some(id(1)), minutes: 210, ..wish("2026-06-01 09:35") };
    check_wish(
        &wrong,
        &[
            (Code::UnknownKind, Refused, None),
            (Code::Clash, NeedsReason, None),
            (Code::ChairClash, NeedsReason, Some("Room 1")),
            (Code::InBreak, Warning, Some("Lunch")),
            (Code::Blocked, Warning, Some("Lamp")),
            (Code::OffGrid, Warning, None),
        ],
    );
}

#[test]
fn codes_are_words_of_their_own() {
    let words: std::collections::BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(words.len(), Code::ALL.len());
    assert!(words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')));
}
