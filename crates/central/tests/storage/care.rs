//! What an operator looks at, and copies.

use chairside_central::store::care::Copied;
use chairside_central::store::mails::Ended;
use chairside_central::store::requests::NewRequest;
use chairside_central::store::told::Kind;
use chairside_central::store::{
    BreakerStorage, CareStorage, ClinicStorage, MailStorage, MirrorStorage, RequestStorage, Storage,
};
use chairside_schedule::ClinicId;
use chairside_sync::booking::State;
use chairside_sync::breaker::{Outcome, Permit, Phase};
use chairside_sync::digest::DayRows;
use chairside_sync::mails::TRIES;
use chairside_sync::{Now, Public};
use uuid::Uuid;

use crate::fixture::{
    EARLY, EPOCH, FIRST, WINDOW, add, answer, begun, booking, booking_id, clinic, kept, live, now, proposal_id,
    take_down, visit, with_clinic,
};
use crate::{Factory, on_every_store};

on_every_store!(
    what_stands_open_is_counted_by_clinic,
    the_line_shows_what_was_sent_before_what_waits,
    what_is_set_aside_is_shown_apart_and_masked,
    orphans_of_all_clinics_are_shown,
    a_breaker_that_is_open_is_counted,
    a_write_is_tried,
    a_copy_holds_what_was_there,
    a_dead_mail_is_counted,
    mails_go_with_what_they_were_about,
);

async fn tally<S: Storage>(store: &S) -> chairside_central::store::care::Tally {
    let all = store.tallies().await.expect("read");
    all.into_iter().find(|tally| tally.clinic == clinic()).expect("it is there")
}

async fn what_stands_open_is_counted_by_clinic<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let other = ClinicId(Uuid::from_u128(0xc22));
    assert!(add(&store, other).await);
    for (number, day) in [(1, FIRST), (2, FIRST), (3, FIRST + 1), (4, FIRST + 1)] {
        take_down(&store, &booking(number, day, i64::try_from(number).expect("small"))).await;
    }
    crate::requests::release(&store, owner, &[FIRST + 1]).await;
    store.quarantine(owner, proposal_id(4), "refused".to_owned(), now(EARLY)).await.expect("written");
    let tally = tally(&store).await;
    assert_eq!((tally.held, tally.sent, tally.aside, tally.orphans), (2, 1, 1, 0));
    assert_eq!(tally.oldest_ms, Some(EARLY * 1_000));
    assert_eq!((tally.mails_waiting, tally.mails_dead, tally.replaying), (4, 0, false));
    let all = store.tallies().await.expect("read");
    assert_eq!(all.iter().map(|tally| tally.clinic).collect::<Vec<_>>(), [clinic(), other]);
    assert_eq!((all[1].held, all[1].oldest_ms, all[1].breaker), (0, None, Phase::Closed));
    store.begin_new_life(crate::fixture::id(9)).await.expect("written");
    assert!(self::tally(&store).await.replaying);
    factory.close(store).await;
}

async fn the_line_shows_what_was_sent_before_what_waits<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let ordinary = booking(1, FIRST, 0);
    let mut urgent = booking(2, FIRST, 1);
    urgent.proposal.urgent = true;
    let sent = booking(3, FIRST + 1, 0);
    for request in [&ordinary, &urgent, &sent] {
        take_down(&store, request).await;
    }
    crate::requests::release(&store, owner, &[FIRST + 1]).await;
    let line = store.lined_up(Some(clinic()), 10).await.expect("read");
    let seen: Vec<_> = line.iter().map(|lined| (lined.proposal, lined.state, lined.urgent)).collect();
    assert_eq!(
        seen,
        [
            (sent.proposal.id, State::Sent, false),
            (urgent.proposal.id, State::Held, true),
            (ordinary.proposal.id, State::Held, false),
        ]
    );
    assert_eq!((line[0].kind, line[0].days.as_slice()), (Kind::Book, [FIRST + 1].as_slice()));
    assert!(line[0].sent_ms.is_some() && line[1].sent_ms.is_none());
    assert_eq!(store.lined_up(None, 2).await.expect("read"), line[..2]);
    assert_eq!(store.lined_up(Some(ClinicId(Uuid::from_u128(1))), 10).await.expect("read"), []);
    factory.close(store).await;
}

async fn what_is_set_aside_is_shown_apart_and_masked<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    take_down(&store, &booking(1, FIRST, 0)).await;
    assert_eq!(store.set_aside(10).await.expect("read"), []);
    store.quarantine(owner, proposal_id(1), "refused".to_owned(), now(77)).await.expect("written");
    let aside = store.set_aside(10).await.expect("read");
    assert_eq!(aside.len(), 1);
    assert_eq!(aside[0].aside, Some(("refused".to_owned(), 77_000)));
    assert_eq!(aside[0].contact.as_deref(), Some("s…@example.org"));
    assert_eq!(store.lined_up(None, 10).await.expect("read"), [], "it is in nobody's way");
    assert_eq!(store.quarantined(10).await.expect("read").len(), 1);
    assert!(store.try_again(proposal_id(1)).await.expect("written"));
    assert!(!store.try_again(proposal_id(1)).await.expect("written"), "it is back in its place");
    assert_eq!(store.set_aside(10).await.expect("read"), []);
    assert_eq!(store.lined_up(None, 10).await.expect("read").len(), 1);
    factory.close(store).await;
}

async fn orphans_of_all_clinics_are_shown<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let mut log = begun(&store, owner).await;
    let stray = visit(1, FIRST, 0);
    log.say(&store, owner, &[Public::Appointment(stray.clone()), Public::Mark(WINDOW)]).await;
    let mark = log.tip().expect("a mark").seq;
    let nothing = DayRows { appointments: Vec::new(), blockouts: Vec::new() };
    store.replace_day(owner, mark, FIRST, nothing, now(77)).await.expect("written");
    let all = store.every_orphan(10).await.expect("read");
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].0, &all[0].1.row, all[0].1.found_ms, all[0].1.heard), (clinic(), &stray, 77_000, false));
    assert_eq!(tally(&store).await.orphans, 1);
    log.say(&store, owner, &[Public::Appointment(stray)]).await;
    assert_eq!(tally(&store).await.orphans, 0, "the hub's log speaks of it");
    assert!(store.every_orphan(10).await.expect("read")[0].1.heard, "and it stays");
    factory.close(store).await;
}

async fn a_breaker_that_is_open_is_counted<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    with_clinic(&store).await;
    let permit = store.turn_breaker(clinic(), None, now(EARLY)).await.expect("written").permit;
    assert!(matches!(permit, Permit::Go { .. }), "{permit:?}");
    let failed = Some((permit, vec![Outcome::Failed; 100]));
    store.turn_breaker(clinic(), failed, now(EARLY)).await.expect("written");
    assert_eq!(tally(&store).await.breaker, Phase::Open { since_ms: EARLY * 1_000 });
    factory.close(store).await;
}

async fn a_write_is_tried<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    store.may_write().await.expect("written");
    store.may_write().await.expect("written");
    let closed = store.clone();
    factory.close(store).await;
    assert_eq!(closed.may_write().await.expect_err("closed").code(), "store_closed");
}

async fn a_dead_mail_is_counted<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    live(&store, owner).await;
    take_down(&store, &NewRequest { screened: true, ..booking(1, FIRST, 0) }).await;
    let mut later_ms = 0;
    for _ in 0..=TRIES {
        let at = Now { steady_ms: later_ms, wall_ms: EARLY * 1_000 + later_ms.cast_signed() };
        if let Some(row) = store.begin_mail(at).await.expect("written") {
            store.end_mail(row.key, Ended::Later("smtp_later")).await.expect("written");
        }
        let Some(due_ms) = store.next_mail_ms().await.expect("read") else { break };
        later_ms = (due_ms - EARLY * 1_000).unsigned_abs();
    }
    let tally = tally(&store).await;
    assert_eq!((tally.mails_waiting, tally.mails_dead), (0, 1));
    factory.close(store).await;
}

async fn a_copy_holds_what_was_there<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    with_clinic(&store).await;
    for number in 1..=3 {
        take_down(&store, &booking(number, FIRST, i64::try_from(number).expect("small"))).await;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("copy");
    let copied = store.copy_to(&file, now(EARLY)).await.expect("copied");
    let Copied { bytes, clinics, bookings, requests } = copied;
    assert_eq!((clinics, bookings, requests), (1, 3, 3));
    assert_eq!(std::fs::metadata(&file).expect("it is there").len(), bytes);
    assert_eq!(store.copy_to(&file, now(EARLY)).await.expect_err("refused").code(), "file_exists");
    assert!(kept(&store, &booking(1, FIRST, 1)).await.ended_ms.is_none(), "the store goes on");
    let nowhere = store.copy_to(&folder.path().join("no/such/folder"), now(EARLY)).await;
    assert_eq!(nowhere.expect_err("refused").code(), "store_file");
    assert_eq!(std::fs::read_dir(folder.path()).expect("read").count(), 1, "nothing half made is left");
    factory.close(store).await;
}

async fn mails_go_with_what_they_were_about<F: Factory>() {
    let factory = F::new();
    let store = factory.open().await.expect("opens");
    let owner = with_clinic(&store).await;
    let (ended, open) = (booking(1, FIRST, 0), booking(2, FIRST, 1));
    take_down(&store, &ended).await;
    take_down(&store, &open).await;
    crate::requests::release(&store, owner, &[FIRST]).await;
    store.verdict(owner, EPOCH, answer(&ended, Some(visit(1, FIRST, 0))), now(EARLY)).await.expect("written");
    assert_eq!(store.drop_old_mails(10).await.expect("read"), 0, "nothing was purged");
    assert_eq!(store.purge(i64::MAX, 10).await.expect("written"), 1);
    assert_eq!(store.drop_old_mails(1).await.expect("written"), 1);
    assert_eq!(store.drop_old_mails(10).await.expect("written"), 1);
    assert_eq!(store.mails_of(booking_id(1)).await.expect("read"), []);
    assert_eq!(store.mails_of(booking_id(2)).await.expect("read").len(), 1);
    factory.close(store).await;
}
