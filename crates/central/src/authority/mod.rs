//! Central's own certificate authority: it signs the certificates of desks, of
//! the broker inside the process and of central itself.
//!
//! **Promise.** It is made at the first start and lies in one file that only
//! its owner may read; the file is whole or not there. What it signs for a desk
//! says who the desk is and nothing that the desk wrote. A key that was never
//! here leaves no trace here: desks and brokers bring requests, not keys.
//!
//! **Reading order.** [`Authority`], [`Issued`]; `file` (how it is kept).

mod file;

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use chairside_mqtt::Identity;
use chairside_mqtt::access::{CENTRAL, KeyDigest};
use chairside_sync::pairing::CERTIFICATE_LIFE_MS;
use chairside_sync::{Hash, Now};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PublicKeyData, SanType, SerialNumber,
};
use time::OffsetDateTime;

use crate::clock::random;

pub use file::FILE;

/// How long the authority itself lasts, in milliseconds: longer than any
/// installation. A new one means that every desk is paired anew.
const AUTHORITY_LIFE_MS: i64 = 30 * 365 * DAY_MS;

/// How long what central shows lasts, in milliseconds. It is made anew at every
/// start, so it only has to outlast one run.
const SERVER_LIFE_MS: i64 = 5 * 365 * DAY_MS;

/// Certificates begin this long before they are made, in milliseconds: a
/// desk's clock may be behind.
const BEFORE_MS: i64 = DAY_MS;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// The authority, with its key.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
}

/// A desk's certificate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Issued {
    /// PEM.
    pub certificates: String,
    /// When it ends, milliseconds since 1970 in UTC.
    pub until_ms: i64,
    /// Of the public key it is for.
    pub key_hash: Hash,
}

/// A request for a certificate, whose signature fits its key.
pub struct Request {
    key: CertificateSigningRequestParams,
    key_hash: Hash,
}

/// Why there is no authority, or no certificate.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// Its file can't be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Its file isn't one of an authority.
    #[error("{0} holds no authority")]
    NotOne(PathBuf),
    /// Something can't be made or signed.
    #[error("a certificate can't be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// A name that can stand in no certificate.
    #[error("{0} can't be named in a certificate")]
    Name(String),
}

impl Authority {
    /// The authority in a store's folder; made there where there is none.
    ///
    /// # Errors
    /// [`AuthorityError`]. One that is there and can't be read isn't made
    /// anew: all desks would be shut out.
    pub fn open(folder: &Path, now: Now) -> Result<Self, AuthorityError> {
        let path = folder.join(FILE);
        let (certificate, key) = match file::read(&path)? {
            Some(both) => both,
            None => {
                let made = make(now)?;
                file::write(&path, &made.0, &made.1)?;
                tracing::info!("an authority of our own was made");
                made
            }
        };
        let not_one = |error: rcgen::Error| {
            tracing::error!(%error, "the authority's file can't be used");
            AuthorityError::NotOne(path.clone())
        };
        let key = KeyPair::from_pem(&key).map_err(not_one)?;
        let issuer = Issuer::from_ca_cert_pem(&certificate, key).map_err(not_one)?;
        Ok(Self { issuer, certificate })
    }

    /// Its certificate, PEM: who trusts it trusts what it signed.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// What central shows under these names and addresses: to visitors over
    /// HTTPS, and as the broker inside the process.
    ///
    /// # Errors
    /// [`AuthorityError::Name`].
    pub fn server(&self, names: &[String], now: Now) -> Result<Identity, AuthorityError> {
        let mut params = self.params("Chairside central", now.wall_ms, SERVER_LIFE_MS)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        for name in names {
            params.subject_alt_names.push(alternative_name(name)?);
        }
        self.identity(&params)
    }

    /// Who central is to an outside broker, and to the one inside.
    ///
    /// # Errors
    /// [`AuthorityError::Certificate`].
    pub fn central(&self, now: Now) -> Result<Identity, AuthorityError> {
        let mut params = self.params(CENTRAL, now.wall_ms, SERVER_LIFE_MS)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.identity(&params)
    }

    /// A desk's certificate for the key of a request, in this name, whatever
    /// else the request says.
    ///
    /// # Errors
    /// [`AuthorityError::Certificate`].
    pub fn desk(&self, name: &str, request: &Request, now: Now) -> Result<Issued, AuthorityError> {
        let mut params = self.params(name, now.wall_ms, CERTIFICATE_LIFE_MS)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&request.key.public_key, &self.issuer)?;
        // Certificates know whole seconds.
        let until_ms = params.not_after.unix_timestamp() * 1_000;
        Ok(Issued { certificates: certificate.pem(), until_ms, key_hash: request.key_hash })
    }

    fn identity(&self, params: &CertificateParams) -> Result<Identity, AuthorityError> {
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(Identity { certificates: certificate.pem(), key: key.serialize_pem() })
    }

    fn params(&self, name: &str, from_ms: i64, life_ms: i64) -> Result<CertificateParams, AuthorityError> {
        let mut params = named(name, from_ms, life_ms)?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        Ok(params)
    }
}

impl Request {
    /// Reads a signing request, PEM.
    ///
    /// # Errors
    /// [`AuthorityError::Certificate`], also where its signature isn't by its key.
    pub fn parse(pem: &str) -> Result<Self, AuthorityError> {
        let key = CertificateSigningRequestParams::from_pem(pem)?;
        let key_hash = Hash(KeyDigest::of(&key.public_key.subject_public_key_info()).0);
        Ok(Self { key, key_hash })
    }

    /// Of the public key it is for.
    pub const fn key_hash(&self) -> Hash {
        self.key_hash
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authority")
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Request").field(&self.key_hash).finish()
    }
}

/// A new authority: its certificate and its key, both PEM.
fn make(now: Now) -> Result<(String, String), AuthorityError> {
    // A name of its own: what two of them signed is never mixed up.
    let own = Hash(random()).to_string();
    let mut params = named(&format!("Chairside authority {}", &own[..16]), now.wall_ms, AUTHORITY_LIFE_MS)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    Ok((certificate.pem(), key.serialize_pem()))
}

fn named(name: &str, from_ms: i64, life_ms: i64) -> Result<CertificateParams, AuthorityError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = day_and_time(from_ms - BEFORE_MS)?;
    params.not_after = day_and_time(from_ms + life_ms)?;
    params.serial_number = Some(SerialNumber::from_slice(&random()[..16]));
    Ok(params)
}

fn day_and_time(wall_ms: i64) -> Result<OffsetDateTime, AuthorityError> {
    OffsetDateTime::from_unix_timestamp(wall_ms.div_euclid(1_000))
        .map_err(|_| AuthorityError::Name(wall_ms.to_string()))
}

fn alternative_name(name: &str) -> Result<SanType, AuthorityError> {
    match name.parse::<IpAddr>() {
        Ok(address) => Ok(SanType::IpAddress(address)),
        Err(_) => Ok(SanType::DnsName(name.try_into().map_err(|_| AuthorityError::Name(name.to_owned()))?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Now = Now { steady_ms: 0, wall_ms: 1_795_267_800_000 };

    fn request(key: &KeyPair) -> Request {
        let request = CertificateParams::default().serialize_request(key).expect("a request");
        Request::parse(&request.pem().expect("PEM")).expect("a request that can be read")
    }

    #[test]
    fn it_stays_the_same_over_a_restart_and_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let first = Authority::open(folder.path(), NOW).expect("made");
        let again = Authority::open(folder.path(), NOW).expect("opened");
        assert_eq!(first.certificate(), again.certificate());
        let mode = std::fs::metadata(folder.path().join(FILE)).expect("its file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let names: Vec<_> = std::fs::read_dir(folder.path()).expect("the folder").collect();
        assert_eq!(names.len(), 1, "{names:?}");
    }

    #[test]
    fn a_broken_file_is_not_made_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        for content in ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            std::fs::write(folder.path().join(FILE), content).expect("written");
            let error = Authority::open(folder.path(), NOW).expect_err("no authority");
            assert!(matches!(error, AuthorityError::NotOne(_)), "{error}");
            assert_eq!(std::fs::read_to_string(folder.path().join(FILE)).expect("read"), content);
        }
    }

    #[test]
    fn a_desk_gets_its_own_name_and_a_year() {
        let folder = tempfile::tempdir().expect("a folder");
        let authority = Authority::open(folder.path(), NOW).expect("made");
        let key = KeyPair::generate().expect("a key");
        let issued = authority.desk("c.d", &request(&key), NOW).expect("signed");
        assert_eq!(issued.until_ms, NOW.wall_ms + CERTIFICATE_LIFE_MS);
        let later = Now { wall_ms: NOW.wall_ms + DAY_MS, ..NOW };
        let renewed = authority.desk("c.d", &request(&key), later).expect("signed");
        assert_eq!((renewed.key_hash, renewed.until_ms), (issued.key_hash, issued.until_ms + DAY_MS));
        let other = authority.desk("c.d", &request(&KeyPair::generate().expect("a key")), NOW).expect("signed");
        assert_ne!(other.key_hash, issued.key_hash);
    }

    #[test]
    fn a_request_signed_by_another_key_is_none() {
        let key = KeyPair::generate().expect("a key");
        let request = CertificateParams::default().serialize_request(&key).expect("a request");
        let mut bytes = request.der().to_vec();
        *bytes.last_mut().expect("bytes") ^= 1;
        let broken = CertificateSigningRequestParams::from_der(&bytes.into());
        assert!(broken.is_err());
        for text in ["", "nonsense", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"] {
            assert!(Request::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn names_that_can_stand_in_no_certificate_are_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let authority = Authority::open(folder.path(), NOW).expect("made");
        for names in [["localhost", "::1"], ["127.0.0.1", "central.example.org"]] {
            authority.server(&names.map(str::to_owned), NOW).expect("signed");
        }
        assert!(matches!(authority.server(&["åäö".to_owned()], NOW), Err(AuthorityError::Name(_))));
    }
}
