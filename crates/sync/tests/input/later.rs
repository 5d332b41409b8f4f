//! Versions that don't know of each other's fields.

use std::fmt::Debug;

use chairside_sync::body::{Hash32, Id, Window};
use chairside_sync::digest::{DayRows, Digests};
use chairside_sync::proposal::ProposalId;
use chairside_sync::wire::{
    AnotherHub, At, Bare, Beat, Begin, Days, Differs, EndedRequest, Entries, Envelope, Equal, Hello, HowEnded, Kept,
    Message, Noted, OLDEST_VERSION, Position, Propose, Refused, Root, Rows, Superseded, Tail, Trail, VERSION, Verdicts,
    Verified, Waiting, WaitingPlace, WaitingRequest,
};
use chairside_sync::{Proposal, Public};
use proptest::prelude::*;

use crate::any;
use crate::cbor::{Form, Item, NULL};
use crate::desk::visit;
use crate::effort::run;
use crate::pair::{TODAY, booking, clinic};
use crate::shape::{self, Shape};

/// What a later version might write behind the fields that are known here.
fn added() -> impl Strategy<Value = Vec<Item>> {
    let item = prop_oneof![
        any::<u64>().prop_map(Item::Unsigned),
        any::<u64>().prop_map(Item::Negative),
        proptest::collection::vec(any::<u8>(), 0..30).prop_map(Item::Bytes),
        "[a-zåäö]{0,12}".prop_map(|text| Item::Text(text.into_bytes())),
        Just(NULL),
        Just(Item::Simple(21)),
        Just(Item::Array(vec![Item::Array(Vec::new()), Item::Map(vec![(Item::Unsigned(1), NULL)])])),
        Just(Item::Map(vec![(Item::Text(b"why".to_vec()), Item::Array(vec![Item::Unsigned(1)]))])),
    ];
    proptest::collection::vec(item, 1..4)
}

/// Every value is read although each of its records has more fields.
fn reads_later<T: PartialEq + Debug>(
    values: impl Strategy<Value = T>,
    shape: &Shape,
    write: fn(&T) -> Vec<u8>,
    read: fn(&[u8]) -> Option<T>,
) {
    run(40)
        .run(&(values, added()), |(value, added)| {
            let later = shape.with_later_fields(&Item::parse(&write(&value)), &added);
            for form in [Form::Canonical, Form::Long] {
                let found = read(&later.to_bytes(form));
                prop_assert_eq!(found.as_ref(), Some(&value), "{:?}", later);
            }
            Ok(())
        })
        .unwrap_or_else(|found| panic!("{found}"));
}

#[test]
fn fields_of_a_later_version_are_passed_over_wherever_they_stand() {
    for envelopes in any::envelopes(clinic()) {
        reads_later(envelopes, &shape::envelope(), Envelope::to_bytes, |bytes| {
            Envelope::from_bytes(bytes, clinic()).ok()
        });
    }
    for bodies in any::bodies() {
        reads_later(bodies, &shape::body(), Public::to_bytes, |bytes| Public::from_bytes(bytes).ok());
    }
    reads_later(any::proposal(), &shape::proposal(), Proposal::to_bytes, |bytes| Proposal::from_bytes(bytes).ok());
}

#[test]
fn a_kind_of_message_or_body_of_a_later_version_is_refused_whole() {
    let later = Item::Array(vec![Item::Unsigned(200), Item::Array(vec![Item::Unsigned(1)])]);
    assert!(Public::from_bytes(&later.to_bytes(Form::Canonical)).is_err());
    let mut fields = vec![Item::Unsigned(u64::from(VERSION)), Item::Bytes(clinic().to_vec())];
    fields.extend([Item::Unsigned(1), Item::Unsigned(1), later]);
    assert!(Envelope::from_bytes(&Item::Array(fields).to_bytes(Form::Canonical), clinic()).is_err());
}

/// What each version says, as it was written when it was the newest. Whoever
/// raises the version adds its words; no line is ever changed, and each is read
/// for as long as its version is.
const SAID: [(u8, &str); 1] = [(1, include_str!("../golden/messages_1.txt"))];

#[test]
fn the_words_of_every_version_that_is_spoken_are_kept() {
    let kept: Vec<u8> = SAID.iter().map(|(version, _)| *version).collect();
    assert_eq!(kept, (OLDEST_VERSION..=VERSION).collect::<Vec<_>>());
}

#[test]
fn what_was_ever_said_is_read_and_what_is_said_now_is_kept() {
    let (_, newest) = SAID[SAID.len() - 1];
    let mut lines = String::new();
    for (kept, (name, message)) in newest.lines().zip(said()) {
        let envelope = Envelope { version: VERSION, clinic: clinic(), session: 0x5e55, nonce: 0x4e0c, message };
        let bytes: String = envelope.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        // A long one is packed, and how short that gets is the packer's matter;
        // what was kept of it stands unpacked.
        let line = if bytes.len() < kept.len() - name.len() - 1 { kept.to_owned() } else { format!("{name} {bytes}") };
        lines.push_str(&format!("{line}\n"));
    }
    assert!(lines == newest, "what is said has changed; what is said now:\n{lines}");
    for (version, lines) in SAID {
        assert_eq!(lines.lines().count(), said().len(), "version {version}");
        for (line, (name, message)) in lines.lines().zip(said()) {
            let digits = line.split_once(' ').expect("a name and bytes").1;
            let bytes: Vec<u8> = (0..digits.len() / 2)
                .map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).expect("two digits"))
                .collect();
            let read = Envelope::from_bytes(&bytes, clinic()).expect("a message");
            assert_eq!((read.version, read.session, read.nonce), (version, 0x5e55, 0x4e0c), "{name}");
            assert_eq!(read.message, message, "{name}");
        }
    }
}

fn waiting_places(id: ProposalId) -> Vec<WaitingPlace> {
    let kind = Id::from([0xc1; 16]);
    let request = WaitingRequest { id, kind, asked_ms: 1_795_500_000_004, urgent: true, sealed: Some(vec![1].into()) };
    let filling_in = WaitingPlace {
        practitioner: Id::from([0xb1; 16]),
        start_s: 1_795_509_000,
        end_s: 1_795_511_700,
        request: None,
    };
    vec![WaitingPlace { request: Some(request), ..filling_in.clone() }, filling_in]
}

fn ended(id: ProposalId) -> Vec<EndedRequest> {
    let withdrawn =
        EndedRequest { id, content: vec![1, 2, 3].into(), at_ms: 1_795_500_000_005, how: HowEnded::Withdrawn };
    vec![EndedRequest { how: HowEnded::Expired, ..withdrawn.clone() }, withdrawn]
}

/// Every message, with everything that can be in it and with as little as can be.
fn said() -> Vec<(&'static str, Message)> {
    let id = |number: u8| Id::from([number; 16]);
    let hash = |number: u8| Hash32::from([number; 32]);
    let at = At { epoch: 1, incarnation: id(0x21), seq: 300, hash: hash(0x71) };
    let window = Window { from: TODAY, to: TODAY + 90 };
    let row = chairside_sync::body::AppointmentRow { chair: Some(id(0xf1)), ..visit(0xa1, TODAY, 9) };
    let blockout = chairside_sync::body::BlockoutRow {
        id: id(0xe1),
        practitioner: None,
        chair: Some(id(0xf1)),
        day: TODAY,
        start_s: -3_600,
        end_s: 0,
        for_emergencies: true,
        lifted: false,
    };
    let rows = DayRows { appointments: vec![row.clone()], blockouts: vec![blockout] };
    let alternative = chairside_sync::body::Alternative { practitioner: id(0xb1), local_s: 1_795_512_600, minutes: 45 };
    let accepted = chairside_sync::body::VerdictRow {
        proposal: id(0x81),
        content: hash(0x72),
        accepted: true,
        appointment: Some(row.clone()),
        reason: None,
        alternatives: Vec::new(),
        again: true,
    };
    let rejected = chairside_sync::body::VerdictRow {
        accepted: false,
        appointment: None,
        reason: Some("taken".to_owned()),
        alternatives: vec![alternative],
        again: false,
        ..accepted.clone()
    };
    let settings = chairside_sync::body::SettingsRow { version: 1, content: "{\"name\":\"Spårvägen\"}".to_owned() };
    let bare = Bare {
        epoch: 1,
        incarnation: id(0x21),
        at_ms: 1_795_500_000_001,
        by_kind: 1,
        by: id(0x11),
        causes: vec![0xa0].into(),
        public: Public::Appointment(row.clone()).to_bytes().into(),
        commitment: hash(0x73),
    };
    let all_rows = Rows {
        mark: 299,
        day: Some(TODAY),
        part: 0,
        parts: 2,
        rows: rows.clone(),
        settings: None,
        digest: hash(0x74),
        last: false,
        differing: Some(vec![TODAY, TODAY + 1]),
        settings_differ: true,
    };
    let settings_rows = Rows {
        day: None,
        parts: 1,
        rows: DayRows::default(),
        settings: Some(settings),
        last: true,
        differing: None,
        ..all_rows.clone()
    };
    let position = Position {
        at: Some(at),
        incarnation: id(0x31),
        token: 7,
        again: true,
        surplus: 2,
        version: 1,
        wall_ms: 1_795_500_000_002,
    };
    let hello = Hello { node: id(0x11), tip: at, wall_ms: 1_795_500_000_000, oldest: 1, newest: 1, born: Some(at) };
    let wish = booking(1, TODAY, 10);
    let proposal = ProposalId(id(0x81));
    let first_verdicts =
        Verdicts { mark: 299, verdicts: vec![accepted.clone(), rejected.clone()], last: true, from: None, next: None };
    vec![
        ("hello", Message::Hello(hello.clone())),
        ("hello_first_life", Message::Hello(Hello { born: None, ..hello })),
        ("position", Message::Position(position.clone())),
        ("position_nowhere", Message::Position(Position { at: None, again: false, surplus: 0, ..position })),
        (
            "entries",
            Message::Entries(Entries {
                first_seq: 301,
                prev_hash: hash(0x71),
                entries: vec![bare.clone(), Bare { by_kind: 0, ..bare }],
                signature: vec![0x51; 64].into(),
            }),
        ),
        ("root", Message::Root(Root { mark: 299, window, root: hash(0x75) })),
        (
            "differs",
            Message::Differs(Differs {
                mark: 299,
                digests: Digests { settings: hash(0x76), days: [(TODAY, hash(0x77)), (-1, hash(0x78))].into() },
            }),
        ),
        ("rows_day", Message::Rows(Box::new(all_rows))),
        ("rows_settings", Message::Rows(Box::new(settings_rows))),
        (
            "equal",
            Message::Equal(Equal { mark: 299, root: hash(0x75), unequal: vec![TODAY, -1], replaced: Some(TODAY) }),
        ),
        ("equal_all", Message::Equal(Equal { mark: 299, root: hash(0x75), unequal: Vec::new(), replaced: None })),
        (
            "verified",
            Message::Verified(Verified { mark: 299, window, except: vec![TODAY, TODAY + 1], disputed: vec![TODAY] }),
        ),
        (
            "propose",
            Message::Propose(Propose { id: wish.id, content: wish.to_bytes().into(), seen: 300, disputed: true }),
        ),
        ("noted", Message::Noted(Noted { id: proposal, verdict: None })),
        ("noted_accepted", Message::Noted(Noted { id: proposal, verdict: Some(Box::new(accepted.clone())) })),
        ("noted_rejected", Message::Noted(Noted { id: proposal, verdict: Some(Box::new(rejected.clone())) })),
        ("refused", Message::Refused(Refused { id: proposal, code: "repeated_id".to_owned() })),
        ("resent", Message::Resent(Days { days: vec![TODAY, TODAY + 1] })),
        (
            "tail",
            Message::Tail(Tail {
                first: 3,
                entries: vec![Public::Patient(id(0xd1)).to_bytes().into(), vec![].into()],
                wishes: Vec::new(),
                untold: Vec::new(),
            }),
        ),
        ("kept", Message::Kept(Kept { upto: 5 })),
        ("orphans", Message::Orphans(rows)),
        ("waiting", Message::Waiting(Waiting { held: 12, being_booked: 300, places: Vec::new() })),
        ("beat", Message::Beat(Beat { seq: 300, wall_ms: 1_795_500_000_003, resent: None })),
        ("beat_resent", Message::Beat(Beat { seq: 300, wall_ms: -1, resent: Some(299) })),
        ("goodbye", Message::Goodbye),
        ("who", Message::Who),
        ("another_hub", Message::AnotherHub(AnotherHub { node: id(0x12) })),
        ("superseded", Message::Superseded(Superseded { at })),
        ("where_from", Message::WhereFrom),
        ("trail", Message::Trail(Trail { places: vec![at, At { seq: 200, ..at }] })),
        ("verdicts", Message::Verdicts(first_verdicts)),
        ("compare_again", Message::CompareAgain),
        ("begin", Message::Begin(Begin { at, window, left: Vec::new() })),
        ("waiting_places", Message::Waiting(Waiting { held: 1, being_booked: 1, places: waiting_places(proposal) })),
        ("ended", Message::Ended(ended(proposal))),
        (
            "tail_wishes",
            Message::Tail(Tail {
                first: 5,
                entries: vec![Public::Patient(id(0xd2)).to_bytes().into()],
                wishes: vec![wish.to_bytes().into()],
                untold: Vec::new(),
            }),
        ),
        ("begin_left", Message::Begin(Begin { at, window, left: vec![id(0x13), id(0x14)] })),
        (
            "tail_untold",
            Message::Tail(Tail {
                first: 6,
                entries: vec![Public::Verdict(Box::new(rejected.clone())).to_bytes().into()],
                wishes: Vec::new(),
                untold: vec![rejected.proposal],
            }),
        ),
        (
            "verdicts_page",
            Message::Verdicts(Verdicts {
                mark: 299,
                verdicts: vec![rejected],
                last: false,
                from: Some(64),
                next: Some(128),
            }),
        ),
        ("verdicts_from", Message::VerdictsFrom(64)),
    ]
}
