//! What runs while `serve` does: every clinic's actor, and the line they are
//! reached over.

use std::collections::BTreeSet;
use std::sync::Arc;

use chairside_schedule::ClinicId;

use crate::engine::{Engine, Line, Verifying};
use crate::link::{Link, LinkedClinic};
use crate::store::Storage;

/// The running parts. Cheap to clone.
#[derive(Debug)]
pub struct Service<S> {
    /// Every clinic's actor.
    pub engine: Arc<Engine<S>>,
    /// The line to the broker; none where there is no broker.
    pub link: Option<Arc<Link>>,
}

impl<S> Clone for Service<S> {
    fn clone(&self) -> Self {
        Self { engine: Arc::clone(&self.engine), link: self.link.clone() }
    }
}

impl<S: Storage> Service<S> {
    /// Speaks for a clinic from now on: on the broker's line where there is
    /// one, otherwise unreached, so that what is wished is held.
    pub fn follow(&self, clinic: ClinicId) {
        // Nobody's signature counts until a desk was paired with its key.
        let verifying: Verifying = Arc::new(|_, _| false);
        match &self.link {
            Some(link) => {
                link.add(&self.engine, LinkedClinic { id: clinic, devices: BTreeSet::new(), verifying });
            }
            None => {
                let (line, _) = Line::new();
                self.engine.start(clinic, line, verifying);
            }
        }
    }

    /// Ends every actor, then takes leave of the broker.
    pub async fn stop(&self) {
        self.engine.stop().await;
        if let Some(link) = &self.link {
            link.close().await;
        }
    }
}
