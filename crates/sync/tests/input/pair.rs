//! A real hub and a real mirror, each over its store, and a line between them
//! into which anybody may speak.

use chairside_sync::Now;
use chairside_sync::body::{Day, Id, Window};
use chairside_sync::chain::Tip;
use chairside_sync::days::DaySet;
use chairside_sync::hub::{self, Hub, LinkId, State};
use chairside_sync::mirror::{self, Mirror};
use chairside_sync::proposal::{Place, Proposal, ProposalId, Wish};
use chairside_sync::wire::{At, EndedRequest, Envelope, Message};

use crate::centre::Centre;
use crate::desk::{Desk, visit};

const LINK: LinkId = LinkId::CENTRAL;

/// The first day that is offered.
pub const TODAY: Day = 20_781;

/// Steps that may follow from one input. A session's beginning takes about fifty.
const MOST_STEPS: usize = 5_000;

pub fn clinic() -> Id {
    Id::from([7; 16])
}

/// Both sides.
pub struct Pair {
    pub hub: Hub,
    pub mirror: Mirror,
    pub desk: Desk,
    pub centre: Centre,
    now: Now,
    visits: u8,
    /// Everything that was said, oldest first.
    pub said_by_hub: Vec<Vec<u8>>,
    pub said_by_mirror: Vec<Vec<u8>>,
    /// What happened since it was last looked at.
    pub hub_events: Vec<hub::Event>,
    pub mirror_events: Vec<mirror::Event>,
    /// What the stores were asked to write since then.
    pub writes: Vec<String>,
    /// The first message of the hub's that is one of these is lost on its way.
    lost: Option<fn(&Message) -> bool>,
}

/// Everything of both sides that can be seen.
#[derive(Clone, PartialEq, Debug)]
pub struct Seen {
    desk: Desk,
    centre: Centre,
    hub: (State, Tip, DaySet, Option<u64>, Option<At>),
    mirror: (State, Option<At>, DaySet, DaySet, Option<u64>),
}

impl Pair {
    /// Both sides live, with some visits and a booking of a patient's.
    pub fn live() -> Self {
        Self::live_in_spite_of(None)
    }

    /// The same, although one message of the hub's is lost on its way.
    pub fn live_in_spite_of(lost: Option<fn(&Message) -> bool>) -> Self {
        let mut desk = Desk::found();
        for (number, hour) in [(1, 9), (2, 10), (3, 11)] {
            desk.book(visit(number, TODAY + i32::from(number), hour));
        }
        let start = hub::Start {
            clinic: clinic(),
            node: Id::from(*desk.node.0.as_bytes()),
            tip: desk.tip,
            born: None,
            window: Window { from: TODAY, to: TODAY + 14 },
            sessions_from: 100,
            ask_staff: false,
        };
        let theirs =
            mirror::Start { clinic: clinic(), incarnation: Id::from([0x31; 16]), token: 5, nonces_from: 1_000 };
        let mut pair = Self {
            hub: Hub::new(start),
            mirror: Mirror::new(theirs),
            desk,
            centre: Centre::new(),
            now: Now { steady_ms: 1_000_000, wall_ms: 1_795_500_000_000 },
            visits: 3,
            said_by_hub: Vec::new(),
            said_by_mirror: Vec::new(),
            hub_events: Vec::new(),
            mirror_events: Vec::new(),
            writes: Vec::new(),
            lost,
        };
        pair.mirror.handle(pair.now, mirror::Input::Started);
        pair.hub.handle(pair.now, hub::Input::Connected(LINK));
        pair.talk();
        pair.goes_on();
        pair
    }

    /// The line breaks and is mended: a new session.
    pub fn connect_anew(&mut self) {
        self.hub.handle(self.now, hub::Input::Disconnected(LINK));
        self.mirror.handle(self.now, mirror::Input::Disconnected);
        self.hub.handle(self.now, hub::Input::Connected(LINK));
        self.talk();
        self.until_level();
    }

    /// Somebody says this to the hub.
    pub fn tell_hub(&mut self, bytes: Vec<u8>) {
        self.look();
        self.hub.handle(self.now, hub::Input::Received(LINK, bytes));
        self.talk();
    }

    /// Somebody says this to the mirror.
    pub fn tell_mirror(&mut self, bytes: Vec<u8>) {
        self.look();
        self.mirror.handle(self.now, mirror::Input::Received(bytes));
        self.talk();
    }

    /// Requests ended at the mirror.
    pub fn tell_ended(&mut self, ended: Vec<EndedRequest>) {
        self.mirror.handle(self.now, mirror::Input::Ended(ended));
        self.talk();
    }

    fn look(&mut self) {
        self.hub_events.clear();
        self.mirror_events.clear();
        self.writes.clear();
    }

    /// A message of the running session, as the other side would say it.
    pub fn envelope(&self, message: Message) -> Envelope {
        let last = self.said_by_mirror.last().expect("it has spoken");
        let last = Envelope::from_bytes(last, clinic()).expect("its own words");
        Envelope { message, ..last }
    }

    pub fn seen(&self) -> Seen {
        Seen {
            desk: self.desk.clone(),
            centre: self.centre.clone(),
            hub: (
                self.hub.state(LINK),
                self.hub.tip(),
                self.hub.open_days(),
                self.hub.session_number(LINK),
                self.hub.superseded(),
            ),
            mirror: (
                self.mirror.state(),
                self.mirror.at(),
                self.mirror.open_days().clone(),
                self.mirror.disputed_days().clone(),
                self.mirror.session_number(),
            ),
        }
    }

    /// The session does its work: the desk books and central hears of it, a
    /// patient books and is answered, and both have the same rows.
    pub fn goes_on(&mut self) {
        self.visits += 2;
        self.desk.book(visit(self.visits, TODAY + 4, 6 * i64::from(self.visits)));
        let input = hub::Input::Committed { tip: self.desk.tip, bulk: None };
        self.hub.handle(self.now, input);
        self.talk();
        let wish = booking(self.visits - 1, TODAY + 5, 6 * i64::from(self.visits));
        let id = wish.id.0;
        self.centre.take_down(wish);
        self.mirror.handle(self.now, mirror::Input::Nudge);
        self.talk();
        self.until("answered", |pair| pair.centre.requests[&id].verdict.as_ref().is_some_and(|found| found.accepted));
        self.until_level();
    }

    fn until_level(&mut self) {
        self.until("level", |pair| {
            let level = pair.centre.at == Some(At::from(pair.desk.tip));
            let live = pair.hub.state(LINK) == State::Live && pair.mirror.state() == State::Live;
            level && live && pair.mirror.open_days().len() == 14
        });
        assert_eq!(self.centre.rows, self.desk.rows);
    }

    /// Lets time pass until `done`.
    fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        for _ in 0..200 {
            if done(self) {
                return;
            }
            self.pass_time();
        }
        panic!("not in time: {what}; hub {:?}, mirror {:?}", self.hub.state(LINK), self.mirror.state());
    }

    /// As much time as passes until somebody has something to do.
    pub fn pass_time(&mut self) {
        let wakes = [self.hub.wake_at(), self.mirror.wake_at()].into_iter().flatten().min();
        let next = wakes.unwrap_or(0).max(self.now.steady_ms + 1);
        self.now.wall_ms += (next - self.now.steady_ms).cast_signed();
        self.now.steady_ms = next;
        self.hub.handle(self.now, hub::Input::Tick);
        self.mirror.handle(self.now, mirror::Input::Tick);
        self.talk();
    }

    /// Everything that follows without time passing.
    fn talk(&mut self) {
        for _ in 0..MOST_STEPS {
            if let Some(output) = self.hub.poll() {
                match output {
                    hub::Output::Send(_, bytes) => {
                        self.said_by_hub.push(bytes.clone());
                        let message = Envelope::from_bytes(&bytes, clinic()).expect("its own words").message;
                        if self.lost.take_if(|lost| lost(&message)).is_some() {
                            continue;
                        }
                        self.mirror.handle(self.now, mirror::Input::Received(bytes));
                    }
                    hub::Output::Ask(id, ask) => {
                        self.writes.extend(hub_writes(&ask));
                        let told = self.desk.answer(ask);
                        self.hub.handle(self.now, hub::Input::Told(id, Box::new(told)));
                    }
                    hub::Output::Event(_, event) => self.hub_events.push(event),
                }
            } else if let Some(output) = self.mirror.poll() {
                match output {
                    mirror::Output::Send(bytes) => {
                        self.said_by_mirror.push(bytes.clone());
                        self.hub.handle(self.now, hub::Input::Received(LINK, bytes));
                    }
                    mirror::Output::Ask(id, ask) => {
                        self.writes.extend(mirror_writes(&ask));
                        let told = self.centre.answer(ask);
                        self.mirror.handle(self.now, mirror::Input::Told(id, Box::new(told)));
                    }
                    mirror::Output::Event(event) => self.mirror_events.push(event),
                }
            } else {
                return;
            }
        }
        let last = |said: &[Vec<u8>]| {
            let words = said.iter().rev().take(6).rev();
            words.map(|bytes| Envelope::from_bytes(bytes, clinic()).expect("its own words").message).collect::<Vec<_>>()
        };
        let (hub, mirror) = (last(&self.said_by_hub), last(&self.said_by_mirror));
        panic!("one input is answered for ever; hub says {hub:?}, mirror says {mirror:?}");
    }
}

/// A patient's wish for a place.
pub fn booking(number: u8, day: Day, hour: i64) -> Proposal {
    let row = visit(number, day, hour);
    Proposal {
        id: ProposalId(Id::from([0x80 | number; 16])),
        appointment: row.id,
        after: None,
        wish: Wish::Book(Place {
            practitioner: row.practitioner,
            kind: row.kind,
            patient: row.patient,
            local_s: row.local_s,
            minutes: 30,
        }),
        urgent: false,
        sealed: None,
        asked_ms: None,
    }
}

fn hub_writes(ask: &hub::Ask) -> Option<String> {
    use hub::Ask;
    match ask {
        Ask::Find(_) | Ask::Batch { .. } | Ask::Digest(..) | Ask::Day(..) | Ask::Verdicts(_) => None,
        // Looking whether anything waits.
        Ask::Decide { .. } => None,
        writes => Some(format!("{writes:?}")),
    }
}

fn mirror_writes(ask: &mirror::Ask) -> Option<String> {
    use mirror::Ask;
    match ask {
        Ask::Load | Ask::Digest(..) | Ask::Surplus(_) | Ask::Orphans | Ask::Trail => None,
        // Marks requests as sent, of which there are none.
        Ask::Outstanding { .. } | Ask::Release { .. } => None,
        writes => Some(format!("{writes:?}")),
    }
}
