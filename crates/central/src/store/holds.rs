//! Places kept while somebody fills in the form.

use std::future::Future;

use chairside_schedule::ClinicId;
use chairside_sync::Now;
use chairside_sync::body::Day;
use chairside_sync::holds::{By, Change, Place, Refused, Step, VisitorId};

use super::StorageError;

/// Holds, and who else is booking. Decided by [`chairside_sync::holds`] inside
/// the transaction that writes.
pub trait HoldStorage {
    /// Keeps a place on a day for a visitor, for the form or while they verify
    /// their contact; the one they had is let go.
    fn hold(
        &self,
        clinic: ClinicId,
        visitor: VisitorId,
        place: Place,
        day: Day,
        step: Step,
        now: Now,
    ) -> impl Future<Output = Result<Result<Vec<Change>, Refused>, StorageError>> + Send;

    /// The visitor leaves the form.
    fn leave(
        &self,
        clinic: ClinicId,
        visitor: VisitorId,
    ) -> impl Future<Output = Result<Option<Change>, StorageError>> + Send;

    /// Lets go of every hold whose limit has passed, of all clinics. Told which
    /// days look otherwise now.
    fn expire_holds(&self, now: Now) -> impl Future<Output = Result<Vec<(ClinicId, Day)>, StorageError>> + Send;

    /// What is being booked on these days (the last not included), and by whom.
    fn being_booked(
        &self,
        clinic: ClinicId,
        days: chairside_sync::body::Window,
        now: Now,
    ) -> impl Future<Output = Result<Vec<(By, Place)>, StorageError>> + Send;
}
