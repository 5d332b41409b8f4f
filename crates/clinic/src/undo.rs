//! Taking a change back by making the opposite one.

use chairside_schedule::Status;
use chairside_schedule::appointment::Appointment;
use chairside_schedule::id::AppointmentId;
use chairside_store::Tx;
use chairside_store::project::BeforeAfter;

use crate::api::{Saved, Undo};
use crate::booking::{saved_now, visit_and_patient};
use crate::desk::Desk;
use crate::problem::Problem;
use crate::returning;

impl Desk {
    /// Takes back what one log entry did to a visit: a booking is struck out,
    /// anything else goes back to how it was. Only while the visit is still as
    /// that change left it, so nobody else's work is undone with it; changes
    /// taken back since don't count.
    ///
    /// # Errors
    /// `nothing-to-undo`, `undo-too-late`, `clash` where the place has been
    /// taken since; the store's.
    pub async fn undo(&self, request: Undo) -> Result<Saved, Problem> {
        self.store.write(self.moment(), async move |tx| take_back(tx, request.seq).await).await
    }
}

/// The same inside a transaction: the opposite of what the entry `seq` did to a visit.
pub async fn take_back(tx: &mut Tx, seq: u64) -> Result<Saved, Problem> {
    let nothing = || Problem::new("nothing-to-undo");
    let record = tx.entry(seq).await?.ok_or_else(nothing)?;
    let id = AppointmentId(record.subject.ok_or_else(nothing)?);
    let private = record.private.ok_or_else(nothing)?;
    let change: BeforeAfter<Appointment> = serde_json::from_slice(&private.bytes).map_err(|_| nothing())?;
    let (current, _) = visit_and_patient(tx, id).await?;
    if current != (Appointment { version: current.version, ..change.after }) {
        return Err(Problem::new("undo-too-late"));
    }
    let mut after = change.before.unwrap_or_else(|| Appointment { status: Status::EnteredInError, ..current.clone() });
    after.version = current.version + 1;
    let overlap = returning::overlap(tx, &after, seq).await?;
    let seq = tx.update_appointment(&current, &after, overlap).await?;
    saved_now(tx, &after, seq).await
}
