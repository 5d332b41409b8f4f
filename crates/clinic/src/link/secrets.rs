//! Who this desk is to central: what pairing leaves behind.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::sync::Arc;

use chairside_mqtt::topics::Peer;
use chairside_mqtt::{Address, Identity, Login, Tls};
use chairside_store::sync::Signing;
use chairside_sync::pairing::Code;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::problem::Problem;

/// What pairing leaves behind, as a TOML file that only the desk's own user
/// may read.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secrets {
    /// Where central itself is, `https://HOST[:PORT]`.
    pub central: Option<String>,
    /// The name of the code this desk was paired by: its first characters, no secret.
    pub code: Option<String>,
    /// The installation that was paired: a certificate is worth nothing to another.
    pub device: Option<Uuid>,
    /// Where central's broker listens, `mqtt(s)://HOST[:PORT]`.
    pub address: Option<String>,
    /// The password at a broker on loopback.
    pub password: Option<String>,
    /// Certificates, PEM, of those who may have signed the broker's.
    pub ca: Option<String>,
    /// This desk's certificate, PEM, with what leads to its signer.
    pub certificates: Option<String>,
    /// When the certificate ends, milliseconds since 1970 in UTC.
    pub until_ms: Option<i64>,
    /// The certificate's private key, PEM.
    pub key: Option<String>,
    /// The seed of the clinic's Ed25519 key, which signs its log: 64 hexadecimal digits.
    pub signing_key: SigningKey,
}

/// The seed of an Ed25519 key.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct SigningKey([u8; 32]);

/// The public half, for whoever checks signatures: 32 bytes.
pub fn public_key(secrets: &Secrets) -> Vec<u8> {
    secrets.signing_key.pair().public_key().as_ref().to_vec()
}

impl Secrets {
    /// What the file is called in a store's folder.
    pub const FILE: &'static str = "central.toml";

    /// Reads what pairing left.
    ///
    /// # Errors
    /// `central-file-missing`, `bad-central-file`.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        let text = std::fs::read_to_string(path)
            .map_err(|_| Problem::new("central-file-missing").with("path", path.display()))?;
        // The reason may quote a secret, so it isn't told.
        toml::from_str(&text).map_err(|_| Problem::new("bad-central-file").with("path", path.display()))
    }

    /// Whether it was this code that paired the desk.
    pub fn was_paired_by(&self, code: &str) -> bool {
        let code = Code::parse(code);
        self.code.is_some() && self.code.as_deref() == code.as_ref().map(Code::name)
    }

    /// Writes the file, whole or not at all, for the desk's own user alone.
    ///
    /// # Errors
    /// `file-failed`.
    pub fn write(&self, path: &Path) -> Result<(), Problem> {
        let failed =
            |error: &dyn fmt::Display| Problem::new("file-failed").with("path", path.display()).with("said", error);
        let text = toml::to_string(self).map_err(|error| failed(&error))?;
        let new = path.with_extension("new");
        let written = || {
            // What a crash left of an earlier try may have another mode.
            match std::fs::remove_file(&new) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&new)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&new, path)?;
            #[cfg(unix)]
            if let Some(folder) = path.parent() {
                File::open(folder)?.sync_all()?;
            }
            Ok(())
        };
        written().map_err(|error| failed(&error))
    }

    /// Where central's broker listens: `named` before what the file says.
    ///
    /// # Errors
    /// `bad-central-address`, also where neither names one.
    pub fn address(&self, named: Option<&str>) -> Result<Address, Problem> {
        let address = named.or(self.address.as_deref()).unwrap_or_default();
        let bad = |error| Problem::new("bad-central-address").with("address", address).with("said", error);
        Address::parse(address).map_err(bad)
    }

    pub(super) fn login(&self, peer: &Peer) -> Option<Login> {
        let login = |password: &String| Login { name: peer.user_name(), password: password.clone() };
        self.password.as_ref().map(login)
    }

    pub(super) fn tls(&self) -> Option<Tls> {
        let identity = self.certificates.as_ref().zip(self.key.as_ref());
        let identity =
            identity.map(|(certificates, key)| Identity { certificates: certificates.clone(), key: key.clone() });
        self.ca.as_ref().map(|ca| Tls { ca: ca.clone(), identity })
    }

    pub(super) fn signing(&self) -> Signing {
        let pair = self.signing_key.pair();
        Arc::new(move |hash| pair.sign(&hash.0).as_ref().to_vec())
    }
}

impl SigningKey {
    /// From 32 bytes drawn at random.
    pub const fn new(seed: [u8; 32]) -> Self {
        Self(seed)
    }

    fn pair(&self) -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_unchecked(&self.0).expect("32 bytes are a seed")
    }
}

impl Serialize for SigningKey {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let digits: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        to.serialize_str(&digits)
    }
}

impl<'de> Deserialize<'de> for SigningKey {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let bad = || serde::de::Error::custom("a signing key is 64 hexadecimal digits");
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let mut seed = [0; 32];
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != seed.len() || !rest.is_empty() {
            return Err(bad());
        }
        for (byte, [high, low]) in seed.iter_mut().zip(pairs) {
            *byte = digit(*high).ok_or_else(bad)? << 4 | digit(*low).ok_or_else(bad)?;
        }
        Ok(Self(seed))
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").field("address", &self.address).finish_non_exhaustive()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pairing_left_is_read_back_and_never_shown() {
        let secrets = Secrets {
            address: Some("mqtt://127.0.0.1:1883".to_owned()),
            password: Some("hunter2".to_owned()),
            signing_key: SigningKey::new([0xa5; 32]),
            ..Secrets::default()
        };
        let text = toml::to_string(&secrets).expect("it can be written");
        assert_eq!(toml::from_str::<Secrets>(&text).expect("it can be read"), secrets);
        let shown = format!("{secrets:?} {:?}", secrets.signing_key);
        assert!(!shown.contains("hunter2") && !shown.contains("165") && !shown.contains("a5a5"), "{shown}");
        assert_eq!(public_key(&secrets).len(), 32);
    }

    #[test]
    fn what_is_no_such_file_is_refused_by_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("central.toml");
        assert_eq!(Secrets::read(&path).expect_err("nothing there").code, "central-file-missing");
        for text in ["", "signing_key = \"a5\"", "signing_key = 5", "signing_kye = \"\""] {
            std::fs::write(&path, text).expect("written");
            assert_eq!(Secrets::read(&path).expect_err("not one").code, "bad-central-file", "{text}");
        }
        let nothing = Secrets::default();
        assert_eq!(nothing.address(None).expect_err("none").code, "bad-central-address");
        assert_eq!(nothing.address(Some("mqtt://example.org")).expect_err("plain").code, "bad-central-address");
        assert!(nothing.address(Some("mqtt://127.0.0.1:1")).is_ok());
    }
}
