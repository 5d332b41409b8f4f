//! Random clinics on the days that matter.

use chairside_schedule::clinic::{Chair, Grid};
use chairside_schedule::hours::{Blockout, Break, DateException, WeeklyHours};
use chairside_schedule::id::*;
use chairside_schedule::kind::{KindColour, VisitKind};
use chairside_schedule::practitioner::{Absence, Practitioner};
use chairside_schedule::rules::{Busy, Wish};
use chairside_schedule::time::{DaySpan, Instant, Interval, MinuteOfDay};
use chairside_schedule::{Clinic, openings};
use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use uuid::Uuid;

/// A clinic, a day, and everything that lies around it.
#[derive(Clone, Debug)]
pub struct World {
    pub clinic: Clinic,
    pub day: NaiveDate,
    pub blockouts: Vec<Blockout>,
    pub busy: Vec<Busy>,
    pub now: Instant,
}

impl World {
    /// A practitioner's taken time on a day, as a store would answer.
    pub fn busy_of(&self, practitioner: PractitionerId) -> Vec<Interval> {
        self.busy.iter().filter(|visit| visit.practitioner == practitioner).map(|visit| visit.interval).collect()
    }
}

pub fn id<T: From<Uuid>>(number: usize) -> T {
    T::from(Uuid::from_u128(number as u128 + 1))
}

/// Days on which clocks change, and others: summer, winter, half an hour, at
/// midnight both ways, a whole day left out, and an odd offset.
fn places() -> impl Strategy<Value = (Tz, NaiveDate)> {
    use chrono_tz::{America, Asia, Australia, Europe, Pacific};
    let places = [
        (Europe::Stockholm, (2026, 3, 29)),
        (Europe::Stockholm, (2026, 10, 25)),
        (Europe::Stockholm, (2026, 6, 18)),
        (America::New_York, (2026, 3, 8)),
        (America::New_York, (2026, 11, 1)),
        (America::Havana, (2026, 3, 8)),
        (America::Havana, (2026, 11, 1)),
        (America::Sao_Paulo, (2018, 2, 17)),
        (America::Sao_Paulo, (2018, 11, 4)),
        (Australia::Lord_Howe, (2026, 4, 5)),
        (Australia::Lord_Howe, (2026, 10, 4)),
        (Asia::Kathmandu, (2026, 6, 18)),
        (Pacific::Apia, (2011, 12, 30)),
    ];
    (prop::sample::select(places.to_vec()), prop_oneof![6 => Just(0), 1 => Just(-1), 1 => Just(1)]).prop_map(
        |((zone, (year, month, day)), off)| {
            let day = NaiveDate::from_ymd_opt(year, month, day).expect("a date");
            (zone, day + TimeDelta::days(off))
        },
    )
}

/// A stretch of a day, in steps of five minutes.
fn span(longest: u16) -> impl Strategy<Value = DaySpan> {
    (0..288_u16, 1..=longest / 5).prop_map(|(start, length)| {
        let minute = |fives: u16| MinuteOfDay::new((fives * 5).min(1440)).expect("within the day");
        DaySpan::new(minute(start), minute(start + length)).expect("start before end")
    })
}

/// One day's hours: none, several that may overlap, or around the clock.
fn hours() -> impl Strategy<Value = Vec<DaySpan>> {
    prop_oneof![
        1 => Just(Vec::new()),
        5 => vec(span(720), 1..4),
        3 => Just(vec![DaySpan::WHOLE]),
    ]
}

fn weekly() -> impl Strategy<Value = WeeklyHours> {
    vec(hours(), 7).prop_map(|days| WeeklyHours(days.try_into().expect("seven days")))
}

fn breaks() -> impl Strategy<Value = Vec<Break>> {
    vec((any::<[bool; 7]>(), span(60)), 0..3).prop_map(|breaks| {
        let of = |(number, (weekdays, span))| Break { id: id(number), name: format!("Break {number}"), weekdays, span };
        breaks.into_iter().enumerate().map(of).collect()
    })
}

fn practitioner(day: NaiveDate) -> impl Strategy<Value = Practitioner> {
    let near = move |off: i64| day + TimeDelta::days(off);
    let absence = (-1..2_i64, 0..2_i64, option::of(span(300))).prop_map(move |(from, days, span)| Absence {
        from: near(from),
        until: near(from + days),
        span,
        reason: "Course".to_owned(),
    });
    (
        option::weighted(0.3, -1..2_i64),
        option::weighted(0.3, -1..2_i64),
        option::of(weekly()),
        option::of(breaks()),
        vec(absence, 0..2),
        prop::bool::weighted(0.8),
    )
        .prop_map(move |(from, until, hours, breaks, absences, bookable_online)| Practitioner {
            id: id(0),
            name: "Somebody".to_owned(),
            role: String::new(),
            room: String::new(),
            active_from: from.map(near),
            active_until: until.map(near),
            hours,
            breaks,
            absences,
            bookable_online,
            position: 0,
        })
}

fn kind(number: usize) -> VisitKind {
    VisitKind {
        id: id(number),
        name: format!("Kind {number}"),
        minutes: 30,
        colour: KindColour::Other,
        bookable_online: number != 1,
        emergency: number == 2,
        active: number != 3,
    }
}

fn clinic(zone: Tz, day: NaiveDate) -> impl Strategy<Value = Clinic> {
    let exception = (-1..2_i64, hours()).prop_map(move |(off, spans)| DateException {
        date: day + TimeDelta::days(off),
        name: "Special".to_owned(),
        spans,
    });
    (
        prop::sample::select(vec![5_u16, 10, 15, 30]),
        weekly(),
        option::weighted(0.4, exception),
        breaks(),
        vec(practitioner(day), 1..4),
    )
        .prop_map(move |(grid, hours, exception, breaks, mut practitioners)| {
            for (number, practitioner) in practitioners.iter_mut().enumerate() {
                practitioner.id = id(number);
            }
            Clinic {
                id: id(0),
                name: "Clinic".to_owned(),
                address: String::new(),
                city: String::new(),
                zone,
                grid: Grid::new(grid).expect("a grid"),
                hours,
                hours_derived: false,
                exceptions: exception.into_iter().collect(),
                breaks,
                waiting_limit_minutes: 15,
                online: chairside_schedule::clinic::OnlineRule::default(),
                uses_chairs: true,
                chairs: (0..2).map(|number| Chair { id: id(number), name: format!("Room {number}") }).collect(),
                practitioners,
                kinds: (0..4).map(kind).collect(),
            }
        })
}

/// Minutes around UTC midnight of the day that every zone's day lies within.
const AROUND: std::ops::Range<i64> = -14 * 12..38 * 12;

fn blockout(day: NaiveDate) -> impl Strategy<Value = Blockout> {
    let whose = (option::of(0..3_usize), option::weighted(0.3, 0..2_usize));
    (whose, AROUND, 1..48_i64, any::<bool>()).prop_map(move |((practitioner, chair), start, fives, for_emergencies)| {
        Blockout {
            id: id(0),
            practitioner: practitioner.map(id),
            chair: chair.map(id),
            day,
            // Only the board reads the wall's; the rules read UTC.
            span: DaySpan::WHOLE,
            interval: stretch(day, start, fives),
            reason: "Service".to_owned(),
            for_emergencies,
        }
    })
}

fn busy(day: NaiveDate) -> impl Strategy<Value = Vec<Busy>> {
    let visit = (0..3_usize, 0..3_usize, option::of(0..2_usize), AROUND, 1..=24_i64);
    vec(visit, 0..40).prop_map(move |visits| {
        let of = |(number, (practitioner, patient, chair, start, fives)): (usize, (_, _, Option<usize>, _, _))| Busy {
            id: id(number),
            practitioner: id(practitioner),
            patient: id(patient),
            chair: chair.map(id),
            interval: stretch(day, start, fives),
        };
        visits.into_iter().enumerate().map(of).collect()
    })
}

fn stretch(day: NaiveDate, start_fives: i64, fives: i64) -> Interval {
    let midnight = Instant(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp());
    let start = midnight.plus_minutes(start_fives * 5);
    Interval::new(start, start.plus_minutes(fives * 5)).expect("at least five minutes")
}

pub fn world() -> impl Strategy<Value = World> {
    places()
        .prop_flat_map(|(zone, day)| {
            // Mostly before the day, so that there is something left to offer.
            let now = prop_oneof![3 => Just(-48 * 12), 1 => AROUND];
            (clinic(zone, day), Just(day), vec(blockout(day), 0..4), busy(day), now)
        })
        .prop_map(|(clinic, day, blockouts, busy, now)| World {
            clinic,
            day,
            blockouts,
            busy,
            now: stretch(day, now, 1).start,
        })
}

/// Visits somebody might wish there: mostly sensible ones.
pub fn wish(world: &World) -> impl Strategy<Value = Wish> + use<> {
    let (day, practitioners, own) = (world.day, world.clinic.practitioners.len(), world.busy.len());
    let minutes = prop_oneof![8 => (1..=24_u32).prop_map(|fives| fives * 5), 1 => 0..2000_u32];
    let start = prop_oneof![3 => (0..288_i64).prop_map(|fives| fives * 300), 1 => 0..86_400_i64];
    let kind = prop_oneof![6 => Just(0_usize), 1 => Just(2), 1 => 0..5_usize];
    let moved = option::weighted(0.3, 0..own.max(1));
    (moved, option::of(0..3_usize), 0..=practitioners, option::of(0..3_usize), kind, start, minutes).prop_map(
        move |(appointment, patient, practitioner, chair, kind, start, minutes)| Wish {
            appointment: appointment.map(id),
            patient: patient.map(id),
            practitioner: id(practitioner),
            chair: chair.map(id),
            kind: id(kind),
            start: day.and_time(chrono::NaiveTime::MIN) + TimeDelta::seconds(start),
            minutes,
        },
    )
}

/// Every opening of one practitioner on the day.
pub fn openings_of(world: &World, practitioner: &Practitioner, minutes: u32, limit: usize) -> Vec<openings::Found> {
    let search = openings::Search {
        clinic: &world.clinic,
        practitioners: vec![practitioner],
        minutes,
        emergency: false,
        from: world.now,
        limit,
    };
    let busy = world.busy_of(practitioner.id);
    openings::next_openings(&search, [world.day], &world.blockouts, |_, _| Some(&busy))
}
