//! The one place where a proposal is decided.
//!
//! Pure: the hub's store gathers [`Facts`] inside the transaction that also
//! writes what comes out, so nothing can change in between.

mod reason;
mod rows;

use std::collections::BTreeMap;

use chairside_schedule::hours::Blockout;
use chairside_schedule::id::PractitionerId;
use chairside_schedule::openings::{Search, next_openings};
use chairside_schedule::rules::{Asker, Busy, Code, Finding, Severity, Wish as Checked, check};
use chairside_schedule::time::{Instant, Interval, day_from_number, day_number};
use chairside_schedule::{Clinic, Status};

use crate::body::{Alternative, AppointmentRow, ConflictRow, Day, Id};
use crate::merge_rows::{Merge, merge_rows};
use crate::mutant::{self, Mutant};
use crate::proposal::{Move, Place, Proposal, Wish, day_of};
use crate::restore::ConflictKind;
use crate::wire::ALTERNATIVES;

pub use reason::Reason;
use reason::{not_open, reason_of};
use rows::{at, interval_of, to_book, to_move};
pub use rows::{blockout_of, busy_of};

/// How many days past the wished one are searched for alternatives.
pub const ALTERNATIVE_DAYS: Day = 3;

/// What is known of the proposal that another one depends on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum First {
    /// It depends on none.
    None,
    /// Accepted.
    Accepted,
    /// Rejected.
    Rejected,
    /// Here, and not decided yet.
    Open,
    /// Never heard of.
    Unknown,
}

/// What a decision is made on.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The clinic as it is now.
    pub clinic: &'a Clinic,
    /// The visit it is about, as it is now.
    pub visit: Option<AppointmentRow>,
    /// What it depends on.
    pub first: First,
    /// The occupying visits of the wished day and [`ALTERNATIVE_DAYS`] after
    /// it, and what reaches into them. Of every practitioner.
    pub busy: &'a [Busy],
    /// The blockouts of those days.
    pub blockouts: &'a [Blockout],
}

/// How the hub decides just now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Terms {
    /// The hub's wall clock.
    pub now: Instant,
    /// The clinic puts bookings and moves before staff.
    pub ask_staff: bool,
    /// Every proposal once sent for these days has been proposed again, so
    /// that what is still unknown is unknown for good.
    pub all_resent: bool,
    /// The day is disputed: only a person decides.
    pub disputed: bool,
    /// The wall clocks are too far apart to say what is past.
    pub clocks_apart: bool,
}

/// What is decided.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::large_enum_variant, reason = "made once a decision and taken apart at once")]
pub enum Decision {
    /// Not yet: something it depends on isn't decided or known.
    Wait,
    /// Yes; the visit as it is from now on, if it changes one.
    Accept(Option<AppointmentRow>),
    /// Yes as far as possible: what couldn't be taken over is a conflict.
    AcceptWithConflict(Option<AppointmentRow>, ConflictRow),
    /// No.
    Reject(Reason, Vec<Alternative>),
    /// A person decides; until then the place is taken by this.
    Ask(Option<AppointmentRow>),
}

/// Decides.
pub fn decide(proposal: &Proposal, facts: &Facts<'_>, terms: Terms) -> Decision {
    match facts.first {
        First::Open if !mutant::on(Mutant::CancelBeforeFirst) => return Decision::Wait,
        First::Open => {}
        // What staff did elsewhere is merged whatever became of what they did before it.
        First::Unknown | First::Rejected if matches!(proposal.wish, Wish::Edit(_)) => {}
        First::Unknown if !terms.all_resent => return Decision::Wait,
        First::Unknown => return Decision::Reject(Reason::UnknownBooking, Vec::new()),
        First::Rejected if matches!(proposal.wish, Wish::Cancel) => return Decision::Accept(None),
        First::Rejected => return Decision::Reject(Reason::BookingRejected, Vec::new()),
        First::None | First::Accepted => {}
    }
    match &proposal.wish {
        Wish::Book(place) => book(proposal, place, facts, terms),
        Wish::Move(to) => move_to(to, facts, terms),
        Wish::Cancel => cancel(facts, terms),
        Wish::Edit(edit) => match merge_rows(edit, facts.visit.as_ref(), proposal.id) {
            Merge::Same => Decision::Accept(None),
            Merge::Merged(row) => taken_over(row, facts),
            Merge::Conflict { row, conflict } => Decision::AcceptWithConflict(row, conflict),
        },
    }
}

/// What a pending one becomes when a person, or its limit, decides.
///
/// `None` where it can't be accepted any more because the place went to
/// another; the person is told so.
pub fn decide_pending(proposal: &Proposal, facts: &Facts<'_>, accept: bool, now: Instant) -> Option<Decision> {
    if !accept {
        let wish = match &proposal.wish {
            Wish::Book(place) => to_book(place),
            Wish::Move(to) => facts.visit.as_ref().and_then(|visit| to_move(to, visit)),
            Wish::Cancel | Wish::Edit(_) => None,
        };
        // The place that was asked for is still kept for it, so it isn't among them.
        let instead = wish.map(|wish| alternatives(&wish, facts, now)).unwrap_or_default();
        return Some(Decision::Reject(Reason::Declined, instead));
    }
    let terms = Terms { now, ask_staff: false, all_resent: true, disputed: false, clocks_apart: false };
    let facts_without = Facts {
        visit: facts.visit.clone().filter(|visit| visit.status != Status::Pending.as_str()),
        clinic: facts.clinic,
        first: facts.first,
        busy: facts.busy,
        blockouts: facts.blockouts,
    };
    let held = facts.visit.as_ref().filter(|visit| visit.status == Status::Pending.as_str());
    match (&proposal.wish, held) {
        // The place was kept for it all along.
        (Wish::Book(_), Some(visit)) => Some(Decision::Accept(Some(AppointmentRow {
            version: visit.version.saturating_add(1),
            status: Status::Booked.as_str().to_owned(),
            ..visit.clone()
        }))),
        _ => match decide(proposal, &facts_without, terms) {
            Decision::Reject(Reason::Taken, _) | Decision::Wait | Decision::Ask(_) => None,
            decision => Some(decision),
        },
    }
}

/// The days a decision reads, besides what the visit itself is on.
pub fn days_read(proposal: &Proposal) -> Option<(Day, Day)> {
    let day = match &proposal.wish {
        Wish::Book(place) => day_of(place.local_s),
        Wish::Move(to) => day_of(to.local_s),
        Wish::Cancel => return None,
        Wish::Edit(edit) => return Some((edit.after.day, edit.after.day)),
    };
    Some((day, day.saturating_add(ALTERNATIVE_DAYS)))
}

fn book(proposal: &Proposal, place: &Place, facts: &Facts<'_>, terms: Terms) -> Decision {
    if facts.visit.is_some() {
        // The id is the visit's for good; a second booking under it is another wish.
        return Decision::Reject(Reason::ChangedMeanwhile, Vec::new());
    }
    let Some(wish) = to_book(place) else { return Decision::Reject(Reason::NotPossible, Vec::new()) };
    let row = AppointmentRow {
        id: proposal.appointment,
        version: 1,
        practitioner: place.practitioner,
        chair: None,
        kind: place.kind,
        status: Status::Booked.as_str().to_owned(),
        patient: place.patient,
        ..at(facts.clinic, wish.start, place.minutes)
    };
    settle(&wish, row, facts, terms)
}

fn move_to(to: &Move, facts: &Facts<'_>, terms: Terms) -> Decision {
    let Some(visit) = &facts.visit else { return unknown(terms) };
    let status = Status::parse(&visit.status);
    if !matches!(status, Some(Status::Booked | Status::Pending)) {
        return Decision::Reject(not_open(status), Vec::new());
    }
    if visit.local_s != to.from_local_s {
        return Decision::Reject(Reason::ChangedMeanwhile, Vec::new());
    }
    let Some(wish) = to_move(to, visit) else { return Decision::Reject(Reason::NotPossible, Vec::new()) };
    let row = AppointmentRow {
        id: visit.id,
        version: visit.version.saturating_add(1),
        practitioner: to.practitioner,
        chair: visit.chair,
        kind: visit.kind,
        status: visit.status.clone(),
        patient: visit.patient,
        ..at(facts.clinic, wish.start, wish.minutes)
    };
    settle(&wish, row, facts, terms)
}

fn settle(wish: &Checked, row: AppointmentRow, facts: &Facts<'_>, terms: Terms) -> Decision {
    let findings = check(facts.clinic, wish, facts.busy, facts.blockouts, Asker::Patient, terms.now);
    let blind = |code: Code| code == Code::Clash && mutant::on(Mutant::SkipClash);
    let against: Vec<&Finding> =
        findings.iter().filter(|finding| finding.severity != Severity::Warning && !blind(finding.code)).collect();
    if terms.disputed {
        return Decision::Ask(free(&against).then(|| pending(row)));
    }
    let Some(grave) = against.first() else {
        return if terms.ask_staff { Decision::Ask(Some(pending(row))) } else { Decision::Accept(Some(row)) };
    };
    let reason = reason_of(grave.code);
    if reason == Reason::Past && terms.clocks_apart {
        return Decision::Wait;
    }
    Decision::Reject(reason, alternatives(wish, facts, terms.now))
}

/// Nobody else has the place, so that it can be kept until a person decides.
fn free(against: &[&Finding]) -> bool {
    against.iter().all(|finding| !matches!(finding.code, Code::Clash | Code::ChairClash))
}

fn cancel(facts: &Facts<'_>, terms: Terms) -> Decision {
    let Some(visit) = &facts.visit else { return unknown(terms) };
    match Status::parse(&visit.status) {
        Some(Status::Booked | Status::Pending) => Decision::Accept(Some(AppointmentRow {
            version: visit.version.saturating_add(1),
            status: Status::Cancelled.as_str().to_owned(),
            ..visit.clone()
        })),
        // Whoever cancels what is cancelled has what they want.
        Some(Status::Cancelled | Status::EnteredInError) => Decision::Accept(None),
        status => Decision::Reject(not_open(status), Vec::new()),
    }
}

fn unknown(terms: Terms) -> Decision {
    if terms.all_resent { Decision::Reject(Reason::UnknownBooking, Vec::new()) } else { Decision::Wait }
}

/// An edit made at another desktop stands, unless the place is somebody else's by now.
fn taken_over(row: AppointmentRow, facts: &Facts<'_>) -> Decision {
    let occupies = Status::parse(&row.status).is_some_and(Status::occupies);
    let interval = interval_of(&row);
    let clashes = facts.busy.iter().any(|busy| {
        occupies
            && *busy.id.bytes() != *row.id
            && interval.is_some_and(|interval| busy.interval.overlaps(interval))
            && (*busy.practitioner.bytes() == *row.practitioner
                || (row.chair.is_some() && busy.chair.map(|chair| *chair.bytes()) == row.chair.map(|chair| *chair)))
    });
    if !clashes {
        return Decision::Accept(Some(row));
    }
    let conflict = ConflictKind::Taken.row(row.id, row);
    Decision::AcceptWithConflict(None, conflict)
}

fn pending(row: AppointmentRow) -> AppointmentRow {
    AppointmentRow { status: Status::Pending.as_str().to_owned(), ..row }
}

/// The next free places: the wished person's first, then colleagues'.
fn alternatives(wish: &Checked, facts: &Facts<'_>, now: Instant) -> Vec<Alternative> {
    let clinic = facts.clinic;
    let day = wish.start.date();
    let mut taken: BTreeMap<PractitionerId, Vec<Interval>> = BTreeMap::new();
    for busy in facts.busy.iter().filter(|busy| Some(busy.id) != wish.appointment) {
        taken.entry(busy.practitioner).or_default().push(busy.interval);
    }
    let takes = |id: PractitionerId| clinic.practitioner(id).is_some_and(|practitioner| practitioner.bookable_online);
    let (own, others): (Vec<_>, Vec<_>) = clinic
        .practitioners
        .iter()
        .filter(|practitioner| takes(practitioner.id))
        .partition(|practitioner| practitioner.id == wish.practitioner);
    let mut found = Vec::new();
    for practitioners in [own, others] {
        let search = Search {
            clinic,
            practitioners,
            minutes: wish.minutes,
            emergency: false,
            from: now,
            limit: ALTERNATIVES - found.len(),
        };
        let days = (0..=ALTERNATIVE_DAYS).filter_map(|ahead| day_from_number(day_number(day) + ahead));
        let openings =
            next_openings(&search, days, facts.blockouts, |_, id| Some(taken.get(&id).map_or(&[][..], Vec::as_slice)));
        found.extend(openings.into_iter().map(|found| Alternative {
            practitioner: Id::from(*found.practitioner.bytes()),
            local_s: found.opening.local.and_utc().timestamp(),
            minutes: wish.minutes,
        }));
        if found.len() >= ALTERNATIVES {
            break;
        }
    }
    found
}
