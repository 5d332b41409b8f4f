//! How soon each side sees what the other did.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use chairside_clinic::api::DayRequest;
use chairside_mqtt::Address;
use chairside_mqtt::topics::{Peer, Way};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::Outcome;
use crate::broker::password;
use crate::clinic::{practitioner, start, tomorrow};
use crate::http::Caller;
use crate::meanwhile::{Clinic, PATIENCE};
use crate::measure::{Report, Times};
use crate::staff::book;

/// What is seen from one side to the other.
const SEEN: u64 = 300;

/// What either may take at most, as one in a hundred.
const SOON: Duration = Duration::from_millis(150);

impl Clinic {
    /// From a patient to the board, and from the desk to who watches central.
    pub async fn side_to_side(&mut self, report: &mut Report) -> Outcome<()> {
        let bare = bare_round_trips(&self.address, &self.peer).await?;
        report.row("baseline: 200 bytes to the bare broker, acknowledged", &bare);
        self.go_online().await?;
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
            let began = Instant::now();
            caller.book(number, self.id, with, at).await?;
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
