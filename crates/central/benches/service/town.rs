//! Clinics, their desks, a broker and central, each a process of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use chairside_clinic::link::peer;
use chairside_mqtt::Address;
use chairside_mqtt::topics::Peer;
use chairside_schedule::ClinicId;
use tempfile::TempDir;
use uuid::Uuid;

use crate::Outcome;
use crate::broker::{ABroker, Kind, free_port};
use crate::clinic::Site;
use crate::house::{House, Where};
use crate::roles::Desks;

/// How long anything may take before a benchmark gives up.
const PATIENCE: Duration = Duration::from_secs(300);

/// Clinics that are founded side by side.
const AT_ONCE: usize = 8;

/// Desks in one process: each has some sixteen files open, and a process may
/// have 20,000 at the least where this is measured.
const IN_ONE: usize = 1_000;

/// Clock ticks a second, as `/proc` counts them on Linux.
const TICKS: u64 = 100;

/// Everybody.
pub struct Town {
    pub folder: TempDir,
    pub clinics: Vec<(ClinicId, Uuid)>,
    pub broker: Option<ABroker>,
    pub http: SocketAddr,
    pub house: House,
    pub desks: Vec<Desks>,
}

impl Town {
    /// So many clinics, founded and live.
    pub async fn found(kind: Kind, many: usize, people: u128) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let numbers: Vec<u128> = (0..many as u128).collect();
        let sites: Vec<Site> = numbers.iter().map(|number| Site::with_people(folder.path(), *number, people)).collect();
        let mut clinics = Vec::with_capacity(many);
        for some in sites.chunks(AT_ONCE) {
            let founded = some.iter().map(|site| async {
                let desk = site.found().await;
                let node = desk.store().node().0;
                debug_assert!(peer(&desk).is_ok(), "plain ids");
                desk.close().await;
                (site.id(), node)
            });
            clinics.extend(futures_util::future::join_all(founded).await);
        }
        let (broker, at) = match kind {
            Kind::Embedded => (None, Where::Inside(free_port())),
            Kind::Mosquitto => {
                let broker = ABroker::start_with(kind, &peers(&clinics), free_port(), "").await;
                let address = broker.address();
                (Some(broker), Where::Outside(address))
            }
        };
        let port = free_port();
        let house = House::start("", folder.path(), &clinics, &at, port).await;
        let mut desks = Vec::new();
        for from in (0..many).step_by(IN_ONE) {
            let here = IN_ONE.min(many - from);
            desks.push(Desks::start(folder.path(), from, here, people, &broker_address(&at)?).await);
        }
        let http = SocketAddr::from(([127, 0, 0, 1], port));
        let mut town = Self { folder, clinics, broker, http, house, desks };
        town.all_live().await?;
        Ok(town)
    }

    /// Waits until every clinic is live; how long that took.
    pub async fn all_live(&mut self) -> Outcome<Duration> {
        let began = Instant::now();
        while self.house.live().await < self.clinics.len() {
            if began.elapsed() > PATIENCE {
                return Err("not every clinic came to be live".into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(began.elapsed())
    }

    /// What each part has used of the processors so far.
    pub fn used(&mut self) -> Outcome<Used> {
        let broker = self.broker.as_ref().and_then(ABroker::id);
        Ok(Used {
            central: cpu(self.house.part().id())?,
            desks: self.desks.iter_mut().map(|desks| cpu(desks.part().id())).sum::<Outcome<Duration>>()?,
            broker: broker.map(cpu).transpose()?,
        })
    }

    /// Ends everything.
    pub fn end(mut self) {
        self.desks.iter_mut().for_each(|desks| desks.part().close());
        self.house.part().close();
    }
}

/// Where the broker listens.
pub fn broker_address(at: &Where) -> Outcome<Address> {
    Ok(match at {
        Where::Inside(port) => Address::parse(&format!("mqtt://127.0.0.1:{port}"))?,
        Where::Outside(address) => address.clone(),
    })
}

/// The desks as the broker knows them.
pub fn peers(clinics: &[(ClinicId, Uuid)]) -> Vec<Peer> {
    let peer = |(clinic, node): &(ClinicId, Uuid)| Peer::new(&clinic.0.to_string(), &node.to_string());
    clinics.iter().map(|ids| peer(ids).expect("plain ids")).collect()
}

/// Time on processors.
#[derive(Clone, Copy, Debug)]
pub struct Used {
    pub central: Duration,
    pub desks: Duration,
    /// Where it is a process of its own.
    pub broker: Option<Duration>,
}

impl Used {
    /// What was used since.
    pub fn since(&self, before: &Self) -> Self {
        Self {
            central: self.central.saturating_sub(before.central),
            desks: self.desks.saturating_sub(before.desks),
            broker: self.broker.zip(before.broker).map(|(now, then)| now.saturating_sub(then)),
        }
    }

    /// In words: each part's share of `count` things.
    pub fn each(&self, count: u32) -> String {
        let micros = |used: Duration| (used / count).as_micros();
        let broker = self.broker.map_or("its broker within".to_owned(), |used| format!("broker {}", micros(used)));
        format!("CPU µs each: central {} ({broker}), desks {}", micros(self.central), micros(self.desks))
    }
}

/// What a process has used, in user and system mode.
pub fn cpu(id: u32) -> Outcome<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    // The name may hold spaces; behind it come numbers, of which these are the 12th and 13th.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: u64 = fields.iter().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 1_000 / TICKS))
}

/// The memory a process has for itself, in KiB.
pub fn memory(id: u32) -> Outcome<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    Ok(line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default())
}

/// Where central's database lies.
pub fn database(folder: &Path) -> std::path::PathBuf {
    crate::central::store(folder).join("central.db")
}
