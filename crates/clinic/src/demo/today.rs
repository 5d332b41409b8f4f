//! What has become of the visits by now.

use chairside_schedule::appointment::{Appointment, Cancellation, CancelledBy};
use chairside_schedule::time::Instant;
use chairside_schedule::{Clinic, Status};
use chrono::{Datelike, NaiveDate};
use rand::RngExt;

use super::diary::Demo;

/// The one of [`super::Profile::people`] who runs late.
const RUNS_LATE: usize = 1;

/// Longer than the waiting room's limit.
const WAITED_LONG_MINUTES: i64 = 24;

/// A visit that took longer ended at most this long before the next one's turn.
const JUST_BEFORE_MINUTES: i64 = 15;

/// Patients come at most this long before their time.
const SOON_MINUTES: i64 = 45;

impl Demo {
    /// Visits gone by have ended, one way or another, and today is under way.
    /// All of them were drawn before: the hour changes none.
    pub(super) fn live(&mut self, today: NaiveDate, clinic: &Clinic, visits: &mut [Appointment]) {
        for visit in visits.iter_mut() {
            self.pass(visit);
        }
        let now = self.now;
        let open = clinic.hours.on(today.weekday()).iter().filter_map(|span| span.on(today, &clinic.zone));
        if open.into_iter().any(|open| open.start <= now && now < open.end) {
            busy_now(now, today, clinic, visits);
        }
    }

    fn pass(&mut self, visit: &mut Appointment) {
        let (start, end) = (visit.time.interval.start, visit.time.interval.end);
        if end <= self.now {
            match self.rng.random_range(0..100) {
                0..4 => visit.status = Status::Noshow,
                4..8 => {
                    visit.status = Status::Cancelled;
                    visit.cancellation = Some(Cancellation { by: CancelledBy::Patient, reason: "Ill".to_owned() });
                }
                _ => {
                    visit.status = Status::Fulfilled;
                    visit.arrived_at = Some(start.plus_minutes(-i64::from(self.rng.random_range(1..12_u32))));
                    visit.seated_at = Some(start.plus_minutes(i64::from(self.rng.random_range(0..6_u32))));
                    visit.done_at = Some(end);
                }
            }
        } else if start <= self.now {
            visit.status = Status::CheckedIn;
            visit.arrived_at = Some(start.plus_minutes(-6));
            visit.seated_at = Some(start);
        }
    }
}

/// What a morning looks like: somebody runs late, some came early.
fn busy_now(now: Instant, today: NaiveDate, clinic: &Clinic, visits: &mut [Appointment]) {
    // The visit before took longer than planned, so the one whose turn it is still waits.
    let mut late = column_of(RUNS_LATE, today, clinic, visits);
    if let Some(turn) = late.iter().position(|visit| visit.status == Status::CheckedIn) {
        wait(late[turn], now, WAITED_LONG_MINUTES);
        let begins = late[turn].time.interval.start;
        let just_before = |visit: &&mut &mut Appointment| {
            visit.status == Status::Fulfilled && visit.time.interval.end >= begins.plus_minutes(-JUST_BEFORE_MINUTES)
        };
        if let Some(before) = late[..turn].iter_mut().rev().find(just_before) {
            before.status = Status::CheckedIn;
            before.done_at = None;
        }
    }
    let soon = now.plus_minutes(SOON_MINUTES);
    for (at, waited_minutes) in [(0, 6), (3, 9)] {
        let mut column = column_of(at, today, clinic, visits).into_iter();
        let next = column.find(|visit| visit.status == Status::Booked && visit.time.interval.start <= soon);
        if let Some(visit) = next {
            wait(visit, now, waited_minutes);
        }
    }
}

/// One practitioner's visits of a day, by start.
fn column_of<'a>(
    at: usize,
    day: NaiveDate,
    clinic: &Clinic,
    visits: &'a mut [Appointment],
) -> Vec<&'a mut Appointment> {
    let whose = clinic.practitioners.get(at).map(|practitioner| practitioner.id);
    let own = |visit: &&mut Appointment| Some(visit.practitioner) == whose && visit.time.day() == day;
    let mut column: Vec<&mut Appointment> = visits.iter_mut().filter(own).collect();
    column.sort_by_key(|visit| visit.time.interval.start);
    column
}

fn wait(visit: &mut Appointment, now: Instant, minutes: i64) {
    visit.status = Status::Arrived;
    visit.arrived_at = Some(now.plus_minutes(-minutes));
    visit.seated_at = None;
}
