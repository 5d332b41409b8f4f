//! How this desk comes to speak for its clinic at the central service, and
//! stays allowed to.
//!
//! **Promise.** Somebody types a code that central's operator read out, nothing
//! else. Central has to show first that it knows that code; only then is it
//! believed, and told who this desk is. Keys are drawn here and never leave. A
//! pairing leaves everything behind or nothing; from then on the desk renews its
//! certificate by itself.
//!
//! **Reading order.** [`Desk::pair`], [`Renewing`]; `central` (the line to it,
//! over HTTPS), `identity` (keys and requests), and `chairside_sync::pairing`
//! for what is said and why it proves anything.

mod central;
mod identity;
mod renew;

use chairside_sync::pairing::{AskChallenge, AskPairing, Bytes, Code, Key};
use tokio::task::spawn_blocking;

pub use renew::Renewing;

use crate::api::ConnectionAsked;
use crate::clock::random;
use crate::desk::Desk;
use crate::link::{Secrets, SigningKey, public_key};
use crate::problem::Problem;
use central::Central;
use identity::Identity;

impl Desk {
    /// Pairs this desk with the central service at `url`, by a code, and keeps
    /// what that leaves behind in the store's folder.
    ///
    /// # Errors
    /// `bad-central-url`, `central-plain-text`, `code-malformed`;
    /// `central-unreachable`, `central-not-trusted`; `code-unknown`,
    /// `code-expired`, `code-used-up`, `code-used`, `code-wrong`,
    /// `clinic-mismatch`; `pairing-refused` with whatever else central says;
    /// `file-failed`. Nothing was kept then.
    pub async fn pair(&self, url: &str, code: &str) -> Result<Secrets, Problem> {
        let central = Central::at(url)?;
        let code = Code::parse(code).ok_or_else(|| Problem::new("code-malformed"))?;
        let talked = self.talk(&central, code).await;
        let secrets = talked.inspect_err(|problem| self.note_failure(ConnectionAsked::Pairing, problem))?;
        secrets.write(&self.store().folder().join(Secrets::FILE))?;
        tracing::info!("this desk is paired with the central service");
        Ok(secrets)
    }

    /// Whether pairing left something behind, with whatever central.
    pub fn is_paired(&self) -> bool {
        self.store().folder().join(Secrets::FILE).exists()
    }

    async fn talk(&self, central: &Central, code: Code) -> Result<Secrets, Problem> {
        let name = code.name().to_owned();
        let ask = AskChallenge { code: name.clone(), nonce: Bytes(random()) };
        // Nobody is believed yet, and nothing is said that anybody could use.
        let challenge = central.challenge(&ask).await?;
        let key = key(code, challenge.salt).await?;
        if key.of_challenge(&ask, &challenge) != challenge.proof {
            return Err(Problem::new("code-wrong"));
        }
        let identity = Identity::draw()?;
        let signing_key = SigningKey::new(random());
        let mut secrets = Secrets { signing_key, ca: Some(challenge.authority), ..Secrets::default() };
        let mut asking = AskPairing {
            challenge: challenge.challenge,
            clinic: self.store().clinic().id.0,
            device: self.store().node().0,
            request: identity.request()?,
            log_key: log_key(&secrets),
            proof: Bytes([0; 32]),
        };
        asking.proof = key.of_asking(&challenge.proof, &asking);
        let paired = central.pair(secrets.ca.as_deref().unwrap_or_default(), &asking).await?;
        if key.of_answer(&asking.proof, &paired) != paired.proof {
            return Err(Problem::new("central-not-trusted").with("address", central));
        }
        secrets.central = Some(central.to_string());
        secrets.code = Some(name);
        secrets.device = Some(asking.device);
        secrets.address = Some(paired.broker);
        secrets.certificates = Some(paired.certificates);
        secrets.until_ms = Some(paired.until_ms);
        secrets.key = Some(identity.key());
        Ok(secrets)
    }
}

/// Away from the tasks that others wait for: it is slow on purpose.
async fn key(code: Code, salt: Bytes<16>) -> Result<Key, Problem> {
    spawn_blocking(move || code.key(&salt)).await.map_err(|error| Problem::new("internal").with("detail", error))
}

fn log_key(secrets: &Secrets) -> Bytes<32> {
    Bytes(public_key(secrets).try_into().expect("an Ed25519 key has 32 bytes"))
}
