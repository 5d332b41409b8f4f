//! What can be said on the command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use chairside_schedule::appointment::CancelledBy;
use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use clap::{Parser, Subcommand};
use uuid::Uuid;

use crate::messages::Language;

/// A clinic's desk without a window.
#[derive(Debug, Parser)]
#[command(name = "chairside-clinic", version)]
pub struct Cli {
    /// Answers in JSON, one document on standard output.
    #[arg(long, global = true)]
    pub json: bool,
    /// The language of what people read; the locale's otherwise.
    #[arg(long, global = true)]
    pub language: Option<Language>,
    /// Who does it, by name; the owner otherwise.
    #[arg(long = "as", global = true, value_name = "NAME")]
    pub acting: Option<String>,
    /// The store's key: a file of 64 hex digits.
    #[arg(long, global = true, env = "CHAIRSIDE_KEY_FILE", value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Every command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Makes a new, empty clinic.
    Found {
        /// The store's folder.
        #[arg(long)]
        data: PathBuf,
        /// The clinic's name.
        #[arg(long)]
        name: String,
        /// The zone its clocks show.
        #[arg(long, default_value = "Europe/Stockholm")]
        zone: Tz,
    },
    /// Brings in another system's export; a new clinic is made where there is none.
    Import {
        /// A folder of CSV files, one CSV file, or an SQLite file.
        path: PathBuf,
        /// The store's folder.
        #[arg(long)]
        data: PathBuf,
        /// How its columns are called; otherwise the ready map that fits.
        #[arg(long, value_name = "MAP.toml")]
        map: Option<PathBuf>,
        /// The zone of its clocks.
        #[arg(long)]
        zone: Option<Tz>,
        /// Reads and counts everything, writes nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Writes everything the clinic owns as CSV and JSON.
    Export {
        /// A new folder.
        path: PathBuf,
        /// The store's folder.
        #[arg(long)]
        data: PathBuf,
    },
    /// Shows a day.
    Day {
        /// The clinic's local day; today otherwise.
        date: Option<NaiveDate>,
        /// The store's folder.
        #[arg(long)]
        data: PathBuf,
        /// Cancelled and missed visits too.
        #[arg(long)]
        all: bool,
    },
    /// Shows the next openings.
    Openings {
        /// The kind of visit, by name or id.
        #[arg(long)]
        kind: String,
        /// From this local day or time on; now otherwise.
        #[arg(long, value_parser = local_time)]
        from: Option<NaiveDateTime>,
        /// With whom, by name or id; whoever is first otherwise.
        #[arg(long)]
        practitioner: Option<String>,
        /// How long, in minutes; as the kind says otherwise.
        #[arg(long)]
        minutes: Option<u32>,
        /// How many.
        #[arg(long, default_value_t = 10)]
        limit: u32,
        /// The store's folder.
        #[arg(long)]
        data: PathBuf,
    },
    /// Books a visit.
    Book {
        /// The store's folder.
        #[arg(long)]
        data: PathBuf,
        /// The patient, by id or by a search that finds one only.
        #[arg(long, required_unless_present = "new_patient")]
        patient: Option<String>,
        /// A new patient's name.
        #[arg(long, conflicts_with = "patient")]
        new_patient: Option<String>,
        /// A new patient's birth date or year.
        #[arg(long)]
        birth: Option<String>,
        /// A new patient's personnummer.
        #[arg(long)]
        personnummer: Option<String>,
        /// A new patient's phone number.
        #[arg(long)]
        phone: Option<String>,
        /// With whom, by name or id.
        #[arg(long)]
        practitioner: String,
        /// The kind of visit, by name or id.
        #[arg(long)]
        kind: String,
        /// When, by the clinic's clock: 2026-11-24T09:30.
        #[arg(long, value_parser = local_time)]
        start: NaiveDateTime,
        /// How long, in minutes; as the kind says otherwise.
        #[arg(long)]
        minutes: Option<u32>,
        /// A note for staff.
        #[arg(long, default_value = "")]
        note: String,
        /// Warnings seen and accepted, by code.
        #[arg(long, value_name = "CODE")]
        accept: Vec<String>,
        /// Why it is booked over another visit.
        #[arg(long)]
        overbook_reason: Option<String>,
        /// The visit's id, for asking again safely; a fresh one otherwise.
        #[arg(long)]
        id: Option<Uuid>,
    },
    /// Moves a visit.
    Move {
        /// The visit.
        id: Uuid,
        /// The store's folder.
        #[arg(long)]
        data: PathBuf,
        /// When, by the clinic's clock; as it was otherwise.
        #[arg(long, value_parser = local_time)]
        start: Option<NaiveDateTime>,
        /// With whom, by name or id; as it was otherwise.
        #[arg(long)]
        practitioner: Option<String>,
        /// How long, in minutes; as it was otherwise.
        #[arg(long)]
        minutes: Option<u32>,
        /// Warnings seen and accepted, by code.
        #[arg(long, value_name = "CODE")]
        accept: Vec<String>,
        /// Why it is moved over another visit.
        #[arg(long)]
        overbook_reason: Option<String>,
    },
    /// Cancels a visit.
    Cancel {
        /// The visit.
        id: Uuid,
        /// The store's folder.
        #[arg(long)]
        data: PathBuf,
        /// Whose wish it is.
        #[arg(long, value_parser = cancelled_by, default_value = "clinic")]
        by: CancelledBy,
        /// Why.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Shows what the store holds and how it stands.
    Status {
        /// The store's folder.
        #[arg(long)]
        data: PathBuf,
    },
    /// Re-reads the store and names the first thing that is wrong.
    Verify {
        /// The store's folder.
        #[arg(long)]
        data: PathBuf,
    },
    /// Writes a checked, encrypted copy of the store.
    Backup {
        /// A new file.
        file: PathBuf,
        /// The store's folder.
        #[arg(long)]
        data: PathBuf,
    },
    /// Puts a backup in the store's place; what it replaces is kept beside it.
    Restore {
        /// The backup.
        file: PathBuf,
        /// The store's folder.
        #[arg(long)]
        data: PathBuf,
        /// Goes on although the store has entries that the backup lacks.
        #[arg(long)]
        overwrite_newer: bool,
    },
    /// Makes a demo clinic with believable days around now, and a key for it.
    Demo {
        /// The store's folder.
        #[arg(long, required_unless_present = "list")]
        data: Option<PathBuf>,
        /// Which clinic; one that is open and busy right now otherwise.
        #[arg(long, value_name = "NAME")]
        clinic: Option<String>,
        /// Lists the clinics that come with the central service's demo, and makes none.
        #[arg(long, conflicts_with_all = ["data", "clinic", "now"])]
        list: bool,
        /// Another now, by the clinic's clock; the same now gives the same clinic.
        #[arg(long, value_parser = local_time)]
        now: Option<NaiveDateTime>,
    },
    /// Pairs this desk with a central service, and leaves what later starts need.
    Pair {
        /// The store's folder.
        #[arg(long)]
        data: PathBuf,
        /// The central service, https://HOST:PORT.
        #[arg(long, env = "CHAIRSIDE_CENTRAL", value_name = "URL")]
        central: String,
        /// The code its operator gave.
        #[arg(long, env = "CHAIRSIDE_CODE", hide_env_values = true)]
        code: String,
        /// Where its broker is found from here, mqtts://HOST:PORT, if not where it says itself.
        #[arg(long, value_name = "URL")]
        broker: Option<String>,
    },
    /// Serves the screens and their commands over HTTP, on loopback.
    Serve {
        /// Where to listen; port 0 takes a free one.
        #[arg(long, default_value = "127.0.0.1:0")]
        http: SocketAddr,
        /// The store's folder.
        #[arg(long)]
        data: PathBuf,
        /// The folder of the built screens.
        #[arg(long)]
        ui: Option<PathBuf>,
        /// The central service, https://HOST:PORT; or its broker, mqtts://HOST:PORT, where pairing
        /// left another.
        #[arg(long, env = "CHAIRSIDE_CENTRAL", value_name = "URL")]
        central: Option<String>,
        /// The code that pairs this desk with the central service.
        #[arg(long, env = "CHAIRSIDE_CODE", requires = "central", hide_env_values = true)]
        code: Option<String>,
        /// What pairing left behind; central.toml in the store's folder otherwise.
        #[arg(long, env = "CHAIRSIDE_CENTRAL_FILE", value_name = "FILE")]
        central_file: Option<PathBuf>,
        /// Online bookings go before staff.
        #[arg(long, env = "CHAIRSIDE_ASK_STAFF")]
        ask_staff: bool,
        /// Ends when standard input does: whoever started it is gone.
        #[arg(long)]
        end_with_input: bool,
        /// Pretends that it is this local time at the start.
        #[arg(long, value_parser = local_time)]
        now: Option<NaiveDateTime>,
    },
}

/// Reads `2026-11-24`, `2026-11-24T09:30` and `2026-11-24 09:30`.
fn local_time(text: &str) -> Result<NaiveDateTime, chrono::ParseError> {
    let text = text.replace(' ', "T");
    NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M")
        .or_else(|_| NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S"))
        .or_else(|_| text.parse::<NaiveDate>().map(|date| date.and_time(chrono::NaiveTime::MIN)))
}

fn cancelled_by(word: &str) -> Result<CancelledBy, crate::problem::Problem> {
    CancelledBy::parse(word).ok_or_else(|| crate::problem::Problem::new("bad-request").with("detail", word))
}
