//! What an operator does: asked of the running service, or done to a store at rest.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::output::Output;
use super::{Failed, tables};
use crate::clock::{Clock, fresh_id};
use crate::operator::{Ask, asked};
use crate::settings::Settings;
use crate::store::SqliteStorage;

/// Lines of a list unless told otherwise.
const SHOWN: u32 = 200;

/// What can be done with a clinic.
#[derive(Subcommand)]
pub enum Clinic {
    /// Adds a clinic and prints its id and a code for its desk.
    Add {
        /// What it is called.
        name: String,
        /// What a visitor is told of it: a file with a JSON object.
        #[arg(long)]
        facts: PathBuf,
        /// Its id; otherwise that of the desk that is paired first.
        #[arg(long)]
        id: Option<Uuid>,
    },
    /// Draws another code for a clinic's desk; the one before ends.
    Code {
        /// The clinic's id, or its name.
        clinic: String,
    },
    /// Draws the key that opens a clinic's bookings to a program of its own, and
    /// shows it this once; the one before opens nothing any more.
    PartnerKey {
        /// The clinic's id, or its name.
        clinic: String,
        /// Takes the key away, and draws none.
        #[arg(long)]
        revoke: bool,
    },
}

impl Clinic {
    /// What that asks for.
    pub fn ask(self) -> Result<Ask, Failed> {
        let (name, path, id) = match self {
            Self::Add { name, facts, id } => (name, facts, id),
            Self::Code { clinic } => return Ok(Ask::DrawCode { clinic }),
            Self::PartnerKey { clinic, revoke: false } => return Ok(Ask::DrawPartnerKey { clinic }),
            Self::PartnerKey { clinic, revoke: true } => return Ok(Ask::RevokePartnerKey { clinic }),
        };
        let refused = |said: String| Failed::Facts { path: path.clone(), said };
        let text = std::fs::read_to_string(&path).map_err(|error| refused(error.to_string()))?;
        let facts: Map<String, Value> = serde_json::from_str(&text).map_err(|error| refused(error.to_string()))?;
        Ok(Ask::AddClinic { id, name, facts })
    }
}

/// What can be done with a desk.
#[derive(Subcommand)]
pub enum Device {
    /// Ends what a desk may do, at once and for good: only a new code lets it in again.
    Revoke {
        /// The installation's id, as `devices` shows it.
        device: Uuid,
    },
}

impl Device {
    /// What that asks for.
    pub const fn ask(self) -> Ask {
        let Self::Revoke { device } = self;
        Ask::RevokeDevice { device }
    }
}

/// What is looked at, and the little that is done to it.
#[derive(Subcommand)]
pub enum Look {
    /// Every clinic: how it is reached and since when, and what waits for it.
    Clinics,
    /// The desks that may speak, or might.
    Devices {
        /// Of this clinic only.
        #[arg(long)]
        clinic: Option<Uuid>,
    },
    /// Requests that wait or are on their way, in order.
    Queue {
        /// Of this clinic only.
        #[arg(long)]
        clinic: Option<Uuid>,
        /// At most so many.
        #[arg(long, default_value_t = SHOWN)]
        limit: u32,
    },
    /// Visits that only the mirror of a clinic had.
    Orphans {
        /// At most so many.
        #[arg(long, default_value_t = SHOWN)]
        limit: u32,
    },
    /// Requests set aside for a person.
    Quarantine {
        /// At most so many.
        #[arg(long, default_value_t = SHOWN)]
        limit: u32,
        #[command(subcommand)]
        command: Option<Quarantine>,
    },
    /// Mails that were tried in vain, and why.
    Mails {
        /// At most so many.
        #[arg(long, default_value_t = SHOWN)]
        limit: u32,
        #[command(subcommand)]
        command: Option<Mails>,
    },
    /// Copies everything into one file, while the service runs or at rest.
    Backup {
        /// The file; nothing may be there yet.
        #[arg(long)]
        to: PathBuf,
    },
}

/// What can be done about a request that was set aside.
#[derive(Subcommand)]
pub enum Quarantine {
    /// Puts it back in its place.
    TryAgain {
        /// The request's id.
        request: Uuid,
    },
}

/// What can be done about mails that were tried in vain.
#[derive(Subcommand)]
pub enum Mails {
    /// Tries those of a booking again, from the beginning.
    TryAgain {
        /// The booking's id.
        booking: Uuid,
    },
}

impl Look {
    /// What that asks for.
    pub fn ask(self) -> Result<Ask, Failed> {
        Ok(match self {
            Self::Clinics => Ask::Clinics,
            Self::Devices { clinic } => Ask::Devices { clinic },
            Self::Queue { clinic, limit } => Ask::Queue { clinic, limit },
            Self::Orphans { limit } => Ask::Orphans { limit },
            Self::Quarantine { limit, command: None } => Ask::Quarantine { limit },
            Self::Quarantine { command: Some(Quarantine::TryAgain { request }), .. } => Ask::TryAgain { request },
            Self::Mails { limit, command: None } => Ask::Mails { limit },
            Self::Mails { command: Some(Mails::TryAgain { booking }), .. } => Ask::TryMailsAgain { booking },
            // The service may run elsewhere than here.
            Self::Backup { to } => Ask::Backup { to: std::path::absolute(to)? },
        })
    }
}

/// Asks, and prints the answer.
pub async fn run(settings: &Settings, ask: Ask, output: &Output) -> Result<(), Failed> {
    let clock = Clock::system();
    let answer = asked(&settings.data, ask, &clock).await?;
    output.answer(&answer, |speech| tables::text(speech, &answer, clock.now().wall_ms))
}

/// Brings a backup back into a folder without a store.
pub async fn restore(settings: &Settings, from: &Path, output: &Output) -> Result<(), Failed> {
    let clock = Clock::system();
    let incarnation = fresh_id(clock.now().wall_ms);
    let (made_ms, copied) = SqliteStorage::restore(from, &settings.data, incarnation).await?;
    let answer = serde_json::json!({
        "answer": "restored",
        "made_ms": made_ms,
        "clinics": copied.clinics,
        "bookings": copied.bookings,
        "requests": copied.requests,
    });
    output.answer(&answer, |speech| {
        let counts = [copied.clinics, copied.bookings, copied.requests].map(|count| count.to_string());
        let (made, data) = (speech.moment(made_ms), settings.data.display().to_string());
        let named = [("data", data.as_str()), ("made", &made), ("clinics", &counts[0])];
        speech.say("restored", &[&named[..], &[("bookings", &counts[1]), ("requests", &counts[2])]].concat())
    })
}
