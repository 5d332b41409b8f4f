//! A line that loses messages, brings some twice, and can be cut.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use chairside_central::engine::{Carrier, FromHub};
use chairside_sync::wire::{Envelope, Message};
use tokio::sync::mpsc;

use crate::clinic::{clinic_id, id_of};

/// What is wrong with a cable, as seen from both of its ends.
#[derive(Debug)]
pub struct Faults {
    cut: AtomicBool,
    /// Of a hundred messages so many are lost, and as many come twice.
    bad_percent: AtomicU8,
    /// Wishes get lost, and nothing else.
    swallows_wishes: AtomicBool,
    random: Mutex<fastrand::Rng>,
}

impl Faults {
    pub fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self {
            cut: AtomicBool::new(true),
            bad_percent: AtomicU8::new(0),
            swallows_wishes: AtomicBool::new(false),
            random: Mutex::new(fastrand::Rng::with_seed(seed)),
        })
    }

    pub fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
    }

    pub fn heal(&self) {
        self.cut.store(false, Ordering::SeqCst);
    }

    pub fn is_bad(&self, percent: u8) {
        self.bad_percent.store(percent, Ordering::SeqCst);
    }

    pub fn swallow_wishes(&self, swallows: bool) {
        self.swallows_wishes.store(swallows, Ordering::SeqCst);
    }

    /// How often a message arrives.
    fn times(&self, bytes: &[u8]) -> u8 {
        if self.cut.load(Ordering::SeqCst) {
            return 0;
        }
        if self.swallows_wishes.load(Ordering::SeqCst) {
            let envelope = Envelope::from_bytes(bytes, id_of(clinic_id().0));
            if envelope.is_ok_and(|envelope| matches!(envelope.message, Message::Propose(_))) {
                return 0;
            }
        }
        let bad = self.bad_percent.load(Ordering::SeqCst);
        match self.random.lock().expect("a number").u8(0..100) {
            drawn if drawn < bad => 0,
            drawn if drawn < 2 * bad => 2,
            _ => 1,
        }
    }
}

/// The hub's end.
pub struct HubEnd {
    pub incoming: mpsc::Receiver<Vec<u8>>,
    pub outgoing: mpsc::Sender<Vec<u8>>,
}

/// Carries between a hub and the engine for as long as both ends are there.
pub fn lay(carrier: Carrier, faults: &Arc<Faults>) -> HubEnd {
    let (to_hub, incoming) = mpsc::channel(256);
    let (outgoing, mut from_hub) = mpsc::channel::<Vec<u8>>(256);
    let Carrier { incoming: to_central, outgoing: mut from_central } = carrier;
    let there = Arc::clone(faults);
    tokio::spawn(async move {
        while let Some(bytes) = from_hub.recv().await {
            for _ in 0..there.times(&bytes) {
                if to_central.send(FromHub::Said(bytes.clone())).await.is_err() {
                    return;
                }
            }
        }
    });
    let back = Arc::clone(faults);
    tokio::spawn(async move {
        while let Some(bytes) = from_central.recv().await {
            for _ in 0..back.times(&bytes) {
                if to_hub.send(bytes.clone()).await.is_err() {
                    return;
                }
            }
        }
    });
    HubEnd { incoming, outgoing }
}
