//! What is mirrored of a clinic, and by which process.

use std::collections::BTreeSet;
use std::future::Future;

use chairside_schedule::ClinicId;
use chairside_sync::body::{AppointmentRow, Day, Hash32, Id, SettingsRow, VerdictRow, Window};
use chairside_sync::booking::State as RequestState;
use chairside_sync::digest::{DayRows, Digests};
use chairside_sync::mails::BookingId;
use chairside_sync::mirror::{Applied, Followed, Sent};
use chairside_sync::restore::Lost;
use chairside_sync::takeover::{Grant, Speaker};
use chairside_sync::wire::{At, Begin};
use chairside_sync::{Now, ProposalId};
use uuid::Uuid;

use super::StorageError;

/// How long a claim stands without being renewed, in milliseconds: longer than
/// any pause that isn't a process's end, short enough to be waited for.
pub const LEASE_MS: u64 = 60_000;

/// Entries of the chain that are kept with their content: two months of a busy
/// clinic, and far more than are ever written between a mark and the comparison
/// at it, which needs those behind the mark. A hub restored from an older copy than that gets its days and
/// verdicts, but not what else had happened since.
pub const ENTRIES_KEPT: u64 = 20_000;

/// Of entries older than [`ENTRIES_KEPT`], one place in so many is kept.
pub const PLACES_APART: u64 = 1_000;

/// Entries given back at a time.
pub const SURPLUS_AT_ONCE: u32 = 200;

/// Which process speaks for a clinic: a claim's bearer. Only the latest may write.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Owner {
    /// Of which clinic.
    pub clinic: ClinicId,
    /// Rises with every claim.
    pub token: u64,
}

/// What a mirror is told when it starts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Loaded {
    /// The last entry.
    pub at: Option<At>,
    /// Who decides for the clinic.
    pub granted: Grant,
    /// Lives of the hub's store that were left for others.
    pub left: BTreeSet<[u8; 16]>,
    /// The installation that wrote the last entries.
    pub node: Option<Id>,
    /// Entries of lost lives, ever.
    pub surplus: u64,
    /// How many of them, from the first, the hub has taken back.
    pub surplus_kept: u64,
}

/// What a transaction changed that others want to hear of.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Effects {
    /// Days on which something else may be free now.
    pub days: BTreeSet<Day>,
    /// Hours, people or kinds changed: all days may.
    pub settings: bool,
    /// Requests that moved on.
    pub moved: Vec<Moved>,
    /// Mails were written.
    pub mails: bool,
}

impl Effects {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds what another transaction changed.
    pub fn add(&mut self, other: Self) {
        self.days.extend(other.days);
        self.settings |= other.settings;
        self.moved.extend(other.moved);
        self.mails |= other.mails;
    }
}

/// A request that moved on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moved {
    /// The booking it is part of.
    pub booking: BookingId,
    /// Which request.
    pub proposal: ProposalId,
    /// Where it stood.
    pub from: RequestState,
    /// Where it stands.
    pub to: RequestState,
}

/// The answers to what a [`chairside_sync::mirror::Mirror`] asks, each one
/// transaction or one read, and who may ask.
///
/// Every write is refused with [`StorageError::NotOwner`] unless it carries the
/// latest claim of the clinic.
pub trait MirrorStorage {
    /// Claims a clinic for a process: a swap that succeeds where nobody's claim
    /// stands, the last one hasn't been renewed for [`LEASE_MS`], or it was the
    /// same process's. `None` while another process has it.
    fn claim(
        &self,
        clinic: ClinicId,
        process: Uuid,
        now: Now,
    ) -> impl Future<Output = Result<Option<Owner>, StorageError>> + Send;

    /// Keeps a claim for another [`LEASE_MS`].
    fn renew(&self, owner: Owner, now: Now) -> impl Future<Output = Result<(), StorageError>> + Send;

    /// Lets a claim go, so that the next one needn't wait; nothing where it isn't the latest.
    fn let_go(&self, owner: Owner) -> impl Future<Output = Result<(), StorageError>> + Send;

    /// This store's own life, which hubs are told.
    fn incarnation(&self) -> impl Future<Output = Result<Id, StorageError>> + Send;

    /// How far the mirror is.
    fn load(&self, owner: Owner) -> impl Future<Output = Result<Loaded, StorageError>> + Send;

    /// Adds entries, with their rows, verdicts and mails; rolls back first where
    /// [`Followed::back_to`] says so. Where the last entry is a mark, the rows
    /// behind it can be asked for by [`Self::digest`] for a while. The
    /// signature was looked at before. Nothing of who isn't let speak any more
    /// ([`Grant::lets_speak`]).
    fn apply(
        &self,
        owner: Owner,
        after: Option<At>,
        followed: Followed,
        speaker: Speaker,
        now: Now,
    ) -> impl Future<Output = Result<(Applied, Effects), StorageError>> + Send;

    /// Begins at a mark, without what was before; nothing of who isn't let speak.
    fn begin(
        &self,
        owner: Owner,
        begin: Begin,
        speaker: Speaker,
        now: Now,
    ) -> impl Future<Output = Result<(Applied, Effects), StorageError>> + Send;

    /// The digests of the rows as they were behind a mark, read from rows and
    /// beside the writer; none where they are gone.
    fn digest(
        &self,
        owner: Owner,
        mark: u64,
        window: Window,
    ) -> impl Future<Output = Result<Option<Digests>, StorageError>> + Send;

    /// Puts a day in place as it was at the mark, the entries after it on top;
    /// what the hub doesn't have goes to orphans. Told the day's digest at the mark.
    fn replace_day(
        &self,
        owner: Owner,
        mark: u64,
        day: Day,
        rows: DayRows,
        now: Now,
    ) -> impl Future<Output = Result<(Hash32, Effects), StorageError>> + Send;

    /// Puts the settings in place as they were at the mark, unless an entry
    /// after it changed them again. Told their digest at the mark.
    fn replace_settings(
        &self,
        owner: Owner,
        mark: u64,
        settings: Option<SettingsRow>,
    ) -> impl Future<Output = Result<(Hash32, Effects), StorageError>> + Send;

    /// What was sent and has no verdict, for these days and all before `from`, in the order it came.
    fn outstanding(
        &self,
        owner: Owner,
        days: Vec<Day>,
        from: Day,
    ) -> impl Future<Output = Result<Vec<Sent>, StorageError>> + Send;

    /// Marks the next held requests for these days as sent, in the queue's
    /// order, at most so many. One that can't be read is set aside instead.
    fn release(
        &self,
        owner: Owner,
        days: BTreeSet<Day>,
        disputed: BTreeSet<Day>,
        limit: usize,
        now: Now,
    ) -> impl Future<Output = Result<(Vec<Sent>, Effects), StorageError>> + Send;

    /// Takes a verdict that was given before, as a hub of `epoch` says: of one
    /// whose clinic was granted to another since, none is taken.
    fn verdict(
        &self,
        owner: Owner,
        epoch: u64,
        verdict: VerdictRow,
        now: Now,
    ) -> impl Future<Output = Result<Effects, StorageError>> + Send;

    /// Sets a request aside for a person: the hub can't take it.
    fn quarantine(
        &self,
        owner: Owner,
        proposal: ProposalId,
        code: String,
        now: Now,
    ) -> impl Future<Output = Result<(), StorageError>> + Send;

    /// Entries of lost lives from this number on, at most [`SURPLUS_AT_ONCE`],
    /// verdicts with the requests they answer, as far as those are still here.
    fn surplus(&self, owner: Owner, from: u64) -> impl Future<Output = Result<Vec<Lost>, StorageError>> + Send;

    /// They are back with the hub, up to this number.
    fn surplus_kept(&self, owner: Owner, upto: u64) -> impl Future<Output = Result<(), StorageError>> + Send;

    /// Rows that only this mirror has, and that the hub's log doesn't speak of.
    fn orphans(&self, owner: Owner) -> impl Future<Output = Result<Vec<AppointmentRow>, StorageError>> + Send;

    /// Places of the chain, the latest first, sparser the older.
    fn trail(&self, owner: Owner) -> impl Future<Output = Result<Vec<At>, StorageError>> + Send;

    /// Notes how the clinic is reached. Where it is live, every verdict there is
    /// has been heard, and mails may leave. Where it is offline, whoever was
    /// told that a wish was received is told that it is held.
    fn reached(
        &self,
        owner: Owner,
        state: chairside_sync::hub::State,
        now: Now,
    ) -> impl Future<Output = Result<Effects, StorageError>> + Send;
}
