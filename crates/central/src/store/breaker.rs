//! Whether a clinic is called just now.

use std::future::Future;

use chairside_schedule::ClinicId;
use chairside_sync::Now;
use chairside_sync::breaker::{Breaker, Change, Outcome, Permit};

use super::StorageError;

/// What a turn of the breaker came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Turned {
    /// Whether to call now.
    pub permit: Permit,
    /// What the page is told, in order.
    pub changes: Vec<Change>,
}

/// One breaker per clinic, the same for every process.
pub trait BreakerStorage {
    /// As it stands; closed where there was never anything to say.
    fn breaker(&self, clinic: ClinicId) -> impl Future<Output = Result<Breaker, StorageError>> + Send;

    /// Takes in how calls under a permit went, and asks for the next permit:
    /// read, decided by [`chairside_sync::breaker`] and swapped in one transaction.
    fn turn_breaker(
        &self,
        clinic: ClinicId,
        called: Option<(Permit, Vec<Outcome>)>,
        now: Now,
    ) -> impl Future<Output = Result<Turned, StorageError>> + Send;
}
