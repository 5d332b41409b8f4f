//! A day of the board.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chairside_schedule::hours::Blockout;
use chairside_schedule::id::{AppointmentId, PatientId, PractitionerId};
use chairside_schedule::openings::{self, DayPlan};
use chairside_schedule::time::{DaySpan, Instant, Interval, MinuteOfDay, minute_of_day};
use chairside_schedule::{Appointment, Clinic, Practitioner, Status, clash, patient};
use chairside_store::Named;
use chrono::{Datelike, NaiveDate};

use crate::api::{BlockoutView, BoardColumn, BreakView, DayBoard, DayRequest, PatientCard};
use crate::desk::Desk;
use crate::judge::check_year;
use crate::problem::Problem;
use crate::view;

impl Desk {
    /// One day of the board.
    ///
    /// # Errors
    /// `past`, `beyond-window` for days outside the calendar; the store's.
    pub async fn day_board(&self, request: DayRequest) -> Result<DayBoard, Problem> {
        check_year(request.date)?;
        let seq = self.store.tip().seq;
        let clinic = self.store.clinic();
        let visits = self.store.day_with_names(request.date).await?;
        let over_midnight = self.store.over_midnight(request.date).await?;
        let blockouts = self.store.blockouts(request.date, request.date).await?;
        let board = board(&clinic, request.date, &visits, &over_midnight, &blockouts, self.clock.now(), seq);
        let board = DayBoard { online: self.online_on(request.date).await?, ..board };
        self.mark_unsent(board).await
    }

    /// Says of each card whether central is known to have it.
    async fn mark_unsent(&self, mut board: DayBoard) -> Result<DayBoard, Problem> {
        if let Some(after) = self.line.unsent_after() {
            let unsent = self.store.subjects_after(after).await?;
            for card in &mut board.visits {
                card.unsent = unsent.contains(&card.id.0);
            }
        }
        Ok(board)
    }
}

fn board(
    clinic: &Clinic,
    date: NaiveDate,
    visits: &[(Appointment, Arc<Named>)],
    over_midnight: &[Appointment],
    blockouts: &[Blockout],
    now: Instant,
    seq: u64,
) -> DayBoard {
    let mut by_practitioner: HashMap<PractitionerId, Vec<&Appointment>> = HashMap::new();
    for (visit, _) in visits {
        if visit.status != Status::EnteredInError {
            by_practitioner.entry(visit.practitioner).or_default().push(visit);
        }
    }
    let shortest = clinic.kinds.iter().filter(|kind| kind.active).map(|kind| kind.minutes).min();
    let shortest = shortest.unwrap_or_else(|| u32::from(clinic.grid.minutes()));
    let mut clashing = HashSet::new();
    let mut clashes = 0;
    let mut shown = Shown::default();
    let mut columns = Vec::new();
    for practitioner in &clinic.practitioners {
        let own = by_practitioner.remove(&practitioner.id).unwrap_or_default();
        let plan = openings::day_plan(clinic, practitioner, date, blockouts);
        if own.is_empty() && plan.working.is_empty() && plan.away.as_deref().is_none_or(str::is_empty) {
            continue;
        }
        shown.cover(&plan.working);
        let late = over_midnight.iter().filter(|visit| visit.practitioner == practitioner.id);
        let taking: Vec<&Appointment> =
            late.chain(own.iter().copied()).filter(|visit| visit.status.occupies()).collect();
        clashes += note_clashes(date, &taking, &mut clashing);
        columns.push(column(clinic, practitioner, date, plan, &own, &taking, blockouts, shortest, now));
    }
    let mut cards = Vec::with_capacity(visits.len());
    for (visit, named) in visits.iter().filter(|(visit, _)| visit.status != Status::EnteredInError) {
        if visit.status != Status::Cancelled {
            shown.cover_visit(visit);
        }
        cards.push(view::card_of(visit, patient_card(visit.patient, named), clashing.contains(&visit.id)));
    }
    cards.sort_by_key(|card| (card.start, card.practitioner));
    DayBoard {
        date,
        week: date.iso_week().week(),
        shown: shown.span(clinic),
        closed: openings::closed_on(clinic, date),
        columns,
        visits: cards,
        clashes,
        online: Vec::new(),
        seq,
    }
}

fn patient_card(id: PatientId, named: &Named) -> PatientCard {
    PatientCard {
        id,
        name: if named.protected { String::new() } else { patient::full_name(&named.given, &named.family) },
        external_id: named.external_id.clone(),
        protected: named.protected,
        alert: named.alert.clone(),
    }
}

#[expect(clippy::too_many_arguments, reason = "everything a column is made of")]
fn column(
    clinic: &Clinic,
    practitioner: &Practitioner,
    date: NaiveDate,
    plan: DayPlan,
    own: &[&Appointment],
    taking: &[&Appointment],
    blockouts: &[Blockout],
    shortest: u32,
    now: Instant,
) -> BoardColumn {
    let bookable = openings::bookable(clinic, practitioner, date, blockouts, false);
    let busy: Vec<Interval> = taking.iter().map(|visit| visit.time.interval).collect();
    let free = openings::free(&bookable, &busy);
    let (all, left) = (seconds(&bookable), seconds(&free));
    BoardColumn {
        practitioner: practitioner.id,
        working: plan.working,
        breaks: plan.breaks.into_iter().map(|(name, span)| BreakView { name, span }).collect(),
        blockouts: plan
            .blockouts
            .into_iter()
            .map(|blockout| BlockoutView {
                id: blockout.id,
                reason: blockout.reason,
                span: blockout.span,
                for_emergencies: blockout.for_emergencies,
            })
            .collect(),
        away: plan.away,
        visit_count: own
            .iter()
            .filter(|visit| visit.status.occupies() || visit.status == Status::Noshow)
            .count()
            .try_into()
            .unwrap_or(u32::MAX),
        late_minutes: late_minutes(clinic, date, own, now),
        free: free
            .into_iter()
            .filter(|stretch| stretch.end.0 - stretch.start.0 >= i64::from(shortest) * 60)
            .filter_map(|stretch| on_the_wall(clinic, date, stretch))
            .collect(),
        load_percent: if all == 0 { 0 } else { u32::try_from((all - left) * 100 / all).unwrap_or(100) },
    }
}

fn seconds(stretches: &[Interval]) -> i64 {
    stretches.iter().map(|stretch| stretch.end.0 - stretch.start.0).sum()
}

/// A stretch by the clock on the wall of its day.
fn on_the_wall(clinic: &Clinic, date: NaiveDate, stretch: Interval) -> Option<DaySpan> {
    let minute = |at: Instant| {
        let local = at.local(&clinic.zone);
        if local.date() > date { MinuteOfDay::END } else { minute_of_day(local) }
    };
    DaySpan::new(minute(stretch.start), minute(stretch.end))
}

/// How far a practitioner is behind now: by how much the visit in the chair is
/// over its time, or how long the next one should have been in it already.
fn late_minutes(clinic: &Clinic, date: NaiveDate, own: &[&Appointment], now: Instant) -> u32 {
    if now.local(&clinic.zone).date() != date {
        return 0;
    }
    let behind = own.iter().filter_map(|visit| match visit.status {
        Status::CheckedIn => Some(now.0 - visit.time.interval.end.0),
        Status::Arrived => Some(now.0 - visit.time.interval.start.0),
        _ => None,
    });
    behind.max().and_then(|seconds| u32::try_from(seconds / 60).ok()).unwrap_or(0)
}

/// Marks visits of one column that overlap, and counts the pairs that nobody
/// made knowingly. Pairs of the day before are told there.
fn note_clashes(date: NaiveDate, taking: &[&Appointment], clashing: &mut HashSet<AppointmentId>) -> u32 {
    let intervals: Vec<Interval> = taking.iter().map(|visit| visit.time.interval).collect();
    let mut unaccepted = 0;
    for pair in clash::pairs(&intervals) {
        let (first, second) = (taking[pair.first], taking[pair.second]);
        if first.time.day() != date && second.time.day() != date {
            continue;
        }
        clashing.extend([first.id, second.id]);
        if first.overbooked.is_none() && second.overbooked.is_none() {
            unaccepted += 1;
        }
    }
    unaccepted
}

/// What the board shows at least.
#[derive(Default)]
struct Shown(Option<(MinuteOfDay, MinuteOfDay)>);

impl Shown {
    fn cover(&mut self, spans: &[DaySpan]) {
        for span in spans {
            let (start, end) = self.0.unwrap_or((span.start, span.end));
            self.0 = Some((start.min(span.start), end.max(span.end)));
        }
    }

    fn cover_visit(&mut self, visit: &Appointment) {
        let start = visit.time.start();
        let end = u32::from(start.minutes()) + visit.time.minutes;
        let end = u16::try_from(end).ok().and_then(MinuteOfDay::new).unwrap_or(MinuteOfDay::END);
        self.cover(&DaySpan::new(start, end).map_or_else(Vec::new, |span| vec![span]));
    }

    /// Whole hours; office hours where there is nothing to go by.
    fn span(&self, clinic: &Clinic) -> DaySpan {
        let mut usual = Self::default();
        for spans in &clinic.hours.0 {
            usual.cover(spans);
        }
        let office = (MinuteOfDay::hm(8, 0), MinuteOfDay::hm(17, 0));
        let (start, end) =
            self.0.or(usual.0).or(office.0.zip(office.1)).unwrap_or((MinuteOfDay::MIDNIGHT, MinuteOfDay::END));
        let start = MinuteOfDay::new(start.minutes() / 60 * 60).unwrap_or(start);
        let end = MinuteOfDay::new(end.minutes().div_ceil(60) * 60).unwrap_or(MinuteOfDay::END);
        DaySpan::new(start, end).unwrap_or(DaySpan::WHOLE)
    }
}
