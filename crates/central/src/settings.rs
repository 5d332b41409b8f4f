//! What central is told before it starts: a file, then the environment, then
//! flags, each stronger than the one before.
//!
//! **To add a setting:** 1. a field of [`Settings`] and of [`Given`]; 2. a flag
//! in `cli`, whose variable is `CHAIRSIDE_CENTRAL_` and its name; 3. its check
//! in [`Settings::settle`].

mod care;
mod lines;

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use chairside_mqtt::Address;
use serde::{Deserialize, Serialize, Serializer};

use crate::care::Every;
use crate::keys;
use crate::mails::MailSettings;
use crate::mails::office::{ServerAddress, Way};

pub use care::CareSettings;
pub use lines::{Lines, TlsFiles};

/// Requests an address may make in a minute, and how many of them at once.
const PER_MINUTE: u32 = 600;
const AT_ONCE: u32 = 120;

/// Requests that may wait for one clinic before new ones are refused.
const WAITING_MOST: u64 = 5_000;

/// Bookings one contact may make in a day: a family's, and then some.
const PER_CONTACT: u32 = 20;

/// Who mails come from where they go into a folder only.
const NOBODY: &str = "Chairside <bookings@chairside.invalid>";

/// A word that is shown to nobody.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Keeps a word.
    pub const fn new(word: String) -> Self {
        Self(word)
    }

    /// The word itself, for whoever has to say it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str("***")
    }
}

/// What one source says: anything or nothing of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// The folder of the store.
    pub data: Option<PathBuf>,
    /// Where HTTP is spoken.
    pub listen: Option<SocketAddr>,
    /// HTTP over TLS, on loopback too.
    pub https: Option<bool>,
    /// The operator's own certificate for it, PEM.
    pub tls_certificate: Option<PathBuf>,
    /// That certificate's key, PEM.
    pub tls_key: Option<PathBuf>,
    /// Where the broker inside the process listens.
    pub mqtt_listen: Option<SocketAddr>,
    /// What this machine is called where desks are.
    pub public_name: Option<String>,
    /// An outside broker's files, kept up to date.
    pub broker_files: Option<PathBuf>,
    /// Where desks find an outside broker.
    pub desk_broker: Option<String>,
    /// An outside broker: `mqtt://host:port`.
    pub broker: Option<String>,
    /// Central's password at that broker.
    pub broker_password: Option<Secret>,
    /// Requests an address may make in a minute.
    pub requests_per_minute: Option<u32>,
    /// How many of these at once.
    pub requests_at_once: Option<u32>,
    /// Requests that may wait for one clinic.
    pub waiting_most: Option<u64>,
    /// Bookings one contact may make in a day.
    pub bookings_per_contact: Option<u32>,
    /// The mail server: `smtps://name:word@host`.
    pub smtp: Option<Secret>,
    /// A folder that gets mails instead.
    pub mail_dir: Option<PathBuf>,
    /// Who mails come from: `Name <address>`.
    pub mail_from: Option<String>,
    /// Where patients find central.
    pub public_url: Option<String>,
    /// A contact is verified before its request is held.
    pub verify_contact: Option<bool>,
    /// Central's own key.
    pub key_file: Option<PathBuf>,
    /// The folder backups are made in.
    pub backup_dir: Option<PathBuf>,
    /// How often: `30m`, `1h`, `1d`.
    pub backup_every: Option<Every>,
    /// Where the operator's page is.
    pub operator_listen: Option<SocketAddr>,
    /// What has to be known to look at it.
    pub operator_token: Option<Secret>,
}

impl Given {
    /// Reads a settings file.
    ///
    /// # Errors
    /// [`SettingsError::File`], [`SettingsError::Malformed`] also where it says
    /// something that isn't a setting.
    pub fn read(path: &Path) -> Result<Self, SettingsError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| SettingsError::File { path: path.to_owned(), source })?;
        toml::from_str(&text)
            .map_err(|error| SettingsError::Malformed { path: path.to_owned(), said: error.message().to_owned() })
    }

    /// This, and where it says nothing, what `weaker` says.
    #[must_use]
    pub fn over(self, weaker: Self) -> Self {
        Self {
            data: self.data.or(weaker.data),
            listen: self.listen.or(weaker.listen),
            https: self.https.or(weaker.https),
            tls_certificate: self.tls_certificate.or(weaker.tls_certificate),
            tls_key: self.tls_key.or(weaker.tls_key),
            mqtt_listen: self.mqtt_listen.or(weaker.mqtt_listen),
            public_name: self.public_name.or(weaker.public_name),
            broker_files: self.broker_files.or(weaker.broker_files),
            desk_broker: self.desk_broker.or(weaker.desk_broker),
            broker: self.broker.or(weaker.broker),
            broker_password: self.broker_password.or(weaker.broker_password),
            requests_per_minute: self.requests_per_minute.or(weaker.requests_per_minute),
            requests_at_once: self.requests_at_once.or(weaker.requests_at_once),
            waiting_most: self.waiting_most.or(weaker.waiting_most),
            bookings_per_contact: self.bookings_per_contact.or(weaker.bookings_per_contact),
            smtp: self.smtp.or(weaker.smtp),
            mail_dir: self.mail_dir.or(weaker.mail_dir),
            mail_from: self.mail_from.or(weaker.mail_from),
            public_url: self.public_url.or(weaker.public_url),
            verify_contact: self.verify_contact.or(weaker.verify_contact),
            key_file: self.key_file.or(weaker.key_file),
            backup_dir: self.backup_dir.or(weaker.backup_dir),
            backup_every: self.backup_every.or(weaker.backup_every),
            operator_listen: self.operator_listen.or(weaker.operator_listen),
            operator_token: self.operator_token.or(weaker.operator_token),
        }
    }
}

/// Settings that fit together. Printed as JSON, secrets are masked.
#[derive(Clone, Debug, Serialize)]
pub struct Settings {
    /// The folder of the store.
    pub data: PathBuf,
    /// Where it listens.
    pub lines: Lines,
    /// An outside broker, as it was given.
    pub broker: Option<String>,
    /// Central's password at that broker.
    pub broker_password: Option<Secret>,
    /// How much one address, one clinic may be asked.
    pub limits: Limits,
    /// How mails are sent.
    pub mails: MailSettings,
    /// While a clinic isn't live, a contact is verified before its request is held.
    pub verify_contact: bool,
    /// The file of central's own key.
    pub key_file: PathBuf,
    /// How it is looked after.
    pub care: CareSettings,
}

/// How much is taken before it is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Limits {
    /// Requests an address may make in a minute.
    pub requests_per_minute: u32,
    /// How many of these at once.
    pub requests_at_once: u32,
    /// Requests that may wait for one clinic.
    pub waiting_most: u64,
    /// Bookings one contact may make in a day, at all clinics together.
    pub bookings_per_contact: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests_per_minute: PER_MINUTE,
            requests_at_once: AT_ONCE,
            waiting_most: WAITING_MOST,
            bookings_per_contact: PER_CONTACT,
        }
    }
}

impl Settings {
    /// Fills in what nobody said, and checks that it can be.
    ///
    /// # Errors
    /// [`SettingsError::Missing`] and [`SettingsError::Invalid`], by name.
    pub fn settle(given: Given) -> Result<Self, SettingsError> {
        let usual = Limits::default();
        let limits = Limits {
            requests_per_minute: given.requests_per_minute.unwrap_or(usual.requests_per_minute),
            requests_at_once: given.requests_at_once.unwrap_or(usual.requests_at_once),
            waiting_most: given.waiting_most.unwrap_or(usual.waiting_most),
            bookings_per_contact: given.bookings_per_contact.unwrap_or(usual.bookings_per_contact),
        };
        if limits.requests_per_minute == 0 {
            return Err(SettingsError::Invalid("requests_per_minute"));
        }
        if limits.requests_at_once == 0 {
            return Err(SettingsError::Invalid("requests_at_once"));
        }
        if limits.bookings_per_contact == 0 {
            return Err(SettingsError::Invalid("bookings_per_contact"));
        }
        let lines = Lines::settle(&given)?;
        let care = CareSettings::settle(&given)?;
        if let Some(broker) = &given.broker {
            Address::parse(broker).map_err(|_| SettingsError::Invalid("broker"))?;
        }
        let data = given.data.ok_or(SettingsError::Missing("data"))?;
        Ok(Self {
            mails: mails(given.smtp, given.mail_dir, given.mail_from, given.public_url, &lines)?,
            verify_contact: given.verify_contact.unwrap_or_default(),
            key_file: given.key_file.unwrap_or_else(|| data.join(keys::FILE)),
            data,
            lines,
            care,
            broker: given.broker,
            broker_password: given.broker_password,
            limits,
        })
    }
}

/// How mails are sent, if at all.
fn mails(
    smtp: Option<Secret>,
    folder: Option<PathBuf>,
    from: Option<String>,
    page: Option<String>,
    lines: &Lines,
) -> Result<MailSettings, SettingsError> {
    let way = match (smtp, folder) {
        (Some(_), Some(_)) => return Err(SettingsError::Invalid("mail_dir")),
        (Some(server), None) if ServerAddress::parse(server.reveal()).is_none() => {
            return Err(SettingsError::Invalid("smtp"));
        }
        (Some(server), None) => Some(Way::Smtp(server)),
        (None, Some(folder)) => Some(Way::Folder(folder)),
        (None, None) => None,
    };
    let from = match (from, &way) {
        (Some(from), _) => from,
        // Who would get the answers, and the letters that came back?
        (None, Some(Way::Smtp(_))) => return Err(SettingsError::Missing("mail_from")),
        (None, _) => NOBODY.to_owned(),
    };
    if from.parse::<lettre::message::Mailbox>().is_err() {
        return Err(SettingsError::Invalid("mail_from"));
    }
    let page = page.unwrap_or_else(|| lines.page());
    let is_page = page.starts_with("http://") || page.starts_with("https://");
    if !is_page || page.contains(|c: char| c.is_whitespace() || c.is_control() || "#?<>\"".contains(c)) {
        return Err(SettingsError::Invalid("public_url"));
    }
    Ok(MailSettings { way, from, page })
}

/// Why central can't be started like that.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file can't be read.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file isn't one of settings.
    #[error("{path}: {said}")]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        said: String,
    },
    /// A setting without which it can't be.
    #[error("the setting {0} is missing")]
    Missing(&'static str),
    /// HTTP would leave this machine in plain text.
    #[error("away from this machine HTTP is spoken over TLS only, not in plain text on {0}")]
    PlainTextAway(SocketAddr),
    /// A setting that can't be like that.
    #[error("the setting {0} can't be like that")]
    Invalid(&'static str),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_the_file_and_secrets_stay_masked() {
        let file: Given =
            toml::from_str("data = \"a\"\nbroker_password = \"open sesame\"\nrequests_at_once = 3").expect("settings");
        let flags = Given { data: Some("b".into()), ..Given::default() };
        let settings = Settings::settle(flags.over(file)).expect("they fit");
        assert_eq!(settings.data, Path::new("b"));
        assert_eq!(settings.limits.requests_at_once, 3);
        let printed = serde_json::to_string(&settings).expect("JSON");
        assert!(printed.contains("***") && !printed.contains("sesame"), "{printed}");
        assert!(!format!("{settings:?}").contains("sesame"));
    }

    #[test]
    fn what_can_not_be_is_named() {
        let with = |text: &str| Settings::settle(toml::from_str(text).expect("settings"));
        assert!(matches!(with(""), Err(SettingsError::Missing("data"))));
        assert!(matches!(with("data='d'\nlisten='0.0.0.0:80'"), Err(SettingsError::Missing("public_name"))));
        assert!(matches!(with("data='d'\nbroker='nonsense'"), Err(SettingsError::Invalid("broker"))));
        assert!(matches!(with("data='d'\nsmtp='mail.example.org'"), Err(SettingsError::Invalid("smtp"))));
        assert!(matches!(with("data='d'\nsmtp='smtps://mail.example.org'"), Err(SettingsError::Missing("mail_from"))));
        assert!(matches!(with("data='d'\nmail_from='nobody'"), Err(SettingsError::Invalid("mail_from"))));
        assert!(matches!(with("data='d'\npublic_url='example.org'"), Err(SettingsError::Invalid("public_url"))));
        assert!(toml::from_str::<Given>("dat = 'd'").is_err());
    }

    #[test]
    fn a_mail_servers_word_is_shown_to_nobody() {
        let text = "data='d'\nsmtp='smtps://name:sesame@mail.example.org'\nmail_from='Clinics <a@example.org>'";
        let settings = Settings::settle(toml::from_str(text).expect("settings")).expect("they fit");
        let printed = serde_json::to_string(&settings).expect("JSON");
        assert!(printed.contains("\"smtp\":\"***\"") && !printed.contains("sesame"), "{printed}");
        assert!(!format!("{settings:?}").contains("sesame"));
        assert_eq!(settings.key_file, Path::new("d").join(keys::FILE));
    }
}
