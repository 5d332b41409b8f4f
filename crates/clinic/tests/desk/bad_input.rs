//! What can't be, what shouldn't be, and what takes a second look.

use serde_json::{Value, json};

use crate::fixture::{Front, chair, codes, date, named, practitioner, span, visit_id, with};

/// A clinic whose Wednesday is Christmas Eve, with a visit at 10:30 today.
async fn front() -> Front {
    let mut clinic = crate::fixture::clinic();
    clinic.exceptions.push(chairside_schedule::hours::DateException {
        date: date("2026-11-25"),
        name: "Julafton".to_owned(),
        spans: Vec::new(),
    });
    clinic.practitioners[1].active_until = Some(date("2026-11-01"));
    clinic.practitioners[2].absences.push(chairside_schedule::practitioner::Absence {
        from: date("2026-11-24"),
        until: date("2026-11-24"),
        span: None,
        reason: "Kurs".to_owned(),
    });
    clinic.kinds[7].active = false;
    let front = Front::with(clinic).await;
    front.book(0, "2026-11-24T10:30").await;
    front.block(Some(0), "2026-11-24", "16:00-16:30", false).await;
    front
}

fn new_patient(member: &str, value: &str) -> Value {
    let empty = json!({ "given": "", "family": "", "birth": "", "personnummer": "", "phone": "", "email": "" });
    with(empty, &format!("/{member}"), json!(value))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_booked_is_refused_with_its_reason() {
    let front = front().await;
    let fine = front.wish(1, "2026-11-24T11:00");
    let id = uuid::Uuid::from_u128(0xdead);
    let start = |local: &str| with(fine.clone(), "/wish/start", json!(local));
    let minutes = |minutes: u64| with(fine.clone(), "/wish/minutes", json!(minutes));
    let patient = |member: &str, value: &str| with(fine.clone(), "/new_patient", new_patient(member, value));
    let cases: Vec<(&str, Value, &str)> = vec![
        ("a clash", start("2026-11-24T10:30:00"), "clash"),
        ("half a clash", start("2026-11-24T10:45:00"), "clash"),
        ("earlier today", start("2026-11-24T09:00:00"), "past"),
        ("yesterday", start("2026-11-23T09:00:00"), "past"),
        ("last century", start("1926-11-24T09:00:00"), "past"),
        ("before opening", start("2026-11-26T07:00:00"), "outside-hours"),
        ("past closing", start("2026-11-26T17:00:00"), "outside-hours"),
        ("over closing", with(start("2026-11-26T16:30:00"), "/wish/minutes", json!(60)), "outside-hours"),
        ("an exception", start("2026-11-25T09:00:00"), "closed"),
        ("a Sunday", start("2026-11-29T09:00:00"), "closed"),
        ("lunch", start("2026-11-24T12:00:00"), "in-break"),
        ("into lunch", with(start("2026-11-24T11:30:00"), "/wish/minutes", json!(45)), "in-break"),
        ("off the grid", start("2026-11-24T11:10:00"), "off-grid"),
        ("with seconds", start("2026-11-24T11:00:30"), "off-grid"),
        ("blocked", start("2026-11-24T16:00:00"), "blocked"),
        ("away", with(fine.clone(), "/wish/practitioner", json!(practitioner(2))), "away"),
        ("left", with(fine.clone(), "/wish/practitioner", json!(practitioner(1))), "practitioner-inactive"),
        ("nobody", with(fine.clone(), "/wish/practitioner", json!(id)), "unknown-practitioner"),
        ("no kind", with(fine.clone(), "/wish/kind", json!(id)), "unknown-kind"),
        ("an old kind", with(fine.clone(), "/wish/kind", json!(front.kind(7))), "kind-inactive"),
        ("no chair", with(fine.clone(), "/wish/chair", json!(id)), "unknown-chair"),
        ("no such patient", with(fine.clone(), "/wish/patient", json!(id)), "unknown-patient"),
        ("nobody chosen", with(fine.clone(), "/wish/patient", json!(null)), "patient-missing"),
        ("no length", minutes(0), "length"),
        ("seven minutes", minutes(7), "length"),
        ("longer than the day", minutes(24 * 60 + 5), "too-long"),
        ("longer than anything", minutes(u64::from(u32::MAX)), "too-long"),
        ("four years ahead", start("2030-11-25T09:00:00"), "beyond-window"),
        ("the year 9999", start("9999-12-31T23:30:00"), "beyond-window"),
        ("the end of the calendar", start("+262142-12-31T23:30:00"), "beyond-window"),
        ("its beginning", start("-262143-01-01T00:00:00"), "past"),
        ("an hour that isn't", start("2027-03-28T02:30:00"), "no-such-time"),
        ("no identification", patient("phone", "070-741 22 33"), "patient-unidentified"),
        ("only blanks", patient("given", "   "), "patient-unidentified"),
        ("30 February", patient("birth", "1987-02-30"), "birth-no-such-day"),
        ("born tomorrow", patient("birth", "2026-11-25"), "birth-ahead"),
        ("born in 1899", patient("birth", "1899"), "birth-too-long-ago"),
        ("born on a Monday", patient("birth", "Monday"), "birth-unreadable"),
        ("a wrong check digit", patient("personnummer", "811218-9877"), "personnummer-check-digit"),
        ("month 13", patient("personnummer", "811318-9876"), "personnummer-no-such-day"),
        ("nine digits", patient("personnummer", "811218-987"), "personnummer-unreadable"),
        ("letters to call", patient("phone", "call me"), "phone-unreadable"),
        ("four digits to call", patient("phone", "1234"), "phone-too-short"),
        ("too many to call", patient("phone", "1234567890123456"), "phone-too-long"),
        ("half an address", patient("email", "elsa@"), "email-invalid"),
        ("a long name", patient("given", &"a".repeat(201)), "name-too-long"),
        ("a long address", patient("email", &format!("{}@example.com", "a".repeat(200))), "email-too-long"),
        ("a 10,000-character note", with(fine.clone(), "/note", json!("å".repeat(10_000))), "note-too-long"),
        ("a long reason", with(fine.clone(), "/accept/overbook_reason", json!("x".repeat(201))), "reason-too-long"),
        (
            "the same id with other content",
            with(front.wish(0, "2026-11-24T10:30"), "/note", json!("other")),
            "id-taken",
        ),
    ];
    for (what, request, code) in cases {
        let problem = front.refused("book_visit", request).await;
        assert_eq!(problem.code, code, "{what}");
    }
    front.verify().await;
    front.done("book_visit", fine).await;
    let note = with(front.wish(2, "2026-11-24T13:00"), "/note", json!("å".repeat(2_000)));
    front.done("book_visit", note).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clash_names_the_visit_in_the_way() {
    let front = front().await;
    let problem = front.refused("book_visit", front.wish(1, "2026-11-24T10:30")).await;
    assert_eq!((problem.args["start"].as_str(), problem.args["date"].as_str()), ("10:30", "2026-11-24"));
    let with = &problem.findings[0].with[0];
    assert_eq!((with.id, with.name.as_str(), with.practitioner.as_str()), (visit_id(0), "Elsa Lund", "Erik Sandberg"));
}

#[tokio::test(flavor = "multi_thread")]
async fn warnings_are_accepted_one_by_one_and_refusals_never() {
    let front = front().await;
    // (start, what it takes; none: it can't be done)
    let cases: [(&str, Option<&[&str]>); 6] = [
        ("2026-11-24T09:00", Some(&["past"])),
        ("2026-11-24T12:10", Some(&["in-break", "off-grid"])),
        ("2026-11-26T17:30", Some(&["outside-hours"])),
        ("2026-11-25T09:00", Some(&["closed"])),
        ("2026-11-23T09:00", None),
        ("2027-03-28T02:30", None),
    ];
    for (number, (start, takes)) in (1..).zip(cases) {
        let request = front.wish(number, start);
        let Some(takes) = takes else {
            let everything = json!(["past", "no-such-time", "outside-hours", "closed", "off-grid"]);
            front.refused("book_visit", with(request, "/accept/warnings", everything)).await;
            continue;
        };
        let checked = front.done("check_visit", json!({ "wish": request["wish"], "moving": null })).await;
        assert_eq!(codes(&checked["findings"]), takes, "{start}");
        for left_out in takes {
            let some: Vec<&&str> = takes.iter().filter(|code| *code != left_out).collect();
            let problem = front.refused("book_visit", with(request.clone(), "/accept/warnings", json!(some))).await;
            assert_eq!(problem.code, *left_out);
        }
        front.done("book_visit", with(request, "/accept/warnings", json!(takes))).await;
    }
    front.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_offers_ways_out_only_where_there_are_some() {
    let front = front().await;
    let check = async |wish: Value| front.done("check_visit", json!({ "wish": wish, "moving": null })).await;
    let fine = front.wish(1, "2026-11-24T11:00")["wish"].clone();
    let checked = check(fine.clone()).await;
    assert_eq!((codes(&checked["findings"]).len(), checked["instead"].as_array().map(Vec::len)), (0, Some(0)));
    let checked = check(front.wish(1, "2026-11-24T10:30")["wish"].clone()).await;
    assert_eq!(codes(&checked["findings"]), ["clash", "patient-elsewhere"][..1].to_vec());
    let starts: Vec<_> =
        checked["instead"].as_array().expect("a list").iter().map(|way| way["start"].clone()).collect();
    assert_eq!(starts, ["2026-11-24T11:00:00", "2026-11-24T11:30:00", "2026-11-24T13:00:00"]);
    for (path, value) in [
        ("/minutes", json!(0)),
        ("/minutes", json!(u32::MAX)),
        ("/practitioner", json!(uuid::Uuid::nil())),
        ("/start", json!("+262142-12-31T23:30:00")),
        ("/start", json!("-262143-01-01T00:00:00")),
    ] {
        let asked =
            front.ask("check_visit", json!({ "wish": with(fine.clone(), path, value.clone()), "moving": null })).await;
        if let Ok(checked) = asked {
            assert!(!codes(&checked["findings"]).is_empty(), "{value}");
            assert_eq!(checked["instead"], json!([]), "{value}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_a_request_is_told_so() {
    let front = front().await;
    let fine = front.wish(1, "2026-11-24T11:00");
    let huge = "9".repeat(400);
    let cases: Vec<(&str, Value, &str)> = vec![
        ("drop_tables", json!(null), "unknown-command"),
        ("", json!(null), "unknown-command"),
        ("book_visit", json!(null), "bad-request"),
        ("book_visit", json!([1, 2, 3]), "bad-request"),
        ("book_visit", json!("book"), "bad-request"),
        ("book_visit", json!({}), "bad-request"),
        ("book_visit", with(fine.clone(), "/id", json!("not-an-id")), "bad-request"),
        ("book_visit", with(fine.clone(), "/id", json!(huge)), "bad-request"),
        ("book_visit", with(fine.clone(), "/wish/minutes", json!(-30)), "bad-request"),
        ("book_visit", with(fine.clone(), "/wish/minutes", json!(4_294_967_296_u64)), "bad-request"),
        ("book_visit", with(fine.clone(), "/wish/minutes", json!(30.5)), "bad-request"),
        ("book_visit", with(fine.clone(), "/wish/start", json!("2026-02-30T10:00:00")), "bad-request"),
        ("book_visit", with(fine.clone(), "/wish/start", json!("soon")), "bad-request"),
        ("book_visit", with(fine.clone(), "/source", json!("telepathy")), "bad-request"),
        ("day_board", json!({ "date": "2026-13-01" }), "bad-request"),
        ("clinic", json!({ "all": true }), "bad-request"),
        ("find_patients", json!({ "text": "a", "limit": -1 }), "bad-request"),
        ("find_patients", json!({ "text": "a".repeat(101), "limit": 10 }), "search-too-long"),
        ("patient", json!({ "id": uuid::Uuid::nil() }), "unknown-patient"),
        ("set_status", json!({ "id": visit_id(9), "version": 1, "status": "arrived" }), "unknown-visit"),
        ("set_status", json!({ "id": visit_id(0), "version": 1, "status": "asleep" }), "bad-request"),
        ("undo", json!({ "seq": u64::MAX }), "nothing-to-undo"),
        ("undo", json!({ "seq": 0 }), "nothing-to-undo"),
        ("undo", json!({ "seq": -1 }), "bad-request"),
    ];
    for (name, request, code) in cases {
        assert_eq!(front.refused(name, request.clone()).await.code, code, "{name} {request}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_day_of_any_calendar_ends_the_desk() {
    let front = front().await;
    for day in ["+262142-12-31", "-262143-01-01", "9999-12-31", "0001-01-01", "1969-12-31"] {
        for (name, request) in [
            ("day_board", json!({ "date": day })),
            ("month_load", json!({ "month": day })),
            (
                "next_openings",
                json!({ "kind": front.kind(0), "minutes": null, "practitioner": null, "from": format!("{day}T10:00:00"), "limit": 3 }),
            ),
        ] {
            // Answered or refused in words; never a panic.
            if let Err(problem) = front.ask(name, request).await {
                crate::sentences::check(&problem);
                assert_ne!(problem.code, "internal", "{name} {day}");
            }
        }
    }
    front.book(1, "2026-11-24T11:00").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_editors_of_one_visit_are_told_apart() {
    let front = front().await;
    let describe =
        |note: &str| json!({ "id": visit_id(0), "version": 1, "note": note, "kind": front.kind(0), "confirmed": true });
    front.done("describe_visit", describe("mine")).await;
    for (name, request) in [
        ("describe_visit", describe("theirs")),
        ("set_status", json!({ "id": visit_id(0), "version": 1, "status": "arrived" })),
        ("cancel_visit", json!({ "id": visit_id(0), "version": 1, "by": "patient", "reason": "" })),
        (
            "move_visit",
            json!({ "id": visit_id(0), "version": 1, "practitioner": practitioner(0), "start": "2026-11-24T11:00:00",
            "minutes": 30, "accept": { "warnings": [], "overbook_reason": null } }),
        ),
        ("set_status", json!({ "id": visit_id(0), "version": 3, "status": "arrived" })),
    ] {
        assert_eq!(front.refused(name, request).await.code, "changed-meanwhile", "{name}");
    }
    let board = front.board("2026-11-24").await;
    assert_eq!(board["visits"][0]["note"], "mine");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_commands_have_the_same_limits() {
    let front = front().await;
    let long = "x".repeat(10_000);
    let cases = [
        (
            "describe_visit",
            json!({ "id": visit_id(0), "version": 1, "note": long, "kind": front.kind(0), "confirmed": true }),
            "note-too-long",
        ),
        (
            "describe_visit",
            json!({ "id": visit_id(0), "version": 1, "note": "", "kind": uuid::Uuid::nil(), "confirmed": true }),
            "unknown-kind",
        ),
        (
            "cancel_visit",
            json!({ "id": visit_id(0), "version": 1, "by": "patient", "reason": long }),
            "reason-too-long",
        ),
        (
            "move_visit",
            json!({ "id": visit_id(0), "version": 1, "practitioner": practitioner(0), "start": "2026-11-23T11:00:00",
            "minutes": 30, "accept": { "warnings": ["past"], "overbook_reason": null } }),
            "past",
        ),
        (
            "move_visit",
            json!({ "id": visit_id(0), "version": 1, "practitioner": practitioner(0), "start": "2026-11-24T10:30:00",
            "minutes": 32, "accept": { "warnings": [], "overbook_reason": null } }),
            "length",
        ),
        (
            "next_openings",
            json!({ "kind": uuid::Uuid::nil(), "minutes": null, "practitioner": null, "from": null, "limit": 3 }),
            "unknown-kind",
        ),
        (
            "next_openings",
            json!({ "kind": front.kind(0), "minutes": null, "practitioner": uuid::Uuid::nil(), "from": null, "limit": 3 }),
            "unknown-practitioner",
        ),
        (
            "next_openings",
            json!({ "kind": front.kind(0), "minutes": 7, "practitioner": null, "from": null, "limit": 3 }),
            "length",
        ),
        (
            "next_openings",
            json!({ "kind": front.kind(0), "minutes": 0, "practitioner": null, "from": null, "limit": 3 }),
            "length",
        ),
        (
            "next_openings",
            json!({ "kind": front.kind(0), "minutes": 1_445, "practitioner": null, "from": null, "limit": 3 }),
            "too-long",
        ),
    ];
    for (name, request, code) in cases {
        assert_eq!(front.refused(name, request.clone()).await.code, code, "{name} {request}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_patient_with_one_personnummer_is_refused() {
    let front = front().await;
    let new = |number, start, given: &str| {
        let mut patient = new_patient("given", given);
        patient["personnummer"] = json!("811218-9876");
        with(with(front.wish(number, start), "/wish/patient", json!(null)), "/new_patient", patient)
    };
    front.done("book_visit", new(1, "2026-11-24T11:00", "Lars")).await;
    assert_eq!(front.refused("book_visit", new(2, "2026-11-24T13:00", "Lasse")).await.code, "personnummer-taken");
    // A refused booking registers nobody either.
    let clash = with(new(3, "2026-11-24T11:00", "Nils"), "/new_patient/personnummer", json!("701063-2391"));
    assert_eq!(front.refused("book_visit", clash).await.code, "clash");
    assert_eq!(front.done("find_patients", json!({ "text": "nils", "limit": 5 })).await, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chair_and_a_patient_are_in_one_place_at_a_time() {
    let front = front().await;
    let in_chair = with(front.wish(1, "2026-11-24T13:00"), "/wish/chair", json!(chair(0)));
    front.done("book_visit", in_chair.clone()).await;
    front.settings(|clinic| clinic.practitioners[1].active_until = None).await;
    let other = with(with(in_chair, "/id", json!(visit_id(2))), "/wish/practitioner", json!(practitioner(1)));
    let other = with(other, "/wish/patient", json!(named(1, "", "").id));
    assert_eq!(front.refused("book_visit", other.clone()).await.code, "chair-clash");
    let twice = with(front.wish(2, "2026-11-24T13:00"), "/wish/practitioner", json!(practitioner(1)));
    assert_eq!(front.refused("book_visit", twice.clone()).await.code, "patient-elsewhere");
    front.done("book_visit", with(twice, "/accept/warnings", json!(["patient-elsewhere"]))).await;
    front.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn time_kept_for_emergencies_and_over_midnight_is_seen_inside_the_booking() {
    let mut clinic = crate::fixture::clinic();
    for day in &mut clinic.hours.0 {
        *day = vec![span("00:00-24:00")];
    }
    let front = Front::with(clinic).await;
    front.block(None, "2026-11-26", "00:00-01:00", true).await;
    let late = with(front.wish(1, "2026-11-25T23:30"), "/wish/minutes", json!(60));
    assert_eq!(front.refused("book_visit", late.clone()).await.code, "kept-for-emergencies");
    let acute = with(late, "/wish/kind", json!(front.kind(6)));
    front.done("book_visit", acute).await;
}
