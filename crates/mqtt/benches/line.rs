//! What a line costs beside the bare client crate, on both brokers, and what
//! 2,000 clinics cost one line of central's. `cargo bench -p chairside-mqtt`.

#![allow(dead_code, missing_docs, clippy::unwrap_used)]

#[path = "../tests/line/certificates.rs"]
mod certificates;
#[path = "../tests/line/peers.rs"]
mod peers;
#[path = "../tests/line/process.rs"]
mod process;

use std::time::{Duration, Instant};

use chairside_mqtt::access::{Access, Client, PasswordDigest, Proof};
use chairside_mqtt::broker::{Broker, BrokerSettings};
use chairside_mqtt::topics::{Peer, Way};
use chairside_mqtt::{Address, Event};
use rumqttc::NetworkOptions;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::ConnectProperties;
use rumqttc::v5::{AsyncClient, EventLoop, Incoming, MqttOptions};

use peers::{End, central_settings, desk_settings, login};
use process::{BrokerProcess, Kind, password, peer};

const ROUNDS: usize = 4_000;
const STREAM: usize = 40_000;
const PAYLOAD: usize = 200;
const CLINICS: usize = 2_000;

fn main() {
    println!("{}", machine());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    println!("\n{:<58}{:>12}{:>12}{:>9}", "", "line", "bare client", "ratio");
    for kind in [Kind::Embedded, Kind::Mosquitto] {
        runtime.block_on(beside_the_bare_client(kind));
    }
    runtime.block_on(many_clinics());
}

async fn beside_the_bare_client(kind: Kind) {
    let broker = BrokerProcess::start_with(kind, &["d"], "log_type none\nmax_queued_messages 0");
    let (line, bare) = (round_trips(&broker).await, bare_round_trips(&broker).await);
    for (name, part) in [("p50", 50), ("p99", 99)] {
        let (line, bare) = (percentile(&line, part), percentile(&bare, part));
        println!(
            "{:<58}{:>9.0} µs{:>9.0} µs{:>7.2} x",
            format!("{kind:?}: {PAYLOAD} bytes up and their answer, {name}"),
            line,
            bare,
            line / bare
        );
    }
    let (line, bare) = (stream(&broker).await, bare_stream(&broker).await);
    println!(
        "{:<58}{:>10.0}/s{:>10.0}/s{:>7.2} x",
        format!("{kind:?}: {STREAM} messages one way, of which a second"),
        line,
        bare,
        line / bare
    );
}

async fn round_trips(broker: &BrokerProcess) -> Vec<f64> {
    let mut central = End::central(broker).await;
    let mut desk = End::desk(broker, "d").await;
    let (up, down) = (peer("d").topic(Way::Up), peer("d").topic(Way::Down));
    let answering = tokio::spawn(async move {
        while let Some(Event::Message { payload, .. }) = central.events.next().await {
            central.line.send(&down, payload).await.expect("it is up");
        }
    });
    let mut took = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let began = Instant::now();
        desk.line.send(&up, vec![1; PAYLOAD]).await.expect("it is up");
        let Event::Message { .. } = desk.next().await else { panic!("only messages") };
        took.push(micros(began));
    }
    answering.abort();
    took
}

async fn stream(broker: &BrokerProcess) -> f64 {
    let mut central = End::central(broker).await;
    let desk = End::desk(broker, "d").await;
    let up = peer("d").topic(Way::Up);
    let began = Instant::now();
    let saying = tokio::spawn(async move {
        for _ in 0..STREAM {
            desk.line.send(&up, vec![1; PAYLOAD]).await.expect("it is up");
        }
        desk
    });
    for _ in 0..STREAM {
        let Event::Message { .. } = central.next().await else { panic!("only messages") };
    }
    let rate = STREAM as f64 / began.elapsed().as_secs_f64();
    drop(saying.await);
    rate
}

/// The client crate as it is, but for what every measurement of it needs.
async fn bare(broker: &BrokerProcess, name: &str, filter: &str) -> (AsyncClient, EventLoop) {
    let login = login(name).expect("a login");
    let mut options = MqttOptions::new(format!("bare-{name}"), "localhost", broker.port());
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    let mut properties = ConnectProperties::new();
    properties.max_packet_size = Some(1 << 20);
    options
        .set_credentials(login.name, login.password)
        .set_network_options(network)
        .set_connect_properties(properties)
        .set_outgoing_inflight_upper_limit(100);
    let (client, mut event_loop) = AsyncClient::new(options, 100);
    client.try_subscribe(filter, QoS::AtLeastOnce).expect("there is room");
    while !matches!(event_loop.poll().await, Ok(rumqttc::v5::Event::Incoming(Incoming::SubAck(_)))) {}
    (client, event_loop)
}

async fn bare_message(event_loop: &mut EventLoop) {
    while !matches!(event_loop.poll().await, Ok(rumqttc::v5::Event::Incoming(Incoming::Publish(_)))) {}
}

async fn bare_round_trips(broker: &BrokerProcess) -> Vec<f64> {
    let (up, down) = (peer("d").topic(Way::Up), peer("d").topic(Way::Down));
    let (answer, mut central) = bare(broker, "central", "chairside/1/clinic/+/+/up").await;
    let (say, mut desk) = bare(broker, "c.d", &down).await;
    let answering = tokio::spawn(async move {
        loop {
            bare_message(&mut central).await;
            answer.publish(&down, QoS::AtLeastOnce, false, vec![1; PAYLOAD]).await.expect("it is up");
        }
    });
    let mut took = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let began = Instant::now();
        say.publish(&up, QoS::AtLeastOnce, false, vec![1; PAYLOAD]).await.expect("it is up");
        bare_message(&mut desk).await;
        took.push(micros(began));
    }
    answering.abort();
    took
}

async fn bare_stream(broker: &BrokerProcess) -> f64 {
    let up = peer("d").topic(Way::Up);
    let (_central, mut hears) = bare(broker, "central", "chairside/1/clinic/+/+/up").await;
    let (say, mut desk) = bare(broker, "c.d", &peer("d").topic(Way::Down)).await;
    let polling = tokio::spawn(async move { while desk.poll().await.is_ok() {} });
    let began = Instant::now();
    let saying = tokio::spawn(async move {
        for _ in 0..STREAM {
            say.publish(&up, QoS::AtLeastOnce, false, vec![1; PAYLOAD]).await.expect("it is up");
        }
    });
    for _ in 0..STREAM {
        bare_message(&mut hears).await;
    }
    let rate = STREAM as f64 / began.elapsed().as_secs_f64();
    saying.abort();
    polling.abort();
    rate
}

/// Desks, broker and central in this one process: memory is for all three.
async fn many_clinics() {
    let peers: Vec<Peer> = (0..CLINICS).map(|n| Peer::new(&format!("clinic-{n}"), "hub").expect("plain ids")).collect();
    let proof = |name: &str| Proof::Password(PasswordDigest::of(password(name).as_bytes()));
    let access = peers.iter().map(|desk| Client::desk(desk, proof(&desk.user_name())));
    let access = access.fold(Access::new().with(Client::central(proof("central"))), Access::with);
    let mut settings = BrokerSettings::new("127.0.0.1:0".parse().expect("an address"), access);
    let broker = Broker::start(settings.clone()).await.expect("it starts");
    settings.listen = broker.address();
    let address = Address::parse(&format!("mqtt://{}", broker.address())).expect("an address");
    let mut central = End::up(central_settings(address.clone())).await;
    let before_kb = resident_kb();
    let began = Instant::now();
    let mut desks: Vec<End> = peers.iter().map(|desk| End::open(desk_settings(address.clone(), desk))).collect();
    for desk in &mut desks {
        desk.until_up().await;
    }
    let all_up = began.elapsed();
    let memory_kb = resident_kb() - before_kb;

    let began = Instant::now();
    for (desk, who) in desks.iter().zip(&peers) {
        desk.line.send(&who.topic(Way::Up), vec![1; PAYLOAD]).await.expect("it is up");
    }
    for _ in 0..CLINICS {
        let Event::Message { topic, payload } = central.next().await else { panic!("only messages") };
        let (from, _) = Peer::parse(&topic).expect("a desk's topic");
        central.line.send(&from.topic(Way::Down), payload).await.expect("it is up");
    }
    for desk in &mut desks {
        let Event::Message { .. } = desk.next().await else { panic!("only messages") };
    }
    let all_answered = began.elapsed();
    println!("\n{CLINICS} clinics, one line of central's, the broker inside the process");
    println!("  all up from nothing            {all_up:>10.2?}");
    println!("  each says a word and is answered {all_answered:>8.2?}");
    println!("  memory a clinic, both its ends {:>7} kB", memory_kb / CLINICS as u64);
    let (began, cpu) = (Instant::now(), cpu_time());
    tokio::time::sleep(Duration::from_secs(10)).await;
    let idle = (cpu_time() - cpu).as_secs_f64() / began.elapsed().as_secs_f64();
    println!("  idle, of one core              {:>9.1} %", idle * 100.0);

    broker.stop().await;
    let _broker = Broker::start(settings).await.expect("it starts again");
    let began = Instant::now();
    for end in desks.iter_mut().chain([&mut central]) {
        end.until_up().await;
    }
    println!("  all up after it was started again {:>7.2?}", began.elapsed());
}

fn micros(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1e6
}

fn percentile(values: &[f64], part: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[(sorted.len() - 1) * part / 100]
}

fn resident_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}

/// What this process has had of the processor, user and system.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    // A tick is 10 ms on every Linux we run on.
    Duration::from_millis(10 * ticks)
}

fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": unknown");
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!(
        "machine:{}, {cores} cores, load {}\nboth with TCP_NODELAY; the bare client acknowledges by itself, a line when a message is taken",
        model
            .trim_start_matches([' ', '\t', ':'])
            .split('@')
            .next()
            .map(|model| format!(" {}", model.trim()))
            .unwrap_or_default(),
        load.split(' ').next().unwrap_or("unknown")
    )
}
