//! What patients wish, and how far each wish has come.

use std::fmt;
use std::future::Future;

use chairside_schedule::ClinicId;
use chairside_sync::body::{Day, Id, VerdictRow, Window};
use chairside_sync::booking::{Event, State};
use chairside_sync::holds::{Place, Refused, VisitorId};
use chairside_sync::mails::{BookingId, Outcome};
use chairside_sync::wire::{EndedRequest, Waiting};
use chairside_sync::{Hash, Now, Proposal, ProposalId};

use super::told::Spot;
use super::{Effects, StorageError};
use crate::keys::Salt;

/// A wish as it comes in.
#[derive(Clone, Debug)]
pub struct NewRequest {
    /// The clinic's.
    pub clinic: ClinicId,
    /// Which booking it is part of.
    pub booking: BookingId,
    /// The first of a booking brings the booking itself; one about a booking that is there, none.
    pub fresh: Option<NewBooking>,
    /// The wish. Its bytes are what the hub will be asked.
    pub proposal: Proposal,
    /// When its time has come, seconds since 1970 in UTC: then it is too late to send it.
    pub start_s: i64,
    /// The place to claim for it, and the hold that is given up for that.
    pub claim: Option<Claiming>,
    /// What the caller named this attempt.
    pub idempotency: Option<Idempotency>,
    /// Every check has passed already: it is held at once, and while its clinic
    /// isn't live the first that is told is that.
    pub screened: bool,
}

/// What a new booking's contact is asked for, beside an address.
#[derive(Clone, Copy, Default)]
pub struct Terms {
    /// How the contact is counted, and the bookings of it that were made since.
    pub counted: Option<Counted>,
    /// It has to be verified first: what the mailed code follows from. The
    /// place is kept by a hold meanwhile, and its request isn't screened.
    pub verify: Option<Salt>,
    /// It was acknowledged before, and lost by this store; no mail says so again.
    pub restored: Option<Restored>,
}

/// How much one contact may ask.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    /// A keyed hash of the contact.
    pub key: Hash,
    /// Bookings it may have made, at all clinics together.
    pub most: u32,
    /// Since when, milliseconds since 1970 in UTC.
    pub since_ms: i64,
}

/// What a booking that comes back was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Restored {
    /// When it first came in, milliseconds since 1970 in UTC.
    pub made_ms: i64,
    /// The how-manieth state the patient last heard of.
    pub sequence: u64,
}

/// A booking's own parts.
#[derive(Clone)]
pub struct NewBooking {
    /// BLAKE3 of the secret that opens it.
    pub secret_hash: Hash,
    /// An e-mail address; none where there is nobody to write to.
    pub contact: Option<String>,
    /// IETF tag of the language to write in.
    pub language: String,
    /// What is asked of it.
    pub terms: Terms,
}

impl fmt::Debug for NewBooking {
    // Whose address it is belongs in no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewBooking").field("language", &self.language).finish_non_exhaustive()
    }
}

/// A hold that becomes a claim.
#[derive(Clone, Copy, Debug)]
pub struct Claiming {
    /// Whose hold.
    pub visitor: VisitorId,
    /// Which place.
    pub place: Place,
    /// Its clinic-local day.
    pub day: Day,
}

/// Tells a repeated attempt from another one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Idempotency {
    /// A hash of the name of the attempt.
    pub key: Hash,
    /// A hash of everything that was said with it.
    pub body: Hash,
}

/// What became of a wish that came in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TakenDown {
    /// It is kept.
    Fresh(Effects),
    /// It was already: the same attempt, or the same wish.
    Known(ProposalId, State),
    /// Its id, its booking's id or its attempt's name stands for something else.
    OtherContent,
    /// Its place isn't to be had.
    NoPlace(Refused),
    /// There is no such booking at this clinic.
    NoBooking,
    /// Its contact has asked for as much as one may.
    TooMany,
}

/// A booking whose contact has to be verified, or was.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Verifying {
    /// What the code follows from.
    pub salt: Salt,
    /// Whose hold keeps the place.
    pub visitor: VisitorId,
    /// Wrong codes so far.
    pub tries: u32,
    /// It was.
    pub done: bool,
}

/// What came of a code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verified {
    /// The contact is verified, the request goes on.
    Now(Effects),
    /// It was already, or never had to be.
    Already,
    /// That isn't the code.
    Wrong,
    /// It was wrong too often.
    Spent,
    /// Somebody else has the place by now.
    NoPlace,
}

/// A booking as it stands.
#[derive(Clone, PartialEq)]
pub struct Booking {
    /// Its id.
    pub id: BookingId,
    /// The clinic's.
    pub clinic: ClinicId,
    /// The visit it is to become.
    pub appointment: Id,
    /// BLAKE3 of the secret that opens it.
    pub secret_hash: Hash,
    /// An e-mail address; none where there is none, or it was purged.
    pub contact: Option<String>,
    /// The language to write in.
    pub language: String,
    /// When it came in, milliseconds since 1970 in UTC.
    pub made_ms: i64,
    /// What the patient would be told now.
    pub outcome: Outcome,
    /// The how-manieth state it is.
    pub sequence: u64,
    /// The place it speaks of.
    pub spot: Spot,
    /// Its requests, in the order they came.
    pub requests: Vec<Request>,
    /// Whether its contact has to be verified; none where it never had to be.
    pub verifying: Option<Verifying>,
}

impl Booking {
    /// Its contact still has to be verified.
    pub fn waits_for_code(&self) -> bool {
        let open = self.requests.first().is_some_and(|first| first.state == State::Requested);
        open && self.verifying.is_some_and(|verifying| !verifying.done)
    }
}

impl fmt::Debug for Booking {
    // Whose address it is belongs in no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Booking")
            .field("id", &self.id)
            .field("outcome", &self.outcome)
            .field("sequence", &self.sequence)
            .field("requests", &self.requests)
            .finish_non_exhaustive()
    }
}

/// A request as it stands.
#[derive(Clone, PartialEq, Debug)]
pub struct Request {
    /// Its id.
    pub proposal: ProposalId,
    /// The booking it is part of.
    pub booking: BookingId,
    /// The clinic's.
    pub clinic: ClinicId,
    /// The fixed bytes that are proposed; empty once purged.
    pub content: Vec<u8>,
    /// Where it stands.
    pub state: State,
    /// Its number at the clinic.
    pub number: i64,
    /// It goes before others.
    pub urgent: bool,
    /// When it came in, milliseconds since 1970 in UTC.
    pub arrived_ms: i64,
    /// The days whose gates it needs.
    pub days: Vec<Day>,
    /// When its time has come, seconds since 1970 in UTC.
    pub start_s: i64,
    /// When it first left for the clinic.
    pub sent_ms: Option<i64>,
    /// Why it was set aside.
    pub quarantined: Option<String>,
    /// The clinic's answer.
    pub verdict: Option<VerdictRow>,
    /// When it ended.
    pub ended_ms: Option<i64>,
}

/// Requests and their bookings. Whoever serves a patient may write here: no
/// process owns a request, its states are moved by [`chairside_sync::booking`] alone.
pub trait RequestStorage {
    /// Takes a wish down, claims its place, and writes the mail that says so.
    fn take_down(&self, request: NewRequest, now: Now) -> impl Future<Output = Result<TakenDown, StorageError>> + Send;

    /// Moves a request on; empty where that changes nothing (its state stays)
    /// or there is no such request. One that is screened while its clinic
    /// isn't live is told to be held.
    fn step(
        &self,
        proposal: ProposalId,
        event: Event,
        now: Now,
    ) -> impl Future<Output = Result<Effects, StorageError>> + Send;

    /// Ends what was never sent and whose time has come, of all clinics, at most so many.
    fn expire(
        &self,
        now: Now,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<(ClinicId, Effects)>, StorageError>> + Send;

    /// A booking with its requests.
    fn booking(&self, id: BookingId) -> impl Future<Output = Result<Option<Booking>, StorageError>> + Send;

    /// Bookings whose place is on these days (clinic-local, the last not
    /// included), in the order of their places.
    fn bookings(
        &self,
        clinic: ClinicId,
        days: Window,
    ) -> impl Future<Output = Result<Vec<Booking>, StorageError>> + Send;

    /// Somebody entered a booking's code, which was `right` or not: counted,
    /// and the place claimed and the request sent on, in one transaction.
    fn verify(
        &self,
        booking: BookingId,
        right: bool,
        now: Now,
    ) -> impl Future<Output = Result<Verified, StorageError>> + Send;

    /// A request.
    fn request(&self, id: ProposalId) -> impl Future<Output = Result<Option<Request>, StorageError>> + Send;

    /// Requests of a clinic that are held, in the queue's order, at most so many.
    fn queue(&self, clinic: ClinicId, limit: u32) -> impl Future<Output = Result<Vec<Request>, StorageError>> + Send;

    /// What is shown at the desk of what waits here.
    fn waiting(&self, clinic: ClinicId, now: Now) -> impl Future<Output = Result<Waiting, StorageError>> + Send;

    /// Requests of a clinic that ended since then (milliseconds since 1970 in
    /// UTC) before they were ever sent, the latest first, at most so many.
    fn ended(
        &self,
        clinic: ClinicId,
        since_ms: i64,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<EndedRequest>, StorageError>> + Send;

    /// Forgets contact and content of bookings whose visit was before this
    /// moment (seconds since 1970 in UTC) and that have ended, at most so many.
    /// Told how many.
    fn purge(&self, before_s: i64, limit: u32) -> impl Future<Output = Result<u64, StorageError>> + Send;
}
