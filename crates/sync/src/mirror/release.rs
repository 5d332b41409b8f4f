//! Passing wishes on: what was sent before is proposed again, then what is held goes out.

use super::ask::Purpose;
use super::{Ask, Event, Mirror, Sent};
use crate::body::{AppointmentRow, Day};
use crate::digest::DayRows;
use crate::mutant::{self, Mutant};
use crate::now::Now;
use crate::restore::Lost;
use crate::wire::{BATCH_BYTES, Days, Message, Noted, Propose, Refused, Tail};

/// An answer that takes longer counts as none, and is asked for again.
pub const NOTED_WITHIN_MS: u64 = 10_000;

/// The longest wish that goes back with its verdict: sealed words of several
/// pages. A longer one must not keep the verdict from its hub.
const WISH_BYTES: usize = BATCH_BYTES / 2;

/// Proposals on their way that the hub hasn't noted.
const UNNOTED: usize = 32;

#[derive(Debug)]
pub(super) struct Unnoted {
    content: Vec<u8>,
    disputed: bool,
    pub(super) since_ms: u64,
}

impl Mirror {
    /// Lets out what may go.
    pub(super) fn release(&mut self) {
        let Some(session) = &self.session else { return };
        if session.apart {
            return;
        }
        if mutant::on(Mutant::ReleaseBeforeVerification) {
            // Everything there could be.
            self.open.extend(self.compare.mark.iter().flat_map(|(_, window)| window.days()));
        }
        // What a person decides about, too: somebody waits there as well.
        if !self.all_resent() {
            let mut days = self.open.clone();
            days.extend(&self.disputed);
            let fresh: Vec<Day> = days.difference(&self.resent).copied().collect();
            // Before anything held: it may have been decided already, and somebody waits for it longer.
            let from = self.compare.mark.map_or(Day::MIN, |(_, window)| window.from);
            return self.ask_for(Purpose::Outstanding(fresh.clone()), Ask::Outstanding { days: fresh, from });
        }
        if !self.orphans_offered && self.compare.verified {
            self.orphans_offered = true;
            return self.ask_for(Purpose::Orphans, Ask::Orphans);
        }
        let room = UNNOTED.saturating_sub(self.unnoted.len());
        if !self.nudged || !self.may_release || room == 0 || self.resent.is_empty() {
            return;
        }
        self.nudged = false;
        let days = self.resent.intersection(&self.open).copied().collect();
        let disputed = self.resent.intersection(&self.disputed).copied().collect();
        let ask = Ask::Release { days, disputed, limit: room };
        self.ask_for(Purpose::Release, ask);
    }

    /// Everything once sent for the days that may be decided was proposed again.
    pub(super) fn all_resent(&self) -> bool {
        self.open.is_subset(&self.resent) && self.disputed.is_subset(&self.resent)
    }

    pub(super) fn propose_again(&mut self, now: Now, days: Vec<Day>, sent: Vec<Sent>) {
        if !mutant::on(Mutant::ForgetOutstanding) {
            self.propose(now, sent);
        }
        let still = |day: &&Day| self.open.contains(day) || self.disputed.contains(day);
        self.resent.extend(days.iter().filter(still));
        self.send(Message::Resent(Days { days }));
        self.nudged = true;
    }

    pub(super) fn propose(&mut self, now: Now, sent: Vec<Sent>) {
        // More may wait: those that there was no room for, and what follows on one of these.
        self.nudged |= !sent.is_empty();
        for sent in sent {
            let unnoted = Unnoted { content: sent.content.clone(), disputed: sent.disputed, since_ms: now.steady_ms };
            self.unnoted.insert(sent.id, unnoted);
            self.send_proposal(sent);
        }
    }

    fn send_proposal(&mut self, sent: Sent) {
        let seen = self.at.map_or(0, |at| at.seq);
        self.send(Message::Propose(Propose {
            id: sent.id,
            content: sent.content.into(),
            seen,
            disputed: sent.disputed,
        }));
    }

    /// Says again what the hub hasn't noted in time.
    pub(super) fn ask_again(&mut self, now: Now) {
        if self.session.is_none() {
            return;
        }
        let mut late = Vec::new();
        for (id, unnoted) in &mut self.unnoted {
            if now.steady_ms >= unnoted.since_ms + NOTED_WITHIN_MS {
                unnoted.since_ms = now.steady_ms;
                late.push(Sent { id: *id, content: unnoted.content.clone(), disputed: unnoted.disputed });
            }
        }
        for sent in late {
            self.event(Event::Unanswered(sent.id));
            self.send_proposal(sent);
        }
    }

    pub(super) fn noted(&mut self, noted: Noted) {
        if self.unnoted.remove(&noted.id).is_some() {
            self.event(Event::Answered(noted.id));
        }
        if let Some(verdict) = noted.verdict {
            self.take_verdict(verdict);
        }
    }

    pub(super) fn refused(&mut self, refused: Refused) {
        if self.unnoted.remove(&refused.id).is_some() {
            self.event(Event::Answered(refused.id));
            if !mutant::on(Mutant::RetryPoison) {
                self.ask_for(Purpose::Nothing, Ask::Quarantine(refused.id, refused.code));
            }
        }
    }

    /// Gives a restored hub back what it lost, a message at a time.
    pub(super) fn give_back(&mut self) {
        if self.session.is_none() || self.surplus_kept >= self.surplus || self.tail_sent > self.surplus_kept {
            return;
        }
        let first = self.surplus_kept;
        self.ask_for(Purpose::Surplus(first), Ask::Surplus(first));
    }

    pub(super) fn send_tail(&mut self, first: u64, lost: Vec<Lost>) {
        let tail = tail_of(first, lost);
        self.tail_sent = first + tail.entries.len() as u64;
        self.send(Message::Tail(tail));
    }

    pub(super) fn offer_orphans(&mut self, rows: Vec<AppointmentRow>) {
        if rows.is_empty() {
            return;
        }
        for part in crate::wire::in_parts(DayRows { appointments: rows, blockouts: Vec::new() }) {
            self.send(Message::Orphans(part));
        }
    }
}

/// As much of what was lost as a message holds.
fn tail_of(first: u64, lost: Vec<Lost>) -> Tail {
    let mut tail = Tail { first, entries: Vec::new(), wishes: Vec::new(), untold: Vec::new() };
    let mut bytes = 0;
    for Lost { public, wish, untold } in lost {
        let wish = wish.filter(|wish| wish.len() <= WISH_BYTES);
        bytes += public.len() + 8 + wish.as_ref().map_or(0, |wish| wish.len() + 8);
        bytes += untold.map_or(0, |proposal| proposal.len() + 1);
        if bytes > BATCH_BYTES {
            break;
        }
        tail.entries.push(public.into());
        tail.wishes.extend(wish.map(Into::into));
        tail.untold.extend(untold);
    }
    tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_goes_with_its_wishes_as_far_as_a_message_holds_both() {
        let lost =
            |wish: Option<usize>| Lost { public: vec![1; 200], wish: wish.map(|bytes| vec![2; bytes]), untold: None };
        let shape = |lost: Vec<Lost>| {
            let tail = tail_of(7, lost);
            assert_eq!(tail.first, 7);
            (tail.entries.len(), tail.wishes.len())
        };
        assert_eq!(shape(vec![lost(Some(300)), lost(None), lost(Some(300))]), (3, 2));
        assert_eq!(shape(vec![lost(Some(8_192)); 200]), (5, 5), "the rest follows in the next one");
        assert_eq!(shape(vec![lost(None); 200]), (200, 0));
        assert_eq!(shape(vec![lost(Some(BATCH_BYTES)), lost(Some(300))]), (2, 1), "too long to go at all");
        assert_eq!(shape(vec![lost(Some(WISH_BYTES)); 2]), (1, 1));
    }
}
