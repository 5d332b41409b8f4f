//! Patients: they ask central over HTTPS on a way of their own, and read their mails.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use chairside_sync::body::Id;
use chairside_sync::sealed::Who;
use serde_json::{Value, json};
use uuid::Uuid;

use super::centre::Centre;
use super::eventually;
use super::towns::{CENTRAL, FOR_PATIENTS};

/// A place that central offers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offered {
    slot: String,
    pub practitioner: String,
    /// `2026-11-24T09:30:00`, by the clock on the clinic's wall.
    pub start: String,
    pub minutes: i64,
}

impl Offered {
    /// Its day.
    pub fn date(&self) -> &str {
        &self.start[..10]
    }

    /// The minute of the day it begins at.
    pub fn minute(&self) -> i64 {
        super::board::minute_of(&json!({ "start": self.start }))
    }
}

/// A wish that central took down.
#[derive(Clone, Debug)]
pub struct Asked {
    pub place: Offered,
    pub id: String,
    pub contact: String,
    secret: String,
}

/// What central answers to a path; `None` where it doesn't, or refuses.
pub fn get(centre: &Centre, path: &str) -> Option<Value> {
    answer(path, &mut curl(centre)).ok()
}

/// How the clinic is reached: `live`, `offline`, …
pub fn state(centre: &Centre) -> Option<String> {
    Some(get(centre, "/api/v1/clinics")?[0]["state"].as_str()?.to_owned())
}

/// Waits until the clinic is reached like that.
pub async fn read(centre: &Centre, wanted: &str) {
    eventually(&format!("central says {wanted}"), async || (state(centre)? == wanted).then_some(())).await;
}

/// The first day from tomorrow on with free places at so many different times; in order.
pub fn offered(centre: &Centre, count: usize) -> Vec<Offered> {
    let clinic = &get(centre, "/api/v1/clinics").expect("it answers")[0];
    let path = format!("/api/v1/clinics/{}/availability?kind={}", text(&clinic["id"]), text(&kind(clinic)["id"]));
    let days = get(centre, &path).expect("it answers");
    let days = days["days"].as_array().expect("days");
    let found = days.iter().skip(1).map(|day| {
        let mut apart: Vec<Offered> = Vec::new();
        for slot in day["slots"].as_array().expect("slots").iter().filter(|slot| slot["state"] == "free") {
            let slot = Offered {
                slot: text(&slot["slot"]),
                practitioner: text(&slot["practitioner"]),
                start: text(&slot["start"]),
                minutes: slot["minutes"].as_i64().expect("minutes"),
            };
            if apart.last().is_none_or(|last| last.minute() + last.minutes <= slot.minute()) {
                apart.push(slot);
            }
        }
        apart
    });
    found.into_iter().find(|apart| apart.len() >= count).expect("a day with room")
}

/// The shortest kind of visit that is offered.
fn kind(clinic: &Value) -> &Value {
    let kinds = clinic["kinds"].as_array().expect("kinds").iter();
    kinds.min_by_key(|kind| kind["minutes"].as_i64()).expect("something is offered")
}

/// Wishes for a place, and tells the clinic alone who it is.
pub fn ask(centre: &Centre, place: &Offered, given: &str, family: &str) -> Asked {
    let clinic = &get(centre, "/api/v1/clinics").expect("it answers")[0];
    let id: Uuid = text(&clinic["id"]).parse().expect("an id");
    let who = Who { given: given.to_owned(), family: family.to_owned(), ..Who::default() };
    let nonce = Uuid::now_v7().into_bytes()[4..].try_into().expect("twelve bytes");
    let sealed = who.seal(Id::from(id.into_bytes()), nonce);
    let sealed: String = sealed.iter().map(|byte| format!("{byte:02x}")).collect();
    let contact = format!("{}@example.org", given.to_lowercase());
    let wish = json!({
        "clinic": id, "slot": place.slot, "kind": kind(clinic)["id"], "language": "en", "contact": contact,
        "sealed": sealed,
    });
    let secret = format!("{}{}", Uuid::now_v7().simple(), Uuid::now_v7().simple());
    let mut post = curl(centre);
    post.args(["--request", "POST", "--header", &format!("Idempotency-Key: {}", Uuid::now_v7())]);
    post.args(["--header", &format!("Booking-Secret: {secret}"), "--data", &wish.to_string()]);
    let taken =
        answer("/api/v1/bookings", &mut post).unwrap_or_else(|why| panic!("{place:?} is not taken down: {why}"));
    Asked { place: place.clone(), id: text(&taken["id"]), contact, secret }
}

impl Asked {
    /// What became of it.
    pub fn booking(&self, centre: &Centre) -> Option<Value> {
        let mut get = curl(centre);
        get.args(["--header", &format!("Booking-Secret: {}", self.secret)]);
        answer(&format!("/api/v1/bookings/{}", self.id), &mut get).ok()
    }

    /// Waits until the patient reads that of it; answers the booking.
    pub async fn becomes(&self, centre: &Centre, outcome: &str) -> Value {
        eventually(&format!("{} reads {outcome}", self.contact), async || {
            self.booking(centre).filter(|booking| booking["outcome"] == outcome)
        })
        .await
    }

    /// The mails about it, by their number, as what they say and their text.
    pub fn mails(&self, centre: &Centre) -> BTreeMap<u64, (String, String)> {
        let Ok(files) = fs::read_dir(centre.mails()) else { return BTreeMap::new() };
        let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
        names
            .filter_map(|name| {
                let mut parts = name.strip_suffix(".eml")?.split('.');
                let (id, number, outcome) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
                let text = fs::read_to_string(centre.mails().join(&name)).ok()?;
                (id == self.id).then(|| (number, (outcome.to_owned(), text)))
            })
            .collect()
    }

    /// Waits for the mail that says that.
    pub async fn is_told(&self, centre: &Centre, outcome: &str) {
        eventually(&format!("{} gets a mail that says {outcome}", self.contact), async || {
            self.mails(centre).into_values().find(|(says, _)| says == outcome)
        })
        .await;
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

/// As a browser does: by central's name, on the way that patients take, and
/// only where the certificate is right.
fn curl(centre: &Centre) -> Command {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--fail-with-body", "--max-time", "20", "--connect-to"]);
    curl.arg(format!("{CENTRAL}:443:{FOR_PATIENTS}:443")).arg("--cacert").arg(centre.authority());
    curl
}

/// What it answers; what it said instead where it refused, or couldn't be reached.
fn answer(path: &str, curl: &mut Command) -> Result<Value, String> {
    let output = curl.arg(format!("https://{CENTRAL}{path}")).output().expect("curl starts");
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(format!("{}{said}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(serde_json::from_str(&said).unwrap_or(Value::Null))
}
