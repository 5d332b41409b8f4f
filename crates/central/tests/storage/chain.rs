//! Entries, lives that were left, and what is given back.

use std::collections::BTreeSet;

use chairside_central::store::mirror::{ENTRIES_KEPT, PLACES_APART};
use chairside_central::store::{ClinicStorage, MirrorStorage};
use chairside_sync::body::{Hash32, Id, SettingsRow, VerdictRow, Window};
use chairside_sync::booking::State as Stands;
use chairside_sync::hub::State;
use chairside_sync::mirror::Applied;
use chairside_sync::restore::Lost;
use chairside_sync::takeover::Speaker;
use chairside_sync::wire::{At, Begin};
use chairside_sync::{Proposal, Public};

use crate::fixture::{
    EARLY, EPOCH, FIRST, WINDOW, answer, begun, booking, claim, clinic, id, kept, live, now, speaker, take_down,
    verdict, visit, visits, with_clinic,
};
use crate::requests::release;
use crate::{Factory, on_every_store};

on_every_store!(
    entries_put_their_rows_in_place,
    entries_for_elsewhere_change_nothing,
    who_decided_in_an_epoch_that_has_ended_is_not_heard,
    rows_outside_the_window_are_not_kept,
    a_bulk_entry_shuts_its_days,
    a_life_that_was_lost_is_rolled_back_and_given_back,
    what_patients_were_told_is_given_back_once,
    what_was_told_stands_unless_the_store_was_brought_back,
    what_nobody_was_told_of_is_given_back_as_such,
    a_birth_without_its_parent_here_changes_nothing,
    beginning_at_a_mark_leaves_the_old_life_for_the_hub,
    the_trail_is_sparser_the_older,
    old_entries_are_dropped_but_for_some_places,
);

async fn entries_put_their_rows_in_place<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let mut log = begun(&store, owner).await;
    let (first, second) = (visit(1, FIRST, 0), visit(2, FIRST + 1, 3));
    let settings = SettingsRow { version: 1, content: "{}".to_owned() };
    let said =
        [Public::Appointment(first.clone()), Public::Appointment(second.clone()), Public::Settings(settings.clone())];
    let effects = log.say(&store, owner, &said).await;
    assert_eq!(visits(&store).await, [first.clone(), second.clone()]);
    assert_eq!(store.settings(clinic()).await.expect("read"), Some(settings));
    assert_eq!(effects.days, [FIRST, FIRST + 1].into());
    assert!(effects.settings && effects.moved.is_empty() && !effects.mails);
    let moved = chairside_sync::body::AppointmentRow { version: 2, id: first.id, ..visit(1, FIRST + 2, 5) };
    let effects = log.say(&store, owner, &[Public::Appointment(moved.clone())]).await;
    assert_eq!(visits(&store).await, [second, moved]);
    assert_eq!(effects.days, [FIRST, FIRST + 2].into(), "both days look otherwise");
    factory.close(store).await;
}

async fn entries_for_elsewhere_change_nothing<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let mut log = begun(&store, owner).await;
    let at = store.load(owner).await.expect("read").at;
    log.write(&Public::Appointment(visit(1, FIRST, 0)));
    log.send(&store, owner, 2).await;
    // The same once more, as if the store were still where it was.
    let entries = chairside_sync::mirror::Followed {
        back_to: None,
        entries: Vec::new(),
        at: log.tip().expect("an entry"),
        mark: None,
    };
    let (applied, effects) = store.apply(owner, at, entries, speaker(), now(EARLY)).await.expect("read");
    assert_eq!(applied, Applied::Elsewhere);
    assert!(effects.is_empty());
    assert_eq!(store.load(owner).await.expect("read").at, log.tip());
    assert_eq!(visits(&store).await.len(), 1);
    factory.close(store).await;
}

async fn who_decided_in_an_epoch_that_has_ended_is_not_heard<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let mut log = begun(&store, owner).await;
    let before = store.load(owner).await.expect("read");
    log.write(&Public::Appointment(visit(1, FIRST, 0)));
    let batch = log.batch(2);
    let followed = chairside_sync::mirror::follow(before.at, &batch, &before.granted).expect("it follows");
    let ended = Speaker { epoch: EPOCH - 1, ..speaker() };
    // What it says would fit: the entries are of an epoch that counts.
    let (applied, _) =
        store.apply(owner, before.at, followed.expect("something new"), ended, now(EARLY)).await.expect("read");
    assert_eq!(applied, Applied::Elsewhere);
    let begin = Begin { at: log.tip().expect("entries"), window: WINDOW, left: Vec::new() };
    let (applied, _) = store.begin(owner, begin, ended, now(EARLY)).await.expect("read");
    assert_eq!(applied, Applied::Elsewhere);
    assert_eq!(store.load(owner).await.expect("read"), before);
    log.send(&store, owner, 2).await;
    assert_eq!(visits(&store).await.len(), 1, "the one who decides is heard");
    factory.close(store).await;
}

async fn rows_outside_the_window_are_not_kept<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let mut log = begun(&store, owner).await;
    let inside = [0, 1, 2, 3].map(|day: u8| Public::Appointment(visit(day.into(), FIRST + i32::from(day), 0)));
    log.say(&store, owner, &inside).await;
    log.say(&store, owner, &[Public::Appointment(visit(9, WINDOW.to, 0))]).await;
    assert_eq!(visits(&store).await.len(), 4, "the last day isn't offered");
    let later = Window { from: FIRST + 2, to: FIRST + 12 };
    log.say(&store, owner, &[Public::Mark(later)]).await;
    assert_eq!(visits(&store).await, [visit(2, FIRST + 2, 0), visit(3, FIRST + 3, 0)]);
    assert_eq!(store.clinic(clinic()).await.expect("read").expect("there").window, later);
    let gone = chairside_sync::body::AppointmentRow { version: 2, ..visit(2, FIRST + 40, 0) };
    log.say(&store, owner, &[Public::Appointment(gone)]).await;
    assert_eq!(visits(&store).await, [visit(3, FIRST + 3, 0)], "moved out of it");
    factory.close(store).await;
}

async fn a_bulk_entry_shuts_its_days<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let mut log = begun(&store, owner).await;
    log.write(&Public::Bulk(chairside_sync::body::BulkRow {
        appointments: 2,
        patients: 1,
        first_day: Some(FIRST - 3),
        last_day: Some(FIRST + 1),
        digest: Hash32::from([0; 32]),
    }));
    let (applied, effects) = log.send(&store, owner, 2).await;
    let Applied::At { shut, .. } = applied else { panic!("{applied:?}") };
    assert_eq!(shut, [Window { from: FIRST - 3, to: FIRST + 2 }]);
    assert_eq!(effects.days, [FIRST, FIRST + 1].into());
    factory.close(store).await;
}

async fn a_life_that_was_lost_is_rolled_back_and_given_back<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let mut log = begun(&store, owner).await;
    live(&store, owner).await;
    let lost: Vec<Public> = (0..3).map(|number| Public::Appointment(visit(number, FIRST, 0))).collect();
    log.say(&store, owner, &lost).await;
    let before = log.tip().expect("entries");
    log.restored_to(2);
    let (applied, _) = log.send(&store, owner, 2).await;
    let Applied::At { at, surplus, left, .. } = applied else { panic!("{applied:?}") };
    assert_eq!((Some(at), surplus, left), (log.tip(), 3, vec![*before.incarnation]));
    let bodies: Vec<Lost> = lost.iter().map(|body| Lost { public: body.to_bytes(), ..Lost::default() }).collect();
    assert_eq!(store.surplus(owner, 0).await.expect("read"), bodies);
    assert_eq!(store.surplus(owner, 2).await.expect("read"), bodies[2..]);
    store.surplus_kept(owner, 2).await.expect("written");
    store.surplus_kept(owner, 1).await.expect("written");
    let loaded = store.load(owner).await.expect("read");
    assert_eq!((loaded.surplus, loaded.surplus_kept), (3, 2), "never back");
    assert_eq!(loaded.left, [*before.incarnation].into());
    assert_eq!(visits(&store).await.len(), 3, "rows are put right by the mark");
    // Lost once more: everything is given back anew. The birth names a life
    // from before this mirror knew the clinic, too.
    log.write(&Public::Patient(id(7)));
    log.send(&store, owner, 3).await;
    log.restored_to_leaving(3, vec![id(0x42)]);
    log.send(&store, owner, 3).await;
    let loaded = store.load(owner).await.expect("read");
    assert_eq!((loaded.surplus, loaded.surplus_kept, loaded.left.len()), (4, 0, 3));
    assert!(loaded.left.contains(&*id(0x42)), "{:?}", loaded.left);
    factory.close(store).await;
}

async fn what_patients_were_told_is_given_back_once<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let wishes = [1, 2, 3].map(|number| booking(number, FIRST, i64::try_from(number).expect("small")));
    for wish in &wishes {
        take_down(&store, wish).await;
    }
    let mut log = begun(&store, owner).await;
    live(&store, owner).await;
    release(&store, owner, &[FIRST]).await;
    // One came otherwise than by the log; one by it; one by it and was then given otherwise.
    let [beside, by_log, put_right] = &wishes;
    let yes = |number| Some(visit(number, FIRST, i64::try_from(number).expect("small")));
    store.verdict(owner, EPOCH, answer(beside, yes(1)), now(EARLY)).await.expect("written");
    // Brought back, it hears the log from further back.
    store.begin_new_life(id(0x77)).await.expect("written");
    let owner = claim(&store, 2).await;
    let again = VerdictRow { again: true, ..answer(put_right, None) };
    let said = [verdict(by_log, yes(2)), verdict(put_right, yes(3)), Public::Verdict(Box::new(again.clone()))];
    log.say(&store, owner, &said).await;
    log.restored_to(2);
    let (applied, _) = log.send(&store, owner, 2).await;
    assert!(matches!(applied, Applied::At { surplus: 3, .. }), "{applied:?}");
    let told = [verdict(beside, yes(1)), verdict(by_log, yes(2)), Public::Verdict(Box::new(again.clone()))];
    let given = |bodies: &[Public]| -> Vec<Lost> {
        let wish_of = |body: &Public| match body {
            Public::Verdict(verdict) => wishes
                .iter()
                .map(|wish| &wish.proposal)
                .find(|wish| wish.id.0 == verdict.proposal)
                .map(Proposal::to_bytes),
            _ => None,
        };
        // What it has heard since it was brought back it has told nobody.
        let untold_of = |body: &Public| match body {
            Public::Verdict(verdict) => Some(verdict.proposal).filter(|proposal| *proposal != beside.proposal.id.0),
            _ => None,
        };
        let lost = |body: &Public| Lost { public: body.to_bytes(), wish: wish_of(body), untold: untold_of(body) };
        bodies.iter().map(lost).collect()
    };
    assert_eq!(store.surplus(owner, 0).await.expect("read"), given(&told), "what nobody was left with isn't");
    // The next life said one of them again and was lost as well: the later place counts.
    log.say(&store, owner, &[verdict(by_log, yes(2))]).await;
    log.restored_to(3);
    log.send(&store, owner, 3).await;
    let surplus = store.surplus(owner, 0).await.expect("read");
    let filled: Vec<_> = surplus.iter().filter(|lost| !lost.public.is_empty()).cloned().collect();
    let [first, second, third] = told;
    assert_eq!(filled, given(&[first, third.clone(), second.clone()]));
    assert_eq!(surplus.len() as u64, store.load(owner).await.expect("read").surplus);
    // The clinic says that the first one was answered otherwise, and so it stands: its place stays empty.
    let otherwise = VerdictRow { again: true, ..answer(beside, None) };
    log.say(&store, owner, &[Public::Verdict(Box::new(otherwise))]).await;
    let now_given = store.surplus(owner, 0).await.expect("read");
    let filled: Vec<_> = now_given.iter().filter(|lost| !lost.public.is_empty()).cloned().collect();
    assert_eq!((filled, now_given.len()), (given(&[third, second]), surplus.len()));
    factory.close(store).await;
}

async fn what_was_told_stands_unless_the_store_was_brought_back<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let wish = booking(1, FIRST, 1);
    take_down(&store, &wish).await;
    let mut log = begun(&store, owner).await;
    live(&store, owner).await;
    release(&store, owner, &[FIRST]).await;
    log.say(&store, owner, &[verdict(&wish, Some(visit(1, FIRST, 1)))]).await;
    // A desk that was restored to a copy of another history says what it answered there.
    let otherwise = Public::Verdict(Box::new(VerdictRow { again: true, ..answer(&wish, None) }));
    log.say(&store, owner, std::slice::from_ref(&otherwise)).await;
    let stands = kept(&store, &wish).await;
    assert_eq!((stands.state, stands.verdict.map(|told| told.accepted)), (Stands::Confirmed, Some(true)));
    // A store that was brought back may be the one that is wrong, until it has heard the desk out.
    store.begin_new_life(id(0x77)).await.expect("written");
    let owner = claim(&store, 2).await;
    log.say(&store, owner, std::slice::from_ref(&otherwise)).await;
    assert_eq!(kept(&store, &wish).await.state, Stands::Rejected);
    live(&store, owner).await;
    log.say(&store, owner, &[verdict(&wish, Some(visit(1, FIRST, 1)))]).await;
    assert_eq!(kept(&store, &wish).await.state, Stands::Rejected);
    factory.close(store).await;
}

async fn what_nobody_was_told_of_is_given_back_as_such<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let [told, heard, lost] = [1, 2, 3].map(|number| booking(number, FIRST, i64::try_from(number).expect("small")));
    for wish in [&told, &heard] {
        take_down(&store, wish).await;
    }
    let mut log = begun(&store, owner).await;
    live(&store, owner).await;
    release(&store, owner, &[FIRST]).await;
    let yes = |number| Some(visit(number, FIRST, i64::try_from(number).expect("small")));
    log.say(&store, owner, &[verdict(&told, yes(1))]).await;
    store.begin_new_life(id(0x77)).await.expect("written");
    let owner = claim(&store, 2).await;
    // Of the third request the copy knows nothing: its patient may have been told anything.
    log.say(&store, owner, &[verdict(&heard, yes(2)), verdict(&lost, None)]).await;
    log.restored_to(2);
    log.send(&store, owner, 2).await;
    let untold = async |owner| -> Vec<Option<Id>> {
        let given = store.surplus(owner, 0).await.expect("read");
        given.iter().filter(|lost| !lost.public.is_empty()).map(|lost| lost.untold).collect()
    };
    assert_eq!(untold(owner).await, [None, Some(heard.proposal.id.0), Some(lost.proposal.id.0)]);
    // The desk was heard out, and mails have left.
    live(&store, owner).await;
    assert_eq!(untold(owner).await, [None, None, None]);
    factory.close(store).await;
}

async fn a_birth_without_its_parent_here_changes_nothing<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let mut log = begun(&store, owner).await;
    let before = store.load(owner).await.expect("read");
    log.restored_to(1);
    let stranger = At { hash: Hash32::from([9; 32]), ..log.at(1) };
    let mut followed = {
        let at = before.at;
        let batch = log.batch(1);
        chairside_sync::mirror::follow(at, &batch, &before.granted).expect("it follows").expect("something new")
    };
    followed.back_to = Some(stranger);
    let (applied, _) = store.apply(owner, before.at, followed, speaker(), now(EARLY)).await.expect("read");
    assert_eq!(applied, Applied::NoParent);
    assert_eq!(store.load(owner).await.expect("read"), before);
    factory.close(store).await;
}

async fn beginning_at_a_mark_leaves_the_old_life_for_the_hub<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let mut log = begun(&store, owner).await;
    log.say(&store, owner, &[Public::Appointment(visit(1, FIRST, 0)), Public::Appointment(visit(2, FIRST + 9, 0))])
        .await;
    let old = log.tip().expect("entries");
    let later = Window { from: FIRST + 5, to: FIRST + 15 };
    // Of the same life: what lies between is with the hub.
    let same = At { seq: 50, hash: Hash32::from([5; 32]), ..old };
    let (applied, _) = store
        .begin(owner, Begin { at: same, window: later, left: vec![id(0x42)] }, speaker(), now(EARLY))
        .await
        .expect("written");
    assert_eq!(applied, Applied::At { at: same, shut: Vec::new(), surplus: 0, left: vec![*id(0x42)] });
    assert_eq!(visits(&store).await, [visit(2, FIRST + 9, 0)]);
    // Of another: what only this mirror knows isn't.
    let other = At { incarnation: id(0x99), seq: 60, ..same };
    let (applied, _) = store
        .begin(owner, Begin { at: other, window: later, left: Vec::new() }, speaker(), now(EARLY))
        .await
        .expect("written");
    assert_eq!(applied, Applied::At { at: other, shut: Vec::new(), surplus: 1, left: vec![*old.incarnation] });
    assert_eq!(store.trail(owner).await.expect("read"), [other]);
    let loaded = store.load(owner).await.expect("read");
    assert_eq!((loaded.at, loaded.surplus), (Some(other), 1));
    assert_eq!(loaded.left, BTreeSet::from([*id(0x42), *old.incarnation]));
    factory.close(store).await;
}

async fn the_trail_is_sparser_the_older<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    assert_eq!(store.trail(owner).await.expect("read"), []);
    let mut log = begun(&store, owner).await;
    let many: Vec<Public> = (0..98).map(|number| Public::Patient(id(number))).collect();
    log.say(&store, owner, &many).await;
    let places = store.trail(owner).await.expect("read");
    let seqs: Vec<u64> = places.iter().map(|at| at.seq).collect();
    assert_eq!(seqs, [100, 99, 98, 97, 96, 94, 90, 82, 66, 34, 1]);
    assert!(places.iter().all(|at| *at == log.at(at.seq)));
    factory.close(store).await;
}

async fn old_entries_are_dropped_but_for_some_places<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let mut log = begun(&store, owner).await;
    let page: Vec<Public> = (0..250).map(|number| Public::Patient(id(number))).collect();
    let all = ENTRIES_KEPT + 2 * PLACES_APART;
    while log.tip().is_some_and(|at| at.seq < all) {
        log.say(&store, owner, &page).await;
    }
    let places = store.trail(owner).await.expect("read");
    let first = places.last().expect("a place");
    assert_eq!(first.seq, PLACES_APART, "the oldest place that is kept");
    assert!(places.iter().all(|at| *at == log.at(at.seq)));
    // A hub restored from before all that is kept still has a place in common.
    log.restored_to(PLACES_APART);
    let (applied, _) = log.send(&store, owner, PLACES_APART).await;
    let Applied::At { at, surplus, .. } = applied else { panic!("{applied:?}") };
    assert_eq!(Some(at), log.tip());
    assert!((ENTRIES_KEPT..all).contains(&surplus), "what is still known goes back: {surplus}");
    store.reached(owner, State::Live, now(EARLY)).await.expect("written");
    factory.close(store).await;
}
