//! Four clinics in Gothenburg: names, places, hours and how many dentists are
//! facts of a public register; the people and their days are invented.

use chairside_schedule::kind::KindColour;
use chrono::Weekday::{Fri, Mon, Thu, Tue, Wed};

use super::profile::{Away, Full, Open, Profile, Weekly, usual_mix};
use crate::link;

/// All four, in the register's order.
pub const ALL: &[Profile] = &[YOUR_DENTIST, TOOTH_FAIRY, THE_CROWN, LISEBERG];

/// Whoever looks further ahead online finds no day without a visit.
const OFFERED_DAYS: u64 = link::DAYS_AHEAD as u64;

/// Three dentists in the old town; full for weeks.
const YOUR_DENTIST: Profile = Profile {
    slug: "your-dentist",
    name: "Your Dentist",
    address: "Spannmålsgatan 20",
    city: "Göteborg",
    place: Some((57.707_619, 11.969_388)),
    open: Open::Week(&[
        (Mon, "09:00-17:00"),
        (Tue, "08:00-17:00"),
        (Wed, "07:00-16:00"),
        (Thu, "09:00-17:00"),
        (Fri, "09:00-15:00"),
    ]),
    slot_minutes: 30,
    people: &[
        ("Helena Ståhl", "Dentist", "Room 1"),
        ("Farid Karimi", "Dentist", "Room 2"),
        ("Johanna Ekman", "Dentist", "Room 3"),
    ],
    receptionist: "Petra Hedlund",
    patients: 520,
    days_ahead: OFFERED_DAYS,
    full: Full { today: 94, falls_daily: 0.9, least: 18 },
    wanted: &[("08:00-10:00", 6), ("13:00-14:30", -12)],
    mix: usual_mix,
    weekly: &[Weekly { weekday: Some(Tue), span: Some("08:00-09:00"), who: None, reason: "Staff meeting" }],
    away: Some(Away { who: 1, in_days: 9, days: 3, reason: "Course" }),
};

/// One dentist from seven to seven; evenings go first.
const TOOTH_FAIRY: Profile = Profile {
    slug: "tooth-fairy-dentist",
    name: "Tooth Fairy Dentist",
    address: "Slottskogen",
    city: "Göteborg",
    place: Some((57.685_255, 11.942_625)),
    open: Open::Week(&[
        (Mon, "07:00-19:00"),
        (Tue, "07:00-19:00"),
        (Wed, "07:00-19:00"),
        (Thu, "07:00-19:00"),
        (Fri, "07:00-19:00"),
    ]),
    slot_minutes: 30,
    people: &[("Ylva Brandt", "Dentist", "Room 1")],
    receptionist: "Samir Aziz",
    patients: 260,
    days_ahead: OFFERED_DAYS,
    full: Full { today: 78, falls_daily: 1.4, least: 12 },
    wanted: &[("07:00-08:00", 14), ("10:00-12:00", -22), ("13:00-14:30", -18), ("16:30-19:00", 22)],
    mix: child_mix,
    weekly: &[Weekly { weekday: Some(Wed), span: Some("07:00-08:00"), who: None, reason: "Paperwork" }],
    away: None,
};

/// Two dentists who open at six on Mondays; the quiet one.
const THE_CROWN: Profile = Profile {
    slug: "the-crown",
    name: "The Crown",
    address: "Lindholmsallén 19",
    city: "Göteborg",
    place: Some((57.709_872, 11.940_386)),
    open: Open::Week(&[
        (Mon, "06:00-15:00"),
        (Tue, "08:00-17:00"),
        (Wed, "07:00-12:00"),
        (Thu, "07:00-17:00"),
        (Fri, "08:00-16:00"),
    ]),
    slot_minutes: 30,
    people: &[("Mattias Rydell", "Dentist", "Room 1"), ("Leila Naderi", "Dentist", "Room 2")],
    receptionist: "Camilla Strömberg",
    patients: 180,
    days_ahead: OFFERED_DAYS,
    full: Full { today: 62, falls_daily: 1.6, least: 8 },
    wanted: &[("06:00-07:00", -30), ("07:00-09:00", 12), ("15:00-17:00", -14)],
    mix: crown_mix,
    weekly: &[Weekly { weekday: Some(Thu), span: Some("16:00-17:00"), who: Some(0), reason: "Laboratory" }],
    away: Some(Away { who: 0, in_days: 16, days: 5, reason: "Holiday" }),
};

/// Three dentists from ten to six; families after school.
const LISEBERG: Profile = Profile {
    slug: "lisebergs-dentists",
    name: "Lisebergs Dentists",
    address: "Liseberg",
    city: "Göteborg",
    place: Some((57.694_723, 11.991_153)),
    open: Open::Week(&[
        (Mon, "10:00-18:00"),
        (Tue, "10:00-18:00"),
        (Wed, "10:00-18:00"),
        (Thu, "10:00-18:00"),
        (Fri, "10:00-18:00"),
    ]),
    slot_minutes: 30,
    people: &[
        ("Sara Lindqvist", "Dentist", "Room 1"),
        ("Andreas Vik", "Dentist", "Room 2"),
        ("Nadia Osman", "Dentist", "Room 3"),
    ],
    receptionist: "Robin Falk",
    patients: 440,
    days_ahead: OFFERED_DAYS,
    full: Full { today: 82, falls_daily: 1.1, least: 15 },
    wanted: &[("10:00-11:00", -10), ("15:00-18:00", 14)],
    mix: child_mix,
    weekly: &[Weekly { weekday: Some(Fri), span: Some("17:00-18:00"), who: Some(2), reason: "Steriliser service" }],
    away: None,
};

/// Many children, few crowns.
const fn child_mix(colour: KindColour) -> u32 {
    match colour {
        KindColour::Examination => 30,
        KindColour::Child => 28,
        KindColour::Filling => 20,
        KindColour::Hygiene => 12,
        KindColour::Acute => 6,
        KindColour::Root | KindColour::Crown => 3,
        KindColour::Other => 2,
    }
}

/// Long visits mostly.
const fn crown_mix(colour: KindColour) -> u32 {
    match colour {
        KindColour::Crown => 26,
        KindColour::Examination => 24,
        KindColour::Filling => 18,
        KindColour::Root => 12,
        KindColour::Hygiene => 10,
        KindColour::Acute => 5,
        KindColour::Other => 3,
        KindColour::Child => 2,
    }
}
