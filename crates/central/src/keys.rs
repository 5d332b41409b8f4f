//! What central can make again from one key of its own, and therefore keeps
//! nowhere: the secret in a mail's link, the code that verifies a contact, the
//! hash contacts are counted by, and its signature under a request it gives
//! back to its patient.
//!
//! **Promise.** The key lies in a file of its own beside the database, readable
//! by its owner alone. Whoever has a copy of the database has none of these.
//! See `docs/decisions/0007-what-a-mails-link-opens.md`.
//!
//! **To add something that follows from the key:** a context of its own, and a
//! method of [`Keys`].

use std::fmt;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use chairside_sync::Hash;
use chairside_sync::mails::BookingId;

use crate::clock::random;

/// The key's file in the folder of the store.
pub const FILE: &str = "central.key";

/// Each use has a key of its own: what one tells says nothing of another.
const LINKS: &str = "chairside central 2026 links of mails";
const CONTACTS: &str = "chairside central 2026 contacts counted";
const CODES: &str = "chairside central 2026 codes for contacts";
const REQUESTS: &str = "chairside central 2026 requests given back";

/// Codes have so many digits: with few tries allowed, enough.
const DIGITS: u64 = 1_000_000;

/// What a code follows from beside the key; drawn for each booking.
pub type Salt = [u8; 16];

/// Central's own keys.
#[derive(Clone)]
pub struct Keys {
    links: [u8; 32],
    contacts: [u8; 32],
    codes: [u8; 32],
    requests: [u8; 32],
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(***)")
    }
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file can't be read or made.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It holds something else.
    #[error("{0} is no key of central's: 64 hexadecimal digits")]
    Malformed(PathBuf),
}

impl Keys {
    /// Those that follow from a key.
    pub fn of(key: &[u8; 32]) -> Self {
        let derived = |context| blake3::derive_key(context, key);
        Self { links: derived(LINKS), contacts: derived(CONTACTS), codes: derived(CODES), requests: derived(REQUESTS) }
    }

    /// Reads the key in this file; draws one and keeps it where there is no file.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn open(path: &Path) -> Result<Self, KeysError> {
        let file = |source| KeysError::File { path: path.to_owned(), source };
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let key = blake3::Hash::from_hex(text.trim()).map_err(|_| KeysError::Malformed(path.to_owned()))?;
                Ok(Self::of(key.as_bytes()))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let key = random();
                keep(path, &key).map_err(file)?;
                tracing::info!(path = %path.display(), "a key was drawn; links in mails open nothing without it");
                Ok(Self::of(&key))
            }
            Err(error) => Err(file(error)),
        }
    }

    /// The secret that a mail's link opens its booking with.
    pub fn link_secret(&self, booking: BookingId) -> [u8; 32] {
        *blake3::keyed_hash(&self.links, booking.0.as_bytes()).as_bytes()
    }

    /// What an address is counted by; one person's spellings of it are one.
    pub fn contact(&self, address: &str) -> Hash {
        Hash(*blake3::keyed_hash(&self.contacts, address.trim().to_lowercase().as_bytes()).as_bytes())
    }

    /// The code that is mailed to verify a booking's contact: six digits.
    pub fn code(&self, booking: BookingId, salt: &Salt) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&self.codes);
        hasher.update(booking.0.as_bytes()).update(salt);
        let hash = hasher.finalize();
        // Of 64 bits a million is so small a part that every code is as likely as any.
        let number = hash.as_bytes().iter().take(8).fold(0, |number: u64, byte| (number << 8) | u64::from(*byte));
        format!("{:06}", number % DIGITS)
    }

    /// Central's signature under a request of this booking. Nobody else has to
    /// check it, so it is a keyed hash.
    pub fn sign(&self, booking: BookingId, request: &[u8]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(&self.requests);
        hasher.update(booking.0.as_bytes()).update(request);
        *hasher.finalize().as_bytes()
    }

    /// Whether that is its signature; compared in constant time.
    pub fn is_signed(&self, booking: BookingId, request: &[u8], signature: &[u8; 32]) -> bool {
        blake3::Hash::from(self.sign(booking, request)) == blake3::Hash::from(*signature)
    }
}

/// Whole and on the disk, or not there.
fn keep(path: &Path, key: &[u8; 32]) -> std::io::Result<()> {
    let rough = path.with_extension("part");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&rough)?;
    writeln!(file, "{}", blake3::Hash::from(*key).to_hex())?;
    file.sync_all()?;
    std::fs::rename(&rough, path)?;
    if let Some(folder) = path.parent() {
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_key_is_drawn_once_and_is_its_owners_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(FILE);
        let booking = BookingId(Uuid::from_u128(7));
        let first = Keys::open(&path).expect("drawn").link_secret(booking);
        assert_eq!(Keys::open(&path).expect("read").link_secret(booking), first);
        assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        std::fs::write(&path, "nonsense").expect("written");
        assert!(matches!(Keys::open(&path), Err(KeysError::Malformed(_))));
    }

    #[test]
    fn what_follows_from_the_key_is_each_ones_own() {
        let (keys, others) = (Keys::of(&[1; 32]), Keys::of(&[2; 32]));
        let (one, two) = (BookingId(Uuid::from_u128(1)), BookingId(Uuid::from_u128(2)));
        assert_ne!(keys.link_secret(one), keys.link_secret(two));
        assert_ne!(keys.link_secret(one), others.link_secret(one));
        assert_eq!(keys.contact("Somebody@example.org "), keys.contact("somebody@example.org"));
        let signature = keys.sign(one, b"request");
        assert!(keys.is_signed(one, b"request", &signature));
        assert!(!keys.is_signed(two, b"request", &signature) && !keys.is_signed(one, b"other", &signature));
        assert!(!others.is_signed(one, b"request", &signature));
        let code = keys.code(one, &[3; 16]);
        assert!(
            code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit()) && code != keys.code(two, &[3; 16])
        );
    }
}
