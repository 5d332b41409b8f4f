//! What came in online while nobody looked: counts for a system notification,
//! which stands where anybody may read it, so that no name is among them.

use chairside_store::Record;
use chairside_sync::{Author, Public};

use crate::desk::Desk;
use crate::problem::Problem;

/// How many entries are read at once.
const AT_ONCE: u32 = 500;

/// New bookings that came in online.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Arrivals {
    /// Confirmed by the clinic's rule.
    pub confirmed: u32,
    /// Put before staff.
    pub waiting: u32,
}

impl Desk {
    /// What came in online after the log's entry `after`, and where the log
    /// ends now. An answer by somebody at the desk is no news to them.
    ///
    /// # Errors
    /// The store's.
    pub async fn arrivals(&self, after: u64) -> Result<(Arrivals, u64), Problem> {
        let (mut arrivals, mut after) = (Arrivals::default(), after);
        loop {
            let records = self.store().log_after(after, AT_ONCE).await?;
            let Some(last) = records.last() else { return Ok((arrivals, after)) };
            after = last.entry.header.seq;
            for record in &records {
                arrivals.count(record);
            }
        }
    }
}

impl Arrivals {
    fn count(&mut self, record: &Record) {
        // What this version can't read it can't announce either.
        let Ok(public) = Public::from_bytes(&record.entry.public) else { return };
        // A visit's first version: the others are changes of one that was there.
        match public {
            Public::Pending(row) if row.appointment.as_ref().is_some_and(|visit| visit.version == 1) => {
                self.waiting += 1;
            }
            Public::Verdict(row) => {
                let by_rule = matches!(record.entry.header.by, Author::Node(_));
                let new = row.appointment.as_ref().is_some_and(|visit| visit.version == 1);
                if by_rule && row.accepted && !row.again && new {
                    self.confirmed += 1;
                }
            }
            _ => {}
        }
    }

    /// Whether there is nothing to tell.
    pub const fn is_empty(&self) -> bool {
        self.confirmed == 0 && self.waiting == 0
    }
}
