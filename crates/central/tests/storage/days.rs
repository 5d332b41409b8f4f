//! Digests, days put in place, and what only this mirror had.

use chairside_central::store::{ClinicStorage, MirrorStorage, Storage};
use chairside_sync::Public;
use chairside_sync::body::{BlockoutRow, SettingsRow};
use chairside_sync::digest::{DayRows, of_day, of_settings};
use chairside_sync::hub::State;

use crate::fixture::{EARLY, FIRST, WINDOW, begun, clinic, id, now, visit, visits, with_clinic};
use crate::{Factory, on_every_store};

on_every_store!(
    digests_are_of_the_rows_as_they_were_behind_the_mark,
    without_a_snapshot_the_rows_serve_for_as_long_as_the_mark_is_the_last_entry,
    a_day_is_put_in_place_with_later_entries_on_top,
    what_only_this_mirror_had_is_kept_until_the_log_speaks_of_it,
    settings_are_put_in_place_unless_they_changed_since,
);

fn blockout(number: u128, start_s: i64) -> BlockoutRow {
    BlockoutRow {
        id: id(0xb10 + number),
        practitioner: None,
        chair: Some(id(0xcc)),
        day: FIRST,
        start_s,
        end_s: start_s + 600,
        for_emergencies: true,
        lifted: false,
    }
}

async fn rows<S: Storage>(store: &S) -> DayRows {
    let mut days = store.rows(clinic(), WINDOW).await.expect("read");
    days.retain(|(day, _)| *day == FIRST);
    days.pop().map(|(_, rows)| rows).unwrap_or_default()
}

async fn digests_are_of_the_rows_as_they_were_behind_the_mark<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let mut log = begun(&store, owner).await;
    let settings = SettingsRow { version: 1, content: "{}".to_owned() };
    let said = [
        Public::Appointment(visit(2, FIRST, 1)),
        Public::Appointment(visit(1, FIRST, 0)),
        Public::Appointment(visit(3, FIRST + 4, 0)),
        Public::Blockout(blockout(1, 9_000)),
        Public::Settings(settings.clone()),
        Public::Mark(WINDOW),
    ];
    log.say(&store, owner, &said).await;
    let mark = log.tip().expect("a mark").seq;
    // Editing goes on.
    log.say(&store, owner, &[Public::Appointment(visit(4, FIRST, 5))]).await;
    let digests = store.digest(owner, mark, WINDOW).await.expect("read").expect("a snapshot");
    let first =
        DayRows { appointments: vec![visit(1, FIRST, 0), visit(2, FIRST, 1)], blockouts: vec![blockout(1, 9_000)] };
    let fifth = DayRows { appointments: vec![visit(3, FIRST + 4, 0)], blockouts: Vec::new() };
    assert_eq!(digests.days, [(FIRST, of_day(&first)), (FIRST + 4, of_day(&fifth))].into());
    assert_eq!(digests.settings, of_settings(Some(&settings)));
    assert_eq!(store.digest(owner, mark, WINDOW).await.expect("read"), None, "read once, and gone on since");
    factory.close(store).await;
}

async fn without_a_snapshot_the_rows_serve_for_as_long_as_the_mark_is_the_last_entry<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let mut log = begun(&store, owner).await;
    let said = [Public::Appointment(visit(1, FIRST, 0)), Public::Mark(WINDOW)];
    log.say(&store, owner, &said).await;
    let mark = log.tip().expect("a mark").seq;
    factory.close(store).await;
    let store = factory.open().await.expect("opens again");
    let owner = crate::fixture::claim(&store, 2).await;
    let digests = store.digest(owner, mark, WINDOW).await.expect("read").expect("the last entry");
    assert_eq!(digests.days.len(), 1);
    assert_eq!(store.digest(owner, mark, WINDOW).await.expect("read"), Some(digests), "as often as asked");
    log.say(&store, owner, &[Public::Patient(id(1))]).await;
    assert_eq!(store.digest(owner, mark, WINDOW).await.expect("read"), None);
    factory.close(store).await;
}

async fn a_day_is_put_in_place_with_later_entries_on_top<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let mut log = begun(&store, owner).await;
    log.say(&store, owner, &[Public::Appointment(visit(1, FIRST, 0)), Public::Mark(WINDOW)]).await;
    let mark = log.tip().expect("a mark").seq;
    // Since the mark: one more on the day, one gone elsewhere, one blockout lifted, one put there.
    let away = chairside_sync::body::AppointmentRow { version: 2, ..visit(2, FIRST + 1, 4) };
    let lifted = BlockoutRow { lifted: true, ..blockout(1, 9_000) };
    let since = [
        Public::Appointment(visit(3, FIRST, 3)),
        Public::Appointment(away.clone()),
        Public::Blockout(lifted),
        Public::Blockout(blockout(2, 12_000)),
    ];
    log.say(&store, owner, &since).await;
    let sent =
        DayRows { appointments: vec![visit(1, FIRST, 7), visit(2, FIRST, 1)], blockouts: vec![blockout(1, 9_000)] };
    let (digest, effects) = store.replace_day(owner, mark, FIRST, sent.clone(), now(EARLY)).await.expect("written");
    assert_eq!(digest, of_day(&sent), "as it was at the mark");
    assert_eq!(rows(&store).await.appointments, [visit(1, FIRST, 7), visit(3, FIRST, 3)]);
    assert_eq!(rows(&store).await.blockouts, [blockout(2, 12_000)]);
    assert_eq!(visits(&store).await.last(), Some(&away));
    assert!(effects.days.contains(&FIRST));
    assert_eq!(store.orphans(owner).await.expect("read"), []);
    // Once more changes nothing.
    let before = visits(&store).await;
    let (again, _) = store.replace_day(owner, mark, FIRST, sent, now(EARLY)).await.expect("written");
    assert_eq!((again, visits(&store).await), (digest, before));
    factory.close(store).await;
}

async fn what_only_this_mirror_had_is_kept_until_the_log_speaks_of_it<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let mut log = begun(&store, owner).await;
    let (kept, stray, other) = (visit(1, FIRST, 0), visit(2, FIRST, 1), visit(3, FIRST, 2));
    let said = [&kept, &stray, &other].map(|row| Public::Appointment(row.clone()));
    log.say(&store, owner, &said).await;
    log.say(&store, owner, &[Public::Mark(WINDOW)]).await;
    let mark = log.tip().expect("a mark").seq;
    let sent = DayRows { appointments: vec![kept.clone()], blockouts: Vec::new() };
    store.replace_day(owner, mark, FIRST, sent, now(77)).await.expect("written");
    assert_eq!(visits(&store).await, [kept]);
    assert_eq!(store.orphans(owner).await.expect("read"), [stray.clone(), other.clone()]);
    // One comes back as a visit, the other stands among the conflicts.
    let conflict = chairside_sync::restore::ConflictKind::Orphan.row(other.id, other.clone());
    let heard = [Public::Appointment(stray.clone()), Public::Conflict(Box::new(conflict))];
    log.say(&store, owner, &heard).await;
    assert_eq!(store.orphans(owner).await.expect("read"), []);
    let all = store.orphans_of(clinic()).await.expect("read");
    assert_eq!(all.iter().map(|orphan| orphan.row.clone()).collect::<Vec<_>>(), [stray, other], "never deleted");
    assert!(all.iter().all(|orphan| orphan.heard && orphan.found_ms == 77_000));
    factory.close(store).await;
}

async fn settings_are_put_in_place_unless_they_changed_since<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let mut log = begun(&store, owner).await;
    let settings = |content: &str| SettingsRow { version: 1, content: content.to_owned() };
    let mark = log.tip().expect("a mark").seq;
    let (digest, effects) = store.replace_settings(owner, mark, Some(settings("[1]"))).await.expect("written");
    assert_eq!(digest, of_settings(Some(&settings("[1]"))));
    assert!(effects.settings);
    assert_eq!(store.settings(clinic()).await.expect("read"), Some(settings("[1]")));
    log.say(&store, owner, &[Public::Settings(settings("[2]"))]).await;
    let (digest, _) = store.replace_settings(owner, mark, Some(settings("[1]"))).await.expect("written");
    assert_eq!(digest, of_settings(Some(&settings("[1]"))), "as they were at the mark");
    assert_eq!(store.settings(clinic()).await.expect("read"), Some(settings("[2]")), "and as they are");
    let (digest, _) = store.replace_settings(owner, log.tip().expect("an entry").seq, None).await.expect("written");
    assert_eq!((digest, store.settings(clinic()).await.expect("read")), (of_settings(None), None));
    store.reached(owner, State::Live, now(EARLY)).await.expect("written");
    factory.close(store).await;
}
