//! A real hub over the real store, a real mirror over a small one, and the
//! words between them.

use std::fs;

use chairside_schedule::Status;
use chairside_store::sync::Settled;
use chairside_store::{HubSide, Moment, Store};
use chairside_sync::body::{Id, Window};
use chairside_sync::hub::{self, Hub, LinkId, State};
use chairside_sync::mirror::{self, Mirror};
use chairside_sync::{Now, Proposal, ProposalId};

use crate::fixture::{AT_MS, Place, book, book_many, clinic, key, moment, nth, patient, register, visit};
use crate::sync_fixture::{
    assert_whole, booking, cancel, conflicts, hub_side, id, id_of, moving, row, visit_of, window,
};
use crate::sync_mirror::{MemoryMirror, Standing};

const LINK: LinkId = LinkId::CENTRAL;

/// More than this is never said and done in one go, not in a morning's release either.
const MOST_SAID: u32 = 30_000;

/// Both sides and a line between them that loses nothing unless told to.
pub struct Pair {
    pub store: HubSide,
    pub hub: Hub,
    pub mirror: Mirror,
    pub theirs: MemoryMirror,
    pub now: Now,
    sessions: u64,
    /// So many of the next messages are lost.
    pub lose: u32,
    /// So many of the next ones come twice.
    pub double: u32,
    /// The hub ends after so many of its asks, whose answers it doesn't hear.
    pub dies_after: Option<u32>,
    ask_staff: bool,
}

impl Pair {
    pub async fn new(store: Store) -> Self {
        let store = hub_side(&store);
        let now = Now { steady_ms: 0, wall_ms: AT_MS };
        let (hub, mirror) = (hub_over(&store, 0, false).await, a_mirror(1));
        let theirs = MemoryMirror::default();
        let (lose, double, dies_after) = (0, 0, None);
        Self { store, hub, mirror, theirs, now, sessions: 0, lose, double, dies_after, ask_staff: false }
    }

    /// Another desktop application over the store, as after a restart.
    pub async fn restart(&mut self, store: Store, ask_staff: bool) {
        self.store = hub_side(&store);
        self.ask_staff = ask_staff;
        self.begin_hub().await;
        self.mirror.handle(self.now, mirror::Input::Disconnected);
        self.connect().await;
    }

    async fn begin_hub(&mut self) {
        self.sessions += 1_000;
        self.hub = hub_over(&self.store, self.sessions, self.ask_staff).await;
    }

    /// Another worker of central over the same rows.
    pub async fn restart_mirror(&mut self) {
        self.sessions += 1_000;
        self.mirror = a_mirror(self.sessions);
        self.connect().await;
    }

    /// The line is cut, and both sides hear of it.
    pub fn cut(&mut self) {
        self.mirror.handle(self.now, mirror::Input::Disconnected);
        self.hub.handle(self.now, hub::Input::Disconnected(LINK));
    }

    pub async fn connect(&mut self) {
        self.mirror.handle(self.now, mirror::Input::Started);
        self.hub.handle(self.now, hub::Input::Connected(LINK));
        self.talk().await;
    }

    /// How often a message arrives.
    fn arrives(&mut self) -> u32 {
        if self.lose > 0 {
            self.lose -= 1;
            return 0;
        }
        let twice = self.double > 0;
        self.double -= u32::from(twice);
        1 + u32::from(twice)
    }

    /// The store does what the hub asks; the hub may have ended by the time it is done.
    async fn ask(&mut self, id: hub::AskId, ask: hub::Ask) {
        let by = chairside_sync::Author::Node(self.store.store().node());
        let moment = Moment { by, at_ms: self.now.wall_ms };
        let told = self.store.answer(ask, moment).await.expect("the store answers");
        match self.dies_after {
            Some(0) => {
                self.dies_after = None;
                self.begin_hub().await;
                self.hub.handle(self.now, hub::Input::Connected(LINK));
            }
            left => {
                self.dies_after = left.map(|left| left - 1);
                self.hub.handle(self.now, hub::Input::Told(id, Box::new(told)));
            }
        }
    }

    /// Everything that follows without time passing.
    pub async fn talk(&mut self) {
        for said in 0_u32.. {
            assert!(said < MOST_SAID, "they talk for ever; hub {:?}, mirror {:?}", self.hub, self.mirror);
            if let Some(output) = self.hub.poll() {
                match output {
                    hub::Output::Send(_, bytes) => {
                        for _ in 0..self.arrives() {
                            self.mirror.handle(self.now, mirror::Input::Received(bytes.clone()));
                        }
                    }
                    hub::Output::Ask(id, ask) => self.ask(id, ask).await,
                    hub::Output::Event(..) => {}
                }
            } else if let Some(output) = self.mirror.poll() {
                match output {
                    mirror::Output::Send(bytes) => {
                        for _ in 0..self.arrives() {
                            self.hub.handle(self.now, hub::Input::Received(LINK, bytes.clone()));
                        }
                    }
                    mirror::Output::Ask(id, ask) => {
                        let told = self.theirs.answer(ask);
                        self.mirror.handle(self.now, mirror::Input::Told(id, Box::new(told)));
                    }
                    mirror::Output::Event(_) => {}
                }
            } else {
                return;
            }
        }
    }

    /// The desk committed something by itself.
    pub async fn committed(&mut self) {
        self.committed_many(None).await;
    }

    /// The same, of many rows on these days.
    pub async fn committed_many(&mut self, bulk: Option<Window>) {
        let tip = self.store.store().tip();
        self.hub.handle(self.now, hub::Input::Committed { tip, bulk });
        self.talk().await;
    }

    /// A person answers what was put before them.
    pub async fn settle(&mut self, wish: ProposalId, accept: bool) -> Settled {
        let settled = self.store.settle(wish, accept, moment()).await.expect("settled");
        if let Settled::Done { tip } = settled {
            self.hub.handle(self.now, hub::Input::Settled(tip));
            self.talk().await;
        }
        settled
    }

    /// Lets time pass until `done`.
    pub async fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        for _ in 0..200 {
            if done(self) {
                return;
            }
            self.wake().await;
        }
        panic!("not in time: {what}; hub {:?}, mirror {:?}", self.hub.state(LINK), self.mirror.state());
    }

    /// Time passes until somebody wants to do something.
    pub async fn wake(&mut self) {
        let wakes = [self.hub.wake_at(), self.mirror.wake_at()].into_iter().flatten().min();
        let next = wakes.unwrap_or(0).max(self.now.steady_ms + 1);
        self.pass(next - self.now.steady_ms).await;
    }

    pub async fn pass(&mut self, ms: u64) {
        self.now.wall_ms += ms.cast_signed();
        self.now.steady_ms += ms;
        self.hub.handle(self.now, hub::Input::Tick);
        self.mirror.handle(self.now, mirror::Input::Tick);
        self.talk().await;
    }

    pub async fn live(&mut self) {
        self.until("live", |pair| {
            pair.hub.state(LINK) == State::Live && pair.mirror.state() == State::Live && pair.is_level()
        })
        .await;
    }

    fn is_level(&self) -> bool {
        self.theirs.at.is_some_and(|at| *at.hash == self.store.store().tip().hash.0)
    }

    pub async fn wish(&mut self, proposals: &[Proposal]) {
        for proposal in proposals {
            self.theirs.take_down(proposal);
        }
        self.mirror.handle(self.now, mirror::Input::Nudge);
        self.talk().await;
    }

    /// Whether a request was accepted.
    pub fn accepted(&self, proposal: &Proposal) -> Option<bool> {
        match self.theirs.standing(proposal) {
            Standing::Decided(verdict) => Some(verdict.accepted),
            _ => None,
        }
    }

    /// The mirror's rows are the store's, row by row.
    pub async fn assert_equal(&self) {
        let store = self.store.store();
        for day in window().days() {
            let date = chairside_schedule::time::day_from_number(day).expect("a day");
            let mut visits: Vec<_> = store.day(date).await.expect("a day").iter().map(row).collect();
            visits.sort_by_key(|row| row.id);
            assert_eq!(self.theirs.rows.day(day).appointments, visits, "{date}");
            assert_eq!(
                self.theirs.rows.day(day).blockouts.len(),
                store.blockouts(date, date).await.expect("read").len()
            );
        }
        assert_whole(store).await;
    }
}

async fn hub_over(store: &HubSide, sessions_from: u64, ask_staff: bool) -> Hub {
    Hub::new(hub::Start {
        clinic: id_of(clinic().id.0),
        node: id_of(store.store().node().0),
        tip: store.store().tip(),
        born: store.born().await.expect("read"),
        window: window(),
        sessions_from,
        ask_staff,
    })
}

fn a_mirror(token: u64) -> Mirror {
    let nonces_from = token * 1_000;
    Mirror::new(mirror::Start { clinic: id_of(clinic().id.0), incarnation: id(0x3133), token, nonces_from })
}

pub async fn pair_with_visits(count: u128) -> (Place, Pair) {
    let (place, store) = Place::with_store().await;
    register(&store, patient(0)).await;
    book_many(&store, 0, count).await;
    let mut pair = Pair::new(store).await;
    pair.connect().await;
    pair.live().await;
    (place, pair)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_with_nothing_begins_at_a_mark_and_follows_from_there() {
    let (_place, mut pair) = pair_with_visits(40).await;
    pair.assert_equal().await;
    assert!(pair.theirs.replaced >= 3, "the days came as rows");
    let replaced = pair.theirs.replaced;
    book_many(pair.store.store(), 40, 30).await;
    pair.committed().await;
    assert!(pair.is_level(), "at once");
    pair.assert_equal().await;
    assert_eq!(pair.theirs.replaced, replaced, "as entries, not as days");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_that_was_away_catches_up_and_is_verified_again() {
    let (_place, mut pair) = pair_with_visits(5).await;
    let replaced = pair.theirs.replaced;
    pair.cut();
    book_many(pair.store.store(), 5, 100).await;
    let held = booking(1, 1, "2026-11-25T09:00");
    pair.committed().await;
    pair.wish(std::slice::from_ref(&held)).await;
    assert_eq!(pair.theirs.standing(&held), &Standing::Held, "nothing leaves behind a shut gate");
    pair.connect().await;
    pair.live().await;
    pair.until("answered", |pair| pair.theirs.all_decided()).await;
    assert_eq!((pair.accepted(&held), pair.theirs.replaced), (Some(true), replaced));
    pair.assert_equal().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_went_bad_at_the_mirror_are_sent_again_and_what_only_it_has_is_kept() {
    let (_place, mut pair) = pair_with_visits(40).await;
    let replaced = pair.theirs.replaced;
    let (bad, orphan) = (row(&nth(3)).id, id(0x0f));
    let visits = &mut pair.theirs.rows.visits;
    visits.get_mut(&bad).expect("there").start_s += 1_800;
    let stray = chairside_sync::body::AppointmentRow { id: orphan, ..visits[&row(&nth(20)).id].clone() };
    visits.insert(orphan, stray);
    pair.hub.handle(pair.now, hub::Input::CompareAgain);
    book(pair.store.store(), visit(900, 2, "2026-11-24T09:00")).await.expect("the desk goes on");
    pair.committed().await;
    pair.live().await;
    pair.assert_equal().await;
    assert_eq!(pair.theirs.replaced, replaced + 2, "two days, and no other");
    // What only the mirror has is offered in the next session, as often as it takes.
    for _ in 0..2 {
        pair.connect().await;
        pair.live().await;
    }
    let conflicts = conflicts(pair.store.store()).await;
    assert_eq!(conflicts.iter().map(|one| one.appointment).collect::<Vec<Id>>(), [orphan]);
}

#[tokio::test(flavor = "multi_thread")]
async fn wishes_are_answered_and_the_answers_outlive_a_restart() {
    let (place, mut pair) = pair_with_visits(2).await;
    let wishes = [
        booking(1, 1, "2026-11-25T09:00"),
        booking(2, 1, "2026-11-25T09:00"),
        cancel(3, 1),
        booking(4, 2, "2026-11-26T09:00"),
        moving(5, 4, 2, "2026-11-26T09:00", "2026-11-27T11:00"),
    ];
    pair.wish(&wishes).await;
    pair.until("answered", |pair| pair.theirs.all_decided()).await;
    let answers: Vec<_> = wishes.iter().map(|wish| pair.accepted(wish)).collect();
    assert_eq!(answers, [Some(true), Some(false), Some(true), Some(true), Some(true)]);
    pair.live().await;
    pair.assert_equal().await;
    // Its verdict is heard of once more, and is the same.
    pair.store.store().close().await;
    pair.restart(place.open().await, false).await;
    pair.live().await;
    pair.theirs.requests.values_mut().for_each(|request| request.standing = Standing::Sent);
    pair.restart_mirror().await;
    pair.until("answered again", |pair| pair.theirs.all_decided()).await;
    assert_eq!(wishes.iter().map(|wish| pair.accepted(wish)).collect::<Vec<_>>(), answers);
    pair.live().await;
    pair.assert_equal().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_answer_what_was_put_before_them() {
    let (place, mut pair) = pair_with_visits(2).await;
    pair.store.store().close().await;
    pair.restart(place.open().await, true).await;
    pair.live().await;
    let (yes, no) = (booking(1, 1, "2026-11-25T09:00"), booking(2, 1, "2026-11-25T10:00"));
    // Waits for what staff say of the first one.
    let after = cancel(3, 1);
    pair.wish(&[yes.clone(), no.clone(), after.clone()]).await;
    pair.until("pending", |pair| pair.theirs.rows.visits.values().filter(|row| row.status == "pending").count() == 2)
        .await;
    assert_eq!((pair.accepted(&yes), pair.accepted(&no)), (None, None));
    for (wish, accept) in [(&no, false), (&yes, true)] {
        assert_eq!(pair.accepted(&after), None);
        let settled = pair.settle(wish.id, accept).await;
        assert!(matches!(settled, Settled::Done { .. }), "{settled:?}");
    }
    assert_eq!((pair.accepted(&yes), pair.accepted(&no)), (Some(true), Some(false)));
    assert_eq!(pair.accepted(&after), Some(true));
    pair.assert_equal().await;
}

/// How a store came to be an older copy of itself.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Back {
    /// By the way that is meant for it: it knows.
    Restored,
    /// With all that lay beside it, so that it can't know.
    Unnoticed,
}

async fn gets_back_what_it_lost(how: Back) {
    let (place, mut pair) = pair_with_visits(4).await;
    let kept = booking(1, 1, "2026-11-25T09:00");
    pair.wish(std::slice::from_ref(&kept)).await;
    pair.until("answered", |pair| pair.theirs.all_decided()).await;
    let backup = place.folder.with_file_name("backup.db");
    pair.store.store().backup(&backup).await.expect("a backup");
    pair.store.store().close().await;
    let mark = fs::read(place.folder.join("high-water")).expect("the mark");
    pair.restart(place.open().await, false).await;
    pair.live().await;
    let lost = [booking(2, 1, "2026-11-25T10:00"), booking(3, 1, "2026-11-25T10:00"), cancel(4, 1)];
    pair.wish(&lost).await;
    pair.until("answered", |pair| pair.theirs.all_decided()).await;
    book(pair.store.store(), nth(4)).await.expect("booked");
    pair.committed().await;
    pair.live().await;
    pair.store.store().close().await;
    chairside_store::copy::restore(&place.folder, &key(), &backup, true).await.expect("restored");
    if how == Back::Unnoticed {
        fs::write(place.folder.join("high-water"), mark).expect("as it was then");
    }
    let store = place.open_as(0xd4).await.expect("opens");
    // Staff work on before anybody is heard from.
    book(&store, visit(900, 1, "2026-11-25T10:00")).await.expect("the place looks free");
    pair.restart(store, false).await;
    pair.live().await;
    let answers: Vec<_> = lost.iter().map(|wish| pair.accepted(wish)).collect();
    assert_eq!(answers, [Some(true), Some(false), Some(true)], "as they were given");
    assert_eq!(visit_of(&pair.store, 2).await.map(|visit| visit.status), Some(Status::Booked));
    assert_eq!(visit_of(&pair.store, 1).await.map(|visit| visit.status), Some(Status::Cancelled));
    let conflicts = conflicts(pair.store.store()).await;
    let mut kinds: Vec<_> = conflicts.iter().map(|one| one.kind.as_str()).collect();
    kinds.sort_unstable();
    assert!(kinds.contains(&"double") && kinds.contains(&"lost_edit"), "{kinds:?}");
    assert_eq!(pair.store.born().await.expect("read").map(|born| born.parent.seq > 0), Some(true));
    pair.assert_equal().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_hub_gets_back_what_it_lost() {
    gets_back_what_it_lost(Back::Restored).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_was_restored_unnoticed_learns_it_from_its_mirror() {
    gets_back_what_it_lost(Back::Unnoticed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mornings_release_races_the_desk_for_one_place() {
    let (_place, mut pair) = pair_with_visits(1).await;
    let wishes: Vec<_> = (0..1_000).map(|number| booking(number, 1, "2026-11-25T09:00")).collect();
    let desk = tokio::spawn({
        let store = pair.store.store().clone();
        async move {
            let mut booked = 0;
            for number in 0..100 {
                booked += u32::from(book(&store, visit(500 + number, 1, "2026-11-25T09:00")).await.is_ok());
                tokio::task::yield_now().await;
            }
            booked
        }
    });
    pair.wish(&wishes).await;
    pair.until("answered", |pair| pair.theirs.all_decided()).await;
    let booked = desk.await.expect("the desk");
    pair.committed().await;
    pair.live().await;
    let accepted = wishes.iter().filter(|wish| pair.accepted(wish) == Some(true)).count();
    assert_eq!(accepted + usize::try_from(booked).expect("small"), 1, "one has the place");
    pair.assert_equal().await;
}
