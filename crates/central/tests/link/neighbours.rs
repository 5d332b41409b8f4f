//! One clinic's trouble is no other's: nonsense without end, a wish nobody can
//! read, a broker that keeps next to nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chairside_central::store::RequestStorage;
use chairside_clinic::link;
use chairside_mqtt::topics::Way;
use chairside_mqtt::{Login, Settings};
use chairside_sync::hub::State;
use chairside_sync::mails::Outcome;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use crate::broker::{ABroker, Kind, free_port, password};
use crate::central::{Central, store};
use crate::clinic::Site;
use crate::patients::{Patients, Told};
use crate::staff::open;

/// A broker that keeps as good as nothing for anybody.
const SMALL: &str = "max_queued_messages 10\nmax_inflight_messages 5\nmessage_size_limit 70000";

/// Messages that nobody can read, and the longest that are taken.
const NONSENSE: usize = 2_000;
const LONG: usize = 60_000;

/// Whom patients wish for.
const WISHED: u128 = 1;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clinic_in_trouble_is_not_noticed_next_door() {
    let temp = tempfile::tempdir().expect("a folder");
    let (troubled, quiet) = (Site::new(temp.path(), 0), Site::new(temp.path(), 1));
    let (one, other) = (troubled.found().await, quiet.found().await);
    let peers = [link::peer(&one).expect("plain ids"), link::peer(&other).expect("plain ids")];
    let clinics = [(troubled.id(), one.store().node().0), (quiet.id(), other.store().node().0)];
    let broker = ABroker::start_with(Kind::Mosquitto, &peers, free_port(), SMALL).await;

    // Wishes for the clinic that is away; one of them is ruined on central's disk.
    let central = Central::start_for(temp.path(), broker.address(), &clinics).await;
    let (heard_one, heard_other) = (open(&one, &broker.address()).await, open(&other, &broker.address()).await);
    central.until("live", async |central| both(central, [&troubled, &quiet], State::Live)).await;
    heard_one.close().await;
    central.until("away", async |central| central.state() == State::Offline).await;
    let held = wish(&Patients::new(central.http, troubled.id(), [WISHED]), 0..5).await;
    assert!(held.acknowledged.iter().all(|one| one.outcome == "held"), "{held:?}");
    heard_other.close().await;
    central.stop().await;
    let poisoned = ruin(&store(temp.path()).join("central.db")).await;

    let central = Central::start_for(temp.path(), broker.address(), &clinics).await;
    let (heard_one, heard_other) = (open(&one, &broker.address()).await, open(&other, &broker.address()).await);
    central.until("next door is live", async |central| state(central, &quiet) == State::Live).await;

    // Somebody with the troubled clinic's password says nonsense without end.
    let mut settings = Settings::new(broker.address(), "desk");
    settings.login = Some(Login { name: peers[0].user_name(), password: password(&peers[0].user_name()) });
    let (line, events) =
        chairside_mqtt::open(settings, Arc::new(chairside_central::clock::random_number)).expect("settings");
    let up = peers[0].topic(Way::Up);
    let nonsense = tokio::spawn(async move {
        let mut said = 0;
        for number in 0..NONSENSE {
            let length = if number % 10 == 0 { LONG } else { number };
            said += usize::from(line.send(&up, vec![0x5a; length]).await.is_ok());
        }
        said
    });
    let listening = tokio::spawn(async move {
        let mut events = events;
        while events.next().await.is_some() {}
    });
    let patients = Patients::new(central.http, quiet.id(), [WISHED]);
    let mut waited = Vec::new();
    for number in 0..40 {
        let began = Instant::now();
        let told = wish(&patients, number..number + 1).await;
        central.until("next door answers", async |central| ended(central, &told).await == 1).await;
        waited.push(began.elapsed());
    }
    waited.sort();
    let said = nonsense.await.expect("nobody panics");
    listening.abort();
    println!(
        "next door: p50 {:?}, worst {:?}, during {said} of {NONSENSE} messages of nonsense",
        waited[20], waited[39]
    );
    assert!(waited[20] < Duration::from_secs(5), "{waited:?}");

    // What can be read behind the ruined wish is answered; that one is set aside by name.
    let whole = Told {
        acknowledged: held
            .acknowledged
            .iter()
            .filter(|one| one.booking.0.as_bytes()[..] != poisoned)
            .cloned()
            .collect(),
        refused: Vec::new(),
    };
    assert_eq!(whole.acknowledged.len(), 4);
    central.until("the others are answered", async |central| ended(central, &whole).await == 4).await;
    for one in &held.acknowledged {
        let booking = central.storage.booking(one.booking).await.expect("read").expect("it is there");
        let is_poisoned = booking.id.0.as_bytes()[..] == poisoned;
        assert_eq!(booking.requests[0].quarantined.is_some(), is_poisoned, "{booking:?}");
        assert_eq!(booking.outcome == Outcome::Confirmed, !is_poisoned, "{booking:?}");
    }
    heard_one.close().await;
    heard_other.close().await;
    one.close().await;
    other.close().await;
    central.stop().await;
}

fn state(central: &Central, site: &Site) -> State {
    central.engine.clinic(site.id()).expect("it runs").status().borrow().state
}

fn both(central: &Central, sites: [&Site; 2], wanted: State) -> bool {
    sites.iter().all(|site| state(central, site) == wanted)
}

async fn wish(patients: &Patients, numbers: std::ops::Range<u64>) -> Told {
    let mut told = Told::default();
    for number in numbers {
        told.hear(number, &patients.wish(number).await);
    }
    assert!(told.refused.is_empty(), "{told:?}");
    told
}

async fn ended(central: &Central, told: &Told) -> usize {
    let mut ended = 0;
    for one in &told.acknowledged {
        let booking = central.storage.booking(one.booking).await.expect("read").expect("it is there");
        ended += usize::from(booking.requests[0].state.is_end());
    }
    ended
}

/// Ruins the first wish that is held; the booking's id.
async fn ruin(database: &std::path::Path) -> Vec<u8> {
    let mut conn = SqliteConnectOptions::new().filename(database).connect().await.expect("a connection");
    let ruined = "UPDATE request SET content = x'ffffff' WHERE number = (SELECT min(number) FROM request \
                  WHERE state = 'held') AND state = 'held' RETURNING booking";
    let booking = sqlx::query_scalar(ruined).fetch_one(&mut conn).await.expect("written");
    conn.close().await.expect("closed");
    booking
}
