//! The authority's file: certificate and key behind each other, PEM.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::AuthorityError;

/// Its name in the store's folder. A backup of the store needs it too.
pub const FILE: &str = "authority.pem";

const END_OF_CERTIFICATE: &str = "-----END CERTIFICATE-----\n";

/// Certificate and key; none where there is no file.
pub fn read(path: &Path) -> Result<Option<(String, String)>, AuthorityError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text.replace("\r\n", "\n"),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == ErrorKind::InvalidData => return Err(AuthorityError::NotOne(path.to_owned())),
        Err(source) => return Err(AuthorityError::File { path: path.to_owned(), source }),
    };
    let end = text.find(END_OF_CERTIFICATE).ok_or_else(|| AuthorityError::NotOne(path.to_owned()))?;
    let (certificate, key) = text.split_at(end + END_OF_CERTIFICATE.len());
    Ok(Some((certificate.to_owned(), key.to_owned())))
}

/// Writes both, whole or not at all: under another name, synced, then renamed.
pub fn write(path: &Path, certificate: &str, key: &str) -> Result<(), AuthorityError> {
    let failed = |source| AuthorityError::File { path: path.to_owned(), source };
    let new = path.with_extension("new");
    let written = || {
        // What a crash left of an earlier try may have another mode.
        match std::fs::remove_file(&new) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        file.write_all(format!("{}\n{}", certificate.trim_end(), key).as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&new, path)?;
        match path.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    };
    written().map_err(failed)
}
