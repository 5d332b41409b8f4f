//! Clinics: added here, before anything can be said for them.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::{Failed, print};
use crate::clock::{Clock, fresh_id};
use crate::settings::Settings;
use crate::store::clinics::NewClinic;
use crate::store::{ClinicStorage, SqliteStorage};

/// What can be done with clinics.
#[derive(Subcommand)]
pub enum Command {
    /// Adds a clinic and prints its id.
    Add {
        /// What it is called.
        name: String,
        /// What a visitor is told of it: a file with a JSON object.
        #[arg(long)]
        facts: PathBuf,
        /// Its id, where its desk has one already.
        #[arg(long)]
        id: Option<uuid::Uuid>,
    },
}

pub async fn run(settings: &Settings, command: Command) -> Result<(), Failed> {
    let Command::Add { name, facts, id } = command;
    let refused = |said: String| Failed::Facts { path: facts.clone(), said };
    let text = std::fs::read_to_string(&facts).map_err(|error| refused(error.to_string()))?;
    let facts: Map<String, Value> = serde_json::from_str(&text).map_err(|error| refused(error.to_string()))?;
    let now = Clock::system().now();
    let storage = SqliteStorage::open(&settings.data, fresh_id(now.wall_ms)).await?;
    let id = id.unwrap_or_else(|| fresh_id(now.wall_ms));
    let new = NewClinic { id: chairside_schedule::ClinicId(id), name, facts: Value::Object(facts).to_string() };
    let added = storage.add_clinic(new, now).await;
    storage.close().await;
    if !added? {
        return Err(Failed::Known);
    }
    print(&json!({ "clinic": id }))
}
