//! One process's time as a clinic's owner: the mirror, driven over the store.

use std::collections::VecDeque;
use std::sync::Arc;

use chairside_sync::body::Id;
use chairside_sync::breaker::{Outcome, Permit};
use chairside_sync::hub::{SILENCE_MS, State};
use chairside_sync::mirror::{self, Ask, AskId, Input, Mirror, Output, Told};
use chairside_sync::wire::{EndedRequest, Waiting};
use tokio::task::JoinSet;

use super::actor::{Actor, End, FAILED_MS, RENEW_MS, tell};
use super::answer::answer;
use super::pace::Pace;
use super::watch::Event;
use super::{FromHub, Order};
use crate::clock::random_number;
use crate::store::breaker::Turned;
use crate::store::{Effects, Owner, Storage, StorageError};

/// How often the desk hears what waits here, at most.
const WAITING_MS: u64 = 1_000;

/// How long the desk is told of requests that ended without it, in milliseconds: an
/// outage is over by then, or nobody waits for its end.
const ENDED_MS: i64 = 30 * 24 * 60 * 60_000;

/// How many of them.
const ENDED: u32 = 400;

/// What the store has to do, one after another; digests go beside.
enum Work {
    Ask(AskId, Ask),
    Reached(State),
    Renew,
}

/// What the store has done.
enum Done {
    Told { id: AskId, told: Box<Told>, effects: Effects, beside: bool },
    Renewed(Result<Effects, StorageError>),
    Turned(Result<Turned, StorageError>),
    Waiting(Result<(Waiting, Vec<EndedRequest>), StorageError>),
}

/// A clinic's mirror and what it waits for.
pub struct Reign<'a, S> {
    actor: &'a mut Actor<S>,
    owner: Owner,
    mirror: Mirror,
    pace: Pace,
    queue: VecDeque<Work>,
    working: JoinSet<Done>,
    /// The store is busy with something of the queue.
    busy: bool,
    renew_ms: u64,
    /// Until then a silent clinic counts as being checked: it may not have heard of this start.
    checking_until_ms: Option<u64>,
    /// What the desk is to be told of what waits: when at the earliest, and whether it may have changed.
    waiting_ms: u64,
    waiting_stale: bool,
    end: Option<End>,
}

impl<'a, S: Storage> Reign<'a, S> {
    pub fn new(actor: &'a mut Actor<S>, owner: Owner, incarnation: Id) -> Self {
        let now = actor.with.clock.now();
        let start = mirror::Start {
            clinic: Id::from(*owner.clinic.bytes()),
            incarnation,
            token: owner.token,
            nonces_from: random_number(),
        };
        Self {
            actor,
            owner,
            mirror: Mirror::new(start),
            pace: Pace::new(),
            queue: VecDeque::new(),
            working: JoinSet::new(),
            busy: false,
            renew_ms: now.steady_after(RENEW_MS),
            checking_until_ms: Some(now.steady_after(SILENCE_MS)),
            waiting_ms: now.steady_ms,
            waiting_stale: true,
            end: None,
        }
    }

    /// Speaks for the clinic until told to stop, or until somebody else does.
    pub async fn run(mut self) -> End {
        self.actor.with.status.send_modify(|status| status.ours = true);
        self.queue.push_back(Work::Reached(State::Checking));
        self.ask_for_permit();
        self.handle(Input::MayRelease(false));
        self.handle(Input::Started);
        loop {
            self.work();
            if let Some(end) = self.end.take() {
                return end;
            }
            let wake_ms = self.wake_at();
            let with = &mut self.actor.with;
            tokio::select! {
                said = with.line.incoming.recv(), if self.actor.line_open => match said {
                    Some(FromHub::Said(bytes)) => self.handle(Input::Received(bytes)),
                    Some(FromHub::Gone) => {
                        tracing::info!(clinic = %self.owner.clinic, "the desk is gone without a goodbye");
                        self.handle(Input::Disconnected);
                    }
                    None => {
                        self.actor.line_open = false;
                        self.handle(Input::Disconnected);
                    }
                },
                Some(done) = self.working.join_next() => match done {
                    Ok(done) => self.done(done),
                    // A panic in the store's own code: what was asked is asked again by a fresh mirror.
                    Err(error) => {
                        tracing::error!(clinic = %self.owner.clinic, %error, "asking the store ended in a panic");
                        return End::NotOwner;
                    }
                },
                () = with.nudge.notified() => {
                    self.waiting_stale = true;
                    self.handle(Input::Nudge);
                }
                order = with.orders.recv() => match order {
                    Some(Order::CompareAgain) => self.handle(Input::CompareAgain),
                    Some(Order::Granted(grant)) => self.handle(Input::Granted(grant)),
                    Some(Order::Stop) | None => return End::Stopped,
                },
                () = with.clock.sleep_until(wake_ms) => self.tick(),
            }
        }
    }

    fn wake_at(&self) -> u64 {
        let waiting = Some(self.waiting_ms).filter(|_| self.waiting_stale && self.mirror.session_number().is_some());
        // A probe is only worth asking for where there is somebody to call.
        let permit = self.pace.ask_at().filter(|_| self.mirror.session_number().is_some());
        let wakes = [self.mirror.wake_at(), Some(self.renew_ms), self.checking_until_ms, waiting, permit];
        wakes.into_iter().flatten().min().unwrap_or(u64::MAX)
    }

    fn tick(&mut self) {
        let now = self.actor.with.clock.now();
        if now.steady_ms >= self.renew_ms {
            self.renew_ms = now.steady_after(RENEW_MS);
            self.queue.push_back(Work::Renew);
        }
        if self.checking_until_ms.is_some_and(|until| now.steady_ms >= until) {
            self.checking_until_ms = None;
            self.reached(self.mirror.state());
        }
        let in_session = self.mirror.session_number().is_some();
        if in_session && self.pace.ask_at().is_some_and(|at| now.steady_ms >= at) {
            self.ask_for_permit();
        }
        if in_session && self.waiting_stale && now.steady_ms >= self.waiting_ms {
            self.waiting_stale = false;
            self.waiting_ms = now.steady_after(WAITING_MS);
            let (storage, clinic) = (self.actor.with.storage.clone(), self.owner.clinic);
            let since_ms = now.wall_ms.saturating_sub(ENDED_MS);
            self.working.spawn(async move {
                let waits =
                    async { Ok((storage.waiting(clinic, now).await?, storage.ended(clinic, since_ms, ENDED).await?)) };
                Done::Waiting(waits.await)
            });
        }
        self.handle(Input::Tick);
    }

    /// Hands the mirror what happened, and does what it wants done.
    fn handle(&mut self, input: Input) {
        self.mirror.handle(self.actor.with.clock.now(), input);
        while let Some(output) = self.mirror.poll() {
            match output {
                Output::Send(bytes) => self.send(bytes),
                Output::Ask(id, ask) => self.queue.push_back(Work::Ask(id, ask)),
                Output::Event(event) => self.event(event),
            }
        }
        if let Some(called) = self.pace.untold() {
            self.turn_breaker(Some(called));
        }
        self.update_status();
    }

    fn send(&self, bytes: Vec<u8>) {
        if let Err(error) = self.actor.with.line.outgoing.try_send(bytes) {
            // The hub asks again for what it misses.
            tracing::debug!(clinic = %self.owner.clinic, %error, "a message was not carried");
        }
    }

    fn event(&mut self, event: mirror::Event) {
        let clinic = self.owner.clinic;
        match event {
            mirror::Event::State(State::Offline) if self.checking_until_ms.is_some() => {}
            mirror::Event::State(state) => {
                self.checking_until_ms = None;
                self.waiting_stale = true;
                self.reached(state);
            }
            mirror::Event::Refused(unreadable) => {
                tracing::info!(%clinic, %unreadable, "a message was refused");
            }
            mirror::Event::Misfit(misfit) => tracing::info!(%clinic, %misfit, "entries were refused"),
            mirror::Event::Opened(days) => self.tell(Event::Opened(days)),
            mirror::Event::Shut => self.tell(Event::Shut),
            mirror::Event::Disputed(days) => self.tell(Event::Disputed(days)),
            mirror::Event::Answered(_) => self.pace.called(Outcome::Answered),
            mirror::Event::Unanswered(_) => self.pace.called(Outcome::Failed),
            mirror::Event::Left => tracing::info!(%clinic, "the desk said goodbye"),
            mirror::Event::AnotherHub(node) => {
                tracing::warn!(%clinic, "another installation spoke for the clinic");
                self.tell(Event::AnotherHub(node));
            }
            mirror::Event::NotOwner => self.end = Some(End::NotOwner),
        }
    }

    fn tell(&self, event: Event) {
        // Nobody listening is fine.
        drop(self.actor.with.events.send(event));
    }

    fn reached(&mut self, state: State) {
        self.queue.push_back(Work::Reached(state));
        let now_ms = self.actor.with.clock.now().wall_ms;
        let changed = self.actor.with.status.send_if_modified(|status| {
            let changed = status.state != state;
            if changed {
                (status.state, status.since_ms) = (state, now_ms);
            }
            changed
        });
        if changed {
            self.tell(Event::State(state));
        }
    }

    fn update_status(&self) {
        let (mirror, pace) = (&self.mirror, &self.pace);
        self.actor.with.status.send_if_modified(|status| {
            let same = status.open == *mirror.open_days()
                && status.disputed == *mirror.disputed_days()
                && status.at == mirror.at()
                && status.clocks_apart == mirror.clocks_apart()
                && status.passing_on != pace.is_open();
            if !same {
                status.open.clone_from(mirror.open_days());
                status.disputed.clone_from(mirror.disputed_days());
                status.at = mirror.at();
                status.clocks_apart = mirror.clocks_apart();
                status.passing_on = !pace.is_open();
            }
            !same
        });
    }

    /// Hands the store what it can begin with.
    fn work(&mut self) {
        while let Some(at) = self.next_work() {
            let Some(work) = self.queue.remove(at) else { return };
            let (storage, owner, clock) = (self.actor.with.storage.clone(), self.owner, self.actor.with.clock.clone());
            let beside = is_beside(&work);
            self.busy |= !beside;
            match work {
                Work::Ask(id, ask) => {
                    let verifying = Arc::clone(&self.actor.with.verifying);
                    let ask = match ask {
                        Ask::Release { days, disputed, limit } => {
                            Ask::Release { days, disputed, limit: self.pace.at_most(limit) }
                        }
                        ask => ask,
                    };
                    self.working.spawn(async move {
                        let answered = answer(&storage, owner, &verifying, ask, clock.now()).await;
                        let (told, effects) = match answered {
                            Ok(answered) => answered,
                            Err(StorageError::NotOwner) => (Told::NotOwner, Effects::default()),
                            Err(error) => {
                                let clinic = owner.clinic;
                                tracing::warn!(%clinic, %error, error.code = error.code(), "the store failed");
                                clock.sleep_until(clock.now().steady_after(FAILED_MS)).await;
                                (Told::Failed, Effects::default())
                            }
                        };
                        Done::Told { id, told: Box::new(told), effects, beside }
                    });
                }
                Work::Reached(state) => {
                    self.working.spawn(async move { Done::Renewed(storage.reached(owner, state, clock.now()).await) });
                }
                Work::Renew => {
                    self.working.spawn(async move {
                        Done::Renewed(storage.renew(owner, clock.now()).await.map(|()| Effects::default()))
                    });
                }
            }
        }
    }

    /// The first piece of work that can begin: digests always, others one at a time.
    fn next_work(&self) -> Option<usize> {
        self.queue.iter().position(|work| !self.busy || is_beside(work))
    }

    fn done(&mut self, done: Done) {
        match done {
            Done::Told { id, told, effects, beside } => {
                self.busy &= beside;
                if effects.mails {
                    self.actor.with.mails.notify_one();
                }
                self.actor.with.metrics.moved(&effects);
                tell(&self.actor.with.events, &effects);
                if !effects.moved.is_empty() {
                    self.waiting_stale = true;
                }
                if matches!(&*told, Told::Proposals(sent) if !sent.is_empty()) {
                    self.pace.released();
                    self.handle(Input::MayRelease(self.pace.may_release()));
                }
                self.handle(Input::Told(id, told));
            }
            Done::Renewed(result) => {
                self.busy = false;
                match result {
                    Ok(effects) if effects.mails => self.actor.with.mails.notify_one(),
                    Ok(_) => {}
                    Err(StorageError::NotOwner) => self.end = Some(End::NotOwner),
                    Err(error) => {
                        let clinic = self.owner.clinic;
                        tracing::warn!(%clinic, %error, error.code = error.code(), "the store failed");
                    }
                }
            }
            Done::Turned(Ok(turned)) => {
                self.pace.permitted(self.actor.with.clock.now(), turned.permit);
                turned.changes.into_iter().for_each(|change| self.tell(Event::Breaker(change)));
                self.handle(Input::MayRelease(self.pace.may_release()));
                if self.pace.may_release() {
                    self.handle(Input::Nudge);
                }
            }
            Done::Turned(Err(error)) => {
                self.pace.failed();
                let clinic = self.owner.clinic;
                tracing::warn!(%clinic, %error, error.code = error.code(), "the breaker could not be asked");
            }
            Done::Waiting(Ok((waiting, ended))) => {
                // First what ended: who hears that nothing waits any more asks what became of it.
                self.handle(Input::Ended(ended));
                self.handle(Input::Waiting(waiting));
            }
            Done::Waiting(Err(error)) => {
                tracing::debug!(clinic = %self.owner.clinic, %error, "what waits could not be counted");
            }
        }
    }

    fn ask_for_permit(&mut self) {
        if self.pace.ask() {
            self.turn_breaker(None);
        }
    }

    fn turn_breaker(&mut self, called: Option<(Permit, Vec<Outcome>)>) {
        let (storage, clinic, clock) =
            (self.actor.with.storage.clone(), self.owner.clinic, self.actor.with.clock.clone());
        self.working.spawn(async move {
            let turned = storage.turn_breaker(clinic, called, clock.now()).await;
            if turned.is_err() {
                clock.sleep_until(clock.now().steady_after(FAILED_MS)).await;
            }
            Done::Turned(turned)
        });
    }
}

/// Digests are read beside whatever is written meanwhile.
const fn is_beside(work: &Work) -> bool {
    matches!(work, Work::Ask(_, Ask::Digest(..)))
}
