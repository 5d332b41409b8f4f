//! Central, the desk and the broker are killed under load, again and again:
//! nothing is lost, nothing is done twice.
//!
//! A process is stopped where it stands before it is killed, so that the lock
//! on its write-ahead log says whether a transaction was open. Every other time
//! it is stopped again and again until it has one open.

use std::path::Path;
use std::time::{Duration, Instant};

use chairside_central::store::{MailStorage, RequestStorage};
use chairside_clinic::link;
use chairside_sync::hub::State;
use chairside_sync::mails::{Outcome, Standing};
use tempfile::TempDir;

use crate::broker::{ABroker, Kind, Memory, free_port};
use crate::central::{Central, store};
use crate::clinic::{Site, rows};
use crate::desk::{Booked, DeskProcess, STAFF_WITH, assert_kept};
use crate::house::{House, Where, was_central};
use crate::oracle::{assert_nobody_twice, verdicts};
use crate::patients::{Patients, Stream, Told};

/// Whom patients wish for; staff take some of the first one's places too.
const WISHED: [u128; 9] = [1, 3, 4, 5, 6, 7, 8, 9, 10];

/// How long each of three patients at a time takes for a wish, at least.
const BREATH: Duration = Duration::from_millis(250);

/// Answers between two kills.
const BETWEEN: u64 = 15;

const CENTRAL: &str = "kills::central_that_is_killed_has_kept_what_it_said";

/// How often each is killed: `make kills` says ten times.
fn times() -> usize {
    std::env::var("CHAIRSIDE_KILLS").map_or(3, |times| times.parse().expect("a number"))
}

/// Everybody as a process of their own.
struct Scene {
    folder: TempDir,
    site: Site,
    broker: Option<ABroker>,
    at: Where,
    http: u16,
    clinics: Vec<(chairside_schedule::ClinicId, uuid::Uuid)>,
    house: House,
    desk: Option<DeskProcess>,
    said: Vec<Booked>,
    kills: Kills,
}

/// What is told of the kills.
#[derive(Default)]
struct Kills {
    inside: usize,
    recovered: Vec<Duration>,
}

impl Kills {
    fn print(&mut self, what: &str, told: &Told, staff: usize) {
        self.recovered.sort();
        let (kills, inside) = (self.recovered.len(), self.inside);
        let (first, last) = (self.recovered.first(), self.recovered.last());
        let (middle, taken) = (self.recovered.get(kills / 2), told.acknowledged.len());
        println!(
            "{what}: killed {kills} times, {inside} of them inside an open transaction; {taken} bookings taken down, \
             {} refused, {staff} by staff; from the kill to the next answer of the clinic {first:?} to {last:?}, \
             middle {middle:?}",
            told.refused.len()
        );
    }
}

impl Scene {
    async fn new(kind: Kind) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let site = Site::new(folder.path(), 0);
        let desk = site.found().await;
        let (peer, node) = (link::peer(&desk).expect("plain ids"), desk.store().node().0);
        desk.close().await;
        let (broker, at) = match kind {
            Kind::Embedded => (None, Where::Inside(free_port())),
            Kind::Mosquitto => {
                let broker = ABroker::start(kind, &[peer]).await;
                let address = broker.address();
                (Some(broker), Where::Outside(address))
            }
        };
        let (http, clinics) = (free_port(), vec![(site.id(), node)]);
        let house = House::start(CENTRAL, folder.path(), &clinics, &at, http).await;
        let (said, kills) = (Vec::new(), Kills::default());
        let mut scene = Self { folder, site, broker, at, http, clinics, house, desk: None, said, kills };
        scene.start_desk(0);
        scene
    }

    fn start_desk(&mut self, from: u64) {
        let address = match &self.at {
            Where::Inside(port) => format!("mqtt://127.0.0.1:{port}"),
            Where::Outside(address) => address.to_string(),
        };
        let address = chairside_mqtt::Address::parse(&address).expect("an address");
        self.desk = Some(DeskProcess::booking_with(&self.site, &address, from, &[STAFF_WITH, WISHED[0]]));
    }

    fn desk(&self) -> &DeskProcess {
        self.desk.as_ref().expect("it runs")
    }

    fn patients(&self) -> std::sync::Arc<Patients> {
        Patients::new(([127, 0, 0, 1], self.http).into(), self.site.id(), WISHED)
    }

    async fn kill_central(&mut self, inside: bool) {
        let database = store(self.folder.path()).join("central.db");
        let part = self.house.part();
        self.kills.inside += usize::from(part.freeze_writing(&database, inside));
        part.kill();
        self.house = House::start(CENTRAL, self.folder.path(), &self.clinics, &self.at, self.http).await;
    }

    fn kill_desk(&mut self, inside: bool) {
        let desk = self.desk.take().expect("it runs");
        self.kills.inside += usize::from(desk.part().freeze_writing(&self.site.database(), inside));
        let next = desk.next();
        self.said.extend(desk.kill());
        self.start_desk(next);
    }

    async fn kill_broker(&mut self, memory: Memory) {
        let broker = self.broker.as_mut().expect("it is a process");
        let before = broker.id();
        broker.kill();
        broker.start_again(memory).await;
        assert_ne!(before, broker.id(), "it is another process");
    }

    /// How many requests have ended at central.
    async fn ended(&self) -> u64 {
        ended(&store(self.folder.path()).join("central.db")).await
    }

    /// Waits for the clinic's next answer.
    async fn answered(&mut self, since: Instant) {
        let (before, by) = (self.ended().await, since + crate::central::DEADLINE);
        while self.ended().await <= before {
            assert!(Instant::now() < by, "the clinic answers no more");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.kills.recovered.push(since.elapsed());
    }

    /// Patients are told of so many more wishes.
    async fn more(&self, stream: &Stream) {
        let (told, by) = (stream.told(), Instant::now() + crate::central::DEADLINE);
        while stream.told() < told + BETWEEN {
            assert!(Instant::now() < by, "no bookings flow");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Lets everything come to an end, and counts it to the last one.
    async fn judge(mut self, what: &str, told: Told) {
        let by = Instant::now() + crate::central::DEADLINE;
        while self.ended().await < told.acknowledged.len() as u64 {
            assert!(Instant::now() < by, "{} of {} ended", self.ended().await, told.acknowledged.len());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let mut desk = self.desk.take().expect("it runs");
        desk.until("live", |desk| desk.states().last().is_some_and(|state| state == "Live")).await;
        desk.rest().await;
        assert_eq!(self.house.live().await, 1, "central says so too");
        self.house.part().close();
        // In this process from here on, so that it can be looked into.
        let address = match &self.at {
            Where::Inside(_) => {
                let peers: Vec<_> = self
                    .clinics
                    .iter()
                    .map(|(clinic, node)| {
                        chairside_mqtt::topics::Peer::new(&clinic.0.to_string(), &node.to_string()).expect("plain ids")
                    })
                    .collect();
                let Where::Inside(port) = self.at else { unreachable!("matched") };
                let broker = ABroker::start_with(Kind::Embedded, &peers, port, "").await;
                let address = broker.address();
                self.broker = Some(broker);
                address
            }
            Where::Outside(address) => address.clone(),
        };
        let central = Central::start_for(self.folder.path(), address, &self.clinics).await;
        central.until("live", async |central| central.state() == State::Live).await;
        // To begin with the two have compared anew, which the log has too.
        central.live_at(&desk.rest().await).await;
        for one in &told.acknowledged {
            central
                .until("its mails have left", async |central| {
                    let mails = central.storage.mails_of(one.booking).await.expect("read");
                    mails.iter().all(|mail| mail.standing != Standing::Waiting)
                })
                .await;
        }
        self.said.extend(desk.close());
        let desk = self.site.reopen().await;
        let visits = rows(&desk).await;
        assert_eq!(central.rows().await, visits, "row by row the same");
        assert_nobody_twice(&visits);
        assert_kept(&desk, &self.said).await;
        let given = verdicts(&desk).await;
        assert_eq!(given.len(), told.acknowledged.len(), "an answer for each, and none for anybody else");
        for one in &told.acknowledged {
            let booking = central.storage.booking(one.booking).await.expect("read").expect("it is there");
            let [request] = &*booking.requests else { panic!("one wish each: {booking:?}") };
            let (_, verdict) = given.get(&request.proposal.0).expect("the desk has answered it");
            assert_eq!(request.verdict.as_ref(), Some(verdict));
            let says = if verdict.accepted { Outcome::Confirmed } else { Outcome::NotPossible };
            let mails = central.storage.mails_of(booking.id).await.expect("read");
            let last = mails.last().expect("a mail at least");
            assert_eq!((booking.outcome, last.key.outcome, last.standing), (says, says, Standing::Sent), "{mails:?}");
        }
        desk.close().await;
        central.stop().await;
        self.kills.print(what, &told, self.said.len());
    }
}

/// How many requests have ended, by central's own table.
async fn ended(database: &Path) -> u64 {
    use sqlx::ConnectOptions;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(database).read_only(true);
    let mut conn = options.connect().await.expect("the store can be read");
    let query = sqlx::query_scalar("SELECT count(*) FROM request WHERE ended_ms IS NOT NULL");
    let count: i64 = query.fetch_one(&mut conn).await.expect("read");
    sqlx::Connection::close(conn).await.expect("closed");
    count.unsigned_abs()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn central_that_is_killed_has_kept_what_it_said() {
    if was_central().await {
        return;
    }
    central_is_killed(Kind::Embedded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn central_that_is_killed_beside_mosquitto_has_kept_what_it_said() {
    central_is_killed(Kind::Mosquitto).await;
}

async fn central_is_killed(kind: Kind) {
    let mut scene = Scene::new(kind).await;
    let stream = scene.patients().stream(3, BREATH);
    for time in 0..times() {
        scene.more(&stream).await;
        let since = Instant::now();
        scene.kill_central(time % 2 == 0).await;
        scene.answered(since).await;
    }
    let told = stream.end().await;
    assert!(scene.kills.inside >= times() / 3, "{} inside a transaction", scene.kills.inside);
    scene.judge(&format!("central, {kind:?}"), told).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_killed_again_and_again_loses_nothing() {
    a_desk_is_killed(Kind::Embedded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_killed_beside_mosquitto_loses_nothing() {
    a_desk_is_killed(Kind::Mosquitto).await;
}

async fn a_desk_is_killed(kind: Kind) {
    let mut scene = Scene::new(kind).await;
    let stream = scene.patients().stream(3, BREATH);
    for time in 0..times() {
        scene.more(&stream).await;
        let since = Instant::now();
        scene.kill_desk(time % 2 == 0);
        scene.answered(since).await;
    }
    let told = stream.end().await;
    assert!(scene.kills.inside >= times() / 3, "{} inside a transaction", scene.kills.inside);
    scene.judge(&format!("the desk, {kind:?}"), told).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mosquitto_killed_with_its_memory_loses_nothing() {
    mosquitto_is_killed(Memory::Kept).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mosquitto_killed_without_its_memory_loses_nothing() {
    mosquitto_is_killed(Memory::Lost).await;
}

async fn mosquitto_is_killed(memory: Memory) {
    let mut scene = Scene::new(Kind::Mosquitto).await;
    let stream = scene.patients().stream(3, BREATH);
    let databases = [store(scene.folder.path()).join("central.db"), scene.site.database()];
    for time in 0..times() {
        scene.more(&stream).await;
        let since = Instant::now();
        // Killed while one of those it serves writes.
        let (database, central) = (databases[time % 2].clone(), time % 2 == 0);
        let part = if central { &*scene.house.part() } else { scene.desk().part() };
        let writing = part.freeze_writing(&database, true);
        scene.kills.inside += usize::from(writing);
        scene.kill_broker(memory).await;
        let part = if central { &*scene.house.part() } else { scene.desk().part() };
        part.thaw();
        scene.answered(since).await;
    }
    let told = stream.end().await;
    scene.judge(&format!("Mosquitto, its memory {memory:?}"), told).await;
}
