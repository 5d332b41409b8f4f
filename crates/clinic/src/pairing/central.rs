//! Central over HTTPS; in plain text only on this machine.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chairside_sync::pairing::{AskChallenge, AskPairing, AskRenewal, Challenge, LONGEST_TEXT, Paired, Renewed};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// How long central may take for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Refusals with a sentence of their own, as central calls them.
const REFUSALS: [&str; 10] = [
    "code_unknown",
    "code_expired",
    "code_used_up",
    "code_used",
    "code_wrong",
    "clinic_mismatch",
    "device_unknown",
    "device_revoked",
    "key_mismatch",
    "certificate_too_old",
];

/// Where central is.
#[derive(Clone, Debug)]
pub struct Central(Url);

impl Central {
    /// Reads an address; one that doesn't say how it is spoken to is spoken to in secret.
    ///
    /// # Errors
    /// `bad-central-url`, `central-plain-text`.
    pub fn at(text: &str) -> Result<Self, Problem> {
        let bad = || Problem::new("bad-central-url").with("address", text);
        let typed = text.trim();
        let whole = if typed.contains("://") { typed.to_owned() } else { format!("https://{typed}") };
        let url = Url::parse(&whole).map_err(|_| bad())?;
        let host = url.host_str().ok_or_else(bad)?.trim_matches(['[', ']']);
        let here = host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if here => Ok(Self(url)),
            "http" => Err(Problem::new("central-plain-text").with("address", text)),
            _ => Err(bad()),
        }
    }

    /// Asks for a challenge, of whoever is there: it is what tells whether that is central.
    pub async fn challenge(&self, ask: &AskChallenge) -> Result<Challenge, Problem> {
        self.ask(&anybody()?, "api/v1/pairing/challenges", ask).await
    }

    /// Asks to be let in, of whom this authority vouches for.
    pub async fn pair(&self, authority: &str, ask: &AskPairing) -> Result<Paired, Problem> {
        self.ask(&vouched_for(authority)?, "api/v1/pairing", ask).await
    }

    /// Asks for a new certificate, of whom this authority vouches for.
    pub async fn renew(&self, authority: &str, ask: &AskRenewal) -> Result<Renewed, Problem> {
        self.ask(&vouched_for(authority)?, "api/v1/devices/renewal", ask).await
    }

    async fn ask<T: DeserializeOwned>(&self, client: &Client, path: &str, ask: &impl Serialize) -> Result<T, Problem> {
        let bad = || Problem::new("bad-central-url").with("address", self);
        let mut url = self.0.clone();
        url.path_segments_mut().map_err(|()| bad())?.pop_if_empty().extend(path.split('/'));
        let failed = |error: reqwest::Error| self.failed(&error);
        let mut response = client.post(url).json(ask).send().await.map_err(failed)?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(failed)? {
            body.extend_from_slice(&part);
            if body.len() > LONGEST_TEXT {
                return Err(self.not_central());
            }
        }
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|_| self.not_central());
        }
        Err(match serde_json::from_slice(&body) {
            Ok(Refusal { code }) if REFUSALS.contains(&code.as_str()) => Problem::new(code.replace('_', "-")),
            Ok(Refusal { code }) => Problem::new("pairing-refused").with("said", code),
            Err(_) => self.not_central(),
        })
    }

    fn failed(&self, error: &reqwest::Error) -> Problem {
        let mut source = std::error::Error::source(error);
        let mut last = error.to_string();
        while let Some(error) = source {
            last = error.to_string();
            if is_untrusted(error) {
                return Problem::new("central-not-trusted").with("address", self);
            }
            source = error.source();
        }
        Problem::new("central-unreachable").with("address", self).with("said", last)
    }

    fn not_central(&self) -> Problem {
        Problem::new("not-central").with("address", self)
    }
}

/// Whether this says that a certificate isn't believed. TLS errors come wrapped,
/// more than once, into ones of input and output, which show them only by hand.
fn is_untrusted(error: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return matches!(error, rustls::Error::InvalidCertificate(_));
    }
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    inner.is_some_and(|inner| is_untrusted(inner))
}

impl fmt::Display for Central {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

/// What central says instead of an answer.
#[derive(Deserialize)]
struct Refusal {
    code: String,
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn internal(error: impl fmt::Display) -> Problem {
    Problem::new("internal").with("detail", error)
}

fn client(config: ClientConfig) -> Result<Client, Problem> {
    let builder = Client::builder().tls_backend_preconfigured(config).redirect(Policy::none()).timeout(PATIENCE);
    builder.build().map_err(internal)
}

/// Believes whatever certificate it is shown.
fn anybody() -> Result<Client, Problem> {
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(internal)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody(provider())))
        .with_no_client_auth();
    client(config)
}

/// Believes whom this authority vouches for, and whom the machine trusts
/// anyway: an operator may have a certificate from elsewhere.
fn vouched_for(authority: &str) -> Result<Client, Problem> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
        roots.add(certificate.map_err(internal)?).map_err(internal)?;
    }
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(internal)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    client(config)
}

/// For the one question whose answer proves itself.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_on_this_machine() {
        for address in [
            "https://central.example.org",
            "https://192.0.2.1:7480/",
            "http://127.0.0.1:7480",
            "http://[::1]:1",
            "http://localhost/x",
        ] {
            assert!(Central::at(address).is_ok(), "{address}");
        }
        assert_eq!(Central::at("http://192.0.2.1").expect_err("plain").code, "central-plain-text");
        for address in ["", "two words", "mqtts://central.example.org", "https://", "ftp://localhost"] {
            assert_eq!(Central::at(address).expect_err("no address").code, "bad-central-url", "{address}");
        }
    }

    #[test]
    fn an_address_as_people_type_it_is_spoken_to_in_secret() {
        for (typed, meant) in [
            ("central.example.org", "https://central.example.org/"),
            (" central.example.org:7480 ", "https://central.example.org:7480/"),
            ("localhost:7480/x", "https://localhost:7480/x"),
        ] {
            assert_eq!(Central::at(typed).expect("an address").0.as_str(), meant);
        }
    }
}
