//! A clinic's store on a second machine: the first is heard as long as it
//! speaks, then the second, and never both.

use std::collections::BTreeSet;
use std::path::Path;

use chairside_central::store::RequestStorage;
use chairside_clinic::desk::Desk;
use chairside_clinic::link::{Link, State, Status};
use chairside_store::Key;
use chairside_sync::mails::Outcome;
use uuid::Uuid;

use crate::broker::{ABroker, Kind};
use crate::central::{Central, DEADLINE, hex};
use crate::clinic::{Site, rows};
use crate::desk::STAFF_WITH;
use crate::oracle::{assert_nobody_twice, verdicts};
use crate::patients::{Patients, Told};
use crate::staff::{book, open, visit_id};

/// Whom patients wish for.
const WISHED: u128 = 1;

/// The second machine.
const SECOND: Uuid = Uuid::from_u128(0x5ec0_4d00);

/// Brings a copy of the store to the second machine, where another installation is.
async fn copied(desk: &Desk, from: &Site, to: &Site, backup: &Path) {
    desk.store().backup(backup).await.expect("a backup");
    std::fs::create_dir_all(to.store()).expect("a folder");
    std::fs::copy(from.key_file(), to.key_file()).expect("the key");
    std::fs::write(to.store().join("node"), SECOND.to_string()).expect("another installation");
    let key = Key::read(&to.key_file()).expect("the key");
    chairside_store::copy::restore(&to.store(), &key, backup, false).await.expect("it is there");
}

async fn until(link: &Link, what: &str, is_so: impl Fn(&Status) -> bool) {
    let mut status = link.status();
    let found = tokio::time::timeout(DEADLINE, status.wait_for(|status| is_so(status))).await.map(|_| ());
    assert!(found.is_ok(), "not in time: {what}; {:?}", *link.status().borrow());
}

/// Waits until every one of these has an answer and central has all of this desk's log.
async fn settled(desk: &Desk, central: &Central, told: &Told) {
    central
        .until("all is answered", async |central| {
            for one in &told.acknowledged {
                let booking = central.storage.booking(one.booking).await.expect("read").expect("it is there");
                if !booking.requests[0].state.is_end() {
                    return false;
                }
            }
            true
        })
        .await;
    let level = async |central: &Central| central.is_live_at(&hex(&desk.store().tip().hash.0));
    central.until("central has the whole log", level).await;
}

async fn wish(central: &Central, site: &Site, numbers: std::ops::Range<u64>) -> Told {
    let patients = Patients::new(central.http, site.id(), [WISHED]);
    let mut told = Told::default();
    for number in numbers {
        told.hear(number, &patients.wish(number).await);
    }
    assert!(told.refused.is_empty(), "{told:?}");
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_on_a_second_machine_waits_for_the_first_and_then_takes_its_place() {
    let temp = tempfile::tempdir().expect("a folder");
    let (site, elsewhere) = (Site::new(temp.path(), 0), Site::new(&temp.path().join("second"), 0));
    let first = site.found().await;
    let node = first.store().node().0;
    let peer = |node: Uuid| chairside_mqtt::topics::Peer::new(&site.id().0.to_string(), &node.to_string());
    let peers = [peer(node).expect("plain ids"), peer(SECOND).expect("plain ids")];
    let broker = ABroker::start(Kind::Embedded, &peers).await;
    let clinics = [(site.id(), node), (site.id(), SECOND)];
    let central = Central::start_for(temp.path(), broker.address(), &clinics).await;

    let line = open(&first, &broker.address()).await;
    until(&line, "the first is live", |status| status.state == State::Live).await;
    let mut told = wish(&central, &site, 0..5).await;
    settled(&first, &central, &told).await;
    copied(&first, &site, &elsewhere, &temp.path().join("backup")).await;
    // What the copy lacks: the first machine's work goes on.
    told.acknowledged.extend(wish(&central, &site, 5..10).await.acknowledged);
    for place in 0..5 {
        assert!(book(&first, STAFF_WITH, place).await);
    }
    settled(&first, &central, &told).await;

    // Two machines at once: the second is told, works by itself, and changes nothing at central.
    let second = elsewhere.reopen().await;
    assert_eq!(second.store().node().0, SECOND);
    let other = open(&second, &broker.address()).await;
    until(&other, "the second is told", |status| status.another_hub).await;
    for place in 20..25 {
        assert!(book(&second, STAFF_WITH, place).await);
    }
    told.acknowledged.extend(wish(&central, &site, 10..15).await.acknowledged);
    settled(&first, &central, &told).await;
    assert_eq!(central.rows().await, rows(&first).await, "the first machine's alone");
    assert_ne!(other.status().borrow().state, State::Live);

    // The first is carried away.
    line.close().await;
    until(&other, "the second is live", |status| status.state == State::Live).await;
    told.acknowledged.extend(wish(&central, &site, 15..20).await.acknowledged);
    settled(&second, &central, &told).await;

    // And put back: it hears that another decides by now, and its word counts no more.
    assert!(book(&first, STAFF_WITH, 40).await);
    let line = open(&first, &broker.address()).await;
    until(&line, "the first is told", |status| status.superseded).await;
    told.acknowledged.extend(wish(&central, &site, 20..25).await.acknowledged);
    settled(&second, &central, &told).await;

    let given = verdicts(&second).await;
    for one in &told.acknowledged {
        let booking = central.storage.booking(one.booking).await.expect("read").expect("it is there");
        assert_eq!(booking.outcome, Outcome::Confirmed, "{booking:?}");
        assert!(given.contains_key(&booking.requests[0].proposal.0), "the second's log has every answer");
    }
    let visits = rows(&second).await;
    assert_eq!(central.rows().await, visits, "row by row the same");
    assert_nobody_twice(&visits);
    // What staff booked on either machine stands, or is before the second's staff.
    let conflicts = other.side().store().conflicts(i64::MAX).await.expect("read");
    let asked: BTreeSet<_> = conflicts.iter().map(|conflict| *conflict.row.appointment).collect();
    for place in (0..5).chain(20..25) {
        let id = visit_id(STAFF_WITH, place);
        let stands = second.store().appointment(id).await.expect("read").is_some();
        assert!(stands || asked.contains(id.bytes()), "{place} went without a word: {conflicts:?}");
    }
    line.close().await;
    other.close().await;
    first.close().await;
    second.close().await;
    central.stop().await;
}
