//! Mails that wait to be sent.

use std::future::Future;

use chairside_schedule::ClinicId;
use chairside_sync::Now;
use chairside_sync::mails::{BookingId, Key, Row};

use super::StorageError;

/// How a try ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// The mail server has it.
    Sent,
    /// Nobody took it, or nobody knows: it is tried again later. A stable word says why.
    Later(&'static str),
    /// It is refused for good, and why: a person is asked at once.
    Refused(&'static str),
    /// It was no longer true and didn't leave.
    Stayed,
}

/// A mail that was tried in vain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeadMail {
    /// The clinic it speaks of.
    pub clinic: ClinicId,
    /// The mail.
    pub row: Row,
    /// Why the last try failed, a stable word.
    pub why: Option<String>,
    /// Where it was to go, [masked](super::care::mask).
    pub contact: Option<String>,
}

/// The outbox: rows written with the state they speak of, read by whoever
/// sends. What becomes of each is [`chairside_sync::mails::plan`]'s word.
pub trait MailStorage {
    /// Plans every row that is due, drops what needn't be said, and begins a
    /// try of one that is to be sent: counted and committed before it leaves.
    /// None where nothing is to be sent just now. Until [`Self::end_mail`] says
    /// how it went, or its process is gone, no other mail of the same booking is
    /// begun: what arrives last is the last word.
    fn begin_mail(&self, now: Now) -> impl Future<Output = Result<Option<Row>, StorageError>> + Send;

    /// Whether a mail that was begun still speaks of what is: to be asked right
    /// before it leaves.
    fn may_leave(&self, key: Key) -> impl Future<Output = Result<bool, StorageError>> + Send;

    /// How a try that was begun went.
    fn end_mail(&self, key: Key, ended: Ended) -> impl Future<Output = Result<(), StorageError>> + Send;

    /// When the next row is due, by the wall clock; none while none waits.
    fn next_mail_ms(&self) -> impl Future<Output = Result<Option<i64>, StorageError>> + Send;

    /// Every mail of a booking, in the order they were written.
    fn mails_of(&self, booking: BookingId) -> impl Future<Output = Result<Vec<Row>, StorageError>> + Send;

    /// Mails that were tried in vain, the longest so first, at most so many: for a person.
    fn dead_mails(&self, limit: u32) -> impl Future<Output = Result<Vec<DeadMail>, StorageError>> + Send;

    /// Puts a booking's mails that were tried in vain back into line, as if they
    /// had never been tried; told how many. Those that aren't true any more are
    /// dropped like any other.
    fn try_mails_again(&self, booking: BookingId, now: Now) -> impl Future<Output = Result<u64, StorageError>> + Send;
}
