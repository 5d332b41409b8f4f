//! A hub's store in memory, as small as one can be that books visits, takes
//! wishes and compares.

use std::collections::BTreeMap;

use chairside_sync::body::{AppointmentRow, BirthRow, Day, Hash32, Id, Parent, SettingsRow, VerdictRow, Window};
use chairside_sync::chain::{Hash, Tip};
use chairside_sync::digest::{self, DayRows, Digests};
use chairside_sync::hub::{Ask, Born, Found, Gate, Receipt, Seen, Told, batch, receipt};
use chairside_sync::proposal::{Proposal, Wish, content_hash, content_hash32, day_of};
use chairside_sync::wire::{At, EndedRequest, Propose};
use chairside_sync::{Author, Causes, Entry, Header, Incarnation, NodeId, Private, Public};
use uuid::Uuid;

/// The clinic's signature in these tests: a keyed hash.
pub fn sign(hash: Hash) -> Vec<u8> {
    Private { salt: [9; 32], bytes: hash.0.to_vec() }.commitment().0.to_vec()
}

/// What is compared, of both sides.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Rows {
    pub visits: BTreeMap<Id, AppointmentRow>,
    pub settings: Option<SettingsRow>,
}

impl Rows {
    pub fn day(&self, day: Day) -> DayRows {
        let appointments = self.visits.values().filter(|row| row.day == day).cloned().collect();
        DayRows { appointments, blockouts: Vec::new() }
    }

    pub fn digests(&self, window: Window) -> Digests {
        let rows = window.days().map(|day| (day, self.day(day))).filter(|(_, rows)| !rows.is_empty());
        let days = rows.map(|(day, rows)| (day, digest::of_day(&rows))).collect();
        Digests { settings: digest::of_settings(self.settings.as_ref()), days }
    }
}

/// Everything a desk has on its disk.
#[derive(Clone, PartialEq, Debug)]
pub struct Desk {
    pub node: NodeId,
    pub tip: Tip,
    pub born: Option<(u64, At)>,
    log: Vec<(Entry, Hash)>,
    pub rows: Rows,
    snapshots: BTreeMap<u64, Rows>,
    pub inbox: BTreeMap<Id, (Proposal, Hash, Option<VerdictRow>)>,
    /// What mirrors gave back, as it came.
    pub given_back: Vec<Vec<u8>>,
    pub orphans: Vec<AppointmentRow>,
    /// Requests that ended at the mirror, as often as that was heard.
    pub ended: Vec<EndedRequest>,
}

/// A visit of half an hour.
pub fn visit(number: u8, day: Day, hour: i64) -> AppointmentRow {
    let start_s = i64::from(day) * 86_400 + hour * 3_600;
    AppointmentRow {
        id: Id::from([number; 16]),
        version: 1,
        practitioner: Id::from([0xb1; 16]),
        chair: None,
        kind: Id::from([0xc1; 16]),
        status: "booked".to_owned(),
        day,
        local_s: start_s,
        zone: "Europe/Stockholm".to_owned(),
        start_s: start_s - 3_600,
        end_s: start_s - 1_800,
        patient: Id::from([0xd1; 16]),
    }
}

impl Desk {
    /// A clinic's first, with its settings.
    pub fn found() -> Self {
        let incarnation = Incarnation(Uuid::from_u128(0x11fe));
        let mut desk = Self {
            node: NodeId(Uuid::from_u128(0xde5c)),
            tip: Tip { epoch: 1, incarnation, seq: 0, hash: Hash::GENESIS },
            born: None,
            log: Vec::new(),
            rows: Rows::default(),
            snapshots: BTreeMap::new(),
            inbox: BTreeMap::new(),
            given_back: Vec::new(),
            orphans: Vec::new(),
            ended: Vec::new(),
        };
        desk.append(&Public::Birth(BirthRow { parent: None, left: Vec::new() }));
        let settings = SettingsRow { version: 1, content: "{}".to_owned() };
        desk.append(&Public::Settings(settings.clone()));
        desk.rows.settings = Some(settings);
        desk
    }

    /// Staff book a visit.
    pub fn book(&mut self, row: AppointmentRow) {
        self.append(&Public::Appointment(row.clone()));
        self.rows.visits.insert(row.id, row);
    }

    /// What the next entry of the log would be, if this were its public part.
    pub fn next(&self, body: &Public) -> Entry {
        let header = Header {
            epoch: self.tip.epoch,
            incarnation: self.tip.incarnation,
            seq: self.tip.seq + 1,
            at_ms: 0,
            by: Author::Node(self.node),
            causes: Causes::default(),
        };
        let commitment = Private { salt: [1; 32], bytes: Vec::new() }.commitment();
        Entry { header, public: body.to_bytes(), commitment }
    }

    fn append(&mut self, body: &Public) {
        let entry = self.next(body);
        self.tip = self.tip.after(&entry).expect("the next one");
        self.log.push((entry, self.tip.hash));
    }

    pub fn answer(&mut self, ask: Ask) -> Told {
        match ask {
            Ask::Find(places) => {
                let here = |place: &&At| self.log.iter().any(|(entry, hash)| is_at(entry, *hash, place));
                Told::Found(
                    places
                        .iter()
                        .find(here)
                        .map_or(Found::Diverged, |place| Found::At { place: *place, resume_after: place.seq }),
                )
            }
            Ask::Batch { after, upto } => Told::Batch(self.batch(after, upto).map(Box::new)),
            Ask::Mark(window) => {
                let last = self.log.last().and_then(|(entry, _)| Public::from_bytes(&entry.public).ok());
                if last != Some(Public::Mark(window)) {
                    self.append(&Public::Mark(window));
                }
                self.snapshots.insert(self.tip.seq, self.rows.clone());
                Told::Marked { mark: self.tip.seq, tip: self.tip, left: Vec::new() }
            }
            Ask::Digest(mark, window) => Told::Digested(self.snapshots.get(&mark).map(|rows| rows.digests(window))),
            Ask::Day(mark, day) => Told::Day(self.snapshots.get(&mark).map(|rows| {
                let settings = rows.settings.clone().filter(|_| day.is_none());
                Box::new((day.map(|day| rows.day(day)).unwrap_or_default(), settings))
            })),
            Ask::Receive(propose) => Told::Received(self.receive(&propose)),
            Ask::Decide { gate, .. } => self.decide(&gate),
            Ask::TakeBack { entries, .. } | Ask::TakeAside(entries) => {
                self.given_back.extend(entries);
                Told::TookBack { tip: self.tip }
            }
            Ask::TakeOrphans(rows) => {
                self.orphans.extend(rows.appointments);
                Told::TookBack { tip: self.tip }
            }
            Ask::Birth(parent) => {
                let life = Uuid::from_u128(self.tip.incarnation.0.as_u128() + 1);
                self.tip.incarnation = Incarnation(life);
                let (incarnation, seq, hash) = (parent.incarnation, parent.seq, parent.hash);
                self.append(&Public::Birth(BirthRow {
                    parent: Some(Parent { incarnation, seq, hash }),
                    left: Vec::new(),
                }));
                self.born = Some((self.tip.seq, parent));
                Told::Born { tip: self.tip, born: Born { seq: self.tip.seq, parent } }
            }
            Ask::Verdicts(_) => {
                let verdicts = self.inbox.values().filter_map(|(_, _, verdict)| verdict.clone());
                Told::Verdicts(verdicts.collect(), None)
            }
            Ask::TakeEnded(ended) => {
                self.ended.extend(ended);
                Told::Done
            }
            Ask::Acknowledged(..) => Told::Done,
        }
    }

    fn batch(&self, after: u64, upto: u64) -> Option<chairside_sync::wire::Entries> {
        let first = usize::try_from(after).ok()?;
        let upto = usize::try_from(upto).ok()?.min(self.log.len());
        let prev = if first == 0 { Hash::GENESIS } else { self.log.get(first - 1)?.1 };
        let mut entries = batch(prev, self.log.get(first..upto)?.iter().map(|(entry, _)| entry))?;
        let last = self.log[first + entries.entries.len() - 1].1;
        entries.signature = sign(last).into();
        Some(entries)
    }

    fn receive(&mut self, propose: &Propose) -> Receipt {
        let seen = self.inbox.get(&propose.id.0);
        let seen = seen.map(|(_, content, verdict)| Seen { content: *content, verdict: verdict.clone() });
        let (receipt, proposal) = receipt(propose, seen.as_ref());
        if let Some(proposal) = proposal {
            self.inbox.insert(propose.id.0, (proposal, content_hash(&propose.content), None));
        }
        receipt
    }

    /// Bookings where there is room, nothing else: this is no test of deciding.
    fn decide(&mut self, gate: &Gate) -> Told {
        let waiting: Vec<Proposal> = self
            .inbox
            .values()
            .filter(|(proposal, _, verdict)| verdict.is_none() && gate.lets_through(&proposal.days(), false))
            .map(|(proposal, _, _)| proposal.clone())
            .collect();
        for proposal in waiting {
            let row = match &proposal.wish {
                Wish::Book(place) => Some(AppointmentRow {
                    id: proposal.appointment,
                    practitioner: place.practitioner,
                    local_s: place.local_s,
                    ..visit(0, day_of(place.local_s), 9)
                }),
                _ => None,
            };
            let taken = |row: &AppointmentRow| {
                self.rows.visits.values().any(|other| other.id == row.id || other.local_s == row.local_s)
            };
            let row = row.filter(|row| !taken(row));
            let verdict = VerdictRow {
                proposal: proposal.id.0,
                content: content_hash32(&proposal.to_bytes()),
                accepted: row.is_some(),
                reason: row.is_none().then(|| "taken".to_owned()),
                appointment: row.clone(),
                alternatives: Vec::new(),
                again: false,
            };
            self.append(&Public::Verdict(Box::new(verdict.clone())));
            self.rows.visits.extend(row.map(|row| (row.id, row)));
            if let Some(kept) = self.inbox.get_mut(&proposal.id.0) {
                kept.2 = Some(verdict);
            }
        }
        Told::Decided { tip: self.tip, more: false, next_limit_ms: None }
    }
}

fn is_at(entry: &Entry, hash: Hash, place: &At) -> bool {
    entry.header.seq == place.seq
        && Hash32::from(hash.0) == place.hash
        && *entry.header.incarnation.0.as_bytes() == *place.incarnation
}
