//! What a mirror asks of its store, and what it is told.
//!
//! Every ask that writes carries the owner's token: the store refuses one
//! that is no longer the highest, so that of two processes one has an effect.

use std::collections::BTreeSet;

use super::follow::Followed;
use super::older::Older;
use super::{Event, Mirror};
use crate::body::{AppointmentRow, Day, Hash32, Id, SettingsRow, VerdictRow, Window};
use crate::days::DaySet;
use crate::digest::{DayRows, Digests};
use crate::now::Now;
use crate::proposal::ProposalId;
use crate::restore::Lost;
use crate::takeover::{Grant, Speaker};
use crate::wire::{At, Begin, Message, Trail};

/// Tells answers apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AskId(pub u64);

/// A request to a mirror's store. Each is one transaction, or one read.
#[derive(Clone, Debug)]
pub enum Ask {
    /// How far the mirror is. Told [`Told::Loaded`].
    Load,
    /// Add entries, after rolling back to [`Followed::back_to`], where that
    /// lies in the chain; put their rows in place and give proposals their
    /// verdicts. Nothing unless the store is at `after`, the signature is the
    /// hub's, [`Grant::lets_speak`] who says it and [`Grant::covers`] what is added.
    /// If the last entry is a mark, open a snapshot behind it. Told [`Told::Applied`].
    Apply {
        /// Where the store has to be.
        after: Option<At>,
        /// What is added.
        followed: Box<Followed>,
        /// The hub's word for it.
        signature: Vec<u8>,
        /// Who says so.
        speaker: Speaker,
    },
    /// Begin at a mark, without what was before; nothing unless
    /// [`Grant::lets_speak`] who says it. Told [`Told::Applied`].
    Begin(Begin, Speaker),
    /// The digests of the snapshot behind a mark, from its rows. Told [`Told::Digested`].
    Digest(u64, Window),
    /// Put a day (or the settings) in place as it was at the mark, the entries
    /// after the mark on top of it; what the hub doesn't have goes to orphans.
    /// Told [`Told::Replaced`].
    Replace {
        /// The mark.
        mark: u64,
        /// Which day; none for the settings.
        day: Option<Day>,
        /// Its rows.
        rows: DayRows,
        /// The settings.
        settings: Option<SettingsRow>,
        /// Nothing more of what differs follows.
        last: bool,
    },
    /// What was sent and has no verdict: for these days, for all before `from`,
    /// and what waits for no day. Told [`Told::Proposals`].
    Outstanding {
        /// Days whose gates have opened.
        days: Vec<Day>,
        /// The first day that is compared at all.
        from: Day,
    },
    /// The next held requests for these days, in the queue's order, marked as
    /// sent. Told [`Told::Proposals`].
    Release {
        /// Days whose gates are open and whose sent requests were proposed again.
        days: DaySet,
        /// Disputed ones, decided by a person.
        disputed: DaySet,
        /// At most so many.
        limit: usize,
    },
    /// A verdict given before and heard of by asking again. Told nothing.
    Verdict {
        /// The verdict.
        verdict: Box<VerdictRow>,
        /// The epoch of the hub that says so. Where another was granted the clinic
        /// since, it isn't taken: the new hub may have none, and is asked anew.
        epoch: u64,
    },
    /// Verdicts from before the mark the chain began at. Once the last are kept
    /// nothing is lacking any more. Told [`Told::Done`].
    OlderVerdicts {
        /// The verdicts.
        verdicts: Vec<VerdictRow>,
        /// The epoch of the hub that says so, as in [`Ask::Verdict`].
        epoch: u64,
        /// These are the last of them.
        last: bool,
    },
    /// The hub can't take this one. Told nothing.
    Quarantine(ProposalId, String),
    /// Entries of a lost life from this number on, verdicts with the wishes they
    /// answer. Told [`Told::Surplus`].
    Surplus(u64),
    /// They are back with the hub up to this number. Told nothing.
    SurplusKept(u64),
    /// Rows only this mirror has and that weren't offered yet. Told [`Told::Orphans`].
    Orphans,
    /// Which of the latest places in the chain there are, sparser the older.
    /// Told [`Told::Trail`].
    Trail,
}

/// The store's answers.
#[derive(Clone, Debug)]
pub enum Told {
    /// To [`Ask::Load`].
    Loaded {
        /// The last entry.
        at: Option<At>,
        /// Who decides for the clinic.
        granted: Grant,
        /// Lives of the hub's store that were left for others.
        left: BTreeSet<[u8; 16]>,
        /// The installation that wrote the last entries.
        node: Option<Id>,
        /// Entries of lost lives, ever.
        surplus: u64,
        /// How many of them, from the first, the hub has taken back.
        surplus_kept: u64,
        /// The chain began at a mark, and the verdicts from before it aren't all
        /// here. Who keeps none but those on its own requests lacks nothing: what
        /// it has sent is proposed again.
        lacks_verdicts: bool,
    },
    /// To [`Ask::Apply`] and [`Ask::Begin`].
    Applied(Applied),
    /// To [`Ask::Digest`]; none once the snapshot is gone.
    Digested(Option<Digests>),
    /// To [`Ask::Replace`]: the day's digest as of the mark.
    Replaced(Hash32),
    /// To [`Ask::Outstanding`] and [`Ask::Release`].
    Proposals(Vec<Sent>),
    /// To [`Ask::Surplus`]: from the number asked for.
    Surplus(Vec<Lost>),
    /// To [`Ask::Orphans`].
    Orphans(Vec<AppointmentRow>),
    /// To [`Ask::Trail`].
    Trail(Vec<At>),
    /// To what is told nothing.
    Done,
    /// Another process speaks for this mirror now.
    NotOwner,
    /// The store couldn't; it is asked again.
    Failed,
}

/// What became of entries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Applied {
    /// They are in.
    At {
        /// The position now.
        at: At,
        /// Days on which many rows changed at once.
        shut: Vec<Window>,
        /// Entries of lost lives, ever.
        surplus: u64,
        /// Lives of the hub's store that were left by this, and any its birth
        /// names: where there are some, all of the surplus is to be given back anew.
        left: Vec<[u8; 16]>,
    },
    /// The store is elsewhere, or the epoch has ended for whoever says this.
    Elsewhere,
    /// A birth's parent isn't in the chain.
    NoParent,
    /// Not the hub's signature.
    Forged,
}

/// A proposal that is on its way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sent {
    /// Its id.
    pub id: ProposalId,
    /// Its fixed bytes.
    pub content: Vec<u8>,
    /// It is for a disputed day.
    pub disputed: bool,
}

/// What the store is busy with.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Purpose {
    Load,
    Apply { mark: Option<Window> },
    Begin(Window),
    Older(Option<u64>),
    Replace { day: Option<Day>, digest: Hash32 },
    Outstanding(Vec<Day>),
    Release,
    Surplus(u64),
    Orphans,
    Trail,
    Nothing,
}

impl Mirror {
    pub(super) fn told(&mut self, now: Now, id: AskId, told: Told) {
        if self.digesting.is_some_and(|(asked, _)| asked == id) {
            return self.digested(now, told);
        }
        let Some((asked, purpose)) = self.busy.take() else { return };
        if asked != id {
            self.busy = Some((asked, purpose));
            return;
        }
        if matches!(told, Told::NotOwner) {
            self.end_session();
            self.loaded = false;
            return self.event(Event::NotOwner);
        }
        match (purpose, told) {
            (Purpose::Load, Told::Loaded { at, granted, left, node, surplus, surplus_kept, lacks_verdicts }) => {
                self.loaded = true;
                self.at = at;
                self.granted_to(granted);
                self.left = left;
                self.node = node;
                self.surplus = surplus;
                self.surplus_kept = surplus_kept;
                self.older = lacks_verdicts.then(Older::default);
                if std::mem::take(&mut self.wants_who) || self.session.is_none() {
                    self.answer(0, Message::Who);
                }
            }
            (Purpose::Apply { mark }, Told::Applied(applied)) => self.applied(now, mark, applied),
            (Purpose::Begin(window), Told::Applied(applied)) => {
                self.older = Some(Older::default());
                self.applied(now, Some(window), applied);
            }
            (Purpose::Older(next), Told::Done) => self.older_kept(next),
            (Purpose::Replace { day, digest }, Told::Replaced(mine)) => {
                if let Some(day) = day.filter(|_| mine == digest) {
                    self.compare.unequal.remove(&day);
                } else if day.is_none() && mine == digest {
                    self.compare.settings_differ = false;
                }
                if mine == digest {
                    if let (Some(day), Some(digests)) = (day, &mut self.compare.mine) {
                        digests.put(day, mine);
                    } else if let Some(digests) = &mut self.compare.mine {
                        digests.settings = mine;
                    }
                }
                self.say_equal(now, day);
            }
            (Purpose::Outstanding(days), Told::Proposals(sent)) => self.propose_again(now, days, sent),
            (Purpose::Release, Told::Proposals(sent)) => self.propose(now, sent),
            (Purpose::Release, _) => self.nudged = true,
            (Purpose::Surplus(first), Told::Surplus(lost)) => self.send_tail(first, lost),
            (Purpose::Orphans, Told::Orphans(rows)) => self.offer_orphans(rows),
            (Purpose::Trail, Told::Trail(places)) => self.send(Message::Trail(Trail { places })),
            (Purpose::Load, _) => self.load(),
            // The store failed; what was asked for is asked for again by who needs it.
            _ => {}
        }
    }
}
