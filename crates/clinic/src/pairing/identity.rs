//! The key a certificate is for, and requests signed by it.

use rcgen::{CertificateParams, DistinguishedName, KeyPair};

use crate::problem::Problem;

/// A key.
pub struct Identity(KeyPair);

impl Identity {
    /// A fresh one.
    ///
    /// # Errors
    /// `internal`.
    pub fn draw() -> Result<Self, Problem> {
        Ok(Self(KeyPair::generate().map_err(failed)?))
    }

    /// Reads what [`key`](Self::key) gave.
    ///
    /// # Errors
    /// `bad-central-settings`.
    pub fn read(pem: &str) -> Result<Self, Problem> {
        // The reason may quote the key, so it isn't told.
        KeyPair::from_pem(pem).map(Self).map_err(|_| Problem::new("bad-central-settings").with("said", "key"))
    }

    /// The private key, PEM, for keeping.
    pub fn key(&self) -> String {
        self.0.serialize_pem()
    }

    /// A request for a certificate, PEM. It names nobody: who this is, central
    /// writes into the certificate itself.
    ///
    /// # Errors
    /// `internal`.
    pub fn request(&self) -> Result<String, Problem> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.serialize_request(&self.0).and_then(|request| request.pem()).map_err(failed)
    }
}

fn failed(error: rcgen::Error) -> Problem {
    Problem::new("internal").with("detail", error)
}
