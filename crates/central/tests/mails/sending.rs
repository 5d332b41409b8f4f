//! Mails that leave over SMTP, to servers of every manner.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chairside_central::Clock;
use chairside_central::keys::Keys;
use chairside_central::mails::{Links, Post, Security, Sender, Sending};
use chairside_central::store::clinics::NewClinic;
use chairside_central::store::requests::{Booking, NewBooking, NewRequest, TakenDown, Terms};
use chairside_central::store::{ClinicStorage, MailStorage, RequestStorage, SqliteStorage};
use chairside_schedule::id::ClinicId;
use chairside_sync::body::{Alternative, Id};
use chairside_sync::booking::Event;
use chairside_sync::mails::{BookingId, Outcome, Row, Standing, Why};
use chairside_sync::proposal::Place;
use chairside_sync::{Hash, Now, Proposal, ProposalId, Wish};
use tempfile::TempDir;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::server::{Manner, Server};

const BEGAN: Now = Now { steady_ms: 5_000, wall_ms: 1_000_000_000_000 };
/// The clinic's local time and what it is in UTC.
const LOCAL_S: i64 = 20_000 * 86_400 + 8 * 3_600;

struct ToPage;

impl Links for ToPage {
    fn booking(&self, booking: &Booking) -> String {
        format!("https://book.example.org/#b={}", booking.id.0)
    }

    fn alternative(&self, booking: &Booking, alternative: &Alternative) -> String {
        format!("{}&at={}", self.booking(booking), alternative.local_s)
    }
}

struct Scene {
    store: SqliteStorage,
    clock: Clock,
    mails: Arc<Notify>,
    running: JoinHandle<()>,
    _folder: TempDir,
}

impl Scene {
    /// `pace` is how many times faster than the machine's its clock runs.
    async fn over(post: Post, pace: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStorage::open(folder.path(), Uuid::from_u128(1)).await.expect("opens");
        let clock = Clock::hurried(BEGAN, pace);
        let clinic = NewClinic { id: clinic(), name: "Testhuset".to_owned(), facts: "{}".to_owned() };
        store.add_clinic(clinic, BEGAN).await.expect("written");
        let sender = Sender { from: "Chairside <mail@book.example.org>".parse().expect("a mailbox") };
        let mails = Arc::new(Notify::new());
        let sending = Sending::new(store.clone(), clock.clone(), post, sender, Arc::new(ToPage), Keys::of(&[9; 32]));
        let running = tokio::spawn(sending.run(Arc::clone(&mails), std::future::pending()));
        Self { store, clock, mails, running, _folder: folder }
    }

    async fn to(server: &Server, pace: u32) -> Self {
        let host = server.address.ip().to_string();
        let patience = Duration::from_secs(10);
        let post = Post::smtp(&host, server.address.port(), Security::Plain, None, patience).expect("a server");
        Self::over(post, pace).await
    }

    /// A wish for a place nobody claims, so that any number of them go together.
    async fn wish(&self, number: u128, address: &str) {
        let taken = self.store.take_down(request(number, address), self.clock.now()).await.expect("written");
        assert!(matches!(taken, TakenDown::Fresh(_)), "{taken:?}");
        self.mails.notify_one();
    }

    async fn row(&self, number: u128, outcome: Outcome) -> Option<Row> {
        let rows = self.store.mails_of(booking(number)).await.expect("read");
        rows.into_iter().find(|row| row.key.outcome == outcome)
    }

    /// Waits until a mail stands like this.
    async fn until(&self, number: u128, outcome: Outcome, standing: Standing) -> Row {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let row = self.row(number, outcome).await;
            if let Some(row) = row.filter(|row| row.standing == standing) {
                return row;
            }
            assert!(Instant::now() < deadline, "not {standing:?} but {row:?}");
            tokio::task::yield_now().await;
        }
    }

    async fn end(self) {
        self.running.abort();
        self.store.close().await;
    }
}

fn clinic() -> ClinicId {
    ClinicId(Uuid::from_u128(0xc11))
}

fn id(number: u128) -> Id {
    Id::from(number.to_be_bytes())
}

fn booking(number: u128) -> BookingId {
    BookingId(Uuid::from_u128(number))
}

fn request(number: u128, address: &str) -> NewRequest {
    let place = Place { practitioner: id(1), kind: id(2), patient: id(3), local_s: LOCAL_S, minutes: 30 };
    NewRequest {
        clinic: clinic(),
        booking: booking(number),
        fresh: Some(NewBooking {
            secret_hash: Hash([5; 32]),
            contact: Some(address.to_owned()),
            language: "sv".to_owned(),
            terms: Terms::default(),
        }),
        proposal: Proposal {
            id: ProposalId(id(number)),
            appointment: id(0xaa00 + number),
            after: None,
            wish: Wish::Book(place),
            urgent: false,
            sealed: None,
            asked_ms: None,
        },
        start_s: LOCAL_S - 3_600,
        claim: None,
        idempotency: None,
        screened: true,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_arrives_whole_and_once() {
    let server = Server::start(Manner::Takes);
    let scene = Scene::to(&server, 1).await;
    scene.wish(1, "somebody@example.org").await;
    let row = scene.until(1, Outcome::Held, Standing::Sent).await;
    assert_eq!(row.tries, 1);
    let mails = server.mails();
    assert_eq!(mails.len(), 1);
    for part in ["multipart/alternative", "text/plain", "text/html", "text/calendar", "visit.ics", "Message-ID: <"] {
        assert!(mails[0].contains(part), "{part} in\n{}", mails[0]);
    }
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_server_gets_it_all_the_same() {
    let server = Server::start(Manner::Slow(1));
    let scene = Scene::to(&server, 1).await;
    scene.wish(1, "somebody@example.org").await;
    scene.until(1, Outcome::Held, Standing::Sent).await;
    assert_eq!(server.mails().len(), 1);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_for_now_is_tried_again() {
    let server = Server::start(Manner::Later(2));
    let scene = Scene::to(&server, 1_000).await;
    scene.wish(1, "somebody@example.org").await;
    let row = scene.until(1, Outcome::Held, Standing::Sent).await;
    assert_eq!((row.tries, server.mails().len()), (3, 1));
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_for_good_ends_before_a_person_and_the_others_go_on() {
    let server = Server::start(Manner::Refuses("poison"));
    let scene = Scene::to(&server, 1).await;
    scene.wish(1, "poison@example.org").await;
    scene.wish(2, "somebody@example.org").await;
    scene.until(2, Outcome::Held, Standing::Sent).await;
    let row = scene.until(1, Outcome::Held, Standing::Dead).await;
    assert_eq!(row.tries, 1, "at once");
    assert_eq!((server.mails().len(), server.offered()), (1, 2));
    assert_eq!(scene.store.dead_mails(10).await.expect("read").len(), 1);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_after_the_mail_gets_it_twice_under_one_name() {
    let server = Server::start(Manner::DiesOnce);
    let scene = Scene::to(&server, 100).await;
    scene.wish(1, "somebody@example.org").await;
    let row = scene.until(1, Outcome::Held, Standing::Sent).await;
    // More where another wasn't there yet in its place.
    assert!(row.tries >= 2, "{}", row.tries);
    let name = |mail: &String| mail.lines().find(|line| line.starts_with("Message-ID:")).map(str::to_owned);
    let names: Vec<_> = server.mails().iter().map(name).collect();
    assert_eq!(names.len(), 2);
    assert!(names[0].is_some() && names[0] == names[1], "{names:?}");
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_after_the_server_died_is_told_instead() {
    let server = Server::start(Manner::DiesOnce);
    // Fast enough to try again soon, and too slow to do so before the wish is taken back.
    let scene = Scene::to(&server, 20).await;
    scene.wish(1, "somebody@example.org").await;
    let deadline = Instant::now() + Duration::from_secs(30);
    while server.mails().is_empty() {
        assert!(Instant::now() < deadline, "nothing came");
        tokio::task::yield_now().await;
    }
    let withdrawn = scene.store.step(ProposalId(id(1)), Event::Withdrawn, scene.clock.now()).await;
    withdrawn.expect("written");
    scene.mails.notify_one();
    scene.until(1, Outcome::Withdrawn, Standing::Sent).await;
    scene.until(1, Outcome::Held, Standing::Dropped(Why::Overtaken)).await;
    assert_eq!(server.mails().len(), 2, "the old word isn't said again");
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_gets_a_file_per_mail() {
    let folder = tempfile::tempdir().expect("a folder");
    let scene = Scene::over(Post::folder(folder.path()).expect("a folder"), 1).await;
    scene.wish(1, "somebody@example.org").await;
    scene.wish(2, "somebody@example.org").await;
    scene.until(1, Outcome::Held, Standing::Sent).await;
    scene.until(2, Outcome::Held, Standing::Sent).await;
    let names: Vec<_> =
        std::fs::read_dir(folder.path()).expect("read").map(|file| file.expect("read").path()).collect();
    let whole = |path: &Path| path.extension().is_some_and(|extension| extension == "eml");
    assert!(names.len() == 2 && names.iter().all(|path| whole(path)), "{names:?}");
    scene.end().await;
}
