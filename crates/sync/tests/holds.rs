//! Holds and claims under any order of calls, against a plain list.

use chairside_schedule::id::{ChairId, PractitionerId};
use chairside_schedule::time::{Instant, Interval};
use chairside_sync::holds::{By, Change, Holds, Place, VisitorId, Way};
use chairside_sync::{Now, ProposalId};
use proptest::prelude::*;
use uuid::Uuid;

fn visitor_id(number: u8) -> VisitorId {
    VisitorId(Uuid::from_u128(number.into()))
}

fn visitor(number: u8) -> By {
    By::Visitor(visitor_id(number))
}

fn proposal_id(number: u8) -> ProposalId {
    ProposalId([number; 16].into())
}

fn proposal(number: u8) -> By {
    By::Proposal(proposal_id(number))
}

fn place(practitioner: u8, chair: u8, start: i64, minutes: u32) -> Place {
    Place {
        practitioner: PractitionerId(Uuid::from_u128(practitioner.into())),
        chair: (chair > 0).then(|| ChairId(Uuid::from_u128(chair.into()))),
        interval: Interval::lasting(Instant(start * 60), minutes),
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Take(u8, Place),
    Verify(u8, Place),
    Submit(u8, Place, u8),
    Leave(u8),
    End(u8),
    Expire,
}

fn any_step() -> impl Strategy<Value = Step> {
    // Few enough places that people meet on them.
    let any_place = (0u8..2, 0u8..2, 0i64..4, 1u32..3)
        .prop_map(|(practitioner, chair, start, minutes)| place(practitioner, chair, start, minutes));
    prop_oneof![
        4 => (0u8..4, any_place.clone()).prop_map(|(visitor, place)| Step::Take(visitor, place)),
        1 => (0u8..4, any_place.clone()).prop_map(|(visitor, place)| Step::Verify(visitor, place)),
        2 => (0u8..4, any_place, 0u8..6).prop_map(|(visitor, place, id)| Step::Submit(visitor, place, id)),
        1 => (0u8..4).prop_map(Step::Leave),
        1 => (0u8..6).prop_map(Step::End),
        1 => Just(Step::Expire),
    ]
}

fn apply(holds: &mut Holds, now: Now, step: Step) -> Option<Vec<Change>> {
    match step {
        Step::Take(id, place) => holds.take(now, visitor_id(id), place).ok(),
        Step::Verify(id, place) => holds.await_verification(now, visitor_id(id), place).ok(),
        Step::Submit(id, place, number) => holds.submit(now, visitor_id(id), place, proposal_id(number)).ok(),
        Step::Leave(id) => Some(holds.leave(visitor_id(id)).into_iter().collect()),
        Step::End(number) => Some(holds.end(proposal_id(number), Way::Decided).into_iter().collect()),
        Step::Expire => Some(holds.expire(now)),
    }
}

/// The same in the plainest words: a list of who has what.
#[derive(Default)]
struct Model(Vec<Entry>);

struct Entry {
    by: By,
    place: Place,
    /// Milliseconds; a claim has none.
    until: Option<i64>,
    verifying: bool,
}

impl Model {
    /// Whether it can be done.
    fn apply(&mut self, now_ms: i64, step: Step) -> bool {
        self.0.retain(|entry| entry.until.is_none_or(|until| now_ms < until));
        let (id, entry) = match step {
            Step::Take(id, place) => {
                (id, Entry { by: visitor(id), place, until: Some(now_ms + 300_000), verifying: false })
            }
            Step::Verify(id, place) => {
                (id, Entry { by: visitor(id), place, until: Some(now_ms + 1_800_000), verifying: true })
            }
            Step::Submit(id, place, number) => {
                (id, Entry { by: proposal(number), place, until: None, verifying: false })
            }
            Step::Leave(id) => return self.forget(|entry| entry.by == visitor(id)),
            Step::End(number) => return self.forget(|entry| entry.by == proposal(number)),
            Step::Expire => return true,
        };
        match self.0.iter().find(|had| had.by == entry.by) {
            Some(had) if had.until.is_none() => return had.place == entry.place,
            Some(had) if had.place == entry.place && had.verifying >= entry.verifying => return true,
            _ => {}
        }
        if self.0.iter().any(|other| other.by != visitor(id) && other.place.overlaps(&entry.place)) {
            return false;
        }
        self.forget(|own| own.by == visitor(id) && (entry.until.is_some() || own.place.overlaps(&entry.place)));
        self.0.push(entry);
        true
    }

    fn forget(&mut self, whom: impl Fn(&Entry) -> bool) -> bool {
        self.0.retain(|entry| !whom(entry));
        true
    }
}

proptest! {
    #[test]
    fn it_does_what_a_plain_list_does(steps in prop::collection::vec((0i64..400_000, any_step()), 0..60)) {
        let (mut holds, mut model, mut wall_ms) = (Holds::default(), Model::default(), 0);
        let mut told = Vec::new();
        for (later_ms, step) in steps {
            wall_ms += later_ms;
            let now = Now { steady_ms: 0, wall_ms };
            let changes = apply(&mut holds, now, step);
            prop_assert_eq!(changes.is_some(), model.apply(wall_ms, step), "{:?}", step);
            let mut booked: Vec<_> = holds.being_booked(now).map(|(by, place)| (by, *place)).collect();
            let mut expected: Vec<_> = model.0.iter().map(|entry| (entry.by, entry.place)).collect();
            booked.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(&booked, &expected);
            // Whoever only hears of changes and limits knows the same places.
            for change in changes.into_iter().flatten() {
                match change {
                    Change::Kept { place, by } => {
                        told.retain(|(who, had)| !(matches!(who, By::Visitor(_)) && *had == place));
                        told.push((by, place));
                    }
                    Change::Released { place, by, .. } => told.retain(|had| *had != (by, place)),
                }
            }
            prop_assert!(booked.iter().all(|had| told.contains(had)));
        }
    }

    #[test]
    fn no_two_overlap_however_clocks_are_set(
        steps in prop::collection::vec((-2_000_000i64..2_000_000, any_step()), 0..60),
    ) {
        let (mut holds, mut wall_ms) = (Holds::default(), 0);
        for (jump_ms, step) in steps {
            wall_ms += jump_ms;
            apply(&mut holds, Now { steady_ms: 0, wall_ms }, step);
            for seen_ms in [wall_ms, wall_ms - 200_000, wall_ms - 1_000_000] {
                let now = Now { steady_ms: 0, wall_ms: seen_ms };
                let places: Vec<_> = holds.being_booked(now).map(|(_, place)| *place).collect();
                for (at, place) in places.iter().enumerate() {
                    prop_assert!(!places[..at].iter().any(|other| other.overlaps(place)));
                }
            }
        }
    }
}
