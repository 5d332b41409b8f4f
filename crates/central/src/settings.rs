//! What central is told before it starts: a file, then the environment, then
//! flags, each stronger than the one before.
//!
//! **To add a setting:** 1. a field of [`Settings`] and of [`Given`]; 2. a flag
//! in `cli`, whose variable is `CHAIRSIDE_CENTRAL_` and its name; 3. its check
//! in [`Settings::settle`].

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use chairside_mqtt::Address;
use serde::{Deserialize, Serialize, Serializer};

/// Where it listens unless told otherwise: on loopback, since HTTP is plain.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 7480);

/// Requests an address may make in a minute, and how many of them at once.
const PER_MINUTE: u32 = 600;
const AT_ONCE: u32 = 120;

/// Requests that may wait for one clinic before new ones are refused.
const WAITING_MOST: u64 = 5_000;

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
            broker: self.broker.or(weaker.broker),
            broker_password: self.broker_password.or(weaker.broker_password),
            requests_per_minute: self.requests_per_minute.or(weaker.requests_per_minute),
            requests_at_once: self.requests_at_once.or(weaker.requests_at_once),
            waiting_most: self.waiting_most.or(weaker.waiting_most),
        }
    }
}

/// Settings that fit together. Printed as JSON, secrets are masked.
#[derive(Clone, Debug, Serialize)]
pub struct Settings {
    /// The folder of the store.
    pub data: PathBuf,
    /// Where HTTP is spoken.
    pub listen: SocketAddr,
    /// An outside broker, as it was given.
    pub broker: Option<String>,
    /// Central's password at that broker.
    pub broker_password: Option<Secret>,
    /// How much one address, one clinic may be asked.
    pub limits: Limits,
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
}

impl Default for Limits {
    fn default() -> Self {
        Self { requests_per_minute: PER_MINUTE, requests_at_once: AT_ONCE, waiting_most: WAITING_MOST }
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
        };
        if limits.requests_per_minute == 0 {
            return Err(SettingsError::Invalid("requests_per_minute"));
        }
        if limits.requests_at_once == 0 {
            return Err(SettingsError::Invalid("requests_at_once"));
        }
        let listen = given.listen.unwrap_or(LISTEN);
        // Plain HTTP leaves the machine only through something that encrypts it.
        if !listen.ip().is_loopback() {
            return Err(SettingsError::Invalid("listen"));
        }
        if let Some(broker) = &given.broker {
            Address::parse(broker).map_err(|_| SettingsError::Invalid("broker"))?;
        }
        Ok(Self {
            data: given.data.ok_or(SettingsError::Missing("data"))?,
            listen,
            broker: given.broker,
            broker_password: given.broker_password,
            limits,
        })
    }
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
        assert!(matches!(with("data='d'\nlisten='0.0.0.0:80'"), Err(SettingsError::Invalid("listen"))));
        assert!(matches!(with("data='d'\nbroker='nonsense'"), Err(SettingsError::Invalid("broker"))));
        assert!(toml::from_str::<Given>("dat = 'd'").is_err());
    }
}
