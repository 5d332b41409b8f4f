//! Every decoder, on nonsense, on messages that were harmed, and on its own words.

use std::cell::Cell;
use std::fmt::Debug;

use chairside_sync::body::{Id, SettingsRow};
use chairside_sync::digest::Digests;
use chairside_sync::mirror::follow;
use chairside_sync::takeover::Grant;
use chairside_sync::wire::{Bare, Entries, Envelope, MESSAGE_BYTES, Message, Unreadable, VERSION, is_beat};
use chairside_sync::{Causes, Proposal, Public};
use minicbor::{Decode, Encode};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestCaseError;

use crate::any;
use crate::cbor::{self, Form, Item, NULL};
use crate::effort::{run, tried, within_bounds};

fn clinic() -> Id {
    Id::from([7; 16])
}

/// Reads bytes within bounds. What can be read says the same once written
/// again; whether it could is told.
type Decoder = (&'static str, fn(&[u8]) -> bool);

/// Everything that takes bytes from outside.
const DECODERS: [Decoder; 8] = [
    ("Envelope", |bytes| {
        let beat = within_bounds(bytes, is_beat);
        let read = reads(bytes, |bytes| Envelope::from_bytes(bytes, clinic()).ok(), Envelope::to_bytes);
        if let Some(Envelope { message, .. }) = &read {
            assert_eq!(beat, matches!(message, Message::Beat(_)), "is_beat");
            if let Message::Entries(entries) = message {
                follows(bytes, entries);
            }
        }
        read.is_some()
    }),
    ("Public", |bytes| reads(bytes, |bytes| Public::from_bytes(bytes).ok(), Public::to_bytes).is_some()),
    ("Proposal", |bytes| {
        let read = reads(bytes, |bytes| Proposal::from_bytes(bytes).ok(), Proposal::to_bytes);
        read.is_some_and(|proposal| proposal.days().len() <= 2)
    }),
    ("Causes", |bytes| {
        let read = reads(bytes, |bytes| Causes::from_bytes(bytes).ok(), Causes::to_bytes);
        read.is_some_and(|causes| causes.to_bytes() == bytes)
    }),
    ("Entries", |bytes| {
        let read = reads_cbor::<Entries>(bytes);
        read.is_some_and(|entries| {
            follows(bytes, &entries);
            true
        })
    }),
    ("Bare", |bytes| reads_cbor::<Bare>(bytes).is_some_and(|bare| within_bounds(bytes, |_| bare.at(1)).is_ok())),
    ("Digests", |bytes| reads_cbor::<Digests>(bytes).is_some()),
    ("SettingsRow", |bytes| reads_cbor::<SettingsRow>(bytes).is_some()),
];

/// Reads within bounds, and what was read reads back.
fn reads<T: PartialEq + Debug>(
    bytes: &[u8],
    read: impl Fn(&[u8]) -> Option<T>,
    write: impl Fn(&T) -> Vec<u8>,
) -> Option<T> {
    let found = within_bounds(bytes, &read)?;
    let written = write(&found);
    let again = read(&written).expect("its own words can be read");
    assert_eq!(again, found, "written and read again");
    assert_eq!(write(&again), written, "written twice");
    Some(found)
}

fn reads_cbor<T: PartialEq + Debug + Encode<()> + for<'a> Decode<'a, ()>>(bytes: &[u8]) -> Option<T> {
    let write = |value: &T| minicbor::to_vec(value).expect("memory takes every byte");
    reads(bytes, |bytes| minicbor::decode(bytes).ok(), write)
}

/// Whether entries fit can be said of any.
fn follows(bytes: &[u8], entries: &Entries) {
    let adds = within_bounds(bytes, |_| follow(None, entries, &Grant::FIRST));
    if let Ok(Some(adds)) = adds {
        assert!(adds.entries.len() <= entries.entries.len());
    }
}

fn decode_with_all(bytes: &[u8]) -> u32 {
    DECODERS.iter().map(|(_, decode)| u32::from(decode(bytes))).sum()
}

/// Sound bytes for every decoder, one strategy each.
fn sound() -> Vec<BoxedStrategy<Vec<u8>>> {
    let mut all: Vec<BoxedStrategy<Vec<u8>>> = any::envelopes(clinic())
        .into_iter()
        .map(|envelopes| envelopes.prop_map(|envelope| envelope.to_bytes()).boxed())
        .collect();
    all.extend(any::bodies().into_iter().map(|bodies| bodies.prop_map(|body| body.to_bytes()).boxed()));
    all.push(any::proposal().prop_map(|proposal| proposal.to_bytes()).boxed());
    all.push(any::causes().prop_map(|causes| causes.to_bytes()).boxed());
    all.push(any::entries().prop_map(|entries| minicbor::to_vec(entries).expect("written")).boxed());
    all
}

/// Harms sound bytes of every kind in the way of `harm`, which tells how many
/// inputs it tried.
fn on_sound_bytes<S: Strategy>(what: &str, cases: u32, by: impl Fn() -> S, harm: impl Fn(&[u8], S::Value) -> u64) {
    let inputs = Cell::new(0);
    for sound in sound() {
        run(cases)
            .run(&(sound, by()), |(bytes, by)| {
                inputs.set(inputs.get() + harm(&bytes, by));
                Ok::<_, TestCaseError>(())
            })
            .unwrap_or_else(|found| panic!("{found}"));
    }
    tried(what, inputs.get());
}

#[test]
fn sound_bytes_are_read_and_mean_the_same_written_again() {
    on_sound_bytes(
        "sound bytes",
        64,
        || Just(()),
        |bytes, ()| {
            assert!(decode_with_all(bytes) > 0, "nobody reads it");
            1
        },
    );
}

#[test]
fn every_message_has_a_strategy() {
    // The number of each message stands behind the envelope's four fields.
    let numbers: Vec<u8> = any::envelopes(clinic())
        .into_iter()
        .map(|envelopes| {
            let number = Cell::new(0);
            run(8)
                .run(&envelopes, |envelope| {
                    let Item::Array(fields) = Item::parse(&envelope.to_bytes()) else { panic!("an array") };
                    // A long one is packed: a shorter one tells.
                    let Item::Array(message) = &fields[4] else { return Ok(()) };
                    let Item::Unsigned(found) = message[0] else { panic!("a number") };
                    number.set(u8::try_from(found).expect("small"));
                    Ok(())
                })
                .expect("read");
            number.get()
        })
        .collect();
    assert_eq!(numbers, (1..=28).collect::<Vec<u8>>());
    let next = Item::Array(vec![
        Item::Unsigned(u64::from(VERSION)),
        Item::Bytes(clinic().to_vec()),
        Item::Unsigned(1),
        Item::Unsigned(1),
        Item::Array(vec![Item::Unsigned(28)]),
    ]);
    assert_eq!(Envelope::from_bytes(&next.to_bytes(Form::Canonical), clinic()), Err(Unreadable::Malformed));
}

#[test]
fn random_bytes_are_refused_or_read() {
    let inputs = Cell::new(0);
    let length = prop_oneof![8 => 0..64_usize, 2 => 0..2_000_usize];
    let random = length.prop_flat_map(|length| proptest::collection::vec(any::<u8>(), length));
    run(2_000)
        .run(&(random, any::<bool>()), |(mut bytes, addressed)| {
            if addressed {
                // As far as the message itself, so that something is left to be read.
                let mut envelope = vec![0x85, VERSION, 0x50];
                envelope.extend(*clinic());
                envelope.extend([1, 1]);
                bytes.splice(0..0, envelope);
            }
            decode_with_all(&bytes);
            inputs.set(inputs.get() + 1);
            Ok(())
        })
        .unwrap_or_else(|found| panic!("{found}"));
    tried("random bytes", inputs.get());
}

#[test]
fn bytes_cut_short_are_refused() {
    on_sound_bytes(
        "bytes cut short",
        2,
        || Just(()),
        |bytes, ()| {
            for length in 0..bytes.len() {
                assert_eq!(decode_with_all(&bytes[..length]), 0, "{length} of {}", bytes.len());
            }
            bytes.len() as u64
        },
    );
}

#[test]
fn bytes_behind_the_end_are_refused() {
    on_sound_bytes(
        "bytes with something behind",
        8,
        || proptest::collection::vec(any::<u8>(), 1..20),
        |bytes, behind| {
            let mut longer = bytes.to_vec();
            longer.extend(behind);
            // Parts of messages are read by the decoder of the whole.
            for (name, decode) in &DECODERS[..4] {
                assert!(!decode(&longer), "{name} read on");
            }
            1
        },
    );
}

#[test]
fn flipped_bits_are_refused_or_read() {
    on_sound_bytes(
        "flipped bits",
        12,
        || proptest::collection::vec((any::<Index>(), 1..=255_u8), 1..4),
        |bytes, flips| {
            let mut harmed = bytes.to_vec();
            for (at, mask) in flips {
                let at = at.index(harmed.len());
                harmed[at] ^= mask;
                decode_with_all(&harmed);
            }
            1
        },
    );
}

#[test]
fn halves_of_two_messages_are_refused_or_read() {
    let other = || proptest::strategy::Union::new(sound());
    on_sound_bytes(
        "spliced bytes",
        12,
        || (other(), any::<Index>(), any::<Index>()),
        |bytes, (other, to, from)| {
            let mut spliced = bytes[..to.index(bytes.len() + 1)].to_vec();
            spliced.extend(&other[from.index(other.len() + 1)..]);
            decode_with_all(&spliced);
            // Cut where items begin, it stays well formed for longer.
            let (to, from) = (cbor::heads(bytes), cbor::heads(&other));
            let mut spliced = bytes[..to[to.len() / 2]].to_vec();
            spliced.extend(&other[from[from.len() / 2]..]);
            decode_with_all(&spliced);
            2
        },
    );
}

#[test]
fn lengths_that_promise_more_than_there_is_take_no_memory() {
    const LENGTHS: [u64; 6] = [24, 0xffff, 0x10_0000, 0xffff_ffff, 1 << 62, u64::MAX];
    on_sound_bytes(
        "blown up lengths",
        2,
        || Just(()),
        |bytes, ()| {
            let mut inputs = 0;
            for at in cbor::heads(bytes) {
                // Bytes, text, arrays and maps say how long they are.
                if !matches!(bytes[at] >> 5, 2..=5) {
                    continue;
                }
                for length in LENGTHS {
                    let mut harmed = bytes[..at].to_vec();
                    harmed.extend(cbor::long_head(bytes[at], length));
                    harmed.extend(&bytes[at + 1..]);
                    decode_with_all(&harmed);
                    inputs += 1;
                }
            }
            inputs
        },
    );
}

#[test]
fn the_longest_message_of_the_smallest_items_stays_within_bounds() {
    let room = MESSAGE_BYTES - 100;
    for filling in [0x00, 0x40, 0x80, 0x9f, 0xa0, 0xbf, 0xf6, 0xff] {
        // In the place of each field of each message.
        for number in 1..=26 {
            for field in 0..10 {
                let mut bytes = vec![0x85, VERSION, 0x50];
                bytes.extend(*clinic());
                bytes.extend([1, 1, 0x82, 0x18, number, 0x9f]);
                bytes.extend(std::iter::repeat_n(0xf6, field));
                bytes.extend([0x9a, 0, 0, 0xff, 0]);
                bytes.resize(room, filling);
                within_bounds(&bytes, |bytes| Envelope::from_bytes(bytes, clinic()).ok());
            }
        }
    }
    let tail = |behind: &[u8]| {
        let mut bytes = vec![0x85, VERSION, 0x50];
        bytes.extend(*clinic());
        bytes.extend([1, 1, 0x82, 13, 0x82, 0, 0x99, 0xf0, 0]);
        bytes.resize(bytes.len() + 0xf000, 0x40);
        bytes.extend(behind);
        bytes
    };
    let read = within_bounds(&tail(&[]), |bytes| Envelope::from_bytes(bytes, clinic()));
    assert!(matches!(read.expect("a tail").message, Message::Tail(tail) if tail.entries.len() == 0xf000));
    let oversized = tail(&[0; MESSAGE_BYTES]);
    assert_eq!(within_bounds(&oversized, |bytes| Envelope::from_bytes(bytes, clinic())), Err(Unreadable::Oversized));
}

#[test]
fn deep_nesting_is_refused_or_passed_over() {
    const DEEP: usize = 30_000;
    on_sound_bytes(
        "deeply nested bytes",
        1,
        || Just(()),
        |bytes, ()| {
            let mut inputs = 0;
            let heads = cbor::heads(bytes);
            // A few places of each will do: every one is thirty thousand deep.
            for at in heads.iter().step_by(1 + heads.len() / 4) {
                for opening in [&[0x81][..], &[0x9f], &[0xa1, 0x00], &[0xbf, 0x00], &[0xc1], &[0x82, 0x9f]] {
                    let mut nested = bytes[..*at].to_vec();
                    nested.extend(opening.iter().cycle().take(DEEP));
                    nested.extend(&bytes[*at..]);
                    decode_with_all(&nested);
                    inputs += 1;
                }
            }
            inputs
        },
    );
    // Where a later version's field would stand, nesting that ends is passed over.
    let mut beat = vec![0x85, VERSION, 0x50];
    beat.extend(*clinic());
    beat.extend([1, 1, 0x82, 17, 0x84, 5, 6, 0xf6]);
    beat.extend([0x81; DEEP]);
    beat.push(0);
    let read = within_bounds(&beat, |bytes| Envelope::from_bytes(bytes, clinic())).expect("a beat of a later version");
    assert!(matches!(read.message, Message::Beat(beat) if beat.seq == 5 && beat.wall_ms == 6));
}

#[test]
fn other_forms_of_the_same_are_refused_or_mean_the_same() {
    on_sound_bytes(
        "other forms",
        8,
        || Just(()),
        |bytes, ()| {
            let item = Item::parse(bytes);
            assert_eq!(item.to_bytes(Form::Canonical), bytes, "written canonically");
            for form in [Form::Indefinite, Form::Long] {
                let other = item.to_bytes(form);
                decode_with_all(&other);
                for read in [
                    Public::from_bytes(&other).ok().map(|body| body.to_bytes()),
                    Proposal::from_bytes(&other).ok().map(|proposal| proposal.to_bytes()),
                    Envelope::from_bytes(&other, clinic()).ok().map(|envelope| envelope.to_bytes()),
                ] {
                    assert!(read.is_none_or(|read| read == bytes), "{form:?} means something else");
                }
            }
            2
        },
    );
}

#[test]
fn items_of_another_type_are_refused_or_read() {
    let others = [
        Item::Float(1.5),
        Item::Float(f64::NAN),
        NULL,
        Item::Simple(21),
        Item::Negative(0),
        Item::Negative(u64::MAX),
        Item::Unsigned(u64::MAX),
        Item::Text(vec![0xff, 0xfe]),
        Item::Bytes(Vec::new()),
        Item::Array(Vec::new()),
        Item::Map(vec![(Item::Unsigned(1), NULL), (Item::Unsigned(1), NULL)]),
    ];
    on_sound_bytes(
        "items of another type",
        1,
        || Just(()),
        |bytes, ()| {
            let item = Item::parse(bytes);
            let mut inputs = 0;
            for other in &others {
                for changed in item.each_changed(&|_| Some(other.clone())) {
                    decode_with_all(&changed.to_bytes(Form::Canonical));
                    inputs += 1;
                }
            }
            inputs
        },
    );
}

#[test]
fn a_number_is_never_read_from_a_float() {
    on_sound_bytes(
        "floats",
        2,
        || Just(()),
        |bytes, ()| {
            let as_float = |item: &Item| match item {
                Item::Unsigned(number) => Some(Item::Float(*number as f64)),
                _ => None,
            };
            let floats = Item::parse(bytes).each_changed(&as_float);
            for changed in &floats {
                assert_eq!(decode_with_all(&changed.to_bytes(Form::Canonical)), 0);
            }
            floats.len() as u64
        },
    );
}

#[test]
fn what_a_clock_of_causes_says_twice_or_out_of_order_is_refused() {
    let node = |number: u8| Item::Bytes(vec![number; 16]);
    let count = Item::Unsigned;
    let sound = Item::Map(vec![(node(1), count(5)), (node(2), count(7))]);
    assert!(Causes::from_bytes(&sound.to_bytes(Form::Canonical)).is_ok());
    for form in [Form::Indefinite, Form::Long] {
        assert!(Causes::from_bytes(&sound.to_bytes(form)).is_err(), "{form:?}");
    }
    for pairs in [
        vec![(node(1), count(5)), (node(1), count(5))],
        vec![(node(1), count(5)), (node(1), count(7))],
        vec![(node(2), count(7)), (node(1), count(5))],
    ] {
        assert!(Causes::from_bytes(&Item::Map(pairs.clone()).to_bytes(Form::Canonical)).is_err(), "{pairs:?}");
    }
}
