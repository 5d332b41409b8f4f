//! Whether central is ready for patients: its store takes writes, and the
//! broker was reached.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Mutex;

use crate::clock::Clock;
use crate::link::Link;
use crate::store::{Storage, StorageError};

/// How long an answer of the store is repeated: whoever asks all the time
/// doesn't have it write all the time.
const REPEATED_MS: u64 = 1_000;

/// Why it isn't.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NotReady {
    /// A write doesn't reach the disk: it is full, read only, or gone.
    #[error(transparent)]
    Store(#[from] StorageError),
    /// The broker wasn't reached since the start.
    #[error("the broker wasn't reached yet")]
    Line,
}

impl NotReady {
    /// A stable word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Line => "broker_not_reached",
        }
    }
}

/// Asked by whoever decides where patients are sent.
#[derive(Debug)]
pub struct Readiness<S> {
    storage: S,
    clock: Clock,
    link: Option<Arc<Link>>,
    was_up: AtomicBool,
    tried: Mutex<Option<(u64, Result<(), StorageError>)>>,
}

impl<S: Storage> Readiness<S> {
    /// Of a store, and a line to a broker where there is one.
    pub fn new(storage: S, clock: Clock, link: Option<Arc<Link>>) -> Self {
        Self { storage, clock, link, was_up: AtomicBool::new(false), tried: Mutex::default() }
    }

    /// Ready once the broker was reached, and as long as a write reaches the
    /// disk. A broker that is lost later changes nothing: what is wished then
    /// is held, as while a clinic is away.
    ///
    /// # Errors
    /// [`NotReady`].
    pub async fn check(&self) -> Result<(), NotReady> {
        let mut tried = self.tried.lock().await;
        let now_ms = self.clock.now().steady_ms;
        let written = match &*tried {
            Some((at_ms, written)) if now_ms < at_ms + REPEATED_MS => written.clone(),
            _ => {
                let written = self.storage.may_write().await;
                *tried = Some((now_ms, written.clone()));
                written
            }
        };
        drop(tried);
        written?;
        let is_up = self.link.as_ref().is_none_or(|link| link.is_up());
        if is_up {
            self.was_up.store(true, Ordering::Relaxed);
        }
        if self.was_up.load(Ordering::Relaxed) { Ok(()) } else { Err(NotReady::Line) }
    }
}
