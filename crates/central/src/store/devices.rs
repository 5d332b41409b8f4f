//! Who may speak for a clinic: its desks, and the one-time codes by which they
//! come to.

use std::future::Future;

use chairside_schedule::ClinicId;
use chairside_sync::pairing::{Bytes, Key};
use chairside_sync::{Hash, Now};
use uuid::Uuid;

use super::StorageError;
use super::clinics::NewClinic;

/// A code as it is kept: what it makes with a salt, never the code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewCode {
    /// Its name, by which a desk asks.
    pub name: String,
    /// What its key was made with.
    pub salt: Bytes<16>,
    /// Its key.
    pub key: Key,
    /// When it ends, milliseconds since 1970 in UTC.
    pub ends_ms: i64,
}

/// A code that somebody named, as it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Code {
    /// Whose desk it lets in.
    pub clinic: ClinicId,
    /// What its key was made with.
    pub salt: Bytes<16>,
    /// Its key.
    pub key: Key,
}

/// Why a code lets nobody in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CodeRefusal {
    /// No such code, or another was drawn since; or no such challenge, or it had its answer.
    #[error("no such code")]
    Unknown,
    /// Its ten minutes are over.
    #[error("the code has expired")]
    Expired,
    /// Its tries are used up.
    #[error("the code was tried too often")]
    UsedUp,
    /// A desk was let in by it already.
    #[error("the code was used")]
    Used,
    /// It is another clinic's.
    #[error("the code is another clinic's")]
    ClinicMismatch,
}

impl CodeRefusal {
    /// A stable word for programs and for the catalogue of sentences.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "code_unknown",
            Self::Expired => "code_expired",
            Self::UsedUp => "code_used_up",
            Self::Used => "code_used",
            Self::ClinicMismatch => "clinic_mismatch",
        }
    }
}

/// A desk as it is let in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewDevice {
    /// The clinic's id in the desk's store.
    pub clinic: ClinicId,
    /// The installation's id.
    pub device: Uuid,
    /// Of the public key its certificate is for.
    pub key_hash: Hash,
    /// The Ed25519 key that signs the clinic's log there.
    pub log_key: Bytes<32>,
    /// When its certificate ends, milliseconds since 1970 in UTC.
    pub until_ms: i64,
}

/// A desk as it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Device {
    /// The clinic it speaks for.
    pub clinic: ClinicId,
    /// The installation's id.
    pub device: Uuid,
    /// Of the public key its certificates are for.
    pub key_hash: Hash,
    /// The Ed25519 key that signs the clinic's log there.
    pub log_key: Bytes<32>,
    /// When it was let in, milliseconds since 1970 in UTC.
    pub paired_ms: i64,
    /// When its certificate ends, milliseconds since 1970 in UTC.
    pub until_ms: i64,
    /// Since when it may nothing any more, milliseconds since 1970 in UTC.
    pub revoked_ms: Option<i64>,
    /// Why its certificate was last not renewed, a stable word, and when
    /// (milliseconds since 1970 in UTC); none where it was renewed since.
    pub refused: Option<(String, i64)>,
}

/// Desks and their codes.
pub trait DeviceStorage {
    /// Adds a clinic that takes over its desk's id once one is paired: until
    /// then its own is for the operator alone, and nothing can be wished of it.
    /// `false` where it is there already, which changes nothing.
    fn add_awaiting(&self, clinic: NewClinic, now: Now) -> impl Future<Output = Result<bool, StorageError>> + Send;

    /// Whether a clinic still waits for its desk; `None` where it isn't there.
    fn awaits_desk(&self, clinic: ClinicId) -> impl Future<Output = Result<Option<bool>, StorageError>> + Send;

    /// Writes a code for a clinic and ends the one before; `false` where
    /// another clinic's code has that name: draw again.
    ///
    /// # Errors
    /// [`StorageError::NoClinic`].
    fn draw_code(
        &self,
        clinic: ClinicId,
        code: NewCode,
        now: Now,
    ) -> impl Future<Output = Result<bool, StorageError>> + Send;

    /// Counts a try of the code of this name and says what is needed to
    /// challenge whoever tries.
    fn try_code(
        &self,
        name: &str,
        now: Now,
    ) -> impl Future<Output = Result<Result<Code, CodeRefusal>, StorageError>> + Send;

    /// Keeps what was challenged, for one answer.
    fn keep_challenge(
        &self,
        clinic: ClinicId,
        challenge: Uuid,
        proof: Bytes<32>,
    ) -> impl Future<Output = Result<(), StorageError>> + Send;

    /// A challenge gets its one answer: which code's it is, and what was proved
    /// by it. Right or wrong, it takes no other.
    fn answer_challenge(
        &self,
        challenge: Uuid,
        now: Now,
    ) -> impl Future<Output = Result<Result<(Code, Bytes<32>), CodeRefusal>, StorageError>> + Send;

    /// Lets a desk in by the code of a clinic whose key is this one, in one
    /// transaction: the code is used, a clinic that waits takes over the desk's
    /// id, and the desk is among its devices, with these keys and no others.
    fn pair(
        &self,
        code: Code,
        device: NewDevice,
        now: Now,
    ) -> impl Future<Output = Result<Result<(), CodeRefusal>, StorageError>> + Send;

    /// Every device there ever was, of one clinic or of all, in the order they were paired.
    fn devices(&self, clinic: Option<ClinicId>) -> impl Future<Output = Result<Vec<Device>, StorageError>> + Send;

    /// A device.
    fn device(
        &self,
        clinic: ClinicId,
        device: Uuid,
    ) -> impl Future<Output = Result<Option<Device>, StorageError>> + Send;

    /// A device's certificate now ends later; `false` where it isn't there or was revoked.
    fn renew_device(
        &self,
        clinic: ClinicId,
        device: Uuid,
        until_ms: i64,
    ) -> impl Future<Output = Result<bool, StorageError>> + Send;

    /// A device asked for a new certificate in vain, and why: a stable word, for a person.
    fn renewal_refused(
        &self,
        clinic: ClinicId,
        device: Uuid,
        why: &'static str,
        now: Now,
    ) -> impl Future<Output = Result<(), StorageError>> + Send;

    /// A device may nothing from now on; `false` where it isn't there or could nothing before.
    fn revoke_device(
        &self,
        clinic: ClinicId,
        device: Uuid,
        now: Now,
    ) -> impl Future<Output = Result<bool, StorageError>> + Send;
}
