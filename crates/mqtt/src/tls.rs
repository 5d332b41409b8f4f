//! From PEM to what rustls wants, both sides. The provider of cryptography is
//! named, because a process with two of them has no default.

use std::sync::Arc;

use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::settings::{Identity, SettingsError, Tls};

pub(crate) fn client_config(tls: &Tls) -> Result<Arc<ClientConfig>, SettingsError> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_root_certificates(roots(&tls.ca)?);
    let config = match &tls.identity {
        Some(identity) => {
            let (chain, key) = identity_of(identity)?;
            builder.with_client_auth_cert(chain, key).map_err(unusable)?
        }
        None => builder.with_no_client_auth(),
    };
    Ok(Arc::new(config))
}

pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

pub(crate) fn roots(pem: &str) -> Result<RootCertStore, SettingsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(pem)? {
        roots.add(certificate).map_err(unusable)?;
    }
    Ok(roots)
}

pub(crate) fn identity_of(
    identity: &Identity,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), SettingsError> {
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).map_err(unusable)?;
    Ok((certificates(&identity.certificates)?, key))
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, SettingsError> {
    let certificates =
        CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<Vec<_>, _>>().map_err(unusable)?;
    if certificates.is_empty() {
        return Err(SettingsError::Pem("no certificate in it".to_owned()));
    }
    Ok(certificates)
}

pub(crate) fn unusable(error: impl std::fmt::Display) -> SettingsError {
    SettingsError::Pem(error.to_string())
}
