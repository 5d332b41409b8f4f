//! What a mirror says over a link, taken message by message.

use super::ask::Purpose;
use super::compare::Compare;
use super::link::Phase;
use super::{Ask, CLOCKS_APART_MS, Event, Hub, LinkId};
use crate::body::Day;
use crate::now::Now;
use crate::wire::{Envelope, Message, Propose, Tail, Unreadable};

/// Proposals of one link that wait to be kept; the mirror sends more than that again.
const PROPOSALS_WAITING: usize = 256;

impl Hub {
    pub(super) fn received(&mut self, now: Now, id: LinkId, bytes: &[u8]) {
        let envelope = match Envelope::from_bytes(bytes, self.start.clinic) {
            Ok(envelope) => envelope,
            Err(unreadable) => return self.event(id, Event::Refused(unreadable)),
        };
        let Some(link) = self.links.get_mut(&id) else { return };
        // What an earlier session said late.
        if envelope.session != link.session {
            match envelope.message {
                // Somebody who has just started knows of no session, and asks for one.
                Message::Who if link.phase == Phase::Greeting => self.say_hello(now, id),
                Message::Who => self.begin_anew(now, id),
                // Beats of another session come every few seconds and say nothing.
                Message::Beat(_) => {}
                _ => self.event(id, Event::Refused(Unreadable::Session)),
            }
            return;
        }
        if self.superseded.is_some() {
            return;
        }
        if link.nonce != envelope.nonce {
            // The mirror begins the session, or begins it anew.
            match envelope.message {
                Message::Position(_) | Message::AnotherHub(_) | Message::Superseded(_) => {}
                Message::Beat(_) => return,
                _ => return self.event(id, Event::Refused(Unreadable::Session)),
            }
        }
        link.heard_ms = now.steady_ms;
        match envelope.message {
            Message::Position(position) => self.position(now, id, envelope.nonce, &position),
            Message::Differs(differs) => self.differs(now, id, &differs),
            Message::Equal(equal) => self.equal(now, id, &equal),
            Message::Propose(propose) => self.proposed(id, propose),
            Message::Resent(days) => {
                let known = |day: &Day| link.open.contains(day) || link.disputed.contains(day);
                link.resent.extend(days.days.into_iter().filter(known).collect::<Vec<_>>());
                self.undecided = true;
            }
            Message::Tail(tail) => self.tail(id, tail),
            Message::Orphans(rows) => self.ask(Purpose::Orphans(id), Ask::TakeOrphans(rows)),
            Message::Ended(ended) => self.tell(Ask::TakeEnded(ended)),
            Message::Waiting(waiting) => link.waiting = Some(waiting),
            Message::Beat(beat) => {
                let agreed = link.verified.as_ref().map(|verified| verified.mark);
                if beat.resent.is_some() && beat.resent == agreed && !link.all_resent() {
                    link.resent.extend(&link.open);
                    link.resent.extend(&link.disputed);
                    self.undecided = true;
                }
                self.clocks(id, now, beat.wall_ms);
            }
            Message::VerdictsFrom(from) => {
                let telling = |purpose: &Purpose| matches!(purpose, Purpose::Verdicts(link, _, _) if *link == id);
                let mark = link.verified.as_ref().map(|verified| verified.mark);
                if let Some(mark) = mark.filter(|_| !self.asks.values().any(telling)) {
                    self.ask_verdicts(id, mark, from);
                }
            }
            Message::Who => self.begin_anew(now, id),
            // One that is about to begin serves as well.
            Message::CompareAgain if link.compare == Compare::Marking => {}
            Message::CompareAgain => link.want_compare(),
            Message::AnotherHub(other) => self.event(id, Event::AnotherHub(other.node)),
            Message::Superseded(superseded) => {
                self.superseded = Some(superseded.at);
                link.shut_all();
                self.event(id, Event::Superseded(superseded.at));
            }
            Message::Trail(trail) => self.trail(id, trail),
            // A hub's own words, thrown back.
            Message::Hello(_)
            | Message::Entries(_)
            | Message::Root(_)
            | Message::Rows(_)
            | Message::Verified(_)
            | Message::Noted(_)
            | Message::Refused(_)
            | Message::Kept(_)
            | Message::Goodbye
            | Message::WhereFrom
            | Message::Begin(_)
            | Message::Verdicts(_) => self.event(id, Event::Refused(Unreadable::Role)),
        }
    }

    fn proposed(&mut self, id: LinkId, propose: Propose) {
        let Some(link) = self.links.get_mut(&id) else { return };
        if link.proposals.len() < PROPOSALS_WAITING {
            link.proposals.push_back(propose);
        }
    }

    fn tail(&mut self, id: LinkId, tail: Tail) {
        let upto = tail.first.saturating_add(tail.entries.len() as u64);
        let untold = tail.untold;
        let [entries, wishes] = [tail.entries, tail.wishes].map(|all| all.into_iter().map(Into::into).collect());
        if !self.asks.values().any(|purpose| matches!(purpose, Purpose::TakeBack(link, _) if *link == id)) {
            let ask =
                if id == LinkId::CENTRAL { Ask::TakeBack { entries, wishes, untold } } else { Ask::TakeAside(entries) };
            self.ask(Purpose::TakeBack(id, upto), ask);
        }
    }

    pub(super) fn clocks(&mut self, id: LinkId, now: Now, theirs_ms: i64) {
        let apart_ms = now.wall_ms.abs_diff(theirs_ms);
        let Some(link) = self.links.get_mut(&id) else { return };
        let apart = apart_ms > CLOCKS_APART_MS;
        if apart == link.apart {
            return;
        }
        link.apart = apart;
        link.shut_all();
        link.compare = Compare::Wanted;
        if apart {
            self.event(id, Event::ClocksApart(apart_ms));
        }
    }
}
