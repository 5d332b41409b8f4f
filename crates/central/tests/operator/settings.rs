//! Every setting can stand in the file, in the environment or be a flag, and
//! means the same wherever it stands.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::program::Place;

/// A setting, a value it may have, what else has to be said then, where it is
/// printed, and how: masked where it is a secret.
const ALL: [(&str, &str, &str, &str, &str); 25] = [
    ("data", "/a/folder", "", "/data", "/a/folder"),
    ("listen", "127.0.0.1:81", "", "/lines/listen", "127.0.0.1:81"),
    ("https", "true", "", "/lines/https", "true"),
    ("tls_certificate", "/a/certificate", "tls_key = '/a/key'", "/lines/tls/certificate", "/a/certificate"),
    ("tls_key", "/a/key", "tls_certificate = '/a/certificate'", "/lines/tls/key", "/a/key"),
    ("mqtt_listen", "127.0.0.1:82", "", "/lines/mqtt_listen", "127.0.0.1:82"),
    ("public_name", "central.example.org", "", "/lines/public_name", "central.example.org"),
    ("broker_files", "/a/folder", "broker = 'mqtt://127.0.0.1'", "/lines/broker_files", "/a/folder"),
    (
        "desk_broker",
        "mqtts://b.example.org",
        "broker = 'mqtt://127.0.0.1'",
        "/lines/desk_broker",
        "mqtts://b.example.org",
    ),
    ("broker", "mqtt://127.0.0.1:83", "", "/broker", "mqtt://127.0.0.1:83"),
    ("broker_password", "sesame", "", "/broker_password", "***"),
    ("requests_per_minute", "7", "", "/limits/requests_per_minute", "7"),
    ("requests_at_once", "7", "", "/limits/requests_at_once", "7"),
    ("waiting_most", "7", "", "/limits/waiting_most", "7"),
    ("bookings_per_contact", "7", "", "/limits/bookings_per_contact", "7"),
    ("smtp", "smtps://name:sesame@mail.example.org", "mail_from = 'a@example.org'", "/mails/way/smtp", "***"),
    ("mail_dir", "/a/folder", "", "/mails/way/folder", "/a/folder"),
    ("mail_from", "Clinics <a@example.org>", "", "/mails/from", "Clinics <a@example.org>"),
    ("public_url", "https://central.example.org", "", "/mails/page", "https://central.example.org"),
    ("verify_contact", "true", "", "/verify_contact", "true"),
    ("key_file", "/a/key", "", "/key_file", "/a/key"),
    ("backup_dir", "/a/folder", "", "/care/backup_dir", "/a/folder"),
    ("backup_every", "30m", "", "/care/backup_every", "30m"),
    ("operator_listen", "127.0.0.1:84", "", "/care/operator_listen", "127.0.0.1:84"),
    ("operator_token", "sesame, open sesame", "", "/care/operator_token", "***"),
];

/// What operators read.
const MANUAL: &str = include_str!("../../../../docs/CENTRAL.md");

/// The one setting that says where the others are.
const FILE: &str = "config";

fn printed(place: &Place, file: &str, flags: &[&str], variables: &[(&str, &str)]) -> Value {
    let path = place.path("settings.toml");
    std::fs::write(&path, file).expect("written");
    let config = path.to_str().expect("a path");
    let done = place.run_with(&[&["settings", "--config", config], flags].concat(), variables);
    assert!(!done.out.contains("sesame") && !done.err.contains("sesame"), "{}{}", done.out, done.err);
    done.json()
}

fn shown(settings: &Value, place: &str) -> String {
    match settings.pointer(place) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

#[test]
fn each_is_understood_wherever_it_stands_and_the_stronger_wins() {
    let place = Place::new();
    for (name, value, also, at, expected) in ALL {
        let data = if name == "data" { "" } else { "data = '/elsewhere'\n" };
        let rest = format!("{data}{also}\n");
        let in_toml =
            if value.parse::<u64>().is_ok() || value == "true" { value.to_owned() } else { format!("'{value}'") };
        let in_file = format!("{rest}{name} = {in_toml}\n");
        let flag = format!("--{}", name.replace('_', "-"));
        let variable = format!("CHAIRSIDE_CENTRAL_{}", name.to_uppercase());
        let by_file = printed(&place, &in_file, &[], &[]);
        assert_eq!(shown(&by_file, at), expected, "{name} in the file");
        assert_eq!(printed(&place, &rest, &[&flag, value], &[]), by_file, "{name} as a flag");
        assert_eq!(printed(&place, &rest, &[], &[(&variable, value)]), by_file, "{name} in the environment");
        // A certificate and its key say something only together.
        if name != "data" && !name.starts_with("tls_") {
            let usual = printed(&place, &rest, &[], &[]);
            assert_ne!(usual, by_file, "{name} says nothing that wasn't so");
        }
        if name == "listen" {
            let other = printed(&place, &in_file, &[&flag, "127.0.0.1:91"], &[(&variable, "127.0.0.1:92")]);
            assert_eq!(shown(&other, at), "127.0.0.1:91", "a flag is stronger than both");
            let other = printed(&place, &in_file, &[], &[(&variable, "127.0.0.1:92")]);
            assert_eq!(shown(&other, at), "127.0.0.1:92", "the environment is stronger than the file");
        }
    }
}

#[test]
fn the_table_above_has_every_setting_there_is() {
    let place = Place::new();
    let help = place.run_with(&["settings", "--help"], &[]).out;
    let named = help.split("[env: CHAIRSIDE_CENTRAL_").skip(1).filter_map(|rest| rest.split(['=', ']']).next());
    let there_are: BTreeSet<String> = named.map(str::to_lowercase).filter(|name| name != FILE).collect();
    assert_eq!(there_are, ALL.iter().map(|row| row.0.to_owned()).collect());
    for name in there_are {
        assert!(MANUAL.contains(&format!("`{name}`")), "{name} isn't in docs/CENTRAL.md");
    }
}

#[test]
fn what_can_not_be_is_said_by_name_before_anything_begins() {
    let place = Place::new();
    for (file, says) in [
        ("", "the setting data is missing"),
        ("data = 'd'\nlisten = '0.0.0.0:80'", "public_name is missing"),
        ("data = 'd'\noperator_listen = '192.0.2.1:81'", "operator_token is missing"),
        ("data = 'd'\noperator_token = 'short'", "operator_token can't be like that"),
        ("data = 'd'\nbackup_every = 'often'", "not a time like 30m"),
        ("date = 'd'", "unknown field"),
    ] {
        let path = place.path("settings.toml");
        std::fs::write(&path, file).expect("written");
        let done = place.run_with(&["serve", "--config", path.to_str().expect("a path")], &[]);
        assert!(!done.status.success() && done.err.contains(says), "{file}: {}", done.err);
    }
}
