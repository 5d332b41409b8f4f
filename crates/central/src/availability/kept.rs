//! What was reckoned, kept per clinic, day and length.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chairside_schedule::{Clinic, ClinicId};
use chairside_sync::Now;
use chairside_sync::body::{Day, Window};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::{Known, Reckoned, plan_of, touched};
use crate::engine::watch::EVENTS_KEPT;
use crate::engine::{Engine, Event};
use crate::store::clinics::Clinic as Row;
use crate::store::{Storage, StorageError};

/// Days kept for one clinic: three months in a handful of lengths. Past that all are dropped.
const DAYS_KEPT: usize = 400;

/// Places kept of all clinics together, each of some 200 bytes with its text.
/// Past that all are dropped.
const SLOTS_KEPT: usize = 1_500_000;

/// How long a clinic's own row is kept, in milliseconds: a day that comes into
/// what is offered is read about that much later, and thousands of readers a
/// second don't each ask the store for the same row.
const ROW_MS: u64 = 250;

/// Everything kept. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Kept(Arc<Mutex<HashMap<ClinicId, OfClinic>>>);

/// What a watcher hears after [`Kept`] did: whoever looks then, looks at what is.
#[derive(Clone, Debug)]
pub enum Heard {
    /// This happened.
    Event(Event),
    /// So much that not all of it was heard.
    Missed,
}

#[derive(Debug, Default)]
struct OfClinic {
    /// Rises with every change that was heard of.
    heard: u64,
    /// Somebody hears of changes, and passes them on here once what is kept was dropped.
    told: Option<broadcast::Sender<Heard>>,
    plan: Option<Arc<Clinic>>,
    /// The clinic's own row, and when it was read, by the steady clock.
    row: Option<(u64, Arc<Row>)>,
    days: Days,
}

/// Reckoned days by number and length, and how many places they have.
#[derive(Debug, Default)]
struct Days {
    kept: HashMap<(Day, u32), Arc<Reckoned>>,
    slots: usize,
}

impl Days {
    fn put(&mut self, day: Day, minutes: u32, reckoned: Arc<Reckoned>) {
        if self.kept.len() >= DAYS_KEPT {
            *self = Self::default();
        }
        self.slots += reckoned.slots().len();
        if let Some(before) = self.kept.insert((day, minutes), reckoned) {
            self.slots -= before.slots().len();
        }
    }

    fn drop_day(&mut self, day: Day) {
        for (_, dropped) in self.kept.extract_if(|(kept, _), _| *kept == day) {
            self.slots -= dropped.slots().len();
        }
    }
}

impl Kept {
    /// The clinic's settings.
    ///
    /// # Errors
    /// The store's.
    pub async fn plan<S: Storage>(
        &self,
        engine: &Engine<S>,
        clinic: ClinicId,
    ) -> Result<Option<Arc<Clinic>>, StorageError> {
        let heard = self.listen(engine, clinic);
        if let Some(plan) = self.all().get(&clinic).and_then(|kept| kept.plan.clone()) {
            return Ok(Some(plan));
        }
        let settings = engine.storage().settings(clinic).await?;
        let Some(plan) = settings.as_ref().and_then(plan_of).map(Arc::new) else { return Ok(None) };
        self.keep(clinic, heard, |kept| kept.plan = Some(Arc::clone(&plan)));
        Ok(Some(plan))
    }

    /// The clinic's own row, for whoever only reads: as it stood a moment ago at
    /// the most. None where there is no such clinic.
    ///
    /// # Errors
    /// The store's.
    pub async fn row<S: Storage>(
        &self,
        engine: &Engine<S>,
        clinic: ClinicId,
        now: Now,
    ) -> Result<Option<Arc<Row>>, StorageError> {
        let kept = self.all().get(&clinic).and_then(|kept| kept.row.clone());
        if let Some((_, row)) = kept.filter(|(read_ms, _)| now.steady_ms.saturating_sub(*read_ms) < ROW_MS) {
            return Ok(Some(row));
        }
        let Some(row) = engine.storage().clinic(clinic).await?.map(Arc::new) else { return Ok(None) };
        let heard = self.listen(engine, clinic);
        self.keep(clinic, heard, |kept| kept.row = Some((now.steady_ms, Arc::clone(&row))));
        Ok(Some(row))
    }

    /// A day with every place on it.
    ///
    /// # Errors
    /// The store's.
    pub async fn day<S: Storage>(
        &self,
        engine: &Engine<S>,
        plan: &Clinic,
        clinic: ClinicId,
        day: Day,
        minutes: u32,
        now: Now,
    ) -> Result<Arc<Reckoned>, StorageError> {
        let days = Window { from: day, to: day.saturating_add(1) };
        let mut days = self.days(engine, plan, clinic, days, minutes, now).await?;
        Ok(days.pop().map_or_else(|| Arc::new(Reckoned::new(Vec::new())), |(_, day)| day))
    }

    /// These days with every place on them, in order.
    ///
    /// # Errors
    /// The store's.
    pub async fn days<S: Storage>(
        &self,
        engine: &Engine<S>,
        plan: &Clinic,
        clinic: ClinicId,
        days: Window,
        minutes: u32,
        now: Now,
    ) -> Result<Vec<(Day, Arc<Reckoned>)>, StorageError> {
        let heard = self.listen(engine, clinic);
        let mut found: Vec<(Day, Option<Arc<Reckoned>>)> = {
            let all = self.all();
            let kept = all.get(&clinic).map(|kept| &kept.days.kept);
            days.days().map(|day| (day, kept.and_then(|kept| kept.get(&(day, minutes)).cloned()))).collect()
        };
        // Days next to each other that nobody reckoned are read at once.
        for run in found.chunk_by_mut(|(_, one), (_, next)| one.is_none() == next.is_none()) {
            let (Some((from, None)), Some((last, _))) = (run.first(), run.last()) else { continue };
            let missing = Window { from: *from, to: last.saturating_add(1) };
            let known = Known::read_each(engine.storage(), clinic, missing, now).await?;
            for ((_, place), (day, known)) in run.iter_mut().zip(known) {
                let reckoned = Arc::new(Reckoned::new(known.slots(plan, day, minutes)));
                self.make_room(reckoned.slots().len());
                self.keep(clinic, heard, |kept| kept.days.put(day, minutes, Arc::clone(&reckoned)));
                *place = Some(reckoned);
            }
        }
        Ok(found.into_iter().filter_map(|(day, reckoned)| Some((day, reckoned?))).collect())
    }

    /// Drops every day of everybody where there is no room for so many places more.
    fn make_room(&self, more: usize) {
        let mut all = self.all();
        if all.values().map(|kept| kept.days.slots).sum::<usize>() + more > SLOTS_KEPT {
            all.values_mut().for_each(|kept| kept.days = Days::default());
        }
    }

    /// This process itself changed these days: nobody is shown them as they were.
    pub fn changed(&self, clinic: ClinicId, days: &std::collections::BTreeSet<Day>) {
        let mut all = self.all();
        let kept = all.entry(clinic).or_default();
        kept.heard += 1;
        for day in touched(days) {
            kept.days.drop_day(day);
        }
    }

    /// Everything that happens at a clinic from now on; none where nobody speaks for it.
    pub fn watch<S: Storage>(&self, engine: &Engine<S>, clinic: ClinicId) -> Option<broadcast::Receiver<Heard>> {
        self.listen(engine, clinic)?;
        self.all().get(&clinic)?.told.as_ref().map(broadcast::Sender::subscribe)
    }

    /// How much was heard of so far, with somebody listening from here on where anybody can.
    fn listen<S: Storage>(&self, engine: &Engine<S>, clinic: ClinicId) -> Option<u64> {
        let mut all = self.all();
        let kept = all.entry(clinic).or_default();
        if kept.told.is_none() {
            let mut events = engine.clinic(clinic)?.events();
            let told = broadcast::Sender::new(EVENTS_KEPT);
            kept.told = Some(told.clone());
            let mine = self.clone();
            tokio::spawn(async move {
                loop {
                    let heard = match events.recv().await {
                        Ok(event) => Heard::Event(event),
                        Err(RecvError::Lagged(_)) => Heard::Missed,
                        // Its actor has ended; whoever asks next hears the next one.
                        Err(RecvError::Closed) => return mine.drop_all(clinic, None),
                    };
                    match &heard {
                        Heard::Event(Event::Availability(days)) => mine.changed(clinic, days),
                        Heard::Event(Event::Settings) | Heard::Missed => mine.drop_all(clinic, Some(told.clone())),
                        Heard::Event(_) => {}
                    }
                    // Nobody listening is fine.
                    drop(told.send(heard));
                }
            });
        }
        Some(kept.heard)
    }

    fn drop_all(&self, clinic: ClinicId, told: Option<broadcast::Sender<Heard>>) {
        let mut all = self.all();
        let heard = all.get(&clinic).map_or(0, |kept| kept.heard);
        all.insert(clinic, OfClinic { heard: heard + 1, told, ..OfClinic::default() });
    }

    fn keep(&self, clinic: ClinicId, heard: Option<u64>, put: impl FnOnce(&mut OfClinic)) {
        let mut all = self.all();
        if let Some(kept) = all.get_mut(&clinic).filter(|kept| kept.told.is_some() && Some(kept.heard) == heard) {
            put(kept);
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<ClinicId, OfClinic>> {
        // Never held across a wait; each change of it is one call.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
