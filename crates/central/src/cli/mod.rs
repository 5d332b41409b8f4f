//! The command line: `serve`, and what an operator has done.

mod operator;
mod output;
mod serve;
mod tables;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use output::Output;
use tracing_subscriber::EnvFilter;

use crate::http::ServeError;
use crate::operator::Refused;
use crate::settings::{Given, Secret, Settings, SettingsError};
use crate::store::StorageError;

/// The central service of Chairside.
#[derive(Parser)]
#[command(name = "chairside-central", version)]
struct Line {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    flags: Flags,
    /// Answers in JSON, one document on standard output.
    #[arg(long, global = true)]
    json: bool,
    /// The language of what people read (en, sv); the locale's otherwise.
    #[arg(long, global = true)]
    language: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the service until it is told to stop.
    Serve,
    /// Prints the settings in force, secrets masked.
    Settings,
    /// Adds a clinic.
    Clinic {
        #[command(subcommand)]
        command: operator::Clinic,
    },
    #[command(flatten)]
    Look(operator::Look),
    /// Brings a backup back into a folder without a store.
    Restore {
        /// The backup.
        #[arg(long)]
        from: PathBuf,
    },
}

/// Settings; each can stand in the environment or in a file instead.
#[derive(Args)]
struct Flags {
    /// The folder of the store.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_DATA")]
    data: Option<PathBuf>,
    /// Where HTTP is spoken.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_LISTEN")]
    listen: Option<SocketAddr>,
    /// A file of settings, in TOML.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_CONFIG")]
    config: Option<PathBuf>,
    /// An outside broker.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_BROKER")]
    broker: Option<String>,
    /// Central's password at that broker; better in the environment than here.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_BROKER_PASSWORD", hide_env_values = true)]
    broker_password: Option<String>,
    /// Requests an address may make in a minute.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_REQUESTS_PER_MINUTE")]
    requests_per_minute: Option<u32>,
    /// How many of these at once.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_REQUESTS_AT_ONCE")]
    requests_at_once: Option<u32>,
    /// Requests that may wait for one clinic.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_WAITING_MOST")]
    waiting_most: Option<u64>,
}

impl Flags {
    fn settings(self) -> Result<Settings, SettingsError> {
        let file = self.config.as_deref().map(Given::read).transpose()?.unwrap_or_default();
        let flags = Given {
            data: self.data,
            listen: self.listen,
            broker: self.broker,
            broker_password: self.broker_password.map(Secret::new),
            requests_per_minute: self.requests_per_minute,
            requests_at_once: self.requests_at_once,
            waiting_most: self.waiting_most,
        };
        Settings::settle(flags.over(file))
    }
}

/// Why a command didn't do what it should.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error("the broker's settings: {0}")]
    Broker(#[from] chairside_mqtt::SettingsError),
    #[error("{path}: {said}")]
    Facts { path: PathBuf, said: String },
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Does what the command line says.
pub fn main() -> ExitCode {
    let line = Line::parse();
    // Standard output is for answers; what happens is told on the other.
    let filter = EnvFilter::try_from_env("CHAIRSIDE_CENTRAL_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    let output = Output::new(line.json, line.language.as_deref());
    match run(line, &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed::Refused(refused)) => {
            output.refused(&refused);
            ExitCode::FAILURE
        }
        Err(error) => {
            tracing::error!(%error, "it can't be done");
            ExitCode::FAILURE
        }
    }
}

impl From<StorageError> for Failed {
    fn from(error: StorageError) -> Self {
        Self::Refused(error.into())
    }
}

fn run(line: Line, output: &Output) -> Result<(), Failed> {
    let settings = line.flags.settings()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match line.command {
            Command::Serve => serve::run(settings).await,
            Command::Settings => output.json(&settings),
            Command::Clinic { command } => operator::run(&settings, command.ask()?, output).await,
            Command::Look(look) => operator::run(&settings, look.ask()?, output).await,
            Command::Restore { from } => operator::restore(&settings, &from, output).await,
        }
    })
}
