//! A mirror's store in memory: its rows by day, as central's are by index.
//! It answers all that a mirror asks while no patient wishes anything.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chairside_sync::Public;
use chairside_sync::body::{AppointmentRow, BlockoutRow, Day, Hash32, Id, SettingsRow, Window};
use chairside_sync::digest::{self, DayRows, Digests};
use chairside_sync::mirror::{Applied, Ask, Followed, Told, replace};
use chairside_sync::takeover::Grant;
use chairside_sync::wire::{At, Begin};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use crate::Outcome;
use crate::line::sign;

/// The rows of the days, shared with the snapshots of marks until they change.
type Days = BTreeMap<Day, Arc<OfDay>>;

/// A day's rows. As in a database they are read from their bytes when they are
/// wanted, and not all of them when the mirror starts.
#[derive(Clone, Debug)]
enum OfDay {
    /// The bytes of [`DayRows`].
    Unread(ByteVec),
    Read(Visits, Blockouts),
}

type Visits = BTreeMap<Id, AppointmentRow>;
type Blockouts = BTreeMap<Id, BlockoutRow>;

impl OfDay {
    fn new(rows: DayRows) -> Self {
        Self::Read(
            rows.appointments.into_iter().map(|row| (row.id, row)).collect(),
            rows.blockouts.into_iter().map(|row| (row.id, row)).collect(),
        )
    }

    fn rows(&self) -> Outcome<DayRows> {
        Ok(match self {
            Self::Unread(bytes) => minicbor::decode(bytes)?,
            Self::Read(visits, blockouts) => DayRows {
                appointments: visits.values().cloned().collect(),
                blockouts: blockouts.values().cloned().collect(),
            },
        })
    }
}

/// What lies on a mirror's disk.
#[derive(Encode, Decode)]
struct Kept {
    #[n(0)]
    at: Option<At>,
    #[n(1)]
    window: Window,
    #[n(2)]
    settings: Option<SettingsRow>,
    #[n(3)]
    days: BTreeMap<Day, ByteVec>,
    #[n(4)]
    day_of: HashMap<Id, Day>,
}

/// The store.
#[derive(Debug, Default)]
pub struct MirrorStore {
    at: Option<At>,
    window: Window,
    days: Days,
    /// On which day a visit is.
    day_of: HashMap<Id, Day>,
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
        let mut days = BTreeMap::new();
        for (day, rows) in &self.days {
            days.insert(*day, minicbor::to_vec(rows.rows()?)?.into());
        }
        let settings = self.settings.clone();
        let kept = Kept { at: self.at, window: self.window, settings, days, day_of: self.day_of.clone() };
        Ok(minicbor::to_vec(kept)?)
    }

    /// Starts from them.
    pub fn from_bytes(bytes: &[u8]) -> Outcome<Self> {
        let Kept { at, window, settings, days, day_of } = minicbor::decode(bytes)?;
        let days = days.into_iter().map(|(day, rows)| (day, Arc::new(OfDay::Unread(rows)))).collect();
        Ok(Self { at, window, days, day_of, settings, ..Self::default() })
    }

    /// The rows of a day.
    pub fn day(&self, day: Day) -> Outcome<DayRows> {
        self.days.get(&day).map_or_else(|| Ok(DayRows::default()), |rows| rows.rows())
    }

    /// Spoils a row of this day, as a bad disk would.
    pub fn spoil(&mut self, day: Day) -> Outcome<()> {
        if let Some(row) = self.of_day(day)?.0.values_mut().next() {
            row.start_s += 1_800;
        }
        Ok(())
    }

    fn of_day(&mut self, day: Day) -> Outcome<(&mut Visits, &mut Blockouts)> {
        let of_day = self.days.entry(day).or_insert_with(|| Arc::new(OfDay::new(DayRows::default())));
        if let OfDay::Unread(_) = &**of_day {
            *of_day = Arc::new(OfDay::new(of_day.rows()?));
        }
        match Arc::make_mut(of_day) {
            OfDay::Read(visits, blockouts) => Ok((visits, blockouts)),
            OfDay::Unread(_) => Err("a day that was read is unread".into()),
        }
    }

    fn put(&mut self, row: AppointmentRow) -> Outcome<()> {
        if let Some(before) = self.day_of.remove(&row.id) {
            self.of_day(before)?.0.remove(&row.id);
        }
        if self.window.contains(row.day) {
            self.day_of.insert(row.id, row.day);
            self.of_day(row.day)?.0.insert(row.id, row);
        }
        Ok(())
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
                lacks_verdicts: false,
            },
            Ask::Apply { after, followed, signature, .. } => Told::Applied(self.apply(after, &followed, &signature)?),
            Ask::Begin(Begin { at, window, .. }, _) => {
                self.at = Some(at);
                self.mark_is(at.seq, window);
                Told::Applied(applied(at))
            }
            Ask::Digest(mark, window) => {
                let snapshot = self.mark.as_ref().filter(|(at, _)| *at == mark);
                let digests = snapshot.map(|(_, days)| digests(days, self.settings.as_ref(), window));
                Told::Digested(digests.transpose()?)
            }
            Ask::Replace { day: Some(day), rows, .. } => Told::Replaced(self.put_in_place(day, rows)?),
            Ask::Replace { day: None, settings, .. } => {
                self.settings = settings;
                Told::Replaced(digest::of_settings(self.settings.as_ref()))
            }
            Ask::Outstanding { .. } | Ask::Release { .. } => Told::Proposals(Vec::new()),
            Ask::Orphans => Told::Orphans(Vec::new()),
            Ask::Verdict { .. } | Ask::OlderVerdicts { .. } => Told::Done,
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
                Some(Public::Appointment(row)) => self.changed(row)?,
                Some(Public::Verdict(verdict)) => {
                    if let Some(row) = verdict.appointment {
                        self.changed(row)?;
                    }
                }
                Some(Public::Settings(settings)) => self.settings = Some(settings),
                Some(Public::Mark(window)) => self.mark_is(next.entry.header.seq, window),
                Some(Public::Patient(_)) | None => {}
                Some(other) => return Err(format!("nothing here writes {other:?}").into()),
            }
        }
        self.at = Some(followed.at);
        Ok(applied(followed.at))
    }

    fn changed(&mut self, row: AppointmentRow) -> Outcome<()> {
        self.since_mark.push(row.clone());
        self.put(row)
    }

    fn mark_is(&mut self, seq: u64, window: Window) {
        self.window = window;
        self.days.retain(|day, _| window.contains(*day));
        self.day_of.retain(|_, day| window.contains(*day));
        self.mark = Some((seq, self.days.clone()));
        self.since_mark.clear();
    }

    fn put_in_place(&mut self, day: Day, sent: DayRows) -> Outcome<Hash32> {
        let (visits, blockouts) = self.of_day(day)?;
        let mine = std::mem::take(visits);
        let digest = digest::of_day(&sent);
        *blockouts = sent.blockouts.into_iter().map(|row| (row.id, row)).collect();
        let replaced = replace(day, &mine, &sent.appointments, &self.since_mark);
        for id in mine.keys() {
            self.day_of.remove(id);
        }
        for row in replaced.rows.into_values().chain(replaced.elsewhere) {
            self.put(row)?;
        }
        self.replaced += 1;
        Ok(digest)
    }
}

fn applied(at: At) -> Applied {
    Applied::At { at, shut: Vec::new(), surplus: 0, left: Vec::new() }
}

fn digests(days: &Days, settings: Option<&SettingsRow>, window: Window) -> Outcome<Digests> {
    let mut digests = Digests { settings: digest::of_settings(settings), days: BTreeMap::new() };
    for (day, rows) in days.range(window.from..window.to) {
        let rows = rows.rows()?;
        if !rows.is_empty() {
            digests.days.insert(*day, digest::of_day(&rows));
        }
    }
    Ok(digests)
}
