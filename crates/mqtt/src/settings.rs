//! What a line is opened with.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::address::Address;
use crate::topics::is_filter;

/// The longest message, in bytes. A line refuses to send a longer one and
/// drops, and says so, a longer one it is sent.
pub const MAX_MESSAGE: usize = 64 * 1024;

/// The shortest keep-alive, which is also the client crate's.
pub const SHORTEST_KEEP_ALIVE: Duration = Duration::from_secs(5);

/// A longer one would not fit the wire's sixteen bits of seconds.
const LONGEST_KEEP_ALIVE: Duration = Duration::from_secs(u16::MAX as u64);

/// Brokers have to take 23 characters; all take these.
const LONGEST_PREFIX: usize = 64;

/// Where randomness comes from: the jitter between tries, and client ids.
pub type Random = Arc<dyn Fn() -> u64 + Send + Sync>;

/// What a line is opened with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the broker listens.
    pub address: Address,
    /// How client ids begin, 1 to 64 of `A-Z a-z 0-9 - _`. What follows is
    /// drawn anew by every process, so two with the same prefix don't end each other.
    pub client_id_prefix: String,
    /// Name and password, where the broker knows its clients by these.
    pub login: Option<Login>,
    /// Whom to trust and who we are; needed for `mqtts://`.
    pub tls: Option<Tls>,
    /// The topics to hear, `+` and `#` allowed. A line is up once every one is granted.
    pub subscriptions: Vec<String>,
    /// What the broker says for us when we vanish.
    pub will: Option<Will>,
    /// How often the broker is asked whether it is there; silence for twice
    /// as long ends a connection. At least [`SHORTEST_KEEP_ALIVE`].
    pub keep_alive: Duration,
    /// How many messages may wait to be sent.
    pub queue_messages: usize,
    /// How many bytes of payload may wait to be sent. One message always may.
    pub queue_bytes: usize,
    /// How many messages the broker may be ahead of whoever takes them, at least 1.
    pub inbox_messages: u16,
}

/// A name and a password.
#[derive(Clone)]
pub struct Login {
    /// The name, a device's id.
    pub name: String,
    /// The password.
    pub password: String,
}

/// The trust and the identity of a TLS connection, all PEM.
#[derive(Clone)]
pub struct Tls {
    /// Certificates of those who may have signed the broker's.
    pub ca: String,
    /// Our own certificate with what leads to its signer, and its key.
    pub identity: Option<Identity>,
}

/// A certificate and its key, PEM.
#[derive(Clone)]
pub struct Identity {
    /// The chain, our own certificate first.
    pub certificates: String,
    /// The private key.
    pub key: String,
}

/// A message left with the broker.
#[derive(Clone, Debug)]
pub struct Will {
    /// Where it is published.
    pub topic: String,
    /// What it says, at most [`MAX_MESSAGE`].
    pub payload: Bytes,
}

/// What is wrong with [`Settings`].
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The prefix of client ids.
    #[error("a client id's prefix is 1 to 64 letters, digits, - and _")]
    Prefix,
    /// A subscription.
    #[error("not a topic filter: {0:?}")]
    Filter(String),
    /// The will's topic or its length.
    #[error("a will names one topic and is at most 64 KiB")]
    Will,
    /// The keep-alive.
    #[error("keep-alive is 5 to 65535 whole seconds")]
    KeepAlive,
    /// A queue without a place.
    #[error("every queue has room for at least one message")]
    Queue,
    /// `mqtts://` without anybody to trust.
    #[error("mqtts:// needs the certificates to trust")]
    NoTrust,
    /// PEM that isn't, or a key that is not the certificate's.
    #[error("a certificate or a key can't be used: {0}")]
    Pem(String),
}

impl Settings {
    /// Settings with a desk's sizes: keep-alive 10 s, 256 messages or 4 MiB
    /// waiting to be sent, 64 to be taken; nobody to trust and nothing subscribed.
    pub fn new(address: Address, client_id_prefix: impl Into<String>) -> Self {
        Self {
            address,
            client_id_prefix: client_id_prefix.into(),
            login: None,
            tls: None,
            subscriptions: Vec::new(),
            will: None,
            keep_alive: Duration::from_secs(10),
            queue_messages: 256,
            queue_bytes: 4 << 20,
            inbox_messages: 64,
        }
    }

    /// The sizes of one line for thousands of peers: 16,384 messages or 64 MiB
    /// waiting to be sent, 1,024 to be taken.
    #[must_use]
    pub fn for_many_peers(mut self) -> Self {
        self.queue_messages = 16_384;
        self.queue_bytes = 64 << 20;
        self.inbox_messages = 1_024;
        self
    }

    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        let prefix = &self.client_id_prefix;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if prefix.is_empty() || prefix.len() > LONGEST_PREFIX || !prefix.chars().all(is_plain) {
            return Err(SettingsError::Prefix);
        }
        if let Some(filter) = self.subscriptions.iter().find(|filter| !is_filter(filter)) {
            return Err(SettingsError::Filter(filter.clone()));
        }
        if self
            .will
            .as_ref()
            .is_some_and(|will| !crate::topics::is_topic(&will.topic) || will.payload.len() > MAX_MESSAGE)
        {
            return Err(SettingsError::Will);
        }
        let whole = self.keep_alive.subsec_nanos() == 0;
        if !whole || !(SHORTEST_KEEP_ALIVE..=LONGEST_KEEP_ALIVE).contains(&self.keep_alive) {
            return Err(SettingsError::KeepAlive);
        }
        if self.queue_messages == 0 || self.queue_bytes == 0 || self.inbox_messages == 0 {
            return Err(SettingsError::Queue);
        }
        if self.address.tls() && self.tls.is_none() {
            return Err(SettingsError::NoTrust);
        }
        Ok(())
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("name", &self.name).finish_non_exhaustive()
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings::new(Address::parse("mqtt://localhost").unwrap(), "desk")
    }

    #[test]
    fn settings_that_could_not_work_are_refused() {
        let refused = |change: fn(&mut Settings)| {
            let mut settings = settings();
            change(&mut settings);
            settings.check().expect_err("can't work").to_string()
        };
        assert!(settings().check().is_ok());
        assert!(settings().for_many_peers().check().is_ok());
        assert_eq!(refused(|s| s.client_id_prefix.clear()), SettingsError::Prefix.to_string());
        assert_eq!(refused(|s| s.client_id_prefix = "a/b".into()), SettingsError::Prefix.to_string());
        assert_eq!(refused(|s| s.client_id_prefix = "a".repeat(65)), SettingsError::Prefix.to_string());
        assert_eq!(
            refused(|s| s.subscriptions = vec!["a/#/b".into()]),
            SettingsError::Filter("a/#/b".into()).to_string()
        );
        assert_eq!(
            refused(|s| s.will = Some(Will { topic: "a/+".into(), payload: Bytes::new() })),
            SettingsError::Will.to_string()
        );
        assert_eq!(
            refused(|s| s.will = Some(Will { topic: "a".into(), payload: vec![0; MAX_MESSAGE + 1].into() })),
            SettingsError::Will.to_string()
        );
        assert_eq!(refused(|s| s.keep_alive = Duration::from_secs(4)), SettingsError::KeepAlive.to_string());
        assert_eq!(refused(|s| s.keep_alive = Duration::from_millis(5500)), SettingsError::KeepAlive.to_string());
        assert_eq!(refused(|s| s.inbox_messages = 0), SettingsError::Queue.to_string());
        assert_eq!(
            refused(|s| s.address = Address::parse("mqtts://localhost").unwrap()),
            SettingsError::NoTrust.to_string()
        );
    }

    #[test]
    fn secrets_are_not_shown() {
        let mut settings = settings();
        settings.login = Some(Login { name: "desk-1".into(), password: "hunter2".into() });
        settings.tls =
            Some(Tls { ca: "CA".into(), identity: Some(Identity { certificates: "C".into(), key: "KEY!".into() }) });
        let shown = format!("{settings:?}");
        assert!(shown.contains("desk-1") && !shown.contains("hunter2") && !shown.contains("KEY!"), "{shown}");
    }
}
