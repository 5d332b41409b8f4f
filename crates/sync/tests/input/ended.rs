//! Requests that ended at the mirror, as the hub hears of them.

use chairside_sync::ProposalId;
use chairside_sync::body::Id;
use chairside_sync::wire::{EndedRequest, Envelope, HowEnded, MESSAGE_BYTES, Message};

use crate::pair::{Pair, clinic};

fn ended(number: u8, bytes: usize) -> EndedRequest {
    let id = ProposalId(Id::from([number; 16]));
    // Nothing that could be packed.
    let content: Vec<u8> = (0_u64..).flat_map(|at| *blake3::hash(&at.to_be_bytes()).as_bytes()).take(bytes).collect();
    EndedRequest { id, content: content.into(), at_ms: 1_795_500_000_000, how: HowEnded::Withdrawn }
}

/// What the mirror said of it, message by message.
fn said(pair: &Pair) -> Vec<Vec<ProposalId>> {
    let messages = pair.said_by_mirror.iter().filter_map(|bytes| {
        assert!(bytes.len() <= MESSAGE_BYTES);
        match Envelope::from_bytes(bytes, clinic()).ok()?.message {
            Message::Ended(ended) => Some(ended.into_iter().map(|ended| ended.id).collect()),
            _ => None,
        }
    });
    messages.collect()
}

#[test]
fn each_session_is_told_once_of_each() {
    let mut pair = Pair::live();
    let (one, other) = (ended(1, 40), ended(2, 40));
    pair.tell_ended(vec![one.clone()]);
    pair.tell_ended(vec![one.clone(), other.clone()]);
    pair.tell_ended(vec![one.clone(), other.clone()]);
    let mut told = vec![vec![one.id], vec![other.id]];
    assert_eq!(said(&pair), told);
    pair.connect_anew();
    pair.tell_ended(vec![one.clone(), other.clone()]);
    told.push(vec![one.id, other.id]);
    assert_eq!(said(&pair), told);
    let kept: Vec<ProposalId> = pair.desk.ended.iter().map(|ended| ended.id).collect();
    assert_eq!(kept, told.concat(), "the hub's store hears of all of it");
}

#[test]
fn however_much_ended_each_message_fits() {
    let mut pair = Pair::live();
    let all: Vec<EndedRequest> = (1..=40).map(|number| ended(number, 9_000)).collect();
    pair.tell_ended(all.clone());
    let told = said(&pair);
    assert!(told.len() > 5, "{} messages", told.len());
    assert_eq!(told.concat(), all.iter().map(|ended| ended.id).collect::<Vec<_>>());
    pair.goes_on();
}
