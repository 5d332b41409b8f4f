//! Invented people with names as varied as a city's.

use chairside_schedule::Patient;
use chairside_schedule::id::PatientId;
use chairside_schedule::patient::{Birth, Gender, Personnummer, PhoneNumber};
use chairside_schedule::time::Instant;
use chrono::{Datelike, NaiveDate};
use rand::RngExt;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use uuid::Builder;

const GIVEN: [&str; 84] = [
    "Anna",
    "Maria",
    "Karin",
    "Eva",
    "Sara",
    "Lena",
    "Emma",
    "Kerstin",
    "Ingrid",
    "Hanna",
    "Elin",
    "Johanna",
    "Linnea",
    "Ida",
    "Sofia",
    "Julia",
    "Amanda",
    "Ebba",
    "Wilma",
    "Saga",
    "Astrid",
    "Freja",
    "Tuva",
    "Signe",
    "Märta",
    "Åsa",
    "Birgitta",
    "Gunilla",
    "Ulla",
    "Monika",
    "Annika",
    "Camilla",
    "Jenny",
    "Therese",
    "Fatima",
    "Amira",
    "Leila",
    "Zahra",
    "Nadia",
    "Mirjam",
    "Dragana",
    "Katarzyna",
    "Lars",
    "Karl",
    "Erik",
    "Anders",
    "Per",
    "Johan",
    "Nils",
    "Mikael",
    "Jan",
    "Hans",
    "Fredrik",
    "Daniel",
    "Oskar",
    "Viktor",
    "Axel",
    "Hugo",
    "Elias",
    "Liam",
    "Noah",
    "William",
    "Arvid",
    "Sixten",
    "Göran",
    "Björn",
    "Håkan",
    "Ove",
    "Stig",
    "Rune",
    "Kjell",
    "Mohammed",
    "Ali",
    "Ahmed",
    "Yusuf",
    "Hassan",
    "Omar",
    "Goran",
    "Marek",
    "Tomasz",
    "Dimitri",
    "Samir",
    "Reza",
    "Jussi",
];

/// First halves of family names, and the second halves they are joined with.
const NATURE: [&str; 44] = [
    "Berg", "Lind", "Ek", "Sjö", "Holm", "Ny", "Ström", "Dal", "Lund", "Hed", "Gran", "Alm", "Björk", "Norr", "Söder",
    "Väster", "Öster", "Åker", "Ås", "Back", "Bo", "Brand", "Byd", "Deg", "Eng", "Fors", "Fager", "Gyllen", "Hag",
    "Hell", "Kar", "Kvarn", "Lag", "Lilje", "Löv", "Mo", "Nord", "Palm", "Rosen", "Sand", "Sten", "Sund", "Wall",
    "Wik",
];
const ENDINGS: [&str; 36] = [
    "ström", "qvist", "gren", "berg", "lund", "man", "dahl", "blad", "fors", "stedt", "mark", "vall", "holm", "borg",
    "ell", "én", "in", "ius", "hult", "bäck", "löf", "strand", "vik", "haga", "rot", "stam", "skog", "bom", "ander",
    "näs", "green", "ås", "å", "kvist", "gård", "hammar",
];
const FATHERS: [&str; 26] = [
    "Anders", "Johan", "Karl", "Nils", "Erik", "Lars", "Ols", "Pers", "Svens", "Gustafs", "Petters", "Jons", "Hans",
    "Bengts", "Jöns", "Magnus", "Håkans", "Gunnars", "Mårtens", "Arvids", "Isaks", "Abrahams", "Davids", "Eliass",
    "Knuts", "Torstens",
];
const ELSEWHERE: [&str; 34] = [
    "Haddad",
    "Hassan",
    "Ahmed",
    "Mohamud",
    "Yilmaz",
    "Demir",
    "Kaya",
    "Petrović",
    "Jovanović",
    "Kovačević",
    "Kowalski",
    "Nowak",
    "Wiśniewska",
    "Virtanen",
    "Korhonen",
    "Mäkinen",
    "Nieminen",
    "Hansen",
    "Olsen",
    "Larsen",
    "Nguyen",
    "Tran",
    "Garcia",
    "Silva",
    "Rossi",
    "Schmidt",
    "Müller",
    "Popescu",
    "Ivanova",
    "Tesfaye",
    "Abdi",
    "Karimi",
    "Rahimi",
    "Singh",
];
const ALERTS: [&str; 4] = ["Penicillin allergy", "Blood thinner", "Latex allergy", "Pacemaker"];

/// One invented patient, registered some day before `today`.
pub fn patient(rng: &mut SmallRng, today: NaiveDate, now: Instant) -> Patient {
    let birth =
        NaiveDate::from_yo_opt(rng.random_range(1930..today.year()), rng.random_range(1..=365)).unwrap_or(today);
    let given = given(rng);
    let family = family(rng);
    let email = if rng.random_range(0..100) < 40 {
        format!("{}.{}{}@example.org", letters(&given), letters(&family), rng.random_range(1..1_000))
    } else {
        String::new()
    };
    let phone = format!("07{}-{:07}", rng.random_range(0..10), rng.random_range(0..10_000_000));
    let created_at = Instant(now.0 - i64::from(rng.random_range(1..7_000_u32)) * 86_400);
    Patient {
        id: PatientId(
            Builder::from_unix_timestamp_millis(created_at.0.unsigned_abs() * 1_000, &rng.random()).into_uuid(),
        ),
        version: 1,
        given,
        family,
        personnummer: personnummer(rng, birth),
        birth: Some(Birth::Date(birth)),
        phone: PhoneNumber::parse(&phone).ok(),
        email,
        gender: Gender::Unknown,
        alert: if rng.random_range(0..100) < 8 { pick(rng, &ALERTS).to_owned() } else { String::new() },
        note: String::new(),
        protected: rng.random_range(0..1_000) < 3,
        guardian: None,
        active: true,
        external_id: None,
        created_at,
    }
}

fn given(rng: &mut SmallRng) -> String {
    let first = pick(rng, &GIVEN);
    match rng.random_range(0..100) {
        0..8 => format!("{first}-{}", pick(rng, &GIVEN)),
        8..20 => format!("{first} {}", pick(rng, &GIVEN)),
        _ => first.to_owned(),
    }
}

fn family(rng: &mut SmallRng) -> String {
    match rng.random_range(0..100) {
        0..28 => format!("{}son", pick(rng, &FATHERS)),
        28..44 => pick(rng, &ELSEWHERE).to_owned(),
        44..48 => format!("af {}{}", pick(rng, &NATURE), pick(rng, &ENDINGS)),
        _ => format!("{}{}", pick(rng, &NATURE), pick(rng, &ENDINGS)),
    }
}

/// What of a name an address takes.
fn letters(name: &str) -> String {
    chairside_store::search::fold(name).chars().filter(char::is_ascii_alphabetic).collect()
}

fn personnummer(rng: &mut SmallRng, birth: NaiveDate) -> Option<Personnummer> {
    let nine = format!("{}{:03}", birth.format("%y%m%d"), rng.random_range(0..1_000));
    let sum: u32 = nine
        .bytes()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0') * if place % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    Personnummer::try_from(format!("{}{nine}{}", birth.year() / 100, (10 - sum % 10) % 10)).ok()
}

fn pick<'a>(rng: &mut SmallRng, words: &[&'a str]) -> &'a str {
    words.choose(rng).copied().unwrap_or_default()
}
