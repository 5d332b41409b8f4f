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
    /// What an answer made of a visit, where another answer stands: the one that
    /// its patient was told.
    Overruled,
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
            Self::Overruled => "overruled",
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
        self.row_of(&bytes, about, Some(theirs))
    }

    /// A conflict about a visit as it stands here, for `proposal` was answered
    /// otherwise. Its id follows from these.
    fn row_for(self, about: Id, proposal: Id) -> ConflictRow {
        let bytes = [self.as_str().as_bytes(), &*about, &*proposal].concat();
        self.row_of(&bytes, about, None)
    }

    fn row_of(self, bytes: &[u8], appointment: Id, theirs: Option<AppointmentRow>) -> ConflictRow {
        let mut id = Id::from([0; 16]);
        id.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
        ConflictRow { id, appointment, kind: self.as_str().to_owned(), theirs, settled: false }
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
    /// Proposals whose verdicts in the tail nobody was told of, as the mirror says.
    pub untold: BTreeSet<Id>,
}

/// An entry of a lost life, as a mirror gives it back.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Lost {
    /// Its public part; empty where a later entry says it better.
    pub public: Vec<u8>,
    /// The wish a verdict answers, the bytes of a [`Proposal`], where the mirror
    /// still has it: who asked stands sealed in it and nowhere else.
    pub wish: Option<Vec<u8>>,
    /// The proposal a verdict is on, where nobody was told of it yet: the mirror
    /// was put back to an older copy of itself, and has only heard it since.
    pub untold: Option<Id>,
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
    by_central: bool,
) -> Vec<Public> {
    let untold = std::mem::take(&mut known.untold);
    let was_told = |verdict: &VerdictRow| by_central && !untold.contains(&verdict.proposal);
    let mut taken = Vec::new();
    // Visits this tail has brought back, which stand in the way of others of it.
    let mut back: Vec<AppointmentRow> = Vec::new();
    let mut in_the_way = |row: &AppointmentRow, back: &[AppointmentRow]| {
        let mut others = in_the_way(row);
        others.extend(back.iter().filter(|other| overlap(other, row)).map(|other| other.id));
        others
    };
    let stages = last_stages(tail, &known);
    let is_last = |row: &AppointmentRow, at| stages.get(&row.id).is_some_and(|last| last.contains(&at));
    for (place, body) in tail.iter().enumerate() {
        match body {
            Public::Verdict(_) if mutant::on(Mutant::DecideTailAnew) => {}
            Public::Verdict(verdict) if by_central && known.heard_out.contains(&verdict.proposal) => {
                taken.extend(said_again(&known, verdict).map(|verdict| Public::Verdict(Box::new(verdict))));
            }
            // Also where somebody here has decided otherwise since: what was
            // told first stands, and what was decided later goes before a person.
            Public::Verdict(verdict)
                if known
                    .verdicts
                    .get(&verdict.proposal)
                    .is_none_or(|here| was_told(verdict) && here.accepted != verdict.accepted) =>
            {
                // What another desktop answered alone is no more than an answer.
                let verdict = VerdictRow { again: by_central || verdict.again, ..(**verdict).clone() };
                let kept = known.pending.remove(&verdict.proposal);
                let (verdict, conflict) = stands_again(verdict, kept, &known, |row| in_the_way(row, &back));
                let is_new = |conflict: &ConflictRow| !known.conflicts.contains_key(&conflict.id);
                let conflict = conflict.or_else(|| overruled(&verdict, &known).filter(is_new));
                if let Some(row) = &verdict.appointment {
                    known.visits.insert(row.id, row.clone());
                    back.retain(|other| other.id != row.id);
                    back.push(row.clone());
                }
                known.verdicts.insert(verdict.proposal, verdict.clone());
                taken.push(Public::Verdict(Box::new(verdict)));
                taken.extend(conflict.map(|conflict| Public::Conflict(Box::new(conflict))));
            }
            // It says what stands here, with what came of the visit; or nobody was told of it.
            Public::Verdict(verdict) if by_central => {
                let here = central_hears(&known, verdict);
                let otherwise = here.is_some();
                taken.extend(here.map(|here| Public::Verdict(Box::new(here))));
                let changed_since =
                    |row: &AppointmentRow| known.visits.get(&row.id).is_none_or(|here| here.version < row.version);
                let row = verdict.appointment.as_ref().filter(|row| is_last(row, place));
                let row = row.filter(|row| otherwise || changed_since(row));
                taken.extend(row.and_then(|row| lost(ConflictKind::LostEdit, row, &known)));
            }
            Public::Verdict(verdict) => {
                let row = verdict.appointment.as_ref().filter(|row| is_last(row, place));
                taken.extend(row.and_then(|row| lost(ConflictKind::AfterTakeover, row, &known)));
            }
            Public::Appointment(row) if is_last(row, place) => {
                taken.extend(lost(ConflictKind::LostEdit, row, &known));
            }
            Public::Conflict(conflict) if !conflict.settled && !known.conflicts.contains_key(&conflict.id) => {
                taken.push(Public::Conflict(conflict.clone()));
            }
            _ => {}
        }
    }
    taken
}

/// A stage of a visit that isn't here, for a person to see, unless somebody has.
fn lost(kind: ConflictKind, row: &AppointmentRow, known: &Known) -> Option<Public> {
    if known.visits.get(&row.id).is_some_and(|here| same(here, row)) {
        return None;
    }
    let conflict = kind.row(row.id, row.clone());
    (!known.conflicts.contains_key(&conflict.id)).then(|| Public::Conflict(Box::new(conflict)))
}

/// Where a tail says what each visit came to; earlier stages of it need nobody. It
/// may hold more than one lost life, each with versions of its own, and the end of
/// one before its beginning, where a desk was put back twice: so it is the latest
/// stage by place, and the one changed most often, unless that was put before people
/// already. A life begins by saying again how things stand, which is no news, and
/// verdicts may be given back behind what came of them.
fn last_stages(tail: &[Public], known: &Known) -> BTreeMap<Id, Vec<usize>> {
    struct Stage<'a> {
        row: &'a AppointmentRow,
        place: usize,
        decided: bool,
    }
    let mut stages: BTreeMap<Id, Vec<Stage<'_>>> = BTreeMap::new();
    for (place, body) in tail.iter().enumerate() {
        let (row, decided) = match body {
            Public::Appointment(row) => (row, false),
            Public::Verdict(verdict) => match &verdict.appointment {
                Some(row) => (row, true),
                None => continue,
            },
            _ => continue,
        };
        let before = stages.entry(row.id).or_default();
        let said_before = before.iter().any(|stage| !stage.decided && stage.row == row);
        let is_here = known.visits.get(&row.id) == Some(row);
        let overtaken = decided && before.last().is_some_and(|last| last.row.version >= row.version);
        if !said_before && !is_here && !overtaken {
            before.push(Stage { row, place, decided });
        }
    }
    let told = |row: &AppointmentRow| {
        let of_tail = tail.iter().filter_map(|body| match body {
            Public::Conflict(conflict) => Some(&**conflict),
            _ => None,
        });
        let theirs = of_tail.chain(known.conflicts.values()).filter_map(|conflict| conflict.theirs.as_ref());
        theirs.into_iter().any(|theirs| theirs.id == row.id && same(theirs, row))
    };
    let last = |stages: Vec<Stage<'_>>| {
        let latest = stages.last()?;
        let changed_most = stages.iter().filter(|stage| !stage.decided).max_by_key(|stage| stage.row.version);
        let beside = changed_most
            .filter(|most| most.row.version > latest.row.version && !same(most.row, latest.row) && !told(most.row));
        Some([Some(latest), beside].into_iter().flatten().map(|stage| stage.place).collect())
    };
    stages.into_iter().filter_map(|(id, stages)| Some((id, last(stages)?))).collect()
}

/// What was answered here after central was heard out, once more, where central
/// has gone back to another answer; a visit that only that one speaks of is put
/// before people as an orphan.
fn said_again(known: &Known, theirs: &VerdictRow) -> Option<VerdictRow> {
    central_hears(known, theirs).filter(|_| known.verdicts.get(&theirs.proposal).is_some_and(|here| !here.again))
}

/// What was answered here, for central to hear, which has heard otherwise.
fn central_hears(known: &Known, theirs: &VerdictRow) -> Option<VerdictRow> {
    let here = known.verdicts.get(&theirs.proposal).filter(|here| here.accepted != theirs.accepted)?;
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

/// The visit of a yes that was given here, where the no that was told stands: it
/// has to go, or its patient be called.
fn overruled(told: &VerdictRow, known: &Known) -> Option<ConflictRow> {
    if told.accepted || told.appointment.is_some() {
        return None;
    }
    let here = known.verdicts.get(&told.proposal).filter(|here| here.accepted)?;
    let made = here.appointment.as_ref()?;
    let stands = |visit: &&AppointmentRow| decide::busy_of(visit).is_some() || same(visit, made);
    let visit = known.visits.get(&made.id).filter(stands)?;
    Some(ConflictKind::Overruled.row_for(visit.id, told.proposal))
}

/// Whether two visits would take one practitioner's (or chair's) time.
fn overlap(left: &AppointmentRow, right: &AppointmentRow) -> bool {
    let shared = || left.practitioner == right.practitioner || (left.chair.is_some() && left.chair == right.chair);
    let both = || decide::busy_of(left).is_some() && decide::busy_of(right).is_some();
    left.id != right.id && left.start_s < right.end_s && right.start_s < left.end_s && shared() && both()
}
