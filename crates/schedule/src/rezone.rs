//! What moves when the rules of a zone change.
//!
//! A visit is booked by the clock on the wall. When a country changes its
//! rules, that clock stays right and the UTC derived from it doesn't.

use chrono::TimeZone;

use crate::appointment::VisitTime;
use crate::hours::Blockout;
use crate::time::{Instant, Interval, resolve};

/// The time of a visit by the new `rules`, if its UTC is another by them; its
/// local time stays. One that is before `now` by both is left as it was: it took
/// place by the clock of its time. So is one at the second of two equal times:
/// somebody chose it.
pub fn rederive<Z: TimeZone>(rules: &Z, old: VisitTime, now: Instant) -> Option<VisitTime> {
    let begins = resolve(rules, old.local);
    if [begins.earliest(), begins.latest()].contains(&old.interval.start) {
        return None;
    }
    let new = VisitTime::by_rules_of(rules, old.local, old.zone, old.minutes);
    is_ahead(old.interval, new.interval, now).then_some(new)
}

/// The UTC of a blockout by the new `rules`, if it is another by them. One the
/// clocks now jump over altogether is left as it was.
pub fn rederive_blockout<Z: TimeZone>(rules: &Z, blockout: &Blockout, now: Instant) -> Option<Interval> {
    let new = blockout.span.on(blockout.day, rules)?;
    (new != blockout.interval && is_ahead(blockout.interval, new, now)).then_some(new)
}

fn is_ahead(old: Interval, new: Interval, now: Instant) -> bool {
    old.start.max(new.start) >= now
}

#[cfg(test)]
mod tests {
    use chrono::{FixedOffset, NaiveDate, NaiveDateTime};
    use chrono_tz::Europe::Stockholm;
    use uuid::Uuid;

    use super::*;
    use crate::id::BlockoutId;
    use crate::time::DaySpan;

    fn winter_time_forever() -> FixedOffset {
        FixedOffset::east_opt(3600).expect("an offset")
    }

    fn local(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").expect("a local time")
    }

    fn visit(text: &str) -> VisitTime {
        VisitTime::new(local(text), Stockholm, 45)
    }

    #[test]
    fn without_summer_time_only_coming_summer_visits_move() {
        let now = visit("2026-11-24 09:00").interval.start;
        for stays in ["2026-06-01 09:00", "2026-11-24 09:00", "2027-03-28 02:30", "2027-01-10 09:00"] {
            assert_eq!(rederive(&winter_time_forever(), visit(stays), now), None, "{stays}");
        }
        let old = visit("2027-06-01 09:00");
        let new = rederive(&winter_time_forever(), old, now).expect("it moves");
        assert_eq!((new.local, new.zone, new.minutes), (old.local, old.zone, old.minutes));
        assert_eq!(new.interval.start, old.interval.start.plus_minutes(60));
        assert_eq!(new.interval.end, old.interval.end.plus_minutes(60));
    }

    #[test]
    fn a_night_that_gets_summer_time_again_takes_its_visits_along() {
        let by_winter = |text: &str| VisitTime::by_rules_of(&winter_time_forever(), local(text), Stockholm, 45);
        let now = visit("2026-11-24 09:00").interval.start;
        let skipped = by_winter("2027-03-28 02:30");
        assert_eq!(rederive(&Stockholm, skipped, now), None, "past the jump is the same instant");
        let after = by_winter("2027-03-28 03:30");
        let moved = rederive(&Stockholm, after, now).expect("it moves");
        assert_eq!(moved.interval, skipped.interval, "two local times in one place");
        // The second of the two 02:30 is what winter time says, and somebody may have meant it.
        let twice = by_winter("2027-10-31 02:30");
        assert_eq!(rederive(&Stockholm, twice, now), None);
        assert_eq!(visit("2027-10-31 02:30").interval.start.plus_minutes(60), twice.interval.start);
    }

    #[test]
    fn a_visit_that_was_ahead_by_the_old_rules_moves_although_it_is_over_by_the_new() {
        let old = VisitTime::by_rules_of(&winter_time_forever(), local("2027-06-01 09:00"), Stockholm, 45);
        let now = old.interval.start;
        assert!(rederive(&Stockholm, old, now).is_some_and(|new| new.interval.start < now));
        assert_eq!(rederive(&Stockholm, old, now.plus_minutes(1)), None);
    }

    #[test]
    fn a_blockout_moves_unless_nothing_is_left_of_it() {
        let now = visit("2026-11-24 09:00").interval.start;
        let blockout = |day: &str, span: &str| {
            let (day, span) = (day.parse::<NaiveDate>().expect("a day"), DaySpan::parse(span).expect("a stretch"));
            Blockout {
                id: BlockoutId(Uuid::from_u128(1)),
                practitioner: None,
                chair: None,
                day,
                span,
                interval: span.on(day, &winter_time_forever()).expect("a stretch of that day"),
                reason: String::new(),
                for_emergencies: false,
            }
        };
        let summer = blockout("2027-06-01", "09:00-10:00");
        let moved = rederive_blockout(&Stockholm, &summer, now).expect("it moves");
        assert_eq!(moved.start, summer.interval.start.plus_minutes(-60));
        assert_eq!(rederive_blockout(&Stockholm, &blockout("2027-01-10", "09:00-10:00"), now), None);
        assert_eq!(rederive_blockout(&Stockholm, &blockout("2026-06-01", "09:00-10:00"), now), None, "over");
        assert_eq!(rederive_blockout(&Stockholm, &blockout("2027-03-28", "02:00-03:00"), now), None, "skipped");
    }
}
