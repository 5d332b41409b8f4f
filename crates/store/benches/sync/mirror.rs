//! A mirror's store in memory: its rows by day, as central's are by index.
//! It answers all that a mirror asks while no patient wishes anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chairside_sync::Public;
use chairside_sync::body::{AppointmentRow, BlockoutRow, Day, Hash32, Id, SettingsRow, VerdictRow, Window};
use chairside_sync::digest::{self, DayRows, Digests};
use chairside_sync::mirror::{Applied, Ask, Followed, Told, replace};
use chairside_sync::takeover::Grant;
use chairside_sync::wire::At;
use minicbor::{Decode, Encode};

use crate::Outcome;
use crate::line::sign;

/// The rows of the days, shared with the snapshots of marks until they change.
type Days = BTreeMap<Day, Arc<OfDay>>;

#[derive(Clone, Debug, Default)]
struct OfDay {
    visits: BTreeMap<Id, AppointmentRow>,
    blockouts: BTreeMap<Id, BlockoutRow>,
}

impl OfDay {
    fn rows(&self) -> DayRows {
        DayRows {
            appointments: self.visits.values().cloned().collect(),
            blockouts: self.blockouts.values().cloned().collect(),
        }
    }
}

/// What is read from the disk when a mirror starts.
#[derive(Encode, Decode)]
struct Kept {
    #[n(0)]
    at: Option<At>,
    #[n(1)]
    window: Window,
    #[n(2)]
    settings: Option<SettingsRow>,
    #[n(3)]
    days: BTreeMap<Day, DayRows>,
}

/// The store.
#[derive(Debug, Default)]
pub struct MirrorStore {
    at: Option<At>,
    window: Window,
    days: Days,
    day_of: BTreeMap<Id, Day>,
    settings: Option<SettingsRow>,
    mark: Option<(u64, Days)>,
    /// Visits of the entries behind the last mark.
    since_mark: Vec<AppointmentRow>,
    /// Days that were put in place.
    pub replaced: u32,
}

impl MirrorStore {
    /// The bytes a mirror's disk holds.
    pub fn to_bytes(&self) -> Outcome<Vec<u8>> {
        let days = self.days.iter().map(|(day, rows)| (*day, rows.rows())).collect();
        let kept = Kept { at: self.at, window: self.window, settings: self.settings.clone(), days };
        Ok(minicbor::to_vec(kept)?)
    }

    /// Reads them back.
    pub fn from_bytes(bytes: &[u8]) -> Outcome<Self> {
        let kept: Kept = minicbor::decode(bytes)?;
        let mut store = Self { at: kept.at, window: kept.window, settings: kept.settings, ..Self::default() };
        for (day, rows) in kept.days {
            store.day_of.extend(rows.appointments.iter().map(|row| (row.id, day)));
            let visits = rows.appointments.into_iter().map(|row| (row.id, row)).collect();
            let blockouts = rows.blockouts.into_iter().map(|row| (row.id, row)).collect();
            store.days.insert(day, Arc::new(OfDay { visits, blockouts }));
        }
        Ok(store)
    }

    /// The rows of a day.
    pub fn day(&self, day: Day) -> DayRows {
        self.days.get(&day).map(|rows| rows.rows()).unwrap_or_default()
    }

    /// Spoils a row of this day, as a bad disk would.
    pub fn spoil(&mut self, day: Day) {
        if let Some(row) = self.of_day(day).visits.values_mut().next() {
            row.start_s += 1_800;
        }
    }

    fn of_day(&mut self, day: Day) -> &mut OfDay {
        Arc::make_mut(self.days.entry(day).or_default())
    }

    fn put(&mut self, row: AppointmentRow) {
        if let Some(before) = self.day_of.remove(&row.id) {
            self.of_day(before).visits.remove(&row.id);
        }
        if self.window.contains(row.day) {
            self.day_of.insert(row.id, row.day);
            self.of_day(row.day).visits.insert(row.id, row);
        }
    }

    /// Answers what a mirror asks.
    ///
    /// # Errors
    /// An ask that this store isn't made for.
    pub fn answer(&mut self, ask: Ask) -> Outcome<Told> {
        Ok(match ask {
            Ask::Load => Told::Loaded {
                at: self.at,
                granted: Grant::FIRST,
                left: BTreeSet::new(),
                node: None,
                surplus: 0,
                surplus_kept: 0,
            },
            Ask::Apply { after, followed, signature, .. } => Told::Applied(self.apply(after, &followed, &signature)?),
            Ask::Begin(at, window) => {
                self.at = Some(at);
                self.mark_is(at.seq, window);
                Told::Applied(applied(at))
            }
            Ask::Digest(mark, window) => {
                let snapshot = self.mark.as_ref().filter(|(at, _)| *at == mark);
                Told::Digested(snapshot.map(|(_, days)| digests(days, self.settings.as_ref(), window)))
            }
            Ask::Replace { day: Some(day), rows, .. } => Told::Replaced(self.put_in_place(day, rows)),
            Ask::Replace { day: None, settings, .. } => {
                self.settings = settings;
                Told::Replaced(digest::of_settings(self.settings.as_ref()))
            }
            Ask::Outstanding { .. } | Ask::Release { .. } => Told::Proposals(Vec::new()),
            Ask::Orphans => Told::Orphans(Vec::new()),
            Ask::Verdict(_) => Told::Done,
            other => return Err(format!("nobody here has an answer to {other:?}").into()),
        })
    }

    fn apply(&mut self, after: Option<At>, followed: &Followed, signature: &[u8]) -> Outcome<Applied> {
        if self.at != after {
            return Ok(Applied::Elsewhere);
        }
        if followed.entries.last().is_none_or(|last| sign(last.hash) != *signature) {
            return Ok(Applied::Forged);
        }
        for next in &followed.entries {
            match next.public.clone() {
                Some(Public::Appointment(row)) => self.changed(row),
                Some(Public::Verdict(verdict)) => self.verdict(*verdict),
                Some(Public::Settings(settings)) => self.settings = Some(settings),
                Some(Public::Mark(window)) => self.mark_is(next.entry.header.seq, window),
                Some(Public::Patient(_)) | None => {}
                Some(other) => return Err(format!("nothing here writes {other:?}").into()),
            }
        }
        self.at = Some(followed.at);
        Ok(applied(followed.at))
    }

    fn changed(&mut self, row: AppointmentRow) {
        self.since_mark.push(row.clone());
        self.put(row);
    }

    fn verdict(&mut self, verdict: VerdictRow) {
        if let Some(row) = verdict.appointment {
            self.changed(row);
        }
    }

    fn mark_is(&mut self, seq: u64, window: Window) {
        self.window = window;
        self.days.retain(|day, _| window.contains(*day));
        self.day_of.retain(|_, day| window.contains(*day));
        self.mark = Some((seq, self.days.clone()));
        self.since_mark.clear();
    }

    fn put_in_place(&mut self, day: Day, sent: DayRows) -> Hash32 {
        let mine = self.days.get(&day).map(|rows| rows.visits.clone()).unwrap_or_default();
        let replaced = replace(day, &mine, &sent.appointments, &self.since_mark);
        for id in mine.keys() {
            self.day_of.remove(id);
        }
        *self.of_day(day) = OfDay::default();
        let digest = digest::of_day(&sent);
        self.of_day(day).blockouts.extend(sent.blockouts.into_iter().map(|row| (row.id, row)));
        for row in replaced.rows.into_values().chain(replaced.elsewhere) {
            self.put(row);
        }
        self.replaced += 1;
        digest
    }
}

fn applied(at: At) -> Applied {
    Applied::At { at, shut: Vec::new(), surplus: 0, left: None }
}

fn digests(days: &Days, settings: Option<&SettingsRow>, window: Window) -> Digests {
    let mut digests = Digests { settings: digest::of_settings(settings), days: BTreeMap::new() };
    for (day, rows) in days.range(window.from..window.to) {
        let rows = rows.rows();
        if !rows.is_empty() {
            digests.days.insert(*day, digest::of_day(&rows));
        }
    }
    digests
}
