//! What moves when the rules of a zone change.
//!
//! A visit is booked by the clock on the wall. When a country changes its
//! rules, that clock stays right and the UTC derived from it doesn't.

use chrono::TimeZone;

use crate::appointment::VisitTime;
use crate::id::AppointmentId;
use crate::time::Instant;

/// The visits whose UTC is another by the new `rules`, with their new times,
/// in the order given. Their local times stay. Visits that are before `now` by
/// both are left as they were: they took place by the clock of their time.
pub fn rederive<Z: TimeZone>(
    rules: &Z,
    times: impl Iterator<Item = (AppointmentId, VisitTime)>,
    now: Instant,
) -> Vec<(AppointmentId, VisitTime)> {
    times
        .filter_map(|(id, old)| {
            let new = VisitTime::by_rules_of(rules, old.local, old.zone, old.minutes);
            let ahead = old.interval.start.max(new.interval.start) >= now;
            (ahead && new.interval != old.interval).then_some((id, new))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::{FixedOffset, NaiveDateTime};
    use chrono_tz::Europe::Stockholm;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn without_summer_time_only_coming_summer_visits_move() {
        let visit = |number: u128, local: &str| {
            let local = NaiveDateTime::parse_from_str(local, "%Y-%m-%d %H:%M").expect("a local time");
            (AppointmentId(Uuid::from_u128(number)), VisitTime::new(local, Stockholm, 45))
        };
        let visits = [
            visit(1, "2026-06-01 09:00"),
            visit(2, "2026-11-24 09:00"),
            visit(3, "2027-06-01 09:00"),
            visit(4, "2027-03-28 02:30"),
        ];
        let now = visits[1].1.interval.start;
        let winter_time_forever = FixedOffset::east_opt(3600).expect("an offset");
        let moved = rederive(&winter_time_forever, visits.into_iter(), now);
        let [(id, time)] = moved.as_slice() else { panic!("{moved:?}") };
        assert_eq!(*id, visits[2].0);
        assert_eq!(time.local, visits[2].1.local);
        assert_eq!(time.interval.start, visits[2].1.interval.start.plus_minutes(60));
        assert_eq!(time.interval.end, visits[2].1.interval.end.plus_minutes(60));
    }
}
