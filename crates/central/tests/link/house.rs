//! Central as a process of its own: with the broker inside it, or with one
//! outside.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::Path;

use chairside_central::mails::Post;
use chairside_mqtt::Address;
use chairside_mqtt::topics::Peer;
use chairside_schedule::ClinicId;
use chairside_sync::hub::State;
use uuid::Uuid;

use crate::broker::{ABroker, Kind};
use crate::central::{Central, mail_folder};
use crate::part::{Part, commands};

const FOLDER: &str = "CHAIRSIDE_TEST_CENTRAL";
const BROKER: &str = "CHAIRSIDE_TEST_BROKER";
const HTTP: &str = "CHAIRSIDE_TEST_HTTP";

/// Where the list of clinics lies that it speaks for.
const LINKED: &str = "linked";

/// The broker it works with.
#[derive(Clone, Debug)]
pub enum Where {
    /// Its own, at this port.
    Inside(u16),
    /// Another process.
    Outside(Address),
}

/// Central's process.
pub struct House(Part);

impl House {
    /// Starts what `test` leads to, and waits until it serves: with HTTP at this port.
    pub async fn start(test: &str, folder: &Path, clinics: &[(ClinicId, Uuid)], broker: &Where, http: u16) -> Self {
        let lines: String = clinics.iter().map(|(clinic, device)| format!("{} {device}\n", clinic.0)).collect();
        std::fs::write(folder.join(LINKED), lines).expect("the folder can be written");
        let broker = match broker {
            Where::Inside(port) => port.to_string(),
            Where::Outside(address) => address.to_string(),
        };
        let http = http.to_string();
        let told: [(&str, &OsStr); 3] =
            [(FOLDER, folder.as_os_str()), (BROKER, broker.as_ref()), (HTTP, http.as_ref())];
        let house = Self(Part::start(test, told));
        house.0.until("central serves", |part| !part.said::<SocketAddr>("serves").is_empty()).await;
        house
    }

    /// How many clinics are live.
    pub async fn live(&mut self) -> usize {
        let before = self.0.said::<usize>("live").len();
        self.0.tell("live");
        self.0.until("it says how many", |part| part.said::<usize>("live").len() > before).await;
        self.0.said("live").pop().expect("it said so")
    }

    /// The process itself.
    pub fn part(&mut self) -> &mut Part {
        &mut self.0
    }
}

/// Is central, if this process was started to be; false otherwise.
pub async fn was_central() -> bool {
    let Some(folder) = std::env::var_os(FOLDER) else { return false };
    let folder = Path::new(&folder);
    let told = |name: &str| std::env::var(name).expect("it is told");
    let listed = std::fs::read_to_string(folder.join(LINKED)).expect("the list is there");
    let clinics: Vec<(ClinicId, Uuid)> = listed
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(clinic, device)| (clinic.parse().expect("an id"), device.parse().expect("an id")))
        .collect();
    let (inside, address) = match told(BROKER).parse::<u16>() {
        Ok(port) => {
            let peers: Vec<Peer> = clinics
                .iter()
                .map(|(clinic, device)| Peer::new(&clinic.0.to_string(), &device.to_string()).expect("plain ids"))
                .collect();
            let broker = ABroker::start_with(Kind::Embedded, &peers, port, "").await;
            let address = broker.address();
            (Some(broker), address)
        }
        Err(_) => (None, Address::parse(&told(BROKER)).expect("an address")),
    };
    let http = SocketAddr::from(([127, 0, 0, 1], told(HTTP).parse().expect("a port")));
    let post = Post::folder(&mail_folder(folder)).expect("a folder");
    let central = Central::start_at(folder, address, &clinics, http, post).await;
    println!("\nserves {}", central.http);
    let mut commanded = commands();
    while commanded.recv().await.is_some() {
        let is_live = |clinic: &ClinicId| {
            central.engine.clinic(*clinic).is_some_and(|handle| handle.status().borrow().state == State::Live)
        };
        println!("live {}", clinics.iter().filter(|(clinic, _)| is_live(clinic)).count());
    }
    central.stop().await;
    drop(inside);
    true
}
