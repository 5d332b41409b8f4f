//! The story that all of this is for: a clinic is cut off in the middle of a
//! stream of online bookings while its desk books on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use chairside_central::engine::Event;
use chairside_central::store::{MailStorage, RequestStorage};
use chairside_clinic::link;
use chairside_sync::body::{Day, Id, VerdictRow};
use chairside_sync::booking::State as Request;
use chairside_sync::hub::State;
use chairside_sync::mails::{Outcome, Standing};

use crate::broker::{ABroker, Kind};
use crate::central::{Central, mail_folder};
use crate::clinic::{Site, rows};
use crate::desk::{DeskProcess, STAFF_WITH, assert_kept};
use crate::oracle::{assert_nobody_twice, verdicts};
use crate::patients::{Patients, Told};
use crate::proxy::{Proxy, Through};

/// Whom patients wish for: staff book with both of them too.
const WISHED: [u128; 2] = [1, 4];

/// Bookings taken down before, during and after the cut, at least.
const SOME: u64 = 25;

/// How long each of two patients at a time takes for a wish, at least.
const BREATH: Duration = Duration::from_millis(150);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clinic_cut_off_while_its_desk_books_on_answers_everybody_once_embedded() {
    a_clinic_cut_off_while_its_desk_books_on_answers_everybody_once(Kind::Embedded, Through::OnlyDown).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clinic_cut_off_while_its_desk_books_on_answers_everybody_once_mosquitto() {
    a_clinic_cut_off_while_its_desk_books_on_answers_everybody_once(Kind::Mosquitto, Through::OnlyUp).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clinic_whose_words_are_not_taken_answers_everybody_once() {
    a_clinic_cut_off_while_its_desk_books_on_answers_everybody_once(Kind::Mosquitto, Through::NothingTaken).await;
}

async fn a_clinic_cut_off_while_its_desk_books_on_answers_everybody_once(kind: Kind, cut: Through) {
    let temp = tempfile::tempdir().expect("a folder");
    let site = Site::new(temp.path(), 0);
    let desk = site.found().await;
    let (peer, node) = (link::peer(&desk).expect("plain ids"), desk.store().node().0);
    desk.close().await;
    let broker = ABroker::start(kind, &[peer]).await;
    let proxy = Proxy::to(broker.port()).await;
    let central = Central::start(temp.path(), broker.address(), node).await;
    let mut events = central.engine.clinic(site.id()).expect("it runs").events();
    let watching = tokio::spawn(async move {
        let mut seen = Seen::default();
        while let Ok(event) = events.recv().await {
            seen.see(&event);
        }
        seen
    });
    let mut process = DeskProcess::booking_with(&site, &proxy.address(), 0, &[STAFF_WITH, WISHED[0]]);
    central.until("live", async |central| central.state() == State::Live).await;
    let patients = Patients::new(central.http, site.id(), WISHED);
    let stream = patients.stream(2, BREATH);
    central.until("bookings flow", async |_| stream.told() > SOME).await;

    // The cut, in the middle of it. What was on its way stays on its way.
    proxy.let_through(cut);
    central.until("central has noticed", async |central| central.state() != State::Live).await;
    process.until("the desk has noticed", |desk| desk.states().last().is_some_and(|state| state != "Live")).await;
    let (so_far, booked) = (stream.told(), process.booked().len());
    central.until("bookings go on", async |_| stream.told() > so_far + SOME).await;
    process.until("staff book on", |desk| desk.booked().len() > booked + 20).await;
    let away = patients.status().await;
    assert!(away["state"] != "live" && away["held"].as_u64().is_some_and(|held| held > SOME / 2), "{away}");

    // It heals, without anybody's help, and everything is answered.
    let healed = Instant::now();
    proxy.let_through(Through::Everything);
    central.until("live again", async |central| central.state() == State::Live).await;
    let live_after = healed.elapsed();
    let so_far = stream.told();
    central.until("bookings go on", async |_| stream.told() > so_far + SOME).await;
    let told = stream.end().await;
    let tip = process.rest().await;
    central
        .until("everything is answered", async |central| {
            let status = patients.status().await;
            status["held"] == 0 && ended(central, &told).await && central.state() == State::Live
        })
        .await;
    // What was decided since stands behind what the desk said last.
    let rested = process.rest().await;
    assert_ne!(tip, "", "it has a log");
    central.live_at(&rested).await;
    mails_have_left(&central, &told).await;
    let said = process.close();
    let seen_by_central = central.rows().await;

    let desk = site.reopen().await;
    let visits = rows(&desk).await;
    assert_eq!(seen_by_central, visits, "row by row the same");
    assert_nobody_twice(&visits);
    assert_kept(&desk, &said).await;
    let given = verdicts(&desk).await;
    let held = judge(&central, &told, &given, temp.path()).await;
    desk.close().await;
    central.stop().await;
    let seen = watching.await.expect("nobody panics");
    assert_eq!(seen.too_early, Vec::<String>::new(), "nothing left before its day was verified");
    let (taken, refused) = (told.acknowledged.len(), told.refused.len());
    let by_staff = said.len();
    println!(
        "{kind:?}, {cut:?}: {taken} taken down, {held} of them held, {refused} told why not; {by_staff} by staff; \
         live {live_after:?} after it healed"
    );
}

/// What central's actor told, watched for requests that left too early.
#[derive(Default)]
struct Seen {
    open: BTreeSet<Day>,
    too_early: Vec<String>,
}

impl Seen {
    fn see(&mut self, event: &Event) {
        match event {
            Event::Opened(days) => self.open.extend(days),
            Event::Shut => self.open.clear(),
            Event::Request(moved) if moved.to == Request::Sent && self.open.is_empty() => {
                self.too_early.push(format!("{moved:?}"));
            }
            _ => {}
        }
    }
}

async fn ended(central: &Central, told: &Told) -> bool {
    for one in &told.acknowledged {
        let booking = central.storage.booking(one.booking).await.expect("read").expect("it is there");
        if !booking.requests[0].state.is_end() {
            return false;
        }
    }
    true
}

async fn mails_have_left(central: &Central, told: &Told) {
    for one in &told.acknowledged {
        central
            .until("its mails have left", async |central| {
                let mails = central.storage.mails_of(one.booking).await.expect("read");
                mails.iter().all(|mail| mail.standing != Standing::Waiting)
            })
            .await;
    }
}

/// Counts everything to the last one: each acknowledged booking has one answer,
/// the one the desk's log has, and its last mail says that. Of those that were
/// held, whoever came first was answered first. How many were held.
async fn judge(central: &Central, told: &Told, given: &BTreeMap<Id, (u64, VerdictRow)>, folder: &Path) -> usize {
    assert_eq!(given.len(), told.acknowledged.len(), "an answer for each, and none for anybody else");
    let (mut queue, mut confirmed) = (Vec::new(), 0);
    for one in &told.acknowledged {
        let booking = central.storage.booking(one.booking).await.expect("read").expect("it is there");
        let [request] = &*booking.requests else { panic!("one wish each: {booking:?}") };
        let (seq, verdict) = given.get(&request.proposal.0).expect("the desk has answered it");
        assert_eq!(request.verdict.as_ref(), Some(verdict));
        let says = if verdict.accepted { Outcome::Confirmed } else { Outcome::NotPossible };
        assert_eq!(booking.outcome, says, "{booking:?}");
        confirmed += usize::from(verdict.accepted);
        let alternatives = verdict.accepted || verdict.alternatives.len() == 3;
        assert!(alternatives && verdict.accepted == verdict.reason.is_none(), "{verdict:?}");
        let mails = central.storage.mails_of(booking.id).await.expect("read");
        let last = mails.last().expect("a mail at least");
        assert_eq!((last.key.outcome, last.standing), (says, Standing::Sent), "{mails:?}");
        let answers = mails.iter().filter(|mail| {
            let is_answer = matches!(mail.key.outcome, Outcome::Confirmed | Outcome::NotPossible);
            is_answer && mail.standing == Standing::Sent
        });
        assert_eq!(answers.count(), 1, "{mails:?}");
        let name = format!("{}.{}.{}.eml", booking.id.0, last.key.sequence, says.as_str());
        assert!(mail_folder(folder).join(&name).exists(), "{name}");
        if one.outcome == "held" {
            queue.push((request.number, *seq));
        }
    }
    assert!(confirmed > 0 && confirmed < told.acknowledged.len(), "staff took some of the places");
    queue.sort_unstable();
    assert!(queue.len() as u64 > SOME / 2, "some were held: {}", queue.len());
    assert!(queue.is_sorted_by_key(|(_, seq)| *seq), "released in the order of the queue: {queue:?}");
    queue.len()
}
