//! What a decision is made on, gathered inside the transaction that writes it.

use std::collections::BTreeMap;

use chairside_schedule::Clinic;
use chairside_schedule::hours::Blockout;
use chairside_schedule::rules::Busy;
use chairside_sync::Proposal;
use chairside_sync::body::{AppointmentRow, Day};
use chairside_sync::decide::{ALTERNATIVE_DAYS, Facts, First, blockout_of, busy_of, days_read};
use std::sync::Arc;

use super::inbox;
use crate::error::StoreError;
use crate::rows::projected;
use crate::tx::Tx;

/// Days read for the decisions of one transaction: a morning's release is
/// mostly about the same ones.
#[derive(Debug, Default)]
pub(super) struct Days(BTreeMap<Day, DayFacts>);

#[derive(Debug)]
struct DayFacts {
    busy: Vec<Busy>,
    blockouts: Vec<Blockout>,
}

/// What [`Facts`] borrow from.
#[derive(Debug)]
pub(super) struct Gathered {
    clinic: Arc<Clinic>,
    pub(super) visit: Option<AppointmentRow>,
    first: First,
    busy: Vec<Busy>,
    blockouts: Vec<Blockout>,
}

impl Gathered {
    pub(super) fn facts(&self) -> Facts<'_> {
        Facts {
            clinic: &self.clinic,
            visit: self.visit.clone(),
            first: self.first,
            busy: &self.busy,
            blockouts: &self.blockouts,
        }
    }
}

impl Days {
    /// A row of this day was written.
    pub(super) fn forget(&mut self, day: Day) {
        self.0.remove(&day);
    }
}

impl Tx {
    /// Gathers what a proposal is decided on.
    pub(super) async fn gather(&mut self, proposal: &Proposal, days: &mut Days) -> Result<Gathered, StoreError> {
        let mut gathered = Gathered {
            clinic: self.clinic(),
            visit: self.projected(proposal.appointment).await?,
            first: inbox::first(&mut self.conn, proposal.after).await?,
            busy: Vec::new(),
            blockouts: Vec::new(),
        };
        if let Some((from, to)) = days_read(proposal) {
            // What lies on the days beside them may reach into these.
            for day in from.saturating_sub(1)..=to.saturating_add(1).max(from.saturating_add(ALTERNATIVE_DAYS)) {
                let read = self.read_day(day, days).await?;
                gathered.busy.extend(&read.busy);
                gathered.blockouts.extend(read.blockouts.iter().cloned());
            }
        }
        Ok(gathered)
    }

    async fn read_day<'a>(&mut self, day: Day, days: &'a mut Days) -> Result<&'a DayFacts, StoreError> {
        use std::collections::btree_map::Entry;
        match days.0.entry(day) {
            Entry::Occupied(read) => Ok(read.into_mut()),
            Entry::Vacant(place) => {
                let rows = projected::day(&mut self.conn, day).await?;
                Ok(place.insert(DayFacts {
                    busy: rows.appointments.iter().filter_map(busy_of).collect(),
                    blockouts: rows.blockouts.iter().filter_map(blockout_of).collect(),
                }))
            }
        }
    }
}
