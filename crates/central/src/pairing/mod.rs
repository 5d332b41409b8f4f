//! How a desk comes to speak for its clinic, and stays allowed to: by a code
//! once, by its own key from then on.
//!
//! **Promise.** A code lets one desk in, within ten minutes and five tries;
//! every challenge is a try, and takes one answer. The code is used, the device
//! written and, for a clinic that waits, the id taken over in one transaction,
//! and only then is anything believed of the desk. What [`pairing`] proves it
//! proves both ways.
//!
//! **Whose id.** A clinic has the id of its desk's store: the log's bytes are
//! the same wherever it is followed, and a second desk, a restored one or a
//! companion brings the same id again. Nobody types it: a clinic is added
//! without, waits, and takes over the id of the desk that redeems its first
//! code; until then nothing can be wished of it, so nothing hangs on the id it
//! had. A desk of another clinic is refused from then on (`clinic_mismatch`).
//!
//! **Reading order.** [`Pairing`] (what desks ask, over [`mod@http`]),
//! [`draw_code`] and [`Code`](pairing::Code) (what an operator asks).

pub mod http;

use std::sync::Arc;

use chairside_mqtt::topics::Peer;
use chairside_schedule::ClinicId;
use chairside_sync::pairing::{
    self, AskChallenge, AskPairing, AskRenewal, Bytes, CODE_LIFE_MS, Challenge, Paired, RENEW_AFTER_MS, Renewed,
};
use tokio::task::spawn_blocking;
use uuid::Uuid;

use crate::authority::{Authority, AuthorityError, Request};
use crate::clock::{Clock, fresh_id, random};
use crate::service::Service;
use crate::store::devices::{CodeRefusal, NewCode, NewDevice};
use crate::store::{Storage, StorageError};

/// Draws before it is given up: of 27,000 names only those of living codes are taken.
const DRAWS: usize = 100;

/// What desks ask, answered.
#[derive(Debug)]
pub struct Pairing<S> {
    service: Service<S>,
    authority: Arc<Authority>,
    /// Where desks find the broker.
    broker: String,
}

impl<S> Clone for Pairing<S> {
    fn clone(&self) -> Self {
        Self { service: self.service.clone(), authority: Arc::clone(&self.authority), broker: self.broker.clone() }
    }
}

/// Why a desk isn't let in, or gets no new certificate.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The code.
    #[error(transparent)]
    Code(#[from] CodeRefusal),
    /// The proof doesn't fit: another code, or something changed on the way.
    #[error("the code is wrong")]
    Wrong,
    /// The request for a certificate can't be read, or isn't signed by its key.
    #[error("the request for a certificate can't be used")]
    Request,
    /// No such device.
    #[error("no such device")]
    DeviceUnknown,
    /// It was revoked.
    #[error("the device was revoked")]
    DeviceRevoked,
    /// It was paired with another key.
    #[error("the device has another key")]
    KeyMismatch,
    /// Its certificate ended too long ago.
    #[error("the certificate ended too long ago")]
    TooLate,
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The authority failed.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
}

impl Refusal {
    /// A stable word for programs and for the operator's catalogue.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Code(code) => code.code(),
            Self::Wrong => "code_wrong",
            Self::Request => "request_unusable",
            Self::DeviceUnknown => "device_unknown",
            Self::DeviceRevoked => "device_revoked",
            Self::KeyMismatch => "key_mismatch",
            Self::TooLate => "certificate_too_old",
            Self::Storage(error) => error.code(),
            Self::Authority(_) => "internal",
        }
    }
}

/// A code, and when it ends, milliseconds since 1970 in UTC.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Drawn {
    /// For the person who carries it; kept nowhere.
    pub code: pairing::Code,
    /// When it ends.
    pub ends_ms: i64,
}

/// Draws a code for a clinic, which ends the one before.
///
/// # Errors
/// [`StorageError::NoClinic`].
pub async fn draw_code(storage: &impl Storage, clock: &Clock, clinic: ClinicId) -> Result<Drawn, StorageError> {
    for _ in 0..DRAWS {
        let code = pairing::Code::draw(random());
        let mut salt = [0; 16];
        salt.copy_from_slice(&random()[..16]);
        let salt = Bytes(salt);
        let key = spawn_blocking({
            let code = code.clone();
            move || code.key(&salt)
        });
        let key = key.await.map_err(|_| StorageError::Panicked)?;
        // It counts from when it can be told.
        let now = clock.now();
        let ends_ms = now.wall_ms + CODE_LIFE_MS;
        let new = NewCode { name: code.name().to_owned(), salt, key, ends_ms };
        if storage.draw_code(clinic, new, now).await? {
            return Ok(Drawn { code, ends_ms });
        }
    }
    Err(StorageError::Damaged("code: every name is taken".to_owned()))
}

impl<S: Storage> Pairing<S> {
    /// Over what runs.
    pub const fn new(service: Service<S>, authority: Arc<Authority>, broker: String) -> Self {
        Self { service, authority, broker }
    }

    fn storage(&self) -> &S {
        self.service.engine.storage()
    }

    fn clock(&self) -> &Clock {
        self.service.engine.clock()
    }

    /// Shows whoever names a code that central knows it; counts as a try.
    ///
    /// # Errors
    /// [`Refusal::Code`].
    pub async fn challenge(&self, ask: AskChallenge) -> Result<Challenge, Refusal> {
        let now = self.clock().now();
        let code = self.storage().try_code(&ask.code, now).await??;
        let mut challenge = Challenge {
            challenge: fresh_id(now.wall_ms),
            salt: code.salt,
            nonce: Bytes(random()),
            authority: self.authority.certificate().to_owned(),
            proof: Bytes([0; 32]),
        };
        challenge.proof = code.key.of_challenge(&ask, &challenge);
        self.storage().keep_challenge(code.clinic, challenge.challenge, challenge.proof).await?;
        Ok(challenge)
    }

    /// Lets a desk in that knows the code.
    ///
    /// # Errors
    /// [`Refusal`]; nothing was written then but that the challenge had its answer.
    pub async fn pair(&self, ask: AskPairing) -> Result<Paired, Refusal> {
        let now = self.clock().now();
        let (code, challenged) = self.storage().answer_challenge(ask.challenge, now).await??;
        let key = code.key.clone();
        let proof = key.of_asking(&challenged, &ask);
        if proof != ask.proof {
            tracing::warn!(clinic = %code.clinic, "somebody tried to pair a desk with a wrong code");
            return Err(Refusal::Wrong);
        }
        let clinic = ClinicId(ask.clinic);
        let issued = self.authority.desk(&name(clinic, ask.device), &request(&ask.request)?, now)?;
        let device = NewDevice {
            clinic,
            device: ask.device,
            key_hash: issued.key_hash,
            log_key: ask.log_key,
            until_ms: issued.until_ms,
        };
        self.storage().pair(code, device, now).await??;
        tracing::info!(%clinic, device = %ask.device, "a desk was paired");
        self.service.devices_changed(clinic).await?;
        let mut paired = Paired {
            certificates: issued.certificates,
            until_ms: issued.until_ms,
            broker: self.broker.clone(),
            proof: Bytes([0; 32]),
        };
        paired.proof = key.of_answer(&proof, &paired);
        Ok(paired)
    }

    /// A new certificate for a device that is known by its key. A refusal is
    /// kept with the device, for the operator.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn renew(&self, ask: AskRenewal) -> Result<Renewed, Refusal> {
        let (clinic, device) = (ClinicId(ask.clinic), ask.device);
        let renewed = self.renewed(ask).await;
        if let Err(refusal) = &renewed {
            let code = refusal.code();
            tracing::warn!(%clinic, %device, error = %refusal, error.code = code, "a desk's certificate wasn't renewed");
            // Without a store nobody can be told by it; the desk asks again.
            if !matches!(refusal, Refusal::Storage(_) | Refusal::DeviceUnknown) {
                self.storage().renewal_refused(clinic, device, code, self.clock().now()).await?;
            }
        }
        renewed
    }

    async fn renewed(&self, ask: AskRenewal) -> Result<Renewed, Refusal> {
        let now = self.clock().now();
        let clinic = ClinicId(ask.clinic);
        let request = request(&ask.request)?;
        let device = self.storage().device(clinic, ask.device).await?.ok_or(Refusal::DeviceUnknown)?;
        if device.revoked_ms.is_some() {
            return Err(Refusal::DeviceRevoked);
        }
        if device.key_hash != request.key_hash() {
            return Err(Refusal::KeyMismatch);
        }
        if now.wall_ms > device.until_ms + RENEW_AFTER_MS {
            return Err(Refusal::TooLate);
        }
        let issued = self.authority.desk(&name(clinic, ask.device), &request, now)?;
        if !self.storage().renew_device(clinic, ask.device, issued.until_ms).await? {
            return Err(Refusal::DeviceRevoked);
        }
        tracing::info!(%clinic, device = %ask.device, "a desk's certificate was renewed");
        Ok(Renewed { certificates: issued.certificates, until_ms: issued.until_ms, broker: self.broker.clone() })
    }
}

fn request(pem: &str) -> Result<Request, Refusal> {
    Request::parse(pem).map_err(|error| {
        tracing::info!(%error, "a request for a certificate can't be used");
        Refusal::Request
    })
}

/// What a desk is called at a broker.
fn name(clinic: ClinicId, device: Uuid) -> String {
    Peer::new(&clinic.0.to_string(), &device.to_string()).expect("a uuid is plain").user_name()
}
