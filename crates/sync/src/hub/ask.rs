//! What the hub asks of its store, and what it is told.

use crate::days::DaySet;

use super::{Born, Hub, LinkId};
use crate::body::{Day, Id, SettingsRow, VerdictRow, Window};
use crate::chain::Tip;
use crate::digest::{DayRows, Digests};
use crate::now::Now;
use crate::proposal::ProposalId;
use crate::wire::{At, Begin, EndedRequest, Entries, Kept, Message, Noted, Propose, Refused, Verdicts};

/// Tells answers apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AskId(pub u64);

/// A request to the hub's store. Each is one transaction, or one read.
#[derive(Clone, Debug)]
pub enum Ask {
    /// The first of these places that lies in the log; if none does, what
    /// follows for a mirror at the first of them: the latest birth that grew from
    /// its life, not behind it.
    /// Told [`Told::Found`].
    Find(Vec<At>),
    /// The entries after `after`, up to and including `upto`, as many as a
    /// message holds without a number missing, the last one signed. Told
    /// [`Told::Batch`].
    Batch {
        /// The last one the mirror has.
        after: u64,
        /// The last one that may be in it.
        upto: u64,
    },
    /// Commit a mark, unless the last entry is one for the same window, and
    /// open a snapshot right behind it. Told [`Told::Marked`].
    Mark(Window),
    /// The digests of the mark's snapshot, from its rows. Told [`Told::Digested`].
    Digest(u64, Window),
    /// A day of the mark's snapshot, or its settings. Told [`Told::Day`].
    Day(u64, Option<Day>),
    /// Keep a proposal until it is decided. Told [`Told::Received`].
    Receive(Propose),
    /// Decide what waits, in order, a batch at a time, in one transaction.
    /// Told [`Told::Decided`].
    Decide {
        /// What may be decided.
        gate: Gate,
        /// Bookings and moves go before staff.
        ask_staff: bool,
        /// The wall clock, milliseconds since 1970 in UTC.
        now_ms: i64,
    },
    /// Write what a mirror gives back of a lost life. Told [`Told::TookBack`].
    TakeBack {
        /// The entries' public parts, oldest first.
        entries: Vec<Vec<u8>>,
        /// The wishes that verdicts among them answer, as far as the mirror has
        /// them ([`crate::restore::wishes`]): who asked is sealed in them.
        wishes: Vec<Vec<u8>>,
        /// The proposals whose verdicts among them nobody was told of.
        untold: Vec<Id>,
    },
    /// Write what a companion gives back: what it had of a lost life, or did
    /// itself before another took over from it. Told [`Told::TookBack`].
    TakeAside(Vec<Vec<u8>>),
    /// Rows that only a mirror has: keep those nobody here knows as conflicts.
    /// Told [`Told::TookBack`].
    TakeOrphans(DayRows),
    /// Keep what became of requests that ended at a mirror, for people to read;
    /// one that is known, or was answered here, stays as it is. Told nothing,
    /// and nothing waits for it: each session says it again.
    TakeEnded(Vec<EndedRequest>),
    /// Begin a new life that grew from this place: a birth, and behind it once
    /// more the last verdict on every wish answered since that place, and the
    /// visits changed since, as they are now. Told [`Told::Born`].
    Birth(At),
    /// The verdicts kept, from this one on. Told [`Told::Verdicts`].
    Verdicts(u64),
    /// A mirror has everything up to here. Told nothing, and nothing waits for it.
    Acknowledged(LinkId, u64),
}

/// What may be decided just now.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Gate {
    /// Days verified in the running session.
    pub open: DaySet,
    /// Days only a person decides about.
    pub disputed: DaySet,
    /// Days whose once sent proposals have all been proposed again.
    pub resent: DaySet,
    /// The first day that is compared at all. What lies before it is over: it
    /// is open as soon as any day is.
    pub from: Day,
    /// Nothing is `past` while the clocks disagree.
    pub clocks_apart: bool,
}

impl Gate {
    /// Whether a proposal that touches these days may be decided.
    pub fn lets_through(&self, days: &[Day], disputed: bool) -> bool {
        crate::mutant::on(crate::mutant::Mutant::DecideBehindShutGate)
            || days.iter().all(|day| self.is_open(*day) || (disputed && self.disputed.contains(day)))
    }

    /// Whether a day is verified, or over.
    pub fn is_open(&self, day: Day) -> bool {
        self.open.contains(&day) || (day < self.from && !self.open.is_empty())
    }

    /// Whether everything once sent for these days has been proposed again.
    pub fn is_resent(&self, days: &[Day]) -> bool {
        days.iter().all(|day| self.resent.contains(day) || (*day < self.from && !self.resent.is_empty()))
    }
}

/// What became of a proposal that came in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Receipt {
    /// It is in the inbox, now or since before.
    Noted,
    /// It was decided before.
    Decided(Box<VerdictRow>),
    /// It can't be taken, and why.
    Refused(&'static str),
}

/// The store's answers.
#[derive(Clone, Debug)]
pub enum Told {
    /// To [`Ask::Find`].
    Found(Found),
    /// To [`Ask::Batch`]; `None` where the log no longer holds them.
    Batch(Option<Box<Entries>>),
    /// To [`Ask::Mark`].
    Marked {
        /// The mark's seq.
        mark: u64,
        /// Where the log ends now.
        tip: Tip,
        /// The lives this store has left, as a birth names them.
        left: Vec<Id>,
    },
    /// To [`Ask::Digest`]; `None` once the snapshot is gone.
    Digested(Option<Digests>),
    /// To [`Ask::Day`]; `None` once the snapshot is gone.
    Day(Option<Box<(DayRows, Option<SettingsRow>)>>),
    /// To [`Ask::Receive`].
    Received(Receipt),
    /// To [`Ask::Decide`].
    Decided {
        /// Where the log ends now.
        tip: Tip,
        /// There may be more that can be decided.
        more: bool,
        /// When the next pending proposal's limit is reached.
        next_limit_ms: Option<i64>,
    },
    /// To [`Ask::TakeBack`], [`Ask::TakeAside`] and [`Ask::TakeOrphans`].
    TookBack {
        /// Where the log ends now.
        tip: Tip,
    },
    /// To [`Ask::Birth`].
    Born {
        /// Where the log ends now.
        tip: Tip,
        /// The new life.
        born: Born,
    },
    /// To [`Ask::Verdicts`]: some, and where the rest begins.
    Verdicts(Vec<VerdictRow>, Option<u64>),
    /// To what is told nothing.
    Done,
    /// The store couldn't; it is asked again.
    Failed,
}

/// Where a mirror's places lie.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    /// This one is in the log: entries go on after `resume_after`.
    At {
        /// Which of the places.
        place: At,
        /// The last entry that needn't be sent.
        resume_after: u64,
    },
    /// None of this life's; the places are ahead of this store, or of another history.
    Diverged,
    /// Older than what is kept: the mirror begins from a mark.
    TooOld,
}

/// What an ask was for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Purpose {
    Locate(LinkId),
    LocateTrail(LinkId),
    Stream(LinkId),
    Mark(LinkId, Window),
    Digest(LinkId, u64, Window),
    Day(LinkId, u64, Option<Day>),
    Receive(LinkId, ProposalId),
    TakeBack(LinkId, u64),
    Orphans(LinkId),
    Birth(LinkId),
    Verdicts(LinkId, u64, u64),
    Decide,
}

impl Purpose {
    pub(super) const fn link(self) -> Option<LinkId> {
        match self {
            Self::Locate(id)
            | Self::LocateTrail(id)
            | Self::Stream(id)
            | Self::Mark(id, _)
            | Self::Digest(id, _, _)
            | Self::Day(id, _, _)
            | Self::Receive(id, _)
            | Self::TakeBack(id, _)
            | Self::Orphans(id)
            | Self::Birth(id)
            | Self::Verdicts(id, _, _) => Some(id),
            Self::Decide => None,
        }
    }
}

impl Hub {
    pub(super) fn told(&mut self, now: Now, id: AskId, told: Told) {
        let purpose = self.asks.remove(&id);
        // For a session that is over, too: what it committed counts all the same.
        self.learn_tip(&told);
        if matches!(told, Told::Born { .. }) {
            // Each session is of one life.
            let links: Vec<LinkId> = self.links.keys().copied().collect();
            return links.into_iter().for_each(|link| self.begin_anew(now, link));
        }
        let Some(purpose) = purpose else { return };
        match (purpose, told) {
            (Purpose::Locate(link), Told::Found(found)) => self.located(link, found),
            (Purpose::LocateTrail(link), Told::Found(found)) => self.located_trail(link, found),
            (Purpose::Stream(link), Told::Batch(batch)) => self.stream(now, link, batch),
            (Purpose::Mark(link, window), Told::Marked { mark, tip, left }) => {
                self.marked(link, mark, Begin { at: At::from(tip), window, left });
            }
            (Purpose::Digest(link, mark, window), Told::Digested(digests)) => {
                self.digested(now, link, mark, window, digests);
            }
            (Purpose::Day(link, mark, day), Told::Day(rows)) => self.day_read(now, link, mark, day, rows),
            (Purpose::Receive(link, proposal), Told::Received(receipt)) => {
                self.received_proposal(link, proposal, receipt);
            }
            (Purpose::TakeBack(link, upto), Told::TookBack { .. }) => {
                self.send(link, Message::Kept(Kept { upto }));
                self.event(link, super::Event::TookBack(upto));
            }
            (Purpose::Verdicts(link, mark, from), Told::Verdicts(verdicts, next)) => {
                let page = Verdicts { mark, verdicts, last: next.is_none(), from: Some(from), next };
                self.send(link, Message::Verdicts(page));
                if let Some(next) = next {
                    self.ask_verdicts(link, mark, next);
                }
            }
            (Purpose::Decide, Told::Decided { more, next_limit_ms, .. }) => {
                self.deciding = false;
                self.undecided |= more;
                self.next_limit_ms = next_limit_ms;
            }
            (Purpose::Decide, _) => {
                self.deciding = false;
                self.undecided = true;
            }
            // The store failed, or answered something else: the link's timers ask again.
            (Purpose::Mark(link, _) | Purpose::Digest(link, _, _), _) => {
                self.marking = None;
                if let Some(link) = self.links.get_mut(&link) {
                    link.want_compare();
                }
            }
            (Purpose::Stream(link), _) => {
                if let Some(link) = self.links.get_mut(&link) {
                    link.reading = None;
                }
            }
            _ => {}
        }
    }

    fn learn_tip(&mut self, told: &Told) {
        match told {
            Told::Marked { tip, .. } | Told::Decided { tip, .. } | Told::TookBack { tip } => self.stands_at(*tip),
            Told::Born { tip, born } => {
                self.stands_at(*tip);
                self.born = Some(*born);
            }
            _ => {}
        }
    }

    /// Tells a mirror that began at a mark which verdicts were given before it.
    pub(super) fn ask_verdicts(&mut self, link: LinkId, mark: u64, from: u64) {
        self.ask(Purpose::Verdicts(link, mark, from), Ask::Verdicts(from));
    }

    fn received_proposal(&mut self, link: LinkId, id: ProposalId, receipt: Receipt) {
        let message = match receipt {
            Receipt::Noted => {
                self.undecided = true;
                Message::Noted(Noted { id, verdict: None })
            }
            Receipt::Decided(verdict) => Message::Noted(Noted { id, verdict: Some(verdict) }),
            Receipt::Refused(code) => Message::Refused(Refused { id, code: code.to_owned() }),
        };
        self.send(link, message);
    }
}
