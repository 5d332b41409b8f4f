//! What comes late, or was lost and is said again.

use chairside_sync::body::Id;
use chairside_sync::wire::{At, Envelope, Message, Position};

use crate::pair::{Pair, clinic};

fn messages(said: &[Vec<u8>]) -> Vec<Message> {
    said.iter().map(|bytes| Envelope::from_bytes(bytes, clinic()).expect("its own words").message).collect()
}

fn last_position(pair: &Pair) -> Position {
    let said = messages(&pair.said_by_mirror).into_iter().rev();
    let mut positions = said.filter_map(|message| match message {
        Message::Position(position) => Some(position),
        _ => None,
    });
    positions.next().expect("it said where it is")
}

#[test]
fn where_a_mirror_was_before_it_came_into_this_life_says_nothing_of_what_it_has_to_give_back() {
    let mut pair = Pair::live();
    let here = last_position(&pair);
    let gives_back = Position { surplus: 3, ..here.clone() };
    let bytes = pair.envelope(Message::Position(gives_back)).to_bytes();
    pair.tell_hub(bytes);
    assert!(pair.hub.open_days().is_empty(), "first it has to come back");
    // Said before that, and doubled or late: of another life, nothing to give back yet.
    let said = pair.said_by_hub.len();
    let before = here.at.map(|at| At { incarnation: Id::from([9; 16]), seq: at.seq + 5, ..at });
    let bytes = pair.envelope(Message::Position(Position { at: before, surplus: 0, ..here.clone() })).to_bytes();
    pair.tell_hub(bytes);
    assert!(pair.hub.open_days().is_empty());
    let compares = messages(&pair.said_by_hub[said..]).iter().any(|message| matches!(message, Message::Root(_)));
    assert!(!compares, "nothing is compared, or it would be decided without what comes back");
    // Here and now it has none.
    let bytes = pair.envelope(Message::Position(here)).to_bytes();
    pair.tell_hub(bytes);
    pair.goes_on();
}

#[test]
fn a_page_of_older_verdicts_that_was_lost_is_asked_for_again() {
    let pair = Pair::live_in_spite_of(Some(|message| matches!(message, Message::Verdicts(_))));
    let asked = |pair: &Pair| {
        let asks = |message: &&Message| matches!(message, Message::VerdictsFrom(0));
        messages(&pair.said_by_mirror).iter().filter(asks).count()
    };
    let told = |pair: &Pair| {
        let pages = messages(&pair.said_by_hub);
        pages.iter().filter(|message| matches!(message, Message::Verdicts(page) if page.last)).count()
    };
    let mut pair = pair;
    for _ in 0..50 {
        pair.pass_time();
    }
    assert_eq!((asked(&pair), told(&pair)), (1, 2), "once, and it is heard then");
    assert!(pair.mirror.is_quiet());
    // Nobody asks for what has come.
    let mut pair = Pair::live();
    for _ in 0..50 {
        pair.pass_time();
    }
    assert_eq!((asked(&pair), told(&pair)), (0, 1));
}
