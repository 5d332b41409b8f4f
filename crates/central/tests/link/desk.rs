//! The desk as a process of its own, so that it can be killed.

use std::path::Path;
use std::time::Duration;

use chairside_clinic::desk::Desk;
use chairside_mqtt::Address;

use crate::central::hex;
use crate::clinic::{DAYS, PLACES, Site};
use crate::part::{Part, commands};
use crate::staff::{book, open, visit_id};

const FOLDER: &str = "CHAIRSIDE_TEST_DESK";
const NUMBER: &str = "CHAIRSIDE_TEST_CLINIC";
const ADDRESS: &str = "CHAIRSIDE_TEST_BROKER";
const FROM: &str = "CHAIRSIDE_TEST_FROM";
const WITH: &str = "CHAIRSIDE_TEST_WITH";
const EVERY_MS: &str = "CHAIRSIDE_TEST_EVERY_MS";

/// About as fast as an import of a paper diary, far faster than any staff.
const PACE: Duration = Duration::from_millis(25);

/// Whom staff book with all along.
pub const STAFF_WITH: u128 = 2;

/// A desk's process.
pub struct DeskProcess(Part);

impl DeskProcess {
    /// Opens the clinic, links it to this broker, and books from this place on
    /// with [`STAFF_WITH`].
    pub fn start(folder: &Path, address: &Address, from: u64) -> Self {
        Self::booking_with(&Site::new(folder, 0), address, from, &[STAFF_WITH])
    }

    /// The same, in turn with each of these.
    pub fn booking_with(site: &Site, address: &Address, from: u64, with: &[u128]) -> Self {
        Self::begin(site, address, from, with, PACE)
    }

    /// From the first place on, one every so often.
    pub fn at_pace(site: &Site, address: &Address, with: &[u128], pace: Duration) -> Self {
        Self::begin(site, address, 0, with, pace)
    }

    fn begin(site: &Site, address: &Address, from: u64, with: &[u128], pace: Duration) -> Self {
        let with: Vec<String> = with.iter().map(u128::to_string).collect();
        let folder = site.folder().parent().expect("it lies in one");
        Self(Part::start(
            "desk::a_desk_that_is_killed_has_kept_what_it_said",
            [
                (FOLDER, folder.as_os_str()),
                (NUMBER, site.number().to_string().as_ref()),
                (ADDRESS, address.to_string().as_ref()),
                (FROM, from.to_string().as_ref()),
                (WITH, with.join(",").as_ref()),
                (EVERY_MS, pace.as_millis().to_string().as_ref()),
            ],
        ))
    }

    /// The places that staff were told are booked: with whom, and which.
    pub fn booked(&self) -> Vec<Booked> {
        self.0.said("booked")
    }

    /// What it said of the link, in order.
    pub fn states(&self) -> Vec<String> {
        self.0.said("state")
    }

    /// The place behind the last that was tried.
    pub fn next(&self) -> u64 {
        self.0.said("tried").last().map_or(0, |last: &u64| last + 1)
    }

    /// Waits until it has said something of this form.
    pub async fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        self.0.until(what, |_| is_so(self)).await;
    }

    /// Books no more; the hash of its log's last entry.
    pub async fn rest(&mut self) -> String {
        let before = self.0.said::<String>("tip").len();
        self.0.tell("rest");
        self.until("it rests", |desk| desk.0.said::<String>("tip").len() > before).await;
        self.0.said("tip").pop().expect("it said so")
    }

    /// The process itself.
    pub fn part(&self) -> &Part {
        &self.0
    }

    /// As a power cut would.
    pub fn kill(mut self) -> Vec<Booked> {
        self.0.kill();
        self.booked()
    }

    /// Closes it as staff would.
    pub fn close(mut self) -> Vec<Booked> {
        self.0.close();
        self.booked()
    }
}

/// A place that staff booked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Booked {
    pub with: u128,
    pub place: u64,
}

impl std::str::FromStr for Booked {
    type Err = ();
    fn from_str(words: &str) -> Result<Self, ()> {
        let (with, place) = words.split_once(' ').ok_or(())?;
        Ok(Self { with: with.parse().map_err(|_| ())?, place: place.parse().map_err(|_| ())? })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_that_is_killed_has_kept_what_it_said() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return be_a_desk(Path::new(&folder)).await;
    }
    let temp = tempfile::tempdir().expect("a folder");
    let site = Site::new(temp.path(), 0);
    site.found().await.close().await;
    // Nobody listens there: it works by itself.
    let address = Address::parse("mqtt://127.0.0.1:9").expect("an address");
    let process = DeskProcess::start(temp.path(), &address, 0);
    process.until("it books", |desk| desk.booked().len() >= 20).await;
    assert!(process.states().iter().all(|state| state == "Offline"), "{:?}", process.states());
    let said = process.kill();
    let desk = site.reopen().await;
    assert_kept(&desk, &said).await;
    desk.close().await;
}

/// What staff were told is booked stands in the store.
pub async fn assert_kept(desk: &Desk, said: &[Booked]) {
    for booked in said {
        let visit = desk.store().appointment(visit_id(booked.with, booked.place)).await.expect("read");
        assert!(visit.is_some(), "{booked:?} was booked");
    }
}

/// Books on until told to rest, and ends once nobody gives commands any more.
async fn be_a_desk(folder: &Path) {
    let told = |name: &str| std::env::var(name).expect("it is told");
    let site = Site::new(folder, told(NUMBER).parse().expect("a number"));
    let desk = site.reopen().await;
    let link = open(&desk, &Address::parse(&told(ADDRESS)).expect("an address")).await;
    let mut status = link.status();
    tokio::spawn(async move {
        loop {
            let state = status.borrow_and_update().state;
            println!("state {state:?}");
            if status.wait_for(|status| status.state != state).await.is_err() {
                return;
            }
        }
    });
    let mut commanded = commands();
    let from = told(FROM).parse().expect("where to begin");
    let with: Vec<u128> = told(WITH).split(',').filter_map(|with| with.parse().ok()).collect();
    let mut places = from..DAYS * PLACES;
    let mut pace = tokio::time::interval(Duration::from_millis(told(EVERY_MS).parse().expect("a number")));
    let mut resting = false;
    loop {
        tokio::select! {
            command = commanded.recv() => match command {
                Some(_) => {
                    resting = true;
                    println!("tip {}", hex(&desk.store().tip().hash.0));
                }
                None => break,
            },
            _ = pace.tick(), if !resting => {
                let Some(place) = places.next() else { continue };
                println!("tried {place}");
                for with in &with {
                    if book(&desk, *with, place).await {
                        println!("booked {with} {place}");
                    }
                }
            }
        }
    }
    link.close().await;
    desk.close().await;
}
