//! A session as the mirror sees it: greeting, and applying what the hub says.

use super::ask::Purpose;
use super::compare::Compare;
use super::follow::follow_in;
use super::older::Older;
use super::{Applied, Ask, Event, Mirror, Misfit};
use crate::body::{Id, VerdictRow, Window};
use crate::hub::{AGAIN_MS, BEAT_MS, CLOCKS_APART_MS, SILENCE_MS};
use crate::mutant::{self, Mutant};
use crate::now::Now;
use crate::takeover::{Grant, Speaker};
use crate::wire::{
    AnotherHub, At, Beat, Begin, Envelope, Hello, Message, OLDEST_VERSION, Position, Superseded, Unreadable, VERSION,
};

/// Messages that wait for the store; more are dropped, and asked for again.
const INBOX: usize = 64;

/// One stretch of contact.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) number: u64,
    pub(super) nonce: u64,
    pub(super) version: u8,
    node: Id,
    /// The life of its store that the hub is in: another one begins another session.
    life: Id,
    /// The epoch in which the hub decides.
    pub(super) epoch: u64,
    pub(super) heard_ms: u64,
    pub(super) said_ms: u64,
    /// When the position was last said, by the steady clock.
    pub(super) position_ms: u64,
    /// When everything from there was last asked for again, if nothing has come since.
    again_ms: Option<u64>,
    /// When a comparison was last asked for.
    pub(super) compare_again_ms: Option<u64>,
    /// The hub's last words on where it is.
    pub(super) hub_seq: u64,
    pub(super) apart: bool,
}

impl Mirror {
    pub(super) fn received(&mut self, now: Now, bytes: &[u8]) {
        let envelope = match Envelope::from_bytes(bytes, self.start.clinic) {
            Ok(envelope) => envelope,
            Err(unreadable) => return self.event(Event::Refused(unreadable)),
        };
        if let Message::Hello(hello) = envelope.message {
            return self.hello(now, envelope.session, &hello);
        }
        let Some(session) = &mut self.session else {
            return self.want_who(now);
        };
        // A hub's words of an earlier session, or from before it heard of this one.
        let ours = envelope.session == session.number && envelope.nonce == session.nonce;
        if !ours && !mutant::on(Mutant::BelieveRetained) {
            return self.refuse_unless_beat(&envelope.message, Unreadable::Session);
        }
        session.heard_ms = now.steady_ms;
        match envelope.message {
            Message::Goodbye => {
                self.event(Event::Left);
                self.end_session();
            }
            Message::Beat(beat) => {
                session.hub_seq = session.hub_seq.max(beat.seq);
                self.clocks(now, beat.wall_ms);
            }
            message if self.inbox.len() < INBOX => self.inbox.push_back(message),
            _ => {}
        }
    }

    /// Beats of another session come every few seconds and say nothing.
    fn refuse_unless_beat(&mut self, message: &Message, why: Unreadable) {
        if !matches!(message, Message::Beat(_)) {
            self.event(Event::Refused(why));
        }
    }

    /// Somebody speaks while there is no session here. They are asked to say
    /// hello, now and then, and not before it is sure that this process still
    /// speaks for the mirror.
    fn want_who(&mut self, now: Now) {
        if now.steady_ms >= self.who_ms + AGAIN_MS {
            self.who_ms = now.steady_ms;
            self.wants_who = true;
        }
    }

    fn hello(&mut self, now: Now, number: u64, hello: &Hello) {
        if !self.loaded {
            return;
        }
        if hello.newest < OLDEST_VERSION || hello.oldest > VERSION {
            return self.event(Event::Refused(Unreadable::Version(hello.newest)));
        }
        if let Some(at) = self.superseded_at(hello) {
            return self.answer(number, Message::Superseded(Superseded { at }));
        }
        if let Some(session) = &self.session {
            let alive = now.steady_ms < session.heard_ms + SILENCE_MS;
            if session.node != hello.node && alive {
                let node = session.node;
                self.event(Event::AnotherHub(hello.node));
                return self.answer(number, Message::AnotherHub(AnotherHub { node }));
            }
            if session.number == number {
                // It hasn't heard where this side is.
                return self.say_position(now, false);
            }
        }
        self.end_session();
        self.nonces = self.nonces.wrapping_add(1);
        self.session = Some(Session {
            number,
            nonce: self.nonces,
            version: hello.newest.min(VERSION),
            node: hello.node,
            life: hello.tip.incarnation,
            epoch: hello.tip.epoch,
            heard_ms: now.steady_ms,
            said_ms: now.steady_ms,
            position_ms: now.steady_ms,
            again_ms: None,
            compare_again_ms: None,
            hub_seq: hello.tip.seq,
            apart: false,
        });
        self.clocks(now, hello.wall_ms);
        self.say_position(now, false);
    }

    /// Where the word of whoever says hello ended, if somebody else decides for
    /// the clinic by now: its epoch has ended, or its life of the store was
    /// left for another.
    fn superseded_at(&self, hello: &Hello) -> Option<At> {
        if let Some(at) = self.granted.supersedes(&hello.tip) {
            return Some(at);
        }
        // The same installation in an earlier life was restored without
        // noticing; its position tells it.
        let elsewhere = self.node.is_some_and(|node| node != hello.node);
        self.at.filter(|at| hello.tip.epoch < at.epoch || (elsewhere && self.left.contains(&*hello.tip.incarnation)))
    }

    /// Another desktop decides from now on: the old one hears so at once if it
    /// speaks just now, else when it says hello.
    pub(super) fn granted_to(&mut self, grant: Grant) {
        if grant.epoch <= self.granted.epoch {
            return;
        }
        self.granted = grant;
        let Some(taken) = grant.taken else { return };
        if self.session.as_ref().is_some_and(|session| session.node != taken.node) {
            self.send(Message::Superseded(Superseded { at: taken.at }));
            self.end_session();
        }
    }

    /// Keeps an answer that came beside the log.
    pub(super) fn take_verdict(&mut self, verdict: Box<VerdictRow>) {
        if let Some(Session { epoch, .. }) = self.session {
            self.ask_for(Purpose::Nothing, Ask::Verdict { verdict, epoch });
        }
    }

    pub(super) fn say_position(&mut self, now: Now, again: bool) {
        let position = Position {
            at: self.at,
            incarnation: self.start.incarnation,
            token: self.start.token,
            again,
            surplus: self.surplus - self.surplus_kept,
            version: self.session.as_ref().map_or(VERSION, |session| session.version),
            wall_ms: now.wall_ms,
        };
        if let Some(session) = &mut self.session {
            session.position_ms = now.steady_ms;
            if again {
                session.again_ms = Some(now.steady_ms);
            }
        }
        self.send(Message::Position(position));
    }

    fn clocks(&mut self, now: Now, theirs_ms: i64) {
        let Some(session) = &mut self.session else { return };
        let apart = now.wall_ms.abs_diff(theirs_ms) > CLOCKS_APART_MS;
        let before = std::mem::replace(&mut session.apart, apart);
        // Where they agree again nothing is open, and the hub, which may have heard
        // of it first, may be comparing already.
        if apart && !before {
            self.shut_all();
        }
    }

    /// Ends a session that has gone silent; says again what got no answer.
    pub(super) fn keep_session(&mut self, now: Now) {
        let Some(session) = &self.session else { return };
        if now.steady_ms >= session.heard_ms + SILENCE_MS {
            return self.end_session();
        }
        if self.is_behind() && now.steady_ms >= session.position_ms + AGAIN_MS {
            // The tail may be what was lost.
            self.tail_sent = self.surplus_kept;
            let here = self.at.map_or(0, |at| at.seq);
            let again = self.session.as_ref().is_some_and(|session| session.hub_seq > here);
            self.say_position(now, again);
        }
        if self.is_stalled() {
            let since = *self.compare.idle_since_ms.get_or_insert(now.steady_ms);
            if now.steady_ms >= since + AGAIN_MS {
                self.compare.idle_since_ms = Some(now.steady_ms);
                // That nothing is left to give back may be what the hub hasn't heard.
                self.say_position(now, false);
                self.send(Message::CompareAgain);
            }
        } else {
            self.compare.idle_since_ms = None;
        }
        self.keep_older(now);
        if now.steady_ms >= self.compare.said_ms + AGAIN_MS
            && let Some(message) = self.compare.said.clone()
        {
            self.compare.said_ms = now.steady_ms;
            self.send(message);
        }
    }

    /// Nothing is verified, and nothing is under way that would lead there: the
    /// hub believes it is done.
    pub(super) fn is_stalled(&self) -> bool {
        let open = self.session.as_ref().is_some_and(|session| !session.apart);
        let nothing = self.compare.said.is_none() && self.digesting.is_none() && self.busy.is_none();
        open && nothing && !self.compare.verified && !self.is_behind()
    }

    pub(super) fn beat(&mut self, now: Now) {
        let seq = self.at.map_or(0, |at| at.seq);
        let agreed = self.compare.verified && self.all_resent();
        let resent = self.compare.mark.map(|(mark, _)| mark).filter(|_| agreed);
        let Some(session) = &mut self.session else { return };
        // Whatever else is said: it carries the clock.
        if now.steady_ms >= session.said_ms + BEAT_MS {
            session.said_ms = now.steady_ms;
            self.send(Message::Beat(Beat { seq, wall_ms: now.wall_ms, resent }));
        }
    }

    /// Takes a message of this session, now that the store is free.
    pub(super) fn take(&mut self, now: Now, message: Message) {
        match message {
            Message::Entries(batch) => self.entries(now, &batch),
            Message::Root(root) => {
                self.compare.root = Some(root);
                let agreed = self.compare.verified && self.compare.mark.is_some_and(|(mark, _)| mark == root.mark);
                if agreed && self.digesting.is_none() && self.at.is_some_and(|at| at.seq == root.mark) {
                    // Compared once more while nothing was written: what the rows were says nothing of what they are.
                    self.compare.mine = None;
                    self.compare.mark = None;
                    self.mark_again(now);
                } else if self.compare.said.is_none() || self.compare.verified {
                    self.compare_now(now);
                }
            }
            Message::Rows(rows) => self.rows(*rows),
            Message::Verified(verified) => self.verified(verified),
            Message::Noted(noted) => self.noted(noted),
            Message::Refused(refused) => self.refused(refused),
            Message::Kept(kept) if kept.upto > self.surplus_kept => {
                self.surplus_kept = kept.upto.min(self.surplus);
                self.ask_for(Purpose::Nothing, Ask::SurplusKept(kept.upto));
                self.say_position(now, false);
            }
            Message::Kept(_) => {}
            Message::WhereFrom => self.ask_for(Purpose::Trail, Ask::Trail),
            Message::Begin(begin) => self.begin(begin),
            Message::Verdicts(page) => self.take_older(page),
            _ => self.event(Event::Refused(Unreadable::Role)),
        }
    }

    fn entries(&mut self, now: Now, batch: &crate::wire::Entries) {
        let life = self.session.as_ref().map(|session| session.life);
        match follow_in(life, self.at, batch, &self.granted) {
            Ok(None) => self.say_position(now, false),
            Ok(Some(followed)) => {
                let Some(speaker) = self.speaker() else { return };
                let ask = Ask::Apply {
                    after: self.at,
                    signature: batch.signature.to_vec(),
                    followed: Box::new(followed),
                    speaker,
                };
                let mark = match &ask {
                    Ask::Apply { followed, .. } => followed.mark,
                    _ => None,
                };
                self.ask_for(Purpose::Apply { mark }, ask);
            }
            Err(misfit) => {
                self.event(Event::Misfit(misfit));
                if let Misfit::Epoch(epoch) = misfit
                    && epoch > self.granted.epoch
                {
                    // Granted by another process, perhaps.
                    return self.load();
                }
                // Once is enough: every batch behind a gap is a misfit, and each
                // asking would bring all of them again.
                let asked_ms = self.session.as_ref().and_then(|session| session.again_ms);
                let waits = asked_ms.is_some_and(|asked_ms| now.steady_ms < asked_ms + AGAIN_MS);
                if !waits && !matches!(misfit, Misfit::Epoch(_) | Misfit::Unreadable(_)) {
                    self.say_position(now, true);
                }
            }
        }
    }

    /// Whose session this is.
    fn speaker(&self) -> Option<Speaker> {
        self.session.as_ref().map(|session| Speaker { node: session.node, epoch: session.epoch })
    }

    fn begin(&mut self, begin: Begin) {
        let follows = |here: At| here.incarnation != begin.at.incarnation || here.seq < begin.at.seq;
        if let Some(speaker) = self.speaker().filter(|_| self.at.is_none_or(follows)) {
            // Whatever lies between is never heard of.
            self.shut_all();
            self.ask_for(Purpose::Begin(begin.window), Ask::Begin(begin, speaker));
        }
    }

    pub(super) fn applied(&mut self, now: Now, mark: Option<Window>, applied: Applied) {
        match applied {
            Applied::At { at, shut, surplus, left } => {
                self.at = Some(at);
                self.node = self.session.as_ref().map(|session| session.node).or(self.node);
                self.surplus = surplus;
                if !left.is_empty() {
                    self.left.extend(left);
                    // What an earlier life took back it may have lost again.
                    self.surplus_kept = 0;
                    self.tail_sent = 0;
                    // Another life counts them otherwise.
                    self.older = self.older.map(|_| Older::default());
                    self.shut_all();
                }
                let shut = if mutant::on(Mutant::BulkKeepsGates) { Vec::new() } else { shut };
                self.compare.shut.extend(&shut);
                for days in shut {
                    self.open.retain(|day| !days.contains(*day));
                }
                if let Some(session) = &mut self.session {
                    session.hub_seq = session.hub_seq.max(at.seq);
                    session.epoch = session.epoch.max(at.epoch);
                    session.again_ms = None;
                }
                if let Some(window) = mark.filter(|_| self.session.is_some()) {
                    for days in [&mut self.open, &mut self.resent, &mut self.disputed] {
                        days.retain(|day| window.contains(*day));
                    }
                    self.compare = Compare {
                        mark: Some((at.seq, window)),
                        root: self.compare.root.filter(|root| root.mark >= at.seq),
                        ..Compare::default()
                    };
                    let id = self.ask(Ask::Digest(at.seq, window));
                    self.digesting = Some((id, at.seq));
                }
                self.say_position(now, false);
            }
            Applied::Elsewhere => {
                self.loaded = false;
                self.end_session();
                self.load();
            }
            // It grew from a place that isn't in the chain here: the hub has to hear which are.
            Applied::NoParent => self.ask_for(Purpose::Trail, Ask::Trail),
            Applied::Forged => self.event(Event::Refused(Unreadable::Forged)),
        }
    }
}
