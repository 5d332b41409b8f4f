//! What runs while `serve` does: every clinic's actor, the line they are
//! reached over, and who may speak on it.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use chairside_schedule::ClinicId;
use chairside_sync::Hash;
use ring::signature::{ED25519, UnparsedPublicKey};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::broker::Broker;
use crate::engine::{Engine, Line, Verifying};
use crate::link::{Link, LinkedClinic};
use crate::store::devices::Device;
use crate::store::{Storage, StorageError};

/// The running parts. Cheap to clone.
#[derive(Debug)]
pub struct Service<S> {
    /// Every clinic's actor.
    pub engine: Arc<Engine<S>>,
    /// The line to the broker; none where there is no broker.
    pub link: Option<Arc<Link>>,
    /// The broker itself; none where there is none.
    pub broker: Option<Arc<Broker>>,
    /// Whose signatures count.
    trusted: Trusted,
    /// Who may speak is read and put in place by one at a time, so that the
    /// latest that was written is the last that is put in place.
    changing: Arc<Mutex<()>>,
}

/// The keys that sign each clinic's log: those of its devices that weren't revoked.
#[derive(Clone, Debug, Default)]
struct Trusted(Arc<RwLock<HashMap<ClinicId, Vec<[u8; 32]>>>>);

impl Trusted {
    fn set(&self, clinic: ClinicId, keys: Vec<[u8; 32]>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(clinic, keys);
    }

    fn verifying(&self, clinic: ClinicId) -> Verifying {
        let trusted = self.clone();
        Arc::new(move |hash, signature| trusted.verifies(clinic, &hash, signature))
    }

    fn verifies(&self, clinic: ClinicId, hash: &Hash, signature: &[u8]) -> bool {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let fits = |key: &[u8; 32]| UnparsedPublicKey::new(&ED25519, key).verify(&hash.0, signature).is_ok();
        all.get(&clinic).is_some_and(|keys| keys.iter().any(fits))
    }
}

impl<S> Clone for Service<S> {
    fn clone(&self) -> Self {
        Self {
            engine: Arc::clone(&self.engine),
            link: self.link.clone(),
            broker: self.broker.clone(),
            trusted: self.trusted.clone(),
            changing: Arc::clone(&self.changing),
        }
    }
}

impl<S: Storage> Service<S> {
    /// Over an engine, and a broker with a line to it where there is one.
    pub fn new(engine: Arc<Engine<S>>, broker: Option<(Arc<Broker>, Arc<Link>)>) -> Self {
        let (broker, link) = broker.unzip();
        Self { engine, link, broker, trusted: Trusted::default(), changing: Arc::default() }
    }

    /// Speaks for every clinic that doesn't wait for its desk.
    ///
    /// # Errors
    /// The store's.
    pub async fn follow_all(&self) -> Result<(), StorageError> {
        for clinic in self.engine.storage().clinics().await? {
            self.follow(clinic.id).await?;
        }
        Ok(())
    }

    /// Speaks for a clinic from now on, with the devices it has: on the
    /// broker's line where there is one, otherwise unreached, so that what is
    /// wished is held. One that still waits for its desk has nothing to say.
    ///
    /// # Errors
    /// The store's.
    pub async fn follow(&self, clinic: ClinicId) -> Result<(), StorageError> {
        if self.engine.storage().awaits_desk(clinic).await? != Some(false) {
            return Ok(());
        }
        let devices = self.engine.storage().devices(Some(clinic)).await?;
        let allowed: BTreeSet<Uuid> = self.trust(clinic, &devices);
        let verifying = self.trusted.verifying(clinic);
        match &self.link {
            Some(link) => {
                link.add(&self.engine, LinkedClinic { id: clinic, devices: allowed, verifying });
            }
            None => {
                let (line, _) = Line::new();
                self.engine.start(clinic, line, verifying);
            }
        }
        Ok(())
    }

    /// A clinic's devices were written anew: who may speak now does so at once,
    /// and who may not any more is heard no more from this moment on, and shown
    /// out of the broker.
    ///
    /// # Errors
    /// The store's. A broker that can't be told is logged: whom it still lets
    /// in isn't heard.
    pub async fn devices_changed(&self, clinic: ClinicId) -> Result<(), StorageError> {
        let _one_at_a_time = self.changing.lock().await;
        let all = self.engine.storage().devices(None).await?;
        let devices: Vec<Device> = all.iter().filter(|device| device.clinic == clinic).cloned().collect();
        let allowed = self.trust(clinic, &devices);
        if self.engine.clinic(clinic).is_none() {
            self.follow(clinic).await?;
        }
        if let Some(link) = &self.link {
            for device in devices {
                if allowed.contains(&device.device) {
                    link.let_in(clinic, device.device);
                } else {
                    link.show_out(clinic, device.device);
                }
            }
        }
        if let Some(broker) = &self.broker
            && let Err(error) = broker.let_in(&all).await
        {
            tracing::error!(%error, "the broker could not be told who may what");
        }
        Ok(())
    }

    /// Takes over whose signatures count; who may speak.
    fn trust(&self, clinic: ClinicId, devices: &[Device]) -> BTreeSet<Uuid> {
        let allowed = || devices.iter().filter(|device| device.revoked_ms.is_none());
        self.trusted.set(clinic, allowed().map(|device| device.log_key.0).collect());
        allowed().map(|device| device.device).collect()
    }

    /// Ends every actor, then takes leave of the broker.
    pub async fn stop(&self) {
        self.engine.stop().await;
        if let Some(link) = &self.link {
            link.close().await;
        }
        if let Some(broker) = &self.broker {
            broker.stop().await;
        }
    }
}
