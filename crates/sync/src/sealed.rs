//! Who asks, readable by the clinic alone: what travels as a proposal's sealed
//! bytes past brokers and the central service, which hold no key.
//!
//! A number that names the key, a nonce, then AES-256-GCM over JSON, bound to
//! the clinic's id. AES-GCM, because every browser has it. There is one key so
//! far, [`DEVELOPMENT`], which everybody can read here: it shows where words
//! are sealed and opened, and keeps no secret.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use serde::{Deserialize, Serialize};

use crate::body::{Id, normalised};

/// The key's number and the key that stand in for real ones.
pub const DEVELOPMENT: (u8, &[u8; 32]) = (0, b"chairside development, no secret");

/// How long a nonce is, in bytes.
const NONCE: usize = 12;

/// Sealed words are filled up to a multiple of this many bytes, so that their
/// length says little of a name's.
const FILLED_TO: usize = 64;

/// What a patient tells the clinic, and nobody else.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Who {
    /// Given names.
    pub given: String,
    /// Family name.
    pub family: String,
    /// `1987-07-14`, or as it was typed.
    pub birth: String,
    /// As it was typed.
    pub phone: String,
    /// Words to the clinic.
    pub note: String,
}

impl std::fmt::Debug for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Who(…)")
    }
}

/// Why sealed words can't be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unopened {
    /// Sealed with a key that isn't here.
    #[error("sealed with key {0}, which isn't here")]
    Key(u8),
    /// Changed on the way, sealed for another clinic, or never sealed.
    #[error("sealed words that don't open")]
    Broken,
}

impl Who {
    /// Seals with the development key. A nonce seals once.
    pub fn seal(&self, clinic: Id, nonce: [u8; NONCE]) -> Vec<u8> {
        let (number, key) = DEVELOPMENT;
        let mut words = serde_json::to_vec(self).unwrap_or_default();
        words.resize(words.len().next_multiple_of(FILLED_TO), b' ');
        let cipher = Aes256Gcm::new(key.into());
        let mut sealed = vec![number];
        sealed.extend(nonce);
        let done = cipher.encrypt(&Nonce::from(nonce), Payload { msg: &words, aad: &*clinic });
        debug_assert!(done.is_ok(), "sealing to memory failed");
        sealed.extend(done.unwrap_or_default());
        sealed
    }

    /// Reads what was sealed for this clinic.
    ///
    /// # Errors
    /// [`Unopened`].
    pub fn open(sealed: &[u8], clinic: Id) -> Result<Self, Unopened> {
        let (number, rest) = sealed.split_first().ok_or(Unopened::Broken)?;
        if *number != DEVELOPMENT.0 {
            return Err(Unopened::Key(*number));
        }
        let (nonce, words) = rest.split_first_chunk::<NONCE>().ok_or(Unopened::Broken)?;
        let cipher = Aes256Gcm::new(DEVELOPMENT.1.into());
        let nonce = Nonce::from(*nonce);
        let plain = cipher.decrypt(&nonce, Payload { msg: words, aad: &*clinic }).map_err(|_| Unopened::Broken)?;
        let Self { given, family, birth, phone, note } =
            serde_json::from_slice(&plain).map_err(|_| Unopened::Broken)?;
        let text = |text: String| normalised(text.trim());
        Ok(Self { given: text(given), family: text(family), birth: text(birth), phone: text(phone), note: text(note) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who() -> Who {
        Who {
            given: "Åsa".to_owned(),
            family: "Wikström".to_owned(),
            note: "Ring före tio".to_owned(),
            ..Who::default()
        }
    }

    fn clinic(number: u8) -> Id {
        Id::from([number; 16])
    }

    #[test]
    fn what_was_sealed_opens_at_its_clinic_and_nowhere_else() {
        let sealed = who().seal(clinic(1), [7; 12]);
        assert_eq!(Who::open(&sealed, clinic(1)), Ok(who()));
        assert_eq!(Who::open(&sealed, clinic(2)), Err(Unopened::Broken));
    }

    #[test]
    fn nothing_of_it_stands_in_clear_and_a_changed_bit_is_noticed() {
        let sealed = who().seal(clinic(1), [7; 12]);
        let name = "Wikström".as_bytes();
        assert!(sealed.windows(name.len()).all(|window| window != name));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(Who::open(&changed, clinic(1)).is_err(), "byte {at}");
        }
        assert_eq!(Who::open(&[9, 1, 2], clinic(1)), Err(Unopened::Key(9)));
        assert_eq!(Who::open(b"", clinic(1)), Err(Unopened::Broken));
    }

    #[test]
    fn its_length_says_little() {
        let short = Who { given: "Bo".to_owned(), ..who() }.seal(clinic(1), [7; 12]);
        let long = Who { given: "Bo Göran".to_owned(), ..who() }.seal(clinic(1), [7; 12]);
        assert_eq!(short.len(), long.len());
    }
}
