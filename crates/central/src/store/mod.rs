//! What central keeps, and how it is asked for it.
//!
//! **Promise.** Each method of these traits is one transaction or one read.
//! What was answered is on the disk. A write of what is mirrored carries its
//! owner's claim and is refused once another process has claimed the clinic. A
//! request moves only as [`chairside_sync::booking`] says, and the mail that
//! tells of it stands in the same transaction.
//!
//! **Reading order.** [`mirror`] (what the protocol asks), [`requests`],
//! [`holds`], [`mails`], [`breaker`], [`clinics`], [`care`]; [`told`] (what a patient is
//! told, pure); [`sqlite`] (the implementation that comes with central).
//!
//! **To add an implementation:** 1. the traits; 2. a line for its factory in
//! `tests/storage/main.rs`: every test there then runs on it too.

pub mod breaker;
pub mod care;
pub mod clinics;
pub mod devices;
mod error;
pub mod holds;
pub mod mails;
pub mod mirror;
pub mod requests;
pub mod sqlite;
pub mod told;

pub use breaker::BreakerStorage;
pub use care::CareStorage;
pub use clinics::ClinicStorage;
pub use devices::DeviceStorage;
pub use error::StorageError;
pub use holds::HoldStorage;
pub use mails::MailStorage;
pub use mirror::{Effects, MirrorStorage, Moved, Owner};
pub use requests::RequestStorage;
pub use sqlite::SqliteStorage;

/// Everything central keeps, in one place. Cheap to clone.
pub trait Storage:
    MirrorStorage
    + RequestStorage
    + HoldStorage
    + MailStorage
    + BreakerStorage
    + ClinicStorage
    + CareStorage
    + DeviceStorage
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<S> Storage for S where
    S: MirrorStorage
        + RequestStorage
        + HoldStorage
        + MailStorage
        + BreakerStorage
        + ClinicStorage
        + CareStorage
        + DeviceStorage
        + Clone
        + Send
        + Sync
        + 'static
{
}
