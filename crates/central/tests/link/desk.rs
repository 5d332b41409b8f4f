//! The desk as a process of its own, so that it can be killed: this very test
//! program, told by its environment to be one.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chairside_clinic::api::{Accept, BookVisit, NewPatient, VisitWish};
use chairside_clinic::desk::Desk;
use chairside_clinic::link::{self, Link, LinkSettings};
use chairside_mqtt::Address;
use chairside_schedule::appointment::Source;
use chairside_schedule::id::AppointmentId;
use uuid::Uuid;

use crate::central::{DEADLINE, hex};
use crate::clinic::{self, DAYS, PLACES, practitioner, secrets, start, tomorrow};

const FOLDER: &str = "CHAIRSIDE_TEST_DESK";
const ADDRESS: &str = "CHAIRSIDE_TEST_BROKER";
const FROM: &str = "CHAIRSIDE_TEST_FROM";

/// Whom staff book with all along.
pub const STAFF_WITH: u128 = 2;

/// A desk's process and what it has said.
pub struct DeskProcess {
    child: Child,
    commands: Option<ChildStdin>,
    said: Arc<Mutex<Vec<String>>>,
}

impl DeskProcess {
    /// Opens the clinic, links it to this broker, and books from this place on.
    pub fn start(folder: &Path, address: &Address, from: u64) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "desk::a_desk_that_is_killed_has_kept_what_it_said", "--nocapture"])
            .env(FOLDER, folder)
            .env(ADDRESS, address.to_string())
            .env(FROM, from.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the desk starts");
        let said = Arc::new(Mutex::new(Vec::new()));
        let out = BufReader::new(child.stdout.take().expect("its words can be read"));
        let heard = Arc::clone(&said);
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                heard.lock().expect("not torn").push(line);
            }
        });
        let commands = child.stdin.take();
        Self { child, commands, said }
    }

    /// The places that staff were told are booked.
    pub fn booked(&self) -> Vec<u64> {
        let said = self.said.lock().expect("not torn");
        said.iter().filter_map(|line| line.strip_prefix("booked ")?.parse().ok()).collect()
    }

    /// What it said of the link, in order.
    pub fn states(&self) -> Vec<String> {
        let said = self.said.lock().expect("not torn");
        said.iter().filter_map(|line| line.strip_prefix("state ")).map(str::to_owned).collect()
    }

    /// Waits until it has said something of this form.
    pub async fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let by = Instant::now() + DEADLINE;
        while !is_so(self) {
            assert!(Instant::now() < by, "not in time: {what}; {:?}", self.said.lock().expect("not torn"));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Books no more; the hash of its log's last entry.
    pub async fn rest(&mut self) -> String {
        writeln!(self.commands.as_mut().expect("it listens"), "rest").expect("it listens");
        let tip = |desk: &Self| {
            let said = desk.said.lock().expect("not torn");
            said.iter().find_map(|line| line.strip_prefix("tip ").map(str::to_owned))
        };
        self.until("it rests", |desk| tip(desk).is_some()).await;
        tip(self).expect("it said so")
    }

    /// As a power cut would.
    pub fn kill(mut self) -> Vec<u64> {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
        self.booked()
    }

    /// Closes it as staff would.
    pub fn close(mut self) -> Vec<u64> {
        drop(self.commands.take());
        assert!(self.child.wait().expect("it ends").success());
        self.booked()
    }
}

impl Drop for DeskProcess {
    fn drop(&mut self) {
        // Ended already where a story went well.
        if matches!(self.child.try_wait(), Ok(None)) {
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}

/// Staff book a half hour for somebody new.
pub async fn book(desk: &Desk, with: u128, place: u64) -> bool {
    let wish = VisitWish {
        patient: None,
        practitioner: practitioner(with),
        chair: None,
        kind: clinic::kind(),
        start: start(tomorrow(), place),
        minutes: 30,
    };
    let new_patient = NewPatient {
        given: format!("Given{with}"),
        family: format!("Family{place}"),
        birth: "1987".to_owned(),
        personnummer: String::new(),
        phone: String::new(),
        email: String::new(),
    };
    let booked = desk.book_visit(BookVisit {
        id: visit_id(with, place),
        wish,
        new_patient: Some(new_patient),
        note: String::new(),
        source: Source::Phone,
        accept: Accept::default(),
    });
    match booked.await {
        Ok(_) => true,
        Err(problem) if problem.code == "clash" => false,
        Err(problem) => panic!("{problem:?}"),
    }
}

/// The id of the visit that staff book at a place.
pub fn visit_id(with: u128, place: u64) -> AppointmentId {
    AppointmentId(Uuid::from_u128(0xdd_0000_0000 + (with << 16) + u128::from(place)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_that_is_killed_has_kept_what_it_said() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return be_a_desk(Path::new(&folder)).await;
    }
    let temp = tempfile::tempdir().expect("a folder");
    clinic::found(temp.path()).await.close().await;
    // Nobody listens there: it works by itself.
    let address = Address::parse("mqtt://127.0.0.1:9").expect("an address");
    let process = DeskProcess::start(temp.path(), &address, 0);
    process.until("it books", |desk| desk.booked().len() >= 20).await;
    assert!(process.states().iter().all(|state| state == "Offline"), "{:?}", process.states());
    let said = process.kill();
    let desk = clinic::reopen(temp.path()).await;
    for place in said {
        let visit = desk.store().appointment(visit_id(STAFF_WITH, place)).await.expect("read");
        assert!(visit.is_some(), "{place} was booked");
    }
    desk.close().await;
}

/// Books on until told to rest, and ends once nobody gives commands any more.
async fn be_a_desk(folder: &Path) {
    let desk = clinic::reopen(folder).await;
    let address = std::env::var(ADDRESS).expect("a broker");
    let link = open(&desk, &Address::parse(&address).expect("an address")).await;
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
    let (commands, mut commanded) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if commands.send(line).is_err() {
                return;
            }
        }
    });
    let from = std::env::var(FROM).expect("where to begin").parse().expect("a number");
    let mut places = from..DAYS * PLACES;
    // About as fast as an import of a paper diary, far faster than any staff.
    let mut pace = tokio::time::interval(Duration::from_millis(25));
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
                if let Some(place) = places.next()
                    && book(&desk, STAFF_WITH, place).await
                {
                    println!("booked {place}");
                }
            }
        }
    }
    link.close().await;
    desk.close().await;
}

/// Links a desk to the broker at this address.
pub async fn open(desk: &Desk, address: &Address) -> Link {
    let name = link::peer(desk).expect("plain ids").user_name();
    let settings = LinkSettings {
        address: address.clone(),
        secrets: secrets(&name),
        ask_staff: false,
        days_ahead: link::DAYS_AHEAD,
    };
    link::open(desk, settings).await.expect("a link")
}
