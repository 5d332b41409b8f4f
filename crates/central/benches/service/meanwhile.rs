//! What the line costs whoever works at the desk, and how soon each side sees
//! what the other did.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use chairside_clinic::api::DayRequest;
use chairside_clinic::desk::Desk;
use chairside_clinic::link::{self, Link, State};
use chairside_mqtt::Address;
use chairside_mqtt::topics::{Peer, Way};
use chairside_schedule::ClinicId;
use chairside_store::{Moment, StoreError};
use chairside_sync::Author;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::Outcome;
use crate::broker::{ABroker, Kind, free_port, password};
use crate::clinic::{Site, kind, practitioner, start, tomorrow};
use crate::house::{House, Where};
use crate::http::Caller;
use crate::measure::{Report, Times};
use crate::reconnecting::patient;
use crate::staff::{book, open};
use crate::town::broker_address;

/// Visits that are booked at a time in each state of the line.
const BOOKED: usize = 200;

/// Between two visits: a desk where this many are booked is busier than any, and what
/// one of them sets in motion is over before the next.
const PAUSE: Duration = Duration::from_millis(10);

/// Rounds of all three states, so that none of them has the machine's best hour.
const ROUNDS: u64 = 3;

/// Changes that are caught up: just few enough that they are sent one by one.
const CHANGES: u64 = 9_500;

/// Changes written in one transaction.
const AT_ONCE: u64 = 500;

/// What is seen from one side to the other.
const SEEN: u64 = 300;

/// What either may take at most, as one in a hundred.
const SOON: Duration = Duration::from_millis(150);

const PATIENCE: Duration = Duration::from_secs(120);

pub async fn measure(report: &mut Report) -> Outcome<()> {
    for broker in [Kind::Embedded, Kind::Mosquitto] {
        let mut house = Clinic::found(broker).await?;
        report.section(&format!("A visit booked at the desk, {broker:?}"));
        house.while_the_line_comes_and_goes(report).await?;
        report.section(&format!("From one side to the other, {broker:?}"));
        house.side_to_side(report).await?;
        house.end().await;
    }
    Ok(())
}

/// A desk in this process, central and its broker in others.
struct Clinic {
    id: ClinicId,
    desk: Desk,
    peer: Peer,
    link: Option<Link>,
    central: House,
    http: SocketAddr,
    address: Address,
    /// The next place at the desk that nobody has.
    place: u64,
    _broker: Option<ABroker>,
    _folder: tempfile::TempDir,
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
            _broker: broker,
            _folder: folder,
        })
    }

    async fn go_online(&mut self) {
        self.link = Some(open(&self.desk, &self.address).await);
    }

    async fn until_live(&self) -> Outcome<()> {
        let mut status = self.link.as_ref().ok_or("no line")?.status();
        let is_live = |status: &link::Status| status.state == State::Live && status.unsent == 0;
        tokio::time::timeout(PATIENCE, status.wait_for(is_live)).await??;
        Ok(())
    }

    async fn go_offline(&mut self) {
        if let Some(link) = self.link.take() {
            link.close().await;
        }
    }

    /// Books the next place.
    async fn book(&mut self, times: &mut Times) {
        // One person after the other, so that the days fill evenly.
        let (with, place) = (2 + u128::from(self.place % 8), self.place / 8);
        self.place += 1;
        tokio::time::sleep(PAUSE).await;
        let booked = times.time(book(&self.desk, with, place)).await;
        debug_assert!(booked, "nobody has it");
    }

    async fn while_the_line_comes_and_goes(&mut self, report: &mut Report) -> Outcome<()> {
        let (mut offline, mut online, mut catching_up) = (Times::new(), Times::new(), Times::new());
        let mut caught_up_with = 0;
        // The first ones find nothing in memory.
        for _ in 0..BOOKED {
            self.book(&mut Times::new()).await;
        }
        for round in 0..ROUNDS {
            for _ in 0..BOOKED {
                self.book(&mut offline).await;
            }
            self.go_online().await;
            self.until_live().await?;
            for _ in 0..BOOKED {
                self.book(&mut online).await;
            }
            self.until_live().await?;
            self.go_offline().await;
            self.change_much(round).await?;
            self.go_online().await;
            let status = self.link.as_ref().ok_or("no line")?.status();
            while status.borrow().state != State::Live {
                self.book(&mut catching_up).await;
                caught_up_with += 1;
            }
            self.until_live().await?;
            self.go_offline().await;
        }
        report.row("offline (the baseline)", &offline);
        report.row("online, central in step", &online);
        report.row(&format!("while {CHANGES} changes are caught up"), &catching_up);
        report.say(&format!("{caught_up_with} visits were booked meanwhile."));
        report.ratio("booked online beside offline, p50", online.p50(), offline.p50(), 1.1);
        report.ratio("booked while catching up beside offline, p50", catching_up.p50(), offline.p50(), 1.1);
        Ok(())
    }

    async fn change_much(&self, round: u64) -> Outcome<()> {
        let first = round * CHANGES;
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

    async fn side_to_side(&mut self, report: &mut Report) -> Outcome<()> {
        let bare = bare_round_trips(&self.address, &self.peer).await?;
        report.row("baseline: 200 bytes to the bare broker, acknowledged", &bare);
        self.go_online().await;
        self.until_live().await?;
        let clicks = self.clicks().await?;
        report.row("from a patient's click to the card on the board", &clicks);
        let slots = self.slots().await?;
        report.row("from the desk's booking to the slot taken on the events' stream", &slots);
        report.within("from a patient's click to the card, p99", clicks.p99(), SOON);
        report.within("from the desk's booking to the events' stream, p99", slots.p99(), SOON);
        Ok(())
    }

    async fn clicks(&mut self) -> Outcome<Times> {
        let (mut caller, mut times) = (Caller::to(self.http).await?, Times::new());
        let mut changes = self.desk.changes();
        let with = practitioner(1);
        for number in 0..SEEN {
            let at = start(tomorrow(), number);
            let body = json!({ "clinic": self.id.0, "slot": format!("{}@{}", with.0, at.format("%Y-%m-%dT%H:%M")),
                "kind": kind().0, "language": "sv", "contact": format!("patient{number}@example.org"),
                "sealed": "00ff" });
            let head = format!(
                "POST /api/v1/bookings HTTP/1.1\r\nBooking-Secret: {number:064x}\r\nIdempotency-Key: {number}\r\n"
            );
            let began = Instant::now();
            let (status, said) = caller.ask(&head, &body.to_string()).await?;
            if status != 201 {
                return Err(String::from_utf8_lossy(said).into_owned().into());
            }
            loop {
                let changed = tokio::time::timeout(PATIENCE, changes.next()).await?.ok_or("the desk closed")?;
                if !changed.days.contains(&at.date()) {
                    continue;
                }
                let board = self.desk.day_board(DayRequest { date: at.date() }).await?;
                if board.visits.iter().any(|card| card.practitioner == with && card.start == at) {
                    break;
                }
            }
            times.record(began.elapsed());
        }
        Ok(times)
    }

    async fn slots(&mut self) -> Outcome<Times> {
        let mut heard = self.events().await?;
        let mut times = Times::new();
        for number in 0..SEEN {
            let began = Instant::now();
            if !book(&self.desk, 11, number).await {
                return Err("the place is taken".into());
            }
            let day = start(tomorrow(), number).date().to_string();
            while !tokio::time::timeout(PATIENCE, heard.recv()).await?.ok_or("the stream ended")?.contains(&day) {}
            times.record(began.elapsed());
        }
        Ok(times)
    }

    /// The days of each change of availability, as the stream tells them.
    async fn events(&self) -> Outcome<mpsc::UnboundedReceiver<BTreeSet<String>>> {
        let mut stream = TcpStream::connect(self.http).await?;
        let asked = format!("GET /api/v1/clinics/{}/events HTTP/1.1\r\nHost: localhost\r\n\r\n", self.id.0);
        stream.write_all(asked.as_bytes()).await?;
        let mut lines = BufReader::new(stream).lines();
        // The first event says that it listens.
        while lines.next_line().await?.ok_or("the stream ended")? != "event: state" {}
        let (told, heard) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let Some(said) = line.strip_prefix("data: ") else { continue };
                let Ok(said) = serde_json::from_str::<serde_json::Value>(said) else { return };
                let days = said["days"].as_array().into_iter().flatten();
                let days = days.filter_map(|day| day.as_str().map(str::to_owned)).collect();
                if told.send(days).is_err() {
                    return;
                }
            }
        });
        Ok(heard)
    }

    async fn end(mut self) {
        self.go_offline().await;
        self.desk.close().await;
        self.central.part().close();
    }
}

/// What the broker alone takes: a message of this size, until it is acknowledged.
async fn bare_round_trips(address: &Address, peer: &Peer) -> Outcome<Times> {
    let at = address.to_string();
    let at = at.strip_prefix("mqtt://").ok_or("a plain address")?;
    let mut stream = TcpStream::connect(at).await?;
    stream.set_nodelay(true)?;
    let name = peer.user_name();
    let mut said = vec![0, 4, b'M', b'Q', b'T', b'T', 5, 0b1100_0010, 0, 60, 0];
    for text in [format!("bare-{}", Uuid::nil().simple()), name.clone(), password(&name)] {
        said.extend(u16::try_from(text.len())?.to_be_bytes());
        said.extend(text.as_bytes());
    }
    stream.write_all(&packet(0x10, &said)?).await?;
    let mut answer = [0; 512];
    if stream.read(&mut answer).await? < 4 || answer[3] != 0 {
        return Err(format!("the broker refused: {}", answer[3]).into());
    }
    let topic = peer.topic(Way::Up);
    let mut times = Times::new();
    for number in 1..=u16::try_from(SEEN)? {
        let mut said = u16::try_from(topic.len())?.to_be_bytes().to_vec();
        said.extend(topic.as_bytes());
        said.extend(number.to_be_bytes());
        said.push(0);
        said.extend([0x5a; 200]);
        let began = Instant::now();
        stream.write_all(&packet(0x32, &said)?).await?;
        if stream.read(&mut answer).await? == 0 {
            return Err("the broker went away".into());
        }
        times.record(began.elapsed());
    }
    Ok(times)
}

/// A packet of MQTT: its kind, how long it is, what it says.
fn packet(kind: u8, said: &[u8]) -> Outcome<Vec<u8>> {
    let mut packet = vec![kind];
    let mut length = said.len();
    while length >= 128 {
        packet.push(u8::try_from(length % 128)? | 128);
        length /= 128;
    }
    packet.push(u8::try_from(length)?);
    packet.extend(said);
    Ok(packet)
}
