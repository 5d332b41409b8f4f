//! What the store does for the hub: one write after another, reads beside them.

use std::collections::VecDeque;
use std::time::Duration;

use chairside_store::{HubSide, Moment, StoreError};
use chairside_sync::hub::{Ask, AskId, Told};
use chairside_sync::{Author, Tip};
use chrono_tz::Tz;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use super::courtesy::Courtesy;
use crate::clock::Clock;

/// Reads beside each other: more would only wait for the store's connections,
/// which the desk's own reads need too.
const READS: usize = 2;

/// How long a store that failed is left alone.
const FAILED: Duration = Duration::from_secs(1);

/// Asks on their way to the store, and answers on their way back.
#[derive(Debug)]
pub(super) struct Lanes {
    side: HubSide,
    clock: Clock,
    writes: VecDeque<(AskId, Ask)>,
    reads: VecDeque<(AskId, Ask)>,
    writing: bool,
    reading: usize,
    courtesy: Courtesy,
    working: JoinSet<Done>,
}

#[derive(Debug)]
struct Done {
    id: AskId,
    told: Told,
    wrote: bool,
}

impl Lanes {
    pub fn new(side: HubSide, clock: Clock) -> Self {
        let (writes, reads) = (VecDeque::new(), VecDeque::new());
        Self {
            side,
            clock,
            writes,
            reads,
            writing: false,
            reading: 0,
            courtesy: Courtesy::default(),
            working: JoinSet::new(),
        }
    }

    /// Where the clinic's log ends.
    pub fn tip(&self) -> Tip {
        self.side.store().tip()
    }

    /// The zone of the clinic's clocks.
    pub fn zone(&self) -> Tz {
        self.side.store().clinic().zone
    }

    /// Somebody works at the desk.
    pub fn committed(&mut self) {
        self.courtesy.committed(Instant::now());
    }

    /// Takes an ask in; it begins as soon as its lane is free.
    pub fn ask(&mut self, id: AskId, ask: Ask) {
        let lane = if is_read(&ask) { &mut self.reads } else { &mut self.writes };
        lane.push_back((id, ask));
        self.go_on();
    }

    /// The next answer; waits for ever where nothing is asked. Cancelling it loses nothing.
    ///
    /// # Errors
    /// The store's code panicked; what it was asked gets no answer.
    pub async fn answer(&mut self) -> Result<(AskId, Told), JoinError> {
        let Some(done) = self.working.join_next().await else { return std::future::pending().await };
        let done = done?;
        if done.wrote {
            self.writing = false;
        } else {
            self.reading -= 1;
        }
        if let Told::Batch(Some(batch)) = &done.told {
            self.courtesy.told(batch.entries.len(), Instant::now());
        }
        self.go_on();
        Ok((done.id, done.told))
    }

    /// Lets what has begun finish, and begins nothing more.
    pub async fn finish(mut self) {
        while let Some(done) = self.working.join_next().await {
            if let Err(error) = done {
                tracing::error!(%error, "the store failed in a panic");
            }
        }
    }

    fn go_on(&mut self) {
        if !self.writing
            && let Some((id, ask)) = self.writes.pop_front()
        {
            self.writing = true;
            self.begin(id, ask, true);
        }
        while self.reading < READS
            && let Some((id, ask)) = self.reads.pop_front()
        {
            self.reading += 1;
            self.begin(id, ask, false);
        }
    }

    fn begin(&mut self, id: AskId, ask: Ask, wrote: bool) {
        let side = self.side.clone();
        let moment = Moment { by: Author::Node(side.store().node()), at_ms: self.clock.now_ms() };
        let rest_until = self.courtesy.rest_until(Instant::now()).filter(|_| matches!(ask, Ask::Batch { .. }));
        self.working.spawn(async move {
            if let Some(until) = rest_until {
                tokio::time::sleep_until(until).await;
            }
            let told = match side.answer(ask, moment).await {
                Ok(told) => told,
                Err(error) => {
                    tracing::warn!(%error, "the store could not do what the link asked; it is asked again");
                    if !matches!(error, StoreError::Closed) {
                        tokio::time::sleep(FAILED).await;
                    }
                    Told::Failed
                }
            };
            Done { id, told, wrote }
        });
    }
}

/// Whether an ask only reads; all others go through the writer, in order.
const fn is_read(ask: &Ask) -> bool {
    matches!(ask, Ask::Find(_) | Ask::Batch { .. } | Ask::Digest(..) | Ask::Day(..) | Ask::Verdicts(_))
}
