//! A real hub over the real store, a real mirror over a small one, and a line
//! between them that loses nothing and counts what is said.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chairside_store::{HubSide, Moment, Store, StoreError};
use chairside_sync::body::{Id, Window};
use chairside_sync::hub::{self, Hub, LinkId, State};
use chairside_sync::mirror::{self, Mirror};
use chairside_sync::wire::{Envelope, Message};
use chairside_sync::{Author, Hash, Now};
use tokio::task::JoinHandle;

use crate::Outcome;
use crate::clinic::{self, AT_MS};
use crate::mirror::MirrorStore;

/// An Ed25519 signature's length: what is signed with here is only as long.
pub const SIGNATURE_BYTES: usize = 64;

/// How long anything here may take by the machines' clock, in milliseconds.
const LONGEST_MS: u64 = 10 * 60 * 1_000;

/// Who said a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    Hub,
    Mirror,
}

/// One message on the line.
#[derive(Clone, Debug)]
pub struct Said {
    pub by: By,
    pub bytes: Vec<u8>,
}

impl Said {
    /// What it says.
    pub fn message(&self) -> Outcome<Message> {
        Ok(Envelope::from_bytes(&self.bytes, clinic_id())?.message)
    }
}

type Digesting = JoinHandle<(hub::AskId, Result<hub::Told, StoreError>)>;

/// Both sides and what is between them.
pub struct Line {
    pub store: HubSide,
    pub theirs: MirrorStore,
    pub said: Vec<Said>,
    hub: Hub,
    mirror: Mirror,
    /// Digests are computed beside everything else, as on a desk.
    digesting: Option<Digesting>,
    now: Now,
}

impl Line {
    /// Two machines that have just started and haven't met.
    pub async fn new(store: Store, theirs: MirrorStore, window: Window) -> Outcome<Self> {
        let store = HubSide::new(store, Arc::new(sign));
        let hub = Hub::new(hub::Start {
            clinic: clinic_id(),
            node: Id::from(*store.store().node().0.as_bytes()),
            tip: store.store().tip(),
            born: store.born().await?,
            window,
            sessions_from: 0x5e55_1015_5e55_1015,
            ask_staff: false,
        });
        let mirror = Mirror::new(mirror::Start {
            clinic: clinic_id(),
            incarnation: Id::from([0x31; 16]),
            token: 1,
            nonces_from: 0x0123_4567_89ab_cdef,
        });
        let now = Now { steady_ms: 0, wall_ms: AT_MS };
        Ok(Self { store, theirs, said: Vec::new(), hub, mirror, digesting: None, now })
    }

    /// A line is there; ends when the mirror holds every entry, and says how
    /// long that took.
    pub async fn connect(&mut self) -> Outcome<Duration> {
        let from = Instant::now();
        self.mirror.handle(self.now, mirror::Input::Started);
        self.hub.handle(self.now, hub::Input::Connected(LinkId::CENTRAL));
        loop {
            if !self.step().await? && !self.hear_digests().await? {
                return Err("both sides are silent, and not level".into());
            }
            if self.is_level() {
                return Ok(from.elapsed());
            }
        }
    }

    /// Goes on until both sides have nothing left to do but to beat.
    pub async fn live(&mut self) -> Outcome<()> {
        let until_ms = self.now.steady_ms + LONGEST_MS;
        loop {
            while self.step().await? || self.hear_digests().await? {}
            let live = self.hub.state(LinkId::CENTRAL) == State::Live && self.mirror.state() == State::Live;
            if live && self.is_level() {
                return Ok(());
            }
            if self.now.steady_ms >= until_ms {
                return Err("the two sides don't become the same".into());
            }
            let wakes = [self.hub.wake_at(), self.mirror.wake_at()].into_iter().flatten().min();
            let next = wakes.unwrap_or(0).max(self.now.steady_ms + 1);
            self.now.wall_ms += (next - self.now.steady_ms).cast_signed();
            self.now.steady_ms = next;
            self.hub.handle(self.now, hub::Input::Tick);
            self.mirror.handle(self.now, mirror::Input::Tick);
        }
    }

    /// The desk has committed something; how long the hub is at work until the
    /// entries are bytes for the line.
    pub async fn stream(&mut self) -> Outcome<Duration> {
        let tip = self.store.store().tip();
        let from = Instant::now();
        self.hub.handle(self.now, hub::Input::Committed { tip, bulk: None });
        loop {
            match self.hub.poll() {
                Some(hub::Output::Send(_, bytes)) => {
                    let took = from.elapsed();
                    self.hear(bytes);
                    return Ok(took);
                }
                Some(hub::Output::Ask(id, ask)) => {
                    let told = self.store.answer(ask, self.moment()).await?;
                    self.hub.handle(self.now, hub::Input::Told(id, Box::new(told)));
                }
                Some(hub::Output::Event(..)) => {}
                None => return Err("the hub has nothing to say".into()),
            }
        }
    }

    /// Compares everything once more.
    pub async fn compare(&mut self) -> Outcome<()> {
        self.hub.handle(self.now, hub::Input::CompareAgain);
        self.live().await
    }

    /// Does one thing that is to be done; false where there is none.
    async fn step(&mut self) -> Outcome<bool> {
        if let Some(output) = self.hub.poll() {
            match output {
                hub::Output::Send(_, bytes) => self.hear(bytes),
                hub::Output::Ask(id, ask @ hub::Ask::Digest(..)) => {
                    let (store, moment) = (self.store.clone(), self.moment());
                    self.digesting = Some(tokio::spawn(async move { (id, store.answer(ask, moment).await) }));
                }
                hub::Output::Ask(id, ask) => {
                    let told = self.store.answer(ask, self.moment()).await?;
                    self.hub.handle(self.now, hub::Input::Told(id, Box::new(told)));
                }
                hub::Output::Event(_, hub::Event::Refused(why)) => return Err(why.into()),
                hub::Output::Event(..) => {}
            }
            return Ok(true);
        }
        match self.mirror.poll() {
            Some(mirror::Output::Send(bytes)) => {
                self.said.push(Said { by: By::Mirror, bytes: bytes.clone() });
                self.hub.handle(self.now, hub::Input::Received(LinkId::CENTRAL, bytes));
            }
            Some(mirror::Output::Ask(id, ask)) => {
                let told = self.theirs.answer(ask)?;
                self.mirror.handle(self.now, mirror::Input::Told(id, Box::new(told)));
            }
            Some(mirror::Output::Event(mirror::Event::Refused(why))) => return Err(why.into()),
            Some(mirror::Output::Event(mirror::Event::Misfit(why))) => return Err(why.into()),
            Some(mirror::Output::Event(_)) => {}
            None => return Ok(false),
        }
        Ok(true)
    }

    fn hear(&mut self, bytes: Vec<u8>) {
        self.said.push(Said { by: By::Hub, bytes: bytes.clone() });
        self.mirror.handle(self.now, mirror::Input::Received(bytes));
    }

    /// Waits for digests that are being computed; false where none are.
    async fn hear_digests(&mut self) -> Outcome<bool> {
        let Some(digesting) = self.digesting.take() else { return Ok(false) };
        let (id, told) = digesting.await?;
        self.hub.handle(self.now, hub::Input::Told(id, Box::new(told?)));
        Ok(true)
    }

    fn moment(&self) -> Moment {
        Moment { by: Author::Node(self.store.store().node()), at_ms: self.now.wall_ms }
    }

    fn is_level(&self) -> bool {
        self.mirror.at().is_some_and(|at| *at.hash == self.store.store().tip().hash.0)
    }
}

/// The clinic's signature here: a hash, as long as a signature.
pub fn sign(hash: Hash) -> Vec<u8> {
    let mut signature = vec![0; SIGNATURE_BYTES];
    blake3::Hasher::new_keyed(&[9; 32]).update(&hash.0).finalize_xof().fill(&mut signature);
    signature
}

fn clinic_id() -> Id {
    Id::from(*clinic::id().bytes())
}
