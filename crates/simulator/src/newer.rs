//! A desk of a later version, as this one would meet it: it offers a version
//! nobody here speaks, knows more fields, and writes kinds of entries that
//! this one has never heard of.

use chairside_sync::wire::{Envelope, Message, is_hello};

use crate::clinic::clinic_id;

/// A field that this version doesn't know, as CBOR: the integer 2026.
const FIELD: [u8; 3] = [0x19, 0x07, 0xea];

/// An entry of a kind that this version doesn't know: `[99, 2026]`.
pub const ENTRY: [u8; 6] = [0x82, 0x18, 0x63, 0x19, 0x07, 0xea];

/// The same array with one more field at its end.
pub fn more(mut bytes: Vec<u8>) -> Vec<u8> {
    // A short array's length stands in its first byte; 23 is the last that does.
    if let Some(first) = bytes.first_mut().filter(|first| (0x80..0x97).contains(*first)) {
        *first += 1;
        bytes.extend(FIELD);
    }
    bytes
}

/// What a hub says, as a later version would: it offers that version, too.
pub fn said(bytes: Vec<u8>) -> Vec<u8> {
    if !is_hello(&bytes) {
        return bytes;
    }
    let Ok(mut envelope) = Envelope::from_bytes(&bytes, clinic_id()) else { return bytes };
    let Message::Hello(hello) = &mut envelope.message else { return bytes };
    hello.newest += 1;
    envelope.to_bytes()
}
