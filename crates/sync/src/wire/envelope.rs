//! What stands around a message: whom it is from, and in which session.

use std::cell::RefCell;

use minicbor::Encoder;
use minicbor::data::Type;

use super::Message;
use crate::body::{Id, variant};
use crate::packed;

/// The longest message, in bytes; brokers are set up for it.
pub const MESSAGE_BYTES: usize = 64 * 1024;

/// The newest version of this protocol that is spoken here.
pub const VERSION: u8 = 1;

/// The oldest version that is understood.
pub const OLDEST_VERSION: u8 = 1;

/// The fields of an [`Envelope`] that every version has.
const FIELDS: u64 = 5;

/// The number of [`Message::Hello`].
const HELLO: u8 = 1;

/// The number of [`Message::Beat`].
const BEAT: u8 = 17;

thread_local! {
    /// What messages are written and packed in, kept from one to the next; what
    /// leaves is as long as it has to be.
    static BUFFERS: RefCell<(Vec<u8>, Vec<u8>)> = const { RefCell::new((Vec::new(), Vec::new())) };
}

/// A message and whom it is from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Envelope {
    /// Which version's form `message` has.
    pub version: u8,
    /// Which clinic it is about.
    pub clinic: Id,
    /// The session, as the hub drew it.
    pub session: u64,
    /// The session, as the mirror drew it; 0 until the hub has heard it. A
    /// hub's words of an earlier session carry an earlier one.
    pub nonce: u64,
    /// What is said.
    pub message: Message,
}

/// Why bytes aren't taken. Nothing was changed by them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
pub enum Unreadable {
    /// More than [`MESSAGE_BYTES`].
    #[error("longer than 64 KiB")]
    Oversized,
    /// Not the shape of any message.
    #[error("no message of this protocol")]
    Malformed,
    /// A version that isn't spoken here.
    #[error("version {0}")]
    Version(u8),
    /// For another clinic.
    #[error("for another clinic")]
    Clinic,
    /// Said in another session than the running one: late, or said again.
    #[error("said in another session")]
    Session,
    /// Words that only the other side has.
    #[error("not for this side to say")]
    Role,
    /// Of a process whose time is over.
    #[error("of an owner whose time is over")]
    Token,
    /// Entries the hub hasn't signed.
    #[error("not signed by the hub")]
    Forged,
}

impl Unreadable {
    /// The stable word for logs and counters.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Oversized => "oversized",
            Self::Malformed => "malformed",
            Self::Version(_) => "version",
            Self::Clinic => "wrong_clinic",
            Self::Session => "other_session",
            Self::Role => "other_role",
            Self::Token => "old_token",
            Self::Forged => "forged",
        }
    }
}

impl Envelope {
    /// The bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        BUFFERS.with_borrow_mut(|(bytes, packed)| {
            bytes.clear();
            let written = (|| {
                let mut e = Encoder::new(&mut *bytes);
                e.array(FIELDS)?.u8(self.version)?.bytes(&*self.clinic)?.u64(self.session)?.u64(self.nonce)?;
                let head = e.writer().len();
                e.encode(&self.message)?;
                Ok::<_, minicbor::encode::Error<std::convert::Infallible>>(head)
            })();
            debug_assert!(written.is_ok(), "writing to memory failed");
            debug_assert!(bytes.len() <= MESSAGE_BYTES, "{} bytes of {:?}", bytes.len(), self.message);
            if let Ok(head) = written
                && packed::pack(&bytes[head..], packed)
            {
                // A long message is a byte string instead of an array.
                bytes.truncate(head);
                let written = Encoder::new(&mut *bytes).bytes(packed).is_ok();
                debug_assert!(written, "writing to memory failed");
            }
            bytes.as_slice().to_vec()
        })
    }

    /// Reads bytes that should be a message about `clinic`.
    ///
    /// # Errors
    /// They aren't.
    pub fn from_bytes(bytes: &[u8], clinic: Id) -> Result<Self, Unreadable> {
        if bytes.len() > MESSAGE_BYTES {
            return Err(Unreadable::Oversized);
        }
        let mut d = minicbor::Decoder::new(bytes);
        let malformed = |_| Unreadable::Malformed;
        let fields = d.array().map_err(malformed)?.filter(|fields| *fields >= FIELDS).ok_or(Unreadable::Malformed)?;
        let version = d.u8().map_err(malformed)?;
        if !(OLDEST_VERSION..=VERSION).contains(&version) {
            return Err(Unreadable::Version(version));
        }
        let found: Id = d.decode().map_err(malformed)?;
        if found != clinic {
            return Err(Unreadable::Clinic);
        }
        let session = d.u64().map_err(malformed)?;
        let nonce = d.u64().map_err(malformed)?;
        let message = if d.datatype().map_err(malformed)? == Type::Bytes {
            let packed = d.bytes().map_err(malformed)?;
            let read = |bytes: &[u8]| {
                let mut d = minicbor::Decoder::new(bytes);
                let message = variant(&mut d, &mut ()).ok()?;
                (d.position() == bytes.len()).then_some(message)
            };
            packed::unpack(packed, MESSAGE_BYTES, read).flatten().ok_or(Unreadable::Malformed)?
        } else {
            variant(&mut d, &mut ()).map_err(malformed)?
        };
        for _ in FIELDS..fields {
            d.skip().map_err(malformed)?;
        }
        if d.position() != bytes.len() {
            return Err(Unreadable::Malformed);
        }
        Ok(Self { version, clinic, session, nonce, message })
    }
}

/// The session a message says it is of, both halves, without reading all of it.
pub fn session_of(bytes: &[u8]) -> Option<(u64, u64)> {
    head(&mut minicbor::Decoder::new(bytes)).ok()
}

/// Whether bytes are a beat, without reading all of them.
pub fn is_beat(bytes: &[u8]) -> bool {
    kind_of(bytes) == Some(BEAT)
}

/// Whether bytes are a hello, without reading all of them.
pub fn is_hello(bytes: &[u8]) -> bool {
    kind_of(bytes) == Some(HELLO)
}

/// The number of what is said; none where it is packed.
fn kind_of(bytes: &[u8]) -> Option<u8> {
    let mut d = minicbor::Decoder::new(bytes);
    head(&mut d).ok()?;
    d.array().ok()?;
    d.u8().ok()
}

/// What stands before a message, down to its session.
fn head(d: &mut minicbor::Decoder<'_>) -> Result<(u64, u64), minicbor::decode::Error> {
    d.array()?;
    d.u8()?;
    d.bytes()?;
    Ok((d.u64()?, d.u64()?))
}
