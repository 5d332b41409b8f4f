//! Finding a mirror's place: where in the log it stands, and what it needs from there.

use super::ask::{Found, Purpose};
use super::compare::Compare;
use super::link::Phase;
use super::{Ask, Event, Hub, LinkId};
use crate::body::Id;
use crate::mutant::{self, Mutant};
use crate::now::Now;
use crate::wire::{self, At, Message, Position, Trail, Unreadable, VERSION};

/// A mirror further behind than this, in entries, begins at a mark.
const MOST_BEHIND: u64 = 10_000;

impl Hub {
    pub(super) fn position(&mut self, now: Now, id: LinkId, nonce: u64, position: &Position) {
        self.clocks(id, now, position.wall_ms);
        let tip = self.tip.seq;
        let ours = Id::from(*self.tip.incarnation.0.as_bytes());
        let born_at = self.born.map_or(0, |born| born.seq);
        let Some(link) = self.links.get_mut(&id) else { return };
        // An owner of the mirror whose time is over.
        if position.token < link.token {
            return self.event(id, Event::Refused(Unreadable::Token));
        }
        let begins = link.nonce != nonce || link.phase == Phase::Greeting || position.token > link.token;
        let life = position.at.map(|at| at.incarnation);
        if !begins && link.their_life == Some(ours) && life != Some(ours) {
            // Said before it came into this life: nothing in it holds any more, least
            // of all how much it has to give back.
            return;
        }
        link.token = position.token;
        link.surplus = position.surplus;
        link.their_life = life;
        link.version = position.version.clamp(wire::OLDEST_VERSION, VERSION);
        if begins {
            link.nonce = nonce;
            link.shut_all();
            link.compare = Compare::Wanted;
            self.locate(now, id, position);
            return;
        }
        let Some(at) = position.at else {
            return self.locate(now, id, position);
        };
        if position.surplus > 0 && link.compare != Compare::Wanted && !mutant::on(Mutant::MarkBeforeTail) {
            // What it gives back may be verdicts: nothing is decided before they are here.
            link.shut_all();
            link.compare = Compare::Wanted;
        }
        // What lies ahead of this log nobody can have of it, and a place of a life
        // that this one has left says nothing of how far the mirror is in this one.
        let in_this_log = at.incarnation == ours || at.seq < born_at;
        let seq = at.seq.min(tip);
        if in_this_log && link.phase == Phase::Streaming && seq > link.acked {
            link.acked = seq;
            link.progress_ms = now.steady_ms;
            self.tell(Ask::Acknowledged(id, seq));
        }
        if position.again && self.links.get(&id).is_some_and(|link| link.phase == Phase::Streaming) {
            self.locate(now, id, position);
        }
    }

    fn locate(&mut self, now: Now, id: LinkId, position: &Position) {
        let Some(link) = self.links.get_mut(&id) else { return };
        link.phase = Phase::Locating;
        link.progress_ms = now.steady_ms;
        match position.at {
            Some(at) => self.ask(Purpose::Locate(id), Ask::Find(vec![at])),
            None => link.begin_at_a_mark(),
        }
    }

    pub(super) fn located(&mut self, id: LinkId, found: Found) {
        let tip = self.tip.seq;
        let Some(link) = self.links.get_mut(&id) else { return };
        match found {
            Found::At { resume_after, .. } if tip.saturating_sub(resume_after) <= MOST_BEHIND => {
                link.resume(resume_after);
            }
            Found::Diverged => self.send(id, Message::WhereFrom),
            Found::At { .. } | Found::TooOld => link.begin_at_a_mark(),
        }
    }

    pub(super) fn trail(&mut self, id: LinkId, trail: Trail) {
        // Heard twice, it would begin two lives.
        let begins = |purpose: &Purpose| matches!(purpose, Purpose::LocateTrail(_) | Purpose::Birth(_));
        let has_met = self.links.get(&id).is_some_and(|link| link.phase != Phase::Greeting);
        if has_met && !self.asks.values().any(begins) {
            self.ask(Purpose::LocateTrail(id), Ask::Find(trail.places));
        }
    }

    /// This store is behind what a mirror has of its own life, or of another
    /// history at the same place: a new life begins where they last agreed.
    pub(super) fn located_trail(&mut self, id: LinkId, found: Found) {
        let found = match found {
            // Not itself in the log: it says nothing of where the two last agreed.
            Found::At { place, resume_after } if place.seq != resume_after => Found::Diverged,
            found => found,
        };
        let ours = Id::from(*self.tip.incarnation.0.as_bytes());
        let follows_ours = self.links.get(&id).is_some_and(|link| link.their_life == Some(ours));
        match (found, self.born) {
            // This life grew from there already: its birth is what a mirror of
            // an earlier one needs next.
            (Found::At { place, .. }, Some(born)) if place == born.parent && !follows_ours => {
                if let Some(link) = self.links.get_mut(&id) {
                    link.resume(born.seq - 1);
                }
            }
            (Found::At { place, .. }, _) => self.ask(Purpose::Birth(id), Ask::Birth(place)),
            // Nothing in common: a life of its own, and the mirror begins anew at its first mark.
            (Found::Diverged | Found::TooOld, _) => {
                let tip = At::from(self.tip);
                let Some(link) = self.links.get_mut(&id) else { return };
                if follows_ours {
                    self.ask(Purpose::Birth(id), Ask::Birth(tip));
                } else {
                    link.begin_at_a_mark();
                }
            }
        }
    }
}
