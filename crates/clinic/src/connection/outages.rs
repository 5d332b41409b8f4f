//! From how the line stood to what people remember: outages, and how the two
//! sides came into step again.

use chrono_tz::Tz;

use super::spells::{KEPT, Spell, local};
use crate::api::OutageView;
use crate::link::State;

/// Every stretch in which central couldn't be reached, the latest first. A desk
/// that was just paired comes into step for the first time: nothing was cut.
pub fn outages(spells: &[Spell], zone: &Tz) -> Vec<OutageView> {
    let mut all: Vec<OutageView> = Vec::new();
    let mut open: Option<OutageView> = None;
    // The oldest of a long log may be gone, and with them what it began with.
    let mut was_live = spells.len() == KEPT;
    for spell in spells {
        was_live |= spell.state == State::Live;
        if !was_live {
            continue;
        }
        let at = local(spell.at_ms, zone);
        match (spell.state, &mut open) {
            (State::Offline | State::Reconnecting, None) => {
                let line_back = (spell.state == State::Reconnecting).then_some(at);
                let sent = spell.unsent;
                open = Some(OutageView { line_back, sent, ..began(at) });
            }
            // It was back, and was lost again before both were in step.
            (State::Offline, Some(outage)) => *outage = began(outage.began),
            (State::Reconnecting, Some(outage)) => {
                *outage = OutageView { line_back: Some(at), sent: spell.unsent, ..began(outage.began) };
            }
            (State::Checking, Some(outage)) => {
                outage.caught_up.get_or_insert(at);
            }
            (State::Live, Some(outage)) => {
                outage.caught_up.get_or_insert(at);
                (outage.equal, outage.days) = (Some(at), spell.days);
                all.extend(open.take());
            }
            (State::CatchingUp | State::Checking | State::Live, _) => {}
        }
    }
    all.extend(open);
    all.reverse();
    all
}

fn began(at: chrono::NaiveDateTime) -> OutageView {
    OutageView {
        began: at,
        line_back: None,
        sent: 0,
        caught_up: None,
        equal: None,
        days: 0,
        released: 0,
        released_at: None,
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDateTime;
    use chrono_tz::Europe::Stockholm;

    use super::*;

    /// Seconds after 2026-11-24T09:12:00 in Stockholm.
    fn spell(second: i64, state: State, unsent: u64, days: u32) -> Spell {
        Spell { at_ms: (1_795_507_920 + second) * 1_000, state, unsent, days }
    }

    fn at(text: &str) -> NaiveDateTime {
        text.parse().expect("a time")
    }

    #[test]
    fn a_desk_that_was_just_paired_had_no_outage() {
        let paired = [
            spell(0, State::Offline, 3, 0),
            spell(1, State::Reconnecting, 3, 0),
            spell(2, State::CatchingUp, 3, 0),
            spell(3, State::Live, 0, 90),
        ];
        assert_eq!(outages(&paired, &Stockholm), []);
        let cut = [&paired[..], &[spell(60, State::Offline, 0, 0)]].concat();
        assert_eq!(outages(&cut, &Stockholm).len(), 1);
        // Of a log whose beginning is gone nobody knows that.
        let long: Vec<_> = (0..).map(|second| spell(second, State::Offline, 0, 0)).take(KEPT).collect();
        assert_eq!(outages(&long, &Stockholm).len(), 1);
    }

    #[test]
    fn an_outage_ends_where_both_sides_are_equal() {
        let spells = [
            spell(-60, State::Live, 0, 90),
            spell(0, State::Offline, 0, 90),
            spell(30, State::Reconnecting, 2, 0),
            spell(40, State::Offline, 2, 0),
            spell(9_300, State::Reconnecting, 9, 0),
            spell(9_301, State::CatchingUp, 9, 0),
            spell(9_303, State::Checking, 0, 0),
            spell(9_305, State::Live, 0, 90),
            // Somebody compares again: no outage.
            spell(9_400, State::Checking, 0, 0),
            spell(9_401, State::Live, 0, 90),
            spell(9_900, State::Offline, 0, 0),
        ];
        let found = outages(&spells, &Stockholm);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].began, found[0].equal), (at("2026-11-24T11:57:00"), None), "it lasts");
        let ended = OutageView {
            line_back: Some(at("2026-11-24T11:47:00")),
            sent: 9,
            caught_up: Some(at("2026-11-24T11:47:03")),
            equal: Some(at("2026-11-24T11:47:05")),
            days: 90,
            ..began(at("2026-11-24T09:12:00"))
        };
        assert_eq!(found[1], ended);
    }
}
