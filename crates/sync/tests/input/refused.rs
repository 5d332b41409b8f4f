//! Words that shouldn't be said, to a hub and a mirror in the middle of their
//! work: each is refused, changes nothing and stops nothing else.

use chairside_sync::body::{Hash32, Id, Window};
use chairside_sync::digest::{DayRows, Digests};
use chairside_sync::hub;
use chairside_sync::mirror::{self, Misfit};
use chairside_sync::proposal::ProposalId;
use chairside_sync::wire::{
    AnotherHub, At, Bare, Beat, Begin, Days, Differs, Entries, Envelope, Equal, Hello, Kept, MESSAGE_BYTES, Message,
    Noted, Position, Propose, Refused, Root, Rows, Superseded, Tail, Trail, Unreadable, VERSION, Verdicts, Verified,
    Waiting,
};
use chairside_sync::{Entry, Public};
use proptest::prelude::*;

use crate::any;
use crate::cbor::{Form, Item};
use crate::desk::{sign, visit};
use crate::effort::{run, tried};
use crate::pair::{Pair, TODAY, booking, clinic};

#[derive(Clone, Copy, PartialEq, Debug)]
enum Side {
    Hub,
    Mirror,
}

const BOTH: [Side; 2] = [Side::Hub, Side::Mirror];

/// Says it to one side of a pair at work; nothing changes but what is told,
/// and the session goes on. What was told comes back.
fn refuses(to: Side, what: &str, bytes: impl FnOnce(&Pair) -> Vec<u8>) -> (Vec<hub::Event>, Vec<mirror::Event>) {
    let mut pair = Pair::live();
    let bytes = bytes(&pair);
    let before = pair.seen();
    match to {
        Side::Hub => pair.tell_hub(bytes),
        Side::Mirror => pair.tell_mirror(bytes),
    }
    assert!(pair.writes.is_empty(), "{what}: {:?}", pair.writes);
    assert!(pair.seen() == before, "{what} changed something: {:#?} was {before:#?}", pair.seen());
    let events = (pair.hub_events.clone(), pair.mirror_events.clone());
    pair.goes_on();
    pair.connect_anew();
    pair.goes_on();
    events
}

/// The same, and it is told why.
fn refuses_because(to: Side, why: Unreadable, bytes: impl FnOnce(&Pair) -> Vec<u8>) {
    let (by_hub, by_mirror) = refuses(to, why.as_str(), bytes);
    match to {
        Side::Hub => assert_eq!(by_hub, [hub::Event::Refused(why)]),
        Side::Mirror => assert_eq!(by_mirror, [mirror::Event::Refused(why)]),
    }
}

fn beat(pair: &Pair) -> Envelope {
    pair.envelope(Message::Beat(Beat { seq: 1, wall_ms: 0, resent: None }))
}

fn hash() -> Hash32 {
    Hash32::from([0xee; 32])
}

fn window() -> Window {
    Window { from: TODAY, to: TODAY + 14 }
}

fn at() -> At {
    At { epoch: 9, incarnation: Id::from([9; 16]), seq: 1_000, hash: hash() }
}

#[test]
fn truncated() {
    for to in BOTH {
        refuses_because(to, Unreadable::Malformed, |pair| {
            let bytes = beat(pair).to_bytes();
            bytes[..bytes.len() - 1].to_vec()
        });
        refuses_because(to, Unreadable::Malformed, |_| Vec::new());
    }
}

#[test]
fn oversized() {
    for to in BOTH {
        refuses_because(to, Unreadable::Oversized, |pair| {
            let mut bytes = beat(pair).to_bytes();
            bytes.resize(MESSAGE_BYTES + 1, 0);
            bytes
        });
    }
}

#[test]
fn mistyped() {
    for to in BOTH {
        refuses_because(to, Unreadable::Malformed, |pair| {
            // A beat whose seq is a text.
            let Item::Array(mut fields) = Item::parse(&beat(pair).to_bytes()) else { panic!("an array") };
            let Some(Item::Array(message)) = fields.last_mut() else { panic!("an array") };
            message[1] = Item::Text(b"one".to_vec());
            Item::Array(fields).to_bytes(Form::Canonical)
        });
        refuses_because(to, Unreadable::Malformed, |pair| {
            let mut bytes = beat(pair).to_bytes();
            bytes.push(0);
            bytes
        });
        refuses_because(to, Unreadable::Malformed, |_| b"{\"beat\":1}".to_vec());
        let endless = Window { from: i32::MIN, to: i32::MAX };
        refuses_because(to, Unreadable::Malformed, |pair| {
            pair.envelope(Message::Root(Root { mark: 1, window: endless, root: hash() })).to_bytes()
        });
        refuses_because(to, Unreadable::Malformed, |pair| {
            pair.envelope(Message::Begin(Begin { at: at(), window: endless, left: Vec::new() })).to_bytes()
        });
    }
}

#[test]
fn of_another_version() {
    for to in BOTH {
        for version in [0, VERSION + 1, u8::MAX] {
            refuses_because(to, Unreadable::Version(version), |pair| Envelope { version, ..beat(pair) }.to_bytes());
        }
    }
    let newer = |pair: &Pair| {
        let hello = Hello { node: at().incarnation, tip: at(), wall_ms: 0, oldest: 9, newest: 9, born: None };
        Envelope { session: 77, nonce: 0, ..pair.envelope(Message::Hello(hello)) }.to_bytes()
    };
    refuses_because(Side::Mirror, Unreadable::Version(9), newer);
}

#[test]
fn for_another_clinic() {
    for to in BOTH {
        refuses_because(to, Unreadable::Clinic, |pair| Envelope { clinic: Id::from([8; 16]), ..beat(pair) }.to_bytes());
    }
}

/// Everything one side said is said to the other once more, in a later session.
/// A mirror that hears of a session it doesn't know asks who is there, and that
/// may begin a new one; it believes nothing of what it heard.
#[test]
fn replayed() {
    for to in BOTH {
        let mut pair = Pair::live();
        let said = match to {
            Side::Hub => pair.said_by_mirror.clone(),
            Side::Mirror => pair.said_by_hub.clone(),
        };
        pair.connect_anew();
        for bytes in said {
            let kind = Envelope::from_bytes(&bytes, clinic()).expect("it was said").message;
            // Asking who is there, and saying it, begins a session of its own.
            if matches!(kind, Message::Who | Message::Hello(_)) {
                continue;
            }
            let before = pair.seen();
            let kept = |pair: &Pair| {
                let (desk, centre) = (&pair.desk, &pair.centre);
                (desk.rows.clone(), desk.inbox.clone(), centre.rows.clone(), centre.requests.clone())
            };
            let kept_before = kept(&pair);
            match to {
                Side::Hub => {
                    pair.tell_hub(bytes);
                    assert!(pair.seen() == before, "{kind:?} changed something");
                    assert!(pair.writes.is_empty(), "{kind:?}: {:?}", pair.writes);
                }
                Side::Mirror => {
                    pair.tell_mirror(bytes);
                    assert!(kept(&pair) == kept_before, "{kind:?} changed something");
                }
            }
        }
        pair.goes_on();
    }
}

/// Words of this session said again: applied once.
#[test]
fn said_twice() {
    let mut pair = Pair::live();
    let (rows, decided) = (pair.desk.rows.clone(), pair.desk.inbox.clone());
    for bytes in pair.said_by_mirror.clone() {
        if !matches!(Envelope::from_bytes(&bytes, clinic()).expect("it was said").message, Message::Who) {
            pair.tell_hub(bytes);
        }
    }
    for bytes in pair.said_by_hub.clone() {
        pair.tell_mirror(bytes);
    }
    assert_eq!((&pair.desk.rows, &pair.desk.inbox), (&rows, &decided));
    pair.goes_on();
}

/// The entry that would come next, as the hub would send it, after `change`.
fn next_entry(pair: &Pair, change: impl FnOnce(&mut Entry, &mut Entries)) -> Vec<u8> {
    let mut entry = pair.desk.next(&Public::Appointment(visit(99, TODAY, 15)));
    let mut batch = Entries {
        first_seq: entry.header.seq,
        prev_hash: Hash32::from(pair.desk.tip.hash.0),
        entries: Vec::new(),
        signature: Vec::new().into(),
    };
    change(&mut entry, &mut batch);
    if batch.entries.is_empty() {
        batch.entries.push(Bare::from(&entry));
    }
    if batch.signature.is_empty() {
        let hash = chairside_sync::chain::hash(chairside_sync::Hash(*batch.prev_hash), &entry);
        batch.signature = sign(hash).into();
    }
    pair.envelope(Message::Entries(batch)).to_bytes()
}

fn is_a_misfit(why: Misfit, change: impl FnOnce(&mut Entry, &mut Entries)) {
    let (_, events) = refuses(Side::Mirror, &why.to_string(), |pair| next_entry(pair, change));
    assert_eq!(events, [mirror::Event::Misfit(why)]);
}

#[test]
fn the_entry_that_comes_next_is_taken() {
    let mut pair = Pair::live();
    let bytes = next_entry(&pair, |_, _| {});
    pair.tell_mirror(bytes);
    assert_eq!(
        pair.centre.at.map(|at| at.seq),
        Some(pair.desk.tip.seq + 1),
        "so the others are refused for their fault"
    );
}

#[test]
fn entries_of_an_epoch_that_was_never_granted_or_has_ended() {
    is_a_misfit(Misfit::Epoch(2), |entry, _| entry.header.epoch = 2);
    is_a_misfit(Misfit::Epoch(0), |entry, _| entry.header.epoch = 0);
    is_a_misfit(Misfit::Epoch(u64::MAX), |entry, _| entry.header.epoch = u64::MAX);
}

#[test]
fn entries_that_do_not_fit_the_chain() {
    let seq = Pair::live().desk.tip.seq + 1;
    is_a_misfit(Misfit::Gap(seq + 1), |_, batch| batch.first_seq += 1);
    is_a_misfit(Misfit::Gap(u64::MAX), |_, batch| batch.first_seq = u64::MAX);
    is_a_misfit(Misfit::Hash(seq), |_, batch| batch.prev_hash = hash());
    is_a_misfit(Misfit::Incarnation(seq), |entry, _| entry.header.incarnation.0 = uuid::Uuid::from_u128(9));
}

#[test]
fn entries_that_cannot_be_read() {
    let seq = Pair::live().desk.tip.seq + 1;
    is_a_misfit(Misfit::Unreadable(seq), |entry, batch| {
        batch.entries.push(Bare { by_kind: 2, ..Bare::from(&*entry) });
    });
    is_a_misfit(Misfit::Unreadable(seq), |entry, batch| {
        batch.entries.push(Bare { causes: vec![0xff].into(), ..Bare::from(&*entry) });
    });
}

/// The store looks at the signature, so it is asked; it changes nothing.
#[test]
fn entries_that_the_hub_has_not_signed() {
    for signature in [sign(chairside_sync::Hash(*hash())), vec![0; 64], vec![1]] {
        let mut pair = Pair::live();
        let bytes = next_entry(&pair, |_, batch| batch.signature = signature.into());
        let before = pair.seen();
        pair.tell_mirror(bytes);
        assert!(pair.seen() == before, "{:#?} was {before:#?}", pair.seen());
        pair.goes_on();
    }
}

#[test]
fn words_of_a_hub_said_to_a_hub() {
    let rows = Rows {
        mark: 1,
        day: Some(TODAY),
        part: 0,
        parts: 1,
        rows: DayRows { appointments: vec![visit(99, TODAY, 9)], blockouts: Vec::new() },
        settings: None,
        digest: hash(),
        last: true,
        differing: None,
        settings_differ: false,
    };
    let words = [
        Message::Hello(Hello { node: at().incarnation, tip: at(), wall_ms: 0, oldest: 1, newest: 1, born: None }),
        Message::Entries(Entries { first_seq: 1, prev_hash: hash(), entries: Vec::new(), signature: vec![1].into() }),
        Message::Root(Root { mark: 1, window: window(), root: hash() }),
        Message::Rows(Box::new(rows)),
        Message::Verified(Verified { mark: 1, window: window(), except: Vec::new(), disputed: Vec::new() }),
        Message::Noted(Noted { id: ProposalId(Id::from([1; 16])), verdict: None }),
        Message::Refused(Refused { id: ProposalId(Id::from([1; 16])), code: "other_id".to_owned() }),
        Message::Kept(Kept { upto: 9 }),
        Message::Goodbye,
        Message::WhereFrom,
        Message::Begin(Begin { at: at(), window: window(), left: Vec::new() }),
        Message::Verdicts(Verdicts { mark: 1, verdicts: Vec::new(), last: true, from: None, next: None }),
    ];
    for word in words {
        refuses(Side::Hub, &format!("{word:?}"), |pair| pair.envelope(word).to_bytes());
    }
}

#[test]
fn words_of_a_mirror_said_to_a_mirror() {
    let id = ProposalId(Id::from([1; 16]));
    let position = Position {
        at: Some(at()),
        incarnation: Id::from([1; 16]),
        token: 99,
        again: true,
        surplus: 5,
        version: 1,
        wall_ms: 0,
    };
    let digests = Digests { settings: hash(), days: [(TODAY, hash())].into() };
    let words = [
        Message::Position(position),
        Message::Differs(Differs { mark: 1, digests }),
        Message::Equal(Equal { mark: 1, root: hash(), unequal: Vec::new(), replaced: None }),
        Message::Propose(Propose { id, content: vec![1].into(), seen: 1, disputed: false }),
        Message::Resent(Days { days: vec![TODAY] }),
        Message::Tail(Tail { first: 0, entries: vec![vec![1].into()], wishes: Vec::new(), untold: Vec::new() }),
        Message::VerdictsFrom(0),
        Message::Orphans(DayRows { appointments: vec![visit(99, TODAY, 9)], blockouts: Vec::new() }),
        Message::Waiting(Waiting { held: 9, being_booked: 9, places: Vec::new() }),
        Message::Ended(Vec::new()),
        Message::Who,
        Message::AnotherHub(AnotherHub { node: Id::from([1; 16]) }),
        Message::Superseded(Superseded { at: at() }),
        Message::Trail(Trail { places: vec![at()] }),
        Message::CompareAgain,
    ];
    for word in words {
        refuses(Side::Mirror, &format!("{word:?}"), |pair| pair.envelope(word).to_bytes());
    }
}

/// The hub says what is wrong with a proposal; it is no verdict.
#[test]
fn proposals_that_cannot_be_taken() {
    let wish = booking(0x60, TODAY, 14);
    let known = booking(4, TODAY, 14);
    let cases = [
        ("other_id", ProposalId(Id::from([2; 16])), wish.to_bytes()),
        ("unreadable", wish.id, wish.to_bytes()[..20].to_vec()),
        ("unreadable", wish.id, Vec::new()),
        ("unreadable", wish.id, [wish.to_bytes(), vec![0]].concat()),
        ("repeated_id", known.id, known.to_bytes()),
    ];
    for (code, id, content) in cases {
        let mut pair = Pair::live();
        let before = pair.seen();
        let propose = Message::Propose(Propose { id, content: content.into(), seen: 0, disputed: false });
        let bytes = pair.envelope(propose).to_bytes();
        pair.tell_hub(bytes);
        assert!(pair.seen() == before, "{code} changed something");
        let last = pair.said_by_hub.last().expect("it answers");
        let said = Envelope::from_bytes(last, clinic()).expect("its own words").message;
        assert_eq!(said, Message::Refused(Refused { id, code: code.to_owned() }));
        pair.goes_on();
    }
}

/// Nonsense of the right session is believed no further than it can be: it
/// ends neither side, and neither is kept busy by it.
#[test]
fn any_words_of_the_running_session_end_nothing() {
    let words = || proptest::strategy::Union::new(any::messages());
    let to = prop_oneof![Just(Side::Hub), Just(Side::Mirror)];
    let said = proptest::collection::vec((to, words(), 0..4_u8), 1..6);
    let inputs = std::cell::Cell::new(0);
    run(300)
        .run(&said, |said| {
            let mut pair = Pair::live();
            for (to, word, time) in said {
                // Whoever holds the session can say that the log begins in a
                // place that doesn't exist; only a new session mends that.
                if matches!(word, Message::Begin(_)) {
                    continue;
                }
                let bytes = pair.envelope(word).to_bytes();
                match to {
                    Side::Hub => pair.tell_hub(bytes),
                    Side::Mirror => pair.tell_mirror(bytes),
                }
                (1..time).for_each(|_| pair.pass_time());
                inputs.set(inputs.get() + 1);
            }
            Ok(())
        })
        .unwrap_or_else(|found| panic!("{found}"));
    tried("words of the running session", inputs.get());
}
