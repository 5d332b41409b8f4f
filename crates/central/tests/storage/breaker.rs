//! One breaker for all who ask.

use chairside_central::store::{BreakerStorage, Storage};
use chairside_sync::Now;
use chairside_sync::breaker::{Change, LEAST_CALLS, OPEN_MS, Outcome, PROBE_MS, Permit, Phase};

use crate::fixture::{EARLY, clinic, with_clinic};
use crate::{Factory, on_every_store};

on_every_store!(
    it_opens_on_failures_and_closes_after_one_probe,
    of_many_who_ask_at_once_one_probes,
    it_stands_over_a_restart,
);

fn at(later_ms: u64) -> Now {
    Now { steady_ms: later_ms, wall_ms: EARLY * 1_000 + later_ms.cast_signed() }
}

async fn open<S: Storage>(store: &S) {
    let turned = store.turn_breaker(clinic(), None, at(0)).await.expect("read");
    assert_eq!((turned.permit, turned.changes), (Permit::Go { era: 0 }, vec![]));
    let failures = vec![Outcome::Failed; LEAST_CALLS as usize];
    let turned = store.turn_breaker(clinic(), Some((turned.permit, failures)), at(0)).await.expect("written");
    assert_eq!(turned.permit, Permit::Wait { until_steady_ms: OPEN_MS });
    assert_eq!(turned.changes, [Change::Opened]);
}

async fn it_opens_on_failures_and_closes_after_one_probe<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    with_clinic(&store).await;
    open(&store).await;
    let probe = store.turn_breaker(clinic(), None, at(OPEN_MS)).await.expect("written");
    assert!(matches!(probe.permit, Permit::Probe { .. }));
    assert_eq!(probe.changes, [Change::HalfOpen]);
    let closed = store.turn_breaker(clinic(), Some((probe.permit, vec![Outcome::Answered])), at(OPEN_MS + 5)).await;
    let closed = closed.expect("written");
    assert!(matches!(closed.permit, Permit::Go { .. }));
    assert_eq!(closed.changes, [Change::Closed]);
    assert_eq!(store.breaker(clinic()).await.expect("read").phase, Phase::Closed);
    factory.close(store).await;
}

async fn of_many_who_ask_at_once_one_probes<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    with_clinic(&store).await;
    open(&store).await;
    let mut race = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let store = store.clone();
        race.spawn(async move { store.turn_breaker(clinic(), None, at(OPEN_MS)).await.expect("written").permit });
    }
    let permits = race.join_all().await;
    assert_eq!(permits.iter().filter(|permit| matches!(permit, Permit::Probe { .. })).count(), 1);
    assert_eq!(permits.iter().filter(|permit| matches!(permit, Permit::Wait { .. })).count(), 49);
    factory.close(store).await;
}

async fn it_stands_over_a_restart<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    with_clinic(&store).await;
    open(&store).await;
    let before = store.breaker(clinic()).await.expect("read");
    factory.close(store).await;
    let store = factory.open().await.expect("opens again");
    assert_eq!(store.breaker(clinic()).await.expect("read"), before);
    store.turn_breaker(clinic(), None, at(OPEN_MS)).await.expect("written");
    // Whoever had the probe never came back.
    let turned = store.turn_breaker(clinic(), None, at(OPEN_MS + PROBE_MS)).await.expect("written");
    assert!(matches!(turned.permit, Permit::Wait { .. }));
    assert_eq!(turned.changes, [Change::Opened]);
    factory.close(store).await;
}
