//! How a desk and central come to know each other: by a short code that a
//! person carries from one to the other.
//!
//! **Promise.** Neither has to trust the line. Central shows first that it
//! knows the code, and only then does a desk believe its certificates or say
//! who it is; then the desk shows the same of what it asks for. Whoever
//! listens, or stands between the two, learns nothing that helps it within the
//! code's life, and can change nothing unseen. The code itself is never sent,
//! and central doesn't keep it.
//!
//! A code has ten characters: three name it, seven prove it. Both sides make a
//! [`Key`] of it with Argon2id, slow on purpose: all the codes there could be
//! take far longer to try than one is good for.
//!
//! ```text
//! desk                                            central
//!   AskChallenge { code's name, nonce }      ──►    counts a try
//!   ◄── Challenge { salt, nonce, authority, proof }
//!   AskPairing { request, log key, ids, proof } ──► one transaction
//!   ◄── Paired { certificates, broker, proof }
//! ```
//!
//! Each proof covers everything said before it, so none fits another talk.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use blake3::Hasher;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// The characters of a code: none that is taken for another when it is read
/// out or written down (no 0 and O, no 1, I and L, no U beside V).
pub const ALPHABET: &[u8; 30] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The characters that name a code.
pub const NAME_CHARS: usize = 3;

/// The characters of a whole code.
pub const CODE_CHARS: usize = 10;

/// How long a code is good for, in milliseconds.
pub const CODE_LIFE_MS: i64 = 10 * 60 * 1_000;

/// How often somebody may try one.
pub const CODE_TRIES: u32 = 5;

/// How long a desk's certificate lasts, in milliseconds.
pub const CERTIFICATE_LIFE_MS: i64 = 365 * DAY_MS;

/// With less than this left a desk asks for a new certificate, in milliseconds.
pub const RENEW_BEFORE_MS: i64 = 30 * DAY_MS;

/// So long after its end a certificate is still renewed, in milliseconds: a
/// clinic that was closed for a season comes back by itself.
pub const RENEW_AFTER_MS: i64 = 90 * DAY_MS;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// 64 MiB and three passes: a fifth of a second for the two who know the code.
const MEMORY_KIB: u32 = 64 * 1_024;
const PASSES: u32 = 3;

/// The longest text of a message, in bytes: a chain of certificates and more.
pub const LONGEST_TEXT: usize = 16 * 1_024;

/// A code as a person carries it. Shown in groups: `K7M-4QX2-9RT`.
#[derive(Clone, PartialEq, Eq)]
pub struct Code([u8; CODE_CHARS]);

impl Code {
    /// A code of 32 bytes drawn at random.
    pub fn draw(random: [u8; 32]) -> Self {
        let mut stream = Hasher::new_derive_key("chairside 2026 pairing code").update(&random).finalize_xof();
        let mut code = [0; CODE_CHARS];
        for place in &mut code {
            *place = loop {
                let mut byte = [0];
                stream.fill(&mut byte);
                // Above the last whole round some characters would come more often.
                let (round, character) = (usize::from(byte[0]) / ALPHABET.len(), usize::from(byte[0]) % ALPHABET.len());
                if round < 256 / ALPHABET.len() {
                    break ALPHABET[character];
                }
            };
        }
        Self(code)
    }

    /// Reads what a person typed, however it is grouped and in small letters
    /// too; `None` where it can be no code.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '–'));
        let mut code = [0; CODE_CHARS];
        let mut chars = plain.map(|c| c.to_ascii_uppercase());
        for place in &mut code {
            let byte = u8::try_from(chars.next()?).ok()?;
            *place = ALPHABET.contains(&byte).then_some(byte)?;
        }
        chars.next().is_none().then_some(Self(code))
    }

    /// The part that names it, which is no secret.
    pub fn name(&self) -> &str {
        text(&self.0[..NAME_CHARS])
    }

    /// The key it makes with a salt. Takes a fifth of a second and 64 MiB: not
    /// on a thread that others wait for.
    ///
    /// # Panics
    /// Where there are no 64 MiB.
    pub fn key(&self, salt: &Bytes<16>) -> Key {
        let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).expect("within what Argon2 allows");
        let mut key = [0; 32];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(&self.0, &salt.0, &mut key)
            .expect("lengths that Argon2 allows");
        Key(key)
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the alphabet is plain")
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, rest) = self.0.split_at(NAME_CHARS);
        let (one, other) = rest.split_at(4);
        write!(f, "{}-{}-{}", text(name), text(one), text(other))
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({}…)", self.name())
    }
}

/// What both sides make of a code. Good for its life and no longer.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl Key {
    /// From what [`bytes`](Self::bytes) gave.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// For keeping.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What central says of its challenge, whose own `proof` isn't read.
    pub fn of_challenge(&self, ask: &AskChallenge, challenge: &Challenge) -> Bytes<32> {
        self.proof("challenge", |said| {
            said.part(ask.code.as_bytes()).part(&ask.nonce.0);
            said.part(challenge.challenge.as_bytes()).part(&challenge.salt.0).part(&challenge.nonce.0);
            said.part(challenge.authority.as_bytes());
        })
    }

    /// What a desk says of its asking, behind this challenge's proof.
    pub fn of_asking(&self, challenged: &Bytes<32>, ask: &AskPairing) -> Bytes<32> {
        self.proof("asking", |said| {
            said.part(&challenged.0).part(ask.challenge.as_bytes());
            said.part(ask.clinic.as_bytes()).part(ask.device.as_bytes());
            said.part(ask.request.as_bytes()).part(&ask.log_key.0);
        })
    }

    /// What central says of its answer, behind the asking's proof.
    pub fn of_answer(&self, asked: &Bytes<32>, answer: &Paired) -> Bytes<32> {
        self.proof("answer", |said| {
            said.part(&asked.0).part(answer.certificates.as_bytes());
            said.part(&answer.until_ms.to_be_bytes()).part(answer.broker.as_bytes());
        })
    }

    fn proof(&self, what: &str, say: impl FnOnce(&mut Said)) -> Bytes<32> {
        let mut said = Said(Hasher::new_keyed(&self.0));
        said.part(b"chairside pairing 1").part(what.as_bytes());
        say(&mut said);
        Bytes(*said.0.finalize().as_bytes())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

/// Parts hashed one after the other, each behind its length.
struct Said(Hasher);

impl Said {
    fn part(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update(&(bytes.len() as u64).to_be_bytes()).update(bytes);
        self
    }
}

/// Some bytes; hexadecimal digits in JSON. Compared in a time that says
/// nothing of where they differ.
#[derive(Clone, Copy, Eq)]
pub struct Bytes<const N: usize>(pub [u8; N]);

impl<const N: usize> PartialEq for Bytes<N> {
    fn eq(&self, other: &Self) -> bool {
        blake3::hash(&self.0) == blake3::hash(&other.0)
    }
}

impl<const N: usize> fmt::Display for Bytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl<const N: usize> fmt::Debug for Bytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytes<{N}>")
    }
}

impl<const N: usize> Serialize for Bytes<N> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Bytes<N> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let digits = String::deserialize(from)?;
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
        let bytes: Option<Vec<u8>> =
            pairs.iter().map(|[high, low]| Some((digit(*high)? << 4) | digit(*low)?)).collect();
        let bytes = bytes.filter(|_| rest.is_empty()).and_then(|bytes| <[u8; N]>::try_from(bytes).ok());
        bytes.map(Self).ok_or_else(|| serde::de::Error::custom(format!("not {N} bytes in hexadecimal digits")))
    }
}

/// A desk begins: `POST /api/v1/pairing/challenges`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskChallenge {
    /// The code's name, its first three characters.
    pub code: String,
    /// Drawn by the desk for this talk.
    pub nonce: Bytes<32>,
}

/// Central shows that it knows the code.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Challenge {
    /// Good for one answer.
    pub challenge: Uuid,
    /// What the code's key is made with.
    pub salt: Bytes<16>,
    /// Drawn by central for this talk.
    pub nonce: Bytes<32>,
    /// The certificate, PEM, of whoever signs the broker's and central's own.
    pub authority: String,
    /// [`Key::of_challenge`].
    pub proof: Bytes<32>,
}

/// A desk asks to be let in: `POST /api/v1/pairing`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskPairing {
    /// The challenge it answers.
    pub challenge: Uuid,
    /// The clinic's id in the desk's store.
    pub clinic: Uuid,
    /// The installation's id.
    pub device: Uuid,
    /// A certificate signing request, PEM, by the key the certificate is for.
    pub request: String,
    /// The Ed25519 key, 32 bytes, that signs the clinic's log there.
    pub log_key: Bytes<32>,
    /// [`Key::of_asking`].
    pub proof: Bytes<32>,
}

/// A desk was let in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Paired {
    /// The desk's certificate with what leads to its signer, PEM.
    pub certificates: String,
    /// When it ends, milliseconds since 1970 in UTC.
    pub until_ms: i64,
    /// Where the broker listens, `mqtt(s)://HOST:PORT`.
    pub broker: String,
    /// [`Key::of_answer`].
    pub proof: Bytes<32>,
}

/// A desk asks for a new certificate: `POST /api/v1/devices/renewal`. The
/// request's own signature shows that the device's key made it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskRenewal {
    /// The clinic.
    pub clinic: Uuid,
    /// The installation.
    pub device: Uuid,
    /// A certificate signing request, PEM, by the key it was paired with.
    pub request: String,
}

/// A new certificate for the same key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Renewed {
    /// The desk's certificate with what leads to its signer, PEM.
    pub certificates: String,
    /// When it ends, milliseconds since 1970 in UTC.
    pub until_ms: i64,
    /// Where the broker listens by now.
    pub broker: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talk() -> (AskChallenge, Challenge, AskPairing, Paired) {
        let id = Uuid::from_u128;
        let ask = AskChallenge { code: "K7M".to_owned(), nonce: Bytes([1; 32]) };
        let challenge = Challenge {
            challenge: id(1),
            salt: Bytes([2; 16]),
            nonce: Bytes([3; 32]),
            authority: "authority".to_owned(),
            proof: Bytes([0; 32]),
        };
        let asking = AskPairing {
            challenge: id(1),
            clinic: id(2),
            device: id(3),
            request: "request".to_owned(),
            log_key: Bytes([4; 32]),
            proof: Bytes([0; 32]),
        };
        let paired = Paired {
            certificates: "certificate".to_owned(),
            until_ms: 5,
            broker: "mqtts://example.org".to_owned(),
            proof: Bytes([0; 32]),
        };
        (ask, challenge, asking, paired)
    }

    #[test]
    fn a_code_is_read_as_people_write_it() {
        let code = Code::draw([7; 32]);
        let shown = code.to_string();
        assert_eq!(shown.len(), CODE_CHARS + 2);
        for written in
            [shown.clone(), shown.to_lowercase(), shown.replace('-', ""), format!(" {} ", shown.replace('-', " "))]
        {
            assert_eq!(Code::parse(&written), Some(code.clone()), "{written}");
        }
        assert_eq!(code.name(), &shown[..3]);
        assert!(!format!("{code:?}").contains(&shown[4..]));
        for written in ["", "K7M", "K7M-4QX2-9R", "K7M-4QX2-9RTT", "K7M-4QX2-9R0", "K7M-4QX2-9RÅ", "K7M/4QX2/9RT"] {
            assert_eq!(Code::parse(written), None, "{written}");
        }
    }

    #[test]
    fn every_character_is_drawn_about_as_often() {
        let mut drawn = [0_u32; 256];
        for number in 0..3_000_u32 {
            let mut random = [0; 32];
            random[..4].copy_from_slice(&number.to_be_bytes());
            Code::draw(random).0.iter().for_each(|character| drawn[usize::from(*character)] += 1);
        }
        let counts = ALPHABET.map(|character| drawn[usize::from(character)]);
        assert_eq!(counts.iter().sum::<u32>(), 30_000);
        assert!(counts.iter().all(|count| (850..1_150).contains(count)), "{counts:?}");
    }

    #[test]
    fn the_key_is_the_code_and_the_salt() {
        let (one, other) = (Code::draw([1; 32]), Code::draw([2; 32]));
        let key = one.key(&Bytes([5; 16]));
        assert_eq!(key, one.key(&Bytes([5; 16])));
        assert_ne!(key, one.key(&Bytes([6; 16])));
        assert_ne!(key, other.key(&Bytes([5; 16])));
        assert_eq!(Key::from_bytes(*key.bytes()), key);
    }

    #[test]
    fn a_proof_fits_what_was_said_and_nothing_else() {
        let key = Key::from_bytes([9; 32]);
        let (ask, challenge, asking, paired) = talk();
        let challenged = key.of_challenge(&ask, &challenge);
        let asked = key.of_asking(&challenged, &asking);
        let answered = key.of_answer(&asked, &paired);
        let other = Key::from_bytes([8; 32]);
        assert_ne!(other.of_challenge(&ask, &challenge), challenged);
        assert_ne!(other.of_asking(&challenged, &asking), asked);
        assert_ne!(other.of_answer(&asked, &paired), answered);
        let changed = [
            key.of_challenge(&AskChallenge { nonce: Bytes([0; 32]), ..ask.clone() }, &challenge),
            key.of_challenge(&ask, &Challenge { authority: "another".to_owned(), ..challenge.clone() }),
            key.of_challenge(&ask, &Challenge { salt: Bytes([0; 16]), ..challenge }),
        ];
        assert!(changed.iter().all(|proof| *proof != challenged));
        let changed = [
            key.of_asking(&Bytes([0; 32]), &asking),
            key.of_asking(&challenged, &AskPairing { request: "another".to_owned(), ..asking.clone() }),
            key.of_asking(&challenged, &AskPairing { log_key: Bytes([0; 32]), ..asking.clone() }),
            key.of_asking(&challenged, &AskPairing { device: Uuid::nil(), ..asking }),
        ];
        assert!(changed.iter().all(|proof| *proof != asked));
        let changed = [
            key.of_answer(&Bytes([0; 32]), &paired),
            key.of_answer(&asked, &Paired { broker: "mqtts://example.com".to_owned(), ..paired.clone() }),
            key.of_answer(&asked, &Paired { until_ms: 6, ..paired }),
        ];
        assert!(changed.iter().all(|proof| *proof != answered));
    }
}
