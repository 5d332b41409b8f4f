//! The command line: `serve`, and what an operator has done.

mod broker_files;
mod care;
mod demo;
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

use crate::care::Every;
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
    /// Runs it with four clinics, each with a desk of its own, until it is told to stop.
    ///
    /// The desks' program, chairside-clinic, is looked for beside this one, or where
    /// CHAIRSIDE_CLINIC_BIN says. Everything lies in --data, the user's cache otherwise.
    Demo {
        /// The folder of the built screens: each desk's board can be looked at then.
        #[arg(long)]
        ui: Option<PathBuf>,
    },
    /// Prints the settings in force, secrets masked.
    Settings,
    /// Adds a clinic, draws a code for its desk.
    Clinic {
        #[command(subcommand)]
        command: operator::Clinic,
    },
    /// Desks that were paired.
    Device {
        #[command(subcommand)]
        command: operator::Device,
    },
    /// Writes what Mosquitto needs to be the broker.
    BrokerFiles(broker_files::BrokerFiles),
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
    /// HTTP over TLS; away from loopback it always is.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_HTTPS", num_args = 0..=1, default_missing_value = "true")]
    https: Option<bool>,
    /// A certificate of your own for it, with what leads to its signer, PEM.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_TLS_CERTIFICATE")]
    tls_certificate: Option<PathBuf>,
    /// That certificate's key, PEM.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_TLS_KEY")]
    tls_key: Option<PathBuf>,
    /// Where the broker inside the process listens.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_MQTT_LISTEN")]
    mqtt_listen: Option<SocketAddr>,
    /// What this machine is called where desks are.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_PUBLIC_NAME")]
    public_name: Option<String>,
    /// The folder of an outside broker's files, kept up to date.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_BROKER_FILES")]
    broker_files: Option<PathBuf>,
    /// Where desks find an outside broker, if not where central does.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_DESK_BROKER")]
    desk_broker: Option<String>,
    /// A file of settings, in TOML.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_CONFIG")]
    config: Option<PathBuf>,
    /// An outside broker, instead of the one inside.
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
    /// Bookings one contact may make in a day.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_BOOKINGS_PER_CONTACT")]
    bookings_per_contact: Option<u32>,
    /// The mail server, smtps://name:word@host or smtp://…; better in the environment than here.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_SMTP", hide_env_values = true)]
    smtp: Option<String>,
    /// A folder that gets mails instead of a server, while developing.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_MAIL_DIR")]
    mail_dir: Option<PathBuf>,
    /// Who mails come from: Name <address>.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_MAIL_FROM")]
    mail_from: Option<String>,
    /// Where patients find central; links in mails lead there.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_PUBLIC_URL")]
    public_url: Option<String>,
    /// While a clinic isn't live, a mailed code verifies a contact before its request is held.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_VERIFY_CONTACT", num_args = 0..=1, default_missing_value = "true")]
    verify_contact: Option<bool>,
    /// The file of central's own key; central.key beside the store otherwise.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_KEY_FILE")]
    key_file: Option<PathBuf>,
    /// A folder backups are made in by the clock: the latest of 24 hours, 14 days and 8 weeks stay.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_BACKUP_DIR")]
    backup_dir: Option<PathBuf>,
    /// How often: 30m, 1h, 1d.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_BACKUP_EVERY")]
    backup_every: Option<Every>,
    /// Where the operator's page is; away from loopback only with a token, and over TLS.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_OPERATOR_LISTEN")]
    operator_listen: Option<SocketAddr>,
    /// What has to be known to look at it; better in the environment than here.
    #[arg(long, global = true, env = "CHAIRSIDE_CENTRAL_OPERATOR_TOKEN", hide_env_values = true)]
    operator_token: Option<String>,
}

impl Flags {
    fn given(self) -> Result<Given, SettingsError> {
        let file = self.config.as_deref().map(Given::read).transpose()?.unwrap_or_default();
        let flags = Given {
            data: self.data,
            listen: self.listen,
            https: self.https,
            tls_certificate: self.tls_certificate,
            tls_key: self.tls_key,
            mqtt_listen: self.mqtt_listen,
            public_name: self.public_name,
            broker_files: self.broker_files,
            desk_broker: self.desk_broker,
            broker: self.broker,
            broker_password: self.broker_password.map(Secret::new),
            requests_per_minute: self.requests_per_minute,
            requests_at_once: self.requests_at_once,
            waiting_most: self.waiting_most,
            bookings_per_contact: self.bookings_per_contact,
            smtp: self.smtp.map(Secret::new),
            mail_dir: self.mail_dir,
            mail_from: self.mail_from,
            public_url: self.public_url,
            verify_contact: self.verify_contact,
            key_file: self.key_file,
            backup_dir: self.backup_dir,
            backup_every: self.backup_every,
            operator_listen: self.operator_listen,
            operator_token: self.operator_token.map(Secret::new),
        };
        Ok(flags.over(file))
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
    Line(#[from] chairside_mqtt::SettingsError),
    #[error(transparent)]
    Broker(#[from] crate::broker::BrokerError),
    #[error(transparent)]
    Authority(#[from] crate::authority::AuthorityError),
    #[error(transparent)]
    Keys(#[from] crate::keys::KeysError),
    #[error(transparent)]
    Mails(#[from] crate::mails::OfficeError),
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
    let given = line.flags.given()?;
    let given = if let Command::Demo { .. } = line.command { demo::given(given) } else { given };
    let settings = Settings::settle(given)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match line.command {
            Command::Serve => serve::run(settings).await,
            Command::Demo { ui } => demo::run(settings, ui, output).await,
            Command::Settings => output.json(&settings),
            Command::Clinic { command } => operator::run(&settings, command.ask()?, output).await,
            Command::Device { command } => operator::run(&settings, command.ask(), output).await,
            Command::BrokerFiles(files) => operator::run(&settings, files.ask()?, output).await,
            Command::Look(look) => operator::run(&settings, look.ask()?, output).await,
            Command::Restore { from } => operator::restore(&settings, &from, output).await,
        }
    })
}
