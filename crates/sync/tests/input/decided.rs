//! Wishes that can be read and make no sense: each gets an answer.

use chairside_schedule::Clinic;
use chairside_schedule::clinic::Grid;
use chairside_schedule::hours::WeeklyHours;
use chairside_schedule::time::Instant;
use chairside_sync::decide::{Decision, Facts, First, Terms, days_read, decide, decide_pending};
use chairside_sync::{Proposal, Wish};
use proptest::option::of;
use uuid::Uuid;

use crate::any;
use crate::effort::{run, tried};
use crate::pair::{TODAY, booking};

fn clinic() -> Clinic {
    Clinic {
        id: Uuid::from_u128(7).into(),
        name: "Clinic".to_owned(),
        address: String::new(),
        city: String::new(),
        zone: "Europe/Stockholm".parse().expect("a zone"),
        grid: Grid::DEFAULT,
        hours: WeeklyHours::default(),
        hours_derived: false,
        exceptions: Vec::new(),
        breaks: Vec::new(),
        waiting_limit_minutes: 15,
        online: chairside_schedule::clinic::OnlineRule::default(),
        uses_chairs: false,
        chairs: Vec::new(),
        practitioners: Vec::new(),
        kinds: Vec::new(),
    }
}

fn answer(proposal: &Proposal, facts: &Facts<'_>) -> Decision {
    let terms =
        Terms { now: Instant(1_795_500_000), ask_staff: false, all_resent: true, disputed: false, clocks_apart: false };
    decide_pending(proposal, facts, true, terms.now);
    days_read(proposal);
    decide(proposal, facts, terms)
}

#[test]
fn a_wish_for_a_time_at_the_end_of_the_calendar_is_answered() {
    let clinic = clinic();
    let facts = Facts { clinic: &clinic, visit: None, first: First::None, busy: &[], blockouts: &[] };
    // The first and last seconds a calendar here knows, and beyond.
    let ends = [-8_334_601_228_800, -8_334_601_142_400, 8_210_266_790_399, 8_210_266_876_799, i64::MIN, i64::MAX];
    for local_s in ends {
        for minutes in [0, 30, u32::MAX] {
            let mut wish = booking(1, TODAY, 9);
            if let Wish::Book(place) = &mut wish.wish {
                place.local_s = local_s;
                place.minutes = minutes;
            }
            assert!(matches!(answer(&wish, &facts), Decision::Reject(..)), "{local_s} for {minutes} minutes");
        }
    }
}

#[test]
fn any_wish_about_any_visit_is_answered() {
    let clinic = clinic();
    let cases = std::cell::Cell::new(0);
    run(2_000)
        .run(&(any::proposal(), of(any::appointment())), |(proposal, visit)| {
            let facts = Facts { clinic: &clinic, visit, first: First::None, busy: &[], blockouts: &[] };
            answer(&proposal, &facts);
            cases.set(cases.get() + 1);
            Ok(())
        })
        .unwrap_or_else(|found| panic!("{found}"));
    tried("wishes", cases.get());
}
