//! A disk that went back to yesterday, and rows that changed where they lay.

use std::path::Path;
use std::time::Duration;

use chairside_central::Clock;
use chairside_central::keys::Keys;
use chairside_central::mails::Links;
use chairside_central::mails::link::PageLinks;
use chairside_central::store::{CareStorage, RequestStorage, SqliteStorage};
use chairside_clinic::desk::Desk;
use chairside_clinic::link::{self, Link};
use chairside_store::Key;
use chairside_sync::hub::State;
use chairside_sync::mails::Outcome;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;
use uuid::Uuid;

use crate::broker::{ABroker, Kind};
use crate::central::{Central, hex, store};
use crate::client::ask;
use crate::clinic::{Site, rows};
use crate::desk::STAFF_WITH;
use crate::oracle::{assert_nobody_twice, verdicts};
use crate::patients::{Patients, Told};
use crate::staff::{book, open, visit_id};

/// Whom patients wish for.
const WISHED: u128 = 1;

/// A clinic with its desk, a broker and central, all of them in this process.
struct Scene {
    folder: TempDir,
    site: Site,
    node: Uuid,
    broker: ABroker,
}

impl Scene {
    async fn new() -> (Self, Desk, Central) {
        let folder = tempfile::tempdir().expect("a folder");
        let site = Site::new(folder.path(), 0);
        let desk = site.found().await;
        let (peer, node) = (link::peer(&desk).expect("plain ids"), desk.store().node().0);
        let broker = ABroker::start(Kind::Embedded, &[peer]).await;
        let scene = Self { folder, site, node, broker };
        let central = scene.central().await;
        (scene, desk, central)
    }

    async fn central(&self) -> Central {
        Central::start(self.folder.path(), self.broker.address(), self.node).await
    }

    async fn link(&self, desk: &Desk, central: &Central) -> Link {
        let link = open(desk, &self.broker.address()).await;
        central.until("live", async |central| central.state() == State::Live).await;
        link
    }

    /// Waits until central has all of the desk's log and every request has ended.
    async fn settled(&self, desk: &Desk, central: &Central, told: &Told) {
        central
            .until("all is answered and heard", async |central| {
                let status = central.engine.clinic(self.site.id()).expect("it runs").status().borrow().clone();
                let tip = hex(&desk.store().tip().hash.0);
                status.state == State::Live
                    && status.at.is_some_and(|at| hex(&*at.hash) == tip)
                    && ended(central, told).await
            })
            .await;
    }

    async fn end(self, desk: Desk, link: Link, central: Central) {
        link.close().await;
        desk.close().await;
        central.stop().await;
    }
}

async fn ended(central: &Central, told: &Told) -> bool {
    for one in &told.acknowledged {
        let booking = central.storage.booking(one.booking).await.expect("read");
        if booking.is_none_or(|booking| !booking.requests[0].state.is_end()) {
            return false;
        }
    }
    true
}

/// Patients wish for these places.
async fn wish(central: &Central, site: &Site, numbers: std::ops::Range<u64>) -> Told {
    let patients = Patients::new(central.http, site.id(), [WISHED]);
    let mut told = Told::default();
    for number in numbers {
        told.hear(number, &patients.wish(number).await);
    }
    assert!(told.refused.is_empty(), "{told:?}");
    told
}

async fn assert_confirmed(desk: &Desk, central: &Central, told: &Told) {
    let given = verdicts(desk).await;
    for one in &told.acknowledged {
        let booking = central.storage.booking(one.booking).await.expect("read").expect("it is there");
        assert_eq!(booking.outcome, Outcome::Confirmed, "{booking:?}");
        let (_, verdict) = given.get(&booking.requests[0].proposal.0).expect("the desk's log has the answer");
        assert!(verdict.accepted);
        let id = chairside_schedule::id::AppointmentId(Uuid::from_bytes(*booking.appointment));
        assert!(desk.store().appointment(id).await.expect("read").is_some(), "its visit stands");
    }
    let visits = rows(desk).await;
    assert_eq!(central.rows().await, visits, "row by row the same");
    assert_nobody_twice(&visits);
}

/// The desk knows of every visit who asked for it.
async fn assert_named(desk: &Desk, central: &Central, told: &Told) {
    for one in &told.acknowledged {
        let booking = central.storage.booking(one.booking).await.expect("read").expect("it is there");
        let id = chairside_schedule::id::AppointmentId(Uuid::from_bytes(*booking.appointment));
        let visit = desk.store().appointment(id).await.expect("read").expect("its visit stands");
        let patient = desk.store().patient(visit.patient).await.expect("read").expect("they are known");
        assert_eq!((patient.given, patient.family.as_str()), (format!("Given{}", one.number), "Online"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_restored_to_yesterday_gets_back_what_it_promised() {
    let (scene, desk, central) = Scene::new().await;
    let link = scene.link(&desk, &central).await;
    let mut told = wish(&central, &scene.site, 0..10).await;
    scene.settled(&desk, &central, &told).await;
    let backup = scene.folder.path().join("backup");
    desk.store().backup(&backup).await.expect("a backup");

    // A day's work that is only at central once the disk is lost.
    told.acknowledged.extend(wish(&central, &scene.site, 10..20).await.acknowledged);
    for place in 0..5 {
        assert!(book(&desk, STAFF_WITH, place).await);
    }
    scene.settled(&desk, &central, &told).await;
    link.close().await;
    desk.close().await;
    let key = Key::read(&scene.site.key_file()).expect("the key");
    chairside_store::copy::restore(&scene.site.store(), &key, &backup, true).await.expect("restored");

    // Staff work on at once, with nobody to ask.
    let desk = scene.site.reopen().await;
    assert!(book(&desk, STAFF_WITH, 30).await);
    let link = scene.link(&desk, &central).await;
    scene.settled(&desk, &central, &told).await;
    assert_confirmed(&desk, &central, &told).await;
    assert_named(&desk, &central, &told).await;
    let conflicts = link.side().store().conflicts(i64::MAX).await.expect("read");
    for place in 0..5 {
        // Staff are asked about what they did on the lost disk.
        let id = visit_id(STAFF_WITH, place);
        let stands = desk.store().appointment(id).await.expect("read").is_some();
        let asked = conflicts.iter().any(|conflict| *conflict.row.appointment == *id.bytes());
        assert!(stands || asked, "{place} went without a word: {conflicts:?}");
    }
    println!("{} conflicts before staff", conflicts.len());
    scene.end(desk, link, central).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn central_restored_to_yesterday_hears_the_answers_again() {
    let (scene, desk, central) = Scene::new().await;
    // Held while the clinic is away, which is what the backup has of them.
    let link = scene.link(&desk, &central).await;
    let mut told = wish(&central, &scene.site, 0..5).await;
    scene.settled(&desk, &central, &told).await;
    link.close().await;
    central.until("away", async |central| central.state() == State::Offline).await;
    told.acknowledged.extend(wish(&central, &scene.site, 5..15).await.acknowledged);
    let backup = scene.folder.path().join("backup");
    central.storage.copy_to(&backup, Clock::system().now()).await.expect("a backup");

    // Since then they were answered, and staff booked.
    let link = scene.link(&desk, &central).await;
    scene.settled(&desk, &central, &told).await;
    for place in 0..5 {
        assert!(book(&desk, STAFF_WITH, place).await);
    }
    let answered = verdicts(&desk).await;
    central.stop().await;
    let folder = store(scene.folder.path());
    std::fs::rename(&folder, scene.folder.path().join("lost")).expect("moved away");
    SqliteStorage::restore(&backup, &folder, Uuid::from_u128(0x99)).await.expect("restored");

    let central = scene.central().await;
    central.until("live", async |central| central.state() == State::Live).await;
    scene.settled(&desk, &central, &told).await;
    assert_confirmed(&desk, &central, &told).await;
    let again = verdicts(&desk).await;
    assert_eq!(again.keys().collect::<Vec<_>>(), answered.keys().collect::<Vec<_>>(), "no question was put twice");
    scene.end(desk, link, central).await;
}

/// What the links in these patients' mails carry: the secret, and what brings the request back.
async fn mailed(central: &Central, told: &Told) -> Vec<(String, Value)> {
    let links = PageLinks::new("https://book.example.org", Keys::of(&[9; 32]));
    let mut mailed = Vec::new();
    for one in &told.acknowledged {
        let booking = central.storage.booking(one.booking).await.expect("read").expect("it is there");
        let link = links.booking(&booking);
        let part = |name: &str| {
            let mut parts = link.split(['#', '&']).filter_map(|part| part.split_once('='));
            parts.find(|(other, _)| *other == name).expect("it is there").1.to_owned()
        };
        let body = json!({ "id": part("id"), "request": part("request"), "signature": part("signature") });
        mailed.push((part("secret"), body));
    }
    mailed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_newer_than_the_backup_come_back_from_their_mails() {
    let (scene, desk, central) = Scene::new().await;
    let link = scene.link(&desk, &central).await;
    let backup = scene.folder.path().join("backup");
    central.storage.copy_to(&backup, Clock::system().now()).await.expect("a backup");

    // Since then some were answered, and others are held while the clinic is away.
    let mut told = wish(&central, &scene.site, 0..3).await;
    scene.settled(&desk, &central, &told).await;
    let answered = verdicts(&desk).await;
    link.close().await;
    central.until("away", async |central| central.state() == State::Offline).await;
    told.acknowledged.extend(wish(&central, &scene.site, 3..6).await.acknowledged);
    let mailed = mailed(&central, &told).await;
    central.stop().await;
    let folder = store(scene.folder.path());
    std::fs::rename(&folder, scene.folder.path().join("lost")).expect("moved away");
    SqliteStorage::restore(&backup, &folder, Uuid::from_u128(0x99)).await.expect("restored");

    let central = scene.central().await;
    for one in &told.acknowledged {
        assert!(central.storage.booking(one.booking).await.expect("read").is_none(), "newer than the backup");
    }
    let link = scene.link(&desk, &central).await;
    for (secret, body) in &mailed {
        let (headers, body) = ([("Booking-Secret", secret.as_str())], body.to_string());
        let path = "/api/v1/bookings/restore";
        let back = ask(central.http, "POST", path, &headers, body.as_bytes()).await;
        assert_eq!(back.status, 201, "{back:?}");
        assert_eq!(ask(central.http, "POST", path, &headers, body.as_bytes()).await.status, 200, "twice is once");
    }
    scene.settled(&desk, &central, &told).await;
    assert_confirmed(&desk, &central, &told).await;
    let again = verdicts(&desk).await;
    assert_eq!(again.len(), told.acknowledged.len(), "each has its one answer");
    assert!(answered.keys().all(|proposal| again.contains_key(proposal)));
    scene.end(desk, link, central).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_changed_at_central_are_found_and_put_right() {
    let (scene, desk, central) = Scene::new().await;
    let link = scene.link(&desk, &central).await;
    let told = wish(&central, &scene.site, 0..10).await;
    scene.settled(&desk, &central, &told).await;
    link.close().await;
    central.stop().await;
    let invented = Uuid::from_u128(0xbad);
    change(&store(scene.folder.path()).join("central.db"), invented).await;

    let central = scene.central().await;
    assert_ne!(central.rows().await, rows(&desk).await, "they differ");
    let link = scene.link(&desk, &central).await;
    central
        .until("put right", async |central| {
            let status = central.engine.clinic(scene.site.id()).expect("it runs").status().borrow().clone();
            status.open.len() == usize::from(link::DAYS_AHEAD)
        })
        .await;
    scene.settled(&desk, &central, &told).await;
    assert_confirmed(&desk, &central, &told).await;
    let orphans = orphans(&store(scene.folder.path()).join("central.db")).await;
    assert_eq!(orphans, [invented.as_bytes().to_vec()], "what only central had is kept for a person");
    scene.end(desk, link, central).await;
}

/// Moves one visit, loses another, and invents a third.
async fn change(database: &Path, invented: Uuid) {
    let mut conn = SqliteConnectOptions::new().filename(database).connect().await.expect("a connection");
    let visits: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT id FROM appointment ORDER BY id").fetch_all(&mut conn).await.expect("read");
    let [moved, lost, like, ..] = &*visits else { panic!("some visits: {visits:?}") };
    let changes = [
        sqlx::query("UPDATE appointment SET start_s = start_s + 1800, end_s = end_s + 1800 WHERE id = ?").bind(moved),
        sqlx::query("DELETE FROM appointment WHERE id = ?").bind(lost),
        sqlx::query(
            "INSERT INTO appointment SELECT clinic, day, ?, version, practitioner, chair, kind, status, \
             local_s + 28800, zone, start_s + 28800, end_s + 28800, patient FROM appointment WHERE id = ?",
        )
        .bind(invented.as_bytes().as_slice())
        .bind(like),
    ];
    for change in changes {
        let changed = change.execute(&mut conn).await.expect("written");
        assert_eq!(changed.rows_affected(), 1);
    }
    conn.close().await.expect("closed");
}

async fn orphans(database: &Path) -> Vec<Vec<u8>> {
    let options = SqliteConnectOptions::new().filename(database).read_only(true).busy_timeout(Duration::from_secs(5));
    let mut conn = options.connect().await.expect("a connection");
    let found = sqlx::query_scalar("SELECT id FROM orphan").fetch_all(&mut conn).await.expect("read");
    conn.close().await.expect("closed");
    found
}
