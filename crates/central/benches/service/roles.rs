//! The processes that are measured.

use std::collections::BTreeSet;
use std::path::Path;

use chairside_clinic::desk::Desk;
use chairside_clinic::link::{Link, State};
use chairside_mqtt::Address;

use crate::clinic::Site;
use crate::house::was_central;
use crate::part::{Part, commands};
use crate::staff::open;

const FOLDER: &str = "CHAIRSIDE_BENCH_DESKS";
const FROM: &str = "CHAIRSIDE_BENCH_FROM";
const MANY: &str = "CHAIRSIDE_BENCH_MANY";
const PEOPLE: &str = "CHAIRSIDE_BENCH_PEOPLE";
const BROKER: &str = "CHAIRSIDE_BENCH_BROKER";

/// Desks that are opened side by side.
const AT_ONCE: usize = 8;

/// Is what this process was started to be; false where that is nothing.
pub async fn played() -> bool {
    if was_central().await {
        return true;
    }
    let Some(folder) = std::env::var_os(FOLDER) else { return false };
    be_desks(Path::new(&folder)).await;
    true
}

/// Many desks in one process: as many stores, hubs and lines to the broker.
pub struct Desks(Part);

impl Desks {
    /// Opens so many clinics of the folder, from this one on, and links them to the broker.
    pub async fn start(folder: &Path, from: usize, many: usize, people: u128, broker: &Address) -> Self {
        let (from, told_many) = (from.to_string(), many.to_string());
        let (people, broker) = (people.to_string(), broker.to_string());
        let told = [
            (FOLDER, folder.as_os_str()),
            (FROM, from.as_ref()),
            (MANY, told_many.as_ref()),
            (PEOPLE, people.as_ref()),
            (BROKER, broker.as_ref()),
        ];
        let desks = Self(Part::start("", told));
        let mut open = 0_usize;
        while open < many {
            // However many there are: as long as one more opens now and then.
            desks
                .0
                .until("more desks open", |part| part.said::<usize>("open").last().is_some_and(|last| *last > open))
                .await;
            open = desks.0.said("open").pop().unwrap_or(open);
        }
        desks
    }

    /// The process itself.
    pub fn part(&mut self) -> &mut Part {
        &mut self.0
    }
}

async fn be_desks(folder: &Path) {
    let told = |name: &str| std::env::var(name).expect("it is told");
    let [from, many, people] = [FROM, MANY, PEOPLE].map(|name| told(name).parse::<u128>().expect("a number"));
    let broker = Address::parse(&told(BROKER)).expect("an address");
    let sites: Vec<Site> = (from..from + many).map(|number| Site::with_people(folder, number, people)).collect();
    let mut desks: Vec<(Desk, Link)> = Vec::new();
    for some in sites.chunks(AT_ONCE) {
        let opened = some.iter().map(|site| async {
            let desk = site.reopen().await;
            let link = open(&desk, &broker).await;
            (desk, link)
        });
        desks.extend(futures_util::future::join_all(opened).await);
        println!("\nopen {}", desks.len());
    }
    let mut commanded = commands();
    while commanded.recv().await.is_some() {
        let states: BTreeSet<bool> =
            desks.iter().map(|(_, link)| link.status().borrow().state == State::Live).collect();
        println!("all-live {}", states == BTreeSet::from([true]));
    }
    for (desk, link) in desks {
        link.close().await;
        desk.close().await;
    }
}
