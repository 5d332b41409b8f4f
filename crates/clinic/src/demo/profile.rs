//! What tells one demo clinic from another.

use chairside_schedule::id::ClinicId;
use chairside_schedule::kind::KindColour;
use chrono::Weekday;
use serde::Serialize;
use uuid::{Builder, Uuid};

use super::gothenburg;

/// A demo clinic in facts, and in what makes its days its own.
#[derive(Debug)]
pub struct Profile {
    /// How it is called on a command line and as a folder.
    pub slug: &'static str,
    /// As patients know it.
    pub name: &'static str,
    /// Street and number.
    pub address: &'static str,
    /// Town.
    pub city: &'static str,
    /// Latitude and longitude in degrees, where it is on the map.
    pub place: Option<(f64, f64)>,
    /// When it is open.
    pub open: Open,
    /// Every visit takes whole slots of so many minutes.
    pub slot_minutes: u32,
    /// Who treats: name, role, room.
    pub people: &'static [(&'static str, &'static str, &'static str)],
    /// Who works at its desk.
    pub receptionist: &'static str,
    /// Patients it knows.
    pub patients: usize,
    /// Days that have visits, today among them.
    pub days_ahead: u64,
    /// How full its days are.
    pub full: Full,
    /// Hours that are more (or less) wanted than others, by so many percent.
    pub wanted: &'static [(&'static str, i32)],
    /// How often a kind of visit is booked, against the others.
    pub mix: fn(KindColour) -> u32,
    /// What is blocked week by week.
    pub weekly: &'static [Weekly],
    /// Who is away for some days soon.
    pub away: Option<Away>,
}

/// When a demo clinic is open.
#[derive(Debug)]
pub enum Open {
    /// Every day, around the hour it is founded in.
    AroundNow,
    /// Its own hours, by weekday.
    Week(&'static [(Weekday, &'static str)]),
}

/// How full days are, in percent of what could be booked.
#[derive(Debug)]
pub struct Full {
    /// Days gone by, and today.
    pub today: u32,
    /// How much less each further day is.
    pub falls_daily: f32,
    /// Days far ahead: those who come back every half year.
    pub least: u32,
}

/// A stretch that is blocked in every week.
#[derive(Debug)]
pub struct Weekly {
    /// On which weekday; `None` is today alone.
    pub weekday: Option<Weekday>,
    /// `08:00-09:00`; `None` is the last hour before closing.
    pub span: Option<&'static str>,
    /// Whose column, by place in [`Profile::people`]; `None` is everybody's.
    pub who: Option<usize>,
    /// As people say it.
    pub reason: &'static str,
}

/// Somebody's days away.
#[derive(Debug)]
pub struct Away {
    /// Who, by place in [`Profile::people`].
    pub who: usize,
    /// The first day, counted from today.
    pub in_days: u64,
    /// How many days.
    pub days: u64,
    /// As people say it.
    pub reason: &'static str,
}

/// A demo clinic as other programs are told of it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Listed {
    /// How it is called on the command line.
    pub slug: &'static str,
    /// Its id, the same wherever it is founded.
    pub id: ClinicId,
    /// As patients know it.
    pub name: &'static str,
    /// What visitors are told of it.
    pub facts: Facts,
}

/// Where a clinic is found.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Facts {
    /// Street and number.
    pub address: &'static str,
    /// Town.
    pub city: &'static str,
    /// Degrees north.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latitude: Option<f64>,
    /// Degrees east.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longitude: Option<f64>,
}

/// The clinic of `make run`.
pub const TANDHUSET: Profile = Profile {
    slug: "tandhuset",
    name: "Tandhuset",
    address: "Storgatan 1",
    city: "Göteborg",
    place: None,
    open: Open::AroundNow,
    slot_minutes: 15,
    people: &[
        ("Erik Sandberg", "Dentist", "Room 1"),
        ("Amira Haddad", "Dentist", "Room 2"),
        ("Karin Nyström", "Hygienist", "Room 3"),
        ("Oliver Hughes", "Dentist", "Room 4"),
    ],
    receptionist: "Maja Lind",
    patients: 420,
    days_ahead: 63,
    full: Full { today: 92, falls_daily: 1.0, least: 20 },
    wanted: &[],
    mix: usual_mix,
    weekly: &[Weekly { weekday: None, span: None, who: Some(1), reason: "Steriliser service" }],
    away: None,
};

/// What most clinics are visited for.
pub const fn usual_mix(colour: KindColour) -> u32 {
    match colour {
        KindColour::Examination => 34,
        KindColour::Filling => 26,
        KindColour::Root | KindColour::Crown | KindColour::Child => 10,
        KindColour::Acute => 6,
        KindColour::Hygiene | KindColour::Other => 4,
    }
}

impl Profile {
    /// A demo clinic by its slug or its name.
    pub fn named(word: &str) -> Option<&'static Self> {
        let mut all = std::iter::once(&TANDHUSET).chain(gothenburg::ALL);
        all.find(|profile| profile.slug == word || profile.name == word)
    }

    /// Whether it is the same clinic wherever it is founded.
    pub fn is_fixed(&self) -> bool {
        matches!(self.open, Open::Week(_))
    }

    /// As other programs are told of it.
    pub fn listed(&self) -> Listed {
        let facts = Facts {
            address: self.address,
            city: self.city,
            latitude: self.place.map(|(north, _)| north),
            longitude: self.place.map(|(_, east)| east),
        };
        Listed { slug: self.slug, id: ClinicId(id(&self.seed(0), 0)), name: self.name, facts }
    }

    /// What its settings and its days are drawn from: the same `of` gives the same.
    pub(super) fn seed(&self, of: i64) -> [u8; 32] {
        *blake3::Hasher::new().update(self.slug.as_bytes()).update(&of.to_be_bytes()).finalize().as_bytes()
    }
}

/// The `number`th id from a seed; the clinic's own is the first.
pub(super) fn id(seed: &[u8; 32], number: u64) -> Uuid {
    let hash = blake3::keyed_hash(seed, &number.to_be_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_bytes()[..16]);
    Builder::from_random_bytes(bytes).into_uuid()
}
