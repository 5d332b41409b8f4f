//! Where a mail's links lead, and what they carry: the booking's id, a secret
//! that opens it, and the request itself under central's signature, from which
//! a central that was restored to an older state takes it back.
//!
//! All of it stands in the fragment, which a browser keeps to itself. See
//! `docs/decisions/0007-what-a-mails-link-opens.md`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chairside_schedule::ClinicId;
use chairside_sync::body::{Alternative, Hash32, Id};
use chairside_sync::mails::BookingId;
use chrono::DateTime;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use uuid::Uuid;

use super::letter::Links;
use crate::keys::Keys;
use crate::store::requests::Booking;

/// Which form [`Carried`] has; another one is another number.
const FORM: u8 = 1;

/// A request as its mail carries it: whatever this store needs to take it down again.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Carried {
    /// Which form this is.
    #[n(0)]
    pub form: u8,
    /// The clinic's.
    #[n(1)]
    pub clinic: Id,
    /// BLAKE3 of the secret its maker drew.
    #[n(2)]
    pub secret_hash: Hash32,
    /// Where answers go.
    #[n(3)]
    pub contact: Option<String>,
    /// The language to write in.
    #[n(4)]
    pub language: String,
    /// The fixed bytes that are proposed.
    #[n(5)]
    pub content: ByteVec,
    /// When its time has come, seconds since 1970 in UTC.
    #[n(6)]
    pub start_s: i64,
    /// When it came in, milliseconds since 1970 in UTC.
    #[n(7)]
    pub made_ms: i64,
    /// The how-manieth state the patient heard of.
    #[n(8)]
    pub sequence: u64,
}

impl Carried {
    /// Of a booking; none once its request was purged.
    pub fn of(booking: &Booking) -> Option<Self> {
        let first = booking.requests.first().filter(|first| !first.content.is_empty())?;
        Some(Self {
            form: FORM,
            clinic: Id::from(*booking.clinic.bytes()),
            secret_hash: Hash32::from(booking.secret_hash.0),
            contact: booking.contact.clone(),
            language: booking.language.clone(),
            content: ByteVec::from(first.content.clone()),
            start_s: first.start_s,
            made_ms: booking.made_ms,
            sequence: booking.sequence,
        })
    }

    /// As it travels, without its signature.
    pub fn to_bytes(&self) -> Vec<u8> {
        minicbor::to_vec(self).unwrap_or_default()
    }

    /// Reads it back; none where these bytes aren't one of this form.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        minicbor::decode::<Self>(bytes).ok().filter(|carried| carried.form == FORM)
    }

    /// The clinic's id.
    pub fn clinic(&self) -> ClinicId {
        ClinicId(Uuid::from_bytes(*self.clinic))
    }
}

/// Bytes as a link has them.
pub fn to_text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads [`to_text`] back.
pub fn from_text(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Links to the pages that central itself shows.
#[derive(Clone, Debug)]
pub struct PageLinks {
    /// Where patients find central, without a slash at its end.
    page: String,
    keys: Keys,
}

impl PageLinks {
    /// `page` is where patients find central: `https://book.example.org`.
    pub fn new(page: &str, keys: Keys) -> Self {
        Self { page: page.trim_end_matches('/').to_owned(), keys }
    }

    fn opening(&self, id: BookingId) -> String {
        let secret = blake3::Hash::from(self.keys.link_secret(id)).to_hex();
        format!("{}/booking#id={}&secret={secret}", self.page, id.0)
    }
}

impl Links for PageLinks {
    fn booking(&self, booking: &Booking) -> String {
        let link = self.opening(booking.id);
        let Some(carried) = Carried::of(booking) else { return link };
        let bytes = carried.to_bytes();
        let signature = self.keys.sign(booking.id, &bytes);
        format!("{link}&request={}&signature={}", to_text(&bytes), to_text(&signature))
    }

    fn alternative(&self, booking: &Booking, alternative: &Alternative) -> String {
        // With whom and when, as HTTP names a place.
        let at = DateTime::from_timestamp(alternative.local_s, 0).unwrap_or_default();
        let with = Uuid::from_bytes(*alternative.practitioner);
        format!("{}&slot={with}@{}", self.opening(booking.id), at.format("%Y-%m-%dT%H:%M"))
    }
}
