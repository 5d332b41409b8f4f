//! Long random sequences of everything a desk does, after which everything
//! must still be as it was written, before and after a restart.

use std::collections::HashMap;

use chairside_schedule::appointment::VisitTime;
use chairside_schedule::id::AppointmentId;
use chairside_schedule::{Appointment, Status};
use chairside_store::StoreError;
use chairside_store::tx::{Overlap, Refusal};
use proptest::prelude::*;

use crate::fixture::{Place, chair, moment, patient, practitioner, register, visit, wish_of};

#[derive(Clone, Debug)]
enum Step {
    Register,
    Book { with: u128, quarter: u32, minutes: u32, in_chair: Option<u128>, knowingly: bool },
    Move { which: usize, with: u128, quarter: u32 },
    Become { which: usize, status: Status },
    Describe { which: usize, note: String },
    Rename { which: u128, given: String },
    Restart,
}

fn any_step() -> impl Strategy<Value = Step> {
    let place = (0..3_u128, 0..12_u32);
    prop_oneof![
        1 => Just(Step::Register),
        8 => (place.clone(), 1..6_u32, prop::option::of(0..2_u128), prop::bool::weighted(0.1)).prop_map(
            |((with, quarter), fives, in_chair, knowingly)| Step::Book { with, quarter, minutes: fives * 15, in_chair, knowingly }
        ),
        4 => (any::<usize>(), place).prop_map(|(which, (with, quarter))| Step::Move { which, with, quarter }),
        5 => (any::<usize>(), prop::sample::select(Status::ALL.to_vec()))
            .prop_map(|(which, status)| Step::Become { which, status }),
        1 => (any::<usize>(), ".{0,12}").prop_map(|(which, note)| Step::Describe { which, note }),
        1 => (0..3_u128, "[A-Za-zÅÄÖåäö ]{1,8}").prop_map(|(which, given)| Step::Rename { which, given }),
        1 => Just(Step::Restart),
    ]
}

fn time(quarter: u32) -> VisitTime {
    let local = crate::fixture::at("2026-11-24T22:00") + chrono::TimeDelta::minutes(i64::from(quarter) * 15);
    VisitTime::new(local, chrono_tz::Europe::Stockholm, 30)
}

/// What must be in the store: a plain map, kept beside it.
#[derive(Default)]
struct Model {
    visits: HashMap<AppointmentId, Appointment>,
    order: Vec<AppointmentId>,
    patients: u128,
}

impl Model {
    fn pick(&self, which: usize) -> Option<Appointment> {
        let id = self.order.get(which.checked_rem(self.order.len())?)?;
        self.visits.get(id).cloned()
    }

    /// Whether the place is free, worked out the slow way.
    fn is_free_for(&self, visit: &Appointment) -> bool {
        !visit.status.occupies()
            || self.visits.values().all(|other| {
                let shares =
                    other.practitioner == visit.practitioner || (visit.chair.is_some() && other.chair == visit.chair);
                other.id == visit.id
                    || !other.status.occupies()
                    || !shares
                    || !other.time.interval.overlaps(visit.time.interval)
            })
    }
}

async fn run(steps: Vec<Step>) {
    let place = Place::new();
    let mut store = place.found().await;
    let mut model = Model::default();
    register(&store, patient(0)).await;
    let mut entries = store.tip().seq;
    for (number, step) in (0..).zip(steps) {
        let changed = match step {
            Step::Register => {
                model.patients += 1;
                register(&store, patient(model.patients)).await;
                true
            }
            Step::Book { with, quarter, minutes, in_chair, knowingly } => {
                let mut wish = visit(number, with, "2026-11-24T22:00");
                wish.time = VisitTime::new(time(quarter).local, wish.time.zone, minutes);
                wish.chair = in_chair.map(chair);
                wish.overbooked = knowingly.then(|| "knowingly".to_owned());
                let overlap = if knowingly { Overlap::Knowingly } else { Overlap::Refuse };
                let booked = wish.clone();
                let done = store
                    .write(moment(), async move |tx| tx.insert_appointment(&booked, wish_of(&booked), overlap).await)
                    .await;
                assert_eq!(done.is_ok(), knowingly || model.is_free_for(&wish), "{wish:?}");
                if done.is_ok() {
                    model.order.push(wish.id);
                    model.visits.insert(wish.id, wish);
                }
                done.is_ok()
            }
            Step::Move { which, with, quarter } => {
                change(&store, &mut model, which, |visit| {
                    visit.practitioner = practitioner(with);
                    visit.time = VisitTime::new(time(quarter).local, visit.time.zone, visit.time.minutes);
                    visit.overbooked = None;
                })
                .await
            }
            Step::Become { which, status } => {
                change(&store, &mut model, which, |visit| {
                    if visit.status.may_become(status) {
                        visit.status = status;
                    }
                })
                .await
            }
            Step::Describe { which, note } => change(&store, &mut model, which, |visit| visit.note = note).await,
            Step::Rename { which, given } => {
                let who = patient(which % (model.patients + 1)).id;
                store
                    .write(moment(), async move |tx| {
                        let before = tx.patient(who).await?.expect("registered");
                        let after =
                            chairside_schedule::Patient { version: before.version + 1, given, ..before.clone() };
                        tx.update_patient(&before, &after).await
                    })
                    .await
                    .expect("renamed");
                true
            }
            Step::Restart => {
                store.close().await;
                store = place.open().await;
                false
            }
        };
        entries += u64::from(changed);
        assert_eq!(store.tip().seq, entries, "a change is one entry, and only a change is");
    }
    check(&store, &model).await;
    store.close().await;
    let store = place.open().await;
    assert_eq!(store.tip().seq, entries, "a restart writes nothing");
    check(&store, &model).await;
}

async fn change(
    store: &chairside_store::Store,
    model: &mut Model,
    which: usize,
    how: impl FnOnce(&mut Appointment),
) -> bool {
    let Some(before) = model.pick(which) else { return false };
    let mut after = before.clone();
    how(&mut after);
    if after == before {
        return false;
    }
    after.version += 1;
    let takes_time = !before.status.occupies()
        || before.time != after.time
        || before.practitioner != after.practitioner
        || before.overbooked != after.overbooked;
    let wanted = !takes_time || model.is_free_for(&after);
    let written = after.clone();
    let done =
        store.write(moment(), async move |tx| tx.update_appointment(&before, &written, Overlap::Refuse).await).await;
    assert_eq!(done.is_ok(), wanted, "{done:?}");
    assert!(!matches!(done, Err(Refusal::Store(StoreError::Sqlite(_)))), "{done:?}");
    if wanted {
        model.visits.insert(after.id, after);
    }
    wanted
}

async fn check(store: &chairside_store::Store, model: &Model) {
    let verified = store.verify().await.expect("verified");
    assert_eq!(verified.fault, None);
    assert_eq!(verified.appointments, model.visits.len() as u64);
    assert_eq!(u128::from(verified.patients), model.patients + 1);
    let mut stored = HashMap::new();
    store
        .each_appointment(|visit| {
            stored.insert(visit.id, visit);
            Ok::<_, StoreError>(())
        })
        .await
        .expect("every visit");
    assert_eq!(stored, model.visits);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_desk_does_the_store_is_as_it_was_written(steps in prop::collection::vec(any_step(), 40..80)) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(run(steps));
    }
}
