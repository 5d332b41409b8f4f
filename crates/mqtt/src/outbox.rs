//! What waits to be sent: bounded, in order, and empty while the line is down.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

use crate::event::NotSent;
use crate::settings::MAX_MESSAGE;

/// What a publish takes beside its topic and its payload: the fixed header
/// (5), the topic's length (2), the packet's id (2), no properties (1).
const AROUND: usize = 10;

#[derive(Debug)]
pub(crate) struct Waiting {
    pub topic: String,
    pub payload: Bytes,
}

/// Bounds of a queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub messages: usize,
    pub bytes: usize,
}

#[derive(Debug)]
enum State {
    Down,
    /// The longest packet this broker takes.
    Up {
        longest_packet: usize,
    },
    /// Nothing more is accepted; what waits may still leave.
    Closing,
    Closed,
}

#[derive(Debug)]
struct Queue {
    state: State,
    waiting: VecDeque<Waiting>,
    bytes: usize,
}

/// Between those who send and the one that publishes.
#[derive(Debug)]
pub(crate) struct Outbox {
    bounds: Bounds,
    queue: Mutex<Queue>,
    /// Something waits, or the line is to be closed.
    filled: Notify,
    /// Something left, or nothing will.
    room: Notify,
}

impl Outbox {
    pub fn new(bounds: Bounds) -> Self {
        let queue = Queue { state: State::Down, waiting: VecDeque::new(), bytes: 0 };
        Self { bounds, queue: Mutex::new(queue), filled: Notify::new(), room: Notify::new() }
    }

    /// Puts a message behind those that wait.
    pub fn try_put(&self, topic: &str, payload: &Bytes) -> Result<(), NotSent> {
        if !crate::topics::is_topic(topic) {
            return Err(NotSent::BadTopic);
        }
        let mut queue = self.lock();
        let most = match queue.state {
            State::Up { longest_packet } => longest_packet.saturating_sub(AROUND + topic.len()).min(MAX_MESSAGE),
            State::Down => return Err(NotSent::Down),
            State::Closing | State::Closed => return Err(NotSent::Closed),
        };
        if payload.len() > most {
            return Err(NotSent::TooLong { most });
        }
        let full = queue.waiting.len() >= self.bounds.messages || queue.bytes + payload.len() > self.bounds.bytes;
        // A message longer than all the room still gets its turn, alone.
        if full && !queue.waiting.is_empty() {
            return Err(NotSent::Full);
        }
        queue.bytes += payload.len();
        queue.waiting.push_back(Waiting { topic: topic.to_owned(), payload: payload.clone() });
        drop(queue);
        self.filled.notify_one();
        Ok(())
    }

    /// As [`try_put`](Self::try_put), once there is room.
    pub async fn put(&self, topic: &str, payload: &Bytes) -> Result<(), NotSent> {
        loop {
            let room = self.room.notified();
            tokio::pin!(room);
            // Heard from here on, so that room made while we look is not missed.
            room.as_mut().enable();
            match self.try_put(topic, payload) {
                Err(NotSent::Full) => room.await,
                done => return done,
            }
        }
    }

    /// The next message to publish.
    pub fn take(&self) -> Option<Waiting> {
        let mut queue = self.lock();
        let next = queue.waiting.pop_front()?;
        queue.bytes -= next.payload.len();
        drop(queue);
        self.room.notify_waiters();
        Some(next)
    }

    /// Waits until something was put, or the line is to be closed. May return
    /// without either.
    pub async fn filled(&self) {
        self.filled.notified().await;
    }

    pub fn up(&self, longest_packet: usize) {
        let mut queue = self.lock();
        if matches!(queue.state, State::Down) {
            queue.state = State::Up { longest_packet };
        }
    }

    pub fn is_up(&self) -> bool {
        matches!(self.lock().state, State::Up { .. })
    }

    /// Accepts nothing from here on, and says how much had waited.
    pub fn down(&self) -> usize {
        let mut queue = self.lock();
        if matches!(queue.state, State::Up { .. }) {
            queue.state = State::Down;
        }
        let dropped = queue.waiting.len();
        queue.waiting.clear();
        queue.bytes = 0;
        drop(queue);
        self.room.notify_waiters();
        dropped
    }

    /// Accepts nothing more; what waits may still leave.
    pub fn begin_closing(&self) {
        let mut queue = self.lock();
        if !matches!(queue.state, State::Closed) {
            queue.state = State::Closing;
        }
        drop(queue);
        self.room.notify_waiters();
        self.filled.notify_one();
    }

    pub fn is_closing(&self) -> bool {
        matches!(self.lock().state, State::Closing | State::Closed)
    }

    pub fn is_empty(&self) -> bool {
        self.lock().waiting.is_empty()
    }

    /// Ends it: nothing is accepted and nothing leaves any more.
    pub fn close(&self) {
        let mut queue = self.lock();
        queue.state = State::Closed;
        queue.waiting.clear();
        queue.bytes = 0;
        drop(queue);
        self.room.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing under the lock panics half-way.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { messages: 3, bytes: 100 };

    fn bytes(length: usize) -> Bytes {
        vec![7; length].into()
    }

    #[test]
    fn what_can_not_be_sent_is_said_at_once_and_not_kept() {
        let outbox = Outbox::new(BOUNDS);
        assert_eq!(outbox.try_put("a", &bytes(1)), Err(NotSent::Down));
        outbox.up(1000);
        assert_eq!(outbox.try_put("a/#", &bytes(1)), Err(NotSent::BadTopic));
        assert_eq!(outbox.try_put("topic", &bytes(986)), Err(NotSent::TooLong { most: 985 }));
        assert_eq!(outbox.try_put("a", &bytes(985)), Ok(()), "longer than all the room, but alone");
        assert_eq!(outbox.try_put("a", &bytes(0)), Err(NotSent::Full));
        assert!(outbox.take().is_some());
        for _ in 0..3 {
            assert_eq!(outbox.try_put("a", &bytes(30)), Ok(()));
        }
        assert_eq!(outbox.try_put("a", &bytes(1)), Err(NotSent::Full));
        assert_eq!(outbox.down(), 3);
        assert_eq!(outbox.try_put("a", &bytes(1)), Err(NotSent::Down));
        outbox.up(usize::MAX);
        assert_eq!(outbox.try_put("a", &bytes(MAX_MESSAGE + 1)), Err(NotSent::TooLong { most: MAX_MESSAGE }));
        outbox.close();
        assert_eq!(outbox.try_put("a", &bytes(1)), Err(NotSent::Closed));
    }

    #[tokio::test]
    async fn whoever_waits_for_room_gets_it_or_hears_that_the_line_is_down() {
        let outbox = Outbox::new(BOUNDS);
        outbox.up(1000);
        for _ in 0..3 {
            outbox.put("a", &bytes(1)).await.expect("there is room");
        }
        let late = bytes(1);
        let (put, taken) = tokio::join!(outbox.put("late", &late), async { outbox.take().expect("one waits").topic });
        assert_eq!((put, taken.as_str()), (Ok(()), "a"));
        let (put, dropped) = tokio::join!(outbox.put("late", &late), async { outbox.down() });
        assert_eq!((put, dropped), (Err(NotSent::Down), 3));
    }
}
