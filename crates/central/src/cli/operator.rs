//! What an operator does: asked of the running service, or done to a store at rest.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::{Map, Value};

use super::Failed;
use super::output::Output;
use crate::clock::Clock;
use crate::operator::{Answer, Ask, asked};
use crate::settings::Settings;

/// What can be done with a clinic.
#[derive(Subcommand)]
pub enum Clinic {
    /// Adds a clinic and prints its id; a running service follows it at once.
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

impl Clinic {
    /// What that asks for.
    pub fn ask(self) -> Result<Ask, Failed> {
        let Self::Add { name, facts: path, id } = self;
        let refused = |said: String| Failed::Facts { path: path.clone(), said };
        let text = std::fs::read_to_string(&path).map_err(|error| refused(error.to_string()))?;
        let facts: Map<String, Value> = serde_json::from_str(&text).map_err(|error| refused(error.to_string()))?;
        Ok(Ask::AddClinic { id, name, facts })
    }
}

/// Asks, and prints the answer.
pub async fn run(settings: &Settings, ask: Ask, output: &Output) -> Result<(), Failed> {
    let answer = asked(&settings.data, ask, &Clock::system()).await?;
    output.answer(&answer, |output| match &answer {
        Answer::ClinicAdded { clinic } => output.say("clinic-added", &[("clinic", &clinic.to_string())]),
    })
}
