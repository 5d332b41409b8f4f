//! What a hub makes of entries it wrote once and lost: its store was restored
//! from a copy, and a mirror gives them back.

use std::collections::{BTreeMap, BTreeSet};

use chairside_schedule::Status;

use crate::body::{AppointmentRow, ConflictRow, Hash32, Id, VerdictRow};
use crate::merge_rows::same;
use crate::mutant::{self, Mutant};
use crate::proposal::content_hash32;
use crate::{Proposal, Public, decide};

/// Why something stands in Conflicts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConflictKind {
    /// A change of the desk's own that a restored store no longer has.
    LostEdit,
    /// Two visits in one place, both promised.
    Double,
    /// A row that only a mirror had.
    Orphan,
    /// Two edits of the same thing, made without knowing of each other.
    EditedApart,
    /// An edit made elsewhere whose place has gone to another.
    Taken,
    /// What a hub decided after another had taken over.
    AfterTakeover,
}

impl ConflictKind {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LostEdit => "lost_edit",
            Self::Double => "double",
            Self::Orphan => "orphan",
            Self::EditedApart => "edited_apart",
            Self::Taken => "taken",
            Self::AfterTakeover => "after_takeover",
        }
    }

    /// A conflict of this kind about `theirs`. Its id follows from what it is
    /// about, so that hearing of it twice makes one.
    pub fn row(self, about: Id, theirs: AppointmentRow) -> ConflictRow {
        let mut bytes = Vec::with_capacity(256);
        bytes.extend_from_slice(self.as_str().as_bytes());
        bytes.extend_from_slice(&*about);
        let written = minicbor::encode(&theirs, &mut bytes);
        debug_assert!(written.is_ok(), "writing to memory failed");
        let mut id = Id::from([0; 16]);
        id.copy_from_slice(&blake3::hash(&bytes).as_bytes()[..16]);
        ConflictRow { id, appointment: about, kind: self.as_str().to_owned(), theirs: Some(theirs), settled: false }
    }
}

/// What the hub knows of what a tail speaks of.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Visits by id.
    pub visits: BTreeMap<Id, AppointmentRow>,
    /// Verdicts by proposal.
    pub verdicts: BTreeMap<Id, VerdictRow>,
    /// Conflicts that stand here, by id.
    pub conflicts: BTreeMap<Id, ConflictRow>,
    /// Visits that keep a place for proposals before staff, by proposal.
    pub pending: BTreeMap<Id, AppointmentRow>,
    /// Proposals that this life of the store answered by rule: it had heard
    /// central out by then, and has told it since. What central says otherwise
    /// comes from an older copy of itself.
    pub heard_out: BTreeSet<Id>,
}

/// An entry of a lost life, as a mirror gives it back.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Lost {
    /// Its public part; empty where a later entry says it better.
    pub public: Vec<u8>,
    /// The wish a verdict answers, the bytes of a [`Proposal`], where the mirror
    /// still has it: who asked stands sealed in it and nowhere else.
    pub wish: Option<Vec<u8>>,
}

/// The wishes that came with a tail, by the hash of their bytes, which the
/// verdict on each names. What is no wish is left out.
pub fn wishes(bytes: &[Vec<u8>]) -> BTreeMap<Hash32, (Proposal, &[u8])> {
    let read = |bytes: &[u8]| Proposal::from_bytes(bytes).ok();
    bytes.iter().filter_map(|bytes| Some((content_hash32(bytes), (read(bytes)?, bytes.as_slice())))).collect()
}

/// Whether a mirror gives an entry of a lost life back: all but a verdict that
/// differs from the one it has told. Somebody at a restored desk, who couldn't
/// know, gave it once, and it was put right.
pub fn is_given_back(entry: &[u8], told: impl FnOnce(Id) -> Option<bool>) -> bool {
    is_given_back_as(Public::from_bytes(entry).ok().as_ref(), told)
}

/// The same of an entry that was read already; `None` is one that can't be.
pub fn is_given_back_as(entry: Option<&Public>, told: impl FnOnce(Id) -> Option<bool>) -> bool {
    match entry {
        Some(Public::Verdict(verdict)) => told(verdict.proposal).is_none_or(|accepted| accepted == verdict.accepted),
        _ => true,
    }
}

/// What becomes of a row that a mirror has and the hub doesn't: a conflict,
/// unless the hub has the visit as it is there, or as it was made of that.
pub fn orphan(row: &AppointmentRow, here: Option<&AppointmentRow>) -> Option<ConflictRow> {
    match here {
        None => Some(ConflictKind::Orphan.row(row.id, row.clone())),
        Some(here) if here.version >= row.version || same(here, row) => None,
        Some(_) => Some(ConflictKind::LostEdit.row(row.id, row.clone())),
    }
}

/// The ids a tail speaks of: what [`Known`] has to hold for [`take_back`].
pub fn subjects(tail: &[Public]) -> (Vec<Id>, Vec<Id>) {
    let (mut visits, mut proposals) = (Vec::new(), Vec::new());
    for body in tail {
        match body {
            Public::Appointment(row) => visits.push(row.id),
            Public::Verdict(verdict) => {
                proposals.push(verdict.proposal);
                visits.extend(verdict.appointment.as_ref().map(|row| row.id));
            }
            Public::Conflict(conflict) => visits.push(conflict.appointment),
            _ => {}
        }
    }
    (visits, proposals)
}

/// The bodies of new entries that take a tail back: its verdicts stand as they
/// were given, anything else of it that isn't here becomes a conflict.
///
/// `in_the_way` gives the occupying visits here that a row overlaps.
pub fn take_back(tail: &[Public], known: Known, in_the_way: impl FnMut(&AppointmentRow) -> Vec<Id>) -> Vec<Public> {
    take(tail, known, in_the_way, true)
}

/// The same for what only a desktop of the clinic has: a companion that was
/// further than the hub, or a hub from which another took over. No patient was
/// told of its verdicts, so where the hub has decided since, that stands, and
/// what the other one had decided becomes a conflict.
pub fn take_aside(tail: &[Public], known: Known, in_the_way: impl FnMut(&AppointmentRow) -> Vec<Id>) -> Vec<Public> {
    take(tail, known, in_the_way, false)
}

fn take(
    tail: &[Public],
    mut known: Known,
    mut in_the_way: impl FnMut(&AppointmentRow) -> Vec<Id>,
    was_told: bool,
) -> Vec<Public> {
    let mut taken = Vec::new();
    // Visits this tail has brought back, which stand in the way of others of it.
    let mut back: Vec<AppointmentRow> = Vec::new();
    let mut in_the_way = |row: &AppointmentRow, back: &[AppointmentRow]| {
        let mut others = in_the_way(row);
        others.extend(back.iter().filter(|other| overlap(other, row)).map(|other| other.id));
        others
    };
    let newest = newest(tail, &known);
    let is_newest = |row: &AppointmentRow, at| newest.get(&row.id).is_some_and(|newest| *newest == at);
    for (place, body) in tail.iter().enumerate() {
        match body {
            Public::Verdict(_) if mutant::on(Mutant::DecideTailAnew) => {}
            Public::Verdict(verdict) if was_told && known.heard_out.contains(&verdict.proposal) => {
                taken.extend(said_again(&known, verdict).map(|verdict| Public::Verdict(Box::new(verdict))));
            }
            // Also where somebody here has decided otherwise since: what was
            // told first stands, and what was decided later goes before a person.
            Public::Verdict(verdict)
                if known
                    .verdicts
                    .get(&verdict.proposal)
                    .is_none_or(|here| was_told && here.accepted != verdict.accepted) =>
            {
                let verdict = VerdictRow { again: true, ..(**verdict).clone() };
                let kept = known.pending.remove(&verdict.proposal);
                let (verdict, conflict) = stands_again(verdict, kept, &known, |row| in_the_way(row, &back));
                if let Some(row) = &verdict.appointment {
                    known.visits.insert(row.id, row.clone());
                    back.retain(|other| other.id != row.id);
                    back.push(row.clone());
                }
                known.verdicts.insert(verdict.proposal, verdict.clone());
                taken.push(Public::Verdict(Box::new(verdict)));
                taken.extend(conflict.map(|conflict| Public::Conflict(Box::new(conflict))));
            }
            Public::Verdict(verdict) if !was_told => {
                let row = verdict.appointment.as_ref().filter(|row| is_newest(row, place));
                let Some(row) = row.filter(|row| known.visits.get(&row.id).is_none_or(|here| !same(here, row))) else {
                    continue;
                };
                let conflict = ConflictKind::AfterTakeover.row(row.id, row.clone());
                if !known.conflicts.contains_key(&conflict.id) {
                    taken.push(Public::Conflict(Box::new(conflict)));
                }
            }
            Public::Appointment(row) if is_newest(row, place) => {
                if known.visits.get(&row.id).is_some_and(|here| same(here, row)) {
                    continue;
                }
                let conflict = ConflictKind::LostEdit.row(row.id, row.clone());
                if !known.conflicts.contains_key(&conflict.id) {
                    taken.push(Public::Conflict(Box::new(conflict)));
                }
            }
            Public::Conflict(conflict) if !conflict.settled && !known.conflicts.contains_key(&conflict.id) => {
                taken.push(Public::Conflict(conflict.clone()));
            }
            _ => {}
        }
    }
    taken
}

/// Where a tail says what each visit came to; earlier stages of it need nobody. It
/// may hold more than one lost life, each with versions of its own. A life begins by
/// saying again how things stand, which is no news, and verdicts may be given back
/// behind what came of them.
fn newest(tail: &[Public], known: &Known) -> BTreeMap<Id, usize> {
    let mut newest = BTreeMap::new();
    let mut stages: BTreeMap<Id, Vec<(&AppointmentRow, bool)>> = BTreeMap::new();
    for (place, body) in tail.iter().enumerate() {
        let (row, decided) = match body {
            Public::Appointment(row) => (row, false),
            Public::Verdict(verdict) if !verdict.again => match &verdict.appointment {
                Some(row) => (row, true),
                None => continue,
            },
            _ => continue,
        };
        let before = stages.entry(row.id).or_default();
        let said_before = before.contains(&(row, false)) || known.visits.get(&row.id) == Some(row);
        let overtaken = decided && before.last().is_some_and(|(last, _)| last.version >= row.version);
        if !said_before && !overtaken {
            before.push((row, decided));
            newest.insert(row.id, place);
        }
    }
    newest
}

/// What was answered here after central was heard out, once more, where central
/// has gone back to another answer; a visit that only that one speaks of is put
/// before people as an orphan.
fn said_again(known: &Known, theirs: &VerdictRow) -> Option<VerdictRow> {
    let here = known.verdicts.get(&theirs.proposal)?;
    if here.again || here.accepted == theirs.accepted {
        return None;
    }
    let visit = here.appointment.as_ref().and_then(|row| known.visits.get(&row.id));
    Some(VerdictRow { again: true, appointment: visit.cloned(), ..here.clone() })
}

/// A verdict as it was given, and the conflict it leads to, if any; `kept` is
/// the visit that keeps a place for it here.
fn stands_again(
    mut verdict: VerdictRow,
    kept: Option<AppointmentRow>,
    known: &Known,
    mut in_the_way: impl FnMut(&AppointmentRow) -> Vec<Id>,
) -> (VerdictRow, Option<ConflictRow>) {
    let Some(mut row) = verdict.appointment.take() else {
        // The place it kept is free again.
        verdict.appointment = kept.filter(|_| !verdict.accepted).map(|kept| AppointmentRow {
            version: kept.version.saturating_add(1),
            status: Status::Cancelled.as_str().to_owned(),
            ..kept
        });
        return (verdict, None);
    };
    if let Some(kept) = kept.filter(|kept| kept.id == row.id) {
        // It waited for just this.
        row.version = row.version.max(kept.version.saturating_add(1));
    }
    let here = known.visits.get(&row.id);
    if here.is_some_and(|here| same(here, &row)) {
        return (verdict, None);
    }
    // Somebody changed it here in another way since.
    if here.is_some_and(|here| here.version >= row.version) {
        let conflict = ConflictKind::LostEdit.row(row.id, row);
        return (verdict, Some(conflict));
    }
    let others = if decide::busy_of(&row).is_some() { in_the_way(&row) } else { Vec::new() };
    let conflict = others.first().map(|other| ConflictKind::Double.row(*other, row.clone()));
    verdict.appointment = Some(row);
    (verdict, conflict)
}

/// Whether two visits would take one practitioner's (or chair's) time.
fn overlap(left: &AppointmentRow, right: &AppointmentRow) -> bool {
    let shared = || left.practitioner == right.practitioner || (left.chair.is_some() && left.chair == right.chair);
    let both = || decide::busy_of(left).is_some() && decide::busy_of(right).is_some();
    left.id != right.id && left.start_s < right.end_s && right.start_s < left.end_s && shared() && both()
}
