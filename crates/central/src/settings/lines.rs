//! Where central listens, and what it shows and says there.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use chairside_mqtt::{Address, Identity};
use serde::Serialize;

use super::{Given, SettingsError};

/// Where HTTP is spoken unless told otherwise: on loopback.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7480);

/// Where the broker inside the process listens unless told otherwise. Always
/// the same: desks keep it.
const MQTT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7483);

/// Where central listens.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Lines {
    /// Where HTTP is spoken.
    pub listen: SocketAddr,
    /// Over TLS; always away from loopback.
    pub https: bool,
    /// The operator's own certificate and key, PEM; otherwise one of central's own authority.
    pub tls: Option<TlsFiles>,
    /// Where the broker inside the process listens.
    pub mqtt_listen: SocketAddr,
    /// What this machine is called where desks are.
    pub public_name: Option<String>,
    /// An outside broker's files, kept up to date here.
    pub broker_files: Option<PathBuf>,
    /// Where desks find an outside broker, if not where central does.
    pub desk_broker: Option<String>,
}

/// A certificate and its key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TlsFiles {
    /// The certificate with what leads to its signer, PEM.
    pub certificate: PathBuf,
    /// Its key, PEM.
    pub key: PathBuf,
}

impl Lines {
    /// Takes its part of what was given.
    ///
    /// # Errors
    /// [`SettingsError`], by name.
    pub(super) fn settle(given: &Given) -> Result<Self, SettingsError> {
        let (listen, mqtt_listen) = (given.listen.unwrap_or(LISTEN), given.mqtt_listen.unwrap_or(MQTT_LISTEN));
        let tls = match (given.tls_certificate.clone(), given.tls_key.clone()) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
            (None, None) => None,
            (Some(_), None) => return Err(SettingsError::Missing("tls_key")),
            (None, Some(_)) => return Err(SettingsError::Missing("tls_certificate")),
        };
        let away = !listen.ip().is_loopback();
        if given.https == Some(false) && away {
            return Err(SettingsError::PlainTextAway(listen));
        }
        let https = given.https.unwrap_or(away || tls.is_some());
        if !https && tls.is_some() {
            return Err(SettingsError::Invalid("https"));
        }
        // Addresses of the new kind can't be checked by those who call there.
        if mqtt_listen.is_ipv6() {
            return Err(SettingsError::Invalid("mqtt_listen"));
        }
        let inside = given.broker.is_none();
        let everywhere = listen.ip().is_unspecified() || (inside && mqtt_listen.ip().is_unspecified());
        if given.public_name.is_none() && everywhere {
            return Err(SettingsError::Missing("public_name"));
        }
        let is_name = |name: &String| Address::parse(&format!("mqtts://{name}:1")).is_ok();
        if given.public_name.as_ref().is_some_and(|name| name.contains(':') || !is_name(name)) {
            return Err(SettingsError::Invalid("public_name"));
        }
        if given.desk_broker.as_ref().is_some_and(|address| inside || Address::parse(address).is_err()) {
            return Err(SettingsError::Invalid("desk_broker"));
        }
        if given.broker_files.is_some() && inside {
            return Err(SettingsError::Invalid("broker_files"));
        }
        Ok(Self {
            listen,
            https,
            tls,
            mqtt_listen,
            public_name: given.public_name.clone(),
            broker_files: given.broker_files.clone(),
            desk_broker: given.desk_broker.clone(),
        })
    }

    /// What desks call the machine that listens at this address.
    pub fn public_host(&self, listen: IpAddr) -> String {
        self.public_name.clone().unwrap_or_else(|| listen.to_string())
    }

    /// Where people find central, unless it was said.
    pub(super) fn page(&self) -> String {
        let host = match self.listen.ip() {
            ip if ip.is_ipv6() && self.public_name.is_none() => format!("[{ip}]"),
            ip => self.public_host(ip),
        };
        let (scheme, usual) = if self.https { ("https", 443) } else { ("http", 80) };
        // As people write it: a port that goes without saying isn't said.
        match self.listen.port() {
            port if port == usual => format!("{scheme}://{host}"),
            port => format!("{scheme}://{host}:{port}"),
        }
    }

    /// Every name and address by which this machine is called.
    pub fn names(&self) -> Vec<String> {
        let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
        let here = [self.listen.ip(), self.mqtt_listen.ip()].into_iter().filter(|ip| !ip.is_unspecified());
        names.extend(here.map(|ip| ip.to_string()));
        names.extend(self.public_name.clone());
        let mut known = std::collections::BTreeSet::new();
        names.retain(|name| known.insert(name.clone()));
        names
    }
}

impl TlsFiles {
    /// Reads both.
    ///
    /// # Errors
    /// [`SettingsError::File`].
    pub fn read(&self) -> Result<Identity, SettingsError> {
        let read = |path: &PathBuf| {
            std::fs::read_to_string(path).map_err(|source| SettingsError::File { path: path.clone(), source })
        };
        Ok(Identity { certificates: read(&self.certificate)?, key: read(&self.key)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str) -> Result<Lines, SettingsError> {
        Lines::settle(&toml::from_str(text).expect("settings"))
    }

    #[test]
    fn away_from_loopback_nothing_is_plain() {
        assert!(!with("").expect("they fit").https);
        assert!(with("https=true").expect("they fit").https);
        assert!(with("listen='192.0.2.1:443'").expect("they fit").https);
        assert!(matches!(with("listen='192.0.2.1:80'\nhttps=false"), Err(SettingsError::PlainTextAway(_))));
        let own = "tls_certificate='c'\ntls_key='k'";
        assert!(with(own).expect("they fit").https);
        assert!(matches!(with(&format!("https=false\n{own}")), Err(SettingsError::Invalid("https"))));
        assert!(matches!(with("tls_key='k'"), Err(SettingsError::Missing("tls_certificate"))));
        assert!(matches!(with("tls_certificate='c'"), Err(SettingsError::Missing("tls_key"))));
    }

    #[test]
    fn what_listens_everywhere_has_a_name() {
        for listen in ["listen='0.0.0.0:443'", "mqtt_listen='0.0.0.0:8883'"] {
            assert!(matches!(with(listen), Err(SettingsError::Missing("public_name"))), "{listen}");
            let named = with(&format!("{listen}\npublic_name='central.example.org'")).expect("they fit");
            assert_eq!(named.public_host(IpAddr::V4(Ipv4Addr::UNSPECIFIED)), "central.example.org");
            assert_eq!(named.names(), ["localhost", "127.0.0.1", "::1", "central.example.org"]);
        }
        assert!(matches!(with("public_name='a b'"), Err(SettingsError::Invalid("public_name"))));
        assert!(matches!(with("public_name='a:1'"), Err(SettingsError::Invalid("public_name"))));
        assert_eq!(with("listen='192.0.2.1:443'").expect("they fit").names()[3..], ["192.0.2.1"]);
    }

    #[test]
    fn a_port_that_goes_without_saying_is_not_said() {
        let page = |text: &str| with(text).expect("they fit").page();
        let named = "public_name='central.example.org'\nlisten=";
        assert_eq!(page(&format!("{named}'0.0.0.0:443'")), "https://central.example.org");
        assert_eq!(page(&format!("{named}'0.0.0.0:444'")), "https://central.example.org:444");
        assert_eq!(page("listen='127.0.0.1:80'"), "http://127.0.0.1");
        assert_eq!(page("listen='127.0.0.1:443'"), "http://127.0.0.1:443");
    }

    #[test]
    fn what_concerns_an_outside_broker_needs_one() {
        let outside = "broker='mqtts://192.0.2.1'";
        for setting in ["broker_files='f'", "desk_broker='mqtts://broker.example.org'"] {
            assert!(with(&format!("{outside}\n{setting}")).is_ok(), "{setting}");
            assert!(matches!(with(setting), Err(SettingsError::Invalid(_))), "{setting}");
        }
        assert!(with(&format!("{outside}\ndesk_broker='nonsense'")).is_err());
    }
}
