//! Who speaks for a clinic.

use chairside_central::store::mirror::LEASE_MS;
use chairside_central::store::{ClinicStorage, MirrorStorage, StorageError};
use chairside_sync::booking::State as Stands;
use chairside_sync::hub::State;
use chairside_sync::takeover::{Grant, Refusal, Request};
use chairside_sync::wire::Begin;

use crate::fixture::{
    EARLY, EPOCH, FIRST, add, answer, begun, booking, claim, clinic, id, kept, now, process, speaker, take_down, visit,
    with_clinic,
};
use crate::requests::release;
use crate::{Factory, on_every_store};

on_every_store!(
    a_claim_stands_until_it_is_let_go_or_runs_out,
    who_was_overtaken_writes_and_reads_nothing,
    a_process_that_starts_anew_finds_what_was_mirrored,
    a_clinic_is_added_once,
    how_a_clinic_is_reached_is_kept_with_since_when,
    an_epoch_is_granted_to_who_stands_where_central_does,
    a_store_brought_back_begins_a_life_of_its_own,
);

async fn a_claim_stands_until_it_is_let_go_or_runs_out<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let first = with_clinic(&store).await;
    let asked = |number, wall_ms: i64| {
        let at = chairside_sync::Now { steady_ms: 0, wall_ms: EARLY * 1_000 + wall_ms };
        store.claim(clinic(), process(number), at)
    };
    let lease = LEASE_MS.cast_signed();
    assert_eq!(asked(2, lease - 1).await.expect("read"), None);
    assert!(asked(1, 1).await.expect("read").is_some_and(|again| again.token > first.token), "its own, anew");
    assert_eq!(asked(2, lease).await.expect("read"), None, "renewed by that");
    let second = asked(2, lease + 1).await.expect("read").expect("run out");
    store.renew(second, now(EARLY + 100)).await.expect("renewed");
    assert_eq!(asked(3, 110_000).await.expect("read"), None);
    store.let_go(first).await.expect("nothing happens");
    assert_eq!(asked(3, 110_000).await.expect("read"), None, "only the latest can let go");
    store.let_go(second).await.expect("let go");
    assert!(asked(3, 110_000).await.expect("read").is_some_and(|third| third.token > second.token));
    let unknown = store.claim(chairside_schedule::ClinicId(process(9)), process(1), now(EARLY)).await;
    assert!(matches!(unknown, Err(StorageError::NoClinic(_))));
    factory.close(store).await;
}

async fn who_was_overtaken_writes_and_reads_nothing<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let old = with_clinic(&store).await;
    let mut log = begun(&store, old).await;
    let new = claim(&store, 1).await;
    let at = log.tip().expect("it has begun");
    let window = crate::fixture::WINDOW;
    let early = now(EARLY);
    let refused = |error: StorageError| assert_eq!(error.code(), "not_owner");
    refused(store.load(old).await.expect_err("refused"));
    refused(store.renew(old, early).await.expect_err("refused"));
    refused(store.begin(old, Begin { at, window, left: Vec::new() }, speaker(), early).await.expect_err("refused"));
    refused(store.replace_day(old, 2, window.from, Default::default(), early).await.expect_err("refused"));
    refused(store.replace_settings(old, 2, None).await.expect_err("refused"));
    refused(store.outstanding(old, vec![window.from], window.from).await.expect_err("refused"));
    refused(store.release(old, Default::default(), Default::default(), 1, early).await.expect_err("refused"));
    refused(store.surplus(old, 0).await.expect_err("refused"));
    refused(store.surplus_kept(old, 0).await.expect_err("refused"));
    refused(store.orphans(old).await.expect_err("refused"));
    refused(store.trail(old).await.expect_err("refused"));
    refused(store.reached(old, State::Live, early).await.expect_err("refused"));
    let proposal = crate::fixture::proposal_id(1);
    refused(store.quarantine(old, proposal, "refused".to_owned(), early).await.expect_err("refused"));
    assert_eq!(store.load(new).await.expect("read").at, Some(at), "nothing was touched");
    log.say(&store, new, &[chairside_sync::Public::Patient(id(1))]).await;
    factory.close(store).await;
}

async fn a_process_that_starts_anew_finds_what_was_mirrored<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let log = begun(&store, owner).await;
    let before = store.load(owner).await.expect("read");
    factory.close(store).await;
    let store = factory.open().await.expect("opens again");
    let again = claim(&store, 2).await;
    assert!(again.token > owner.token);
    assert_eq!(store.load(again).await.expect("read"), before);
    assert_eq!(before.at, log.tip());
    assert_eq!(before.node, Some(id(crate::fixture::NODE)));
    assert_eq!(before.granted, Grant::FIRST);
    factory.close(store).await;
}

async fn a_clinic_is_added_once<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    assert_eq!(store.clinic(clinic()).await.expect("read"), None);
    assert!(add(&store, clinic()).await);
    assert!(!add(&store, clinic()).await);
    let all = store.clinics().await.expect("read");
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].name.as_str(), all[0].state, all[0].at), ("Testhuset", State::Checking, None));
    assert_eq!(store.clinic(clinic()).await.expect("read").as_ref(), all.first());
    factory.close(store).await;
}

async fn how_a_clinic_is_reached_is_kept_with_since_when<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    for (state, wall_s, since_s) in
        [(State::Offline, 10, 10), (State::Offline, 20, 10), (State::Live, 30, 30), (State::Checking, 40, 40)]
    {
        store.reached(owner, state, now(wall_s)).await.expect("written");
        let clinic = store.clinic(clinic()).await.expect("read").expect("it is there");
        assert_eq!((clinic.state, clinic.state_since_ms), (state, since_s * 1_000));
    }
    factory.close(store).await;
}

async fn an_epoch_is_granted_to_who_stands_where_central_does<F: Factory>() {
    let factory = F::new();
    let wish = booking(1, FIRST, 0);
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let mut log = begun(&store, owner).await;
    let at = log.tip().expect("it has begun");
    let request = Request { node: id(2), over: 1, at, through: Some(log.at(1)) };
    let behind = store.grant(clinic(), request).await.expect("read");
    assert_eq!(behind, Err(Refusal::Behind(at)));
    let granted = store.grant(clinic(), Request { through: Some(at), ..request }).await.expect("written");
    let granted = granted.expect("granted");
    assert_eq!((granted.epoch, granted.taken.map(|taken| taken.at)), (2, Some(at)));
    assert_eq!(store.load(owner).await.expect("read").granted, granted);
    // The old hub hasn't heard of it yet; what it answers from now on is no answer.
    take_down(&store, &wish).await;
    release(&store, owner, &[FIRST]).await;
    let yes = || answer(&wish, Some(visit(1, FIRST, 0)));
    assert!(store.verdict(owner, EPOCH, yes(), now(EARLY)).await.expect("read").is_empty());
    assert_eq!(kept(&store, &wish).await.state, Stands::Sent);
    store.verdict(owner, granted.epoch, yes(), now(EARLY)).await.expect("written");
    assert_eq!(kept(&store, &wish).await.state, Stands::Confirmed);
    // The old hub's word ended there.
    log.write(&chairside_sync::Public::Patient(id(1)));
    let (applied, _) = log.send(&store, owner, 2).await;
    assert_eq!(applied, chairside_sync::mirror::Applied::Elsewhere);
    assert_eq!(store.load(owner).await.expect("read").at, Some(at));
    factory.close(store).await;
}

async fn a_store_brought_back_begins_a_life_of_its_own<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let before = with_clinic(&store).await;
    let open = booking(1, FIRST, 0);
    take_down(&store, &open).await;
    assert_eq!(kept(&store, &open).await.state, Stands::Held);
    store.begin_new_life(id(0x77)).await.expect("written");
    let request = kept(&store, &open).await;
    assert_eq!((request.state, request.sent_ms), (Stands::Sent, Some(EARLY * 1_000)), "only the hub knows now");
    assert_eq!(store.incarnation().await.expect("read"), id(0x77));
    assert!(store.load(before).await.is_err_and(|error| error.code() == "not_owner"));
    let after = claim(&store, 1).await;
    assert!(after.token > before.token + 1_000_000, "past every claim there may have been since");
    factory.close(store).await;
}
