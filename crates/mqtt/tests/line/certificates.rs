//! A certificate authority for one test.

use chairside_mqtt::{Identity, Tls};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

pub struct Certificates {
    issuer: Issuer<'static, KeyPair>,
    ca: String,
}

impl Certificates {
    pub fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = params("a test's authority", &[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = params.self_signed(&key).expect("a certificate").pem();
        Self { issuer: Issuer::new(params, key), ca }
    }

    pub fn ca(&self) -> String {
        self.ca.clone()
    }

    pub fn broker(&self) -> Identity {
        self.sign(&params("the broker", &["localhost"]))
    }

    /// What a client of this name trusts and shows.
    pub fn client(&self, name: &str) -> Tls {
        Tls { ca: self.ca(), identity: Some(self.sign(&params(name, &[]))) }
    }

    fn sign(&self, params: &CertificateParams) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        Identity { certificates: certificate.pem(), key: key.serialize_pem() }
    }
}

fn params(common_name: &str, names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("plain names");
    params.distinguished_name.push(DnType::CommonName, common_name);
    params
}
