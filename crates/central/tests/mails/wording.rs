//! What mails say, in both languages.

use chairside_central::mails::invite::invite;
use chairside_central::mails::letter::{Letter, Offer};
use chairside_central::mails::render::render;
use chairside_central::mails::words::{Language, Words};
use chairside_sync::decide::Reason;
use chairside_sync::mails::{BookingId, Key, Outcome};
use chrono::{DateTime, NaiveDateTime};
use uuid::Uuid;

const LINK: &str = "https://book.example.org/#b=1&s=geheim";

fn at(wall_s: i64) -> NaiveDateTime {
    DateTime::from_timestamp(wall_s, 0).expect("a moment").naive_utc()
}

fn letter(outcome: Outcome) -> Letter {
    let refused = outcome == Outcome::NotPossible;
    let offer = |number: i64| Offer {
        starts: at(1_795_680_000 + number * 1_800),
        practitioner: Some("Doctor & <Daughter>".to_owned()),
        link: format!("{LINK}&alternative={number}"),
    };
    Letter {
        outcome,
        clinic: "Tooth <Fairy>".to_owned(),
        practitioner: Some("Doctor & <Daughter>".to_owned()),
        kind: Some("Check-up".to_owned()),
        starts: at(1_795_680_000),
        minutes: 30,
        zone: Some(chrono_tz::Europe::Stockholm),
        away_since: (outcome == Outcome::Held).then(|| at(1_795_600_000)),
        opens: (outcome == Outcome::Held).then(|| at(1_795_660_000)),
        reason: refused.then_some(Reason::Taken),
        alternatives: if refused { (1..=3).map(offer).collect() } else { Vec::new() },
        link: LINK.to_owned(),
        code: None,
    }
}

fn key(outcome: Outcome, sequence: u64) -> Key {
    Key { booking: BookingId(Uuid::from_u128(7)), sequence, outcome }
}

#[test]
fn every_outcome_is_told_in_both_languages_with_nothing_left_open() {
    for words in Language::ALL.map(Words::new) {
        for outcome in Outcome::ALL {
            let mail = render(&letter(outcome), &words);
            for form in [&mail.subject, &mail.text, &mail.html] {
                let open = ["{ $", "mail-", "{$"].into_iter().find(|open| form.contains(open));
                assert_eq!(open, None, "{outcome:?}: {form}");
            }
            let title = words.text(&format!("mail-{}-title", outcome.as_str()));
            assert!(mail.text.starts_with(&title) && mail.html.contains(&title), "{outcome:?}");
            assert!(mail.text.contains(LINK) && mail.html.contains(&LINK.replace('&', "&amp;")), "{outcome:?}");
            assert!(!mail.html.contains("<Fairy>") && !mail.html.contains("<Daughter>"), "{}", mail.html);
            assert!(!mail.html.contains("<img") && !mail.html.contains("src="), "nothing is fetched");
            let parts = ["<!doctype html>", "</html>", "lang=\"", "<h1"];
            assert!(parts.into_iter().all(|part| mail.html.contains(part)), "{}", mail.html);
        }
    }
}

#[test]
fn a_code_stands_in_the_mail_that_asks_for_it() {
    for words in Language::ALL.map(Words::new) {
        let mail = render(&Letter { code: Some("012345".to_owned()), ..letter(Outcome::Received) }, &words);
        assert!(mail.text.contains("012345") && mail.html.contains("012345"), "{}", mail.text);
    }
}

#[test]
fn a_mail_names_since_when_the_clinic_is_away_and_when_it_opens() {
    let mail = render(&letter(Outcome::Held), &Words::new(Language::Sv));
    assert!(mail.text.contains("Den är inte bekräftad än."), "{}", mail.text);
    assert!(mail.text.contains("frånkopplad sedan") && mail.text.contains("öppnar igen"), "{}", mail.text);
}

#[test]
fn every_reason_has_its_words_and_three_times_are_offered() {
    for words in Language::ALL.map(Words::new) {
        for reason in Reason::ALL {
            let mail = render(&Letter { reason: Some(reason), ..letter(Outcome::NotPossible) }, &words);
            assert!(!mail.text.contains("mail-reason"), "{reason:?}");
            assert_eq!(mail.html.matches("<li><a href=").count(), 3);
            assert_eq!(mail.text.matches("&alternative=").count(), 3);
        }
    }
}

#[test]
fn nothing_is_called_confirmed_before_the_clinic_said_so() {
    let english = Words::new(Language::En);
    for outcome in [Outcome::Received, Outcome::Held] {
        let text = render(&letter(outcome), &english).text;
        assert_eq!(text.matches("confirmed").count(), text.matches("not confirmed yet").count(), "{text}");
    }
}

#[test]
fn a_calendar_keeps_one_entry_through_all_mails() {
    let words = Words::new(Language::En);
    let steps = [
        (Outcome::Held, "PUBLISH", "TENTATIVE"),
        (Outcome::Confirmed, "PUBLISH", "CONFIRMED"),
        (Outcome::MovedByClinic, "PUBLISH", "CONFIRMED"),
        (Outcome::CancelledByClinic, "CANCEL", "CANCELLED"),
    ];
    for (sequence, (outcome, method, status)) in (1..).zip(steps) {
        let file =
            invite(&letter(outcome), key(outcome, sequence), 1_795_000_000_000, "a@example.org", "example.org", &words);
        let expected = [
            format!("UID:{}@example.org", Uuid::from_u128(7)),
            format!("SEQUENCE:{sequence}"),
            format!("METHOD:{method}"),
            format!("STATUS:{status}"),
            "DTSTART;TZID=Europe/Stockholm:20261126T080000".to_owned(),
            "DTEND;TZID=Europe/Stockholm:20261126T083000".to_owned(),
        ];
        for line in expected {
            assert!(file.lines().any(|have| have == line), "{line} in\n{file}");
        }
    }
}

/// Sentences stand in the catalogue: a literal of two words and a space
/// between them is none of markup, styles, attributes or an error for the log.
#[test]
fn no_sentence_stands_in_the_code() {
    let sources = [
        include_str!("../../src/mails/render.rs"),
        include_str!("../../src/mails/invite.rs"),
        include_str!("../../src/mails/letter.rs"),
        include_str!("../../src/mails/envelope.rs"),
    ];
    for line in sources.iter().flat_map(|source| source.lines()) {
        let plain = line.trim_start();
        let told_to_none = ["//", "#[error", "tracing::", "const ", "text.write_fmt"];
        if told_to_none.iter().any(|start| plain.starts_with(start)) || plain.contains('<') || plain.contains("font-") {
            continue;
        }
        for literal in plain.split('"').skip(1).step_by(2) {
            let words = literal.split(' ').filter(|word| word.chars().all(char::is_alphabetic) && word.len() > 1);
            assert!(words.count() < 3 || literal.contains("settings can't be read"), "a sentence: {line}");
        }
    }
}
