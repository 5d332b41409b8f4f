//! What the line costs whoever works at the desk.
//!
//! Short rounds of all three states of the line take turns, and each is held against
//! the desk offline in the same round, so that whatever else the machine does meets all
//! three. Central and the broker run on the same processors here, and nowhere near a
//! clinic's desk: what is the desk's own shows where they give way to it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use chairside_clinic::desk::Desk;
use chairside_clinic::link::{self, Link, State, Status};
use chairside_mqtt::Address;
use chairside_mqtt::topics::Peer;
use chairside_schedule::ClinicId;
use chairside_store::{Moment, StoreError};
use chairside_sync::Author;
use rustix::process::{Pid, setpriority_process};
use tokio::sync::watch;

use crate::Outcome;
use crate::broker::{ABroker, Kind, free_port};
use crate::clinic::Site;
use crate::house::{House, Where};
use crate::measure::{Report, Times, shown};
use crate::reconnecting::patient;
use crate::staff::{book, open};
use crate::town::{broker_address, cpu};

/// Visits that are booked offline (half of them before the rest, half of them after)
/// and online in each round.
const BOOKED: u32 = 40;

/// Visits that don't count behind the changes of a round: the disk still writes those.
const WARM: u32 = 20;

/// Between two visits, on average, in milliseconds: a desk where this many are booked is
/// busier than any. No two pauses are alike, or the line's work would meet every visit
/// or none.
const PAUSE_MS: u64 = 10;

/// Rounds of all three states, of which the middle counts.
const ROUNDS: u32 = 9;

/// Changes that are caught up: just few enough that they are sent one by one.
const CHANGES: u64 = 9_500;

/// Changes written in one transaction.
const AT_ONCE: u64 = 500;

/// What a booking may take more than offline.
const MOST: f64 = 1.1;

pub const PATIENCE: Duration = Duration::from_secs(120);

pub async fn measure(report: &mut Report) -> Outcome<()> {
    for broker in [Kind::Embedded, Kind::Mosquitto] {
        let mut house = Clinic::found(broker).await?;
        report.section(&format!("A visit booked at the desk, {broker:?}"));
        house.while_the_line_comes_and_goes(report, Place::Here).await?;
        report.section(&format!("The same where central and its broker give way, {broker:?}"));
        house.give_way()?;
        house.while_the_line_comes_and_goes(report, Place::Elsewhere).await?;
        house.end().await;

        let mut house = Clinic::found(broker).await?;
        report.section(&format!("From one side to the other, {broker:?}"));
        house.side_to_side(report).await?;
        house.end().await;
    }
    Ok(())
}

/// Where central works.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// On the desk's processors, as anybody else.
    Here,
    /// On what the desk leaves of them: as near to another machine as one machine gets.
    Elsewhere,
}

/// A desk in this process, central and its broker in others.
pub struct Clinic {
    pub id: ClinicId,
    pub desk: Desk,
    pub peer: Peer,
    link: Option<Link>,
    central: House,
    pub http: SocketAddr,
    pub address: Address,
    /// The next place at the desk that nobody has, and the next patient.
    place: u64,
    patient: u64,
    broker: Option<ABroker>,
    _folder: tempfile::TempDir,
}

/// Visits booked in one state of the line.
struct Booked {
    all: Times,
    round: Times,
    /// Half of a round's took no longer.
    middles: Vec<Duration>,
    count: u32,
    desk: Duration,
    others: Duration,
}

impl Booked {
    fn new() -> Self {
        Self {
            all: Times::new(),
            round: Times::new(),
            middles: Vec::new(),
            count: 0,
            desk: Duration::ZERO,
            others: Duration::ZERO,
        }
    }

    fn end_round(&mut self) {
        self.middles.push(std::mem::replace(&mut self.round, Times::new()).p50());
    }

    /// The middle of what each round took beside the same round of `other`.
    fn beside(&self, other: &Self) -> f64 {
        let ratio = |(took, baseline): (&Duration, &Duration)| took.as_secs_f64() / baseline.as_secs_f64();
        let mut ratios: Vec<f64> = self.middles.iter().zip(&other.middles).map(ratio).collect();
        ratios.sort_by(f64::total_cmp);
        ratios.get(ratios.len() / 2).copied().unwrap_or(f64::NAN)
    }

    fn print(&self, report: &Report, what: &str) {
        report.row(what, &self.all);
    }

    /// What each visit, and all that went on meanwhile, took of the processors.
    fn cpu(&self) -> String {
        let each = |used: Duration| shown(used / self.count.max(1));
        format!("the desk {}, central with its broker {}", each(self.desk), each(self.others))
    }
}

impl Clinic {
    async fn found(kind: Kind) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let site = Site::new(folder.path(), 0);
        let desk = site.found().await;
        let peer = link::peer(&desk)?;
        let (broker, at) = match kind {
            Kind::Embedded => (None, Where::Inside(free_port())),
            Kind::Mosquitto => {
                let broker = ABroker::start(kind, std::slice::from_ref(&peer)).await;
                let address = broker.address();
                (Some(broker), Where::Outside(address))
            }
        };
        let port = free_port();
        let clinics = [(site.id(), desk.store().node().0)];
        let central = House::start("", folder.path(), &clinics, &at, port).await;
        Ok(Self {
            id: site.id(),
            desk,
            peer,
            link: None,
            central,
            http: SocketAddr::from(([127, 0, 0, 1], port)),
            address: broker_address(&at)?,
            place: 0,
            patient: 0,
            broker,
            _folder: folder,
        })
    }

    /// The processes beside the desk's.
    fn others(&mut self) -> Vec<u32> {
        let broker = self.broker.as_ref().and_then(ABroker::id);
        [self.central.part().id()].into_iter().chain(broker).collect()
    }

    /// From now on they get what the desk leaves of the processors.
    fn give_way(&mut self) -> Outcome<()> {
        for id in self.others() {
            // What a thread starts has its priority.
            for thread in std::fs::read_dir(format!("/proc/{id}/task"))? {
                let thread: i32 = thread?.file_name().to_string_lossy().parse()?;
                setpriority_process(Pid::from_raw(thread), 19)?;
            }
        }
        Ok(())
    }

    pub async fn go_online(&mut self) -> Outcome<watch::Receiver<Status>> {
        Ok(self.link.insert(open(&self.desk, &self.address).await).status())
    }

    pub async fn until_live(&self) -> Outcome<()> {
        let mut status = self.link.as_ref().ok_or("no line")?.status();
        let is_live = |status: &Status| status.state == State::Live && status.unsent == 0;
        tokio::time::timeout(PATIENCE, status.wait_for(is_live)).await??;
        Ok(())
    }

    async fn go_offline(&mut self) {
        if let Some(link) = self.link.take() {
            link.close().await;
        }
    }

    /// Books the next place, after a pause; how long that took.
    async fn book(&mut self) -> Outcome<Duration> {
        // One person after the other, so that the days fill evenly.
        let (with, place) = (2 + u128::from(self.place % 8), self.place / 8);
        self.place += 1;
        tokio::time::sleep(Duration::from_millis(PAUSE_MS / 2 + self.place * 7 % (PAUSE_MS + 1))).await;
        let began = Instant::now();
        if book(&self.desk, with, place).await { Ok(began.elapsed()) } else { Err("somebody has the place".into()) }
    }

    /// Books for as long as the line wants.
    async fn book_while(&mut self, booked: &mut Booked, mut goes_on: impl FnMut(u32) -> bool) -> Outcome<()> {
        let others = self.others();
        let used = || others.iter().map(|id| cpu(*id)).sum::<Outcome<Duration>>();
        let (desk, rest) = (cpu(std::process::id())?, used()?);
        let mut count = 0;
        while goes_on(count) {
            let took = self.book().await?;
            booked.round.record(took);
            booked.all.record(took);
            count += 1;
        }
        booked.count += count;
        booked.desk += cpu(std::process::id())?.saturating_sub(desk);
        booked.others += used()?.saturating_sub(rest);
        Ok(())
    }

    async fn while_the_line_comes_and_goes(&mut self, report: &mut Report, place: Place) -> Outcome<()> {
        let (mut offline, mut online, mut catching_up) = (Booked::new(), Booked::new(), Booked::new());
        let mut took = Vec::new();
        for _ in 0..ROUNDS {
            // The baseline stands on both sides of the rest.
            self.book_while(&mut offline, |count| count < BOOKED / 2).await?;
            self.change_much().await?;
            for _ in 0..WARM {
                self.book().await?;
            }
            let began = Instant::now();
            let mut status = self.go_online().await?;
            let is_met = |status: &Status| !matches!(status.state, State::Offline | State::Reconnecting);
            tokio::time::timeout(PATIENCE, status.wait_for(is_met)).await??;
            self.book_while(&mut catching_up, |_| status.borrow().state != State::Live).await?;
            took.push(began.elapsed());
            self.until_live().await?;
            self.book_while(&mut online, |count| count < BOOKED).await?;
            self.until_live().await?;
            self.go_offline().await;
            self.book_while(&mut offline, |count| count < BOOKED / 2).await?;
            [&mut offline, &mut online, &mut catching_up].into_iter().for_each(Booked::end_round);
        }
        offline.print(report, "offline (the baseline)");
        online.print(report, "online, central in step");
        catching_up.print(report, &format!("while {CHANGES} changes are caught up"));
        took.sort();
        let middle = *took.get(took.len() / 2).ok_or("nothing was caught up with")?;
        report.say(&format!("Caught up with in {} meanwhile, of {ROUNDS} times the middle.", shown(middle)));
        report.say(&format!("The processors' time, by the visit: offline {};", offline.cpu()));
        report.say(&format!("online {};", online.cpu()));
        report.say(&format!("catching up {}.", catching_up.cpu()));
        for (what, booked) in [("online", &online), ("while catching up", &catching_up)] {
            let ratio = booked.beside(&offline);
            let figure = format!("{ratio:.2} ×, at most {MOST} ×");
            let what = format!("booked {what} beside offline, the middle of {ROUNDS} rounds' p50");
            match place {
                Place::Here => report.bar(&what, &figure, ratio <= MOST),
                Place::Elsewhere => report.say(&format!("{what}: {ratio:.2} ×")),
            }
        }
        Ok(())
    }

    async fn change_much(&mut self) -> Outcome<()> {
        let first = self.patient;
        self.patient += CHANGES;
        for some in (first..first + CHANGES).step_by(usize::try_from(AT_ONCE)?) {
            let moment = Moment { by: Author::Node(self.desk.store().node()), at_ms: self.desk.clock().now_ms() };
            self.desk
                .store()
                .write(moment, async move |tx| {
                    for number in some..some + AT_ONCE {
                        tx.insert_patient(&patient(number)).await?;
                    }
                    Ok::<_, StoreError>(())
                })
                .await?;
        }
        Ok(())
    }

    async fn end(mut self) {
        self.go_offline().await;
        self.desk.close().await;
        self.central.part().close();
    }
}
