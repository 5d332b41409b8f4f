//! A hub's side over a small clinic, and wishes for it.

use std::sync::Arc;

use chairside_schedule::Appointment;
use chairside_schedule::id::{AppointmentId, ConflictId, PatientId};
use chairside_schedule::time::day_number;
use chairside_store::sync::{Settlement, Settling};
use chairside_store::{HubSide, Moment, Store};
use chairside_sync::body::{AppointmentRow, ConflictRow, Id, VerdictRow, Window};
use chairside_sync::days::DaySet;
use chairside_sync::hub::{Ask, Gate, Receipt, Told};
use chairside_sync::proposal::{Move, Place};
use chairside_sync::wire::Propose;
use chairside_sync::{Author, Hash, NodeId, Private, Proposal, ProposalId, Public, Wish};
use uuid::Uuid;

use crate::fixture::{AT_MS, at, day, kind, moment, practitioner};

/// The clinic's signature in these tests: a keyed hash.
pub fn sign(hash: Hash) -> Vec<u8> {
    Private { salt: [9; 32], bytes: hash.0.to_vec() }.commitment().0.to_vec()
}

pub fn hub_side(store: &Store) -> HubSide {
    HubSide::new(store.clone(), Arc::new(sign))
}

/// When the hub does something by itself.
pub fn machine() -> Moment {
    Moment { by: Author::Node(NodeId(Uuid::from_u128(0x4e0de))), at_ms: AT_MS }
}

pub fn id(number: u128) -> Id {
    Id::from(number.to_be_bytes())
}

pub fn id_of(uuid: Uuid) -> Id {
    Id::from(uuid.into_bytes())
}

/// The first day of the fixture's clinic, and eleven more.
pub fn window() -> Window {
    let from = day_number(day());
    Window { from, to: from + 12 }
}

/// Proposals about visits of their own.
pub fn visit_id(number: u128) -> AppointmentId {
    AppointmentId(Uuid::from_u128(0xe0_0000 + number))
}

pub fn patient_id(number: u128) -> PatientId {
    PatientId(Uuid::from_u128(0xef_0000 + number))
}

pub fn wish(number: u128, visit: u128, after: Option<u128>, wish: Wish) -> Proposal {
    Proposal {
        id: proposal(number),
        appointment: id_of(visit_id(visit).0),
        after: after.map(proposal),
        wish,
        urgent: false,
        sealed: Some(b"sealed words".to_vec().into()),
        asked_ms: None,
    }
}

pub fn proposal(number: u128) -> ProposalId {
    ProposalId(id(0xab_0000 + number))
}

/// A patient of their own wishes a half hour.
pub fn booking(number: u128, with: u128, start: &str) -> Proposal {
    let place = Place {
        practitioner: id_of(practitioner(with).0),
        kind: id_of(kind(0).0),
        patient: id_of(patient_id(number).0),
        local_s: at(start).and_utc().timestamp(),
        minutes: 30,
    };
    wish(number, number, None, Wish::Book(place))
}

/// Proposal `number` cancels what proposal `first` booked.
pub fn cancel(number: u128, first: u128) -> Proposal {
    wish(number, first, Some(first), Wish::Cancel)
}

/// Proposal `number` moves what proposal `first` booked.
pub fn moving(number: u128, first: u128, with: u128, from: &str, to: &str) -> Proposal {
    let to = Move {
        practitioner: id_of(practitioner(with).0),
        local_s: at(to).and_utc().timestamp(),
        from_local_s: at(from).and_utc().timestamp(),
    };
    wish(number, first, Some(first), Wish::Move(to))
}

pub fn propose(proposal: &Proposal) -> Propose {
    Propose { id: proposal.id, content: proposal.to_bytes().into(), seen: 0, disputed: false }
}

pub async fn ask(hub: &HubSide, ask: Ask) -> Told {
    hub.answer(ask, machine()).await.expect("the store answers")
}

pub async fn receive(hub: &HubSide, proposal: &Proposal) -> Receipt {
    received(hub, propose(proposal)).await
}

pub async fn received(hub: &HubSide, propose: Propose) -> Receipt {
    match ask(hub, Ask::Receive(propose)).await {
        Told::Received(receipt) => receipt,
        other => panic!("{other:?}"),
    }
}

/// The answer a proposal got, asked for as a mirror does.
pub async fn verdict(hub: &HubSide, proposal: &Proposal) -> Option<VerdictRow> {
    match receive(hub, proposal).await {
        Receipt::Decided(verdict) => Some(*verdict),
        Receipt::Noted => None,
        Receipt::Refused(code) => panic!("refused: {code}"),
    }
}

/// Whether a proposal was accepted, and why not.
pub async fn answer(hub: &HubSide, proposal: &Proposal) -> Option<(bool, Option<String>)> {
    verdict(hub, proposal).await.map(|verdict| (verdict.accepted, verdict.reason))
}

pub const YES: Option<(bool, Option<String>)> = Some((true, None));

pub fn no(reason: &str) -> Option<(bool, Option<String>)> {
    Some((false, Some(reason.to_owned())))
}

/// Every day verified, and everything sent before proposed again.
pub fn open() -> Gate {
    let days: DaySet = window().days().collect();
    Gate { resent: days.clone(), open: days, from: window().from, ..Gate::default() }
}

/// How the clinic decides.
#[derive(Clone)]
pub struct Rule {
    pub gate: Gate,
    pub ask_staff: bool,
    pub now_ms: i64,
}

impl Rule {
    pub fn at_once() -> Self {
        Self { gate: open(), ask_staff: false, now_ms: AT_MS }
    }

    pub fn by_staff() -> Self {
        Self { ask_staff: true, ..Self::at_once() }
    }
}

/// Decides until nothing more can be; answers when the next limit is reached.
pub async fn decide(hub: &HubSide, rule: Rule) -> Option<i64> {
    loop {
        let Rule { gate, ask_staff, now_ms } = rule.clone();
        match ask(hub, Ask::Decide { gate, ask_staff, now_ms }).await {
            Told::Decided { more: true, .. } => {}
            Told::Decided { tip, next_limit_ms, .. } => {
                assert_eq!(tip, hub.store().tip(), "told where the log ends");
                return next_limit_ms;
            }
            other => panic!("{other:?}"),
        }
    }
}

/// Receives and decides.
pub async fn settle(hub: &HubSide, proposals: &[Proposal]) {
    for proposal in proposals {
        assert_eq!(receive(hub, proposal).await, Receipt::Noted);
    }
    decide(hub, Rule::at_once()).await;
}

pub async fn visit_of(hub: &HubSide, number: u128) -> Option<Appointment> {
    hub.store().appointment(visit_id(number)).await.expect("read")
}

/// What the log says, public part by public part, after an entry.
pub async fn said_after(store: &Store, seq: u64) -> Vec<Public> {
    let records = store.log_after(seq, 10_000).await.expect("the log");
    records.iter().map(|record| Public::from_bytes(&record.entry.public).expect("a body")).collect()
}

pub async fn assert_whole(store: &Store) {
    assert_eq!(store.verify().await.expect("verified").fault, None);
}

/// A visit as mirrors see it.
pub fn row(visit: &Appointment) -> AppointmentRow {
    chairside_store::project::appointment(visit)
}

/// Conflicts that nobody has settled.
pub async fn conflicts(store: &Store) -> Vec<ConflictRow> {
    store.conflicts(i64::MAX).await.expect("read").into_iter().map(|conflict| conflict.row).collect()
}

/// A person leaves the visit as it stands here.
pub async fn keep_here(store: &Store, conflict: Id) -> Settlement {
    let id = ConflictId(Uuid::from_bytes(*conflict));
    store.write(moment(), async move |tx| tx.settle_conflict(id, Settling::KeepHere).await).await.expect("settled")
}
