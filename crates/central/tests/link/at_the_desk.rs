//! What staff read of online requests while the line comes and goes: who asks,
//! what waits, what was answered, what isn't sent.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chairside_clinic::api::{
    AnswerRequest, DayRequest, LedgerRequest, RequestAnswer, RequestWish, SinceRequest, SinceWhat, UnsentRequest,
};
use chairside_clinic::desk::Desk;
use chairside_clinic::link::{self, LinkSettings, State};
use chairside_mqtt::Address;
use chairside_schedule::Status;
use chairside_schedule::clinic::OnlineRule;
use chairside_sync::hub::State as Reached;
use chairside_sync::mails::BookingId;
use uuid::Uuid;

use crate::broker::{ABroker, Kind, Memory};
use crate::central::{Central, DEADLINE};
use crate::client::Answer;
use crate::clinic::{Site, secrets, start, tomorrow};
use crate::patients::Patients;
use crate::staff::book;

/// Whom patients wish for.
const WITH: u128 = 1;

const ALL: LedgerRequest = LedgerRequest { outage: None, before: None, limit: 100 };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_see_who_asks_and_what_became_of_it() {
    let temp = tempfile::tempdir().expect("a folder");
    let (site, desk, _broker, central) = online(temp.path()).await;
    let patients = Patients::new(central.http, site.id(), [WITH]);
    assert!(book(&desk, WITH, 0).await);
    until(&desk, "everything is sent", async |desk| unsent(desk).await == 0).await;

    // By rule.
    assert_eq!(patients.wish_for(1, WITH, 1).await.status, 201);
    until(&desk, "it is answered", async |desk| answered(desk).await == 1).await;
    let told = desk.ledger(ALL).await.expect("read");
    let first = &told.requests[0];
    assert_eq!((first.wish, first.answer), (RequestWish::Book, RequestAnswer::Accepted));
    assert_eq!((first.patient.name.as_str(), &first.by), ("Given1 Online", &None));
    assert_eq!(first.start, Some(start(tomorrow(), 1)));
    assert!(first.asked <= first.answered, "{first:?}");

    // By staff: one yes, one no.
    let rule = OnlineRule { ask_staff: true, limit_minutes: 60 };
    assert_eq!(desk.online_rule(rule).await.expect("saved").online, rule);
    let too_long = desk.online_rule(OnlineRule { limit_minutes: 100_000, ..rule }).await;
    assert_eq!(too_long.expect_err("out of bounds").code, "online-limit");
    for number in [2, 3] {
        assert_eq!(patients.wish_for(number, WITH, number).await.status, 201);
    }
    until(&desk, "both are put before staff", async |desk| asked(desk).await == 2).await;
    let waiting = desk.requests(()).await.expect("read");
    assert!(waiting.asked.iter().all(|one| one.until.is_some() && one.answer == RequestAnswer::Waiting));
    let board = desk.day_board(DayRequest { date: tomorrow() }).await.expect("read");
    assert_eq!(board.visits.iter().filter(|card| card.status == Status::Pending).count(), 2);
    for (request, accept) in waiting.asked.iter().zip([true, false]) {
        let answer = desk.answer_request(AnswerRequest { id: request.id, accept }).await.expect("answered");
        assert_eq!(answer.answer == RequestAnswer::Accepted, accept, "{answer:?}");
        assert_eq!(answer.by.as_deref(), Some("Owner"));
        let again = desk.answer_request(AnswerRequest { id: request.id, accept }).await;
        assert_eq!(again.expect_err("once").code, "request-answered");
    }
    let told = desk.ledger(ALL).await.expect("read");
    let no = &told.requests[0];
    assert_eq!((no.reason.as_deref(), no.instead.len()), (Some("declined"), 3));
    assert_eq!(no.patient.name, "Given3 Online");
    let since = desk.since(SinceRequest { seq: 0 }).await.expect("read");
    let what: Vec<_> = since.items.iter().map(|item| (item.what, item.patient.name.as_str())).collect();
    let asked = [(SinceWhat::Asked, "Given3 Online"), (SinceWhat::Asked, "Given2 Online")];
    assert_eq!(what, [asked[0], asked[1], (SinceWhat::Booked, "Given1 Online")], "what others did");

    desk.close().await;
    central.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_outage_held_stands_in_its_ledger() {
    let temp = tempfile::tempdir().expect("a folder");
    let (site, desk, mut broker, central) = online(temp.path()).await;

    broker.kill();
    until(&desk, "offline", async |desk| state(desk).await == Some(State::Offline)).await;
    central.until("central has noticed", async |central| central.state() == Reached::Offline).await;
    assert!(book(&desk, WITH, 4).await, "staff book on");
    let unsent = desk.unsent(UnsentRequest { limit: 50 }).await.expect("read");
    assert_eq!(unsent.iter().map(|item| item.what).collect::<Vec<_>>(), [SinceWhat::Booked]);
    let board = desk.day_board(DayRequest { date: tomorrow() }).await.expect("read");
    assert!(board.visits.iter().all(|card| card.unsent), "and the card says so");
    let patients = Patients::new(central.http, site.id(), [WITH]);
    for number in [4, 5] {
        let answer = patients.wish_for(number, WITH, number).await;
        assert_eq!((answer.status, answer.body["outcome"].as_str()), (201, Some("held")));
    }
    broker.start_again(Memory::Kept).await;
    until(&desk, "both are answered", async |desk| answered(desk).await == 2).await;
    // Whatever central said last: what came here is held no longer.
    let waiting = desk.requests(()).await.expect("read");
    assert_eq!((waiting.held.len(), waiting.held_count), (0, 0));
    let board = desk.day_board(DayRequest { date: tomorrow() }).await.expect("read");
    assert!(board.online.is_empty(), "{:?}", board.online);
    until(&desk, "live again", async |desk| is_live(desk).await).await;

    let outages = desk.ledger(ALL).await.expect("read").outages;
    let outage = &outages[0];
    assert!(outage.line_back.is_some() && outage.caught_up.is_some() && outage.equal.is_some(), "{outage:?}");
    assert_eq!((outage.sent, outage.days), (2, u32::from(link::DAYS_AHEAD)), "the visit and who comes");
    let request = LedgerRequest { outage: Some(outage.began), ..ALL };
    let told = desk.ledger(request).await.expect("read");
    let answers: Vec<_> = told.requests.iter().map(|one| (one.patient.name.as_str(), one.reason.as_deref())).collect();
    assert_eq!(answers, [("Given4 Online", Some("taken")), ("Given5 Online", None)], "in the order of release");
    assert_eq!(told.requests[0].instead.len(), 3);
    assert_eq!(told.outages[0].released, 2);
    assert_eq!(desk.unsent(UnsentRequest { limit: 50 }).await.expect("read").len(), 0);
    let unknown = LedgerRequest { outage: Some(start(tomorrow(), 0)), ..ALL };
    assert_eq!(desk.ledger(unknown).await.expect_err("never was").code, "unknown-outage");

    // The next run of the application still knows of it.
    desk.close().await;
    let desk = site.reopen().await;
    go_online(&desk, broker.address(), site.folder().join("central.json")).await;
    until(&desk, "live", async |desk| is_live(desk).await).await;
    let known = desk.ledger(ALL).await.expect("read").outages;
    assert_eq!(known.last().map(|outage| outage.began), outages.last().map(|outage| outage.began));
    desk.close().await;
    central.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_ended_while_the_desk_was_away_stands_in_its_ledger() {
    let temp = tempfile::tempdir().expect("a folder");
    let (site, desk, mut broker, central) = online(temp.path()).await;
    let patients = Patients::new(central.http, site.id(), [WITH]);
    let booked = booking(&patients.wish_for(6, WITH, 6).await);
    until(&desk, "it is answered", async |desk| answered(desk).await == 1).await;

    broker.kill();
    until(&desk, "offline", async |desk| state(desk).await == Some(State::Offline)).await;
    central.until("central has noticed", async |central| central.state() == Reached::Offline).await;
    let held = booking(&patients.wish_for(7, WITH, 7).await);
    let withdrawn = patients.cancel(7, held).await;
    assert_eq!((withdrawn.status, withdrawn.body["outcome"].as_str()), (200, Some("withdrawn")), "{withdrawn:?}");
    assert_eq!(patients.cancel(6, booked).await.status, 200);
    broker.start_again(Memory::Kept).await;
    until(&desk, "all of it is known", async |desk| answered(desk).await == 3).await;
    until(&desk, "live again", async |desk| is_live(desk).await).await;

    let outages = desk.ledger(ALL).await.expect("read").outages;
    let told = desk.ledger(LedgerRequest { outage: Some(outages[0].began), ..ALL }).await.expect("read");
    let mut became: Vec<_> =
        told.requests.iter().map(|one| (one.patient.name.as_str(), one.wish, one.answer)).collect();
    became.sort_by_key(|(name, ..)| *name);
    // Asked in the very second in which the line was cut, or before.
    became.retain(|one| *one != ("Given6 Online", RequestWish::Book, RequestAnswer::Accepted));
    let cancelled = ("Given6 Online", RequestWish::Cancel, RequestAnswer::Accepted);
    assert_eq!(became, [cancelled, ("Given7 Online", RequestWish::Book, RequestAnswer::Withdrawn)]);
    assert!(told.requests.iter().all(|one| one.asked.is_some() && one.asked <= one.answered), "{told:?}");
    let here = told.requests.iter().filter(|one| one.answer.is_ours()).count();
    assert_eq!((told.outages[0].released as usize, here), (here, told.requests.len() - 1), "one was never here");
    until(&desk, "central holds nothing", async |desk| {
        let waiting = desk.requests(()).await.expect("read");
        (waiting.asked.len(), waiting.held.len(), waiting.held_count) == (0, 0, 0)
    })
    .await;
    let board = desk.day_board(DayRequest { date: tomorrow() }).await.expect("read");
    let standing: Vec<_> = board.visits.iter().map(|card| card.status).collect();
    assert_eq!(standing, [Status::Cancelled], "and left nothing");

    // Each session hears of it anew, and it stands there once.
    desk.close().await;
    let desk = site.reopen().await;
    go_online(&desk, broker.address(), site.folder().join("central.json")).await;
    until(&desk, "live", async |desk| is_live(desk).await).await;
    assert_eq!(answered(&desk).await, 3);
    desk.close().await;
    central.stop().await;
}

fn booking(answer: &Answer) -> BookingId {
    let id = answer.body["id"].as_str().and_then(|id| Uuid::parse_str(id).ok());
    BookingId(id.unwrap_or_else(|| panic!("{answer:?}")))
}

/// A clinic whose desk is live, with its broker and central.
async fn online(folder: &Path) -> (Site, Desk, ABroker, Central) {
    let site = Site::new(folder, 0);
    let desk = site.found().await;
    let (peer, node) = (link::peer(&desk).expect("plain ids"), desk.store().node().0);
    let broker = ABroker::start(Kind::Embedded, &[peer]).await;
    let central = Central::start(folder, broker.address(), node).await;
    go_online(&desk, broker.address(), site.folder().join("central.json")).await;
    until(&desk, "live", async |desk| is_live(desk).await).await;
    (site, desk, broker, central)
}

async fn go_online(desk: &Desk, address: Address, file: PathBuf) {
    let name = link::peer(desk).expect("plain ids").user_name();
    let settings = LinkSettings { address, secrets: secrets(&name), ask_staff: false, days_ahead: link::DAYS_AHEAD };
    desk.go_online(settings, file).await.expect("a line");
}

async fn state(desk: &Desk) -> Option<State> {
    desk.connection(()).await.expect("read").state
}

async fn is_live(desk: &Desk) -> bool {
    let view = desk.connection(()).await.expect("read");
    view.state == Some(State::Live) && view.unsent == 0
}

async fn unsent(desk: &Desk) -> u64 {
    desk.connection(()).await.expect("read").unsent
}

async fn answered(desk: &Desk) -> usize {
    desk.ledger(ALL).await.expect("read").requests.len()
}

async fn asked(desk: &Desk) -> usize {
    desk.requests(()).await.expect("read").asked.len()
}

/// Waits until something is so, looking whenever the desk tells of a change.
async fn until(desk: &Desk, what: &str, is_so: impl AsyncFn(&Desk) -> bool) {
    let (began, mut changes) = (Instant::now(), desk.changes());
    while !is_so(desk).await {
        assert!(began.elapsed() < DEADLINE, "not in time: {what}; {:?}", desk.connection(()).await);
        drop(tokio::time::timeout(Duration::from_millis(100), changes.next()).await);
    }
}
