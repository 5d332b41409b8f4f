//! The task that drives the hub: everything that happens goes in, one thing at
//! a time, and what the hub wants done goes out.

use std::time::Duration;

use chairside_mqtt::{Event, Events, Line, NotSent};
use chairside_schedule::time::day_number;
use chairside_store::Changed;
use chairside_sync::Now;
use chairside_sync::body::Window;
use chairside_sync::hub::{self, Ask, AskId, Hub, Input, LinkId, Output, Told};
use chrono::NaiveDate;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::lanes::Lanes;
use super::status::{State, Status};
use super::{Order, window};
use crate::clock::Clock;

const LINK: LinkId = LinkId::CENTRAL;

/// The clocks are looked at at least this often, in milliseconds: midnight
/// comes while nothing else happens, and a wall clock may be set.
const LOOK_MS: u64 = 60_000;

/// What was committed is told this much later, with what follows meanwhile: whoever
/// did it has their answer by then, and the board is read again.
const FINISH_FIRST: Duration = Duration::from_millis(5);

/// What the task begins with.
pub(super) struct Start {
    pub hub: Hub,
    pub lanes: Lanes,
    pub line: Line,
    pub up: String,
    pub clock: Clock,
    pub changes: broadcast::Receiver<Changed>,
    pub status: watch::Sender<Status>,
    pub acknowledged: Option<u64>,
    pub today: NaiveDate,
    pub days_ahead: u16,
}

/// The task.
pub(super) struct Running {
    start: Start,
    /// When the hub is told of what was committed last.
    tell_at: Option<Instant>,
}

/// Why it ends.
#[derive(PartialEq, Eq)]
enum End {
    /// It was told to say goodbye.
    Goodbye,
    /// The store was closed, or nobody holds the link any more.
    Alone,
}

impl Running {
    pub fn new(start: Start) -> Self {
        Self { start, tell_at: None }
    }

    pub async fn run(mut self, mut events: Events, mut orders: mpsc::Receiver<Order>) {
        let end = self.until_the_end(&mut events, &mut orders).await;
        if end == End::Goodbye {
            self.handle(Input::Goodbye);
            // The broker says no will for who took leave.
            events.close().await;
        } else {
            drop(events);
        }
        self.start.lanes.finish().await;
        let now_ms = self.start.clock.now_ms();
        self.start.status.send_modify(|status| (status.state, status.since_ms) = (State::Offline, now_ms));
    }

    async fn until_the_end(&mut self, events: &mut Events, orders: &mut mpsc::Receiver<Order>) -> End {
        loop {
            let pause = self.pause();
            let tell_at = self.tell_at;
            tokio::select! {
                event = events.next() => match event {
                    Some(event) => self.heard(event),
                    None => return End::Alone,
                },
                answer = self.start.lanes.answer() => match answer {
                    Ok((id, told)) => self.told(id, told),
                    Err(error) => {
                        // What it was asked is asked again in a fresh session.
                        tracing::error!(%error, "the store failed in a panic");
                        self.handle(Input::Disconnected(LINK));
                        if self.start.line.is_up() {
                            self.handle(Input::Connected(LINK));
                        }
                    }
                },
                changed = self.start.changes.recv() => match changed {
                    Ok(changed) => self.committed(changed.all_days),
                    Err(RecvError::Lagged(_)) => self.committed(true),
                    Err(RecvError::Closed) => return End::Alone,
                },
                () = sleep_until(tell_at.unwrap_or_else(Instant::now)), if tell_at.is_some() => self.tell_commits(false),
                order = orders.recv() => match order {
                    Some(Order::AskStaff(ask_staff)) => self.handle(Input::AskStaff(ask_staff)),
                    Some(Order::CompareAgain) => self.handle(Input::CompareAgain),
                    Some(Order::Settled(tip)) => self.handle(Input::Settled(tip)),
                    Some(Order::Goodbye) => return End::Goodbye,
                    None => return End::Alone,
                },
                () = tokio::time::sleep(pause) => self.tick(),
            }
        }
    }

    /// Until something is due, if nothing happens before.
    fn pause(&self) -> Duration {
        let now = self.start.clock.pair();
        let wake_ms = self.start.hub.wake_at().map(|at| at.saturating_sub(now.steady_ms));
        // One that has been reached is being decided, or waits for a gate.
        let limit = self.start.hub.next_limit_ms().filter(|limit| *limit > now.wall_ms);
        let limit_ms = limit.map(|limit| limit.abs_diff(now.wall_ms));
        let pause_ms = [wake_ms, limit_ms, Some(LOOK_MS)].into_iter().flatten().min();
        Duration::from_millis(pause_ms.unwrap_or(LOOK_MS))
    }

    fn tick(&mut self) {
        let today = self.start.clock.today(self.start.lanes.zone());
        if today != self.start.today {
            self.start.today = today;
            self.handle(Input::Window(window(today, self.start.days_ahead)));
        }
        self.handle(Input::Tick);
    }

    fn heard(&mut self, event: Event) {
        match event {
            Event::Up => self.handle(Input::Connected(LINK)),
            Event::Down { why, .. } => {
                tracing::info!(why = why.word(), "central can't be reached");
                self.handle(Input::Disconnected(LINK));
            }
            Event::Message { payload, .. } => {
                let heard_ms = self.start.clock.now().0 * 1_000;
                self.start.status.send_if_modified(|status| status.heard_ms.replace(heard_ms) != Some(heard_ms));
                self.handle(Input::Received(LINK, payload.into()));
            }
            Event::Refused { reason, .. } => tracing::warn!(reason = reason.word(), "the broker refused a message"),
            Event::Denied { reason, .. } => tracing::warn!(reason = reason.word(), "the broker denied a topic"),
            Event::TooLong { bytes, .. } => tracing::warn!(bytes, "a message from central was too long"),
        }
    }

    fn told(&mut self, id: AskId, told: Told) {
        if let Told::Born { born, .. } = &told {
            // What central has behind it was of another life.
            self.start.acknowledged = self.start.acknowledged.map(|seq| seq.min(born.parent.seq));
        }
        self.handle(Input::Told(id, Box::new(told)));
    }

    /// The desk, or somebody for it, committed; `many`: more than could be told one by one.
    fn committed(&mut self, many: bool) {
        self.start.lanes.committed();
        if many {
            // Nothing may be decided about those days meanwhile.
            return self.tell_commits(true);
        }
        self.tell_at.get_or_insert_with(|| Instant::now() + FINISH_FIRST);
    }

    fn tell_commits(&mut self, many: bool) {
        self.tell_at = None;
        let from = day_number(self.start.today);
        let days = Window { from, to: from + i32::from(self.start.days_ahead.max(1)) };
        self.handle(Input::Committed { tip: self.start.lanes.tip(), bulk: many.then_some(days) });
    }

    /// Hands the hub what happened, and does what it wants done.
    fn handle(&mut self, input: Input) {
        let now = self.start.clock.pair();
        self.start.hub.handle(now, input);
        while let Some(output) = self.start.hub.poll() {
            match output {
                Output::Send(_, bytes) => self.send(bytes),
                Output::Ask(id, ask) => {
                    if let Ask::Acknowledged(_, seq) = &ask {
                        self.start.acknowledged = self.start.acknowledged.max(Some(*seq));
                    }
                    self.start.lanes.ask(id, ask);
                }
                Output::Event(_, event) => self.event(event),
            }
        }
        self.tell(now);
    }

    fn send(&self, bytes: Vec<u8>) {
        match self.start.line.try_send(&self.start.up, bytes) {
            // Said again, or asked for, once the line is up.
            Ok(()) | Err(NotSent::Down | NotSent::Closed) => {}
            Err(error) => tracing::warn!(%error, "a message to central was not accepted"),
        }
    }

    fn event(&self, event: hub::Event) {
        match event {
            hub::Event::State(state) => tracing::info!(?state, "the link stands otherwise"),
            hub::Event::Refused(unreadable) => tracing::info!(%unreadable, "a message from central was refused"),
            hub::Event::Opened(days) => tracing::debug!(days = days.len(), "days were verified with central"),
            hub::Event::Disputed(day) => tracing::warn!(day, "a day differs from central's for good"),
            hub::Event::ClocksApart(apart_ms) => {
                tracing::warn!(apart_ms, "the clock here and central's are too far apart");
                self.start.status.send_modify(|status| status.clocks_apart_ms = Some(apart_ms));
            }
            hub::Event::AnotherHub(_) => {
                tracing::warn!("another installation speaks for the clinic");
                self.start.status.send_modify(|status| status.another_hub = true);
            }
            hub::Event::Superseded(at) => {
                tracing::warn!(at.epoch, at.seq, "another desktop decides for the clinic from now on");
            }
            hub::Event::TookBack(seq) => tracing::warn!(seq, "central gave entries back that were lost here"),
        }
    }

    fn tell(&mut self, now: Now) {
        // One that begins at a mark acknowledges nothing before it, and has it all the same.
        if self.start.hub.state(LINK) == hub::State::Live {
            self.start.acknowledged = self.start.acknowledged.max(self.start.hub.acknowledged(LINK));
        }
        let (hub, acknowledged) = (&self.start.hub, self.start.acknowledged);
        self.start.status.send_if_modified(|status| {
            let before = status.clone();
            status.read(hub, acknowledged, now.wall_ms);
            *status != before
        });
    }
}
